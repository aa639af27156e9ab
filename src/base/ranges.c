/* SPDX-License-Identifier: MIT */
#include "base/ranges.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
	return before(a, b) ? a : b;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return before(a, b) ? b : a;
}

/* Are the numbers from @start to @end, both counted, comparable? */
static bool span_ok(uint32_t start, uint32_t end)
{
	return end - start <= INT32_MAX;
}

static void ranges_check(const struct ranges *r)
{
	assert(r->count <= r->cap);
#ifndef NDEBUG
	for (uint32_t i = 0; i < r->count; i++) {
		assert(before(r->at[i].start, r->at[i].end));
		assert(i == 0 || before(r->at[i - 1].end, r->at[i].start));
	}
	assert(r->count == 0 ||
	       span_ok(r->at[0].start, r->at[r->count - 1].end));
#endif
}

void ranges_init(struct ranges *r, struct range *at, uint32_t cap)
{
	*r = (struct ranges) { .at = at, .cap = cap };
}

/* Index of the first range whose end is not before @x. */
static uint32_t first_reaching(const struct ranges *r, uint32_t x)
{
	uint32_t lo = 0, hi = r->count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (before(r->at[mid].end, x))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint32_t ranges_find(const struct ranges *r, uint32_t x)
{
	uint32_t i = first_reaching(r, x);

	return i < r->count && r->at[i].end == x ? i + 1 : i;
}

/* Would the set with [start, end) in it still span less than 2^31? Far apart,
 * earlier() and later() err; then one start is outside of what they say.
 */
static bool fits_set(const struct ranges *r, uint32_t start, uint32_t end)
{
	uint32_t first, last, all;

	if (start == end || !span_ok(start, end))
		return false;
	if (r->count == 0)
		return true;
	first = earlier(start, r->at[0].start);
	last = later(end, r->at[r->count - 1].end);
	all = last - first;
	return span_ok(first, last) && start - first < all &&
	       r->at[0].start - first < all;
}

/* Replace @n ranges from index @i on by one. */
static void replace(struct ranges *r, uint32_t i, uint32_t n, struct range by)
{
	memmove(&r->at[i + 1], &r->at[i + n],
		(r->count - i - n) * sizeof(r->at[0]));
	r->at[i] = by;
	r->count = r->count + 1 - n;
}

int ranges_insert(struct ranges *r, uint32_t start, uint32_t end,
		  uint32_t *where)
{
	struct range all = { start, end };
	uint32_t i, n, old = 0;

	if (!fits_set(r, start, end))
		return -EINVAL;
	i = first_reaching(r, start);
	for (n = 0; i + n < r->count && !before(end, r->at[i + n].start); n++) {
		all.start = earlier(all.start, r->at[i + n].start);
		all.end = later(all.end, r->at[i + n].end);
		old += r->at[i + n].end - r->at[i + n].start;
	}
	if (n == 0 && r->count == r->cap) {
		r->full++;
		return -ENOBUFS;
	}
	replace(r, i, n, all);
	if (where)
		*where = i;
	ranges_check(r);
	return (int)(all.end - all.start - old);
}

void ranges_remove_below(struct ranges *r, uint32_t edge)
{
	uint32_t gone = ranges_find(r, edge);

	r->count -= gone;
	memmove(r->at, r->at + gone, r->count * sizeof(r->at[0]));
	if (r->count > 0)
		r->at[0].start = later(r->at[0].start, edge);
	ranges_check(r);
}

void ranges_remove_above(struct ranges *r, uint32_t edge)
{
	uint32_t i = first_reaching(r, edge);

	if (i < r->count && before(r->at[i].start, edge)) {
		r->at[i].end = edge;
		i++;
	}
	r->count = i;
	ranges_check(r);
}

void ranges_clear(struct ranges *r)
{
	r->count = 0;
}

bool ranges_has(const struct ranges *r, uint32_t start, uint32_t end)
{
	uint32_t i = ranges_find(r, start);

	if (start == end)
		return true;
	return i < r->count && span_ok(start, end) &&
	       !before(start, r->at[i].start) && !before(r->at[i].end, end);
}

bool ranges_overlap(const struct ranges *r, uint32_t start, uint32_t end,
		    struct range *piece)
{
	uint32_t i = ranges_find(r, start);

	if (!before(start, end) || i == r->count ||
	    !before(r->at[i].start, end))
		return false;
	piece->start = later(start, r->at[i].start);
	piece->end = earlier(end, r->at[i].end);
	return true;
}

uint32_t ranges_total(const struct ranges *r)
{
	uint32_t sum = 0;

	ranges_each(it, r) sum += it->end - it->start;
	return sum;
}
