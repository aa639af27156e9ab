/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/icmp6.h"

#include <errno.h>

static const struct {
	struct wire_icmp6 f;
	const char *bytes;
} row[] = {
	{ { .type = 1, .code = 4 }, "\1\4\0\0\0\0\0\0" },
	{ { .type = 2, .mtu = 0x12345 }, "\2\0\0\0\0\1\x23\x45" },
	{ { .type = 3, .code = 1 }, "\3\1\0\0\0\0\0\0" },
	{ { .type = 4, .code = 1, .pointer = 40 }, "\4\1\0\0\0\0\0\x28" },
	{ { .type = 128, .id = 0x1234, .seq = 7 }, "\x80\0\0\0\x12\x34\0\7" },
	{ { .type = 129, .id = 0x1234, .seq = 7 }, "\x81\0\0\0\x12\x34\0\7" },
	{ { .type = 127 }, "\x7f\0\0\0\0\0\0\0" },
	{ { .type = 143 }, "\x8f\0\0\0\0\0\0\0" },
};

TEST(each_type_has_its_own_fields)
{
	for (size_t i = 0; i < COUNT(row); i++) {
		const struct wire_icmp6 *w = &row[i].f;
		uint8_t out[8], *p = exact(row[i].bytes, 8);
		struct wire_icmp6 f = { 0 };

		EQ(wire_icmp6_emit(out, 7, w), -ENOBUFS);
		EQ(wire_icmp6_emit(out, 8, w), 8);
		MEM(out, row[i].bytes, 8);
		EQ(wire_icmp6_parse(&f, p, 8), 8);
		OK(f.type == w->type && f.code == w->code && f.csum == 0);
		OK(f.id == w->id && f.seq == w->seq);
		OK(f.mtu == w->mtu && f.pointer == w->pointer);
		EQ(f.is_error, w->type < 128);
		EQ(f.quote_len, 0);
		free(p);
	}
}

TEST(refuses_every_shorter_message)
{
	for (size_t n = 0; n < 8; n++) {
		uint8_t *p = exact("\x80\0\0\0\0\0\0\0", n);
		struct wire_icmp6 f = { 0 };

		EQ(wire_icmp6_parse(&f, p, n), -EINVAL);
		EQ(f.bad, WIRE_BAD_SHORT);
		free(p);
	}
}

/* RFC 4884: byte 4 counts units of 8, in two types alone. */
TEST(the_quote_ends_where_extensions_begin)
{
	static const struct {
		uint8_t type, units;
		size_t n, quote;
	} len[] = {
		{ 1, 0, 64, 56 },    { 1, 16, 152, 128 }, { 3, 17, 152, 136 },
		{ 3, 19, 152, 144 }, { 1, 15, 152, 144 }, { 2, 16, 152, 144 },
		{ 4, 16, 152, 144 }, { 128, 16, 152, 0 },
	};

	for (size_t i = 0; i < COUNT(len); i++) {
		uint8_t p[152] = { len[i].type, 0, 0, 0, len[i].units };
		struct wire_icmp6 f = { 0 };

		EQ(wire_icmp6_parse(&f, p, len[i].n), 8);
		EQ(f.quote_len, len[i].quote);
		EQ(f.told_len,
		   len[i].type == 1 || len[i].type == 3 ? len[i].units * 8 : 0);
	}
}

TESTS(CASE(each_type_has_its_own_fields), CASE(refuses_every_shorter_message),
      CASE(the_quote_ends_where_extensions_begin))
