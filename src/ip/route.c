/* SPDX-License-Identifier: MIT */
/*
 * ip/route.c - longest prefix match
 *
 * Routes of one prefix form a chain, oldest first, our own networks' before
 * others; the chain's head is what the table files under prefix and length.
 */
#include "ip/route.h"

#include "ip/addrs.h"
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

static int chain_add(struct ip *ip, uint32_t handle)
{
	struct route *r = at(ip, handle);
	uint32_t tag = ip_tag(ip, &r->prefix, r->plen);
	uint32_t head = head_of(ip, &r->prefix, r->plen);
	struct route *last;

	if (!head)
		return table_insert(&ip->route_table, tag, handle);
	if (r->own && !at(ip, head)->own) {
		r->next = head;
		table_replace(&ip->route_table, tag, head, handle);
		return 0;
	}
	for (last = at(ip, head); last->next; last = at(ip, last->next))
		if (r->own && !at(ip, last->next)->own)
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
	ip->plens[r->plen]--;
	ip->gen++;
	list_remove(&r->by_link);
	slab_free(&ip->routes, handle);
}

static int add(struct ip *ip, const struct route *like)
{
	uint32_t handle;
	struct route *r = slab_alloc(&ip->routes, &handle);
	int err;

	if (!r)
		return ip->routes.live >= ip->routes.limit ? -ENOSPC : -ENOMEM;
	*r = *like;
	r->handle = handle;
	err = chain_add(ip, handle);
	if (err) {
		slab_free(&ip->routes, handle);
		return err == -ENOBUFS ? -ENOSPC : err;
	}
	list_push(&r->link->routes, &r->by_link);
	ip->plens[r->plen]++;
	ip->gen++;
	return 0;
}

/* Linux's rule: one route a prefix, unless it is another link's network. */
static bool taken(struct ip *ip, const struct route *r)
{
	uint32_t h = head_of(ip, &r->prefix, r->plen);

	for (; h; h = at(ip, h)->next)
		if (!at(ip, h)->own || at(ip, h)->link == r->link)
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
	return add(ip, &r);
}

int route_del(struct ip *ip, struct ostia_link *l,
	      const struct ostia_addr *prefix, unsigned plen,
	      const struct ostia_addr *gateway)
{
	uint32_t h = head_of(ip, prefix, plen);

	for (; h; h = at(ip, h)->next) {
		const struct route *r = at(ip, h);

		if (r->link != l)
			continue;
		if (gateway && !addr_eq(&r->gateway, gateway))
			continue;
		chain_remove(ip, h);
		return 0;
	}
	return -ESRCH;
}

int route_add_own(struct ip *ip, struct ostia_link *l,
		  const struct ostia_addr *net, unsigned plen)
{
	const struct route r = {
		.prefix = *net, .link = l, .plen = (uint8_t)plen, .own = true
	};

	return add(ip, &r);
}

void route_del_own(struct ip *ip, struct ostia_link *l,
		   const struct ostia_addr *net, unsigned plen)
{
	uint32_t h = head_of(ip, net, plen);

	for (; h; h = at(ip, h)->next) {
		if (at(ip, h)->own && at(ip, h)->link == l) {
			chain_remove(ip, h);
			return;
		}
	}
}

void route_del_link(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->routes)))
		chain_remove(ip,
			     list_entry(node, struct route, by_link)->handle);
}

static const struct route *in_chain(const struct ip *ip, uint32_t h,
				    uint32_t zone)
{
	for (; h; h = at(ip, h)->next)
		if (!zone || at(ip, h)->link->index == zone)
			return at(ip, h);
	return NULL;
}

const struct route *route_lookup(struct ip *ip, const struct ostia_addr *dst,
				 uint32_t zone)
{
	int least = addr_is_v4(dst) ? V4_BITS : 0;

	for (int plen = 128; plen >= least; plen--) {
		struct ostia_addr prefix;
		const struct route *r;

		if (!ip->plens[plen])
			continue;
		prefix = addrs_mask(dst, (unsigned)plen);
		r = in_chain(ip, head_of(ip, &prefix, (unsigned)plen), zone);
		if (r)
			return r;
	}
	return NULL;
}
