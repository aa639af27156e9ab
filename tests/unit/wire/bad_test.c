/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "wire/bad.h"

TEST(every_reason_has_a_word_of_its_own)
{
	for (int i = 1; i < WIRE_BAD_COUNT; i++) {
		OK(wire_bad_name((enum wire_bad)i));
		for (int j = 0; j < i; j++)
			OK(strcmp(wire_bad_name((enum wire_bad)i),
				  wire_bad_name((enum wire_bad)j)));
	}
}

TEST(a_number_that_is_no_reason_is_unknown)
{
	STR(wire_bad_name(WIRE_BAD_COUNT), "unknown");
}

TESTS(CASE(every_reason_has_a_word_of_its_own),
      CASE(a_number_that_is_no_reason_is_unknown))
