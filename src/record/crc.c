/* SPDX-License-Identifier: MIT */
#include "record/crc.h"

#include <string.h>

enum { POLYNOMIAL = 0x82f63b78u - 0x80000000u }; /* reflected, top bit apart */

#if defined(__x86_64__)
static bool is_quick(void)
{
	return __builtin_cpu_supports("sse4.2");
}

/* The whole words; the rest is the table's. */
static __attribute__((target("sse4.2"))) size_t words(const uint8_t *p,
						      size_t n, uint32_t *v)
{
	uint64_t sum = *v, word;
	size_t done = 0;

	for (; done + 8 <= n; done += 8) {
		memcpy(&word, p + done, 8);
		sum = __builtin_ia32_crc32di(sum, word);
	}
	*v = (uint32_t)sum;
	return done;
}
#else
static bool is_quick(void)
{
	return false;
}

static size_t words(const uint8_t *p, size_t n, uint32_t *v)
{
	(void)p;
	(void)n;
	(void)v;
	return 0;
}
#endif

void crc_init(struct crc_table *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;

		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ (v & 1 ? 0x80000000u | POLYNOMIAL : 0);
		c->t[0][i] = v;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			c->t[k][i] = c->t[k - 1][i] >> 8 ^
				     c->t[0][c->t[k - 1][i] & 0xff];
	c->quick = is_quick();
}

static uint32_t eight(const struct crc_table *c, const uint8_t *p, uint32_t v)
{
	return c->t[7][p[0] ^ (v & 0xff)] ^ c->t[6][p[1] ^ (v >> 8 & 0xff)] ^
	       c->t[5][p[2] ^ (v >> 16 & 0xff)] ^ c->t[4][p[3] ^ v >> 24] ^
	       c->t[3][p[4]] ^ c->t[2][p[5]] ^ c->t[1][p[6]] ^ c->t[0][p[7]];
}

uint32_t crc_of(const struct crc_table *c, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t v = UINT32_MAX;
	size_t done = c->quick ? words(p, n, &v) : 0;

	p += done;
	n -= done;
	for (; n >= 8; n -= 8, p += 8)
		v = eight(c, p, v);
	while (n--)
		v = v >> 8 ^ c->t[0][(v ^ *p++) & 0xff];
	return ~v;
}
