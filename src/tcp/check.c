/* SPDX-License-Identifier: MIT */
#include "tcp/check.h"

#include "tcp/cold.h"

/* SND.UNA <= SND.NXT <= what is queued, our SYN and our FIN counted. */
static void check_snd(const struct tcp_conn *c)
{
	struct seq end = tcp_snd_end(c);

	if (c->flags & TCP_F_FIN_WANTED)
		end = seq_add(end, 1);
	assert(seq_sub(c->snd_nxt, c->snd_una) >= 0);
	assert(seq_sub(end, c->snd_nxt) >= 0);
	assert(!(c->flags & TCP_F_FIN_SENT) || c->flags & TCP_F_FIN_WANTED);
}

/* What was acknowledged last <= RCV.NXT <= the edge that was offered. */
static void check_rcv(const struct tcp_conn *c)
{
	assert(seq_sub(c->rcv_nxt, c->rcv_wup) >= 0);
	assert(seq_sub(c->rcv_adv, c->rcv_wup) >= 0);
}

static void check_state(const struct tcp_conn *c)
{
	switch (c->state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		assert(c->flags & TCP_F_FIN_WANTED);
		break;
	case TCP_ESTABLISHED:
		assert(!(c->flags & TCP_F_FIN_RCVD));
		break;
	default:
		break;
	}
	if (c->state == TCP_CLOSE_WAIT || c->state == TCP_LAST_ACK ||
	    c->state == TCP_CLOSING)
		assert(c->flags & TCP_F_FIN_RCVD);
	if (c->state == TCP_FIN_WAIT2)
		assert(seq_eq(c->snd_una, c->snd_nxt));
}

/* Records cover what was sent and not acknowledged; the counts are theirs. */
static void check_sender(const struct tcp *t, const struct tcp_conn *c,
			 const struct tcp_sender *s)
{
	const struct tcp_rtx *q = &s->rtx;

	tcp_rtx_check(q, &t->rtx_mem);
	assert(q->sacked + q->lost_segs <= q->out);
	assert(q->retrans <= q->out - q->sacked);
	assert(c->cwin.cwnd >= 1 && c->cwin.cwnd <= TCP_CWND_MAX);
	assert(c->cwin.ssthresh >= TCP_CWND_MIN);
	if (tcp_rtx_empty(q))
		return;
	assert(seq_sub(q->head->start, tcp_snd_first(c)) <= 0);
	assert(seq_sub(q->head->end, c->snd_una) > 0);
	assert(seq_eq(q->tail->end, c->snd_nxt));
}

static void check_reasm(const struct tcp_conn *c, const struct tcp_reasm *r)
{
	uint32_t len = 0;

	assert(r->n <= r->room && r->room <= TCP_REASM_PIECES);
	for (unsigned i = 0; i < r->n; i++) {
		const struct tcp_piece *p = &r->piece[i];

		assert(p->bytes.len > 0);
		assert(seq_sub(p->start, c->rcv_nxt) > 0);
		if (i)
			assert(seq_sub(p->start,
				       seq_add(p[-1].start, p[-1].bytes.len)) >=
			       0);
		len += p->bytes.len;
	}
	assert(len == r->len);
}

void tcp_check_conn(const struct tcp *t, const struct tcp_conn *c)
{
	if (!tcp_state_in(c->state, TCP_SYNCHRONIZED))
		return;
	check_snd(c);
	check_rcv(c);
	check_state(c);
	if (!c->cold)
		return;
	check_sender(t, c, &c->cold->tx);
	check_reasm(c, &c->cold->reasm);
}

void tcp_check(const struct tcp *t)
{
	struct slab_walk w = { 0 };
	const struct tcp_conn *c;

	while ((c = slab_next(&t->conns, &w)))
		tcp_check_conn(t, c);
}
