/* SPDX-License-Identifier: MIT */
#include "base/slab.h"

#include "base/env.h"
#include <string.h>

enum {
	SLOTS_FIRST = 8, /* chunk numbers to begin with */
	FILL = 0x6b, /* what a debug build leaves in a free object */
	LINK = 8, /* bytes at its start that hold the free list */
	GEN_MASK = (1 << SLAB_GEN_BITS) - 1,
};

static uint32_t per_chunk(const struct slab *s)
{
	return 1u << s->shift;
}

static size_t chunk_bytes(const struct slab *s)
{
	return (size_t)s->size << s->shift;
}

/* Numbers are limited by the width of an index, and so are objects. */
static uint32_t slots_max(const struct slab *s)
{
	return 1u << (SLAB_INDEX_BITS - s->shift);
}

static void slab_check(const struct slab *s)
{
	assert(s->live <= s->limit);
	assert(s->top <= s->slots || s->slots == 0);
	assert(!s->empty || s->chunk[s->empty].live == 0);
	assert(s->live <= (uint64_t)s->chunks << s->shift);
}

void slab_init(struct slab *s, const struct ostia_env *env, uint32_t size,
	       uint32_t limit)
{
	assert(size >= LINK && size % 8 == 0 && size <= SLAB_CHUNK_BYTES);
	*s = (struct slab) { .env = env, .size = size, .limit = limit };
	s->top = 1; /* number 0 is no chunk, so that handle 0 is no object */
	while ((size_t)size << (s->shift + 1) <= SLAB_CHUNK_BYTES)
		s->shift++;
}

static void *object(const struct slab *s, uint32_t n, uint32_t i)
{
	return s->base[n] + (size_t)i * s->size;
}

/*
 * The free list of a chunk: the number of the next object, plus 1, stands in
 * the first bytes of each.
 */

static void poison(const struct slab *s, void *p)
{
#ifndef NDEBUG
	memset((uint8_t *)p + LINK, FILL, s->size - LINK);
#endif
	env_poison(s->env, (uint8_t *)p + LINK, s->size - LINK);
}

static void push_free(struct slab *s, uint32_t n, uint32_t i)
{
	struct slab_chunk *c = &s->chunk[n];

	memcpy(object(s, n, i), &c->free, sizeof(c->free));
	poison(s, object(s, n, i));
	c->free = (uint16_t)(i + 1);
}

static uint32_t pop_free(struct slab *s, uint32_t n)
{
	struct slab_chunk *c = &s->chunk[n];
	uint32_t i;

	if (!c->free)
		return c->fresh++;
	i = c->free - 1u;
	memcpy(&c->free, object(s, n, i), sizeof(c->free));
	env_unpoison(s->env, object(s, n, i), s->size);
	return i;
}

/*
 * The list of chunks with free objects.
 */

static void link_partial(struct slab *s, uint32_t n)
{
	s->chunk[n].prev = 0;
	s->chunk[n].next = s->partial;
	if (s->partial)
		s->chunk[s->partial].prev = n;
	s->partial = n;
}

static void unlink_partial(struct slab *s, uint32_t n)
{
	struct slab_chunk *c = &s->chunk[n];

	if (c->prev)
		s->chunk[c->prev].next = c->next;
	else
		s->partial = c->next;
	if (c->next)
		s->chunk[c->next].prev = c->prev;
}

/*
 * Chunks come and go.
 */

static void *moved(struct slab *s, void *old, size_t unit, uint32_t slots)
{
	void *p = env_alloc(s->env, unit * slots);

	if (p && old)
		memcpy(p, old, unit * s->slots);
	return p;
}

/* Both arrays twice as long, or both as they were. */
static bool more_slots(struct slab *s)
{
	uint32_t slots = s->slots ? s->slots * 2 : SLOTS_FIRST;
	struct slab_chunk *chunk;
	uint8_t **base;

	if (slots > slots_max(s))
		slots = slots_max(s);
	if (slots <= s->slots)
		return false;
	base = moved(s, s->base, sizeof(*base), slots);
	chunk = moved(s, s->chunk, sizeof(*chunk), slots);
	if (!base || !chunk) {
		env_free(s->env, base, sizeof(*base) * slots);
		env_free(s->env, chunk, sizeof(*chunk) * slots);
		return false;
	}
	env_free(s->env, s->base, sizeof(*base) * s->slots);
	env_free(s->env, s->chunk, sizeof(*chunk) * s->slots);
	s->base = base;
	s->chunk = chunk;
	s->slots = slots;
	return true;
}

/* A number without a chunk; 0: none to be had. It stays unused. */
static uint32_t spare_number(struct slab *s)
{
	if (s->unused)
		return s->unused;
	if (s->top < s->slots || more_slots(s))
		return s->top;
	return 0;
}

static void use_number(struct slab *s, uint32_t n)
{
	if (n == s->unused)
		s->unused = s->chunk[n].next;
	else
		s->top++;
}

/* A byte an object, where there are assertions to read it. */
static size_t gens_bytes(const struct slab *s)
{
#ifdef NDEBUG
	(void)s;
	return 0;
#else
	return per_chunk(s);
#endif
}

