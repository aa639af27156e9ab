/* SPDX-License-Identifier: MIT */
/*
 * ip/slaac.h - addresses that a link gives itself (RFC 4862 5.5, RFC 7217,
 * RFC 8981)
 *
 * The link-local one, those that routers' prefixes ask for, and temporary ones
 * beside them. Interface identifiers come from the MAC address or from a
 * secret (addr_gen_mode); temporary ones are random. Bounded by max_addresses.
 */
#ifndef OSTIA_IP_SLAAC_H
#define OSTIA_IP_SLAAC_H

#include "ip/addrs.h"
#include "wire/nd.h"

/** slaac_linklocal() - Give @l its link-local address, if its settings say so.
 * Return: 0, addrs_add()'s errors.
 */
int slaac_linklocal(struct ip *ip, struct ostia_link *l, ostia_time now);

/**
 * slaac_prefix() - An advertisement has an autonomous prefix
 * @router: which of the link's routers told it, or -1
 */
void slaac_prefix(struct ip *ip, struct ostia_link *l, int router,
		  const struct wire_nd_prefix *f, ostia_time now);

/** slaac_arm() - Wait for what happens next in the life of @a. */
void slaac_arm(struct ip *ip, struct ifaddr *a, ostia_time now);

/** slaac_expire() - The timer of an address in use. @a may be gone after. */
void slaac_expire(struct ip *ip, struct ifaddr *a, ostia_time now);

/** slaac_taken() - @a proved to be a duplicate: try another, if it is of a
 * kind that can be (RFC 7217 6, RFC 8981 3.4). @a may be gone after.
 */
void slaac_taken(struct ip *ip, struct ifaddr *a, ostia_time now);

/** slaac_again() - The delay after a duplicate is over. @a is gone after. */
void slaac_again(struct ip *ip, struct ifaddr *a, ostia_time now);

/** slaac_router_gone() - No prefix is of router @i any more. */
void slaac_router_gone(struct ostia_link *l, unsigned i);

#endif
