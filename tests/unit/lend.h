/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/lend.h - an environment that counts what it lends
 *
 *	struct lend l = { .left = -1 };
 *	struct ostia_env env = lend_env(&l);
 *	...
 *	EQ(l.blocks, 0);
 *
 * With @left at n, the n + 1st allocation from then on fails.
 */
#ifndef OSTIA_TESTS_UNIT_LEND_H
#define OSTIA_TESTS_UNIT_LEND_H

#include <ostia/types.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct lend - The books
 * @blocks:	allocations not given back
 * @bytes:	of them
 * @peak:	the most @bytes ever were
 * @calls:	allocations asked for
 * @left:	how many more succeed; negative: all
 */
struct lend {
	long blocks;
	size_t bytes;
	size_t peak;
	long calls;
	long left;
};

/* Filled with rubbish, for who forgets to write before reading. */
static inline void *lend_alloc(void *ctx, size_t n)
{
	struct lend *l = ctx;
	void *p;

	l->calls++;
	if (l->left == 0)
		return NULL;
	if (l->left > 0)
		l->left--;
	p = malloc(n);
	if (!p)
		return NULL;
	memset(p, 0xa5, n < 4096 ? n : 4096);
	l->blocks++;
	l->bytes += n;
	l->peak = l->bytes > l->peak ? l->bytes : l->peak;
	return p;
}

static inline void lend_free(void *ctx, void *p, size_t n)
{
	struct lend *l = ctx;

	l->blocks--;
	l->bytes -= n;
	free(p);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEND_ASAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(LEND_ASAN)
#include <sanitizer/asan_interface.h>

static inline void lend_poison(void *ctx, const void *p, size_t n, int on)
{
	(void)ctx;
	if (on)
		__asan_poison_memory_region(p, n);
	else
		__asan_unpoison_memory_region(p, n);
}
#define LEND_POISON lend_poison
#else
#define LEND_POISON NULL
#endif

static inline struct ostia_env lend_env(struct lend *l)
{
	return (struct ostia_env) {
		.ctx = l,
		.alloc = lend_alloc,
		.free = lend_free,
		.poison = LEND_POISON,
		.seed = "unit test seed",
	};
}

#endif