static uint32_t new_chunk(struct slab *s)
{
	uint32_t n = spare_number(s);
	uint8_t *base, *gens = NULL;

	if (!n)
		return 0;
	base = env_alloc(s->env, chunk_bytes(s));
	if (!base)
		return 0;
	if (gens_bytes(s) > 0) {
		gens = env_zalloc(s->env, gens_bytes(s));
		if (!gens) {
			env_free(s->env, base, chunk_bytes(s));
			return 0;
		}
	}
	use_number(s, n);
	s->base[n] = base;
	s->chunk[n] = (struct slab_chunk) { .gens = gens };
	link_partial(s, n);
	s->chunks++;
	return n;
}

static void release(struct slab *s, uint32_t n)
{
	env_unpoison(s->env, s->base[n], chunk_bytes(s));
	env_free(s->env, s->base[n], chunk_bytes(s));
	env_free(s->env, s->chunk[n].gens, gens_bytes(s));
	s->base[n] = NULL;
	s->chunks--;
}

static void drop_chunk(struct slab *s, uint32_t n)
{
	unlink_partial(s, n);
	release(s, n);
	s->chunk[n].next = s->unused;
	s->unused = n;
}

void slab_fini(struct slab *s)
{
	for (uint32_t n = 1; n < s->top; n++)
		if (s->base[n])
			release(s, n);
	env_free(s->env, s->base, sizeof(*s->base) * s->slots);
	env_free(s->env, s->chunk, sizeof(*s->chunk) * s->slots);
	*s = (struct slab) { .env = s->env };
}

size_t slab_bytes(const struct slab *s)
{
	return s->chunks * (chunk_bytes(s) + gens_bytes(s)) +
	       s->slots * (sizeof(*s->base) + sizeof(*s->chunk));
}

/*
 * Handles: the number of the chunk, then that of the object, and above them
 * how often it was taken, as far as debug builds count.
 */

static uint32_t handle_of(const struct slab *s, uint32_t n, uint32_t i)
{
	const struct slab_chunk *c = &s->chunk[n];
	uint32_t gen = c->gens ? (c->gens[i] >> 1 & GEN_MASK) : 0;

	return gen << SLAB_INDEX_BITS | n << s->shift | i;
}

/* Which objects of chunk @n are taken: all that ever were but its free list. */
static void mark_taken(const struct slab *s, uint32_t n, uint64_t *taken)
{
	const struct slab_chunk *c = &s->chunk[n];
	uint16_t next = c->free;

	for (uint32_t i = 0; i < per_chunk(s); i += 64)
		taken[i / 64] = 0;
	for (uint32_t i = 0; i < c->fresh; i++)
		taken[i / 64] |= UINT64_C(1) << i % 64;
	while (next) {
		uint32_t i = next - 1u;

		taken[i / 64] &= ~(UINT64_C(1) << i % 64);
		memcpy(&next, object(s, n, i), sizeof(next));
	}
}

void *slab_next(const struct slab *s, struct slab_walk *w)
{
	for (;;) {
		if (w->chunk && w->at < per_chunk(s)) {
			uint32_t i = w->at++;

			if (w->taken[i / 64] >> i % 64 & 1)
				return object(s, w->chunk, i);
			continue;
		}
		if (++w->chunk >= s->top)
			return NULL;
		w->at = per_chunk(s);
		if (!s->base[w->chunk])
			continue;
		mark_taken(s, w->chunk, w->taken);
		w->at = 0;
	}
}

bool slab_valid(const struct slab *s, uint32_t handle)
{
	uint32_t n = (handle & SLAB_INDEX_MASK) >> s->shift;
	uint32_t i = handle & (per_chunk(s) - 1);

	if (n == 0 || n >= s->top || !s->base[n] || i >= s->chunk[n].fresh)
		return false;
	if (!s->chunk[n].gens)
		return true;
	return (s->chunk[n].gens[i] & 1) && handle_of(s, n, i) == handle;
}

static bool has_free(const struct slab *s, uint32_t n)
{
	return s->chunk[n].live < per_chunk(s);
}

void *slab_alloc(struct slab *s, uint32_t *handle)
{
	uint32_t n = s->partial, i;

	if (s->live >= s->limit) {
		s->full++;
		return NULL;
	}
	if (!n)
		n = new_chunk(s);
	if (!n) {
		s->starved++;
		return NULL;
	}
	if (n == s->empty)
		s->empty = 0;
	i = pop_free(s, n);
	s->chunk[n].live++;
	s->live++;
	if (!has_free(s, n))
		unlink_partial(s, n);
	if (s->chunk[n].gens)
		s->chunk[n].gens[i]++; /* odd: taken */
	*handle = handle_of(s, n, i);
	slab_check(s);
	return object(s, n, i);
}

/* The second empty chunk goes, the first stays for the next allocation. */
static void on_empty(struct slab *s, uint32_t n)
{
	if (s->empty)
		drop_chunk(s, n);
	else
		s->empty = n;
}

void slab_free(struct slab *s, uint32_t handle)
{
	uint32_t n = (handle & SLAB_INDEX_MASK) >> s->shift;
	uint32_t i = handle & (per_chunk(s) - 1);

	assert(slab_valid(s, handle));
	if (s->chunk[n].gens)
		s->chunk[n].gens[i]++; /* even: free */
	if (!has_free(s, n))
		link_partial(s, n);
	push_free(s, n, i);
	s->chunk[n].live--;
	s->live--;
	if (s->chunk[n].live == 0)
		on_empty(s, n);
	slab_check(s);
}
