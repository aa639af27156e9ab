/* SPDX-License-Identifier: MIT */
/*
 * record/stat.h - what was counted, and why packets were dropped
 *
 * Counters are the stacks' own, as the last look before a moment found them;
 * those of a TCP connection also as it left them when it ended. Drops are
 * counted from the events themselves: by a stack with its reason, by a wire
 * with its fate.
 */
#ifndef OSTIA_RECORD_STAT_H
#define OSTIA_RECORD_STAT_H

#include "record/estats.h"
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

/**
 * struct stat_conn - One end of a TCP connection, by record/estats.h
 * @addr, @port: ours, theirs
 * @n: values that are known; 0: it was only seen in a table
 */
struct stat_conn {
	uint32_t node;
	uint64_t conn;
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t n;
	uint64_t value[ESTATS_N];
};

struct stat_sum {
	struct stat_row *row;
	struct stat_conn *conn;
	uint32_t n, cap, nconns, conn_cap;
	struct index_map rows, conns;
};

/** stat_at() - At @time, ns since the recording began. Return: 0, -errno. */
int stat_at(struct stat_sum *s, const struct view *v, struct ostia_record *rec,
	    ostia_time time);
void stat_fini(struct stat_sum *s);

#endif
