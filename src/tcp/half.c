/* SPDX-License-Identifier: MIT */
#include "tcp/half.h"

#include "tcp/cold.h"
#include "tcp/defend.h"
#include "tcp/ecn.h"
#include "tcp/filter.h"
#include "tcp/hdropts.h"
#include "tcp/listen.h"
#include "tcp/rare.h"
#include "tcp/rcvbuf.h"
#include "tcp/reply.h"
#include "tcp/syn.h"
#include "tcp/ts.h"

#include <errno.h>

enum { RTO_MS = 1000, RTO_MAX_MS = 120000 };

static struct slab *slab_of(struct tcp *t, bool v4)
{
	return v4 ? &t->halves4 : &t->halves6;
}

static uint32_t to_ms(ostia_time now)
{
	return (uint32_t)(now / NS_PER_MS);
}

struct flow tcp_half_flow(const struct tcp_half *h, bool v4)
{
	struct flow f = { .lport = h->lport, .rport = h->rport };

	if (v4) {
		f.local = addr_v4(&h->laddr);
		f.remote = addr_v4(&h->raddr);
	} else {
		f.local = h->local;
		f.remote = h->remote;
		f.zone = h->laddr;
	}
	return f;
}

/* --- queues of equal patience -------------------------------------------- */

static struct tcp_queue *queue_of(struct tcp *t, bool v4, unsigned tries)
{
	unsigned i = tries < TCP_HALF_TRIES ? tries : TCP_HALF_TRIES - 1;

	return &t->half_due[!v4][i];
}

static uint32_t patience_ms(unsigned tries)
{
	uint32_t ms = RTO_MS
		      << (tries < TCP_HALF_TRIES ? tries : TCP_HALF_TRIES - 1);

	return ms < RTO_MAX_MS ? ms : RTO_MAX_MS;
}

static void arm(struct tcp *t, uint32_t due_ms, ostia_time now)
{
	int32_t in_ms = (int32_t)(due_ms - to_ms(now));
	ostia_time when = now + (in_ms > 0 ? (uint32_t)in_ms : 0) * NS_PER_MS;

	t->half_timer.kind = WHEEL_TCP_HALF;
	if (!wheel_armed(&t->half_timer) || when < t->half_timer.deadline)
		wheel_arm(t->lent.wheel, &t->half_timer, when);
}

static void enqueue(struct tcp *t, bool v4, uint32_t handle, ostia_time now)
{
	struct tcp_half *h = tcp_half_at(t, v4, handle);
	struct tcp_queue *q = queue_of(t, v4, h->tries);

	/* One ms more, so that it is not early when ms are rounded down. */
	h->due_ms = to_ms(now) + patience_ms(h->tries) + 1;
	h->next = 0;
	h->prev = q->tail;
	if (q->tail)
		tcp_half_at(t, v4, q->tail)->next = handle;
	else
		q->head = handle;
	q->tail = handle;
	arm(t, h->due_ms, now);
}

static void dequeue(struct tcp *t, bool v4, struct tcp_half *h)
{
	struct tcp_queue *q = queue_of(t, v4, h->tries);

	if (h->prev)
		tcp_half_at(t, v4, h->prev)->next = h->next;
	else
		q->head = h->next;
	if (h->next)
		tcp_half_at(t, v4, h->next)->prev = h->prev;
	else
		q->tail = h->prev;
}

/* --- the SYN-ACK --------------------------------------------------------- */

static enum tcp_ecn_mode ecn_mode(const struct tcp_half *h)
{
	if (h->flags & TCP_HALF_ACC)
		return TCP_ECN_ACC;
	return h->flags & TCP_HALF_ECN ? TCP_ECN_CLASSIC : TCP_ECN_NONE;
}

/* RFC 9768 3.2.3.2.1: does the option get through? */
static void put_counters(struct wire_tcp *w, ostia_time now)
{
	const struct tcp_accecn_when when = { .mode = TCP_ACCECN_FULL };
	struct tcp_accecn a;

	tcp_accecn_init(&a);
	tcp_accecn_option(&a, w, WIRE_TCP_MAX_OPTS - wire_tcp_opts_len(w),
			  &when, now);
}

