/* SPDX-License-Identifier: MIT */
#include "tcp/sender.h"

#include "tcp/auth.h"
#include "tcp/cold.h"
#include "tcp/ecn.h"
#include "tcp/hdropts.h"
#include "tcp/opts.h"
#include "tcp/past.h"
#include "tcp/plpmtu.h"
#include "tcp/rto.h"
#include "tcp/share.h"
#include "tcp/stamp.h"
#include "tcp/timers.h"

enum {
	IW_BYTES = 14600, /* RFC 6928 2 */
	IW_MSS = 1460,
	RTO_AFTER_SYN_US = 3000000, /* RFC 6298 (5.7) */
	SNDBUF_WINDOWS = 3, /* one in flight, one to refill it, one for what
			     * blocks pin beside the bytes */
	REORDERING_MAX = 300, /* net.ipv4.tcp_max_reordering */
	SNDBUF_LEAST = 3 * BLOCK_LARGE, /* likewise */
};

/*
 * --- beginning and end ---------------------------------------------------
 */
const struct tcp_cc_ops *tcp_sender_cc(const struct tcp *t,
				       const struct tcp_conn *c)
{
	unsigned cc = c->rare ? tcp_rare_peek(t, c)->cc : 0;

	return tcp_cc_at(cc ? cc - 1 : t->set.congestion_control);
}

/* The queue tells of a loss: on to congestion control. */
static void on_lost(struct tcp_rtx *q, const struct tcp_rtx_rec *r)
{
	struct tcp_sender *s = list_entry(q, struct tcp_sender, rtx);

	s->ops->on_lost(&s->cc, r, q->lost_ever, s->rate.delivered);
}

static void use_cc(struct tcp_sender *s, const struct tcp_cc_ops *ops,
		   struct tcp_cwin *w, ostia_time now)
{
	s->ops = ops;
	s->rtx.on_lost = ops->on_lost ? on_lost : NULL;
	ops->init(&s->cc, w, now);
}

void tcp_sender_init(struct tcp *t, struct tcp_conn *c, struct tcp_cold *k,
		     ostia_time now)
{
	struct tcp_sender *s = &k->tx;

	tcp_rtx_init(&s->rtx);
	tcp_rate_init(&s->rate);
	tcp_rack_init(&s->rack, c->snd_una);
	tcp_recovery_init(&s->rec);
	use_cc(s, tcp_sender_cc(t, c), &c->cwin, now);
	s->snd_sml = c->snd_una;
	tcp_cwv_init(&s->cwv, c->snd_una, now);
	s->max_wnd = c->snd_wnd;
}

void tcp_sender_fini(struct tcp *t, struct tcp_conn *c, struct tcp_cold *k)
{
	(void)c;
	tcp_rtx_clear(&k->tx.rtx, &t->rtx_mem);
}

bool tcp_sender_idle(const struct tcp_conn *c, const struct tcp_cold *k)
{
	const struct tcp_sender *s = &k->tx;

	return tcp_rtx_empty(&s->rtx) && !c->snd.len && !k->ecn_echo &&
	       !s->waiting && !s->keep.probes && !s->syn_due && !s->probe_due &&
	       !s->win_probe_due && !s->keep_due && c->state != TCP_SYN_SENT &&
	       c->state != TCP_SYN_RECV;
}

void tcp_sender_new(struct tcp *t, struct tcp_conn *c)
{
	(void)t;
	tcp_rtt_init(&c->rtt);
	c->cwin = (struct tcp_cwin) { TCP_INITIAL_WINDOW, TCP_SSTHRESH_NONE };
}

int tcp_sender_connect(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = tcp_cold_get(t, c);

	(void)now;
	if (!k)
		return -ENOMEM;
	k->tx.syn_due = true;
	k->tx.syn_tries = 0;
	k->tx.syn_time = 0;
	tcp_want_tx(c);
	return 0;
}

/* An RTT: not 0, which would be none; and not longer than it was, for the
 * minimum counts (RFC 8985 6.2 step 2).
 */
static uint32_t whole_us(ostia_time sent, ostia_time now)
{
	uint64_t us = time_since(sent, now) / NS_PER_US;

	return us < UINT32_MAX ? (uint32_t)us | !us : UINT32_MAX;
}

