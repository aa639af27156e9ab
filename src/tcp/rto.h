/* SPDX-License-Identifier: MIT */
/*
 * tcp/rto.h - a program's bounds of the timers (RFC 6298 2.4, 2.5), and when
 *	       the timer starts anew (RFC 7765)
 *
 * TCP_RTO_MAX_MS, TCP_RTO_MIN_US, TCP_DELACK_MAX_US and
 * TCP_THIN_LINEAR_TIMEOUTS of Linux. tcp/rtt.c knows the defaults alone; here
 * its answer is measured again for the few connections that have bounds of
 * their own. What was armed before stays; SYN-ACKs of a listener are not
 * concerned.
 */
#ifndef OSTIA_TCP_RTO_H
#define OSTIA_TCP_RTO_H

#include "tcp/conn.h"
#include "tcp/persist.h"

enum {
	TCP_RTO_CAP_MIN_MS = 1000, /* of TCP_RTO_MAX_MS */
	TCP_RTO_CAP_MAX_MS = TCP_RTO_MAX_US / 1000,
	TCP_TIMER_MIN_MS = TCP_RTO_LEAST_US / 1000, /* two ticks of 1 ms */
	TCP_TIMER_MAX_MS = 200,
	TCP_THIN_SEGS = 4, /* fewer in flight: a thin stream */
	TCP_RTO_RESTART_SEGS = 4, /* rrthresh of RFC 7765 4 */
	TCP_THIN_RETRIES = 6, /* timeouts that do not double */
};

/** tcp_rto_max_us() - The longest wait of a connection's timers. */
static inline uint32_t tcp_rto_max_us(const struct tcp *t,
				      const struct tcp_conn *c)
{
	uint32_t ms = c->rare ? tcp_rare_peek(t, c)->rto_max_ms : 0;

	return ms ? ms * 1000 : TCP_RTO_MAX_US;
}

/** tcp_rto_persist_us() - Until a closed window is probed again. */
uint32_t tcp_rto_persist_us(const struct tcp *t, const struct tcp_conn *c,
			    const struct tcp_persist *p);

/** tcp_rto_on_sample() - A round trip was measured: the RTO is @c's own. */
void tcp_rto_on_sample(const struct tcp *t, struct tcp_conn *c);

/**
 * tcp_rto_on_timeout() - The timer expired: double it (RFC 6298 (5.5))
 * @timeouts: in a row, this one included
 *
 * Or not, of a thin stream that asked for it: nothing tells of its losses
 * but timeouts.
 */
void tcp_rto_on_timeout(const struct tcp *t, struct tcp_conn *c,
			unsigned timeouts);

/**
 * tcp_rto_restart_us() - How long the timer runs after an ACK (RFC 6298 (5.3))
 *
 * With net.ipv4.tcp_rto_restart, which Linux does not have, and fewer than
 * four segments: as long as is left for the oldest of them (RFC 7765 4), and
 * not a whole RTO, which adds a round trip to the repair of a tail. A probe
 * (RFC 8985 7) does as much and sooner, where the peer knows SACK; so it is
 * off at first.
 */
uint32_t tcp_rto_restart_us(const struct tcp *t, const struct tcp_conn *c,
			    ostia_time now);

/** tcp_rto_delack_ms() - @ms, and no more than @c's ACKs may wait: at most its
 * TCP_DELACK_MAX_US, and less than its least RTO, which its peer may share.
 */
unsigned tcp_rto_delack_ms(const struct tcp *t, const struct tcp_conn *c,
			   unsigned ms);

/** tcp_rto_set() - One of the four options. 0, -EINVAL, -ENOPROTOOPT. */
int tcp_rto_set(struct tcp_rare *r, enum tcp_opt o, int64_t v);
/** tcp_rto_get() - As it was set, in whole ms. 0, -ENOPROTOOPT. */
int tcp_rto_get(const struct tcp_rare *r, enum tcp_opt o, int64_t *v);

#endif
