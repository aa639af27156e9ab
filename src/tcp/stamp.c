/* SPDX-License-Identifier: MIT */
#include "tcp/stamp.h"

#include "base/env.h"
#include "base/trace.h"
#include "ip/errq.h"

#include <errno.h>
#include <linux/errqueue.h>

enum { MARKS = 32, ARRIVALS = 32 };

/**
 * struct mark - A call that sent
 * @from, @end:	its bytes
 * @want:	what is told of the last of them
 */
struct mark {
	uint64_t from, end;
	struct tcp_stamp want;
};

/* All before @end that came after the arrival before came at @when. */
struct arrival {
	uint64_t end;
	ostia_time when;
};

/**
 * struct tcp_stamps - See tcp/stamp.h
 * @mark, @came: oldest first
 * @errs:	struct errq_entry, for MSG_ERRQUEUE
 */
struct tcp_stamps {
	struct pktq errs;
	uint32_t marks, arrivals;
	struct mark mark[MARKS];
	struct arrival came[ARRIVALS];
};

static struct tcp_stamps *peek(const struct tcp *t, const struct tcp_conn *c)
{
	return c->rare ? tcp_rare_peek(t, c)->stamps : NULL;
}

/* NULL: no memory. */
static struct tcp_stamps *get(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r || r->stamps)
		return r ? r->stamps : NULL;
	r->stamps = env_zalloc(t->lent.env, sizeof(*r->stamps));
	if (r->stamps)
		pktq_init(&r->stamps->errs, ERRQ_CAP);
	else
		tcp_stats(t)->NoMemory++;
	return r->stamps;
}

void tcp_stamp_put(struct tcp *t, struct tcp_rare *r)
{
	if (!r->stamps)
		return;
	pktq_drain(&r->stamps->errs);
	env_free(t->lent.env, r->stamps, sizeof(*r->stamps));
	r->stamps = NULL;
}

void tcp_stamp_restart(struct tcp_rare *r)
{
	if (r->stamps)
		r->stamps->marks = r->stamps->arrivals = 0;
}

/*
 * --- the error queue -----------------------------------------------------
 */

static void file(struct tcp *t, struct tcp_conn *c, struct tcp_stamps *s,
		 const struct errq_entry *e, struct ostia_pkt *quote,
		 uint32_t off)
{
	if (errq_push(&s->errs, t->lent.pool, e, quote, off))
		tcp_conn_tell(t, c, TCP_NEWS_ERR);
	else
		tcp_stats(t)->TcpErrQueueDrops++;
}

static void file_stamp(struct tcp *t, struct tcp_conn *c, struct tcp_stamps *s,
		       const struct mark *m, uint32_t what,
		       struct ostia_pkt *quote, ostia_time now)
{
	const struct errq_entry e = { .dst = c->flow.remote,
				      .port = c->flow.rport,
				      .info = what,
				      .data = m->want.ids ? m->want.key : 0,
				      .err = ENOMSG,
				      .when = now,
				      .origin = SO_EE_ORIGIN_TIMESTAMPING };

	file(t, c, s, &e, m->want.bytes ? quote : NULL, 0);
}

void tcp_stamp_error(struct tcp *t, struct tcp_conn *c,
		     const struct ip_error *e)
{
	const struct errq_entry entry = errq_of(e);
	struct tcp_stamps *s = get(t, c);

	if (s)
		file(t, c, s, &entry, e->quote, e->quote_off);
}

bool tcp_stamp_waits(const struct tcp *t, const struct tcp_conn *c)
{
	const struct tcp_stamps *s = peek(t, c);

	return s && s->errs.count;
}

int64_t tcp_stamp_pop(struct tcp *t, struct tcp_conn *c,
		      const struct iovec *iov, int niov, struct errq_entry *out)
{
	struct tcp_stamps *s = peek(t, c);

	return s ? errq_pop(&s->errs, iov, niov, out) : -EAGAIN;
}

/*
 * --- what leaves ---------------------------------------------------------
 */

uint32_t tcp_stamp_base(const struct tcp_conn *c, bool unsent)
{
	uint64_t at = c->bytes_acked + (unsent ? c->snd.len : 0);

	/* Linux counts from SND.UNA, which may be our SYN's */
	return (uint32_t)at - (!unsent && !(c->flags & TCP_F_SYN_ACKED));
}

/* Beyond the cap the newest call and this one are as one. */
static struct mark *new_mark(struct tcp_stamps *s, uint64_t from)
{
	struct mark *m;

