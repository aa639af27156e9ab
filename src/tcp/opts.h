/* SPDX-License-Identifier: MIT */
/*
 * tcp/opts.h - which options we offer, which we agree on (RFC 9293 3.2, RFC
 *		7323 2.2 and 3.2, RFC 2018 2, RFC 9293 3.7.1)
 *
 * wire/tcp.h spells them; here is what they mean to a connection.
 */
#ifndef OSTIA_TCP_OPTS_H
#define OSTIA_TCP_OPTS_H

#include "tcp/conn.h"
#include "wire/tcp.h"

enum {
	TCP_MSS_DEFAULT4 = 536, /* RFC 9293 3.7.1 */
	TCP_MSS_DEFAULT6 = 1220,
};

/** struct tcp_agreed - What two SYNs agreed on, before it is a connection's */
struct tcp_agreed {
	uint32_t flags; /* TCP_F_TS, TCP_F_SACK, TCP_F_WSCALE */
	uint16_t mss_peer;
	uint8_t wscale; /* ours << 4 | the peer's */
	uint8_t ecn; /* enum tcp_ecn_mode */
	uint8_t ecn_syn; /* AccECN: codepoint of the SYN's IP header */
};

/** tcp_opts_mss() - The MSS that we announce on a path: MTU - headers. */
uint16_t tcp_opts_mss(const struct path *p, bool v4, uint16_t maxseg);

/**
 * tcp_opts_agree() - Join our settings with the options of the peer's SYN
 * @c:	the listener, or who sent a SYN
 * @v4:	IPv4 headers: the default MSS
 */
struct tcp_agreed tcp_opts_agree(const struct tcp *t, const struct tcp_conn *c,
				 uint32_t rmem_max, const struct wire_tcp *syn,
				 bool v4);

/**
 * tcp_opts_on_syn() - The peer's SYN or SYN-ACK for an active open
 *
 * Sets TCP_F_TS, SACK, WSCALE, @c->wscale, mss_peer, ts_recent.
 */
void tcp_opts_on_syn(struct tcp *t, struct tcp_conn *c,
		     const struct wire_tcp *syn, ostia_time now);

/**
 * tcp_opts_syn() - Options of our SYN (or SYN-ACK of a simultaneous open)
 * @f:	mss, wscale, tsval, tsecr and opts are set
 */
void tcp_opts_syn(struct tcp *t, const struct tcp_conn *c, struct wire_tcp *f,
		  bool synack, ostia_time now);

/**
 * tcp_opts_segment() - Options of any later segment
 * @f:		tsval, tsecr, sack, n_sack and opts are set
 * @sack_max:	SACK blocks wanted at most; fewer if the header is full
 */
void tcp_opts_segment(struct tcp *t, struct tcp_conn *c, struct wire_tcp *f,
		      unsigned sack_max, ostia_time now);

/** tcp_opts_sacks() - How many SACK blocks the next ACK would like to carry. */
unsigned tcp_opts_sacks(const struct tcp_conn *c);

/** tcp_opts_len() - Bytes of options in every data segment: timestamps. */
static inline unsigned tcp_opts_len(const struct tcp_conn *c)
{
	return c->flags & TCP_F_TS ? WIRE_TCP_TS_LEN : 0;
}

#endif
