/* SPDX-License-Identifier: MIT */
/*
 * run/probe.h - does `ostia run` work on this machine? Tried, not asked
 *
 * A small run is staged: a guest under the filter, its child, and beside them
 * a supervisor that is neither's ancestor, as in earnest. Each makes a socket;
 * what the supervisor may and may not do then is what a real one could.
 */
#ifndef OSTIA_RUN_PROBE_H
#define OSTIA_RUN_PROBE_H

#include <stdbool.h>
#include <stdint.h>

enum run_probe {
	RUN_PROBE_KERNEL,
	RUN_PROBE_ARCH,
	RUN_PROBE_NOTIFY,
	RUN_PROBE_ADDFD,
	RUN_PROBE_MEMORY,
	RUN_PROBE_CHILDREN,
	RUN_PROBE_GETFD,
	RUN_PROBE_COOKIE,
	RUN_PROBE_WAIT,
	RUN_PROBE_SYNC,
	RUN_PROBE_FILES,
	RUN_PROBE_PAIR,
	RUN_PROBE_DIRECTORY,
	RUN_PROBES
};

enum run_probe_mark {
	RUN_PROBE_GOOD,
	RUN_PROBE_LIMITED, /* it runs, but slower or with less */
	RUN_PROBE_BAD, /* it cannot run */
};

enum { RUN_PROBE_FOUND = 160 };

/**
 * struct run_probe_row - A requirement
 * @name:  short: "pidfd_getfd"
 * @found: what was found, a sentence's half
 * @cure:  what to do about it; NULL when good
 */
struct run_probe_row {
	const char *name;
	enum run_probe_mark mark;
	char found[RUN_PROBE_FOUND];
	const char *cure;
};

/** run_probe_all() - Try everything; some milliseconds. */
void run_probe_all(struct run_probe_row rows[RUN_PROBES]);

/** run_probe_worst() - The first of the worst rows. */
const struct run_probe_row *
run_probe_worst(const struct run_probe_row rows[RUN_PROBES]);

/**
 * run_probe_yama() - /proc/sys/kernel/yama/ptrace_scope; 0: no such thing
 * From 1 on only a try can tell whether guests' children can be served.
 */
int run_probe_yama(void);

#endif
