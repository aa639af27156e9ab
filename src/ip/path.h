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

/**
 * struct path - See above
 * @zone:	for scoped addresses; else 0
 * @ask:	the link index that the asker named (key of the cache)
 * @asked_src:	@src was the asker's wish (key of the cache)
 * @filed:	it is in the cache; a path that was superseded is not
 * @ident:	the last fragment identification used (RFC 6864, RFC 7739)
 */
struct path {
	struct list node; /* in ip->path_unused while refs == 0 */
	struct list by_link; /* in link->paths */
	struct ostia_addr dst, src, nexthop;
	struct ostia_link *link; /* NULL: dead */
	struct neigh *neigh; /* NULL: none, or not yet looked for */
	uint32_t refs;
	uint32_t gen; /* of the routes when it was looked up */
	uint32_t zone;
	uint32_t ask;
	uint32_t mtu; /* path MTU now, <= link's */
	uint32_t dead; /* no route any more: errno */
	ostia_time mtu_until; /* when a lowered MTU is forgotten */
	uint32_t handle;
	uint32_t ident;
	uint8_t kind; /* enum path_kind */
	bool asked_src;
	bool filed;
};

enum path_kind { PATH_UNICAST, PATH_LOCAL, PATH_BROADCAST, PATH_MULTICAST };

/**
 * path_get() - Find the way to @dst
 * @src:	wished source (the caller made sure that it may be used), or
 *		NULL or any: chosen
 * @zone:	link index that scoped addresses and bound sockets ask for, 0
 *
 * "Any" as destination means this host (loopback), as Linux has it. Return: 0
 * and a counted reference; -ENETUNREACH, -EHOSTUNREACH, -EINVAL (a scoped
 * address without zone; families differ), -ENODEV, -EADDRNOTAVAIL (no source
 * of that family), -ENOBUFS, -ENOMEM.
 */
int path_get(struct ip *ip, const struct ostia_addr *dst,
	     const struct ostia_addr *src, uint32_t zone, ostia_time now,
	     struct path **out);
void path_put(struct ip *ip, struct path *p);

/** path_by_gateway() - Does somebody forward for us? */
static inline bool path_by_gateway(const struct path *p)
{
	return p->kind == PATH_UNICAST && !addr_eq(&p->nexthop, &p->dst);
}

static inline struct path *path_hold(struct path *p)
{
	p->refs++;
	return p;
}

/**
 * path_fresh() - Look again if routes changed; replaces *@p
 *
 * Also forgets a lowered MTU whose time is over. A source once chosen stays:
 * connections cannot change theirs. Return: 0, or path_get()'s errors (*@p
 * stays, marked dead).
 */
int path_fresh(struct ip *ip, struct path **p, ostia_time now);

/** path_mtu_lower() - A packet was too big: RFC 1191, 8201 floors apply. */
void path_mtu_lower(struct ip *ip, struct path *p, uint32_t mtu,
		    ostia_time now);

/** path_confirm() - The peer answers there (RFC 4861 7.3.1). */
void path_confirm(struct path *p, ostia_time now);

/* For ip/ip.c: free the cache; a link is gone. */
void path_fini(struct ip *ip);
void path_link_gone(struct ip *ip, struct ostia_link *l);

#endif