static int send_syn_ack(struct tcp *t, struct tcp_half *h, bool v4,
			const struct tcp_fo_cookie *give, ostia_time now)
{
	const struct tcp_conn *l = tcp_conn_at(t, h->listener);
	struct flow f = tcp_half_flow(h, v4);
	struct wire_tcp w = {
		.flags = WIRE_TCP_SYN | WIRE_TCP_ACK,
		.seq = h->iss.v,
		.ack = h->irs.v + 1,
		.opts = WIRE_TCP_OPT_MSS,
	};
	const struct hdropts *o;
	struct path *path;
	int err = path_get(t->lent.ip, &f.remote, &f.local, f.zone, now, &path);

	if (err)
		return err;
	w.mss = tcp_opts_mss(path, v4, tcp_rare_peek(t, l)->maxseg);
	path_put(t->lent.ip, path);
	w.wnd = (uint16_t)tcp_rcvbuf_first(t, l, w.mss);
	o = v4 ? tcp_syn_echo(t, h->syn) : tcp_hdropts(t, l);
	if (h->flags & TCP_HALF_TS) {
		w.opts |= WIRE_TCP_OPT_TS;
		w.tsval = tcp_ts_clock(now) + tcp_ts_offset(t, &f);
		w.tsecr = h->ts_recent;
	}
	if (h->flags & TCP_HALF_SACK)
		w.opts |= WIRE_TCP_OPT_SACKOK;
	w.flags |= tcp_ecn_syn_ack(ecn_mode(h), h->flags >> TCP_HALF_CP_SHIFT,
				   h->tries);
	if (h->flags & TCP_HALF_WSCALE) {
		w.opts |= WIRE_TCP_OPT_WSCALE;
		w.wscale = h->wscale >> 4;
	}
	if (give)
		tcp_fastopen_put(&w, give);
	if (h->flags & TCP_HALF_ACC && !h->tries && t->set.ecn_option)
		put_counters(&w, now);
	return tcp_reply_send(t, &f, &w, o, h->tos, h->id, now);
}

/* Whether the SYN-ACK has arrived or not, this is the end. */
static void send_reset(struct tcp *t, const struct tcp_half *h, bool v4,
		       ostia_time now)
{
	const struct flow f = tcp_half_flow(h, v4);
	struct wire_tcp w = {
		.flags = WIRE_TCP_RST | WIRE_TCP_ACK,
		.seq = h->iss.v + 1,
		.ack = h->irs.v + 1,
	};

	tcp_reply_send(t, &f, &w, NULL, h->tos, h->id, now);
}

/* An ACK of what stands, for a segment that must not be believed. */
static void send_ack(struct tcp *t, struct tcp_half *h, bool v4, ostia_time now)
{
	const struct tcp_conn *l = tcp_conn_at(t, h->listener);
	struct flow f = tcp_half_flow(h, v4);
	struct wire_tcp w = {
		.flags = WIRE_TCP_ACK,
		.seq = h->iss.v + 1,
		.ack = h->irs.v + 1,
		.wnd = (uint16_t)(tcp_rcvbuf_first(t, l, 0) >>
				  (h->wscale >> 4)),
	};
	struct tcp_accecn a;

	if (!tcp_defend_allow16(t, &h->last_ms16, now)) {
		tcp_stats(t)->TcpExtACKSkipped++;
		return;
	}
	if (h->flags & TCP_HALF_ACC) { /* no mark has come (RFC 9768 3.2.2) */
		tcp_accecn_init(&a);
		w.flags |= tcp_accecn_ace(&a);
	}
	if (h->flags & TCP_HALF_TS) {
		w.opts |= WIRE_TCP_OPT_TS;
		w.tsval = tcp_ts_clock(now) + tcp_ts_offset(t, &f);
		w.tsecr = h->ts_recent;
	}
	tcp_reply_send(t, &f, &w, NULL, h->tos, h->id, now);
}

