/* SPDX-License-Identifier: MIT */
#include "tcp/fastopen.h"

#include "tcp/cold.h"
#include "tcp/listen.h"
#include "tcp/metrics.h"
#include "tcp/opts.h"
#include "tcp/rare.h"
#include "tcp/rx.h"

#include <errno.h>
#include <linux/tcp.h>

enum {
	RESET_S = 60, /* a reset connection counts so long (Linux) */
	SPARE_S = 60, /* a peer that swallows SYNs, the first time */
	SPARE_AFTER = 2,
	SPARE_SHIFT_MAX = 6,
	OPTIONS_MAX = 40, /* room that is left to who adds options on the way */
};

static void put_le64(uint8_t *to, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

void tcp_fastopen_cookie(const struct siphash_key *key, const struct flow *f,
			 struct tcp_fo_cookie *out)
{
	bool v4 = addr_is_v4(&f->remote);
	unsigned n = v4 ? 4 : 16, from = v4 ? 12 : 0;
	uint8_t ends[32];

	memcpy(ends, f->remote.b + from, n);
	memcpy(ends + n, f->local.b + from, n);
	out->len = TCP_FO_COOKIE;
	put_le64(out->b, siphash_24(key, ends, 2 * (size_t)n));
}

static const struct tcp_fo_keys *keys_of(const struct tcp *t,
					 const struct tcp_conn *c)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);

	return r->fo_keys.n ? &r->fo_keys : &t->fo.keys;
}

/* --- server -------------------------------------------------------------- */

static bool has_room(struct tcp *t, struct tcp_listener *q, ostia_time now)
{
	struct tcp_fo_queue *fo = &q->fo;

	if (!fo->max)
		return false;
	if (fo->pending + fo->resets >= fo->max && now >= fo->until)
		fo->resets = 0;
	if (fo->pending + fo->resets < fo->max)
		return true;
	tcp_stats(t)->TcpExtFastOpenListenOverflow++;
	return false;
}

/* Return: 0: wrong; 1: right; 2: right by an older key. */
static int check(struct tcp *t, const struct tcp_conn *l,
		 const struct tcp_seg *s)
{
	const struct tcp_fo_keys *k = keys_of(t, l);
	struct tcp_fo_cookie want;

	for (int i = 0; i < k->n && s->h.fo_len == TCP_FO_COOKIE; i++) {
		tcp_fastopen_cookie(&k->key[i], &s->flow, &want);
		if (!memcmp(want.b, s->h.fo, TCP_FO_COOKIE))
			return i ? 2 : 1;
	}
	return 0;
}

void tcp_fastopen_on_syn(struct tcp *t, struct tcp_conn *l,
			 const struct tcp_seg *s, struct tcp_fo_answer *out)
{
	bool option = s->h.opts & WIRE_TCP_OPT_FO;
	uint32_t set = t->set.fastopen;
	int right;

	*out = (struct tcp_fo_answer) { 0 };
	if (option && !s->h.fo_len)
		tcp_stats(t)->TcpExtFastOpenCookieReqd++;
	if (!(set & TCP_FO_SET_SERVER) || !(s->len || option) ||
	    !has_room(t, l->listener, s->now))
		return;
	if (set & TCP_FO_SET_SERVER_BARE || tcp_rare_peek(t, l)->fo_no_cookie) {
		out->accept = true;
		return;
	}
	if (!option)
		return;
	right = s->h.fo_len ? check(t, l, s) : 0;
	out->accept = right;
	out->give = right != 1;
	tcp_fastopen_cookie(&keys_of(t, l)->key[0], &s->flow, &out->cookie);
	out->cookie.exp = s->h.opts & WIRE_TCP_OPT_FO_EXP;
	if (s->h.fo_len && !right)
		tcp_stats(t)->TcpExtFastOpenPassiveFail++;
}

