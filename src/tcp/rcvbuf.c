/* SPDX-License-Identifier: MIT */
#include "tcp/rcvbuf.h"

#include "tcp/cold.h"
#include "tcp/ts.h"

enum {
	WINDOW_MAX = 65535,
	SCALE_MAX = 14,
	RATIO_ONE = 256, /* payload bytes per 256 bytes of memory */
	RATIO_FIRST = 128, /* before anything came */
	RATIO_LEAST = 32,
	RATIO_MOST = 240,
	ENOUGH = 8192, /* bytes that make a measurement */
};

uint32_t tcp_rcvbuf_initial(uint32_t rcvbuf, uint16_t mss)
{
	uint32_t space = rcvbuf / 2;

	space = space < WINDOW_MAX ? space : WINDOW_MAX;
	if (mss && space > mss)
		space -= space % mss;
	return space;
}

uint32_t tcp_rcvbuf_first(const struct tcp *t, const struct tcp_conn *c,
			  uint16_t mss)
{
	uint32_t clamp = tcp_rare_peek(t, c)->window_clamp;
	uint32_t space = tcp_rcvbuf_initial(c->rcvbuf, mss);

	return clamp && space > clamp ? clamp : space;
}

uint8_t tcp_rcvbuf_wscale(uint32_t max)
{
	uint8_t scale = 0;

	while (max > WINDOW_MAX && scale < SCALE_MAX) {
		max >>= 1;
		scale++;
	}
	return scale;
}

uint32_t tcp_rcvbuf_charge(const struct tcp_conn *c)
{
	return c->rcv.charge + (c->cold ? c->cold->reasm.charge : 0);
}

/* What counts against the budget: also what was lent to the reader. */
static uint32_t pinned(const struct tcp *t, const struct tcp_conn *c)
{
	return tcp_rcvbuf_charge(c) +
	       (c->rare ? tcp_rare_peek(t, c)->rcv_lent : 0);
}

/* Payload per 256 bytes of memory, as the queues show it now. */
static uint32_t ratio(const struct tcp_conn *c)
{
	uint64_t len = c->rcv.len, charge = tcp_rcvbuf_charge(c);
	uint64_t r;

	if (c->cold)
		len += c->cold->reasm.len;
	if (len < ENOUGH)
		return c->cold && c->cold->max_payload_ratio
			       ? c->cold->max_payload_ratio
			       : RATIO_FIRST;
	r = len * RATIO_ONE / charge;
	if (r > RATIO_MOST)
		r = RATIO_MOST;
	r = r > RATIO_LEAST ? r : RATIO_LEAST;
	if (c->cold)
		c->cold->max_payload_ratio = (uint32_t)r;
	return (uint32_t)r;
}

static uint32_t to_payload(uint32_t memory, uint32_t r)
{
	return (uint32_t)((uint64_t)memory * r / RATIO_ONE);
}

/* Free space by the budget, as payload; @full: if all of it were free. */
static uint32_t free_space(const struct tcp *t, const struct tcp_conn *c,
			   uint32_t r, uint32_t full)
{
	uint32_t charge = pinned(t, c);
	uint32_t clamp = c->rare ? tcp_rare_peek(t, c)->window_clamp : 0;
	uint32_t space;

	if (charge >= c->rcvbuf)
		return 0;
	space = to_payload(c->rcvbuf - charge, r);
	/* RFC 9293 3.8.6.2.2: rather none than a silly one. */
	if (space < c->rcv_mss && space < full / 2)
		return 0;
	if (space < full / 16)
		return 0;
	return clamp && space > clamp ? clamp : space;
}

/* RFC 9293 3.8.6.2.2: the right edge moves by a segment or half of the buffer
 * at least, or it stays; it never moves back.
 */
uint32_t tcp_rcvbuf_window(const struct tcp *t, const struct tcp_conn *c)
{
	uint32_t left = tcp_rcvbuf_left(c);
	uint32_t r = ratio(c), full = to_payload(c->rcvbuf, r), space;
	unsigned scale = tcp_wscale_ours(c);
	uint32_t most = (uint32_t)WINDOW_MAX << scale;
	uint32_t step = c->rcv_mss < c->rcvbuf / 4 ? c->rcv_mss : c->rcvbuf / 4;

	if (full < left + step) /* nothing read can move the edge */
		return left;
	space = free_space(t, c, r, full);
	space = space < most ? space : most;
	space = space >> scale << scale;
	if (space < left + step)
		return left;
	return space;
}

uint16_t tcp_rcvbuf_advertise(const struct tcp *t, struct tcp_conn *c)
{
	uint32_t window = tcp_rcvbuf_window(t, c);
	unsigned scale = tcp_wscale_ours(c);
	/* What is left is rounded up, or rounding would move the edge back. */
	uint32_t field = (window + (1u << scale) - 1) >> scale;

	field = field < WINDOW_MAX ? field : WINDOW_MAX;
	c->rcv_adv = seq_max(c->rcv_adv, seq_add(c->rcv_nxt, field << scale));
	return (uint16_t)field;
}

