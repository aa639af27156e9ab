/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/be.h"
#include "wire/igmp.h"

#include <errno.h>

TEST(a_query_tells_its_version_by_length_and_code)
{
	static const struct {
		uint8_t n, code, version;
		uint32_t ms;
	} row[] = {
		{ 8, 0, 1, 10000 }, /* version 1 does not say */
		{ 8, 100, 2, 10000 },
		{ 8, 1, 2, 100 },
		{ 12, 100, 3, 10000 },
		{ 12, 0x80, 3, 12800 }, /* 16 << 3 tenths */
		{ 12, 0xff, 3, 3174400 }, /* 31 << 10 */
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t p[12] = { WIRE_IGMP_QUERY, row[i].code };
		struct wire_igmp f;

		EQ(wire_igmp_parse(&f, p, row[i].n), row[i].n);
		EQ(f.version, row[i].version);
		EQ(f.max_resp_ms, row[i].ms);
	}
}

TEST(queries_of_nine_to_eleven_bytes_and_short_lists_are_refused)
{
	static const uint8_t q[20] = { WIRE_IGMP_QUERY, 1, [11] = 3 };

	for (size_t n = 1; n < sizeof(q); n++) {
		uint8_t *p = exact(q, n);
		struct wire_igmp f;

		if (n == 8) {
			EQ(wire_igmp_parse(&f, p, n), 8);
		} else {
			EQ(wire_igmp_parse(&f, p, n), -EINVAL);
			EQ(f.bad, n < 8 ? WIRE_BAD_SHORT : WIRE_BAD_LEN);
		}
		free(p);
	}
}

TEST(a_version_3_query_comes_back_as_it_was)
{
	static const uint8_t src[8] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	static const uint8_t group[4] = { 239, 1, 2, 3 };
	const struct wire_igmp q = { .type = WIRE_IGMP_QUERY,
				     .version = 3,
				     .group = group,
				     .src = src,
				     .nsrc = 2,
				     .max_resp_ms = 1000,
				     .qqi_s = 125,
				     .qrv = 2,
				     .suppress = true };
	struct wire_igmp f;
	uint8_t p[20];

	EQ(wire_igmp_emit(p, 19, &q), -ENOBUFS);
	EQ(wire_igmp_emit(p, 20, &q), 20);
	MEM(p, "\x11\x0a\0\0\xef\1\2\3\x0a\x7d\0\2\x0a\0\0\1\x0a\0\0\2", 20);
	EQ(wire_igmp_parse(&f, p, 20), 20);
	EQ(f.nsrc, 2);
	EQ(f.qrv, 2);
	EQ(f.qqi_s, 125);
	OK(f.suppress);
	MEM(f.src, src, 8);
}

TEST(a_code_is_the_largest_that_does_not_promise_too_much)
{
	for (unsigned c = 0; c < 256; c++)
		EQ(wire_igmp_code(wire_igmp_time((uint8_t)c)), c);
	EQ(wire_igmp_code(129), 0x80);
	EQ(wire_igmp_code(UINT32_MAX), 0xff);
}

TEST(records_end_where_the_report_ends)
{
	uint8_t p[16] = { 0 };
	struct wire_group_read r;

	EQ(wire_igmp_rec_emit(p, 7, WIRE_GROUP_TO_EX, p, 0), -ENOBUFS);
	EQ(wire_igmp_rec_emit(p, 16, WIRE_GROUP_ALLOW,
			      (const uint8_t *)"\xef\1\2\3", 2),
	   8);
	EQ(wire_igmp_rec_next(&r, p, 16), 16);
	EQ(r.type, WIRE_GROUP_ALLOW);
	EQ(r.nsrc, 2);
	EQ(wire_igmp_rec_next(&r, p, 15), -EINVAL);
	EQ(wire_igmp_rec_next(&r, p, 7), -EINVAL);
	p[1] = 1; /* auxiliary words count */
	EQ(wire_igmp_rec_next(&r, p, 16), -EINVAL);
}

TESTS(CASE(a_query_tells_its_version_by_length_and_code),
      CASE(queries_of_nine_to_eleven_bytes_and_short_lists_are_refused),
      CASE(a_version_3_query_comes_back_as_it_was),
      CASE(a_code_is_the_largest_that_does_not_promise_too_much),
      CASE(records_end_where_the_report_ends))
