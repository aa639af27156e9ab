/* SPDX-License-Identifier: MIT */
/*
 * stack/rx.c - the way in: from a link's batch to the sockets
 *
 * Every stage answers with a verdict; this page is where verdicts are acted
 * upon. Nothing here transmits: what must be answered is queued, and leaves
 * when the link is pulled.
 */
#include "ip/arp.h"
#include "ip/dhcp.h"
#include "ip/mcast.h"
#include "link/eth.h"
#include "stack/gro.h"
#include "stack/stack.h"
#include "wire/eth.h"

#include <netinet/in.h>

static void drop(struct ostia_stack *s, struct ostia_pkt *p, const char *why)
{
	stack_trace_drop(s, p, why);
	p->link->drops++;
	pkt_free(p);
}

static void no_port(struct ostia_stack *s, struct ostia_pkt *p)
{
	icmp_error(&s->ip, p, ICMP_NO_PORT, 0, 0, stack_now(s));
	drop(s, p, "UdpNoPorts");
}

static void no_proto(struct ostia_stack *s, struct ostia_pkt *p)
{
	s->stats.IpInUnknownProtos++;
	icmp_error(&s->ip, p, ICMP_NO_PROTO, 0, 0, stack_now(s));
	drop(s, p, "IpInUnknownProtos");
}

/* Raw sockets have seen it; who else wants it? */
static enum verdict to_transport(struct ostia_stack *s, struct ostia_pkt *p,
				 bool raw_took)
{
	enum verdict v;

	switch (p->proto) {
	case IPPROTO_TCP:
		return tcp_rx(s->tcp, p, stack_now(s));
	case IPPROTO_UDP:
		if (p->link->dhcp && dhcp_wants(p)) {
			dhcp_rx(&s->ip, p, stack_now(s));
			return VERDICT_HELD;
		}
		return udp_rx(s->udp, p, stack_now(s));
	case IPPROTO_IGMP:
		return mcast_rx4(&s->ip, p, stack_now(s));
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		v = icmp_rx(&s->ip, p, stack_now(s));
		if (v != VERDICT_DELIVER)
			return v;
		v = raw_ping_rx(s->raw, p, stack_now(s));
		return v;
	default:
		return raw_took ? VERDICT_DROP : VERDICT_NO_PROTO;
	}
}

static void deliver(struct ostia_stack *s, struct ostia_pkt *p)
{
	bool raw_took = raw_rx(s->raw, p, stack_now(s));

	s->stats.IpInDelivers++;
	s->ip.why = NULL;
	switch (to_transport(s, p, raw_took)) {
	case VERDICT_HELD:
		break;
	case VERDICT_NO_PORT:
		no_port(s, p);
		break;
	case VERDICT_NO_PROTO:
		no_proto(s, p);
		break;
	default:
		if (raw_took)
			pkt_free(p);
		else
			drop(s, p, s->ip.why ? s->ip.why : "transport");
		break;
	}
}

/* What a packet socket sent by the loopback has a link header. */
static enum verdict unframe(struct ostia_pkt *p)
{
	const uint8_t *h = pkt_peek(p, 0, WIRE_ETH_HLEN);
	struct wire_eth f;

	if (!h || wire_eth_parse(&f, h, WIRE_ETH_HLEN) < 0)
		return VERDICT_DROP;
	if (f.type != WIRE_ETH_IP4 && f.type != WIRE_ETH_IP6)
		return VERDICT_DROP;
	p->flags = 0;
	pkt_trim_front(p, WIRE_ETH_HLEN);
	p->l3 = 0;
	return VERDICT_DELIVER;
}

/* Is it IP? Ethernet says so by its type, other links by the first bits. */
static enum verdict link_rx(struct ostia_stack *s, struct ostia_link *l,
			    struct ostia_pkt *p)
{
	uint16_t type = 0;
	enum verdict v;

	s->ip.why = NULL;
	if (l->type != OSTIA_LINK_ETHERNET) {
		p->l3 = 0;
		return p->flags & PKT_NEIGH_OK ? unframe(p) : VERDICT_DELIVER;
	}
	v = link_eth_rx(l, p, &type, &s->ip.why);
	if (v != VERDICT_DELIVER) {
		s->stats.LinkInErrors += s->ip.why != NULL;
		return v;
	}
	if (type == WIRE_ETH_ARP)
		return arp_rx(&s->ip, p, stack_now(s));
	return type == WIRE_ETH_IP4 || type == WIRE_ETH_IP6 ? VERDICT_DELIVER
							    : VERDICT_DROP;
}

