/* SPDX-License-Identifier: MIT */
#include "ip/link6.h"

#include "ip/addrs.h"
#include "ip/rtr.h"

#include <errno.h>

int link6_new(struct ip *ip, struct ostia_link *l)
{
	struct link6 *n = env_zalloc(ip->env, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->conf = ip->conf6;
	n->link = l;
	n->solicit.kind = IP_TIMER_SOLICIT;
	for (unsigned i = 0; i < LINK6_ROUTERS; i++) {
		n->rtr[i].link = l;
		n->rtr[i].probe.kind = IP_TIMER_ROUTER_PROBE;
		n->rtr[i].life.kind = IP_TIMER_ROUTER_LIFE;
	}
	l->in6 = n;
	return 0;
}

void link6_free(struct ip *ip, struct ostia_link *l)
{
	struct link6 *n = l->in6;

	if (!n)
		return;
	wheel_disarm(&ip->wheel, &n->solicit);
	for (unsigned i = 0; i < LINK6_ROUTERS; i++) {
		wheel_disarm(&ip->wheel, &n->rtr[i].probe);
		wheel_disarm(&ip->wheel, &n->rtr[i].life);
	}
	l->in6 = NULL;
	env_free(ip->env, n, sizeof(*n));
}

void link6_conf_changed(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	if (l->in6->conf.mld_solicited)
		addrs_tell_solicited(ip, l);
	ip->gen++; /* the MTU of its paths may be another */
	if (!in6_accepts_ra(&l->in6->conf))
		wheel_disarm(&ip->wheel, &l->in6->solicit);
	else if (l->in6->solicited == 0)
		rtr_begin(ip, l, now);
}
