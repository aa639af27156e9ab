/* SPDX-License-Identifier: MIT */
#include "ip/path.h"
#include "ip/select.h"
#include "ra.h"

#define MAC_A "\x02\0\0\0\0\x0a"

static void routed(struct net *n, const char *dst, const char *via)
{
	struct ostia_addr d = A(dst);
	const struct route *r = route_lookup(n->ip, &d, 0);
	struct ostia_addr want = { .q = { 0, 0 } };

	if (via)
		want = A(via);
	OK((r != NULL) == (via != NULL));
	if (r)
		MEM(&r->gateway, &want, 16);
}

static void tell(struct net *n, const char *from, uint16_t lifetime_s,
		 int8_t pref)
{
	const struct wire_nd f = { .type = WIRE_ICMP6_RA,
				   .slla = (const uint8_t *)NET_PEER,
				   .lifetime_s = lifetime_s,
				   .pref = pref };
	struct ra m;

	ra_message(&m, from, "ff02::1", &f);
	ra_send(n, &m);
}

/* The next solicitation: how long it takes, in ms; 0: none in @most_s. */
static uint64_t next_ask(struct net *n, uint64_t most_s)
{
	ostia_time began = n->now, end = began + most_s * OSTIA_S;
	struct heard h;

	while (ip_next_deadline(n->ip) <= end) {
		ostia_time next = ip_next_deadline(n->ip);

		net_sleep(n, next > n->now ? next - n->now : 0);
		while (ra_hear(n, &h))
			if (h.f.type == WIRE_ICMP6_RS)
				return (n->now - began) / OSTIA_MS + 1;
	}
	return 0;
}

TEST(solicitations_come_ever_less_often)
{
	struct ostia_addr us = A(RA_US), all = A("ff02::2");
	uint64_t wait, base = 4000;
	struct heard h;
	struct net n;

	ra_setup(&n, 0, 1);
	net_sleep(&n, OSTIA_S); /* a random delay of at most 1 s */
	OK(ra_hear(&n, &h));
	EQ(h.f.type, WIRE_ICMP6_RS);
	EQ(h.hops, 255);
	MEM(&h.src, &us, 16);
	MEM(&h.dst, &all, 16);
	MEM(h.f.slla, NET_US, 6);
	for (int i = 0; i < 12; i++) { /* RFC 7559: doubled, give or take */
		wait = next_ask(&n, 8000);
		OK(wait >= (i ? base * 9 / 10 : 2900));
		OK(wait <= base * 11 / 10 + 1);
		base = wait * 2;
		if (base > 3600000)
			base = 3600000;
	}
	/* for ever, until there is a default router */
	tell(&n, "fe80::a", 0, 0);
	OK(next_ask(&n, 8000));
	tell(&n, "fe80::a", 1800, 0);
	OK(!next_ask(&n, 8000));
	EQ(n.stats.IcmpOutRouterSolicits, 14);
	net_fini(&n);
}

TEST(their_number_can_be_limited)
{
	struct net n;

	net_init(&n);
	n.ip->conf6.router_solicitations = 3;
	ra_link(&n, 0, 1);
	for (int i = 0; i < 3; i++)
		OK(next_ask(&n, 100));
	OK(!next_ask(&n, 100000));
	net_fini(&n);
}

TEST(a_link_asks_when_its_address_is_proved_and_settings_say_so)
{
	struct heard h;
	struct net n;

	ra_setup(&n, 1, 0);
	OK(!next_ask(&n, 100));
	n.eth->in6->conf.accept_ra = 1;
	link6_conf_changed(n.ip, n.eth, n.now);
	OK(next_ask(&n, 2));
	n.eth->in6->conf.accept_ra = 0;
	link6_conf_changed(n.ip, n.eth, n.now);
	OK(!next_ask(&n, 100));
	ra_link(&n, 1, 1);
	while (ip_next_deadline(n.ip) < n.now + OSTIA_S) {
		net_sleep(&n, ip_next_deadline(n.ip) - n.now);
		while (ra_hear(&n, &h)) /* first who we are (RFC 4862) */
			EQ(h.f.type, WIRE_ICMP6_NS);
	}
	net_fini(&n);
}

