/* SPDX-License-Identifier: MIT */
/*
 * base/settings.h - a folder's settings as a table of rows
 *
 * A folder keeps its settings in a struct of uint32_t and offers one const
 * row for each sysctl: name, place, legal values, default. stack/settings.c
 * walks the rows of all folders; nobody else knows their text.
 */
#ifndef OSTIA_BASE_SETTINGS_H
#define OSTIA_BASE_SETTINGS_H

#include <stdint.h>
#include <string.h>

enum { SETTING_VALUES = 3 };

#define SETTING_EVER UINT32_MAX /* written "-1": without limit */

/**
 * struct setting_row - One sysctl
 * @name:	as Linux spells it: "net.ipv4.ip_default_ttl"
 * @offset:	of its first uint32_t in the folder's struct
 * @count:	how many values, in a row: 1, 2 (a range: the first must not
 *		be above the second) or 3 (min, default, max)
 * @min, @max:	legal values, each
 * @dflt:	the defaults
 */
struct setting_row {
	const char *name;
	uint16_t offset;
	uint16_t count;
	uint32_t min, max;
	uint32_t dflt[SETTING_VALUES];
};

/** settings_defaults() - Give every setting of @base its default. */
static inline void settings_defaults(void *base, const struct setting_row *row,
				     unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		memcpy((char *)base + row[i].offset, row[i].dflt,
		       row[i].count * sizeof(uint32_t));
}

#endif
