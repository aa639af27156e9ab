/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/icmp4.h"

#include <errno.h>

static const uint8_t gw[4] = { 10, 0, 0, 9 };

static const struct {
	struct wire_icmp4 f;
	const char *bytes;
	bool is_error;
} row[] = {
	{ { .type = 8, .id = 0x1234, .seq = 7 }, "\x08\0\0\0\x12\x34\0\7", 0 },
	{ { .type = 0, .id = 0x1234, .seq = 7 }, "\0\0\0\0\x12\x34\0\7", 0 },
	{ { .type = 13, .id = 1, .seq = 2 }, "\x0d\0\0\0\0\1\0\2", 0 },
	{ { .type = 14, .id = 1, .seq = 2 }, "\x0e\0\0\0\0\1\0\2", 0 },
	{ { .type = 3, .code = 3 }, "\3\3\0\0\0\0\0\0", 1 },
	{ { .type = 3, .code = 4, .mtu = 1400 }, "\3\4\0\0\0\0\x05\x78", 1 },
	{ { .type = 4 }, "\4\0\0\0\0\0\0\0", 1 },
	{ { .type = 5, .code = 1, .gateway = gw }, "\5\1\0\0\x0a\0\0\x09", 1 },
	{ { .type = 11, .code = 1 }, "\x0b\1\0\0\0\0\0\0", 1 },
	{ { .type = 12, .pointer = 21 }, "\x0c\0\0\0\x15\0\0\0", 1 },
	{ { .type = 42, .code = 9 }, "\x2a\x09\0\0\0\0\0\0", 0 },
};

TEST(each_type_has_its_own_fields)
{
	for (size_t i = 0; i < COUNT(row); i++) {
		const struct wire_icmp4 *w = &row[i].f;
		uint8_t out[8], *p = exact(row[i].bytes, 8);
		struct wire_icmp4 f = { 0 };

		EQ(wire_icmp4_emit(out, 7, w), -ENOBUFS);
		EQ(wire_icmp4_emit(out, 8, w), 8);
		MEM(out, row[i].bytes, 8);
		EQ(wire_icmp4_parse(&f, p, 8), 8);
		OK(f.type == w->type && f.code == w->code && f.csum == 0);
		OK(f.id == w->id && f.seq == w->seq && f.mtu == w->mtu);
		EQ(f.pointer, w->pointer);
		EQ(f.gateway != NULL, w->gateway != NULL);
		if (f.gateway)
			MEM(f.gateway, gw, 4);
		EQ(f.is_error, row[i].is_error);
		EQ(f.quote_len, 0);
		free(p);
	}
}

TEST(refuses_every_shorter_message)
{
	for (size_t n = 0; n < 8; n++) {
		uint8_t *p = exact("\x08\0\0\0\0\0\0\0", n);
		struct wire_icmp4 f = { 0 };

		EQ(wire_icmp4_parse(&f, p, n), -EINVAL);
		EQ(f.bad, WIRE_BAD_SHORT);
		free(p);
	}
}

/* RFC 4884: byte 5 counts words of the quote, if it can be true. */
TEST(the_quote_ends_where_extensions_begin)
{
	static const struct {
		uint8_t type, words;
		size_t n, quote;
	} len[] = {
		{ 3, 0, 36, 28 }, /* old style: all of it */
		{ 3, 32, 148, 128 }, /* 128 bytes, then 12 of extensions */
		{ 11, 33, 148, 132 },
		{ 12, 35, 148, 140 },
		{ 3, 36, 148, 140 }, /* past the end: not believed */
		{ 3, 31, 148, 140 }, /* under 128: not a length */
		{ 3, 255, 148, 140 },
		{ 5, 32, 148, 140 }, /* a redirect has none */
		{ 8, 32, 148, 0 }, /* no error, no quote */
	};

	for (size_t i = 0; i < COUNT(len); i++) {
		uint8_t p[148] = { len[i].type, 0, 0, 0, 0, len[i].words };
		struct wire_icmp4 f = { 0 };

		EQ(wire_icmp4_parse(&f, p, len[i].n), 8);
		EQ(f.quote_len, len[i].quote);
		EQ(f.told_len,
		   len[i].type == 5 || len[i].type == 8 ? 0 : len[i].words * 4);
	}
}

TESTS(CASE(each_type_has_its_own_fields), CASE(refuses_every_shorter_message),
      CASE(the_quote_ends_where_extensions_begin))