static void trace(struct tcp *t, const struct tcp_half *h, const char *from,
		  const char *to)
{
	TRACE(t->lent.tracer, OSTIA_TRACE_STATE, h->id,
	      .u.state = { from, to, NULL });
	(void)h;
	(void)from;
	(void)to;
}

static void fill(struct tcp *t, struct tcp_half *h, const struct tcp_conn *l,
		 const struct tcp_seg *s, const struct tcp_agreed *a,
		 struct seq iss)
{
	*h = (struct tcp_half) {
		.lport = s->flow.lport,
		.rport = s->flow.rport,
		.irs = s->seq,
		.iss = iss,
		.listener = l->self,
		.sent_us = (uint32_t)(s->now / NS_PER_US),
		.mss_peer = a->mss_peer,
		.wscale = a->wscale,
		.tos = l->tos,
		.id = trace_id(t->lent.tracer),
	};
	if (a->flags & TCP_F_TS) {
		h->flags |= TCP_HALF_TS;
		h->ts_recent = s->h.tsval;
	}
	if (a->flags & TCP_F_SACK)
		h->flags |= TCP_HALF_SACK;
	if (a->flags & TCP_F_WSCALE)
		h->flags |= TCP_HALF_WSCALE;
	if (a->flags & TCP_F_ECN)
		h->flags |= TCP_HALF_ECN;
	if (a->ecn == TCP_ECN_ACC)
		h->flags |= (uint8_t)(TCP_HALF_ACC |
				      a->ecn_syn << TCP_HALF_CP_SHIFT);
}

/* A record of IPv4 ends before the addresses of IPv6. */
static struct tcp_half *take(struct tcp *t, const struct tcp_half *h,
			     const struct flow *f, uint32_t *handle)
{
	bool v4 = addr_is_v4(&f->remote);
	struct tcp_half *to = slab_alloc(slab_of(t, v4), handle);

	if (!to)
		return NULL;
	memcpy(to, h, TCP_HALF_SIZE4);
	if (v4) {
		to->laddr = f->local.w[3];
		to->raddr = f->remote.w[3];
	} else {
		to->laddr = f->zone;
		to->local = f->local;
		to->remote = f->remote;
	}
	return to;
}

int tcp_half_new(struct tcp *t, struct tcp_conn *l, const struct tcp_seg *s,
		 const struct tcp_agreed *a, struct seq iss,
		 const struct tcp_fo_cookie *give)
{
	bool v4 = addr_is_v4(&s->flow.remote);
	struct tcp_half made, *h;
	uint32_t handle;
	int err;

	fill(t, &made, l, s, a, iss);
	h = take(t, &made, &s->flow, &handle);
	if (!h) {
		tcp_stats(t)->NoMemory++;
		return -ENOMEM;
	}
	err = tcp_demux_add(t, TCP_KIND_HALF, handle, &s->flow);
	if (err) {
		slab_free(slab_of(t, v4), handle);
		return err;
	}
	l->listener->halves++;
	h->syn = tcp_syn_keep(t, l, s);
	trace(t, h, "LISTEN", "SYN-RECEIVED");
	enqueue(t, v4, handle, s->now);
	send_syn_ack(t, h, v4, give, s->now);
	return 0;
}

/* Off its queue and out of the listener's count. */
static void detach(struct tcp *t, bool v4, struct tcp_half *h)
{
	dequeue(t, v4, h);
	tcp_conn_at(t, h->listener)->listener->halves--;
}

void tcp_half_drop(struct tcp *t, bool v4, uint32_t handle)
{
	struct tcp_half *h = tcp_half_at(t, v4, handle);
	struct flow f = tcp_half_flow(h, v4);

	trace(t, h, "SYN-RECEIVED", "CLOSED");
	tcp_stats(t)->TcpAttemptFails++;
	detach(t, v4, h);
	tcp_demux_del(t, TCP_KIND_HALF, handle, &f);
	tcp_syn_forget(t, h->syn);
	slab_free(slab_of(t, v4), handle);
}

