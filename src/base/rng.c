/* SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <assert.h>
#include <string.h>

/* What the PRF is asked for; the uses must never meet. */
enum { RNG_DRAW = 0, RNG_FORK = 1 };

static uint64_t prf(const struct rng *r, uint64_t use, uint64_t which,
		    uint64_t half)
{
	uint64_t w[3] = { use, which, half };

	return siphash_words_24(&r->key, w, 3);
}

void rng_init(struct rng *r, const uint8_t seed[16])
{
	*r = (struct rng) { .key = siphash_key(seed) };
}

struct rng rng_fork(const struct rng *r, uint64_t label)
{
	return (struct rng) {
		.key = { prf(r, RNG_FORK, label, 0),
			 prf(r, RNG_FORK, label, 1) },
	};
}

uint64_t rng_u64(struct rng *r)
{
	return prf(r, RNG_DRAW, r->given++, 0);
}

uint32_t rng_u32(struct rng *r)
{
	return (uint32_t)(rng_u64(r) >> 32);
}

/* Lemire's method: the high half of a product, and a redraw for the few
 * low halves that would make some numbers likelier.
 */
uint32_t rng_below(struct rng *r, uint32_t n)
{
	uint64_t m = (uint64_t)rng_u32(r) * n;

	assert(n > 0);
	if ((uint32_t)m < n) {
		uint32_t unfair = -n % n;

		while ((uint32_t)m < unfair)
			m = (uint64_t)rng_u32(r) * n;
	}
	return (uint32_t)(m >> 32);
}

struct siphash_key rng_key(struct rng *r)
{
	uint64_t k0 = rng_u64(r);

	return (struct siphash_key) { k0, rng_u64(r) };
}

void rng_bytes(struct rng *r, void *p, size_t n)
{
	uint8_t *to = p;

	while (n > 0) {
		uint64_t x = rng_u64(r);
		size_t some = n < sizeof(x) ? n : sizeof(x);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		x = __builtin_bswap64(x);
#endif
		memcpy(to, &x, some);
		to += some;
		n -= some;
	}
}
