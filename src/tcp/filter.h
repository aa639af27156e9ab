/* SPDX-License-Identifier: MIT */
/*
 * tcp/filter.h - SO_ATTACH_FILTER on connections and listeners
 *
 * The program sees segments from the TCP header on, after the checksum and
 * before anything else; what it does not want was never received: no
 * acknowledgment, no reset. A segment that it cuts has less text, as on
 * Linux. Connections inherit their listener's program.
 */
#ifndef OSTIA_TCP_FILTER_H
#define OSTIA_TCP_FILTER_H

#include "tcp/rx.h"

/** tcp_filter_run() - As tcp_filter_wants(), for one that may have a filter. */
bool tcp_filter_run(struct tcp *t, struct tcp_conn *c, struct tcp_seg *s);

/** tcp_filter_wants() - Does @c want the segment? It may be cut. */
static inline bool tcp_filter_wants(struct tcp *t, struct tcp_conn *c,
				    struct tcp_seg *s)
{
	return __builtin_expect(!t->nfilters, 1) || tcp_filter_run(t, c, s);
}

#endif