/* min(10 * MSS, max(2 * MSS, 14600)) of RFC 6928, in segments. */
static uint32_t initial_window(uint32_t mss)
{
	uint32_t n = mss > IW_MSS ? IW_BYTES / mss : TCP_INITIAL_WINDOW;

	return n > TCP_CWND_MIN ? n : TCP_CWND_MIN;
}

/* A buffer that lets the program keep ahead of the window (as Linux). */
static void grow_sndbuf(const struct tcp *t, struct tcp_conn *c)
{
	uint64_t want = (uint64_t)c->cwin.cwnd * c->mss * SNDBUF_WINDOWS;

	if (want < SNDBUF_LEAST)
		want = SNDBUF_LEAST;
	if (c->flags & TCP_F_SNDBUF || want <= c->sndbuf)
		return;
	if (want > t->set.wmem[2])
		want = t->set.wmem[2];
	if (want > c->sndbuf)
		c->sndbuf = (uint32_t)want;
}

void tcp_sender_open(struct tcp *t, struct tcp_conn *c, uint32_t rtt_us,
		     ostia_time now)
{
	struct tcp_sender *s = c->cold ? &c->cold->tx : NULL;

	tcp_sender_sync_mss(t, c);
	c->cwin.cwnd = initial_window(c->mss);
	c->cwin.ssthresh = TCP_SSTHRESH_NONE;
	if (s && s->syn_time && !s->syn_tries)
		rtt_us = whole_us(s->syn_time, now);
	if (s && s->syn_tries) { /* RFC 5681 3.1, RFC 6298 (5.7) */
		c->cwin.cwnd = 1;
		tcp_rtt_init(&c->rtt);
	}
	tcp_plpmtu_begin(t, c, now);
	grow_sndbuf(t, c);
	if (rtt_us)
		tcp_rtt_sample(&c->rtt, rtt_us);
	else if (s && s->syn_tries)
		c->rtt.rto_us = RTO_AFTER_SYN_US;
	if (rtt_us)
		tcp_rto_on_sample(t, c);
	tcp_share_use(t, c, now);
	tcp_past_open(t, c, rtt_us, now);
	if (!s)
		return;
	if (rtt_us)
		tcp_rack_on_rtt(&s->rack, rtt_us, now);
	s->syn_due = false;
	s->max_wnd = c->snd_wnd;
	s->rack.fack = s->snd_sml = s->cwv.round_seq = c->snd_una;
	tcp_arm(t, c, TCP_DUE_RTX, OSTIA_NEVER);
}

/*
 * --- sizes ---------------------------------------------------------------
 */
/* A peer with a tiny window: two segments shall fit it. */
static uint32_t bound_to_half_window(const struct tcp_conn *c, uint32_t mss)
{
	uint32_t max_wnd = c->cold ? c->cold->tx.max_wnd : c->snd_wnd;

	if (max_wnd > TCP_MSS_DEFAULT4 && mss > max_wnd / 2)
		return max_wnd / 2;
	return mss;
}

void tcp_sender_sync_mss(struct tcp *t, struct tcp_conn *c)
{
	uint32_t mss = c->mss_peer, own;
	uint32_t opts = tcp_opts_len(c) + tcp_auth_len(t, c);
	uint32_t extra = hdropts_len(tcp_hdropts(t, c), tcp_is_v4(c));

	if (c->path) {
		own = tcp_opts_mss(c->path, tcp_is_v4(c),
				   tcp_rare_peek(t, c)->maxseg);
		mss = mss < own ? mss : own;
		own = tcp_plpmtu_mtu(t, c, c->path->mtu) -
		      (tcp_is_v4(c) ? 40 : 60);
		mss = mss < own ? mss : own;
	}
	mss = mss > extra ? mss - extra : 0;
	mss = bound_to_half_window(c, mss);
	if (mss < t->set.min_snd_mss) /* CVE-2019-11479 */
		mss = t->set.min_snd_mss;
	mss = mss > opts + 8 ? mss - opts : 8;
	c->mss = (uint16_t)mss;
	if (c->cold)
		c->cold->tx.gso_mss = 0;
}

/* RFC 1191 6.4: at once, and not as a sign of congestion. */
void tcp_sender_on_mtu(struct tcp *t, struct tcp_conn *c, bool lost,
		       ostia_time now)
{
	uint16_t was = c->mss;
	struct tcp_repair x;

	tcp_sender_sync_mss(t, c);
	if (!c->cold || !lost || c->mss >= was ||
	    tcp_rtx_empty(&c->cold->tx.rtx))
		return;
	x = tcp_sender_repair(t, c);
	tcp_recovery_on_too_big(&x, c->mss);
	tcp_timers_on_acked(t, c, now);
	tcp_want_tx(c);
}

