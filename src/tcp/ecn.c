/* SPDX-License-Identifier: MIT */
#include "tcp/ecn.h"

#include "tcp/acktx.h"
#include "tcp/cold.h"
#include "tcp/metrics.h"
#include "tcp/rare.h"
#include "tcp/rcvbuf.h"

#include <errno.h>

enum {
	QUICK = 2, /* ACKs at once, so that the sender hears it soon */
	SPARE_AFTER = 3,
	SPARE_S = 3600,
	SPARE_SHIFT_MAX = 4,
};

static bool in_window(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return seq_before(s->seq, seq_add(c->rcv_nxt, tcp_rcvbuf_left(c))) &&
	       seq_after(seq_add(s->seq, s->len), c->rcv_nxt);
}

/* --- the handshake ------------------------------------------------------- */

static bool is_spared(const struct tcp_ecn_known *k, ostia_time now)
{
	return k->blocked >= SPARE_AFTER &&
	       tcp_metrics_spares(k->when, SPARE_S, k->blocked - SPARE_AFTER,
				  SPARE_SHIFT_MAX, now);
}

void tcp_ecn_open(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	const struct tcp_metric *m =
		t->set.ecn_fallback ? tcp_metrics_find(t, &c->flow) : NULL;

	c->cold->ecn_spared = m && is_spared(&m->ecn, now);
}

static enum tcp_ecn_mode at_least_classic(const struct tcp *t,
					  const struct tcp_conn *c,
					  enum tcp_ecn_mode mode)
{
	return !mode && tcp_sender_cc(t, c)->wants_ecn ? TCP_ECN_CLASSIC : mode;
}

enum tcp_ecn_mode tcp_ecn_asks(const struct tcp *t, const struct tcp_conn *c)
{
	if (c->cold && c->cold->ecn_spared)
		return TCP_ECN_NONE;
	switch (t->set.ecn) {
	case TCP_ECN_ACC_BOTH:
		return TCP_ECN_ACC;
	case TCP_ECN_BOTH:
	case TCP_ECN_ACC_ASK_ECN:
		return TCP_ECN_CLASSIC;
	default:
		return at_least_classic(t, c, TCP_ECN_NONE);
	}
}

uint16_t tcp_ecn_syn(const struct tcp *t, const struct tcp_conn *c,
		     unsigned tries)
{
	switch (tcp_ecn_asks(t, c)) {
	case TCP_ECN_ACC:
		return tries < 2 || !t->set.ecn_fallback ? TCP_ACCECN_ALL : 0;
	case TCP_ECN_CLASSIC:
		return tries < 1 || !t->set.ecn_fallback ? TCP_ECN_ASK : 0;
	default:
		return 0;
	}
}

static enum tcp_ecn_mode accepts(const struct tcp *t, const struct tcp_conn *c)
{
	if (t->set.ecn >= TCP_ECN_ACC_BOTH)
		return TCP_ECN_ACC;
	return at_least_classic(t, c,
				t->set.ecn ? TCP_ECN_CLASSIC : TCP_ECN_NONE);
}

/* A SYN: 3.1.3 reads what is not yet used as the request. */
static enum tcp_ecn_mode by_syn(const struct tcp *t, const struct tcp_conn *c,
				uint16_t flags)
{
	enum tcp_ecn_mode may = accepts(t, c);

	flags &= TCP_ACCECN_ALL;
	if (!flags || may == TCP_ECN_NONE)
		return TCP_ECN_NONE;
	if (flags == TCP_ECN_ASK)
		return TCP_ECN_CLASSIC;
	if (may == TCP_ECN_ACC)
		return TCP_ECN_ACC;
	return (flags & TCP_ECN_ASK) == TCP_ECN_ASK ? TCP_ECN_CLASSIC
						    : TCP_ECN_NONE;
}

static enum tcp_ecn_mode by_syn_ack(const struct tcp *t,
				    const struct tcp_conn *c, uint16_t flags)
{
	enum tcp_ecn_mode asked = tcp_ecn_asks(t, c);

	flags &= TCP_ACCECN_ALL;
	if (asked == TCP_ECN_CLASSIC)
		return (flags & TCP_ECN_ASK) == WIRE_TCP_ECE ? TCP_ECN_CLASSIC
							     : TCP_ECN_NONE;
	if (asked == TCP_ECN_NONE || !flags || flags == TCP_ACCECN_ALL)
		return TCP_ECN_NONE;
	return flags == WIRE_TCP_ECE ? TCP_ECN_CLASSIC : TCP_ECN_ACC;
}

enum tcp_ecn_mode tcp_ecn_agreed(const struct tcp *t, const struct tcp_conn *c,
				 uint16_t flags)
{
	return flags & WIRE_TCP_ACK ? by_syn_ack(t, c, flags)
				    : by_syn(t, c, flags);
}

uint16_t tcp_ecn_syn_ack(enum tcp_ecn_mode mode, uint8_t cp, unsigned tries)
{
	switch (mode) {
	case TCP_ECN_ACC:
		return tries < 2 ? tcp_accecn_shake(cp) : 0;
	case TCP_ECN_CLASSIC:
		return tries < 1 ? WIRE_TCP_ECE : 0;
	default:
		return 0;
	}
}