/* What we sent to many and hear ourselves comes as if by the link that it
 * went by.
 */
static bool came_round(struct ostia_stack *s, struct ostia_pkt *p)
{
	struct ostia_link *l;

	if (p->link != s->lo || !(p->flags & PKT_LOOPED))
		return false;
	l = ip_link_at(&s->ip, p->zone);
	if (l)
		p->link = l;
	return l;
}

/* What came from a link is told of itself alone: marks of a sending stack on
 * a memory wire end here. A sum that the sender left open is trusted.
 */
static void arrive(struct ostia_stack *s, struct ostia_link *l,
		   struct ostia_pkt *p)
{
	bool loop = l->type == OSTIA_LINK_LOOPBACK;

	p->next = NULL;
	p->link = l;
	p->flags = (uint8_t)((came_round(s, p) ? PKT_LOOPED : 0) |
			     (loop ? p->flags & PKT_NEIGH_OK : 0));
	p->owner = NULL;
	p->charge = 0;
	p->frag_max = 0;
	p->conn = 0;
	p->when = stack_now(s);
	p->open_sum = p->csum == OSTIA_CSUM_PARTIAL;
	if (p->open_sum || (l->caps & OSTIA_LINK_NOCSUM))
		p->csum = OSTIA_CSUM_VALID;
	l->rx_pkts += p->gso_segs;
	l->rx_bytes += p->len;
}

/* Link and network layer; what is DELIVER is in *@pp, all else is done with.
 */
static inline enum verdict rx_ip(struct ostia_stack *s, struct ostia_link *l,
				 struct ostia_pkt **pp)
{
	struct ostia_pkt *p = *pp;
	bool open = p->csum == OSTIA_CSUM_PARTIAL;
	enum verdict v;

	arrive(s, l, p);
	if (__builtin_expect(s->ip.taps, 0) && !(p->flags & PKT_LOOPED))
		packet_rx(s->packet, p, open);
	stack_trace_pkt(s, OSTIA_TRACE_IN, l, p);
	v = link_rx(s, l, p);
	if (v == VERDICT_DELIVER)
		v = ip_rx(&s->ip, pp, stack_now(s));
	if (v != VERDICT_DELIVER && v != VERDICT_HELD)
		drop(s, *pp, s->ip.why ? s->ip.why : "not for us");
	return v;
}

/* Nothing came with it that it could grow together with. */
static void rx_lone(struct ostia_stack *s, struct ostia_link *l,
		    struct ostia_pkt *p)
{
	if (rx_ip(s, l, &p) == VERDICT_DELIVER)
		deliver(s, p);
}

static void rx_one(struct ostia_stack *s, struct ostia_link *l, struct gro *g,
		   struct ostia_pkt *p)
{
	struct ostia_pkt *before, *self;

	if (rx_ip(s, l, &p) != VERDICT_DELIVER)
		return;
	before = gro_add(g, p, udp_wants_gro(s->udp), &self);
	if (before)
		deliver(s, before);
	if (self)
		deliver(s, self);
}

static void rx_batch(struct ostia_stack *s, struct ostia_link *l,
		     struct ostia_pkt *batch)
{
	struct gro g = { 0 };
	struct ostia_pkt *last;

	while (batch) {
		struct ostia_pkt *p = batch;

		batch = p->next;
		if (batch)
			__builtin_prefetch(batch);
		rx_one(s, l, &g, p);
	}
	last = gro_flush(&g);
	if (last)
		deliver(s, last);
}

void ostia_link_input(struct ostia_link *l, struct ostia_pkt *batch)
{
	struct ostia_stack *s = l->stack;

	if (batch && !batch->next)
		rx_lone(s, l, batch);
	else
		rx_batch(s, l, batch);
	if (l->type != OSTIA_LINK_LOOPBACK)
		stack_settle(s);
}

void stack_errors(struct ostia_stack *s)
{
	struct ip_error e;

	while (ip_next_error(&s->ip, &e)) {
		switch (e.proto) {
		case IPPROTO_TCP:
			tcp_error(s->tcp, &e, stack_now(s));
			break;
		case IPPROTO_UDP:
			udp_error(s->udp, &e, stack_now(s));
			break;
		default:
			break;
		}
		raw_error(s->raw, &e, stack_now(s));
		ip_error_done(&e);
	}
}
