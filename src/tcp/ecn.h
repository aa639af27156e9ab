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

/* net.ipv4.tcp_ecn, as Linux counts: what incoming and outgoing connections
 * may agree on at best.
 */
enum {
	TCP_ECN_OFF, /* nothing */
	TCP_ECN_BOTH, /* ECN, ECN */
	TCP_ECN_ACCEPT, /* ECN, nothing */
	TCP_ECN_ACC_BOTH, /* AccECN, AccECN */
	TCP_ECN_ACC_ASK_ECN, /* AccECN, ECN */
	TCP_ECN_ACC_ACCEPT, /* AccECN, nothing */
};

enum tcp_ecn_mode {
	TCP_ECN_NONE,
	TCP_ECN_CLASSIC, /* RFC 3168 */
	TCP_ECN_ACC, /* RFC 9768: tcp/accecn.h */
};

/**
 * tcp_ecn_open() - @c will send a SYN: shall it ask?
 *
 * Not of a peer whose SYN-ACK came only when ours asked no more, three
 * connections in a row; that is tried again after an hour, doubling up to
 * sixteen (RFC 9768 3.1.4.1: persistently, and infrequently). @c has a cold
 * part.
 */
void tcp_ecn_open(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_ecn_asks() - What our SYN asks for, by setting or because congestion
 * control lives on it
 */
enum tcp_ecn_mode tcp_ecn_asks(const struct tcp *t, const struct tcp_conn *c);

/** tcp_ecn_syn() - Flags of our SYN, sent for the @tries-th time again (RFC
 * 3168 6.1.1.1; RFC 9768 3.1.4.1: AccECN is asked for twice).
 */
uint16_t tcp_ecn_syn(const struct tcp *t, const struct tcp_conn *c,
		     unsigned tries);

/** tcp_ecn_agreed() - What the flags of the peer's SYN or SYN-ACK make of it
 * (RFC 9768, table 2, 3.1.3)
 * @c: the listener, or who sent a SYN
 */
enum tcp_ecn_mode tcp_ecn_agreed(const struct tcp *t, const struct tcp_conn *c,
				 uint16_t flags);

/**
 * tcp_ecn_syn_ack() - What our SYN-ACK says of it
 * @cp:		codepoint of the SYN that came last
 * @tries:	SYN-ACKs sent before: the third says nothing (3.2.3.2.2)
 */
uint16_t tcp_ecn_syn_ack(enum tcp_ecn_mode mode, uint8_t cp, unsigned tries);

/**
 * tcp_ecn_begin() - The connection @c, whose SYN-ACK answered a SYN, is in mode
 * @mode now
 * @cp: codepoint of that SYN
 * Return: 0; -ENOMEM (of AccECN).
 */
int tcp_ecn_begin(struct tcp *t, struct tcp_conn *c, enum tcp_ecn_mode mode,
		  uint8_t cp);

/** tcp_ecn_no_ect() - @c sends nothing ECN-capable, in whichever mode; -ENOMEM.
 */
int tcp_ecn_no_ect(struct tcp *t, struct tcp_conn *c);

/** tcp_ecn_on_syn_ack() - The peer's SYN-ACK, after tcp_opts_on_syn() */
void tcp_ecn_on_syn_ack(struct tcp *t, struct tcp_conn *c,
			const struct tcp_seg *s);

/** tcp_ecn_on_syn() - The peer's SYN in a simultaneous open, likewise */
void tcp_ecn_on_syn(struct tcp *t, struct tcp_conn *c, const struct tcp_seg *s);

/** tcp_ecn_accurate() - Its counters in AccECN mode, else NULL */
static inline struct tcp_accecn *tcp_ecn_accurate(const struct tcp *t,
						  const struct tcp_conn *c)
{
	struct tcp_rare *r;

	if (!(c->flags & TCP_F_ECN) || !c->rare)
		return NULL;
	r = slab_at(&t->rares, c->rare);
	return r->acc.on ? &r->acc : NULL;
}

/** tcp_ecn_flags() - What a segment with ACK says: ECE, or the ACE field.
 * Of a connection with TCP_F_ECN.
 * @pure: no data and no SACK blocks
 */
uint16_t tcp_ecn_flags(const struct tcp *t, const struct tcp_conn *c,
		       bool pure);

/**
 * tcp_ecn_counts() - In AccECN mode: does @s tell of what it acknowledges?
 * Not the first ACK, whose ACE field tells of the SYN-ACK and is read here,
 * nor one that another has overtaken.
 */
bool tcp_ecn_counts(const struct tcp *t, struct tcp_conn *c,
		    const struct tcp_seg *s);

/** tcp_ecn_marked() - How many segments header @f of such one newly tells as
 * marked
 * @delivered: segments newly acknowledged, SACKed ones, too
 */
uint32_t tcp_ecn_marked(const struct tcp *t, const struct tcp_conn *c,
			const struct wire_tcp *f, uint32_t delivered);

/** tcp_ecn_when() - What decides on an option, now (tcp/accecn.h)
 * @data: of a segment with data
 */
struct tcp_accecn_when tcp_ecn_when(const struct tcp *t,
				    const struct tcp_conn *c, bool data);

/** tcp_ecn_on_data() - A segment that may carry data arrived: CE, CWR? */
void tcp_ecn_on_data(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_seg *s);

#endif
