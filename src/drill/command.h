/* SPDX-License-Identifier: MIT */
/*
 * drill/command.h - `sysctl -q net.ipv4.tcp_sack=0`
 *
 * The backquoted commands of a script. There is no shell here: a command sets
 * the stack's settings, several separated by ';', '&&' or a new line, and any
 * other command is an error that names it.
 */
#ifndef OSTIA_DRILL_COMMAND_H
#define OSTIA_DRILL_COMMAND_H

#include "drill/ast.h"

/**
 * typedef drill_setting_fn - What to do with each name=value
 * Return: 0, -ENOENT (no such setting) or -EINVAL (not a value of it).
 */
typedef int drill_setting_fn(void *ctx, const char *name, const char *value);

/**
 * drill_command_run() - Hand each setting of a command to @set, in order
 * Return: 0, or -EINVAL with @err set.
 */
int drill_command_run(const struct drill_code *c, drill_setting_fn *set,
		      void *ctx, struct drill_error *err);

/** drill_command_check() - Only see that it can be read. */
int drill_command_check(const struct drill_code *c, struct drill_error *err);

#endif
