/* SPDX-License-Identifier: MIT */
#include "net.h"

#define PEER2 "\x02\0\0\0\0\x03"

static void setup(struct net *n)
{
	net_init(n);
	net_addr(n, n->eth, "10.0.0.1/16");
	net_addr(n, n->eth, "fd00::1/64");
}

/* A UDP packet of ours towards @dst; the verdict of the last stage. */
static enum verdict send(struct net *n, const char *dst, uint8_t mark)
{
	struct ostia_addr to = A(dst);
	struct ostia_pkt *p = pkt_new(n->pool);
	struct path *path;
	uint8_t data[12] = { 0x12, 0x34, 0x56, 0x78, 0, 12, 0, 0, mark };
	enum verdict v;

	OK(p != NULL);
	EQ(path_get(n->ip, &to, NULL, 0, n->now, &path), 0);
	EQ(pkt_append_copy(p, data, sizeof(data)), 0);
	EQ(ip_push_header(n->ip, p,
			  &(struct ip_out) { .path = path,
					     .proto = WIRE_PROTO_UDP,
					     .dontfrag = true }),
	   0);
	v = neigh_output(n->ip, p, path, n->now);
	if (v != VERDICT_HELD)
		pkt_free(p);
	path_put(n->ip, path);
	return v;
}

static enum neigh_state state_of(struct net *n, const char *addr)
{
	struct ostia_addr a = A(addr);
	struct neigh *e = neigh_find(n->ip, n->eth, &a);

	OK(e != NULL);
	return (enum neigh_state)e->state;
}

static bool known(struct net *n, const char *addr)
{
	struct ostia_addr a = A(addr);

	return neigh_find(n->ip, n->eth, &a) != NULL;
}

static void learn(struct net *n, const char *addr, const char *mac,
		  enum neigh_news news, bool override)
{
	struct ostia_addr a = A(addr);

	neigh_learn(n->ip, n->eth, &a, (const uint8_t *)mac, news, override,
		    n->now);
}

static bool has_mac(struct net *n, const char *addr, const char *mac)
{
	struct ostia_addr a = A(addr);

	return memcmp(neigh_find(n->ip, n->eth, &a)->mac, mac, 6) == 0;
}

static size_t frame(struct net *n, uint8_t buf[2048])
{
	return net_tx(n, n->eth, buf, 2048);
}

TEST(the_first_packet_waits_and_a_question_goes_out)
{
	uint8_t buf[2048];
	struct net n;

	setup(&n);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_HELD);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_INCOMPLETE);
	EQ(frame(&n, buf), 42);
	MEM(buf, NET_ALL, 6);
	EQ(wire_be_get16(buf + 12), WIRE_ETH_ARP);
	EQ(frame(&n, buf), 0);
	learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_ANSWER, true);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_REACHABLE);
	EQ(frame(&n, buf), 14 + 20 + 12);
	MEM(buf, NET_PEER, 6);
	MEM(buf + 6, NET_US, 6);
	EQ(send(&n, "10.0.0.2", 2), VERDICT_DELIVER);
	net_fini(&n);
}

TEST(asks_three_times_a_second_apart_then_tells_the_senders)
{
	uint8_t buf[2048];
	struct ip_error e;
	struct net n;

	setup(&n);
	for (int v6 = 0; v6 < 2; v6++) {
		const char *dst = v6 ? "fd00::2" : "10.0.0.2";

		EQ(send(&n, dst, 1), VERDICT_HELD);
		EQ(send(&n, dst, 2), VERDICT_HELD);
		for (int i = 0; i < 3; i++) {
			OK(frame(&n, buf) > 0);
			EQ(frame(&n, buf), 0);
			net_sleep(&n, OSTIA_S - 1);
			EQ(frame(&n, buf), 0);
			OK(!ip_next_error(n.ip, &e));
			net_sleep(&n, 1);
		}
		EQ(frame(&n, buf), 0);
		for (int i = 0; i < 2; i++) {
			OK(ip_next_error(n.ip, &e));
			EQ(e.err, EHOSTUNREACH);
			OK(!e.hard && e.own && e.has_ports);
			EQ(e.flow.lport, 0x1234);
			EQ(e.flow.rport, 0x5678);
			EQ(e.proto, WIRE_PROTO_UDP);
			ip_error_done(&e);
		}
		OK(!ip_next_error(n.ip, &e));
		OK(!known(&n, dst));
	}
	EQ(n.stats.NeighUnreachable, 2);
	EQ(n.ip->neigh_queued, 0);
	net_fini(&n);
}

