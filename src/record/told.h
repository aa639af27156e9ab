/* SPDX-License-Identifier: MIT */
/*
 * record/told.h - was this said already? A map from what to a value
 */
#ifndef OSTIA_RECORD_TOLD_H
#define OSTIA_RECORD_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOLD_MAX = 1 << 17 }; /* things; more are told each time */

/** struct told - Open addressing; a key of 0 is a free slot */
struct told {
	struct {
		uint64_t key, value;
	} * slot;
	uint32_t cap, n;
};

void told_fini(struct told *t);

/**
 * told_news() - Is @value other than what was said of @key last?
 * Remembers it. Without memory everything is news.
 */
bool told_news(struct told *t, uint64_t key, uint64_t value);

/** told_hash() - FNV-1a of @n bytes, on top of @seed. */
uint64_t told_hash(uint64_t seed, const void *p, size_t n);

#endif
