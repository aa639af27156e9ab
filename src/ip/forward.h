/* SPDX-License-Identifier: MIT */
/*
 * ip/forward.h - passing on what is for others (RFC 1812 5.2, 5.3; RFC 8200 3)
 *
 * Off unless net.ipv4.ip_forward or net.ipv6.conf.*.forwarding says so. Never
 * what came to many, from or to an address that means nothing elsewhere
 * (RFC 3927 2.7, RFC 4291 2.5.6), or by the loopback. It goes through the
 * bounded reply queue of the link that it leaves by. Its sender is told when
 * the next hop does not answer (ip/neigh), and of shorter ways (ip/redirect).
 */
#ifndef OSTIA_IP_FORWARD_H
#define OSTIA_IP_FORWARD_H

#include "base/pkt.h"
#include "base/verdict.h"

#include <stdbool.h>

struct ip;

/** forward_wanted() - Does the link that it came by pass on its family? */
bool forward_wanted(const struct ip *ip, const struct ostia_pkt *p);

/**
 * forward() - Pass on a packet that is not for us
 * @p:		src, dst, ttl, proto, l3, l4 set
 * @hlen:	of its IP header
 * @dontfrag:	it must not be cut: IPv6, or DF
 *
 * Return: HELD (it waits in its link, or an error was told and it is freed);
 * DROP.
 */
enum verdict forward(struct ip *ip, struct ostia_pkt *p, unsigned hlen,
		     bool dontfrag, ostia_time now);

#endif
