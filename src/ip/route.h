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
#include "link/link.h"

#include <stdbool.h>

struct ip;

/**
 * struct route - One way
 * @next:	handle of the next route of this prefix, 0: none
 * @gateway:	any: on the link itself
 * @own:	made for an address of ours, goes with it
 * @handle:	its own
 */
struct route {
	struct list by_link; /* in link->routes */
	struct ostia_addr prefix, gateway;
	struct ostia_link *link;
	uint32_t handle;
	uint32_t next;
	uint8_t plen; /* of 128 */
	bool own;
};

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
 * route_lookup() - The longest prefix that holds @dst
 * @zone: link index that it must lead by; 0: any
 */
const struct route *route_lookup(struct ip *ip, const struct ostia_addr *dst,
				 uint32_t zone);

#endif
