/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct in6_pktinfo */
#include "sock/pktinfo.h"

#include "sock/opt.h"

#include <errno.h>
#include <netinet/in.h>

int sock_pktinfo_set(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n)
{
	struct in6_pktinfo info;
	struct sock_rare *r;

	(void)o;
	if (n < sizeof(info) || !p)
		return -EINVAL;
	memcpy(&info, p, sizeof(info));
	if (s->dev && info.ipi6_ifindex != s->dev)
		return -EINVAL;
	r = sock_rare(s);
	if (!r)
		return -ENOMEM;
	r->sticky_link = info.ipi6_ifindex;
	r->sticky_src = addr_v6(&info.ipi6_addr);
	return 0;
}
