/* SPDX-License-Identifier: MIT */
#include "base/sha1.h"

#include <string.h>

enum { WORDS = 80 };

static uint32_t rotl(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* RFC 3174 5: the function and the constant of a step. */
static uint32_t mix(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void compress(uint32_t *s, const uint8_t *p)
{
	uint32_t w[WORDS], a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];

	for (unsigned t = 0; t < 16; t++)
		w[t] = get_be32(p + 4 * t);
	for (unsigned t = 16; t < WORDS; t++)
		w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (unsigned t = 0; t < WORDS; t++) {
		uint32_t sum = rotl(a, 5) + mix(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rotl(b, 30);
		b = a;
		a = sum;
	}
	s[0] += a;
	s[1] += b;
	s[2] += c;
	s[3] += d;
	s[4] += e;
}

void sha1_init(struct digest *d)
{
	*d = (struct digest) {
		.compress = compress,
		.state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
			   0xc3d2e1f0 },
	};
}

void sha1_end(struct digest *d, uint8_t out[SHA1_LEN])
{
	uint64_t bits = d->n * 8;
	uint8_t length[8];

	put_be32(length, (uint32_t)(bits >> 32));
	put_be32(length + 4, (uint32_t)bits);
	digest_finish(d, length);
	for (int i = 0; i < 5; i++)
		put_be32(out + 4 * i, d->state[i]);
}

/* RFC 2104 2: a longer key is hashed first. */
void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n)
{
	uint8_t inner[DIGEST_BLOCK], k[DIGEST_BLOCK] = { 0 };

	if (n > DIGEST_BLOCK) {
		sha1_init(&h->inner);
		digest_add(&h->inner, key, n);
		sha1_end(&h->inner, k);
	} else if (n) {
		memcpy(k, key, n);
	}
	for (int i = 0; i < DIGEST_BLOCK; i++) {
		inner[i] = k[i] ^ 0x36;
		h->outer_pad[i] = k[i] ^ 0x5c;
	}
	sha1_init(&h->inner);
	digest_add(&h->inner, inner, sizeof(inner));
}

void hmac_sha1_add(struct hmac_sha1 *h, const void *p, size_t n)
{
	digest_add(&h->inner, p, n);
}

void hmac_sha1_end(struct hmac_sha1 *h, uint8_t out[SHA1_LEN])
{
	uint8_t digest[SHA1_LEN];

	sha1_end(&h->inner, digest);
	sha1_init(&h->inner);
	digest_add(&h->inner, h->outer_pad, sizeof(h->outer_pad));
	digest_add(&h->inner, digest, sizeof(digest));
	sha1_end(&h->inner, out);
}
