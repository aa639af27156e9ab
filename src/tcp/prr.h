/* SPDX-License-Identifier: MIT */
/*
 * tcp/prr.h - proportional rate reduction (RFC 9937)
 *
 * How much may leave on each ACK of a recovery so that the window arrives at
 * ssthresh when recovery ends. Counts are segments.
 */
#ifndef OSTIA_TCP_PRR_H
#define OSTIA_TCP_PRR_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tcp_prr - One recovery
 * @delivered:		prr_delivered
 * @out:		prr_out
 * @recover_fs:		RecoverFS: flight when it began (>= 1)
 */
struct tcp_prr {
	uint32_t delivered;
	uint32_t out;
	uint32_t recover_fs;
};

/** tcp_prr_enter() - An episode begins; @recover_fs as section 6.1 counts. */
void tcp_prr_enter(struct tcp_prr *p, uint32_t recover_fs);

/**
 * tcp_prr_on_acked() - The window for this ACK (6.2)
 * @delivered:	segments newly delivered by it (DeliveredData, not 0)
 * @in_flight:	pipe now
 * @safe:	SafeACK: SND.UNA advanced and nothing new was marked lost
 * Return: cwnd.
 */
uint32_t tcp_prr_on_acked(struct tcp_prr *p, uint32_t ssthresh,
			  uint32_t delivered, uint32_t in_flight, bool safe);

/** tcp_prr_on_sent() - 6.3: anything left, new or old. */
static inline void tcp_prr_on_sent(struct tcp_prr *p, uint32_t segs)
{
	p->out += segs;
}

#endif
