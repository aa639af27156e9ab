/* SPDX-License-Identifier: MIT */
/*
 * ip/nd.h - the messages of neighbour discovery, in and out (RFC 4861)
 *
 * What they mean beyond neighbours is decided elsewhere: ip/dad, ip/rtr,
 * ip/redirect.
 */
#ifndef OSTIA_IP_ND_H
#define OSTIA_IP_ND_H

#include "base/verdict.h"
#include "ip/ip.h"

/**
 * nd_rx() - A message of neighbour discovery arrived, checksum verified
 * Return: VERDICT_HELD (answered or noted; the packet is freed) or DROP.
 */
enum verdict nd_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now);

/**
 * nd_ask() - Queue a solicitation
 * @mac: whom to ask (a probe of a known neighbour), or NULL: the target's
 *	 solicited-node group
 * Return: 0, -EADDRNOTAVAIL (no address of ours on the link), -ENOBUFS,
 * -ENOMEM.
 */
int nd_ask(struct ip *ip, struct ostia_link *l, const struct ostia_addr *target,
	   const uint8_t *mac, const struct ostia_addr *from);

/**
 * nd_probe() - Does anybody have @target, which we should like to (RFC 4862
 * 5.4.2)?
 * @nonce: RFC 7527, or NULL. Return: 0, -ENOBUFS, -ENOMEM.
 */
int nd_probe(struct ip *ip, struct ostia_link *l,
	     const struct ostia_addr *target, const uint8_t *nonce,
	     size_t nonce_len);

/** nd_announce() - Tell all nodes that we have @addr now (RFC 4861 7.2.6). */
void nd_announce(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr);

/**
 * nd_redirect() - Tell the sender of @p, which we pass on, that @target (its
 * destination, or a router) is the better first hop (RFC 4861 8.2)
 * @p: as it came, by an Ethernet link; lent
 * Return: 0, -EADDRNOTAVAIL (no link-local address of ours), -ENOBUFS,
 * -ENOMEM.
 */
int nd_redirect(struct ip *ip, const struct ostia_pkt *p,
		const struct ostia_addr *target);

/** nd_solicit_routers() - Are there any (RFC 4861 6.3.7)? */
int nd_solicit_routers(struct ip *ip, struct ostia_link *l);

#endif
