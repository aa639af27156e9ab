/* SPDX-License-Identifier: MIT */
/*
 * tcp/tx.c - a chance to send (RFC 9293 3.7.4, 3.8)
 *
 * The link pulls, so segments are as fresh as they can be: acknowledgment,
 * window and timestamp are those of the moment. In order: SYN; what recovery
 * sends again; new data, with the FIN; probes; a bare ACK. Each is a plan
 * (which octets, how cut), then a packet; what is sent is recorded in the
 * retransmission queue only when the packet exists.
 */
#include "tcp/acktx.h"
#include "tcp/auth.h"
#include "tcp/cold.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/hdropts.h"
#include "tcp/nagle.h"
#include "tcp/opts.h"
#include "tcp/past.h"
#include "tcp/plpmtu.h"
#include "tcp/rare.h"
#include "tcp/rcvbuf.h"
#include "tcp/rto.h"
#include "tcp/stamp.h"
#include "tcp/timers.h"
#include "tcp/ts.h"
#include "tcp/urgent.h"

#include "wire/csum.h"

#include <netinet/in.h>

enum {
	CSUM_AT = 16, /* of the TCP header */
	HEADERS_MAX = 40 + WIRE_TCP_MAX_HLEN,
	TWO_SACKS = 2,
	HEAD_COPY = 128, /* stream_to_pkt() copies so few bytes */
	TSO_SRTT_US = 2000, /* below, 1 ms of pacing is over a window */
	RETRY_NS = 10000000, /* when there was no memory */
	PACE_GRAIN_NS = 1 << 16, /* a tick of the wheel */
	NO_PATH_NS = 200000000, /* when there was no route */
};

/**
 * struct plan - A segment, or super-segment, that shall leave
 * @seq:	its first number
 * @len:	payload octets
 * @segs:	segments of @mss
 * @flags:	WIRE_TCP_*, beside ACK
 * @resend:	the record that leaves again; NULL: new
 */
