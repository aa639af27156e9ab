/* SPDX-License-Identifier: MIT */
#include "ip/dns.h"
#include "net.h"

static unsigned servers(struct net *n)
{
	unsigned c = 0;

	for (int i = 0; i < DNS_SERVERS; i++)
		c += n->ip->dns.server[i].until > n->now;
	return c;
}

static void server(struct net *n, const char *text, uint64_t life_s)
{
	struct ostia_addr a = A(text);

	dns_server(n->ip, &a, 0, n->now + life_s * OSTIA_S, n->now);
}

TEST(the_newest_word_counts_and_0_takes_away)
{
	struct net n;

	net_init(&n);
	server(&n, "fd00::53", 60);
	server(&n, "fd00::53", 600);
	EQ(servers(&n), 1);
	EQ(n.ip->dns.server[0].until, n.now + 600 * OSTIA_S);
	server(&n, "fd00::54", 60);
	server(&n, "fd00::53", 0);
	EQ(servers(&n), 1);
	server(&n, "fd00::99", 0); /* never heard of: nothing happens */
	EQ(servers(&n), 1);
	net_sleep(&n, 60 * OSTIA_S);
	EQ(servers(&n), 0);
	server(&n, "::", 60);
	server(&n, "ff02::1", 60);
	EQ(servers(&n), 0);
	net_fini(&n);
}

TEST(what_ends_first_makes_room_for_what_lasts_longer)
{
	char text[32];
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < DNS_SERVERS; i++) {
		snprintf(text, sizeof(text), "fd00::%u", i + 1);
		server(&n, text, 100 + i);
	}
	server(&n, "fd00::a", 50); /* ends sooner than all */
	EQ(n.stats.NdDnsOverflows, 1);
	server(&n, "fd00::b", 500);
	EQ(n.stats.NdDnsOverflows, 1);
	MEM(&n.ip->dns.server[0].addr, A("fd00::b").b, 16);
	EQ(servers(&n), DNS_SERVERS);
	net_fini(&n);
}

TEST(names_are_read_as_dns_writes_them)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
		const char *want[2];
	} row[] = {
		{ "one", "\3lan\0\0\0\0", 8, { "lan", NULL } },
		{ "two",
		  "\3lan\0\7example\3org\0",
		  18,
		  { "lan", "example.org" } },
		{ "without an end", "\3lan", 4, { NULL, NULL } },
		{ "a pointer", "\3lan\300\0", 6, { NULL, NULL } },
		{ "past the end", "\11lan\0\0\0\0", 8, { NULL, NULL } },
		{ "a dot inside", "\5a.b.c\0", 7, { NULL, NULL } },
		{ "a blank inside", "\3a b\0", 5, { NULL, NULL } },
		{ "the second is bad", "\3lan\0\77x\0\0", 8, { "lan", NULL } },
		{ "nothing", "\0\0\0\0\0\0\0\0", 8, { NULL, NULL } },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct net n;

		net_init(&n);
		dns_domains(n.ip, (const uint8_t *)row[i].bytes, row[i].n,
			    OSTIA_NEVER, n.now);
		for (unsigned k = 0; k < 2; k++) {
			const struct dns_domain *d = &n.ip->dns.domain[k];
			const char *want = row[i].want[k];

			if ((d->until > n.now) != (want != NULL) ||
			    (want && strcmp(d->name, want) != 0))
				fail_msg("%s: %s", row[i].what, d->name);
		}
		net_fini(&n);
	}
}

TEST(a_name_has_254_characters_at_most)
{
	uint8_t wire[300];
	size_t at = 0;
	struct net n;

	for (int i = 0; i < 4; i++) { /* 4 * 63 + 3 dots = 255: too long */
		wire[at++] = 63;
		memset(wire + at, 'a', 63);
		at += 63;
	}
	wire[at++] = 0;
	net_init(&n);
	dns_domains(n.ip, wire, at, OSTIA_NEVER, n.now);
	EQ(n.ip->dns.domain[0].until, 0);
	wire[192] = 61; /* 253 */
	wire[254] = 0;
	dns_domains(n.ip, wire, 255, OSTIA_NEVER, n.now);
	EQ(strlen(n.ip->dns.domain[0].name), 253);
	net_fini(&n);
}

TEST(a_link_that_goes_takes_its_servers_along)
{
	struct ostia_addr a = A("fe80::53");
	struct net n;

	net_init(&n);
	dns_server(n.ip, &a, n.eth->index, OSTIA_NEVER, n.now);
	server(&n, "fd00::53", 60);
	ip_link_del(n.ip, n.eth);
	link_free(&n.env, n.eth);
	EQ(servers(&n), 1);
	net_fini(&n);
}

TESTS(CASE(the_newest_word_counts_and_0_takes_away),
      CASE(what_ends_first_makes_room_for_what_lasts_longer),
      CASE(names_are_read_as_dns_writes_them),
      CASE(a_name_has_254_characters_at_most),
      CASE(a_link_that_goes_takes_its_servers_along))