static void drop_queue(struct tcp *t, bool v4, struct tcp_queue *q,
		       uint32_t listener)
{
	uint32_t at = q->head;

	while (at) {
		uint32_t next = tcp_half_at(t, v4, at)->next;

		if (tcp_half_at(t, v4, at)->listener == listener)
			tcp_half_drop(t, v4, at);
		at = next;
	}
}

void tcp_half_drop_all(struct tcp *t, uint32_t listener)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < TCP_HALF_TRIES; i++)
			drop_queue(t, !v6, &t->half_due[v6][i], listener);
}

/* --- time ---------------------------------------------------------------- */

static void repeat(struct tcp *t, bool v4, uint32_t handle, ostia_time now)
{
	struct tcp_half *h = tcp_half_at(t, v4, handle);
	const struct tcp_conn *l = tcp_conn_at(t, h->listener);
	unsigned most = tcp_rare_peek(t, l)->syncnt;

	most = most ? most : t->set.synack_retries;
	if (h->tries >= most) {
		tcp_half_drop(t, v4, handle);
		return;
	}
	dequeue(t, v4, h);
	h->tries++;
	enqueue(t, v4, handle, now);
	tcp_stats(t)->TcpRetransSegs++;
	TRACE(t->lent.tracer, OSTIA_TRACE_TIMER, h->id,
	      .u.timer = { .name = "synack", .count = h->tries });
	send_syn_ack(t, h, v4, NULL, now);
}

void tcp_half_expire(struct tcp *t, ostia_time now)
{
	for (unsigned k = 0; k < 2 * TCP_HALF_TRIES; k++) {
		bool v4 = k < TCP_HALF_TRIES;
		struct tcp_queue *q = &t->half_due[!v4][TCP_HALF_TRIES - 1 -
							k % TCP_HALF_TRIES];

		while (q->head) {
			struct tcp_half *h = tcp_half_at(t, v4, q->head);

			if ((int32_t)(h->due_ms - to_ms(now)) > 0) {
				arm(t, h->due_ms, now);
				break;
			}
			repeat(t, v4, q->head, now);
		}
	}
}

void tcp_half_error(struct tcp *t, const struct tcp_hit *hit,
		    const struct ip_error *e)
{
	/* RFC 5927 4.1: only what quotes our SYN-ACK is about it. */
	if (e->hard && e->seq == hit->half->iss.v)
		tcp_half_drop(t, addr_is_v4(&e->flow.remote), hit->handle);
}

/* --- segments ------------------------------------------------------------ */

static struct tcp_birth birth_of(struct tcp *t, const struct tcp_half *h,
				 const struct tcp_seg *s)
{
	struct tcp_birth b = {
		.flow = s->flow,
		.irs = h->irs,
		.iss = h->iss,
		.ts_recent = h->ts_recent,
		.ts_offset =
			h->flags & TCP_HALF_TS ? tcp_ts_offset(t, &s->flow) : 0,
		.wnd = (uint32_t)s->h.wnd << (h->wscale & 15),
		.id = h->id,
		.tos = h->tos,
		.echo = tcp_syn_echo(t, h->syn),
		.agreed = { .mss_peer = h->mss_peer, .wscale = h->wscale },
	};

	if (h->flags & TCP_HALF_TS)
		b.agreed.flags |= TCP_F_TS;
	if (h->flags & TCP_HALF_SACK)
		b.agreed.flags |= TCP_F_SACK;
	if (h->flags & TCP_HALF_WSCALE)
		b.agreed.flags |= TCP_F_WSCALE;
	b.agreed.ecn = (uint8_t)ecn_mode(h);
	b.agreed.ecn_syn = h->flags >> TCP_HALF_CP_SHIFT;
	b.retrans = h->tries;
	b.ecn_mute = h->tries > 0; /* RFC 9768 3.2.3.2.2, 3.1.5 */
	b.not_ect = !(h->flags & TCP_HALF_ECN) ||
		    !tcp_ecn_syn_ack(b.agreed.ecn, 0, h->tries);
	if (b.agreed.ecn)
		b.agreed.flags |= TCP_F_ECN;
	if (h->tries == 0) { /* Karn: only if it was sent once */
		b.rtt_us = (uint32_t)(s->now / NS_PER_US) - h->sent_us;
		b.rtt_us = b.rtt_us ? b.rtt_us : 1;
	}
	return b;
}

