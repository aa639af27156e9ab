/* SPDX-License-Identifier: MIT */
/*
 * tcp/rcvbuf.h - how much the peer may send (RFC 9293 3.8.6.2.2, RFC 7323 2.4)
 *
 * Queues are charged with the memory that they pin, against rcvbuf. The
 * window is what of the budget is free times the payload that a byte of memory
 * has carried so far. Its right edge never retreats, and moves by a segment at
 * least (silly window syndrome). Unless SO_RCVBUF was set, the budget follows
 * what the program takes in a round trip, twice, up to tcp_rmem[2].
 */
#ifndef OSTIA_TCP_RCVBUF_H
#define OSTIA_TCP_RCVBUF_H

#include "tcp/conn.h"

/** tcp_rcvbuf_initial() - The window of our SYN, in bytes, at most 65535. */
uint32_t tcp_rcvbuf_initial(uint32_t rcvbuf, uint16_t mss);

/** tcp_rcvbuf_first() - That of @c, or of the children of a listener @c: not
 * above TCP_WINDOW_CLAMP.
 */
uint32_t tcp_rcvbuf_first(const struct tcp *t, const struct tcp_conn *c,
			  uint16_t mss);

/** tcp_rcvbuf_wscale() - The shift that suits a buffer of @max bytes. */
uint8_t tcp_rcvbuf_wscale(uint32_t max);

/** tcp_rcvbuf_window() - The window that would be advertised now, bytes. */
uint32_t tcp_rcvbuf_window(const struct tcp *t, const struct tcp_conn *c);

/**
 * tcp_rcvbuf_advertise() - The header's window field, scaled, not for a SYN
 * The right edge (rcv_adv) moves.
 */
uint16_t tcp_rcvbuf_advertise(const struct tcp *t, struct tcp_conn *c);

/** tcp_rcvbuf_left() - Bytes that the peer was allowed and did not send. */
static inline uint32_t tcp_rcvbuf_left(const struct tcp_conn *c)
{
	int32_t n = seq_sub(c->rcv_adv, c->rcv_nxt);

	return n > 0 ? (uint32_t)n : 0;
}

/** tcp_rcvbuf_charge() - Memory that both receive queues pin. */
uint32_t tcp_rcvbuf_charge(const struct tcp_conn *c);

/** enum tcp_admit - How a segment may be queued */
enum tcp_admit { TCP_ADMIT_NO, TCP_ADMIT_REF, TCP_ADMIT_COPY };

/**
 * tcp_rcvbuf_admit() - May a segment be queued?
 * @size: what a reference to its memory would add to the charge
 * @len:  its bytes: what a copy adds
 * @in_order: it continues the receive queue
 *
 * A reference where the budget has room for it, else a copy. Makes room for
 * that: compacts, then drops data out of order, last first. What is in the
 * advertised window must be taken if anyhow possible (RFC 9293 3.8.6).
 */
enum tcp_admit tcp_rcvbuf_admit(struct tcp *t, struct tcp_conn *c,
				uint32_t size, uint32_t len, bool in_order);

/** tcp_rcvbuf_on_read() - The program took bytes: autotuning. */
void tcp_rcvbuf_on_read(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_rcvbuf_on_data() - Receiver-side RTT without timestamps. */
void tcp_rcvbuf_on_data(struct tcp *t, struct tcp_conn *c, uint32_t rtt_us,
			ostia_time now);

#endif
