/* SPDX-License-Identifier: MIT */
/*
 * world/fate.h - what befalls the n-th packet of a flow
 *
 * Every random decision is a keyed hash of (seed, wire, direction, flow, n,
 * kind), not the next number of a generator: so a packet's fate does not
 * depend on what other flows do, and the same seed gives the same faults
 * whatever else happens. A flow is what its addresses, protocol and ports
 * name; packets without ports (ARP, fragments, ICMP) count by what they have.
 *
 * This room decides; world/wire.c carries out.
 */
#ifndef OSTIA_WORLD_FATE_H
#define OSTIA_WORLD_FATE_H

#include "base/siphash.h"

#include <ostia/world.h>
#include <stdbool.h>

/* What a draw is for; part of the hash. */
enum world_fate_kind {
	WORLD_FATE_LOSS,
	WORLD_FATE_DUPLICATE,
	WORLD_FATE_CORRUPT,
	WORLD_FATE_REORDER,
	WORLD_FATE_DELAY,
	WORLD_FATE_CORRELATED, /* kinds above remember their last draw */
	WORLD_FATE_BURST = WORLD_FATE_CORRELATED,
	WORLD_FATE_BURST_LOSS,
	WORLD_FATE_BIT,
	WORLD_FATE_MARK,
	WORLD_FATE_KINDS
};

enum { WORLD_FATE_MAX_FLOWS = 1 << 17 };

/**
 * struct world_flow - What is remembered of a flow in one direction
 * @id:   its hash, 0: the slot is free
 * @n:    packets so far
 * @bad:  Gilbert-Elliott's state
 * @last: last draws, for correlations
 */
struct world_flow {
	uint64_t id;
	uint64_t n;
	uint32_t last[WORLD_FATE_CORRELATED];
	bool bad;
};

/**
 * struct world_fates - The dice of one direction of a wire
 * @key:	of seed, wire and direction
 * @faults:	what may happen
 * @flows:	@cap slots, @used in use; open addressing
 * @packets:	all that came by, of any flow
 * @evicted:	flows forgotten because there were too many
 * @spare:	stands for any flow while there is no memory for a table
 *
 * When the table cannot grow any more (WORLD_FATE_MAX_FLOWS, or no memory), a
 * new flow takes an old one's slot and starts to count where @packets stands,
 * so that even then no packet meets the same fate for ever.
 */
struct world_fates {
	struct siphash_key key;
	struct ostia_faults faults;
	struct world_flow *flows;
	uint32_t cap, used;
	uint64_t packets;
	uint64_t evicted;
	uint64_t allocs;
	struct world_flow spare;
	uint32_t since_reorder; /* netem's counter for `gap` */
};

/**
 * struct world_fate - The decision about one packet (or its duplicate)
 * @lost:	enum ostia_fate LOST or BURST, else SENT
 * @delay:	ns, jitter included; not with @reordered
 */
struct world_fate {
	uint8_t lost;
	bool corrupted, marked, reordered;
	uint32_t bit;
	ostia_time delay;
};

void world_fate_init(struct world_fates *f, uint64_t seed, uint32_t wire,
		     unsigned dir);
void world_fate_fini(struct world_fates *f);

/** world_fate_set() - Other faults from now on; flows keep their counts. */
void world_fate_set(struct world_fates *f, const struct ostia_faults *faults);

/** world_fate_is_random() - Is there anything to draw for? */
bool world_fate_is_random(const struct ostia_faults *faults);

/**
 * world_fate_flow_id() - The flow that a packet belongs to
 * @head: its first @n contiguous bytes (100 are plenty)
 */
uint64_t world_fate_flow_id(const struct world_fates *f, const uint8_t *head,
			    size_t n, bool ethernet);

/** world_fate_next() - Count one packet of flow @id; its record. */
struct world_flow *world_fate_next(struct world_fates *f, uint64_t id);

/**
 * world_fate_spares() - Does periodic loss take none of the next @n packets?
 *
 * Of flow @id, with loss_every and no other dice. If so they are counted.
 */
bool world_fate_spares(struct world_fates *f, uint64_t id, unsigned n);

/** world_fate_twice() - Shall this packet be duplicated? */
bool world_fate_twice(struct world_fates *f, struct world_flow *flow);

/**
 * world_fate_decide() - What befalls it
 * @copy: 0 the packet, 1 its duplicate
 * @len:  bytes of the packet
 */
struct world_fate world_fate_decide(struct world_fates *f,
				    struct world_flow *flow, unsigned copy,
				    uint32_t len);

#endif
