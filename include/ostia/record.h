/* SPDX-License-Identifier: MIT */
/*
 * ostia/record.h - typed trace events
 *
 * Everything that a stack does is told through one function (ostia_env.trace)
 * as a small typed record. Calls, packets and connections have ids that never
 * repeat within a stack, so that a segment can be joined to the call that
 * wrote its bytes. The recorder, the demo, drills and failing tests all read
 * these. An event is valid only while the function runs.
 */
#ifndef OSTIA_RECORD_H
#define OSTIA_RECORD_H

#include <ostia/types.h>

enum ostia_trace_kind {
	OSTIA_TRACE_CALL, /* a call begins: u.call, result not yet known */
	OSTIA_TRACE_RETURN, /* it returns: u.call with the result */
	OSTIA_TRACE_STATE, /* a connection changes state: u.state */
	OSTIA_TRACE_IN, /* a packet came from a link: u.pkt */
	OSTIA_TRACE_OUT, /* a packet went to a link: u.pkt */
	OSTIA_TRACE_DROP, /* a packet was dropped: u.pkt with the reason */
	OSTIA_TRACE_TIMER, /* a timer expired: u.timer */
	OSTIA_TRACE_CWND, /* congestion state changed: u.cwnd */
	OSTIA_TRACE_BYTES, /* stream bytes and the call that wrote or read
			      them: u.bytes */
	OSTIA_TRACE_KINDS
};

/* u.pkt.flags */
#define OSTIA_TRACE_F_RETRANS 0x01 /* carries bytes sent before */
#define OSTIA_TRACE_F_PROBE 0x02 /* loss, window or keepalive probe */
#define OSTIA_TRACE_F_ETHERNET 0x04 /* @data starts with Ethernet's header */

/**
 * struct ostia_trace - One thing that happened
 * @time:	the stack's now
 * @kind:	enum ostia_trace_kind
 * @stack:	the stack's id, as its settings gave it
 * @conn:	connection id, 0 if none
 * @call:	id of the call during which, or because of which, it happened;
 *		0 if none
 */
struct ostia_trace {
	ostia_time time;
	uint32_t kind;
	uint32_t stack;
	uint64_t conn;
	uint64_t call;
	union {
		struct {
			const char *name; /* "connect" */
			uint32_t proc;
			int fd;
			const char *args; /* text after the descriptor, or
					     NULL */
			int64_t result; /* >= 0, or -errno (RETURN) */
		} call;
		struct {
			const char *from, *to; /* RFC 9293 names */
		} state;
		struct {
			uint64_t id;
			const char *link;
			const uint8_t *data; /* contiguous head of it */
			uint32_t data_len;
			uint32_t len; /* of the whole packet */
			uint32_t gso_size; /* 0: a single segment */
			uint32_t flags; /* OSTIA_TRACE_F_* */
			const char *reason; /* DROP: the counter that bit */
		} pkt;
		struct {
			const char *name; /* "rto" "tlp" "delack" ... */
			uint32_t count; /* how often in a row */
		} timer;
		struct {
			uint32_t cwnd, ssthresh, in_flight; /* segments */
			uint32_t srtt_us, rto_us;
			const char *why;
		} cwnd;
		struct {
			uint64_t from, to; /* stream offsets, [from, to) */
			int out; /* 1 written, 0 read */
		} bytes;
	} u;
};

#endif
