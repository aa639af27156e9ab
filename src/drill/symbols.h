/* SPDX-License-Identifier: MIT */
/*
 * drill/symbols.h - the constants that a script may name
 *
 * The system's own values (Linux's), found by name; and errno by number, for
 * messages.
 */
#ifndef OSTIA_DRILL_SYMBOLS_H
#define OSTIA_DRILL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** drill_symbols_find() - The value of a constant; false: there is none */
bool drill_symbols_find(const char *name, size_t len, int64_t *value);

/** drill_symbols_errno() - "EAGAIN", or NULL for a number that is none */
const char *drill_symbols_errno(int err);

#endif
