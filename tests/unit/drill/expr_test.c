/* SPDX-License-Identifier: MIT */
#include "drill/expr.h"

#include <linux/tcp.h>

#include "../test.h"

static struct tcp_info info = { .tcpi_state = 1,
				.tcpi_snd_cwnd = 10,
				.tcpi_options = 7,
				.tcpi_snd_wscale = 8,
				.tcpi_rcv_wscale = 7,
				.tcpi_rtt = 100000,
				.tcpi_bytes_acked = 5000000000 };

static const struct drill_facts facts = { .info = &info,
					  .info_len = sizeof(info),
					  .isn = { 4000000000, 7 },
					  .isns = 2 };

static struct drill_code code(const char *text)
{
	return (struct drill_code) { text, strlen(text), { 1, 1 } };
}

/* Runs @text; "" is success, else the error's text. */
static const char *run(const char *text)
{
	static struct drill_error err;
	struct drill_code c = code(text);

	err = (struct drill_error) { 0 };
	drill_expr_run(&c, &facts, stdout, &err);
	return err.text;
}

static const char *check(const char *text)
{
	static struct drill_error err;
	struct drill_code c = code(text);

	err = (struct drill_error) { 0 };
	drill_expr_check(&c, &err);
	return err.text;
}

TEST(these_assertions_hold)
{
	static const char *const rows[] = {
		"",
		" \n # nothing\n",
		"assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
		"assert tcpi_state == TCP_ESTABLISHED",
		"assert 1 + 2 * 3 == 7",
		"assert (1 + 2) * 3 == 9",
		"assert 7 / 2 == 3.5 and 7 // 2 == 3",
		"assert -7 // 2 == -4 and -7 % 3 == 2",
		"assert 8 < 9 <= 9 != 10 > 4 >= 4",
		"assert not 1 > 2 and (False or True)",
		"assert 1 or 1 / 0",
		"assert not (0 and 1 / 0)",
		"assert tcpi_options & TCPI_OPT_SACK != 99",
		"assert (tcpi_options & 2) == 2 | 2",
		"assert 1 << 4 == 16 and 0x10 >> 1 == 8 and 5 ^ 1 == 4",
		"assert ~0 == -1 and +3 == 3",
		"assert tcpi_snd_wscale == 8; assert tcpi_rcv_wscale == 7",
		"assert tcpi_bytes_acked > 4294967295",
		"\nassert tcpi_rtt == 100000\n\nassert (1 ==\n 1)\n",
		"assert .5 + .5 == 1",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		STR(run(rows[i]), "");
		STR(check(rows[i]), "");
	}
}

TEST(a_failure_tells_both_sides_and_the_message)
{
	STR(run("assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd"),
	    "assertion failed: tcpi_snd_cwnd == 11: 10 against 11: 10");
	STR(run("assert 1 < tcpi_snd_cwnd < 5, 'cwnd', 5"),
	    "assertion failed: 1 < tcpi_snd_cwnd < 5: 10 against 5: cwnd 5");
	STR(run("assert 0"), "assertion failed: 0");
	STR(run("assert tcpi_snd_cwnd / 4 == 2"),
	    "assertion failed: tcpi_snd_cwnd / 4 == 2: 2.5 against 2");
}

TEST(mistakes_are_found_without_values)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{ "assert tcpi_nonsense == 1", "unknown name tcpi_nonsense" },
		{ "import os", "assert or print expected" },
		{ "assert", "value expected" },
		{ "assert (1 == 1", "')' expected" },
		{ "assert 1 1", "end of the line, or ; expected" },
		{ "assert 1 == ", "value expected" },
		{ "assert 12z", "malformed number" },
		{ "print 'a", "string without its end" },
		{ "assert 1 ** 2", "value expected" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		STR(check(rows[i].text), rows[i].error);
}

TEST(what_has_no_result_is_an_error)
{
	STR(run("assert 1 // 0"), "this computation has no result");
	STR(run("assert 1 % 0"), "this computation has no result");
	STR(run("assert 9223372036854775807 + 1 > 0"),
	    "this computation has no result");
	STR(run("assert 'a' + 1"), "strings cannot be computed with");
	STR(run("assert 'a' == 1"), "a string is not compared with a number");
	STR(check("assert 1 // 0"), "");
}

TEST(deep_nesting_is_refused_not_followed)
{
	char text[4000];

	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "assert ", 7);
	STR(check(text), "nested too deeply");
	memset(text + 7, '-', sizeof(text) - 8);
	STR(check(text), "nested too deeply");
	for (size_t i = 7; i + 4 < sizeof(text); i += 4)
		memcpy(text + i, "not ", 4);
	STR(check(text), "nested too deeply");
}

TEST(print_writes_a_line)
{
	struct drill_error err = { 0 };
	struct drill_code c = code("print tcpi_snd_cwnd, 'x'\nprint(1, 2.5)\n"
				   "print");
	char text[80] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	EQ(drill_expr_run(&c, &facts, f, &err), 0);
	fclose(f);
	STR(text, "10 x\n1 2.5\n\n");
}

TEST(a_field_past_the_end_of_a_short_struct_is_an_error)
{
	struct drill_error err = { 0 };
	struct drill_code c = code("assert tcpi_snd_cwnd == 10");
	const struct drill_facts some = { .info = &info, .info_len = 40 };

	EQ(drill_expr_run(&c, &some, stdout, &err), -22);
	STR(err.text, "no tcpi_snd_cwnd in this TCP_INFO");
}

TEST(initial_sequence_numbers_are_known_once_a_syn_has_left)
{
	struct drill_error err = { 0 };
	struct drill_code c = code("assert drill_isn_before == 0");
	const struct drill_facts one = { .info = &info,
					 .info_len = sizeof(info),
					 .isns = 1 };

	STR(run("assert drill_isn == 4000000000 and drill_isn_before == 7"),
	    "");
	STR(run("assert drill_isnt"), "unknown name drill_isnt");
	STR(check("assert drill_isn < 9"), "");
	EQ(drill_expr_run(&c, &one, stdout, &err), -22);
	STR(err.text, "no drill_isn_before: no SYN of it left");
}

TEST(an_error_tells_its_line)
{
	struct drill_error err = { 0 };
	struct drill_code c = code("assert 1\nassert nix");

	drill_expr_check(&c, &err);
	EQ(err.pos.line, 2);
	EQ(err.pos.col, 8);
}

TESTS(CASE(these_assertions_hold),
      CASE(a_failure_tells_both_sides_and_the_message),
      CASE(mistakes_are_found_without_values),
      CASE(what_has_no_result_is_an_error),
      CASE(deep_nesting_is_refused_not_followed), CASE(print_writes_a_line),
      CASE(a_field_past_the_end_of_a_short_struct_is_an_error),
      CASE(initial_sequence_numbers_are_known_once_a_syn_has_left),
      CASE(an_error_tells_its_line))
