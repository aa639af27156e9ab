/* SPDX-License-Identifier: MIT */
#include "world/monitor.h"

#include "base/csum.h"
#include "base/pkt.h"
#include "base/time.h"

#include "../test.h"
#include <arpa/inet.h>

enum { N = 40 };

struct ear {
	int rule;
	char what[8192];
};

static void on_breach(void *ctx, enum world_rule rule, const char *what)
{
	struct ear *e = ctx;

	e->rule = (int)rule;
	snprintf(e->what, sizeof(e->what), "%s", what);
}

/* A frame from 10.0.0.@from to 10.0.0.@to, checksums right. */
static void frame(uint8_t *p, uint8_t from, uint8_t to, uint8_t flags,
		  uint32_t number)
{
	const uint8_t head[N] = {
		0x45, 0,    0,	N, 0,	 0,	0x40, 0,    64, 6,  0, 0, 10, 0,
		0,    from, 10, 0, 0,	 to,	0,    from, 0,	to, 0, 0, 0,  0,
		0,    0,    0,	0, 0x50, flags, 1,    0,    0,	0,  0, 0,
	};
	uint32_t n = htonl(number);
	uint16_t sum;

	memcpy(p, head, N);
	memcpy(p + 24, &n, 4);
	sum = csum_fold(csum(p, 20, 0));
	memcpy(p + 10, &sum, 2);
	sum = csum_fold(
		csum_add(csum_add(csum(p + 12, 8, 0), htonl(6 << 16 | 20)),
			 csum(p + 20, 20, 0)));
	memcpy(p + 36, &sum, 2);
}

struct stage {
	struct ostia_world *w; /* lends the pool */
	struct world_monitor *m;
	struct ear ear;
	ostia_time now;
};

static void stage_init(struct stage *g, bool sums)
{
	const struct ostia_world_config world = { 0 };
	const struct world_monitor_config cfg = { .sums = sums,
						  .breach = on_breach,
						  .ctx = &g->ear };

	memset(g, 0, sizeof(*g));
	g->ear.rule = -1;
	g->now = NS_PER_S;
	EQ(ostia_world_new(&world, &g->w), 0);
	EQ(world_monitor_new(&cfg, &g->m), 0);
}

static void stage_fini(struct stage *g)
{
	world_monitor_free(g->m);
	ostia_world_free(g->w);
}

/* Host 1 says to host 2; @bit: flipped under way, -1: none */
static void say(struct stage *g, uint8_t from, uint8_t to, uint8_t flags,
		uint32_t number, int bit)
{
	struct ostia_pkt *p;
	uint8_t b[N];

	frame(b, from, to, flags, number);
	if (bit >= 0)
		b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	p = ostia_pkt_from(ostia_world_pool(g->w), b, N);
	OK(p != NULL);
	if (from == 1)
		EQ(world_monitor_sent(g->m, 1, p, false, g->now), 0);
	else
		EQ(world_monitor_heard(g->m, 1, p, false, g->now), 0);
	ostia_pkt_free(p);
}

enum { SYN = 2, RST = 4, ACK = 16 };

/* With options and data, which all are zeros. */
static void tell(struct stage *g, uint8_t from, uint8_t flags, uint32_t number,
		 uint32_t ack, const uint8_t *opts, uint8_t nopts, uint8_t data,
		 uint64_t conn)
{
	uint8_t b[N + 40 + 40] = { 0 };
	uint32_t be = htonl(ack);
	struct ostia_pkt *p;

	frame(b, from, from ^ 3, flags, number);
	memcpy(b + 28, &be, 4);
	b[3] = N + nopts + data;
	b[32] = (uint8_t)((20 + nopts) / 4 << 4);
	if (nopts)
		memcpy(b + N, opts, nopts);
	p = ostia_pkt_from(ostia_world_pool(g->w), b, N + nopts + data);
	OK(p != NULL);
	p->conn = conn;
	if (from == 1)
		EQ(world_monitor_sent(g->m, 1, p, false, g->now), 0);
	else
		EQ(world_monitor_heard(g->m, 1, p, false, g->now), 0);
	ostia_pkt_free(p);
}

TEST(a_breach_is_told_once_and_with_what_led_to_it)
{
	struct stage g;

	stage_init(&g, false);
	say(&g, 1, 2, SYN, 100, -1);
	EQ(g.ear.rule, -1);
	say(&g, 1, 2, ACK, 101, -1);
	say(&g, 1, 2, RST, 7, -1);
	say(&g, 1, 2, RST, 8, -1);
	EQ(g.ear.rule, WORLD_RULE_RESET);
	OK(strstr(g.ear.what, "sequence number 7") != NULL);
	OK(strstr(g.ear.what, "host 1 > 1>2 [S] 100:100(0)") != NULL);
	EQ(world_monitor_segments(g.m), 4);
	stage_fini(&g);
}

