/* SPDX-License-Identifier: MIT */
#include "tcp/ack.h"

#include "tcp/cold.h"
#include "tcp/defend.h"
#include "tcp/ecn.h"
#include "tcp/ts.h"
#include "tcp/urgent.h"

/* Linux's reading of RFC 9293's SND.WL1 and WL2: what acknowledges more or
 * comes later in the peer's stream is newer; among equals the larger window
 * counts, because duplicates of an older ACK may have been overtaken, and none
 * at all counts, because a peer without room says so once.
 */
static bool update_window(struct tcp_conn *c, const struct tcp_seg *s)
{
	uint32_t wnd = tcp_ack_window(c, s);
	uint32_t was = c->snd_wnd;

	if (seq_after(s->ack, c->snd_una) || seq_after(s->seq, c->snd_wl1) ||
	    (seq_eq(s->seq, c->snd_wl1) && (wnd > c->snd_wnd || !wnd))) {
		c->snd_wl1 = s->seq;
		c->snd_wnd = wnd;
	}
	return c->snd_wnd != was;
}

static void add_timestamp(const struct tcp_conn *c, const struct tcp_seg *s,
			  struct tcp_ack_facts *f)
{
	uint32_t age_ms;

	if (!(c->flags & TCP_F_TS) || !(s->h.opts & WIRE_TCP_OPT_TS) ||
	    !s->h.tsecr)
		return;
	age_ms = tcp_ts_val(c, s->now) - s->h.tsecr;
	if (age_ms > s->now / NS_PER_MS)
		return; /* never sent by us */
	f->ecr_valid = true;
	f->ecr_us = s->now / NS_PER_US - (uint64_t)age_ms * 1000;
	if (seq_after(s->ack, c->snd_una))
		f->rtt_us = tcp_ts_rtt_us(c, s->h.tsecr, s->now);
}

static void add_sack(const struct tcp_conn *c, const struct tcp_seg *s,
		     struct tcp_ack_facts *f)
{
	if (c->flags & TCP_F_SACK && s->h.opts & WIRE_TCP_OPT_SACK) {
		f->sack = s->h.sack;
		f->n_sack = s->h.n_sack;
	}
}

/* RFC 5961 5.2: older than the largest window ever is nobody's. */
static bool too_old(const struct tcp_conn *c, const struct tcp_seg *s)
{
	uint32_t max = c->cold ? c->cold->tx.max_wnd : 0;

	max = max > c->snd_wnd ? max : c->snd_wnd;
	return seq_before(s->ack, seq_back(c->snd_una, max));
}

/* An ACK that was overtaken: its SACK blocks may still be news. */
static void old_ack(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	struct tcp_ack_facts f = {
		.ack = c->snd_una,
		.len = s->len + s->fin,
	};

	add_sack(c, s, &f);
	if (f.n_sack)
		tcp_sender_on_ack(t, c, &f, s->now);
}

/* Has it anything for the sender beside the number and the window? */
static bool says_more(const struct tcp *t, const struct tcp_conn *c,
		      const struct tcp_seg *s)
{
	return s->h.opts & WIRE_TCP_OPT_SACK ||
	       (c->flags & TCP_F_ECN &&
		(s->h.flags & WIRE_TCP_ECE || tcp_ecn_accurate(t, c)));
}

/* All facts, for all the sender's rooms. */
static void tell_sender(struct tcp *t, struct tcp_conn *c,
			const struct tcp_seg *s, bool wnd_changed)
{
	struct tcp_ack_facts f = {
		.ack = s->ack,
		.len = s->len + s->fin,
		.wnd_changed = wnd_changed,
	};

	if (c->flags & TCP_F_ECN && tcp_ecn_accurate(t, c))
		f.counts = tcp_ecn_counts(t, c, s) ? &s->h : NULL;
	else
		f.ece = c->flags & TCP_F_ECN && s->h.flags & WIRE_TCP_ECE;
	add_timestamp(c, s, &f);
	add_sack(c, s, &f);
	tcp_sender_on_ack(t, c, &f, s->now);
}

bool tcp_ack_rx(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	bool wnd_changed;

	if (seq_after(s->ack, c->snd_nxt) ||
	    (seq_before(s->ack, c->snd_una) && too_old(c, s))) {
		TCP_UNTAKEN(t, TcpExtACKInvalid);
		tcp_defend_challenge(t, c, s->now);
		return false;
	}
	if (seq_before(s->ack, c->snd_una)) {
		old_ack(t, c, s);
		return true;
	}
	wnd_changed = update_window(c, s);
	if (c->cold)
		c->cold->last_ack_rcv = s->now;
	if (!c->cold || says_more(t, c, s) ||
	    !tcp_sender_on_plain_ack(t, c, s->ack, s->now))
		tell_sender(t, c, s, wnd_changed);
	if (c->flags & TCP_F_URG_SND)
		tcp_urgent_on_acked(c);
	return true;
}
