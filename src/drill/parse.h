/* SPDX-License-Identifier: MIT */
/*
 * drill/parse.h - from a script's text to its statements
 *
 * Recursive descent, one function a rule. Options come first and change the
 * configuration; everything else is checked as far as it can be without a
 * stack: names of calls and constants, flags, options of segments, lengths.
 */
#ifndef OSTIA_DRILL_PARSE_H
#define OSTIA_DRILL_PARSE_H

#include "drill/arena.h"
#include "drill/ast.h"
#include "drill/config.h"

/**
 * drill_parse() - Read a whole script
 * @text:      outlives the script, which refers to it
 * @cfg:       defaults in, the script's choices out
 * @overrides: options of the command line, NULL-terminated, or NULL
 *
 * Return: 0, or -EINVAL with @err set.
 */
int drill_parse(const char *text, size_t len, struct drill_config *cfg,
		const char *const *overrides, struct drill_arena *a,
		struct drill_script *out, struct drill_error *err);

#endif