TEST(who_may_advertise)
{
	static const struct {
		const char *what, *src;
		uint8_t hops;
		uint32_t accept;
		bool taken;
	} row[] = {
		{ "a router", "fe80::a", 255, 1, true },
		{ "accept_ra 2", "fe80::a", 255, 2, true },
		{ "not link-local", "fd00::a", 255, 1, false },
		{ "from behind a router", "fe80::a", 254, 1, false },
		{ "unasked for", "fe80::a", 255, 0, false },
		{ "ourselves", RA_US, 255, 1, false },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr far = A("2001:db8::1");
		struct net n;
		struct ra m;

		ra_setup(&n, 0, row[i].accept);
		ra_begin(&m, row[i].src, 1800);
		m.hops = row[i].hops;
		ra_send(&n, &m);
		if ((route_lookup(n.ip, &far, 0) != NULL) != row[i].taken)
			fail_msg("%s", row[i].what);
		net_fini(&n);
	}
}

TEST(a_default_router_lasts_as_long_as_it_says)
{
	struct net n;

	ra_setup(&n, 0, 1);
	tell(&n, "fe80::a", 100, 0);
	routed(&n, "2001:db8::1", "fe80::a");
	ra_sleep(&n, 60 * OSTIA_S);
	tell(&n, "fe80::a", 100, 0);
	ra_sleep(&n, 99 * OSTIA_S);
	routed(&n, "2001:db8::1", "fe80::a");
	ra_sleep(&n, OSTIA_S);
	routed(&n, "2001:db8::1", NULL);
	tell(&n, "fe80::a", 100, 0);
	tell(&n, "fe80::a", 0, 0); /* no more */
	routed(&n, "2001:db8::1", NULL);
	EQ(rtr_index(n.eth, &(struct ostia_addr) { .b = { 0xfe, 0x80 } }), -1);
	net_fini(&n);
}

TEST(settings_say_what_of_it_counts)
{
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	n.eth->in6->conf.accept_ra_defrtr = 0;
	tell(&n, "fe80::a", 100, 0);
	routed(&n, "2001:db8::1", NULL);
	n.eth->in6->conf.accept_ra_defrtr = 1;
	n.eth->in6->conf.accept_ra_min_lft_s = 101;
	tell(&n, "fe80::a", 100, 0);
	routed(&n, "2001:db8::1", NULL);
	n.eth->in6->conf.accept_ra_min_lft_s = 100;
	tell(&n, "fe80::a", 100, 1);
	tell(&n, "fe80::b", 100, 0);
	routed(&n, "2001:db8::1", "fe80::a");
	n.eth->in6->conf.accept_ra_rtr_pref = 0;
	tell(&n, "fe80::a", 100, -1);
	routed(&n, "2001:db8::1", "fe80::a"); /* medium, and the first */
	ra_begin(&m, "fe80::a", 100);
	ra_route(&m, "2001:db8:7::", 48, 0, 100);
	ra_send(&n, &m);
	routed(&n, "2001:db8:7::1", "fe80::a"); /* by default alone */
	EQ(n.eth->in6->nroutes, 2);
	net_fini(&n);
}

TEST(preferences_rank_routers_of_one_kind)
{
	struct net n;

	ra_setup(&n, 0, 1);
	tell(&n, "fe80::a", 1800, -1);
	routed(&n, "2001:db8::1", "fe80::a");
	tell(&n, "fe80::b", 1800, 0);
	routed(&n, "2001:db8::1", "fe80::b");
	tell(&n, "fe80::c", 1800, 1);
	routed(&n, "2001:db8::1", "fe80::c");
	tell(&n, "fe80::c", 1800, -1);
	routed(&n, "2001:db8::1", "fe80::b");
	/* what was set by hand comes first */
	EQ(net_route(&n, n.eth, "::/0", "fe80::d"), 0);
	routed(&n, "2001:db8::1", "fe80::d");
	net_fini(&n);
}