struct plan {
	struct seq seq;
	uint32_t len;
	uint32_t segs;
	uint16_t mss;
	uint16_t flags;
	struct tcp_rtx_rec *resend;
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * --- packets -------------------------------------------------------------
 */
static uint32_t be_word(uint32_t host)
{
	uint8_t b[4];
	uint32_t v;

	wire_be_put32(b, host);
	memcpy(&v, b, sizeof(v));
	return v;
}

/* As csum_pseudo4() and 6: words as memory has them (RFC 1071 2 (B)). */
static uint32_t pseudo(const struct tcp_conn *c, uint32_t n)
{
	const struct flow *f = &c->flow;
	uint64_t sum = (uint64_t)be_word(IPPROTO_TCP) + be_word(n);

	sum += (uint64_t)f->local.w[3] + f->remote.w[3];
	if (!tcp_is_v4(c))
		for (int i = 0; i < 3; i++)
			sum += (uint64_t)f->local.w[i] + f->remote.w[i];
	sum = (sum & UINT32_MAX) + (sum >> 32);
	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

/* The header that nearly all segments have: no options, or timestamps. */
static uint8_t *put_plain(struct tcp *t, struct tcp_conn *c,
			  struct ostia_pkt *p, struct seq s, uint16_t flags,
			  ostia_time now)
{
	unsigned n = WIRE_TCP_HLEN + tcp_opts_len(c);
	uint8_t *h = pkt_put(p, n);

	wire_be_put16(h, c->flow.lport);
	wire_be_put16(h + 2, c->flow.rport);
	wire_be_put32(h + 4, s.v);
	wire_be_put32(h + 8, c->rcv_nxt.v);
	wire_be_put16(h + 12, (uint16_t)(n << 10 | flags));
	wire_be_put16(h + 14, tcp_rcvbuf_advertise(t, c));
	wire_be_put32(h + 16, 0);
	if (c->flags & TCP_F_TS) {
		wire_be_put32(h + 20, 0x0101080a);
		wire_be_put32(h + 24, tcp_ts_val(c, now));
		wire_be_put32(h + 28, c->ts_recent);
	}
	return h;
}

/* AccECN's option, if it is due and fits @spare bytes. Two blocks of SACK go
 * before it, more do not (RFC 9768 3.2.3.3).
 */
static void put_counters(struct tcp *t, struct tcp_conn *c, struct wire_tcp *f,
			 unsigned spare, bool data, ostia_time now)
{
	struct tcp_accecn *a = tcp_ecn_accurate(t, c);
	struct tcp_accecn_when w;
	size_t room;

	if (!a)
		return;
	w = tcp_ecn_when(t, c, data);
	if (!tcp_accecn_due(a, &w, now))
		return;
	while (f->opts & WIRE_TCP_OPT_SACK && f->n_sack > TWO_SACKS &&
	       wire_tcp_opts_len(f) + tcp_accecn_need(a) > WIRE_TCP_MAX_OPTS)
		f->n_sack--;
	room = WIRE_TCP_MAX_OPTS - wire_tcp_opts_len(f);
	tcp_accecn_option(a, f, room < spare ? room : spare, &w, now);
}

/* @spare: bytes that the MSS has left for options; @data: beside data */
static uint8_t *put_full(struct tcp *t, struct tcp_conn *c, struct ostia_pkt *p,
			 struct seq s, uint16_t flags, unsigned sacks,
			 unsigned spare, bool data, ostia_time now)
{
	struct wire_tcp f = {
		.sport = c->flow.lport,
		.dport = c->flow.rport,
		.seq = s.v,
		.ack = c->rcv_nxt.v,
		.flags = flags,
		.wnd = tcp_rcvbuf_advertise(t, c),
	};
	struct tcp_auth_sign sign;
	uint8_t *h;
	size_t n;

	tcp_opts_segment(t, c, &f, sacks, now);
	(void)tcp_auth_prepare(t, c, &c->flow, &f, &sign); /* room */
	put_counters(t, c, &f, spare, data, now);
	if (tcp_urgent_tx(c, s, &f.urg)) /* RFC 9293 3.8.5 */
		f.flags |= WIRE_TCP_URG;
	n = WIRE_TCP_HLEN + wire_tcp_opts_len(&f);
	h = pkt_put(p, (unsigned)n);
	if (h && wire_tcp_emit(h, n, &f) < 0)
		return NULL;
	return h;
}

static struct ostia_pkt *new_pkt(struct tcp *t, const struct tcp_conn *c)
{
	struct ostia_pkt *p = pkt_new(t->lent.pool);

	if (!p) {
		tcp_stats(t)->NoMemory++;
		return NULL;
	}
	p->conn = c->id;
	p->call = t->lent.tracer->call;
	p->l4 = 0;
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = CSUM_AT;
	p->gso_segs = 1;
	p->when = 0;
	return p;
}

/* Do its segments need more than put_plain() writes? */
static bool needs_full(const struct tcp *t, const struct tcp_conn *c)
{
	return c->flags & TCP_F_URG_SND || (c->rare && tcp_auth_of(t, c));
}

/* put_full() left room for a signature; all else is there now. */
static void sign(struct tcp *t, const struct tcp_conn *c, struct ostia_pkt *p)
{
	const uint8_t *h = p->head + p->hoff;
	struct tcp_auth_sign s;
	struct wire_tcp f;

	if (wire_tcp_parse(&f, h, (size_t)(h[12] >> 4) * 4) > 0 &&
	    tcp_auth_prepare(t, c, &c->flow, &f, &s))
		tcp_auth_sign(&s, &c->flow, p);
}

/* Checksum of the pseudo header, the IP header, counters. NULL: not sent. */
static struct ostia_pkt *finish(struct tcp *t, struct tcp_conn *c,
				struct ostia_pkt *p, uint8_t ecn, bool syn)
{
	const struct ip_out out = {
		.path = c->path,
		.src = &c->flow.local,
		.dst = &c->flow.remote,
		.proto = IPPROTO_TCP,
		.ttl = c->ttl,
		.tos = (uint8_t)((c->tos & 0xfc) | ecn),
		.dontfrag = !c->rare ||
			    tcp_rare_peek(t, c)->mtu_discover != TCP_PMTU_DONT,
		.autolabel = c->rare ? tcp_rare_peek(t, c)->autolabel
				     : (uint8_t)IP_LABEL_DEFAULT,
		.opts = tcp_hdropts(t, c),
	};
	bool data = p->data < p->len;

	if (c->rare && tcp_auth_of(t, c))
		sign(t, c, p);
	wire_csum_seed(p->head + p->hoff + CSUM_AT, pseudo(c, p->len));
	c->segs_out += p->gso_segs;
	if (data)
		c->cold->data_segs_out += p->gso_segs;
	if (!(p->flags & PKT_RETRANS))
		tcp_stats(t)->TcpOutSegs += p->gso_segs;
	if (!syn)
		tcp_acktx_on_sent(c, data, t->lent.tracer->now);
	if (ip_push_header(t->lent.ip, p, &out)) {
		pkt_free(p);
		return NULL;
	}
	return p;
}

/*
 * --- what leaves ---------------------------------------------------------
 */
/* Whole segments in a super-segment that the link takes. */
static uint32_t gso_segs(struct tcp_conn *c, struct tcp_sender *s)
{
	uint32_t max;

	if (s->gso_mss == c->mss)
		return s->gso_segs;
	max = c->path->link->gso_max;
	max = max > HEADERS_MAX ? max - HEADERS_MAX : 0;
	s->gso_segs = max > c->mss ? max / c->mss : 1;
	s->gso_mss = c->mss;
	return s->gso_segs;
}

/* Bytes a second: as the user bounds it and congestion control wants it. */
static uint64_t pacing_rate(const struct tcp *t, const struct tcp_conn *c,
			    const struct tcp_sender *s)
{
	uint64_t rate =
		c->rare ? tcp_rare_peek(t, c)->max_pacing_rate : UINT64_MAX;
	uint64_t wish;

	if (!s->ops->pacing)
		return rate;
	wish = s->ops->pacing(&s->cc, &c->cwin, c->rtt.srtt_us, c->mss);
	return wish < rate ? wish : rate;
}

/* As much as leaves within a ms: by the rate that the user set, or at twice
 * the window in a round trip.
 */
static uint32_t paced_segs(const struct tcp *t, const struct tcp_conn *c,
			   const struct tcp_sender *s)
{
	uint64_t rate = pacing_rate(t, c, s), n = UINT32_MAX;

	if (c->rtt.srtt_us >= TSO_SRTT_US && !s->ops->pacing)
		n = c->cwin.cwnd * (uint64_t)2000 / c->rtt.srtt_us;
	if (rate != UINT64_MAX && n * c->mss > rate / 1000)
		n = rate / 1000 / c->mss;
	return n > t->set.min_tso_segs ? (uint32_t)n : t->set.min_tso_segs;
}

static uint32_t room_segs(const struct tcp_conn *c, const struct tcp_sender *s)
{
	uint32_t pipe = tcp_recovery_pipe(&s->rec, &s->rtx);

	return c->cwin.cwnd > pipe ? c->cwin.cwnd - pipe : 0;
}

static bool wants_fin(const struct tcp_conn *c)
{
	return (c->flags & (TCP_F_FIN_WANTED | TCP_F_FIN_SENT)) ==
	       TCP_F_FIN_WANTED;
}

static uint32_t usable_window(const struct tcp_conn *c)
{
	int32_t n = seq_sub(seq_add(c->snd_una, c->snd_wnd), c->snd_nxt);

	return n > 0 ? (uint32_t)n : 0;
}

/* TCP_CORK; or MSG_MORE, but a writer that waits for room cannot send more. */
static bool corked(const struct tcp_conn *c, const struct tcp_sender *s)
{
	if (c->flags & TCP_F_CORK)
		return true;
	return c->flags & TCP_F_MORE &&
	       !(c->flags & TCP_F_NOSPACE && !s->rtx.head);
}

static inline bool nagle_allows(const struct tcp_conn *c,
				const struct tcp_sender *s, uint16_t mss,
				uint32_t queued, uint32_t usable)
{
	const struct tcp_nagle n = {
		.queued = queued,
		.usable = usable,
		.mss = mss,
		.max_wnd = s->max_wnd,
		.small_in_flight =
			seq_after(s->snd_sml, c->snd_una) && s->rtx.head,
		.nodelay = c->flags & TCP_F_NODELAY,
		.corked = corked(c, s),
		.at_once = c->flags & (TCP_F_FIN_WANTED | TCP_F_URG_SND),
	};

	return s->force || tcp_nagle_may_send(&n);
}

/* Cut @n octets to whole segments, @max_segs at most; the rest of less than a
 * segment may go along if @tail.
 */
static uint32_t cut(struct plan *w, uint32_t n, uint32_t max_segs, bool tail)
{
	if (n <= w->mss) {
		w->segs = 1;
		return n;
	}
	if ((uint64_t)n > (uint64_t)max_segs * w->mss)
		n = max_segs * w->mss;
	w->segs = n / w->mss;
	if (n != w->segs * w->mss) {
		if (tail)
			w->segs++;
		else
			n = w->segs * w->mss;
	}
	return n;
}

/* CWR is said once (RFC 3168 6.1.2). As a part of ACE it is said by all, but
 * who cuts super-segments may not know that (RFC 9768 3.3.4).
 */
static bool stands_alone(const struct tcp *t, const struct tcp_conn *c,
			 const struct tcp_sender *s)
{
	const struct tcp_accecn *a = tcp_ecn_accurate(t, c);

	if (!a)
		return s->cwr_due;
	if (a->first & TCP_ACCECN_FIRST_DATA)
		return true; /* it tests the path */
	return tcp_accecn_ace(a) & WIRE_TCP_CWR &&
	       c->path->link->caps & OSTIA_LINK_TSO;
}

static uint32_t seg_limit(struct tcp *t, struct tcp_conn *c,
			  struct tcp_sender *s)
{
	uint32_t n = min_u32(gso_segs(c, s), paced_segs(t, c, s));

	if (c->flags & TCP_F_ECN && stands_alone(t, c, s))
		return 1;
	/* each needs an urgent pointer of its own, and headers of ours */
	return needs_full(t, c) || tcp_hdropts(t, c) ? 1 : n;
}

/* Payload of a segment of new data: AccECN's option takes its part of it. */
static uint16_t data_mss(struct tcp *t, const struct tcp_conn *c)
{
	const struct tcp_accecn *a = tcp_ecn_accurate(t, c);
	struct tcp_accecn_when w;
	unsigned n;

	if (!a)
		return c->mss;
	w = tcp_ecn_when(t, c, true);
	if (!tcp_accecn_due(a, &w, tcp_now(t)))
		return c->mss;
	n = tcp_accecn_wish(a, w.mode);
	return (uint16_t)(c->mss > 4 * n ? c->mss - n : c->mss);
}

/*
 * New data, or a lone FIN. Return: false if nothing may leave; *@starved says
 * that it is the peer's window or Nagle that forbids, not ours.
 */
static bool plan_new(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		     uint32_t room, struct plan *w, bool *starved)
{
	uint32_t unsent = tcp_unsent_bytes(c), usable = usable_window(c), n;
	uint16_t mss = data_mss(t, c);
	bool fin = wants_fin(c);

	*starved = false;
	if (!unsent && !fin)
		return false;
	if (!room)
		return false;
	n = min_u32(unsent, usable);
	*starved = usable == 0;
	if (!usable)
		return false;
	*w = (struct plan) { .seq = c->snd_nxt, .mss = mss, .segs = 1 };
	if (n < mss && n && !nagle_allows(c, s, mss, unsent, usable)) {
		*starved = true;
		return false;
	}
	if (n > mss)
		n = cut(w, n, min_u32(room, seg_limit(t, c, s)),
			n == unsent &&
				nagle_allows(c, s, mss, n % mss, usable));
	if (n <= HEAD_COPY && w->segs > 1) {
		n = mss; /* copied into the head: not to be cut by GSO */
		w->segs = 1;
	}
	w->len = n;
	if (n == unsent) {
		w->flags |= n ? WIRE_TCP_PSH : 0;
		w->flags |= fin && usable > n ? WIRE_TCP_FIN : 0;
	}
	return w->flags & WIRE_TCP_FIN || n;
}

/* RFC 4821 7.2: a segment larger than others, of new data. */
static bool plan_mtu_probe(struct tcp *t, struct tcp_conn *c, uint32_t room,
			   struct plan *w, ostia_time now)
{
	uint32_t n = tcp_plpmtu_wants(t, c, room, now);

	*w = (struct plan) {
		.seq = c->snd_nxt, .len = n, .mss = (uint16_t)n, .segs = 1
	};
	return n;
}

/* All of a record, as it went out. */
static struct plan plan_again(struct tcp_rtx_rec *r)
{
	bool fin = r->flags & TCP_RTX_FIN;

	return (struct plan) {
		.seq = r->start,
		.len = seq_span(r->start, r->end) - fin,
		.segs = r->segs,
		.mss = r->mss,
		.flags = fin ? WIRE_TCP_FIN : 0,
		.resend = r,
	};
}

/* What recovery sends again. RFC 9293 3.8.6: a window that shrank is obeyed,
 * except by the first octet.
 */
static bool plan_resend(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
			uint32_t room, struct plan *w)
{
	struct tcp_rtx_rec *r = tcp_rtx_first_lost(&s->rtx);
	struct seq edge = seq_add(c->snd_una, c->snd_wnd);
	uint32_t limit;

	if (!r || !room || s->rec.frto.new_first)
		return false;
	if (!seq_before(r->start, edge) && !seq_eq(r->start, c->snd_una))
		return false;
	if (r->mss > c->mss)
		tcp_rtx_resegment(&s->rtx, r, c->mss);
	limit = min_u32(room, seg_limit(t, c, s));
	if (r->segs > limit) /* without memory to split: all of it */
		(void)tcp_rtx_split(&s->rtx, &t->rtx_mem, r, limit);
	*w = plan_again(r);
	if (w->len && seq_after_eq(r->end, tcp_snd_end(c)))
		w->flags |= WIRE_TCP_PSH;
	return true;
}

/* Too many slices for a packet: copy into one block. */
static uint32_t fill_by_copy(struct tcp *t, struct tcp_conn *c,
			     struct ostia_pkt *p, uint32_t off, uint32_t n)
{
	struct block *b;
	struct iovec iov;

	n = min_u32(n, BLOCK_LARGE);
	b = block_new(t->lent.pool, n);
	if (!b)
		return 0;
	iov = (struct iovec) { b->mem, n };
	b->used = stream_copy_out(&c->snd, off, &iov, 1, 0, n);
	if (pkt_add_slice(p, b, 0, n))
		n = 0;
	block_put(b);
	return n;
}

/*
 * Payload of @w; shortened to whole segments if the packet has no room for
 * more slices. Return: false without memory.
 */
static bool fill(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		 struct ostia_pkt *p, struct plan *w)
{
	struct stream_pos *pos = w->resend ? &s->rtx_pos : &s->pos;
	uint32_t off = seq_span(tcp_snd_first(c), w->seq), n;

	if (!w->len)
		return true;
	n = stream_to_pkt(&c->snd, pos, off, w->len, p);
	if (n == w->len)
		return true;
	if (n < w->mss) {
		pkt_trim(p, p->data);
		n = fill_by_copy(t, c, p, off, w->len);
	}
	if (n == w->len)
		return true;
	if (n < w->mss)
		return false;
	w->segs = n / w->mss;
	w->len = w->segs * w->mss;
	w->flags &= (uint16_t) ~(WIRE_TCP_FIN | WIRE_TCP_PSH);
	pkt_trim(p, p->data + w->len);
	return true;
}

/* A model of the path wants to know in what company @r left. */
static void note_company(struct tcp_conn *c, struct tcp_sender *s,
			 struct tcp_rtx_rec *r, bool idle, ostia_time now)
{
	r->tx_in_flight = tcp_recovery_pipe(&s->rec, &s->rtx);
	r->tx_lost = s->rtx.lost_ever;
	if (idle && s->rate.app_limited && s->ops->on_restart)
		s->ops->on_restart(&s->cc, &c->cwin, now);
}

/* New data: into the queue. Return: false if it has no room. */
static bool record_new(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		       const struct plan *w, ostia_time now)
{
	bool fin = w->flags & WIRE_TCP_FIN, idle = tcp_rtx_empty(&s->rtx);
	struct tcp_rtx_rec *r;

	r = tcp_rtx_append(&s->rtx, &t->rtx_mem, w->seq, w->len + fin, w->mss,
			   w->segs, fin ? TCP_RTX_FIN : 0, now);
	if (!r)
		return false;
	tcp_rate_on_sent(&s->rate, r, idle, now);
	if (s->ops->on_every)
		note_company(c, s, r, idle, now);
	if (idle) /* with a FIN it may begin here */
		tcp_chrono_start(&c->cold->chrono, TCP_CHRONO_BUSY, now);
	c->snd_nxt = r->end;
	if (fin)
		c->flags |= TCP_F_FIN_SENT;
	if (w->len < w->segs * w->mss)
		s->snd_sml = r->end;
	return true;
}

/* What is sent again: split what did not fit, then to the end of the list. */
static bool record_resend(struct tcp *t, struct tcp_conn *c,
			  struct tcp_sender *s, const struct plan *w,
			  ostia_time now)
{
	struct tcp_rtx_rec *r = w->resend;

	if (w->segs < r->segs &&
	    tcp_rtx_split(&s->rtx, &t->rtx_mem, r, w->segs))
		return false;
	tcp_rate_on_sent(&s->rate, r, false, now);
	tcp_rtx_on_resent(&s->rtx, r, now);
	if (s->ops->on_every)
		note_company(c, s, r, false, now);
	tcp_recovery_on_resent(&s->rec, r->segs, now);
	if (c->rare)
		tcp_plpmtu_on_resent(t, c);
	if (r == s->rtx.head && !s->rec.timeouts)
		tcp_timers_on_resent(t, c, now);
	c->cold->total_retrans += r->segs;
	c->cold->bytes_retrans += w->len;
	tcp_stats(t)->TcpRetransSegs += r->segs;
	if (s->rec.state == TCP_LOSS)
		tcp_stats(t)->TcpExtSlowStartRetrans += r->segs;
	else if (s->rec.state == TCP_RECOVERY)
		tcp_stats(t)->TcpExtFastRetrans += r->segs;
	return true;
}

/* No recovery, and no writer that waits for room: who is slow is the program,
 * or the peer.
 */
static bool program_limits(const struct tcp_conn *c, const struct tcp_sender *s)
{
	return s->rec.state == TCP_OPEN && !(c->flags & TCP_F_NOSPACE);
}

static bool may_shrink(const struct tcp *t, const struct tcp_sender *s)
{
	return t->set.slow_start_after_idle && !s->ops->owns_window;
}

static void window_unused(struct tcp *t, struct tcp_conn *c,
			  struct tcp_sender *s, ostia_time now)
{
	if (may_shrink(t, s) &&
	    tcp_cwv_on_unused(&s->cwv, &c->cwin, program_limits(c, s),
			      c->rtt.rto_us, now))
		tcp_sender_trace(t, c, "unused");
}

/* RFC 7661 4.3, and RFC 2861 3.1. */
static void validate_cwnd(struct tcp *t, struct tcp_conn *c,
			  struct tcp_sender *s, ostia_time now)
{
	const struct tcp_cwv_use use = {
		.una = c->snd_una,
		.nxt = c->snd_nxt,
		.pipe = tcp_recovery_pipe(&s->rec, &s->rtx),
		.out = s->rtx.out,
		.rto_us = c->rtt.rto_us,
	};

	if (tcp_cwv_on_sent(&s->cwv, &c->cwin, &use, now))
		window_unused(t, c, s, now);
}

/* Pacing by departure time: the next data may leave when these would have. A
 * timer that was late by its own grain costs nothing of the rate.
 */
static void pace(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		 uint32_t len, ostia_time now)
{
	uint64_t rate = pacing_rate(t, c, s);

	if (rate == UINT64_MAX || !rate)
		return;
	if (s->pace_next + PACE_GRAIN_NS < now)
		s->pace_next = now;
	s->pace_next += len * NS_PER_S / rate;
}

/* Silence, too, says nothing of the path (RFC 5681 4.1, RFC 2861 3.2). */
static void restart_after_idle(struct tcp *t, struct tcp_conn *c,
			       struct tcp_sender *s, ostia_time now)
{
	uint64_t idle = time_since(s->last_tx, now);

	if (s->last_tx && s->ops->on_resume)
		s->ops->on_resume(&s->cc, idle);
	if (may_shrink(t, s) &&
	    tcp_cwv_on_idle(&s->cwv, &c->cwin, idle / NS_PER_US, c->rtt.rto_us,
			    now))
		tcp_sender_trace(t, c, "idle");
}

/* Data is on its way: everyone who counts or waits hears of it. */
static void on_sent(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		    const struct plan *w, ostia_time now)
{
	s->last_tx = now;
	if (s->waiting) { /* the window opened, or the wait was over */
		s->waiting = false;
		tcp_persist_open(&s->persist);
		tcp_arm(t, c, TCP_DUE_RTX, OSTIA_NEVER);
	}
	s->force = false;
	s->win_probe_due = false;
	if (s->rec.state >= TCP_CWR)
		tcp_prr_on_sent(&s->rec.prr, w->segs);
	validate_cwnd(t, c, s, now);
	pace(t, c, s, w->len, now);
	tcp_timers_on_sent(t, c, now);
}

static uint16_t ack_flags(const struct tcp *t, const struct tcp_conn *c,
			  bool pure)
{
	return WIRE_TCP_ACK |
	       (c->flags & TCP_F_ECN ? tcp_ecn_flags(t, c, pure) : 0);
}

static uint8_t ecn_of(const struct tcp *t, const struct tcp_conn *c,
		      const struct plan *w)
{
	/* RFC 3168 6.1.5: nothing that is sent again */
	if (!(c->flags & TCP_F_ECN) || w->resend || !w->len ||
	    (c->rare && tcp_rare_peek(t, c)->acc.no_ect))
		return 0;
	return TCP_ECN_ECT0;
}

/*
 * The peer's window, a cork or Nagle holds data back. With data in flight an
 * ACK will come; without, a timer must see to it (RFC 9293 3.8.6.1).
 */
static void wait_for_window(struct tcp *t, struct tcp_conn *c,
			    struct tcp_sender *s, ostia_time now)
{
	if (!tcp_rtx_empty(&s->rtx) || s->waiting)
		return;
	s->waiting = true;
	tcp_arm(t, c, TCP_DUE_RTX,
		time_after(now,
			   tcp_rto_persist_us(t, c, &s->persist) * NS_PER_US));
}

/* No memory, or no way: again soon, and not for ever. With data in flight its
 * timer counts; else this waits as for a window, and a peer that hears none
 * of it is given up in the end.
 */
static void try_again(struct tcp *t, struct tcp_conn *c, ostia_time wait,
		      ostia_time now)
{
	tcp_arm(t, c, TCP_DUE_PACE, now + wait);
	if (tcp_state_in(c->state, TCP_MAY_TRANSMIT))
		wait_for_window(t, c, &c->cold->tx, now);
}

/* Of a planned segment; AccECN's option may take what its data leave of the
 * MSS.
 */
static uint8_t *put_header(struct tcp *t, struct tcp_conn *c,
			   struct ostia_pkt *p, const struct plan *w,
			   uint16_t flags, ostia_time now)
{
	struct tcp_accecn *a = tcp_ecn_accurate(t, c);
	uint32_t n = min_u32(w->len, w->mss);
	unsigned spare = a && c->mss > n ? c->mss - n : 0;

	if (a && w->resend)
		tcp_accecn_on_resent(a, w->seq);
	if (!spare && !needs_full(t, c))
		return put_plain(t, c, p, w->seq, flags, now);
	return put_full(t, c, p, w->seq, flags, 0, spare, w->len, now);
}

/* A planned segment leaves. NULL: no memory; nothing has changed then. */
static struct ostia_pkt *send_plan(struct tcp *t, struct tcp_conn *c,
				   struct tcp_sender *s, struct plan *w,
				   ostia_time now)
{
	struct ostia_pkt *p = new_pkt(t, c);
	uint16_t flags = w->flags | ack_flags(t, c, false);
	uint8_t *h;

	if (!p)
		goto retry;
	if (s->cwr_due && !w->resend && w->len)
		flags |= WIRE_TCP_CWR;
	h = put_header(t, c, p, w, flags, now);
	if (!h)
		goto fail;
	p->data = p->hlen;
	if (!fill(t, c, s, p, w))
		goto fail;
	if ((w->flags ^ flags) & (WIRE_TCP_FIN | WIRE_TCP_PSH)) /* shortened */
		h[13] &= (uint8_t) ~(WIRE_TCP_FIN | WIRE_TCP_PSH);
	if (!(w->resend ? record_resend(t, c, s, w, now)
			: record_new(t, c, s, w, now)))
		goto fail;
	if (flags & WIRE_TCP_CWR)
		s->cwr_due = false;
	if (w->segs > 1) {
		p->gso_type = OSTIA_GSO_TCP;
		p->gso_size = w->mss;
		p->gso_segs = (uint16_t)w->segs;
	}
	if (w->resend)
		p->flags |= PKT_RETRANS;
	on_sent(t, c, s, w, now);
	p = finish(t, c, p, ecn_of(t, c, w), false);
	if (p && c->rare)
		tcp_stamp_on_sent(t, c, w->seq, w->len, p, now);
	return p;
fail:
	pkt_free(p);
retry:
	try_again(t, c, RETRY_NS, now);
	return NULL;
}

/*
 * --- without data --------------------------------------------------------
 */
static struct ostia_pkt *send_bare(struct tcp *t, struct tcp_conn *c,
				   struct seq s, uint8_t mark, ostia_time now)
{
	struct ostia_pkt *p = new_pkt(t, c);
	unsigned sacks = tcp_opts_sacks(c);
	uint8_t *h;

	if (!p) {
		if (c->cold && c->flags & TCP_F_ACK_NOW)
			tcp_arm(t, c, TCP_DUE_PACE, now + RETRY_NS);
		return NULL;
	}
	p->flags |= mark;
	h = sacks || tcp_ecn_accurate(t, c) || needs_full(t, c)
		    ? put_full(t, c, p, s, ack_flags(t, c, !sacks), sacks,
			       WIRE_TCP_MAX_OPTS, false, now)
		    : put_plain(t, c, p, s, ack_flags(t, c, true), now);
	if (!h) {
		pkt_free(p);
		return NULL;
	}
	p->data = p->hlen;
	return finish(t, c, p, 0, false);
}

/* The first data, beside the SYN (RFC 7413 4.2.1). Without memory: not. */
static void add_syn_data(struct tcp *t, struct tcp_conn *c,
			 struct tcp_sender *s, struct ostia_pkt *p, uint32_t n,
			 ostia_time now)
{
	struct plan w = { .seq = seq_add(c->snd_una, 1), .len = n, .segs = 1 };

	w.mss = (uint16_t)n;
	if (fill(t, c, s, p, &w) && record_new(t, c, s, &w, now))
		s->fo |= TCP_FO_DATA;
	else
		pkt_trim(p, p->data);
}

/* Fast Open's part of a SYN, or of the SYN-ACK that answers one. Return: data
 * that may go along.
 */
static uint32_t fast_open(struct tcp *t, struct tcp_conn *c,
			  struct tcp_sender *s, struct wire_tcp *f,
			  struct tcp_fo_cookie *cookie, ostia_time now)
{
	if (c->state == TCP_SYN_SENT)
		return tcp_fastopen_syn(t, c, f, cookie, now);
	if (s->fo & TCP_FO_GIVES && !s->syn_tries) {
		tcp_fastopen_give(t, c, cookie);
		tcp_fastopen_put(f, cookie);
	}
	return 0;
}

static uint16_t syn_ack_ecn(const struct tcp *t, const struct tcp_conn *c,
			    const struct tcp_sender *s)
{
	const struct tcp_accecn *a = tcp_ecn_accurate(t, c);

	if (!(c->flags & TCP_F_ECN))
		return 0;
	return tcp_ecn_syn_ack(a ? TCP_ECN_ACC : TCP_ECN_CLASSIC,
			       a ? a->last : 0, s->syn_tries);
}

static void syn_again(struct tcp *t, struct tcp_conn *c, struct ostia_pkt *p)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	p->flags |= PKT_RETRANS;
	tcp_stats(t)->TcpRetransSegs++;
	if (r) /* for tcp_info alone */
		r->syn_retrans++;
}

/* RFC 9293 3.10.1, 3.10.7.3: SYN, or SYN-ACK of a simultaneous open. */
static struct ostia_pkt *send_syn(struct tcp *t, struct tcp_conn *c,
				  struct tcp_sender *s, ostia_time now)
{
	bool synack = c->state == TCP_SYN_RECV;
	struct wire_tcp f = {
		.sport = c->flow.lport,
		.dport = c->flow.rport,
		.seq = c->snd_una.v,
		.ack = synack ? c->rcv_nxt.v : 0,
		.flags = WIRE_TCP_SYN | (synack ? WIRE_TCP_ACK : 0),
	};
	struct ostia_pkt *p = new_pkt(t, c);
	struct tcp_auth_sign sign;
	struct tcp_fo_cookie cookie;
	uint32_t data = 0;
	uint8_t *h = NULL;
	size_t n;

