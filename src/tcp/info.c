/* SPDX-License-Identifier: MIT */
/*
 * tcp/info.c - STATUS (RFC 9293 3.10.6): struct tcp_info, as Linux fills it
 *
 * But bytes_acked and bytes_received count bytes (RFC 4898): Linux adds one for
 * a FIN, and for the SYN of who connects. After a second of silence the cold
 * part is gone, and with it the measured delivery rate and the receiver's RTT.
 */
#include "tcp/acktx.h"
#include "tcp/cold.h"
#include "tcp/listen.h"
#include "tcp/opts.h"
#include "tcp/past.h"
#include "tcp/rcvbuf.h"
#include "tcp/recovery.h"
#include "tcp/ts.h"

#include <linux/tcp.h>

static void fill_options(const struct tcp_conn *c, struct tcp_info *i)
{
	if (c->flags & TCP_F_TS)
		i->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (c->flags & TCP_F_SACK)
		i->tcpi_options |= TCPI_OPT_SACK;
	if (c->flags & TCP_F_ECN)
		i->tcpi_options |= TCPI_OPT_ECN;
	if (c->flags & TCP_F_WSCALE) {
		i->tcpi_options |= TCPI_OPT_WSCALE;
		i->tcpi_snd_wscale = tcp_wscale_peers(c) & 15u;
		i->tcpi_rcv_wscale = tcp_wscale_ours(c) & 15u;
	}
}

/* Linux's tcp_init_buffer_space(): what the receiver expects at first. */
static uint32_t initial_space(const struct tcp *t, const struct tcp_conn *c,
			      uint32_t advmss)
{
	uint32_t wnd = tcp_rcvbuf_window(t, c);
	uint32_t n = TCP_INITIAL_WINDOW * advmss;

	return n < wnd ? n : wnd;
}

static void fill_always(const struct tcp *t, const struct tcp_conn *c,
			struct tcp_info *i)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);

	i->tcpi_rto = c->rtt.rto_us;
	i->tcpi_ato = c->ato_ms * 1000u;
	i->tcpi_snd_mss = c->mss;
	i->tcpi_rcv_mss = c->rcv_mss;
	i->tcpi_advmss =
		c->path ? tcp_opts_mss(c->path, tcp_is_v4(c), r->maxseg) : 0;
	i->tcpi_pmtu = c->path ? c->path->mtu : 0;
	i->tcpi_rtt = c->rtt.srtt_us;
	i->tcpi_rttvar = c->rtt.rttvar_us;
	i->tcpi_snd_ssthresh = c->cwin.ssthresh;
	i->tcpi_snd_cwnd = c->cwin.cwnd;
	i->tcpi_bytes_acked = c->bytes_acked;
	i->tcpi_bytes_received = c->bytes_received;
	i->tcpi_segs_in = c->segs_in;
	i->tcpi_segs_out = c->segs_out;
	i->tcpi_notsent_bytes = tcp_unsent_bytes(c);
	i->tcpi_snd_wnd = c->snd_wnd;
	i->tcpi_rcv_ssthresh = tcp_rcvbuf_window(t, c);
	i->tcpi_max_pacing_rate = r->max_pacing_rate;
	i->tcpi_pacing_rate = UINT64_MAX;
	i->tcpi_total_retrans = r->total_retrans + r->syn_retrans;
	i->tcpi_bytes_retrans = r->bytes_retrans;
	i->tcpi_dsack_dups = r->dsack_dups;
	i->tcpi_reord_seen = r->reord_seen;
	i->tcpi_rcv_ooopack = r->rcv_ooopack;
	i->tcpi_reordering = r->reordering ? r->reordering : TCP_DUPTHRESH;
	i->tcpi_rcv_space = initial_space(t, c, i->tcpi_advmss);
	i->tcpi_data_segs_in = c->tx.word;
	i->tcpi_rwnd_limited = r->rwnd_us;
	i->tcpi_sndbuf_limited = r->sndbuf_us;
	i->tcpi_fastopen_client_fail = r->fo_fail & 3;
	if (r->acc.on)
		i->tcpi_delivered_ce = r->acc.s_cep - TCP_ACCECN_CEP;
	if (r->fo_acked)
		i->tcpi_options |= TCPI_OPT_SYN_DATA;
}

/* Bytes a second, of whole segments. */
static uint64_t delivery_rate(const struct tcp_rate *r, uint32_t mss)
{
	uint64_t us = r->told_interval_ns / NS_PER_US;

	return us ? (uint64_t)r->told_delivered * mss * 1000000 / us : 0;
}

