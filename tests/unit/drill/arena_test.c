/* SPDX-License-Identifier: MIT */
#include "drill/arena.h"

#include "../test.h"

TEST(what_is_given_is_zero_aligned_and_apart)
{
	struct drill_arena a = { 0 };
	unsigned char *last = NULL;

	for (size_t n = 1; n < 3000; n += 7) {
		unsigned char *p = drill_arena_alloc(&a, n);

		EQ((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			EQ(p[i], 0);
		memset(p, 0xaa, n);
		OK(p != last);
		last = p;
	}
	drill_arena_fini(&a);
	OK(!a.newest);
}

TEST(more_than_a_chunk_is_given_in_one_piece)
{
	struct drill_arena a = { 0 };
	char *p = drill_arena_alloc(&a, 1000000);

	p[999999] = 'x';
	STR(drill_arena_copy(&a, "Tiber", 3), "Tib");
	STR(drill_arena_copy(&a, NULL, 0), "");
	drill_arena_fini(&a);
}

TESTS(CASE(what_is_given_is_zero_aligned_and_apart),
      CASE(more_than_a_chunk_is_given_in_one_piece))
