/* SPDX-License-Identifier: MIT */
#include "tcp/listen.h"

#include "tcp/auth.h"
#include "tcp/bind.h"
#include "tcp/cold.h"
#include "tcp/cookie.h"
#include "tcp/demux.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/filter.h"
#include "tcp/half.h"
#include "tcp/hdropts.h"
#include "tcp/isn.h"
#include "tcp/rare.h"
#include "tcp/rcvbuf.h"
#include "tcp/reply.h"
#include "tcp/syn.h"
#include "tcp/ts.h"

#include <errno.h>

enum {
	/* what a connection takes from its listener */
	INHERITED = TCP_F_V6 | TCP_F_NODELAY | TCP_F_CORK | TCP_F_KEEPALIVE |
		    TCP_F_OOBINLINE | TCP_F_SNDBUF | TCP_F_RCVBUF,
	/* cookies are believed so long after the last one was sent */
	COOKIE_MEMORY_S = 180,
};

static uint32_t rmem_max(const struct tcp *t, const struct tcp_conn *l)
{
	return l->flags & TCP_F_RCVBUF ? l->rcvbuf : t->set.rmem[2];
}

/* --- a SYN --------------------------------------------------------------- */

static bool crowded(const struct tcp *t, const struct tcp_conn *l)
{
	return l->listener->halves >= t->set.max_syn_backlog;
}

/* The SYN-ACK that stands for all memory (RFC 4987 3.6). */
static void send_cookie(struct tcp *t, struct tcp_conn *l,
			const struct tcp_seg *s, struct tcp_agreed *a)
{
	struct wire_tcp h = {
		.flags = WIRE_TCP_SYN | WIRE_TCP_ACK,
		.ack = s->seq.v + 1,
		.opts = WIRE_TCP_OPT_MSS,
	};
	const struct hdropts *o = NULL;
	uint16_t mss = a->mss_peer;
	struct hdropts echo;
	struct path *path;

	if (path_get(t->lent.ip, &s->flow.remote, &s->flow.local, s->flow.zone,
		     s->now, &path))
		return;
	h.mss = tcp_opts_mss(path, addr_is_v4(&s->flow.remote),
			     tcp_rare_peek(t, l)->maxseg);
	path_put(t->lent.ip, path);
	h.seq = tcp_cookie_make(t->cookie_key, &s->flow, s->seq, &mss, s->now)
			.v;
	h.wnd = (uint16_t)tcp_rcvbuf_first(t, l, h.mss);
	if (a->flags & TCP_F_TS) {
		uint32_t bits = a->flags & TCP_F_WSCALE
					? a->wscale & 15u
					: (uint32_t)TCP_COOKIE_TS_WSCALE;

		if (a->flags & TCP_F_SACK)
			bits |= TCP_COOKIE_TS_SACK;
		h.opts |= WIRE_TCP_OPT_TS;
		h.tsval = tcp_cookie_ts(tcp_ts_clock(s->now), bits) +
			  tcp_ts_offset(t, &s->flow);
		h.tsecr = s->h.tsval;
		if (a->flags & TCP_F_SACK)
			h.opts |= WIRE_TCP_OPT_SACKOK;
		if (a->flags & TCP_F_WSCALE) {
			h.opts |= WIRE_TCP_OPT_WSCALE;
			h.wscale = a->wscale >> 4;
		}
	}
	t->cookie_epoch = s->now ? s->now : 1;
	tcp_stats(t)->TcpExtSyncookiesSent++;
	if (!addr_is_v4(&s->flow.remote))
		o = tcp_hdropts(t, l);
	else if (hdropts_echo(s->p, &s->flow.local, &echo))
		o = &echo;
	tcp_reply_send(t, &s->flow, &h, o, l->tos, 0, s->now);
}

/* Neither table nor memory: the peer will try again. */
static void refuse(struct tcp *t)
{
	TCP_UNTAKEN(t, TcpExtListenDrops);
}

