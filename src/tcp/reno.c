/* SPDX-License-Identifier: MIT */
/*
 * tcp/reno.c - the classic: additive increase, halving (RFC 5681 3.1)
 */
#include "tcp/cc.h"

static void reno_init(union tcp_cc_state *s, struct tcp_cwin *w, ostia_time now)
{
	(void)w, (void)now;
	s->reno.count = 0;
}

static void reno_on_acked(union tcp_cc_state *s, struct tcp_cwin *w,
			  const struct tcp_rate_sample *a, ostia_time now)
{
	(void)now;
	tcp_cc_reno(w, &s->reno.count, a);
}

static uint32_t reno_on_loss(union tcp_cc_state *s, const struct tcp_cwin *w,
			     ostia_time now)
{
	(void)now;
	return tcp_cc_lower(w->cwnd, &s->reno.count, 1, 2);
}

/* RFC 8511 3.1: beta_ecn = 0.8 */
static uint32_t reno_on_ecn_mild(union tcp_cc_state *s,
				 const struct tcp_cwin *w, ostia_time now)
{
	(void)now;
	return tcp_cc_lower(w->cwnd, &s->reno.count, 4, 5);
}

const struct tcp_cc_ops tcp_reno = {
	.name = "reno",
	.init = reno_init,
	.on_acked = reno_on_acked,
	.on_loss = reno_on_loss,
	.on_ecn_mild = reno_on_ecn_mild,
	.on_rto = reno_on_loss,
};
