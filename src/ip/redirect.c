/* SPDX-License-Identifier: MIT */
/*
 * ip/redirect.c - redirects (RFC 4861 8.1, 8.3; RFC 1122 3.2.2.2)
 */
#include "ip/redirect.h"

#include "ip/addrs.h"
#include "ip/icmp.h"
#include "ip/link6.h"
#include "ip/nd.h"
#include "ip/neigh.h"
#include "ip/route.h"
#include "wire/be.h"
#include "wire/icmp6.h"

enum { CODES4 = 4 }; /* net, host, and both for a service */

/* Does what we send to @dst go by @l to @router now? */
static bool is_first_hop(struct ip *ip, const struct ostia_link *l,
			 const struct ostia_addr *dst,
			 const struct ostia_addr *src,
			 const struct ostia_addr *router)
{
	const struct route *r = route_select(ip, dst, l->index, src);

	return r && r->link == l && addr_eq(&r->gateway, router);
}

static void refuse(struct ip *ip)
{
	ip->stats->RedirectsRefused++;
}

/* A quote is optional; one that is there must be of a packet of ours. */
static bool quote_ours(struct ip *ip, const struct ostia_link *l,
		       const struct wire_nd *f, struct ostia_addr *src)
{
	struct wire_quote q;
	struct ostia_addr dst;

	if (!f->redirected)
		return true;
	if (wire_quote_ip6(&q, f->redirected, f->redirected_len) < 0)
		return false;
	*src = addr_v6(q.src);
	dst = addr_v6(q.dst);
	return memcmp(dst.b, f->dest, 16) == 0 &&
	       addrs_is_ours(ip, src, l->index);
}

void redirect_rx6(struct ip *ip, struct ostia_pkt *p, const struct wire_nd *f,
		  ostia_time now)
{
	struct ostia_addr dest = addr_v6(f->dest), target = addr_v6(f->target);
	bool onlink = addr_eq(&dest, &target);
	struct ostia_addr src = p->dst, by = target;
	struct ostia_link *l = p->link;
	struct neigh *n;

	if (!l->in6->conf.accept_redirects || l->in6->off)
		return;
	if (!addr_is_linklocal(&p->src) || addr_is_multicast(&dest) ||
	    addr_is_linklocal(&dest) || addr_is_v4(&dest) ||
	    (!onlink && !addr_is_linklocal(&target)) ||
	    addrs_is_ours(ip, &target, l->index) ||
	    !quote_ours(ip, l, f, &src) ||
	    !is_first_hop(ip, l, &dest, &src, &p->src)) {
		refuse(ip);
		return;
	}
	if (onlink)
		by = (struct ostia_addr) { .q = { 0, 0 } };
	ip->stats->RedirectsTaken++;
	route_redirect(ip, l, &dest, &by,
		       time_after(now, ip->set.redirect_s * NS_PER_S));
	if (f->tlla)
		neigh_learn(ip, l, &target, f->tlla, NEIGH_NEWS_HEARD, true,
			    now);
	n = onlink ? NULL : neigh_find(ip, l, &target);
	if (n)
		n->router = true; /* RFC 4861 8.3 */
}

/* RFC 1122 3.2.2.2: the new gateway is on the net that the news came by. */
static bool gateway_ok(struct ip *ip, const struct ostia_link *l,
		       const struct ostia_addr *gw)
{
	const struct route *r;

	if (addr_is_any(gw) || addr_is_multicast(gw) || addr_is_broadcast(gw) ||
	    addr_is_loopback(gw) || addrs_is_ours(ip, gw, 0) ||
	    addrs_is_directed(ip, gw))
		return false;
	r = route_lookup(ip, gw, l->index);
	return r && addr_is_any(&r->gateway);
}

bool redirect_rx4(struct ip *ip, struct ostia_pkt *p,
		  const struct wire_icmp4 *f, const struct wire_quote *q,
		  ostia_time now)
{
	struct ostia_addr dst = addr_v4(q->dst), src = addr_v4(q->src);
	struct ostia_addr gw = addr_v4(f->gateway), by = gw;

	if (!ip->set.accept_redirects || f->code >= CODES4 ||
	    !addr_eq(&src, &p->dst) || p->flags & PKT_BROADCAST ||
	    addr_is_multicast(&dst) || addr_is_broadcast(&dst) ||
	    addr_is_loopback(&dst) || !gateway_ok(ip, p->link, &gw) ||
	    !is_first_hop(ip, p->link, &dst, &src, &p->src)) {
		refuse(ip);
		return false;
	}
	if (addr_eq(&gw, &dst))
		by = (struct ostia_addr) { .b = { [10] = 0xff, [11] = 0xff } };
	ip->stats->RedirectsTaken++;
	route_redirect(ip, p->link, &dst, &by,
		       time_after(now, ip->set.redirect_s * NS_PER_S));
	return true;
}

/* --- our own ------------------------------------------------------------ */

/* The net on @l that @a is in, or NULL. */
static const struct route *net_of(struct ip *ip, const struct ostia_link *l,
				  const struct ostia_addr *a)
{
	const struct route *r = route_lookup(ip, a, l->index);

	return r && r->link == l && addr_is_any(&r->gateway) ? r : NULL;
}

static void tell4(struct ip *ip, struct ostia_pkt *p,
		  const struct ostia_addr *by, ostia_time now)
{
	const struct route *net = net_of(ip, p->link, &p->src);

	if (!ip->set.send_redirects || !net ||
	    !addrs_prefix_eq(by, &net->prefix, net->plen))
		return;
	icmp_error(ip, p, ICMP_REDIRECT, 0, wire_be_get32(by->b + 12), now);
}

/* RFC 4861 8.2: a better router is told by its link-local address, or the
 * sender could not believe us.
 */
static void tell6(struct ip *ip, struct ostia_pkt *p,
		  const struct ostia_addr *by, ostia_time now)
{
	bool router = !addr_eq(by, &p->dst);

	if (!net_of(ip, p->link, &p->src) ||
	    (router && !addr_is_linklocal(by)) ||
	    !icmp_may_send(ip, &p->src, WIRE_ICMP6_REDIRECT, now))
		return;
	if (nd_redirect(ip, p, by) == 0)
		ip->stats->IcmpOutRedirects++;
	else
		ip->stats->IcmpOutErrors++;
}

void redirect_tell(struct ip *ip, struct ostia_pkt *p, const struct route *r,
		   ostia_time now)
{
	const struct ostia_addr *by =
		addr_is_any(&r->gateway) ? &p->dst : &r->gateway;

	if (p->link != r->link || p->link->type != OSTIA_LINK_ETHERNET)
		return;
	if (addr_is_v4(&p->dst))
		tell4(ip, p, by, now);
	else
		tell6(ip, p, by, now);
}