/* Doublings of the timer that runs, and what it sent. */
static void fill_timer(const struct tcp_conn *c, const struct tcp_sender *s,
		       struct tcp_info *i)
{
	bool opening = c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECV;

	i->tcpi_retransmits = opening ? s->syn_tries : s->rec.timeouts;
	i->tcpi_backoff = s->waiting ? s->persist.backoff : i->tcpi_retransmits;
	i->tcpi_probes = s->waiting ? s->persist.probes : s->keep.probes;
}

static void fill_sender(const struct tcp_conn *c, const struct tcp_sender *s,
			struct tcp_info *i)
{
	i->tcpi_ca_state = s->rec.state;
	fill_timer(c, s, i);
	i->tcpi_delivery_rate = delivery_rate(&s->rate, c->mss);
	i->tcpi_delivery_rate_app_limited = s->rate.told_app_limited;
	i->tcpi_unacked = s->rtx.out;
	i->tcpi_sacked = s->rtx.sacked;
	i->tcpi_lost = s->rtx.lost_segs;
	i->tcpi_retrans = s->rtx.retrans;
	i->tcpi_delivered = s->rate.delivered;
	if (s->ops->pacing) {
		uint64_t rate = s->ops->pacing(&s->cc, &c->cwin, c->rtt.srtt_us,
					       c->mss);

		if (rate < i->tcpi_pacing_rate)
			i->tcpi_pacing_rate = rate;
	}
}

static void fill_cold(const struct tcp_conn *c, const struct tcp_cold *k,
		      struct tcp_info *i, ostia_time now)
{
	const struct tcp_chrono *x = &k->chrono;

	fill_sender(c, &k->tx, i);
	i->tcpi_rcv_rtt = k->rcv_rtt_us;
	if (k->rcvq_space)
		i->tcpi_rcv_space = k->rcvq_space;
	i->tcpi_total_retrans += k->total_retrans;
	i->tcpi_bytes_retrans += k->bytes_retrans;
	i->tcpi_dsack_dups += k->dsack_dups;
	i->tcpi_reord_seen += k->reord_seen;
	i->tcpi_rcv_ooopack += k->rcv_ooopack;
	i->tcpi_reordering = k->reordering;
	i->tcpi_busy_time = k->was.busy_ms * UINT64_C(1000) +
			    tcp_chrono_us(x, TCP_CHRONO_BUSY, now);
	i->tcpi_rwnd_limited += tcp_chrono_us(x, TCP_CHRONO_RWND, now);
	i->tcpi_sndbuf_limited += tcp_chrono_us(x, TCP_CHRONO_SNDBUF, now);
}

/* What is told with and without a cold part. */
static void fill_past(const struct tcp *t, const struct tcp_conn *c,
		      struct tcp_info *i, ostia_time now)
{
	struct tcp_past p = tcp_past_get(t, c, now);
	uint32_t now_ms = tcp_ts_clock(now);

	i->tcpi_last_data_sent = now_ms - p.last_tx_ms;
	i->tcpi_last_data_recv = now_ms - p.last_data_rcv_ms;
	i->tcpi_last_ack_recv = now_ms - p.last_ack_rcv_ms;
	i->tcpi_min_rtt = p.min_rtt_us ? p.min_rtt_us : UINT32_MAX;
	i->tcpi_data_segs_out = p.data_segs_out;
	i->tcpi_busy_time = p.busy_ms * UINT64_C(1000);
	i->tcpi_delivered = tcp_past_delivered(t, c, &p);
}

/* Of the bytes that are queued, those that went out. */
static uint32_t bytes_out(const struct tcp_conn *c)
{
	return c->snd.len - tcp_unsent_bytes(c);
}

void tcp_info(const struct tcp *t, const struct tcp_conn *c,
	      struct tcp_info *out)
{
	memset(out, 0, sizeof(*out));
	out->tcpi_state = c->state;
	if (c->state == TCP_LISTEN) {
		/* As Linux: the accept queue, and its bound. */
		out->tcpi_unacked = tcp_readable(c);
		out->tcpi_sacked = c->listener->backlog;
		return;
	}
	fill_options(c, out);
	fill_always(t, c, out);
	fill_past(t, c, out, tcp_now(t));
	if (c->cold)
		fill_cold(c, c->cold, out, tcp_now(t));
	if (!(c->flags & TCP_F_SYN_ACKED))
		out->tcpi_delivered = 0;
	out->tcpi_busy_time +=
		out->tcpi_rwnd_limited + out->tcpi_sndbuf_limited;
	out->tcpi_bytes_sent =
		c->bytes_acked + out->tcpi_bytes_retrans + bytes_out(c);
}
