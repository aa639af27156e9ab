/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "drill/report.h"

#include "../test.h"

TEST(a_statement_is_told_on_one_line)
{
	const char *source = "sendmsg(3,\n\t\t {msg_iov(1)=...},   0) = 5";
	struct drill_stmt s = { .text = source, .text_len = strlen(source) };
	char text[80];

	drill_report_stmt(&s, text, sizeof(text));
	STR(text, "sendmsg(3, {msg_iov(1)=...}, 0) = 5");
	OK(drill_report_stmt(&s, text, 10) < 10);
}

TEST(a_failure_shows_place_expectation_and_what_came)
{
	struct drill_stmt s = { .text = "> S 0:0(0)", .text_len = 10 };
	struct drill_failure f = {
		.error = { .pos = { 7, 3 }, .text = "flags: expected S" },
		.stmt = &s,
		.came = "0.1 > S. 0:0(0) ack 1",
	};
	char text[400] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	drill_report_failure(out, "a.pkt", &f, NULL);
	fclose(out);
	STR(text, "a.pkt:7:3: flags: expected S\n"
		  "    expected: > S 0:0(0)\n"
		  "    came:     0.1 > S. 0:0(0) ack 1\n");
}

TESTS(CASE(a_statement_is_told_on_one_line),
      CASE(a_failure_shows_place_expectation_and_what_came))
