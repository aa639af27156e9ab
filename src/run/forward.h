/* SPDX-License-Identifier: MIT */
/*
 * run/forward.h - names that are nowhere in the network, asked of real servers
 *
 * With an uplink alone. A question goes as it is to a nameserver of the
 * machine, by a socket of its own (so that its port is hard to guess, RFC 5452
 * 9.2), and the answer goes back as it is. The next server's turn comes when
 * one was silent. Who asked by TCP is answered from one asked by TCP.
 */
#ifndef OSTIA_RUN_FORWARD_H
#define OSTIA_RUN_FORWARD_H

#include "run/lab.h"
#include "run/loop.h"

enum {
	RUN_FORWARD_QUERIES = 256,
	RUN_FORWARD_WAIT_S = 5,
};

struct run_forward;

/** run_forward_new() - Hears all DNS servers of @lab, and those to come.
 * Return: 0, -ENOMEM.
 */
int run_forward_new(struct run_lab *lab, struct run_loop *loop,
		    struct run_forward **out);
void run_forward_free(struct run_forward *f);

#endif
