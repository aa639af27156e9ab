/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../test.h"
#include "base/addrtext.h"
#include "link/eth.h"
#include "wire/eth.h"

struct wire {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_link *l;
};

static void setup(struct wire *w)
{
	const struct ostia_link_config cfg = { .name = "eth0",
					       .type = OSTIA_LINK_ETHERNET,
					       .mac = { 2, 0, 0, 0, 0, 1 },
					       .mtu = 1500 };

	w->lend = (struct lend) { .left = -1 };
	w->env = lend_env(&w->lend);
	EQ(ostia_pool_new(&w->env, 0, &w->pool), 0);
	EQ(link_new(&w->env, &cfg, &w->l), 0);
}

static void teardown(struct wire *w)
{
	link_free(&w->env, w->l);
	ostia_pool_free(w->pool);
	EQ(w->lend.blocks, 0);
}

TEST(frames_are_for_us_or_not)
{
	static const struct {
		const char *what;
		uint8_t frame[24];
		size_t len;
		bool ours, group, blamed;
		unsigned l3;
	} row[] = {
		{ "for us",
		  { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 },
		  20,
		  true,
		  false,
		  false,
		  14 },
		{ "broadcast",
		  { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 0 },
		  20,
		  true,
		  true,
		  false,
		  14 },
		{ "multicast",
		  { 1, 0, 0x5e, 1, 2, 3, 2, 0, 0, 0, 0, 2, 8, 0 },
		  20,
		  true,
		  true,
		  false,
		  14 },
		{ "for another host",
		  { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 2, 8, 0 },
		  20,
		  false,
		  false,
		  false,
		  0 },
		{ "from a group",
		  { 2, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 2, 8, 0 },
		  20,
		  false,
		  false,
		  true,
		  0 },
		{ "a priority tag",
		  { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0xe0, 0, 8,
		    0 },
		  24,
		  true,
		  false,
		  false,
		  18 },
		{ "a VLAN",
		  { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 5, 8, 0 },
		  24,
		  false,
		  false,
		  false,
		  0 },
		{ "too short",
		  { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8 },
		  13,
		  false,
		  false,
		  true,
		  0 },
		{ "nothing", { 0 }, 0, false, false, true, 0 },
	};
	struct wire w;

	setup(&w);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_pkt *p =
			ostia_pkt_from(w.pool, row[i].frame, row[i].len);
		const char *why;
		uint16_t type = 0;
		enum verdict v = link_eth_rx(w.l, p, &type, &why);

		if ((v == VERDICT_DELIVER) != row[i].ours)
			fail_msg("%s", row[i].what);
		if (row[i].ours) {
			EQ(type, WIRE_ETH_IP4);
			EQ(p->l3, row[i].l3);
			EQ(!!(p->flags & PKT_BROADCAST), row[i].group);
		} else {
			EQ(why != NULL, row[i].blamed);
		}
		pkt_free(p);
	}
	teardown(&w);
}

TEST(our_header_is_pushed)
{
	static const uint8_t to[6] = { 2, 0, 0, 0, 0, 2 };
	struct ostia_pkt *p;
	uint8_t h[14];
	struct wire w;

	setup(&w);
	p = pkt_new(w.pool);
	EQ(link_eth_push(w.l, p, to, WIRE_ETH_IP6), 0);
	EQ(pkt_copy_out(p, 0, h, 14), 14);
	MEM(h, "\2\0\0\0\0\2\2\0\0\0\0\1\x86\xdd", 14);
	OK(pkt_push(p, p->hoff) != NULL);
	EQ(link_eth_push(w.l, p, to, WIRE_ETH_IP6), -ENOBUFS);
	pkt_free(p);
	teardown(&w);
}

TEST(groups_have_addresses_of_their_own)
{
	static const struct {
		const char *group;
		uint8_t mac[6];
	} row[] = {
		{ "224.0.0.1", { 1, 0, 0x5e, 0, 0, 1 } },
		{ "239.255.1.2", { 1, 0, 0x5e, 0x7f, 1, 2 } },
		{ "255.255.255.255", { 255, 255, 255, 255, 255, 255 } },
		{ "ff02::1:ff12:3456", { 0x33, 0x33, 0xff, 0x12, 0x34, 0x56 } },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr a;
		uint8_t mac[6];

		EQ(addrtext_parse(row[i].group, &a), 0);
		link_eth_group(mac, &a);
		MEM(mac, row[i].mac, 6);
	}
}

TESTS(CASE(frames_are_for_us_or_not), CASE(our_header_is_pushed),
      CASE(groups_have_addresses_of_their_own))
