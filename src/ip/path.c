/* SPDX-License-Identifier: MIT */
/*
 * ip/path.c - the path cache
 *
 * Filed by destination, asked link and, when it was wished, source. Unused
 * paths give their neighbour back and wait, in order of age, to be asked for
 * again; net.ipv4.route.max_size bounds them. Used ones are bounded by those
 * who use them.
 */
#include "ip/path.h"

#include "ip/addrs.h"
#include "ip/link6.h"
#include "ip/neigh.h"
#include "ip/route.h"
#include "ip/select.h"
#include "ip/state.h"
#include "wire/ip6.h"

#include <assert.h>
#include <errno.h>

enum { V4_MTU_MAX = 65535 };

/* What the routes say now. */
struct way {
	struct ostia_addr dst, src, nexthop;
	struct ostia_link *link;
	uint32_t zone;
	uint8_t kind;
};

static struct ostia_addr loopback_of(const struct ostia_addr *like)
{
	static const uint8_t four[4] = { 127, 0, 0, 1 };

	if (addr_is_v4(like))
		return addr_v4(four);
	return (struct ostia_addr) { .b = { [15] = 1 } };
}

/* To ourselves, whatever address of ours it is. */
static int way_local(struct ip *ip, struct way *w, const struct ifaddr *i)
{
	if (!ip->loopback)
		return -ENETUNREACH;
	w->kind = PATH_LOCAL;
	w->link = ip->loopback;
	w->nexthop = w->dst;
	w->src = i->addr; /* for 127.0.0.2 that is 127.0.0.1 */
	w->zone = addrs_scoped(&w->dst) ? i->link->index : 0;
	return 0;
}

/* Linux has routes to groups of IPv6 by every link but the loopback. */
static bool no_groups(struct ip *ip, const struct way *w)
{
	return w->link->type == OSTIA_LINK_LOOPBACK && !addr_is_v4(&w->dst) &&
	       !route_lookup(ip, &w->dst, w->link->index);
}

/* To many: on the link that was asked for, the source's, or a route's. */
static int way_group(struct ip *ip, struct way *w, uint32_t zone,
		     const struct ostia_addr *src)
{
	const struct ifaddr *i;
	const struct route *r;

	w->nexthop = w->dst;
	w->kind = addr_is_broadcast(&w->dst) ? PATH_BROADCAST : PATH_MULTICAST;
	if (addrs_scoped(&w->dst) && !zone)
		return -EINVAL;
	if (zone) {
		w->link = ip_link_at(ip, zone);
		if (w->link && no_groups(ip, w))
			return -ENETUNREACH;
		return w->link ? 0 : -ENODEV;
	}
	i = src ? addrs_find(ip, src, 0) : NULL;
	if (i) {
		w->link = i->link;
		return 0;
	}
	r = route_lookup(ip, &w->dst, 0);
	if (!r)
		return -ENETUNREACH;
	w->link = r->link;
	return 0;
}

static int way_unicast(struct ip *ip, struct way *w, uint32_t zone,
		       const struct ostia_addr *src)
{
	const struct route *r = route_select(ip, &w->dst, zone, src);

	if (!r)
		return -ENETUNREACH;
	w->link = r->link;
	w->kind = addrs_is_directed(ip, &w->dst) == r->link ? PATH_BROADCAST
							    : PATH_UNICAST;
	w->nexthop = addr_is_any(&r->gateway) ? w->dst : r->gateway;
	if (w->kind == PATH_BROADCAST)
		memset(w->nexthop.b + 12, 0xff, 4); /* to every MAC address */
	return 0;
}

static int way_source(struct ip *ip, struct way *w)
{
	const struct ostia_addr *src =
		select_source(ip, w->link, &w->dst, &w->nexthop, 0);

	if (src) {
		w->src = *src;
		return 0;
	}
	/* A host without an address may still broadcast (RFC 2131 4.1). */
	if (!addr_is_v4(&w->dst) || w->kind == PATH_UNICAST)
		return -EADDRNOTAVAIL;
	w->src = (struct ostia_addr) { .b = { [10] = 0xff, [11] = 0xff } };
	return 0;
}

