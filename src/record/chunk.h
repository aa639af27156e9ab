/* SPDX-License-Identifier: MIT */
/*
 * record/chunk.h - events written one after another into a piece of memory
 *
 * Room is asked for once an event (chunk_begin), and is then enough for what
 * format.h lets an event be: nothing in here looks at the end again but texts
 * and bytes, which are cut.
 */
#ifndef OSTIA_RECORD_CHUNK_H
#define OSTIA_RECORD_CHUNK_H

#include "record/crc.h"
#include "record/format.h"
#include "record/shelf.h"

#include <ostia/types.h>
#include <stdbool.h>

/**
 * struct chunk - One that is being written, or full
 * @mem:   CHUNK_HEAD bytes, then @len of @cap bytes of payload
 * @first: events in front of it; @time: of its first event; @last: latest
 * @raw:   its payload is records of a log (record/log.h)
 * @lent:  @mem is a shelf's
 */
struct chunk {
	uint8_t *mem;
	uint32_t len, cap;
	uint32_t events;
	uint32_t flags;
	bool raw, lent;
	uint64_t first;
	ostia_time time, last;
	struct format_near near;
};

enum { CHUNK_NEAR = 64 };

/**
 * struct chunk_texts - Texts that the chunk under way remembers
 * @near: the same by their address, which is most often that of a literal;
 *	  what stands there is compared, as it may be another text by now
 */
struct chunk_texts {
	struct {
		const char *s;
		uint32_t off;
		uint16_t len, index;
	} near[CHUNK_NEAR];
	struct {
		uint32_t hash, off; /* hash 0: free */
		uint16_t len, index;
	} slot[2 * FORMAT_TEXTS];
	uint32_t n;
};

/** chunk_new() - Room for @snap bytes of a packet beside the rest, on @shelf;
 * NULL: of its own. 0, -ENOMEM
 */
int chunk_new(struct chunk *c, uint32_t snap, struct shelf *shelf);
void chunk_free(struct chunk *c);

/** chunk_reset() - It is empty, and begins after @first events. */
void chunk_reset(struct chunk *c, struct chunk_texts *t, uint64_t first);

static inline bool chunk_is_full(const struct chunk *c)
{
	return c->len >= FORMAT_CHUNK_BYTES;
}

/** chunk_seal() - Fill in its head; return the length of all of it. */
size_t chunk_seal(struct chunk *c, const struct crc_table *crc);

static inline void chunk_u(struct chunk *c, uint64_t v)
{
	uint8_t *p = c->mem + FORMAT_CHUNK_HEAD + c->len;
	uint8_t *at = p;

	for (; v >= 0x80; v >>= 7)
		*at++ = (uint8_t)(v | 0x80);
	*at++ = (uint8_t)v;
	c->len += (uint32_t)(at - p);
}

static inline void chunk_i(struct chunk *c, int64_t v)
{
	chunk_u(c, format_zigzag(v));
}

/** chunk_near() - @v as its difference from *@last, which it replaces. */
static inline void chunk_near(struct chunk *c, uint64_t *last, uint64_t v)
{
	chunk_u(c, format_zigzag((int64_t)(v - *last)));
	*last = v;
}

/** chunk_begin() - The first fields of an event. */
void chunk_begin(struct chunk *c, uint32_t kind, ostia_time time,
		 uint32_t node);

/** chunk_text() - @keep: it will be said again; may be NULL. */
void chunk_text(struct chunk *c, struct chunk_texts *t, const char *s,
		bool keep);

/** chunk_room() - @n bytes, at most @snap, to be filled in by the caller. */
uint8_t *chunk_room(struct chunk *c, uint32_t n);

#endif
