/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../test.h"

#include <arpa/inet.h>
#include <ostia/link.h>
#include <ostia/net.h>
#include <ostia/stack.h>

struct host {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_link *eth;
};

static struct ostia_link *add_link(struct host *h, const char *name)
{
	const struct ostia_link_config cfg = {
		.name = name,
		.type = OSTIA_LINK_ETHERNET,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.mtu = 1500,
	};
	struct ostia_link *l;

	EQ(ostia_link_new(h->s, &cfg, &l), 0);
	return l;
}

static void setup(struct host *h)
{
	struct ostia_stack_config cfg = { .now = OSTIA_S };

	*h = (struct host) { .lend = { .left = -1 } };
	h->env = lend_env(&h->lend);
	EQ(ostia_pool_new(&h->env, 0, &h->pool), 0);
	cfg.env = &h->env;
	cfg.pool = h->pool;
	EQ(ostia_stack_new(&cfg, &h->s), 0);
	h->eth = add_link(h, "eth.0");
}

static void done(struct host *h)
{
	ostia_stack_free(h->s);
	ostia_pool_free(h->pool);
	EQ(h->lend.blocks, 0);
}

static struct ostia_addr A(const char *text) {
	struct ostia_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	if (inet_pton(AF_INET6, text, a.b) != 1)
		EQ(inet_pton(AF_INET, text, a.b + 12), 1);
	return a;
}

static void
is(struct host *h, const char *name, const char *want)
{
	char buf[64];

	OK(ostia_stack_get(h->s, name, buf, sizeof(buf)) >= 0);
	STR(buf, want);
}

TEST(settings_of_all_links_of_those_to_come_and_of_one)
{
	struct host h;

	setup(&h);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.all.accept_ra", "2"), 0);
	is(&h, "net.ipv6.conf.eth.0.accept_ra", "2");
	is(&h, "net.ipv6.conf.default.accept_ra", "2");
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.default.hop_limit", "7"), 0);
	is(&h, "net.ipv6.conf.eth.0.hop_limit", "64");
	add_link(&h, "eth1");
	is(&h, "net.ipv6.conf.eth1.hop_limit", "7");
	is(&h, "net.ipv6.conf.eth1.accept_ra", "2");
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth1.hop_limit", "9"), 0);
	is(&h, "net.ipv6.conf.eth1.hop_limit", "9");
	is(&h, "net.ipv6.conf.all.hop_limit", "7");
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth9.hop_limit", "9"), -ENOENT);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth1.hop", "9"), -ENOENT);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth1.hop_limit", "0"), -EINVAL);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth1.mtu", "1279"), -EINVAL);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth1.mtu", "1280"), 0);
	is(&h, "net.ipv6.conf.all.router_solicitations", "-1");
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.all.router_solicitations", "-1"),
	   0);
	done(&h);
}

TEST(a_stable_identifier_needs_its_secret)
{
	struct ostia_addr_row row;
	char buf[64];
	struct host h;

	setup(&h);
	EQ(ostia_stack_get(h.s, "net.ipv6.conf.all.stable_secret", buf, 64),
	   -EIO);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.all.addr_gen_mode", "2"),
	   -EINVAL);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.all.stable_secret", "x"),
	   -EINVAL);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.all.stable_secret",
			   "2001:db8::1"),
	   0);
	is(&h, "net.ipv6.conf.all.stable_secret", "2001:db8::1");
	is(&h, "net.ipv6.conf.all.addr_gen_mode", "2");
	EQ(ostia_addr_list(add_link(&h, "eth1"), &row, 1), 1);
	EQ(row.flags, OSTIA_ADDR_AUTO);
	OK(row.addr.b[11] != 0xff || row.addr.b[12] != 0xfe);
	done(&h);
}

