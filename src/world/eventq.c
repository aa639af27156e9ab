/* SPDX-License-Identifier: MIT */
/* A heap with four children a node: half as deep as a binary one, and the
 * children of a node share one and a half cache lines.
 */
#include "world/eventq.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { WAYS = 4 };

static bool before(const struct world_eventq_entry *a,
		   const struct world_eventq_entry *b)
{
	return a->time != b->time ? a->time < b->time : a->seq < b->seq;
}

static void put(struct world_eventq *q, uint32_t i,
		const struct world_eventq_entry *e)
{
	q->heap[i] = *e;
	e->ev->pos = i + 1;
}

static void sift_up(struct world_eventq *q, uint32_t i,
		    struct world_eventq_entry e)
{
	while (i > 0) {
		uint32_t parent = (i - 1) / WAYS;

		if (!before(&e, &q->heap[parent]))
			break;
		put(q, i, &q->heap[parent]);
		i = parent;
	}
	put(q, i, &e);
}

static uint32_t least_child(const struct world_eventq *q, uint32_t i)
{
	uint32_t first = i * WAYS + 1, least = first;
	uint32_t end = first + WAYS < q->n ? first + WAYS : q->n;

	for (uint32_t c = first + 1; c < end; c++)
		if (before(&q->heap[c], &q->heap[least]))
			least = c;
	return least;
}

static void sift_down(struct world_eventq *q, uint32_t i,
		      struct world_eventq_entry e)
{
	while (i * WAYS + 1 < q->n) {
		uint32_t child = least_child(q, i);

		if (!before(&q->heap[child], &e))
			break;
		put(q, i, &q->heap[child]);
		i = child;
	}
	put(q, i, &e);
}

int world_eventq_reserve(struct world_eventq *q)
{
	uint32_t cap = q->cap ? q->cap * 2 : 64;
	struct world_eventq_entry *heap;

	if (q->reserved < q->cap) {
		q->reserved++;
		return 0;
	}
	heap = realloc(q->heap, cap * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	q->heap = heap;
	q->cap = cap;
	q->reserved++;
	q->allocs++;
	return 0;
}

void world_eventq_unreserve(struct world_eventq *q)
{
	assert(q->reserved > 0);
	q->reserved--;
}

void world_eventq_arm(struct world_eventq *q, struct world_event *ev,
		      ostia_time t)
{
	struct world_eventq_entry e = { .time = t, .seq = q->seq++, .ev = ev };

	ev->time = t;
	if (!ev->pos) {
		assert(q->n < q->reserved);
		sift_up(q, q->n++, e);
	} else if (before(&e, &q->heap[ev->pos - 1])) {
		sift_up(q, ev->pos - 1, e);
	} else {
		sift_down(q, ev->pos - 1, e);
	}
}

void world_eventq_disarm(struct world_eventq *q, struct world_event *ev)
{
	uint32_t i = ev->pos - 1;
	struct world_eventq_entry last;

	if (!ev->pos)
		return;
	ev->pos = 0;
	last = q->heap[--q->n];
	if (last.ev == ev)
		return;
	if (i > 0 && before(&last, &q->heap[(i - 1) / WAYS]))
		sift_up(q, i, last);
	else
		sift_down(q, i, last);
}

struct world_event *world_eventq_pop(struct world_eventq *q)
{
	struct world_event *ev;

	if (!q->n)
		return NULL;
	ev = q->heap[0].ev;
	world_eventq_disarm(q, ev);
	return ev;
}

void world_eventq_fini(struct world_eventq *q)
{
	free(q->heap);
	*q = (struct world_eventq) { 0 };
}
