/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"

#include <string.h>

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/* Section 2.2: the last word holds what is left, and the length on top. */
static uint64_t last_word(const uint8_t *p, size_t n)
{
	uint8_t b[8] = { 0 };

	memcpy(b, p + (n & ~(size_t)7), n & 7);
	b[7] = (uint8_t)n;
	return load_le64(b);
}

static uint64_t hash(const struct siphash_key *key, const uint8_t *p, size_t n,
		     int c, int d)
{
	struct siphash_state s = siphash_begin(key);

	for (size_t i = 0; i + 8 <= n; i += 8)
		siphash_word(&s, load_le64(p + i), c);
	siphash_word(&s, last_word(p, n), c);
	return siphash_end(&s, d);
}

struct siphash_key siphash_key(const uint8_t bytes[16])
{
	return (struct siphash_key) { load_le64(bytes), load_le64(bytes + 8) };
}

uint64_t siphash_24(const struct siphash_key *key, const void *p, size_t n)
{
	return hash(key, p, n, 2, 4);
}

uint64_t siphash_13(const struct siphash_key *key, const void *p, size_t n)
{
	return hash(key, p, n, 1, 3);
}
