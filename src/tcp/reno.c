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
	uint32_t acked = a->acked;

	(void)now;
	if (!a->cwnd_limited)
		return;
	if (tcp_cc_in_slow_start(w))
		acked = tcp_cc_slow_start(w, acked);
	s->reno.count += acked;
	while (s->reno.count >= w->cwnd) { /* (3): one segment a round */
		s->reno.count -= w->cwnd;
		w->cwnd += w->cwnd < TCP_CWND_MAX;
	}
}

static uint32_t reno_on_loss(union tcp_cc_state *s, const struct tcp_cwin *w,
			     ostia_time now)
{
	(void)now;
	s->reno.count = 0;
	return w->cwnd / 2 > TCP_CWND_MIN ? w->cwnd / 2 : TCP_CWND_MIN;
}

const struct tcp_cc_ops tcp_reno = {
	.name = "reno",
	.init = reno_init,
	.on_acked = reno_on_acked,
	.on_loss = reno_on_loss,
	.on_rto = reno_on_loss,
};
