/* SPDX-License-Identifier: MIT */
/*
 * ip/ports.h - who is bound where: Linux's conflict matrix, and demultiplexing
 * of listeners and datagram sockets
 *
 * One struct ports per protocol. A binding is embedded in its owner. Bindings
 * of a port stand on its list; connected ones are found by their 4-tuple, so
 * a port with many of them costs no more. What only keeps a port busy (an
 * accepted connection, TIME-WAIT, an outgoing connection whose port was
 * chosen) has no binding but a claim: one counted record for all that are
 * alike, so ten million connections on one port cost one.
 *
 * Ephemeral ports by RFC 6056 algorithm 4 (double hash, large keyed table,
 * small random steps, keys renewed now and then).
 */
#ifndef OSTIA_IP_PORTS_H
#define OSTIA_IP_PORTS_H

#include "base/addr.h"
#include "base/env.h"

#include <stdbool.h>

/* flags */
enum {
	BIND_REUSEADDR = 0x01,
	BIND_REUSEPORT = 0x02,
	BIND_V6ONLY = 0x04,
	BIND_LISTENING = 0x08, /* TCP: REUSEADDR does not share with it */
	BIND_TCP = 0x10, /* TCP's column of the matrix */
	BIND_TIMEWAIT = 0x40, /* claims: any user may share by REUSEPORT */
	BIND_CHOSEN = 0x80, /* claims: the port was chosen by ports_pick() */
};

struct bpf;
struct ip;
struct ostia_pkt;

/**
 * struct binding - One who is bound
 * @next, @at:	on its port's list
 * @local:	any: wildcard of that family
 * @peer:	NULL: not connected
 * @zone:	bound to a device or scoped, else 0
 * @mate:	of REUSEPORT: its record in a team (ip/team.h), 0: none
 * @v6:		a socket of AF_INET6
 */
struct binding {
	struct binding *next, **at;
	struct ostia_addr local;
	const struct bind_peer *peer;
	uint32_t zone;
	uint32_t uid;
	uint16_t port;
	uint8_t flags;
	bool v6 : 1;
	bool bound : 1;
	uint32_t mate;
};

/**
 * struct bind_peer - What the connected have beside
 * @wished:	the local address before there was a peer
 * @self:	handle, in the table of 4-tuples
 */
struct bind_peer {
	struct binding *b;
	struct ostia_addr remote, wished;
	uint32_t self;
	uint16_t rport;
};

/** binding_wished() - The local address that it has without a peer. */
static inline const struct ostia_addr *binding_wished(const struct binding *b)
{
	return b->peer ? &b->peer->wished : &b->local;
}

struct hdropts;

/** struct bind_opts - Of the socket's options, at bind and listen */
struct bind_opts {
	uint32_t uid;
	uint32_t zone; /* SO_BINDTODEVICE or scope */
	uint32_t port_range; /* IP_LOCAL_PORT_RANGE */
	uint16_t prefs; /* IPV6_ADDR_PREFERENCES */
	bool reuseaddr, reuseport, v6only, freebind;
	bool on_link; /* SO_DONTROUTE */
	bool no_port; /* IP_BIND_ADDRESS_NO_PORT */
	const struct hdropts *opts; /* UDP: a source route, to connect by */
};

/** bind_flags() - Those of them that decide who shares a port: BIND_* */
static inline uint8_t bind_flags(const struct bind_opts *o)
{
	return (uint8_t)((o->reuseaddr ? BIND_REUSEADDR : 0) |
			 (o->reuseport ? BIND_REUSEPORT : 0) |
			 (o->v6only ? BIND_V6ONLY : 0));
}

struct ports;

/** ports_new() - Takes a copy of @env. Return: 0, -ENOMEM. */
int ports_new(const struct ostia_env *env, const uint8_t key[16],
	      struct ports **out);
void ports_free(struct ports *p);

/** ports_range() - net.ipv4.ip_local_port_range; 1 <= low <= high. */
void ports_range(struct ports *p, uint16_t low, uint16_t high);

/**
 * ports_range_for() - The same, within a socket's wish (IP_LOCAL_PORT_RANGE)
 * @wish: the highest << 16 | the lowest; an end that is 0, or outside, is not
 */
void ports_range_for(struct ports *p, const uint32_t range[2], uint32_t wish);

/**
 * ports_bind() - Claim b->local:port (0: an ephemeral one)
 *
 * Return: 0 (b->port is set), -EADDRINUSE (or no ephemeral port is left),
 * -ENOMEM.
 */
