/* SPDX-License-Identifier: MIT */
/*
 * wire/be.h - big-endian integers at any address
 *
 * The only place where the wire's byte order is spelled. Compilers turn each
 * of these into one load or store and one byte swap.
 */
#ifndef OSTIA_WIRE_BE_H
#define OSTIA_WIRE_BE_H

#include <stdint.h>
#include <string.h>

static inline uint16_t wire_be_get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? v
						      : __builtin_bswap16(v);
}

static inline uint32_t wire_be_get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? v
						      : __builtin_bswap32(v);
}

static inline void wire_be_put16(uint8_t *p, uint16_t v)
{
	if (__BYTE_ORDER__ != __ORDER_BIG_ENDIAN__)
		v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void wire_be_put32(uint8_t *p, uint32_t v)
{
	if (__BYTE_ORDER__ != __ORDER_BIG_ENDIAN__)
		v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

#endif
