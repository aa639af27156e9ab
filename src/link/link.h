/* SPDX-License-Identifier: MIT */
/*
 * link/link.h - a link: its description, what waits to leave by it
 *
 * Output is pulled. What may leave waits in two places: a bounded queue of
 * finished packets (replies: resets, ICMP, ARP, and what waited for a
 * neighbour) and a fair list of sources (connections, sockets) that will be
 * asked for their next packet one after another when the driver pulls.
 * stack/tx.c does the asking.
 */
#ifndef OSTIA_LINK_LINK_H
#define OSTIA_LINK_LINK_H

#include "base/addr.h"
#include "base/env.h"
#include "base/list.h"
#include "base/pkt.h"
#include "base/wheel.h"

#include <ostia/link.h>

/** enum tx_kind - Whom a txnode belongs to (stack/tx.c casts by it) */
enum tx_kind { TX_TCP, TX_UDP, TX_RAW, TX_PACKET };

/** struct txnode - A source's place in a link's ready list
 * @node:	empty: not on any list
 * @word:	free for the owner: it would be padding
 */
struct txnode {
	struct list node;
	uint8_t kind;
	uint32_t word;
};

enum {
	LINK_REPLIES_CAP = 1024,
	LINK_MTU_MIN = 68, /* RFC 791 */
	LINK_MTU_MAX = 65535,
	LINK_MTU_LOOPBACK = 65536,
};

enum { LINK_SEEN = 16 };

/**
 * struct link_seen - Unicast addresses that input found in order
 * @gen: of addresses and routes then; another one: forgotten. 0: none
 */
struct link_seen {
	struct ostia_addr src, dst;
	uint32_t gen;
};

/**
 * struct link_mcast - What a link owes to routers of groups, of one family
 * @general:	 an answer to a general query is due
 * @change:	 a change of ours is told again
 * @older_until: when queriers of version 1, and 2, are forgotten
 * @qqi_s, @qrv: the querier's interval and robustness; 0: not told
 */
struct link_mcast {
	struct wheel_node general, change;
	struct ostia_link *link;
	ostia_time older_until[2];
	uint32_t qqi_s;
	uint8_t qrv;
	bool v6;
};

/**
 * struct ostia_link - A link
 *
 * @seen saves input four searches a packet for the peers of the moment.
 * @replies holds packets without Ethernet header (their path is looked up
 * when they are pulled), and frames marked PKT_NEIGH_OK whose header is done.
 * Any of them may be a super-segment or have its checksum PARTIAL.
 */
struct ostia_link {
	struct ostia_stack *stack; /* for stack/ alone */
	struct list node; /* in the IP room's list of links */
	struct list addrs; /* of struct ifaddr, oldest first (ip/addrs.h) */
	struct list groups; /* of struct group (ip/groups.h) */
	struct list routes, paths, neighs, frags; /* what ip/ has by it */
	struct link6 *in6; /* the same, of IPv6 (ip/link6.h) */
	struct link_mcast mc[2]; /* IPv4, IPv6 (ip/mcast.h) */
	struct dhcp *dhcp; /* NULL: none (ip/dhcp.h) */
	struct zeroconf *zeroconf; /* NULL: none (ip/zeroconf.h) */
	char name[16];
	uint32_t index; /* from 1; never used again in this stack */
	uint32_t type;
	uint32_t mtu;
	uint32_t caps;
	uint32_t gso_max;
	uint32_t naddrs, ngroups;
	uint8_t mac[6];
	uint8_t told; /* its number in the trace's log; 0: none */
	struct list ready; /* of txnode */
	struct pktq replies;
	struct pktq finished; /* frames split at the last pull, still to go */
	uint64_t rx_pkts, rx_bytes, tx_pkts, tx_bytes, drops;
	struct link_seen seen[LINK_SEEN];
};

/**
 * link_new() - A link as its driver describes it, without index or addresses
 * Return: 0; -EINVAL (name, type, MTU, a group's MAC address), -ENOMEM.
 */
int link_new(const struct ostia_env *env, const struct ostia_link_config *cfg,
	     struct ostia_link **out);

/** link_free() - Frees what waits in it; its sources are forgotten. */
void link_free(const struct ostia_env *env, struct ostia_link *l);

/** link_ready() - The source has something to send by this link. */
static inline void link_ready(struct ostia_link *l, struct txnode *n)
{
	if (list_empty(&n->node))
		list_push(&l->ready, &n->node);
}

/** link_pending() - May a pull find something? */
static inline bool link_pending(const struct ostia_link *l)
{
	return l->finished.head || l->replies.head || !list_empty(&l->ready);
}

/** link_unready() - It has not, after all. */
static inline void link_unready(struct txnode *n)
{
	list_remove(&n->node);
}

#endif