int ports_bind(struct ports *p, struct binding *b, ostia_time now);
void ports_unbind(struct ports *p, struct binding *b);

/**
 * ports_connect() - A bound socket gets a peer, or another one
 * @local: its address from now on; what it was before is kept
 * Return: 0, -ENOMEM (nothing has changed). No conflicts are looked for: Linux
 * allows them.
 */
int ports_connect(struct ports *p, struct binding *b,
		  const struct ostia_addr *local,
		  const struct ostia_addr *remote, uint16_t rport);

/** ports_move() - Its address is @local from now on; no conflict is looked for.
 * It has no peer.
 */
void ports_move(struct ports *p, struct binding *b,
		const struct ostia_addr *local);

/** ports_disconnect() - No peer any more; its address is as it was. */
void ports_disconnect(struct ports *p, struct binding *b);

/**
 * ports_relisten() - May @b become a listener now? -EADDRINUSE if another
 * listener has the place; -ENOMEM. Sets BIND_LISTENING.
 */
int ports_relisten(struct ports *p, struct binding *b);

/** ports_unlisten() - It listens no more; the port stays bound. */
void ports_unlisten(struct ports *p, struct binding *b);

/**
 * ports_lookup() - The best binding for an arriving packet: connected before
 * specific before wildcard, device before none, IPv4 before dual stack; among
 * REUSEPORT equals by @hash, else the one bound last
 * @need: flags that it must have (BIND_LISTENING for SYNs), or 0
 */
struct binding *ports_lookup(struct ports *p, const struct flow *f,
			     uint32_t link_index, uint8_t need, uint32_t hash);

/**
 * ports_steer() - SO_ATTACH_REUSEPORT_CBPF: @prog numbers the members of the
 * team that @b is in, or begins
 *
 * Takes @prog. Return: 0; -EINVAL: it did not share its place by REUSEPORT
 * when it got it, -ENOMEM: @prog stays the caller's.
 */
int ports_steer(struct ports *p, struct binding *b, struct bpf *prog);

/** ports_unsteer() - No program from now on.
 * Return: 0; -ENOENT: there is none; -EINVAL: no REUSEPORT, either.
 */
int ports_unsteer(struct ports *p, struct binding *b);

/** ports_choose() - What ports_steered() does when there is a team. */
struct binding *ports_choose(struct ports *p, struct ip *ip, struct binding *b,
			     const struct ostia_pkt *pkt, uint32_t from);

/**
 * ports_steered() - For whom of its team is a packet that the hash gave @b?
 * @from: offset of the byte that the program calls 0: what follows the header
 *	  of the transport
 */
static inline struct binding *ports_steered(struct ports *p, struct ip *ip,
					    struct binding *b,
					    const struct ostia_pkt *pkt,
					    uint32_t from)
{
	return __builtin_expect(!b->mate, 1)
		       ? b
		       : ports_choose(p, ip, b, pkt, from);
}

/** ports_next() - Walk all bindings of a port, connected ones too (multicast
 * delivery); @b NULL: the first. None may be unbound meanwhile but @b's
 * predecessors.
 */
struct binding *ports_next(struct ports *p, uint16_t port, struct binding *b);

/**
 * ports_claim() - Keep local:port busy, counted, without a binding
 * @flags: REUSEADDR, REUSEPORT, TCP, TIMEWAIT as they matter to the matrix
 *
 * Return: a handle > 0 (in 31 bits), or -ENOMEM. Claims that are alike share
 * one record: the handle is the same, and each is released once.
 */
int ports_claim(struct ports *p, const struct ostia_addr *local, uint16_t port,
		uint32_t zone, uint32_t uid, uint8_t flags);
void ports_release(struct ports *p, uint32_t claim);

/** ports_busy_fn - Is the 4-tuple in use? Asked by ports_pick(). */
typedef bool (*ports_busy_fn)(void *ctx, const struct flow *f);

/**
 * ports_pick() - An ephemeral port for an outgoing connection, and a claim
 * @f:	  lport is set to it; the other fields are given
 * @busy: says whether a tuple is taken; must not call back
 *
 * Ports that were bound by name are left alone; those that were picked are
 * shared as long as the tuples differ (Linux's __inet_hash_connect). Return: a
 * claim > 0, or -EADDRNOTAVAIL (all taken), -ENOMEM.
 */
int ports_pick(struct ports *p, struct flow *f, uint32_t uid, uint8_t flags,
	       ports_busy_fn busy, void *ctx, ostia_time now);

/** ports_count() - Bindings now. */
uint32_t ports_count(const struct ports *p);
size_t ports_bytes(const struct ports *p);

#endif
