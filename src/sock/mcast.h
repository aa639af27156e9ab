/* SPDX-License-Identifier: MIT */
/*
 * sock/mcast.h - the options of multicast (ip(7), ipv6(7), RFC 3678)
 *
 * Rows of sock/opt_ip name these. What they do is ip/member's; here are the
 * structs of the two families and of both APIs, and the order in which Linux
 * looks at them, which decides between errors. Each returns 0 (a getter: the
 * bytes) or -errno: -EPROTO on a stream, -EINVAL (length, no group, no such
 * membership, another mode), -ENODEV, -EADDRNOTAVAIL, -EADDRINUSE, -ENOBUFS,
 * -ENOMEM.
 */
#ifndef OSTIA_SOCK_MCAST_H
#define OSTIA_SOCK_MCAST_H

#include "sock/opt.h"

/* IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP: struct ip_mreq, ip_mreqn; here and
 * below @o tells which
 */
int sock_mcast_mreq4(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n);
/* IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP: struct ipv6_mreq */
int sock_mcast_mreq6(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n);

/* IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE,
 * IP_UNBLOCK_SOURCE: struct ip_mreq_source
 */
int sock_mcast_source(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n);

/* MCAST_*: struct group_req, group_source_req; @o tells the family, too */
int sock_mcast_group(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n);
int sock_mcast_group_source(struct sock *s, const struct sock_opt *o,
			    const void *p, uint32_t n);

/* IP_MSFILTER: struct ip_msfilter. MCAST_MSFILTER: struct group_filter */
int sock_mcast_filter4(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n);
int sock_mcast_filter(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n);
/* Reading them, the caller says in the same bytes of which group. */
int sock_mcast_get_filter4(struct sock *s, const struct sock_opt *o, void *p,
			   uint32_t *n);
int sock_mcast_get_filter(struct sock *s, const struct sock_opt *o, void *p,
			  uint32_t *n);

/* IP_MULTICAST_IF (struct in_addr, ip_mreq, ip_mreqn), IPV6_MULTICAST_IF */
int sock_mcast_get_if4(struct sock *s, void *buf);
int sock_mcast_set_if4(struct sock *s, const void *p, uint32_t n);
int sock_mcast_get_if6(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_mcast_set_if6(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n);

/* IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS */
int sock_mcast_get_ttl(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_mcast_set_ttl(struct sock *s, const struct sock_opt *o, int64_t v);
int sock_mcast_set_hops(struct sock *s, const struct sock_opt *o, const void *p,
			uint32_t n);

/* IP_MULTICAST_LOOP ...: @o->arg is the flag that says no */
int sock_mcast_get_yes(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_mcast_set_yes(struct sock *s, const struct sock_opt *o, int64_t v);

#endif
