/* SPDX-License-Identifier: MIT */
#include "run/text.h"

#include "../test.h"

TEST(objects_and_arrays_get_their_commas)
{
	struct run_text t = { 0 };
	char *s;

	run_text_open(&t, NULL, '{');
	run_text_string(&t, "name", "lab");
	run_text_open(&t, "hosts", '[');
	for (unsigned i = 0; i < 2; i++) {
		run_text_open(&t, NULL, '{');
		run_text_number(&t, "n", i);
		run_text_bool(&t, "first", i == 0);
		run_text_close(&t, '}');
	}
	run_text_close(&t, ']');
	run_text_number(&t, "seed", UINT64_MAX);
	run_text_close(&t, '}');
	s = run_text_take(&t);
	STR(s, "{\"name\":\"lab\",\"hosts\":["
	       "{\"n\":0,\"first\":true},"
	       "{\"n\":1,\"first\":false}],"
	       "\"seed\":18446744073709551615}");
	free(s);
}

TEST(what_json_reserves_is_escaped)
{
	struct run_text t = { 0 };
	char *s;

	run_text_string(&t, NULL, "a\"b\\c\n\x7f");
	s = run_text_take(&t);
	STR(s, "\"a\\\"b\\\\c\\u000a\\u007f\"");
	free(s);
}

TEST(long_texts_grow)
{
	struct run_text t = { 0 };
	char *s;

	for (unsigned i = 0; i < 10000; i++)
		run_text_add(&t, "%04u", i);
	EQ(t.len, 40000);
	s = run_text_take(&t);
	MEM(s + 4 * 9999, "9999", 5);
	free(s);
}

TEST(an_empty_text_is_a_string)
{
	struct run_text t = { 0 };
	char *s = run_text_take(&t);

	STR(s, "");
	free(s);
}

TESTS(CASE(objects_and_arrays_get_their_commas),
      CASE(what_json_reserves_is_escaped), CASE(long_texts_grow),
      CASE(an_empty_text_is_a_string))
