/* SPDX-License-Identifier: MIT */
/*
 * ip/mcast.h - telling routers which groups we hear: IGMP (RFC 9776, RFC 2236,
 * RFC 1112) and MLD (RFC 9777, RFC 2710), hosts' side
 *
 * One room for both: they differ in addresses, headers, and how many older
 * versions they know. A change of a link's state is told at once, and again
 * at random times as often as the robustness says; queries are answered after
 * a random time, together where they can be. A querier of an older version is
 * spoken to in its own.
 */
#ifndef OSTIA_IP_MCAST_H
#define OSTIA_IP_MCAST_H

#include "base/pkt.h"
#include "base/verdict.h"
#include "ip/groups.h"

struct ip;

enum {
	MCAST_ASKED_CAP = 64, /* sources of a query that are remembered; a
			       * query with more is answered in full */
};

/** mcast_changed() - @g's state on its link is another one: tell. May free
 * @g when nobody needs to be told and nobody is a member.
 */
void mcast_changed(struct ip *ip, struct group *g);

/** mcast_robustness() - How often a change of @group is told. */
uint8_t mcast_robustness(struct ip *ip, const struct ostia_link *l,
			 const struct ostia_addr *group);

/**
 * mcast_rx4() - An IGMP message arrived; raw sockets have had their copy
 * Return: HELD (freed), DROP.
 */
enum verdict mcast_rx4(struct ip *ip, struct ostia_pkt *p, ostia_time now);
/** mcast_rx6() - An MLD message; checksum verified by icmp6. Takes @p. */
enum verdict mcast_rx6(struct ip *ip, struct ostia_pkt *p, ostia_time now);

/** mcast_has_source() - @l has a link-local address now: routers heed reports
 * from no other, so they are told again (RFC 3590 4).
 */
void mcast_has_source(struct ip *ip, struct ostia_link *l, ostia_time now);

/** mcast_joined() - A member joined @group on @l: MLD is in use there. */
void mcast_joined(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *group);

/** mcast_link_init() - A link begins. */
void mcast_link_init(struct ostia_link *l);
void mcast_link_gone(struct ip *ip, struct ostia_link *l);

/* Timers: a group's, a link's answer to a general query, a link's changes. */
void mcast_expire_group(struct ip *ip, struct group *g, ostia_time now);
void mcast_expire_general(struct ip *ip, struct link_mcast *m, ostia_time now);
void mcast_expire_change(struct ip *ip, struct link_mcast *m, ostia_time now);

void mcast_forget_asked(struct ip *ip, struct group *g);

#endif
