/* SPDX-License-Identifier: MIT */
/*
 * tcp/rx.c - a segment arrives (RFC 9293 3.10.7)
 *
 * tcp_rx() parses, finds whose it is, and hands it to the room of its state:
 * tcp/listen, tcp/half, tcp/timewait, or here. In the synchronized states the
 * numbered steps of 3.10.7.4 are the functions step_*(), in order; each says
 * whether to go on. A segment of an undisturbed stream passes all of them by
 * one look at its header (Jacobson's header prediction) and meets the same
 * functions that do the work.
 */
#include "tcp/rx.h"

#include "tcp/ack.h"
#include "tcp/acktx.h"
#include "tcp/auth.h"
#include "tcp/bind.h"
#include "tcp/cold.h"
#include "tcp/defend.h"
#include "tcp/demux.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/filter.h"
#include "tcp/half.h"
#include "tcp/listen.h"
#include "tcp/opts.h"
#include "tcp/rcvbuf.h"
#include "tcp/reply.h"
#include "tcp/stamp.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"
#include "tcp/ts.h"
#include "tcp/urgent.h"

#include "base/csum.h"
#include "ip/state.h"

#include <errno.h>
#include <netinet/in.h>

enum {
	COPY_BELOW = 256, /* bytes that are copied rather than referred to */
	COPY_WASTE = 4, /* or what pins so many times its size */
	PREDICTED = WIRE_TCP_FIN | WIRE_TCP_SYN | WIRE_TCP_RST | WIRE_TCP_ACK |
		    WIRE_TCP_URG | WIRE_TCP_ECE | WIRE_TCP_CWR | WIRE_TCP_AE,
	UNPREDICTED =
		TCP_F_SLOW | TCP_F_URG_RCV | TCP_F_SHUT_RD | TCP_F_FIN_RCVD,
};

/* --- receiving data ------------------------------------------------------ */

/* What a reference to the packet's memory would add to a queue's charge, or
 * its length if it is better copied anyway.
 */
static uint32_t cost(const struct stream *q, const struct tcp_seg *s)
{
	const struct ostia_pkt *p = s->p;
	uint32_t size = 0;

	if (s->len < COPY_BELOW || !p->nslices)
		return s->len;
	for (unsigned i = 0; i < p->nslices; i++) {
		const struct block *b = p->slice[i].block;

		if (i ? b != p->slice[i - 1].block : !stream_tail_is(q, b))
			size += b->size;
	}
	if (!size)
		return s->len + 1; /* it grows together with the tail */
	return size > COPY_WASTE * s->len ? s->len : size;
}

/* One segment's payload: a super-segment tells its size. */
static uint32_t segment_size(const struct tcp_seg *s)
{
	return s->p->gso_size && s->p->gso_size < s->len ? s->p->gso_size
							 : s->len;
}

/* Of segments that came as one all but the last are full and without PSH. */
static void tell_acktx(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_seg *s)
{
	uint32_t size = segment_size(s);
	bool psh = s->h.flags & WIRE_TCP_PSH;

	if (size < s->len)
		tcp_acktx_on_more(c, size);
	tcp_acktx_on_data(t, c, size, psh && size == s->len, s->now);
}

/* RCV.NXT has moved over what stood in the queue out of order. */
static void deliver_queued(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_reasm *r = &c->cold->reasm;
	int n = tcp_reasm_deliver(r, t->lent.pool, c->rcv_nxt, &c->rcv);

	if (n > 0) {
		c->rcv_nxt = seq_add(c->rcv_nxt, (uint32_t)n);
		c->bytes_received += (uint32_t)n;
		if (c->rare)
			tcp_stamp_on_text(t, c, tcp_now(t));
	}
	/* A gap was filled: the sender waits for that news (RFC 5681 4.2). */
	tcp_ack_now(c);
}

/* @n bytes in order behind RCV.NXT. Return: false: there was no room. */
static bool queue_in_order(struct tcp *t, struct tcp_conn *c,
			   const struct tcp_seg *s, uint32_t n)
{
	enum tcp_admit how = tcp_rcvbuf_admit(t, c, cost(&c->rcv, s), n, true);

	if (how == TCP_ADMIT_NO ||
	    stream_append_pkt(&c->rcv, t->lent.pool, s->p, s->data, n,
			      how == TCP_ADMIT_COPY)) {
		TCP_UNTAKEN(t, TcpExtRcvQDrop);
		tcp_ack_now(c);
		return false;
	}
	c->rcv_nxt = seq_add(c->rcv_nxt, n);
	c->bytes_received += n;
	if (c->rare)
		tcp_stamp_on_text(t, c, tcp_now(t));
	return true;
}

