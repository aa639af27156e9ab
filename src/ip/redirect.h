/* SPDX-License-Identifier: MIT */
/*
 * ip/redirect.h - a router says that another way is shorter (RFC 4861 8,
 * RFC 1122 3.2.2.2)
 *
 * Believed only from the router that the destination's packets go to now,
 * about a packet of ours, and towards the same link (RFC 5927 2.3: the quote
 * must be of something that we could have sent). What is believed becomes a
 * route for the one destination, which ends by itself and with the neighbour
 * that it leads by. Who forwards says so himself: redirect_tell().
 */
#ifndef OSTIA_IP_REDIRECT_H
#define OSTIA_IP_REDIRECT_H

#include "base/pkt.h"
#include "ip/route.h"
#include "ip/state.h"
#include "wire/icmp4.h"
#include "wire/nd.h"
#include "wire/quote.h"

/** redirect_rx6() - Hop limit and checksum are in order. */
void redirect_rx6(struct ip *ip, struct ostia_pkt *p, const struct wire_nd *f,
		  ostia_time now);

/** redirect_rx4() - @q: the packet that it quotes. Return: was it believed? */
bool redirect_rx4(struct ip *ip, struct ostia_pkt *p,
		  const struct wire_icmp4 *f, const struct wire_quote *q,
		  ostia_time now);

/**
 * redirect_tell() - @p is passed on by @r: does its sender know a shorter way?
 * @p: as it came, PKT_FORWARD set; lent
 *
 * It does when the packet leaves by the Ethernet link that it came by, and
 * sender and next hop are neighbours (RFC 1812 5.2.7.2, RFC 4861 8.2). IPv4
 * only if net.ipv4.conf.all.send_redirects allows; both are rate limited.
 */
void redirect_tell(struct ip *ip, struct ostia_pkt *p, const struct route *r,
		   ostia_time now);

#endif
