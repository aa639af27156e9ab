/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/tcp/pair.h - two hosts and a wire in virtual time, without sockets
 *
 * Each host is an IP and a TCP on one link of bare IP packets. The wire has a
 * delay, and a function may lose what it likes.
 */
#ifndef OSTIA_TESTS_UNIT_TCP_PAIR_H
#define OSTIA_TESTS_UNIT_TCP_PAIR_H

#include "../lend.h"
#include "../test.h"

#include "base/settings.h"
#include "ip/addrs.h"
#include "ip/route.h"
#include "ip/state.h"
#include "stack/gso.h"
#include "tcp/tcp.h"
#include "wire/tcp.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { PAIR_HOSTS = 2, PAIR_MS = 1000000 };

struct pair;

struct host {
	struct pair *pair;
	struct ostia_env env;
	struct tracer tracer;
	struct wheel wheel;
	struct stats stats;
	struct rng rng;
	struct ip ip;
	struct ostia_link *link;
	struct tcp *tcp;
	struct ostia_addr addr;
};

struct pair {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct host h[PAIR_HOSTS];
	ostia_time now, delay;
	struct ostia_pkt *flying; /* in order of p->when */
	/* what the wire does: true: lost. @from: 0 or 1 */
	bool (*lose)(struct pair *p, int from, struct ostia_pkt *pkt);
	uint64_t sent[PAIR_HOSTS];
	uint64_t state; /* for lose() */
};

static inline struct ostia_addr pair_addr(int i, bool v6)
{
	static const uint8_t six[16] = { 0xfd, 0x99 };
	const uint8_t four[4] = { 10, 99, 0, (uint8_t)(i + 1) };
	struct ostia_addr a;

	if (!v6)
		return addr_v4(four);
	a = addr_v6(six);
	a.b[15] = (uint8_t)(i + 1);
	return a;
}

static inline void pair_host_init(struct pair *p, int i, bool v6, uint32_t mtu,
				  uint32_t caps)
{
	struct host *h = &p->h[i];
	const struct ostia_link_config cfg = {
		.name = "wire",
		.type = OSTIA_LINK_IP,
		.mtu = mtu,
		.caps = caps,
	};
	uint8_t key[16] = { (uint8_t)(i + 1) };
	struct tcp_lent_by_stack lent;

	h->pair = p;
	h->env = p->env;
	h->tracer = (struct tracer) { .stack = (uint32_t)i, .now = p->now };
	wheel_init(&h->wheel, p->now);
	rng_init(&h->rng, key);
	ip_init(&h->ip, &(struct ip_config) { &h->env, p->pool, &h->tracer,
					      &h->stats, &h->rng, p->now });
	EQ(link_new(&h->env, &cfg, &h->link), 0);
	EQ(ip_link_add(&h->ip, h->link, p->now), 0);
	h->addr = pair_addr(i, v6);
	EQ(addrs_add(&h->ip, h->link, &h->addr, v6 ? 64 : 24, p->now), 0);
	lent = (struct tcp_lent_by_stack) { &h->env,   p->pool,	  &h->tracer,
					    &h->wheel, &h->stats, &h->ip };
	EQ(tcp_new(&lent, key, &h->tcp), 0);
}

static inline void pair_init(struct pair *p, bool v6, uint32_t mtu,
			     uint32_t caps)
{
	*p = (struct pair) { .lend = { .left = -1 },
			     .now = 1000 * PAIR_MS,
			     .delay = 10 * PAIR_MS };
	p->env = lend_env(&p->lend);
	EQ(ostia_pool_new(&p->env, 0, &p->pool), 0);
	for (int i = 0; i < PAIR_HOSTS; i++)
		pair_host_init(p, i, v6, mtu, caps);
}

static inline void pair_fini(struct pair *p)
{
	pkt_free_list(p->flying);
	for (int i = 0; i < PAIR_HOSTS; i++) {
		struct host *h = &p->h[i];

		tcp_free(h->tcp);
		EQ(wheel_count(&h->wheel), 0);
		ip_link_del(&h->ip, h->link);
		link_free(&h->env, h->link);
		ip_fini(&h->ip);
	}
	ostia_pool_free(p->pool);
	EQ(p->lend.blocks, 0);
}

