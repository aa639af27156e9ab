/* SPDX-License-Identifier: MIT */
#include "raw/vnet.h"

#include "wire/be.h"
#include "wire/csum.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#include <errno.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* headers before Linux 6.2 */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum {
	UDP_SEGMENTS = 128, /* Linux's UDP_MAX_SEGMENTS */
	TCP_HLEN = 20,
	BY_FRAGS = 0xffff, /* a gso_size that means something else on Linux */
};

static_assert(sizeof(struct virtio_net_hdr) == VNET_LEN, "the wire's layout");

/* Bytes before the payload; 0: the frame is too short to tell. */
static uint32_t headers(struct ostia_pkt *p, uint32_t l4, bool udp)
{
	const uint8_t *doff;

	if (udp)
		return l4 + WIRE_UDP_HLEN;
	doff = pkt_peek(p, l4 + 12, 1);
	return doff ? l4 + (*doff >> 4) * 4u : 0;
}

static uint8_t version(struct ostia_pkt *p, uint32_t l3)
{
	const uint8_t *ip = pkt_peek(p, l3, 1);

	return ip ? *ip >> 4 : 0;
}

struct virtio_net_hdr vnet_of(struct ostia_pkt *p, uint32_t l3, bool open,
			      bool valid)
{
	struct virtio_net_hdr h = { 0 };
	bool udp = p->gso_type == OSTIA_GSO_UDP;

	if (open) {
		h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h.csum_start = p->l4;
		h.csum_offset = p->csum_off;
	} else if (valid) {
		h.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	}
	if (!p->gso_size || p->gso_segs <= 1)
		return h;
	h.gso_size = p->gso_size;
	h.gso_type = udp		   ? VIRTIO_NET_HDR_GSO_UDP_L4
		     : version(p, l3) == 4 ? VIRTIO_NET_HDR_GSO_TCPV4
					   : VIRTIO_NET_HDR_GSO_TCPV6;
	if (open)
		h.hdr_len = (uint16_t)headers(p, p->l4, udp);
	return h;
}

static int take_sum(struct ostia_pkt *p, const struct virtio_net_hdr *h)
{
	uint32_t end = (uint32_t)h->csum_start + h->csum_offset + 2;

	if (end > p->len || end > VNET_HEADERS || h->csum_start < p->l3)
		return -EINVAL;
	p->l4 = h->csum_start;
	p->csum_off = (uint8_t)h->csum_offset;
	p->csum = OSTIA_CSUM_PARTIAL;
	return 0;
}

/* Where IP's header says that the transport's begins; 0: not @proto. */
static uint32_t transport(struct ostia_pkt *p, bool v4, uint8_t proto)
{
	const uint8_t *ip =
		pkt_peek(p, p->l3, v4 ? WIRE_IP4_HLEN : WIRE_IP6_HLEN);

	if (!ip || ip[0] >> 4 != (v4 ? 4 : 6) || ip[v4 ? 9 : 6] != proto ||
	    (v4 && (ip[0] & 15) < 5))
		return 0;
	return p->l3 + (v4 ? (ip[0] & 15) * 4u : (uint32_t)WIRE_IP6_HLEN);
}

static int take_super(struct ostia_pkt *p, const struct virtio_net_hdr *h)
{
	uint8_t type = h->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	bool udp = type == VIRTIO_NET_HDR_GSO_UDP_L4;
	bool v4 =
		udp ? version(p, p->l3) == 4 : type == VIRTIO_NET_HDR_GSO_TCPV4;
	uint32_t at, before, payload;

	if (!udp && type != VIRTIO_NET_HDR_GSO_TCPV4 &&
	    type != VIRTIO_NET_HDR_GSO_TCPV6)
		return -EINVAL;
	if (!h->gso_size || h->gso_size == BY_FRAGS ||
	    p->csum != OSTIA_CSUM_PARTIAL ||
	    p->csum_off != (udp ? WIRE_CSUM_AT_UDP : WIRE_CSUM_AT_TCP))
		return -EINVAL;
	at = transport(p, v4, udp ? WIRE_PROTO_UDP : WIRE_PROTO_TCP);
	before = at == p->l4 ? headers(p, at, udp) : 0;
	if (before < at + (udp ? (uint32_t)WIRE_UDP_HLEN : TCP_HLEN) ||
	    before > VNET_HEADERS || before > p->len)
		return -EINVAL;
	payload = p->len - before;
	if (udp && payload > (uint32_t)h->gso_size * UDP_SEGMENTS)
		return -EINVAL;
	p->data = (uint16_t)before;
	if (payload <= h->gso_size) /* as on Linux: it is none */
		return 0;
	p->gso_type = udp ? OSTIA_GSO_UDP : OSTIA_GSO_TCP;
	p->gso_size = h->gso_size;
	p->gso_segs = (uint16_t)((payload + h->gso_size - 1) / h->gso_size);
	return 0;
}

int vnet_apply(struct ostia_pkt *p, const struct virtio_net_hdr *h)
{
	int err = 0;

	if (h->hdr_len > p->len)
		return -EINVAL;
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		err = take_sum(p, h);
	if (!err && h->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		err = take_super(p, h);
	return err;
}
