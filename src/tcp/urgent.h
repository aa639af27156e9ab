/* SPDX-License-Identifier: MIT */
/*
 * tcp/urgent.h - one urgent byte (RFC 9293 3.8.5, RFC 6093)
 *
 * The urgent pointer names the number behind the last urgent byte (RFC 6093
 * 6 keeps the reading that all implementations share: behind). As everywhere,
 * one byte is out of band at a time; a newer one takes its place, and the
 * older one, if not read, stays in the stream. With SO_OOBINLINE it is never
 * taken out. In the receive queue the byte always stands at its place, so
 * nothing has to be cut out when it comes; reading steps over it.
 */
#ifndef OSTIA_TCP_URGENT_H
#define OSTIA_TCP_URGENT_H

#include "tcp/rx.h"

enum tcp_urg_state {
	TCP_URG_NONE,
	TCP_URG_NOTYET, /* announced, the byte is not here yet */
	TCP_URG_VALID, /* here, not read */
	TCP_URG_READ, /* read out of band; the mark still stands */
};

/** tcp_urgent_rx() - The segment says URG: sixth step of 3.10.7.4. */
void tcp_urgent_rx(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s);

/** tcp_urgent_on_data() - RCV.NXT moved: is the byte here now? */
void tcp_urgent_on_data(struct tcp *t, struct tcp_conn *c);

/** tcp_urgent_recv() - MSG_OOB: 1, 0, -EAGAIN, -EINVAL. */
int tcp_urgent_recv(struct tcp *t, struct tcp_conn *c, uint8_t *byte,
		    bool peek);

/**
 * tcp_urgent_limit() - How much of the stream may be read in one go
 * @skip:	set: the first byte is the urgent one: step over it first
 *
 * Return: bytes before the mark; UINT32_MAX without a mark ahead.
 */
uint32_t tcp_urgent_limit(const struct tcp_conn *c, bool *skip);

/** tcp_urgent_on_read() - The stream was read on: is the mark passed? */
void tcp_urgent_on_read(struct tcp_conn *c);

/** tcp_urgent_at_mark() - Is the next byte to be read the urgent one? */
bool tcp_urgent_at_mark(const struct tcp_conn *c);

/** tcp_urgent_pending() - Does a byte wait for MSG_OOB (POLLPRI)? */
bool tcp_urgent_pending(const struct tcp_conn *c);

/** tcp_urgent_send() - The bytes queued so far end with an urgent one. */
int tcp_urgent_send(struct tcp *t, struct tcp_conn *c);

/** tcp_urgent_on_acked() - SND.UNA moved: is urgent data still under way? */
void tcp_urgent_on_acked(struct tcp_conn *c);

/**
 * tcp_urgent_tx() - URG and pointer for a segment that leaves with @seq
 * Return: false: no urgent data ahead.
 */
bool tcp_urgent_tx(const struct tcp_conn *c, struct seq seq, uint16_t *pointer);

#endif
