/* SPDX-License-Identifier: MIT */
/*
 * ip/route.c - longest prefix match
 *
 * Routes of one prefix form a chain, oldest first, our own networks' before
 * others; the chain's head is what the table files under prefix and length.
 */
#include "ip/route.h"

#include "ip/addrs.h"
#include "ip/link6.h"
#include "ip/rtr.h"
#include "ip/state.h"

#include <errno.h>

enum { V4_BITS = 96 };

static struct route *at(const struct ip *ip, uint32_t handle)
{
	return handle ? slab_at(&ip->routes, handle) : NULL;
}

static uint32_t head_of(const struct ip *ip, const struct ostia_addr *prefix,
			unsigned plen)
{
	table_each_match(&ip->route_table, ip_tag(ip, prefix, plen), it)
	{
		const struct route *r = slab_at(&ip->routes, it.handle);

		if (r->plen == plen && addr_eq(&r->prefix, prefix))
			return it.handle;
	}
	return 0;
}

static bool own(const struct route *r)
{
	return r->origin == ROUTE_OWN;
}

static int chain_add(struct ip *ip, uint32_t handle)
{
	struct route *r = at(ip, handle);
	uint32_t tag = ip_tag(ip, &r->prefix, r->plen);
	uint32_t head = head_of(ip, &r->prefix, r->plen);
	struct route *last;

	if (!head)
		return table_insert(&ip->route_table, tag, handle);
	if (own(r) && !own(at(ip, head))) {
		r->next = head;
		table_replace(&ip->route_table, tag, head, handle);
		return 0;
	}
	for (last = at(ip, head); last->next; last = at(ip, last->next))
		if (own(r) && !own(at(ip, last->next)))
			break;
	r->next = last->next;
	last->next = handle;
	return 0;
}

static void chain_remove(struct ip *ip, uint32_t handle)
{
	struct route *r = at(ip, handle), *prev;
	uint32_t tag = ip_tag(ip, &r->prefix, r->plen);
	uint32_t head = head_of(ip, &r->prefix, r->plen);

	if (head == handle && r->next) {
		table_replace(&ip->route_table, tag, handle, r->next);
	} else if (head == handle) {
		table_remove(&ip->route_table, tag, handle);
	} else {
		for (prev = at(ip, head); prev->next != handle;)
			prev = at(ip, prev->next);
		prev->next = r->next;
	}
	r->next = 0;
}

static void drop(struct ip *ip, uint32_t handle)
{
	struct route *r = at(ip, handle);

	chain_remove(ip, handle);
	ip->plens[r->plen]--;
	ip->gen++;
	ip->nredirects -= r->origin == ROUTE_REDIRECT;
	if (r->origin == ROUTE_TOLD)
		r->link->in6->nroutes--;
	wheel_disarm(&ip->wheel, &r->life);
	list_remove(&r->age);
	list_remove(&r->by_link);
	slab_free(&ip->routes, handle);
}

static int add(struct ip *ip, const struct route *like, struct route **out)
{
	uint32_t handle;
	struct route *r = slab_alloc(&ip->routes, &handle);
	int err;

	if (!r)
		return ip->routes.live >= ip->routes.limit ? -ENOSPC : -ENOMEM;
	*r = *like;
	r->handle = handle;
	r->life.kind = IP_TIMER_ROUTE;
	list_init(&r->age);
	err = chain_add(ip, handle);
	if (err) {
		slab_free(&ip->routes, handle);
		return err == -ENOBUFS ? -ENOSPC : err;
	}
	list_push(&r->link->routes, &r->by_link);
	ip->plens[r->plen]++;
	ip->gen++;
	ip->nredirects += r->origin == ROUTE_REDIRECT;
	if (r->origin == ROUTE_TOLD)
		r->link->in6->nroutes++;
	if (out)
		*out = r;
	return 0;
}

/* Linux's rule: one route a prefix, unless it is another link's network. */
static bool taken(struct ip *ip, const struct route *r)
{
	uint32_t h = head_of(ip, &r->prefix, r->plen);

	for (; h; h = at(ip, h)->next)
		if (at(ip, h)->origin == ROUTE_MANUAL ||
		    (own(at(ip, h)) && at(ip, h)->link == r->link))
			return true;
	return false;
}