/* Linux's TCP_SYN_RECV of Fast Open: a connection at once, for accept. */
static int open_fast(struct tcp *t, struct tcp_conn *l, struct tcp_seg *s,
		     const struct tcp_agreed *a, struct seq iss,
		     const struct tcp_fo_answer *fo)
{
	struct tcp_birth b = {
		.flow = s->flow,
		.irs = s->seq,
		.iss = iss,
		.agreed = *a,
		.ts_recent = a->flags & TCP_F_TS ? s->h.tsval : 0,
		.ts_offset =
			a->flags & TCP_F_TS ? tcp_ts_offset(t, &s->flow) : 0,
		.wnd = s->h.wnd,
		.tos = l->tos,
		.fast = true,
	};
	struct hdropts echo;
	struct tcp_conn *c;
	int err;

	if (addr_is_v4(&s->flow.remote) &&
	    hdropts_echo(s->p, &s->flow.local, &echo))
		b.echo = &echo;
	err = tcp_listen_child(t, l, &b, &c, s->now);
	if (err)
		return err;
	err = tcp_sender_connect(t, c, s->now);
	if (!err)
		err = tcp_fastopen_born(t, c, l);
	if (!err)
		err = tcp_demux_add(t, TCP_KIND_CONN, c->self, &c->flow);
	if (err) {
		tcp_conn_free(t, c);
		return err;
	}
	c->flags |= TCP_F_HASHED;
	c->cold->tx.fo |= fo->give ? TCP_FO_GIVES : 0;
	c->cold->tx.fo |= fo->cookie.exp ? TCP_FO_EXP : 0;
	tcp_syn_hand_on(t, c, tcp_syn_keep(t, l, s));
	tcp_stats(t)->TcpPassiveOpens++;
	tcp_listen_queue(t, l, c);
	tcp_rx_syn_text(t, c, s);
	return 0;
}

static void rx_syn(struct tcp *t, struct tcp_conn *l, struct tcp_seg *s,
		   const struct seq *iss)
{
	bool v4 = addr_is_v4(&s->flow.remote);
	struct tcp_agreed a = tcp_opts_agree(t, l, rmem_max(t, l), &s->h, v4);
	struct tcp_fo_answer fo;
	struct seq first;

	a.ecn_syn = s->p->tos & TCP_ECN_CE;
	if (a.flags & TCP_F_SACK && tcp_auth_has_md5(t, l, &s->flow.remote))
		a.flags &= ~(uint32_t)TCP_F_TS; /* no room for both (Linux) */
	if (tcp_listen_full(l->listener)) {
		refuse(t);
		TCP_UNTAKEN(t, TcpExtListenOverflows);
		return;
	}
	if (!iss && (crowded(t, l) || t->set.syncookies == 2)) {
		if (t->set.syncookies)
			send_cookie(t, l, s, &a);
		else
			refuse(t);
		return;
	}
	first = iss ? *iss : tcp_isn(&t->isn_key, &s->flow, s->now);
	tcp_fastopen_on_syn(t, l, s, &fo);
	if (fo.accept && !open_fast(t, l, s, &a, first, &fo))
		return;
	/* 3.10.7.2: text in a SYN is not acknowledged; it comes again. */
	s->len = 0;
	s->fin = false;
	if (tcp_half_new(t, l, s, &a, first,
			 fo.give || fo.accept ? &fo.cookie : NULL))
		refuse(t);
	else
		tcp_stats(t)->TcpPassiveOpens++;
}

/* --- an ACK that may bring a cookie back --------------------------------- */

static bool cookies_expected(const struct tcp *t, ostia_time now)
{
	return t->cookie_epoch &&
	       time_since(t->cookie_epoch, now) < COOKIE_MEMORY_S * NS_PER_S;
}

