/* SPDX-License-Identifier: MIT */
#include "stack/gro.h"

#include "base/csum.h"
#include "wire/be.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#include <netinet/in.h>

enum {
	GRO_MAX_DATAGRAMS = 64, /* UDP_GRO_CNT_MAX of Linux */
	/* equal ones may be merged: RFC 9768 3.3.4 */
	ECN = WIRE_TCP_AE | WIRE_TCP_CWR | WIRE_TCP_ECE,
};

/* Checksum of what will be merged must be known to be right: afterwards no
 * one could tell which piece was wrong.
 */
static bool verified(struct ostia_pkt *p)
{
	uint32_t len = p->len - p->l4;
	uint32_t sum;

	if (p->csum != OSTIA_CSUM_NONE)
		return true;
	sum = addr_is_v4(&p->src)
		      ? csum_pseudo4(&p->src.w[3], &p->dst.w[3], p->proto, len)
		      : csum_pseudo6(&p->src, &p->dst, p->proto, len);
	if (!csum_ok(pkt_csum(p, p->l4, len, sum)))
		return false;
	p->csum = OSTIA_CSUM_VALID;
	return true;
}

/* A data segment that has nothing to say but its bytes; its header, or NULL */
static const uint8_t *plain_data(struct ostia_pkt *p)
{
	const uint8_t *tcp = pkt_peek(p, p->l4, WIRE_TCP_HLEN);
	unsigned hlen, flags;

	if (!tcp)
		return NULL;
	hlen = (tcp[12] >> 4) * 4u;
	flags = wire_be_get16(tcp + 12) & WIRE_TCP_FLAGS;
	if (hlen < WIRE_TCP_HLEN || p->l4 + hlen >= p->len)
		return NULL;
	if ((flags & ~(unsigned)(WIRE_TCP_PSH | ECN)) != WIRE_TCP_ACK)
		return NULL;
	tcp = pkt_peek(p, p->l4, hlen);
	if (!tcp || p->gso_segs > 1 || (p->flags & PKT_FRAGMENT))
		return NULL;
	p->data = (uint16_t)(p->l4 + hlen);
	return tcp;
}

/* Same connection, same acknowledgment, window and options, and it goes on
 * where the held one ends.
 */
static bool continues(const struct gro *g, const uint8_t *held,
		      struct ostia_pkt *p, const uint8_t *tcp)
{
	struct ostia_pkt *h = g->held;
	unsigned hlen = (tcp[12] >> 4) * 4u;

	return wire_be_get32(tcp + 4) == g->next_seq &&
	       memcmp(held, tcp, 4) == 0 && memcmp(held + 8, tcp + 8, 5) == 0 &&
	       !((held[13] ^ tcp[13]) & ~WIRE_TCP_PSH) &&
	       memcmp(held + 14, tcp + 14, 2) == 0 &&
	       memcmp(held + 18, tcp + 18, hlen - 18) == 0 &&
	       addr_eq(&h->src, &p->src) && addr_eq(&h->dst, &p->dst) &&
	       h->link == p->link && h->zone == p->zone && h->tos == p->tos;
}

/* All segments but the last are of one size. */
static bool fits(const struct ostia_pkt *h, uint32_t n)
{
	uint32_t have = h->len - h->data;

	return have == (uint32_t)h->gso_size * h->gso_segs &&
	       n <= h->gso_size && have + n + h->data <= GRO_MAX_BYTES;
}

static bool merge(struct gro *g, struct ostia_pkt *p, const uint8_t *tcp)
{
	struct ostia_pkt *h = g->held;
	uint32_t n = p->len - p->data;
	uint8_t *held;

	if (!fits(h, n) || !verified(p) || pkt_append_pkt(h, p, p->data))
		return false;
	held = pkt_edit(h, h->data);
	held[h->l4 + 13] |= tcp[13] & WIRE_TCP_PSH;
	h->gso_segs++;
	h->gso_type = OSTIA_GSO_TCP;
	g->next_seq += n;
	pkt_free(p);
	return true;
}

