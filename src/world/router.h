/* SPDX-License-Identifier: MIT */
/*
 * world/router.h - a box that forwards IP packets between its wires
 *
 * router.c forwards (RFC 1812 5.2, RFC 8200 3 and 4.5), answers echo requests
 * and sends the errors that are due; resolve.c finds the Ethernet address of
 * a next hop (ARP, neighbour solicitation) and answers for the router's own.
 * Everything is bounded: addresses, routes, neighbours, packets that wait.
 * It counts, and says why it drops, in the words of hosts (base/stats.h).
 */
#ifndef OSTIA_WORLD_ROUTER_H
#define OSTIA_WORLD_ROUTER_H

#include "base/addr.h"
#include "base/bucket.h"
#include "base/stats.h"
#include "world/wire.h"

enum {
	WORLD_ROUTER_ADDRS = 64,
	WORLD_ROUTER_ROUTES = 1024,
	WORLD_ROUTER_NEIGHS = 1024,
	WORLD_ROUTER_WAITING = 16, /* packets for one unresolved neighbour */
	WORLD_ROUTER_TRIES = 3, /* a second apart */
};

struct world_router_addr {
	struct ostia_addr addr;
	struct world_port *port;
	uint8_t plen; /* of 128 */
};

struct world_router_route {
	struct ostia_addr net, gateway;
	struct world_port *port;
	uint8_t plen; /* of 128 */
	bool has_gateway;
};

/**
 * struct world_router_neigh - Whom an address belongs to on an Ethernet wire
 * @known:   @mac is good
 * @tries:   requests sent so far
 * @next:    when to ask again or give up; OSTIA_NEVER if @known
 * @waiting: packets, without link header
 */
struct world_router_neigh {
	struct ostia_addr addr;
	struct world_port *port;
	struct pktq waiting;
	ostia_time next, used;
	uint8_t mac[6];
	uint8_t tries;
	bool known;
};

struct world_router {
	struct ostia_node node;
	struct world_router_addr addrs[WORLD_ROUTER_ADDRS];
	struct world_router_route *routes;
	struct world_router_neigh *neighs;
	uint32_t naddrs, nroutes, nneighs;
	uint16_t ip_id;
	struct bucket errors;
	struct stats stats;
};

/* WORLD_ROUTER_DROP(r, p, IpInNoRoutes): takes @p, counts it, and lets those
 * who trace know why. _FRAME: it has its link header yet.
 */
#define WORLD_ROUTER_DROP(r, p, counter) \
	((r)->stats.counter++, world_router_drop(r, p, 0, #counter))
#define WORLD_ROUTER_DROP_FRAME(r, p, counter) \
	((r)->stats.counter++,                 \
	 world_router_drop(r, p, OSTIA_TRACE_F_ETHERNET, #counter))

/* ---- world/resolve.c ---- */

/** world_resolve_send() - Takes @p, an IP packet for @hop on @port. */
void world_resolve_send(struct world_router *r, struct world_port *port,
			const struct ostia_addr *hop, struct ostia_pkt *p);

/** world_resolve_arp() - An ARP packet came; @p stays the caller's. */
void world_resolve_arp(struct world_router *r, struct world_port *port,
		       struct ostia_pkt *p);

/** world_resolve_nd() - An ICMPv6 message @msg of ND came from @src. */
void world_resolve_nd(struct world_router *r, struct world_port *port,
		      const struct ostia_addr *src, const uint8_t *msg,
		      size_t n);

/** world_resolve_expire() - Ask again, or give up (host unreachable). */
void world_resolve_expire(struct world_router *r, ostia_time now);

/* ---- world/router.c, for resolve.c ---- */

/** world_router_is_mine() - An address of ours (on @port; NULL: on any)? */
bool world_router_is_mine(const struct world_router *r,
			  const struct world_port *port,
			  const struct ostia_addr *a);

/** world_router_source() - Our address of a family on @port, or NULL. */
const struct ostia_addr *world_router_source(const struct world_router *r,
					     const struct world_port *port,
					     bool v4);

/** world_router_drop() - Takes @p; @flags: OSTIA_TRACE_F_* */
void world_router_drop(struct world_router *r, struct ostia_pkt *p,
		       uint32_t flags, const char *why);

/** world_router_unreachable() - Takes @p: nobody answers for it. */
void world_router_unreachable(struct world_router *r, struct ostia_pkt *p);

#endif