/* TCP_DEFER_ACCEPT: an ACK alone does not wake the server yet. */
static bool deferred(const struct tcp *t, const struct tcp_half *h,
		     const struct tcp_conn *l, const struct tcp_seg *s)
{
	uint32_t most_s = tcp_rare_peek(t, l)->defer_accept_s;
	uint32_t age_us = (uint32_t)(s->now / NS_PER_US) - h->sent_us;

	return most_s && !s->len && !s->fin && age_us / 1000000 < most_s;
}

static enum verdict complete(struct tcp *t, const struct tcp_hit *hit,
			     struct tcp_seg *s)
{
	struct tcp_half *h = hit->half;
	bool v4 = addr_is_v4(&s->flow.remote);
	struct tcp_conn *l = tcp_conn_at(t, h->listener);
	struct tcp_birth b;
	struct tcp_conn *c;

	if (deferred(t, h, l, s)) {
		h->flags |= TCP_HALF_ACKED;
		return VERDICT_HELD;
	}
	if (tcp_listen_full(l->listener)) {
		TCP_UNTAKEN(t, TcpExtListenOverflows);
		if (t->set.abort_on_overflow) {
			tcp_reply_reset(t, s);
			tcp_half_drop(t, v4, hit->handle);
		} else {
			h->flags |= TCP_HALF_ACKED;
		}
		return VERDICT_HELD;
	}
	b = birth_of(t, h, s);
	if (tcp_listen_child(t, l, &b, &c, s->now))
		return VERDICT_DROP; /* it will try again */
	detach(t, v4, h);
	tcp_demux_replace(t, &s->flow, TCP_KIND_HALF, hit->handle,
			  TCP_KIND_CONN, c->self);
	c->flags |= TCP_F_HASHED;
	tcp_syn_hand_on(t, c, h->syn);
	slab_free(slab_of(t, v4), hit->handle);
	tcp_listen_queue(t, l, c);
	tcp_rx_conn(t, c, s);
	return VERDICT_HELD;
}

/* Step one of 3.10.7.4: is it in the window we offered? */
static bool in_window(const struct tcp *t, const struct tcp_half *h,
		      const struct tcp_seg *s)
{
	const struct tcp_conn *l = tcp_conn_at(t, h->listener);
	struct seq next = seq_add(h->irs, 1);

	return seq_in(s->seq, next, tcp_rcvbuf_first(t, l, 0)) ||
	       seq_eq(s->seq, next);
}

static bool old_timestamp(const struct tcp_half *h, const struct tcp_seg *s)
{
	return h->flags & TCP_HALF_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	       (int32_t)(s->h.tsval - h->ts_recent) < 0;
}

static bool is_syn_again(const struct tcp_half *h, const struct tcp_seg *s)
{
	return (s->h.flags & (WIRE_TCP_SYN | WIRE_TCP_ACK | WIRE_TCP_RST)) ==
		       WIRE_TCP_SYN &&
	       seq_eq(s->seq, h->irs);
}

/* RFC 9768 3.1.5: the SYN-ACK tells of the last SYN; who asks no more is sent
 * nothing ECN-capable, but remains in the mode. That of RFC 3168 is left
 * (6.1.1).
 */
