/* SPDX-License-Identifier: MIT */
/*
 * tcp/cubic.c - CUBIC (RFC 9438): the window as a cubic function of the time
 *		 since the last reduction
 *
 * In integers: time in ms, windows in segments. C = 0.4 makes the cube's unit
 * (0.4 / 10^9)^-1 = 2.5 * 10^9 ms^3 a segment. Fractions of a segment are kept
 * as counts of acknowledged segments, so nothing here divides but by
 * constants, save once for each reduction.
 */
#include "tcp/cc.h"

#include <assert.h>

#define CUBE UINT64_C(2500000000) /* ms^3 a segment: 10^9 / C */

enum {
	MAX_MS = 2000000, /* its cube fits 63 bits; W_cubic is then huge */
	BETA_NUM = 14, /* beta = 0.7 */
	BETA_ECN_NUM = 17, /* RFC 8511 3.1: 0.85 */
	BETA_DEN = 20,
	FAST_NUM = 17, /* (1 + beta) / 2 = 0.85 */
	FAST_DEN = 20,
	ALPHA_NUM = 9, /* 3 * (1 - beta) / (1 + beta) = 9 / 17 */
	ALPHA_DEN = 17,
};

/* The cube root, rounded to the nearest; bit by bit, as by hand. */
static uint32_t cube_root(uint64_t x)
{
	uint64_t y = 0;

	for (int s = 63; s >= 0; s -= 3) {
		uint64_t b;

		y += y;
		b = 3 * y * (y + 1) + 1;
		if (x >> s >= b) {
			x -= b << s;
			y++;
		}
	}
	/* the rest is x - y^3: past the middle, (y + 1/2)^3, round up */
	if (x > (6 * y * y + 3 * y) / 4)
		y++;
	return (uint32_t)y;
}

static void cubic_init(union tcp_cc_state *s, struct tcp_cwin *w,
		       ostia_time now)
{
	(void)w, (void)now;
	s->cubic = (struct tcp_cubic) { .epoch = OSTIA_NEVER };
}

/* 4.2, and 4.8 and 4.10 for windows that have no W_max above them */
static void begin_epoch(struct tcp_cubic *u, const struct tcp_cwin *w,
			ostia_time now)
{
	u->epoch = now;
	u->acc = 0;
	u->w_est = w->cwnd;
	u->est_acc = (uint64_t)u->rest * ALPHA_DEN;
	if (w->cwnd < u->w_max) {
		u->origin = u->w_max;
		u->k_ms = cube_root((uint64_t)(u->w_max - w->cwnd) * CUBE);
	} else {
		u->origin = w->cwnd;
		u->k_ms = 0;
	}
}

/* W_cubic at @t_ms, rounded down, at least 0. (Rounded up it would be W_max
 * long before K; a window whose loss comes early would then not be seen to
 * shrink.)
 */
static uint64_t w_cubic(const struct tcp_cubic *u, uint64_t t_ms)
{
	uint64_t d = t_ms > u->k_ms ? t_ms - u->k_ms : u->k_ms - t_ms;
	uint64_t delta;

	d = d < MAX_MS ? d : MAX_MS;
	if (t_ms >= u->k_ms)
		return u->origin + d * d * d / CUBE;
	delta = (d * d * d + CUBE - 1) / CUBE;
	return u->origin > delta ? u->origin - delta : 0;
}

/* 4.2: non-decreasing, and slower than slow start */
static uint32_t target(const struct tcp_cubic *u, uint32_t cwnd,
		       uint32_t srtt_us, ostia_time now)
{
	uint64_t t = time_since(u->epoch, now) / NS_PER_MS + srtt_us / 1000;
	uint64_t want = w_cubic(u, t), most = cwnd + cwnd / 2;

	if (want < cwnd)
		return cwnd;
	return (uint32_t)(want < most ? want : most);
}

/* 4.3, figure 4 */
static void grow_estimate(struct tcp_cubic *u, uint32_t cwnd, uint32_t acked)
{
	uint32_t alpha = u->w_est < u->cwnd_prior ? ALPHA_NUM : ALPHA_DEN;
	uint64_t unit = (uint64_t)ALPHA_DEN * cwnd;

	u->est_acc += (uint64_t)alpha * acked;
	while (u->est_acc >= unit) {
		u->est_acc -= unit;
		u->w_est++;
	}
}

/* 4.4, 4.5: by (target - cwnd) / cwnd for each segment */
static void grow(struct tcp_cubic *u, struct tcp_cwin *w, uint32_t want,
		 uint32_t acked)
{
	u->acc += (uint64_t)(want - w->cwnd) * acked;
	while (u->acc >= w->cwnd && w->cwnd < want) {
		u->acc -= w->cwnd;
		w->cwnd++;
	}
	if (w->cwnd >= want)
		u->acc = 0;
}

/* 4.10: HyStart++ in the first slow start, Reno's later. Return: segments of
 * @a that are left for congestion avoidance.
 */
