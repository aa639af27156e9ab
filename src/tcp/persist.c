/* SPDX-License-Identifier: MIT */
#include "tcp/persist.h"

#include "tcp/rtt.h"

uint32_t tcp_persist_wait_us(const struct tcp_persist *p, uint32_t rto_us)
{
	uint64_t us = (uint64_t)rto_us << p->backoff;

	return us < TCP_RTO_MAX_US ? (uint32_t)us : TCP_RTO_MAX_US;
}

void tcp_persist_on_probe(struct tcp_persist *p)
{
	p->probes += p->probes < UINT8_MAX;
	p->backoff += p->backoff < TCP_PERSIST_BACKOFF_MAX;
}
