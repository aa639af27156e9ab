/* SPDX-License-Identifier: MIT */
#include "drill/conn.h"

#include <errno.h>

#include "../test.h"
#include "wire/tcp.h"

static struct drill_arena arena;

TEST(our_numbers_are_learned_from_the_first_syn)
{
	struct drill_conns cs = { 0 };
	struct drill_conn *c = drill_conns_add(&cs, &arena, DRILL_TCP, 1, 2);
	struct drill_seg want = { .flags = WIRE_TCP_SYN };
	struct drill_seg syn = { .flags = WIRE_TCP_SYN, .seq = 5000 };
	struct drill_seg data = { .seq = 5001, .ack = 7, .has_ack = true };
	struct drill_opt sack = { .kind = DRILL_OPT_SACK,
				  .n = 1,
				  .sack = { { 11, 21 } } };
	struct drill_seg in = {
		.seq = 7, .ack = 1, .has_ack = true, .opts = &sack, .nopts = 1
	};

	drill_conn_to_script(c, &syn, &want);
	EQ(syn.seq, 0);
	drill_conn_to_script(c, &data, NULL);
	EQ(data.seq, 1);
	EQ(data.ack, 7);
	EQ(drill_conn_to_live(c, &in), 0);
	EQ(in.seq, 7);
	EQ(in.ack, 5001);
	EQ(sack.sack[0].left, 5011);
	EQ(sack.sack[0].right, 5021);
}

TEST(our_clock_is_learned_from_the_first_timestamp)
{
	struct drill_conns cs = { 0 };
	struct drill_conn *c = drill_conns_add(&cs, &arena, DRILL_TCP, 1, 2);
	struct drill_opt want_ts = { .kind = DRILL_OPT_TS, .a = 100 };
	struct drill_opt ts = { .kind = DRILL_OPT_TS, .a = 900, .b = 3 };
	struct drill_opt echo = { .kind = DRILL_OPT_TS, .a = 4, .b = 150 };
	struct drill_seg want = { .opts = &want_ts, .nopts = 1 };
	struct drill_seg out = { .opts = &ts, .nopts = 1 };
	struct drill_seg in = { .flags = WIRE_TCP_ACK,
				.opts = &echo,
				.nopts = 1 };

	EQ(drill_conn_to_live(c, &in), -EINVAL); /* not known yet */
	drill_conn_to_script(c, &out, &want);
	EQ(ts.a, 100);
	EQ(ts.b, 3);
	EQ(drill_conn_to_live(c, &in), 0);
	EQ(echo.a, 4);
	EQ(echo.b, 950);
}

TEST(conversations_are_found_by_their_ports)
{
	struct drill_conns cs = { 0 };
	struct drill_conn *a = drill_conns_add(&cs, &arena, DRILL_TCP, 80, 1);
	struct drill_conn *b = drill_conns_add(&cs, &arena, DRILL_TCP, 80, 2);
	struct drill_conn *u = drill_conns_add(&cs, &arena, DRILL_UDP, 80, 0);

	OK(drill_conns_find(&cs, DRILL_TCP, 80, 1) == a);
	OK(drill_conns_find(&cs, DRILL_TCP, 80, 2) == b);
	OK(drill_conns_find(&cs, DRILL_UDP, 80, 9) == u);
	OK(!drill_conns_find(&cs, DRILL_TCP, 80, 3));
	OK(!drill_conns_find(&cs, DRILL_UDP, 81, 9));
	OK(cs.current == u);
}

TEST(what_was_written_is_remembered_whole)
{
	struct drill_conns cs = { 0 };
	struct drill_conn *c = drill_conns_add(&cs, &arena, DRILL_TCP, 1, 2);

	for (int i = 0; i < 1000; i++)
		drill_conn_wrote(c, &arena, "abc", 3);
	EQ(c->tx_len, 3000);
	for (size_t i = 0; i < 3000; i++)
		EQ(c->tx[i], "abc"[i % 3]);
	drill_arena_fini(&arena);
}

TESTS(CASE(our_numbers_are_learned_from_the_first_syn),
      CASE(our_clock_is_learned_from_the_first_timestamp),
      CASE(conversations_are_found_by_their_ports),
      CASE(what_was_written_is_remembered_whole))
