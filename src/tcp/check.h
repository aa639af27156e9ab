/* SPDX-License-Identifier: MIT */
/*
 * tcp/check.h - what must hold of every connection between two events
 *
 * Asserted by tests after what they did; O(connections + records). Builds
 * without assertions check nothing.
 */
#ifndef OSTIA_TCP_CHECK_H
#define OSTIA_TCP_CHECK_H

#include "tcp/conn.h"

/**
 * tcp_check_conn() - Sequence variables, queues, states, windows (RFC 9293
 * 3.3.1, 3.4), the scoreboard and what is counted in it
 */
void tcp_check_conn(const struct tcp *t, const struct tcp_conn *c);

/** tcp_check() - All of them. */
void tcp_check(const struct tcp *t);

#endif
