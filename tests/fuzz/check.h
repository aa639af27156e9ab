/* SPDX-License-Identifier: MIT */
/*
 * tests/fuzz/check.h - what every fuzz target leans on
 *
 * CHECK stays in release builds. exactly() copies bytes to an allocation of
 * just that size, so that ASan sees a read one byte too far even where the
 * target hands on a part of its input.
 */
#ifndef OSTIA_TESTS_FUZZ_CHECK_H
#define OSTIA_TESTS_FUZZ_CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                        \
	do {                                                               \
		if (!(cond)) {                                             \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#cond);                                    \
			abort();                                           \
		}                                                          \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline uint8_t *exactly(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	CHECK(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

#endif
