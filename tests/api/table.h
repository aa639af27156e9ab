/* SPDX-License-Identifier: MIT */
/* tests/api/table.h - what the two worlds of tests/api/table.c do differently
 */
#ifndef OSTIA_TESTS_API_TABLE_H
#define OSTIA_TESTS_API_TABLE_H

int table_main(void);

/* From now on a call that blocks for some 25 ms is interrupted (EINTR). */
void table_guard(void);
void table_unguard(void);

/* Let all that is under way on the loopback arrive. */
void table_settle(void);

#endif