static void heed_syn(struct tcp_half *h, const struct tcp_seg *s)
{
	if (!(h->flags & TCP_HALF_ACC)) {
		if (!(s->h.flags & TCP_ACCECN_ALL))
			h->flags &= (uint8_t)~TCP_HALF_ECN;
		return;
	}
	h->flags &= (1u << TCP_HALF_CP_SHIFT) - 1u;
	h->flags |= (uint8_t)((s->p->tos & TCP_ECN_CE) << TCP_HALF_CP_SHIFT);
	if (!(s->h.flags & TCP_ACCECN_ALL))
		h->flags &= (uint8_t)~TCP_HALF_ECN;
}

/* RFC 9768 3.1.5: nobody asks for both kinds of feedback. */
static bool asks_otherwise(const struct tcp *t, const struct tcp_half *h,
			   const struct tcp_seg *s)
{
	enum tcp_ecn_mode is = ecn_mode(h), asked;

	if (!is || !(s->h.flags & TCP_ACCECN_ALL))
		return false;
	asked = tcp_ecn_agreed(t, tcp_conn_at(t, h->listener), s->h.flags);
	return asked && asked != is;
}

static void rx_syn_again(struct tcp *t, const struct tcp_hit *hit,
			 struct tcp_seg *s)
{
	struct tcp_half *h = hit->half;
	bool v4 = addr_is_v4(&s->flow.remote);

	if (asks_otherwise(t, h, s)) {
		send_reset(t, h, v4, s->now);
		tcp_half_drop(t, v4, hit->handle);
		return;
	}
	heed_syn(h, s);
	if (tcp_defend_allow16(t, &h->last_ms16, s->now))
		send_syn_ack(t, h, v4, NULL, s->now);
}

static void untaken(struct tcp *t, const struct tcp_half *h,
		    const struct tcp_seg *s)
{
	if (old_timestamp(h, s))
		TCP_UNTAKEN(t, TcpExtPAWSEstab);
	else
		tcp_defend_untaken(t, s, seq_add(h->irs, 1));
}

/* RFC 5961 3.2, 4.2 */
static void rx_rst_or_syn(struct tcp *t, const struct tcp_hit *hit,
			  const struct tcp_seg *s)
{
	struct tcp_half *h = hit->half;
	bool v4 = addr_is_v4(&s->flow.remote);

	if (!(s->h.flags & WIRE_TCP_RST)) {
		TCP_UNTAKEN(t, TcpExtSYNChallenge);
		send_ack(t, h, v4, s->now);
	} else if (seq_eq(s->seq, seq_add(h->irs, 1))) {
		tcp_half_drop(t, v4, hit->handle);
	} else {
		TCP_UNTAKEN(t, TcpExtRSTChallenge);
		send_ack(t, h, v4, s->now);
	}
}

enum verdict tcp_half_rx(struct tcp *t, const struct tcp_hit *hit,
			 struct tcp_seg *s)
{
	struct tcp_half *h = hit->half;
	bool v4 = addr_is_v4(&s->flow.remote);
	bool rst = s->h.flags & WIRE_TCP_RST;

	if (!tcp_filter_wants(t, tcp_conn_at(t, h->listener), s))
		return VERDICT_DROP;
	if (is_syn_again(h, s)) {
		rx_syn_again(t, hit, s);
		return VERDICT_HELD;
	}
	if (old_timestamp(h, s) || !in_window(t, h, s)) {
		untaken(t, h, s);
		if (!rst)
			send_ack(t, h, v4, s->now);
		return VERDICT_DROP;
	}
	if (rst || s->h.flags & WIRE_TCP_SYN) {
		rx_rst_or_syn(t, hit, s);
		return VERDICT_HELD;
	}
	if (!(s->h.flags & WIRE_TCP_ACK)) {
		TCP_UNTAKEN(t, TcpExtACKInvalid);
		return VERDICT_DROP;
	}
	if (!seq_eq(s->ack, seq_add(h->iss, 1))) {
		tcp_reply_reset(t, s);
		return VERDICT_HELD;
	}
	if (h->flags & TCP_HALF_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	    seq_eq(s->seq, seq_add(h->irs, 1)))
		h->ts_recent = s->h.tsval;
	return complete(t, hit, s);
}
