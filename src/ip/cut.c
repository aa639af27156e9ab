/* SPDX-License-Identifier: MIT */
/*
 * ip/cut.c - fragments of what is too big (RFC 791 3.2, RFC 8200 4.5)
 *
 * Payload is not copied: fragments view the datagram's blocks.
 */
#include "ip/ip.h"

#include "ip/state.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>

enum { LINK_HLEN = 14 };

/* A cut under way: which bytes go where, and the headers they get. */
struct cut {
	struct ostia_pkt *whole;
	struct wire_ip4 f4;
	uint8_t first_opts[WIRE_IP4_MAX_OPTS], later_opts[WIRE_IP4_MAX_OPTS];
	size_t first_len, later_len;
	const uint8_t *unfrag; /* IPv6: with room for nothing */
	uint32_t unfrag_len, next_at, id;
	uint8_t next;
	uint32_t data, len; /* of the fragmentable part */
	uint32_t chunk;
	uint32_t shift; /* IPv4: offset of a fragment that is cut again */
	bool v4;
};

static void copy_meta(struct ostia_pkt *to, const struct ostia_pkt *from)
{
	to->link = from->link;
	to->call = from->call;
	to->conn = from->conn;
	to->when = from->when;
	to->src = from->src;
	to->dst = from->dst;
	to->nexthop = from->nexthop;
	to->zone = from->zone;
	to->proto = from->proto;
	to->ttl = from->ttl;
	to->tos = from->tos;
	to->flags = (uint8_t)(from->flags | PKT_FRAGMENT);
	to->csum = OSTIA_CSUM_NONE;
	to->gso_segs = 1;
}

static int head4(const struct cut *c, struct ostia_pkt *p, uint32_t off,
		 bool more)
{
	bool first = off == 0;
	size_t opts = first ? c->first_len : c->later_len;
	struct wire_ip4 f = c->f4;
	uint8_t *h = pkt_push(p, (unsigned)(WIRE_IP4_HLEN + opts));

	if (!h)
		return -ENOBUFS;
	f.len = (uint16_t)p->len;
	f.frag_off = (uint16_t)(off + c->shift);
	f.mf = more || c->f4.mf;
	p->l4 = (uint16_t)(WIRE_IP4_HLEN + opts);
	return wire_ip4_emit(h, WIRE_IP4_HLEN + opts, &f,
			     first ? c->first_opts : c->later_opts, opts);
}

static int head6(const struct cut *c, struct ostia_pkt *p, uint32_t off,
		 bool more)
{
	uint32_t n = c->unfrag_len;
	int err = pkt_headroom(p, n + WIRE_IP6_FRAG_HLEN + LINK_HLEN, 0);
	uint8_t *h = err ? NULL : pkt_push(p, n + WIRE_IP6_FRAG_HLEN);

	if (!h)
		return err ? err : -ENOBUFS;
	memcpy(h, c->unfrag, n);
	h[c->next_at] = WIRE_PROTO_FRAGMENT;
	wire_be_put16(h + 4, (uint16_t)(p->len - WIRE_IP6_HLEN));
	p->l4 = (uint16_t)(n + WIRE_IP6_FRAG_HLEN);
	return wire_ip6_frag_emit(h + n, WIRE_IP6_FRAG_HLEN, c->next,
				  (uint16_t)off, more, c->id);
}

static struct ostia_pkt *one(const struct cut *c, uint32_t off)
{
	uint32_t n = c->len - off < c->chunk ? c->len - off : c->chunk;
	bool more = off + n < c->len;
	struct ostia_pkt *p = pkt_clone_range(c->whole, c->data + off, n);
	int err;

	if (!p)
		return NULL;
	copy_meta(p, c->whole);
	err = c->v4 ? head4(c, p, off, more) : head6(c, p, off, more);
	if (err < 0) {
		pkt_free(p);
		return NULL;
	}
	p->l3 = 0;
	p->data = p->l4;
	return p;
}

static int cut_all(const struct cut *c, struct ostia_pkt **list)
{
	struct ostia_pkt **tail = list;
	int count = 0;

	*list = NULL;
	for (uint32_t off = 0; off < c->len; off += c->chunk) {
		*tail = one(c, off);
		if (!*tail) {
			pkt_free_list(*list);
			*list = NULL;
			return -ENOMEM;
		}
		tail = &(*tail)->next;
		*tail = NULL;
		count++;
	}
	return count;
}