static bool reports_dsack(const struct tcp *t, const struct tcp_conn *c)
{
	return c->flags & TCP_F_SACK && t->set.dsack;
}

/* [from, to) came a second time: RFC 2883, and an ACK at once. */
static void rx_duplicate(struct tcp *t, struct tcp_conn *c, struct seq from,
			 struct seq to)
{
	struct tcp_cold *k = tcp_cold_get(t, c);

	tcp_acktx_quick(c, TCP_QUICK_MAX);
	if (k && reports_dsack(t, c) && !seq_eq(from, to)) {
		tcp_reasm_on_duplicate(&k->reasm, from, to);
		tcp_stats(t)->TcpExtDSACKOldSent++;
	}
	tcp_ack_now(c);
}

static void rx_out_of_order(struct tcp *t, struct tcp_conn *c,
			    struct tcp_seg *s)
{
	struct tcp_cold *k = tcp_cold_get(t, c);
	static const struct stream none;
	enum tcp_admit how;
	int fresh;

	tcp_acktx_quick(c, TCP_QUICK_MAX);
	tcp_ack_now(c);
	if (!k)
		return;
	how = tcp_rcvbuf_admit(t, c, cost(&none, s), s->len, false);
	if (how == TCP_ADMIT_NO) {
		TCP_UNTAKEN(t, TcpExtOFODrop);
		return;
	}
	fresh = tcp_reasm_add(&k->reasm, t->lent.pool, s->p, s->data, s->seq,
			      s->len, how == TCP_ADMIT_COPY);
	if (fresh < 0) {
		TCP_UNTAKEN(t, TcpExtOFODrop);
		return;
	}
	tcp_stats(t)->TcpExtOFOQueue++;
	k->rcv_ooopack++;
	if ((uint32_t)fresh < s->len) {
		tcp_stats(t)->TcpExtOFOMerge++;
		if (reports_dsack(t, c))
			tcp_stats(t)->TcpExtDSACKOfoSent++;
		else
			k->reasm.has_dsack = false;
	}
}

/* Bytes of @s before the first that waits out of order. */
static uint32_t before_queued(const struct tcp_conn *c, const struct tcp_seg *s)
{
	const struct tcp_reasm *r = c->cold ? &c->cold->reasm : NULL;
	uint32_t n = s->len;

	if (!r || !r->n)
		return n;
	if (seq_before_eq(r->piece[0].start, s->seq))
		return 0;
	return seq_before(r->piece[0].start, seq_add(s->seq, n))
		       ? seq_span(s->seq, r->piece[0].start)
		       : n;
}

/* Of bytes that come twice the first count (tcp/reasm.h), so what waits cuts
 * the segment; what follows its first @n bytes is filed around it.
 */
static void rx_behind(struct tcp *t, struct tcp_conn *c,
		      const struct tcp_seg *s, uint32_t n)
{
	struct tcp_seg rest = *s;

	rest.seq = seq_add(s->seq, n);
	rest.data += n;
	rest.len -= n;
	rx_out_of_order(t, c, &rest);
}

static void rx_in_order(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	uint32_t rtt_us = 0, n = before_queued(c, s);

	if (n < s->len)
		rx_behind(t, c, s, n);
	if (n && !queue_in_order(t, c, s, n)) {
		s->fin = false;
		return;
	}
	if (c->flags & TCP_F_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	    s->len >= c->rcv_mss)
		rtt_us = tcp_ts_rtt_us(c, s->h.tsecr, s->now);
	if (c->cold && !tcp_reasm_empty(&c->cold->reasm))
		deliver_queued(t,
			       c); /* a FIN that waits is beyond a gap, too */
	tell_acktx(t, c, s);
	tcp_rcvbuf_on_data(t, c, rtt_us, s->now);
	if (c->flags & TCP_F_URG_RCV)
		tcp_urgent_on_data(t, c);
	tcp_conn_tell(t, c, TCP_NEWS_IN);
}

