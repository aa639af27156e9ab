/* SPDX-License-Identifier: MIT */
/*
 * drill/report.h - what the user reads when a script fails
 *
 *	FILE:LINE:COL: what is wrong
 *	    expected: the statement
 *	    came:     what happened instead
 *	    trace, in seconds:
 *	      0.100000  < S 0:0(0) win 32792
 *	      ...
 */
#ifndef OSTIA_DRILL_REPORT_H
#define OSTIA_DRILL_REPORT_H

#include <stdio.h>

#include "drill/run.h"

/** drill_report_failure() - All of the above; @run NULL: it never ran */
void drill_report_failure(FILE *out, const char *file,
			  const struct drill_failure *f, struct drill_run *run);

/** drill_report_trace() - The statements and packets so far */
void drill_report_trace(FILE *out, struct drill_run *run);

/** drill_report_stmt() - A statement's text on one line; returns its length */
int drill_report_stmt(const struct drill_stmt *s, char *to, size_t size);

#endif