static inline void pair_fly(struct pair *p, int from, struct ostia_pkt *pkt)
{
	struct ostia_pkt **at = &p->flying;

	p->sent[from]++;
	if (p->lose && p->lose(p, from, pkt)) {
		pkt_free(pkt);
		return;
	}
	pkt->when = p->now + p->delay;
	pkt->owner = &p->h[!from];
	while (*at && (*at)->when <= pkt->when)
		at = &(*at)->next;
	pkt->next = *at;
	*at = pkt;
}

static inline struct ostia_pkt *pair_next(struct host *h)
{
	struct ostia_pkt *pkt = pktq_pop(&h->link->finished);

	if (!pkt)
		pkt = pktq_pop(&h->link->replies);
	while (!pkt && !list_empty(&h->link->ready)) {
		struct txnode *n =
			list_entry(h->link->ready.next, struct txnode, node);
		bool more = false;

		list_remove(&n->node);
		pkt = tcp_tx(h->tcp, n, &more, h->tracer.now);
		if (more)
			link_ready(h->link, n);
		if (!pkt && !more)
			continue;
	}
	return pkt;
}

static inline void pair_pull(struct pair *p, int i)
{
	struct host *h = &p->h[i];
	struct ostia_pkt *pkt;

	while ((pkt = pair_next(h))) {
		struct ostia_pkt *rest;

		if (pkt->gso_segs > 1 && !(h->link->caps & OSTIA_LINK_TSO))
			pkt = gso_split(pkt, true);
		else if (pkt->csum == OSTIA_CSUM_PARTIAL &&
			 !(h->link->caps & OSTIA_LINK_TXCSUM))
			gso_complete(pkt);
		for (; pkt; pkt = rest) {
			rest = pkt->next;
			pair_fly(p, i, pkt);
		}
	}
}

static inline void pair_pull_all(struct pair *p)
{
	pair_pull(p, 0);
	pair_pull(p, 1);
}

static inline void pair_deliver(struct pair *p)
{
	struct ostia_pkt *pkt = p->flying;
	struct host *h = pkt->owner;
	enum verdict v;

	p->flying = pkt->next;
	pkt->next = NULL;
	pkt->link = h->link;
	pkt->l3 = 0;
	if (pkt->csum != OSTIA_CSUM_PARTIAL)
		pkt->csum = OSTIA_CSUM_NONE;
	v = ip_rx(&h->ip, &pkt, p->now);
	if (v == VERDICT_DELIVER)
		v = tcp_rx(h->tcp, pkt, p->now);
	if (v != VERDICT_HELD)
		pkt_free(pkt);
}

static inline ostia_time pair_deadline(const struct pair *p)
{
	ostia_time at = p->flying ? p->flying->when : OSTIA_NEVER;

	for (int i = 0; i < PAIR_HOSTS; i++)
		at = time_min(at, wheel_next_deadline(&p->h[i].wheel));
	return at;
}

static inline void pair_set_time(struct pair *p, ostia_time now)
{
	struct wheel_node *n;

	p->now = now > p->now ? now : p->now;
	for (int i = 0; i < PAIR_HOSTS; i++) {
		struct host *h = &p->h[i];

		h->tracer.now = p->now;
		while ((n = wheel_expire(&h->wheel, p->now)))
			tcp_expire(h->tcp, n, p->now);
	}
}

/* One step of time: the next arrivals or timers. false: nothing ever comes. */
static inline bool pair_step(struct pair *p)
{
	ostia_time at;

	pair_pull_all(p);
	at = pair_deadline(p);
	if (at == OSTIA_NEVER)
		return false;
	pair_set_time(p, at);
	if (p->flying && p->flying->when <= p->now)
		pair_deliver(p);
	pair_pull_all(p);
	return true;
}

static inline void pair_run(struct pair *p, uint64_t ms)
{
	ostia_time end = p->now + ms * PAIR_MS;

	pair_pull_all(p);
	while (pair_deadline(p) <= end)
		pair_step(p);
	pair_set_time(p, end);
	pair_pull_all(p);
}

static const struct bind_opts pair_opts = { .uid = 0 };

