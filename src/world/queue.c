/* SPDX-License-Identifier: MIT */
#include "world/queue.h"

#include <errno.h>
#include <stdlib.h>

void world_waitq_init(struct world_waitq *q)
{
	*q = (struct world_waitq) { .tail = &q->head };
}

void world_waitq_add(struct world_waitq *q, struct world_waiting *w)
{
	w->next = NULL;
	*q->tail = w;
	q->tail = &w->next;
	q->n++;
	q->bytes += w->len;
}

struct world_waiting *world_waitq_take(struct world_waitq *q)
{
	struct world_waiting *w = q->head;

	if (!w)
		return NULL;
	q->head = w->next;
	if (!q->head)
		q->tail = &q->head;
	q->n--;
	q->bytes -= w->len;
	return w;
}

static const struct {
	const struct world_queue_ops *ops;
	uint32_t limit;
	ostia_time target, interval;
} kinds[OSTIA_QUEUES] = {
	[OSTIA_QUEUE_CODEL] = { &world_codel, 1000, 5 * OSTIA_MS,
				100 * OSTIA_MS },
	[OSTIA_QUEUE_FQ_CODEL] = { &world_fqcodel, 10240, 5 * OSTIA_MS,
				   100 * OSTIA_MS },
	[OSTIA_QUEUE_DUALPI2] = { &world_dualpi2, 10000, 15 * OSTIA_MS,
				  16 * OSTIA_MS },
};

static void fill_in(struct ostia_faults *f)
{
	if (!f->limit)
		f->limit = kinds[f->queue].limit;
	if (!f->target)
		f->target = kinds[f->queue].target;
	if (!f->interval)
		f->interval = kinds[f->queue].interval;
	if (!f->step)
		f->step = OSTIA_MS;
	if (!f->flows)
		f->flows = 1024;
	if (!f->quantum)
		f->quantum = WORLD_QUEUE_MTU;
}

int world_queue_new(const struct ostia_faults *f, ostia_time now,
		    struct world_queue **out)
{
	struct ostia_faults full = *f;
	struct world_queue *q;

	*out = NULL;
	if (f->queue == OSTIA_QUEUE_FIFO)
		return 0;
	fill_in(&full);
	q = calloc(1, kinds[f->queue].ops->size(&full));
	if (!q)
		return -ENOMEM;
	q->ops = kinds[f->queue].ops;
	q->f = full;
	world_waitq_init(&q->dropped);
	q->ops->init(q, now);
	*out = q;
	return 0;
}
