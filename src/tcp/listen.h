/* SPDX-License-Identifier: MIT */
/*
 * tcp/listen.h - passive opens: who may queue, who waits for accept
 *		  (RFC 9293 3.10.2, 3.10.7.2)
 *
 * Half-open handshakes are bounded by tcp_max_syn_backlog for a listener,
 * cookies serve the rest; complete ones by the backlog, and when these wait,
 * further handshakes are not completed: the peer tries again.
 */
#ifndef OSTIA_TCP_LISTEN_H
#define OSTIA_TCP_LISTEN_H

#include "tcp/fastopen.h"
#include "tcp/opts.h"
#include "tcp/rx.h"

/**
 * struct tcp_listener - What a connection in LISTEN has
 * @head, @tail: of the accept queue, handles; 0: none
 * @queued:	in it
 * @backlog:	it may hold one more than that (Linux)
 * @halves:	handshakes under way
 * @self:	handle of this
 * @fo:	handshakes whose data were let in (tcp/fastopen.h)
 * @gone:	the listener closed, and @fo still counts some
 */
struct tcp_listener {
	uint32_t head, tail;
	uint32_t queued;
	uint32_t backlog;
	uint32_t halves;
	uint32_t self;
	struct tcp_fo_queue fo;
	bool gone;
};

/** struct tcp_birth - What is known when a handshake completes */
struct tcp_birth {
	struct flow flow;
	struct seq irs, iss;
	struct tcp_agreed agreed;
	uint32_t ts_recent;
	uint32_t ts_offset;
	uint32_t wnd; /* of the completing ACK, scaled */
	uint32_t rcv_wnd; /* as our SYN-ACK offered it */
	uint32_t rtt_us; /* 0: unknown */
	uint64_t id; /* 0: a new one */
	const struct hdropts *echo; /* IPv4: what answers the peer's; or NULL */
	uint8_t tos;
	uint8_t retrans; /* SYN-ACKs that were repeated */
	bool ecn_mute, not_ect; /* struct tcp_accecn */
	bool fast; /* Fast Open: it stays in SYN-RECEIVED */
};

/** tcp_listen_full() - Would one more exceed the backlog? */
static inline bool tcp_listen_full(const struct tcp_listener *l)
{
	return l->queued > l->backlog;
}

/**
 * tcp_listen_rx() - A segment for a listener
 * @iss: NULL, or the initial sequence number to use (TIME-WAIT, RFC 6191)
 */
enum verdict tcp_listen_rx(struct tcp *t, struct tcp_conn *l, struct tcp_seg *s,
			   const struct seq *iss);

/**
 * tcp_listen_child() - The handshake is complete: a connection, in the queue
 *
 * It is ESTABLISHED (@b->fast apart) and not yet in the tuple table. Return: 0,
 * -ENOMEM, -ENOBUFS, -ENETUNREACH.
 */
int tcp_listen_child(struct tcp *t, struct tcp_conn *l,
		     const struct tcp_birth *b, struct tcp_conn **out,
		     ostia_time now);

/** tcp_listen_queue() - @c waits for accept; the listener is told. */
void tcp_listen_queue(struct tcp *t, struct tcp_conn *l, struct tcp_conn *c);

/** tcp_listen_stop() - No listener any more: what is queued is reset. */
void tcp_listen_stop(struct tcp *t, struct tcp_conn *c);

#endif
