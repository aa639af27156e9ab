/* SPDX-License-Identifier: MIT */
#include "link/eth.h"

#include "wire/eth.h"

#include <errno.h>

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* A priority tag names no VLAN (802.1Q 9.6); any other is somebody else's. */
static bool tags_ok(const struct wire_eth *f)
{
	for (unsigned i = 0; i < f->n_tags; i++)
		if (f->tci[i] & 0xfff)
			return false;
	return true;
}

static bool for_us(const struct ostia_link *l, const struct wire_eth *f)
{
	return wire_eth_is_group(f->dst) ||
	       memcmp(f->dst, l->mac, sizeof(l->mac)) == 0;
}

enum verdict link_eth_rx(const struct ostia_link *l, struct ostia_pkt *p,
			 uint16_t *type, const char **why)
{
	uint32_t n = p->len < WIRE_ETH_MAX_HLEN ? p->len : WIRE_ETH_MAX_HLEN;
	const uint8_t *h = pkt_peek(p, 0, n);
	struct wire_eth f;
	int hlen;

	*why = "LinkInErrors";
	if (!h || (hlen = wire_eth_parse(&f, h, n)) < 0)
		return VERDICT_DROP;
	if (wire_eth_is_group(f.src))
		return VERDICT_DROP;
	*why = NULL;
	if (!for_us(l, &f) || !tags_ok(&f))
		return VERDICT_DROP;
	if (wire_eth_is_group(f.dst))
		p->flags |= PKT_BROADCAST;
	p->l3 = (uint16_t)hlen;
	*type = f.type;
	return VERDICT_DELIVER;
}

int link_eth_push(const struct ostia_link *l, struct ostia_pkt *p,
		  const uint8_t dst[6], uint16_t type)
{
	struct wire_eth f = { .dst = dst, .src = l->mac, .type = type };
	uint8_t *h = pkt_push(p, WIRE_ETH_HLEN);

	if (!h)
		return -ENOBUFS;
	return wire_eth_emit(h, WIRE_ETH_HLEN, &f) < 0 ? -EINVAL : 0;
}

void link_eth_group(uint8_t mac[6], const struct ostia_addr *group)
{
	if (addr_is_v4(group)) {
		if (addr_is_broadcast(group)) {
			memcpy(mac, broadcast, 6);
			return;
		}
		mac[0] = 0x01; /* RFC 1112 6.4: the low 23 bits */
		mac[1] = 0x00;
		mac[2] = 0x5e;
		mac[3] = group->b[13] & 0x7f;
		mac[4] = group->b[14];
		mac[5] = group->b[15];
		return;
	}
	mac[0] = mac[1] = 0x33; /* RFC 2464 7: the low 32 bits */
	memcpy(mac + 2, group->b + 12, 4);
}