/* Room for @len copied bytes: what pins much for few bytes is copied tight;
 * what the program has not read yet is not to be given up, but what came too
 * early may be (RFC 2018 8), if all that we promised does not fit @most: who
 * has heard a SACK of it sends it again only after a timeout.
 */
static void make_room(struct tcp *t, struct tcp_conn *c, uint32_t len,
		      bool in_order, uint64_t most)
{
	struct ostia_pool *pool = t->lent.pool;

	if (stream_compact(&c->rcv, pool))
		tcp_stats(t)->TcpExtRcvPruned++;
	if (c->cold && tcp_reasm_compact(&c->cold->reasm, pool))
		tcp_stats(t)->TcpExtRcvPruned++;
	while (in_order && c->cold && c->cold->reasm.n &&
	       pinned(t, c) + (uint64_t)len > most) {
		tcp_reasm_drop_last(&c->cold->reasm, pool);
		tcp_stats(t)->TcpExtOFODrop++;
		tcp_ack_now(c); /* the gap is no more: the peer shall know */
	}
}

enum tcp_admit tcp_rcvbuf_admit(struct tcp *t, struct tcp_conn *c,
				uint32_t size, uint32_t len, bool in_order)
{
	uint64_t most = c->rcvbuf;

	if (pinned(t, c) + (uint64_t)size <= most)
		return size > len ? TCP_ADMIT_REF : TCP_ADMIT_COPY;
	if (pinned(t, c) + (uint64_t)len <= most)
		return TCP_ADMIT_COPY;
	/* We promised the window: up to twice the budget is honoured for data
	 * in order (copied and compact by now), half as much more otherwise.
	 */
	most += in_order ? most : most / 2;
	make_room(t, c, len, in_order, most);
	return pinned(t, c) + (uint64_t)len <= most ? TCP_ADMIT_COPY
						    : TCP_ADMIT_NO;
}

/* Receiver-side RTT: a smoothed minimum, as the sample is never too short. */
static void rtt_sample(struct tcp_cold *k, uint32_t us)
{
	us = us ? us : 1;
	if (!k->rcv_rtt_us || us < k->rcv_rtt_us)
		k->rcv_rtt_us = us;
	else
		k->rcv_rtt_us += (us - k->rcv_rtt_us) / 8;
}

/* Without timestamps: the time for a window of data is an upper bound. */
static void rtt_by_window(struct tcp_conn *c, struct tcp_cold *k,
			  ostia_time now)
{
	if (k->rcv_rtt_time && seq_before(c->rcv_nxt, k->rcv_rtt_seq))
		return;
	if (k->rcv_rtt_time)
		rtt_sample(k, (uint32_t)(time_since(k->rcv_rtt_time, now) /
					 NS_PER_US));
	k->rcv_rtt_seq = seq_add(c->rcv_nxt, tcp_rcvbuf_left(c));
	k->rcv_rtt_time = now ? now : 1;
}

void tcp_rcvbuf_on_data(struct tcp *t, struct tcp_conn *c, uint32_t rtt_us,
			ostia_time now)
{
	struct tcp_cold *k = c->cold;

	(void)t;
	if (!k)
		return;
	if (rtt_us)
		rtt_sample(k, rtt_us);
	else if (!(c->flags & TCP_F_TS))
		rtt_by_window(c, k, now);
}

/* Dynamic right-sizing (Fisk and Feng 2001): what the program took in a round
 * trip may double in the next, and as much again bridges a retransmission.
 */
static void resize(struct tcp *t, struct tcp_conn *c, uint32_t took)
{
	uint32_t most = t->set.rmem[2];
	uint64_t want = 2 * (uint64_t)took + 16 * (uint64_t)c->rcv_mss;
	uint64_t memory = want * RATIO_ONE / ratio(c) + want / 4;

	if (c->flags & TCP_F_RCVBUF || !t->set.moderate_rcvbuf)
		return;
	memory = memory < most ? memory : most;
	if (memory > c->rcvbuf)
		c->rcvbuf = (uint32_t)memory;
}

void tcp_rcvbuf_on_read(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = c->cold;
	struct seq copied = seq_back(c->rcv_nxt, c->rcv.len);
	uint64_t round;
	uint32_t took;

	if (!k)
		return;
	round = k->rcv_rtt_us ? k->rcv_rtt_us : c->rtt.srtt_us;
	if (!round || time_since(k->rcvq_time, now) < round * NS_PER_US)
		return;
	took = seq_span(k->rcvq_seq, copied);
	if (took > k->rcvq_space) {
		resize(t, c, took);
		k->rcvq_space = took;
	}
	k->rcvq_seq = copied;
	k->rcvq_time = now;
}
