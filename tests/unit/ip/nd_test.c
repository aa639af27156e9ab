/* SPDX-License-Identifier: MIT */
#include "net.h"

#define OURS "fe80::ff:fe00:1"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->eth, "fd00::1/64");
}

struct nd {
	const char *src, *dst, *target;
	uint8_t type;
	bool slla, tlla, solicited, override;
	uint8_t hops; /* 0: 255 */
};

static enum verdict nd(struct net *n, const struct nd *m)
{
	struct ostia_addr target = A(m->target);
	const struct wire_nd f = {
		.type = m->type,
		.target = target.b,
		.slla = m->slla ? (const uint8_t *)NET_PEER : NULL,
		.tlla = m->tlla ? (const uint8_t *)NET_PEER : NULL,
		.solicited = m->solicited,
		.override = m->override,
	};
	uint8_t icmp[64], ip[128], buf[160];
	int len = wire_nd_emit(icmp, sizeof(icmp), &f);
	size_t l;

	OK(len > 0);
	l = net_ip(ip, &(struct say) { .src = m->src,
				       .dst = m->dst,
				       .proto = WIRE_PROTO_ICMP6,
				       .data = icmp,
				       .len = (uint32_t)len,
				       .ttl = m->hops ? m->hops : 255 });
	net_icmp_sum(ip, l);
	l = net_frame(buf,
		      m->dst[0] == 'f' && m->dst[1] == 'f' ? "\x33\x33\0\0\0\1"
							   : NET_US,
		      NET_PEER, WIRE_ETH_IP6, ip, l);
	return net_rx(n, n->eth, buf, l);
}

static bool known(struct net *n, const char *addr)
{
	struct ostia_addr a = A(addr);

	return neigh_find(n->ip, n->eth, &a) != NULL;
}

TEST(who_asks_for_us_is_answered_and_remembered)
{
	struct ostia_addr t = A("fd00::1"), peer = A("fd00::2");
	struct wire_nd f;
	uint8_t out[256];
	struct net n;

	setup(&n);
	EQ(nd(&n, &(struct nd) { "fd00::2", "ff02::1:ff00:1", "fd00::1",
				 WIRE_ICMP6_NS, .slla = true }),
	   VERDICT_HELD);
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 14 + 40 + 32);
	MEM(out, NET_PEER, 6);
	MEM(out + 14 + 8, t.b, 16);
	MEM(out + 14 + 24, peer.b, 16);
	EQ(out[14 + 7], 255);
	OK(csum_ok(
		csum(out + 54, 32, csum_pseudo6(out + 22, out + 38, 58, 32))));
	EQ(wire_nd_parse(&f, out + 54, 32), 32);
	EQ(f.type, WIRE_ICMP6_NA);
	OK(f.solicited && f.override && !f.router);
	MEM(f.target, t.b, 16);
	MEM(f.tlla, NET_US, 6);
	OK(known(&n, "fd00::2"));
	net_fini(&n);
}

TEST(solicitations_by_table)
{
	static const struct {
		const char *what;
		struct nd m;
		bool answer, noted;
	} row[] = {
		{ "not for us",
		  { "fd00::2", "ff02::1:ff00:1", "fd00::9:0:0:1", WIRE_ICMP6_NS,
		    .slla = true },
		  false,
		  false },
		{ "from behind a router",
		  { "fd00::2", "fd00::1", "fd00::1", WIRE_ICMP6_NS,
		    .slla = true, .hops = 254 },
		  false,
		  false },
		{ "duplicate address detection",
		  { "::", "ff02::1:ff00:1", "fd00::1", WIRE_ICMP6_NS },
		  true,
		  false },
		{ "the same with an address, which is forbidden",
		  { "::", "ff02::1:ff00:1", "fd00::1", WIRE_ICMP6_NS,
		    .slla = true },
		  false,
		  false },
		{ "the same to all nodes, which is forbidden",
		  { "::", "ff02::1", "fd00::1", WIRE_ICMP6_NS },
		  false,
		  false },
		{ "from a network that is not on the link",
		  { "fd77::2", "ff02::1:ff00:1", "fd00::1", WIRE_ICMP6_NS,
		    .slla = true },
		  false,
		  false },
		{ "from a link-local address",
		  { "fe80::2", "ff02::1:ff00:1", OURS, WIRE_ICMP6_NS,
		    .slla = true },
		  true,
		  true },
	};
	uint8_t out[256];

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct net n;

		setup(&n);
		nd(&n, &row[i].m);
		if ((net_tx(&n, n.eth, out, sizeof(out)) != 0) !=
			    row[i].answer ||
		    known(&n, row[i].m.src) != row[i].noted)
			fail_msg("%s", row[i].what);
		net_fini(&n);
	}
}

