/* SPDX-License-Identifier: MIT */
/*
 * base/trace.h - emitting trace events
 *
 * struct tracer is the part of a stack that its rooms see: where events go,
 * what the time is, which call is being served, and how ids are given out.
 * TRACE costs one branch when nobody listens.
 */
#ifndef OSTIA_BASE_TRACE_H
#define OSTIA_BASE_TRACE_H

#include <ostia/record.h>
#include <stdbool.h>

struct tracer {
	void (*sink)(void *ctx, const struct ostia_trace *ev);
	void *ctx;
	ostia_time now;
	uint64_t call; /* id of the call being served, 0 outside */
	uint64_t last_id; /* ids given out so far */
	uint32_t stack;
	bool news; /* of TCP, UDP or raw, for sockets: sock_drain() */
};

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

#endif
