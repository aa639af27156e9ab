/* SPDX-License-Identifier: MIT */
/*
 * ip/route.h - which link and which gateway lead to an address
 *
 * Longest prefix match over one hash table of prefixes, both families (IPv4
 * prefixes are 96 bits longer, and looked for no shorter than that). A lookup
 * probes once for each prefix length in use. Paths remember the answer.
 */
#ifndef OSTIA_IP_ROUTE_H
#define OSTIA_IP_ROUTE_H

#include "base/addr.h"
#include "base/wheel.h"
#include "link/link.h"

#include <stdbool.h>

struct ip;

/**
 * struct route - One way
 * @next:	handle of the next route of this prefix, 0: none
 * @gateway:	any: on the link itself
 * @origin:	enum route_origin
 * @pref:	RFC 4191: 1 high, 0 medium, -1 low
 * @life:	armed when it ends by itself
 * @age:	redirects: in ip->redirects, oldest first
 * @handle:	its own
 */
struct route {
	struct list by_link; /* in link->routes */
	struct list age;
	struct wheel_node life;
	struct ostia_addr prefix, gateway;
	struct ostia_link *link;
	uint32_t handle;
	uint32_t next;
	uint8_t plen; /* of 128 */
	uint8_t origin;
	int8_t pref;
};

/** enum route_origin - Who says so */
enum route_origin {
	ROUTE_MANUAL,
	ROUTE_OWN, /* made for an address of ours, goes with it */
	ROUTE_TOLD, /* a router's advertisement */
	ROUTE_REDIRECT, /* a router's redirect, for one destination */
};

enum { ROUTE_REDIRECTS = 256 }; /* of a stack; the oldest makes room */

/**
 * route_add() - @prefix/@plen (of 128 bits) by @l and @gateway (NULL: none)
 *
 * Return: 0; -EINVAL (bits behind the prefix, families differ),
 * -ENETUNREACH (the gateway is not on the link), -EEXIST, -ENOSPC, -ENOMEM.
 */
int route_add(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *prefix, unsigned plen,
	      const struct ostia_addr *gateway);

/** route_del() - Return: 0, -ESRCH. @gateway NULL: any. */
int route_del(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *prefix, unsigned plen,
	      const struct ostia_addr *gateway);

/* The same for ip/addrs.c: a network of our own; may stand beside others. */
int route_add_own(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *net, unsigned plen);
void route_del_own(struct ip *ip, struct ostia_link *l,
		   const struct ostia_addr *net, unsigned plen);

/** route_del_link() - The link goes: drop all of its routes. */
void route_del_link(struct ip *ip, struct ostia_link *l);

/**
 * route_told() - A router says that @prefix leads by @gateway (any: on link)
 * @until: 0: no more
 *
 * At most LINK6_ROUTES on a link; what finds no room is counted.
 */
void route_told(struct ip *ip, struct ostia_link *l,
		const struct ostia_addr *prefix, unsigned plen,
		const struct ostia_addr *gateway, int8_t pref, ostia_time until,
		ostia_time now);

/** route_to_end() - Behind its equals: they get their turn. */
void route_to_end(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *prefix, unsigned plen,
		  const struct ostia_addr *gateway);

/** route_redirect() - To @dst by @gateway (any: it is on the link) */
void route_redirect(struct ip *ip, struct ostia_link *l,
		    const struct ostia_addr *dst,
		    const struct ostia_addr *gateway, ostia_time until);

/** route_redirects_by() - Who answers no more takes redirects along. */
void route_redirects_by(struct ip *ip, struct ostia_link *l,
			const struct ostia_addr *neighbour);

/** route_expire() - Its life is over. */
void route_expire(struct ip *ip, struct route *r);

/**
 * route_select() - route_lookup() among several routers
 * @src: or NULL: one that told the source's prefix is better (RFC 8028)
 *
 * What was set by hand comes before what routers told; of these, one that is
 * not known to fail, then RFC 8028, then by preference (RFC 4191 3.2).
 */
const struct route *route_select(struct ip *ip, const struct ostia_addr *dst,
				 uint32_t zone, const struct ostia_addr *src);

/**
 * route_lookup() - The longest prefix that holds @dst
 * @zone: link index that it must lead by; 0: any
 */
const struct route *route_lookup(struct ip *ip, const struct ostia_addr *dst,
				 uint32_t zone);

#endif
