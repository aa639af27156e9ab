/* SPDX-License-Identifier: MIT */
#include "tcp/dctcp.h"

#include "tcp/cc.h"

#include <linux/inet_diag.h>

static void dctcp_init(union tcp_cc_state *s, struct tcp_cwin *w,
		       ostia_time now)
{
	(void)w, (void)now;
	s->dctcp = (struct tcp_dctcp) { .alpha = TCP_DCTCP_ONE };
}

/* 3.3, step 7: alpha = alpha * (1 - g) + g * M; down to 0 it goes at least by
 * the smallest step.
 */
static void update_alpha(struct tcp_dctcp *d)
{
	uint32_t fall = d->alpha >> TCP_DCTCP_G_SHIFT;
	uint64_t m = (uint64_t)d->marked * TCP_DCTCP_ONE / d->acked;

	d->alpha -= fall ? fall : d->alpha != 0;
	d->alpha += (uint32_t)(m >> TCP_DCTCP_G_SHIFT);
	if (d->alpha > TCP_DCTCP_ONE)
		d->alpha = TCP_DCTCP_ONE;
}

static bool dctcp_on_every(union tcp_cc_state *s, struct tcp_cwin *w,
			   const struct tcp_rate_sample *a, ostia_time now)
{
	struct tcp_dctcp *d = &s->dctcp;

	(void)w, (void)now;
	d->acked += a->acked;
	d->marked += a->marked < a->acked ? a->marked : a->acked;
	if (d->begun && !seq_before_eq(d->window_end, a->una))
		return false;
	if (d->begun && d->acked)
		update_alpha(d);
	d->begun = true;
	d->window_end = a->nxt;
	d->acked = d->marked = 0;
	return false;
}

static void dctcp_on_acked(union tcp_cc_state *s, struct tcp_cwin *w,
			   const struct tcp_rate_sample *a, ostia_time now)
{
	(void)now;
	tcp_cc_reno(w, &s->dctcp.count, a);
}

static uint32_t at_least_two(uint32_t cwnd)
{
	return cwnd > TCP_CWND_MIN ? cwnd : TCP_CWND_MIN;
}

/* 3.3, step 9: cwnd = cwnd * (1 - alpha / 2) */
static uint32_t dctcp_on_ecn(union tcp_cc_state *s, const struct tcp_cwin *w,
			     ostia_time now)
{
	uint64_t cut = (uint64_t)w->cwnd * s->dctcp.alpha / TCP_DCTCP_ONE / 2;

	(void)now;
	s->dctcp.count = 0;
	return at_least_two(w->cwnd - (uint32_t)cut);
}

/* 3.5: to a loss it responds like everyone. */
static uint32_t dctcp_on_loss(union tcp_cc_state *s, const struct tcp_cwin *w,
			      ostia_time now)
{
	(void)now;
	s->dctcp.count = 0;
	return at_least_two(w->cwnd / 2);
}

/* As Linux's struct; ce_state is the other direction's, and 0 here. */
static size_t dctcp_info(const union tcp_cc_state *s, uint32_t mss,
			 union tcp_cc_info *out)
{
	out->dctcp = (struct tcp_dctcp_info) {
		.dctcp_enabled = 1,
		.dctcp_alpha = s->dctcp.alpha,
		.dctcp_ab_ecn = s->dctcp.marked * mss,
		.dctcp_ab_tot = s->dctcp.acked * mss,
	};
	return sizeof(out->dctcp);
}

const struct tcp_cc_ops tcp_dctcp = {
	.name = "dctcp",
	.wants_ecn = true,
	.lasting = true,
	.init = dctcp_init,
	.on_acked = dctcp_on_acked,
	.on_loss = dctcp_on_loss,
	.on_ecn = dctcp_on_ecn,
	.on_rto = dctcp_on_loss,
	.on_every = dctcp_on_every,
	.info = dctcp_info,
};
