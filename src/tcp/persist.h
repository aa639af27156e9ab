/* SPDX-License-Identifier: MIT */
/*
 * tcp/persist.h - probing a closed window (RFC 9293 3.8.6.1, RFC 6429)
 *
 * A window may stay closed for ever as long as the peer acknowledges probes;
 * that it answers no more is what ends a connection. Counts and intervals
 * only: the timer is tcp/timers.c's, the probe tcp/tx.c's.
 */
#ifndef OSTIA_TCP_PERSIST_H
#define OSTIA_TCP_PERSIST_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tcp_persist - Probes of one closed window
 * @probes:	sent since the peer last acknowledged anything
 * @backoff:	how often the interval has doubled
 */
struct tcp_persist {
	uint8_t probes;
	uint8_t backoff;
};

enum { TCP_PERSIST_BACKOFF_MAX = 10 }; /* 200 ms << 10 is past 120 s */

/** tcp_persist_wait_us() - Until the next probe: RTO, doubling, to 120 s. */
uint32_t tcp_persist_wait_us(const struct tcp_persist *p, uint32_t rto_us);

/** tcp_persist_on_probe() - One has been sent. */
void tcp_persist_on_probe(struct tcp_persist *p);

/** tcp_persist_on_acked() - The peer answered: it lives (RFC 6429 3). */
static inline void tcp_persist_on_acked(struct tcp_persist *p)
{
	p->probes = 0;
}

/** tcp_persist_open() - The window opened: start over. */
static inline void tcp_persist_open(struct tcp_persist *p)
{
	*p = (struct tcp_persist) { 0 };
}

/** tcp_persist_dead() - Are @retries2 probes in a row without any answer? */
static inline bool tcp_persist_dead(const struct tcp_persist *p,
				    uint32_t retries2)
{
	return p->probes >= retries2;
}

#endif
