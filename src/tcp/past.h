/* SPDX-License-Identifier: MIT */
/*
 * tcp/past.h - what tcp_info tells of the time before the cold part went
 *
 * A quiet connection has neither a cold part (tcp/cold.h) nor a use for its
 * timer's node, so the node's place holds these few numbers, and nothing is
 * taken for them. Should the node be armed all the same, for keepalive or
 * because there was no memory, they wait in a slab; without memory for that
 * they begin anew. What is not worth a word of every connection (losses, what
 * held up the sender) goes to struct tcp_rare.
 */
#ifndef OSTIA_TCP_PAST_H
#define OSTIA_TCP_PAST_H

#include "tcp/cold.h"

/** tcp_past_get() - As of @now, with or without a cold part; not in LISTEN. */
struct tcp_past tcp_past_get(const struct tcp *t, const struct tcp_conn *c,
			     ostia_time now);

/** tcp_past_delivered() - Segments that arrived, when none is in flight
 * All that was sent, once; and the SYN, and perhaps the FIN.
 */
uint32_t tcp_past_delivered(const struct tcp *t, const struct tcp_conn *c,
			    const struct tcp_past *p);

/** tcp_past_take() - @k was just taken, and its rooms are initialized. */
void tcp_past_take(struct tcp *t, struct tcp_conn *c, struct tcp_cold *k,
		   ostia_time now);

/** tcp_past_keep() - @c->cold goes; its node is disarmed. */
void tcp_past_keep(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_past_open() - The handshake is complete: silence is counted from now
 * @rtt_us: its round trip, 0: not known
 */
void tcp_past_open(struct tcp *t, struct tcp_conn *c, uint32_t rtt_us,
		   ostia_time now);

/** tcp_past_arm() - Arm the connection's node, with or without a cold part. */
void tcp_past_arm(struct tcp *t, struct tcp_conn *c, ostia_time when);

/** tcp_past_disarm() - The opposite; also for a node that has just expired. */
void tcp_past_disarm(struct tcp *t, struct tcp_conn *c);

#endif
