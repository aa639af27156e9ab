/* SPDX-License-Identifier: MIT */
#include "tcp/auth.h"

#include "tcp/ack.h"
#include "tcp/bind.h"
#include "tcp/demux.h"
#include "tcp/half.h"
#include "tcp/rare.h"

#include <errno.h>

enum { AUTHS_MAX = 1 << 25, KEYS_MAX = 1 << 25 };

static const uint8_t no_digest[WIRE_TCP_MD5_LEN];

void tcp_auth_init(struct tcp_auth_all *a, const struct ostia_env *env)
{
	slab_init(&a->auths, env, sizeof(struct tcp_auth), AUTHS_MAX);
	slab_init(&a->keys, env, sizeof(struct tcp_auth_key), KEYS_MAX);
	table_init(&a->waits, env, AUTHS_MAX);
}

void tcp_auth_fini(struct tcp_auth_all *a)
{
	table_fini(&a->waits);
	slab_fini(&a->keys);
	slab_fini(&a->auths);
}

size_t tcp_auth_bytes(const struct tcp_auth_all *a)
{
	return slab_bytes(&a->auths) + slab_bytes(&a->keys) +
	       table_bytes(&a->waits);
}

/* --- keys ---------------------------------------------------------------- */

struct tcp_auth *tcp_auth_of(const struct tcp *t, const struct tcp_conn *c)
{
	uint32_t handle = c->rare ? tcp_rare_peek(t, c)->auth : 0;

	return handle ? slab_at(&t->auth.auths, handle) : NULL;
}

struct tcp_auth *tcp_auth_make(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_rare *r = tcp_rare_get(t, c);
	struct tcp_auth *a;
	uint32_t handle;

	if (!r || r->auth)
		return r ? slab_at(&t->auth.auths, r->auth) : NULL;
	a = slab_alloc(&t->auth.auths, &handle);
	if (!a) {
		tcp_stats(t)->NoMemory++;
		return NULL;
	}
	*a = (struct tcp_auth) { .self = handle, .refs = 1 };
	r->auth = handle;
	t->auth.ever = true;
	return a;
}

struct tcp_auth_key *tcp_auth_key_at(const struct tcp *t, uint32_t handle)
{
	return handle ? slab_at(&t->auth.keys, handle) : NULL;
}

/* Where the handle of the key after the last is. */
static uint32_t *tail_of(const struct tcp *t, struct tcp_auth *a)
{
	uint32_t *at = &a->keys;

	while (*at)
		at = &tcp_auth_key_at(t, *at)->next;
	return at;
}

uint32_t tcp_auth_add(struct tcp *t, struct tcp_auth *a,
		      const struct tcp_auth_key *k)
{
	struct tcp_auth_key *made;
	uint32_t handle;

	if (a->n_md5 + a->n_ao >= TCP_AUTH_KEYS) {
		tcp_stats(t)->TcpAuthKeysRefused++;
		return 0;
	}
	made = slab_alloc(&t->auth.keys, &handle);
	if (!made) {
		tcp_stats(t)->NoMemory++;
		return 0;
	}
	*made = *k;
	made->self = handle;
	made->next = 0;
	made->good = made->bad = 0;
	*tail_of(t, a) = handle;
	if (k->ao)
		a->n_ao++;
	else
		a->n_md5++;
	return handle;
}

void tcp_auth_remove(struct tcp *t, struct tcp_auth *a, uint32_t handle)
{
	struct tcp_auth_key *k = tcp_auth_key_at(t, handle);
	uint32_t *at = &a->keys;

	while (*at != handle)
		at = &tcp_auth_key_at(t, *at)->next;
	*at = k->next;
	if (k->ao)
		a->n_ao--;
	else
		a->n_md5--;
	a->current = a->current == handle ? 0 : a->current;
	a->rnext = a->rnext == handle ? 0 : a->rnext;
	memset(k->bytes, 0, sizeof(k->bytes));
	slab_free(&t->auth.keys, handle);
}

bool tcp_auth_covers(const struct tcp_auth_key *k, const struct ostia_addr *a)
{
	unsigned whole = k->prefix / 8, rest = k->prefix % 8;

	if (memcmp(k->addr.b, a->b, whole))
		return false;
	return !rest || !((k->addr.b[whole] ^ a->b[whole]) >> (8 - rest));
}

