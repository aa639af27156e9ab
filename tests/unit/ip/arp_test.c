/* SPDX-License-Identifier: MIT */
#include "net.h"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->eth, "10.0.0.1/24");
}

static enum verdict arp(struct net *n, const void *to, uint16_t op,
			const char *spa, const char *tpa)
{
	struct ostia_addr s = A(spa), t = A(tpa);
	const struct wire_arp f = { .op = op,
				    .sha = (const uint8_t *)NET_PEER,
				    .spa = s.b + 12,
				    .tha = (const uint8_t *)NET_US,
				    .tpa = t.b + 12 };
	uint8_t buf[64], a[28];

	EQ(wire_arp_emit(a, 28, &f), 28);
	return net_rx(n, n->eth, buf,
		      net_frame(buf, to, NET_PEER, WIRE_ETH_ARP, a, 28));
}

static bool known(struct net *n, const char *addr)
{
	struct ostia_addr a = A(addr);

	return neigh_find(n->ip, n->eth, &a) != NULL;
}

TEST(who_asks_for_us_is_answered_and_remembered)
{
	struct wire_arp f;
	uint8_t out[64];
	struct net n;

	setup(&n);
	EQ(arp(&n, NET_ALL, 1, "10.0.0.2", "10.0.0.1"), VERDICT_HELD);
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 42);
	MEM(out, NET_PEER, 6);
	EQ(wire_arp_parse(&f, out + 14, 28), 28);
	EQ(f.op, WIRE_ARP_REPLY);
	MEM(f.sha, NET_US, 6);
	MEM(f.spa, "\x0a\0\0\x01", 4);
	MEM(f.tha, NET_PEER, 6);
	MEM(f.tpa, "\x0a\0\0\x02", 4);
	OK(known(&n, "10.0.0.2"));
	net_fini(&n);
}

TEST(who_is_answered_and_who_is_noted)
{
	static const struct {
		const char *what;
		uint16_t op;
		bool unicast;
		const char *spa, *tpa;
		bool answer, noted;
	} row[] = {
		{ "another's question", 1, false, "10.0.0.2", "10.0.0.9", false,
		  false },
		{ "a gratuitous one", 1, false, "10.0.0.2", "10.0.0.2", false,
		  false },
		{ "an answer to nothing", 2, true, "10.0.0.2", "10.0.0.1",
		  false, false },
		{ "a probe (RFC 5227)", 1, false, "0.0.0.0", "10.0.0.1", true,
		  false },
		{ "from another network", 1, false, "172.16.0.1", "10.0.0.1",
		  false, false },
		{ "from a group", 1, false, "224.0.0.1", "10.0.0.1", false,
		  false },
		{ "from the broadcast address", 1, false, "10.0.0.255",
		  "10.0.0.1", false, false },
		{ "for the loopback", 1, false, "10.0.0.2", "127.0.0.1", false,
		  false },
	};
	uint8_t out[64];
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		arp(&n, row[i].unicast ? NET_US : NET_ALL, row[i].op,
		    row[i].spa, row[i].tpa);
		if ((net_tx(&n, n.eth, out, sizeof(out)) != 0) !=
			    row[i].answer ||
		    known(&n, row[i].spa) != row[i].noted)
			fail_msg("%s", row[i].what);
	}
	net_fini(&n);
}

TEST(our_address_is_defended_once_in_ten_seconds)
{
	struct wire_arp f;
	uint8_t out[64];
	struct net n;

	setup(&n);
	EQ(arp(&n, NET_ALL, 1, "10.0.0.1", "10.0.0.1"), VERDICT_HELD);
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 42);
	MEM(out, NET_ALL, 6);
	EQ(wire_arp_parse(&f, out + 14, 28), 28);
	MEM(f.spa, f.tpa, 4);
	MEM(f.sha, NET_US, 6);
	net_sleep(&n, 10 * OSTIA_S - 1);
	arp(&n, NET_ALL, 1, "10.0.0.1", "10.0.0.1");
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 0);
	net_sleep(&n, 1);
	arp(&n, NET_ALL, 2, "10.0.0.1", "10.0.0.1");
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 42);
	OK(!known(&n, "10.0.0.1"));
	net_fini(&n);
}

TEST(nonsense_is_dropped)
{
	uint8_t buf[64], a[28] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	struct net n;

	setup(&n);
	for (size_t len = 0; len < 28; len++)
		EQ(net_rx(&n, n.eth, buf,
			  net_frame(buf, NET_ALL, NET_PEER, WIRE_ETH_ARP, a,
				    len)),
		   VERDICT_DROP);
	a[4] = 8; /* hardware addresses of 8 bytes */
	EQ(net_rx(&n, n.eth, buf,
		  net_frame(buf, NET_ALL, NET_PEER, WIRE_ETH_ARP, a, 28)),
	   VERDICT_DROP);
	a[4] = 6;
	a[8] = 1; /* a group as sender */
	EQ(net_rx(&n, n.eth, buf,
		  net_frame(buf, NET_ALL, NET_PEER, WIRE_ETH_ARP, a, 28)),
	   VERDICT_DROP);
	net_fini(&n);
}

TEST(the_question_names_the_address_that_will_speak)
{
	struct ostia_addr t = A("10.0.0.9"), from = A("10.1.0.1");
	struct wire_arp f;
	uint8_t out[64];
	struct net n;

	setup(&n);
	net_addr(&n, n.eth, "10.1.0.1/24");
	EQ(arp_ask(n.ip, n.eth, &t, NULL, NULL), 0);
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 42);
	EQ(wire_arp_parse(&f, out + 14, 28), 28);
	MEM(f.spa, "\x0a\0\0\x01", 4);
	EQ(arp_ask(n.ip, n.eth, &t, NULL, &from), 0);
	EQ(net_tx(&n, n.eth, out, sizeof(out)), 42);
	EQ(wire_arp_parse(&f, out + 14, 28), 28);
	MEM(f.spa, "\x0a\x01\0\x01", 4);
	net_fini(&n);
}

TESTS(CASE(who_asks_for_us_is_answered_and_remembered),
      CASE(who_is_answered_and_who_is_noted),
      CASE(our_address_is_defended_once_in_ten_seconds),
      CASE(nonsense_is_dropped),
      CASE(the_question_names_the_address_that_will_speak))
