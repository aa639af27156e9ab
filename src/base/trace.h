/* SPDX-License-Identifier: MIT */
/*
 * base/trace.h - emitting trace events
 *
 * struct tracer is the part of a stack that its rooms see: where events go,
 * what the time is, which call is being served, and how ids are given out.
 * TRACE costs one branch when nobody listens.
 *
 * Who listens is a function, or a log: memory into which events are put as
 * fixed-size records, to be understood later. What happens most has records of
 * its own: a call that returns before anything else happened is one, with its
 * result and the bytes that it moved; its arguments are numbers, of which
 * trace_args() makes text. All else is a struct ostia_trace as it stands.
 */
#ifndef OSTIA_BASE_TRACE_H
#define OSTIA_BASE_TRACE_H

#include <ostia/record.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	TRACE_HEAD = 128, /* bytes of a packet that an event shows, at most */
	TRACE_ARGS = 48, /* room for trace_args() */
	TRACE_TEXT = 256, /* arguments as text, and other texts, in a log */
	TRACE_REC_MAX = 512,
	TRACE_LINKS = 64, /* that a log tells apart */
};

struct tracer {
	void (*sink)(void *ctx, const struct ostia_trace *ev);
	void *ctx;
	struct ostia_trace_log *log; /* then the sink writes to it */
	ostia_time now;
	uint64_t call; /* id of the call being served, 0 outside */
	uint64_t last_id; /* ids given out so far */
	uint32_t stack;
	bool news; /* of TCP, UDP or raw, for sockets: sock_drain() */
};

/** trace_init() - @env says who listens. */
void trace_init(struct tracer *t, const struct ostia_env *env, uint32_t stack,
		ostia_time now);

static inline uint64_t trace_id(struct tracer *t)
{
	return ++t->last_id;
}

/* TRACE(tracer, KIND, conn, .u.timer = { .name = "rto", .count = 1 }) */
#define TRACE(t, what, conn_id, ...)                           \
	do {                                                   \
		if (__builtin_expect((t)->sink != NULL, 0)) {  \
			const struct ostia_trace trace_ev_ = { \
				.time = (t)->now,              \
				.kind = (what),                \
				.stack = (t)->stack,           \
				.conn = (conn_id),             \
				.call = (t)->call,             \
				__VA_ARGS__                    \
			};                                     \
			(t)->sink((t)->ctx, &trace_ev_);       \
		}                                              \
	} while (0)

/* ---- the log ---- */

/* What numbers of a call mean. */
enum trace_args {
	TRACE_ARGS_LEN, /* "100" */
	TRACE_ARGS_LEN_FLAGS, /* "100, 0x40" */
};

/* Kinds of records: of what happens most the event's own. */
enum {
	TRACE_REC_CALL = OSTIA_TRACE_CALL,
	TRACE_REC_IN = OSTIA_TRACE_IN,
	TRACE_REC_OUT = OSTIA_TRACE_OUT,
	TRACE_REC_EVENT = 0xff, /* any other */
};

/**
 * struct trace_rec - The head of all records
 * @what: trace_rec_what(): its kind and size, the stack: one store
 *
 * Of EVENT the rest is not filled in.
 */
struct trace_rec {
	uint64_t what;
	ostia_time time;
	uint64_t call;
	uint64_t conn;
};

/** trace_rec_what() - @marks: what else a record of this kind tells; @size:
 * bytes with itself; the next one begins at a multiple of 8.
 */
static inline uint64_t trace_rec_what(unsigned kind, unsigned marks,
				      size_t size, uint32_t stack)
{
	return kind | marks << 8 | size << 16 | (uint64_t)stack << 32;
}

static inline unsigned trace_rec_kind(const struct trace_rec *r)
{
	return (uint8_t)r->what;
}

static inline unsigned trace_rec_marks(const struct trace_rec *r)
{
	return (uint8_t)(r->what >> 8);
}

static inline size_t trace_rec_size(const struct trace_rec *r)
{
	return (uint16_t)(r->what >> 16);
}

static inline uint32_t trace_rec_stack(const struct trace_rec *r)
{
	return (uint32_t)(r->what >> 32);
}

/* Marks of a call, beside its enum trace_args */
enum {
	TRACE_CALL_ARGS = 0x0f,
	TRACE_CALL_RETURNED = 0x10, /* @result; else it was left open */
	TRACE_CALL_OUT = 0x20, /* @moved were written, not read */
};

/**
 * struct trace_rec_call - Begun, and what else its marks say
 * @from: of a stream, where @moved bytes, if any, were written or read
 */
