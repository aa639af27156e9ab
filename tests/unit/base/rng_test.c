/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/rng.h"

static struct rng seeded(uint8_t first)
{
	uint8_t seed[16] = { first };
	struct rng r;

	rng_init(&r, seed);
	return r;
}

TEST(a_seed_repeats_its_sequence)
{
	struct rng a = seeded(1), b = seeded(1), c = seeded(2);
	int same = 0;

	for (int i = 0; i < 100; i++) {
		uint64_t x = rng_u64(&a);

		EQ(x, rng_u64(&b));
		same += x == rng_u64(&c);
	}
	EQ(same, 0);
}

TEST(a_fork_is_not_disturbed_by_draws)
{
	struct rng a = seeded(1), b = seeded(1), fa, fb, other;

	rng_u64(&b);
	fa = rng_fork(&a, 7);
	fb = rng_fork(&b, 7);
	other = rng_fork(&a, 8);
	EQ(rng_u64(&fa), rng_u64(&fb));
	OK(rng_u64(&fa) != rng_u64(&other));
	OK(rng_u64(&fa) != rng_u64(&a));
}

TEST(below_stays_below_and_is_fair)
{
	struct rng r = seeded(3);
	unsigned count[6] = { 0 };

	for (int i = 0; i < 60000; i++) {
		uint32_t x = rng_below(&r, 6);

		OK(x < 6);
		count[x]++;
	}
	for (int i = 0; i < 6; i++)
		OK(count[i] > 9500 && count[i] < 10500); /* 5 sigma */
	for (int i = 0; i < 100; i++)
		EQ(rng_below(&r, 1), 0);
}

/* 3 * 2^30 does not divide 2^32: every third number would come twice as often
 */
TEST(below_is_fair_for_large_ranges)
{
	struct rng r = seeded(4);
	unsigned count[3] = { 0 };

	for (int i = 0; i < 30000; i++)
		count[rng_below(&r, 3u << 30) % 3]++;
	for (int i = 0; i < 3; i++)
		OK(count[i] > 9500 && count[i] < 10500);
}

TEST(bytes_are_the_words_in_order)
{
	struct rng a = seeded(5), b = seeded(5);
	uint8_t got[21], more[24];

	rng_bytes(&a, got, sizeof(got));
	rng_bytes(&b, more, sizeof(more));
	MEM(got, more, sizeof(got));
	EQ(a.given, 3);
}

TESTS(CASE(a_seed_repeats_its_sequence), CASE(a_fork_is_not_disturbed_by_draws),
      CASE(below_stays_below_and_is_fair), CASE(below_is_fair_for_large_ranges),
      CASE(bytes_are_the_words_in_order))
