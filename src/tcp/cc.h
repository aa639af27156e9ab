/* SPDX-License-Identifier: MIT */
/*
 * tcp/cc.h - congestion control algorithms, chosen by name
 *
 * Windows count segments of one MSS. An algorithm is a const table of pure
 * functions over its own state and the connection's two windows; loss
 * recovery (tcp/recovery) tells it what happened and applies what it says.
 * Outside of Open state the window belongs to PRR.
 */
#ifndef OSTIA_TCP_CC_H
#define OSTIA_TCP_CC_H

#include "tcp/bbr.h"
#include "tcp/dctcp.h"
#include "tcp/hystart.h"
#include "tcp/rate.h"

union tcp_cc_info; /* <linux/inet_diag.h> */

/**
 * struct tcp_cwin - Kept for a connection's life
 * @cwnd, @ssthresh:	segments
 */
struct tcp_cwin {
	uint32_t cwnd;
	uint32_t ssthresh;
};

enum {
	TCP_INITIAL_WINDOW = 10, /* RFC 6928 */
	TCP_SSTHRESH_NONE = 0x7fffffff,
	TCP_CWND_MIN = 2, /* of ssthresh: RFC 5681 (4) */
	TCP_CWND_MAX = 1 << 24,
};

/** struct tcp_reno - RFC 5681 3.1 */
struct tcp_reno {
	uint32_t count; /* segments acknowledged since cwnd grew */
};

/**
 * struct tcp_cubic - RFC 9438 4.1.2; times in ms
 * @epoch:	t_epoch, OSTIA_NEVER: no epoch
 * @k_ms:	K
 * @w_max, @origin: W_max; and the plateau of this epoch
 * @cwnd_prior:	cwnd when the last reduction struck
 * @w_est, @est_acc: W_est and its fraction in 1/17 of a cwnd
 * @acc:	fraction of cwnd
 * @rest:	what the last reduction left of that: tcp_cc_lower()'s @count
 * @undo_*:	as before the last reduction
 * @hystart:	the first slow start
 * @alone:	no fast convergence (4.7)
 */
struct tcp_cubic {
	ostia_time epoch;
	uint32_t k_ms;
	uint32_t w_max, origin;
	uint32_t cwnd_prior;
	uint32_t w_est;
	uint64_t est_acc, acc;
	uint32_t rest;
	ostia_time undo_epoch;
	uint32_t undo_w_max, undo_k_ms, undo_origin, undo_cwnd_prior,
		undo_w_est;
	struct tcp_hystart hystart;
	bool alone;
};

/** union tcp_cc_state - Room for any of them */
union tcp_cc_state {
	struct tcp_reno reno;
	struct tcp_cubic cubic;
	struct tcp_bbr bbr;
	struct tcp_dctcp dctcp;
};

/**
 * struct tcp_cc_ops - An algorithm
 * @name:	as TCP_CONGESTION and tcp_congestion_control spell it
 * @init:	a connection begins, or its cold state comes back
 * @on_acked:	news in Open state, also in slow start: may grow cwnd
 * @on_loss:	a recovery begins: returns ssthresh
 * @on_ecn:	the network marked, once a round trip; NULL: as @on_loss
 * @on_ecn_mild: likewise in congestion avoidance, where the setting tcp_abe
 *		says so (RFC 8511); NULL: as @on_ecn
 * @on_rto:	a timeout: returns ssthresh; recovery sets cwnd to 1
 * @on_undo:	the last reduction was spurious
 * @on_resume:	sending goes on after @idle_ns without anything in flight
 *
 * For models of the path, which want to know more; NULL if not:
 * @on_every:	an ACK delivered something, in any state; returns true if what
 *		is sent from now on is to count as limited by the program
 * @on_lost:	the record @r was marked lost; @lost_ever as in struct tcp_rtx,
 *		@delivered as in struct tcp_rate
 * @on_recovered: a recovery, or the time after a timeout, is over
 * @on_restart:	something leaves, nothing is in flight, and the program is what
 *		limited us
 * @pacing:	bytes a second, or UINT64_MAX: cwnd over srtt decides
 * @info:	fills @out as TCP_CC_INFO tells it; returns its length
 * @owns_window: cwnd is set by @on_every alone: neither PRR nor recovery nor
 *		silence change it, but for timeouts; @on_acked is not called
 * @wants_ecn:	ask for ECN whatever the setting says, and echo each mark as it
 *		comes (RFC 8257 3.2)
 * @lasting:	the state is worth keeping while the connection is silent
 */
