/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "record/chunk.h"

struct desk {
	struct chunk c;
	struct chunk_texts t;
	struct crc_table crc;
};

static struct desk desk;

static void begin(void)
{
	EQ(chunk_new(&desk.c, 100, NULL), 0);
	crc_init(&desk.crc);
	chunk_reset(&desk.c, &desk.t, 5);
}

TEST(numbers_take_seven_bits_a_byte)
{
	static const struct {
		uint64_t v;
		uint32_t len;
	} rows[] = { { 0, 1 },	       { 127, 1 },	  { 128, 2 },
		     { 16383, 2 },     { 16384, 3 },	  { UINT32_MAX, 5 },
		     { INT64_MAX, 9 }, { UINT64_MAX, 10 } };

	begin();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		desk.c.len = 0;
		chunk_u(&desk.c, rows[i].v);
		EQ(desk.c.len, rows[i].len);
	}
	EQ(format_unzigzag(format_zigzag(INT64_MIN)), INT64_MIN);
	EQ(format_unzigzag(format_zigzag(-1)), -1);
	chunk_free(&desk.c);
}

TEST(a_text_is_spelled_once)
{
	uint32_t first;

	begin();
	chunk_text(&desk.c, &desk.t, "connect", true);
	first = desk.c.len;
	EQ(first, 10); /* how, length, seven letters, NUL */
	chunk_text(&desk.c, &desk.t, "connect", true);
	EQ(desk.c.len, first + 1);
	chunk_text(&desk.c, &desk.t, "connect", false);
	EQ(desk.c.len, first + 1 + 10);
	chunk_text(&desk.c, &desk.t, NULL, true);
	EQ(desk.c.len, first + 2 + 10);
	chunk_free(&desk.c);
}

TEST(texts_beyond_the_cap_are_spelled_and_long_ones_cut)
{
	char text[2 * FORMAT_TEXT_MAX];
	uint32_t before;

	begin();
	for (int i = 0; i < FORMAT_TEXTS + 10; i++) {
		snprintf(text, sizeof(text), "t%d", i);
		chunk_text(&desk.c, &desk.t, text, true);
	}
	EQ(desk.t.n, FORMAT_TEXTS);
	before = desk.c.len;
	memset(text, 'x', sizeof(text));
	chunk_text(&desk.c, &desk.t, text, true);
	EQ(desk.c.len, before + 1 + 2 + FORMAT_TEXT_MAX + 1);
	chunk_free(&desk.c);
}

TEST(a_head_tells_what_follows)
{
	begin();
	chunk_begin(&desk.c, 3, 1000, 1);
	chunk_begin(&desk.c, 3, 990, 1); /* never back */
	EQ(desk.c.last, 1000);
	EQ(chunk_seal(&desk.c, &desk.crc), FORMAT_CHUNK_HEAD + 6);
	MEM(desk.c.mem, "OCHK", 4);
	EQ(format_get32(desk.c.mem + 12), 2);
	EQ(format_get64(desk.c.mem + 16), 5);
	EQ(format_get64(desk.c.mem + 24), 1000);
	EQ(format_get32(desk.c.mem + 36), crc_of(&desk.crc, desk.c.mem, 36));
	chunk_free(&desk.c);
}

TESTS(CASE(numbers_take_seven_bits_a_byte), CASE(a_text_is_spelled_once),
      CASE(texts_beyond_the_cap_are_spelled_and_long_ones_cut),
      CASE(a_head_tells_what_follows))
