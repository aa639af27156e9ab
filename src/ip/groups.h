/* SPDX-License-Identifier: MIT */
/*
 * ip/groups.h - the multicast groups that we hear on a link, and from whom
 * (RFC 9776 3.2, RFC 9777 4.2)
 *
 * 224.0.0.1, ff01::1, ff02::1 and the solicited-node groups of our addresses
 * are always heard. Others are joined, with a filter: INCLUDE these sources,
 * or EXCLUDE those. Many members make one state of the link: EXCLUDE as soon
 * as one member excludes, then what all who exclude refuse and nobody
 * includes; else INCLUDE, what anybody includes. Each source counts its
 * members, so a change costs what the changed filter has, and routers are
 * told of it by ip/mcast.
 */
#ifndef OSTIA_IP_GROUPS_H
#define OSTIA_IP_GROUPS_H

#include "base/addr.h"
#include "base/list.h"
#include "base/wheel.h"
#include "link/link.h"

#include <stdbool.h>

struct ip;

enum {
	GROUPS_CAP = 1024, /* on a link */
	GROUPS_SOURCES_CAP = 4096, /* of a group on a link */
};

/**
 * struct gsrc - A source that somebody includes or excludes
 * @inc, @exc:	how many members
 * @left:	reports that still tell of its last change
 * @in:		it is in the link's list
 */
struct gsrc {
	struct list node;
	struct ostia_addr addr;
	uint32_t inc, exc;
	uint8_t left;
	bool in;
};

/**
 * struct group - A group on a link
 * @srcs:	struct gsrc
 * @inc, @exc:	members in each mode; none: only routers must still hear
 * @timer:	an answer to a query is due; older versions: a report, too
 * @asked:	sources that the query named; @nasked 0: all
 * @exclude:	the link's mode
 * @left:	reports that still tell of the mode's last change
 * @reporter:	older versions: nobody reported the group since we did
 * @member:	older versions: what the routers were told last
 * @repeat:	older versions: unasked reports that are still due
 */
struct group {
	struct list node; /* in link->groups */
	struct ostia_addr addr;
	struct ostia_link *link;
	struct list srcs;
	struct wheel_node timer;
	struct ostia_addr *asked;
	uint32_t nasked;
	uint32_t nsrcs;
	uint32_t inc, exc;
	bool exclude;
	bool reporter;
	bool member;
	uint8_t left, repeat;
};

/** struct gfilter - Whom a member wants to hear; lends @src */
struct gfilter {
	const struct ostia_addr *src;
	uint32_t n;
	bool exclude;
};

/**
 * groups_change() - A member's filter of @group becomes another one
 * @old: NULL: it joins. @new: NULL: it leaves
 *
 * Return: 0; -EINVAL (no group), -EADDRNOTAVAIL (@old, and no such group),
 * -ENOBUFS (GROUPS_CAP, GROUPS_SOURCES_CAP), -ENOMEM. On errors nothing has
 * changed; leaving never lacks memory.
 */
int groups_change(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *group, const struct gfilter *old,
		  const struct gfilter *new);

/** groups_join() - From everybody. As groups_change(). */
int groups_join(struct ip *ip, struct ostia_link *l,
		const struct ostia_addr *group);

/** groups_leave() - Return: 0, -EADDRNOTAVAIL (not joined). */
int groups_leave(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *group);

/** groups_find() - The group if it has members, or NULL. */
struct group *groups_find(const struct ostia_link *l,
			  const struct ostia_addr *group);

/**
 * groups_heard() - Is a packet to @group, come by @l, for us?
 * @src: NULL: whoever sent it
 */
bool groups_heard(struct ip *ip, const struct ostia_link *l,
		  const struct ostia_addr *group, const struct ostia_addr *src);

/** groups_is_all_nodes() - 224.0.0.1, ff01::1, ff02::1: no router is told. */
bool groups_is_all_nodes(const struct ostia_addr *g);

/** groups_drop() - The link goes: forget all. */
void groups_drop(struct ip *ip, struct ostia_link *l);

/* For ip/mcast: what was changed is told; forget sources and groups that
 * nobody wants.
 */
void groups_told(struct ip *ip, struct group *g);

#endif
