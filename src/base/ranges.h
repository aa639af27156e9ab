/* SPDX-License-Identifier: MIT */
/*
 * base/ranges.h - a bounded, ordered set of half-open ranges modulo 2^32
 *
 * What has arrived out of order, what was selectively acknowledged, which
 * octets of a datagram are here. Ranges that overlap or touch are one. The
 * array is the owner's; a set that is full refuses and counts, so a peer
 * cannot make it grow. A search is a bisection, an insertion moves the array.
 *
 * All of a set lies within 2^31 - 1 of itself, so order is that of base/seq.h.
 */
#ifndef OSTIA_BASE_RANGES_H
#define OSTIA_BASE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/** struct range - From @start up to, not including, @end */
struct range {
	uint32_t start;
	uint32_t end;
};

/**
 * struct ranges - The set
 * @at:		ranges in order; lent by the owner
 * @count:	how many are in use
 * @cap:	how many @at has room for
 * @full:	insertions refused because @count was @cap
 *
 * Invariant: each start is before its end, each end is before the next
 * start, and the last end is less than 2^31 after the first start.
 */
struct ranges {
	struct range *at;
	uint32_t count;
	uint32_t cap;
	uint32_t full;
};

/** ranges_init() - An empty set in the @cap ranges lent at @at. */
void ranges_init(struct ranges *r, struct range *at, uint32_t cap);

/**
 * ranges_insert() - Add [start, end)
 * @where:	NULL, or gets the index of the range that now holds it
 *
 * Returns how many numbers were not in the set before: 0 for a duplicate.
 * -EINVAL: the range is empty, or it or the set would span 2^31 or more.
 * -ENOBUFS: it touches no other and the set is full. Unchanged on errors.
 */
int ranges_insert(struct ranges *r, uint32_t start, uint32_t end,
		  uint32_t *where);

/** ranges_remove_below() - Forget all numbers before @edge. */
void ranges_remove_below(struct ranges *r, uint32_t edge);

/** ranges_remove_above() - Forget @edge and all numbers after it. */
void ranges_remove_above(struct ranges *r, uint32_t edge);

/** ranges_clear() - Forget all. */
void ranges_clear(struct ranges *r);

/**
 * ranges_find() - Index of the first range that ends after @x
 *
 * That is the range that holds @x, or the first one behind it; @count when
 * there is none.
 */
uint32_t ranges_find(const struct ranges *r, uint32_t x);

/** ranges_has() - Is all of [start, end) in the set? An empty range is. */
bool ranges_has(const struct ranges *r, uint32_t start, uint32_t end);

/**
 * ranges_overlap() - The first piece of [start, end) that is in the set
 * @piece:	gets it (RFC 2883 reports it)
 *
 * Returns false when there is none.
 */
bool ranges_overlap(const struct ranges *r, uint32_t start, uint32_t end,
		    struct range *piece);

/** ranges_total() - How many numbers are in the set; O(count). */
uint32_t ranges_total(const struct ranges *r);

/** ranges_each() - Visit the ranges in order, as struct range *it. */
#define ranges_each(it, r) \
	for (const struct range *it = (r)->at; it != (r)->at + (r)->count; it++)

#endif
