/* SPDX-License-Identifier: MIT */
/*
 * base/slab.h - objects of one size, named by 30-bit handles
 *
 * Objects live in chunks of about 64 KB and never move; taking and giving
 * back are O(1), last in first out, and an object in use costs nothing beside
 * itself. A handle is half a pointer: hash tables and queues keep handles,
 * with two bits to spare. Zero is no handle. One empty chunk is kept; further
 * ones go back to the lender.
 *
 * Debug builds put a 4-bit generation into the handle and check it at every
 * use, so that a stale handle is found out; they fill what is given back, and
 * poison it when the environment can.
 */
#ifndef OSTIA_BASE_SLAB_H
#define OSTIA_BASE_SLAB_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ostia/types.h>

enum {
	SLAB_CHUNK_BYTES = 65536,
	SLAB_SIZE_MIN = 8, /* of an object */
	SLAB_INDEX_BITS = 26, /* 67 million objects of a kind */
	SLAB_GEN_BITS = 4,
	SLAB_HANDLE_BITS = SLAB_INDEX_BITS + SLAB_GEN_BITS,
	SLAB_INDEX_MASK = (1 << SLAB_INDEX_BITS) - 1,
};

/**
 * struct slab_chunk - What the slab knows about a chunk, beside its address
 * @gens:	a byte for each object: odd while it is taken; NULL: no checks
 * @next:	on the list of chunks with free objects, or of unused numbers
 * @prev:	on the list of chunks with free objects
 * @free:	the object given back last, plus 1; 0: none
 * @fresh:	objects from here on were never taken
 * @live:	objects taken
 */
struct slab_chunk {
	uint8_t *gens;
	uint32_t next;
	uint32_t prev;
	uint16_t free;
	uint16_t fresh;
	uint16_t live;
};

/**
 * struct slab - All objects of a kind
 * @base:	addresses of the chunks, by number; number 0 is not used
 * @chunk:	the rest about them
 * @env:		the lender
 * @slots:	length of both arrays
 * @top:	numbers from here on were never used
 * @unused:	numbers whose chunk was given back, a list; 0: none
 * @partial:	chunks with free objects, a list; 0: none
 * @empty:	a chunk without objects, kept; 0: none. It is on @partial too.
 * @size:	bytes of an object
 * @shift:	log2 of objects in a chunk
 * @live:	objects taken
 * @limit:	objects at most
 * @chunks:	chunks held
 * @full:	how often @limit refused
 * @starved:	how often the lender refused
 */
struct slab {
	uint8_t **base;
	struct slab_chunk *chunk;
	const struct ostia_env *env;
	uint32_t slots;
	uint32_t top;
	uint32_t unused;
	uint32_t partial;
	uint32_t empty;
	uint32_t size;
	uint32_t shift;
	uint32_t live;
	uint32_t limit;
	uint32_t chunks;
	uint64_t full;
	uint64_t starved;
};

/**
 * slab_init() - No objects yet, and no memory
 * @env:	lends the chunks; borrowed until slab_fini()
 * @size:	bytes, a multiple of 8, at most SLAB_CHUNK_BYTES
 * @limit:	objects at most
 */
void slab_init(struct slab *s, const struct ostia_env *env, uint32_t size,
	       uint32_t limit);

/** slab_fini() - Give all chunks back, with the objects still in them. */
void slab_fini(struct slab *s);

/**
 * slab_alloc() - Take an object, contents undefined
 * @handle:	gets its name: nonzero, below 2^30
 *
 * Returns NULL when the limit is reached (s->full counts: -ENOBUFS to the
 * caller's caller) or there is no memory (s->starved counts: -ENOMEM).
 */
void *slab_alloc(struct slab *s, uint32_t *handle);

/** slab_free() - Give the object back; its handle is void from here on. */
void slab_free(struct slab *s, uint32_t handle);

/** slab_bytes() - Memory held from the lender. */
size_t slab_bytes(const struct slab *s);

/* Is this the handle of an object that is taken? For debug builds. */
bool slab_valid(const struct slab *s, uint32_t handle);

/** slab_at() - The object that @handle names. */
static inline void *slab_at(const struct slab *s, uint32_t handle)
{
	uint32_t i = handle & SLAB_INDEX_MASK;

	assert(slab_valid(s, handle));
	return s->base[i >> s->shift] +
	       (size_t)(i & ((1u << s->shift) - 1)) * s->size;
}

/**
 * struct slab_walk - A visit to all objects that are taken
 * @chunk, @at: where it stands
 * @taken:	of the chunk: bit i is set for object i
 */
struct slab_walk {
	uint32_t chunk, at;
	uint64_t taken[SLAB_CHUNK_BYTES / SLAB_SIZE_MIN / 64];
};

/**
 * slab_next() - The next object that is taken, or NULL after the last
 * @w:	zeroed at first
 *
 * In the order of their places. The slab must not change meanwhile, but what
 * is inside the objects may. Costs a look at every free object.
 */
void *slab_next(const struct slab *s, struct slab_walk *w);

/** slab_prefetch() - We shall look at the object soon: fetch its @n bytes. */
static inline void slab_prefetch(const struct slab *s, uint32_t handle,
				 unsigned n)
{
	const char *p = slab_at(s, handle);

	for (unsigned i = 0; i < n; i += 64)
		__builtin_prefetch(p + i);
}

#endif
