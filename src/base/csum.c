/* SPDX-License-Identifier: MIT */
#include "base/csum.h"

#include <string.h>

static uint64_t load64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* Ones' complement addition in 64 bits: the carry comes in again below. */
static uint64_t add64(uint64_t a, uint64_t b)
{
	uint64_t s;
	bool carry = __builtin_add_overflow(a, b, &s);

	return s + carry;
}

/* 2^32 is 1 modulo 0xffff: the halves add up. */
static uint32_t fold64(uint64_t s)
{
	return csum_add((uint32_t)s, (uint32_t)(s >> 32));
}

static uint16_t load_odd(const uint8_t *p)
{
	uint8_t b[2] = { *p, 0 };
	uint16_t x;

	memcpy(&x, b, sizeof(x));
	return x;
}

/* Fewer than 8 bytes: each part begins at an even place, so they add up. A
 * last odd byte counts as if a zero byte followed it.
 */
static uint64_t load_tail(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;
	uint32_t four;
	uint16_t two;

	if (n & 4) {
		memcpy(&four, p, 4);
		sum += four;
		p += 4;
	}
	if (n & 2) {
		memcpy(&two, p, 2);
		sum += two;
		p += 2;
	}
	if (n & 1)
		sum += load_odd(p);
	return sum;
}

/* Two chains, since each addition with carry waits for the one before. */
static uint64_t sum_words(const uint8_t *p, size_t n, uint64_t sum)
{
	uint64_t other = 0;

	for (; n >= 32; n -= 32, p += 32) {
		sum = add64(sum, load64(p));
		other = add64(other, load64(p + 8));
		sum = add64(sum, load64(p + 16));
		other = add64(other, load64(p + 24));
	}
	for (; n >= 8; n -= 8, p += 8)
		sum = add64(sum, load64(p));
	if (n > 0)
		other = add64(other, load_tail(p, n));
	return add64(sum, other);
}

uint32_t csum(const void *p, size_t n, uint32_t sum)
{
	return fold64(sum_words(p, n, sum));
}

/* Moves 8 bytes and returns them. */
static uint64_t move64(uint8_t *to, const uint8_t *from)
{
	uint64_t x = load64(from);

	memcpy(to, &x, sizeof(x));
	return x;
}

static uint64_t copy_words(uint8_t *to, const uint8_t *p, size_t n,
			   uint64_t sum)
{
	uint64_t other = 0;

	for (; n >= 32; n -= 32, p += 32, to += 32) {
		sum = add64(sum, move64(to, p));
		other = add64(other, move64(to + 8, p + 8));
		sum = add64(sum, move64(to + 16, p + 16));
		other = add64(other, move64(to + 24, p + 24));
	}
	for (; n >= 8; n -= 8, p += 8, to += 8)
		sum = add64(sum, move64(to, p));
	if (n > 0) {
		other = add64(other, load_tail(p, n));
		memcpy(to, p, n);
	}
	return add64(sum, other);
}

uint32_t csum_copy(void *dst, const void *src, size_t n, uint32_t sum)
{
	return fold64(copy_words(dst, src, n, sum));
}

/* A 16-bit number as its two bytes in network order lie in memory. */
static uint16_t be16(uint32_t x)
{
	uint8_t b[2] = { (uint8_t)(x >> 8), (uint8_t)x };
	uint16_t v;

	memcpy(&v, b, sizeof(v));
	return v;
}

static uint32_t len_and_proto(uint8_t proto, uint32_t len)
{
	return (uint32_t)be16(len >> 16) + be16(len) + be16(proto);
}

uint32_t csum_pseudo6(const void *src, const void *dst, uint8_t proto,
		      uint32_t len)
{
	return csum(dst, 16, csum(src, 16, len_and_proto(proto, len)));
}

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

enum { AVX2_PAYS = 128 }; /* bytes; below it the setting up costs more */

/* Eight 32-bit words enter four 64-bit sums: nothing carries in our time. */
AVX2 static inline __m256i add_words(__m256i sum, __m256i v)
{
	__m256i low = _mm256_set1_epi64x(UINT32_MAX);

	sum = _mm256_add_epi64(sum, _mm256_and_si256(v, low));
	return _mm256_add_epi64(sum, _mm256_srli_epi64(v, 32));
}

AVX2 static inline __m256i load256(const uint8_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 static inline __m256i move256(uint8_t *to, const uint8_t *from)
{
	__m256i v = load256(from);

	_mm256_storeu_si256((__m256i *)(void *)to, v);
	return v;
}

AVX2 static inline uint64_t across(__m256i a, __m256i b)
{
	__m256i s = _mm256_add_epi64(a, b);
	__m128i t = _mm_add_epi64(_mm256_castsi256_si128(s),
				  _mm256_extracti128_si256(s, 1));

	return add64((uint64_t)_mm_cvtsi128_si64(t),
		     (uint64_t)_mm_extract_epi64(t, 1));
}

AVX2 uint32_t csum_avx2(const void *data, size_t n, uint32_t sum)
{
	const uint8_t *p = data;
	__m256i a = _mm256_setzero_si256(), b = a;

	if (n < AVX2_PAYS)
		return csum(p, n, sum);
	for (; n >= 128; n -= 128, p += 128) {
		a = add_words(a, load256(p));
		b = add_words(b, load256(p + 32));
		a = add_words(a, load256(p + 64));
		b = add_words(b, load256(p + 96));
	}
	for (; n >= 32; n -= 32, p += 32)
		a = add_words(a, load256(p));
	return fold64(sum_words(p, n, add64(across(a, b), sum)));
}

AVX2 uint32_t csum_copy_avx2(void *dst, const void *src, size_t n, uint32_t sum)
{
	const uint8_t *p = src;
	uint8_t *to = dst;
	__m256i a = _mm256_setzero_si256(), b = a;

	if (n < AVX2_PAYS)
		return csum_copy(to, p, n, sum);
	for (; n >= 128; n -= 128, p += 128, to += 128) {
		a = add_words(a, move256(to, p));
		b = add_words(b, move256(to + 32, p + 32));
		a = add_words(a, move256(to + 64, p + 64));
		b = add_words(b, move256(to + 96, p + 96));
	}
	for (; n >= 32; n -= 32, p += 32, to += 32)
		a = add_words(a, move256(to, p));
	return fold64(copy_words(to, p, n, add64(across(a, b), sum)));
}

#endif
