/* SPDX-License-Identifier: MIT */
/*
 * tcp/tcp.c - all connections of a stack: birth, end, news, ICMP, listings
 */
#include "tcp/tcp.h"

#include "tcp/auth.h"
#include "tcp/cold.h"
#include "tcp/demux.h"
#include "tcp/half.h"
#include "tcp/hdropts.h"
#include "tcp/listen.h"
#include "tcp/past.h"
#include "tcp/stamp.h"
#include "tcp/syn.h"
#include "tcp/timewait.h"

#include <errno.h>
#include <netinet/in.h>

enum {
	CONNS_MAX = 1 << 25,
	HALVES_MAX = 1 << 22,
	WAITS_MAX = 1 << 25,
	LISTENERS_MAX = 1 << 20,
};

static void init_slabs(struct tcp *t, const struct ostia_env *env)
{
	slab_init(&t->conns, env, sizeof(struct tcp_conn), CONNS_MAX);
	slab_init(&t->colds, env, sizeof(struct tcp_cold), CONNS_MAX);
	slab_init(&t->rares, env, sizeof(struct tcp_rare), CONNS_MAX);
	slab_init(&t->pasts, env, sizeof(struct tcp_past), CONNS_MAX);
	slab_init(&t->binds, env, sizeof(struct tcp_bind), CONNS_MAX);
	slab_init(&t->listeners, env, sizeof(struct tcp_listener),
		  LISTENERS_MAX);
	slab_init(&t->halves4, env, TCP_HALF_SIZE4, HALVES_MAX);
	slab_init(&t->halves6, env, TCP_HALF_SIZE6, HALVES_MAX);
	slab_init(&t->syns, env, sizeof(struct tcp_syn), HALVES_MAX);
	slab_init(&t->waits4, env, TCP_WAIT_SIZE4, WAITS_MAX);
	tcp_metrics_init(&t->metrics, env);
	tcp_auth_init(&t->auth, env);
	slab_init(&t->waits6, env, TCP_WAIT_SIZE6, WAITS_MAX);
}

static void fini_slabs(struct tcp *t)
{
	slab_fini(&t->conns);
	slab_fini(&t->colds);
	slab_fini(&t->rares);
	slab_fini(&t->pasts);
	slab_fini(&t->binds);
	slab_fini(&t->listeners);
	slab_fini(&t->halves4);
	slab_fini(&t->halves6);
	slab_fini(&t->syns);
	slab_fini(&t->waits4);
	tcp_metrics_fini(&t->metrics);
	tcp_auth_fini(&t->auth);
	slab_fini(&t->waits6);
}

static int init_keys(struct tcp *t, const uint8_t key[16])
{
	uint8_t ports_key[16];

	rng_init(&t->rng, key);
	t->demux_key = rng_key(&t->rng);
	t->isn_key = rng_key(&t->rng);
	t->ts_key = rng_key(&t->rng);
	t->cookie_key[0] = rng_key(&t->rng);
	t->cookie_key[1] = rng_key(&t->rng);
	rng_bytes(&t->rng, ports_key, sizeof(ports_key));
	t->fo.keys = (struct tcp_fo_keys) { { rng_key(&t->rng) }, 1 };
	return ports_new(t->lent.env, ports_key, &t->ports);
}

