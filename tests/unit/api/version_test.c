/* SPDX-License-Identifier: MIT */
#include <ostia/ostia.h>

#include "../test.h"

TEST(the_library_tells_three_numbers)
{
	unsigned major, minor, patch;
	char rest;

	EQ(sscanf(ostia_version(), "%u.%u.%u%c", &major, &minor, &patch, &rest),
	   3);
	STR(ostia_version(), OSTIA_VERSION);
}

TESTS(CASE(the_library_tells_three_numbers))