void tcp_sender_resend(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_repair x = tcp_sender_repair(t, c);

	if (tcp_rtx_empty(&c->cold->tx.rtx))
		return;
	tcp_recovery_on_too_big(&x, 0);
	tcp_timers_on_acked(t, c, now);
	tcp_want_tx(c);
}

void tcp_sender_set_cc(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_cc_ops *ops, ostia_time now)
{
	if (!c->cold || c->cold->tx.ops == ops)
		return;
	use_cc(&c->cold->tx, ops, &c->cwin, now);
	tcp_arm(t, c, TCP_DUE_IDLE, now + TCP_IDLE_NS);
}

uint32_t tcp_sender_in_flight(const struct tcp_conn *c)
{
	if (!c->cold)
		return 0;
	return tcp_recovery_pipe(&c->cold->tx.rec, &c->cold->tx.rtx);
}

void tcp_sender_trace(struct tcp *t, const struct tcp_conn *c, const char *why)
{
	TRACE(t->lent.tracer, OSTIA_TRACE_CWND, c->id,
	      .u.cwnd = { .cwnd = c->cwin.cwnd,
			  .ssthresh = c->cwin.ssthresh,
			  .in_flight = tcp_sender_in_flight(c),
			  .srtt_us = c->rtt.srtt_us,
			  .rto_us = c->rtt.rto_us,
			  .why = why });
}

/*
 * --- repair --------------------------------------------------------------
 */
struct tcp_repair tcp_sender_repair(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_sender *s = &c->cold->tx;

	return (struct tcp_repair) {
		.r = &s->rec,
		.q = &s->rtx,
		.m = &t->rtx_mem,
		.rack = &s->rack,
		.rtt = &c->rtt,
		.w = &c->cwin,
		.ops = s->ops,
		.cc = &s->cc,
		.una = c->snd_una,
		.nxt = c->snd_nxt,
		.sack = c->flags & TCP_F_SACK,
		.use_rack = t->set.recovery & 1,
		.frto = t->set.frto,
		.abe = t->set.abe,
	};
}

void tcp_sender_on_repair(struct tcp *t, struct tcp_conn *c,
			  const struct tcp_repair_done *done, ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;

	if (done->why)
		tcp_sender_trace(t, c, done->why);
	if (done->wait_us) {
		s->reo_wait = true;
		tcp_arm(t, c, TCP_DUE_PROBE,
			time_after(now, done->wait_us * NS_PER_US));
	} else if (s->reo_wait) {
		s->reo_wait = false;
		tcp_arm(t, c, TCP_DUE_PROBE, OSTIA_NEVER);
	}
	if (done->lost)
		tcp_want_tx(c);
}

/*
 * --- an ACK --------------------------------------------------------------
 */
/* Records that are acknowledged leave the queue. */
static void dequeue(struct tcp *t, struct tcp_sender *s, struct seq ack,
		    struct tcp_ack_news *news)
{
	struct tcp_rtx *q = &s->rtx;
	struct tcp_rtx_rec *r;
	uint32_t n;

	while ((r = q->head) && seq_before_eq(r->end, ack)) {
		news->acked += r->segs;
		if (!(r->flags & TCP_RTX_SACKED))
			tcp_rate_on_delivered(news, r, r->end, r->segs, false);
		tcp_rtx_pop(q, &t->rtx_mem);
	}
	if (!r || !seq_before(r->start, ack))
		return;
	n = tcp_rtx_trim(q, ack);
	news->acked += n;
	if (n && !(r->flags & TCP_RTX_SACKED))
		tcp_rate_on_delivered(news, r, ack, n, false);
}

/* SND.UNA advances; what it passes leaves the send queue. */
static void advance(struct tcp *t, struct tcp_conn *c, struct seq ack)
{
	uint32_t n = seq_span(c->snd_una, ack);

	c->snd_una = ack;
	n = n < c->snd.len ? n : c->snd.len; /* not the FIN */
	if (c->rare)
		tcp_stamp_on_acked(t, c, n, tcp_now(t));
	stream_discard(&c->snd, t->lent.pool, n);
	c->bytes_acked += n;
	if (c->rare)
		tcp_plpmtu_on_acked(t, c);
}

