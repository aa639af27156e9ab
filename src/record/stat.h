/* SPDX-License-Identifier: MIT */
/*
 * record/stat.h - what was counted, and why packets were dropped
 *
 * Counters are the stacks' own, as the last look before a moment found them.
 * Drops are counted from the events themselves: by a stack with its reason, by
 * a wire with its fate.
 */
#ifndef OSTIA_RECORD_STAT_H
#define OSTIA_RECORD_STAT_H

#include "record/view.h"

enum { STAT_NAME = 64, STAT_ROWS_MAX = 1 << 20 };

enum stat_kind { STAT_COUNTER, STAT_DROP, STAT_WIRE };

/** struct stat_row - @node: of WIRE the wire's id */
struct stat_row {
	uint32_t node;
	enum stat_kind kind;
	char name[STAT_NAME];
	uint64_t value;
};

struct stat_sum {
	struct stat_row *row;
	uint32_t n, cap;
	struct index_map rows;
};

/** stat_at() - At @time, ns since the recording began. Return: 0, -errno. */
int stat_at(struct stat_sum *s, const struct view *v, struct ostia_record *rec,
	    ostia_time time);
void stat_fini(struct stat_sum *s);

/**
 * stat_rfc() - What RFC 4022, 4113 or 4293 call a counter
 * @buf: receives "tcpActiveOpens"; the empty text if none of them has it
 */
void stat_rfc(char *buf, size_t size, const char *name);

#endif
