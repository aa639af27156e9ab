/* SPDX-License-Identifier: MIT */
/*
 * tcp/cold.h - what a connection needs while something is under way
 */
#ifndef OSTIA_TCP_COLD_H
#define OSTIA_TCP_COLD_H

#include "tcp/chrono.h"
#include "tcp/conn.h"
#include "tcp/reasm.h"
#include "tcp/sender.h"

/**
 * struct tcp_cold - See tcp/conn.h
 * @due:	when what is due, by enum tcp_due; OSTIA_NEVER: it is not
 * @was:	the past (tcp/past.h) when this was taken
 *
 * Zeroed but for @due when it is taken, then told by tcp_*_init() of rooms.
 */
struct tcp_cold {
	ostia_time due[TCP_DUES];
	uint32_t self; /* handle */
	/* receiver: tcp/rx.c, reasm, rcvbuf, urgent, defend */
	struct tcp_reasm reasm;
	ostia_time last_rcv, last_data_rcv, last_ack_rcv;
	struct seq rcv_up; /* RFC 9293 RCV.UP: one past the urgent byte */
	uint8_t urg_state; /* enum in tcp/urgent.h */
	uint8_t urg_byte;
	uint16_t
		last_seg; /* bytes of the last very small segment without PSH */
	bool ecn_echo; /* a mark was seen, CWR not yet (tcp/ecn.h) */
	bool ecn_spared; /* our SYNs ask for no ECN */
	ostia_time challenge_since; /* tcp/defend.c */
	uint32_t challenges;
	ostia_time oow_ack; /* last answer to a bad segment */
	uint32_t max_payload_ratio;
	/* receive buffer autotuning (tcp/rcvbuf.c) */
	struct seq rcvq_seq;
	ostia_time rcvq_time;
	uint32_t rcvq_space;
	uint32_t rcv_rtt_us;
	struct seq rcv_rtt_seq;
	ostia_time rcv_rtt_time;
	uint32_t total_retrans, dsack_dups, reord_seen, rcv_ooopack;
	uint64_t bytes_retrans;
	uint32_t data_segs_out;
	uint16_t reordering; /* segments that one was seen to be late by */
	struct tcp_past was;
	struct tcp_chrono chrono;
	/* sender */
	struct seq snd_up; /* urgent pointer: one past the urgent byte */
	struct tcp_sender tx; /* its rooms, and max_wnd, last_tx */
};

enum { TCP_IDLE_NS = 1000000000 }; /* silence before the cold part goes */

/** tcp_cold_take() - There is none: take one; NULL: no memory. */
struct tcp_cold *tcp_cold_take(struct tcp *t, struct tcp_conn *c);

/** tcp_cold_get() - The cold part, taken if there is none; NULL: no memory. */
static inline struct tcp_cold *tcp_cold_get(struct tcp *t, struct tcp_conn *c)
{
	return __builtin_expect(c->cold != NULL, 1) ? c->cold
						    : tcp_cold_take(t, c);
}

/** tcp_now() - The present, where it is not handed in. */
static inline ostia_time tcp_now(const struct tcp *t)
{
	return t->lent.tracer->now;
}

/**
 * tcp_arm() - @what is due at @when, instead of any earlier arrangement
 *
 * Needs a cold part. OSTIA_NEVER: not any more; the node stays armed and
 * finds nothing due.
 */
static inline void tcp_arm(struct tcp *t, struct tcp_conn *c, enum tcp_due what,
			   ostia_time when)
{
	c->cold->due[what] = when;
	if (when == OSTIA_NEVER)
		return;
	if (!wheel_armed(&c->timer) || when < c->timer.deadline)
		wheel_arm(t->lent.wheel, &c->timer, when);
}

/**
 * tcp_cold_rest() - TCP_DUE_IDLE: give the cold part back after a second of
 * silence, or look again later. @c->cold may be NULL afterwards.
 */
void tcp_cold_rest(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_cold_rearm() - After expiry: arm the node for the earliest due. */
void tcp_cold_rearm(struct tcp *t, struct tcp_conn *c);

#endif
