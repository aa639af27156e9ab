/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/wire/bytes.h - inputs for parsers
 *
 * exact() copies bytes to an allocation of just that size, so that ASan sees a
 * parser that reads one byte too far. Random tests draw from a generator whose
 * seed is printed, and taken from WIRE_SEED when that is set.
 */
#ifndef OSTIA_TESTS_UNIT_WIRE_BYTES_H
#define OSTIA_TESTS_UNIT_WIRE_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline uint8_t *exact(const void *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	if (n)
		memcpy(copy, p, n);
	return copy;
}

struct rnd {
	uint64_t state;
};

static inline struct rnd rnd_new(void)
{
	const char *s = getenv("WIRE_SEED");
	struct rnd r = { s ? strtoull(s, NULL, 0) : (uint64_t)time(NULL) };

	printf("# WIRE_SEED=%llu\n", (unsigned long long)r.state);
	return r;
}

/* splitmix64: every seed is a good one */
static inline uint64_t rnd_u64(struct rnd *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint32_t rnd_below(struct rnd *r, uint32_t n)
{
	return (uint32_t)(rnd_u64(r) % n);
}

static inline void rnd_fill(struct rnd *r, void *p, size_t n)
{
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)rnd_u64(r);
}

#endif
