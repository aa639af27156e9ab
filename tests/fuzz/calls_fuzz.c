/* SPDX-License-Identifier: MIT */
/*
 * tests/fuzz/calls_fuzz.c - calls and frames together
 *
 * The input says what the programs on two hosts call, with what arguments, and
 * which bytes of what they send each other are altered (tests/api/anycall.h).
 * At the end all is closed, and nothing may be left.
 */
#define _GNU_SOURCE
#include "../api/anycall.h"
#include "check.h"

enum { STEPS = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 8)
		return -1;
	source = (struct source) { .p = data, .n = size };
	anycall_run(STEPS);
	return 0;
}
