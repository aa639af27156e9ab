/* SPDX-License-Identifier: MIT */
/*
 * drill/run.h - a script is run: one host, one clock, one list of statements
 *
 * Statements run in order, each at its time; between them the clock jumps to
 * the stack's deadlines. What leaves is queued with its time, and each
 * outgoing packet of the script takes the oldest.
 *
 * A blocking call needs no thread: its process waits through ostia_wait_ops,
 * and inside that wait the script simply goes on, until the event that the
 * call waits for arrives. So the library's own blocking is what is tested.
 */
#ifndef OSTIA_DRILL_RUN_H
#define OSTIA_DRILL_RUN_H

#include <stdio.h>

#include "drill/conn.h"
#include "drill/host.h"
#include "drill/packet.h"
#include "drill/sign.h"

enum { DRILL_FDS_MAX = 1024 };

/**
 * struct drill_fd - A descriptor: the script's number and the process's
 * @conn: its conversation, NULL: none yet
 */
struct drill_fd {
	struct drill_fd *next;
	int script;
	int live;
	struct drill_conn *conn;
};

/** struct drill_sent - A packet that left, until a statement takes it */
struct drill_sent {
	struct drill_entry *entry;
	struct drill_sent *next;
	int64_t time_ns;
	const uint8_t *bytes;
	size_t len;
};

/**
 * struct drill_entry - One line of the trace
 * @stmt: a statement that ran; NULL: a packet that left
 * @conn: whose numbers it is told in; NULL: as they are
 */
struct drill_entry {
	struct drill_entry *next;
	int64_t time_ns;
	const struct drill_stmt *stmt;
	const struct drill_sent *sent;
	struct drill_conn *conn;
};

/**
 * struct drill_failure - Why a script failed
 * @stmt: at which statement; NULL: in reading it, or at its end
 */
struct drill_failure {
	struct drill_error error;
	const struct drill_stmt *stmt;
	char came[240];
};

/**
 * struct drill_run - A script while it runs
 * @next:	the statement that runs next, NULL at the end
 * @base_ns:	when the last one ran
 * @blocked:	the call that has begun and not returned, or NULL
 * @until_ns:	when it shall return, @until_slack: sooner or later
 * @idle:	steps since a statement ran
 * @keys:	that it gave to setsockopt(), newest first
 * @returns_fd: the call at hand returns a descriptor
 * @fd_conn:	... for this conversation, if it is known
 * @failed:	nothing more is run
 */
struct drill_run {
	const struct drill_config *cfg;
	struct drill_arena *arena;
	struct drill_host host;
	struct drill_path path;
	struct drill_conns conns;
	struct drill_fd *fds;
	const struct drill_stmt *next;
	const struct drill_stmt *current;
	int64_t base_ns;
	const struct drill_stmt *blocked;
	int64_t until_ns;
	int64_t until_slack;
	unsigned idle;
	struct drill_key *keys;
	bool returns_fd;
	struct drill_conn *fd_conn;
	bool failed;
	struct drill_failure *failure;
	struct drill_sent *sent;
	struct drill_sent **sent_tail;
	struct drill_entry *trace;
	struct drill_entry **trace_tail;
	FILE *out;
	uint8_t packet[DRILL_PACKET_MAX];
};

/**
 * drill_run() - Run a script on a fresh host
 * @run:     storage of the caller's; its trace stays until the arena goes
 * @pool:    borrowed
 * @out:     where print goes
 * @failure: why, when the answer is not 0
 *
 * Return: 0: the script passed; -EINVAL.
 */
int drill_run(struct drill_run *run, const struct drill_script *script,
	      const struct drill_config *cfg, struct drill_arena *a,
	      struct ostia_pool *pool, FILE *out,
	      struct drill_failure *failure);

/** drill_run_fail() - The statement at @pos fails; the first one counts. */
void drill_run_fail(struct drill_run *run, struct drill_pos pos,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** drill_run_fd() - The descriptor that the script calls @script, or NULL */
struct drill_fd *drill_run_fd(const struct drill_run *run, int script);

#endif
