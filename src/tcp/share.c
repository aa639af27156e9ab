/* SPDX-License-Identifier: MIT */
#include "tcp/share.h"

#include "tcp/cold.h"
#include "tcp/metrics.h"

enum {
	LASTS_S = 3600,
	RTO_LEAST_US = 200000,
	RTO_MOST_US = 120000000,
	RTT_SHIFT = 3, /* a shorter round trip counts an eighth (Linux) */
	VAR_SHIFT = 2,
};

static bool is_failing(const struct tcp_conn *c)
{
	return !c->rtt.srtt_us ||
	       (c->cold && c->state != TCP_LISTEN && c->cold->tx.rec.timeouts);
}

/* Too long a round trip is better than too short a one. */
static void keep_rtt(struct tcp_path_metrics *m, const struct tcp_rtt *r)
{
	uint32_t was = m->srtt_us, dev;

	if (!was || r->srtt_us >= was)
		m->srtt_us = r->srtt_us;
	else
		m->srtt_us -= (was - r->srtt_us) >> RTT_SHIFT;
	dev = was > r->srtt_us ? was - r->srtt_us : r->srtt_us - was;
	dev = was ? dev / 2 : 0;
	dev = dev > r->rttvar_us ? dev : r->rttvar_us;
	if (dev >= m->rttvar_us)
		m->rttvar_us = dev;
	else
		m->rttvar_us -= (m->rttvar_us - dev) >> VAR_SHIFT;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Linux's three cases: still in the first slow start, in congestion avoidance,
 * or somewhere on the way back.
 */
static void keep_window(const struct tcp *t, struct tcp_path_metrics *m,
			const struct tcp_cwin *w)
{
	bool first = w->ssthresh >= TCP_SSTHRESH_NONE;

	if (first)
		m->cwnd = max_u32(m->cwnd, w->cwnd);
	else if (!tcp_cc_in_slow_start(w))
		m->cwnd = m->cwnd ? (m->cwnd + w->cwnd) / 2 : w->cwnd;
	if (t->set.no_ssthresh_metrics_save)
		m->ssthresh = 0;
	else if (first && m->ssthresh)
		m->ssthresh = max_u32(m->ssthresh, w->cwnd / 2);
	else if (!first && !tcp_cc_in_slow_start(w))
		m->ssthresh = max_u32(w->ssthresh, w->cwnd / 2);
	else if (!first && m->ssthresh)
		m->ssthresh = max_u32(m->ssthresh, w->ssthresh);
}

void tcp_share_keep(struct tcp *t, const struct tcp_conn *c, ostia_time now)
{
	struct tcp_metric *m;

	if (t->set.no_metrics_save || !c->path || !c->flow.rport ||
	    addr_is_loopback(&c->flow.remote) || c->state == TCP_LISTEN)
		return;
	if (is_failing(c)) {
		m = tcp_metrics_find(t, &c->flow);
		if (m)
			m->path.srtt_us = 0;
		return;
	}
	m = tcp_metrics_get(t, &c->flow);
	if (!m)
		return;
	m->path.when = now ? now : 1;
	keep_rtt(&m->path, &c->rtt);
	keep_window(t, &m->path, &c->cwin);
}

void tcp_share_use(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_metric *m = tcp_metrics_find(t, &c->flow);
	uint64_t rto;

	if (!m || !m->path.when ||
	    time_since(m->path.when, now) >= LASTS_S * NS_PER_S)
		return;
	if (m->path.ssthresh && !t->set.no_ssthresh_metrics_save)
		c->cwin.ssthresh = m->path.ssthresh;
	if (!c->rtt.srtt_us || m->path.srtt_us <= c->rtt.srtt_us)
		return;
	rto = m->path.srtt_us +
	      (uint64_t)max_u32(2 * m->path.srtt_us, RTO_LEAST_US);
	rto = rto < RTO_MOST_US ? rto : RTO_MOST_US;
	c->rtt.rto_us = rto > c->rtt.rto_us ? (uint32_t)rto : c->rtt.rto_us;
}
