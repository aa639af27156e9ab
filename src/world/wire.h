/* SPDX-License-Identifier: MIT */
/*
 * world/wire.h - two lanes, one each way, and what befalls packets on them
 *
 * A packet enters a lane (world_wire_send), is judged by its faults, may wait
 * for the rate, flies, and arrives at the port at the other end. Packets that
 * keep their order fly in a queue with one event for its head; those that
 * jitter or reordering lets overtake fly in a heap beside it.
 */
#ifndef OSTIA_WORLD_WIRE_H
#define OSTIA_WORLD_WIRE_H

#include "world/fate.h"
#include "world/queue.h"
#include "world/world.h"

struct world_late;

/**
 * struct world_lane - One direction of a wire
 * @ev:	    due when the next packet arrives
 * @random: the faults need dice
 * @whole:  super-segments pass as they are: offload, and no fault but a delay
 * @periodic: so do those of which periodic loss, the only other fault, takes
 *	    no packet
 * @free_at: when the rate lets the next packet begin
 * @head, @tail: in flight, in order; pkt->when is the arrival
 * @last:   arrival of the last of them
 * @late:   in flight beside them, by (arrival, sequence)
 * @spare:  records for @late, not in use
 * @left:   ring of @ring_cap departure times (packets that wait for the rate)
 * @queue:  what waits for the rate, if a discipline has it; NULL: the ring
 * @idle:   records of it, not in use
 * @bytes_in_flight: for a limit in bytes without a rate
 */
struct world_lane {
	struct world_event ev;
	struct ostia_wire *wire;
	struct world_port *from, *to;
	struct world_fates fates;
	bool random;
	bool whole;
	bool periodic;
	bool cut;
	uint8_t dir;
	ostia_time free_at;
	struct ostia_pkt *head, **tail;
	ostia_time last;
	struct world_eventq late;
	struct world_late *spare;
	ostia_time *left;
	uint32_t ring_cap, ring_first, ring_n;
	struct world_queue *queue;
	struct world_waiting *idle;
	uint64_t bytes_in_flight;
	uint64_t allocs;
	struct ostia_wire_stats stats;
};

struct ostia_wire {
	struct list wires;
	struct ostia_world *world;
	struct world_port end[2];
	struct world_lane lane[2];
	ostia_time hop;
	uint32_t mtu;
	uint32_t id;
	uint8_t type; /* enum ostia_link_type */
	bool offload;
	char name[WORLD_NAME_MAX];
};

/** world_wire_send() - Takes @p, which leaves by @port now. */
void world_wire_send(struct world_port *port, struct ostia_pkt *p);

/** world_wire_arrive() - What is due goes to the port at the end. */
void world_wire_arrive(struct world_lane *l);

void world_wire_free(struct ostia_wire *wire);

/** world_wire_remove() - The same, while the world goes on. */
void world_wire_remove(struct ostia_wire *wire);
uint64_t world_wire_allocs(const struct ostia_wire *wire);

#endif
