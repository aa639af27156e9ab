/* SPDX-License-Identifier: MIT */
/*
 * link/link.h - a link: its description, what waits to leave by it
 *
 * Output is pulled. What may leave waits in two places: a bounded queue of
 * finished IP packets (replies: resets, ICMP, ARP) and a fair list of sources
 * (connections, sockets) that will be asked for their next packet one after
 * another when the driver pulls. stack/tx.c does the asking.
 */
#ifndef OSTIA_LINK_LINK_H
#define OSTIA_LINK_LINK_H

#include "base/list.h"
#include "base/pkt.h"

#include <ostia/link.h>

/** enum tx_kind - Whom a txnode belongs to (stack/tx.c casts by it) */
enum tx_kind { TX_TCP, TX_UDP, TX_RAW };

/** struct txnode - A source's place in a link's ready list */
struct txnode {
	struct list node; /* empty: not on any list */
	uint8_t kind;
};

enum { LINK_REPLIES_CAP = 1024 };

struct ostia_link {
	struct ostia_stack *stack; /* for stack/ alone */
	struct list node; /* in the IP room's list of links */
	char name[16];
	uint32_t index; /* from 1; never used again in this stack */
	uint32_t type;
	uint32_t mtu;
	uint32_t caps;
	uint32_t gso_max;
	uint8_t mac[6];
	struct list ready; /* of txnode */
	struct pktq replies; /* finished IP packets, dst resolved at pull */
	struct pktq finished; /* frames split at the last pull, still to go */
	uint64_t rx_pkts, rx_bytes, tx_pkts, tx_bytes, drops;
};

/** link_ready() - The source has something to send by this link. */
static inline void link_ready(struct ostia_link *l, struct txnode *n)
{
	if (list_empty(&n->node))
		list_push(&l->ready, &n->node);
}

/** link_unready() - It has not, after all. */
static inline void link_unready(struct txnode *n)
{
	list_remove(&n->node);
}

#endif
