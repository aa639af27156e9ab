/* SPDX-License-Identifier: MIT */
/*
 * tcp/rtt.h - round-trip estimate and retransmission timeout (RFC 6298)
 *
 * One estimator per connection. It is fed finished samples and answers one
 * question: how long to wait for an acknowledgment. It reads no clock and
 * owns no timer. Which segments may be timed at all (Karn's rule, RFC 6298
 * section 3, or timestamps, RFC 7323 section 4) is decided in tcp/ack.c;
 * when the timer runs (RFC 6298 section 5) is decided in tcp/rtx.c.
 *
 * (2.4) wants 1 s at least. As in Linux it is 200 ms, but on top of SRTT: an
 * ACK may be late by a peer's 200 ms of delay whatever the path takes, and
 * the deviation of a smooth path shrinks to nothing. Probes (RFC 8985 7) find
 * most losses long before; F-RTO forgives a timeout that was early.
 */
#ifndef OSTIA_TCP_RTT_H
#define OSTIA_TCP_RTT_H

#include <stdint.h>

/**
 * struct tcp_rtt - What one connection knows about its path's delay
 * @srtt_us:	smoothed RTT in us, 0 until the first sample
 * @rttvar_us:	smoothed deviation in us
 * @rto_us:	timeout in us, backoff included
 *
 * Invariants: TCP_RTO_LEAST_US <= @rto_us <= TCP_RTO_MAX_US, and without a
 * sample there is no deviation either.
 */
struct tcp_rtt {
	uint32_t srtt_us;
	uint32_t rttvar_us;
	uint32_t rto_us;
};

enum {
	TCP_RTO_INITIAL_US = 1000000, /* RFC 6298 (2.1) */
	TCP_RTO_MIN_US = 200000, /* beyond SRTT */
	TCP_RTO_MAX_US = 120000000, /* at least 60 s: (2.5) */
	TCP_RTO_LEAST_US = 2000, /* a program may ask for (tcp/rto.h) */
};

/** tcp_rtt_init() - Start with no samples and the initial timeout. */
void tcp_rtt_init(struct tcp_rtt *r);

/**
 * tcp_rtt_sample() - Fold one measured round trip into the estimate
 * @rtt_us:	the measurement, us; 0 counts as 1
 *
 * Also undoes any backoff: a sample means the path answered.
 */
void tcp_rtt_sample(struct tcp_rtt *r, uint32_t rtt_us);

/**
 * tcp_rtt_rto_us() - What (2.2) and (2.3) say, not yet bounded by (2.5)
 * @least_us:	G of (2.2), and the bound of (2.4) in one
 */
uint64_t tcp_rtt_rto_us(const struct tcp_rtt *r, uint32_t least_us);

/** tcp_rtt_backoff() - Double the timeout after it has expired: (5.5). */
void tcp_rtt_backoff(struct tcp_rtt *r);

#endif
