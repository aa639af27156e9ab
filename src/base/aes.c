/* SPDX-License-Identifier: MIT */
#include "base/aes.h"

#include <string.h>

/* Times x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, without a branch. */
static uint8_t xtime(uint8_t v)
{
	return (uint8_t)(v << 1 ^ (0x1b & -(v >> 7)));
}

static uint8_t times(uint8_t a, uint8_t b)
{
	uint8_t sum = 0;

	for (int i = 0; i < 8; i++) {
		sum ^= (uint8_t)(a & -(b >> i & 1));
		a = xtime(a);
	}
	return sum;
}

/* FIPS 197 5.1.1: the inverse, v^254, and an affine map. */
static uint8_t sub(uint8_t v)
{
	uint8_t square = times(v, v), inverse = square, out;

	for (int i = 0; i < 6; i++) {
		square = times(square, square);
		inverse = times(inverse, square);
	}
	out = inverse ^ 0x63;
	for (int i = 1; i < 5; i++)
		out ^= (uint8_t)(inverse << i | inverse >> (8 - i));
	return out;
}

void aes_init(struct aes *a, const uint8_t key[AES_KEY])
{
	uint8_t constant = 1;

	memcpy(a->round[0], key, AES_KEY);
	for (int r = 1; r <= AES_ROUNDS; r++) {
		const uint8_t *was = a->round[r - 1];
		uint8_t *k = a->round[r];

		for (int i = 0; i < 4; i++)
			k[i] = was[i] ^ sub(was[12 + (i + 1) % 4]);
		k[0] ^= constant;
		constant = xtime(constant);
		for (int i = 4; i < AES_BLOCK; i++)
			k[i] = was[i] ^ k[i - 4];
	}
}

static void add_key(uint8_t *b, const uint8_t *k)
{
	for (int i = 0; i < AES_BLOCK; i++)
		b[i] ^= k[i];
}

/* SubBytes and ShiftRows: row r moves by r columns. */
static void sub_shift(uint8_t *b)
{
	uint8_t was[AES_BLOCK];

	memcpy(was, b, AES_BLOCK);
	for (int i = 0; i < AES_BLOCK; i++)
		b[i] = sub(was[(i + 4 * (i % 4)) % AES_BLOCK]);
}

static void mix_columns(uint8_t *b)
{
	for (int c = 0; c < AES_BLOCK; c += 4) {
		uint8_t all = b[c] ^ b[c + 1] ^ b[c + 2] ^ b[c + 3];
		uint8_t first = b[c];

		for (int i = 0; i < 4; i++) {
			uint8_t next = i < 3 ? b[c + i + 1] : first;

			b[c + i] ^= all ^ xtime(b[c + i] ^ next);
		}
	}
}

void aes_encrypt(const struct aes *a, uint8_t block[AES_BLOCK])
{
	add_key(block, a->round[0]);
	for (int r = 1; r <= AES_ROUNDS; r++) {
		sub_shift(block);
		if (r < AES_ROUNDS)
			mix_columns(block);
		add_key(block, a->round[r]);
	}
}

/* RFC 4493 2.3: times x in GF(2^128). */
static void twice(uint8_t *k)
{
	uint8_t carry = k[0] >> 7;

	for (int i = 0; i < AES_BLOCK - 1; i++)
		k[i] = (uint8_t)(k[i] << 1 | k[i + 1] >> 7);
	k[AES_BLOCK - 1] = (uint8_t)(k[AES_BLOCK - 1] << 1 ^ (0x87 & -carry));
}

void cmac_init(struct cmac *c, const uint8_t key[AES_KEY])
{
	memset(c, 0, sizeof(*c));
	aes_init(&c->aes, key);
}

void cmac_add(struct cmac *c, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n) {
		size_t k = AES_BLOCK - c->have;

		if (!k) { /* more follows: it was not the last */
			add_key(c->x, c->last);
			aes_encrypt(&c->aes, c->x);
			c->have = 0;
			k = AES_BLOCK;
		}
		k = n < k ? n : k;
		memcpy(c->last + c->have, at, k);
		c->have += k;
		at += k;
		n -= k;
	}
}

void cmac_end(struct cmac *c, uint8_t out[AES_BLOCK])
{
	uint8_t k[AES_BLOCK] = { 0 };

	aes_encrypt(&c->aes, k);
	twice(k);
	if (c->have < AES_BLOCK) {
		twice(k);
		memset(c->last + c->have, 0, AES_BLOCK - c->have);
		c->last[c->have] = 0x80;
	}
	add_key(c->x, c->last);
	add_key(c->x, k);
	aes_encrypt(&c->aes, c->x);
	memcpy(out, c->x, AES_BLOCK);
}
