/* SPDX-License-Identifier: MIT */
/*
 * run/gate.h - the gateway: between the network and the real host
 *
 * A node of the network (run_lab_need_gateway()) whose sockets are joined to
 * sockets of the kernel. Publishing: who connects to a port of this machine is
 * connected to a port of a guest's host; a datagram likewise, by a flow for
 * each sender. What joins two streams is run/joint.
 *
 * Bounded: RUN_GATE_JOINTS connections and RUN_GATE_FLOWS flows at a time. One
 * connection more waits in the kernel's queue; one flow more takes the place of
 * that which was silent longest.
 */
#ifndef OSTIA_RUN_GATE_H
#define OSTIA_RUN_GATE_H

#include "base/list.h"
#include "run/lab.h"
#include "run/loop.h"

#include <ostia/socket.h>

enum {
	RUN_GATE_JOINTS = 4096,
	RUN_GATE_FLOWS = 1024,
	RUN_GATE_FLOW_S = 180, /* silence after which a flow is forgotten */
	RUN_GATE_MOVE = 128 << 10, /* bytes moved at once */
};

/**
 * struct run_gate - The gateway
 * @proc:	bare, on its stack
 * @buf:	RUN_GATE_MOVE bytes for whoever moves some just now
 * @ports:	what is published; @joints, @flows: what is under way, flows
 *		longest silent first
 */
struct run_gate {
	struct run_lab *lab;
	struct run_loop *loop;
	struct ostia_node *node;
	struct ostia_proc *proc;
	uint8_t *buf;
	struct list ports, joints, flows;
	unsigned njoints, nflows;
	struct run_task kick;
	struct run_timer sweep;
	struct run_gate_stats {
		uint64_t published, refused, evicted, bytes_in, bytes_out;
	} stats;
};

/**
 * struct run_gate_watch - A descriptor of gate->proc that is looked after
 * @fn: called from the loop with what run_gate_expect() asked for
 */
struct run_gate_watch {
	struct run_gate *gate;
	void (*fn)(struct run_gate_watch *w, uint32_t mask);
	int fd;
	uint32_t mask, expect;
	struct run_task ready;
};

/** run_gate_new() - Makes the lab's gateway node if there is none.
 * Return: 0, -ENOMEM.
 */
int run_gate_new(struct run_lab *lab, struct run_loop *loop,
		 struct run_gate **out);
void run_gate_free(struct run_gate *g);

/**
 * run_gate_publish() - A port of this machine leads to one of @h
 * @words: "[ADDR:]PORT:PORT[/udp|/tcp]"; 127.0.0.1 without ADDR ([::1] with
 *	   brackets); the first PORT 0: one that is free
 * Return: 0; -EINVAL: the words; -EADDRINUSE, -EACCES, -EADDRNOTAVAIL: the
 * machine's; -EMFILE, -ENOMEM; with a sentence in @err.
 */
int run_gate_publish(struct run_gate *g, const struct run_lab_host *h,
		     const char *words, char *err, size_t err_size);

/** run_gate_withdraw() - @h leaves: its ports close, what is under way ends. */
void run_gate_withdraw(struct run_gate *g, const struct run_lab_host *h);

/** run_gate_show() - Ports of @h as an array of texts "127.0.0.1:8080:80". */
void run_gate_show(const struct run_gate *g, const struct run_lab_host *h,
		   struct run_text *out);

/* ---- for run/joint and run/uplink ---- */

/** run_gate_watch_init() - @fd may be -1 still. */
void run_gate_watch_init(struct run_gate_watch *w, struct run_gate *g, int fd,
			 void (*fn)(struct run_gate_watch *w, uint32_t mask));

/** run_gate_expect() - Call w->fn once when any of @mask is or becomes true;
 * replaces what was asked before. Without memory: at the next round.
 */
void run_gate_expect(struct run_gate_watch *w, uint32_t mask);

/** run_gate_unwatch() - Not any more; close the descriptor after it. */
void run_gate_unwatch(struct run_gate_watch *w);

/** run_gate_touch() - The stack was called: see to its output, soon. */
void run_gate_touch(struct run_gate *g);

#endif