int tcp_new(const struct tcp_lent_by_stack *lent, const uint8_t key[16],
	    struct tcp **out)
{
	struct tcp *t = env_zalloc(lent->env, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->lent = *lent;
	tcp_settings_defaults(&t->set);
	err = init_keys(t, key);
	if (err) {
		env_free(lent->env, t, sizeof(*t));
		return err;
	}
	init_slabs(t, lent->env);
	table_init(&t->tuples, lent->env, CONNS_MAX + WAITS_MAX);
	tcp_rtx_mem_init(&t->rtx_mem, lent->env, lent->stats, rng_u64(&t->rng));
	fifo_init(&t->news);
	list_init(&t->listening);
	*out = t;
	return 0;
}

/* A connection ends without a word. */
static void silence(struct tcp *t, struct tcp_conn *c)
{
	c->state = TCP_CLOSE;
	c->flags &= ~(TCP_F_IN_NEWS | TCP_F_QUEUED);
	tcp_conn_free(t, c);
}

static void silence_listeners(struct tcp *t)
{
	while (!list_empty(&t->listening)) {
		struct tcp_conn *l = list_entry(list_first(&t->listening),
						struct tcp_conn, tx.node);
		struct tcp_conn *c;

		while (!tcp_accept(t, l, &c))
			if (c->state == TCP_CLOSE)
				silence(t, c); /* others are in the table */
		tcp_listen_stop(t, l);
		silence(t, l);
	}
}

/* The next connection of the table, as table_walk(); NULL: no more. */
static struct tcp_conn *next_conn(const struct tcp *t, uint64_t *cursor)
{
	const uint32_t handle = (1u << SLAB_HANDLE_BITS) - 1;
	uint32_t filed;

	while ((filed = table_walk(&t->tuples, cursor)))
		if (filed >> SLAB_HANDLE_BITS == TCP_KIND_CONN)
			return tcp_conn_at(t, filed & handle);
	return NULL;
}

/* The table is not changed on the way: it is given back as a whole. */
static void silence_table(struct tcp *t)
{
	uint64_t cursor = 0;
	struct tcp_conn *c;

	while ((c = next_conn(t, &cursor))) {
		c->flags &= ~TCP_F_HASHED;
		silence(t, c);
	}
}

void tcp_free(struct tcp *t)
{
	const struct ostia_env *env = t->lent.env;

	silence_listeners(t);
	silence_table(t);
	wheel_disarm(t->lent.wheel, &t->half_timer);
	wheel_disarm(t->lent.wheel, &t->wait_timer);
	tcp_rtx_mem_fini(&t->rtx_mem);
	table_fini(&t->tuples);
	ports_free(t->ports);
	fini_slabs(t);
	env_free(env, t, sizeof(*t));
}

/* --- news ---------------------------------------------------------------- */

struct tcp_conn *tcp_news(struct tcp *t, void **owner, uint32_t *news)
{
	struct fifo_node *n;

	while ((n = fifo_pop(&t->news))) {
		struct tcp_conn *c = list_entry(n, struct tcp_conn, news);

		c->flags &= ~TCP_F_IN_NEWS;
		if (!c->id) { /* it ended meanwhile: tcp_conn_free() */
			slab_free(&t->conns, c->self);
			continue;
		}
		*news = c->news_bits;
		c->news_bits = 0;
		if (c->flags & (TCP_F_ORPHAN | TCP_F_QUEUED) || !c->u.owner)
			continue;
		*owner = c->u.owner;
		return c;
	}
	return NULL;
}

/* --- ICMP (RFC 5927, RFC 5461, RFC 1191) --------------------------------- */

/* RFC 5927 4.1: it must quote something that is in flight. */
static bool in_flight(const struct tcp_conn *c, struct seq s)
{
	return !seq_eq(c->snd_una, c->snd_nxt) &&
	       seq_in(s, c->snd_una, seq_span(c->snd_una, c->snd_nxt));
}

static void too_big(struct tcp *t, struct tcp_conn *c, const struct ip_error *e,
		    ostia_time now)
{
	uint8_t how = tcp_rare_peek(t, c)->mtu_discover;

	if (how == TCP_PMTU_DONT || how >= TCP_PMTU_PROBE)
		return;
	if (!c->path || e->mtu >= c->path->mtu)
		return;
	path_mtu_lower(t->lent.ip, c->path, e->mtu, now);
	tcp_sender_on_mtu(t, c, true, now);
}

/* IP_RECVERR, IPV6_RECVERR: it is told, and the connection goes on (Linux). */
static bool wants_errors(const struct tcp *t, const struct tcp_conn *c)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);

	return tcp_is_v4(c) ? r->recverr : r->recverr6;
}

