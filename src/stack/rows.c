/* SPDX-License-Identifier: MIT */
/*
 * stack/rows.c - what a host has, in rows: links, addresses, routes,
 * neighbours
 *
 * Lists are walked from their beginning each time: who prints one that is very
 * long takes many rows at once.
 */
#include <ostia/net.h>

#include "ip/addrs.h"
#include "ip/neigh.h"
#include "ip/path.h"
#include "ip/route.h"
#include "stack/stack.h"

#include <assert.h>
#include <errno.h>

enum { V4_PREFIX = 96 };

static_assert((int)ROUTE_REDIRECT == (int)OSTIA_ROUTE_REDIRECT, "origins");
static_assert((int)PATH_MULTICAST == (int)OSTIA_ROUTE_MULTICAST, "kinds");
static_assert((int)NEIGH_FAILED == (int)OSTIA_NEIGH_FAILED, "states");

void ostia_link_row(const struct ostia_link *l, struct ostia_link_row *out)
{
	*out = (struct ostia_link_row) {
		.index = l->index,
		.type = l->type,
		.mtu = l->mtu,
		.queue = LINK_REPLIES_CAP,
		.rx_packets = l->rx_pkts,
		.rx_bytes = l->rx_bytes,
		.tx_packets = l->tx_pkts,
		.tx_bytes = l->tx_bytes,
		.drops = l->drops,
	};
	memcpy(out->name, l->name, sizeof(out->name));
	memcpy(out->mac, l->mac, sizeof(out->mac));
}

struct ostia_link *ostia_link_after(const struct ostia_stack *s, unsigned index)
{
	list_each (node, &s->ip.links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (l->index > index)
			return l;
	}
	return NULL;
}

/* As its family counts. */
static uint8_t plen_of(const struct ostia_addr *a, uint8_t plen)
{
	return (uint8_t)(addr_is_v4(a) ? plen - V4_PREFIX : plen);
}

static uint32_t flags_of(const struct ifaddr *a)
{
	static const uint32_t by_state[] = {
		[IFADDR_DEPRECATED] = OSTIA_ADDR_DEPRECATED,
		[IFADDR_TENTATIVE] = OSTIA_ADDR_TENTATIVE,
		[IFADDR_DUPLICATE] = OSTIA_ADDR_DUPLICATE,
	};
	uint32_t flags = by_state[a->state];

	if (a->origin != IFADDR_MANUAL)
		flags |= OSTIA_ADDR_AUTO;
	if (a->origin == IFADDR_TEMPORARY)
		flags |= OSTIA_ADDR_TEMPORARY;
	return flags;
}

static struct ostia_addr_row addr_row(const struct ifaddr *a)
{
	return (struct ostia_addr_row) {
		.addr = a->addr,
		.valid_until = a->valid_until,
		.preferred_until = a->preferred_until,
		.flags = flags_of(a),
		.plen = plen_of(&a->addr, a->plen),
	};
}

static struct ostia_route_row route_row(const struct route *r)
{
	struct ostia_route_row row = {
		.prefix = r->prefix,
		.until = wheel_armed(&r->life) ? r->life.deadline : OSTIA_NEVER,
		.link = r->link->index,
		.plen = plen_of(&r->prefix, r->plen),
		.origin = r->origin,
		.pref = r->pref,
	};

	if (!addr_is_any(&r->gateway))
		row.gateway = r->gateway;
	return row;
}

/* What nobody asked for is found to be stale when it is next used. */
static uint8_t state_of(const struct neigh *n, ostia_time now)
{
	if (n->state == NEIGH_REACHABLE &&
	    now - n->confirmed >= n->reachable_ns)
		return OSTIA_NEIGH_STALE;
	return n->state;
}

static struct ostia_neigh_row neigh_row(const struct neigh *n)
{
	struct ostia_neigh_row row = {
		.addr = n->addr,
		.confirmed = n->confirmed,
		.used = n->used,
		.updated = n->updated,
		.refs = n->refs,
		.state = state_of(n, stack_now(n->link->stack)),
		.router = n->router,
		.probes = n->probes,
	};

	memcpy(row.mac, n->mac, sizeof(row.mac));
	return row;
}

/* Rows of a list from the first-th on: TO(item) makes one. */
#define ROWS(list, type, member, to)                                       \
	do {                                                               \
		int n_ = 0;                                                \
		list_each (node, list) {                                   \
			if (first) {                                       \
				first--;                                   \
				continue;                                  \
			}                                                  \
			if (n_ == max)                                     \
				break;                                     \
			rows[n_++] =                                       \
				to(list_entry(node, struct type, member)); \
		}                                                          \
		return n_;                                                 \
	} while (0)

int ostia_link_addrs(const struct ostia_link *l, unsigned first,
		     struct ostia_addr_row *rows, int max)
{
	ROWS(&l->addrs, ifaddr, node, addr_row);
}

int ostia_link_routes(const struct ostia_link *l, unsigned first,
		      struct ostia_route_row *rows, int max)
{
	ROWS(&l->routes, route, by_link, route_row);
}

int ostia_link_neighs(const struct ostia_link *l, unsigned first,
		      struct ostia_neigh_row *rows, int max)
{
	ROWS(&l->neighs, neigh, by_link, neigh_row);
}

int ostia_link_forget_neigh(struct ostia_link *l, const struct ostia_addr *addr)
{
	struct ip *ip = &l->stack->ip;
	struct neigh *n = neigh_find(ip, l, addr);

	if (!n)
		return -ENOENT;
	neigh_forget(ip, n, stack_now(l->stack));
	return 0;
}

int ostia_addr_list(const struct ostia_link *l, struct ostia_addr_row *rows,
		    int max)
{
	int n = 0;

	list_each (node, &l->addrs)
		n++;
	ostia_link_addrs(l, 0, rows, max);
	return n;
}

/* To ourselves and to many there need not be a route. */
static struct ostia_route_row made_row(const struct path *p)
{
	return (struct ostia_route_row) {
		.prefix = p->dst,
		.until = OSTIA_NEVER,
		.link = p->link->index,
		.plen = addr_is_v4(&p->dst) ? 32 : 128,
		.origin = OSTIA_ROUTE_OWN,
	};
}

int ostia_route_find(struct ostia_stack *s, const struct ostia_addr *dst,
		     const struct ostia_addr *src, uint32_t zone,
		     struct ostia_way *out)
{
	const struct route *r = NULL;
	struct path *p;
	int err;

	if (src && !addrs_is_ours(&s->ip, src, zone))
		return -EINVAL;
	err = path_get(&s->ip, dst, src, zone, stack_now(s), &p);
	if (err)
		return err;
	*out = (struct ostia_way) { .src = p->src,
				    .mtu = p->mtu,
				    .kind = p->kind };
	if (p->kind == PATH_UNICAST)
		r = route_select(&s->ip, dst, zone, src);
	out->route = r ? route_row(r) : made_row(p);
	path_put(&s->ip, p);
	return 0;
}
