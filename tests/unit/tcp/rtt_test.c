/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "tcp/rtt.h"

enum { MS = 1000 }; /* the estimator counts in us */

TEST(waits_one_second_before_any_sample)
{
	struct tcp_rtt r;

	tcp_rtt_init(&r);
	EQ(r.rto_us, 1000 * MS);
}

TEST(first_sample_gives_three_times_itself)
{
	struct tcp_rtt r;

	tcp_rtt_init(&r);
	tcp_rtt_sample(&r, 300 * MS); /* R + 4 * R/2 */
	EQ(r.srtt_us, 300 * MS);
	EQ(r.rttvar_us, 150 * MS);
	EQ(r.rto_us, 900 * MS);
}

/* Linux's floor: an ACK may be delayed by 200 ms, whatever the path takes. */
TEST(a_smooth_path_keeps_200_ms_beyond_its_mean)
{
	struct tcp_rtt r;

	tcp_rtt_init(&r);
	for (int i = 0; i < 100; i++)
		tcp_rtt_sample(&r, 300 * MS);
	EQ(r.rto_us, 500 * MS);
	for (int i = 0; i < 100; i++)
		tcp_rtt_sample(&r, 1);
	OK(r.rto_us >= 200 * MS && r.rto_us <= 201 * MS);
}

TEST(later_samples_move_the_estimate_by_an_eighth)
{
	static const struct {
		uint32_t srtt, var, sample, want_srtt, want_var;
	} row[] = {
		/* equal to the mean: only the doubt shrinks  */
		{ 800 * MS, 400 * MS, 800 * MS, 800 * MS, 300 * MS },
		/* above the mean */
		{ 800 * MS, 400 * MS, 1600 * MS, 900 * MS, 500 * MS },
		/* below the mean: the deviation is unsigned */
		{ 800 * MS, 400 * MS, 400 * MS, 750 * MS, 400 * MS },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct tcp_rtt r = { row[i].srtt, row[i].var, 1000 * MS };

		tcp_rtt_sample(&r, row[i].sample);
		EQ(r.srtt_us, row[i].want_srtt);
		EQ(r.rttvar_us, row[i].want_var);
	}
}

TEST(backoff_doubles_up_to_the_ceiling_and_a_sample_undoes_it)
{
	struct tcp_rtt r;

	tcp_rtt_init(&r);
	tcp_rtt_backoff(&r);
	EQ(r.rto_us, 2000 * MS);
	for (int i = 0; i < 10; i++)
		tcp_rtt_backoff(&r);
	EQ(r.rto_us, TCP_RTO_MAX_US);
	tcp_rtt_sample(&r, 100 * MS);
	EQ(r.rto_us, 300 * MS);
}

TEST(a_sample_of_zero_is_a_sample)
{
	struct tcp_rtt r;

	tcp_rtt_init(&r);
	tcp_rtt_sample(&r, 0); /* faster than the clock's grain */
	tcp_rtt_sample(&r, 800 * MS);
	EQ(r.srtt_us, 100 * MS); /* an eighth: it was not the first */
}

TEST(absurd_sample_saturates_instead_of_wrapping)
{
	struct tcp_rtt r;

	tcp_rtt_init(&r);
	tcp_rtt_sample(&r, UINT32_MAX);
	EQ(r.rto_us, TCP_RTO_MAX_US);
}

TESTS(CASE(waits_one_second_before_any_sample),
      CASE(first_sample_gives_three_times_itself),
      CASE(a_smooth_path_keeps_200_ms_beyond_its_mean),
      CASE(later_samples_move_the_estimate_by_an_eighth),
      CASE(backoff_doubles_up_to_the_ceiling_and_a_sample_undoes_it),
      CASE(a_sample_of_zero_is_a_sample),
      CASE(absurd_sample_saturates_instead_of_wrapping))
