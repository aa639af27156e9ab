/* SPDX-License-Identifier: MIT */
/*
 * ip/rtr.h - routers: asking for them, hearing them, choosing among them
 *
 * RFC 4861 6.3, RFC 4191 (preferences, more specific routes), RFC 7559 (how
 * long we ask), RFC 8028 (a source belongs to the router that told its
 * prefix). What an advertisement says becomes routes (ip/route), addresses
 * (ip/slaac), name servers (ip/dns) and facts of the link (ip/link6). All of
 * it is bounded for each link; what finds no room is counted.
 */
#ifndef OSTIA_IP_RTR_H
#define OSTIA_IP_RTR_H

#include "base/pkt.h"
#include "ip/link6.h"
#include "wire/nd.h"

/** rtr_begin() - The link can speak: ask for routers, if settings say so. */
void rtr_begin(struct ip *ip, struct ostia_link *l, ostia_time now);

/** rtr_solicit_expire() - Nobody answered: ask again. */
void rtr_solicit_expire(struct ip *ip, struct link6 *l, ostia_time now);

/**
 * rtr_rx() - A router advertisement arrived, hop limit and checksum in order
 * @m, @n: the message that @f was read from
 */
void rtr_rx(struct ip *ip, struct ostia_pkt *p, const struct wire_nd *f,
	    const uint8_t *m, size_t n, ostia_time now);

/** rtr_life_expire() - It did not renew its word. */
void rtr_life_expire(struct ip *ip, struct rtr *r);

/** rtr_probe_expire() - Is the router that failed back (RFC 4191 3.2)? */
void rtr_probe_expire(struct ip *ip, struct rtr *r, ostia_time now);

/** rtr_no_more() - @addr says that it is no router (RFC 4861 7.2.5). */
void rtr_no_more(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr);

/** rtr_reached() - A neighbour that may be a router of ours answers, or not. */
void rtr_reached(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr, bool reached, ostia_time now);

/** rtr_failed() - Is it known not to answer? */
bool rtr_failed(const struct ostia_link *l, const struct ostia_addr *addr);

/** rtr_index() - Which of the link's routers is it? -1: none. */
int rtr_index(const struct ostia_link *l, const struct ostia_addr *addr);

#endif