TEST(more_specific_routes_where_settings_let_them)
{
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	n.eth->in6->conf.rt_info_max_plen = 48;
	ra_begin(&m, "fe80::a", 1800);
	ra_send(&n, &m);
	ra_begin(&m, "fe80::b", 1800);
	ra_route(&m, "2001:db8:7::", 48, 0, 600);
	ra_route(&m, "2001:db8:8:1::", 64, 0, 600); /* too long */
	ra_send(&n, &m);
	routed(&n, "2001:db8:7::1", "fe80::b");
	routed(&n, "2001:db8:8:1::1", "fe80::a");
	ra_begin(&m, "fe80::b", 1800);
	ra_route(&m, "2001:db8:7::", 48, 0, 0);
	ra_send(&n, &m);
	routed(&n, "2001:db8:7::1", "fe80::a");
	/* ::/0 sets what the header said of a default router */
	ra_begin(&m, "fe80::b", 1800);
	ra_route(&m, "::", 0, 1, 300);
	ra_send(&n, &m);
	routed(&n, "2001:db8:7::1", "fe80::b");
	ra_sleep(&n, 300 * OSTIA_S);
	routed(&n, "2001:db8:7::1", "fe80::a");
	net_fini(&n);
}

TEST(on_link_prefixes_are_routes_without_a_gateway)
{
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	ra_begin(&m, "fe80::a", 1800);
	ra_prefix(&m, "fd00::", 64, 100, 50, RA_L);
	ra_prefix(&m, "fd01::", 64, 100, 50, RA_A);
	ra_prefix(&m, "fe80::", 64, 100, 50, RA_L);
	ra_send(&n, &m);
	routed(&n, "fd00::9", "::");
	/* an address of the prefix alone makes no neighbours of others */
	routed(&n, "fd01::9", "fe80::a");
	ra_sleep(&n, 100 * OSTIA_S);
	routed(&n, "fd00::9", "fe80::a");
	net_fini(&n);
}

TEST(facts_of_the_link_within_bounds)
{
	static const struct {
		uint32_t mtu, reachable_ms, retrans_ms;
		uint8_t hops;
		uint32_t want_mtu, want_reachable, want_retrans;
		uint8_t want_hops;
	} row[] = {
		{ 1400, 60000, 500, 30, 1400, 60000, 500, 30 },
		{ 0, 0, 0, 0, 1500, 0, 0, 64 },
		{ 1279, 3600001, 9, 0, 1500, 0, 0, 64 },
		{ 1501, 3600000, 60001, 1, 1500, 3600000, 0, 1 },
		{ 1280, 1, 10, 255, 1280, 1, 10, 255 },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct wire_nd f = { .type = WIRE_ICMP6_RA,
					   .mtu = row[i].mtu,
					   .reachable_ms = row[i].reachable_ms,
					   .retrans_ms = row[i].retrans_ms,
					   .hops = row[i].hops };
		struct net n;
		struct ra m;

		ra_setup(&n, 0, 1);
		ra_message(&m, "fe80::a", "ff02::1", &f);
		ra_send(&n, &m);
		EQ(link6_mtu(n.eth), row[i].want_mtu);
		EQ(n.eth->in6->reachable_ms, row[i].want_reachable);
		EQ(n.eth->in6->retrans_ms, row[i].want_retrans);
		EQ(link6_hop_limit(n.ip, n.eth), row[i].want_hops);
		net_fini(&n);
	}
}

