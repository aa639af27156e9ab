/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/csum.h"

/* RFC 1071 3: these eight bytes sum to ddf2. */
static const uint8_t rfc1071[8] = "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7";

TEST(writes_the_complement_of_the_sum)
{
	uint8_t field[2];

	wire_csum_fill(field, csum(rfc1071, 8, 0));
	MEM(field, "\x22\x0d", 2);
}

TEST(sends_a_udp_zero_as_all_ones)
{
	uint8_t field[2];

	wire_csum_fill_udp(field, 0xffff);
	MEM(field, "\xff\xff", 2);
	wire_csum_fill(field, 0xffff);
	MEM(field, "\x00\x00", 2);
	wire_csum_fill_udp(field, csum(rfc1071, 8, 0));
	MEM(field, "\x22\x0d", 2);
}

TEST(a_seeded_field_completes_to_the_full_checksum)
{
	uint8_t whole[10], seeded[10];
	uint32_t pseudo = csum("\x0a\0\0\x01\x0a\0\0\x02\0\x06\0\x0a", 12, 0);

	memcpy(whole, "\0\0", 2);
	memcpy(whole + 2, rfc1071, 8);
	memcpy(seeded, whole, 10);
	wire_csum_fill(whole, csum(whole, 10, pseudo));
	wire_csum_seed(seeded, pseudo);
	wire_csum_fill(seeded, csum(seeded, 10, 0));
	MEM(seeded, whole, 10);
	OK(csum_ok(csum(whole, 10, pseudo)));
}

TEST(an_updated_checksum_verifies_the_changed_bytes)
{
	struct rnd r = rnd_new();

	for (int i = 0; i < 2000; i++) {
		uint8_t p[32], was[12];
		size_t at = 2 + 2 * rnd_below(&r, 9);
		size_t n = 2 + 2 * rnd_below(&r, 6);

		rnd_fill(&r, p, sizeof(p));
		memset(p, 0, 2);
		wire_csum_fill(p, csum(p, sizeof(p), 0));
		memcpy(was, p + at, n);
		rnd_fill(&r, p + at, n);
		wire_csum_update(p, was, p + at, n);
		OK(csum_ok(csum(p, sizeof(p), 0)));
	}
}

TESTS(CASE(writes_the_complement_of_the_sum),
      CASE(sends_a_udp_zero_as_all_ones),
      CASE(a_seeded_field_completes_to_the_full_checksum),
      CASE(an_updated_checksum_verifies_the_changed_bytes))
