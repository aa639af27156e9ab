/* SPDX-License-Identifier: MIT */
/*
 * tcp/nagle.h - when a small segment waits (RFC 9293 3.7.4, 3.8.6.2.1)
 *
 * A segment that is not full leaves if nothing is in flight (or Nagle is
 * off), or at a push that the window cuts to at least half of the largest
 * window ever seen; never while corked.
 */
#ifndef OSTIA_TCP_NAGLE_H
#define OSTIA_TCP_NAGLE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tcp_nagle - The facts
 * @queued:	octets that wait, unsent
 * @usable:	octets that the peer's window takes now
 * @mss:	of a full segment
 * @max_wnd:	largest window the peer ever offered
 * @corked:	TCP_CORK, or the last write said MSG_MORE
 */
struct tcp_nagle {
	uint32_t queued, usable, mss, max_wnd;
	bool small_in_flight; /* a segment that is not full is (Minshall) */
	bool nodelay, corked;
	bool at_once; /* urgent data is under way, or a FIN follows */
};

/** tcp_nagle_may_send() - May a segment leave now, full or not? */
static inline bool tcp_nagle_may_send(const struct tcp_nagle *n)
{
	if (n->queued >= n->mss && n->usable >= n->mss)
		return true;
	if (n->usable < n->queued) /* the window cuts it: SWS avoidance */
		return n->usable > 0 && n->usable >= n->max_wnd / 2;
	if (n->at_once)
		return true;
	if (n->corked)
		return false;
	return n->nodelay || !n->small_in_flight;
}

#endif
