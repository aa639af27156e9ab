/* SPDX-License-Identifier: MIT */
/*
 * ip/addrs.c - our addresses
 *
 * Every entry is filed in one hash table by address; scoped ones by address
 * and link. link->addrs lists the local ones alone, oldest first.
 */
#include "ip/addrs.h"

#include "ip/dad.h"
#include "ip/groups.h"
#include "ip/link6.h"
#include "ip/route.h"
#include "ip/state.h"
#include "wire/ip6.h"

#include <errno.h>

struct ostia_addr addrs_mask(const struct ostia_addr *a, unsigned plen)
{
	struct ostia_addr m = { .q = { 0, 0 } };

	memcpy(m.b, a->b, plen / 8);
	if (plen % 8)
		m.b[plen / 8] = a->b[plen / 8] & (uint8_t)(0xff00 >> plen % 8);
	return m;
}

unsigned addrs_common(const struct ostia_addr *a, const struct ostia_addr *b)
{
	unsigned i = 0;

	while (i < 16 && a->b[i] == b->b[i])
		i++;
	if (i == 16)
		return 128;
	return i * 8 + (unsigned)__builtin_clz((uint32_t)(a->b[i] ^ b->b[i])) -
	       24;
}

bool addrs_prefix_eq(const struct ostia_addr *a, const struct ostia_addr *b,
		     unsigned plen)
{
	return addrs_common(a, b) >= plen;
}

struct ostia_addr addrs_solicited(const struct ostia_addr *a)
{
	return (struct ostia_addr) { .b = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
					    1, 0xff, a->b[13], a->b[14],
					    a->b[15] } };
}

static uint32_t tag_of(const struct ip *ip, const struct ostia_addr *a,
		       uint32_t link_index)
{
	return ip_tag(ip, a, addrs_scoped(a) ? link_index : 0);
}

static struct ifaddr *find(struct ip *ip, const struct ostia_addr *a,
			   uint32_t link_index, enum ifaddr_kind kind,
			   const struct ostia_link *l)
{
	table_each_match(&ip->addr_table, tag_of(ip, a, link_index), it)
	{
		struct ifaddr *i = slab_at(&ip->addrs, it.handle);

		if (i->kind == kind && addr_eq(&i->addr, a) &&
		    (!l || i->link == l))
			return i;
	}
	return NULL;
}

static int file(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
		unsigned plen, enum ifaddr_kind kind, struct ifaddr **out)
{
	struct ifaddr *i;
	uint32_t handle;
	int err;

	i = slab_alloc(&ip->addrs, &handle);
	if (!i)
		return -ENOMEM;
	*i = (struct ifaddr) { .addr = *a,
			       .link = l,
			       .handle = handle,
			       .refs = 1,
			       .plen = (uint8_t)plen,
			       .kind = (uint8_t)kind };
	list_init(&i->node);
	i->timer.kind = IP_TIMER_ADDR;
	err = table_insert(&ip->addr_table, tag_of(ip, a, l->index), handle);
	if (err) {
		slab_free(&ip->addrs, handle);
		return err == -ENOBUFS ? -ENOSPC : err;
	}
	*out = i;
	return 0;
}

static void unfile(struct ip *ip, struct ifaddr *i)
{
	list_remove(&i->node);
	wheel_disarm(&ip->wheel, &i->timer);
	table_remove(&ip->addr_table, tag_of(ip, &i->addr, i->link->index),
		     i->handle);
	slab_free(&ip->addrs, i->handle);
}

static bool tells_solicited(const struct ostia_link *l)
{
	return l->type == OSTIA_LINK_ETHERNET && l->in6 &&
	       (l->in6->mld || l->in6->conf.mld_solicited);
}

static void tell(struct ip *ip, struct ifaddr *i)
{
	if (i->kind == IFADDR_SOLICITED && !i->told && tells_solicited(i->link))
		i->told = groups_join(ip, i->link, &i->addr) == 0;
}

/* A broadcast address or a solicited-node group, shared by local addresses. */
static int hold_companion(struct ip *ip, struct ostia_link *l,
			  const struct ostia_addr *a, enum ifaddr_kind kind)
{
	struct ifaddr *i = find(ip, a, l->index, kind, l);
	int err;

	if (i) {
		i->refs++;
		return 0;
	}
	err = file(ip, l, a, 128, kind, &i);
	if (!err)
		tell(ip, i);
	return err;
}

