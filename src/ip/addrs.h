/* SPDX-License-Identifier: MIT */
/*
 * ip/addrs.h - our addresses
 *
 * An address belongs to a link. Adding one files it, its directed broadcast
 * (IPv4, up to /30), and a route to its network. IPv4 follows the weak model
 * as Linux does: an address is ours on whichever link a packet comes in;
 * link-local IPv6 addresses are ours on their link alone. Which one to speak
 * from: ip/select. Whether somebody else has it: ip/dad. Those that routers
 * make us have: ip/slaac.
 */
#ifndef OSTIA_IP_ADDRS_H
#define OSTIA_IP_ADDRS_H

#include "base/addr.h"
#include "base/list.h"
#include "base/wheel.h"
#include "link/link.h"

#include <stdbool.h>

struct ip;

/** enum ifaddr_kind - A host's address, and what comes with it */
enum ifaddr_kind { IFADDR_LOCAL, IFADDR_BROADCAST, IFADDR_SOLICITED };

/** enum ifaddr_state - May it be used (RFC 4862 5.4, 5.5.4)? */
enum ifaddr_state {
	IFADDR_PREFERRED,
	IFADDR_DEPRECATED, /* only where nothing else will do */
	IFADDR_TENTATIVE, /* not yet ours: perhaps somebody has it */
	IFADDR_DUPLICATE, /* somebody has */
};

/** enum ifaddr_origin - Who gave it to us */
enum ifaddr_origin {
	IFADDR_MANUAL,
	IFADDR_LINKLOCAL,
	IFADDR_SLAAC,
	IFADDR_TEMPORARY, /* RFC 8981 */
};

/**
 * struct ifaddr - An address of a link
 * @timer:	DAD's next probe while TENTATIVE, else the end of a lifetime
 * @defended:	when we last defended it (RFC 5227 2.4), 0: never
 * @valid_until, @preferred_until: OSTIA_NEVER for most
 * @made:	RFC 8981: when it was made, for its own limits of life
 * @nonce:	of the last probe for duplicates (RFC 7527)
 * @refs:	how many local addresses a broadcast or group comes from
 * @routers:	bit i: router i of the link told its prefix (RFC 6724 5.5)
 * @plen:	of 128 bits: 96 more than IPv4 writes
 * @probes:	that are still to be sent
 * @tries:	identifiers of this prefix that proved to be taken
 * @onlink:	its network is reachable because of it
 * @looped:	a probe of ours came back (RFC 7527 4.1)
 * @renewed:	a temporary address that has its successor
 * @told:	a solicited-node group that routers and switches are told of
 */
struct ifaddr {
	struct list node; /* in link->addrs */
	struct wheel_node timer;
	struct ostia_addr addr;
	struct ostia_link *link;
	ostia_time defended;
	ostia_time valid_until, preferred_until, made;
	uint64_t desync; /* ns; RFC 8981 3.8 */
	uint8_t nonce[6];
	uint16_t routers;
	uint32_t handle;
	uint32_t refs;
	uint8_t plen;
	uint8_t kind;
	uint8_t state;
	uint8_t origin;
	uint8_t probes;
	uint8_t tries;
	bool onlink, looped, renewed, told;
};

/**
 * addrs_tell_solicited() - From now on MLD reports the solicited-node groups
 * of the link's addresses (RFC 4861 7.2.1, RFC 4862 5.4.2, RFC 3810 6): a
 * switch that looks into MLD would not pass us questions for them.
 *
 * At once, as on Linux: RFC 4862 5.4.2 would rather wait with DAD's first
 * probe, but an address without DAD is used at once, too. Ethernet alone. What
 * finds no room is heard all the same, and counted.
 */
void addrs_tell_solicited(struct ip *ip, struct ostia_link *l);

/**
 * addrs_add() - Give a link an address
 * @plen:	as the family writes it: 0..32 or 0..128
 *
 * With dad_transmits set, an IPv6 address is TENTATIVE at first.
 * Return: 0; -EINVAL (no host may have it: multicast, any, class E, loopback
 * on another link, the length), -EEXIST, -ENOSPC, -ENOMEM.
 */
int addrs_add(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
	      uint8_t plen, ostia_time now);

/**
 * struct addrs_spec - An address that the link gives itself
 * @plen:	of 128
 * @soon:	many may do it at once: probe after a random delay
 */
struct addrs_spec {
	struct ostia_addr addr;
	ostia_time valid_until, preferred_until;
	uint16_t routers;
	uint8_t plen;
	uint8_t origin;
	uint8_t tries;
	bool onlink, soon;
};

/** addrs_take() - The same for one that is made here; *@out is it. */
int addrs_take(struct ip *ip, struct ostia_link *l, const struct addrs_spec *s,
	       ostia_time now, struct ifaddr **out);

/** addrs_entry() - Ours on @l in whatever state, or NULL. */
struct ifaddr *addrs_entry(struct ip *ip, const struct ostia_link *l,
			   const struct ostia_addr *a);

/** addrs_usable() - Neither tentative nor a duplicate. */
static inline bool addrs_usable(const struct ifaddr *a)
{
	return a->state <= IFADDR_DEPRECATED;
}

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

/** addrs_find() - Ours (kind IFADDR_LOCAL, usable), or NULL. Any of 127/8
 * finds the loopback link's.
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

/** addrs_common() - How many leading bits agree. */
unsigned addrs_common(const struct ostia_addr *a, const struct ostia_addr *b);

/** addrs_mask() - The first @plen bits (of 128), the rest 0. */
struct ostia_addr addrs_mask(const struct ostia_addr *a, unsigned plen);

#endif