/* A reset with a wrong sum is none, where sums may be wrong. */
TEST(what_was_damaged_under_way_was_not_heard)
{
	for (int flipped = 0; flipped < N * 8; flipped += 13) {
		struct stage g;

		stage_init(&g, true);
		say(&g, 1, 2, SYN, 100, -1);
		say(&g, 2, 1, RST, 0, flipped);
		EQ(world_monitor_segments(g.m), 1);
		stage_fini(&g);
	}
}

TEST(other_hosts_and_protocols_are_others)
{
	struct stage g;
	struct ostia_pkt *p;
	uint8_t b[N];

	stage_init(&g, false);
	frame(b, 1, 2, SYN, 1);
	b[9] = 17;
	p = ostia_pkt_from(ostia_world_pool(g.w), b, N);
	EQ(world_monitor_sent(g.m, 1, p, false, g.now), 0);
	ostia_pkt_free(p);
	for (size_t n = 0; n < N; n++) { /* and what is cut short is nothing */
		frame(b, 1, 2, SYN, 1);
		p = ostia_pkt_from(ostia_world_pool(g.w), b, n);
		EQ(world_monitor_sent(g.m, 1, p, n % 2, g.now), 0);
		ostia_pkt_free(p);
	}
	EQ(world_monitor_segments(g.m), 0);
	stage_fini(&g);
}

TEST(calls_count_for_the_connection_that_its_segments_name)
{
	const struct ostia_trace ev = { .kind = OSTIA_TRACE_BYTES,
					.conn = 9,
					.u.bytes = { 0, 50, 0 } };
	struct stage g;
	struct ostia_pkt *p;
	uint8_t b[N];

	stage_init(&g, false);
	frame(b, 1, 2, SYN, 1);
	p = ostia_pkt_from(ostia_world_pool(g.w), b, N);
	p->conn = 9;
	EQ(world_monitor_sent(g.m, 1, p, false, g.now), 0);
	ostia_pkt_free(p);
	EQ(world_monitor_event(g.m, 2, &ev), 0); /* another host's */
	EQ(g.ear.rule, -1);
	EQ(world_monitor_event(g.m, 1, &ev), 0); /* nothing arrived */
	EQ(g.ear.rule, WORLD_RULE_READ);
	stage_fini(&g);
}

/* SYN and SYN ACK agree on SACK; then [5, 9) comes, and [13, 17). */
static void hear_pieces(struct stage *g, uint64_t conn)
{
	static const uint8_t sackok[4] = { 4, 2, 1, 1 };

	tell(g, 1, SYN, 0, 0, sackok, sizeof(sackok), 0, conn);
	tell(g, 2, SYN | ACK, 0, 1, sackok, sizeof(sackok), 0, 0);
	tell(g, 1, ACK, 1, 1, NULL, 0, 0, conn);
	tell(g, 2, ACK, 5, 1, NULL, 0, 4, 0);
	tell(g, 2, ACK, 13, 1, NULL, 0, 4, 0);
}

/* Who takes back SO_RCVBUF may have no room for what it offered. */
TEST(a_piece_must_be_kept_unless_the_buffer_was_made_smaller)
{
	static const uint8_t first[12] = {
		1, 1, 5, 10, 0, 0, 0, 5, 0, 0, 0, 9
	};
	const struct ostia_trace ev = { .kind = OSTIA_TRACE_CALL,
					.conn = 9,
					.u.call = { .name = "setsockopt",
						    .args = "1, 8" } };

	for (int shrunk = 0; shrunk < 2; shrunk++) {
		struct stage g;

		stage_init(&g, false);
		if (shrunk)
			EQ(world_monitor_event(g.m, 1, &ev), 0);
		hear_pieces(&g, 9);
		tell(&g, 1, ACK, 1, 1, first, sizeof(first), 0, 9);
		EQ(g.ear.rule, shrunk ? -1 : WORLD_RULE_SACK_FIRST);
		stage_fini(&g);
	}
}

TESTS(CASE(a_piece_must_be_kept_unless_the_buffer_was_made_smaller),
      CASE(a_breach_is_told_once_and_with_what_led_to_it),
      CASE(what_was_damaged_under_way_was_not_heard),
      CASE(other_hosts_and_protocols_are_others),
      CASE(calls_count_for_the_connection_that_its_segments_name))