TEST(the_queue_is_bounded_and_the_oldest_goes)
{
	uint8_t buf[2048];
	struct net n;

	setup(&n);
	n.ip->set.neigh_queue = 3;
	for (uint8_t i = 0; i < 5; i++)
		EQ(send(&n, "10.0.0.2", i), VERDICT_HELD);
	EQ(n.stats.NeighQueueDrops, 2);
	EQ(frame(&n, buf), 42);
	learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_ANSWER, true);
	for (uint8_t i = 2; i < 5; i++) {
		EQ(frame(&n, buf), 46);
		EQ(buf[14 + 20 + 8], i);
	}
	EQ(frame(&n, buf), 0);
	net_fini(&n);
}

/* RFC 4861 7.3.3: the life of an entry, by table. */
TEST(reachability_fades_is_asked_for_and_comes_back)
{
	struct ostia_addr a = A("10.0.0.2");
	uint8_t buf[2048];
	struct net n;

	setup(&n);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_HELD);
	frame(&n, buf);
	learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_ANSWER, true);
	while (frame(&n, buf))
		;
	/* between 15 and 45 s: never sooner, never later */
	net_sleep(&n, 15 * OSTIA_S - 1);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_REACHABLE);
	net_sleep(&n, 30 * OSTIA_S + 2 * OSTIA_MS);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_DELAY);
	/* an upper layer's word within 5 s saves the question */
	neigh_confirm(neigh_find(n.ip, n.eth, &a), n.now);
	net_sleep(&n, 6 * OSTIA_S);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_REACHABLE);
	EQ(frame(&n, buf), 0);
	/* without it: unicast probes */
	net_sleep(&n, 46 * OSTIA_S);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	net_sleep(&n, 5 * OSTIA_S);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_PROBE);
	EQ(frame(&n, buf), 42);
	MEM(buf, NET_PEER, 6);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_ANSWER, true);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_REACHABLE);
	/* three probes unanswered: gone */
	net_sleep(&n, 46 * OSTIA_S);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	for (int i = 0; i < 3; i++) {
		net_sleep(&n, i ? OSTIA_S : 5 * OSTIA_S);
		EQ(frame(&n, buf), 42);
	}
	net_sleep(&n, OSTIA_S);
	OK(!known(&n, "10.0.0.2"));
	EQ(ip_next_deadline(n.ip), OSTIA_NEVER);
	net_fini(&n);
}

