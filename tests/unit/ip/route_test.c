/* SPDX-License-Identifier: MIT */
#include "../random.h"
#include "net.h"

TEST(the_longest_prefix_wins_in_both_families)
{
	struct ostia_addr a;
	struct net n;

	net_init(&n);
	EQ(net_route(&n, n.tun, "0.0.0.0/0", NULL), 0);
	EQ(net_route(&n, n.eth, "10.0.0.0/8", NULL), 0);
	EQ(net_route(&n, n.tun, "10.1.0.0/16", NULL), 0);
	EQ(net_route(&n, n.eth, "::/0", NULL), 0);
	EQ(net_route(&n, n.tun, "fd00::/8", NULL), 0);

	a = A("10.2.3.4");
	OK(route_lookup(n.ip, &a, 0)->link == n.eth);
	a = A("10.1.3.4");
	OK(route_lookup(n.ip, &a, 0)->link == n.tun);
	a = A("11.1.3.4"); /* by IPv4's default, not by IPv6's */
	OK(route_lookup(n.ip, &a, 0)->link == n.tun);
	a = A("2001:db8::1");
	OK(route_lookup(n.ip, &a, 0)->link == n.eth);
	a = A("fd01::1");
	OK(route_lookup(n.ip, &a, 0)->link == n.tun);
	/* asked for a link, a shorter prefix by it does */
	a = A("10.1.3.4");
	OK(route_lookup(n.ip, &a, n.eth->index)->link == n.eth);
	net_fini(&n);
}

TEST(ipv6_default_route_does_not_take_ipv4)
{
	struct ostia_addr a = A("192.0.2.1");
	struct net n;

	net_init(&n);
	EQ(net_route(&n, n.eth, "::/0", NULL), 0);
	OK(route_lookup(n.ip, &a, 0) == NULL);
	net_fini(&n);
}

TEST(refuses_what_linux_refuses)
{
	struct ostia_addr a = A("10.0.0.1");
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "10.0.0.1/24");
	EQ(net_route(&n, n.eth, "10.9.0.1/16", NULL), -EINVAL);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.1.1"), -ENETUNREACH);
	EQ(net_route(&n, n.tun, "0.0.0.0/0", "10.0.0.2"), -ENETUNREACH);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.0.1"), -ENETUNREACH);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "fe80::1"), -EINVAL);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.0.2"), 0);
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.0.3"), -EEXIST);
	EQ(net_route(&n, n.eth, "10.0.0.0/24", "10.0.0.3"), -EEXIST);
	EQ(net_route(&n, n.eth, "::/0", "fe80::1"), 0);
	EQ(route_del(n.ip, n.tun, &a, 128, NULL), -ESRCH);
	net_fini(&n);
}

TEST(a_link_that_goes_takes_its_routes_along)
{
	struct ostia_addr a = A("10.1.3.4");
	struct net n;

	net_init(&n);
	net_addr(&n, n.tun, "10.1.0.1/16");
	EQ(net_route(&n, n.eth, "10.0.0.0/8", NULL), 0);
	EQ(net_route(&n, n.tun, "10.1.3.0/24", NULL), 0);
	OK(route_lookup(n.ip, &a, 0)->link == n.tun);
	ip_link_del(n.ip, n.tun);
	link_free(&n.env, n.tun);
	OK(route_lookup(n.ip, &a, 0)->link == n.eth);
	EQ(n.ip->plens[96 + 24], 0);
	net_fini(&n);
}

enum { ROUTES = 3000, LOOKS = 20000 };

struct model {
	struct ostia_addr prefix;
	unsigned plen;
	struct ostia_link *link;
};

/* Few distinct bytes, so that prefixes nest. */
static struct ostia_addr random_addr(struct dice *d)
{
	struct ostia_addr a = { .b = { [10] = 0xff, [11] = 0xff } };
	unsigned from = dice_below(d, 2) ? 12 : 0;

	if (from == 0)
		a = (struct ostia_addr) { .b = { 0xfd } };
	for (unsigned i = from ? from : 1; i < 16; i++)
		a.b[i] = (uint8_t)dice_below(d, 3) * 0x55;
	return a;
}

static const struct model *brute(const struct model *m, unsigned n,
				 const struct ostia_addr *a)
{
	const struct model *best = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (addr_is_v4(a) != addr_is_v4(&m[i].prefix) ||
		    !addrs_prefix_eq(a, &m[i].prefix, m[i].plen))
			continue;
		if (!best || m[i].plen > best->plen)
			best = &m[i];
	}
	return best;
}

TEST(agrees_with_brute_force)
{
	struct dice d = dice("agrees_with_brute_force");
	static struct model m[ROUTES];
	unsigned count = 0;
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < ROUTES; i++) {
		struct ostia_addr a = random_addr(&d);
		unsigned least = addr_is_v4(&a) ? 96 : 8;
		unsigned plen = least + (unsigned)dice_below(&d, 129 - least);
		struct ostia_link *l = dice_below(&d, 2) ? n.eth : n.tun;
		struct ostia_addr p = addrs_mask(&a, plen);

		if (route_add(n.ip, l, &p, plen, NULL) == 0)
			m[count++] = (struct model) { p, plen, l };
	}
	/* take every third away again */
	for (unsigned i = 0; i < count; i += 3) {
		EQ(route_del(n.ip, m[i].link, &m[i].prefix, m[i].plen, NULL),
		   0);
		m[i].plen = 129;
	}
	for (unsigned i = 0; i < LOOKS; i++) {
		struct ostia_addr a = random_addr(&d);
		const struct route *r = route_lookup(n.ip, &a, 0);
		const struct model *want = brute(m, count, &a);

		EQ(r != NULL, want != NULL);
		if (!r || !want)
			continue;
		EQ(r->plen, want->plen);
		OK(r->link == want->link);
	}
	net_fini(&n);
}

TEST(a_hundred_thousand_routes_are_fine)
{
	struct net n;

	net_init(&n);
	for (uint32_t i = 0; i < 100000; i++) {
		struct ostia_addr a = A("10.0.0.0");

		a.b[13] = (uint8_t)(i >> 16);
		a.b[14] = (uint8_t)(i >> 8);
		a.b[15] = (uint8_t)i;
		EQ(route_add(n.ip, n.tun, &a, 128, NULL), 0);
	}
	ip_link_del(n.ip, n.tun);
	link_free(&n.env, n.tun);
	EQ(n.ip->plens[128], 0);
	net_fini(&n);
}

TESTS(CASE(the_longest_prefix_wins_in_both_families),
      CASE(ipv6_default_route_does_not_take_ipv4),
      CASE(refuses_what_linux_refuses),
      CASE(a_link_that_goes_takes_its_routes_along),
      CASE(agrees_with_brute_force), CASE(a_hundred_thousand_routes_are_fine))
