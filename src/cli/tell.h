/* SPDX-License-Identifier: MIT */
/*
 * cli/tell.h - a world's trace, told in two columns
 *
 * Calls and states of the client stand left, the server's right, and between
 * them the segments, as arrows, with relative sequence numbers, the time when
 * each leaves and when it arrives. The numbers in front are the steps of a
 * conversation as docs/ tells them. Nothing is printed that no event said.
 */
#ifndef OSTIA_CLI_TELL_H
#define OSTIA_CLI_TELL_H

#include <ostia/world.h>
#include <stdbool.h>
#include <stdio.h>

enum {
	TELL_CONNS = 8,
	TELL_MARKS = 256,
	TELL_TEXT = 160,
};

/** struct tell_conn - Where the numbers of a connection begin, each way */
struct tell_conn {
	uint16_t client_port, server_port;
	bool known[2];
	uint32_t isn[2];
};

/**
 * struct tell - The teller
 * @node:	ids of client and server
 * @begin:	the scene's time 0
 * @steps:	bit N: step N was told
 * @numbers:	steps are told at all
 * @quiet_calls: calls that move bulk are not told one by one
 * @mute:	what happens now is not the programs' doing
 * @pending:	a call whose return may follow at once
 * @marks:	OSTIA_TRACE_F_* of packets on their way to the wire, by id
 */
struct tell {
	FILE *out;
	bool color, numbers, quiet_calls, mute;
	uint32_t node[2];
	uint32_t server; /* process id, should both be on one host */
	ostia_time begin;
	uint32_t steps;
	struct {
		bool held;
		int side;
		uint64_t id;
		ostia_time time;
		char text[TELL_TEXT];
		char name[24];
		char state[48];
	} pending;
	struct tell_conn conns[TELL_CONNS];
	unsigned nconns;
	struct {
		uint64_t id;
		uint32_t flags;
		int side;
	} marks[TELL_MARKS];
	unsigned mark_at;
	unsigned retransmitted, lost;
};

/** tell_begin() - A scene: heading and columns. */
void tell_begin(struct tell *t, const char *title, const char *names[2]);

/** tell_event() - One event (ostia_world_config.trace; ctx is the teller). */
void tell_event(void *ctx, const struct ostia_world_trace *ev);

/** tell_end() - The scene is over. */
void tell_end(struct tell *t);

#endif
