/* SPDX-License-Identifier: MIT */
/*
 * tcp/ack.h - what an acknowledgment means (RFC 9293 3.10.7.4, fifth; RFC 5961
 *	       5; RFC 7323 3)
 *
 * Decides whether it is acceptable, updates the send window, and collects the
 * facts that the sender's rooms act on (tcp/sender.h).
 */
#ifndef OSTIA_TCP_ACK_H
#define OSTIA_TCP_ACK_H

#include "tcp/rx.h"

/**
 * tcp_ack_rx() - In a synchronized state a segment with ACK arrived
 * Return: false: the segment is to be dropped (an answer is due already).
 */
bool tcp_ack_rx(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s);

/** tcp_ack_window() - The segment's window field in bytes. */
static inline uint32_t tcp_ack_window(const struct tcp_conn *c,
				      const struct tcp_seg *s)
{
	if (s->h.flags & WIRE_TCP_SYN)
		return s->h.wnd;
	return (uint32_t)s->h.wnd << tcp_wscale_peers(c);
}

/** tcp_ack_says_nothing() - Nothing waits for an ACK, nor for a window. */
static inline bool tcp_ack_says_nothing(const struct tcp_conn *c,
					const struct tcp_seg *s)
{
	return !c->snd.len && seq_eq(c->snd_una, c->snd_nxt) &&
	       seq_eq(s->ack, c->snd_una) && tcp_ack_window(c, s) == c->snd_wnd;
}

/** tcp_ack_fin() - Is our FIN acknowledged? */
static inline bool tcp_ack_fin(const struct tcp_conn *c)
{
	return c->flags & TCP_F_FIN_SENT && seq_eq(c->snd_una, c->snd_nxt);
}

#endif