/* The options travelled in our timestamp, if we both use them. */
static void decode_options(struct tcp *t, const struct tcp_conn *l,
			   const struct tcp_seg *s, struct tcp_birth *b)
{
	uint32_t bits;

	if (!(s->h.opts & WIRE_TCP_OPT_TS) || !t->set.timestamps)
		return;
	bits = (s->h.tsecr - b->ts_offset) & TCP_COOKIE_TS_MASK;
	b->agreed.flags |= TCP_F_TS;
	b->ts_recent = s->h.tsval;
	if (bits & TCP_COOKIE_TS_SACK)
		b->agreed.flags |= TCP_F_SACK;
	if ((bits & TCP_COOKIE_TS_WSCALE) == TCP_COOKIE_TS_WSCALE)
		return;
	b->agreed.flags |= TCP_F_WSCALE;
	b->agreed.wscale = (uint8_t)(tcp_rcvbuf_wscale(rmem_max(t, l)) << 4 |
				     (bits & TCP_COOKIE_TS_WSCALE));
}

/* Return: the connection that the cookie proves, or NULL. */
static struct tcp_conn *from_cookie(struct tcp *t, struct tcp_conn *l,
				    const struct tcp_seg *s)
{
	struct tcp_birth b = {
		.flow = s->flow,
		.irs = seq_back(s->seq, 1),
		.iss = seq_back(s->ack, 1),
		.ts_offset = tcp_ts_offset(t, &s->flow),
		.tos = l->tos,
	};
	struct hdropts echo;
	struct tcp_conn *c;

	if (!cookies_expected(t, s->now) || !t->set.syncookies)
		return NULL;
	b.agreed.mss_peer =
		tcp_cookie_check(t->cookie_key, &s->flow, b.irs, b.iss, s->now);
	if (!b.agreed.mss_peer) {
		tcp_stats(t)->TcpExtSyncookiesFailed++;
		return NULL;
	}
	if (tcp_listen_full(l->listener)) {
		tcp_stats(t)->TcpExtListenOverflows++;
		return NULL;
	}
	tcp_stats(t)->TcpExtSyncookiesRecv++;
	decode_options(t, l, s, &b);
	b.wnd = (uint32_t)s->h.wnd << (b.agreed.wscale & 15);
	if (hdropts_echo(s->p, &s->flow.local, &echo))
		b.echo = &echo;
	if (tcp_listen_child(t, l, &b, &c, s->now))
		return NULL;
	if (tcp_demux_add(t, TCP_KIND_CONN, c->self, &c->flow)) {
		tcp_conn_drop(t, c, ENOMEM);
		tcp_conn_free(t, c);
		return NULL;
	}
	c->flags |= TCP_F_HASHED;
	tcp_stats(t)->TcpPassiveOpens++;
	tcp_listen_queue(t, l, c);
	return c;
}

/* 3.10.7.2: first RST, second ACK, third SYN, fourth anything else. */
enum verdict tcp_listen_rx(struct tcp *t, struct tcp_conn *l, struct tcp_seg *s,
			   const struct seq *iss)
{
	if (s->h.flags & WIRE_TCP_RST || !tcp_filter_wants(t, l, s))
		return VERDICT_DROP;
	if (s->h.flags & WIRE_TCP_ACK) {
		struct tcp_conn *c = NULL;

		if (!(s->h.flags & WIRE_TCP_SYN))
			c = from_cookie(t, l, s);
		if (c)
			tcp_rx_conn(t, c, s);
		else
			tcp_reply_reset(t, s);
		return VERDICT_HELD;
	}
	if (!(s->h.flags & WIRE_TCP_SYN))
		return VERDICT_DROP;
	rx_syn(t, l, s, iss);
	return VERDICT_HELD;
}

/* --- connections --------------------------------------------------------- */

static void set_sequence(struct tcp_conn *c, const struct tcp_birth *b,
			 ostia_time now)
{
	c->snd_una = seq_add(b->iss, !b->fast);
	c->snd_nxt = c->snd_una;
	c->rcv_nxt = seq_add(b->irs, 1);
	c->rcv_wup = c->rcv_nxt;
	c->snd_wnd = b->wnd;
	c->snd_wl1 = c->rcv_nxt;
	c->wscale = b->agreed.wscale;
	c->mss_peer = b->agreed.mss_peer;
	c->ts_recent = b->ts_recent;
	c->ts_recent_age = tcp_ts_age(now);
	c->ts_offset = b->ts_offset;
}

