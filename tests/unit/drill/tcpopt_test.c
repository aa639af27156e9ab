/* SPDX-License-Identifier: MIT */
#include "drill/tcpopt.h"

#include <errno.h>

#include "../test.h"

TEST(options_are_written_and_read_back)
{
	static const struct drill_opt opts[] = {
		{ .kind = DRILL_OPT_MSS, .a = 1460 },
		{ .kind = DRILL_OPT_SACKOK },
		{ .kind = DRILL_OPT_TS, .a = 0x01020304, .b = 5 },
		{ .kind = DRILL_OPT_NOP },
		{ .kind = DRILL_OPT_WSCALE, .a = 7 },
	};
	static const uint8_t bytes[] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2,
					 3, 4, 0, 0,	0, 5, 1, 3,  3, 7 };
	struct drill_opt back[DRILL_OPTS_MAX];
	uint8_t got[40];

	EQ(drill_tcpopt_length(opts, 5), sizeof(bytes));
	EQ(drill_tcpopt_emit(opts, 5, got), sizeof(bytes));
	MEM(got, bytes, sizeof(bytes));
	EQ(drill_tcpopt_parse(bytes, sizeof(bytes), back), 5);
	for (int i = 0; i < 5; i++)
		OK(drill_tcpopt_equal(&opts[i], &back[i]));
}

static const struct drill_opt samples[] = {
	{ .kind = DRILL_OPT_SACK, .n = 2, .sack = { { 1, 2 }, { 3, 4 } } },
	{ .kind = DRILL_OPT_FO, .n = 4, .bytes = { 1, 2, 3, 0xff } },
	{ .kind = DRILL_OPT_FO },
	{ .kind = DRILL_OPT_FOEXP, .n = 8, .bytes = { 9 } },
	{ .kind = DRILL_OPT_MD5, .n = 16, .bytes = { 7 } },
	{ .kind = DRILL_OPT_AO, .a = 1, .b = 2, .n = 12, .bytes = { 3 } },
	{ .kind = DRILL_OPT_ECN0, .n = 3, .field = { 1, 0x10203, 3 } },
	{ .kind = DRILL_OPT_ECN1, .n = 1, .field = { 0xffffff } },
	{ .kind = DRILL_OPT_OTHER, .a = 77, .n = 3, .bytes = { 1, 2, 3 } },
	{ .kind = DRILL_OPT_EOL },
};

TEST(every_kind_survives_the_wire)
{
	static const char *const texts[] = {
		"sack 1:2 3:4",
		"FO 010203ff",
		"FO",
		"FOEXP 0900000000000000",
		"md5 07000000000000000000000000000000",
		"tcp-ao keyid 1 rnext 2 030000000000000000000000",
		"ECN e0b 1 ceb 66051 e1b 3",
		"ECN e1b 16777215",
		"kind 77 010203",
		"eol",
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct drill_opt back[DRILL_OPTS_MAX];
		uint8_t bytes[40];
		char text[120];
		size_t n = drill_tcpopt_emit(&samples[i], 1, bytes);

		OK(drill_tcpopt_parse(bytes, n, back) >= 1);
		OK(drill_tcpopt_equal(&samples[i], &back[0]));
		drill_tcpopt_text(&back[0], text, sizeof(text));
		STR(text, texts[i]);
		for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]);
		     k++)
			EQ(drill_tcpopt_equal(&samples[i], &samples[k]),
			   i == k);
	}
}

TEST(padding_is_counted_and_zero)
{
	static const struct drill_opt o = { .kind = DRILL_OPT_WSCALE, .a = 3 };
	static const uint8_t want[] = { 3, 3, 3, 0 };
	struct drill_opt back[DRILL_OPTS_MAX];
	uint8_t got[4];

	EQ(drill_tcpopt_emit(&o, 1, got), 4);
	MEM(got, want, 4);
	EQ(drill_tcpopt_parse(got, 4, back), 2);
	EQ(back[1].kind, DRILL_OPT_EOL);
}

TEST(wrong_lengths_are_refused)
{
	static const struct {
		uint8_t n;
		uint8_t bytes[40];
	} rows[] = {
		{ 1, { 2 } }, /* no length */
		{ 4, { 2, 0, 0, 0 } }, /* length 0 */
		{ 4, { 2, 1, 0, 0 } }, /* length 1 */
		{ 4, { 2, 5, 0, 0 } }, /* past the end */
		{ 4, { 2, 3, 0, 1 } }, /* too short for its kind */
		{ 4, { 3, 4, 0, 0 } }, /* too long for its kind */
		{ 8, { 5, 8, 1, 2, 3, 4, 5, 6 } }, /* half a SACK block */
		{ 8, { 8, 8, 1, 2, 3, 4, 5, 6 } }, /* half a timestamp */
		{ 20, { 172, 17 } }, /* five counters */
		{ 4, { 19, 4, 0, 0 } }, /* a digest of two bytes */
	};
	struct drill_opt back[DRILL_OPTS_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EQ(drill_tcpopt_parse(rows[i].bytes, rows[i].n, back), -EINVAL);
}

TEST(any_bytes_are_read_without_overrun)
{
	unsigned seed = 1;
	struct drill_opt back[DRILL_OPTS_MAX];
	char text[120];

	print_message("# seed %u\n", seed);
	for (int i = 0; i < 20000; i++) {
		uint8_t bytes[40];
		int n = 0;

		for (int k = 0; k < 40; k++) {
			seed = seed * 1103515245 + 12345;
			bytes[k] = (uint8_t)(seed >> 16) % (k % 3 ? 256 : 14);
		}
		n = drill_tcpopt_parse(bytes, (size_t)i % 41, back);
		for (int k = 0; k < n; k++)
			drill_tcpopt_text(&back[k], text, sizeof(text));
	}
}

TESTS(CASE(options_are_written_and_read_back),
      CASE(every_kind_survives_the_wire), CASE(padding_is_counted_and_zero),
      CASE(wrong_lengths_are_refused), CASE(any_bytes_are_read_without_overrun))
