/* SPDX-License-Identifier: MIT */
/*
 * record/view.h - what a recording is about: hosts, conversations, and which
 * call, segment and acknowledgment belong together
 *
 * view_read() goes through a recording once and keeps what joins its events:
 * a few words a call, a packet and a conversation. Whoever prints goes through
 * it a second time and asks here. Half a gigabyte holds ten million events.
 *
 * An *end* is a connection as one host has it: (node, id). A *conversation* is
 * what addresses and ports name, from one SYN to the next of the same; of
 * other protocols, all packets between two addresses and ports.
 */
#ifndef OSTIA_RECORD_VIEW_H
#define OSTIA_RECORD_VIEW_H

#include "record/index.h"
#include "record/seen.h"

#include <ostia/record.h>
#include <ostia/world.h>

enum {
	VIEW_NAME = 64,
	VIEW_HOSTS_MAX = 1 << 16,
	VIEW_CONVS_MAX = 1 << 22,
	VIEW_DROPPED = OSTIA_FATES,
};

/**
 * struct view_host - A node
 * @addr: its first address but loopback's, "10.0.0.1/24"; "" none
 * @active: it called, or a packet of it was seen; @calls: the former
 * @forwards: packets of others passed it
 */
struct view_host {
	uint32_t id, type;
	bool active, calls, forwards;
	char name[VIEW_NAME], addr[VIEW_NAME];
};

/** struct view_proc - A process, by (node, id) */
struct view_proc {
	uint32_t node, proc;
	char name[VIEW_NAME];
};

/** struct view_wire - @ethernet: packets on it begin with that header */
struct view_wire {
	uint32_t id, end[2];
	bool ethernet;
	char name[VIEW_NAME];
};

/** struct view_point - So much of a stream, at this time */
struct view_point {
	ostia_time time;
	uint64_t offset;
	uint64_t call; /* of reads */
};

/**
 * struct view_end - A connection as a host has it
 * @conv: INDEX_NONE: no packet told; @side: which of its ends
 * @read: what its program read, in order
 * @acked: what was acknowledged of what it sent, when that was heard
 */
struct view_end {
	uint32_t node;
	uint64_t conn;
	int64_t conv;
	int side;
	struct view_point *read, *acked;
	uint32_t nread, nacked, read_cap, acked_cap;
};

/**
 * struct view_conv - A conversation; [0] is who began
 * @end:     INDEX_NONE: nobody tells of this end
 * @isn:     sequence number that counts as 0; @known: a SYN told it
 * @node:    where packets come from, 0: not known
 * @packets, @bytes, @lost, @resent: of each side, payload alone
 */
struct view_conv {
	uint8_t proto;
	uint8_t addr[2][16];
	uint16_t port[2];
	int64_t end[2];
	uint32_t node[2];
	uint32_t isn[2];
	bool known[2], any[2];
	ostia_time first, last;
	uint64_t packets[2], bytes[2], lost[2], resent[2];
};

/**
 * struct view_call - A call
 * @from, @to: bytes of the stream that it wrote or read; equal: none
 */
struct view_call {
	ostia_time time;
	uint64_t id, conn, from, to;
	uint32_t node, proc;
	int32_t fd;
	int32_t result;
	bool returned, out;
	bool makes, connects; /* socket(), accept(); connect() */
};

/**
 * struct view_pkt - What became of a packet
 * @node: who made it; @hop: + 1: the first box on its way; 0: none
 * @ack:  what it acknowledges, if it @acks
 * @fate: enum ostia_fate, or VIEW_DROPPED: a box on its way did that
 */
struct view_pkt {
	ostia_time arrive;
	uint32_t conv, node, hop, ack;
	uint8_t fate, side;
	bool acks;
};

/**
 * struct view_hop - A packet in a box (record/way.h)
 * @go: when it left; 0: it did not. @why: the counter that tells; -1: none
 */
struct view_hop {
	ostia_time come, go;
	uint32_t node, next;
	int why;
};

struct view {
	struct view_host *host;
	struct view_proc *proc;
	struct view_wire *wire;
	struct view_end *end;
	struct view_conv *conv;
	struct view_call *call;
	struct view_pkt *pkt;
	struct view_hop *hop;
	uint32_t nhosts, nprocs, nwires, nends, nconvs, ncalls, npkts, nhops;
	uint32_t host_cap, proc_cap, wire_cap, end_cap, conv_cap, call_cap,
		pkt_cap, hop_cap;
	struct index_map hosts, procs, wires, ends, convs, calls, pkts;
	ostia_time begin, last;
	uint64_t events;
	struct ostia_record_info info; /* once it was read */
	bool begun, any_wire;
};

/**
 * view_read() - Read all of @rec, and rewind it
 * Return: 0; -ENOMEM; -ESPIPE: it cannot be read twice; what read() said.
 */
int view_read(struct view *v, struct ostia_record *rec);
void view_fini(struct view *v);

const struct view_host *view_host(const struct view *v, uint32_t node);
const struct view_call *view_call(const struct view *v, uint32_t node,
				  uint64_t call);
const struct view_end *view_end(const struct view *v, uint32_t node,
				uint64_t conn);
const struct view_pkt *view_pkt(const struct view *v, uint64_t pkt);
const char *view_proc(const struct view *v, uint32_t node, uint32_t proc);

/** view_leaves() - Is this a packet that a host sends (not one on its way)? */
bool view_leaves(const struct view *v, const struct ostia_record_event *ev);

/** view_packet() - The bytes of a packet that an event tells of, read. */
bool view_packet(const struct ostia_record_event *ev, struct seen *s);

/** view_when() - When [.., @offset) was reached; NULL: never. */
const struct view_point *view_when(const struct view_point *p, uint32_t n,
				   uint64_t offset);

/** view_moment() - The time of @time, which counts from the beginning. */
static inline ostia_time view_moment(const struct view *v, ostia_time time)
{
	return time < OSTIA_NEVER - v->begin ? v->begin + time : OSTIA_NEVER;
}

/**
 * view_until() - Tell @take each event until @time, and rewind
 * @time: ns since the recording began; OSTIA_NEVER: all of it
 * Events of that very moment are told: a table is whole. Return: 0; what @take
 * said, if it said anything else; what read() said.
 */
int view_until(const struct view *v, struct ostia_record *rec, ostia_time time,
	       int (*take)(void *ctx, const struct ostia_record_event *ev),
	       void *ctx);

/** view_name() - "10.0.0.1:80", "[fd00::1]:80"; without a port if it is 0. */
void view_name(char *buf, size_t size, const uint8_t addr[16], uint16_t port);

#endif