struct tcp_cc_ops {
	const char *name;
	bool owns_window, wants_ecn, lasting;
	void (*init)(union tcp_cc_state *s, struct tcp_cwin *w, ostia_time now);
	void (*on_acked)(union tcp_cc_state *s, struct tcp_cwin *w,
			 const struct tcp_rate_sample *a, ostia_time now);
	uint32_t (*on_loss)(union tcp_cc_state *s, const struct tcp_cwin *w,
			    ostia_time now);
	uint32_t (*on_ecn)(union tcp_cc_state *s, const struct tcp_cwin *w,
			   ostia_time now);
	uint32_t (*on_ecn_mild)(union tcp_cc_state *s, const struct tcp_cwin *w,
				ostia_time now);
	uint32_t (*on_rto)(union tcp_cc_state *s, const struct tcp_cwin *w,
			   ostia_time now);
	void (*on_undo)(union tcp_cc_state *s, struct tcp_cwin *w);
	void (*on_resume)(union tcp_cc_state *s, uint64_t idle_ns);
	bool (*on_every)(union tcp_cc_state *s, struct tcp_cwin *w,
			 const struct tcp_rate_sample *a, ostia_time now);
	void (*on_lost)(union tcp_cc_state *s, const struct tcp_rtx_rec *r,
			uint32_t lost_ever, uint32_t delivered);
	void (*on_recovered)(union tcp_cc_state *s, struct tcp_cwin *w);
	void (*on_restart)(union tcp_cc_state *s, struct tcp_cwin *w,
			   ostia_time now);
	uint64_t (*pacing)(const union tcp_cc_state *s,
			   const struct tcp_cwin *w, uint32_t srtt_us,
			   uint32_t mss);
	size_t (*info)(const union tcp_cc_state *s, uint32_t mss,
		       union tcp_cc_info *out);
};

extern const struct tcp_cc_ops tcp_reno, tcp_cubic, tcp_bbr, tcp_dctcp;

/** tcp_cc_find() - By name, @n bytes long; NULL: none is called that. */
const struct tcp_cc_ops *tcp_cc_find(const char *name, size_t n);
/** tcp_cc_at() - The i-th, NULL past the last. */
const struct tcp_cc_ops *tcp_cc_at(unsigned i);

/**
 * tcp_cc_slow_start() - RFC 5681 (2), in whole segments, so that ACK division
 * gains nothing (RFC 3465)
 * Return: segments of @acked left over at ssthresh.
 */
uint32_t tcp_cc_slow_start(struct tcp_cwin *w, uint32_t acked);

/**
 * tcp_cc_avoidance() - RFC 5681 (3): one segment a round trip
 * @count: segments acknowledged since cwnd grew
 */
void tcp_cc_avoidance(struct tcp_cwin *w, uint32_t *count, uint32_t acked);

/**
 * tcp_cc_lower() - @cwnd * @num / @den, not below TCP_CWND_MIN
 * @cwnd:  not 0
 * @count: as above; then that of the lower window. The RFCs lower windows of
 *	   bytes: to drop the fraction would cost one of a dozen segments 5 %.
 */
uint32_t tcp_cc_lower(uint32_t cwnd, uint32_t *count, uint32_t num,
		      uint32_t den);

/** tcp_cc_reno() - RFC 5681 3.1: one or the other, if cwnd is the limit */
void tcp_cc_reno(struct tcp_cwin *w, uint32_t *count,
		 const struct tcp_rate_sample *a);

static inline bool tcp_cc_in_slow_start(const struct tcp_cwin *w)
{
	return w->cwnd < w->ssthresh;
}

#endif
