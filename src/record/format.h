/* SPDX-License-Identifier: MIT */
/*
 * record/format.h - a recording as bytes
 *
 *	head	HEAD_LEN bytes, then the configuration's text
 *	chunk	CHUNK_HEAD bytes, then its payload: events one after another
 *	chunk	...
 *
 * All numbers of heads are little-endian; those inside a payload are varints
 * (seven bits a byte, the lowest first, at most ten bytes). Each head and each
 * payload has its own CRC-32C, and a chunk can be understood without the
 * others: times, ids and names are told relative to the chunk. So a ring drops
 * whole chunks, and a reader that meets a damaged one looks for the next mark.
 *
 *	head:	"OSTIAREC", u32 version, u32 length of the configuration, u64
 *		seed, u32 CRC of the configuration, u32 CRC of all before it
 *	chunk:	"OCHK", u32 flags, u32 length of the payload, u32 events, u64
 *		events in front of it, u64 time of the first, u32 CRC of the
 *		payload, u32 CRC of all before it
 *
 * An event begins with its kind, the ns since the one before (of the chunk's
 * time, for the first), and its node. A text is 0: NULL; 1, length, bytes, NUL;
 * 2 the same, to be remembered; 3 + n: the n-th that was to be remembered.
 * What differs little from its like in the event before ("near") is told as
 * that difference, zigzag.
 */
#ifndef OSTIA_RECORD_FORMAT_H
#define OSTIA_RECORD_FORMAT_H

#include <stdint.h>

#define FORMAT_MAGIC "OSTIAREC"
#define FORMAT_CHUNK_MAGIC "OCHK"

enum {
	FORMAT_VERSION = 1,
	FORMAT_HEAD_LEN = 32,
	FORMAT_CONFIG_MAX = 1 << 16,
	FORMAT_CHUNK_HEAD = 40,
	FORMAT_CHUNK_BYTES = 1 << 16, /* of payload; then a new one begins */
	FORMAT_PAYLOAD_MAX = 1 << 18, /* what a reader believes */
	FORMAT_SNAP_MAX = 65600,
	FORMAT_TEXT_MAX = 1000, /* longer ones are cut */
	FORMAT_TEXTS = 256, /* remembered in a chunk */
	FORMAT_EVENT_MAX = 4 * FORMAT_TEXT_MAX + 512, /* packet's bytes apart */
};

/* Flags of a chunk: it tells names that were told before the ring began. */
enum { FORMAT_F_NAMES = 1 };

enum format_text {
	FORMAT_TEXT_NULL,
	FORMAT_TEXT_ONCE,
	FORMAT_TEXT_KEPT,
	FORMAT_TEXT_REF,
};

/** struct format_near - What differences are counted from; zero in each chunk
 */
struct format_near {
	uint64_t call, conn, pkt, number;
};

static inline uint64_t format_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? ~(uint64_t)0 : 0);
}

static inline int64_t format_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static inline void format_put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline void format_put64(uint8_t *p, uint64_t v)
{
	format_put32(p, (uint32_t)v);
	format_put32(p + 4, (uint32_t)(v >> 32));
}

static inline uint32_t format_get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint64_t format_get64(const uint8_t *p)
{
	return format_get32(p) | (uint64_t)format_get32(p + 4) << 32;
}

#endif