/* Only what lies in the window is looked at (RFC 9293 3.10.7.4, first). */
static void trim_to_window(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	struct seq edge = seq_add(c->rcv_nxt, tcp_rcvbuf_left(c));
	struct seq end = seq_add(s->seq, s->len);

	if (seq_before(s->seq, c->rcv_nxt)) {
		uint32_t old = seq_span(s->seq, c->rcv_nxt);

		rx_duplicate(t, c, s->seq, c->rcv_nxt);
		s->data += old;
		s->len -= old;
		s->seq = c->rcv_nxt;
	}
	if (seq_after(end, edge)) {
		uint32_t beyond = seq_span(edge, end);

		s->len = beyond < s->len ? s->len - beyond : 0;
		s->fin = false;
	}
}

/* Seventh: the segment text. */
static void step_text(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	struct seq end = seq_add(s->seq, s->len);

	if (s->len && seq_before_eq(end, c->rcv_nxt)) {
		TCP_UNTAKEN(t, TcpExtOldSequence);
		rx_duplicate(t, c, s->seq, end);
		s->len = 0;
		s->seq = end;
		return;
	}
	if (!s->len)
		return;
	if (!tcp_rcvbuf_left(c)) {
		TCP_UNTAKEN(t, TcpExtZeroWindowDrop);
		tcp_acktx_quick(c, TCP_QUICK_MAX);
		tcp_ack_now(c);
		s->fin = false;
		s->len = 0;
		return;
	}
	trim_to_window(t, c, s);
	if (!s->len)
		return;
	if (seq_eq(s->seq, c->rcv_nxt))
		rx_in_order(t, c, s);
	else
		rx_out_of_order(t, c, s);
}

/* --- the peer's FIN ------------------------------------------------------ */

