/* SPDX-License-Identifier: MIT */
/*
 * tests/world/experiments/common.h - two hosts, a bottleneck, bulk flows
 *
 * Host a sends to host b over one wire: rate, buffer and loss are those of
 * a's direction, half of the round trip is each direction's. Time is virtual,
 * so an experiment is a function of its numbers and its seed.
 *
 *	struct exp_path path = { .rate = 10 * EXP_MBIT, .rtt = 20 * OSTIA_MS };
 *	struct exp_flow f = { .cc = "cubic" };
 *	struct exp e;
 *
 *	exp_begin(argc, argv);
 *	exp_new(&e, &path, NULL, 0);
 *	exp_flow(&e, &f);
 *	exp_until(&e, 10 * OSTIA_S);
 *	printf("%.2f Mbit/s\n", exp_mbit(f.got, 10 * OSTIA_S));
 *	exp_free(&e);
 *
 * EXP_CHECK ends the program when what must hold does not, and leaves a
 * recording of the last run (witness.h).
 */
#ifndef OSTIA_TESTS_EXPERIMENTS_COMMON_H
#define OSTIA_TESTS_EXPERIMENTS_COMMON_H

#include "../witness.h"

#include <ostia/world.h>

#include <linux/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXP_CHECK(cond, ...)                                            \
	do {                                                            \
		if (!(cond)) {                                          \
			fprintf(stderr, "%s:%d: %s failed\n", __FILE__, \
				__LINE__, #cond);                       \
			fprintf(stderr, "  " __VA_ARGS__);              \
			fprintf(stderr, "\n  seed %llu\n",              \
				(unsigned long long)exp_opts.seed);     \
			witness_failed();                               \
		}                                                       \
	} while (0)

#define EXP_MBIT UINT64_C(1000000)

/**
 * struct exp_opts - What the command line and the environment say
 * @whole:	OSTIA_SOAK=1 or --whole: the large grid
 * @plot:	--plot FILE: where the picture goes, or NULL
 * @trace:	--trace: the segments of host a and what they change, to stderr
 * @seed:	--seed N, else 1
 * @part, @parts: --part N/M: only every M-th piece of work, else 1/1
 */
struct exp_opts {
	bool whole;
	bool trace;
	const char *plot;
	uint64_t seed;
	unsigned part, parts;
};
extern struct exp_opts exp_opts;

/** exp_begin() - Read the command line into exp_opts; ends on a bad one. */
void exp_begin(int argc, char **argv);

/** exp_mine() - Is the piece of work @i (from 0) in the part that is asked for?
 */
bool exp_mine(unsigned i);

/**
 * struct exp_path - The path; zeros: nothing of the kind
 * @rate:	bits per second of a's direction
 * @rtt:	ns without queues
 * @jitter:	ns: packets of a's direction take up to that more, each by
 *		itself, so they overtake each other
 * @ack_jitter:	ns: the same of b's packets
 * @loss, @ack_loss: share of packets of a's direction, of b's
 * @reorder:	share of packets that come @late ns after their turn, behind the
 *		queue
 * @duplicate:	share of packets of a's direction that arrive twice
 * @buffer:	bytes that may wait for the rate; 0: one rate * rtt, at least
 *		16 packets
 * @words:	more faults of a's direction, in the wire's words, or NULL
 * @offload:	wires without faults may carry super-segments whole (faster)
 */
struct exp_path {
	uint64_t rate;
	uint64_t rtt, jitter, ack_jitter, late;
	double loss, ack_loss, reorder, duplicate;
	uint64_t buffer;
	const char *words;
	bool offload;
};

/** exp_bdp() - Bytes that the path holds: rate * rtt. */
uint64_t exp_bdp(const struct exp_path *p);

/** exp_watch() - Before exp_new(): @fn hears what its wires tell; NULL: nobody
 */
void exp_watch(void (*fn)(const struct ostia_world_trace *ev));

enum { EXP_FLOWS = 256 };

/** struct exp - One run */
struct exp {
	struct ostia_world *w;
	struct ostia_node *a, *b;
	struct ostia_wire *wire;
	struct ostia_world_proc *from, *to;
	unsigned flows;
	struct exp_path path;
	uint64_t dice;
	struct exp_late *late; /* packets that come later */
};

/**
 * struct exp_flow - One connection from a to b
 * @cc:		TCP_CONGESTION, NULL: the default
 * @start:	when it connects
 * @bytes:	to send, then close; 0: without end
 * @chunk:	bytes of a call of send(), 0: 64 KB
 * @pause:	ns between two of them (a slow program)
 * @open:	do not close after @bytes: no FIN follows them
 * @quick:	b's program keeps TCP_QUICKACK on: no ACK is delayed
 *
 * Told:
 * @got:	bytes that b's program has read
 * @connected, @first, @last: when connect() returned, when the first and the
 *		last byte were read; 0: not yet
 * @end:	when b's program read the end; 0: not yet
 * @err:	errno of a call that failed, 0: none did
 */
struct exp_flow {
	const char *cc;
	uint64_t start;
	uint64_t bytes;
	uint32_t chunk;
	uint64_t pause;
	bool open, quick;

	uint64_t got;
	uint64_t connected, first, last, end;
	int err;

	struct exp *of;
	int fd; /* a's end, -1: not open */
	unsigned port;
};

/**
 * exp_new() - A world with this path
 * @settings: of both hosts, beside large enough buffers; they win
 * The seed is exp_opts.seed; @e must not move.
 */
void exp_new(struct exp *e, const struct exp_path *p,
	     const struct ostia_setting *settings, size_t n);
void exp_free(struct exp *e);

/** exp_settle() - The path is @p from now on (rtt, loss ... may change). */
void exp_settle(struct exp *e, const struct exp_path *p);

/** exp_flow() - @f, lent until exp_free(), begins at its @start. */
void exp_flow(struct exp *e, struct exp_flow *f);

/** exp_until() - Let all happen that is due by @t (ns since the start). */
void exp_until(struct exp *e, uint64_t t);

/** exp_until_done() - Until b has read the end of @f, at @limit at the latest.
 * Return: true if it has.
 */
bool exp_until_done(struct exp *e, const struct exp_flow *f, uint64_t limit);

/** exp_info() - TCP_INFO of a's end; zeros when it is not open. Between two
 * exp_until() or in a callback of ostia_world_at().
 */
void exp_info(const struct exp_flow *f, struct tcp_info *out);

/** exp_counter() - A counter of a host's stack by name. */
uint64_t exp_counter(const struct ostia_node *host, const char *name);

/** exp_cc() - The i-th congestion control that there is, NULL past the last. */
const char *exp_cc(unsigned i);

/** exp_mbit() - Mbit/s of @bytes in @ns. */
double exp_mbit(uint64_t bytes, uint64_t ns);

/** exp_jain() - Jain's index of fairness of @n shares. */
double exp_jain(const double *x, unsigned n);

/*
 * --- pictures: lines in an SVG -------------------------------------------
 */
enum { EXP_SERIES = 12, EXP_POINTS = 2048 };

/** struct exp_plot - Lines over one axis; zero, but for the texts */
struct exp_plot {
	const char *title, *x_label, *y_label;
	bool log_x, log_y;
	unsigned n;
	struct exp_series {
		char name[40];
		unsigned n;
		double x[EXP_POINTS], y[EXP_POINTS];
	} series[EXP_SERIES];
};

/** exp_point() - One more of the line @name; lines are made as named. What
 * is more than a picture holds is left out.
 */
void exp_point(struct exp_plot *p, const char *name, double x, double y);

/** exp_draw() - Write it to exp_opts.plot; NULL there: nothing. */
void exp_draw(const struct exp_plot *p);

#endif
