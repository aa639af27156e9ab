/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/crc.h"

static struct crc_table crc;

TEST(the_check_value_is_that_of_castagnoli)
{
	crc_init(&crc);
	EQ(crc_of(&crc, "123456789", 9), 0xe3069283);
	EQ(crc_of(&crc, "", 0), 0);
}

/* RFC 3720 B.4: 32 bytes of zeros, of ones, counting up. */
TEST(vectors_of_iscsi)
{
	uint8_t b[32] = { 0 };

	crc_init(&crc);
	EQ(crc_of(&crc, b, 32), 0x8a9136aa);
	memset(b, 0xff, 32);
	EQ(crc_of(&crc, b, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		b[i] = (uint8_t)i;
	EQ(crc_of(&crc, b, 32), 0x46dd794e);
}

/* With the processor's instruction and without, of every length and place. */
TEST(both_ways_agree)
{
	static struct crc_table tables;
	uint8_t b[100];

	crc_init(&crc);
	tables = crc;
	tables.quick = false;
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 151 + 7);
	EQ(crc_of(&tables, "123456789", 9), 0xe3069283);
	for (size_t at = 0; at < 9; at++)
		for (size_t n = 0; n + at <= sizeof(b); n++)
			EQ(crc_of(&crc, b + at, n), crc_of(&tables, b + at, n));
}

TESTS(CASE(the_check_value_is_that_of_castagnoli), CASE(vectors_of_iscsi),
      CASE(both_ways_agree))
