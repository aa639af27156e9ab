/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "base/digest.h"

#include <string.h>

/* Sums up what it is given: the first byte, the last one, and how often. */
static void look(uint32_t *state, const uint8_t *block)
{
	state[0] += block[0];
	state[1] += block[DIGEST_BLOCK - 1];
	state[2]++;
}

TEST(blocks_are_fed_when_whole_however_the_bytes_come)
{
	static const size_t steps[] = { 1, 3, 63, 64, 65, 192 };
	uint8_t text[192];

	for (int i = 0; i < 192; i++)
		text[i] = (uint8_t)i;
	for (int k = 0; k < 6; k++) {
		struct digest d = { .compress = look };

		for (size_t at = 0; at < 192; at += steps[k])
			digest_add(&d, text + at,
				   steps[k] < 192 - at ? steps[k] : 192 - at);
		EQ(d.n, 192);
		EQ(d.state[0], 0 + 64 + 128);
		EQ(d.state[1], 63 + 127 + 191);
		EQ(d.state[2], 3);
	}
}

TEST(the_end_takes_a_block_more_if_the_length_does_not_fit)
{
	static const struct {
		size_t n;
		uint32_t blocks;
	} rows[] = { { 0, 1 }, { 55, 1 }, { 56, 2 }, { 64, 2 }, { 120, 3 } };
	static const uint8_t bits[8] = { 0, 0, 0, 0, 0, 0, 0, 9 };
	static const uint8_t text[120];

	for (int i = 0; i < 5; i++) {
		struct digest d = { .compress = look };

		digest_add(&d, text, rows[i].n);
		digest_finish(&d, bits);
		EQ(d.n % DIGEST_BLOCK, 0);
		EQ(d.state[2], rows[i].blocks);
		EQ(d.state[1], 9);
	}
}

TESTS(CASE(blocks_are_fed_when_whole_however_the_bytes_come),
      CASE(the_end_takes_a_block_more_if_the_length_does_not_fit))
