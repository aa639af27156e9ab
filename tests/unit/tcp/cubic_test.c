/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "tcp/cc.h"

#include "../test.h"

enum { RTT_MS = 50 };

/* RFC 9438 in floating point, one ACK a segment. */
struct reference {
	double cwnd, w_max, w_est, k, prior;
	double epoch_s;
};

static void reference_loss(struct reference *r, double now_s)
{
	r->prior = r->cwnd;
	r->w_max = r->cwnd < r->w_max ? r->cwnd * 0.85 : r->cwnd;
	r->cwnd = fmax(r->cwnd * 0.7, 2);
	r->w_est = r->cwnd;
	r->k = cbrt((r->w_max - r->cwnd) / 0.4);
	r->epoch_s = now_s;
}

static void reference_ack(struct reference *r, double now_s)
{
	double t = now_s - r->epoch_s + RTT_MS / 1e3;
	double w = 0.4 * pow(t - r->k, 3) + r->w_max, target;

	target = fmin(fmax(w, r->cwnd), 1.5 * r->cwnd);
	r->w_est += (r->w_est < r->prior ? 9.0 / 17 : 1) / r->cwnd;
	r->cwnd += (target - r->cwnd) / r->cwnd;
	r->cwnd = fmax(r->cwnd, r->w_est);
}

/* After a loss at @start segments, follow both for @seconds. */
static void follow(uint32_t start, int seconds)
{
	struct reference ref = { .cwnd = start };
	struct tcp_cwin w = { start, TCP_SSTHRESH_NONE };
	ostia_time now = 5 * NS_PER_S;
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, now);
	w.ssthresh = tcp_cubic.on_loss(&s, &w, now);
	w.cwnd = w.ssthresh;
	reference_loss(&ref, 5);
	for (int round = 0; round < seconds * 1000 / RTT_MS; round++) {
		uint32_t n = w.cwnd;

		for (uint32_t i = 0; i < n; i++) {
			const struct tcp_rate_sample a = {
				.acked = 1,
				.srtt_us = RTT_MS * 1000,
				.cwnd_limited = true,
			};

			tcp_cubic.on_acked(&s, &w, &a, now);
			reference_ack(&ref, (double)now / 1e9);
			now += RTT_MS * NS_PER_MS / n;
		}
		if (fabs(w.cwnd - ref.cwnd) > 1 + ref.cwnd * 0.02)
			fail_msg("from %u after %d ms: %u, reference %.2f",
				 start, (round + 1) * RTT_MS, w.cwnd, ref.cwnd);
	}
}

TEST(follows_the_formula_in_floating_point)
{
	follow(10, 10); /* in the Reno-friendly region for long */
	follow(100, 20);
	follow(1000, 20);
	follow(20000, 12);
}

TEST(reduces_to_seven_tenths_and_not_below_two)
{
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, 0);
	EQ(tcp_cubic.on_loss(&s, &w, 0), 70);
	w.cwnd = 2;
	EQ(tcp_cubic.on_loss(&s, &w, 0), 2);
}

/* 0.7 of 14 is 9.8: a fifth of a segment is missing, at 9 / 17 a round. */
TEST(a_loss_keeps_the_part_of_a_segment)
{
	const struct tcp_rate_sample a = { .acked = 1,
					   .srtt_us = 50000,
					   .cwnd_limited = true };
	struct tcp_cwin w = { 14, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, 0);
	w.ssthresh = tcp_cubic.on_loss(&s, &w, 0);
	EQ(w.ssthresh, 9);
	w.cwnd = 9;
	for (int n = 0; n < 3; n++)
		tcp_cubic.on_acked(&s, &w, &a, 0);
	EQ(w.cwnd, 9);
	tcp_cubic.on_acked(&s, &w, &a, 0);
	EQ(w.cwnd, 10);
}

