/* SPDX-License-Identifier: MIT */
#include "tcp/cc.h"

#include "../test.h"

static void acks(union tcp_cc_state *s, struct tcp_cwin *w, uint32_t n,
		 uint32_t segs, bool limited)
{
	const struct tcp_rate_sample a = { .acked = segs,
					   .cwnd_limited = limited };

	while (n--)
		tcp_reno.on_acked(s, w, &a, 0);
}

TEST(slow_start_grows_by_what_is_acknowledged)
{
	struct tcp_cwin w = { 10, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	acks(&s, &w, 10, 1, true);
	EQ(w.cwnd, 20);
	acks(&s, &w, 1, 20, true); /* one ACK for a super-segment */
	EQ(w.cwnd, 40);
}

TEST(congestion_avoidance_adds_one_segment_a_round)
{
	struct tcp_cwin w = { 10, 10 };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	acks(&s, &w, 9, 1, true);
	EQ(w.cwnd, 10);
	acks(&s, &w, 1, 1, true);
	EQ(w.cwnd, 11);
	acks(&s, &w, 1, 11 + 12, true);
	EQ(w.cwnd, 13);
}

TEST(slow_start_ends_at_ssthresh_exactly)
{
	struct tcp_cwin w = { 8, 10 };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	acks(&s, &w, 1, 7, true); /* 2 to ssthresh, 5 of 10 beyond */
	EQ(w.cwnd, 10);
	acks(&s, &w, 1, 5, true);
	EQ(w.cwnd, 11);
}

TEST(a_window_that_is_not_used_does_not_grow)
{
	struct tcp_cwin w = { 10, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	acks(&s, &w, 100, 1, false);
	EQ(w.cwnd, 10);
}

TEST(loss_halves_but_not_below_two)
{
	struct tcp_cwin w = { 21, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	EQ(tcp_reno.on_loss(&s, &w, 0), 10);
	w.cwnd = 3;
	EQ(tcp_reno.on_rto(&s, &w, 0), 2);
}

/* RFC 5681 halves bytes. A round of acknowledgments is a segment. */
TEST(a_loss_keeps_the_part_of_a_segment)
{
	static const struct {
		uint32_t cwnd, acked, half, missing;
	} rows[] = {
		{ 14, 0, 7, 7 },  { 15, 0, 7, 4 }, /* 7.5 */
		{ 14, 7, 7, 6 },  { 15, 7, 7, 2 }, /* 7.73 */
		{ 15, 14, 7, 1 }, { 3, 0, 2, 2 }, /* 2 is the least */
		{ 5, 0, 2, 1 },	  { 101, 0, 50, 25 }, /* 50.5 */
	};
	struct tcp_cwin w;
	union tcp_cc_state s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w = (struct tcp_cwin) { rows[i].cwnd, 2 };
		tcp_reno.init(&s, &w, 0);
		acks(&s, &w, rows[i].acked, 1, true);
		w.cwnd = w.ssthresh = tcp_reno.on_loss(&s, &w, 0);
		EQ(w.cwnd, rows[i].half);
		acks(&s, &w, rows[i].missing - 1, 1, true);
		EQ(w.cwnd, rows[i].half);
		acks(&s, &w, 1, 1, true);
		EQ(w.cwnd, rows[i].half + 1);
	}
}

TEST(a_mark_costs_a_fifth_by_rfc_8511)
{
	struct tcp_cwin w = { 21, 20 };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	EQ(tcp_reno.on_ecn_mild(&s, &w, 0), 16);
	w.cwnd = 2;
	EQ(tcp_reno.on_ecn_mild(&s, &w, 0), 2);
}

TEST(the_window_has_a_ceiling)
{
	struct tcp_cwin w = { TCP_CWND_MAX - 5, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_reno.init(&s, &w, 0);
	acks(&s, &w, 10, 100, true);
	EQ(w.cwnd, TCP_CWND_MAX);
}

TEST(algorithms_are_found_by_name)
{
	OK(tcp_cc_find("reno", 4) == &tcp_reno);
	OK(tcp_cc_find("cubic", 5) == &tcp_cubic);
	OK(!tcp_cc_find("cubi", 4));
	OK(!tcp_cc_find("vegas", 5));
	OK(tcp_cc_at(0) == &tcp_cubic && !tcp_cc_at(100));
}

TESTS(CASE(slow_start_grows_by_what_is_acknowledged),
      CASE(congestion_avoidance_adds_one_segment_a_round),
      CASE(slow_start_ends_at_ssthresh_exactly),
      CASE(a_window_that_is_not_used_does_not_grow),
      CASE(loss_halves_but_not_below_two),
      CASE(a_loss_keeps_the_part_of_a_segment),
      CASE(a_mark_costs_a_fifth_by_rfc_8511), CASE(the_window_has_a_ceiling),
      CASE(algorithms_are_found_by_name))