int tcp_auth_inherit(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_conn *l)
{
	const struct tcp_auth *from = tcp_auth_of(t, l);
	struct tcp_auth *to;

	if (!from || !from->keys)
		return 0;
	to = tcp_auth_make(t, c);
	if (!to)
		return -ENOMEM;
	to->required = from->required;
	to->accept_icmps = from->accept_icmps;
	for (struct tcp_auth_key *k = tcp_auth_key_at(t, from->keys); k;
	     k = tcp_auth_key_at(t, k->next))
		if (tcp_auth_covers(k, &c->flow.remote) &&
		    !tcp_auth_add(t, to, k))
			return -ENOMEM;
	return 0;
}

void tcp_auth_put(struct tcp *t, uint32_t auth)
{
	struct tcp_auth *a;

	if (!auth)
		return;
	a = slab_at(&t->auth.auths, auth);
	if (--a->refs)
		return;
	while (a->keys)
		tcp_auth_remove(t, a, a->keys);
	slab_free(&t->auth.auths, auth);
}

/* --- numbers (RFC 5925 6.2) ---------------------------------------------- */

/* 64 bits of the sequence number @s, which is near @base. */
static uint32_t sne(uint64_t base, uint32_t s)
{
	return (uint32_t)((base +
			   (uint64_t)(int64_t)(int32_t)(s - (uint32_t)base)) >>
			  32);
}

/**
 * struct ends - What is known of a connection's numbers
 * @snd, @rcv: 64 bits of a number of each side
 */
struct ends {
	uint32_t lisn, risn;
	uint64_t snd, rcv;
	bool known; /* both of them */
};

static struct ends ends_of_conn(const struct tcp_conn *c)
{
	uint32_t syn = !!(c->flags & TCP_F_SYN_ACKED);
	uint32_t fin = !!(c->flags & TCP_F_FIN_RCVD);
	struct ends e = { .known = c->state != TCP_SYN_SENT };

	e.lisn = c->snd_una.v - syn - (uint32_t)c->bytes_acked -
		 (syn && tcp_ack_fin(c));
	e.risn = c->rcv_nxt.v - 1 - (uint32_t)c->bytes_received - fin;
	e.snd = e.lisn + c->bytes_acked + syn;
	e.rcv = e.risn + c->bytes_received + 1;
	return e;
}

static struct ends ends_of_half(const struct tcp_half *h)
{
	return (struct ends) {
		.lisn = h->iss.v,
		.risn = h->irs.v,
		.snd = h->iss.v,
		.rcv = h->irs.v,
		.known = true,
	};
}

void tcp_auth_wait(struct tcp *t, const struct tcp_conn *c)
{
	struct tcp_auth *a = tcp_auth_of(t, c);
	struct ends e;

	if (!a || !a->keys || a->refs > 1)
		return;
	e = ends_of_conn(c);
	a->lisn = e.lisn;
	a->risn = e.risn;
	a->snd_base = e.snd;
	a->rcv_base = e.rcv;
	a->flow = c->flow;
	if (table_insert(&t->auth.waits, tcp_demux_tag(t, &c->flow), a->self))
		tcp_stats(t)->NoMemory++; /* its ACKs will not be signed */
	else
		a->refs++;
}

static struct tcp_auth *waiting(const struct tcp *t, const struct flow *f)
{
	table_each_match(&t->auth.waits, tcp_demux_tag(t, f), it)
	{
		struct tcp_auth *a = slab_at(&t->auth.auths, it.handle);

		if (flow_eq(&a->flow, f))
			return a;
	}
	return NULL;
}

void tcp_auth_wait_over(struct tcp *t, const struct flow *f)
{
	struct tcp_auth *a = t->auth.ever ? waiting(t, f) : NULL;

	if (!a)
		return;
	table_remove(&t->auth.waits, tcp_demux_tag(t, f), a->self);
	tcp_auth_put(t, a->self);
}

/* Whose keys are these ends'? NULL: nobody's. */
static struct tcp_auth *find(struct tcp *t, const struct flow *f,
			     uint32_t link_index, struct ends *e)
{
	const struct tcp_conn *c;
	struct tcp_hit hit;
	struct tcp_auth *a;

	*e = (struct ends) { 0 };
	if (!tcp_demux_find(t, f, tcp_demux_tag(t, f), &hit)) {
		c = tcp_bind_find(t, f, link_index, 0);
		return c ? tcp_auth_of(t, c) : NULL;
	}
	switch (hit.kind) {
	case TCP_KIND_CONN:
		*e = ends_of_conn(hit.conn);
		return tcp_auth_of(t, hit.conn);
	case TCP_KIND_HALF:
		*e = ends_of_half(hit.half);
		return tcp_auth_of(t, tcp_conn_at(t, hit.half->listener));
	case TCP_KIND_WAIT:
		break;
	}
	a = waiting(t, f);
	if (a)
		*e = (struct ends) { a->lisn, a->risn, a->snd_base, a->rcv_base,
				     true };
	return a;
}

