/* SPDX-License-Identifier: MIT */
/*
 * raw/fanout.h - PACKET_FANOUT: packet sockets that share the frames of a link
 *
 * Sockets of one protocol and link that joined a group by its number see each
 * frame once: one of them is picked, by the flow's hash, in turn, by chance, by
 * a program, or as long as it has room (packet(7), Linux's fanout_add() and
 * packet_rcv_fanout()). A group ends with its last member. What a member sends
 * is not shown to the others.
 *
 * One stack runs on one CPU and its links have one queue, so PACKET_FANOUT_CPU
 * and PACKET_FANOUT_QM always pick the first. PACKET_FANOUT_EBPF may be joined
 * and takes no program, as of a Linux without CONFIG_BPF_SYSCALL: it, too,
 * picks the first.
 */
#ifndef OSTIA_RAW_FANOUT_H
#define OSTIA_RAW_FANOUT_H

#include "base/bpf.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct ip;
struct packet_sock;

enum {
	FANOUT_MAX = 65536, /* members that a group may be made for */
	FANOUT_MEMBERS = 256, /* if nothing else is said */
	FANOUT_HISTORY = 16, /* frames that tell a huge flow from a small one */
};

/**
 * struct fanout - A group
 * @id:		its number; @type: PACKET_FANOUT_*; @flags: PACKET_FANOUT_FLAG_*
 *		in one byte, without UNIQUEID
 * @refs:	sockets that joined; @max: most of them
 * @count:	of those, to whom frames are shown now; in @member
 * @index, @proto: link and protocol that all have
 * @turn:	PACKET_FANOUT_LB
 * @prog:	PACKET_FANOUT_DATA
 */
struct fanout {
	struct list node;
	struct bpf *prog;
	uint32_t index, refs, max, count, turn;
	uint16_t id, proto;
	uint8_t type, flags;
	struct packet_sock *member[];
};

/**
 * struct fanout_rollover - What a member that may roll over remembers
 * @next:	who took the last frame that had no room here
 * @all, @huge, @failed: PACKET_ROLLOVER_STATS
 * @history:	hashes of some of the last frames
 */
struct fanout_rollover {
	uint64_t all, huge, failed;
	uint32_t next;
	uint32_t history[FANOUT_HISTORY];
};

/** struct fanouts - All groups of a stack */
struct fanouts {
	const struct ostia_env *env;
	struct list all;
	uint16_t next_id;
};

/** struct fanout_frame - What is known of a frame; @facts: for a program */
struct fanout_frame {
	struct ostia_pkt *p;
	uint32_t l3;
	uint16_t proto;
	struct bpf_facts facts;
};

/** struct fanout_wish - struct fanout_args; @max 0: whatever it is */
struct fanout_wish {
	uint32_t max;
	uint16_t id, type_flags;
};

void fanout_init(struct fanouts *fs, const struct ostia_env *env);

/**
 * fanout_join() - Into the group, which is made if there is none
 * Return: 0; -EALREADY (it is in one); -EINVAL (type, flags or number of
 * members other than the group's; another link or protocol; no protocol yet);
 * -ENOSPC (full); -ENOMEM (also: no number is free).
 */
int fanout_join(struct fanouts *fs, struct packet_sock *s,
		const struct fanout_wish *w);
/** fanout_leave() - For good; nothing if it is in none. */
void fanout_leave(struct fanouts *fs, struct packet_sock *s);

/* The socket begins to see frames, or no longer does. */
void fanout_show(struct packet_sock *s);
void fanout_hide(struct packet_sock *s);

/** fanout_defrags() - Does the group want datagrams whole? */
bool fanout_defrags(const struct fanout *f);
/** fanout_ignores_outgoing() - PACKET_FANOUT_FLAG_IGNORE_OUTGOING */
bool fanout_ignores_outgoing(const struct fanout *f);

/** fanout_pick() - Whose the frame is; the group has members. */
struct packet_sock *fanout_pick(struct fanout *f, struct ip *ip,
				const struct fanout_frame *of);

/**
 * fanout_program() - PACKET_FANOUT_DATA
 * @prog: taken
 * Return: 0; -EINVAL: the group picks by other means.
 */
int fanout_program(struct fanouts *fs, struct fanout *f, struct bpf *prog);

/** fanout_said() - What getsockopt(PACKET_FANOUT) tells. */
uint32_t fanout_said(const struct fanout *f);

#endif