static int way_find(struct ip *ip, struct way *w, uint32_t zone,
		    const struct ostia_addr *src)
{
	const struct ifaddr *i = NULL;
	int err;

	if (zone && !ip_link_at(ip, zone))
		return -ENODEV;
	if (addr_is_any(&w->dst))
		w->dst = loopback_of(&w->dst);
	w->zone = addrs_scoped(&w->dst) ? zone : 0;

	if (addr_is_multicast(&w->dst) || addr_is_broadcast(&w->dst)) {
		err = way_group(ip, w, zone, src);
	} else if (addrs_scoped(&w->dst) && !zone) {
		return -EINVAL;
	} else if ((i = addrs_find(ip, &w->dst, zone))) {
		err = way_local(ip, w, i);
	} else {
		err = way_unicast(ip, w, zone, src);
	}
	if (err)
		return err;
	if (src)
		w->src = *src;
	else if (w->kind != PATH_LOCAL)
		return way_source(ip, w);
	return 0;
}

static uint32_t key_tag(const struct ip *ip, const struct ostia_addr *dst,
			const struct ostia_addr *src, uint32_t ask)
{
	const uint64_t w[5] = { dst->q[0], dst->q[1], src ? src->q[0] : 0,
				src ? src->q[1] : 0,
				(uint64_t)ask << 1 | (src != NULL) };

	return (uint32_t)(siphash_words_13(&ip->key, w, 5) >> 32);
}

static uint32_t path_tag(const struct ip *ip, const struct path *p)
{
	return key_tag(ip, &p->dst, p->asked_src ? &p->src : NULL, p->ask);
}

static struct path *find(struct ip *ip, const struct ostia_addr *dst,
			 const struct ostia_addr *src, uint32_t ask)
{
	table_each_match(&ip->path_table, key_tag(ip, dst, src, ask), it)
	{
		struct path *p = slab_at(&ip->paths, it.handle);

		if (addr_eq(&p->dst, dst) && p->ask == ask &&
		    p->asked_src == (src != NULL) &&
		    (!src || addr_eq(&p->src, src)))
			return p;
	}
	return NULL;
}

static void drop_neigh(struct ip *ip, struct path *p)
{
	if (p->neigh)
		neigh_put(ip, p->neigh);
	p->neigh = NULL;
}

static void unfile(struct ip *ip, struct path *p)
{
	if (p->filed)
		table_remove(&ip->path_table, path_tag(ip, p), p->handle);
	p->filed = false;
}

static void free_path(struct ip *ip, struct path *p)
{
	unfile(ip, p);
	drop_neigh(ip, p);
	if (!list_empty(&p->node)) {
		list_remove(&p->node);
		ip->npath_unused--;
	}
	list_remove(&p->by_link);
	slab_free(&ip->paths, p->handle);
}

static uint32_t first_mtu(const struct ostia_addr *dst,
			  const struct ostia_link *l)
{
	if (!addr_is_v4(dst))
		return link6_mtu(l);
	return l->mtu > V4_MTU_MAX ? (uint32_t)V4_MTU_MAX : l->mtu;
}

static void set_way(struct ip *ip, struct path *p, const struct way *w)
{
	p->dst = w->dst;
	p->src = w->src;
	p->nexthop = w->nexthop;
	p->link = w->link;
	p->zone = w->zone;
	p->kind = w->kind;
	p->mtu = first_mtu(&w->dst, w->link);
	p->mtu_until = OSTIA_NEVER;
	p->gen = ip->gen;
	list_push(&w->link->paths, &p->by_link);
}

static int new_path(struct ip *ip, const struct way *w, uint32_t ask,
		    bool asked_src, struct path **out)
{
	uint32_t handle;
	struct path *p = slab_alloc(&ip->paths, &handle);
	int err;

	if (!p)
		return -ENOMEM;
	*p = (struct path) { .ask = ask,
			     .asked_src = asked_src,
			     .handle = handle,
			     .refs = 1,
			     .ident = rng_u32(&ip->rng) };
	list_init(&p->node);
	list_init(&p->by_link);
	set_way(ip, p, w);
	err = table_insert(&ip->path_table, path_tag(ip, p), handle);
	if (err) {
		list_remove(&p->by_link);
		slab_free(&ip->paths, handle);
		return err;
	}
	p->filed = true;
	*out = p;
	return 0;
}

static bool same_way(const struct path *p, const struct way *w)
{
	return p->link == w->link && p->kind == w->kind && p->zone == w->zone &&
	       addr_eq(&p->nexthop, &w->nexthop) && addr_eq(&p->src, &w->src);
}

static void forget_low_mtu(struct path *p, ostia_time now)
{
	if (now < p->mtu_until || !p->link)
		return;
	p->mtu_until = OSTIA_NEVER;
	p->mtu = first_mtu(&p->dst, p->link);
}