/* --- which key ----------------------------------------------------------- */

/* The longest prefix counts (Linux). */
static struct tcp_auth_key *md5_key(const struct tcp *t,
				    const struct tcp_auth *a,
				    const struct ostia_addr *peer)
{
	struct tcp_auth_key *best = NULL;

	if (!a || !a->n_md5)
		return NULL;
	for (struct tcp_auth_key *k = tcp_auth_key_at(t, a->keys); k;
	     k = tcp_auth_key_at(t, k->next))
		if (!k->ao && tcp_auth_covers(k, peer) &&
		    (!best || k->prefix > best->prefix))
			best = k;
	return best;
}

enum { ANY_ID = -1 };

static struct tcp_auth_key *ao_key(const struct tcp *t,
				   const struct tcp_auth *a,
				   const struct ostia_addr *peer, int sndid,
				   int rcvid)
{
	if (!a || !a->n_ao)
		return NULL;
	for (struct tcp_auth_key *k = tcp_auth_key_at(t, a->keys); k;
	     k = tcp_auth_key_at(t, k->next))
		if (k->ao && tcp_auth_covers(k, peer) &&
		    (sndid == ANY_ID || sndid == k->sndid) &&
		    (rcvid == ANY_ID || rcvid == k->rcvid))
			return k;
	return NULL;
}

static struct tcp_auth_key *current_key(const struct tcp *t,
					const struct tcp_auth *a,
					const struct ostia_addr *peer)
{
	if (a && a->current)
		return tcp_auth_key_at(t, a->current);
	return ao_key(t, a, peer, ANY_ID, ANY_ID);
}

const struct tcp_auth_key *tcp_auth_in_use(const struct tcp *t,
					   const struct tcp_conn *c, bool rnext)
{
	const struct tcp_auth *a = tcp_auth_of(t, c);

	if (a && (rnext ? a->rnext : a->current))
		return tcp_auth_key_at(t, rnext ? a->rnext : a->current);
	if (!a || !c->flow.rport)
		return NULL;
	return current_key(t, a, &c->flow.remote);
}

bool tcp_auth_has_md5(const struct tcp *t, const struct tcp_conn *c,
		      const struct ostia_addr *a)
{
	return md5_key(t, tcp_auth_of(t, c), a);
}

static unsigned ao_len(const struct tcp_auth_key *k)
{
	return (4u + k->maclen + 3) & ~3u;
}

unsigned tcp_auth_len(const struct tcp *t, const struct tcp_conn *c)
{
	const struct tcp_auth *a = tcp_auth_of(t, c);
	const struct tcp_auth_key *k;

	if (!a)
		return 0;
	k = current_key(t, a, &c->flow.remote);
	if (k)
		return ao_len(k);
	return md5_key(t, a, &c->flow.remote) ? 4 + WIRE_TCP_MD5_LEN : 0;
}

/* --- in ------------------------------------------------------------------ */

/* Without a branch on what differs. */
static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return !diff;
}

/* RFC 5925 7.5: numbers of a SYN are its own. */
static struct tcp_mac_seg incoming(const struct tcp_seg *s, const uint8_t *h,
				   const struct ends *e)
{
	struct tcp_mac_seg m = {
		.src = &s->flow.remote,
		.dst = &s->flow.local,
		.sport = s->flow.rport,
		.dport = s->flow.lport,
		.h = h,
		.hlen = s->h.hlen,
		.p = s->p,
		.data = s->data,
		.sisn = e->risn,
		.disn = e->lisn,
	};

	if (s->h.flags & WIRE_TCP_SYN) {
		m.sisn = s->h.seq;
		m.disn = s->h.flags & WIRE_TCP_ACK ? e->lisn : 0;
	} else if (!e->known) { /* it may bring a SYN cookie back */
		m.sisn = s->h.seq - 1;
		m.disn = s->h.ack - 1;
	} else {
		m.sne = sne(e->rcv, s->h.seq);
	}
	return m;
}

