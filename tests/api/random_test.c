/* SPDX-License-Identifier: MIT */
/*
 * Any call with any argument between any two events: nothing crashes, nothing
 * leaks, and every byte of a stream that arrives is the right one. The seed is
 * printed; OSTIA_SEED=N runs one again.
 */
#define _GNU_SOURCE
#include "anycall.h"

/* A million calls. */
enum { STEPS = 3000, SEEDS = 334, SOAK_SEEDS = 8000 };

TEST(any_call_between_any_two_events)
{
	const char *text = getenv("OSTIA_SEED");
	uint64_t first = text ? strtoull(text, NULL, 0) : 1;
	uint64_t last = text		       ? first
			: getenv("OSTIA_SOAK") ? SOAK_SEEDS
					       : SEEDS;

	for (uint64_t seed = first; seed <= last; seed++) {
		fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
		source = (struct source) { .dice = { seed } };
		anycall_run(STEPS);
	}
}

TESTS(CASE(any_call_between_any_two_events))
