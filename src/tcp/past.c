/* SPDX-License-Identifier: MIT */
#include "tcp/past.h"

#include "tcp/rare.h"
#include "tcp/recovery.h"
#include "tcp/ts.h"

enum {
	AGE_BITS = 36, /* of min_rtt_at: a unit is 69 s */
	AGE_MAX = 4, /* units; as long as RACK's window (tcp/rack.c) */
	RTT_MAX = (1 << 24) - 1,
};

static uint8_t age_unit(ostia_time t)
{
	return (uint8_t)(t >> AGE_BITS);
}

static struct tcp_past *stashed(const struct tcp *t, const struct tcp_conn *c)
{
	return c->timer.word ? slab_at(&t->pasts, c->timer.word) : NULL;
}

static void set_min_rtt(struct tcp_past *p, uint32_t us, ostia_time at)
{
	p->min_rtt_us = us < RTT_MAX ? us : RTT_MAX;
	p->min_rtt_at = age_unit(at);
}

/* As of now, of what the cold part adds to the time before it. */
static struct tcp_past past_of(const struct tcp_cold *k, ostia_time now)
{
	struct tcp_past p = k->was;
	uint64_t busy_us = tcp_chrono_us(&k->chrono, TCP_CHRONO_BUSY, now);
	uint32_t rtt_us = tcp_rack_min_rtt(&k->tx.rack);

	p.busy_ms += (uint32_t)((busy_us + 500) / 1000);
	if (k->tx.last_tx)
		p.last_tx_ms = tcp_ts_clock(k->tx.last_tx);
	if (k->last_data_rcv)
		p.last_data_rcv_ms = tcp_ts_clock(k->last_data_rcv);
	if (k->last_ack_rcv)
		p.last_ack_rcv_ms = tcp_ts_clock(k->last_ack_rcv);
	p.data_segs_out = k->data_segs_out;
	set_min_rtt(&p, rtt_us, k->tx.rack.min_rtt.since);
	return p;
}

struct tcp_past tcp_past_get(const struct tcp *t, const struct tcp_conn *c,
			     ostia_time now)
{
	static const struct tcp_past none;
	const struct tcp_past *p = &c->past;

	if (c->cold)
		return past_of(c->cold, now);
	if (wheel_armed(&c->timer))
		p = stashed(t, c);
	return p ? *p : none;
}

uint32_t tcp_past_delivered(const struct tcp *t, const struct tcp_conn *c,
			    const struct tcp_past *p)
{
	bool fin = c->flags & TCP_F_FIN_SENT && seq_eq(c->snd_una, c->snd_nxt);

	return 1 + p->data_segs_out + fin - tcp_rare_peek(t, c)->total_retrans;
}

void tcp_past_take(struct tcp *t, struct tcp_conn *c, struct tcp_cold *k,
		   ostia_time now)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);
	struct tcp_past p;
	uint64_t old;
	uint8_t age;

	if (wheel_armed(&c->timer))
		tcp_past_disarm(t, c);
	p = k->was = c->past;
	age = (uint8_t)(age_unit(now) - p.min_rtt_at);
	c->timer = (struct wheel_node) { .kind = WHEEL_TCP_CONN };
	k->data_segs_out = p.data_segs_out;
	k->reordering = r->reordering ? r->reordering : TCP_DUPTHRESH;
	k->tx.rate.delivered = tcp_past_delivered(t, c, &p);
	if (!p.min_rtt_us || age > AGE_MAX)
		return;
	tcp_rack_on_rtt(&k->tx.rack, p.min_rtt_us, now);
	old = (uint64_t)age << AGE_BITS;
	k->tx.rack.min_rtt.since = old < now ? now - old : 0;
}

/* Totals that few connections have. */
static void keep_totals(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	const struct tcp_cold *k = c->cold;
	const struct tcp_chrono *x = &k->chrono;
	uint64_t rwnd_us = tcp_chrono_us(x, TCP_CHRONO_RWND, now);
	uint64_t sndbuf_us = tcp_chrono_us(x, TCP_CHRONO_SNDBUF, now);
	struct tcp_rare *r;

	if (!(k->total_retrans | k->dsack_dups | k->reord_seen |
	      k->rcv_ooopack | rwnd_us | sndbuf_us))
		return;
	r = tcp_rare_get(t, c);
	if (!r)
		return;
	r->total_retrans += k->total_retrans;
	r->dsack_dups += k->dsack_dups;
	r->reord_seen += k->reord_seen;
	r->reordering = k->reordering;
	r->rcv_ooopack += k->rcv_ooopack;
	r->bytes_retrans += k->bytes_retrans;
	r->rwnd_us += rwnd_us;
	r->sndbuf_us += sndbuf_us;
}

void tcp_past_keep(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_past p = past_of(c->cold, now);

	keep_totals(t, c, now);
	c->past = p;
}

void tcp_past_open(struct tcp *t, struct tcp_conn *c, uint32_t rtt_us,
		   ostia_time now)
{
	struct tcp_past *p = c->cold ? &c->cold->was : &c->past;

	(void)t;
	p->last_tx_ms = p->last_data_rcv_ms = tcp_ts_clock(now);
	p->last_ack_rcv_ms = p->last_tx_ms;
	if (!c->cold)
		set_min_rtt(p, rtt_us, now);
}

void tcp_past_arm(struct tcp *t, struct tcp_conn *c, ostia_time when)
{
	struct tcp_past *stash, p = c->past;
	uint32_t handle;

	if (!c->cold && !wheel_armed(&c->timer)) {
		stash = slab_alloc(&t->pasts, &handle);
		if (stash)
			*stash = p;
		else
			tcp_stats(t)->NoMemory++;
		c->timer = (struct wheel_node) {
			.kind = WHEEL_TCP_CONN,
			.word = stash ? handle : 0,
		};
	}
	wheel_arm(t->lent.wheel, &c->timer, when);
}

void tcp_past_disarm(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_past *stash = stashed(t, c), p = { 0 };

	if (stash) {
		p = *stash;
		slab_free(&t->pasts, c->timer.word);
	}
	wheel_disarm(t->lent.wheel, &c->timer);
	c->past = p;
}
