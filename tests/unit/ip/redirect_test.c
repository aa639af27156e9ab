/* SPDX-License-Identifier: MIT */
#include "ra.h"

/* fd00::1 behind fe80::a, the default router; fe80::b is another. */
static void setup(struct net *n)
{
	struct ra m;

	ra_setup(n, 0, 1);
	net_addr(n, n->eth, "fd00::1/64");
	ra_begin(&m, "fe80::a", 1800);
	ra_send(n, &m);
}

struct say6 {
	const char *src, *target, *dest;
	uint8_t hops; /* 0: 255 */
	const char *quote_src, *quote_dst; /* NULL: no quote */
};

static void redirect(struct net *n, const struct say6 *s)
{
	struct ostia_addr target = A(s->target), dest = A(s->dest);
	struct wire_nd f = { .type = WIRE_ICMP6_REDIRECT,
			     .target = target.b,
			     .dest = dest.b,
			     .tlla = (const uint8_t *)NET_PEER };
	uint8_t quote[64];
	struct ra m;

	if (s->quote_src) {
		f.redirected = quote;
		f.redirected_len =
			net_ip(quote, &(struct say) { .src = s->quote_src,
						      .dst = s->quote_dst,
						      .proto = 17,
						      .data = "12345678",
						      .len = 8 });
	}
	ra_message(&m, s->src, "fd00::1", &f);
	if (s->hops)
		m.hops = s->hops;
	ra_send(n, &m);
}

static bool goes_by(struct net *n, const char *dst, const char *via)
{
	struct ostia_addr d = A(dst), v = A(via);
	const struct route *r = route_lookup(n->ip, &d, 0);

	return r && addr_eq(&r->gateway, &v);
}

#define FAR "2001:db8::7"

TEST(redirects_that_are_followed_and_those_that_are_not)
{
	static const struct {
		const char *what;
		struct say6 s;
		const char *via;
	} row[] = {
		{ "to a better router",
		  { "fe80::a", "fe80::b", FAR },
		  "fe80::b" },
		{ "it is a neighbour", { "fe80::a", FAR, FAR }, "::" },
		{ "with a quote",
		  { "fe80::a", "fe80::b", FAR, 0, "fd00::1", FAR },
		  "fe80::b" },
		{ "quote of somebody else's packet",
		  { "fe80::a", "fe80::b", FAR, 0, "fd00::2", FAR },
		  "fe80::a" },
		{ "quote of another destination",
		  { "fe80::a", "fe80::b", FAR, 0, "fd00::1", "2001:db8::8" },
		  "fe80::a" },
		{ "not from the first hop",
		  { "fe80::c", "fe80::b", FAR },
		  "fe80::a" },
		{ "not from a link-local address",
		  { "fd00::a", "fe80::b", FAR },
		  "fe80::a" },
		{ "from behind a router",
		  { "fe80::a", "fe80::b", FAR, 254 },
		  "fe80::a" },
		{ "a router has a link-local address",
		  { "fe80::a", "fd00::b", FAR },
		  "fe80::a" },
		{ "to ourselves", { "fe80::a", RA_US, FAR }, "fe80::a" },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct net n;

		setup(&n);
		redirect(&n, &row[i].s);
		if (!goes_by(&n, FAR, row[i].via))
			fail_msg("%s", row[i].what);
		OK(goes_by(&n, "2001:db8::9", "fe80::a"));
		net_fini(&n);
	}
}

TEST(a_setting_forbids_them)
{
	struct net n;

	setup(&n);
	n.eth->in6->conf.accept_redirects = 0;
	redirect(&n, &(struct say6) { "fe80::a", "fe80::b", FAR });
	OK(goes_by(&n, FAR, "fe80::a"));
	net_fini(&n);
}

TEST(a_redirect_ends_by_itself_and_with_its_router)
{
	struct ostia_addr b = A("fe80::b");
	struct net n;

	setup(&n);
	redirect(&n, &(struct say6) { "fe80::a", "fe80::b", FAR });
	OK(neigh_find(n.ip, n.eth, &b)->router);
	ra_sleep(&n, 299 * OSTIA_S);
	OK(goes_by(&n, FAR, "fe80::b"));
	ra_sleep(&n, OSTIA_S);
	OK(goes_by(&n, FAR, "fe80::a"));
	redirect(&n, &(struct say6) { "fe80::a", "fe80::b", FAR });
	rtr_reached(n.ip, n.eth, &b, false, n.now); /* RFC 4861 7.3.3 */
	OK(goes_by(&n, FAR, "fe80::a"));
	redirect(&n, &(struct say6) { "fe80::a", "fe80::b", FAR });
	/* the new router may send us on */
	redirect(&n, &(struct say6) { "fe80::b", "fe80::c", FAR });
	OK(goes_by(&n, FAR, "fe80::c"));
	net_fini(&n);
}

TEST(a_flood_of_them_is_bounded)
{
	char dst[32];
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(dst, sizeof(dst), "2001:db8::%x", i + 1);
		redirect(&n, &(struct say6) { "fe80::a", "fe80::b", dst });
	}
	EQ(n.ip->nredirects, ROUTE_REDIRECTS);
	EQ(n.stats.RedirectsEvicted, 1000 - ROUTE_REDIRECTS);
	OK(goes_by(&n, "2001:db8::1", "fe80::a"));
	OK(goes_by(&n, "2001:db8::3e8", "fe80::b"));
	net_fini(&n);
}

