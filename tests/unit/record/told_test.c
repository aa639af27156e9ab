/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/told.h"

TEST(what_was_said_is_no_news_until_it_changes)
{
	struct told t = { .n = 0 };

	OK(told_news(&t, 7, 1));
	OK(!told_news(&t, 7, 1));
	OK(told_news(&t, 7, 2));
	OK(!told_news(&t, 7, 2));
	OK(told_news(&t, 8, 2));
	OK(told_news(&t, 0, 0));
	OK(!told_news(&t, 0, 0));
	told_fini(&t);
}

TEST(it_remembers_many_and_is_bounded)
{
	struct told t = { .n = 0 };

	for (uint64_t k = 1; k <= TOLD_MAX; k++)
		OK(told_news(&t, k * k, k));
	for (uint64_t k = 1; k <= TOLD_MAX; k++)
		OK(!told_news(&t, k * k, k));
	for (uint64_t k = 1; k <= 10; k++) /* all beyond is always news */
		OK(told_news(&t, UINT64_MAX - k, 1) &&
		   told_news(&t, UINT64_MAX - k, 1));
	told_fini(&t);
}

TESTS(CASE(what_was_said_is_no_news_until_it_changes),
      CASE(it_remembers_many_and_is_bounded))
