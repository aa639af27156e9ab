/* SPDX-License-Identifier: MIT */
/*
 * tcp/rx.h - a segment that is being looked at
 */
#ifndef OSTIA_TCP_RX_H
#define OSTIA_TCP_RX_H

#include "tcp/conn.h"
#include "wire/tcp.h"

/**
 * struct tcp_seg - A segment, parsed
 * @p:		the packet, borrowed
 * @h:		its header
 * @seq, @ack:	SEG.SEQ, SEG.ACK
 * @data:	where the payload begins in @p
 * @len:	payload bytes; trimmed to the window on the way
 * @flow:	the two ends, ours first
 * @tag:	their hash
 * @fin:	FIN counts (it was not trimmed)
 * @now:	the present
 */
struct tcp_seg {
	struct ostia_pkt *p;
	struct wire_tcp h;
	struct seq seq, ack;
	uint32_t data;
	uint32_t len;
	struct flow flow;
	uint32_t tag;
	bool fin;
	ostia_time now;
};

/** tcp_seg_end() - One past the last sequence number that it takes. */
static inline struct seq tcp_seg_end(const struct tcp_seg *s)
{
	return seq_add(s->seq, s->len + !!(s->h.flags & WIRE_TCP_SYN) + s->fin);
}

/** tcp_rx_syn_text() - The text of a SYN, which Fast Open lets in (RFC 7413
 * 4.2.2); @s is behind the SYN. A FIN with it is not heard: it comes again.
 */
void tcp_rx_syn_text(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s);

/** tcp_rx_conn() - Process the segment for @c (RFC 9293 3.10.7.2 - 4). */
void tcp_rx_conn(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s);

#endif
