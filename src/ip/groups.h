/* SPDX-License-Identifier: MIT */
/*
 * ip/groups.h - the multicast groups that we hear on a link
 *
 * 224.0.0.1, ff01::1, ff02::1 and the solicited-node groups of our addresses
 * are always heard. Others are joined by sockets, counted.
 */
#ifndef OSTIA_IP_GROUPS_H
#define OSTIA_IP_GROUPS_H

#include "base/addr.h"
#include "base/list.h"
#include "link/link.h"

#include <stdbool.h>

struct ip;

enum { GROUPS_CAP = 1024 }; /* on a link */

struct group {
	struct list node; /* in link->groups */
	struct ostia_addr addr;
	uint32_t refs;
};

/** groups_join() - Return: 0, -EINVAL (no group), -ENOBUFS, -ENOMEM. */
int groups_join(struct ip *ip, struct ostia_link *l,
		const struct ostia_addr *group);

/** groups_leave() - Return: 0, -EADDRNOTAVAIL (not joined). */
int groups_leave(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *group);

/** groups_heard() - Is a packet to @group, come by @l, for us? */
bool groups_heard(struct ip *ip, const struct ostia_link *l,
		  const struct ostia_addr *group);

/** groups_drop() - The link goes: forget all. */
void groups_drop(struct ip *ip, struct ostia_link *l);

#endif
