/* SPDX-License-Identifier: MIT */
/*
 * tcp/share.h - what a connection learnt of its path, for the next to the same
 *		 host (RFC 9040 2.2.3: temporal sharing)
 *
 * As Linux's tcp_metrics: a connection that ends leaves its round trip, and its
 * slow-start threshold where net.ipv4.tcp_no_ssthresh_metrics_save is 0; the
 * next to the same host, within an hour, takes its first RTO from a longer
 * round trip than its handshake showed, and that threshold. Its own estimates
 * stay its own. net.ipv4.tcp_no_metrics_save 1 ends the keeping. Not of
 * loopback, whose round trips tell of the scheduler.
 */
#ifndef OSTIA_TCP_SHARE_H
#define OSTIA_TCP_SHARE_H

#include "base/time.h"

struct tcp;
struct tcp_conn;

/** tcp_share_keep() - @c, with a path still, ends. */
void tcp_share_keep(struct tcp *t, const struct tcp_conn *c, ostia_time now);

/** tcp_share_use() - @c is established, and its handshake was measured. */
void tcp_share_use(struct tcp *t, struct tcp_conn *c, ostia_time now);

#endif
