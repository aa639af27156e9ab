/* SPDX-License-Identifier: MIT */
/*
 * ip/nd.h - neighbour solicitation and advertisement (RFC 4861 7)
 *
 * Addresses are configured by hand, so routers' advertisements and redirects
 * are ignored, and duplicate addresses are not looked for.
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

#endif