TEST(we_ask_the_solicited_node_group_and_hear_the_answer)
{
	struct ostia_addr t = A("fd00::12:3456"), g = A("ff02::1:ff12:3456");
	struct wire_nd f;
	uint8_t out[256];
	struct neigh *e;
	struct net n;

	setup(&n);
	e = neigh_get(n.ip, n.eth, &t, n.now);
	EQ(nd_ask(n.ip, n.eth, &t, NULL, NULL), 0);
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 14 + 40 + 32);
	MEM(out, "\x33\x33\xff\x12\x34\x56", 6);
	MEM(out + 38, g.b, 16);
	MEM(out + 22, A("fd00::1").b, 16);
	EQ(wire_nd_parse(&f, out + 54, 32), 32);
	EQ(f.type, WIRE_ICMP6_NS);
	MEM(f.target, t.b, 16);
	MEM(f.slla, NET_US, 6);
	EQ(nd(&n, &(struct nd) { "fd00::12:3456", "fd00::1", "fd00::12:3456",
				 WIRE_ICMP6_NA, .tlla = true, .solicited = true,
				 .override = true }),
	   VERDICT_HELD);
	EQ(e->state, NEIGH_REACHABLE);
	MEM(e->mac, NET_PEER, 6);
	net_fini(&n);
}

TEST(advertisements_that_nobody_asked_for_make_no_entry)
{
	struct net n;

	setup(&n);
	nd(&n, &(struct nd) { "fd00::2", "ff02::1", "fd00::2", WIRE_ICMP6_NA,
			      .tlla = true, .override = true });
	OK(!known(&n, "fd00::2"));
	nd(&n, &(struct nd) { "fd00::2", "fd00::1", "fd00::2", WIRE_ICMP6_NA,
			      .tlla = true, .solicited = true });
	OK(!known(&n, "fd00::2"));
	/* solicited ones do not go to groups (RFC 4861 7.1.2) */
	nd(&n, &(struct nd) { "fd00::2", "ff02::1", "fd00::2", WIRE_ICMP6_NA,
			      .tlla = true, .solicited = true });
	EQ(n.stats.IcmpInErrors, 1);
	net_fini(&n);
}

TEST(a_unicast_answer_may_leave_the_address_out)
{
	struct ostia_addr t = A("fd00::2");
	struct neigh *e;
	struct net n;

	setup(&n);
	neigh_learn(n.ip, n.eth, &t, (const uint8_t *)NET_PEER,
		    NEIGH_NEWS_HEARD, true, n.now);
	e = neigh_find(n.ip, n.eth, &t);
	e->state = NEIGH_PROBE;
	nd(&n, &(struct nd) { "fd00::2", "fd00::1", "fd00::2", WIRE_ICMP6_NA,
			      .solicited = true });
	EQ(e->state, NEIGH_REACHABLE);
	net_fini(&n);
}

TESTS(CASE(who_asks_for_us_is_answered_and_remembered),
      CASE(solicitations_by_table),
      CASE(we_ask_the_solicited_node_group_and_hear_the_answer),
      CASE(advertisements_that_nobody_asked_for_make_no_entry),
      CASE(a_unicast_answer_may_leave_the_address_out))