TEST(paths_hear_of_a_new_mtu)
{
	const struct wire_nd f = { .type = WIRE_ICMP6_RA,
				   .mtu = 1400,
				   .lifetime_s = 1800 };
	struct ostia_addr far = A("2001:db8::1");
	struct path *p;
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	net_addr(&n, n.eth, "2001:db8:1::1/64");
	tell(&n, "fe80::a", 1800, 0);
	EQ(path_get(n.ip, &far, NULL, 0, n.now, &p), 0);
	EQ(p->mtu, 1500);
	ra_message(&m, "fe80::a", "ff02::1", &f);
	ra_send(&n, &m);
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1400);
	path_mtu_lower(n.ip, p, 1300, n.now);
	tell(&n, "fe80::b", 1800, -1); /* routes change; the path does not */
	EQ(path_fresh(n.ip, &p, n.now), 0);
	EQ(p->mtu, 1300);
	path_put(n.ip, p);
	net_fini(&n);
}

/* A packet to @dst is sent; the neighbours that it needs never answer. */
static void send_in_vain(struct net *n, const char *dst)
{
	struct ostia_addr d = A(dst);
	const struct ip_out out = { .proto = 17, .ttl = 9 };
	struct ip_out o = out;
	struct ostia_pkt *p = pkt_new(n->pool);
	struct ip_error e;

	OK(p && pkt_put(p, 8));
	EQ(path_get(n->ip, &d, NULL, 0, n->now, &o.path), 0);
	EQ(ip_push_header(n->ip, p, &o), 0);
	EQ(neigh_output(n->ip, p, o.path, n->now), VERDICT_HELD);
	path_put(n->ip, o.path);
	ra_sleep(n, 4 * OSTIA_S);
	while (ip_next_error(n->ip, &e))
		ip_error_done(&e);
}

TEST(a_router_that_does_not_answer_gives_way)
{
	struct ostia_addr a = A("fe80::a");
	const struct wire_nd back = { .type = WIRE_ICMP6_NA,
				      .target = a.b,
				      .tlla = (const uint8_t *)MAC_A,
				      .solicited = true,
				      .override = true,
				      .router = true };
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	net_addr(&n, n.eth, "2001:db8:1::1/64");
	/* no SLLA option: their MAC addresses must be asked for */
	ra_message(&m, "fe80::a", "ff02::1",
		   &(struct wire_nd) { .type = WIRE_ICMP6_RA,
				       .lifetime_s = 1800,
				       .pref = 1 });
	ra_send(&n, &m);
	m.src = "fe80::b";
	m.b[5] = 0; /* medium */
	ra_send(&n, &m);
	routed(&n, "2001:db8::1", "fe80::a");
	neigh_ask(n.ip, n.eth, &a, n.now);
	neigh_find(n.ip, n.eth, &a)->router = true;
	send_in_vain(&n, "2001:db8::1");
	routed(&n, "2001:db8::1", "fe80::b");
	/* RFC 4191 3.2: it is probed once a minute, and is welcome again */
	net_sleep(&n, 61 * OSTIA_S);
	ra_message(&m, "fe80::a", RA_US, &back);
	ra_send(&n, &m);
	routed(&n, "2001:db8::1", "fe80::a");
	net_fini(&n);
}

TEST(when_all_fail_they_take_turns)
{
	struct net n;

	ra_setup(&n, 0, 1);
	tell(&n, "fe80::a", 1800, 0);
	tell(&n, "fe80::b", 1800, 1);
	rtr_reached(n.ip, n.eth, &n.eth->in6->rtr[1].addr, false, n.now);
	routed(&n, "2001:db8::1", "fe80::a");
	rtr_reached(n.ip, n.eth, &n.eth->in6->rtr[0].addr, false, n.now);
	routed(&n, "2001:db8::1", "fe80::b"); /* failed longest ago */
	net_fini(&n);
}

TEST(who_says_that_it_is_no_router_is_none)
{
	struct ostia_addr a = A("fe80::a");
	const struct wire_nd f = { .type = WIRE_ICMP6_NA,
				   .target = a.b,
				   .tlla = (const uint8_t *)NET_PEER,
				   .override = true };
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	tell(&n, "fe80::a", 1800, 0);
	ra_message(&m, "fe80::a", "ff02::1", &f);
	ra_send(&n, &m);
	routed(&n, "2001:db8::1", NULL);
	net_fini(&n);
}