	/* with or without memory: it may be lost on the way, too */
	tcp_timers_on_syn(t, c, now);
	s->syn_due = false;
	if (!p)
		return NULL;
	f.flags |=
		synack ? syn_ack_ecn(t, c, s) : tcp_ecn_syn(t, c, s->syn_tries);
	tcp_opts_syn(t, c, &f, synack, now);
	f.wnd = (uint16_t)tcp_rcvbuf_first(t, c, f.mss);
	(void)tcp_auth_prepare(t, c, &c->flow, &f, &sign); /* room */
	if (s->fo)
		data = fast_open(t, c, s, &f, &cookie, now);
	n = WIRE_TCP_HLEN + wire_tcp_opts_len(&f);
	h = pkt_put(p, (unsigned)n);
	if (!h || wire_tcp_emit(h, n, &f) < 0) {
		pkt_free(p);
		return NULL;
	}
	p->data = p->hlen;
	if (s->syn_tries)
		syn_again(t, c, p);
	if (!s->syn_tries || !s->syn_time)
		s->syn_time = now;
	if (seq_eq(c->snd_nxt, c->snd_una))
		c->snd_nxt = seq_add(c->snd_una, 1);
	if (data)
		add_syn_data(t, c, s, p, data, now);
	c->rcv_adv = seq_add(c->rcv_nxt, f.wnd);
	if (synack)
		c->flags &= ~(TCP_F_ACK_NOW | TCP_F_ACK_PENDING);
	return finish(t, c, p, 0, true);
}

/*
 * --- probes --------------------------------------------------------------
 */
/* RFC 8985 7.3: new data if the window takes some, else the last segment. */
static bool plan_probe(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		       struct plan *w)
{
	struct tcp_rtx_rec *r = s->rtx.tail;
	bool starved;

	if (plan_new(t, c, s, 1, w, &starved))
		return true;
	if (!r || r->flags & (TCP_RTX_SACKED | TCP_RTX_LOST))
		return false;
	if (r->segs > 1 && !tcp_rtx_split(&s->rtx, &t->rtx_mem, r, r->segs - 1))
		r = r->next;
	*w = plan_again(r);
	w->flags |= w->len ? WIRE_TCP_PSH : 0;
	return true;
}

static struct ostia_pkt *send_probe(struct tcp *t, struct tcp_conn *c,
				    struct tcp_sender *s, ostia_time now)
{
	struct ostia_pkt *p;
	struct plan w;

