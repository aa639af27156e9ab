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

enum trace_rec_kind { TRACE_REC_CALL, TRACE_REC_PKT, TRACE_REC_EVENT };

/**
 * struct trace_rec - The head of all records
 * @tag: enum trace_rec_kind | bytes with itself, 8 n, << 16 | stack << 32
 *
 * Of EVENT the rest is not filled in.
 */
struct trace_rec {
	uint64_t tag;
	ostia_time time;
	uint64_t conn, call;
};

/* trace_rec_call.state, above its enum trace_args */
enum {
	TRACE_CALL_ARGS = 0xff,
	TRACE_CALL_MOVED = 0x100, /* @from, @to; OUT: written */
	TRACE_CALL_OUT = 0x200,
	TRACE_CALL_RETURNED = 0x400, /* @result */
};

/** struct trace_rec_call - Begun, and what else @state says; @who: the process
 * | descriptor << 32
 */
struct trace_rec_call {
	struct trace_rec r;
	const char *name;
	uint64_t who;
	uint64_t num[2];
	uint64_t from, to;
	uint64_t state;
	int64_t result;
};

/**
 * struct trace_rec_pkt - IN, OUT or DROP
 * @kind_len:  enum ostia_trace_kind | length << 32
 * @data_flags: bytes of @data | flags << 16 | gso_size << 32
 */
struct trace_rec_pkt {
	struct trace_rec r;
	uint64_t id;
	const char *reason;
	uint64_t kind_len, data_flags;
	char link[16];
	uint8_t data[TRACE_HEAD];
};

/** struct trace_rec_event - @ev points into @bytes, and to literals */
struct trace_rec_event {
	struct trace_rec r;
	struct ostia_trace ev;
	char bytes[];
};

static inline enum trace_rec_kind trace_rec_kind(const struct trace_rec *r)
{
	return (enum trace_rec_kind)(r->tag & 0xffff);
}

static inline uint32_t trace_rec_size(const struct trace_rec *r)
{
	return r->tag >> 16 & 0xffff;
}

/**
 * struct ostia_trace_log - Where records are written
 * @at:   room for TRACE_REC_MAX bytes is there, if it is before @end
 * @last: the last record; NULL: none since @full
 * @events: so many are in it
 * @snap: bytes kept of a packet, at most TRACE_HEAD
 * @full: makes room; what was written is gone then
 *
 * For the stacks of one thread. Instructions are what recording costs: they
 * are few here, without a call where it can be.
 */
struct ostia_trace_log {
	uint8_t *at;
	struct trace_rec *last;
	uint8_t *end;
	uint64_t events;
	uint32_t snap;
	void (*full)(struct ostia_trace_log *);
};

/** trace_args() - The text of @num. */
void trace_args(char buf[TRACE_ARGS], enum trace_args how,
		const uint64_t num[2]);

/** trace_log_put() - A tracer's sink; @log is its ctx. */
void trace_log_put(void *log, const struct ostia_trace *ev);

/** trace_pair() - Two words, side by side, in one store. */
static inline void trace_pair(void *to, uint64_t a, uint64_t b)
{
	typedef uint64_t pair
		__attribute__((vector_size(16), aligned(8), may_alias));

	*(pair *)to = (pair) { a, b };
}

static inline uint64_t trace_tag(const struct tracer *t,
				 enum trace_rec_kind what, size_t size)
{
	return what | size << 16 | (uint64_t)t->stack << 32;
}

/** trace_log_rec() - A record of @size bytes, at most TRACE_REC_MAX, its head
 * filled in; trace_log_done() ends it.
 */
static inline void *trace_log_rec(const struct tracer *t,
				  enum trace_rec_kind what, size_t size,
				  uint64_t conn)
{
	struct ostia_trace_log *l = t->log;
	struct trace_rec *r = (struct trace_rec *)(void *)l->at;

	l->events++;
	trace_pair(&l->at, (uintptr_t)(l->at + size), (uintptr_t)r);
	trace_pair(&r->tag, trace_tag(t, what, size), t->now);
	trace_pair(&r->conn, conn, t->call);
	return r;
}

static inline void trace_log_done(struct ostia_trace_log *l)
{
	if (__builtin_expect(l->at >= l->end, 0))
		l->full(l);
}

/** trace_log_call() - The record of the call @id, if nothing happened since it
 * began; or NULL.
 */
static inline struct trace_rec_call *trace_log_call(const struct tracer *t,
						    uint64_t id)
{
	struct trace_rec *r = t->log->last;

	return r && r->call == id && r->time == t->now &&
			       r->tag ==
				       trace_tag(t, TRACE_REC_CALL,
						 sizeof(struct trace_rec_call))
		       ? (struct trace_rec_call *)(void *)r
		       : NULL;
}

void trace_told_bytes(struct tracer *t, uint64_t conn, uint64_t from,
		      uint64_t to, bool out);

/** trace_bytes() - [@from, @to) of a stream were written, or read. */
static inline void trace_bytes(struct tracer *t, uint64_t conn, uint64_t from,
			       uint64_t to, bool out)
{
	if (__builtin_expect(t->sink != NULL, 0))
		trace_told_bytes(t, conn, from, to, out);
}

#endif
