/* SPDX-License-Identifier: MIT */
/*
 * link/eth.h - Ethernet framing of a link (RFC 894, RFC 2464)
 *
 * In: accepts frames for our address, broadcast, and any group (which groups
 * are wanted is for ip/ to say). Out: pushes 14 bytes. Tagged frames are not
 * ours, except priority tags (VLAN 0).
 */
#ifndef OSTIA_LINK_ETH_H
#define OSTIA_LINK_ETH_H

#include "base/addr.h"
#include "base/verdict.h"
#include "link/link.h"

/**
 * link_eth_rx() - Is the frame for us, and what does it carry?
 * @type: WIRE_ETH_IP4, _ARP, _IP6 or what else it says; set on DELIVER
 *
 * Sets p->l3 behind the header, and PKT_BROADCAST when it came to a group.
 * Return: VERDICT_DELIVER, or VERDICT_DROP: short, from a group, with a VLAN,
 * or for another host (@why then names the counter to blame, or is NULL for
 * frames that are simply not ours).
 */
enum verdict link_eth_rx(const struct ostia_link *l, struct ostia_pkt *p,
			 uint16_t *type, const char **why);

/** link_eth_push() - Our header in front. Return: 0, -ENOBUFS (headroom). */
int link_eth_push(const struct ostia_link *l, struct ostia_pkt *p,
		  const uint8_t dst[6], uint16_t type);

/** link_eth_group() - The group address of an IP group (RFC 1112, 2464 7). */
void link_eth_group(uint8_t mac[6], const struct ostia_addr *group);

#endif