	s->probe_due = false;
	if (!plan_probe(t, c, s, &w))
		return NULL;
	p = send_plan(t, c, s, &w, now);
	if (!p)
		return NULL;
	p->flags |= PKT_PROBE;
	c->cold->due[TCP_DUE_PROBE] = OSTIA_NEVER;
	tcp_rack_on_probe_sent(&s->rack, c->snd_nxt, w.resend);
	tcp_stats(t)->TcpExtLossProbes++;
	return p;
}

/* An old sequence number draws an ACK (RFC 9293 3.8.4, 3.8.6.1). */
static struct ostia_pkt *send_old(struct tcp *t, struct tcp_conn *c,
				  ostia_time now)
{
	return send_bare(t, c, seq_back(c->snd_una, 1), PKT_PROBE, now);
}

/*
 * --- the turn ------------------------------------------------------------
 */
static bool paced_out(struct tcp *t, struct tcp_conn *c,
		      const struct tcp_sender *s, ostia_time now)
{
	if (s->pace_next <= now)
		return false;
	tcp_arm(t, c, TCP_DUE_PACE, s->pace_next);
	return true;
}

/* F-RTO wanted to send new data, but Nagle or the window forbids. */
static bool plan_old(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		     uint32_t room, struct plan *w)
{
	bool sent_new = seq_before(s->rec.high_seq, c->snd_nxt);

	return tcp_frto_on_nothing_new(&s->rec.frto, sent_new) &&
	       plan_resend(t, c, s, room, w);
}

/* The window is what holds it up, or not any more. */
static void note_window(struct tcp_conn *c, uint32_t room, ostia_time now)
{
	uint32_t unsent = tcp_unsent_bytes(c);

	if (room && unsent && usable_window(c) < min_u32(unsent, c->mss))
		tcp_chrono_start(&c->cold->chrono, TCP_CHRONO_RWND, now);
	else
		tcp_chrono_stop(&c->cold->chrono, TCP_CHRONO_RWND, now);
}

/* All that was queued has left, and cwnd takes more: who waits for room in the
 * buffer could fill it.
 */
static void note_buffer(struct tcp_conn *c, ostia_time now)
{
	if (c->flags & TCP_F_NOSPACE && tcp_state_in(c->state, TCP_MAY_SEND))
		tcp_chrono_start(&c->cold->chrono, TCP_CHRONO_SNDBUF, now);
}

/* Data, old or new. */
static struct ostia_pkt *send_data(struct tcp *t, struct tcp_conn *c,
				   struct tcp_sender *s, bool *more,
				   ostia_time now)
{
	struct ostia_pkt *p;
	struct plan w, probe;
	bool starved = false;
	uint32_t room;

	if (paced_out(t, c, s, now)) {
		note_window(c, 0, now);
		return NULL;
	}
	if (tcp_rtx_empty(&s->rtx) && !s->waiting &&
	    time_since(s->last_tx, now) > c->rtt.rto_us * NS_PER_US)
		restart_after_idle(t, c, s, now);
	room = room_segs(c, s);
	if (!plan_resend(t, c, s, room, &w) &&
	    (tcp_rtx_full(&s->rtx) || !plan_new(t, c, s, room, &w, &starved)) &&
	    !plan_old(t, c, s, room, &w)) {
		note_window(c, room, now);
		if (starved)
			wait_for_window(t, c, s, now);
		return NULL;
	}
	if (c->rare && !w.resend && plan_mtu_probe(t, c, room, &probe, now))
		w = probe;
	p = send_plan(t, c, s, &w, now);
	if (!p)
		return NULL;
	if (w.mss > c->mss && !w.resend)
		tcp_plpmtu_on_sent(t, c, w.seq, w.len);
	note_window(c, room, now);
	if (!tcp_unsent_bytes(c)) {
		if (room_segs(c, s) && list_empty(&s->rtx.lost)) {
			note_buffer(c, now);
			tcp_rate_app_limited(
				&s->rate, tcp_recovery_pipe(&s->rec, &s->rtx));
		}
		*more |= !list_empty(&s->rtx.lost) || wants_fin(c);
	} else {
		*more = true;
	}
	return p;
}

/* RFC 9768 3.2.2.1: the SYN-ACK's mark is told by an ACK without data. */
static bool owes_shake(const struct tcp *t, const struct tcp_conn *c)
{
	const struct tcp_accecn *a = tcp_ecn_accurate(t, c);

	return a && a->shake;
}

static struct ostia_pkt *send_state(struct tcp *t, struct tcp_conn *c,
				    struct tcp_sender *s, bool *more,
				    ostia_time now)
{
	struct ostia_pkt *p = NULL;

	/* what is out of order must be told, and data has no room for it */
	if (c->flags & TCP_F_ACK_NOW &&
	    (tcp_opts_sacks(c) || owes_shake(t, c))) {
		*more = true;
		return send_bare(t, c, c->snd_nxt, 0, now);
	}
	if (s->probe_due)
		p = send_probe(t, c, s, now);
	if (!p && (tcp_state_in(c->state, TCP_MAY_TRANSMIT) ||
		   c->state == TCP_SYN_RECV))
		p = send_data(t, c, s, more, now);
	if (!p && s->win_probe_due) {
		p = send_old(t, c, now);
		tcp_stats(t)->TcpExtWinProbe += p != NULL;
	}
	if (!p && s->keep_due) {
		p = send_old(t, c, now);
		tcp_stats(t)->TcpExtKeepAlive += p != NULL;
	}
	s->win_probe_due = false;
	s->keep_due = false;
	s->force = false;
	return p;
}

/*
 * --- a lone small segment ------------------------------------------------
 *
 * What request and response send: all that is queued, in one segment, while
 * nothing is in flight and nothing is odd. The plan is known then, and so are
 * most answers of those who hear of it; a test compares both ways.
 */
enum {
	NOT_LONE = TCP_F_SLOW | TCP_F_URG_SND | TCP_F_FIN_WANTED | TCP_F_CORK |
		   TCP_F_MORE | TCP_F_ECN,
};

static bool is_lone(const struct tcp_conn *c, const struct tcp_cold *k,
		    ostia_time now)
{
	const struct tcp_sender *s = &k->tx;
	uint32_t n = c->snd.len;

	return n && n <= HEAD_COPY && n <= c->mss && n <= c->snd_wnd &&
	       !s->rtx.head && c->state == TCP_ESTABLISHED &&
	       !(c->flags & NOT_LONE) && !s->odd && !c->rare && c->cwin.cwnd &&
	       s->rec.state == TCP_OPEN && !s->rec.dupacks &&
	       !k->reasm.n_sack && !k->reasm.has_dsack && !s->ops->on_every &&
	       s->pace_next <= now;
}

/* As plan_new(), send_plan() and on_sent(). NULL: no memory, and nothing has
 * changed: they will try, and say so.
 */
static struct ostia_pkt *send_lone(struct tcp *t, struct tcp_conn *c,
				   struct tcp_sender *s, ostia_time now)
{
	uint32_t n = c->snd.len;
	struct ostia_pkt *p = new_pkt(t, c);
	struct tcp_rtx_rec *r;