int tcp_ecn_begin(struct tcp *t, struct tcp_conn *c, enum tcp_ecn_mode mode,
		  uint8_t cp)
{
	struct tcp_rare *r;

	if (mode != TCP_ECN_ACC)
		return 0;
	r = tcp_rare_get(t, c);
	if (!r)
		return -ENOMEM;
	tcp_accecn_init(&r->acc);
	r->acc.await = true;
	r->acc.last = cp;
	/* where every queue marks early, all may be marked for long */
	r->acc.unmarked = tcp_sender_cc(t, c)->wants_ecn;
	return 0;
}

int tcp_ecn_no_ect(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r)
		return -ENOMEM;
	r->acc.no_ect = true;
	return 0;
}

void tcp_ecn_on_syn(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	if (c->flags & TCP_F_ECN &&
	    tcp_ecn_begin(t, c, tcp_ecn_agreed(t, c, s->h.flags),
			  s->p->tos & TCP_ECN_CE))
		c->flags &= ~TCP_F_ECN;
}

/* A SYN-ACK is told of in the next pure ACK, and counted once (3.2.2.2). */
static void take_syn_ack(struct tcp_accecn *a, uint8_t cp)
{
	a->shake = 1 + cp;
	if (cp == TCP_ECN_CE && a->r_cep == TCP_ACCECN_CEP)
		a->r_cep++;
}

/* The handshake met congestion (3.2.2.2): begin with a segment. */
static void give_way(struct tcp_conn *c)
{
	c->cwin.cwnd = 1;
}

/* Was it what the SYN asked for that kept it from being heard? A SYN-ACK that
 * agrees answers one that asked, and so does any before we sent another.
 */
static void learn(struct tcp *t, const struct tcp_conn *c,
		  const struct tcp_seg *s)
{
	unsigned tries = c->cold ? c->cold->tx.syn_tries : 0;
	bool blocked = tries && !tcp_ecn_syn(t, c, tries) &&
		       !tcp_ecn_agreed(t, c, s->h.flags);
	struct tcp_metric *m;

	if (!tcp_ecn_asks(t, c))
		return;
	m = blocked ? tcp_metrics_get(t, &c->flow)
		    : tcp_metrics_find(t, &c->flow);
	if (!m)
		return;
	m->ecn.blocked =
		blocked ? m->ecn.blocked + (m->ecn.blocked < UINT8_MAX) : 0;
	m->ecn.when = s->now;
}

/* 3.2.2.1, 3.2.2.3: it tells what became of our SYN, and we tell of it. */
void tcp_ecn_on_syn_ack(struct tcp *t, struct tcp_conn *c,
			const struct tcp_seg *s)
{
	unsigned tries = c->cold ? c->cold->tx.syn_tries : 0;
	struct tcp_accecn *a;
	uint8_t cp = s->p->tos & TCP_ECN_CE;

	learn(t, c, s);
	if (!(c->flags & TCP_F_ECN))
		return;
	if (tcp_ecn_agreed(t, c, s->h.flags) != TCP_ECN_ACC) {
		/* RFC 3168 6.1.1: a SYN of ours did not ask for it */
		if (tries && !tcp_ecn_syn(t, c, tries) && tcp_ecn_no_ect(t, c))
			c->flags &= ~TCP_F_ECN;
		return;
	}
	if (tcp_ecn_begin(t, c, TCP_ECN_ACC, cp)) {
		c->flags &= ~TCP_F_ECN; /* it will see no counter: note 1 */
		return;
	}
	a = tcp_ecn_accurate(t, c);
	a->await = false;
	a->first = TCP_ACCECN_FIRST_ACK | TCP_ACCECN_FIRST_DATA;
	take_syn_ack(a, cp);
	tcp_accecn_on_first(a, &s->h);
	a->no_ect = tcp_accecn_shaken(s->h.flags) > 0;
	if (tcp_accecn_shaken(s->h.flags) == TCP_ACCECN_CE)
		give_way(c);
}

/* --- segments ------------------------------------------------------------ */

uint16_t tcp_ecn_flags(const struct tcp *t, const struct tcp_conn *c, bool pure)
{
	struct tcp_accecn *a = tcp_ecn_accurate(t, c);
	uint16_t flags;

	if (!a) /* RFC 3168 6.1.3: in every ACK, until the sender says CWR */
		return c->cold && c->cold->ecn_echo ? WIRE_TCP_ECE : 0;
	a->told_cep = a->r_cep;
	if (!a->shake || !pure)
		return tcp_accecn_ace(a);
	flags = tcp_accecn_shake(a->shake - 1u);
	a->shake = 0;
	return flags;
}

/* Does it acknowledge our SYN-ACK and nothing else? */
static bool is_shake(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return !s->len && !s->fin && !(s->h.opts & WIRE_TCP_OPT_SACK) &&
	       !c->bytes_acked && seq_eq(s->ack, c->snd_una);
}

