/* SPDX-License-Identifier: MIT */
/*
 * tcp/defend.h - answers to segments that a stranger may have forged
 *		  (RFC 5961, RFC 9293 3.10.7.4)
 *
 * A challenge ACK asks the true peer to say it again with the right number.
 * Challenges are limited per connection, never for all together: a common
 * limit tells an attacker how many another connection used up
 * (CVE-2016-5696). The limit in a second varies at random.
 */
#ifndef OSTIA_TCP_DEFEND_H
#define OSTIA_TCP_DEFEND_H

#include "tcp/conn.h"

/** tcp_defend_challenge() - An ACK of the present state is due, if allowed. */
void tcp_defend_challenge(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_defend_oow() - A segment outside the window came: answer it?
 *
 * At most one ACK in tcp_invalid_ratelimit ms, so that two confused stacks do
 * not answer each other for ever. Data is always answered.
 */
void tcp_defend_oow(struct tcp *t, struct tcp_conn *c, bool data,
		    ostia_time now);

/**
 * tcp_defend_untaken() - Count a segment that the window has no place for
 * @next: RCV.NXT: it begins there or before, or too far behind it
 */
void tcp_defend_untaken(struct tcp *t, const struct tcp_seg *s,
			struct seq next);

/** tcp_defend_allow() - Is it long enough since @last? Then that is now. */
bool tcp_defend_allow(const struct tcp *t, ostia_time *last, ostia_time now);

/**
 * tcp_defend_allow16() - The same for records without a cold part
 * @last: when one was last answered, in 16 ms; updated
 */
bool tcp_defend_allow16(const struct tcp *t, uint16_t *last, ostia_time now);

#endif
