/* SPDX-License-Identifier: MIT */
#include "ip/forward.h"

#include "ip/addrs.h"
#include "ip/icmp.h"
#include "ip/ip.h"
#include "ip/link6.h"
#include "ip/redirect.h"
#include "ip/route.h"
#include "ip/state.h"
#include "wire/be.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

enum {
	TTL4_AT = 8,
	HOPS6_AT = 7,
	TCP_DOFF_AT = 12,
	TCP_MIN = 20,
	UDP_HEAD = 8
};

bool forward_wanted(const struct ip *ip, const struct ostia_pkt *p)
{
	if (addr_is_v4(&p->dst))
		return ip->set.forward;
	return p->link->in6 && p->link->in6->conf.forwarding;
}

static bool may_pass(const struct ostia_pkt *p)
{
	const struct ostia_addr *s = &p->src, *d = &p->dst;

	if (p->link->type == OSTIA_LINK_LOOPBACK ||
	    p->flags & (PKT_BROADCAST | PKT_LOOPED))
		return false;
	if (addr_is_multicast(d) || addr_is_broadcast(d) || addr_is_any(d) ||
	    addr_is_loopback(d) || addr_is_linklocal(d))
		return false;
	return !addr_is_any(s) && !addr_is_loopback(s) &&
	       !addr_is_linklocal(s) && !addr_is_multicast(s);
}

/* What the largest piece of it takes on the wire. */
static uint32_t piece_len(struct ostia_pkt *p)
{
	const uint8_t *h;

	if (!p->gso_size || p->gso_segs <= 1)
		return p->len - p->l3;
	if (p->proto != WIRE_PROTO_TCP)
		return (uint32_t)(p->l4 - p->l3) + UDP_HEAD + p->gso_size;
	h = pkt_peek(p, p->l4, TCP_MIN);
	return (uint32_t)(p->l4 - p->l3) +
	       (h ? (h[TCP_DOFF_AT] >> 4) * 4u : (uint32_t)TCP_MIN) +
	       p->gso_size;
}

/* Its sender hears why it goes no further; @counter is what those who trace
 * hear of.
 */
static enum verdict tell(struct ip *ip, struct ostia_pkt *p, enum icmp_why why,
			 uint32_t info, const char *counter, ostia_time now)
{
	p->flags |= PKT_FORWARD; /* the answer comes from us, not from dst */
	icmp_error(ip, p, why, 0, info, now);
	ip_dropped(ip, p, counter);
	return VERDICT_HELD;
}

/* One hop less, in a header of our own (RFC 1812 5.3.1). */
static bool count_hop(struct ostia_pkt *p, unsigned hlen)
{
	uint8_t *h;

	pkt_trim_front(p, p->l3);
	h = pkt_edit(p, hlen);
	if (!h)
		return false;
	if (!addr_is_v4(&p->dst)) {
		h[HOPS6_AT]--;
		return true;
	}
	h[TTL4_AT]--;
	memset(h + 10, 0, 2);
	wire_be_put16(h + 10, wire_ip4_csum(h, hlen));
	return true;
}

enum verdict forward(struct ip *ip, struct ostia_pkt *p, unsigned hlen,
		     bool dontfrag, ostia_time now)
{
	const struct route *r;

	if (!may_pass(p))
		return IP_DROP(ip, IpInAddrErrors);
	if (p->ttl <= 1) {
		ip->stats->IpInHdrErrors++;
		return tell(ip, p, ICMP_HOPS, 0, "IpInHdrErrors", now);
	}
	r = route_select(ip, &p->dst, 0, NULL);
	if (!r || r->link->type == OSTIA_LINK_LOOPBACK) {
		ip->stats->IpInNoRoutes++;
		return tell(ip, p, ICMP_NO_ROUTE, 0, "IpInNoRoutes", now);
	}
	if (dontfrag && piece_len(p) > r->link->mtu) {
		ip->stats->IpFragFails++;
		return tell(ip, p, ICMP_TOO_BIG, r->link->mtu, "IpFragFails",
			    now);
	}
	p->flags |= PKT_FORWARD; /* answers come from us, not from dst */
	redirect_tell(ip, p, r, now);
	if (!count_hop(p, hlen))
		return IP_DROP(ip, IpInDiscards);
	p->nexthop = addr_is_any(&r->gateway) ? p->dst : r->gateway;
	p->link = r->link;
	p->ttl--;
	p->zone = 0;
	p->csum = p->open_sum ? OSTIA_CSUM_PARTIAL : OSTIA_CSUM_NONE;
	p->flags = (uint8_t)(PKT_FORWARD | (dontfrag ? PKT_NOFRAG : 0));
	ip->stats->IpForwDatagrams++;
	(void)ip_queue(ip, p);
	return VERDICT_HELD;
}
