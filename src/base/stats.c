/* SPDX-License-Identifier: MIT */
#include "base/stats.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define STATS_ROW(name, text) { #name, text },

static const struct stats_row rows[] = { STATS(STATS_ROW) };

static_assert(sizeof(rows) / sizeof(rows[0]) == STATS_COUNT,
	      "one row a counter");

const struct stats_row *stats_row(unsigned i)
{
	assert(i < STATS_COUNT);
	return &rows[i];
}

uint64_t stats_value(const struct stats *s, unsigned i)
{
	uint64_t value;

	assert(i < STATS_COUNT);
	memcpy(&value, (const char *)s + i * sizeof(value), sizeof(value));
	return value;
}

int stats_find(const char *name)
{
	for (int i = 0; i < STATS_COUNT; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return -ENOENT;
}
