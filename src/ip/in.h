/* SPDX-License-Identifier: MIT */
/*
 * ip/in.h - input of the two families, for ip/in.c
 */
#ifndef OSTIA_IP_IN_H
#define OSTIA_IP_IN_H

#include "base/addr.h"
#include "base/pkt.h"
#include "base/verdict.h"
#include "ip/state.h"

/* As ip_rx(), for a packet whose version is known. */
enum verdict in4_rx(struct ip *ip, struct ostia_pkt **p, ostia_time now);
enum verdict in6_rx(struct ip *ip, struct ostia_pkt **p, ostia_time now);

static_assert(IP_SEEN == 1 << 4, "in_seen() takes four bits");

/* Where the packet's addresses would be remembered. */
static inline struct link_seen *in_seen(const struct ostia_pkt *p)
{
	uint32_t h = (p->src.w[3] ^ p->dst.w[3]) * 0x9e3779b1u;

	return &p->link->seen[h >> 28];
}

/* Were they found in order before? A frame to a group is always looked at. */
static inline bool in_was_seen(const struct ip *ip, const struct ostia_pkt *p)
{
	const struct link_seen *s = in_seen(p);

	return s->gen == ip->gen + 1 && !(p->flags & PKT_BROADCAST) &&
	       addr_eq(&s->src, &p->src) && addr_eq(&s->dst, &p->dst);
}

static inline void in_remember(const struct ip *ip, const struct ostia_pkt *p)
{
	if (!(p->flags & PKT_BROADCAST))
		*in_seen(p) =
			(struct link_seen) { p->src, p->dst, ip->gen + 1 };
}

#endif