/* What acknowledges our SYN-ACK. Return: its ACE is no counter. */
static bool take_first(struct tcp_conn *c, struct tcp_accecn *a,
		       const struct tcp_seg *s)
{
	uint32_t was = a->s_cep;

	a->await = false;
	tcp_accecn_on_first(a, &s->h);
	if (!is_shake(c, s))
		return false;
	tcp_accecn_on_shake(a, s->h.flags, TCP_ACCECN_NOT_ECT);
	if (a->s_cep != was)
		give_way(c);
	return true;
}

/* Older than what we have heard: its counters are, too (A.1). */
static bool superseded(const struct tcp_conn *c, const struct tcp_seg *s)
{
	return c->flags & TCP_F_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	       (int32_t)(s->h.tsval - c->ts_recent) < 0;
}

struct tcp_accecn_when tcp_ecn_when(const struct tcp *t,
				    const struct tcp_conn *c, bool data)
{
	return (struct tcp_accecn_when) {
		.mode = t->set.ecn_option,
		.beacon = t->set.ecn_option_beacon,
		.srtt_us = c->rtt.srtt_us,
		.data = data,
	};
}

bool tcp_ecn_counts(const struct tcp *t, struct tcp_conn *c,
		    const struct tcp_seg *s)
{
	struct tcp_accecn *a = tcp_ecn_accurate(t, c);

	if (!a || (a->await && take_first(c, a, s)))
		return false;
	return !superseded(c, s);
}

uint32_t tcp_ecn_marked(const struct tcp *t, const struct tcp_conn *c,
			const struct wire_tcp *f, uint32_t delivered)
{
	const struct tcp_accecn_ack ack = {
		.segs = delivered,
		.mss = c->mss,
		.una = c->snd_una,
		.nxt = c->snd_nxt,
		.now = tcp_now(t),
	};

	/* or it is as old as the last one (A.1) */
	return delivered
		       ? tcp_accecn_on_feedback(tcp_ecn_accurate(t, c), f, &ack)
		       : 0;
}

/* The ACK of it was lost on the way, perhaps for its option (3.2.2.1,
 * 3.2.3.2.2).
 */
static void syn_ack_again(struct tcp_conn *c, struct tcp_accecn *a,
			  const struct tcp_seg *s)
{
	if ((s->h.flags & (WIRE_TCP_SYN | WIRE_TCP_ACK)) !=
		    (WIRE_TCP_SYN | WIRE_TCP_ACK) ||
	    !(s->h.flags & TCP_ACCECN_ALL) || c->bytes_received ||
	    !seq_eq(seq_add(s->seq, 1), c->rcv_nxt))
		return;
	take_syn_ack(a, s->p->tos & TCP_ECN_CE);
	a->mute = true;
}

static void count_accurately(struct tcp *t, struct tcp_conn *c,
			     struct tcp_accecn *a, const struct tcp_seg *s)
{
	uint32_t segs = s->p->gso_segs > 1 ? s->p->gso_segs : 1;
	uint8_t cp = s->p->tos & TCP_ECN_CE;

	if (s->h.flags & WIRE_TCP_SYN) {
		syn_ack_again(c, a, s);
		return;
	}
	if (s->len && seq_before_eq(seq_add(s->seq, s->len), c->rcv_nxt))
		tcp_accecn_on_again(a, s->seq);
	if (s->h.flags & WIRE_TCP_RST ||
	    (s->len ? !in_window(c, s) : !seq_eq(s->seq, c->rcv_nxt)))
		return;
	tcp_stats(t)->TcpExtEcnSeen += cp == TCP_ECN_CE;
	if (tcp_accecn_on_packet(a, cp, segs, s->len,
				 s->len || !seq_eq(c->rcv_wup, c->rcv_nxt)))
		tcp_ack_now(c);
}

/* RFC 8257 3.2: the echo follows the marks, and a change is told at once. */
static void echo_precisely(struct tcp_conn *c, struct tcp_cold *k, bool ce)
{
	if (k->ecn_echo == ce)
		return;
	k->ecn_echo = ce;
	tcp_acktx_quick(c, 1);
	tcp_ack_now(c);
}

void tcp_ecn_on_data(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s)
{
	bool ce = (s->p->tos & TCP_ECN_CE) == TCP_ECN_CE;
	struct tcp_accecn *a = tcp_ecn_accurate(t, c);
	struct tcp_cold *k;

	if (a) {
		count_accurately(t, c, a, s);
		return;
	}
	if (!s->len || !in_window(c, s))
		return;
	k = tcp_cold_get(t, c);
	if (!k)
		return;
	tcp_stats(t)->TcpExtEcnSeen += ce;
	if (k->tx.ops->wants_ecn) {
		echo_precisely(c, k, ce);
		return;
	}
	if (s->h.flags & WIRE_TCP_CWR)
		k->ecn_echo = false;
	if (!ce)
		return;
	if (!k->ecn_echo)
		tcp_acktx_quick(c, QUICK);
	k->ecn_echo = true;
}
