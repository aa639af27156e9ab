/* SPDX-License-Identifier: MIT */
/*
 * ip/in6.c - IPv6 input (RFC 8200, RFC 4291, RFC 5095, RFC 6946, RFC 7112)
 *
 * In order: length; the packet is cut to it; addresses that cannot be; is it
 * for us; extension headers; fragments, and after reassembly the extension
 * headers again, now of the whole.
 */
#include "ip/addrs.h"
#include "ip/forward.h"
#include "ip/groups.h"
#include "ip/in.h"
#include "ip/state.h"
#include "wire/ip6.h"

enum { WALK_FIRST = 128 };

static enum verdict parse(struct ip *ip, struct ostia_pkt *p,
			  struct wire_ip6 *f)
{
	uint32_t all = p->len - p->l3;
	const uint8_t *h = pkt_peek(p, p->l3, WIRE_IP6_HLEN);

	if (!h)
		return IP_DROP(ip, IpInTruncatedPkts);
	if (wire_ip6_parse(f, h, WIRE_IP6_HLEN, all) < 0) {
		if (f->bad == WIRE_BAD_LEN)
			return IP_DROP(ip, IpInTruncatedPkts);
		return IP_DROP(ip, IpInHdrErrors);
	}
	return VERDICT_DELIVER;
}

static void note(struct ostia_pkt *p, const struct wire_ip6 *f)
{
	bool inside = p->link->type == OSTIA_LINK_LOOPBACK;

	p->src = addr_v6(f->src);
	p->dst = addr_v6(f->dst);
	/* what was looped carries the zone that it was sent with */
	if (!inside)
		p->zone = addrs_scoped(&p->src) || addrs_scoped(&p->dst)
				  ? p->link->index
				  : 0;
	p->proto = f->next;
	p->ttl = f->hops;
	p->tos = f->tclass;
	p->l4 = (uint16_t)(p->l3 + WIRE_IP6_HLEN);
	p->data = p->l4;
	pkt_trim(p, p->l3 + WIRE_IP6_HLEN + f->plen);
}

/* RFC 4291 2.5, 2.7: never on a wire. A mapped IPv4 address would be taken
 * for IPv4 by all that follows.
 */
static bool addrs_possible(struct ip *ip, const struct ostia_pkt *p)
{
	bool inside =
		p->link->type == OSTIA_LINK_LOOPBACK || (p->flags & PKT_LOOPED);
	const struct ostia_addr *s = &p->src, *d = &p->dst;

	if (addr_is_v4(s) || addr_is_v4(d) || addr_is_multicast(s) ||
	    addr_is_any(d))
		return false;
	if (addr_is_multicast(d) && (d->b[1] & 15) == 0)
		return false; /* RFC 4291 2.7: scope 0 is dropped */
	if (inside)
		return true;
	if (addr_is_loopback(s) || addr_is_loopback(d))
		return false;
	if (d->b[0] == 0xff && (d->b[1] & 15) == 1)
		return false; /* interface-local groups stay inside */
	return !addrs_is_ours(ip, s, p->link->index);
}

static bool for_us(struct ip *ip, struct ostia_pkt *p)
{
	if (addr_is_multicast(&p->dst)) {
		p->flags |= PKT_BROADCAST;
		ip->stats->IpInMcastPkts++;
		/* queries come from a router, whomever a filter names */
		return groups_heard(ip, p->link, &p->dst,
				    addr_is_linklocal(&p->src) && p->ttl == 1
					    ? NULL
					    : &p->src);
	}
	if (p->flags & PKT_BROADCAST)
		return false; /* unicast inside a link-layer group */
	return addrs_is_ours(ip, &p->dst, p->zone ? p->zone : p->link->index);
}

static enum verdict refuse(struct ip *ip, struct ostia_pkt *p,
			   const struct wire_ip6_chain *c, ostia_time now)
{
	bool group = addr_is_multicast(&p->dst);

	/* RFC 4443 2.4 (e.3): a problem with an option is told to groups */
	if (c->todo == WIRE_IP6_PROBLEM ||
	    (c->todo == WIRE_IP6_PROBLEM_UNICAST && !group))
		icmp_error(ip, p, ICMP_PARAM, c->code, c->pointer, now);
	return IP_DROP(ip, IpInHdrErrors);
}

