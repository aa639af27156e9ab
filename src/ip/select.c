/* SPDX-License-Identifier: MIT */
/*
 * ip/select.c - source and destination selection (RFC 6724)
 *
 * Rules 4 (home addresses) and 7 of destinations (native transport) have no
 * meaning here: we have neither Mobile IP nor tunnels.
 */
#include "ip/select.h"

#include "ip/policy.h"
#include "ip/route.h"
#include "ip/rtr.h"
#include "ip/state.h"

enum { USE_TEMP_PREFERRED = 2 };

/* RFC 6724 3.1; loopback counts as link-local (3.4), and so do 127/8 and
 * 169.254/16 (3.2).
 */
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

static unsigned label_of(const struct ip *ip, const struct ostia_addr *a)
{
	return policy_of(&ip->policy, a).label;
}

static unsigned match_bits(const struct ifaddr *i, const struct ostia_addr *dst)
{
	unsigned n = addrs_common(&i->addr, dst);

	return n < i->plen ? n : i->plen;
}

/* --- sources (RFC 6724 5) ------------------------------------------------ */

/* struct ask - What is asked of all candidates */
struct ask {
	struct ip *ip;
	const struct ostia_link *l;
	const struct ostia_addr *dst;
	int router; /* the next hop, among the link's routers; -1: none */
	bool temporary; /* rather than public */
};

static bool told_by(const struct ask *q, const struct ifaddr *i)
{
	return i->link == q->l && i->routers >> q->router & 1;
}

/* Is @a better than @b? They stay in order when no rule speaks. */
static bool better6(const struct ask *q, const struct ifaddr *a,
		    const struct ifaddr *b)
{
	unsigned sa = scope_of(&a->addr), sb = scope_of(&b->addr);
	bool la, lb;

	if (addr_eq(&a->addr, q->dst) != addr_eq(&b->addr, q->dst)) /* 1 */
		return addr_eq(&a->addr, q->dst);
	if (sa < sb) /* 2 */
		return sa >= scope_of(q->dst);
	if (sb < sa)
		return sb < scope_of(q->dst);
	if (a->state != b->state) /* 3 */
		return a->state == IFADDR_PREFERRED;
	if ((a->link == q->l) != (b->link == q->l)) /* 5 */
		return a->link == q->l;
	if (q->router >= 0 && told_by(q, a) != told_by(q, b)) /* 5.5 */
		return told_by(q, a);
	la = label_of(q->ip, &a->addr) == label_of(q->ip, q->dst); /* 6 */
	lb = label_of(q->ip, &b->addr) == label_of(q->ip, q->dst);
	if (la != lb)
		return la;
	la = a->origin == IFADDR_TEMPORARY; /* 7 */
	lb = b->origin == IFADDR_TEMPORARY;
	if (la != lb)
		return la == q->temporary;
	return match_bits(a, q->dst) > match_bits(b, q->dst); /* 8 */
}

static const struct ifaddr *best6_on(const struct ask *q,
				     const struct ostia_link *from,
				     const struct ifaddr *best)
{
	list_each (node, &from->addrs) {
		const struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (addr_is_v4(&i->addr) || !addrs_usable(i))
			continue;
		if (from != q->l && scope_of(&i->addr) <= 2)
			continue;
		if (!best || better6(q, i, best))
			best = i;
	}
	return best;
}

static bool wants_temporary(const struct ostia_link *l, unsigned prefs)
{
	if (prefs & (SELECT_TMP | SELECT_PUBLIC))
		return prefs & SELECT_TMP;
	return l->in6 && l->in6->conf.use_tempaddr >= USE_TEMP_PREFERRED;
}

static const struct ifaddr *source6(struct ip *ip, const struct ostia_link *l,
				    const struct ostia_addr *dst,
				    const struct ostia_addr *nexthop,
				    unsigned prefs)
{
	const struct ask q = { .ip = ip,
			       .l = l,
			       .dst = dst,
			       .router = rtr_index(l, nexthop),
			       .temporary = wants_temporary(l, prefs) };
	const struct ifaddr *best = best6_on(&q, l, NULL);

	/* Other links only when this one has none that reaches so far. */
	if (!best || scope_of(&best->addr) < scope_of(dst)) {
		list_each (node, &ip->links)
			best = best6_on(
				&q, list_entry(node, struct ostia_link, node),
				best);
	}
	return best;
}

static const struct ifaddr *first4(const struct ostia_link *l,
				   const struct ostia_addr *nexthop)
{
	const struct ifaddr *first = NULL;

	list_each (node, &l->addrs) {
		const struct ifaddr *i = list_entry(node, struct ifaddr, node);

		if (!addr_is_v4(&i->addr) || !addrs_usable(i))
			continue;
		if (addrs_prefix_eq(&i->addr, nexthop, i->plen))
			return i;
		if (!first)
			first = i;
	}
	return first;
}

