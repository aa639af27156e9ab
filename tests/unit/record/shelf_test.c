/* SPDX-License-Identifier: MIT */
#include "record/shelf.h"

#include "../test.h"

#include <string.h>

enum { TAKEN = 100, SIZE = 70001 };

TEST(what_is_taken_is_apart_and_aligned)
{
	struct shelf s = { .last = NULL };
	uint8_t *p[TAKEN];

	for (int i = 0; i < TAKEN; i++) {
		p[i] = shelf_take(&s, SIZE);
		OK(p[i]);
		EQ((uintptr_t)p[i] % 64, 0);
		memset(p[i], i, SIZE);
	}
	for (int i = 0; i < TAKEN; i++) {
		EQ(p[i][0], i);
		EQ(p[i][SIZE - 1], i);
	}
	shelf_free(&s);
	OK(!s.last);
}

/* 29 of them, and the head, have room in one. */
TEST(a_piece_is_filled_before_the_next_is_taken)
{
	struct shelf s = { .last = NULL };
	const void *first;

	OK(shelf_take(&s, SIZE));
	first = s.last;
	for (int i = 1; i < 29; i++)
		OK(shelf_take(&s, SIZE));
	OK(s.last == first);
	OK(shelf_take(&s, SIZE));
	OK(s.last != first);
	shelf_free(&s);
}

TESTS(CASE(what_is_taken_is_apart_and_aligned),
      CASE(a_piece_is_filled_before_the_next_is_taken))
