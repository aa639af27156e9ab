/* SPDX-License-Identifier: MIT */
/*
 * base/block.h - counted pieces of memory, and the pool that they come from
 *
 * A block is a refcounted piece from one of a few size classes. A pool keeps
 * freed blocks and packet headers on lists, newest first, because what was
 * touched last is still in the cache; in steady state nothing is asked of the
 * environment. A pool belongs to one thread: counts are plain integers.
 *
 * A block with more than one reference is immutable, but for appending behind
 * its @used mark by the one stream that owns its tail. A lent block views
 * memory of the user's; its last reference posts the user's cookie to the
 * queue that it was made for.
 *
 * A slice is a view of a block and holds one reference.
 */
#ifndef OSTIA_BASE_BLOCK_H
#define OSTIA_BASE_BLOCK_H

#include "base/env.h"

#include <assert.h>
#include <ostia/link.h>
#include <stdbool.h>

enum { BLOCK_CLASSES = 4 };

/* Payload bytes of each class. The largest takes a 64 KB frame with its
 * Ethernet and virtio headers.
 */
enum {
	BLOCK_TINY = 448,
	BLOCK_SMALL = 1984,
	BLOCK_MEDIUM = 16320,
	BLOCK_LARGE = 65664,
};

/*
 * Freed things are chained through their own memory. Poisoning covers the
 * payload alone, so that the chain stays readable.
 */
struct chunk_link {
	struct chunk_link *next;
};

/** struct ostia_pool - What is free, newest first, and how much there is */
struct ostia_pool {
	struct ostia_env env;
	struct block *free_blocks[BLOCK_CLASSES];
	struct block *free_lent;
	struct ostia_pkt *free_pkts;
	struct chunk_link *free_chunks;
	uint64_t limit;
	uint64_t next_pkt;
	struct ostia_pool_stats stats;
};

struct block {
	struct ostia_pool *pool;
	uint8_t *mem;
	uint32_t refs;
	uint32_t size; /* payload bytes: also what a holder is charged */
	uint32_t used; /* bytes written so far from @mem */
	uint8_t cls; /* size class, or BLOCK_LENT */
	union {
		struct block *next_free;
		struct lent *lent; /* BLOCK_LENT: whom to tell */
	};
	uint64_t cookie;
};

enum { BLOCK_LENT = 0xff };

/**
 * struct lent - Where cookies of returned lent blocks are collected
 *
 * Owned by a stack; a ring that grows with the number of lent blocks alive
 * when they are made, so that returning one never needs memory. Blocks may
 * outlive their stack, in other stacks of the pool: see lent_abandon().
 */
struct lent {
	uint64_t *ring;
	uint32_t cap, head, count, alive;
	bool abandoned;
};

struct slice {
	struct block *block;
	uint32_t off, len;
};

/** block_new() - One with room for @n (<= BLOCK_LARGE) bytes, or NULL. */
struct block *block_new(struct ostia_pool *pool, size_t n);

/**
 * block_lend() - A block over the caller's @n bytes at @p
 * Return: NULL without memory (for the block or for the cookie's return).
 */
struct block *block_lend(struct ostia_pool *pool, struct lent *l, const void *p,
			 size_t n, uint64_t cookie);

/** lent_pop() - A returned cookie. Return: false if there is none. */
bool lent_pop(struct lent *l, uint64_t *cookie);
void lent_fini(struct lent *l, const struct ostia_env *env);

/**
 * lent_abandon() - Nobody will fetch cookies any more
 * @l: taken; a struct lent from the environment of @pool. It is given back
 * at once, or with the last block that was lent by it.
 */
void lent_abandon(struct lent *l, struct ostia_pool *pool);

/** block_unlend() - Drop a lent block that nobody else refers to, and do not
 * tell its cookie: it was never used.
 */
void block_unlend(struct block *b);

void block_release(struct block *b); /* the last reference is gone */

static inline struct block *block_get(struct block *b)
{
	b->refs++;
	return b;
}

static inline void block_put(struct block *b)
{
	assert(b->refs > 0);
	if (--b->refs == 0)
		block_release(b);
}

static inline uint8_t *slice_ptr(const struct slice *s)
{
	return s->block->mem + s->off;
}

/* What the packet room (base/pkt.c) needs of a pool. */
struct ostia_pkt *pool_pkt_get(struct ostia_pool *pool);
void pool_pkt_put(struct ostia_pool *pool, struct ostia_pkt *p);
const struct ostia_env *pool_env(const struct ostia_pool *pool);

/* What the stream room needs: chunks of slices. */
void *pool_chunk_new(struct ostia_pool *pool);

static inline void *pool_chunk_get(struct ostia_pool *pool)
{
	struct chunk_link *c = pool->free_chunks;

	if (__builtin_expect(!c, 0))
		return pool_chunk_new(pool);
	pool->free_chunks = c->next;
	return c;
}

static inline void pool_chunk_put(struct ostia_pool *pool, void *chunk)
{
	struct chunk_link *c = chunk;

	c->next = pool->free_chunks;
	pool->free_chunks = c;
}

#endif
