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

/** tcp_prr_enter() - @in_flight: as RFC 9937 5 defines RecoverFS. */
void tcp_prr_enter(struct tcp_prr *p, uint32_t recover_fs);

/**
 * tcp_prr_on_acked() - The window for this ACK (RFC 9937 6.2)
 * @delivered:	segments newly delivered by it (DeliveredData)
 * @in_flight:	pipe now
 * @good:	SND.UNA advanced and nothing new was marked lost (SafeACK)
 * @fast_retransmit: this is the ACK that began the recovery
 * Return: cwnd.
 */
uint32_t tcp_prr_on_acked(struct tcp_prr *p, uint32_t ssthresh,
			  uint32_t delivered, uint32_t in_flight, bool safe,
			  bool fast_retransmit);

static inline void tcp_prr_on_sent(struct tcp_prr *p, uint32_t segs)
{
	p->out += segs;
}

#endif