/* Return: false: the connection is a record in TIME-WAIT now. */
static bool rx_fin(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	c->rcv_nxt = seq_add(c->rcv_nxt, 1);
	c->flags |= TCP_F_FIN_RCVD;
	if (c->cold)
		tcp_reasm_clear(&c->cold->reasm, t->lent.pool);
	tcp_ack_now(c);
	switch (c->state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		tcp_conn_set_state(t, c, TCP_CLOSE_WAIT);
		c->flags |= TCP_F_PINGPONG;
		break;
	case TCP_FIN_WAIT1:
		tcp_conn_set_state(t, c, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT2:
		tcp_timewait_enter(t, c, TCP_TIME_WAIT, now);
		return false;
	}
	tcp_conn_tell(t, c,
		      TCP_NEWS_IN |
			      (c->flags & TCP_F_FIN_WANTED ? TCP_NEWS_HUP : 0));
	return true;
}

/* Eighth: the FIN bit. One that comes before what it follows waits. */
static bool step_fin(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	struct seq at = seq_add(s->seq, s->len);
	struct tcp_cold *k;

	if (s->fin && seq_eq(at, c->rcv_nxt))
		return rx_fin(t, c, s->now);
	if (s->fin && seq_after(at, c->rcv_nxt)) {
		k = tcp_cold_get(t, c);
		if (k)
			tcp_reasm_on_fin(&k->reasm, at);
		tcp_ack_now(c);
		return true;
	}
	k = c->cold;
	if (k && k->reasm.has_fin && seq_eq(k->reasm.fin, c->rcv_nxt))
		return rx_fin(t, c, s->now);
	return true;
}

/* --- synchronized states: steps one to six ------------------------------- */

static bool old_timestamp(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return c->flags & TCP_F_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	       tcp_ts_paws_rejects(s->h.tsval, c->ts_recent, c->ts_recent_age,
				   s->now);
}

/* An answer to what cannot be accepted: 3.10.7.4, "send an acknowledgment in
 * reply". It names the duplicate (RFC 2883 4).
 */
static void answer_unacceptable(struct tcp *t, struct tcp_conn *c,
				const struct tcp_seg *s)
{
	struct seq end = tcp_seg_end(s);

	if (s->h.flags & WIRE_TCP_SYN) {
		tcp_defend_challenge(t, c, s->now);
		return;
	}
	if (s->len && seq_before(s->seq, c->rcv_nxt)) {
		rx_duplicate(t, c, s->seq, seq_min(end, c->rcv_nxt));
		return;
	}
	tcp_defend_oow(t, c, s->len || s->fin, s->now);
}

/* First: the sequence number. An ACK that crossed one of ours and so begins
 * before RCV.NXT is let in, as long as it is not older than our last ACK.
 */
static bool step_sequence(struct tcp *t, struct tcp_conn *c,
			  const struct tcp_seg *s)
{
	struct seq edge = seq_add(c->rcv_nxt, tcp_rcvbuf_left(c));
	bool rst = s->h.flags & WIRE_TCP_RST;

	if (old_timestamp(c, s) && !rst) {
		TCP_UNTAKEN(t, TcpExtPAWSEstab);
		if (s->h.flags & WIRE_TCP_SYN)
			tcp_stats(t)->TcpExtSYNChallenge++;
		answer_unacceptable(t, c, s);
		return false;
	}
	if (seq_after_eq(tcp_seg_end(s), c->rcv_wup) &&
	    seq_before_eq(s->seq, edge))
		return true;
	tcp_defend_untaken(t, s, c->rcv_nxt);
	if (!rst)
		answer_unacceptable(t, c, s);
	return false;
}

/* What a reset means to the program (Linux). */
static int reset_errno(const struct tcp_conn *c)
{
	switch (c->state) {
	case TCP_SYN_SENT:
		return ECONNREFUSED;
	case TCP_SYN_RECV:
		return tcp_fastopen_is_child(c) ? ECONNRESET : ECONNREFUSED;
	case TCP_CLOSE_WAIT:
		return EPIPE;
	default:
		return ECONNRESET;
	}
}

/* Second: the RST bit (RFC 5961 3.2: the exact number, or a challenge). */
static bool step_reset(struct tcp *t, struct tcp_conn *c,
		       const struct tcp_seg *s)
{
	if (!(s->h.flags & WIRE_TCP_RST))
		return true;
	if (!seq_eq(s->seq, c->rcv_nxt)) {
		TCP_UNTAKEN(t, TcpExtRSTChallenge);
		tcp_defend_challenge(t, c, s->now);
		return false;
	}
	if (c->rare)
		tcp_fastopen_settled(t, c, true, s->now);
	tcp_conn_drop(t, c, reset_errno(c));
	return false;
}

/* Does it acknowledge our SYN, and perhaps data that went with it? */
static bool acks_syn(const struct tcp_conn *c, struct seq ack)
{
	return seq_after(ack, c->snd_una) && seq_before_eq(ack, c->snd_nxt);
}

/* A simultaneous open's SYN-ACK repeats the SYN that we know. */
static bool completes_simultaneous(const struct tcp_conn *c,
				   const struct tcp_seg *s)
{
	return c->state == TCP_SYN_RECV && s->h.flags & WIRE_TCP_ACK &&
	       !s->len && seq_eq(seq_add(s->seq, 1), c->rcv_nxt) &&
	       acks_syn(c, s->ack);
}

/* Fourth: the SYN bit (RFC 5961 4.2: never believed). */
static bool step_syn(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	if (!(s->h.flags & WIRE_TCP_SYN))
		return true;
	if (completes_simultaneous(c, s)) {
		s->seq = seq_add(s->seq, 1);
		return true;
	}
	TCP_UNTAKEN(t, TcpExtSYNChallenge);
	tcp_defend_challenge(t, c, s->now);
	return false;
}

/* RFC 7323 4.3 (2): TS.Recent follows what has not been acknowledged yet. As in
 * Linux what ends at our last ACK counts, too: it came again because that ACK
 * was lost, and the echo of its first timestamp would be taken for a round
 * trip as long as the loss.
 */
static void keep_timestamp(struct tcp_conn *c, const struct tcp_seg *s)
{
	if (c->flags & TCP_F_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	    seq_before_eq(s->seq, c->rcv_wup) &&
	    ((int32_t)(s->h.tsval - c->ts_recent) >= 0 ||
	     tcp_ts_age(s->now) != c->ts_recent_age))
		tcp_ts_store(c, s->h.tsval, s->now);
}

/* Our SYN is acknowledged: the connection stands. */
static void establish(struct tcp *t, struct tcp_conn *c,
		      const struct tcp_seg *s)
{
	c->snd_una = seq_add(c->snd_una, 1);
	c->flags |= TCP_F_SYN_ACKED;
	c->snd_wnd = tcp_ack_window(c, s);
	c->snd_wl1 = s->seq;
	tcp_sender_sync_mss(t, c);
	if (!c->rcv_mss || c->rcv_mss > c->mss_peer)
		c->rcv_mss = c->mss_peer;
	if (c->cold) {
		c->cold->rcvq_seq = c->rcv_nxt;
		c->cold->rcvq_time = s->now;
	}
	tcp_conn_set_state(t, c,
			   c->flags & TCP_F_FIN_WANTED ? TCP_FIN_WAIT1
						       : TCP_ESTABLISHED);
	tcp_sender_open(t, c, 0, s->now);
	if (c->cold && !tcp_rtx_empty(&c->cold->tx.rtx))
		tcp_timers_on_acked(t, c, s->now);
	tcp_want_tx(c);
	tcp_conn_tell(t, c, TCP_NEWS_OUT);
}

/* Our FIN may be acknowledged: 3.10.7.4, fifth, by state. Return: false: the
 * connection is not a connection any more.
 */
static bool move_by_ack(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	if (!tcp_ack_fin(c))
		return true;
	switch (c->state) {
	case TCP_FIN_WAIT1:
		tcp_conn_set_state(t, c, TCP_FIN_WAIT2);
		tcp_conn_tell(t, c, TCP_NEWS_OUT); /* close() may linger */
		return true;
	case TCP_CLOSING:
		tcp_timewait_enter(t, c, TCP_TIME_WAIT, now);
		return false;
	case TCP_LAST_ACK:
		tcp_conn_drop(t, c, 0);
		return false;
	}
	return true;
}

/* Fifth: the ACK field. */
static bool step_ack(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	if (!(s->h.flags & WIRE_TCP_ACK)) {
		TCP_UNTAKEN(t, TcpExtACKInvalid);
		return false;
	}
	if (c->state == TCP_SYN_RECV) {
		if (!acks_syn(c, s->ack)) {
			TCP_UNTAKEN(t, TcpExtACKInvalid);
			tcp_reply_reset(t, s);
			return false;
		}
		if (c->rare)
			tcp_fastopen_settled(t, c, false, s->now);
		establish(t, c, s);
		if (seq_eq(c->snd_una, c->snd_nxt))
			return true;
	}
	return tcp_ack_rx(t, c, s) && move_by_ack(t, c, s->now);
}

/* Nobody will read it: RFC 2525 2.17, and Linux after close or SHUT_RD. */
static bool unwanted(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return c->flags & TCP_F_SHUT_RD && s->len &&
	       tcp_state_in(c->state,
			    TCP_IN(TCP_FIN_WAIT1) | TCP_IN(TCP_FIN_WAIT2)) &&
	       seq_after(seq_add(s->seq, s->len), c->rcv_nxt);
}

/* Sixth to eighth. Return: false: the connection is no more. */
static bool steps_data(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	if (unwanted(c, s)) {
		tcp_stats(t)->TcpExtAbortOnData++;
		tcp_reply_reset(t, s);
		tcp_conn_drop(t, c, ECONNRESET);
		return false;
	}
	if (tcp_state_in(c->state, TCP_MAY_RECEIVE) &&
	    !(c->flags & TCP_F_FIN_RCVD)) {
		if (s->h.flags & WIRE_TCP_URG)
			tcp_urgent_rx(t, c, s);
		step_text(t, c, s);
		return step_fin(t, c, s);
	}
	/* After its FIN the peer has nothing to say and new text is ignored
	 * (as in Linux); a repetition is told.
	 */
	if ((s->len || s->fin) && seq_before(s->seq, c->rcv_nxt)) {
		TCP_UNTAKEN(t, TcpExtOldSequence);
		tcp_ack_now(c);
	}
	return true;
}

/* The SYN that Fast Open answered: our SYN-ACK may have been lost. */
static bool rx_syn_again(struct tcp *t, struct tcp_conn *c,
			 const struct tcp_seg *s)
{
	struct seq irs = seq_back(c->rcv_nxt, (uint32_t)c->bytes_received + 1);

	if ((s->h.flags & (WIRE_TCP_SYN | WIRE_TCP_ACK | WIRE_TCP_RST)) !=
		    WIRE_TCP_SYN ||
	    !seq_eq(s->seq, irs) || !tcp_fastopen_is_child(c))
		return false;
	if (tcp_defend_allow(t, &c->cold->oow_ack, s->now)) {
		c->cold->tx.syn_due = true;
		tcp_want_tx(c);
	}
	return true;
}

static void rx_synchronized(struct tcp *t, struct tcp_conn *c,
			    struct tcp_seg *s)
{
	if (c->state == TCP_SYN_RECV && rx_syn_again(t, c, s))
		return;
	if (!step_sequence(t, c, s) || !step_reset(t, c, s) ||
	    !step_syn(t, c, s))
		return;
	keep_timestamp(c, s);
	if (step_ack(t, c, s) && steps_data(t, c, s) &&
	    c->state == TCP_FIN_WAIT2 && c->flags & TCP_F_ORPHAN)
		tcp_timewait_rest(t, c, s->now);
}

/* --- header prediction --------------------------------------------------- */

static bool predicted(const struct tcp_conn *c, const struct tcp_seg *s)
{
	uint16_t opts = c->flags & TCP_F_TS ? WIRE_TCP_OPT_TS : 0;

	return c->state == TCP_ESTABLISHED && !(c->flags & UNPREDICTED) &&
	       (s->h.flags & PREDICTED) == WIRE_TCP_ACK && s->h.opts == opts &&
	       seq_eq(s->seq, c->rcv_nxt) &&
	       seq_between(s->ack, c->snd_una, c->snd_nxt) &&
	       s->len <= tcp_rcvbuf_left(c) &&
	       (!opts || (int32_t)(s->h.tsval - c->ts_recent) >= 0) &&
	       !(c->cold && !tcp_reasm_empty(&c->cold->reasm));
}

static void rx_predicted(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	keep_timestamp(c, s);
	if (!s->len)
		tcp_stats(t)->TcpExtHPAcks++;
	else
		tcp_stats(t)->TcpExtHPHits++;
	if (s->len && tcp_ack_says_nothing(c, s))
		c->snd_wl1 = s->seq;
	else
		tcp_ack_rx(t, c, s);
	if (s->len)
		rx_in_order(t, c, s);
}

/* --- SYN-SENT (3.10.7.3) ------------------------------------------------- */

static void take_syn(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	uint16_t mss = tcp_opts_mss(c->path, tcp_is_v4(c),
				    tcp_rare_peek(t, c)->maxseg);

	tcp_opts_on_syn(t, c, &s->h, s->now);
	c->rcv_nxt = seq_add(s->seq, 1);
	c->rcv_wup = c->rcv_nxt;
	c->rcv_adv = seq_add(c->rcv_nxt, tcp_rcvbuf_first(t, c, mss));
	c->rcv_mss = mss < c->mss_peer ? mss : c->mss_peer;
	c->snd_wl1 = s->seq;
	c->snd_wnd = s->h.wnd;
	if (!(c->flags & TCP_F_TS))
		c->ts_offset = 0;
}

/* RFC 7413 4.2.1: what of our data arrived, and what goes out again. */
static void settle_syn_data(struct tcp *t, struct tcp_conn *c,
			    const struct tcp_seg *s)
{
	bool all = tcp_fastopen_on_syn_ack(t, c, s);

	if (seq_after(s->ack, c->snd_una))
		tcp_ack_rx(t, c, s);
	if (!all)
		tcp_sender_resend(t, c, s->now);
}

static void rx_syn_ack(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	take_syn(t, c, s);
	establish(t, c, s);
	tcp_ecn_on_syn_ack(t, c, s);
	tcp_ack_now(c);
	if (c->cold && c->cold->tx.fo)
		settle_syn_data(t, c, s);
	/* What else it carries is read as in ESTABLISHED. */
	s->seq = seq_add(s->seq, 1);
	s->h.flags &= (uint16_t)~WIRE_TCP_SYN;
	if (s->len || s->fin)
		steps_data(t, c, s);
}

/* Both sent SYNs (RFC 9293 3.5, figure 8): answer with a SYN-ACK. */
static void rx_simultaneous(struct tcp *t, struct tcp_conn *c,
			    struct tcp_seg *s)
{
	take_syn(t, c, s);
	tcp_ecn_on_syn(t, c, s);
	tcp_conn_set_state(t, c, TCP_SYN_RECV);
	if (tcp_sender_connect(t, c, s->now))
		tcp_conn_drop(t, c, ENOMEM);
}

static void rx_syn_sent(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	bool ack = s->h.flags & WIRE_TCP_ACK;

	if (ack && !acks_syn(c, s->ack)) {
		TCP_UNTAKEN(t, TcpExtACKInvalid);
		tcp_reply_reset(t, s); /* of an older connection */
		return;
	}
	if (s->h.flags & WIRE_TCP_RST) {
		if (ack)
			tcp_conn_drop(t, c, ECONNREFUSED);
		return;
	}
	if (!(s->h.flags & WIRE_TCP_SYN))
		return;
	if (ack)
		rx_syn_ack(t, c, s);
	else
		rx_simultaneous(t, c, s);
}

void tcp_rx_syn_text(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	c->segs_in++;
	c->tx.word += s->len != 0;
	s->seq = seq_add(s->seq, 1);
	s->h.flags &= (uint16_t)~WIRE_TCP_SYN;
	s->fin = false;
	step_text(t, c, s);
	c->rcv_wup = c->rcv_nxt; /* the SYN-ACK tells */
	if (c->bytes_received)
		tcp_rare_get(t, c)->fo_acked = true;
}

/* --- the door ------------------------------------------------------------ */

void tcp_rx_conn(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s)
{
	uint32_t segs;

	if (!tcp_filter_wants(t, c, s))
		return;
	segs = s->p->gso_segs ? s->p->gso_segs : 1;
	c->segs_in += segs;
	c->tx.word += s->len ? segs : 0;
	if (c->cold)
		c->cold->last_rcv = s->now;
	if (c->flags & TCP_F_ECN)
		tcp_ecn_on_data(t, c, s);
	if (predicted(c, s))
		rx_predicted(t, c, s);
	else if (c->state == TCP_SYN_SENT)
		rx_syn_sent(t, c, s);
	else
		rx_synchronized(t, c, s);
}

/* 3.10.7.1, or a listener. */
static enum verdict rx_stranger(struct tcp *t, struct tcp_seg *s,
				const struct seq *iss)
{
	struct tcp_conn *l = tcp_bind_hear(t, s);

	if (l)
		return tcp_listen_rx(t, l, s, iss);
	tcp_reply_reset(t, s);
	return VERDICT_HELD;
}

static enum verdict rx_found(struct tcp *t, const struct tcp_hit *hit,
			     struct tcp_seg *s)
{
	enum verdict v;
	struct seq iss;
	bool again;

	switch (hit->kind) {
	case TCP_KIND_CONN:
		*tcp_demux_recent(t, &s->flow) = hit->conn;
		tcp_rx_conn(t, hit->conn, s);
		return VERDICT_HELD;
	case TCP_KIND_HALF:
		return tcp_half_rx(t, hit, s);
	case TCP_KIND_WAIT:
		break;
	}
	v = tcp_timewait_rx(t, hit, s, &again, &iss);
	if (!again)
		return v;
	if (!tcp_bind_find(t, &s->flow, s->p->link->index, s->tag))
		return VERDICT_DROP; /* nobody would take it: stay */
	tcp_stats(t)->TcpExtTWRecycled++;
	tcp_timewait_drop(t, addr_is_v4(&s->flow.remote), hit->handle);
	return rx_stranger(t, s, &iss);
}

static bool checksum_ok(const struct tcp *t, struct ostia_pkt *p)
{
	uint32_t n = p->len - p->l4;
	uint32_t sum;

	if (p->csum != OSTIA_CSUM_NONE)
		return true;
	sum = addr_is_v4(&p->dst)
		      ? csum_pseudo4(p->src.b + 12, p->dst.b + 12, IPPROTO_TCP,
				     n)
		      : csum_pseudo6(p->src.b, p->dst.b, IPPROTO_TCP, n);
	(void)t;
	return csum_ok(pkt_csum(p, p->l4, n, sum));
}

/* The header, contiguous, and what is behind it. Return: false: malformed. */
static bool parse(struct tcp *t, struct tcp_seg *s)
{
	struct ostia_pkt *p = s->p;
	const uint8_t *at;
	uint32_t n = p->len - p->l4;

	at = n >= WIRE_TCP_HLEN ? pkt_peek(p, p->l4, WIRE_TCP_HLEN) : NULL;
	if (!at) {
		TCP_UNTAKEN(t, TcpInErrs);
		return false;
	}
	n = (uint32_t)(at[12] >> 4) * 4 < n ? (uint32_t)(at[12] >> 4) * 4 : n;
	if (n > WIRE_TCP_HLEN)
		at = pkt_peek(p, p->l4, n);
	if (!at || wire_tcp_parse(&s->h, at, n) < 0) {
		TCP_UNTAKEN(t, TcpInErrs);
		return false;
	}
	if (!checksum_ok(t, p)) {
		tcp_stats(t)->TcpInErrs++;
		TCP_UNTAKEN(t, TcpInCsumErrors);
		return false;
	}
	s->seq = seq(s->h.seq);
	s->ack = seq(s->h.ack);
	s->data = (uint32_t)p->l4 + s->h.hlen;
	s->len = p->len - s->data;
	s->fin = s->h.flags & WIRE_TCP_FIN;
	return true;
}

/* RFC 5082: who asked that peers be near, as IP_MINTTL does, sees none that
 * are not. Nobody looks until somebody has asked.
 */
static bool from_afar(struct tcp *t, const struct tcp_seg *s)
{
	const struct ostia_pkt *p = s->p;
	struct tcp_conn *c = NULL;
	const struct tcp_rare *r;
	struct tcp_hit hit;

	if (!tcp_demux_find(t, &s->flow, tcp_demux_tag(t, &s->flow), &hit))
		c = tcp_bind_find(t, &s->flow, p->link->index, 0);
	else if (hit.kind == TCP_KIND_CONN)
		c = hit.conn;
	if (!c)
		return false;
	r = tcp_rare_peek(t, c);
	return p->ttl < (addr_is_v4(&p->src) ? r->min_ttl : r->min_hops);
}

static enum verdict rx(struct tcp *t, struct ostia_pkt *p, ostia_time now)
{
	struct tcp_seg s;
	struct tcp_conn **recent;
	struct tcp_hit hit;

	tcp_stats(t)->TcpInSegs += p->gso_segs ? p->gso_segs : 1;
	s.p = p;
	s.now = now;
	/* RFC 9293 3.9.2.3 (MUST-57): never to or from more than one. */
	if (p->flags & PKT_BROADCAST || addr_is_multicast(&p->src) ||
	    addr_is_multicast(&p->dst) || !parse(t, &s))
		return VERDICT_DROP;
	s.flow = (struct flow) {
		.local = p->dst,
		.remote = p->src,
		.lport = s.h.dport,
		.rport = s.h.sport,
		.zone = p->zone,
	};
	if (__builtin_expect(t->min_ttls, 0) && from_afar(t, &s)) {
		TCP_UNTAKEN(t, TcpExtTCPMinTTLDrop);
		return VERDICT_DROP;
	}
	if (__builtin_expect(t->auth.ever || s.h.opts & WIRE_TCP_OPT_MD5, 0) &&
	    !tcp_auth_accepts(t, &s)) {
		t->lent.ip->why = "TCPSignature";
		return VERDICT_DROP;
	}
	recent = tcp_demux_recent(t, &s.flow);
	if (*recent && flow_eq(&(*recent)->flow, &s.flow)) {
		tcp_rx_conn(t, *recent, &s);
		return VERDICT_HELD;
	}
	s.tag = tcp_demux_tag(t, &s.flow);
	return tcp_demux_find(t, &s.flow, s.tag, &hit)
		       ? rx_found(t, &hit, &s)
		       : rx_stranger(t, &s, NULL);
}

/* What is HELD is read, or refused; only who traces sees the difference. */
enum verdict tcp_rx(struct tcp *t, struct ostia_pkt *p, ostia_time now)
{
	enum verdict v = rx(t, p, now);
	const char *why = t->why;

	if (__builtin_expect(why != NULL, 0)) {
		t->why = NULL;
		if (v == VERDICT_HELD)
			ip_dropped(t->lent.ip, p, why);
		else
			t->lent.ip->why = why;
	} else if (v == VERDICT_HELD) {
		pkt_free(p);
	}
	return v;
}
