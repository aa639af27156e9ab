/* SPDX-License-Identifier: MIT */
#include "base/wheel.h"

#include <string.h>

static_assert(WHEEL_TICK_BITS + WHEEL_LEVELS * WHEEL_SLOT_BITS == 64,
	      "every time has a slot");

enum { SLOT_MASK = WHEEL_SLOTS - 1 };

static uint64_t tick_of(ostia_time t)
{
	return t >> WHEEL_TICK_BITS;
}

/* The level of the highest digit in which @tick differs from the present. */
static unsigned level_of(const struct wheel *w, uint64_t tick)
{
	uint64_t diff = tick ^ w->tick;

	if (diff == 0)
		return 0;
	return (unsigned)(63 - __builtin_clzll(diff)) / WHEEL_SLOT_BITS;
}

static unsigned slot_of(const struct wheel *w, uint64_t tick)
{
	unsigned level = level_of(w, tick);
	unsigned place = (tick >> (level * WHEEL_SLOT_BITS)) & SLOT_MASK;

	return level * WHEEL_SLOTS + place;
}

/* The first tick of a slot ahead: our digits above, its digit, zeros. */
static uint64_t first_tick(const struct wheel *w, unsigned slot)
{
	unsigned low = slot / WHEEL_SLOTS * WHEEL_SLOT_BITS;
	uint64_t above = w->tick >> low & ~(uint64_t)SLOT_MASK;

	return (above | (slot & SLOT_MASK)) << low;
}

/* The earliest slot in use; there is one. */
static unsigned first_slot(const struct wheel *w)
{
	unsigned level = (unsigned)__builtin_ctz(w->busy);

	return level * WHEEL_SLOTS + (unsigned)__builtin_ctzll(w->used[level]);
}

static void mark_used(struct wheel *w, unsigned slot)
{
	w->used[slot / WHEEL_SLOTS] |= UINT64_C(1) << (slot & SLOT_MASK);
	w->busy |= 1u << slot / WHEEL_SLOTS;
}

static void mark_unused(struct wheel *w, unsigned slot)
{
	unsigned level = slot / WHEEL_SLOTS;

	w->used[level] &= ~(UINT64_C(1) << (slot & SLOT_MASK));
	if (w->used[level] == 0)
		w->busy &= ~(1u << level);
}

static bool is_sorted(const struct wheel *w, unsigned slot)
{
	return slot < WHEEL_SLOTS && w->sorted >> slot & 1;
}

static void ring_before(struct wheel_node *where, struct wheel_node *node)
{
	node->next = where;
	node->prev = where->prev;
	where->prev->next = node;
	where->prev = node;
}

static void put_first(struct wheel *w, unsigned slot, struct wheel_node *node)
{
	node->next = node;
	node->prev = node;
	w->slot[slot] = node;
	mark_used(w, slot);
	if (slot < WHEEL_SLOTS)
		w->sorted |= UINT64_C(1) << slot;
}

/* Into a sorted ring, from behind; a node that belongs too far from the end
 * is left there instead, and the ring is sorted when its time comes.
 */
static void put_sorted(struct wheel *w, unsigned slot, struct wheel_node *node)
{
	struct wheel_node *head = w->slot[slot], *at = head;

	for (int i = 0; i < WHEEL_LOOK; i++) {
		if (at->prev->deadline <= node->deadline) {
			ring_before(at, node);
			return;
		}
		at = at->prev;
		if (at == head) {
			ring_before(head, node);
			w->slot[slot] = node;
			return;
		}
	}
	ring_before(head, node);
	w->sorted &= ~(UINT64_C(1) << slot);
}

/* A deadline that has passed waits in the present tick. */
static void put(struct wheel *w, struct wheel_node *node)
{
	uint64_t tick = tick_of(node->deadline);
	unsigned slot = slot_of(w, tick > w->tick ? tick : w->tick);

	node->slot = (uint16_t)slot;
	if (!w->slot[slot])
		put_first(w, slot, node);
	else if (is_sorted(w, slot))
		put_sorted(w, slot, node);
	else
		ring_before(w->slot[slot], node);
}

static void take(struct wheel *w, struct wheel_node *node)
{
	struct wheel_node *after = node->next;

	if (after == node) {
		w->slot[node->slot] = NULL;
		mark_unused(w, node->slot);
	} else {
		node->prev->next = after;
		after->prev = node->prev;
		if (w->slot[node->slot] == node)
			w->slot[node->slot] = after;
	}
	node->next = NULL;
	w->count--;
}

/* The earliest deadline of a ring, or @least if the ring is too long to see. */
static ostia_time ring_earliest(const struct wheel_node *head, ostia_time least)
{
	const struct wheel_node *node = head;
	ostia_time earliest = head->deadline;

	for (int i = 1; i < WHEEL_LOOK; i++) {
		node = node->next;
		if (node == head)
			return earliest;
		earliest = time_min(earliest, node->deadline);
	}
	return node->next == head ? earliest : least;
}

/* No deadline is earlier than this one. A crowd in the present tick may hold
 * deadlines that have passed: of it we know only what we knew.
 */
