/* SPDX-License-Identifier: MIT */
#include "wire/arp.h"
#include "wire/csum.h"
#include "wire/eth.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "world/router.h"

#include "base/csum.h"

#include <string.h>

static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* Takes @p: link header in front, and out. */
static void send_frame(struct world_router *r, struct world_port *port,
		       const uint8_t dst[6], uint16_t type, struct ostia_pkt *p)
{
	const struct wire_eth eth = { .dst = dst,
				      .src = port->mac,
				      .type = type };
	uint8_t *at = pkt_push(p, WIRE_ETH_HLEN);

	if (!at) {
		WORLD_ROUTER_DROP(r, p, NoMemory);
		return;
	}
	(void)wire_eth_emit(at, WIRE_ETH_HLEN, &eth);
	world_wire_send(port, p);
}

/* ---- asking and answering ---- */

static void send_arp(struct world_router *r, struct world_port *port,
		     uint16_t op, const uint8_t spa[4], const uint8_t tha[6],
		     const uint8_t tpa[4])
{
	static const uint8_t nobody[6];
	const struct wire_arp arp = { .op = op,
				      .sha = port->mac,
				      .spa = spa,
				      .tha = tha ? tha : nobody,
				      .tpa = tpa };
	struct ostia_pkt *p = pkt_new(r->node.world->pool);

	if (!p) {
		r->stats.NoMemory++;
		return;
	}
	(void)wire_arp_emit(pkt_put(p, WIRE_ARP_LEN), WIRE_ARP_LEN, &arp);
	send_frame(r, port, tha ? tha : everyone, WIRE_ETH_ARP, p);
}

/* An ND message in IPv6 (RFC 4861: hop limit 255) in Ethernet. */
static void send_nd(struct world_router *r, struct world_port *port,
		    const struct wire_nd *nd, const uint8_t src[16],
		    const uint8_t dst[16], const uint8_t dst_mac[6])
{
	struct wire_ip6 ip = {
		.src = src, .dst = dst, .next = WIRE_PROTO_ICMP6, .hops = 255
	};
	struct ostia_pkt *p = pkt_new(r->node.world->pool);
	uint8_t msg[64], *at;
	int n = wire_nd_emit(msg, sizeof(msg), nd);

	if (!p || n < 0) {
		r->stats.NoMemory++;
		if (p)
			pkt_free(p);
		return;
	}
	wire_csum_fill(msg + 2, csum(msg, (size_t)n,
				     csum_pseudo6(src, dst, WIRE_PROTO_ICMP6,
						  (uint32_t)n)));
	ip.plen = (uint16_t)n;
	at = pkt_put(p, WIRE_IP6_HLEN + (unsigned)n);
	(void)wire_ip6_emit(at, WIRE_IP6_HLEN, &ip);
	memcpy(at + WIRE_IP6_HLEN, msg, (size_t)n);
	send_frame(r, port, dst_mac, WIRE_ETH_IP6, p);
}

/* ff02::1:ffXX:XXXX and its Ethernet group (RFC 4291 2.7.1, RFC 2464 7). */
static void solicit(struct world_router *r, struct world_port *port,
		    const struct ostia_addr *target,
		    const struct ostia_addr *src)
{
	uint8_t dst[16] = { 0xff, 0x02, [11] = 1, [12] = 0xff };
	uint8_t mac[6] = { 0x33, 0x33, 0xff };
	const struct wire_nd nd = { .type = WIRE_ICMP6_NS,
				    .target = target->b,
				    .slla = port->mac };

	memcpy(dst + 13, target->b + 13, 3);
	memcpy(mac + 3, target->b + 13, 3);
	send_nd(r, port, &nd, src->b, dst, mac);
}

static void ask(struct world_router *r, struct world_router_neigh *x)
{
	bool v4 = addr_is_v4(&x->addr);
	const struct ostia_addr *src = world_router_source(r, x->port, v4);

	x->tries++;
	if (!src)
		return; /* without an address we cannot ask; it runs out */
	if (v4)
		send_arp(r, x->port, WIRE_ARP_REQUEST, src->b + 12, NULL,
			 x->addr.b + 12);
	else
		solicit(r, x->port, &x->addr, src);
}

/* ---- the table ---- */

static struct world_router_neigh *find(struct world_router *r,
				       const struct world_port *port,
				       const struct ostia_addr *a)
{
	for (uint32_t i = 0; i < r->nneighs; i++)
		if (r->neighs[i].port == port && addr_eq(&r->neighs[i].addr, a))
			return &r->neighs[i];
	return NULL;
}

/* A new slot, or that of the known one which was not used for longest. */
static struct world_router_neigh *take_slot(struct world_router *r)
{
	struct world_router_neigh *best = NULL;

	if (r->nneighs < WORLD_ROUTER_NEIGHS)
		return &r->neighs[r->nneighs++];
	for (uint32_t i = 0; i < r->nneighs; i++)
		if (r->neighs[i].known &&
		    (!best || r->neighs[i].used < best->used))
			best = &r->neighs[i];
	return best;
}

static struct world_router_neigh *
add(struct world_router *r, struct world_port *port, const struct ostia_addr *a)
{
	struct world_router_neigh *x = take_slot(r);

	if (!x)
		return NULL;
	*x = (struct world_router_neigh) { .addr = *a,
					   .port = port,
					   .next = OSTIA_NEVER };
	pktq_init(&x->waiting, WORLD_ROUTER_WAITING);
	return x;
}

static void arm(struct world_router *r)
{
	struct ostia_world *w = r->node.world;
	ostia_time t = OSTIA_NEVER;

	for (uint32_t i = 0; i < r->nneighs; i++)
		if (r->neighs[i].next < t)
			t = r->neighs[i].next;
	if (t != OSTIA_NEVER)
		world_eventq_arm(&w->q, &r->node.timer, t);
}