/* --- IPv4 ---------------------------------------------------------------- */

struct say4 {
	const char *src, *gw, *dst;
	uint8_t code;
	const char *quote_src; /* NULL: 10.0.0.1 */
};

static enum verdict redirect4(struct net *n, const struct say4 *s)
{
	struct ostia_addr gw = A(s->gw);
	const struct wire_icmp4 f = { .type = WIRE_ICMP4_REDIRECT,
				      .code = s->code,
				      .gateway = gw.b + 12 };
	uint8_t icmp[64], ip[128], buf[160];
	size_t len;

	OK(wire_icmp4_emit(icmp, sizeof(icmp), &f) == 8);
	len = 8 + net_ip(icmp + 8,
			 &(struct say) { .src = s->quote_src ? s->quote_src
							     : "10.0.0.1",
					 .dst = s->dst,
					 .proto = 17,
					 .data = "12345678",
					 .len = 8 });
	len = net_ip(ip, &(struct say) { .src = s->src,
					 .dst = "10.0.0.1",
					 .proto = 1,
					 .data = icmp,
					 .len = (uint32_t)len });
	net_icmp_sum(ip, len);
	len = net_frame(buf, NET_US, NET_PEER, WIRE_ETH_IP4, ip, len);
	return net_rx(n, n->eth, buf, len);
}

TEST(ipv4_redirects_by_table)
{
	static const struct {
		const char *what;
		struct say4 s;
		const char *via;
	} row[] = {
		{ "for a host",
		  { "10.0.0.254", "10.0.0.253", "8.8.8.8", 1, NULL },
		  "10.0.0.253" },
		{ "for a network, which counts as for a host",
		  { "10.0.0.254", "10.0.0.253", "8.8.8.8", 0, NULL },
		  "10.0.0.253" },
		{ "for a service",
		  { "10.0.0.254", "10.0.0.253", "8.8.8.8", 3, NULL },
		  "10.0.0.253" },
		{ "it is a neighbour",
		  { "10.0.0.254", "8.8.8.8", "8.8.8.8", 1, NULL },
		  "10.0.0.254" }, /* not on our network, so no */
		{ "an unknown code",
		  { "10.0.0.254", "10.0.0.253", "8.8.8.8", 4, NULL },
		  "10.0.0.254" },
		{ "not from the gateway",
		  { "10.0.0.9", "10.0.0.253", "8.8.8.8", 1, NULL },
		  "10.0.0.254" },
		{ "a gateway elsewhere",
		  { "10.0.0.254", "10.1.0.253", "8.8.8.8", 1, NULL },
		  "10.0.0.254" },
		{ "ourselves",
		  { "10.0.0.254", "10.0.0.1", "8.8.8.8", 1, NULL },
		  "10.0.0.254" },
		{ "a broadcast address",
		  { "10.0.0.254", "10.0.0.255", "8.8.8.8", 1, NULL },
		  "10.0.0.254" },
		{ "about somebody else's packet",
		  { "10.0.0.254", "10.0.0.253", "8.8.8.8", 1, "10.0.0.9" },
		  "10.0.0.254" },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct net n;

		net_init(&n);
		net_addr(&n, n.eth, "10.0.0.1/24");
		EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.0.254"), 0);
		redirect4(&n, &row[i].s);
		if (!goes_by(&n, "8.8.8.8", row[i].via))
			fail_msg("%s", row[i].what);
		OK(goes_by(&n, "8.8.4.4", "10.0.0.254"));
		net_fini(&n);
	}
}

TEST(ipv4s_setting_forbids_them)
{
	const struct say4 s = { "10.0.0.254", "10.0.0.253", "8.8.8.8", 1,
				NULL };
	struct net n;

	net_init(&n);
	net_addr(&n, n.eth, "10.0.0.1/24");
	EQ(net_route(&n, n.eth, "0.0.0.0/0", "10.0.0.254"), 0);
	n.ip->set.accept_redirects = 0;
	EQ(redirect4(&n, &s), VERDICT_DROP);
	OK(goes_by(&n, "8.8.8.8", "10.0.0.254"));
	n.ip->set.accept_redirects = 1;
	EQ(redirect4(&n, &s), VERDICT_HELD);
	OK(goes_by(&n, "8.8.8.8", "10.0.0.253"));
	net_fini(&n);
}

TEST(running_out_of_memory_leaves_the_old_way)
{
	for (long left = 0; left < 8; left++) {
		struct net n;

		setup(&n);
		n.lend.left = left;
		redirect(&n, &(struct say6) { "fe80::a", "fe80::b", FAR });
		n.lend.left = -1;
		OK(goes_by(&n, FAR, "fe80::a") || goes_by(&n, FAR, "fe80::b"));
		net_fini(&n);
	}
}

TESTS(CASE(redirects_that_are_followed_and_those_that_are_not),
      CASE(a_setting_forbids_them),
      CASE(a_redirect_ends_by_itself_and_with_its_router),
      CASE(a_flood_of_them_is_bounded), CASE(ipv4_redirects_by_table),
      CASE(ipv4s_setting_forbids_them),
      CASE(running_out_of_memory_leaves_the_old_way))
