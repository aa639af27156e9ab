/* SPDX-License-Identifier: MIT */
/*
 * ip/arp.c - ARP on Ethernet (RFC 826, RFC 1122 2.3.2, RFC 5227)
 *
 * As Linux does by default we answer for any IPv4 address of ours on any
 * Ethernet link. What others say is believed by the rules of ip/neigh; only
 * hosts that a route says are on the link are remembered.
 */
#include "ip/arp.h"

#include "ip/addrs.h"
#include "ip/dhcp.h"
#include "ip/neigh.h"
#include "ip/route.h"
#include "ip/select.h"
#include "ip/state.h"
#include "ip/zeroconf.h"
#include "link/eth.h"
#include "wire/arp.h"
#include "wire/eth.h"

#include <errno.h>

#define DEFEND_NS (10 * NS_PER_S) /* DEFEND_INTERVAL, RFC 5227 1.1 */

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t nobody[6];

static int queue_arp(struct ip *ip, struct ostia_link *l,
		     const struct wire_arp *f, const uint8_t *to)
{
	struct ostia_pkt *p = pkt_new(ip->pool);

	if (!p)
		return -ENOMEM;
	p->link = l;
	p->flags |= PKT_NEIGH_OK;
	if (wire_arp_emit(pkt_put(p, WIRE_ARP_LEN), WIRE_ARP_LEN, f) < 0 ||
	    link_eth_push(l, p, to, WIRE_ETH_ARP) ||
	    !pktq_push(&l->replies, p)) {
		ip->stats->IpOutDiscards++;
		pkt_free(p);
		return -ENOBUFS;
	}
	return 0;
}

int arp_ask(struct ip *ip, struct ostia_link *l,
	    const struct ostia_addr *target, const uint8_t *mac,
	    const struct ostia_addr *from)
{
	struct wire_arp f = { .op = WIRE_ARP_REQUEST,
			      .sha = l->mac,
			      .tha = mac ? mac : nobody,
			      .tpa = target->b + 12 };

	if (!from || !addrs_is_ours(ip, from, 0) || addr_is_loopback(from))
		from = select_source(ip, l, target, target, 0);
	if (!from)
		return -EADDRNOTAVAIL;
	f.spa = from->b + 12;
	return queue_arp(ip, l, &f, mac ? mac : broadcast);
}

int arp_announce(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr)
{
	const struct wire_arp f = { .op = WIRE_ARP_REQUEST,
				    .sha = l->mac,
				    .spa = addr->b + 12,
				    .tha = nobody,
				    .tpa = addr->b + 12 };

	return queue_arp(ip, l, &f, broadcast);
}

int arp_probe(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *addr)
{
	static const uint8_t unknown[4];
	const struct wire_arp f = { .op = WIRE_ARP_REQUEST,
				    .sha = l->mac,
				    .spa = unknown,
				    .tha = nobody,
				    .tpa = addr->b + 12 };

	return queue_arp(ip, l, &f, broadcast);
}

static void answer(struct ip *ip, struct ostia_link *l,
		   const struct wire_arp *q)
{
	const struct wire_arp f = { .op = WIRE_ARP_REPLY,
				    .sha = l->mac,
				    .spa = q->tpa,
				    .tha = q->sha,
				    .tpa = q->spa };

	queue_arp(ip, l, &f, q->sha);
}

/* RFC 5227 2.4 (b): somebody else uses our address; say once in a while that
 * it is ours, and go on using it.
 */
static void defend(struct ip *ip, struct ostia_link *l, struct ifaddr *i,
		   ostia_time now)
{
	if (i->defended && time_since(i->defended, now) < DEFEND_NS)
		return;
	i->defended = now ? now : 1;
	arp_announce(ip, l, &i->addr);
}

static bool may_be_neighbour(struct ip *ip, const struct ostia_link *l,
			     const struct ostia_addr *a)
{
	const struct route *r;

	if (addr_is_any(a) || addr_is_multicast(a) || addr_is_loopback(a) ||
	    addr_is_broadcast(a) || addrs_is_directed(ip, a))
		return false;
	r = route_lookup(ip, a, l->index);
	return r && addr_is_any(&r->gateway);
}

static enum neigh_news news_of(const struct wire_arp *f, bool to_us,
			       bool to_group)
{
	if (to_us && f->op == WIRE_ARP_REQUEST)
		return NEIGH_NEWS_HEARD;
	if (to_us && f->op == WIRE_ARP_REPLY && !to_group)
		return NEIGH_NEWS_ANSWER;
	return NEIGH_NEWS_GRATUITOUS;
}

static void receive(struct ip *ip, struct ostia_pkt *p,
		    const struct wire_arp *f, ostia_time now)
{
	struct ostia_addr spa = addr_v4(f->spa), tpa = addr_v4(f->tpa);
	struct ifaddr *target = addrs_find(ip, &tpa, 0);
	struct ifaddr *sender = addrs_find(ip, &spa, 0);
	bool to_us = target && !addr_is_loopback(&tpa);

	if (dhcp_arp(ip, p->link, f, now) || zeroconf_arp(ip, p->link, f, now))
		return; /* who claims an address that they look after */
	if (sender && sender->link == p->link) {
		defend(ip, p->link, sender, now);
		return;
	}
	if (!sender && may_be_neighbour(ip, p->link, &spa))
		neigh_learn(ip, p->link, &spa, f->sha,
			    news_of(f, to_us, p->flags & PKT_BROADCAST), true,
			    now);
	/* A probe comes from nobody and is answered (RFC 5227 2.1.1). */
	if (to_us && f->op == WIRE_ARP_REQUEST &&
	    (addr_is_any(&spa) || may_be_neighbour(ip, p->link, &spa)))
		answer(ip, p->link, f);
}

enum verdict arp_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	const uint8_t *h = pkt_peek(p, p->l3, WIRE_ARP_LEN);
	struct wire_arp f;

	if (!h || wire_arp_parse(&f, h, WIRE_ARP_LEN) < 0 ||
	    wire_eth_is_group(f.sha))
		return IP_DROP(ip, LinkInErrors);
	if (p->link->type == OSTIA_LINK_ETHERNET &&
	    memcmp(f.sha, p->link->mac, 6) != 0) /* else our own, echoed */
		receive(ip, p, &f, now);
	pkt_free(p);
	return VERDICT_HELD;
}