static void send_to(struct world_router *r, struct world_router_neigh *x,
		    struct ostia_pkt *p)
{
	x->used = r->node.world->now;
	send_frame(r, x->port, x->mac,
		   addr_is_v4(&x->addr) ? WIRE_ETH_IP4 : WIRE_ETH_IP6, p);
}

/* Somebody says who he is: worth remembering if we asked (or @always). */
static void heard(struct world_router *r, struct world_port *port,
		  const struct ostia_addr *a, const uint8_t mac[6], bool always)
{
	struct world_router_neigh *x;
	struct ostia_pkt *p;

	if (addr_is_any(a) || addr_is_multicast(a) || wire_eth_is_group(mac))
		return;
	x = find(r, port, a);
	if (!x && always)
		x = add(r, port, a);
	if (!x)
		return;
	memcpy(x->mac, mac, sizeof(x->mac));
	x->known = true;
	x->tries = 0;
	x->next = OSTIA_NEVER;
	while ((p = pktq_pop(&x->waiting)))
		send_to(r, x, p);
}

static void send_group(struct world_router *r, struct world_port *port,
		       const struct ostia_addr *hop, struct ostia_pkt *p)
{
	uint8_t mac[6] = { 0x33, 0x33 };

	memcpy(mac + 2, hop->b + 12, 4);
	if (addr_is_v4(hop)) {
		mac[0] = 0x01;
		mac[1] = 0x00;
		mac[2] = 0x5e;
		mac[3] &= 0x7f;
	}
	send_frame(r, port, mac, addr_is_v4(hop) ? WIRE_ETH_IP4 : WIRE_ETH_IP6,
		   p);
}

void world_resolve_send(struct world_router *r, struct world_port *port,
			const struct ostia_addr *hop, struct ostia_pkt *p)
{
	struct world_router_neigh *x;

	if (port->wire->type != OSTIA_LINK_ETHERNET) {
		world_wire_send(port, p);
		return;
	}
	if (addr_is_multicast(hop)) {
		send_group(r, port, hop, p);
		return;
	}
	x = find(r, port, hop);
	if (!x)
		x = add(r, port, hop);
	if (!x) {
		WORLD_ROUTER_DROP(r, p, NeighQueueDrops);
		return;
	}
	if (x->known) {
		send_to(r, x, p);
		return;
	}
	if (!pktq_push(&x->waiting, p))
		WORLD_ROUTER_DROP(r, p, NeighQueueDrops);
	if (!x->tries) {
		ask(r, x);
		x->next = r->node.world->now + OSTIA_S;
		arm(r);
	}
}

void world_resolve_expire(struct world_router *r, ostia_time now)
{
	for (uint32_t i = 0; i < r->nneighs; i++) {
		struct world_router_neigh *x = &r->neighs[i];
		struct ostia_pkt *p;

		if (x->next > now)
			continue;
		if (x->tries < WORLD_ROUTER_TRIES) {
			ask(r, x);
			x->next = now + OSTIA_S;
			continue;
		}
		x->next = OSTIA_NEVER;
		x->tries = 0;
		r->stats.NeighUnreachable++;
		while ((p = pktq_pop(&x->waiting)))
			world_router_unreachable(r, p);
		x->known = false;
	}
	arm(r);
}

/* ---- what comes ---- */

void world_resolve_arp(struct world_router *r, struct world_port *port,
		       struct ostia_pkt *p)
{
	const uint8_t *at = pkt_peek(p, 0, WIRE_ARP_LEN);
	struct ostia_addr from, target;
	struct wire_arp arp;
	bool mine;

	if (!at || wire_arp_parse(&arp, at, WIRE_ARP_LEN) < 0) {
		r->stats.LinkInErrors++;
		return;
	}
	from = addr_v4(arp.spa);
	target = addr_v4(arp.tpa);
	mine = world_router_is_mine(r, port, &target);
	heard(r, port, &from, arp.sha, mine);
	if (mine && arp.op == WIRE_ARP_REQUEST)
		send_arp(r, port, WIRE_ARP_REPLY, target.b + 12, arp.sha,
			 from.b + 12);
}

static void answer_ns(struct world_router *r, struct world_port *port,
		      const struct ostia_addr *src, const struct wire_nd *ns)
{
	static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
	static const uint8_t all_macs[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct wire_nd na = { .type = WIRE_ICMP6_NA,
			      .target = ns->target,
			      .tlla = port->mac,
			      .router = true,
			      .override = true };

	if (addr_is_any(src) || !ns->slla) {
		send_nd(r, port, &na, ns->target, all_nodes, all_macs);
		return;
	}
	na.solicited = true;
	send_nd(r, port, &na, ns->target, src->b, ns->slla);
}

void world_resolve_nd(struct world_router *r, struct world_port *port,
		      const struct ostia_addr *src, const uint8_t *msg,
		      size_t n)
{
	struct ostia_addr target;
	struct wire_nd nd;

	if (wire_nd_parse(&nd, msg, n) < 0) {
		r->stats.IcmpInErrors++;
		return;
	}
	if (nd.type == WIRE_ICMP6_NS) {
		target = addr_v6(nd.target);
		if (!world_router_is_mine(r, port, &target))
			return;
		if (nd.slla)
			heard(r, port, src, nd.slla, true);
		answer_ns(r, port, src, &nd);
	} else if (nd.type == WIRE_ICMP6_NA && nd.tlla) {
		target = addr_v6(nd.target);
		heard(r, port, &target, nd.tlla, false);
	}
}
