/* SPDX-License-Identifier: MIT */
/*
 * drill/host.h - the host under test: a stack, a link, a process
 *
 * Addresses and routes are the configuration's. Packets enter as bytes; what
 * leaves is handed out as bytes, one segment each, in order. Time is counted
 * from the script's zero.
 */
#ifndef OSTIA_DRILL_HOST_H
#define OSTIA_DRILL_HOST_H

#include <ostia/socket.h>
#include <ostia/stack.h>

#include "drill/config.h"

enum { DRILL_PACKET_MAX = 65600 };

/**
 * struct drill_host - One host; @pool and @recorder (or NULL) are borrowed, the
 * rest is its own
 * @peer: for a recording alone: who the script is there, with an address
 * @packets: that it sent and heard
 */
struct drill_host {
	struct ostia_pool *pool;
	struct ostia_recorder *recorder;
	struct ostia_stack *stack;
	struct ostia_link *link;
	struct ostia_proc *proc;
	struct ostia_stack *peer;
	uint64_t packets;
};

/** drill_host_pool() - Memory for any number of hosts. 0 or -ENOMEM. */
int drill_host_pool(struct ostia_pool **out);

/**
 * drill_host_init() - Make it
 * @ops, @ctx: how its process waits
 *
 * Return: 0, -ENOMEM, or -EINVAL with @err set (an address that the stack
 * does not take).
 */
int drill_host_init(struct drill_host *h, struct ostia_pool *pool,
		    const struct drill_config *cfg,
		    const struct ostia_wait_ops *ops, void *ctx,
		    struct drill_error *err);

/** drill_host_fini() - Without a word to its peers; safe after a failure. */
void drill_host_fini(struct drill_host *h);

/** drill_host_note() - A sentence for the recording, if there is one. */
void drill_host_note(struct drill_host *h, const char *text);

/** drill_host_now(), drill_host_advance() - ns since the script's zero */
int64_t drill_host_now(const struct drill_host *h);
void drill_host_advance(struct drill_host *h, int64_t now_ns);

/** drill_host_deadline() - Of the next timer; INT64_MAX: none */
int64_t drill_host_deadline(const struct drill_host *h);

/** drill_host_rx() - A packet arrives. 0 or -ENOMEM. */
int drill_host_rx(struct drill_host *h, const uint8_t *p, size_t n);

/** drill_host_tx() - Take the next packet that leaves; 0: there is none now.
 * @to: room for DRILL_PACKET_MAX
 */
size_t drill_host_tx(struct drill_host *h, uint8_t *to);

/** drill_host_set() - A setting; 0, -ENOENT, -EINVAL */
int drill_host_set(void *host, const char *name, const char *value);

#endif