/* RFC 6298 3, Karn: from what was never sent again; else by timestamps. But
 * what drew an ACK with a D-SACK is a copy, and the echo is still that of what
 * came before (RFC 7323 4.3): when all ACKs of a while are lost, it is as old
 * as that while.
 */
static uint32_t rtt_sample(const struct tcp_ack_news *n,
			   const struct tcp_ack_facts *f, bool dsack)
{
	ostia_time sent = OSTIA_NEVER;

	if (!n->retrans_acked)
		sent = n->acked_tx_time;
	if (sent == OSTIA_NEVER && !n->acked)
		sent = n->sacked_tx_time;
	if (sent == OSTIA_NEVER)
		return n->acked && !dsack ? f->rtt_us : 0;
	return whole_us(sent, n->now);
}

static void take_rtt(const struct tcp *t, struct tcp_conn *c,
		     struct tcp_sender *s, uint32_t rtt_us, ostia_time now)
{
	if (!rtt_us)
		return;
	tcp_rtt_sample(&c->rtt, rtt_us);
	tcp_rto_on_sample(t, c);
	tcp_rack_on_rtt(&s->rack, rtt_us, now);
}

/* Of what was never sent again the network itself made two: nothing of ours
 * was needless.
 */
static bool unasked(const struct tcp_cold *k)
{
	return k->dsack_dups > k->total_retrans;
}

static void take_dsack(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_sack_out *out, struct tcp_repair_ack *a)
{
	const struct tcp_rack *rack = &c->cold->tx.rack;
	uint32_t n = seq_span(out->dsack_from, out->dsack_to);

	tcp_stats(t)->TcpExtDSACKRecv++;
	a->dsack_to = out->dsack_to;
	a->dsack_segs = n > c->mss ? (n + c->mss - 1) / c->mss : 1;
	a->dsack_probe = rack->tlp && seq_eq(rack->tlp_end_seq, out->dsack_to);
	c->cold->dsack_dups += a->dsack_segs;
	a->dsack = !unasked(c->cold);
	tcp_stats(t)->TcpExtDSACKIgnoredDubious += !a->dsack;
}

static void take_sacks(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_ack_facts *f, struct seq prior_una,
		       struct tcp_ack_news *news, struct tcp_repair_ack *a)
{
	struct tcp_sender *s = &c->cold->tx;
	const struct tcp_sack_in in = {
		.una = c->snd_una,
		.prior_una = prior_una,
		.nxt = c->snd_nxt,
		.max_wnd = s->max_wnd,
		.block = f->sack,
		.n = f->n_sack,
	};
	struct tcp_sack_out out;

	tcp_sack_apply(&s->rtx, &t->rtx_mem, &in, news, &out);
	a->sacked = out.sacked;
	if (out.dsack)
		take_dsack(t, c, &out, a);
}

/* Case analysis of the tail loss probe (RFC 8985 7.4.2). */
static void settle_probe(struct tcp *t, struct tcp_conn *c,
			 const struct tcp_ack_facts *f,
			 const struct tcp_repair_ack *a, ostia_time now)
{
	const struct tcp_probe_ack pa = {
		.ack = f->ack,
		.dsack = a->dsack_probe,
		.dup = !a->advanced && !f->len && !f->wnd_changed && !f->n_sack,
	};
	struct tcp_repair x;

	if (!tcp_rack_on_probe_acked(&c->cold->tx.rack, &pa))
		return;
	tcp_stats(t)->TcpExtLossProbeRecovery++;
	x = tcp_sender_repair(t, c);
	tcp_recovery_on_repaired(&x, now);
	tcp_sender_trace(t, c, "probe");
}

static void grow_cwnd(struct tcp *t, struct tcp_conn *c,
		      const struct tcp_ack_news *news, uint32_t rtt_us,
		      uint32_t prior_pipe, uint32_t lost, bool ece,
		      ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;
	struct tcp_rate_sample rs = {
		.rtt_us = rtt_us,
		.srtt_us = c->rtt.srtt_us,
		.min_rtt_us = news->min_rtt_us,
		.lost = lost,
		.prior_in_flight = prior_pipe,
		.una = c->snd_una,
		.nxt = c->snd_nxt,
		.ece = ece,
		.plain_start = !t->set.hystart,
		.alone = !t->set.fast_convergence,
	};
	struct tcp_cwin was = c->cwin;

	tcp_rate_sample(&s->rate, news, &rs);
	if (!rs.acked)
		return;
	rs.cwnd_limited =
		s->rec.state == TCP_LOSS || tcp_cwv_limits(&s->cwv, &c->cwin);
	s->ops->on_acked(&s->cc, &c->cwin, &rs, now);
	if (was.ssthresh != c->cwin.ssthresh)
		tcp_stats(t)->TcpExtHystartDetect++;
	if (c->cwin.cwnd == was.cwnd)
		return;
	grow_sndbuf(t, c);
	tcp_sender_trace(t, c, "ack");
}