/* RFC 4861 7.2.3-7.2.5, RFC 826: what news does to an entry. */
TEST(news_by_table)
{
	enum { NONE = 99 };
	static const struct {
		enum neigh_state from;
		enum neigh_news news;
		bool other, override, locked;
		int want; /* enum neigh_state, or NONE */
		bool changed; /* it has the other MAC address now */
	} row[] = {
		/* unknown: only who speaks to us is noted */
		{ (enum neigh_state)NONE, NEIGH_NEWS_HEARD, true, true, false,
		  NEIGH_STALE, true },
		{ (enum neigh_state)NONE, NEIGH_NEWS_ANSWER, true, true, false,
		  NONE, false },
		{ (enum neigh_state)NONE, NEIGH_NEWS_GRATUITOUS, true, true,
		  false, NONE, false },
		/* asked for */
		{ NEIGH_INCOMPLETE, NEIGH_NEWS_ANSWER, true, false, false,
		  NEIGH_REACHABLE, true },
		{ NEIGH_INCOMPLETE, NEIGH_NEWS_HEARD, true, false, false,
		  NEIGH_STALE, true },
		{ NEIGH_INCOMPLETE, NEIGH_NEWS_GRATUITOUS, true, false, false,
		  NEIGH_STALE, true },
		/* nothing new */
		{ NEIGH_REACHABLE, NEIGH_NEWS_GRATUITOUS, false, true, false,
		  NEIGH_REACHABLE, false },
		{ NEIGH_STALE, NEIGH_NEWS_ANSWER, false, true, false,
		  NEIGH_STALE, false }, /* nobody asked */
		/* another address: without override only doubt */
		{ NEIGH_REACHABLE, NEIGH_NEWS_GRATUITOUS, true, false, false,
		  NEIGH_STALE, false },
		{ NEIGH_STALE, NEIGH_NEWS_ANSWER, true, false, false,
		  NEIGH_STALE, false },
		/* with it: believed, and to be proved */
		{ NEIGH_REACHABLE, NEIGH_NEWS_GRATUITOUS, true, true, false,
		  NEIGH_STALE, true },
		{ NEIGH_REACHABLE, NEIGH_NEWS_ANSWER, true, true, false,
		  NEIGH_STALE, true }, /* nobody asked */
		{ NEIGH_REACHABLE, NEIGH_NEWS_HEARD, true, true, false,
		  NEIGH_STALE, true },
		/* not twice in a second */
		{ NEIGH_STALE, NEIGH_NEWS_GRATUITOUS, true, true, true,
		  NEIGH_STALE, false },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint8_t buf[2048];
		struct net n;

		setup(&n);
		if (row[i].from == NEIGH_STALE)
			learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_HEARD, true);
		else if (row[i].from != (enum neigh_state)NONE)
			EQ(send(&n, "10.0.0.2", 1), VERDICT_HELD);
		if (row[i].from == NEIGH_REACHABLE)
			learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_ANSWER,
			      true);
		if (!row[i].locked)
			net_sleep(&n, OSTIA_S / 2);
		if (!row[i].locked && row[i].from != NEIGH_INCOMPLETE)
			net_sleep(&n, OSTIA_S / 2);
		learn(&n, "10.0.0.2", row[i].other ? PEER2 : NET_PEER,
		      row[i].news, row[i].override);
		EQ(known(&n, "10.0.0.2"), row[i].want != NONE);
		if (row[i].want != NONE) {
			if (state_of(&n, "10.0.0.2") !=
			    (enum neigh_state)row[i].want)
				fail_msg("row %u: state %u", i,
					 state_of(&n, "10.0.0.2"));
			EQ(has_mac(&n, "10.0.0.2", PEER2), row[i].changed);
		}
		while (frame(&n, buf))
			;
		net_fini(&n);
	}
}

/* SECURITY 32: what works goes on working. */
TEST(a_flood_of_targets_leaves_proved_neighbours_alone)
{
	struct ostia_addr a = A("10.0.0.0");
	uint8_t buf[2048];
	char text[32];
	struct net n;

	setup(&n);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "10.0.1.%u", i);
		EQ(send(&n, text, 1), VERDICT_HELD);
		learn(&n, text, NET_PEER, NEIGH_NEWS_ANSWER, true);
		while (frame(&n, buf))
			;
	}
	for (unsigned i = 0; i < 60000; i++) {
		struct ostia_pkt *p;

		a.b[14] = (uint8_t)(2 + i / 256);
		a.b[15] = (uint8_t)i;
		if (i % 2) { /* strangers who speak to us */
			neigh_learn(n.ip, n.eth, &a, (const uint8_t *)PEER2,
				    NEIGH_NEWS_HEARD, true, n.now);
		} else { /* addresses that we are made to ask for */
			snprintf(text, sizeof(text), "10.0.%u.%u", a.b[14],
				 a.b[15]);
			send(&n, text, 1);
		}
		while ((p = pktq_pop(&n.eth->replies)))
			pkt_free(p);
		OK(neigh_count(n.ip) <= n.ip->set.neigh_thresh3);
		OK(n.ip->neigh_queued <= 4096);
	}
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "10.0.1.%u", i);
		EQ(send(&n, text, 1), VERDICT_DELIVER);
	}
	OK(n.stats.NeighEvicted > 50000);
	net_fini(&n);
}

