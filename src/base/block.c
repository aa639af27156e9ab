/* SPDX-License-Identifier: MIT */
#include "base/block.h"

#include "base/pkt.h"
#include "base/stream.h"

#include <errno.h>

enum { PKT_HALF = 80 }; /* of what stands before the slices */

static const uint32_t class_size[BLOCK_CLASSES] = { BLOCK_TINY, BLOCK_SMALL,
						    BLOCK_MEDIUM, BLOCK_LARGE };

static_assert(STREAM_CHUNK_BYTES >= sizeof(struct chunk_link),
	      "a free chunk holds its link");

int ostia_pool_new(const struct ostia_env *env, uint64_t limit_bytes,
		   struct ostia_pool **out)
{
	struct ostia_pool *pool = env_zalloc(env, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pool->env = *env;
	pool->limit = limit_bytes ? limit_bytes : UINT64_MAX;
	*out = pool;
	return 0;
}

/* Fresh memory from the environment, within the limit. */
static void *pool_grow(struct ostia_pool *pool, size_t n)
{
	void *p = NULL;

	if (n <= pool->limit - pool->stats.held_bytes)
		p = env_alloc(&pool->env, n);
	if (!p) {
		pool->stats.failures++;
		return NULL;
	}
	pool->stats.held_bytes += n;
	pool->stats.allocs++;
	return p;
}

static void pool_shrink(struct ostia_pool *pool, void *p, size_t n)
{
	pool->stats.held_bytes -= n;
	env_free(&pool->env, p, n);
}

static void free_class(struct ostia_pool *pool, unsigned cls)
{
	struct block *b;

	while ((b = pool->free_blocks[cls])) {
		pool->free_blocks[cls] = b->next_free;
		env_unpoison(&pool->env, b->mem, b->size);
		pool_shrink(pool, b, sizeof(*b) + b->size);
	}
}

/** ostia_pool_trim() - See ostia/link.h. */
uint64_t ostia_pool_trim(struct ostia_pool *pool)
{
	uint64_t before = pool->stats.held_bytes;
	struct chunk_link *c;
	struct ostia_pkt *p;
	struct block *b;

	for (unsigned cls = 0; cls < BLOCK_CLASSES; cls++)
		free_class(pool, cls);
	while ((b = pool->free_lent)) {
		pool->free_lent = b->next_free;
		pool_shrink(pool, b, sizeof(*b));
	}
	while ((p = pool->free_pkts)) {
		pool->free_pkts = p->next;
		pool_shrink(pool, p, sizeof(*p));
	}
	while ((c = pool->free_chunks)) {
		pool->free_chunks = c->next;
		pool_shrink(pool, c, STREAM_CHUNK_BYTES);
	}
	return before - pool->stats.held_bytes;
}

/** ostia_pool_free() - See ostia/link.h. */
void ostia_pool_free(struct ostia_pool *pool)
{
	assert(pool->stats.blocks == 0 && pool->stats.pkts == 0);
	(void)ostia_pool_trim(pool);
	assert(pool->stats.held_bytes == 0);
	env_free(&pool->env, pool, sizeof(*pool));
}

void ostia_pool_stats(const struct ostia_pool *pool,
		      struct ostia_pool_stats *out)
{
	*out = pool->stats;
}

const struct ostia_env *pool_env(const struct ostia_pool *pool)
{
	return &pool->env;
}

static unsigned class_for(size_t n)
{
	unsigned cls = 0;

	while (cls < BLOCK_CLASSES && class_size[cls] < n)
		cls++;
	return cls;
}

static struct block *block_grow(struct ostia_pool *pool, unsigned cls)
{
	struct block *b = pool_grow(pool, sizeof(*b) + class_size[cls]);

	if (!b)
		return NULL;
	*b = (struct block) { .pool = pool,
			      .mem = (uint8_t *)(b + 1),
			      .size = class_size[cls],
			      .cls = (uint8_t)cls };
	return b;
}

struct block *block_new(struct ostia_pool *pool, size_t n)
{
	unsigned cls = class_for(n);
	struct block *b;

