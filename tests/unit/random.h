/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/random.h - dice for random tests, with a seed to paste
 *
 *	struct dice d = dice("wheel_against_a_sorted_list");
 *
 * prints the seed; OSTIA_SEED=... in the environment repeats that run.
 */
#ifndef OSTIA_TESTS_UNIT_RANDOM_H
#define OSTIA_TESTS_UNIT_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct dice {
	uint64_t state;
};

/* splitmix64: every seed gives a full-length sequence. */
static inline uint64_t dice_u64(struct dice *d)
{
	uint64_t z = (d->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number in [0, n), near enough to fair. */
static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
	return dice_u64(d) % n;
}

/* A number of random length in bits, up to @bits: small ones are common. */
static inline uint64_t dice_log(struct dice *d, unsigned bits)
{
	unsigned len = (unsigned)dice_below(d, bits + 1);

	return len ? dice_u64(d) >> (64 - len) : 0;
}

static inline struct dice dice(const char *test)
{
	const char *given = getenv("OSTIA_SEED");
	struct timespec t;
	struct dice d;

	clock_gettime(CLOCK_REALTIME, &t);
	d.state = (uint64_t)t.tv_sec * 1000000007u + (uint64_t)t.tv_nsec;
	if (given)
		d.state = strtoull(given, NULL, 0);
	printf("# %s: OSTIA_SEED=0x%llx\n", test, (unsigned long long)d.state);
	return d;
}

#endif
