/* SPDX-License-Identifier: MIT */
#include "ip/filter.h"

#include "ip/state.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>

uint16_t filter_hatype(const struct ostia_link *l)
{
	switch (l->type) {
	case OSTIA_LINK_ETHERNET:
		return ARPHRD_ETHER;
	case OSTIA_LINK_LOOPBACK:
		return ARPHRD_LOOPBACK;
	default:
		return ARPHRD_NONE;
	}
}

static uint8_t pkttype(const struct ostia_pkt *p)
{
	if (!(p->flags & PKT_BROADCAST))
		return PACKET_HOST;
	return addr_is_multicast(&p->dst) ? PACKET_MULTICAST : PACKET_BROADCAST;
}

struct bpf_facts filter_facts(struct ip *ip, const struct ostia_pkt *p,
			      uint32_t from)
{
	return (struct bpf_facts) {
		.from = from,
		.net = p->l3,
		.no_link = p->link->type != OSTIA_LINK_ETHERNET,
		.protocol = addr_is_v4(&p->dst) ? ETH_P_IP : ETH_P_IPV6,
		.pkttype = pkttype(p),
		.ifindex = p->link->index,
		.hatype = filter_hatype(p->link),
		.rng = &ip->rng,
	};
}

bool filter_wants(struct ip *ip, const struct bpf *b, struct ostia_pkt *p,
		  uint32_t from, uint32_t keep)
{
	struct bpf_facts f;

	if (__builtin_expect(!b, 1))
		return true;
	f = filter_facts(ip, p, from);
	return bpf_trim(b, p, &f, keep);
}
