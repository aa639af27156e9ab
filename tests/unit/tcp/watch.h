/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/tcp/watch.h - what leaves host 0, written down, and a wire that
 * can be cut
 */
#ifndef OSTIA_TESTS_UNIT_TCP_WATCH_H
#define OSTIA_TESTS_UNIT_TCP_WATCH_H

#include "pair.h"
#include "wire/tcp.h"

enum { WATCH_MAX = 4096 };

/** struct sight - A segment of host 0; @seq counts from its SYN */
struct sight {
	uint32_t ms;
	uint32_t seq, len;
	uint16_t flags;
	uint16_t segs;
	bool resent, probe;
};

/* @cut: host 0 is not heard any more; @deaf: it hears nothing; @drop: a seq
 * whose first transmissions are lost, @drops times.
 */
static struct watch {
	struct sight at[WATCH_MAX];
	int n;
	uint32_t iss;
	ostia_time start;
	bool cut, deaf;
	uint32_t drop;
	int drops;
	uint32_t edge; /* right edge that host 1 has offered, from ISS */
	uint8_t wscale;
} watch;

static inline void watch_offer(const struct wire_tcp *h)
{
	uint32_t wnd = h->wnd;

	if (h->opts & WIRE_TCP_OPT_WSCALE)
		watch.wscale = h->wscale;
	if (!(h->flags & WIRE_TCP_SYN))
		wnd <<= watch.wscale;
	watch.edge = h->ack + wnd - watch.iss;
}

static inline bool watch_wire(struct pair *p, int from, struct ostia_pkt *pkt)
{
	uint32_t len = pkt->len - pkt->data;
	struct sight *s = &watch.at[watch.n];
	struct wire_tcp h;

	EQ(wire_tcp_parse(&h, pkt->head + pkt->hoff + pkt->l4,
			  pkt->hlen - pkt->l4) > 0,
	   1);
	if (from == 1) {
		if (!watch.deaf)
			watch_offer(&h);
		return watch.deaf;
	}
	if (h.flags & WIRE_TCP_SYN && !watch.n) {
		watch.iss = h.seq;
		watch.start = p->now;
	}
	OK(watch.n < WATCH_MAX);
	watch.n++;
	*s = (struct sight) {
		.ms = (uint32_t)((p->now - watch.start) / PAIR_MS),
		.seq = h.seq - watch.iss,
		.len = len,
		.flags = h.flags,
		.segs = pkt->gso_segs,
		.resent = pkt->flags & PKT_RETRANS,
		.probe = pkt->flags & PKT_PROBE,
	};
	if (watch.drops && s->seq <= watch.drop &&
	    watch.drop < s->seq + s->len) {
		watch.drops--;
		return true;
	}
	return watch.cut;
}

/* Watch what comes from here on. */
static inline void watch_clear(struct pair *p)
{
	watch.n = 0;
	watch.start = p->now;
}

static inline void watch_open(struct pair *p, struct tcp_conn **l,
			      struct tcp_conn **a, struct tcp_conn **b)
{
	watch = (struct watch) { 0 };
	p->lose = watch_wire;
	pair_open(p, l, a, b);
	watch_clear(p);
}

static inline void watch_fini(struct pair *p)
{
	pair_fini(p);
}

/* @n bytes from host 0, all of them queued. */
static inline void watch_send(struct pair *p, struct tcp_conn *a, uint32_t n)
{
	static uint8_t zero[1 << 20];

	EQ(pair_send(p, 0, a, zero, n), n);
	pair_pull_all(p);
}

static inline uint64_t watch_recv(struct pair *p, struct tcp_conn *b)
{
	static uint8_t sink[65536];
	uint64_t got = 0;
	int64_t n;

	while ((n = pair_recv(p, 1, b, sink, sizeof(sink))) > 0)
		got += (uint64_t)n;
	return got;
}

/* Sights with data, or those that match @want of @mask, counted. */
static inline int watch_data(void)
{
	int n = 0;

	for (int i = 0; i < watch.n; i++)
		n += watch.at[i].len > 0;
	return n;
}

static inline const struct sight *watch_nth(int n)
{
	for (int i = 0; i < watch.n; i++)
		if (watch.at[i].len && n-- == 0)
			return &watch.at[i];
	OK(!"so many segments with data");
	return NULL;
}

static inline void watch_nodelay(struct pair *p, struct tcp_conn *a)
{
	EQ(tcp_set_opt(p->h[0].tcp, a, TCP_OPT_NODELAY, 1), 0);
}

#endif