static bool md5_right(const struct tcp_seg *s, const uint8_t *h,
		      const struct tcp_auth_key *k, const struct ends *e)
{
	struct tcp_mac_seg m = incoming(s, h, e);
	uint8_t want[WIRE_TCP_MD5_LEN];

	tcp_mac_md5(&m, k->bytes, k->len, want);
	return same(want, s->h.md5, sizeof(want));
}

static bool ao_right(const struct tcp_seg *s, const uint8_t *h,
		     const struct tcp_auth_key *k, const struct ends *e)
{
	struct tcp_mac_seg m = incoming(s, h, e);
	uint32_t at = (uint32_t)(s->h.ao - 2 - h);
	uint8_t want[TCP_MAC_MAX];

	if (s->h.ao_len != 2u + k->maclen)
		return false;
	tcp_mac_ao(&m, (enum tcp_mac_alg)k->alg, k->bytes, k->len, at,
		   k->maclen, !(k->flags & TCP_AUTH_NO_OPTIONS), want);
	return same(want, s->h.ao + 2, k->maclen);
}

/* RFC 5925 7.5, 2.h: the peer is ready to hear another key. */
static void follow_rnext(struct tcp *t, struct tcp_auth *a,
			 const struct tcp_seg *s)
{
	const struct tcp_auth_key *now = current_key(t, a, &s->flow.remote);
	const struct tcp_auth_key *k;

	if (now && now->sndid == s->h.ao[1])
		return;
	k = ao_key(t, a, &s->flow.remote, s->h.ao[1], ANY_ID);
	if (k)
		a->current = k->self;
}

static bool accepts_ao(struct tcp *t, struct tcp_auth *a,
		       const struct tcp_seg *s, const uint8_t *h,
		       const struct ends *e)
{
	struct tcp_auth_key *k =
		ao_key(t, a, &s->flow.remote, ANY_ID, s->h.ao[0]);

	if (!k) {
		a->not_found++;
		tcp_stats(t)->TcpExtAOKeyNotFound++;
		return false;
	}
	if (!ao_right(s, h, k, e)) {
		a->bad++;
		k->bad++;
		tcp_stats(t)->TcpExtAOBad++;
		return false;
	}
	a->good++;
	k->good++;
	tcp_stats(t)->TcpExtAOGood++;
	if (e->known)
		follow_rnext(t, a, s);
	return true;
}

static bool accepts_md5(struct tcp *t, const struct tcp_auth *a,
			const struct tcp_seg *s, const uint8_t *h,
			const struct ends *e)
{
	const struct tcp_auth_key *k = md5_key(t, a, &s->flow.remote);

	if (!k) {
		tcp_stats(t)->TcpExtMD5Unexpected++;
		return false;
	}
	if (md5_right(s, h, k, e))
		return true;
	tcp_stats(t)->TcpExtMD5Failure++;
	return false;
}

static bool accepts_plain(struct tcp *t, struct tcp_auth *a,
			  const struct tcp_seg *s)
{
	if (a &&
	    (a->required || ao_key(t, a, &s->flow.remote, ANY_ID, ANY_ID))) {
		a->unsigned_++;
		tcp_stats(t)->TcpExtAORequired++;
		return false;
	}
	if (!md5_key(t, a, &s->flow.remote))
		return true;
	tcp_stats(t)->TcpExtMD5NotFound++;
	return false;
}

bool tcp_auth_accepts(struct tcp *t, struct tcp_seg *s)
{
	bool md5 = s->h.opts & WIRE_TCP_OPT_MD5;
	bool ao = s->h.opts & WIRE_TCP_OPT_AO;
	struct tcp_auth *a = NULL;
	const uint8_t *h;
	struct ends e;

	if (t->auth.ever)
		a = find(t, &s->flow, s->p->link->index, &e);
	if (ao && (!a || !a->n_ao))
		ao = false; /* RFC 5925 7.3 */
	if (md5 && ao)
		return false;
	if (!md5 && !ao)
		return accepts_plain(t, a, s);
	if (!a) {
		tcp_stats(t)->TcpExtMD5Unexpected++;
		return false;
	}
	h = pkt_peek(s->p, s->p->l4, s->h.hlen);
	if (!h)
		return false;
	return ao ? accepts_ao(t, a, s, h, &e) : accepts_md5(t, a, s, h, &e);
}

/* --- out ----------------------------------------------------------------- */

