/* SPDX-License-Identifier: MIT */
/*
 * ip/addrs.c - our addresses, and source selection (RFC 6724)
 *
 * Every entry is filed in one hash table by address; scoped ones by address
 * and link. link->addrs lists the local ones alone, oldest first.
 */
#include "ip/addrs.h"

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

static unsigned common_bits(const struct ostia_addr *a,
			    const struct ostia_addr *b)
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
	return common_bits(a, b) >= plen;
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
	table_remove(&ip->addr_table, tag_of(ip, &i->addr, i->link->index),
		     i->handle);
	slab_free(&ip->addrs, i->handle);
}

/* A broadcast address or a solicited-node group, shared by local addresses. */
static int hold_companion(struct ip *ip, struct ostia_link *l,
			  const struct ostia_addr *a, enum ifaddr_kind kind)
{
	struct ifaddr *i = find(ip, a, l->index, kind, l);

	if (i) {
		i->refs++;
		return 0;
	}
	return file(ip, l, a, 128, kind, &i);
}

static void drop_companion(struct ip *ip, struct ostia_link *l,
			   const struct ostia_addr *a, enum ifaddr_kind kind)
{
	struct ifaddr *i = find(ip, a, l->index, kind, l);

	if (i && --i->refs == 0)
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
	if (i->plen > 126 || i->link->type == OSTIA_LINK_LOOPBACK)
		return false; /* RFC 3021: a /31 has no broadcast */
	*kind = IFADDR_BROADCAST;
	*a = i->addr;
	for (unsigned bit = i->plen; bit < 128; bit++)
		a->b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return true;
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
	return l->mtu >= WIRE_IP6_MIN_MTU;
}

