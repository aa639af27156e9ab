/* SPDX-License-Identifier: MIT */
/*
 * tcp/ecn.h - explicit congestion notification (RFC 3168 6.1)
 *
 * Agreed on in the SYNs: ECE and CWR ask, ECE alone grants. A SYN that must be
 * repeated asks no more, for middleboxes that drop it (6.1.1.1). A receiver
 * that saw a mark (CE) says ECE in every ACK until it hears CWR; a sender that
 * hears ECE reduces its window once a round trip (tcp/recovery) and says CWR.
 * Only new data is sent as capable: no retransmission, probe, or bare ACK.
 */
#ifndef OSTIA_TCP_ECN_H
#define OSTIA_TCP_ECN_H

#include "tcp/rx.h"

enum {
	TCP_ECN_ASK = WIRE_TCP_ECE | WIRE_TCP_CWR,
	TCP_ECN_ECT0 = 2, /* codepoints of the IP header (5) */
	TCP_ECN_CE = 3,
};

/**
 * tcp_ecn_asks() - Does our SYN ask for it?
 * By net.ipv4.tcp_ecn, or because congestion control lives on it.
 */
bool tcp_ecn_asks(const struct tcp *t, const struct tcp_conn *c);

/** tcp_ecn_agreed() - Do the flags of the peer's SYN or SYN-ACK say so?
 * @c: the listener, or who sent a SYN
 */
bool tcp_ecn_agreed(const struct tcp *t, const struct tcp_conn *c,
		    uint16_t flags);

/** tcp_ecn_on_data() - A segment that may carry data arrived: CE, CWR? */
void tcp_ecn_on_data(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_seg *s);

#endif
