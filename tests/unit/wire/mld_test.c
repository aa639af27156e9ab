/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/be.h"
#include "wire/mld.h"

#include <errno.h>

TEST(a_query_tells_its_version_by_length)
{
	uint8_t p[28] = { WIRE_ICMP6_MLD_QUERY, 0, 0, 0, 0x80, 0 };
	struct wire_mld f;

	EQ(wire_mld_parse(&f, p, 24), 24);
	EQ(f.version, 1);
	EQ(f.max_resp_ms, 0x8000);
	for (size_t n = 25; n < 28; n++) {
		EQ(wire_mld_parse(&f, p, n), -EINVAL);
		EQ(f.bad, WIRE_BAD_LEN);
	}
	EQ(wire_mld_parse(&f, p, 28), 28);
	EQ(f.version, 2);
	EQ(f.max_resp_ms, 0x1000 << 3);
}

TEST(lists_and_messages_cut_short_are_refused)
{
	static const uint8_t q[44] = { WIRE_ICMP6_MLD_QUERY, [27] = 2 };

	for (size_t n = 1; n < sizeof(q); n++) {
		uint8_t *p = exact(q, n);
		struct wire_mld f;

		EQ(wire_mld_parse(&f, p, n) >= 0, n == 24);
		free(p);
	}
}

TEST(a_version_2_query_comes_back_as_it_was)
{
	static const uint8_t src[16] = { 0xfd, 0x99, [15] = 7 };
	static const uint8_t group[16] = { 0xff, 5, [15] = 9 };
	const struct wire_mld q = { .type = WIRE_ICMP6_MLD_QUERY,
				    .version = 2,
				    .group = group,
				    .src = src,
				    .nsrc = 1,
				    .max_resp_ms = 10000,
				    .qqi_s = 125,
				    .qrv = 3 };
	struct wire_mld f;
	uint8_t p[44];

	EQ(wire_mld_emit(p, 43, &q), -ENOBUFS);
	EQ(wire_mld_emit(p, 44, &q), 44);
	EQ(wire_mld_parse(&f, p, 44), 44);
	EQ(f.max_resp_ms, 10000);
	EQ(f.qrv, 3);
	EQ(f.qqi_s, 125);
	MEM(f.group, group, 16);
	MEM(f.src, src, 16);
}

TEST(a_code_is_the_largest_that_does_not_promise_too_much)
{
	for (unsigned c = 0; c < 65536; c += 7)
		EQ(wire_mld_code(wire_mld_time((uint16_t)c)), c);
	EQ(wire_mld_code(32769), 0x8000);
	EQ(wire_mld_code(UINT32_MAX), 0xffff);
}

TEST(records_end_where_the_report_ends)
{
	static const uint8_t group[16] = { 0xff, 5 };
	uint8_t p[36] = { 0 };
	struct wire_group_read r;

	EQ(wire_mld_rec_emit(p, 19, WIRE_GROUP_IS_EX, group, 0), -ENOBUFS);
	EQ(wire_mld_rec_emit(p, 36, WIRE_GROUP_IS_EX, group, 1), 20);
	EQ(wire_mld_rec_next(&r, p, 36), 36);
	EQ(r.nsrc, 1);
	MEM(r.group, group, 16);
	EQ(wire_mld_rec_next(&r, p, 35), -EINVAL);
}

TESTS(CASE(a_query_tells_its_version_by_length),
      CASE(lists_and_messages_cut_short_are_refused),
      CASE(a_version_2_query_comes_back_as_it_was),
      CASE(a_code_is_the_largest_that_does_not_promise_too_much),
      CASE(records_end_where_the_report_ends))
