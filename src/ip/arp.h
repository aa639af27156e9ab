/* SPDX-License-Identifier: MIT */
/*
 * ip/arp.h - asking for and answering with Ethernet addresses, IPv4
 * (RFC 826, RFC 1122 2.3.2, RFC 5227)
 */
#ifndef OSTIA_IP_ARP_H
#define OSTIA_IP_ARP_H

#include "base/verdict.h"
#include "ip/ip.h"

/**
 * arp_rx() - An ARP packet arrived (p->l3 at its first byte)
 * Return: VERDICT_HELD (answered or noted; the packet is freed) or DROP.
 */
enum verdict arp_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now);

/**
 * arp_ask() - Queue a request
 * @mac: whom to ask (a probe of a known neighbour), or NULL: everybody
 * Return: 0, -EADDRNOTAVAIL (no address of ours on the link), -ENOBUFS,
 * -ENOMEM.
 */
int arp_ask(struct ip *ip, struct ostia_link *l,
	    const struct ostia_addr *target, const uint8_t *mac,
	    const struct ostia_addr *from);

/** arp_probe() - Ask who has @addr, from nobody (RFC 5227 2.1.1). */
int arp_probe(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *addr);

/** arp_announce() - Tell everybody that @addr is ours (RFC 5227 2.3). */
int arp_announce(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr);

#endif