static int begin_ecn(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_birth *b)
{
	struct tcp_accecn *a;
	int err = tcp_ecn_begin(t, c, b->agreed.ecn, b->agreed.ecn_syn);

	if (!err && b->agreed.ecn && b->not_ect)
		err = tcp_ecn_no_ect(t, c);
	a = err ? NULL : tcp_ecn_accurate(t, c);
	if (a)
		a->mute = b->ecn_mute;
	return err;
}

/* For tcp_info alone: without memory it is not told. */
static void remember_retrans(struct tcp *t, struct tcp_conn *c, uint8_t n)
{
	struct tcp_rare *r = n ? tcp_rare_get(t, c) : NULL;

	if (r)
		r->syn_retrans = n;
}

static int fit_out(struct tcp *t, struct tcp_conn *l, struct tcp_conn *c,
		   const struct tcp_birth *b, ostia_time now)
{
	int err;

	c->flow = b->flow;
	/* the port is the listener's, not the child's to keep (Linux) */
	c->flags = (l->flags & INHERITED) | b->agreed.flags |
		   (b->fast ? 0 : TCP_F_SYN_ACKED);
	c->tos = l->tos;
	c->ttl = l->ttl;
	c->sndbuf = l->sndbuf;
	c->rcvbuf = l->rcvbuf;
	set_sequence(c, b, now);
	err = tcp_rare_copy(t, c, l);
	if (!err)
		err = begin_ecn(t, c, b);
	if (!err)
		err = tcp_auth_inherit(t, c, l);
	if (!err)
		err = tcp_hdropts_inherit(t, c, l, b->echo);
	if (!err)
		err = tcp_bind_inherit(t, c, l);
	if (!err)
		err = tcp_hdropts_path(t, &c->flow, &c->flow.local,
				       tcp_hdropts(t, c), now, &c->path);
	return err;
}

int tcp_listen_child(struct tcp *t, struct tcp_conn *l,
		     const struct tcp_birth *b, struct tcp_conn **out,
		     ostia_time now)
{
	struct tcp_conn *c;
	uint16_t mss;
	int err = tcp_conn_new(t, l->flags & TCP_F_V6, &c);

	if (err)
		return err;
	err = fit_out(t, l, c, b, now);
	if (err) {
		tcp_conn_free(t, c);
		return err;
	}
	if (b->id)
		c->id = b->id;
	remember_retrans(t, c, b->retrans);
	mss = tcp_opts_mss(c->path, tcp_is_v4(c), tcp_rare_peek(t, c)->maxseg);
	c->rcv_mss = mss < c->mss_peer ? mss : c->mss_peer;
	c->rcv_adv = seq_add(c->rcv_nxt, tcp_rcvbuf_first(t, l, mss));
	tcp_sender_new(t, c);
	tcp_sender_sync_mss(t, c);
	if (!b->id)
		tcp_conn_set_state(t, c, TCP_SYN_RECV);
	else
		c->state = TCP_SYN_RECV; /* told when the SYN came */
	*out = c;
	if (b->fast)
		return 0;
	tcp_conn_set_state(t, c, TCP_ESTABLISHED);
	tcp_sender_open(t, c, b->rtt_us, now);
	return 0;
}

void tcp_listen_queue(struct tcp *t, struct tcp_conn *l, struct tcp_conn *c)
{
	struct tcp_listener *q = l->listener;

	c->flags |= TCP_F_QUEUED;
	c->u.queued.listener = l->self;
	c->u.queued.next = 0;
	if (q->tail)
		tcp_conn_at(t, q->tail)->u.queued.next = c->self;
	else
		q->head = c->self;
	q->tail = c->self;
	q->queued++;
	tcp_conn_tell(t, l, TCP_NEWS_IN);
}