static void unreachable(struct tcp *t, struct tcp_conn *c,
			const struct ip_error *e)
{
	static const uint32_t opening =
		TCP_IN(TCP_SYN_SENT) | TCP_IN(TCP_SYN_RECV);

	/* what Fast Open let in is open to its program, and soft (Linux) */
	if (tcp_state_in(c->state, opening) && !tcp_fastopen_is_child(c)) {
		tcp_stamp_error(t, c, e);
		tcp_conn_drop(t, c, e->err);
	} else if (wants_errors(t, c)) {
		tcp_conn_error(t, c, e->err);
	} else {
		c->err_soft = (uint8_t)e->err; /* 5927 5.2: all soft */
	}
}

void tcp_error(struct tcp *t, const struct ip_error *e, ostia_time now)
{
	struct tcp_hit hit;

	if (!tcp_demux_find(t, &e->flow, tcp_demux_tag(t, &e->flow), &hit))
		return;
	if (hit.kind == TCP_KIND_HALF)
		tcp_half_error(t, &hit, e);
	if (hit.kind != TCP_KIND_CONN || !in_flight(hit.conn, seq(e->seq)))
		return;
	if (t->auth.ever && tcp_auth_ignores(t, hit.conn, e))
		return;
	if (e->mtu)
		too_big(t, hit.conn, e, now);
	else if (e->err)
		unreachable(t, hit.conn, e);
}

void tcp_link_gone(struct tcp *t, struct ostia_link *l)
{
	uint64_t cursor = 0;
	struct tcp_conn *c;

	while ((c = next_conn(t, &cursor))) {
		if (!c->path || c->path->link != l)
			continue;
		link_unready(&c->tx);
		path_put(t->lent.ip, c->path);
		c->path = NULL;
		if (c->flags & TCP_F_ORPHAN) /* it ends there */
			tcp_past_arm(t, c, tcp_now(t));
	}
}

/* --- listings ------------------------------------------------------------ */

static void fill_conn(struct ostia_conn_row *r, const struct tcp_conn *c)
{
	const struct tcp_cold *k = c->state == TCP_LISTEN ? NULL : c->cold;

	*r = (struct ostia_conn_row) {
		.proto = IPPROTO_TCP,
		.state = c->state,
		.lport = c->flow.lport,
		.rport = c->flow.rport,
		.local = c->flow.local,
		.remote = c->flow.remote,
		.recvq = c->rcv.len,
		.sendq = c->snd.len,
		.conn = c->id,
		.srtt_us = c->rtt.srtt_us,
		.rto_us = c->rtt.rto_us,
		.cwnd = c->cwin.cwnd,
		.retrans = k ? k->total_retrans : 0,
	};
	if (c->state == TCP_LISTEN) {
		r->recvq = c->listener->queued;
		r->sendq = c->listener->backlog;
	}
}

static void fill_record(struct ostia_conn_row *r, const struct flow *f,
			uint8_t state, uint64_t id)
{
	*r = (struct ostia_conn_row) {
		.proto = IPPROTO_TCP,
		.state = state,
		.lport = f->lport,
		.rport = f->rport,
		.local = f->local,
		.remote = f->remote,
		.conn = id,
	};
}

/* A handle does not tell its family; its queue does. */
static int list_queue(struct tcp *t, bool half, bool v4,
		      const struct tcp_queue *q, uint64_t *skip,
		      struct ostia_conn_row *rows, int max)
{
	uint32_t at = q->head;
	int n = 0;

	while (at && n < max) {
		struct flow f;
		uint32_t next;

		if (half) {
			struct tcp_half *h = tcp_half_at(t, v4, at);

			f = tcp_half_flow(h, v4);
			next = h->next;
			if (!*skip)
				fill_record(&rows[n], &f, TCP_SYN_RECV, h->id);
		} else {
			struct tcp_wait *w = tcp_timewait_at(t, v4, at);

			f = tcp_timewait_flow(w, v4);
			next = w->next;
			if (!*skip)
				fill_record(&rows[n], &f,
					    w->flags & TCP_WAIT_FIN2
						    ? TCP_FIN_WAIT2
						    : TCP_TIME_WAIT,
					    w->id);
		}
		if (*skip)
			--*skip;
		else
			n++;
		at = next;
	}
	return n;
}

