/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/bucket.h"

#include "../random.h"

TEST(begins_full_and_refuses_when_empty)
{
	struct bucket b;

	bucket_init(&b, 1000, 3, 0);
	OK(bucket_take(&b, 1, 0));
	OK(bucket_take(&b, 2, 0));
	OK(!bucket_take(&b, 1, 0));
	OK(bucket_take(&b, 0, 0));
	OK(!bucket_take(&b, 1, NS_PER_MS - 1));
	OK(bucket_take(&b, 1, NS_PER_MS));
}

TEST(never_holds_more_than_the_burst)
{
	struct bucket b;

	bucket_init(&b, 1000, 5, 0);
	OK(!bucket_take(&b, 6, 3600 * NS_PER_S));
	EQ(bucket_level(&b, 7200 * NS_PER_S), 5);
}

/* 3 tokens a second asked for every ms: the thirds must add up */
TEST(fractions_do_not_drift)
{
	struct bucket b;
	unsigned got = 0;

	bucket_init(&b, 3, 1, 0);
	OK(bucket_take(&b, 1, 0));
	for (ostia_time t = 0; t <= 1000 * NS_PER_S; t += NS_PER_MS)
		got += bucket_take(&b, 1, t);
	OK(got >= 2994 && got <= 3000);
}

TEST(time_that_stands_still_or_goes_back_gives_nothing)
{
	struct bucket b;

	bucket_init(&b, 1000, 10, NS_PER_S);
	OK(bucket_take(&b, 10, NS_PER_S));
	EQ(bucket_level(&b, NS_PER_S), 0);
	EQ(bucket_level(&b, 0), 0);
	EQ(bucket_level(&b, NS_PER_S + NS_PER_MS), 1);
}

TEST(nothing_overflows)
{
	struct bucket b;

	bucket_init(&b, UINT64_MAX, UINT64_MAX, 0);
	OK(bucket_take(&b, UINT64_MAX, 0));
	EQ(bucket_level(&b, 1), UINT64_MAX / NS_PER_S);
	EQ(bucket_level(&b, OSTIA_NEVER - 1), UINT64_MAX);
	bucket_init(&b, 1, UINT64_MAX, 0);
	OK(bucket_take(&b, UINT64_MAX, 0));
	EQ(bucket_level(&b, OSTIA_NEVER - 1), (OSTIA_NEVER - 1) / NS_PER_S);
	EQ(bucket_ready_at(&b, UINT64_MAX, 0), OSTIA_NEVER);
}

TEST(says_when_it_will_be_ready)
{
	struct bucket b;

	bucket_init(&b, 3, 10, 0);
	EQ(bucket_ready_at(&b, 10, 0), 0);
	EQ(bucket_ready_at(&b, 11, 0), OSTIA_NEVER);
	OK(bucket_take(&b, 10, 0));
	EQ(bucket_ready_at(&b, 1, 0), 333333334);
	EQ(bucket_ready_at(&b, 3, 0), NS_PER_S);
	EQ(bucket_ready_at(&b, 4, 0), NS_PER_S + 333333334);
	bucket_set(&b, 0, 10, 0);
	EQ(bucket_ready_at(&b, 1, 0), OSTIA_NEVER);
}

TEST(a_new_burst_cuts_the_level)
{
	struct bucket b;

	bucket_init(&b, 1000, 10, 0);
	bucket_set(&b, 1000, 4, 0);
	EQ(bucket_level(&b, 0), 4);
	bucket_set(&b, 1000, 20, 0);
	EQ(bucket_level(&b, 0), 4);
	EQ(bucket_level(&b, 3 * NS_PER_MS), 7);
}

/* At the moment promised there is enough, a ns before there is not. */
TEST(the_promised_moment_is_exact)
{
	struct dice d = dice("the_promised_moment_is_exact");

	for (int i = 0; i < 100000; i++) {
		uint64_t rate = dice_log(&d, 34) + 1;
		uint64_t burst = dice_below(&d, rate << 29) + 1;
		uint64_t n = dice_below(&d, burst) + 1;
		ostia_time now = dice_log(&d, 60), then;
		struct bucket b, early;

		bucket_init(&b, rate, burst, now);
		OK(bucket_take(&b, dice_below(&d, burst + 1), now));
		now += dice_log(&d, 31);
		then = bucket_ready_at(&b, n, now);
		OK(then >= now && then != OSTIA_NEVER);
		early = b;
		OK(bucket_take(&b, n, then));
		OK(then == now || !bucket_take(&early, n, then - 1));
	}
}

/* Beyond 64-bit products the promise may be late, but by ns. */
TEST(the_promised_moment_is_close_for_huge_rates)
{
	struct dice d = dice("the_promised_moment_is_close_for_huge_rates");

	for (int i = 0; i < 100000; i++) {
		uint64_t rate = (dice_u64(&d) | UINT64_C(1) << 63) >>
				dice_below(&d, 30);
		uint64_t burst = dice_u64(&d) | 1;
		uint64_t n = dice_below(&d, burst) + 1;
		struct bucket b, early;
		ostia_time then;

		bucket_init(&b, rate, burst, 0);
		OK(bucket_take(&b, burst, 0));
		then = bucket_ready_at(&b, n, 0);
		OK(then != OSTIA_NEVER);
		early = b;
		OK(bucket_take(&b, n, then));
		OK(then < 4 || !bucket_take(&early, n, then - 4));
	}
}

TESTS(CASE(begins_full_and_refuses_when_empty),
      CASE(never_holds_more_than_the_burst), CASE(fractions_do_not_drift),
      CASE(time_that_stands_still_or_goes_back_gives_nothing),
      CASE(nothing_overflows), CASE(says_when_it_will_be_ready),
      CASE(a_new_burst_cuts_the_level), CASE(the_promised_moment_is_exact),
      CASE(the_promised_moment_is_close_for_huge_rates))
