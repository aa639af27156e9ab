/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/icmpext.h"

#include <errno.h>

TEST(the_version_is_the_first_half_of_a_byte)
{
	static const uint8_t p[4] = { 0x2f, 0xff, 0x12, 0x34 };
	struct wire_icmpext x = wire_icmpext_parse(p);

	EQ(x.version, WIRE_ICMPEXT_VERSION);
	EQ(x.csum, 0x1234);
}

TEST(an_object_has_at_least_its_header)
{
	static const struct {
		uint8_t p[4];
		int len;
	} row[] = {
		{ { 0, 0, 1, 1 }, -EINVAL },   { { 0, 3, 1, 1 }, -EINVAL },
		{ { 0, 4, 1, 1 }, 4 },	       { { 1, 2, 255, 255 }, 258 },
		{ { 255, 255, 0, 0 }, 65535 },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		EQ(wire_icmpext_object(row[i].p), row[i].len);
}

TESTS(CASE(the_version_is_the_first_half_of_a_byte),
      CASE(an_object_has_at_least_its_header))