static const struct ifaddr *source4(struct ip *ip, const struct ostia_link *l,
				    const struct ostia_addr *nexthop)
{
	const struct ifaddr *i = first4(l, nexthop);

	if (i)
		return i;
	list_each (node, &ip->links) {
		l = list_entry(node, struct ostia_link, node);
		if (l->type == OSTIA_LINK_LOOPBACK)
			continue;
		i = first4(l, nexthop);
		if (i)
			return i;
	}
	return NULL;
}

static const struct ifaddr *source(struct ip *ip, struct ostia_link *l,
				   const struct ostia_addr *dst,
				   const struct ostia_addr *nexthop,
				   unsigned prefs)
{
	return addr_is_v4(dst) ? source4(ip, l, nexthop)
			       : source6(ip, l, dst, nexthop, prefs);
}

const struct ostia_addr *select_source(struct ip *ip, struct ostia_link *l,
				       const struct ostia_addr *dst,
				       const struct ostia_addr *nexthop,
				       unsigned prefs)
{
	const struct ifaddr *i = source(ip, l, dst, nexthop, prefs);

	return i ? &i->addr : NULL;
}

static const struct ifaddr *entry_for(struct ip *ip,
				      const struct ostia_addr *dst,
				      uint32_t zone, unsigned prefs)
{
	const struct ifaddr *i = addrs_find(ip, dst, zone);
	const struct ostia_addr *hop;
	const struct route *r;

	if (i)
		return i;
	if (addrs_scoped(dst)) {
		struct ostia_link *l = zone ? ip_link_at(ip, zone) : NULL;

		return l ? source(ip, l, dst, dst, prefs) : NULL;
	}
	r = route_lookup(ip, dst, zone);
	if (!r)
		return NULL;
	hop = addr_is_any(&r->gateway) ? dst : &r->gateway;
	return source(ip, r->link, dst, hop, prefs);
}

const struct ostia_addr *select_for(struct ip *ip, const struct ostia_addr *dst,
				    uint32_t zone, unsigned prefs)
{
	const struct ifaddr *i = entry_for(ip, dst, zone, prefs);

	return i ? &i->addr : NULL;
}

/* --- destinations (RFC 6724 6) ------------------------------------------- */

/* struct facts - What the rules look at */
struct facts {
	struct policy_row policy;
	unsigned scope, bits;
	bool usable, scope_matches, deprecated, label_matches, v4;
};

static struct facts facts_of(struct ip *ip, struct select_dest *d)
{
	const struct ifaddr *i = entry_for(ip, &d->addr, d->zone, 0);
	struct facts f = { .policy = policy_of(&ip->policy, &d->addr),
			   .scope = scope_of(&d->addr),
			   .v4 = addr_is_v4(&d->addr) };

	d->src = (struct ostia_addr) { .q = { 0, 0 } };
	if (!i)
		return f;
	d->src = i->addr;
	f.usable = true;
	f.scope_matches = scope_of(&i->addr) == f.scope;
	f.deprecated = i->state == IFADDR_DEPRECATED;
	f.label_matches = label_of(ip, &i->addr) == f.policy.label;
	f.bits = match_bits(i, &d->addr);
	return f;
}

/* Is @a to be tried before @b? */
static bool before(const struct facts *a, const struct facts *b)
{
	if (a->usable != b->usable) /* 1 */
		return a->usable;
	if (!a->usable)
		return false;
	if (a->scope_matches != b->scope_matches) /* 2 */
		return a->scope_matches;
	if (a->deprecated != b->deprecated) /* 3 */
		return b->deprecated;
	if (a->label_matches != b->label_matches) /* 5 */
		return a->label_matches;
	if (a->policy.precedence != b->policy.precedence) /* 6 */
		return a->policy.precedence > b->policy.precedence;
	if (a->scope != b->scope) /* 8 */
		return a->scope < b->scope;
	return a->v4 == b->v4 && a->bits > b->bits; /* 9 */
}

/* By insertion: lists of addresses are short, and equals keep their order. */
void select_order(struct ip *ip, struct select_dest *d, unsigned n)
{
	struct facts f[SELECT_DESTS];

	for (unsigned i = 0; i < n && i < SELECT_DESTS; i++) {
		struct facts fact = facts_of(ip, &d[i]);
		struct select_dest held = d[i];
		unsigned k = i;

		for (; k > 0 && before(&fact, &f[k - 1]); k--) {
			d[k] = d[k - 1];
			f[k] = f[k - 1];
		}
		d[k] = held;
		f[k] = fact;
	}
}
