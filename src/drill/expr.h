/* SPDX-License-Identifier: MIT */
/*
 * drill/expr.h - %{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%
 *
 * As much of Python as assertions need: lines (or parts between ';') of
 *
 *	assert CONDITION [, VALUES]
 *	print VALUES		print(VALUES)
 *
 * over integers, decimal fractions and strings, the fields of TCP_INFO,
 * drill_isn and drill_isn_before (struct drill_facts) and the constants of
 * drill/symbols.h, with + - * / // % & | ^ << >> ~, chained
 * comparisons, and or not, True, False and parentheses. A line goes on inside
 * parentheses. It is read and computed in one pass, before the script runs
 * (to find its errors) without values.
 */
#ifndef OSTIA_DRILL_EXPR_H
#define OSTIA_DRILL_EXPR_H

#include <stdio.h>

#include "drill/ast.h"

/** drill_expr_check() - See that it can be read. Return: 0 or -EINVAL. */
int drill_expr_check(const struct drill_code *c, struct drill_error *err);

/**
 * struct drill_facts - What it may ask for
 * @info, @info_len: what getsockopt(TCP_INFO) gave; fields past it are errors
 * @isn: our initial sequence number as it is on the wire, and that of the
 *	 conversation before; @isns: how many are known
 */
struct drill_facts {
	const void *info;
	size_t info_len;
	uint32_t isn[2];
	unsigned isns;
};

/**
 * drill_expr_run() - Compute it
 * @out: where print goes
 *
 * Return: 0, or -EINVAL with @err set: an assertion that fails (with the
 * values that were compared), or a computation that has no result.
 */
int drill_expr_run(const struct drill_code *c, const struct drill_facts *facts,
		   FILE *out, struct drill_error *err);

#endif
