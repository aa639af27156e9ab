/* SPDX-License-Identifier: MIT */
/*
 * ip/ports.h - who is bound where: Linux's conflict matrix, and demultiplexing
 * of listeners and datagram sockets
 *
 * One struct ports per protocol. A binding is embedded in its owner. Ephemeral
 * ports by RFC 6056 algorithm 4 (double hash, large keyed table).
 */
#ifndef OSTIA_IP_PORTS_H
#define OSTIA_IP_PORTS_H

#include "base/addr.h"
#include "base/env.h"
#include "base/list.h"

#include <stdbool.h>

/* flags */
enum {
	BIND_REUSEADDR = 0x01,
	BIND_REUSEPORT = 0x02,
	BIND_V6ONLY = 0x04,
	BIND_LISTENING = 0x08, /* TCP: REUSEADDR does not share with it */
	BIND_TCP = 0x10, /* TCP's column of the matrix */
	BIND_CONNECTED = 0x20, /* remote and rport count in the lookup */
};

struct binding {
	struct list node; /* chain of its port; empty: not bound */
	struct ostia_addr local; /* any: wildcard of that family */
	struct ostia_addr remote;
	uint16_t port, rport;
	uint32_t zone; /* bound to a device or scoped, else 0 */
	uint32_t uid;
	uint8_t flags;
	uint8_t owner_kind; /* the protocol's own use */
	bool v6; /* a socket of AF_INET6 */
};

struct ports;

int ports_new(const struct ostia_env *env, const uint8_t key[16],
	      struct ports **out);
void ports_free(struct ports *p);

/** ports_range() - net.ipv4.ip_local_port_range. */
void ports_range(struct ports *p, uint16_t low, uint16_t high);

/**
 * ports_bind() - Claim b->local:port (0: an ephemeral one, chosen for
 * b->remote:rport if these are set)
 * Return: 0, -EADDRINUSE, -ENOMEM.
 */
int ports_bind(struct ports *p, struct binding *b, ostia_time now);
void ports_unbind(struct ports *p, struct binding *b);

/**
 * ports_relisten() - May @b become a listener now? -EADDRINUSE if another
 * listener has the place. Sets BIND_LISTENING.
 */
int ports_relisten(struct ports *p, struct binding *b);

/**
 * ports_lookup() - The best binding for an arriving packet: connected before
 * specific before wildcard, IPv4 before dual stack, device before none; among
 * REUSEPORT equals by @hash
 * @need: flags that it must have (BIND_LISTENING for SYNs), or 0
 */
struct binding *ports_lookup(struct ports *p, const struct flow *f,
			     uint32_t link_index, uint8_t need, uint32_t hash);

/** ports_each() - Walk all bindings of a port (multicast delivery). */
struct binding *ports_next(struct ports *p, uint16_t port, struct binding *b);

#endif
