/* SPDX-License-Identifier: MIT */
/*
 * ip/in4.c - IPv4 input (RFC 791, RFC 1122 3.2, RFC 6890)
 *
 * In order: length and checksum; the packet is cut to its total length, once,
 * all buffers; addresses that cannot be; options; is it for us; fragments.
 */
#include "ip/addrs.h"
#include "ip/forward.h"
#include "ip/groups.h"
#include "ip/in.h"
#include "ip/state.h"
#include "wire/icmp4.h"
#include "wire/igmp.h"
#include "wire/ip4.h"

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool csum_needed(const struct ostia_pkt *p)
{
	return !(p->link->caps & OSTIA_LINK_NOCSUM) &&
	       p->link->type != OSTIA_LINK_LOOPBACK;
}

static enum verdict parse(struct ip *ip, struct ostia_pkt *p,
			  struct wire_ip4 *f)
{
	uint32_t all = p->len - p->l3;
	uint32_t n = min_u32(all, WIRE_IP4_HLEN);
	const uint8_t *h = pkt_peek(p, p->l3, n);

	if (h && n == WIRE_IP4_HLEN && (h[0] & 15) > 5) {
		n = min_u32(all, (h[0] & 15) * 4u);
		h = pkt_peek(p, p->l3, n);
	}
	if (!h || wire_ip4_parse(f, h, n, all) < 0) {
		if (h && f->bad == WIRE_BAD_LEN)
			return IP_DROP(ip, IpInTruncatedPkts);
		return IP_DROP(ip, IpInHdrErrors);
	}
	if (csum_needed(p) && wire_ip4_csum(h, f->hlen) != 0) {
		ip->stats->IpInHdrErrors++;
		return IP_DROP(ip, IpInCsumErrors);
	}
	return VERDICT_DELIVER;
}

/* What a transport and ICMP must know about the packet. */
static void note(struct ostia_pkt *p, const struct wire_ip4 *f)
{
	p->src = addr_v4(f->src);
	p->dst = addr_v4(f->dst);
	p->zone = 0;
	p->proto = f->proto;
	p->ttl = f->ttl;
	p->tos = f->tos;
	p->l4 = (uint16_t)(p->l3 + f->hlen);
	p->data = p->l4;
	if (p->len != (uint32_t)p->l3 + f->len)
		pkt_trim(p, p->l3 + f->len);
}

/* RFC 1122 3.2.1.3, RFC 6890: no host speaks from there. */
static bool source_possible(struct ip *ip, const struct ostia_pkt *p)
{
	bool inside = p->link->type == OSTIA_LINK_LOOPBACK;
	uint8_t first = p->src.b[12];

	if (first == 0) /* "this host", asking for an address */
		return addr_is_any(&p->src) && addr_is_broadcast(&p->dst);
	if (first >= 224 || addrs_is_directed(ip, &p->src))
		return false;
	if (inside || p->flags & PKT_LOOPED)
		return true;
	/* our own address from outside: LAND and its kin */
	return first != 127 && !addrs_is_ours(ip, &p->src, 0);
}

static bool for_us(struct ip *ip, struct ostia_pkt *p)
{
	bool inside = p->link->type == OSTIA_LINK_LOOPBACK;

	if (addr_is_multicast(&p->dst)) {
		p->flags |= PKT_BROADCAST;
		ip->stats->IpInMcastPkts++;
		return groups_heard(ip, p->link, &p->dst,
				    p->proto == WIRE_PROTO_IGMP ? NULL
								: &p->src);
	}
	if (addr_is_broadcast(&p->dst) || addrs_is_directed(ip, &p->dst)) {
		p->flags |= PKT_BROADCAST;
		ip->stats->IpInBcastPkts++;
		return true;
	}
	if (p->dst.b[12] == 127 && !inside)
		return false;
	return addrs_is_ours(ip, &p->dst, 0);
}

/* Unicast inside a link-layer broadcast is an attack (RFC 1122 3.3.6). */
static bool frame_agrees(struct ip *ip, const struct ostia_pkt *p)
{
	return !(p->flags & PKT_BROADCAST) || addr_is_multicast(&p->dst) ||
	       addr_is_broadcast(&p->dst) ||
	       addrs_is_directed(ip, &p->dst) != NULL;
}

/* Source routes are not honoured, not even at their end (RFC 1122 3.2.1.8,
 * Linux's accept_source_route=0).
 */
static enum verdict check_options(struct ip *ip, struct ostia_pkt *p,
				  const struct wire_ip4 *f, ostia_time now)
{
	const uint8_t *h = pkt_peek(p, p->l3, f->hlen);
	struct wire_ip4_opts o;

	if (wire_ip4_opts_parse(&o, h, f->hlen) < 0) {
		icmp_error(ip, p, ICMP_PARAM, 0, o.pointer, now);
		return IP_DROP(ip, IpInHdrErrors);
	}
	if (o.srr)
		return IP_DROP(ip, IpInHdrErrors);
	return VERDICT_DELIVER;
}

static enum verdict fragment(struct ip *ip, struct ostia_pkt **p,
			     const struct wire_ip4 *f, ostia_time now)
{
	const struct frag_in in = {
		.id = f->id,
		.off = f->frag_off,
		.data = (*p)->l4,
		.unfrag = f->hlen,
		.proto = f->proto,
		.more = f->mf,
		.v4 = true,
	};

	return frag_rx(ip, p, &in, now);
}

static enum verdict for_others(struct ip *ip, struct ostia_pkt *p,
			       const struct wire_ip4 *f, ostia_time now)
{
	if (!forward_wanted(ip, p))
		return IP_DROP(ip, IpInAddrErrors);
	if (f->hlen > WIRE_IP4_HLEN &&
	    check_options(ip, p, f, now) != VERDICT_DELIVER)
		return VERDICT_DROP;
	return forward(ip, p, f->hlen, f->df, now);
}

enum verdict in4_rx(struct ip *ip, struct ostia_pkt **pp, ostia_time now)
{
	struct ostia_pkt *p = *pp;
	struct wire_ip4 f = { 0 };

	if (parse(ip, p, &f) != VERDICT_DELIVER)
		return VERDICT_DROP;
	note(p, &f);
	if (!in_was_seen(ip, p)) {
		if (!source_possible(ip, p) || !frame_agrees(ip, p))
			return IP_DROP(ip, IpInAddrErrors);
		if (!for_us(ip, p))
			return for_others(ip, p, &f, now);
		in_remember(ip, p);
	}
	if (f.hlen > WIRE_IP4_HLEN &&
	    check_options(ip, p, &f, now) != VERDICT_DELIVER)
		return VERDICT_DROP;
	if (f.mf || f.frag_off) {
		enum verdict v = fragment(ip, pp, &f, now);

		if (v != VERDICT_DELIVER)
			return v;
	}
	return VERDICT_DELIVER;
}
