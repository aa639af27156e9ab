/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/seq.h"

#define TOP UINT32_MAX

TEST(order_holds_across_the_wrap)
{
	static const struct {
		uint32_t a, b;
		bool before, before_eq;
		int32_t sub;
	} row[] = {
		{ 1, 2, true, true, -1 },
		{ 2, 1, false, false, 1 },
		{ 7, 7, false, true, 0 },
		{ TOP, 0, true, true, -1 }, /* the wrap itself */
		{ 0, TOP, false, false, 1 },
		{ TOP - 10, 10, true, true, -21 },
		/* the farthest that is still comparable */
		{ 0, 0x7fffffff, true, true, -0x7fffffff },
		{ 0x7fffffff, 0, false, false, 0x7fffffff },
		{ 0xc0000000, 0x3fffffff, true, true, -0x7fffffff },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct seq a = seq(row[i].a), b = seq(row[i].b);

		EQ(seq_before(a, b), row[i].before);
		EQ(seq_before_eq(a, b), row[i].before_eq);
		EQ(seq_after(b, a), row[i].before);
		EQ(seq_after_eq(b, a), row[i].before_eq);
		EQ(seq_sub(a, b), row[i].sub);
		EQ(seq_eq(a, b), row[i].a == row[i].b);
		EQ(seq_max(a, b).v, row[i].before ? row[i].b : row[i].a);
		EQ(seq_min(a, b).v, row[i].before ? row[i].a : row[i].b);
	}
}

TEST(addition_wraps)
{
	EQ(seq_add(seq(TOP), 1).v, 0);
	EQ(seq_add(seq(5), 10).v, 15);
	EQ(seq_back(seq(0), 1).v, TOP);
	EQ(seq_span(seq(TOP), seq(9)), 10);
}

TEST(window_holds_its_start_and_not_its_end)
{
	OK(seq_in(seq(10), seq(10), 5));
	OK(seq_in(seq(14), seq(10), 5));
	OK(!seq_in(seq(15), seq(10), 5));
	OK(!seq_in(seq(9), seq(10), 5));
	OK(!seq_in(seq(10), seq(10), 0));
	OK(seq_in(seq(1), seq(TOP - 1), 4)); /* TOP-1, TOP, 0, 1 */
	OK(!seq_in(seq(2), seq(TOP - 1), 4));
}

TEST(acknowledgments_count_both_ends)
{
	OK(seq_between(seq(10), seq(10), seq(20)));
	OK(seq_between(seq(20), seq(10), seq(20)));
	OK(!seq_between(seq(21), seq(10), seq(20)));
	OK(!seq_between(seq(9), seq(10), seq(20)));
	OK(seq_between(seq(0), seq(TOP), seq(3)));
	OK(seq_between(seq(7), seq(7), seq(7)));
}

TESTS(CASE(order_holds_across_the_wrap), CASE(addition_wraps),
      CASE(window_holds_its_start_and_not_its_end),
      CASE(acknowledgments_count_both_ends))
