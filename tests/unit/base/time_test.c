/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/time.h"

TEST(never_stays_never)
{
	EQ(time_after(5, 10), 15);
	EQ(time_after(OSTIA_NEVER, 1), OSTIA_NEVER);
	EQ(time_after(OSTIA_NEVER - 1, 5), OSTIA_NEVER);
	EQ(time_after(5, OSTIA_NEVER), OSTIA_NEVER);
	EQ(time_after(0, 0), 0);
}

TEST(the_earlier_of_two_and_never)
{
	EQ(time_min(3, 7), 3);
	EQ(time_min(OSTIA_NEVER, 7), 7);
	EQ(time_min(OSTIA_NEVER, OSTIA_NEVER), OSTIA_NEVER);
}

TEST(what_is_to_come_was_no_time_ago)
{
	EQ(time_since(10, 25), 15);
	EQ(time_since(25, 10), 0);
}

TESTS(CASE(never_stays_never), CASE(the_earlier_of_two_and_never),
      CASE(what_is_to_come_was_no_time_ago))
