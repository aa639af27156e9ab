/* SPDX-License-Identifier: MIT */
#include "drill/lex.h"

#include "../test.h"

static struct drill_error err;
static struct drill_lex lx;

static void begin(const char *text, const struct drill_define *defines)
{
	err = (struct drill_error) { 0 };
	drill_lex_init(&lx, text, strlen(text), (struct drill_pos) { 1, 1 },
		       defines, &err);
}

static void text_is(struct drill_token t, const char *want)
{
	EQ(t.len, strlen(want));
	MEM(t.at, want, t.len);
}

TEST(numbers_are_integers_and_fractions_of_seconds)
{
	static const struct {
		const char *text;
		enum drill_tok kind;
		int64_t value, ns;
	} rows[] = {
		{ "0", DRILL_INT, 0, 0 },
		{ "12", DRILL_INT, 12, 12000000000 },
		{ "0x1F", DRILL_INT, 31, 0 },
		{ ".1", DRILL_REAL, 0, 100000000 },
		{ "1.5", DRILL_REAL, 1, 1500000000 },
		{ "0.000001", DRILL_REAL, 0, 1000 },
		{ "0.1234567891", DRILL_REAL, 0, 123456789 },
		{ "4294967295", DRILL_INT, 4294967295, 4294967295000000000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drill_token t;

		begin(rows[i].text, NULL);
		t = drill_lex_next(&lx);
		EQ(t.kind, rows[i].kind);
		EQ(t.value, rows[i].value);
		EQ(t.ns, rows[i].ns);
		EQ(drill_lex_next(&lx).kind, DRILL_END);
		STR(err.text, "");
	}
}

TEST(an_ellipsis_splits_two_times)
{
	begin("0.100...0.2 1...2", NULL);
	EQ(drill_lex_next(&lx).ns, 100000000);
	EQ(drill_lex_next(&lx).kind, DRILL_ELLIPSIS);
	EQ(drill_lex_next(&lx).ns, 200000000);
	EQ(drill_lex_next(&lx).value, 1);
	EQ(drill_lex_next(&lx).kind, DRILL_ELLIPSIS);
	EQ(drill_lex_next(&lx).value, 2);
}

TEST(three_kinds_of_comment_are_skipped)
{
	begin("a // b\n# c\n/* d\n e */ f", NULL);
	text_is(drill_lex_next(&lx), "a");
	text_is(drill_lex_next(&lx), "f");
	EQ(drill_lex_next(&lx).kind, DRILL_END);
	STR(err.text, "");
}

TEST(tokens_know_line_column_and_whether_they_touch)
{
	struct drill_token t;

	begin("S. \n  x", NULL);
	drill_lex_next(&lx);
	t = drill_lex_next(&lx);
	EQ(t.value, '.');
	EQ(t.glued, 1);
	EQ(t.pos.col, 2);
	t = drill_lex_next(&lx);
	EQ(t.glued, 0);
	EQ(t.pos.line, 2);
	EQ(t.pos.col, 3);
}

TEST(strings_commands_and_code_lose_their_quotes)
{
	begin("\"a b\" `sysctl -q x=1` %{ assert 1 }%", NULL);
	text_is(drill_lex_next(&lx), "a b");
	text_is(drill_lex_next(&lx), "sysctl -q x=1");
	text_is(drill_lex_next(&lx), " assert 1 ");
}

TEST(a_defined_name_is_replaced_where_it_stands)
{
	static const struct drill_define inner = { NULL, "PORT", "80" };
	static const struct drill_define outer = { (void *)(uintptr_t)&inner,
						   "SUM", "PORT|2" };
	struct drill_token t;

	begin("f(SUM)", &outer);
	text_is(drill_lex_next(&lx), "f");
	drill_lex_next(&lx);
	t = drill_lex_next(&lx);
	EQ(t.value, 80);
	EQ(t.pos.col, 3);
	EQ(drill_lex_next(&lx).value, '|');
	EQ(drill_lex_next(&lx).value, 2);
	EQ(drill_lex_next(&lx).value, ')');
	EQ(drill_lex_next(&lx).kind, DRILL_END);
}

TEST(a_definition_that_names_itself_is_an_error)
{
	static const struct drill_define self = { NULL, "A", "A" };

	begin("A", &self);
	EQ(drill_lex_next(&lx).kind, DRILL_END);
	STR(err.text, "a definition refers to itself");
}

TEST(a_cookie_is_read_again_as_hexadecimal)
{
	begin("0123456789abcdef,12ef5a,99>", NULL);
	text_is(drill_lex_hex(&lx, drill_lex_next(&lx)), "0123456789abcdef");
	EQ(drill_lex_next(&lx).value, ',');
	text_is(drill_lex_hex(&lx, drill_lex_next(&lx)), "12ef5a");
	EQ(drill_lex_next(&lx).value, ',');
	text_is(drill_lex_hex(&lx, drill_lex_next(&lx)), "99");
	EQ(drill_lex_next(&lx).value, '>');
	STR(err.text, "");
}

TEST(a_note_may_hold_anything_up_to_its_parenthesis)
{
	begin("(Can't do `that\") 7", NULL);
	drill_lex_note(&lx, drill_lex_next(&lx));
	EQ(drill_lex_next(&lx).value, 7);
	STR(err.text, "");
}

TEST(errors_say_where_and_end_the_script)
{
	static const struct {
		const char *text;
		const char *error;
		unsigned line, col;
	} rows[] = {
		{ "a /* b", "comment without an end", 1, 3 },
		{ "\n \"abc", "string without an end", 2, 2 },
		{ "`abc", "command without its closing `", 1, 1 },
		{ "%{ abc", "%{ without its }%", 1, 1 },
		{ "0x", "malformed hexadecimal number", 1, 1 },
		{ "a \x01", "character that has no meaning here", 1, 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].text, NULL);
		for (int n = 0; n < 5; n++)
			drill_lex_next(&lx);
		EQ(drill_lex_next(&lx).kind, DRILL_END);
		STR(err.text, rows[i].error);
		EQ(err.pos.line, rows[i].line);
		EQ(err.pos.col, rows[i].col);
	}
}

TESTS(CASE(numbers_are_integers_and_fractions_of_seconds),
      CASE(an_ellipsis_splits_two_times),
      CASE(three_kinds_of_comment_are_skipped),
      CASE(tokens_know_line_column_and_whether_they_touch),
      CASE(strings_commands_and_code_lose_their_quotes),
      CASE(a_defined_name_is_replaced_where_it_stands),
      CASE(a_definition_that_names_itself_is_an_error),
      CASE(a_cookie_is_read_again_as_hexadecimal),
      CASE(a_note_may_hold_anything_up_to_its_parenthesis),
      CASE(errors_say_where_and_end_the_script))