static bool on_link(struct ip *ip, const struct ostia_link *l,
		    const struct ostia_addr *gateway)
{
	const struct route *r;

	if (!addr_is_v4(gateway) && addr_is_linklocal(gateway))
		return true;
	if (addr_is_multicast(gateway) || addrs_is_ours(ip, gateway, l->index))
		return false;
	r = route_lookup(ip, gateway, l->index);
	return r && addr_is_any(&r->gateway);
}

int route_add(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *prefix, unsigned plen,
	      const struct ostia_addr *gateway)
{
	struct route r = { .prefix = *prefix,
			   .link = l,
			   .plen = (uint8_t)plen };
	struct ostia_addr masked;

	if (plen > 128 || (addr_is_v4(prefix) && plen < V4_BITS))
		return -EINVAL;
	masked = addrs_mask(prefix, plen);
	if (!addr_eq(&masked, prefix))
		return -EINVAL;
	if (gateway && !addr_is_any(gateway)) {
		if (addr_is_v4(gateway) != addr_is_v4(prefix))
			return -EINVAL;
		if (!on_link(ip, l, gateway))
			return -ENETUNREACH;
		r.gateway = *gateway;
	}
	if (taken(ip, &r))
		return -EEXIST;
	return add(ip, &r, NULL);
}

int route_del(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *prefix, unsigned plen,
	      const struct ostia_addr *gateway)
{
	uint32_t h = head_of(ip, prefix, plen);

	for (; h; h = at(ip, h)->next) {
		const struct route *r = at(ip, h);

		if (r->link != l || r->origin == ROUTE_REDIRECT)
			continue;
		if (gateway && !addr_eq(&r->gateway, gateway))
			continue;
		drop(ip, h);
		return 0;
	}
	return -ESRCH;
}

int route_add_own(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *net, unsigned plen)
{
	const struct route r = {
		.prefix = *net,
		.link = l,
		.plen = (uint8_t)plen,
		.origin = ROUTE_OWN,
	};

	return add(ip, &r, NULL);
}

void route_del_own(struct ip *ip, struct ostia_link *l,
		   const struct ostia_addr *net, unsigned plen)
{
	uint32_t h = head_of(ip, net, plen);

	for (; h; h = at(ip, h)->next) {
		if (own(at(ip, h)) && at(ip, h)->link == l) {
			drop(ip, h);
			return;
		}
	}
}

void route_del_link(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->routes)))
		drop(ip, list_entry(node, struct route, by_link)->handle);
}

/* --- what routers say ---------------------------------------------------- */

static struct route *told(const struct ip *ip, const struct ostia_link *l,
			  const struct ostia_addr *prefix, unsigned plen,
			  const struct ostia_addr *gateway)
{
	uint32_t h = head_of(ip, prefix, plen);

	for (; h; h = at(ip, h)->next) {
		struct route *r = at(ip, h);

		if (r->origin == ROUTE_TOLD && r->link == l &&
		    addr_eq(&r->gateway, gateway))
			return r;
	}
	return NULL;
}

static void live_until(struct ip *ip, struct route *r, ostia_time until)
{
	if (until == OSTIA_NEVER)
		wheel_disarm(&ip->wheel, &r->life);
	else
		wheel_arm(&ip->wheel, &r->life, until);
}

static struct route *add_told(struct ip *ip, struct ostia_link *l,
			      const struct ostia_addr *prefix, unsigned plen,
			      const struct ostia_addr *gateway)
{
	const struct route like = { .prefix = *prefix,
				    .gateway = *gateway,
				    .link = l,
				    .plen = (uint8_t)plen,
				    .origin = ROUTE_TOLD };
	struct route *r = NULL;

	if (l->in6->nroutes >= LINK6_ROUTES || add(ip, &like, &r))
		ip->stats->NdRouteOverflows++;
	return r;
}

void route_told(struct ip *ip, struct ostia_link *l,
		const struct ostia_addr *prefix, unsigned plen,
		const struct ostia_addr *gateway, int8_t pref, ostia_time until,
		ostia_time now)
{
	struct route *r = told(ip, l, prefix, plen, gateway);

	if (until <= now) {
		if (r)
			drop(ip, r->handle);
		return;
	}
	if (!r)
		r = add_told(ip, l, prefix, plen, gateway);
	if (!r)
		return;
	if (r->pref != pref)
		ip->gen++;
	r->pref = pref;
	live_until(ip, r, until);
}