static void drop_companion(struct ip *ip, struct ostia_link *l,
			   const struct ostia_addr *a, enum ifaddr_kind kind)
{
	struct ifaddr *i = find(ip, a, l->index, kind, l);

	if (!i || --i->refs)
		return;
	if (i->told)
		(void)groups_leave(ip, l, a);
	unfile(ip, i);
}

/* What comes with a local address, and whether anything does. */
static bool companion_of(const struct ifaddr *i, struct ostia_addr *a,
			 enum ifaddr_kind *kind)
{
	if (!addr_is_v4(&i->addr)) {
		*kind = IFADDR_SOLICITED;
		*a = addrs_solicited(&i->addr);
		return true;
	}
	if (i->plen > 126)
		return false; /* RFC 3021: a /31 has no broadcast */
	*kind = IFADDR_BROADCAST;
	*a = i->addr;
	for (unsigned bit = i->plen; bit < 128; bit++)
		a->b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return true;
}

void addrs_tell_solicited(struct ip *ip, struct ostia_link *l)
{
	struct ostia_addr with;
	enum ifaddr_kind kind;

	if (!l->in6 || l->type != OSTIA_LINK_ETHERNET)
		return;
	l->in6->mld = true;
	list_each (node, &l->addrs) {
		struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (addr_is_v4(&i->addr) || !companion_of(i, &with, &kind))
			continue;
		i = find(ip, &with, l->index, kind, l);
		if (i)
			tell(ip, i);
	}
}

static bool host_may_have(const struct ostia_link *l,
			  const struct ostia_addr *a)
{
	if (addr_is_any(a) || addr_is_multicast(a))
		return false;
	if (addr_is_loopback(a) && l->type != OSTIA_LINK_LOOPBACK)
		return false;
	if (addr_is_v4(a))
		return a->b[12] != 0 && a->b[12] < 240;
	return l->mtu >= WIRE_IP6_MIN_MTU && !l->in6->off;
}

static bool network_used(const struct ostia_link *l,
			 const struct ostia_addr *net, unsigned plen)
{
	list_each (node, &l->addrs) {
		const struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (i->onlink && i->plen == plen &&
		    addrs_prefix_eq(&i->addr, net, plen))
			return true;
	}
	return false;
}

/* Companion and network route of a local address that is filed already. */
static int add_rest(struct ip *ip, struct ifaddr *i)
{
	struct ostia_addr net = addrs_mask(&i->addr, i->plen);
	struct ostia_addr with;
	enum ifaddr_kind kind;
	bool has = companion_of(i, &with, &kind);
	int err = 0;

	if (has)
		err = hold_companion(ip, i->link, &with, kind);
	if (err)
		return err;
	if (i->onlink && i->plen < 128 && !network_used(i->link, &net, i->plen))
		err = route_add_own(ip, i->link, &net, i->plen);
	if (err && has)
		drop_companion(ip, i->link, &with, kind);
	return err;
}

/* Filed and routed; @i tells the rest. */
static int take(struct ip *ip, struct ostia_link *l, const struct addrs_spec *s,
		struct ifaddr **out)
{
	struct ifaddr *i;
	int err;

	if (s->plen > 128 || !host_may_have(l, &s->addr))
		return -EINVAL;
	if (addrs_entry(ip, l, &s->addr))
		return -EEXIST;
	err = file(ip, l, &s->addr, s->plen, IFADDR_LOCAL, &i);
	if (err)
		return err;
	i->origin = s->origin;
	i->onlink = s->onlink;
	i->routers = s->routers;
	i->tries = s->tries;
	i->valid_until = s->valid_until;
	i->preferred_until = s->preferred_until;
	err = add_rest(ip, i);
	if (err) {
		unfile(ip, i);
		return err;
	}
	*out = i;
	return 0;
}