static uint32_t us_since(ostia_time then, ostia_time now)
{
	uint64_t us = time_since(then, now) / NS_PER_US;

	return us < UINT32_MAX ? (uint32_t)us | !us : UINT32_MAX;
}

/* All there is to know, for an algorithm that models the path. */
static void tell_model(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_ack_news *news, uint32_t rtt_us,
		       uint32_t prior_pipe, const struct tcp_repair_done *done,
		       uint32_t marked, ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;
	uint32_t was = c->cwin.cwnd;
	struct tcp_rate_sample rs = {
		.rtt_us = rtt_us,
		.srtt_us = c->rtt.srtt_us,
		.min_rtt_us = news->min_rtt_us,
		.lost = done->lost,
		.prior_in_flight = prior_pipe,
		.in_flight = tcp_recovery_pipe(&s->rec, &s->rtx),
		.mss = c->mss,
		.una = c->snd_una,
		.nxt = c->snd_nxt,
		.ece = marked != 0,
		.cwnd_limited = s->cwv.limited,
		.recovering = s->rec.state >= TCP_RECOVERY,
		.sack = c->flags & TCP_F_SACK,
	};

	tcp_rate_sample(&s->rate, news, &rs);
	if (!rs.acked)
		return;
	rs.delivered_ever = s->rate.delivered;
	rs.marked = marked < rs.acked ? marked : rs.acked;
	if (news->prior) {
		rs.tx_in_flight = news->prior_in_flight;
		rs.lost_since = s->rtx.lost_ever - news->prior_lost;
	}
	if (news->latest_tx_time != OSTIA_NEVER)
		rs.latest_rtt_us = us_since(news->latest_tx_time, now);
	if (s->ops->on_every(&s->cc, &c->cwin, &rs, now))
		tcp_rate_app_limited(&s->rate, rs.in_flight);
	rs.cwnd_limited =
		s->rec.state == TCP_LOSS || tcp_cwv_limits(&s->cwv, &c->cwin);
	if (done->grow && !s->ops->owns_window)
		s->ops->on_acked(&s->cc, &c->cwin, &rs, now);
	if (c->cwin.cwnd == was)
		return;
	grow_sndbuf(t, c);
	tcp_sender_trace(t, c, "ack");
}

static void count_only(struct tcp_sender *s, const struct tcp_ack_news *news)
{
	struct tcp_rate_sample rs;

	tcp_rate_sample(&s->rate, news, &rs);
}

/* RFC 5682 2.1 (2b) waits for the answer to new data, so it must be such that
 * leaves now: a full segment. Less is what Nagle and silly windows hold back.
 */
static bool window_takes_new(const struct tcp_conn *c)
{
	struct seq edge = seq_add(c->snd_una, c->snd_wnd);

	return tcp_unsent_bytes(c) >= c->mss &&
	       seq_before_eq(seq_add(c->snd_nxt, c->mss), edge);
}

/* Is there anything that a chance to send could use? */
static bool may_send(const struct tcp_conn *c, const struct tcp_sender *s)
{
	return !list_empty(&s->rtx.lost) || tcp_unsent_bytes(c) ||
	       (c->flags & (TCP_F_FIN_WANTED | TCP_F_FIN_SENT)) ==
		       TCP_F_FIN_WANTED;
}

static void tell_writer(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	if (c->flags & TCP_F_NOSPACE &&
	    c->snd.charge <= c->sndbuf - c->sndbuf / 3) {
		c->flags &= ~TCP_F_NOSPACE;
		tcp_chrono_stop(&c->cold->chrono, TCP_CHRONO_SNDBUF, now);
		tcp_conn_tell(t, c, TCP_NEWS_OUT);
	}
}