	if (cls >= BLOCK_CLASSES)
		return NULL;
	b = pool->free_blocks[cls];
	if (b) {
		pool->free_blocks[cls] = b->next_free;
		env_unpoison(&pool->env, b->mem, b->size);
	} else {
		b = block_grow(pool, cls);
		if (!b)
			return NULL;
	}
	b->refs = 1;
	b->used = 0;
	pool->stats.blocks++;
	return b;
}

/* Room in the ring for every lent block alive and every cookie not yet
 * fetched, so that a return never fails.
 */
static int lent_reserve(struct lent *l, const struct ostia_env *env)
{
	uint32_t want = l->alive + l->count + 1;
	uint32_t cap = l->cap ? l->cap : 16;
	uint64_t *ring;

	if (want <= l->cap)
		return 0;
	while (cap < want)
		cap *= 2;
	ring = env_alloc(env, cap * sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->count; i++)
		ring[i] = l->ring[(l->head + i) & (l->cap - 1)];
	lent_fini(l, env);
	l->ring = ring;
	l->cap = cap;
	l->head = 0;
	return 0;
}

void lent_fini(struct lent *l, const struct ostia_env *env)
{
	env_free(env, l->ring, l->cap * sizeof(*l->ring));
	l->ring = NULL;
	l->cap = 0;
}

bool lent_pop(struct lent *l, uint64_t *cookie)
{
	if (!l->count)
		return false;
	*cookie = l->ring[l->head];
	l->head = (l->head + 1) & (l->cap - 1);
	l->count--;
	return true;
}

static void lent_push(struct lent *l, uint64_t cookie)
{
	assert(l->count < l->cap && l->alive > 0);
	l->ring[(l->head + l->count) & (l->cap - 1)] = cookie;
	l->count++;
	l->alive--;
}

struct block *block_lend(struct ostia_pool *pool, struct lent *l, const void *p,
			 size_t n, uint64_t cookie)
{
	struct block *b;

	if (n > UINT32_MAX || lent_reserve(l, &pool->env))
		return NULL;
	b = pool->free_lent;
	if (b)
		pool->free_lent = b->next_free;
	else if (!(b = pool_grow(pool, sizeof(*b))))
		return NULL;
	/* Never written: a lent block has no room behind @used. */
	*b = (struct block) { .pool = pool,
			      .mem = (uint8_t *)(uintptr_t)p,
			      .refs = 1,
			      .size = (uint32_t)n,
			      .used = (uint32_t)n,
			      .cls = BLOCK_LENT,
			      .lent = l,
			      .cookie = cookie };
	l->alive++;
	pool->stats.blocks++;
	return b;
}

static void lent_drop(struct lent *l, struct ostia_pool *pool)
{
	lent_fini(l, &pool->env);
	env_free(&pool->env, l, sizeof(*l));
}

void lent_abandon(struct lent *l, struct ostia_pool *pool)
{
	l->abandoned = true;
	if (!l->alive)
		lent_drop(l, pool);
}

static void free_lent(struct block *b)
{
	b->next_free = b->pool->free_lent;
	b->pool->free_lent = b;
}

static void give_back(struct block *b)
{
	struct lent *l = b->lent;

	lent_push(l, b->cookie);
	if (l->abandoned && !l->alive)
		lent_drop(l, b->pool);
	free_lent(b);
}

void block_unlend(struct block *b)
{
	assert(b->cls == BLOCK_LENT && b->refs == 1);
	b->pool->stats.blocks--;
	b->lent->alive--;
	free_lent(b);
}

/* Newest first: what was touched last is still in the cache. */
void block_release(struct block *b)
{
	struct ostia_pool *pool = b->pool;

	pool->stats.blocks--;
	if (b->cls == BLOCK_LENT) {
		give_back(b);
		return;
	}
	env_poison(&pool->env, b->mem, b->size);
	b->next_free = pool->free_blocks[b->cls];
	pool->free_blocks[b->cls] = b;
}

/* In two halves: of one so long a compiler makes a loop that costs more than
 * all the rest (rep stos).
 */
static void clear(struct ostia_pkt *p)
{
	static_assert(offsetof(struct ostia_pkt, slice) <= 2 * PKT_HALF,
		      "two halves are all");
	memset(p, 0, PKT_HALF);
	memset((uint8_t *)p + PKT_HALF, 0,
	       offsetof(struct ostia_pkt, slice) - PKT_HALF);
}

struct ostia_pkt *pool_pkt_get(struct ostia_pool *pool)
{
	struct ostia_pkt *p = pool->free_pkts;

	if (p) {
		pool->free_pkts = p->next;
		env_unpoison(&pool->env, p->slice,
			     sizeof(p->slice) + sizeof(p->head));
	} else {
		p = pool_grow(pool, sizeof(*p));
		if (!p)
			return NULL;
	}
	clear(p);
	p->pool = pool;
	p->id = ++pool->next_pkt;
	pool->stats.pkts++;
	return p;
}

void pool_pkt_put(struct ostia_pool *pool, struct ostia_pkt *p)
{
	pool->stats.pkts--;
	p->next = pool->free_pkts;
	env_poison(&pool->env, p->slice, sizeof(p->slice) + sizeof(p->head));
	pool->free_pkts = p;
}

void *pool_chunk_new(struct ostia_pool *pool)
{
	return pool_grow(pool, STREAM_CHUNK_BYTES);
}