static struct tcp_conn *unqueue(struct tcp *t, struct tcp_listener *q)
{
	struct tcp_conn *c;

	if (!q->head)
		return NULL;
	c = tcp_conn_at(t, q->head);
	q->head = c->u.queued.next;
	if (!q->head)
		q->tail = 0;
	q->queued--;
	c->flags &= ~TCP_F_QUEUED;
	c->u.owner = NULL;
	return c;
}

int tcp_accept(struct tcp *t, struct tcp_conn *c, struct tcp_conn **out)
{
	if (c->state != TCP_LISTEN)
		return -EINVAL;
	*out = unqueue(t, c->listener);
	return *out ? 0 : -EAGAIN;
}

/* --- listen and its end -------------------------------------------------- */

static uint32_t clamp_backlog(const struct tcp *t, int backlog)
{
	/* Linux compares as unsigned: what is negative is the most. */
	uint32_t n = (uint32_t)backlog;

	return n < t->set.somaxconn ? n : t->set.somaxconn;
}

static int bind_somewhere(struct tcp *t, struct tcp_conn *c,
			  const struct bind_opts *o)
{
	int err;

	if (c->bind)
		return 0;
	err = tcp_bind_take(t, c, &c->flow.local, 0, o);
	if (!err)
		c->flow.lport = tcp_bind_at(t, c->bind)->b.port;
	return err;
}

int tcp_listen(struct tcp *t, struct tcp_conn *c, int backlog,
	       const struct bind_opts *o)
{
	struct tcp_listener *q;
	uint32_t handle;
	int err;

	if (c->state == TCP_LISTEN) {
		c->listener->backlog = clamp_backlog(t, backlog);
		return 0;
	}
	if (c->state != TCP_CLOSE)
		return -EINVAL;
	err = bind_somewhere(t, c, o);
	if (!err)
		err = ports_relisten(t->ports, &tcp_bind_at(t, c->bind)->b);
	if (err)
		return err;
	tcp_cold_put(t, c);
	q = slab_alloc(&t->listeners, &handle);
	if (!q) {
		ports_unlisten(t->ports, &tcp_bind_at(t, c->bind)->b);
		return -ENOMEM;
	}
	*q = (struct tcp_listener) {
		.backlog = clamp_backlog(t, backlog),
		.self = handle,
	};
	tcp_bind_at(t, c->bind)->listener = c;
	tcp_conn_set_state(t, c, TCP_LISTEN);
	c->flags &= ~(TCP_F_SHUT_RD | TCP_F_FIN_WANTED);
	c->listener = q;
	tcp_fastopen_listen(t, c, q->backlog);
	list_push(&t->listening, &c->tx.node);
	t->nlisteners++;
	return 0;
}

/* RFC 9293 3.10.4 in LISTEN; what nobody accepted is reset (Linux, POSIX). */
static void abandon(struct tcp *t, struct tcp_conn *c)
{
	if (!(c->flags & TCP_F_ORPHAN)) {
		c->flags |= TCP_F_ORPHAN;
		t->norphans++;
	}
	if (c->state == TCP_CLOSE)
		tcp_conn_free(t, c);
	else
		tcp_conn_abort(t, c, 0, t->lent.tracer->now);
}

void tcp_listen_stop(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_listener *q = c->listener;
	struct tcp_bind *b = tcp_bind_at(t, c->bind);
	struct tcp_conn *child;

	b->listener = NULL;
	ports_unlisten(t->ports, &b->b);
	if (q->halves)
		tcp_half_drop_all(t, c->self);
	while ((child = unqueue(t, q)))
		abandon(t, child);
	if (q->fo.pending) /* whoever settles the last one frees it */
		q->gone = true;
	else
		slab_free(&t->listeners, q->self);
	c->listener = NULL;
	list_remove(&c->tx.node);
	t->nlisteners--;
	tcp_conn_set_state(t, c, TCP_CLOSE);
}
