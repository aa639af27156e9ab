/* SPDX-License-Identifier: MIT */
/*
 * drill/tcpopt.h - TCP options, as a script spells them and as bytes
 *
 * A script says which options stand in a header, in which order, padding
 * included; so this reads and writes a list, and knows nothing of what the
 * stack's own parser makes of them. Sequence numbers and timestamps are not
 * translated here.
 */
#ifndef OSTIA_DRILL_TCPOPT_H
#define OSTIA_DRILL_TCPOPT_H

#include <stddef.h>

#include "drill/ast.h"

/** drill_tcpopt_length() - Bytes they take, rounded up to 4 */
size_t drill_tcpopt_length(const struct drill_opt *o, unsigned n);

/**
 * drill_tcpopt_emit() - Write them, zero-padded to a multiple of 4
 * @to: room for drill_tcpopt_length(), which is returned
 */
size_t drill_tcpopt_emit(const struct drill_opt *o, unsigned n, uint8_t *to);

/**
 * drill_tcpopt_parse() - Read the options of a header
 * @to: room for DRILL_OPTS_MAX
 *
 * The padding behind an EOL is not told. Return: how many, or -EINVAL: a
 * length that is wrong for its kind, or past the end.
 */
int drill_tcpopt_parse(const uint8_t *p, size_t n, struct drill_opt *to);

/** drill_tcpopt_equal() - The same option with the same values? */
bool drill_tcpopt_equal(const struct drill_opt *a, const struct drill_opt *b);

/** drill_tcpopt_text() - As scripts write one; returns the length, < @size */
int drill_tcpopt_text(const struct drill_opt *o, char *to, size_t size);

#endif
