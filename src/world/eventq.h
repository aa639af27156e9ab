/* SPDX-License-Identifier: MIT */
/*
 * world/eventq.h - what happens next
 *
 * A heap ordered by (time, sequence): of two things at the same time, the one
 * that was armed first comes first, so a run does not depend on how the heap
 * happens to lie. Each thing that can happen embeds one struct world_event
 * and is in the heap at most once; its place is reserved when the thing is
 * made, so arming never fails.
 */
#ifndef OSTIA_WORLD_EVENTQ_H
#define OSTIA_WORLD_EVENTQ_H

#include <ostia/types.h>
#include <stdbool.h>

/**
 * struct world_event - Something that may be due
 * @time: when, if armed
 * @pos:  place in the heap, from 1; 0: not armed
 * @kind: the owner's
 */
struct world_event {
	ostia_time time;
	uint32_t pos;
	uint32_t kind;
};

struct world_eventq_entry {
	ostia_time time;
	uint64_t seq;
	struct world_event *ev;
};

/**
 * struct world_eventq - The heap; zeroed is empty
 * @heap:     @n entries in use of @cap
 * @reserved: events that may be armed, <= @cap
 * @seq:      arms so far
 * @allocs:   times that it had to grow
 */
struct world_eventq {
	struct world_eventq_entry *heap;
	uint32_t n, cap, reserved;
	uint64_t seq;
	uint64_t allocs;
};

/** world_eventq_reserve() - A place for one more event. 0 or -ENOMEM. */
int world_eventq_reserve(struct world_eventq *q);

/** world_eventq_unreserve() - An event is no more; it is not armed. */
void world_eventq_unreserve(struct world_eventq *q);

/** world_eventq_arm() - Due at @t, behind all that is due then; moves an
 * armed one.
 */
void world_eventq_arm(struct world_eventq *q, struct world_event *ev,
		      ostia_time t);

/** world_eventq_disarm() - Not due any more; nothing if it was not. */
void world_eventq_disarm(struct world_eventq *q, struct world_event *ev);

/** world_eventq_pop() - Take the first one, or NULL. */
struct world_event *world_eventq_pop(struct world_eventq *q);

/** world_eventq_next() - When the first is due, OSTIA_NEVER: none. */
static inline ostia_time world_eventq_next(const struct world_eventq *q)
{
	return q->n ? q->heap[0].time : OSTIA_NEVER;
}

void world_eventq_fini(struct world_eventq *q);

#endif
