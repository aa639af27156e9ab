/* SPDX-License-Identifier: MIT */
#include "tcp/cwv.h"

#include "../test.h"

#define MS(n) ((n)*NS_PER_MS)

enum { RTO_US = 200000 };

static uint32_t at; /* SND.NXT */

/* @out segments are out at @ms, all that was before is acknowledged. */
static bool sent(struct tcp_cwv *v, const struct tcp_cwin *w, uint32_t out,
		 uint64_t ms)
{
	const struct tcp_cwv_use u = { seq(at), seq(at + out), out, out,
				       RTO_US };

	at += out;
	return tcp_cwv_on_sent(v, w, &u, MS(ms));
}

static struct tcp_cwv begun(void)
{
	struct tcp_cwv v;

	at = 1000;
	tcp_cwv_init(&v, seq(at), 0);
	return v;
}

TEST(only_a_window_in_use_may_grow)
{
	static const struct {
		const char *why;
		uint32_t cwnd, ssthresh, out;
		bool limits;
	} row[] = {
		{ "all of it", 20, 10, 20, true },
		{ "nearly all, congestion avoidance", 20, 10, 19, false },
		{ "more than half, slow start", 20, 100, 11, true },
		{ "half, slow start", 20, 100, 10, false },
		{ "a little", 20, 100, 1, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct tcp_cwin w = { row[i].cwnd, row[i].ssthresh };
		struct tcp_cwv v = begun();

		sent(&v, &w, row[i].out, 1);
		if (tcp_cwv_limits(&v, &w) != row[i].limits)
			fail_msg("%s", row[i].why);
	}
}

TEST(the_most_of_a_round_counts_until_it_ends)
{
	const struct tcp_cwin w = { 20, 10 };
	struct tcp_cwv v = begun();
	struct tcp_cwv_use u = { seq(1000), seq(3000), 20, 20, RTO_US };

	tcp_cwv_on_sent(&v, &w, &u, MS(1));
	u = (struct tcp_cwv_use) { seq(2000), seq(3500), 15, 15, RTO_US };
	tcp_cwv_on_sent(&v, &w, &u, MS(2));
	OK(tcp_cwv_limits(&v, &w)); /* the round that was limited goes on */
	u = (struct tcp_cwv_use) { seq(3000), seq(3500), 5, 5, RTO_US };
	tcp_cwv_on_sent(&v, &w, &u, MS(3));
	OK(!tcp_cwv_limits(&v, &w));
}

/* RFC 2861 3.1: half way to what was used, not below the initial window. */
TEST(what_is_not_used_shrinks_once_an_rto)
{
	struct tcp_cwin w = { 100, 50 };
	struct tcp_cwv v = begun();

	sent(&v, &w, 100, 1);
	OK(!sent(&v, &w, 40, 100));
	OK(!sent(&v, &w, 30, 200)); /* 199 ms since it was full */
	OK(sent(&v, &w, 30, 201));
	OK(tcp_cwv_on_unused(&v, &w, true, RTO_US, MS(201)));
	EQ(w.cwnd, 70); /* (100 + 40) / 2 */
	EQ(w.ssthresh, 75); /* three quarters of it are known to be good */
	OK(!sent(&v, &w, 1, 400));
	OK(sent(&v, &w, 1, 401));
	OK(tcp_cwv_on_unused(&v, &w, true, RTO_US, MS(401)));
	EQ(w.cwnd, 40); /* (70 + 10) / 2 */
	EQ(w.ssthresh, 75);
}

TEST(a_recovery_or_a_full_buffer_is_no_lack_of_data)
{
	struct tcp_cwin w = { 100, 50 };
	struct tcp_cwv v = begun();

	OK(!tcp_cwv_on_unused(&v, &w, false, RTO_US, MS(201)));
	EQ(w.cwnd, 100);
	OK(!sent(&v, &w, 1, 400)); /* a new RTO has begun */
}

TEST(silence_halves_it_for_each_rto)
{
	static const struct {
		uint64_t idle_ms;
		uint32_t cwnd, ssthresh;
	} row[] = {
		{ 200, 100, 50 }, { 201, 50, 75 }, { 401, 25, 75 },
		{ 601, 12, 75 },  { 801, 10, 75 }, { 60000, 10, 75 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct tcp_cwin w = { 100, 50 };
		struct tcp_cwv v = begun();

		EQ(tcp_cwv_on_idle(&v, &w, row[i].idle_ms * 1000, RTO_US,
				   MS(row[i].idle_ms)),
		   row[i].cwnd < 100);
		EQ(w.cwnd, row[i].cwnd);
		EQ(w.ssthresh, row[i].ssthresh);
	}
}

TEST(a_small_window_stays)
{
	struct tcp_cwin w = { 4, 50 };
	struct tcp_cwv v = begun();

	OK(!tcp_cwv_on_idle(&v, &w, 1000000, RTO_US, MS(1000)));
	OK(!tcp_cwv_on_unused(&v, &w, true, RTO_US, MS(1000)));
	EQ(w.cwnd, 4);
	EQ(w.ssthresh, 50);
}

TEST(a_lone_segment_counts_as_one_among_many_would)
{
	const struct tcp_cwin w = { 20, 10 };
	struct tcp_cwv a = begun(), b = begun();

	for (uint64_t ms = 1; ms < 2000; ms += 333) {
		bool look = sent(&a, &w, 1, ms);

		EQ(tcp_cwv_on_lone_sent(&b, seq(at), MS(ms)), look);
		EQ(a.limited, b.limited);
		EQ(a.max_out, b.max_out);
		OK(seq_eq(a.round_seq, b.round_seq));
	}
}

TESTS(CASE(only_a_window_in_use_may_grow),
      CASE(the_most_of_a_round_counts_until_it_ends),
      CASE(what_is_not_used_shrinks_once_an_rto),
      CASE(a_recovery_or_a_full_buffer_is_no_lack_of_data),
      CASE(silence_halves_it_for_each_rto), CASE(a_small_window_stays),
      CASE(a_lone_segment_counts_as_one_among_many_would))
