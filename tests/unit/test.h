/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/test.h - how a unit test reads
 *
 *	TEST(sentence_that_it_proves) { EQ(got, want); OK(condition); }
 *	TESTS(CASE(sentence_that_it_proves), ...)
 *
 * EQ compares integers, OK wants truth, MEM compares bytes, STR strings. A
 * failure names the file, the line and the values (cmocka prints them).
 */
#ifndef OSTIA_TESTS_UNIT_TEST_H
#define OSTIA_TESTS_UNIT_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEST(name) static void name(__attribute__((unused)) void **state_)
#define CASE(name) cmocka_unit_test(name)

/* EQ and OK never return when they fail, and say so to whoever reads them. */
#define EQ(got, want)                                                       \
	do {                                                                \
		LargestIntegralType got_ = (LargestIntegralType)(got);      \
		LargestIntegralType want_ = (LargestIntegralType)(want);    \
		if (got_ != want_) {                                        \
			_assert_int_equal(got_, want_, __FILE__, __LINE__); \
			abort();                                            \
		}                                                           \
	} while (0)
#define OK(cond)          \
	((cond) ? (void)0 \
		: (_assert_true(0, #cond, __FILE__, __LINE__), abort()))
#define MEM(got, want, n) \
	_assert_memory_equal((got), (want), (n), __FILE__, __LINE__)
#define STR(got, want) _assert_string_equal((got), (want), __FILE__, __LINE__)

#define TESTS(...)                                                  \
	int main(void)                                              \
	{                                                           \
		const struct CMUnitTest tests_[] = { __VA_ARGS__ }; \
		return cmocka_run_group_tests(tests_, NULL, NULL);  \
	}

#endif
