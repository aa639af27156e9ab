/* SPDX-License-Identifier: MIT */
/* tests/api/table.h - what the two worlds of tests/api/table.c do differently
 */
#ifndef OSTIA_TESTS_API_TABLE_H
#define OSTIA_TESTS_API_TABLE_H

#include <stddef.h>

int table_main(void);

/* Its lines, one at a time: all of a state follow each other. */
size_t table_lines(void);
size_t table_lines_of_state(void);
void table_line(size_t i);

/* A state could not be built; does not return. */
void table_die(void) __attribute__((noreturn));

/* From now on a call that blocks for some 25 ms is interrupted (EINTR). */
void table_guard(void);
void table_unguard(void);

/* Let all that is under way on the loopback arrive. */
void table_settle(void);

/* close(), by somebody else where it takes long (api/options alone). */
void table_close(int fd);

#endif
