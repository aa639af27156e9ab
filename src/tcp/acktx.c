/* SPDX-License-Identifier: MIT */
#include "tcp/acktx.h"

#include "tcp/cold.h"
#include "tcp/rcvbuf.h"
#include "tcp/rto.h"

enum { MSS_FLOOR = 536, MSS_LEAST = 88 };

/* How large are the segments that come? Small ones say nothing unless they
 * go on without PSH: then the peer's MSS is small. Of very small ones it takes
 * two alike (as Linux).
 */
static void measure_mss(struct tcp_conn *c, struct tcp_cold *k, uint32_t seg,
			bool psh)
{
	if (seg >= c->rcv_mss) {
		c->rcv_mss = seg > UINT16_MAX ? UINT16_MAX : (uint16_t)seg;
	} else if (!psh && seg >= MSS_FLOOR) {
		c->rcv_mss = (uint16_t)seg;
	} else if (k && !psh && seg >= MSS_LEAST) {
		if (seg == k->last_seg)
			c->rcv_mss = (uint16_t)seg;
		k->last_seg = (uint16_t)seg;
	}
}

void tcp_acktx_on_more(struct tcp_conn *c, uint32_t seg)
{
	if (c->cold)
		measure_mss(c, c->cold, seg, false);
}

void tcp_acktx_quick(struct tcp_conn *c, unsigned acks)
{
	unsigned fit = c->rcv_mss ? tcp_rcvbuf_left(c) / (2u * c->rcv_mss) : 2;

	acks = acks < fit ? acks : fit;
	acks = acks ? acks : 2;
	if (acks > c->quick)
		c->quick = (uint8_t)acks;
	c->flags &= ~TCP_F_PINGPONG;
	c->ato_ms = TCP_ATO_MIN_MS;
}

/* But who answers anyway, or said TCP_QUICKACK 0, still waits (Linux). */
static void quicken(struct tcp_conn *c)
{
	uint32_t pingpong = c->flags & TCP_F_PINGPONG;

	tcp_acktx_quick(c, TCP_QUICK_MAX);
	c->flags |= pingpong;
}

/* The delay follows the gaps between the peer's segments, as Linux's does. */
static void measure_rhythm(struct tcp_conn *c, const struct tcp_cold *k,
			   ostia_time now)
{
	uint64_t gap_ms = time_since(k->last_data_rcv, now) / NS_PER_MS;

	if (!c->ato_ms) {
		quicken(c);
	} else if (gap_ms <= TCP_ATO_MIN_MS / 2) {
		c->ato_ms = c->ato_ms / 2 + TCP_ATO_MIN_MS / 2;
	} else if (gap_ms < c->ato_ms) {
		unsigned ato = c->ato_ms / 2u + (unsigned)gap_ms;

		c->ato_ms =
			ato < TCP_ATO_MAX_MS ? (uint8_t)ato : TCP_ATO_MAX_MS;
	} else if (gap_ms * 1000 > c->rtt.rto_us) {
		/* A pause: the peer begins its slow start anew. */
		quicken(c);
	}
}

static void delay(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	unsigned ms = c->ato_ms > TCP_ATO_MIN_MS ? c->ato_ms : TCP_ATO_MIN_MS;

	if (c->flags & TCP_F_ACK_PENDING)
		return;
	c->flags |= TCP_F_ACK_PENDING;
	ms = tcp_rto_delack_ms(t, c, ms);
	tcp_arm(t, c, TCP_DUE_DELACK, now + ms * NS_PER_MS);
}

void tcp_acktx_on_data(struct tcp *t, struct tcp_conn *c, uint32_t seg,
		       bool psh, ostia_time now)
{
	struct tcp_cold *k = tcp_cold_get(t, c);
	uint32_t unacked = seq_span(c->rcv_wup, c->rcv_nxt);

	measure_mss(c, k, seg, psh);
	if (!k) {
		tcp_ack_now(c);
		return;
	}
	measure_rhythm(c, k, now);
	k->last_data_rcv = now;
	/* RFC 5681 4.2: at least every second full segment. */
	if (unacked > c->rcv_mss || (c->quick && !(c->flags & TCP_F_PINGPONG)))
		tcp_ack_now(c);
	else
		delay(t, c, now);
}

/* The reader made room. If the peer may believe the window small, say so:
 * when it can grow to twice what it was told (as Linux), or when we owe an ACK
 * for more than a segment.
 */
void tcp_acktx_on_read(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	uint32_t left = tcp_rcvbuf_left(c);
	uint32_t window;

	(void)now;
	if (!tcp_state_in(c->state, TCP_MAY_RECEIVE) ||
	    c->flags & (TCP_F_ACK_NOW | TCP_F_SHUT_RD))
		return;
	if (c->flags & TCP_F_ACK_PENDING &&
	    seq_span(c->rcv_wup, c->rcv_nxt) > c->rcv_mss) {
		tcp_ack_now(c);
		return;
	}
	if (left > c->rcvbuf / 4)
		return;
	window = tcp_rcvbuf_window(t, c);
	if (window && window >= 2 * left)
		tcp_ack_now(c);
}

void tcp_acktx_on_sent(struct tcp_conn *c, bool data, ostia_time now)
{
	struct tcp_cold *k = c->cold;

	if (data && k && k->last_data_rcv &&
	    time_since(k->last_data_rcv, now) < TCP_ATO_MIN_MS * NS_PER_MS)
		c->flags |= TCP_F_PINGPONG;
	if (c->flags & (TCP_F_ACK_NOW | TCP_F_ACK_PENDING)) {
		if (c->quick)
			c->quick--;
		if (k)
			k->due[TCP_DUE_DELACK] = OSTIA_NEVER;
	}
	c->flags &= ~(TCP_F_ACK_NOW | TCP_F_ACK_PENDING);
	c->rcv_wup = c->rcv_nxt;
}

void tcp_acktx_expire(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	unsigned ato;

	(void)now;
	c->cold->due[TCP_DUE_DELACK] = OSTIA_NEVER;
	if (!(c->flags & TCP_F_ACK_PENDING))
		return;
	/* Nobody answered in time: wait longer, or stop waiting. */
	if (c->flags & TCP_F_PINGPONG) {
		c->flags &= ~TCP_F_PINGPONG;
		c->ato_ms = TCP_ATO_MIN_MS;
	} else {
		ato = 2u * c->ato_ms;
		c->ato_ms =
			ato < TCP_ATO_MAX_MS ? (uint8_t)ato : TCP_ATO_MAX_MS;
	}
	tcp_stats(t)->TcpExtDelayedACKs++;
	tcp_ack_now(c);
}

void tcp_acktx_set_quick(struct tcp *t, struct tcp_conn *c, bool on)
{
	(void)t;
	if (!on) {
		c->flags |= TCP_F_PINGPONG;
		return;
	}
	c->flags &= ~TCP_F_PINGPONG;
	if (c->quick < 2)
		c->quick = 2;
	if (c->flags & TCP_F_ACK_PENDING)
		tcp_ack_now(c);
}