struct trace_rec_call {
	struct trace_rec r;
	const char *name;
	uint32_t proc;
	int fd;
	uint32_t len, flags;
	uint32_t moved;
	int32_t result;
	uint64_t from;
};

/* Marks of a packet: the OSTIA_TRACE_F_* RETRANS and PROBE, and above them
 * which link of its log it is
 */
enum { TRACE_PKT_FLAGS = 0x03, TRACE_PKT_LINK = 2 };

/** struct trace_rec_pkt - IN or OUT; its size tells how much of @data is there
 */
struct trace_rec_pkt {
	struct trace_rec r;
	uint64_t id;
	uint32_t len;
	uint16_t gso_size, gso_segs;
	uint8_t data[TRACE_HEAD];
};

/** struct trace_rec_event - @ev points into @bytes, and to literals */
struct trace_rec_event {
	struct trace_rec r;
	struct ostia_trace ev;
	char bytes[];
};

static inline size_t trace_rec_room(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/** trace_rec_next() - What follows a record, or the log's end */
static inline const struct trace_rec *trace_rec_next(const struct trace_rec *r)
{
	return (const void *)((const uint8_t *)r +
			      trace_rec_room(trace_rec_size(r)));
}

/** struct trace_link - What records call by a number */
struct trace_link {
	char name[16];
	uint32_t type; /* OSTIA_LINK_* */
};

/**
 * struct ostia_trace_log - Where records are written
 * @at:   room for TRACE_REC_MAX bytes is there, if it is before @end
 * @open: a call under way, whose record, at @at, grows until something else
 *	  happens; NULL: none
 * @events: so many are in it, that of @open apart
 * @snap: bytes kept of a packet, at most TRACE_HEAD
 * @nlinks: used of @link; the first of them stays empty
 * @full: makes room; what was written is gone then
 *
 * For the stacks of one thread. Instructions and bytes are what recording
 * costs: they are few here, without a call where it can be.
 */
struct ostia_trace_log {
	uint8_t *at;
	struct trace_rec_call *open;
	uint8_t *end;
	uint64_t events;
	uint32_t snap;
	uint32_t nlinks;
	void (*full)(struct ostia_trace_log *);
	struct trace_link link[TRACE_LINKS];
};

/** trace_link() - The number of such a link in @log; 0: none is left, and its
 * packets are told the long way.
 */
unsigned trace_link(struct ostia_trace_log *log, const char *name,
		    uint32_t type);

/** trace_args() - Numbers of a call as text */
void trace_args(char buf[TRACE_ARGS], enum trace_args how, uint64_t len,
		uint32_t flags);

/** trace_log_put() - A tracer's sink; @log is its ctx. */
void trace_log_put(void *log, const struct ostia_trace *ev);

/** trace_log_done() - The record at @at, of @size bytes and so many events, is
 * complete.
 */
static inline void trace_log_done(struct ostia_trace_log *l, size_t size,
				  unsigned events)
{
	l->events += events;
	l->at += trace_rec_room(size);
	if (__builtin_expect(l->at >= l->end, 0))
		l->full(l);
}

/** trace_log_open() - Begin a call's record, while none is open; its head,
 * which the caller fills in, says that it returned.
 */
static inline struct trace_rec_call *trace_log_open(struct ostia_trace_log *l)
{
	l->open = (struct trace_rec_call *)(void *)l->at;
	l->open->moved = 0;
	return l->open;
}

/** trace_log_return() - The open call's record is complete. */
static inline void trace_log_return(struct ostia_trace_log *l, int32_t result)
{
	struct trace_rec_call *c = l->open;

	c->result = result;
	l->open = NULL;
	trace_log_done(l, sizeof(*c), c->moved ? 3 : 2);
}

/** trace_log_close() - The record of the call under way grows no more. */
void trace_log_close(struct ostia_trace_log *l);

void trace_told_bytes(struct tracer *t, uint64_t conn, uint64_t from,
		      uint64_t to, bool out);

/** trace_bytes() - [@from, @to) of a stream were written, or read: what a
 * buffer held, so less than 4 GB.
 */
static inline void trace_bytes(struct tracer *t, uint64_t conn, uint64_t from,
			       uint64_t to, bool out)
{
	struct trace_rec_call *c;

	if (__builtin_expect(t->sink == NULL, 1))
		return;
	c = t->log ? t->log->open : NULL;
	if (!c || c->r.conn != conn || c->moved) {
		trace_told_bytes(t, conn, from, to, out);
		return;
	}
	c->from = from;
	c->moved = (uint32_t)(to - from);
}

#endif