/* RFC 3168 6.1.2: whatever made the window shrink is told. */
void tcp_sender_on_reduced(struct tcp *t, struct tcp_conn *c)
{
	c->cold->tx.cwr_due = c->flags & TCP_F_ECN && !tcp_ecn_accurate(t, c);
}

/* Of a window of one segment marks take the time of the retransmission timer
 * before the next one (RFC 3168 6.1.2).
 */
static void wait_for_rto(struct tcp_conn *c, ostia_time now)
{
	c->cold->tx.pace_next = now + c->rtt.rto_us * NS_PER_US;
}

static void repair(struct tcp *t, struct tcp_conn *c,
		   const struct tcp_repair_ack *a, struct tcp_repair_done *done,
		   ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;
	struct tcp_repair x = tcp_sender_repair(t, c);
	const struct tcp_recovery was = s->rec;
	uint32_t cwnd = c->cwin.cwnd;
	bool begun;

	tcp_recovery_on_ack(&x, a, done, now);
	begun = s->rec.state >= TCP_CWR &&
		(was.state < TCP_CWR || !seq_eq(was.high_seq, s->rec.high_seq));
	if (begun)
		tcp_sender_on_reduced(t, c);
	if (begun && s->rec.state == TCP_CWR && s->rec.tiny && cwnd == 1)
		wait_for_rto(c, now);
	if (done->undone)
		s->cwr_due = false;
	tcp_sender_on_repair(t, c, done, now);
}

/* A probe for the path's MTU did not arrive: smaller pieces of it do, and the
 * window is not touched (RFC 4821 7.3).
 */
static bool lost_mtu_probe(struct tcp *t, struct tcp_conn *c,
			   const struct tcp_repair_ack *a, ostia_time now)
{
	struct tcp_repair x;

	if (!c->rare || !(a->dup || a->sacked) || !tcp_plpmtu_is_lost(t, c))
		return false;
	x = tcp_sender_repair(t, c);
	tcp_recovery_on_too_big(&x, c->mss);
	tcp_timers_on_acked(t, c, now);
	return true;
}

static void known_before(const struct tcp_sender *s,
			 const struct tcp_ack_facts *f,
			 struct tcp_ack_news *news, ostia_time now)
{
	tcp_ack_news_init(news);
	news->now = now;
	news->ecr_us = f->ecr_valid ? f->ecr_us : 0;
	news->min_rtt_us = tcp_rack_min_rtt(&s->rack);
	news->high_seq = s->rec.high_seq;
	news->fack = s->rack.fack;
}

/* Does the ACK take all that is in flight, one record that left once? */
static bool is_plain(const struct tcp_conn *c, const struct tcp_sender *s,
		     struct seq ack)
{
	const struct tcp_rtx_rec *r = s->rtx.head;

	return r && r == s->rtx.tail && seq_eq(r->end, ack) &&
	       !(r->flags & (uint8_t)~TCP_RTX_APP_LIMITED) &&
	       s->rec.state == TCP_OPEN && !s->rec.undo.on && !s->rack.tlp &&
	       !seq_before(ack, s->rack.fack) &&
	       !tcp_cwv_limits(&s->cwv, &c->cwin) && !s->ops->on_every &&
	       !(c->flags & TCP_F_SLOW);
}

/* Of on_ack() what is left then: a test compares both. */
bool tcp_sender_on_plain_ack(struct tcp *t, struct tcp_conn *c, struct seq ack,
			     ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;
	struct tcp_rtx_rec *r = s->rtx.head;
	uint32_t rtt_us;

	if (!is_plain(c, s, ack))
		return false;
	if (c->snd_wnd > s->max_wnd)
		s->max_wnd = c->snd_wnd;
	tcp_persist_on_acked(&s->persist);
	rtt_us = whole_us(r->tx_time, now);
	tcp_rate_count(&s->rate, r, r->segs, now);
	tcp_rack_on_plain_acked(&s->rack, r, now);
	tcp_rtx_pop(&s->rtx, &t->rtx_mem);
	advance(t, c, ack);
	if (!c->snd.len)
		tcp_chrono_set(&c->cold->chrono, TCP_CHRONO_IDLE, now);
	if (c->path && c->path->neigh)
		path_confirm(c->path, now);
	take_rtt(t, c, s, rtt_us, now);
	s->rec.timeouts = 0;
	tcp_timers_on_acked(t, c, now);
	if (may_send(c, s))
		tcp_want_tx(c);
	tell_writer(t, c, now);
	return true;
}

