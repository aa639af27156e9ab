/* SPDX-License-Identifier: MIT */
/*
 * record/socks.h - the sockets that there were at a moment of a recording
 *
 * Tables of sockets are recorded now and then (ostia_recorder_look()); what
 * happened since is added: states, bytes written, read and acknowledged,
 * segments that arrived. TCP is therefore exact at every moment from the first
 * table on, or from its SYN; other sockets are as the last table had them.
 */
#ifndef OSTIA_RECORD_SOCKS_H
#define OSTIA_RECORD_SOCKS_H

#include "record/estats.h"
#include "record/view.h"

#include <ostia/stack.h>

enum { SOCKS_MAX = 1 << 20 };

/**
 * struct socks_row - A socket
 * @c:	    as ostia_conn_list() has it, its queues as of the moment asked for
 * @proc, @fd: who has it open, if somebody was seen calling; @fd -1: nobody
 * @ssthresh, @unacked: segments; UINT32_MAX, 0: not known
 * @moved:  when it came to its state; @sent: when it last sent
 * @tries:  how often its timer went off in a row, last at @tried
 * @dead:   it is not there (any more)
 * @counts: + 1: of its struct socks_counts; 0: none was recorded
 */
struct socks_row {
	struct ostia_conn_row c;
	uint32_t node, proc;
	int32_t fd;
	uint32_t ssthresh, unacked, tries;
	ostia_time moved, sent, tried;
	uint64_t written, read, received;
	bool counted, dead;
	uint32_t table; /* of its node, in which it stood last */
	uint32_t counts;
};

/** struct socks_counts - What a connection counted, at the last look */
struct socks_counts {
	uint64_t value[ESTATS_N];
};

struct socks {
	struct socks_row *row;
	struct socks_counts *counts;
	uint32_t n, cap, ncounts, counts_cap;
	uint64_t left_out;
};

/**
 * socks_at() - The sockets at @time (ns since the recording began)
 * Return: 0; -ENOMEM; what read() said. Rows that are dead are to be skipped.
 */
int socks_at(struct socks *s, const struct view *v, struct ostia_record *rec,
	     ostia_time time);
void socks_fini(struct socks *s);

/** socks_number() - "FIN-WAIT-1", as events spell it, by the kernel's number */
uint8_t socks_number(const char *state);

/** socks_state() - "ESTAB", as ss spells what the kernel numbers. */
const char *socks_state(uint8_t state);

#endif