static void number(struct tcp_auth_sign *s, const struct wire_tcp *h,
		   const struct ends *e)
{
	s->sisn = e->lisn;
	s->disn = e->risn;
	if (h->flags & WIRE_TCP_SYN) {
		s->sisn = h->seq;
		s->disn = h->flags & WIRE_TCP_ACK ? h->ack - 1 : 0;
		/* Fast Open acknowledges data, too */
		if (h->flags & WIRE_TCP_ACK && e->known)
			s->disn = e->risn;
		s->sne = 0;
	} else {
		s->sne = sne(e->snd, h->seq);
	}
}

static void put_ao(const struct tcp *t, const struct tcp_auth *a,
		   const struct tcp_auth_key *k, struct wire_tcp *h,
		   struct tcp_auth_sign *s)
{
	const struct tcp_auth_key *next = tcp_auth_key_at(t, a->rnext);

	s->ao[0] = k->sndid;
	s->ao[1] = next ? next->rcvid : k->rcvid;
	h->opts |= WIRE_TCP_OPT_AO;
	h->ao = s->ao;
	h->ao_len = (uint8_t)(2 + k->maclen);
}

static void make_room(struct wire_tcp *h)
{
	while (wire_tcp_opts_len(h) > WIRE_TCP_MAX_OPTS &&
	       h->opts & WIRE_TCP_OPT_SACK) {
		h->n_sack--;
		if (!h->n_sack)
			h->opts &= (uint16_t)~WIRE_TCP_OPT_SACK;
	}
}

bool tcp_auth_prepare(struct tcp *t, const struct tcp_conn *c,
		      const struct flow *f, struct wire_tcp *h,
		      struct tcp_auth_sign *s)
{
	struct tcp_auth *a;
	struct ends e;

	*s = (struct tcp_auth_sign) { 0 };
	if (c) {
		e = ends_of_conn(c);
		a = tcp_auth_of(t, c);
	} else {
		a = find(t, f, 0, &e);
	}
	if (!a)
		return true;
	s->key = current_key(t, a, &f->remote);
	if (s->key && !e.known && !(h->flags & WIRE_TCP_SYN))
		return false;
	if (s->key)
		put_ao(t, a, s->key, h, s);
	else
		s->key = md5_key(t, a, &f->remote);
	if (s->key && !s->key->ao) {
		h->opts |= WIRE_TCP_OPT_MD5;
		h->md5 = no_digest;
	}
	number(s, h, &e);
	make_room(h);
	return true;
}

/* Where an option stands that we have written ourselves. */
static uint32_t option_at(const uint8_t *h, uint8_t kind)
{
	uint32_t at = WIRE_TCP_HLEN;

	while (h[at] != kind)
		at += h[at] == WIRE_TCP_KIND_NOP ? 1 : h[at + 1];
	return at;
}

void tcp_auth_sign(const struct tcp_auth_sign *s, const struct flow *f,
		   struct ostia_pkt *p)
{
	uint8_t mac[TCP_MAC_MAX], *h = p->head + p->hoff;
	const struct tcp_auth_key *k = s->key;
	struct tcp_mac_seg m = {
		.src = &f->local,
		.dst = &f->remote,
		.sport = f->lport,
		.dport = f->rport,
		.h = h,
		.hlen = (uint32_t)(h[12] >> 4) * 4,
		.p = p,
		.sisn = s->sisn,
		.disn = s->disn,
		.sne = s->sne,
	};
	uint32_t at;

	if (!k)
		return;
	m.data = m.hlen;
	if (!k->ao) {
		at = option_at(h, WIRE_TCP_KIND_MD5);
		tcp_mac_md5(&m, k->bytes, k->len, h + at + 2);
		return;
	}
	at = option_at(h, WIRE_TCP_KIND_AO);
	tcp_mac_ao(&m, (enum tcp_mac_alg)k->alg, k->bytes, k->len, at,
		   k->maclen, !(k->flags & TCP_AUTH_NO_OPTIONS), mac);
	memcpy(h + at + 4, mac, k->maclen);
}

/* What tells that a host or port is not reachable, or that a packet was too
 * big, could end or slow the connection: by default it is not believed.
 */
bool tcp_auth_ignores(struct tcp *t, const struct tcp_conn *c,
		      const struct ip_error *e)
{
	struct tcp_auth *a = tcp_auth_of(t, c);

	if (!a || !a->n_ao || a->accept_icmps || !(e->hard || e->mtu) ||
	    c->state == TCP_SYN_SENT)
		return false;
	a->dropped_icmp++;
	tcp_stats(t)->TcpExtAODroppedIcmps++;
	return true;
}