void route_to_end(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *prefix, unsigned plen,
		  const struct ostia_addr *gateway)
{
	struct route *r = told(ip, l, prefix, plen, gateway);

	/* Alone it is at the end; with others, filing it again cannot fail. */
	if (!r || (r->next == 0 && head_of(ip, prefix, plen) == r->handle))
		return;
	chain_remove(ip, r->handle);
	(void)chain_add(ip, r->handle);
	ip->gen++;
}

static struct route *redirect_of(const struct ip *ip,
				 const struct ostia_link *l,
				 const struct ostia_addr *dst)
{
	uint32_t h = head_of(ip, dst, 128);

	for (; h; h = at(ip, h)->next)
		if (at(ip, h)->origin == ROUTE_REDIRECT && at(ip, h)->link == l)
			return at(ip, h);
	return NULL;
}

void route_redirect(struct ip *ip, struct ostia_link *l,
		    const struct ostia_addr *dst,
		    const struct ostia_addr *gateway, ostia_time until)
{
	const struct route like = { .prefix = *dst,
				    .gateway = *gateway,
				    .link = l,
				    .plen = 128,
				    .origin = ROUTE_REDIRECT };
	struct route *r = redirect_of(ip, l, dst);

	if (r)
		drop(ip, r->handle);
	if (ip->nredirects >= ROUTE_REDIRECTS) {
		ip->stats->RedirectsEvicted++;
		r = list_entry(list_first(&ip->redirects), struct route, age);
		drop(ip, r->handle);
	}
	r = NULL;
	if (add(ip, &like, &r)) {
		ip->stats->NdRouteOverflows++;
		return;
	}
	list_push(&ip->redirects, &r->age);
	live_until(ip, r, until);
}

void route_redirects_by(struct ip *ip, struct ostia_link *l,
			const struct ostia_addr *neighbour)
{
	struct list *node = ip->redirects.next;

	while (node != &ip->redirects) {
		struct route *r = list_entry(node, struct route, age);

		node = node->next;
		if (r->link == l && (addr_eq(&r->gateway, neighbour) ||
				     (addr_is_any(&r->gateway) &&
				      addr_eq(&r->prefix, neighbour))))
			drop(ip, r->handle);
	}
}

void route_expire(struct ip *ip, struct route *r)
{
	drop(ip, r->handle);
}

/* --- looking up ---------------------------------------------------------- */

/* What makes one of several better, most important first. */
static int merit(struct ip *ip, const struct route *r,
		 const struct ostia_addr *src)
{
	const struct ifaddr *a;
	int i, v = 4;

	if (r->origin != ROUTE_TOLD)
		return 16;
	if (addr_is_any(&r->gateway))
		return 8;
	if (rtr_failed(r->link, &r->gateway))
		return 0; /* all alike: they take turns */
	a = src ? addrs_entry(ip, r->link, src) : NULL;
	i = a && a->routers ? rtr_index(r->link, &r->gateway) : -1;
	if (i >= 0 && a->routers >> i & 1)
		v += 4;
	return v + r->pref;
}

static const struct route *in_chain(struct ip *ip, uint32_t h, uint32_t zone,
				    const struct ostia_addr *src, int *most)
{
	const struct route *best = NULL;

	*most = -1;
	for (; h; h = at(ip, h)->next) {
		const struct route *r = at(ip, h);
		int m;

		if (zone && r->link->index != zone)
			continue;
		m = merit(ip, r, src);
		if (m > *most) {
			*most = m;
			best = r;
		}
		if (m >= 16)
			break;
	}
	return best;
}

const struct route *route_select(struct ip *ip, const struct ostia_addr *dst,
				 uint32_t zone, const struct ostia_addr *src)
{
	int least = addr_is_v4(dst) ? V4_BITS : 0;
	const struct route *last = NULL;

	for (int plen = 128; plen >= least; plen--) {
		struct ostia_addr prefix;
		const struct route *r;
		int m;

		if (!ip->plens[plen])
			continue;
		prefix = addrs_mask(dst, (unsigned)plen);
		r = in_chain(ip, head_of(ip, &prefix, (unsigned)plen), zone,
			     src, &m);
		if (r && m > 0)
			return r;
		if (!last)
			last = r; /* of a router that fails (RFC 4191 3.2) */
	}
	return last;
}

const struct route *route_lookup(struct ip *ip, const struct ostia_addr *dst,
				 uint32_t zone)
{
	return route_select(ip, dst, zone, NULL);
}
