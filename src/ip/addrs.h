/* SPDX-License-Identifier: MIT */
/*
 * ip/addrs.h - our addresses, and which one to speak from
 *
 * An address belongs to a link. Adding one files it, its directed broadcast
 * (IPv4, up to /30), and a route to its network. IPv4 follows the weak model
 * as Linux does: an address is ours on whichever link a packet comes in;
 * link-local IPv6 addresses are ours on their link alone.
 */
#ifndef OSTIA_IP_ADDRS_H
#define OSTIA_IP_ADDRS_H

#include "base/addr.h"
#include "base/list.h"
#include "link/link.h"

#include <stdbool.h>

struct ip;

/** enum ifaddr_kind - A host's address, and what comes with it */
enum ifaddr_kind { IFADDR_LOCAL, IFADDR_BROADCAST, IFADDR_SOLICITED };

/**
 * struct ifaddr - An address of a link
 * @plen:	of 128 bits: 96 more than IPv4 writes
 * @refs:	how many local addresses a broadcast or group comes from
 * @defended:	when we last defended it (RFC 5227 2.4), 0: never
 */
struct ifaddr {
	struct list node; /* in link->addrs */
	struct ostia_addr addr;
	struct ostia_link *link;
	ostia_time defended;
	uint32_t handle;
	uint32_t refs;
	uint8_t plen;
	uint8_t kind;
};

/**
 * addrs_add() - Give a link an address
 * @plen:	as the family writes it: 0..32 or 0..128
 *
 * Return: 0; -EINVAL (no host may have it: multicast, any, class E, loopback
 * on another link, the length), -EEXIST, -ENOSPC, -ENOMEM.
 */
int addrs_add(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
	      uint8_t plen);

/** addrs_del() - Take it away, with its routes. Return: 0, -EADDRNOTAVAIL. */
int addrs_del(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
	      uint8_t plen);

/** addrs_drop() - The same for an entry of kind IFADDR_LOCAL. */
void addrs_drop(struct ip *ip, struct ifaddr *a);

/**
 * addrs_is_ours() - May a socket be bound to it?
 * @zone:	link index for link-local IPv6 (0: on any link), else ignored
 */
bool addrs_is_ours(struct ip *ip, const struct ostia_addr *a, uint32_t zone);

/** addrs_find() - Ours (kind IFADDR_LOCAL), or NULL. Any of 127/8 finds the
 * loopback link's.
 */
struct ifaddr *addrs_find(struct ip *ip, const struct ostia_addr *a,
			  uint32_t zone);

/** addrs_is_directed() - A directed broadcast of one of our networks? Gives
 * its link, or NULL.
 */
struct ostia_link *addrs_is_directed(struct ip *ip, const struct ostia_addr *a);

/** addrs_is_solicited() - A solicited-node group of ours on @l? */
bool addrs_is_solicited(struct ip *ip, const struct ostia_link *l,
			const struct ostia_addr *group);

/**
 * addrs_source() - The address to speak to @dst from, by @l (RFC 6724 5;
 * IPv4: the one whose network holds @nexthop, else the oldest)
 *
 * Return: NULL when there is none of that family and scope.
 */
const struct ostia_addr *addrs_source(struct ip *ip, struct ostia_link *l,
				      const struct ostia_addr *dst,
				      const struct ostia_addr *nexthop);

/** addrs_scoped() - Does the address mean something on one link only? */
static inline bool addrs_scoped(const struct ostia_addr *a)
{
	if (a->b[0] == 0xff) /* interface-local and link-local groups */
		return (a->b[1] & 15) == 1 || (a->b[1] & 15) == 2;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/** addrs_solicited() - The solicited-node group of @a (RFC 4291 2.7.1). */
struct ostia_addr addrs_solicited(const struct ostia_addr *a);

/** addrs_prefix_eq() - Do the first @plen bits (of 128) agree? */
bool addrs_prefix_eq(const struct ostia_addr *a, const struct ostia_addr *b,
		     unsigned plen);

/** addrs_mask() - The first @plen bits (of 128), the rest 0. */
struct ostia_addr addrs_mask(const struct ostia_addr *a, unsigned plen);

#endif
