/* SPDX-License-Identifier: MIT */
/*
 * drill/structs.h - the structs that options and control messages carry
 *
 * A script writes one as {field=value, ...}, with the fields' names in C, or
 * their values alone, in order. The option tells which struct is meant; where
 * it may be one of several (ip_mreq, ip_mreqn), the fields do. What goes in
 * is zero where nothing is said; what comes out is compared as far as
 * something is said.
 */
#ifndef OSTIA_DRILL_STRUCTS_H
#define OSTIA_DRILL_STRUCTS_H

#include <stdbool.h>
#include <stddef.h>

#include "drill/ast.h"

struct drill_run;
struct drill_struct;

/** drill_structs_field() - Has any of them a field of this name? */
bool drill_structs_field(const char *name, size_t len);

/**
 * drill_structs_find() - The struct that @e, a DRILL_STRUCT, is
 * @level, @name: the option's, or a control message's
 * @err:	  a field that this option's struct does not have, or nobody's
 *
 * Return: NULL with @err set.
 */
const struct drill_struct *drill_structs_find(int64_t level, int64_t name,
					      const struct drill_expr *e,
					      struct drill_error *err);

/** drill_structs_asks() - Does getsockopt() read it before it writes it? */
bool drill_structs_asks(const struct drill_struct *s);

/** drill_structs_check_call() - Can a call's struct be its option's? */
void drill_structs_check_call(const struct drill_call *c,
			      struct drill_error *err);

/**
 * drill_structs_put() - Its bytes
 * @to: zeroed, @size bytes
 * Return: its size, at most @size; a value that does not fit fails the run.
 */
size_t drill_structs_put(struct drill_run *r, const struct drill_struct *s,
			 const struct drill_expr *e, void *to, size_t size);

/** drill_structs_compare() - Is it the one that came out, @n bytes? */
void drill_structs_compare(struct drill_run *r, const struct drill_struct *s,
			   const struct drill_expr *e, const void *got,
			   size_t n);

#endif