	if (!p)
		return NULL;
	put_plain(t, c, p, c->snd_nxt, WIRE_TCP_ACK | WIRE_TCP_PSH, now);
	p->data = p->hlen;
	stream_to_pkt(&c->snd, NULL, 0, n, p);
	r = tcp_rtx_append(&s->rtx, &t->rtx_mem, c->snd_nxt, n, c->mss, 1, 0,
			   now);
	if (!r) {
		pkt_free(p);
		return NULL;
	}
	if (time_since(s->last_tx, now) > c->rtt.rto_us * NS_PER_US)
		restart_after_idle(t, c, s, now);
	tcp_rate_on_sent(&s->rate, r, true, now);
	c->snd_nxt = r->end;
	if (n < c->mss)
		s->snd_sml = r->end;
	s->last_tx = now;
	if (c->cwin.cwnd < 2)
		validate_cwnd(t, c, s, now);
	else if (tcp_cwv_on_lone_sent(&s->cwv, c->snd_nxt, now))
		window_unused(t, c, s, now);
	tcp_timers_on_sent(t, c, now);
	if (c->cwin.cwnd > 1)
		tcp_rate_app_limited(&s->rate, 1);
	return finish(t, c, p, 0, false);
}

/* Is there data for a connection whose cold part has gone? */
static bool needs_cold(const struct tcp_conn *c)
{
	return tcp_unsent_bytes(c) || wants_fin(c);
}

/* No way there at present: try again, as if it had been sent and lost. */
static void postpone(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = c->cold;

	if (!k)
		return;
	if (k->tx.syn_due)
		tcp_arm(t, c, TCP_DUE_RTX,
			time_after(now, c->rtt.rto_us * NS_PER_US));
	else
		try_again(t, c, NO_PATH_NS, now);
}

/* The route may have changed; the new one may leave by another link. */
static bool path_ready(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct ostia_link *was;

	if (!c->path)
		return false;
	was = c->path->link;
	if (path_fresh(t->lent.ip, &c->path, now)) {
		postpone(t, c, now);
		return false;
	}
	if (c->path->link == was)
		return true;
	tcp_sender_sync_mss(t, c);
	tcp_want_tx(c);
	return false;
}

struct ostia_pkt *tcp_tx(struct tcp *t, struct txnode *n, bool *more,
			 ostia_time now)
{
	struct tcp_conn *c = list_entry(&n->node, struct tcp_conn, tx.node);
	struct ostia_pkt *p = NULL;

	*more = false;
	if (!path_ready(t, c, now))
		return NULL;
	if (!c->cold && needs_cold(c) && !tcp_cold_get(t, c)) {
		tcp_past_arm(t, c, now + RETRY_NS);
		return NULL;
	}
	if (c->cold && is_lone(c, c->cold, now)) {
		p = send_lone(t, c, &c->cold->tx, now);
		if (p)
			return p;
	}
	if (c->cold && c->cold->tx.syn_due)
		return send_syn(t, c, &c->cold->tx, now);
	if (!tcp_state_in(c->state, TCP_SYNCHRONIZED) &&
	    !tcp_fastopen_is_child(c))
		return NULL;
	if (c->cold)
		p = send_state(t, c, &c->cold->tx, more, now);
	if (!p && c->flags & TCP_F_ACK_NOW)
		p = send_bare(t, c, c->snd_nxt, 0, now);
	return p;
}