static struct path *take(struct ip *ip, struct path *p, ostia_time now)
{
	if (p->refs++ == 0) {
		list_remove(&p->node);
		ip->npath_unused--;
	}
	forget_low_mtu(p, now);
	return p;
}

/* The routes changed since @p was made; is it still the way? */
static bool revalidate(struct ip *ip, struct path *p, const struct way *w)
{
	if (p->dead || !same_way(p, w))
		return false;
	/* what was learned of the path stays; the link's word may be new */
	if (p->mtu_until == OSTIA_NEVER || p->mtu > first_mtu(&w->dst, w->link))
		p->mtu = first_mtu(&w->dst, w->link);
	p->gen = ip->gen;
	return true;
}

int path_get(struct ip *ip, const struct ostia_addr *dst,
	     const struct ostia_addr *src, uint32_t zone, ostia_time now,
	     struct path **out)
{
	struct way w = { .dst = addr_is_any(dst) ? loopback_of(dst) : *dst };
	struct path *p;
	int err;

	if (src && addr_is_any(src) && !addr_is_broadcast(dst))
		src = NULL;
	if (src && addr_is_v4(src) != addr_is_v4(dst))
		return -EINVAL;
	p = find(ip, &w.dst, src, zone);
	if (p && p->gen == ip->gen && !p->dead) {
		*out = take(ip, p, now);
		return 0;
	}
	err = way_find(ip, &w, zone, src);
	if (err)
		return err;
	if (p && revalidate(ip, p, &w)) {
		*out = take(ip, p, now);
		return 0;
	}
	if (p && p->refs == 0)
		free_path(ip, p);
	else if (p)
		unfile(ip, p);
	return new_path(ip, &w, zone, src != NULL, out);
}

static void bound_unused(struct ip *ip)
{
	while (ip->npath_unused > ip->set.path_max) {
		ip->stats->PmtuEvicted++;
		free_path(ip, list_entry(list_first(&ip->path_unused),
					 struct path, node));
	}
}

void path_put(struct ip *ip, struct path *p)
{
	assert(p->refs > 0);
	if (--p->refs > 0)
		return;
	if (!p->filed) {
		free_path(ip, p);
		return;
	}
	drop_neigh(ip, p);
	list_push(&ip->path_unused, &p->node);
	ip->npath_unused++;
	bound_unused(ip);
}

static int replace(struct ip *ip, struct path **p, struct path *with)
{
	path_put(ip, *p);
	*p = with;
	return 0;
}

int path_fresh(struct ip *ip, struct path **p, ostia_time now)
{
	struct path *old = *p, *new;
	int err;

	if (old->gen == ip->gen) {
		forget_low_mtu(old, now);
		return old->dead ? -(int)old->dead : 0;
	}
	err = path_get(ip, &old->dst, old->asked_src ? &old->src : NULL,
		       old->ask, now, &new);
	if (err == 0 && !addr_eq(&new->src, &old->src)) {
		path_put(ip, new);
		err = path_get(ip, &old->dst, &old->src, old->ask, now, &new);
	}
	if (err == 0)
		return replace(ip, p, new);
	old->dead = (uint32_t)-err;
	old->gen = ip->gen;
	unfile(ip, old);
	return err;
}

/* Below these floors nobody is believed (RFC 8201 4; Linux's min_pmtu). */
void path_mtu_lower(struct ip *ip, struct path *p, uint32_t mtu, ostia_time now)
{
	uint32_t floor = addr_is_v4(&p->dst) ? ip->set.min_pmtu
					     : (uint32_t)WIRE_IP6_MIN_MTU;
	uint32_t expires_s = addr_is_v4(&p->dst) ? ip->set.mtu_expires_s
						 : ip->set.mtu6_expires_s;

	if (mtu < floor)
		mtu = floor;
	if (mtu >= p->mtu)
		return;
	p->mtu = mtu;
	p->mtu_until = time_after(now, expires_s * NS_PER_S);
	ip->stats->PmtuUpdates++;
}

void path_confirm(struct path *p, ostia_time now)
{
	if (p->neigh)
		neigh_confirm(p->neigh, now);
}

void path_link_gone(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->paths))) {
		struct path *p = list_entry(node, struct path, by_link);

		if (p->refs == 0) {
			free_path(ip, p);
			continue;
		}
		unfile(ip, p);
		drop_neigh(ip, p);
		list_remove(&p->by_link);
		p->link = NULL;
		p->dead = ENETUNREACH;
	}
}

void path_fini(struct ip *ip)
{
	table_fini(&ip->path_table);
	slab_fini(&ip->paths);
}