static int list_listeners(struct tcp *t, uint64_t *skip,
			  struct ostia_conn_row *rows, int max)
{
	int n = 0;

	list_each (node, &t->listening) {
		if (n == max)
			break;
		if (*skip)
			--*skip;
		else
			fill_conn(&rows[n++],
				  list_entry(node, struct tcp_conn, tx.node));
	}
	return n;
}

static int list_records(struct tcp *t, uint64_t *skip,
			struct ostia_conn_row *rows, int max)
{
	int n = 0;

	for (unsigned v6 = 0; v6 < 2; v6++) {
		for (unsigned i = 0; i < TCP_HALF_TRIES && n < max; i++)
			n += list_queue(t, true, !v6, &t->half_due[v6][i], skip,
					rows + n, max - n);
		for (unsigned i = 0; i < 2 && n < max; i++)
			n += list_queue(t, false, !v6, &t->wait_due[v6][i],
					skip, rows + n, max - n);
	}
	return n;
}

static int list_conns(struct tcp *t, uint64_t *cursor,
		      struct ostia_conn_row *rows, int max)
{
	const struct tcp_conn *c;
	int n = 0;

	while (n < max && (c = next_conn(t, cursor)))
		fill_conn(&rows[n++], c);
	return n;
}

uint64_t tcp_info_next(struct tcp *t, uint64_t *cursor, struct tcp_info *out)
{
	const struct tcp_conn *c = next_conn(t, cursor);

	if (!c)
		return 0;
	tcp_info(t, c, out);
	return c->id;
}

enum { PHASE_CONNS = 1, PHASE_END = 2, PHASE_SHIFT = TCP_LIST_BITS - 2 };

/* First listeners and records, by how many were shown; then the table. */
int tcp_list(struct tcp *t, uint64_t *cursor, struct ostia_conn_row *rows,
	     int max)
{
	uint64_t at = *cursor & ((UINT64_C(1) << PHASE_SHIFT) - 1);
	uint64_t phase = *cursor >> PHASE_SHIFT;
	int n = 0;

	if (phase == 0) {
		uint64_t skip = at;

		n = list_listeners(t, &skip, rows, max);
		n += list_records(t, &skip, rows + n, max - n);
		at += (uint64_t)n;
		if (n < max) {
			phase = PHASE_CONNS;
			at = 0;
		}
	}
	if (phase == PHASE_CONNS && n < max) {
		int more = list_conns(t, &at, rows + n, max - n);

		if (more < max - n)
			phase = PHASE_END;
		n += more;
	}
	*cursor = phase << PHASE_SHIFT | at;
	return n;
}

static uint64_t bytes_of(const struct tcp *t)
{
	return sizeof(*t) + slab_bytes(&t->conns) + slab_bytes(&t->colds) +
	       slab_bytes(&t->rares) + slab_bytes(&t->pasts) +
	       slab_bytes(&t->binds) + slab_bytes(&t->listeners) +
	       slab_bytes(&t->halves4) + slab_bytes(&t->halves6) +
	       slab_bytes(&t->syns) + slab_bytes(&t->waits4) +
	       slab_bytes(&t->waits6) + tcp_metrics_bytes(&t->metrics) +
	       tcp_auth_bytes(&t->auth) + slab_bytes(&t->rtx_mem.recs) +
	       table_bytes(&t->tuples) + ports_bytes(t->ports);
}

void tcp_usage(const struct tcp *t, struct ostia_usage *u)
{
	u->conns += t->conns.live - t->nlisteners;
	u->listeners += t->nlisteners;
	u->half_open += t->halves4.live + t->halves6.live;
	u->time_wait += t->waits4.live + t->waits6.live;
	u->timers += wheel_count(t->lent.wheel);
	u->rtx_records += tcp_rtx_mem_live(&t->rtx_mem);
	u->bytes += bytes_of(t);
}
