/* SPDX-License-Identifier: MIT */
/* tests/unit/tcp/sender_kit.h - a retransmission queue on a bench */
#ifndef OSTIA_TESTS_UNIT_TCP_SENDER_KIT_H
#define OSTIA_TESTS_UNIT_TCP_SENDER_KIT_H

#include "../lend.h"
#include "../test.h"
#include "tcp/rtx.h"

enum { KIT_MSS = 1000, KIT_ISS = 0xfffff000 }; /* wraps early */

struct kit {
	struct lend lend;
	struct ostia_env env;
	struct stats stats;
	struct tcp_rtx_mem m;
	struct tcp_rtx q;
	struct seq nxt;
};

static inline void kit_init(struct kit *k)
{
	*k = (struct kit) { .lend = { .left = -1 } };
	k->env = lend_env(&k->lend);
	tcp_rtx_mem_init(&k->m, &k->env, &k->stats, 42);
	tcp_rtx_init(&k->q);
	k->nxt = seq(KIT_ISS);
}

static inline void kit_fini(struct kit *k)
{
	tcp_rtx_check(&k->q, &k->m);
	tcp_rtx_clear(&k->q, &k->m);
	EQ(k->q.out | k->q.sacked | k->q.lost_segs | k->q.retrans, 0);
	EQ(tcp_rtx_mem_live(&k->m), 0);
	tcp_rtx_mem_fini(&k->m);
	EQ(k->lend.blocks, 0);
}

/* Sequence number of the @n-th segment. */
static inline struct seq kit_seq(uint32_t n)
{
	return seq(KIT_ISS + n * KIT_MSS);
}

/* @segs full segments leave as one record at @now. */
static inline struct tcp_rtx_rec *kit_send(struct kit *k, uint32_t segs,
					   ostia_time now)
{
	struct tcp_rtx_rec *r = tcp_rtx_append(
		&k->q, &k->m, k->nxt, segs * KIT_MSS, KIT_MSS, segs, 0, now);

	if (r) {
		k->nxt = r->end;
		r->delivered = 1;
		r->delivered_time = r->first_tx_time = 0;
	}
	return r;
}

/* Is the @n-th segment marked so? */
static inline bool kit_is(const struct kit *k, uint32_t n, uint8_t mark)
{
	const struct tcp_rtx_rec *r = tcp_rtx_find(&k->q, &k->m, kit_seq(n));

	return r && r->flags & mark;
}

#endif