TEST(a_mark_costs_less_than_a_loss_by_rfc_8511)
{
	struct tcp_cwin w = { 100, 90 };
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, 0);
	EQ(tcp_cubic.on_ecn_mild(&s, &w, 0), 85);
	EQ(s.cubic.w_max, 100);
	EQ(s.cubic.cwnd_prior, 100);
	w.cwnd = 2;
	EQ(tcp_cubic.on_ecn_mild(&s, &w, 0), 2);
}

TEST(a_second_loss_below_the_first_gives_up_more)
{
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, 0);
	tcp_cubic.on_loss(&s, &w, 0);
	EQ(s.cubic.w_max, 100);
	w.cwnd = 80;
	tcp_cubic.on_loss(&s, &w, 0);
	EQ(s.cubic.w_max, 68); /* 80 * 0.85 */
}

TEST(who_is_alone_makes_no_room_for_others)
{
	const struct tcp_rate_sample a = { .acked = 1,
					   .srtt_us = 50000,
					   .alone = true };
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, 0);
	tcp_cubic.on_acked(&s, &w, &a, 0);
	tcp_cubic.on_loss(&s, &w, 0);
	w.cwnd = 80;
	tcp_cubic.on_loss(&s, &w, 0);
	EQ(s.cubic.w_max, 80);
}

TEST(a_spurious_loss_leaves_no_trace)
{
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;
	struct tcp_cubic was;

	tcp_cubic.init(&s, &w, 0);
	tcp_cubic.on_loss(&s, &w, 0);
	was = s.cubic;
	w.cwnd = 80;
	tcp_cubic.on_loss(&s, &w, 0);
	tcp_cubic.on_undo(&s, &w);
	EQ(s.cubic.w_max, was.w_max);
	EQ(s.cubic.cwnd_prior, was.cwnd_prior);
}

TEST(silence_does_not_count_as_growth)
{
	const struct tcp_rate_sample a = { .acked = 1,
					   .srtt_us = 50000,
					   .cwnd_limited = true };
	struct tcp_cwin w = { 100, 70 }, idle = { 100, 70 };
	union tcp_cc_state s, i;

	tcp_cubic.init(&s, &w, 0);
	tcp_cubic.on_loss(&s, &w, 0);
	w.cwnd = idle.cwnd = 70;
	tcp_cubic.on_acked(&s, &w, &a, 0);
	i = s;
	tcp_cubic.on_resume(&i, 100 * NS_PER_S);
	for (int n = 0; n < 70; n++) {
		tcp_cubic.on_acked(&s, &w, &a, NS_PER_S);
		tcp_cubic.on_acked(&i, &idle, &a, 101 * NS_PER_S);
	}
	EQ(w.cwnd, idle.cwnd);
}

TEST(a_day_without_loss_stays_within_bounds)
{
	const struct tcp_rate_sample a = { .acked = 1000,
					   .srtt_us = 50000,
					   .cwnd_limited = true };
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_cubic.init(&s, &w, 0);
	w.ssthresh = tcp_cubic.on_loss(&s, &w, 0);
	w.cwnd = w.ssthresh;
	for (uint64_t t = 0; t < 86400; t += 60)
		for (int i = 0; i < 100; i++)
			tcp_cubic.on_acked(&s, &w, &a, t * NS_PER_S);
	OK(w.cwnd <= TCP_CWND_MAX);
}

TESTS(CASE(follows_the_formula_in_floating_point),
      CASE(reduces_to_seven_tenths_and_not_below_two),
      CASE(a_loss_keeps_the_part_of_a_segment),
      CASE(a_mark_costs_less_than_a_loss_by_rfc_8511),
      CASE(a_second_loss_below_the_first_gives_up_more),
      CASE(who_is_alone_makes_no_room_for_others),
      CASE(a_spurious_loss_leaves_no_trace),
      CASE(silence_does_not_count_as_growth),
      CASE(a_day_without_loss_stays_within_bounds))
