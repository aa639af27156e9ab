/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "wire/exthdr.h"

#include <errno.h>
#include <string.h>

TEST(a_header_has_the_bytes_that_it_says)
{
	static const uint8_t p[24] = { 0, 1 };

	EQ(wire_exthdr_check(p, 16), 16);
	EQ(wire_exthdr_check(p, 24), 16);
	EQ(wire_exthdr_check(p, 15), -EINVAL);
	EQ(wire_exthdr_check(p, 7), -EINVAL);
	EQ(wire_exthdr_check(p, 0), -EINVAL);
}

/* Type, segments left, last entry, units of length: what may be sent? */
TEST(two_kinds_of_routing_header_may_be_sent)
{
	static const struct {
		uint8_t units, type, left, last;
		size_t n;
		int want;
		bool segments;
	} row[] = {
		{ 2, 2, 1, 0, 24, 24, true },
		{ 2, 2, 1, 0, 24, 24, false },
		{ 2, 2, 0, 0, 24, -EINVAL, true },
		{ 2, 2, 2, 0, 24, -EINVAL, true },
		{ 4, 2, 1, 0, 40, -EINVAL, true },
		{ 2, 2, 1, 0, 16, -EINVAL, true },
		/* RFC 5095 */
		{ 2, 0, 1, 0, 24, -EINVAL, true },
		{ 2, 0, 0, 0, 24, -EINVAL, true },
		{ 2, 3, 1, 0, 24, -EINVAL, true },
		{ 4, 4, 1, 1, 40, 40, true },
		{ 4, 4, 0, 1, 40, 40, true },
		{ 4, 4, 2, 1, 40, -EINVAL, true },
		{ 4, 4, 1, 2, 40, -EINVAL, true },
		{ 4, 4, 1, 1, 48, -EINVAL, true },
		{ 5, 4, 1, 1, 48, 48, true },
		{ 0, 4, 0, 0, 8, -EINVAL, true },
		{ 4, 4, 1, 1, 40, -EINVAL, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint8_t p[48] = { 0, row[i].units, row[i].type, row[i].left,
				  row[i].last };

		EQ(wire_exthdr_check_routing(p, row[i].n, row[i].segments),
		   row[i].want);
	}
}

TEST(a_TLV_behind_segments_ends_with_the_header)
{
	uint8_t p[32] = { 0, 3, 4, 0, 0 };

	p[24] = 4;
	p[25] = 6;
	EQ(wire_exthdr_check_routing(p, 32, 1), 32);
	p[25] = 7;
	EQ(wire_exthdr_check_routing(p, 32, 1), -EINVAL);
	p[25] = 5; /* one byte is left, which is none */
	EQ(wire_exthdr_check_routing(p, 32, 1), -EINVAL);
}

TEST(the_packet_meets_the_first_hop_and_names_the_last)
{
	uint8_t p[40] = { 0, 4, 4, 1, 1 }, out[40], final[16];

	memset(p + 24, 7, 16);
	memset(final, 9, 16);
	OK(wire_exthdr_first(p) == p + 24);
	wire_exthdr_emit(out, p, 17, final);
	EQ(out[0], 17);
	MEM(out + 1, p + 1, 7);
	MEM(out + 8, final, 16);
	MEM(out + 24, p + 24, 16);
	p[1] = 2;
	p[2] = 2;
	OK(wire_exthdr_first(p) == p + 8);
	wire_exthdr_emit(out, p, 6, NULL); /* of options: as it is */
	EQ(out[0], 6);
	MEM(out + 1, p + 1, 23);
}

TESTS(CASE(a_header_has_the_bytes_that_it_says),
      CASE(two_kinds_of_routing_header_may_be_sent),
      CASE(a_TLV_behind_segments_ends_with_the_header),
      CASE(the_packet_meets_the_first_hop_and_names_the_last))
