/* SPDX-License-Identifier: MIT */
/*
 * drill/calls.h - the calls that a script's program can make
 *
 * A call is made through the library's public face; its result and what it
 * wrote are compared with the script. Names and arities are in
 * drill/signature.h.
 */
#ifndef OSTIA_DRILL_CALLS_H
#define OSTIA_DRILL_CALLS_H

#include "drill/ast.h"

struct drill_run;

/** drill_calls_run() - Make the call; what differs fails the run. */
void drill_calls_run(struct drill_run *r, const struct drill_call *c);

#endif