TEST(groups_and_broadcasts_need_no_neighbour)
{
	static const struct {
		const char *dst;
		uint8_t mac[6];
	} row[] = {
		{ "255.255.255.255", { 255, 255, 255, 255, 255, 255 } },
		{ "10.0.255.255", { 255, 255, 255, 255, 255, 255 } },
		{ "239.129.2.3", { 1, 0, 0x5e, 1, 2, 3 } },
		{ "ff05::1:2", { 0x33, 0x33, 0, 1, 0, 2 } },
	};
	struct ostia_addr v4 = A("239.0.0.0"), v6 = A("ff00::");
	struct net n;

	setup(&n);
	EQ(route_add(n.ip, n.eth,
		     &(struct ostia_addr) { .b = { [10] = 0xff, [11] = 0xff } },
		     96, NULL),
	   0);
	EQ(route_add(n.ip, n.eth, &v4, 104, NULL), 0);
	EQ(route_add(n.ip, n.eth, &v6, 8, NULL), 0);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr to = A(row[i].dst);
		struct ostia_pkt *p = pkt_new(n.pool);
		struct path *path;
		uint8_t mac[6];

		EQ(path_get(n.ip, &to, NULL, 0, n.now, &path), 0);
		EQ(pkt_append_copy(p, "12345678", 8), 0);
		EQ(ip_push_header(n.ip, p,
				  &(struct ip_out) { .path = path,
						     .proto = 17 }),
		   0);
		EQ(neigh_output(n.ip, p, NULL, n.now), VERDICT_DELIVER);
		pkt_copy_out(p, 0, mac, 6);
		MEM(mac, row[i].mac, 6);
		pkt_free(p);
		path_put(n.ip, path);
	}
	EQ(neigh_count(n.ip), 0);
	net_fini(&n);
}

TEST(a_packet_without_a_path_is_looked_up)
{
	struct ostia_addr to = A("10.0.0.2"), src = A("10.0.0.1");
	struct ostia_pkt *p;
	struct net n;

	setup(&n);
	learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_HEARD, true);
	p = pkt_new(n.pool);
	EQ(pkt_append_copy(p, "12345678901234567890", 20), 0);
	p->link = n.eth;
	p->src = src;
	p->dst = to;
	EQ(neigh_output(n.ip, p, NULL, n.now), VERDICT_DELIVER);
	EQ(p->len, 34);
	pkt_free(p);
	p = pkt_new(n.pool);
	p->link = n.eth;
	p->src = src;
	p->dst = A("172.16.0.1"); /* no route */
	EQ(neigh_output(n.ip, p, NULL, n.now), VERDICT_DROP);
	pkt_free(p);
	net_fini(&n);
}

TEST(a_path_in_use_holds_its_neighbour_and_confirms_it)
{
	struct ostia_addr to = A("10.0.0.2");
	uint8_t buf[2048];
	struct path *path;
	struct net n;

	setup(&n);
	EQ(path_get(n.ip, &to, NULL, 0, n.now, &path), 0);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_HELD);
	learn(&n, "10.0.0.2", NET_PEER, NEIGH_NEWS_ANSWER, true);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	OK(path->neigh != NULL);
	net_sleep(&n, 60 * OSTIA_S);
	EQ(send(&n, "10.0.0.2", 1), VERDICT_DELIVER);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_DELAY);
	path_confirm(path, n.now);
	EQ(state_of(&n, "10.0.0.2"), NEIGH_REACHABLE);
	path_put(n.ip, path);
	OK(path->neigh == NULL);
	while (frame(&n, buf))
		;
	net_fini(&n);
}

TESTS(CASE(the_first_packet_waits_and_a_question_goes_out),
      CASE(asks_three_times_a_second_apart_then_tells_the_senders),
      CASE(the_queue_is_bounded_and_the_oldest_goes),
      CASE(reachability_fades_is_asked_for_and_comes_back), CASE(news_by_table),
      CASE(a_flood_of_targets_leaves_proved_neighbours_alone),
      CASE(groups_and_broadcasts_need_no_neighbour),
      CASE(a_packet_without_a_path_is_looked_up),
      CASE(a_path_in_use_holds_its_neighbour_and_confirms_it))
