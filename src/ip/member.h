/* SPDX-License-Identifier: MIT */
/*
 * ip/member.h - a socket's memberships and source filters (RFC 3678)
 *
 * A membership is a group on a link with a filter. What sockets want together
 * is the affair of ip/groups; here each keeps its own, and each is asked
 * whether a packet is for its socket. Errors are Linux's.
 */
#ifndef OSTIA_IP_MEMBER_H
#define OSTIA_IP_MEMBER_H

#include "base/addr.h"

#include <stdbool.h>

struct ip;

enum {
	MEMBER6_CAP = 1024
}; /* IPv6 memberships of a socket; Linux bounds
    * their memory (net.core.optmem_max) */

/**
 * struct member - A membership
 * @asked:	which address of ours named the link (imr_address), or any
 * @src:	@n sources, room for @room
 * @index:	of the link, which may have gone
 * @listed:	it had sources since its mode was chosen: the mode stays
 */
struct member {
	struct member *next;
	struct ostia_addr group, asked;
	struct ostia_addr *src;
	uint32_t index;
	uint32_t n, room;
	bool exclude;
	bool listed;
};

/** struct member_of - Which membership: a group, and its link
 * @index: 0: any link. @asked: the address that names it; any: none
 */
struct member_of {
	struct ostia_addr group, asked;
	uint32_t index;
};

/**
 * member_join() - A new membership, the first in *@list
 * @exclude: from everybody; else from nobody yet
 *
 * Return: 0; -EINVAL (no group), -ENODEV, -EADDRINUSE (already), -ENOBUFS
 * (igmp_max_memberships; a link's caps), -ENOMEM.
 */
int member_join(struct ip *ip, struct member **list, const struct member_of *m,
		bool exclude);

/** member_leave() - Return: 0, -EADDRNOTAVAIL (no such membership). */
int member_leave(struct ip *ip, struct member **list,
		 const struct member_of *m);

/**
 * member_source() - Add a source to a filter, or take it out
 * @exclude: the mode that the caller means
 *
 * Taking out the last included source leaves the group. Return: 0; -EINVAL
 * (no membership, other mode), -EADDRNOTAVAIL (is there already, or is not),
 * -ENOBUFS (igmp_max_msf, mld_max_msf), -ENOMEM.
 */
int member_source(struct ip *ip, struct member **list,
		  const struct member_of *m, const struct ostia_addr *src,
		  bool exclude, bool add);

/**
 * member_filter() - Replace the whole filter (RFC 3678 4.1, 5.1)
 *
 * INCLUDE of nobody leaves the group. Return: as member_source(), 0.
 */
int member_filter(struct ip *ip, struct member **list,
		  const struct member_of *m, bool exclude,
		  const struct ostia_addr *src, uint32_t n);

/** member_find() - The membership of @group on link @index, or NULL. */
struct member *member_find(struct member *list, const struct ostia_addr *group,
			   uint32_t index);

/**
 * member_allows() - Is a packet from @src to @group for this socket?
 * @index: link it came by
 * @all:   IP_MULTICAST_ALL: without a membership of its own, yes
 */
bool member_allows(const struct member *list, const struct ostia_addr *group,
		   const struct ostia_addr *src, uint32_t index, bool all);

/** member_drop() - The socket ends. */
void member_drop(struct ip *ip, struct member **list);

#endif
