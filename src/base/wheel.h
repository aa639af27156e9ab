/* SPDX-License-Identifier: MIT */
/*
 * base/wheel.h - a hierarchical timing wheel, exact and deterministic
 *
 * Millions of deadlines, armed and disarmed in constant time, no memory but
 * the nodes themselves (Varghese and Lauck, 1987). A tick is 65.5 us; eight
 * levels of 64 slots cover all of time. A node waits in a coarse slot and
 * moves to a finer one when time enters its slot, so it is touched at most
 * once a level; in the finest slot deadlines are sorted to the ns. So nodes
 * expire in the order of their deadlines, equal ones in the order they were
 * armed, none early, whatever steps time takes.
 *
 * Entering a coarse slot touches every node in it. Things that all wait
 * equally long, by the million, are better kept in a fifo with one node here.
 *
 * Who owns a node knows what it is for; the wheel calls nobody:
 *
 *	while ((n = wheel_expire(w, now)))
 *		conn_on_timer(list_entry(n, struct conn, timer), now);
 */
#ifndef OSTIA_BASE_WHEEL_H
#define OSTIA_BASE_WHEEL_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

enum {
	WHEEL_TICK_BITS = 16, /* a tick is 2^16 ns */
	WHEEL_SLOT_BITS = 6,
	WHEEL_SLOTS = 1 << WHEEL_SLOT_BITS,
	WHEEL_LEVELS = 8, /* 16 + 8 * 6 = 64 bits: every time has a slot */
	WHEEL_LOOK = 16, /* nodes looked at, at most, by arm and disarm */
};

/**
 * struct wheel_node - A deadline, embedded in the thing that waits
 * @next:	the ring of its slot; NULL: not armed
 * @deadline:	when, ns; what it was last when not armed
 * @slot:	level * WHEEL_SLOTS + place, for the wheel
 * @kind:	free for the owner: which of his timers this is
 * @word:	free for the owner
 *
 * Zeroed is a node that is not armed.
 */
struct wheel_node {
	struct wheel_node *next;
	struct wheel_node *prev;
	ostia_time deadline;
	uint16_t slot;
	uint16_t kind;
	uint32_t word;
};

static_assert(WHEEL_LEVELS * WHEEL_SLOTS <= UINT16_MAX, "a slot's number");

static_assert(sizeof(struct wheel_node) <= 32, "one per connection");

/**
 * struct wheel - Many deadlines
 * @tick:	the present, in ticks
 * @next:	no deadline is earlier; exact unless many share a slot
 * @count:	nodes armed
 * @busy:	bit l: level l has nodes
 * @used:	per level, bit s: slot s has nodes
 * @sorted:	bit s: slot s of level 0 is in order of deadlines
 * @slot:	first node of each ring
 *
 * Invariants: a node stands on the level of the highest digit, base 64, in
 * which its tick differs from @tick, so every used slot lies ahead of @tick,
 * and all of a level comes before all of the next.
 */
struct wheel {
	uint64_t tick;
	ostia_time next;
	uint32_t count;
	uint32_t busy;
	uint64_t sorted;
	uint64_t used[WHEEL_LEVELS];
	struct wheel_node *slot[WHEEL_LEVELS * WHEEL_SLOTS];
};

/** wheel_init() - An empty wheel at the time @now. */
void wheel_init(struct wheel *w, ostia_time now);

/**
 * wheel_arm() - Wait until @deadline, instead of any earlier arrangement
 * @node:	lent to the wheel until it expires or is disarmed
 * @deadline:	ns; one in the past expires at once, OSTIA_NEVER disarms
 */
void wheel_arm(struct wheel *w, struct wheel_node *node, ostia_time deadline);

/** wheel_disarm() - Wait no more; harmless for a node that is not armed. */
void wheel_disarm(struct wheel *w, struct wheel_node *node);

static inline bool wheel_armed(const struct wheel_node *node)
{
	return node->next;
}

/** wheel_count() - How many nodes are armed. */
static inline uint32_t wheel_count(const struct wheel *w)
{
	return w->count;
}

/**
 * wheel_next_deadline() - When to call wheel_expire() next, at the latest
 *
 * Never too late; OSTIA_NEVER when nothing is armed. Exact after a NULL from
 * wheel_expire() as long as the earliest slot holds at most WHEEL_LOOK nodes;
 * too early costs one call that finds nothing.
 */
static inline ostia_time wheel_next_deadline(const struct wheel *w)
{
	return w->next;
}

/**
 * wheel_expire() - Time passes: take out the next node that is due
 * @now:	ns; less than before counts as before
 *
 * Returns a node, disarmed, whose deadline is <= @now, or NULL when there
 * is none. Call until NULL. Nodes may be armed and disarmed between calls;
 * one that is armed for @now or earlier comes out in the same round.
 */
struct wheel_node *wheel_expire(struct wheel *w, ostia_time now);

#endif
