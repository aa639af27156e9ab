/* SPDX-License-Identifier: MIT */
/*
 * drill/info.h - the fields of TCP_INFO by their names
 */
#ifndef OSTIA_DRILL_INFO_H
#define OSTIA_DRILL_INFO_H

#include <stddef.h>
#include <stdint.h>

/**
 * drill_info_field() - A field of Linux's struct tcp_info
 * @info, @info_len: the struct, perhaps shorter than ours; NULL: none, the
 *		     value is then 0
 *
 * Return: 0, -ENOENT (no such field), -ERANGE (past @info_len).
 */
int drill_info_field(const char *name, size_t len, const void *info,
		     size_t info_len, int64_t *value);

/** drill_info_size() - Of the struct that we know */
size_t drill_info_size(void);

#endif
