/* SPDX-License-Identifier: MIT */
/*
 * tcp/timers.h - time passes: retransmission, probes, keepalive
 *		  (RFC 6298 5, RFC 8985, RFC 9293 3.8.3, 3.8.4, 3.8.6.1)
 *
 * tcp_expire() (tcp/tcp.h) is here. What is due when is cold->due[]; here is
 * what the sender's rooms arm.
 */
#ifndef OSTIA_TCP_TIMERS_H
#define OSTIA_TCP_TIMERS_H

#include "base/time.h"

struct tcp;
struct tcp_conn;

/** tcp_timers_on_syn() - A SYN or SYN-ACK leaves: RFC 6298 (5.1); again, not
 * past TCP_USER_TIMEOUT.
 */
void tcp_timers_on_syn(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_timers_on_sent() - Data left: RTO and probe run (RFC 6298 (5.1)). */
void tcp_timers_on_sent(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_timers_on_resent() - What stands first left again, without a timeout
 *
 * It is given the time of a round trip as any other: the RTO begins anew (as
 * Linux), or the timer that its first transmission started would send it a
 * third time a moment later, and take the window for it.
 */
void tcp_timers_on_resent(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_timers_on_acked() - New data was acknowledged, or the queue changed:
 * restart or stop ((5.2), (5.3))
 */
void tcp_timers_on_acked(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_timers_keepalive() - SO_KEEPALIVE or its times changed. */
void tcp_timers_keepalive(struct tcp *t, struct tcp_conn *c, ostia_time now);

#endif