bool tcp_fastopen_put(struct wire_tcp *h, const struct tcp_fo_cookie *c)
{
	uint16_t opts = h->opts;

	h->opts |= WIRE_TCP_OPT_FO | (c->exp ? WIRE_TCP_OPT_FO_EXP : 0);
	h->fo = c->b;
	h->fo_len = c->len;
	if (wire_tcp_opts_len(h) <= WIRE_TCP_MAX_OPTS)
		return true;
	h->opts = opts;
	return false;
}

int tcp_fastopen_born(struct tcp *t, struct tcp_conn *c, struct tcp_conn *l)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (!r || !c->cold)
		return -ENOMEM;
	c->cold->tx.fo = TCP_FO_CHILD;
	r->fo_listener = l->listener->self;
	l->listener->fo.pending++;
	tcp_stats(t)->TcpExtFastOpenPassive++;
	return 0;
}

void tcp_fastopen_give(const struct tcp *t, const struct tcp_conn *c,
		       struct tcp_fo_cookie *out)
{
	tcp_fastopen_cookie(&keys_of(t, c)->key[0], &c->flow, out);
	out->exp = c->cold->tx.fo & TCP_FO_EXP;
}

bool tcp_fastopen_is_child(const struct tcp_conn *c)
{
	return c->state == TCP_SYN_RECV && c->cold &&
	       c->cold->tx.fo & TCP_FO_CHILD;
}

void tcp_fastopen_settled(struct tcp *t, struct tcp_conn *c, bool reset,
			  ostia_time now)
{
	struct tcp_rare *r = c->rare ? tcp_rare_get(t, c) : NULL;
	struct tcp_listener *q;

	if (!r || !r->fo_listener)
		return;
	q = slab_at(&t->listeners, r->fo_listener);
	r->fo_listener = 0;
	q->fo.pending--;
	if (reset) {
		q->fo.resets++;
		q->fo.until = now + RESET_S * NS_PER_S;
	}
	if (q->gone && !q->fo.pending)
		slab_free(&t->listeners, q->self);
}

void tcp_fastopen_listen(struct tcp *t, struct tcp_conn *l, uint32_t backlog)
{
	uint32_t both = TCP_FO_SET_SERVER | TCP_FO_SET_SERVER_ALL;

	l->listener->fo.max = tcp_rare_peek(t, l)->fo_max;
	if (!l->listener->fo.max && (t->set.fastopen & both) == both)
		l->listener->fo.max = backlog;
}

/* --- client -------------------------------------------------------------- */

bool tcp_fastopen_allowed(const struct tcp *t)
{
	return t->set.fastopen & TCP_FO_SET_CLIENT;
}

/* Somewhere near us somebody swallows all of it: nobody tries. */
static bool all_off(struct tcp *t, ostia_time now)
{
	uint64_t s = t->set.fastopen_blackhole_timeout_sec;

	if (!s || !t->fo.off_times ||
	    !tcp_metrics_spares(t->fo.off_since, s, t->fo.off_times - 1,
				SPARE_SHIFT_MAX, now))
		return false;
	tcp_stats(t)->TcpExtFastOpenBlackhole++;
	return true;
}

/* This peer, or somebody on the way there, does. */
static bool is_spared(const struct tcp_fo_known *k, ostia_time now)
{
	return k->losses >= SPARE_AFTER &&
	       tcp_metrics_spares(k->lost, SPARE_S, k->losses - SPARE_AFTER,
				  SPARE_SHIFT_MAX, now);
}

enum plan { NO_OPTION, ASK, BARE, WITH_COOKIE };

/* What the SYN shall have, and with what cookie. @mss: the peer's, 0: not
 * known.
 */