TEST(a_source_goes_by_the_router_that_told_its_prefix)
{
	struct ostia_addr far = A("2001:db8:9::1");
	const struct ostia_addr *src;
	const struct route *r;
	struct net n;
	struct ra m;

	ra_setup(&n, 0, 1);
	ra_begin(&m, "fe80::a", 1800);
	ra_prefix(&m, "2001:db8:a::", 64, 7200, 3600, RA_A);
	ra_send(&n, &m);
	ra_begin(&m, "fe80::b", 1800);
	ra_prefix(&m, "2001:db8:b::", 64, 7200, 3600, RA_A);
	ra_send(&n, &m);
	for (char c = 'a'; c <= 'b'; c++) {
		char prefix[32], router[16];
		struct ostia_addr want;

		snprintf(prefix, sizeof(prefix), "2001:db8:%c::", c);
		snprintf(router, sizeof(router), "fe80::%c", c);
		want = A(router);
		/* RFC 8028 3.1: by source */
		r = route_select(n.ip, &far, 0,
				 &ra_addr(&n, prefix, IFADDR_SLAAC)->addr);
		MEM(&r->gateway, &want, 16);
		/* RFC 6724 rule 5.5: and the source by router */
		src = select_source(n.ip, n.eth, &far, &want, 0);
		OK(src == &ra_addr(&n, prefix, IFADDR_SLAAC)->addr);
	}
	net_fini(&n);
}

TEST(floods_of_routers_and_servers_are_bounded)
{
	char from[32];
	struct net n;

	ra_setup(&n, 0, 1);
	for (unsigned i = 0; i < 2000; i++) {
		struct ra m;

		snprintf(from, sizeof(from), "fe80::%x:1", i);
		ra_begin(&m, from, 1800);
		snprintf(from, sizeof(from), "fd00::%x:53", i);
		ra_server(&m, from, 600);
		m.src = "fe80::1";
		snprintf(from, sizeof(from), "fe80::%x:1", i);
		m.src = from;
		ra_send(&n, &m);
	}
	EQ(n.stats.NdRouterOverflows, 2000 - LINK6_ROUTERS);
	EQ(n.stats.NdDnsOverflows, 2000 - DNS_SERVERS);
	OK(neigh_count(n.ip) <= n.ip->set.neigh_thresh3);
	net_fini(&n);
}

TEST(running_out_of_memory_takes_less_of_it)
{
	for (long left = 0; left < 20; left++) {
		struct net n;
		struct ra m;

		ra_setup(&n, 0, 1);
		ra_begin(&m, "fe80::a", 1800);
		ra_prefix(&m, "fd00::", 64, 100, 50, RA_L | RA_A);
		n.lend.left = left;
		ra_send(&n, &m);
		n.lend.left = -1;
		ra_sleep(&n, 2000 * OSTIA_S);
		net_fini(&n);
	}
}

TESTS(CASE(solicitations_come_ever_less_often),
      CASE(their_number_can_be_limited),
      CASE(a_link_asks_when_its_address_is_proved_and_settings_say_so),
      CASE(who_may_advertise), CASE(a_default_router_lasts_as_long_as_it_says),
      CASE(settings_say_what_of_it_counts),
      CASE(preferences_rank_routers_of_one_kind),
      CASE(more_specific_routes_where_settings_let_them),
      CASE(on_link_prefixes_are_routes_without_a_gateway),
      CASE(facts_of_the_link_within_bounds), CASE(paths_hear_of_a_new_mtu),
      CASE(a_router_that_does_not_answer_gives_way),
      CASE(when_all_fail_they_take_turns),
      CASE(who_says_that_it_is_no_router_is_none),
      CASE(a_source_goes_by_the_router_that_told_its_prefix),
      CASE(floods_of_routers_and_servers_are_bounded),
      CASE(running_out_of_memory_takes_less_of_it))
