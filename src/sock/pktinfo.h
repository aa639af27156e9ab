/* SPDX-License-Identifier: MIT */
/*
 * sock/pktinfo.h - IPV6_PKTINFO that stays (RFC 3542 6.2)
 *
 * A link and a source address for all datagrams that name their destination
 * and say nothing of their own. As on Linux a stream keeps it for nothing,
 * and what has a peer goes the way that connect() found. Linux does not look
 * at the address; the RFC, and we, do.
 */
#ifndef OSTIA_SOCK_PKTINFO_H
#define OSTIA_SOCK_PKTINFO_H

#include "sock/sock.h"

struct sock_opt;

/** sock_pktinfo_set() - A row. -EINVAL: too short, or another link than the
 * one that the socket is bound to; -ENOMEM.
 */
int sock_pktinfo_set(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n);

/** sock_pktinfo_link() - By which link to @to; 0: nothing was said. */
static inline uint32_t sock_pktinfo_link(const struct sock *s,
					 const struct ostia_addr *to)
{
	return s->rare && !addr_is_v4(to) ? s->rare->sticky_link : 0;
}

/** sock_pktinfo_src() - From which address to @to; NULL: nothing was said. */
static inline const struct ostia_addr *
sock_pktinfo_src(const struct sock *s, const struct ostia_addr *to)
{
	return s->rare && !addr_is_v4(to) && !addr_is_any(&s->rare->sticky_src)
		       ? &s->rare->sticky_src
		       : NULL;
}

#endif