	if (s->marks == MARKS)
		return &s->mark[MARKS - 1];
	m = &s->mark[s->marks++];
	m->from = from;
	return m;
}

void tcp_stamp_sent(struct tcp *t, struct tcp_conn *c, uint32_t n, bool more,
		    const struct tcp_stamp *want)
{
	uint64_t end = c->bytes_acked + c->snd.len;
	struct tcp_stamps *s = get(t, c);
	struct mark *m;

	if (!s)
		return;
	if (more && s->marks && s->mark[s->marks - 1].end == end - n)
		m = &s->mark[s->marks - 1];
	else
		m = new_mark(s, end - n);
	m->end = end;
	m->want = *want;
	m->want.key = (uint32_t)(end - 1) - want->key;
}

void tcp_stamp_on_sent(struct tcp *t, struct tcp_conn *c, struct seq from,
		       uint32_t len, struct ostia_pkt *p, ostia_time now)
{
	struct tcp_stamps *s = peek(t, c);
	uint64_t at;

	if (!s || !s->marks)
		return;
	at = c->bytes_acked + seq_span(tcp_snd_first(c), from);
	for (uint32_t i = 0; i < s->marks; i++) {
		const struct mark *m = &s->mark[i];

		if (m->end <= at || m->end > at + len)
			continue;
		if (m->want.on_send)
			file_stamp(t, c, s, m, SCM_TSTAMP_SCHED, p, now);
		if (m->want.on_leave)
			file_stamp(t, c, s, m, SCM_TSTAMP_SND, p, now);
	}
}

/* Its bytes, as far as they are still there. NULL: without memory, or none. */
static struct ostia_pkt *bytes_of(struct tcp *t, const struct tcp_conn *c,
				  const struct mark *m)
{
	uint64_t from = m->from > c->bytes_acked ? m->from : c->bytes_acked;
	struct ostia_pkt *p;

	p = m->want.bytes ? pkt_new(t->lent.pool) : NULL;
	if (p)
		stream_to_pkt(&c->snd, NULL, (uint32_t)(from - c->bytes_acked),
			      (uint32_t)(m->end - from), p);
	return p;
}

static void file_acked(struct tcp *t, struct tcp_conn *c, struct tcp_stamps *s,
		       const struct mark *m, ostia_time now)
{
	struct ostia_pkt *p;

	if (!m->want.on_ack)
		return;
	p = bytes_of(t, c, m);
	file_stamp(t, c, s, m, SCM_TSTAMP_ACK, p, now);
	if (p)
		pkt_free(p);
}

void tcp_stamp_on_acked(struct tcp *t, struct tcp_conn *c, uint32_t n,
			ostia_time now)
{
	struct tcp_stamps *s = peek(t, c);
	uint32_t done = 0;

	if (!s)
		return;
	while (done < s->marks && s->mark[done].end <= c->bytes_acked + n)
		file_acked(t, c, s, &s->mark[done++], now);
	s->marks -= done;
	memmove(s->mark, s->mark + done, s->marks * sizeof(s->mark[0]));
}

/*
 * --- what comes ----------------------------------------------------------
 */

int tcp_stamp_text(struct tcp *t, struct tcp_conn *c, bool on)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r)
		return -ENOMEM;
	r->stamp_text = on;
	return 0;
}

/* What has been read needs no time any more. */
static void forget_read(struct tcp_stamps *s, uint64_t read)
{
	uint32_t gone = 0;

	while (gone < s->arrivals && s->came[gone].end < read)
		gone++;
	s->arrivals -= gone;
	memmove(s->came, s->came + gone, s->arrivals * sizeof(s->came[0]));
}

void tcp_stamp_on_text(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct arrival *a;
	struct tcp_stamps *s;

	if (!tcp_rare_peek(t, c)->stamp_text)
		return;
	s = get(t, c);
	if (!s)
		return;
	forget_read(s, c->bytes_received - c->rcv.len);
	a = &s->came[s->arrivals ? s->arrivals - 1 : 0];
	if (!s->arrivals || (a->when != now && s->arrivals < ARRIVALS))
		a = &s->came[s->arrivals++];
	*a = (struct arrival) { c->bytes_received, now };
}

ostia_time tcp_stamp_came(const struct tcp *t, const struct tcp_conn *c,
			  uint32_t ahead)
{
	uint64_t at = c->bytes_received - c->rcv.len + ahead;
	const struct tcp_stamps *s = peek(t, c);

	for (uint32_t i = 0; s && i < s->arrivals; i++)
		if (s->came[i].end >= at)
			return s->came[i].when;
	return 0;
}