static inline struct tcp_conn *pair_listen(struct pair *p, int i, uint16_t port,
					   int backlog)
{
	struct tcp_conn *c;

	EQ(tcp_open(p->h[i].tcp, !addr_is_v4(&p->h[i].addr), &c), 0);
	EQ(tcp_bind(p->h[i].tcp, c, &p->h[i].addr, port, &pair_opts), 0);
	EQ(tcp_listen(p->h[i].tcp, c, backlog, &pair_opts), 0);
	return c;
}

static inline struct tcp_conn *pair_connect(struct pair *p, int i,
					    uint16_t port)
{
	struct tcp_conn *c;

	EQ(tcp_open(p->h[i].tcp, !addr_is_v4(&p->h[i].addr), &c), 0);
	EQ(tcp_connect(p->h[i].tcp, c, &p->h[!i].addr, port, &pair_opts),
	   -EINPROGRESS);
	return c;
}

static inline int64_t pair_send(struct pair *p, int i, struct tcp_conn *c,
				const void *data, size_t n)
{
	const struct iovec iov = { (void *)(uintptr_t)data, n };

	return tcp_send(p->h[i].tcp, c, &iov, 1, 0, n, 0);
}

static inline int64_t pair_recv(struct pair *p, int i, struct tcp_conn *c,
				void *data, size_t n)
{
	const struct iovec iov = { data, n };

	return tcp_recv(p->h[i].tcp, c, &iov, 1, 0, n, 0);
}

/* A connection from host 0 to port 80 of host 1. */
static inline void pair_open(struct pair *p, struct tcp_conn **l,
			     struct tcp_conn **a, struct tcp_conn **b)
{
	*l = pair_listen(p, 1, 80, 8);
	*a = pair_connect(p, 0, 80);
	pair_run(p, 100);
	EQ(tcp_state(*a), 1);
	EQ(tcp_accept(p->h[1].tcp, *l, b), 0);
	EQ(tcp_state(*b), 1);
}

/* A forged or scripted segment arrives at host @to, from @from:@sport. */
static inline void pair_inject(struct pair *p, int to,
			       const struct ostia_addr *from,
			       struct wire_tcp *w, const char *payload)
{
	struct host *h = &p->h[to];
	uint8_t head[WIRE_TCP_MAX_HLEN];
	int n = wire_tcp_emit(head, sizeof(head), w);
	struct ostia_pkt *pkt = pkt_new(p->pool);

	OK(n > 0);
	EQ(pkt_append_copy(pkt, head, (uint32_t)n), 0);
	if (payload)
		EQ(pkt_append_copy(pkt, payload, (uint32_t)strlen(payload)), 0);
	pkt->link = h->link;
	pkt->src = *from;
	pkt->dst = h->addr;
	pkt->l3 = pkt->l4 = 0;
	pkt->data = (uint16_t)n;
	pkt->csum = OSTIA_CSUM_VALID;
	pkt->gso_segs = 1;
	if (tcp_rx(h->tcp, pkt, p->now) != VERDICT_HELD)
		pkt_free(pkt);
}

/* What leaves host @i next, parsed; false: silence. Payload bytes in *@len. */
static inline bool pair_hear(struct pair *p, int i, struct wire_tcp *w,
			     uint32_t *len)
{
	struct ostia_pkt *pkt = pair_next(&p->h[i]);
	uint8_t head[WIRE_TCP_MAX_HLEN];
	uint32_t n;

	if (!pkt)
		return false;
	n = pkt_copy_out(pkt, pkt->l4, head, sizeof(head));
	OK(wire_tcp_parse(w, head, n) > 0);
	if (len)
		*len = pkt->len - pkt->l4 - w->hlen;
	pkt_free(pkt);
	return true;
}

/* Bits of its counters that a test asks about: pair_count(p, 1, TcpOutRsts) */
#define pair_count(p, i, name) ((p)->h[i].stats.name)

static inline void pair_set(struct pair *p, int i, const char *name, uint32_t v)
{
	unsigned n;
	const struct setting_row *r = tcp_settings(&n);
	char *base = tcp_settings_base(p->h[i].tcp);

	for (unsigned k = 0; k < n; k++) {
		if (strcmp(r[k].name, name) == 0) {
			memcpy(base + r[k].offset, &v, sizeof(v));
			return;
		}
	}
	OK(!"no such setting");
}

#endif
