/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/heap.h - an environment on malloc that counts, and fails on wish
 */
#ifndef OSTIA_TESTS_UNIT_HEAP_H
#define OSTIA_TESTS_UNIT_HEAP_H

#include <ostia/types.h>
#include <stdlib.h>

/**
 * struct heap - What was lent
 * @bytes, @count: not yet given back
 * @allocs:	asked for so far
 * @fail_at:	the @allocs-th request (from 1) and all later ones get NULL;
 *		0: none
 */
struct heap {
	uint64_t bytes, count, allocs, fail_at;
};

static void *heap_alloc(void *ctx, size_t n)
{
	struct heap *h = ctx;

	if (++h->allocs >= h->fail_at && h->fail_at)
		return NULL;
	h->bytes += n;
	h->count++;
	return malloc(n);
}

static void heap_free(void *ctx, void *p, size_t n)
{
	struct heap *h = ctx;

	h->bytes -= n;
	h->count--;
	free(p);
}

static inline struct ostia_env heap_env(struct heap *h)
{
	return (struct ostia_env) { .ctx = h,
				    .alloc = heap_alloc,
				    .free = heap_free,
				    .seed = { 1, 2, 3, 4, 5, 6, 7, 8 } };
}

#endif