/* Segments that an ACK tells as marked; of old ECN, all or none. */
static uint32_t marks(struct tcp *t, const struct tcp_conn *c,
		      const struct tcp_ack_facts *f, uint32_t delivered)
{
	if (f->counts)
		return tcp_ecn_marked(t, c, f->counts, delivered);
	return f->ece ? UINT32_MAX : 0;
}

/* How far was it overtaken? As Linux measures it, for tcp_info alone. */
static void note_reordering(struct tcp *t, struct tcp_conn *c,
			    const struct tcp_ack_news *news)
{
	struct tcp_cold *k = c->cold;
	struct seq top =
		k->tx.rtx.sacked ? seq_back(news->fack, c->mss) : c->snd_una;
	uint32_t segs;

	k->reord_seen++;
	tcp_stats(t)->TcpExtRackReordering++;
	if (!seq_before(news->reord_low, top))
		return;
	segs = (seq_span(news->reord_low, top) + c->mss - 1) / c->mss;
	segs = segs < REORDERING_MAX ? segs : REORDERING_MAX;
	if (segs > k->reordering)
		k->reordering = (uint16_t)segs;
}

static void on_ack(struct tcp *t, struct tcp_conn *c,
		   const struct tcp_ack_facts *f, ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;
	uint32_t pipe = tcp_recovery_pipe(&s->rec, &s->rtx), rtt_us;
	struct seq prior_una = c->snd_una;
	struct tcp_repair_done done = { .grow = true };
	struct tcp_ack_news news;
	struct tcp_repair_ack a = {
		.news = &news,
		.advanced = !seq_eq(f->ack, c->snd_una),
	};
	uint32_t marked;

	known_before(s, f, &news, now);
	a.dup = !a.advanced && !f->len && !f->wnd_changed && s->rtx.head;
	if (a.advanced) {
		dequeue(t, s, f->ack, &news);
		advance(t, c, f->ack);
		if (!c->snd.len && tcp_rtx_empty(&s->rtx))
			tcp_chrono_set(&c->cold->chrono, TCP_CHRONO_IDLE, now);
		if (c->path && c->path->neigh)
			path_confirm(c->path, now);
	}
	if (f->n_sack && c->flags & TCP_F_SACK)
		take_sacks(t, c, f, prior_una, &news, &a);
	marked = marks(t, c, f, news.delivered);
	a.ece = marked != 0;
	rtt_us = rtt_sample(&news, f, a.dsack_segs);
	take_rtt(t, c, s, rtt_us, now);
	tcp_rack_on_acked(&s->rack, &news);
	if (news.reordered)
		note_reordering(t, c, &news);
	if (s->rack.tlp)
		settle_probe(t, c, f, &a, now);
	if (!tcp_recovery_calm(&s->rec, &a, &s->rtx)) {
		a.can_send_new = window_takes_new(c);
		if (!lost_mtu_probe(t, c, &a, now))
			repair(t, c, &a, &done, now);
	} else {
		s->rec.timeouts = 0;
	}
	if (s->ops->on_every)
		tell_model(t, c, &news, rtt_us, pipe, &done, marked, now);
	else if (done.grow)
		grow_cwnd(t, c, &news, rtt_us, pipe, done.lost, a.ece, now);
	else
		count_only(s, &news);
	if (a.advanced || done.lost)
		tcp_timers_on_acked(t, c, now);
}

/* All is acknowledged, and yet this may tell that something arrived twice: a
 * D-SACK, or what draws none (RFC 8985 7.4.2, case 2).
 */
static bool may_prove(const struct tcp_sender *s, const struct tcp_ack_facts *f)
{
	return f->n_sack || s->rack.tlp;
}

void tcp_sender_on_ack(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_ack_facts *f, ostia_time now)
{
	struct tcp_sender *s;

	if (!c->cold) { /* nothing in flight, nothing queued */
		if (tcp_unsent_bytes(c))
			tcp_want_tx(c);
		return;
	}
	s = &c->cold->tx;
	if (c->snd_wnd > s->max_wnd)
		s->max_wnd = c->snd_wnd;
	tcp_persist_on_acked(&s->persist);
	if (s->rtx.head || may_prove(s, f))
		on_ack(t, c, f, now);
	if (may_send(c, s))
		tcp_want_tx(c);
	tell_writer(t, c, now);
}