static enum verdict walk(struct ip *ip, struct ostia_pkt *p,
			 struct wire_ip6_chain *c, ostia_time now)
{
	uint32_t end = p->len - p->l3;
	uint32_t n = end < WALK_FIRST ? end : (uint32_t)WALK_FIRST;
	const struct wire_ip6_limits lim = WIRE_IP6_LIMITS;

	for (;;) {
		const uint8_t *h = pkt_peek(p, p->l3, n);

		if (!h) /* long and scattered: more than anybody needs */
			return IP_DROP(ip, IpInHdrErrors);
		if (wire_ip6_walk(c, h, n, end, &lim) >= 0)
			break;
		if (c->todo != WIRE_IP6_PULL)
			return refuse(ip, p, c, now);
		if (c->need <= n || c->need > end)
			return IP_DROP(ip, IpInHdrErrors);
		n = c->need;
	}
	p->proto = c->next;
	p->l4 = (uint16_t)(p->l3 + c->off);
	p->data = p->l4;
	return VERDICT_DELIVER;
}

/* RFC 6946: whole already; only its header says "fragment". */
static bool is_atomic(const struct wire_ip6_chain *c)
{
	return c->frag_off == 0 && !c->more;
}

static enum verdict fragment(struct ip *ip, struct ostia_pkt **p,
			     const struct wire_ip6_chain *c, ostia_time now)
{
	const uint8_t *h = pkt_peek(*p, (*p)->l3 + c->frag, 1);
	struct frag_in in = {
		.id = c->frag_id,
		.off = c->frag_off,
		.data = (uint16_t)((*p)->l3 + c->frag + WIRE_IP6_FRAG_HLEN),
		.unfrag = c->frag,
		.next_at = c->frag_next_at,
		.more = c->more,
	};
	struct wire_ip6_chain whole;
	enum verdict v;

	if (!h)
		return IP_DROP(ip, IpInHdrErrors);
	in.proto = *h;
	v = frag_rx(ip, p, &in, now);
	if (v != VERDICT_DELIVER)
		return v;
	v = walk(ip, *p, &whole, now);
	if (v == VERDICT_DELIVER && whole.frag)
		return IP_DROP(ip, IpInHdrErrors);
	return v;
}

static enum verdict extensions(struct ip *ip, struct ostia_pkt **p,
			       ostia_time now)
{
	struct wire_ip6_chain c;
	enum verdict v = walk(ip, *p, &c, now);

	if (v == VERDICT_DELIVER && c.frag && !is_atomic(&c))
		return fragment(ip, p, &c, now);
	if (v == VERDICT_DELIVER && c.frag)
		(*p)->flags |= PKT_FRAGMENT;
	return v;
}

enum verdict in6_rx(struct ip *ip, struct ostia_pkt **pp, ostia_time now)
{
	struct ostia_pkt *p = *pp;
	struct wire_ip6 f = { 0 };

	if (parse(ip, p, &f) != VERDICT_DELIVER)
		return VERDICT_DROP;
	note(p, &f);
	if (!in_was_seen(ip, p)) {
		if (!addrs_possible(ip, p))
			return IP_DROP(ip, IpInAddrErrors);
		if (!for_us(ip, p))
			return forward_wanted(ip, p)
				       ? forward(ip, p, WIRE_IP6_HLEN, true,
						 now)
				       : IP_DROP(ip, IpInAddrErrors);
		in_remember(ip, p);
	}
	if (!wire_ip6_is_plain(f.next)) {
		enum verdict v = extensions(ip, pp, now);

		if (v != VERDICT_DELIVER)
			return v;
	}
	/* From nobody only neighbour discovery speaks (RFC 4291 2.5.2). */
	if (addr_is_any(&(*pp)->src) && (*pp)->proto != WIRE_PROTO_ICMP6)
		return IP_DROP(ip, IpInAddrErrors);
	return VERDICT_DELIVER;
}
