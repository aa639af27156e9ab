/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/line.h"

TEST(pieces_follow_one_another)
{
	char buf[16] = "";
	int at = line_add(buf, sizeof(buf), 0, "seq %u", 7u);

	at = line_add(buf, sizeof(buf), at, ":%u", 12u);
	EQ(at, 8);
	STR(buf, "seq 7:12");
}

TEST(what_does_not_fit_is_cut_and_so_is_the_rest)
{
	char buf[8] = "";
	int at = line_add(buf, sizeof(buf), 0, "123456789");

	EQ(at, 9);
	EQ(line_add(buf, sizeof(buf), at, "x"), at);
	EQ(line_add(buf, sizeof(buf), -1, "x"), -1);
	STR(buf, "1234567");
}

TESTS(CASE(pieces_follow_one_another),
      CASE(what_does_not_fit_is_cut_and_so_is_the_rest))
