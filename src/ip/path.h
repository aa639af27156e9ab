/* SPDX-License-Identifier: MIT */
/*
 * ip/path.h - the way to a destination, remembered
 *
 * A path joins destination, source, link, next hop, its neighbour entry and
 * the path MTU. Sockets and connections hold counted references, so that the
 * route table is searched once; a change of routes or addresses makes paths
 * stale, and path_fresh() looks again. Bounded: unused ones are dropped,
 * oldest first.
 */
#ifndef OSTIA_IP_PATH_H
#define OSTIA_IP_PATH_H

#include "base/addr.h"
#include "base/list.h"
#include "ip/ip.h"
#include "link/link.h"

struct neigh;

struct path {
	struct list node; /* hash chain or list of unused ones */
	struct ostia_addr dst, src, nexthop;
	struct ostia_link *link;
	struct neigh *neigh; /* NULL on links without neighbours */
	uint32_t refs;
	uint32_t gen; /* of the routes when it was looked up */
	uint32_t zone;
	uint32_t mtu; /* path MTU now, <= link's */
	ostia_time mtu_until; /* when a lowered MTU is forgotten */
	uint32_t dead; /* no route any more: errno */
	uint8_t kind; /* enum path_kind */
};

enum path_kind { PATH_UNICAST, PATH_LOCAL, PATH_BROADCAST, PATH_MULTICAST };

/**
 * path_get() - Find the way to @dst
 * @src:	wished source (must be ours or any), or NULL
 * @zone:	link index that scoped addresses and bound sockets ask for, 0
 *
 * Return: 0 and a counted reference; -ENETUNREACH, -EHOSTUNREACH, -EINVAL
 * (a scoped address without zone), -ENODEV, -ENOMEM.
 */
int path_get(struct ip *ip, const struct ostia_addr *dst,
	     const struct ostia_addr *src, uint32_t zone, ostia_time now,
	     struct path **out);
void path_put(struct ip *ip, struct path *p);

static inline struct path *path_hold(struct path *p)
{
	p->refs++;
	return p;
}

/**
 * path_fresh() - Look again if routes changed; replaces *@p
 * Return: 0, or path_get()'s errors (*@p stays, marked dead).
 */
int path_fresh(struct ip *ip, struct path **p, ostia_time now);

/** path_mtu_lower() - A packet was too big: RFC 1191, 8201 floors apply. */
void path_mtu_lower(struct ip *ip, struct path *p, uint32_t mtu,
		    ostia_time now);

/** path_confirm() - The peer answers there (RFC 4861 7.3.1). */
void path_confirm(struct path *p, ostia_time now);

#endif
