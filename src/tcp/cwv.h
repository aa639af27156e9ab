/* SPDX-License-Identifier: MIT */
/*
 * tcp/cwv.h - a window that is not used is not believed (RFC 7661, RFC 2861)
 *
 * Was the window what limited this round? Only then may it grow (RFC 7661 4.4;
 * in slow start also while more than half of it is used, 4.3). What was not
 * used for a while is no measure of the path any more. Linux follows RFC 2861
 * there, which RFC 7661 would have wait up to five minutes, and so do we: in
 * each RTO without full use the window moves half way to what was used (3.1),
 * and in each RTO of silence it is halved (3.2), down to the initial window
 * and no further; ssthresh remembers three quarters of it.
 * net.ipv4.tcp_slow_start_after_idle=0 turns both off.
 */
#ifndef OSTIA_TCP_CWV_H
#define OSTIA_TCP_CWV_H

#include "base/seq.h"
#include "base/time.h"
#include "tcp/cc.h"

/**
 * struct tcp_cwv - Use of one window
 * @round_seq:	where the round ends that @max_out and @limited are of
 * @max_out, @limited: most segments out in this round, and if the window was
 *		what limited them
 * @used:	most segments out since the window was used in full, or looked
 *		at
 * @due:	when to look at @used
 */
struct tcp_cwv {
	struct seq round_seq;
	uint32_t max_out, used;
	bool limited;
	ostia_time due;
};

/**
 * struct tcp_cwv_use - Data has just left
 * @una, @nxt:	SND.UNA, SND.NXT
 * @pipe, @out:	segments in the network; not acknowledged
 * @rto_us:	timeout
 */
struct tcp_cwv_use {
	struct seq una, nxt;
	uint32_t pipe, out;
	uint32_t rto_us;
};

enum { TCP_CWV_FIRST_US = 1000000 }; /* before any RTT is known */

void tcp_cwv_init(struct tcp_cwv *v, struct seq una, ostia_time now);

/** tcp_cwv_limits() - Is the window what limits us? */
static inline bool tcp_cwv_limits(const struct tcp_cwv *v,
				  const struct tcp_cwin *w)
{
	return v->limited ||
	       (tcp_cc_in_slow_start(w) && w->cwnd < 2 * v->max_out);
}

/**
 * tcp_cwv_on_sent() - Count the use
 * Return: true: an RTO without full use has passed: call
 * tcp_cwv_on_unused(), or with the setting off nothing.
 */
static inline bool tcp_cwv_on_sent(struct tcp_cwv *v, const struct tcp_cwin *w,
				   const struct tcp_cwv_use *u, ostia_time now)
{
	bool limited = u->pipe >= w->cwnd;

	if (limited || seq_before_eq(v->round_seq, u->una) ||
	    (!v->limited && u->out > v->max_out)) {
		v->limited = limited;
		v->max_out = u->out;
		v->round_seq = u->nxt;
	}
	if (tcp_cwv_limits(v, w)) {
		v->used = 0;
		v->due = time_after(now, u->rto_us * NS_PER_US);
		return false;
	}
	if (u->out > v->used)
		v->used = u->out;
	return now >= v->due;
}

/** tcp_cwv_on_lone_sent() - The same for one segment while nothing else is in
 * flight, and a window of two at least.
 */
static inline bool tcp_cwv_on_lone_sent(struct tcp_cwv *v, struct seq nxt,
					ostia_time now)
{
	v->limited = false;
	v->max_out = 1;
	v->round_seq = nxt;
	return now >= v->due; /* @used counts from the initial window on */
}

/**
 * tcp_cwv_on_unused() - RFC 2861 3.1
 * @open:	no recovery, and it is the program, or the peer's window, that
 *		limits: no writer waits for room
 * Return: true if the window shrank.
 */
bool tcp_cwv_on_unused(struct tcp_cwv *v, struct tcp_cwin *w, bool open,
		       uint32_t rto_us, ostia_time now);

/**
 * tcp_cwv_on_idle() - RFC 2861 3.2: @idle_us without anything in flight
 * Return: true if the window shrank.
 */
bool tcp_cwv_on_idle(struct tcp_cwv *v, struct tcp_cwin *w, uint64_t idle_us,
		     uint32_t rto_us, ostia_time now);

#endif
