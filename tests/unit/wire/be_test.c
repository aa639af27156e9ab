/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "wire/be.h"

TEST(reads_the_first_byte_as_the_highest)
{
	static const uint8_t p[] = { 0x00, 0x12, 0x34, 0x56, 0x78 };

	EQ(wire_be_get16(p + 1), 0x1234);
	EQ(wire_be_get32(p + 1), 0x12345678);
}

TEST(writes_what_it_reads_at_any_address)
{
	uint8_t p[8] = { 0 };

	wire_be_put16(p + 1, 0xfedc);
	wire_be_put32(p + 3, 0x89abcdef);
	MEM(p, "\x00\xfe\xdc\x89\xab\xcd\xef\x00", 8);
}

TESTS(CASE(reads_the_first_byte_as_the_highest),
      CASE(writes_what_it_reads_at_any_address))