static enum plan plan(struct tcp *t, struct tcp_conn *c,
		      struct tcp_fo_cookie *cookie, uint16_t *mss,
		      ostia_time now)
{
	const struct tcp_metric *m = tcp_metrics_find(t, &c->flow);

	*cookie = (struct tcp_fo_cookie) { 0 };
	*mss = m ? m->fo.mss : 0;
	if (all_off(t, now) || (m && is_spared(&m->fo, now)))
		return NO_OPTION;
	if (t->set.fastopen & TCP_FO_SET_CLIENT_BARE ||
	    tcp_rare_peek(t, c)->fo_no_cookie)
		return BARE;
	if (m)
		*cookie = m->fo.cookie;
	if (cookie->len)
		return WITH_COOKIE;
	cookie->exp = m && m->fo.try_exp == 1;
	return ASK;
}

static void failed(struct tcp *t, struct tcp_conn *c, uint8_t why)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	if (r)
		r->fo_fail = why;
}

bool tcp_fastopen_may_defer(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_fo_cookie cookie;
	uint16_t mss;
	enum plan p;

	if (!c->rare || !tcp_rare_peek(t, c)->fo_connect ||
	    !tcp_fastopen_allowed(t))
		return false;
	p = plan(t, c, &cookie, &mss, now);
	c->cold->tx.fo = TCP_FO_ASKS;
	if (p != BARE && p != WITH_COOKIE)
		return false;
	c->cold->tx.fo |= TCP_FO_DEFERRED;
	return true;
}

bool tcp_fastopen_deferred(const struct tcp_conn *c)
{
	return c->state == TCP_SYN_SENT && c->cold &&
	       c->cold->tx.fo & TCP_FO_DEFERRED;
}

/* As Linux: what our path and the peer's last MSS let through, options of the
 * largest size deducted.
 */
static uint32_t room(struct tcp *t, const struct tcp_conn *c, uint16_t mss)
{
	uint32_t own = tcp_opts_mss(c->path, tcp_is_v4(c),
				    tcp_rare_peek(t, c)->maxseg);

	if (mss && own > mss)
		own = mss;
	return own > OPTIONS_MAX ? own - OPTIONS_MAX : 0;
}

uint32_t tcp_fastopen_begin(struct tcp *t, struct tcp_conn *c,
			    const struct iovec *iov, int niov, size_t skip,
			    size_t n, ostia_time now)
{
	struct tcp_fo_cookie cookie;
	uint32_t most;
	uint16_t mss;
	int64_t done;
	enum plan p = plan(t, c, &cookie, &mss, now);

	c->cold->tx.fo = TCP_FO_ASKS;
	c->cold->tx.syn_due = true;
	tcp_want_tx(c);
	if (p != BARE && p != WITH_COOKIE)
		return 0;
	most = room(t, c, mss);
	most = n < most ? (uint32_t)n : most;
	done = most ? stream_append_iov(&c->snd, t->lent.pool, iov, niov, skip,
					most, most)
		    : 0;
	return done > 0 ? (uint32_t)done : 0;
}

uint32_t tcp_fastopen_syn(struct tcp *t, struct tcp_conn *c, struct wire_tcp *h,
			  struct tcp_fo_cookie *cookie, ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;
	uint32_t n = 0;
	uint16_t mss;
	enum plan p;

	if (!(s->fo & TCP_FO_ASKS) || s->syn_tries)
		return 0;
	p = plan(t, c, cookie, &mss, now);
	if (p == ASK)
		failed(t, c, TFO_COOKIE_UNAVAILABLE);
	if ((p == ASK || p == WITH_COOKIE) && tcp_fastopen_put(h, cookie)) {
		s->fo |= TCP_FO_OPTION;
		s->fo |= cookie->exp ? TCP_FO_EXP : 0;
	}
	if (p == BARE || (p == WITH_COOKIE && s->fo & TCP_FO_OPTION))
		n = room(t, c, mss);
	n = n < c->snd.len ? n : c->snd.len;
	return n;
}