int addrs_take(struct ip *ip, struct ostia_link *l, const struct addrs_spec *s,
	       ostia_time now, struct ifaddr **out)
{
	struct ifaddr *i;
	int err = take(ip, l, s, &i);

	if (err)
		return err;
	list_push(&l->addrs, &i->node);
	l->naddrs++;
	i->made = now;
	ip->gen++;
	dad_start(ip, i, s->soon, now);
	if (out)
		*out = i;
	return 0;
}

int addrs_add(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
	      uint8_t plen, ostia_time now)
{
	unsigned bits = plen + (addr_is_v4(a) ? 96u : 0u);
	const struct addrs_spec s = { .addr = *a,
				      .plen = (uint8_t)bits,
				      .origin = IFADDR_MANUAL,
				      .onlink = true,
				      .valid_until = OSTIA_NEVER,
				      .preferred_until = OSTIA_NEVER };

	return bits > 128 ? -EINVAL : addrs_take(ip, l, &s, now, NULL);
}

struct ifaddr *addrs_entry(struct ip *ip, const struct ostia_link *l,
			   const struct ostia_addr *a)
{
	return find(ip, a, l->index, IFADDR_LOCAL, l);
}

void addrs_drop(struct ip *ip, struct ifaddr *i)
{
	struct ostia_addr net = addrs_mask(&i->addr, i->plen), with;
	struct ostia_link *l = i->link;
	unsigned plen = i->plen;
	bool onlink = i->onlink;
	enum ifaddr_kind kind;

	if (companion_of(i, &with, &kind))
		drop_companion(ip, l, &with, kind);
	unfile(ip, i);
	l->naddrs--;
	if (onlink && plen < 128 && !network_used(l, &net, plen))
		route_del_own(ip, l, &net, plen);
	ip->gen++;
}

int addrs_del(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
	      uint8_t plen)
{
	struct ifaddr *i = find(ip, a, l->index, IFADDR_LOCAL, l);

	if (!i || i->plen != plen + (addr_is_v4(a) ? 96u : 0u))
		return -EADDRNOTAVAIL;
	addrs_drop(ip, i);
	return 0;
}

/* A scoped address without zone: on whichever link it is. */
static struct ifaddr *find_anywhere(struct ip *ip, const struct ostia_addr *a)
{
	list_each (node, &ip->links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);
		struct ifaddr *i = addrs_entry(ip, l, a);

		if (i && addrs_usable(i))
			return i;
	}
	return NULL;
}

static struct ifaddr *loopback_entry(const struct ip *ip)
{
	if (!ip->loopback)
		return NULL;
	list_each (node, &ip->loopback->addrs) {
		struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (addr_is_v4(&i->addr) && addr_is_loopback(&i->addr))
			return i;
	}
	return NULL;
}

/* The same address may be ours on two links, and usable on one. */
static struct ifaddr *find_usable(struct ip *ip, const struct ostia_addr *a,
				  uint32_t link_index)
{
	table_each_match(&ip->addr_table, tag_of(ip, a, link_index), it)
	{
		struct ifaddr *i = slab_at(&ip->addrs, it.handle);

		if (i->kind == IFADDR_LOCAL && addr_eq(&i->addr, a) &&
		    (!addrs_scoped(a) || i->link->index == link_index) &&
		    addrs_usable(i))
			return i;
	}
	return NULL;
}

struct ifaddr *addrs_find(struct ip *ip, const struct ostia_addr *a,
			  uint32_t zone)
{
	struct ifaddr *i;

	if (addrs_scoped(a) && zone == 0)
		return find_anywhere(ip, a);
	i = find_usable(ip, a, zone);
	if (!i && addr_is_v4(a) && addr_is_loopback(a) &&
	    !addrs_is_directed(ip, a))
		return loopback_entry(ip);
	return i;
}

bool addrs_is_ours(struct ip *ip, const struct ostia_addr *a, uint32_t zone)
{
	return addrs_find(ip, a, zone) != NULL;
}

struct ostia_link *addrs_is_directed(struct ip *ip, const struct ostia_addr *a)
{
	struct ifaddr *i = find(ip, a, 0, IFADDR_BROADCAST, NULL);

	return i ? i->link : NULL;
}

bool addrs_is_solicited(struct ip *ip, const struct ostia_link *l,
			const struct ostia_addr *group)
{
	return find(ip, group, l->index, IFADDR_SOLICITED, l) != NULL;
}
