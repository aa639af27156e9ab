/* SPDX-License-Identifier: MIT */
/*
 * base/siphash.h - SipHash, a keyed hash that outsiders cannot steer
 *
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). The 2-4
 * variant is for what a peer may see and must not foretell (ISN, ports, IDs,
 * cookies); 1-3 is for hash tables, where only collisions matter.
 *
 * The forms on words hash the little-endian bytes of the words; with a count
 * known at compile time they unroll, which is what lookups of tuples use.
 */
#ifndef OSTIA_BASE_SIPHASH_H
#define OSTIA_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/** struct siphash_key - 128 secret bits */
struct siphash_key {
	uint64_t k0;
	uint64_t k1;
};

/** siphash_key() - The key in 16 bytes, little-endian as in the paper. */
struct siphash_key siphash_key(const uint8_t bytes[16]);

/** siphash_24() - SipHash-2-4 of the @n bytes at @p. */
uint64_t siphash_24(const struct siphash_key *key, const void *p, size_t n);

/** siphash_13() - SipHash-1-3 of the @n bytes at @p. */
uint64_t siphash_13(const struct siphash_key *key, const void *p, size_t n);

/* The state of section 2.1 of the paper. */
struct siphash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void siphash_round(struct siphash_state *s)
{
	s->v0 += s->v1;
	s->v1 = siphash_rotl(s->v1, 13) ^ s->v0;
	s->v0 = siphash_rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = siphash_rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = siphash_rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = siphash_rotl(s->v1, 17) ^ s->v2;
	s->v2 = siphash_rotl(s->v2, 32);
}

static inline struct siphash_state siphash_begin(const struct siphash_key *key)
{
	return (struct siphash_state) {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void siphash_word(struct siphash_state *s, uint64_t m, int c)
{
	s->v3 ^= m;
	for (int i = 0; i < c; i++)
		siphash_round(s);
	s->v0 ^= m;
}

static inline uint64_t siphash_end(struct siphash_state *s, int d)
{
	s->v2 ^= 0xff;
	for (int i = 0; i < d; i++)
		siphash_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/** siphash_words_24() - SipHash-2-4 of @n words, inline. */
static inline uint64_t siphash_words_24(const struct siphash_key *key,
					const uint64_t *w, unsigned n)
{
	struct siphash_state s = siphash_begin(key);

	for (unsigned i = 0; i < n; i++)
		siphash_word(&s, w[i], 2);
	siphash_word(&s, (uint64_t)n << 59, 2); /* 8n mod 256 in the top byte */
	return siphash_end(&s, 4);
}

/** siphash_words_13() - SipHash-1-3 of @n words, inline: for tables. */
static inline uint64_t siphash_words_13(const struct siphash_key *key,
					const uint64_t *w, unsigned n)
{
	struct siphash_state s = siphash_begin(key);

	for (unsigned i = 0; i < n; i++)
		siphash_word(&s, w[i], 1);
	siphash_word(&s, (uint64_t)n << 59, 1);
	return siphash_end(&s, 3);
}

#endif