/* RFC 7413 4.1.3: cookies and refusals are remembered. */
static void learn(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s,
		  bool all)
{
	struct tcp_sender *tx = &c->cold->tx;
	struct tcp_metric *m = tcp_metrics_get(t, &c->flow);
	bool told = s->h.opts & WIRE_TCP_OPT_FO && s->h.fo_len;

	if (!m)
		return;
	m->fo.mss = c->mss_peer;
	if (told && tx->fo & TCP_FO_OPTION) {
		m->fo.cookie.len = s->h.fo_len;
		m->fo.cookie.exp = s->h.opts & WIRE_TCP_OPT_FO_EXP;
		memcpy(m->fo.cookie.b, s->h.fo, s->h.fo_len);
	} else if (tx->fo & TCP_FO_OPTION && !tx->syn_tries && !all &&
		   !(tx->fo & TCP_FO_DATA) && !m->fo.cookie.len) {
		uint8_t next = tx->fo & TCP_FO_EXP ? 2 : 1;

		m->fo.try_exp = next > m->fo.try_exp ? next : m->fo.try_exp;
	}
	if (!tx->syn_tries || told || all) {
		m->fo.losses = 0;
	} else if (tx->fo & TCP_FO_DATA) {
		m->fo.losses += m->fo.losses < UINT8_MAX;
		m->fo.lost = s->now;
	}
}

bool tcp_fastopen_on_syn_ack(struct tcp *t, struct tcp_conn *c,
			     const struct tcp_seg *s)
{
	struct tcp_sender *tx = &c->cold->tx;
	bool data = tx->fo & TCP_FO_DATA;
	bool all = data && seq_eq(s->ack, c->snd_nxt);
	struct tcp_rare *r;

	learn(t, c, s, all);
	if (!data)
		return true;
	if (!all) {
		failed(t, c,
		       tx->syn_tries ? TFO_SYN_RETRANSMITTED
				     : TFO_DATA_NOT_ACKED);
		tcp_stats(t)->TcpExtFastOpenActiveFail++;
		return false;
	}
	r = tcp_rare_get(t, c);
	if (r)
		r->fo_acked = true;
	tcp_stats(t)->TcpExtFastOpenActive++;
	t->fo.off_times = 0;
	return true;
}

void tcp_fastopen_on_timeout(struct tcp *t, struct tcp_conn *c, unsigned tries,
			     bool last, ostia_time now)
{
	uint8_t fo = c->cold->tx.fo;

	if (!(fo & (TCP_FO_OPTION | TCP_FO_DATA)) || fo & TCP_FO_CHILD)
		return;
	failed(t, c, TFO_SYN_RETRANSMITTED);
	if (tries != 2 && !(tries < 2 && last))
		return;
	t->fo.off_times += t->fo.off_times < UINT32_MAX;
	t->fo.off_since = now;
}

/* --- options ------------------------------------------------------------- */

int tcp_fastopen_set_key(struct tcp *t, struct tcp_conn *c, const void *p,
			 uint32_t n)
{
	const uint8_t *at = p;
	struct tcp_rare *r;

	if (n != TCP_FO_KEY && n != TCP_FO_KEYS * TCP_FO_KEY)
		return -EINVAL;
	r = tcp_rare_get(t, c);
	if (!r)
		return -ENOMEM;
	r->fo_keys.n = (uint8_t)(n / TCP_FO_KEY);
	for (int i = 0; i < r->fo_keys.n; i++)
		r->fo_keys.key[i] = siphash_key(at + i * TCP_FO_KEY);
	return 0;
}

uint32_t tcp_fastopen_get_key(const struct tcp *t, const struct tcp_conn *c,
			      uint8_t to[TCP_FO_KEYS * TCP_FO_KEY])
{
	const struct tcp_fo_keys *k = &tcp_rare_peek(t, c)->fo_keys;

	for (int i = 0; i < k->n; i++) {
		put_le64(to + i * TCP_FO_KEY, k->key[i].k0);
		put_le64(to + i * TCP_FO_KEY + 8, k->key[i].k1);
	}
	return k->n * (uint32_t)TCP_FO_KEY;
}
