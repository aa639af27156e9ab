/* SPDX-License-Identifier: MIT */
#include "tcp/undo.h"

enum { ECHO_US = 1000 }; /* echoes are whole ms: compare as coarsely */

void tcp_undo_init(struct tcp_undo *u)
{
	*u = (struct tcp_undo) { .retrans = -1 };
}

void tcp_undo_begin(struct tcp_undo *u, struct seq una,
		    const struct tcp_cwin *w, uint32_t retrans, bool ece)
{
	*u = (struct tcp_undo) {
		.seq = una,
		.cwnd = ece ? 0 : w->cwnd,
		.ssthresh = w->ssthresh,
		.retrans = retrans ? (int32_t)retrans : -1,
		.on = true,
	};
}

void tcp_undo_on_resent(struct tcp_undo *u, uint32_t segs, ostia_time now)
{
	if (!u->retrans_time)
		u->retrans_time = now;
	if (u->retrans < 0)
		u->retrans = 0;
	u->retrans += (int32_t)segs;
}

void tcp_undo_on_dsack(struct tcp_undo *u, struct seq to, uint32_t segs)
{
	if (!u->on || u->retrans <= 0 || seq_before_eq(to, u->seq))
		return; /* of an earlier repair, or of the network's own */
	u->retrans -= (int32_t)segs < u->retrans ? (int32_t)segs : u->retrans;
}

enum tcp_undo_proof tcp_undo_proof(const struct tcp_undo *u, uint64_t ecr_us)
{
	if (!u->on)
		return TCP_UNDO_NONE;
	if (u->retrans == 0)
		return TCP_UNDO_DSACK;
	if (u->retrans_time && ecr_us &&
	    ecr_us + ECHO_US <= u->retrans_time / NS_PER_US)
		return TCP_UNDO_TIMESTAMP;
	return TCP_UNDO_NONE;
}

void tcp_undo_windows(struct tcp_undo *u, struct tcp_cwin *w,
		      const struct tcp_cc_ops *ops, union tcp_cc_state *cc)
{
	u->on = false;
	if (!u->cwnd)
		return;
	if (w->cwnd < u->cwnd || ops->owns_window) {
		w->cwnd = u->cwnd;
		if (ops->on_undo)
			ops->on_undo(cc, w);
	}
	if (w->ssthresh < u->ssthresh)
		w->ssthresh = u->ssthresh;
}
