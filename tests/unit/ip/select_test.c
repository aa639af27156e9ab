/* SPDX-License-Identifier: MIT */
#include "ip/select.h"
#include "net.h"

enum { MOST = 4 };

/* Our addresses ("!" before one: deprecated), destinations, best first. */
struct order {
	const char *ours[MOST];
	const char *dst[MOST], *want[MOST];
};

static void prepare(struct net *n, const struct order *o)
{
	net_init(n);
	for (unsigned i = 0; i < MOST && o->ours[i]; i++) {
		bool deprecated = o->ours[i][0] == '!';
		char text[64];
		struct ostia_addr a;

		snprintf(text, sizeof(text), "%s", o->ours[i] + deprecated);
		net_addr(n, n->eth, text);
		*strchr(text, '/') = '\0';
		a = A(text);
		if (deprecated)
			addrs_entry(n->ip, n->eth, &a)->state =
				IFADDR_DEPRECATED;
	}
	net_route(n, n->eth, "::/0", "fe80::9");
	net_route(n, n->eth, "0.0.0.0/0", "169.254.0.9");
	net_route(n, n->eth, "0.0.0.0/0", "10.0.0.9");
	net_route(n, n->eth, "0.0.0.0/0", "198.51.100.9");
}

static void check(const struct order *o)
{
	struct select_dest d[MOST] = { 0 };
	unsigned c = 0;
	struct net n;

	prepare(&n, o);
	for (; c < MOST && o->dst[c]; c++) {
		d[c].addr = A(o->dst[c]);
		if (addrs_scoped(&d[c].addr))
			d[c].zone = n.eth->index;
		d[c].index = c;
	}
	select_order(n.ip, d, c);
	for (unsigned i = 0; i < c; i++) {
		struct ostia_addr want = A(o->want[i]);

		if (!addr_eq(&d[i].addr, &want))
			fail_msg("%s is not at place %u", o->want[i], i);
		OK(addr_eq(&d[i].addr, &d[i].addr) &&
		   strcmp(o->dst[d[i].index], o->want[i]) == 0);
	}
	net_fini(&n);
}

TEST(destinations_come_in_the_order_of_rfc_6724)
{
	static const struct order row[] = {
		/* 10.2, rule 2: prefer the scope that we have */
		{ { "2001:db8:1::2/64", "169.254.13.78/16" },
		  { "198.51.100.121", "2001:db8:1::1" },
		  { "2001:db8:1::1", "198.51.100.121" } },
		{ { "198.51.100.117/24" },
		  { "2001:db8:1::1", "198.51.100.121" },
		  { "198.51.100.121", "2001:db8:1::1" } },
		/* rule 6: IPv6 before IPv4 */
		{ { "2001:db8:1::2/64", "10.1.2.4/8" },
		  { "10.1.2.3", "2001:db8:1::1" },
		  { "2001:db8:1::1", "10.1.2.3" } },
		/* rule 8: the smaller scope */
		{ { "2001:db8:1::2/64" },
		  { "2001:db8:1::1", "fe80::1" },
		  { "fe80::1", "2001:db8:1::1" } },
		/* rule 3: not from a deprecated source */
		{ { "!2001:db8:1::2/64", "fd00::2/64" },
		  { "2001:db8:1::1", "fd00::1" },
		  { "fd00::1", "2001:db8:1::1" } },
		/* rule 9: the longest match, up to the source's prefix */
		{ { "2001:db8:1::2/64", "2001:db8:3f44::2/64" },
		  { "2001:db8:3ffe::1", "2001:db8:1::1" },
		  { "2001:db8:1::1", "2001:db8:3ffe::1" } },
		/* rule 5: matching labels */
		{ { "2002:c633:6401::2/64", "2001:db8:1::2/64" },
		  { "2002:c633:6401::1", "2001:db8:1::1" },
		  { "2001:db8:1::1", "2002:c633:6401::1" } },
		/* rule 1: what cannot be reached comes last; 10: in order */
		{ { "10.1.2.4/8" },
		  { "2001:db8::1", "10.0.0.7", "2001:db8::2", "10.0.0.8" },
		  { "10.0.0.7", "10.0.0.8", "2001:db8::1", "2001:db8::2" } },
		/* what is ours */
		{ { "2001:db8:1::2/64", "10.1.2.4/8" },
		  { "2001:db8:7::1", "127.0.0.1", "::1" },
		  { "::1", "2001:db8:7::1", "127.0.0.1" } },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		check(&row[i]);
}

TEST(a_table_of_our_own_turns_it_round)
{
	static const struct policy_row rows[] = {
		{ { .b = { [10] = 0xff, [11] = 0xff } }, 96, 100, 4 },
		{ { .b = { 0 } }, 0, 40, 1 },
	};
	struct select_dest d[2] = { { .addr = A("2001:db8:1::1") },
				    { .addr = A("10.1.2.3") } };
	struct ostia_addr src = A("10.1.2.4");
	struct net n;

	prepare(&n, &(struct order) {
			    .ours = { "2001:db8:1::2/64", "10.1.2.4/8" } });
	EQ(policy_set(&n.ip->policy, rows, 2), 0);
	select_order(n.ip, d, 2);
	OK(addr_is_v4(&d[0].addr));
	MEM(&d[0].src, &src, 16); /* and says what to speak from */
	net_fini(&n);
}

TEST(deprecated_and_tentative_sources)
{
	struct ostia_addr dst = A("fd00::9"), a = A("fd00::1");
	struct ostia_addr b = A("fd00::2");
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "fd00::1/64");
	net_addr(&n, n.eth, "fd00::2/64");
	MEM(select_source(n.ip, n.eth, &dst, &dst, 0), &a, 16);
	addrs_entry(n.ip, n.eth, &a)->state = IFADDR_DEPRECATED;
	MEM(select_source(n.ip, n.eth, &dst, &dst, 0), &b, 16);
	addrs_entry(n.ip, n.eth, &b)->state = IFADDR_TENTATIVE;
	MEM(select_source(n.ip, n.eth, &dst, &dst, 0), &a, 16);
	/* rule 2 stands above rule 3 */
	net_fini(&n);
}

TEST(select_for_finds_the_link_itself)
{
	struct ostia_addr far = A("2001:db8::9"), us = A("2001:db8:1::2");
	struct ostia_addr near = A("fe80::9"), lo = A("::1");
	struct net n;

	prepare(&n, &(struct order) { .ours = { "2001:db8:1::2/64" } });
	MEM(select_for(n.ip, &far, 0, 0), &us, 16);
	MEM(select_for(n.ip, &lo, 0, 0), &lo, 16);
	OK(select_for(n.ip, &near, 0, 0) == NULL);
	OK(select_for(n.ip, &near, n.eth->index, 0) != NULL);
	EQ(route_del(n.ip, n.eth, &(struct ostia_addr) { 0 }, 0, NULL), 0);
	OK(select_for(n.ip, &far, 0, 0) == NULL);
	net_fini(&n);
}

TESTS(CASE(destinations_come_in_the_order_of_rfc_6724),
      CASE(a_table_of_our_own_turns_it_round),
      CASE(deprecated_and_tentative_sources),
      CASE(select_for_finds_the_link_itself))