static int prepare4(struct cut *c, struct ostia_pkt *p, uint32_t mtu)
{
	const uint8_t *h = pkt_peek(p, p->l3, WIRE_IP4_HLEN);
	uint32_t hlen = h ? (h[0] & 15u) * 4 : 0;

	h = pkt_peek(p, p->l3, hlen);
	if (!h || wire_ip4_parse(&c->f4, h, hlen, p->len - p->l3) < 0)
		return -EINVAL;
	if (c->f4.df || mtu < hlen + 8)
		return -EMSGSIZE;
	c->v4 = true;
	c->first_len = hlen - WIRE_IP4_HLEN;
	memcpy(c->first_opts, h + WIRE_IP4_HLEN, c->first_len);
	c->later_len = (size_t)wire_ip4_opts_copied(c->later_opts, h, hlen);
	c->shift = c->f4.frag_off;
	c->data = p->l3 + hlen;
	c->len = c->f4.len - hlen;
	c->chunk = (mtu - hlen) & ~7u;
	return 0;
}

/* Headers that every router reads stand before the fragment header: hop-by-
 * hop, and all up to a routing header (RFC 8200 4.5).
 */
static int unfragmentable(const uint8_t *h, uint32_t n, struct cut *c)
{
	uint32_t at = WIRE_IP6_HLEN, next_at = 6;
	uint8_t next = h[6];

	c->unfrag_len = at;
	c->next_at = next_at;
	while (next == WIRE_PROTO_HOPOPTS || next == WIRE_PROTO_DSTOPTS ||
	       next == WIRE_PROTO_ROUTING) {
		bool keep = next != WIRE_PROTO_DSTOPTS;

		if (at + 8 > n)
			return -EINVAL;
		next_at = at;
		next = h[at];
		at += 8 + h[at + 1] * 8u;
		if (at > n)
			return -EINVAL;
		if (keep) {
			c->unfrag_len = at;
			c->next_at = next_at;
		}
	}
	c->next = h[c->next_at];
	return 0;
}

static int prepare6(struct ip *ip, struct cut *c, struct ostia_pkt *p,
		    uint32_t mtu)
{
	uint32_t n = p->l4 > p->l3 ? (uint32_t)p->l4 - p->l3 : 0;
	const uint8_t *h;

	if (n < WIRE_IP6_HLEN)
		n = WIRE_IP6_HLEN;
	h = pkt_peek(p, p->l3, n);
	if (!h || unfragmentable(h, n, c))
		return -EINVAL;
	if (mtu < c->unfrag_len + WIRE_IP6_FRAG_HLEN + 8)
		return -EMSGSIZE;
	c->unfrag = h;
	c->id = rng_u32(&ip->rng); /* RFC 7739 5.2 */
	c->data = p->l3 + c->unfrag_len;
	c->len = p->len - c->data;
	c->chunk = (mtu - c->unfrag_len - WIRE_IP6_FRAG_HLEN) & ~7u;
	return 0;
}

static int cut_up(struct ip *ip, struct ostia_pkt *p, uint32_t mtu,
		  struct ostia_pkt **list)
{
	struct cut c = { .whole = p };
	const uint8_t *h;
	int err;

	if (p->flags & PKT_NOFRAG)
		return -EMSGSIZE;
	err = ip_complete_csum(p);
	if (err)
		return err;
	h = pkt_peek(p, p->l3, 1);
	if (!h)
		return -EINVAL;
	err = *h >> 4 == 4 ? prepare4(&c, p, mtu) : prepare6(ip, &c, p, mtu);
	return err ? err : cut_all(&c, list);
}

int ip_fragment(struct ip *ip, struct ostia_pkt *p, uint32_t mtu,
		struct ostia_pkt **list)
{
	int n = cut_up(ip, p, mtu, list);

	if (n < 0) {
		ip->stats->IpFragFails++;
		ip_dropped(ip, p, "IpFragFails");
		return n;
	}
	ip->stats->IpFragOKs++;
	ip->stats->IpFragCreates += (unsigned)n;
	pkt_free(p);
	return n;
}
