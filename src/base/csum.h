/* SPDX-License-Identifier: MIT */
/*
 * base/csum.h - the internet checksum (RFC 1071, RFC 1624)
 *
 * A partial sum is 32 bits whose value modulo 0xffff is the ones' complement
 * sum of the 16-bit words as they lie in memory; no byte is swapped on the
 * way (RFC 1071 2(B)). Partial sums continue one another and add up, and
 * csum_fold() makes the header field of one, stored with memcpy() as it is.
 * A piece of odd length counts as if a zero byte followed it; what comes
 * after an odd number of bytes enters by csum_block_add().
 *
 *	sum = csum_pseudo4(src, dst, IPPROTO_TCP, len);
 *	sum = csum(tcp_header, 20, sum);
 *	sum = csum(payload, n, sum);
 *	check = csum_fold(sum);
 *
 * Which routine to use is the choice of the host, lent to the stack: the
 * core asks the processor nothing.
 */
#ifndef OSTIA_BASE_CSUM_H
#define OSTIA_BASE_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** csum_fn - The partial sum @sum, continued over @n bytes at @p */
typedef uint32_t (*csum_fn)(const void *p, size_t n, uint32_t sum);

/** csum_copy_fn - The same, and copies the bytes to @dst; no overlap */
typedef uint32_t (*csum_copy_fn)(void *dst, const void *src, size_t n,
				 uint32_t sum);

/** csum() - Portable, 8 bytes at a time. @sum covers an even count so far. */
uint32_t csum(const void *p, size_t n, uint32_t sum);

/** csum_copy() - csum() and memcpy() in one pass. */
uint32_t csum_copy(void *dst, const void *src, size_t n, uint32_t sum);

#if defined(__x86_64__)
/** csum_avx2() - As csum(), for a processor that has AVX2. */
uint32_t csum_avx2(const void *p, size_t n, uint32_t sum);

/** csum_copy_avx2() - As csum_copy(), for a processor that has AVX2. */
uint32_t csum_copy_avx2(void *dst, const void *src, size_t n, uint32_t sum);
#endif

/** csum_add() - Two partial sums as one: end-around carry. */
static inline uint32_t csum_add(uint32_t a, uint32_t b)
{
	uint64_t s = (uint64_t)a + b;

	return (uint32_t)s + (uint32_t)(s >> 32);
}

/** csum_sub() - @a without @b. */
static inline uint32_t csum_sub(uint32_t a, uint32_t b)
{
	return csum_add(a, ~b);
}

/**
 * csum_block_add() - Add the sum of a piece that begins @offset bytes in
 * @piece:	its own partial sum, as if it began at an even place
 *
 * At an odd offset each byte stands in the other half of its word: the sum
 * is the same with bytes swapped (RFC 1071 2(B)), here by rotation.
 */
static inline uint32_t csum_block_add(uint32_t sum, uint32_t piece,
				      size_t offset)
{
	if (offset & 1)
		piece = piece >> 8 | piece << 24;
	return csum_add(sum, piece);
}

/** csum_fold16() - The 16-bit ones' complement sum, not inverted. */
static inline uint16_t csum_fold16(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/** csum_fold() - The header field: the inverted 16-bit sum, memory order. */
static inline uint16_t csum_fold(uint32_t sum)
{
	return (uint16_t)~csum_fold16(sum);
}

/** csum_ok() - Is this the sum of data that carries its right checksum? */
static inline bool csum_ok(uint32_t sum)
{
	return csum_fold(sum) == 0;
}

/**
 * csum_update() - A header field after one 16-bit word changed
 * @check:	the field, memory order like @from and @to
 *
 * Equation 3 of RFC 1624: HC' = ~(~HC + ~m + m').
 */
static inline uint16_t csum_update(uint16_t check, uint16_t from, uint16_t to)
{
	return csum_fold((uint32_t)(uint16_t)~check + (uint16_t)~from + to);
}

/** csum_update32() - The same for four bytes: an address, a timestamp. */
static inline uint16_t csum_update32(uint16_t check, uint32_t from, uint32_t to)
{
	return csum_fold(csum_add(csum_sub((uint16_t)~check, from), to));
}

/** csum_be32() - A number as its four bytes in network order lie in memory. */
static inline uint32_t csum_be32(uint32_t x)
{
	const uint8_t b[4] = { (uint8_t)(x >> 24), (uint8_t)(x >> 16),
			       (uint8_t)(x >> 8), (uint8_t)x };
	uint32_t v;

	memcpy(&v, b, sizeof(v));
	return v;
}

/**
 * csum_pseudo4() - Sum of the IPv4 pseudo header (RFC 9293 3.1, RFC 768)
 * @src, @dst:	4 bytes each
 * @len:	of the transport header and its data
 */
static inline uint32_t csum_pseudo4(const void *src, const void *dst,
				    uint8_t proto, uint32_t len)
{
	uint32_t a, b;
	uint64_t sum;

	memcpy(&a, src, sizeof(a));
	memcpy(&b, dst, sizeof(b));
	sum = (uint64_t)a + b + csum_be32(len) + csum_be32(proto);
	return csum_add((uint32_t)sum, (uint32_t)(sum >> 32));
}

/** csum_pseudo6() - The same of IPv6 (RFC 8200 8.1); 16 bytes each. */
uint32_t csum_pseudo6(const void *src, const void *dst, uint8_t proto,
		      uint32_t len);

#endif
