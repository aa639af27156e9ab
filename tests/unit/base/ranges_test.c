/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/ranges.h"

#include "../random.h"
#include <errno.h>

#define TOP UINT32_MAX

/* The set as text, relative to @base. */
static const char *shown(const struct ranges *r, uint32_t base)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	ranges_each(it, r) n +=
		(size_t)snprintf(text + n, sizeof(text) - n, "[%u,%u)",
				 it->start - base, it->end - base);
	return text;
}

TEST(ranges_that_overlap_or_touch_become_one)
{
	/* into a set of [10,20)[30,40)[50,60) */
	static const struct {
		uint32_t start, end;
		int fresh;
		uint32_t where;
		const char *want;
	} row[] = {
		{ 22, 28, 6, 1, "[10,20)[22,28)[30,40)[50,60)" },
		{ 5, 9, 4, 0, "[5,9)[10,20)[30,40)[50,60)" },
		{ 70, 80, 10, 3, "[10,20)[30,40)[50,60)[70,80)" },
		{ 5, 10, 5, 0, "[5,20)[30,40)[50,60)" }, /* touches */
		{ 20, 25, 5, 0, "[10,25)[30,40)[50,60)" },
		{ 20, 30, 10, 0, "[10,40)[50,60)" }, /* fills the gap */
		{ 12, 18, 0, 0, "[10,20)[30,40)[50,60)" }, /* duplicates */
		{ 10, 20, 0, 0, "[10,20)[30,40)[50,60)" },
		{ 15, 35, 10, 0, "[10,40)[50,60)" },
		{ 0, 100, 70, 0, "[0,100)" }, /* swallows all */
		{ 35, 55, 10, 1, "[10,20)[30,60)" },
	};

	/* the same at every kind of place in the circle */
	static const uint32_t base[] = { 0, TOP - 4, TOP - 35, 0x7fffffe0 };

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (size_t j = 0; j < 4; j++) {
			struct range room[4];
			struct ranges r;
			uint32_t b = base[j], where = 99;

			ranges_init(&r, room, 4);
			EQ(ranges_insert(&r, b + 30, b + 40, NULL), 10);
			EQ(ranges_insert(&r, b + 50, b + 60, NULL), 10);
			EQ(ranges_insert(&r, b + 10, b + 20, NULL), 10);
			EQ(ranges_insert(&r, b + row[i].start, b + row[i].end,
					 &where),
			   row[i].fresh);
			STR(shown(&r, b), row[i].want);
			EQ(where, row[i].where);
		}
}

TEST(a_full_set_refuses_counts_and_still_merges)
{
	struct range room[2];
	struct ranges r;

	ranges_init(&r, room, 2);
	EQ(ranges_insert(&r, 10, 20, NULL), 10);
	EQ(ranges_insert(&r, 30, 40, NULL), 10);
	EQ(ranges_insert(&r, 50, 60, NULL), -ENOBUFS);
	EQ(ranges_insert(&r, 22, 28, NULL), -ENOBUFS);
	EQ(r.full, 2);
	STR(shown(&r, 0), "[10,20)[30,40)");
	EQ(ranges_insert(&r, 20, 28, NULL), 8);
	STR(shown(&r, 0), "[10,28)[30,40)");
}

TEST(nonsense_is_refused)
{
	struct range room[4];
	struct ranges r;

	ranges_init(&r, room, 4);
	EQ(ranges_insert(&r, 5, 5, NULL), -EINVAL);
	EQ(ranges_insert(&r, 6, 5, NULL), -EINVAL);
	EQ(ranges_insert(&r, 0, 0x80000000, NULL), -EINVAL);
	EQ(ranges_insert(&r, 100, 200, NULL), 100);
	/* too far from what is there, on either side */
	EQ(ranges_insert(&r, 0x80000000, 0x80000063, NULL), 99);
	EQ(ranges_insert(&r, 0x80000063, 0x80000064, NULL), -EINVAL);
	EQ(ranges_insert(&r, 0, 101, NULL), -EINVAL);
	EQ(ranges_insert(&r, 0xc0000000, 0xc0000001, NULL), -EINVAL);
	STR(shown(&r, 0), "[100,200)[2147483648,2147483747)");
	EQ(ranges_insert(&r, 150, 0x80000010, NULL), 0x80000000 - 200);
	STR(shown(&r, 0), "[100,2147483747)");
}

