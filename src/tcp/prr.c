/* SPDX-License-Identifier: MIT */
#include "tcp/prr.h"

void tcp_prr_enter(struct tcp_prr *p, uint32_t recover_fs)
{
	*p = (struct tcp_prr) { .recover_fs = recover_fs ? recover_fs : 1 };
}

/* While too much is out: keep to ssthresh for each RecoverFS delivered. */
static int64_t proportional(const struct tcp_prr *p, uint32_t ssthresh)
{
	uint64_t out = ((uint64_t)p->delivered * ssthresh + p->recover_fs - 1) /
		       p->recover_fs;

	return (int64_t)out - p->out;
}

/* PRR-CRB: as much as was delivered; PRR-SSRB: one more on progress. */
static int64_t conservative(const struct tcp_prr *p, uint32_t delivered,
			    bool safe)
{
	int64_t owed = (int64_t)p->delivered - p->out;

	return (owed > delivered ? owed : delivered) + safe;
}

uint32_t tcp_prr_on_acked(struct tcp_prr *p, uint32_t ssthresh,
			  uint32_t delivered, uint32_t in_flight, bool safe)
{
	int64_t n;

	p->delivered += delivered;
	if (in_flight > ssthresh) {
		n = proportional(p, ssthresh);
	} else {
		n = conservative(p, delivered, safe);
		n = n < ssthresh - in_flight ? n : ssthresh - in_flight;
	}
	n = n > 0 ? n : 0;
	if (!p->out && !n)
		n = 1; /* the fast retransmit itself */
	return in_flight + (uint32_t)n;
}