/* The head area must have the headers: merging edits and appends. */
static bool hold(struct gro *g, struct ostia_pkt *p, const uint8_t *tcp)
{
	uint32_t n = p->len - p->data;
	uint32_t seq = wire_be_get32(tcp + 4);

	if (n > UINT16_MAX || !verified(p) || !pkt_edit(p, p->data))
		return false;
	g->held = p;
	g->next_seq = seq + n;
	p->gso_size = (uint16_t)n;
	return true;
}

struct ostia_pkt *gro_flush(struct gro *g)
{
	struct ostia_pkt *p = g->held;

	g->held = NULL;
	if (p && p->gso_segs == 1)
		p->gso_size = 0;
	return p;
}

/*
 * --- datagrams -----------------------------------------------------------
 */

/* A whole datagram with bytes and a checksum; its header, or NULL. */
static const uint8_t *plain_datagram(struct ostia_pkt *p)
{
	const uint8_t *udp = pkt_peek(p, p->l4, WIRE_UDP_HLEN);

	if (!udp || p->gso_segs > 1 ||
	    (p->flags & (PKT_FRAGMENT | PKT_BROADCAST)))
		return NULL;
	if (wire_be_get16(udp + 4) != p->len - p->l4 ||
	    p->len - p->l4 <= WIRE_UDP_HLEN || !wire_be_get16(udp + 6))
		return NULL;
	p->data = (uint16_t)(p->l4 + WIRE_UDP_HLEN);
	return udp;
}

static bool same_flow(const struct ostia_pkt *h, const uint8_t *held,
		      const struct ostia_pkt *p, const uint8_t *udp)
{
	return h->proto == IPPROTO_UDP && memcmp(held, udp, 4) == 0 &&
	       addr_eq(&h->src, &p->src) && addr_eq(&h->dst, &p->dst) &&
	       h->link == p->link && h->zone == p->zone && h->tos == p->tos &&
	       h->ttl == p->ttl;
}

static bool merge_udp(struct gro *g, struct ostia_pkt *p)
{
	struct ostia_pkt *h = g->held;
	uint32_t n = p->len - p->data;
	uint8_t *held;

	if (h->gso_segs >= GRO_MAX_DATAGRAMS || !fits(h, n) || !verified(p) ||
	    pkt_append_pkt(h, p, p->data))
		return false;
	held = pkt_edit(h, h->data);
	wire_be_put16(held + h->l4 + 4, (uint16_t)(h->len - h->l4));
	h->gso_segs++;
	h->gso_type = OSTIA_GSO_UDP;
	pkt_free(p);
	return true;
}

static struct ostia_pkt *add_udp(struct gro *g, struct ostia_pkt *p,
				 struct ostia_pkt **self)
{
	const uint8_t *udp = plain_datagram(p);
	struct ostia_pkt *before;
	uint32_t n = p->len - p->data;

	if (udp && g->held) {
		const uint8_t *held =
			g->held->head + g->held->hoff + g->held->l4;

		if (same_flow(g->held, held, p, udp) && merge_udp(g, p))
			return NULL;
	}
	before = gro_flush(g);
	if (!udp || n > UINT16_MAX || !verified(p) || !pkt_edit(p, p->data)) {
		*self = p;
		return before;
	}
	g->held = p;
	p->gso_size = (uint16_t)n;
	return before;
}

struct ostia_pkt *gro_add(struct gro *g, struct ostia_pkt *p, bool udp,
			  struct ostia_pkt **self)
{
	const uint8_t *tcp = p->proto == IPPROTO_TCP ? plain_data(p) : NULL;
	struct ostia_pkt *before;

	*self = NULL;
	if (udp && p->proto == IPPROTO_UDP)
		return add_udp(g, p, self);
	if (tcp && g->held && g->held->proto == IPPROTO_TCP) {
		const uint8_t *held =
			g->held->head + g->held->hoff + g->held->l4;

		if (continues(g, held, p, tcp) && merge(g, p, tcp))
			return NULL;
	}
	before = gro_flush(g);
	if (!tcp || !hold(g, p, tcp))
		*self = p;
	return before;
}
