/* SPDX-License-Identifier: MIT */
/*
 * world/queue.h - disciplines of the queue before a wire's rate
 *
 * A discipline decides what waits, what leaves next, and what is dropped or
 * marked (CE) so that no queue stands: CoDel (world/codel.c), FQ-CoDel
 * (world/fqcodel.c), DualPI2 (world/dualpi2.c). It sees packets as records
 * with a flow, a length and a codepoint; the wire holds the clock, tells of
 * what was dropped, and writes the marks. All is in integers and without dice:
 * the same packets at the same times have the same fate on every machine.
 */
#ifndef OSTIA_WORLD_QUEUE_H
#define OSTIA_WORLD_QUEUE_H

#include "base/pkt.h"

#include <ostia/world.h>

enum { WORLD_QUEUE_MTU = 1514 };

/**
 * struct world_waiting - A packet that waits
 * @flow:	what world_fate_flow_id() calls it
 * @since:	when it came
 * @delay:	its time of flight, later
 * @ecn:	codepoint of its IP header
 * @mark:	it leaves with CE
 * @full:	dropped for want of room, not by the discipline
 */
struct world_waiting {
	struct world_waiting *next;
	struct ostia_pkt *pkt;
	uint64_t flow;
	ostia_time since, delay;
	uint32_t len;
	uint32_t bit;
	uint8_t ecn, flags;
	bool mark, full;
};

/** struct world_waitq - Some of them, in order */
struct world_waitq {
	struct world_waiting *head, **tail;
	uint32_t n;
	uint64_t bytes;
};

void world_waitq_init(struct world_waitq *q);
void world_waitq_add(struct world_waitq *q, struct world_waiting *w);
/** world_waitq_take() - The first, or NULL. */
struct world_waiting *world_waitq_take(struct world_waitq *q);

/** world_waiting_mark() - Mark @w if it may be. Return: it was. */
static inline bool world_waiting_mark(struct world_waiting *w, bool ecn)
{
	if (!ecn || !w->ecn)
		return false;
	w->mark = true;
	return true;
}

struct world_queue;

/**
 * struct world_queue_ops - A discipline
 * @add:	takes @w; what must go for it goes to @dropped
 * @take:	what leaves at @now, NULL: nothing waits any more
 */
struct world_queue_ops {
	size_t (*size)(const struct ostia_faults *f);
	void (*init)(struct world_queue *q, ostia_time now);
	void (*add)(struct world_queue *q, struct world_waiting *w,
		    ostia_time now);
	struct world_waiting *(*take)(struct world_queue *q, ostia_time now);
};

/**
 * struct world_queue - Head of every discipline's state
 * @f:		its parameters, those that were not given filled in
 * @n, @bytes:	what waits
 * @dropped:	for the wire to tell of
 */
struct world_queue {
	const struct world_queue_ops *ops;
	struct ostia_faults f;
	uint32_t n;
	uint64_t bytes;
	struct world_waitq dropped;
};

extern const struct world_queue_ops world_codel, world_fqcodel, world_dualpi2;

/** world_queue_new() - As @f says. Return: 0 and *@out (NULL: first in, first
 * out, which the wire does itself); -ENOMEM.
 */
int world_queue_new(const struct ostia_faults *f, ostia_time now,
		    struct world_queue **out);

/** world_queue_drop() - Put @w among the dropped. */
static inline void world_queue_drop(struct world_queue *q,
				    struct world_waiting *w, bool full)
{
	w->full = full;
	q->n--;
	q->bytes -= w->len;
	world_waitq_add(&q->dropped, w);
}

/** struct world_codel_state - RFC 8289 5.3, by its names */
struct world_codel_state {
	ostia_time first_above, drop_next;
	uint32_t count, lastcount;
	bool dropping;
};

/**
 * world_codel_take() - CoDel's dequeue (RFC 8289 5.5) on one queue
 * @q:	   whose parameters, and where the dropped go
 * @from:  the queue
 */
struct world_waiting *world_codel_take(struct world_queue *q,
				       struct world_codel_state *c,
				       struct world_waitq *from,
				       ostia_time now);

#endif