/* Places where comparing two ends alone would be fooled by the circle. */
TEST(what_reaches_round_the_circle_is_refused)
{
	static const struct {
		struct range there, more;
	} row[] = {
		{ { 100, 110 }, { 0x80000000u + 95, 0x80000000u + 145 } },
		{ { 100, 200 }, { 0x80000000u + 110, 0x80000000u + 120 } },
		{ { 100, 0x80000000u + 99 }, { 50, 120 } },
		{ { 100, 0x80000000u + 99 }, { 50, 60 } },
		{ { 100, 0x80000000u + 99 }, { 200, 0x80000000u + 100 } },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (uint32_t turn = 0; turn < 8; turn++) {
			uint32_t b = turn << 29;
			struct range room[4];
			struct ranges r;

			ranges_init(&r, room, 4);
			OK(ranges_insert(&r, b + row[i].there.start,
					 b + row[i].there.end, NULL) > 0);
			EQ(ranges_insert(&r, b + row[i].more.start,
					 b + row[i].more.end, NULL),
			   -EINVAL);
			EQ(r.count, 1);
		}
}

TEST(forgets_below_and_above_an_edge)
{
	static const struct {
		uint32_t edge;
		const char *kept_above, *kept_below;
	} row[] = {
		{ 5, "[10,20)[30,40)", "" },
		{ 10, "[10,20)[30,40)", "" },
		{ 15, "[15,20)[30,40)", "[10,15)" },
		{ 20, "[30,40)", "[10,20)" },
		{ 25, "[30,40)", "[10,20)" },
		{ 39, "[39,40)", "[10,20)[30,39)" },
		{ 40, "", "[10,20)[30,40)" },
		{ 99, "", "[10,20)[30,40)" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct range room[4];
		struct ranges r;
		uint32_t b = TOP - 17;

		for (int above = 0; above < 2; above++) {
			ranges_init(&r, room, 4);
			ranges_insert(&r, b + 10, b + 20, NULL);
			ranges_insert(&r, b + 30, b + 40, NULL);
			if (above)
				ranges_remove_above(&r, b + row[i].edge);
			else
				ranges_remove_below(&r, b + row[i].edge);
			STR(shown(&r, b),
			    above ? row[i].kept_below : row[i].kept_above);
		}
	}
}

/* A window that slides over a bitmap, with every question asked. */
enum { SPAN = 200, ROOM = 24 };

static uint32_t bits(const uint8_t *map, uint32_t from, uint32_t to)
{
	uint32_t n = 0;

	for (uint32_t i = from; i < to; i++)
		n += map[i];
	return n;
}

/* How many ranges the bitmap is. */
static uint32_t runs(const uint8_t *map)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < SPAN; i++)
		n += map[i] && (i == 0 || !map[i - 1]);
	return n;
}

static void same_answers(const struct ranges *r, const uint8_t *map,
			 uint32_t base, uint32_t from, uint32_t to)
{
	struct range piece;
	uint32_t i = from, n;

	EQ(ranges_total(r), bits(map, 0, SPAN));
	EQ(r->count, runs(map));
	EQ(ranges_has(r, base + from, base + to),
	   bits(map, from, to) == to - from);
	EQ(ranges_overlap(r, base + from, base + to, &piece),
	   bits(map, from, to) > 0);
	if (bits(map, from, to) == 0)
		return;
	while (!map[i])
		i++;
	EQ(piece.start, base + i);
	while (i < to && map[i])
		i++;
	EQ(piece.end, base + i);
	n = ranges_find(r, base + from);
	OK(n < r->count && (int32_t)(r->at[n].end - (base + from)) > 0);
}

TEST(agrees_with_a_bitmap)
{
	struct dice d = dice("agrees_with_a_bitmap");

	for (int round = 0; round < 300; round++) {
		uint8_t map[SPAN] = { 0 }, was[SPAN];
		uint32_t base = (uint32_t)dice_u64(&d);
		struct range room[ROOM];
		struct ranges r;

		if (round % 2)
			base = TOP - (uint32_t)dice_below(&d, SPAN);
		ranges_init(&r, room, ROOM);
		for (int step = 0; step < 200; step++) {
			uint32_t from = (uint32_t)dice_below(&d, SPAN);
			uint32_t len = (uint32_t)dice_log(&d, 5) + 1;
			uint32_t to = from + len < SPAN ? from + len : SPAN;
			uint64_t what = dice_below(&d, 40);

			if (what == 0) {
				ranges_remove_below(&r, base + from);
				memset(map, 0, from);
			} else if (what == 1) {
				ranges_remove_above(&r, base + from);
				memset(map + from, 0, SPAN - from);
			} else {
				int want =
					(int)(to - from - bits(map, from, to));

				memcpy(was, map, SPAN);
				memset(map + from, 1, to - from);
				if (runs(map) > ROOM) {
					memcpy(map, was, SPAN);
					want = -ENOBUFS;
				}
				EQ(ranges_insert(&r, base + from, base + to,
						 NULL),
				   want);
			}
			from = (uint32_t)dice_below(&d, SPAN - 1);
			to = from + 1 +
			     (uint32_t)dice_below(&d, SPAN - 1 - from);
			same_answers(&r, map, base, from, to);
		}
	}
}

TESTS(CASE(ranges_that_overlap_or_touch_become_one),
      CASE(a_full_set_refuses_counts_and_still_merges),
      CASE(nonsense_is_refused), CASE(what_reaches_round_the_circle_is_refused),
      CASE(forgets_below_and_above_an_edge), CASE(agrees_with_a_bitmap))
