/* SPDX-License-Identifier: MIT */
/*
 * run/uplink.h - guests reach real networks, through sockets of the kernel
 *
 * The gateway is the hosts' default route. It looks at what arrives before its
 * stack does: for an address that is not of the network it makes a way. A
 * connection is first made by the kernel; if that succeeds the gateway takes
 * the address, listens, and only then the guest's SYN is handed in: so the
 * guest is connected when the other side is, and refused (by a reset) when the
 * machine cannot get there. A datagram's way is a socket at that address, and
 * a socket of the kernel's for each guest's.
 *
 * What is neither TCP nor UDP goes nowhere. Everything is bounded: who comes
 * on top takes the place of the longest silent, or is not heard.
 */
#ifndef OSTIA_RUN_UPLINK_H
#define OSTIA_RUN_UPLINK_H

#include "run/gate.h"

enum {
	RUN_UPLINK_WAYS = 4096, /* address, protocol and port */
	RUN_UPLINK_CALLS = 1024, /* connections not yet made */
	RUN_UPLINK_FLOWS = 1024, /* a guest's socket's datagrams to one way */
	RUN_UPLINK_IDLE_S = 30, /* a way that nobody uses */
	RUN_UPLINK_FLOW_S = 180,
};

struct run_uplink;

/** run_uplink_new() - Opens lab's uplink, too. Return: 0, -ENOMEM. */
int run_uplink_new(struct run_gate *g, struct run_uplink **out);

/** run_uplink_free() - Before the gate; its connections end there. */
void run_uplink_free(struct run_uplink *u);

#endif
