/* SPDX-License-Identifier: MIT */
/*
 * ip/neigh.h - neighbours: who answers for an IP address on an Ethernet link
 *
 * One cache for ARP and ND with the states of RFC 4861 7.3.2 for both.
 * Bounded: an entry that has proved itself (it answered us) is never driven
 * out by ones that have not, so a flood of made-up addresses leaves working
 * conversations alone (RFC 6583). What is sent to a neighbour that is not yet
 * known waits in a short queue; when it does not answer, an ip_error is told.
 */
#ifndef OSTIA_IP_NEIGH_H
#define OSTIA_IP_NEIGH_H

#include "base/wheel.h"
#include "ip/ip.h"
#include "link/link.h"

enum neigh_state {
	NEIGH_INCOMPLETE,
	NEIGH_REACHABLE,
	NEIGH_STALE,
	NEIGH_DELAY,
	NEIGH_PROBE,
	NEIGH_FAILED,
};

/**
 * struct neigh - One neighbour
 * @age:	ip->neigh_probation or neigh_kept, longest unused first
 * @timer:	armed in INCOMPLETE, DELAY, PROBE
 * @queue:	packets without Ethernet header; INCOMPLETE alone
 * @confirmed:	when it last answered
 * @reachable_ns: how long that is believed, drawn at random
 * @refs:	paths that point here
 */
struct neigh {
	struct list age;
	struct list by_link; /* in link->neighs */
	struct wheel_node timer;
	struct ostia_addr addr;
	struct ostia_link *link;
	struct pktq queue;
	ostia_time confirmed, used, updated;
	uint64_t reachable_ns;
	uint32_t handle;
	uint32_t refs;
	uint8_t mac[6];
	uint8_t state;
	uint8_t probes;
	bool kept;
	bool router;
};

/**
 * neigh_output() - The last stage of output: the link header
 * @p:		IP packet (header pushed, link set) or a frame (PKT_NEIGH_OK)
 * @path:	the one it was made for, or NULL: p->nexthop says, and when it
 *		does not, it is looked up by p->dst
 *
 * Return: VERDICT_DELIVER: it may go (links other than Ethernet push nothing);
 * VERDICT_HELD: it waits for the neighbour, and will come back as a frame in
 * link->replies; VERDICT_DROP: no room, no way (ip->why); @p is the caller's.
 */
enum verdict neigh_output(struct ip *ip, struct ostia_pkt *p, struct path *path,
			  ostia_time now);

/** neigh_find() - The entry, or NULL. */
struct neigh *neigh_find(struct ip *ip, const struct ostia_link *l,
			 const struct ostia_addr *addr);

/** neigh_get() - The entry, made if need be (INCOMPLETE, nothing asked yet);
 * NULL: the cache is full of better ones, or no memory.
 */
struct neigh *neigh_get(struct ip *ip, struct ostia_link *l,
			const struct ostia_addr *addr, ostia_time now);

/**
 * enum neigh_news - What a message says of a neighbour
 * NEIGH_NEWS_HEARD: it asked us, or announced itself: make or update, STALE
 * NEIGH_NEWS_ANSWER: it answered our question
 * NEIGH_NEWS_GRATUITOUS: announced, unasked: update only what is known
 */
enum neigh_news { NEIGH_NEWS_HEARD, NEIGH_NEWS_ANSWER, NEIGH_NEWS_GRATUITOUS };

/**
 * neigh_learn() - A message told us an address (RFC 826; RFC 4861 7.2.3-5)
 * @override:	may replace an address that differs; without it one that is
 *		REACHABLE only becomes STALE
 */
void neigh_learn(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr, const uint8_t mac[6],
		 enum neigh_news news, bool override, ostia_time now);

/** neigh_ask() - Is it there? Asks if nothing is known, or it failed. */
void neigh_ask(struct ip *ip, struct ostia_link *l,
	       const struct ostia_addr *addr, ostia_time now);

/** neigh_forget() - It has gone, somebody says: who sends to it asks first. */
void neigh_forget(struct ip *ip, struct neigh *n, ostia_time now);

/** neigh_confirm() - It is reachable: an upper layer saw progress. */
void neigh_confirm(struct neigh *n, ostia_time now);

/** neigh_of_path() - Let @path hold the entry of its next hop, if there is one
 * by now: upper layers confirm it through that, and it is not evicted.
 */
void neigh_of_path(struct ip *ip, struct path *path);
void neigh_put(struct ip *ip, struct neigh *n);

void neigh_expire(struct ip *ip, struct neigh *n, ostia_time now);
void neigh_link_gone(struct ip *ip, struct ostia_link *l);
void neigh_fini(struct ip *ip);

/** neigh_count() - Entries. */
uint32_t neigh_count(const struct ip *ip);

#endif