static uint32_t slow_start(struct tcp_cubic *u, struct tcp_cwin *w,
			   const struct tcp_rate_sample *a)
{
	uint32_t n;
	bool over;

	if (w->ssthresh != TCP_SSTHRESH_NONE || a->plain_start)
		return tcp_cc_slow_start(w, a->acked);
	n = tcp_hystart_on_acked(&u->hystart, a->una, a->nxt, a->rtt_us,
				 a->acked, &over);
	tcp_cc_slow_start(w, n);
	if (over)
		w->ssthresh = w->cwnd;
	return 0;
}

static void cubic_on_acked(union tcp_cc_state *s, struct tcp_cwin *w,
			   const struct tcp_rate_sample *a, ostia_time now)
{
	struct tcp_cubic *u = &s->cubic;
	uint32_t acked = a->acked;

	u->alone = a->alone;
	if (!a->cwnd_limited)
		return;
	if (tcp_cc_in_slow_start(w)) {
		acked = slow_start(u, w, a);
		if (!acked)
			return;
	}
	if (u->epoch == OSTIA_NEVER)
		begin_epoch(u, w, now);
	grow_estimate(u, w->cwnd, acked);
	grow(u, w, target(u, w->cwnd, a->srtt_us, now), acked);
	if (w->cwnd < u->w_est)
		w->cwnd = u->w_est;
	if (w->cwnd > TCP_CWND_MAX)
		w->cwnd = TCP_CWND_MAX;
}

static void remember(struct tcp_cubic *u)
{
	u->undo_epoch = u->epoch;
	u->undo_w_max = u->w_max;
	u->undo_k_ms = u->k_ms;
	u->undo_origin = u->origin;
	u->undo_cwnd_prior = u->cwnd_prior;
	u->undo_w_est = u->w_est;
}

/* Acknowledged segments towards the next one */
static uint64_t towards_next(const struct tcp_cubic *u, uint32_t cwnd)
{
	if (u->epoch == OSTIA_NEVER)
		return 0;
	return cwnd == u->w_est ? u->est_acc / ALPHA_DEN : u->acc;
}

/* 4.6, with fast convergence (4.7). cwnd is what the network proved to take:
 * it grows only while it is the limit (RFC 7661), so it may stand for
 * flight_size.
 */
static uint32_t reduce(struct tcp_cubic *u, const struct tcp_cwin *w,
		       uint32_t beta_num)
{
	uint64_t cwnd = w->cwnd, count = towards_next(u, w->cwnd);

	remember(u);
	if (cwnd < u->w_max && !u->alone)
		u->w_max = (uint32_t)(cwnd * FAST_NUM / FAST_DEN);
	else
		u->w_max = w->cwnd;
	u->cwnd_prior = w->cwnd;
	u->epoch = OSTIA_NEVER;
	u->rest = count < cwnd ? (uint32_t)count : 0;
	return tcp_cc_lower(w->cwnd, &u->rest, beta_num, BETA_DEN);
}

static uint32_t cubic_on_loss(union tcp_cc_state *s, const struct tcp_cwin *w,
			      ostia_time now)
{
	(void)now;
	return reduce(&s->cubic, w, BETA_NUM);
}

static uint32_t cubic_on_ecn_mild(union tcp_cc_state *s,
				  const struct tcp_cwin *w, ostia_time now)
{
	(void)now;
	return reduce(&s->cubic, w, BETA_ECN_NUM);
}

/* 4.8: what follows the slow start begins with K = 0 */
static uint32_t cubic_on_rto(union tcp_cc_state *s, const struct tcp_cwin *w,
			     ostia_time now)
{
	uint32_t ssthresh = cubic_on_loss(s, w, now);

	s->cubic.w_max = 0;
	return ssthresh;
}

/* 4.9.2 */
static void cubic_on_undo(union tcp_cc_state *s, struct tcp_cwin *w)
{
	struct tcp_cubic *u = &s->cubic;

	(void)w;
	u->epoch = u->undo_epoch;
	u->w_max = u->undo_w_max;
	u->k_ms = u->undo_k_ms;
	u->origin = u->undo_origin;
	u->cwnd_prior = u->undo_cwnd_prior;
	u->w_est = u->undo_w_est;
}

/* 5.8: time that the program was silent does not count */
static void cubic_on_resume(union tcp_cc_state *s, uint64_t idle_ns)
{
	if (s->cubic.epoch != OSTIA_NEVER)
		s->cubic.epoch = time_after(s->cubic.epoch, idle_ns);
}

const struct tcp_cc_ops tcp_cubic = {
	.name = "cubic",
	.init = cubic_init,
	.on_acked = cubic_on_acked,
	.on_loss = cubic_on_loss,
	.on_ecn_mild = cubic_on_ecn_mild,
	.on_rto = cubic_on_rto,
	.on_undo = cubic_on_undo,
	.on_resume = cubic_on_resume,
};