static ostia_time earliest(const struct wheel *w)
{
	uint64_t tick;
	unsigned slot;

	if (w->busy == 0)
		return OSTIA_NEVER;
	slot = first_slot(w);
	if (is_sorted(w, slot))
		return w->slot[slot]->deadline;
	tick = first_tick(w, slot);
	return ring_earliest(w->slot[slot], tick == w->tick
						    ? w->next
						    : tick << WHEEL_TICK_BITS);
}

static void wheel_check(const struct wheel *w)
{
	assert((w->count == 0) == (w->busy == 0));
	assert(w->busy == 0 || first_tick(w, first_slot(w)) >= w->tick);
}

void wheel_init(struct wheel *w, ostia_time now)
{
	memset(w, 0, sizeof(*w));
	w->tick = tick_of(now);
	w->next = OSTIA_NEVER;
	wheel_check(w);
}

void wheel_disarm(struct wheel *w, struct wheel_node *node)
{
	if (!wheel_armed(node))
		return;
	take(w, node);
	if (node->deadline <= w->next)
		w->next = earliest(w);
	wheel_check(w);
}

void wheel_arm(struct wheel *w, struct wheel_node *node, ostia_time deadline)
{
	wheel_disarm(w, node);
	node->deadline = deadline;
	if (deadline == OSTIA_NEVER)
		return;
	put(w, node);
	w->count++;
	w->next = time_min(w->next, deadline);
	wheel_check(w);
}

/* Merges two sorted chains, linked by next alone; of equals, @a's go first. */
static struct wheel_node *merge(struct wheel_node *a, struct wheel_node *b)
{
	struct wheel_node *head = NULL, **end = &head;

	while (a && b) {
		struct wheel_node **from = b->deadline < a->deadline ? &b : &a;

		*end = *from;
		end = &(*from)->next;
		*from = *end;
	}
	*end = a ? a : b;
	return head;
}

/* Cuts the longest sorted beginning off the chain at *@rest. */
static struct wheel_node *cut_run(struct wheel_node **rest)
{
	struct wheel_node *head = *rest, *last = head;

	while (last->next && last->next->deadline >= last->deadline)
		last = last->next;
	*rest = last->next;
	last->next = NULL;
	return head;
}

/* A stable merge sort of runs: pile[i] has swallowed 2^i of them, and an
 * older pile is the left side of every merge.
 */
static struct wheel_node *sort_chain(struct wheel_node *rest)
{
	struct wheel_node *pile[32] = { NULL }, *run;
	unsigned i;

	while (rest) {
		run = cut_run(&rest);
		for (i = 0; pile[i]; i++) {
			run = merge(pile[i], run);
			pile[i] = NULL;
		}
		pile[i] = run;
	}
	for (run = NULL, i = 0; i < 32; i++)
		run = merge(pile[i], run);
	return run;
}

static void sort_slot(struct wheel *w, unsigned slot)
{
	struct wheel_node *head = w->slot[slot], *node;

	head->prev->next = NULL;
	head = sort_chain(head);
	for (node = head; node->next; node = node->next)
		node->next->prev = node;
	node->next = head;
	head->prev = node;
	w->slot[slot] = head;
	w->sorted |= UINT64_C(1) << slot;
}

/* Time enters a coarse slot: its nodes find their places on finer levels. */
static void cascade(struct wheel *w, unsigned slot)
{
	struct wheel_node *node = w->slot[slot], *next;

	w->tick = first_tick(w, slot);
	w->slot[slot] = NULL;
	mark_unused(w, slot);
	node->prev->next = NULL;
	for (; node; node = next) {
		next = node->next;
		put(w, node);
	}
}

/* Brings the earliest deadlines into a sorted slot of level 0. False when
 * all slots in use begin after @now.
 */
static bool settle(struct wheel *w, uint64_t now_tick)
{
	while (w->busy) {
		unsigned slot = first_slot(w);

		if (first_tick(w, slot) > now_tick)
			return false;
		if (slot < WHEEL_SLOTS) {
			if (!is_sorted(w, slot))
				sort_slot(w, slot);
			return true;
		}
		cascade(w, slot);
	}
	return false;
}

/* Nothing is due: what is in use lies ahead of @now_tick or in it. Not done
 * after each node, since who stops early finds @next too low, not too high.
 */
static void pause_at(struct wheel *w, uint64_t now_tick)
{
	if (now_tick > w->tick)
		w->tick = now_tick;
	w->next = earliest(w);
}

struct wheel_node *wheel_expire(struct wheel *w, ostia_time now)
{
	uint64_t now_tick = tick_of(now);
	struct wheel_node *node = NULL;

	if (settle(w, now_tick)) {
		unsigned slot = first_slot(w);

		node = w->slot[slot];
		if (node->deadline <= now) {
			w->tick = first_tick(w, slot);
			take(w, node);
		} else {
			node = NULL;
		}
	}
	if (!node)
		pause_at(w, now_tick);
	wheel_check(w);
	return node;
}