TEST(addresses_are_listed_with_what_befell_them)
{
	struct ostia_addr_row row[4];
	struct host h;

	setup(&h);
	EQ(ostia_stack_set(h.s, "net.ipv6.conf.eth.0.dad_transmits", "1"), 0);
	EQ(ostia_addr_add(h.eth, "10.0.0.1/24"), 0);
	EQ(ostia_addr_add(h.eth, "fd00::1/64"), 0);
	EQ(ostia_addr_list(h.eth, row, 1), 3);
	EQ(ostia_addr_list(h.eth, row, 4), 3);
	EQ(row[0].flags, OSTIA_ADDR_AUTO);
	EQ(row[1].plen, 24);
	EQ(row[1].flags, 0);
	EQ(row[1].valid_until, OSTIA_NEVER);
	EQ(row[2].plen, 64);
	EQ(row[2].flags, OSTIA_ADDR_TENTATIVE);
	OK(ostia_link_pending(h.eth));
	ostia_advance(h.s, 2 * OSTIA_S);
	EQ(ostia_addr_list(h.eth, row, 4), 3);
	EQ(row[2].flags, 0);
	done(&h);
}

TEST(name_servers_come_and_go)
{
	struct ostia_addr a = A("fd00::53"), b = A("10.0.0.53");
	struct ostia_addr none = A("::");
	struct ostia_dns_server got[4];
	char name[32];
	struct host h;

	setup(&h);
	EQ(ostia_dns_servers(h.s, got, 4), 0);
	EQ(ostia_dns_add(h.s, &a, 0, 10 * OSTIA_S), 0);
	EQ(ostia_dns_add(h.s, &b, 0, OSTIA_NEVER), 0);
	EQ(ostia_dns_add(h.s, &none, 0, OSTIA_NEVER), -EINVAL);
	EQ(ostia_dns_servers(h.s, got, 4), 2);
	MEM(&got[1].addr, &b, 16);
	EQ(ostia_dns_search_add(h.s, "lan", 5 * OSTIA_S), 0);
	EQ(ostia_dns_search_add(h.s, "example.org", OSTIA_NEVER), 0);
	EQ(ostia_dns_search_add(h.s, "", OSTIA_NEVER), -EINVAL);
	EQ(ostia_dns_search(h.s, 1, name, sizeof(name)), 11);
	EQ(ostia_dns_search(h.s, 1, name, 11), -ENOSPC);
	EQ(ostia_dns_search(h.s, 2, name, sizeof(name)), -ENOENT);
	ostia_advance(h.s, 10 * OSTIA_S);
	EQ(ostia_dns_servers(h.s, got, 4), 1);
	EQ(ostia_dns_search(h.s, 0, name, sizeof(name)), 11);
	STR(name, "example.org");
	EQ(ostia_dns_add(h.s, &b, 0, 0), 0);
	EQ(ostia_dns_servers(h.s, got, 4), 0);
	done(&h);
}

TEST(destinations_are_ordered_and_keep_their_tags)
{
	const struct ostia_addr_policy v4_first[] = {
		{ A("::ffff:0:0"), 96, 100, 4 },
		{ A("::"), 0, 40, 1 },
	};
	struct ostia_dest d[3];
	struct host h;

	setup(&h);
	EQ(ostia_addr_add(h.eth, "10.0.0.1/24"), 0);
	EQ(ostia_addr_add(h.eth, "fd00::1/64"), 0);
	for (int twice = 0; twice < 2; twice++) {
		d[0] = (struct ostia_dest) { .addr = A("8.8.8.8"), .tag = 1 };
		d[1] = (struct ostia_dest) { .addr = A("10.0.0.2"), .tag = 2 };
		d[2] = (struct ostia_dest) { .addr = A("fd00::2"), .tag = 3 };
		ostia_addr_order(h.s, d, 3);
		/* RFC 6724 2.1: unique local ranks below IPv4 */
		EQ(d[0].tag, 2);
		EQ(d[1].tag, 3);
		EQ(d[2].tag, 1); /* no way */
		MEM(&d[0].src, A("10.0.0.1").b, 16);
		MEM(&d[2].src, A("::").b, 16);
	}
	EQ(ostia_addr_policy(h.s, v4_first, 33), -E2BIG);
	EQ(ostia_addr_policy(h.s, v4_first, 2), 0);
	EQ(ostia_addr_policy(h.s, NULL, 0), 0);
	done(&h);
}

TESTS(CASE(settings_of_all_links_of_those_to_come_and_of_one),
      CASE(a_stable_identifier_needs_its_secret),
      CASE(addresses_are_listed_with_what_befell_them),
      CASE(name_servers_come_and_go),
      CASE(destinations_are_ordered_and_keep_their_tags))
