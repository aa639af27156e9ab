/* SPDX-License-Identifier: MIT */
/*
 * world/monitor.h - an onlooker that knows what a correct TCP may do
 *
 * It sees the segments that a host sends and hears, and what its programs
 * write and read; nothing of what the host's stack thinks. Of each end of a
 * connection it keeps what follows from the segments (world/watch.h) and
 * holds the host to the rules below. The other end is believed nothing: it
 * may be a script that breaks every rule. At the first breach it tells what
 * happened, with the last segments of all whom it watches.
 */
#ifndef OSTIA_WORLD_MONITOR_H
#define OSTIA_WORLD_MONITOR_H

#include "world/watch.h"

#include <ostia/link.h>
#include <ostia/record.h>
#include <ostia/world.h>

struct world_monitor;

/**
 * struct world_monitor_config - What it is to know; zeros will do
 * @rto_min_ns: no retransmission timer is shorter, 0: 200 ms
 * @syn_tries, @data_tries: how often the same thing is sent again while nobody
 *	answers, 0: 6, 15
 * @inexact:	segments may leave later than TCP sent them (a neighbour had to
 *	be found first): no rule about timers holds
 * @cookies:	SYN cookies may be sent: after a reset an old ACK can open the
 *	connection a second time, of which nothing is known then
 * @sums:	bits may have flipped under way: what is heard counts only
 *	if its checksums are right
 * @breach:	told of the first breach; @what lasts until it returns
 */
struct world_monitor_config {
	ostia_time rto_min_ns;
	unsigned syn_tries, data_tries;
	bool inexact, cookies, sums;
	void (*breach)(void *ctx, enum world_rule rule, const char *what);
	void *ctx;
};

/** world_monitor_new() - Return: 0, -ENOMEM. */
int world_monitor_new(const struct world_monitor_config *cfg,
		      struct world_monitor **out);

void world_monitor_free(struct world_monitor *m);

/**
 * world_monitor_sent() - @host gave @p to its link; not TCP: no matter
 * @ethernet: an Ethernet header stands first
 * Return: 0, -ENOMEM.
 */
int world_monitor_sent(struct world_monitor *m, uint32_t host,
		       const struct ostia_pkt *p, bool ethernet,
		       ostia_time now);

/** world_monitor_heard() - @p arrived at @host, which has not seen it yet. */
int world_monitor_heard(struct world_monitor *m, uint32_t host,
			const struct ostia_pkt *p, bool ethernet,
			ostia_time now);

/**
 * world_monitor_event() - What @host's stack tells
 * OUT names the connection of a tuple; BYTES is what calls wrote and read;
 * STATE counts only where a connection ends, CALL where a program changes
 * SO_RCVBUF. All else is looked away from.
 * Return: 0, -ENOMEM.
 */
int world_monitor_event(struct world_monitor *m, uint32_t host,
			const struct ostia_trace *ev);

/**
 * world_monitor_trace() - All of the above from what a world tells
 * @ev:	 an event of a wire that ends at a host, or of a host's stack. A bit
 *	 that the wire flipped is put right, for it was not the host's.
 * @ends: ids of the hosts at the wire's first and second end, 0: not watched
 * Return: 0, -ENOMEM.
 */
int world_monitor_trace(struct world_monitor *m,
			const struct ostia_world_trace *ev,
			const uint32_t ends[2], bool ethernet);

/** world_monitor_tick() - It is @now: is anything overdue? O(connections). */
void world_monitor_tick(struct world_monitor *m, ostia_time now);

/** world_monitor_segments() - Segments that were judged so far. */
uint64_t world_monitor_segments(const struct world_monitor *m);

#endif