static bool network_used(const struct ostia_link *l,
			 const struct ostia_addr *net, unsigned plen)
{
	list_each (node, &l->addrs) {
		const struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (i->plen == plen && addrs_prefix_eq(&i->addr, net, plen))
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
	if (i->plen < 128 && !network_used(i->link, &net, i->plen))
		err = route_add_own(ip, i->link, &net, i->plen);
	if (err && has)
		drop_companion(ip, i->link, &with, kind);
	return err;
}

int addrs_add(struct ip *ip, struct ostia_link *l, const struct ostia_addr *a,
	      uint8_t plen)
{
	unsigned bits = plen + (addr_is_v4(a) ? 96u : 0u);
	struct ifaddr *i;
	int err;

	if (bits > 128 || !host_may_have(l, a))
		return -EINVAL;
	if (find(ip, a, l->index, IFADDR_LOCAL, l))
		return -EEXIST;
	err = file(ip, l, a, bits, IFADDR_LOCAL, &i);
	if (err)
		return err;
	err = add_rest(ip, i);
	if (err) {
		unfile(ip, i);
		return err;
	}
	list_push(&l->addrs, &i->node);
	l->naddrs++;
	ip->gen++;
	return 0;
}

void addrs_drop(struct ip *ip, struct ifaddr *i)
{
	struct ostia_addr net = addrs_mask(&i->addr, i->plen), with;
	struct ostia_link *l = i->link;
	unsigned plen = i->plen;
	enum ifaddr_kind kind;

	if (companion_of(i, &with, &kind))
		drop_companion(ip, l, &with, kind);
	unfile(ip, i);
	l->naddrs--;
	if (plen < 128 && !network_used(l, &net, plen))
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
		struct ifaddr *i = find(ip, a, l->index, IFADDR_LOCAL, l);

		if (i)
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

struct ifaddr *addrs_find(struct ip *ip, const struct ostia_addr *a,
			  uint32_t zone)
{
	struct ifaddr *i;

	if (addrs_scoped(a) && zone == 0)
		return find_anywhere(ip, a);
	i = find(ip, a, zone, IFADDR_LOCAL, NULL);
	if (!i && addr_is_v4(a) && addr_is_loopback(a))
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

/* RFC 6724 3.1; loopback counts as link-local (3.4). */
static unsigned scope_of(const struct ostia_addr *a)
{
	if (a->b[0] == 0xff)
		return a->b[1] & 15;
	if (addr_is_loopback(a) || addr_is_linklocal(a))
		return 2;
	if (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0)
		return 5;
	return 14;
}

/* RFC 6724 2.1: the labels of the default policy table. */
static unsigned label_of(const struct ostia_addr *a)
{
	static const struct {
		uint8_t prefix[4];
		uint8_t plen;
		uint8_t label;
	} row[] = {
		{ { 0x20, 0x01, 0, 0 }, 32, 5 }, /* Teredo */
		{ { 0x20, 0x02 }, 16, 2 }, /* 6to4 */
		{ { 0x3f, 0xfe }, 16, 12 }, /* 6bone */
		{ { 0xfe, 0xc0 }, 10, 11 }, /* site-local */
		{ { 0xfc }, 7, 13 }, /* unique local */
	};

	if (addr_is_loopback(a))
		return 0;
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr p = { .q = { 0, 0 } };

		memcpy(p.b, row[i].prefix, 4);
		if (addrs_prefix_eq(a, &p, row[i].plen))
			return row[i].label;
	}
	return 1;
}

static unsigned match_bits(const struct ifaddr *i, const struct ostia_addr *dst)
{
	unsigned n = common_bits(&i->addr, dst);

	return n < i->plen ? n : i->plen;
}

/* RFC 6724 5, the rules that mean something for addresses set by hand: is @a
 * better than @b? They stay in order when no rule speaks.
 */
static bool better6(const struct ifaddr *a, const struct ifaddr *b,
		    const struct ostia_addr *dst, const struct ostia_link *l)
{
	unsigned sa = scope_of(&a->addr), sb = scope_of(&b->addr);
	bool la, lb;

	if (addr_eq(&a->addr, dst) != addr_eq(&b->addr, dst)) /* 1 */
		return addr_eq(&a->addr, dst);
	if (sa < sb) /* 2 */
		return sa >= scope_of(dst);
	if (sb < sa)
		return sb < scope_of(dst);
	if ((a->link == l) != (b->link == l)) /* 5 */
		return a->link == l;
	la = label_of(&a->addr) == label_of(dst); /* 6 */
	lb = label_of(&b->addr) == label_of(dst);
	if (la != lb)
		return la;
	return match_bits(a, dst) > match_bits(b, dst); /* 8 */
}

static const struct ifaddr *best6_on(const struct ostia_link *from,
				     const struct ostia_link *l,
				     const struct ostia_addr *dst,
				     const struct ifaddr *best)
{
	list_each (node, &from->addrs) {
		const struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (addr_is_v4(&i->addr))
			continue;
		if (from != l && scope_of(&i->addr) <= 2)
			continue;
		if (!best || better6(i, best, dst, l))
			best = i;
	}
	return best;
}

static const struct ostia_addr *
source6(struct ip *ip, const struct ostia_link *l, const struct ostia_addr *dst)
{
	const struct ifaddr *best = best6_on(l, l, dst, NULL);

	/* Other links only when this one has none that reaches so far. */
	if (!best || scope_of(&best->addr) < scope_of(dst)) {
		list_each (node, &ip->links)
			best = best6_on(list_entry(node, struct ostia_link,
						   node),
					l, dst, best);
	}
	return best ? &best->addr : NULL;
}

static const struct ifaddr *first4(const struct ostia_link *l,
				   const struct ostia_addr *nexthop)
{
	const struct ifaddr *first = NULL;

	list_each (node, &l->addrs) {
		const struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (!addr_is_v4(&i->addr))
			continue;
		if (addrs_prefix_eq(&i->addr, nexthop, i->plen))
			return i;
		if (!first)
			first = i;
	}
	return first;
}

static const struct ostia_addr *source4(struct ip *ip,
					const struct ostia_link *l,
					const struct ostia_addr *nexthop)
{
	const struct ifaddr *i = first4(l, nexthop);

	if (i)
		return &i->addr;
	list_each (node, &ip->links) {
		l = list_entry(node, struct ostia_link, node);
		if (l->type == OSTIA_LINK_LOOPBACK)
			continue;
		i = first4(l, nexthop);
		if (i)
			return &i->addr;
	}
	return NULL;
}

const struct ostia_addr *addrs_source(struct ip *ip, struct ostia_link *l,
				      const struct ostia_addr *dst,
				      const struct ostia_addr *nexthop)
{
	return addr_is_v4(dst) ? source4(ip, l, nexthop) : source6(ip, l, dst);
}
