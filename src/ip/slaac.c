/* SPDX-License-Identifier: MIT */
/*
 * ip/slaac.c - addresses that a link gives itself (RFC 4862 5.5, RFC 7217,
 * RFC 8981)
 */
#include "ip/slaac.h"

#include "ip/dad.h"
#include "ip/link6.h"
#include "ip/state.h"

#include <errno.h>

#define TWO_HOURS (7200 * NS_PER_S)

enum { PLEN = 64 };

static const struct in6_conf *conf_of(const struct ostia_link *l)
{
	return &l->in6->conf;
}

/* RFC 4861 4.6.2: all ones are for ever. */
static ostia_time until(ostia_time now, uint32_t s)
{
	return s == UINT32_MAX ? OSTIA_NEVER : time_after(now, s * NS_PER_S);
}

/* --- interface identifiers ---------------------------------------------- */

/* RFC 4291 appendix A: the MAC address with ff:fe in the middle, and the
 * universal/local bit turned over.
 */
static void iid_eui64(const uint8_t mac[6], uint8_t iid[8])
{
	const uint8_t v[8] = { mac[0] ^ 2, mac[1], mac[2], 0xff,
			       0xfe,	   mac[3], mac[4], mac[5] };

	memcpy(iid, v, 8);
}

/* RFC 5453: the subnet's routers, and blocks that have other meanings. */
static bool iid_reserved(const uint8_t iid[8])
{
	static const uint8_t zero[8];
	static const uint8_t ethernet[5] = { 2, 0, 0x5e, 0xff, 0xfe };
	static const uint8_t anycast[7] = { 0xfd, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff };

	return memcmp(iid, zero, 8) == 0 || memcmp(iid, ethernet, 5) == 0 ||
	       (memcmp(iid, anycast, 7) == 0 && iid[7] >= 0x80);
}

/* RFC 7217 5: F(prefix, interface, counter, secret). The interface is its
 * name, which stays when the machine starts again.
 */
static void iid_stable(const struct ip *ip, const struct ostia_link *l,
		       const struct ostia_addr *prefix, uint8_t tries,
		       uint8_t iid[8])
{
	const struct siphash_key *key =
		conf_of(l)->addr_gen_mode == IN6_GEN_STABLE ? &ip->stable_secret
							    : &ip->iid_key;
	uint64_t w[5] = { prefix->q[0], 0, 0, tries, 0 };

	memcpy(&w[1], l->name, sizeof(l->name));
	do {
		uint64_t v = siphash_words_24(key, w, 5);

		memcpy(iid, &v, 8);
		w[4]++;
	} while (iid_reserved(iid));
}

static void iid_random(struct ip *ip, uint8_t iid[8])
{
	do
		rng_bytes(&ip->rng, iid, 8);
	while (iid_reserved(iid));
}

/* Prefix and identifier together. Return: false: this link makes none. */
static bool make_addr(const struct ip *ip, const struct ostia_link *l,
		      const struct ostia_addr *prefix, uint8_t tries,
		      struct ostia_addr *a)
{
	*a = *prefix;
	switch (conf_of(l)->addr_gen_mode) {
	case IN6_GEN_EUI64:
		iid_eui64(l->mac, a->b + 8);
		return true;
	case IN6_GEN_STABLE:
	case IN6_GEN_RANDOM:
		iid_stable(ip, l, prefix, tries, a->b + 8);
		return true;
	default:
		return false;
	}
}

static int add_linklocal(struct ip *ip, struct ostia_link *l, uint8_t tries,
			 ostia_time now)
{
	const struct ostia_addr prefix = { .b = { 0xfe, 0x80 } };
	struct addrs_spec s = { .plen = PLEN,
				.origin = IFADDR_LINKLOCAL,
				.tries = tries,
				.onlink = true,
				.soon = true,
				.valid_until = OSTIA_NEVER,
				.preferred_until = OSTIA_NEVER };

	if (!make_addr(ip, l, &prefix, tries, &s.addr))
		return 0;
	return addrs_take(ip, l, &s, now, NULL);
}

int slaac_linklocal(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	return add_linklocal(ip, l, 0, now);
}

/* --- making them -------------------------------------------------------- */

static bool is_auto(const struct ifaddr *a)
{
	return a->origin == IFADDR_SLAAC || a->origin == IFADDR_TEMPORARY;
}

static bool has_room(struct ip *ip, const struct ostia_link *l)
{
	uint32_t most = conf_of(l)->max_addresses, n = 0;

	if (most == 0 || most > LINK6_ADDRS)
		most = LINK6_ADDRS;
	list_each (node, &l->addrs)
		n += is_auto(list_entry(node, struct ifaddr, node));
	if (n < most)
		return true;
	ip->stats->NdAddrOverflows++;
	return false;
}

static void add(struct ip *ip, struct ostia_link *l, struct addrs_spec *s,
		ostia_time now, struct ifaddr **out)
{
	*out = NULL;
	if (has_room(ip, l) && addrs_take(ip, l, s, now, out) &&
	    !addrs_entry(ip, l, &s->addr))
		ip->stats->NdAddrOverflows++;
}

static struct ifaddr *add_stable(struct ip *ip, struct ostia_link *l,
				 const struct ostia_addr *prefix,
				 struct addrs_spec *s, ostia_time now)
{
	struct ifaddr *a = NULL;

	s->plen = PLEN;
	s->origin = IFADDR_SLAAC;
	s->soon = true; /* all hosts on the link heard the same */
	if (make_addr(ip, l, prefix, s->tries, &s->addr))
		add(ip, l, s, now, &a);
	return a;
}

/* RFC 8981 3.8: time for finding out that the first tries are taken. */
static uint64_t regen_advance(const struct ip *ip, const struct ostia_link *l)
{
	const struct in6_conf *c = conf_of(l);

	return c->regen_min_advance_s * NS_PER_S +
	       (uint64_t)c->regen_max_retry * c->dad_transmits *
		       link6_retrans_ns(ip, l);
}

static uint64_t draw_desync(struct ip *ip, const struct in6_conf *c)
{
	uint32_t most = c->max_desync_s;

	if (most > c->temp_preferred_s / 5 * 2)
		most = c->temp_preferred_s / 5 * 2; /* RFC 8981 3.8 */
	return rng_below(&ip->rng, most + 1) * NS_PER_S;
}

/* RFC 8981 3.4: a temporary address beside @of. */
static void add_temporary(struct ip *ip, const struct ifaddr *of, uint8_t tries,
			  ostia_time now)
{
	struct ostia_link *l = of->link;
	const struct in6_conf *c = conf_of(l);
	uint64_t desync = draw_desync(ip, c);
	struct addrs_spec s = {
		.addr = of->addr,
		.plen = PLEN,
		.origin = IFADDR_TEMPORARY,
		.routers = of->routers,
		.tries = tries,
		.valid_until =
			time_min(of->valid_until, until(now, c->temp_valid_s)),
		.preferred_until =
			time_min(of->preferred_until,
				 until(now, c->temp_preferred_s) - desync),
	};
	struct ifaddr *a;

	if (l->in6->no_temp ||
	    s.preferred_until <= time_after(now, regen_advance(ip, l)))
		return;
	iid_random(ip, s.addr.b + 8);
	add(ip, l, &s, now, &a);
	if (a)
		a->desync = desync;
}

static bool in_prefix(const struct ifaddr *a, const struct ostia_addr *prefix)
{
	return a->plen == PLEN && addrs_prefix_eq(&a->addr, prefix, PLEN);
}

/* The one that successors of the temporary ones of @prefix stand beside. */
static struct ifaddr *stable_of(const struct ostia_link *l,
				const struct ostia_addr *prefix)
{
	list_each (node, &l->addrs) {
		struct ifaddr *a = list_entry(node, struct ifaddr, node);

		if (a->origin == IFADDR_SLAAC && in_prefix(a, prefix))
			return a;
	}
	return NULL;
}

static bool has_temporary(const struct ostia_link *l,
			  const struct ostia_addr *prefix)
{
	list_each (node, &l->addrs) {
		struct ifaddr *a = list_entry(node, struct ifaddr, node);

		if (a->origin == IFADDR_TEMPORARY && in_prefix(a, prefix) &&
		    !a->renewed && a->state != IFADDR_DUPLICATE)
			return true;
	}
	return false;
}

/* --- lifetimes ---------------------------------------------------------- */

void slaac_arm(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	ostia_time next;

	a->state =
		a->preferred_until > now ? IFADDR_PREFERRED : IFADDR_DEPRECATED;
	next = a->state == IFADDR_PREFERRED ? a->preferred_until
					    : a->valid_until;
	if (a->origin == IFADDR_TEMPORARY && !a->renewed &&
	    a->preferred_until != OSTIA_NEVER) {
		uint64_t ahead = regen_advance(ip, a->link);

		next = a->preferred_until > ahead ? a->preferred_until - ahead
						  : 0;
	}
	if (a->valid_until < next)
		next = a->valid_until;
	if (next == OSTIA_NEVER)
		wheel_disarm(&ip->wheel, &a->timer);
	else
		wheel_arm(&ip->wheel, &a->timer, next > now ? next : now);
}

static void renew(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	const struct ifaddr *of = stable_of(a->link, &a->addr);

	a->renewed = true;
	if (of && conf_of(a->link)->use_tempaddr)
		add_temporary(ip, of, 0, now);
}

void slaac_expire(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	uint8_t before = a->state;

	if (a->valid_until <= now) {
		addrs_drop(ip, a);
		return;
	}
	if (a->origin == IFADDR_TEMPORARY && !a->renewed)
		renew(ip, a, now);
	slaac_arm(ip, a, now);
	if (a->state != before)
		ip->gen++;
}

/* RFC 4862 5.5.3 (e): nobody shortens a life to less than two hours. */
static ostia_time new_valid(const struct ifaddr *a, ostia_time told,
			    ostia_time now)
{
	ostia_time least = time_after(now, TWO_HOURS);

	if (told > least || told > a->valid_until)
		return told;
	return a->valid_until <= least ? a->valid_until : least;
}

static void cap_temporary(const struct ifaddr *a, ostia_time *valid,
			  ostia_time *preferred)
{
	const struct in6_conf *c = conf_of(a->link);

	*valid = time_min(*valid, until(a->made, c->temp_valid_s));
	*preferred = time_min(*preferred,
			      until(a->made, c->temp_preferred_s) - a->desync);
}

static void refresh(struct ip *ip, struct ifaddr *a,
		    const struct addrs_spec *told, ostia_time now)
{
	ostia_time valid = new_valid(a, told->valid_until, now);
	ostia_time preferred = told->preferred_until;
	uint8_t before = a->state;

	if (a->origin == IFADDR_TEMPORARY)
		cap_temporary(a, &valid, &preferred);
	a->valid_until = valid;
	a->preferred_until = time_min(preferred, valid);
	if (a->routers != (a->routers | told->routers))
		ip->gen++;
	a->routers |= told->routers;
	if (!addrs_usable(a))
		return; /* its timer is DAD's */
	slaac_arm(ip, a, now);
	if (a->state != before)
		ip->gen++;
}

/* Does the prefix have an address already? They live on. */
static bool refresh_all(struct ip *ip, struct ostia_link *l,
			const struct ostia_addr *prefix,
			const struct addrs_spec *told, ostia_time now)
{
	bool found = false;

	list_each (node, &l->addrs) {
		struct ifaddr *a = list_entry(node, struct ifaddr, node);

		if (!is_auto(a) || !in_prefix(a, prefix))
			continue;
		refresh(ip, a, told, now);
		found |= a->origin == IFADDR_SLAAC;
	}
	return found;
}

/* RFC 4862 5.5.3 (b), (c), (d): is it one that makes addresses? */
static bool prefix_makes_sense(const struct wire_nd_prefix *f,
			       const struct ostia_addr *prefix)
{
	return f->plen == PLEN && f->preferred_s <= f->valid_s &&
	       !addr_is_linklocal(prefix) && !addr_is_multicast(prefix) &&
	       !addr_is_v4(prefix) && prefix->q[0] != 0;
}

void slaac_prefix(struct ip *ip, struct ostia_link *l, int router,
		  const struct wire_nd_prefix *f, ostia_time now)
{
	struct ostia_addr all = addr_v6(f->prefix);
	struct ostia_addr prefix = addrs_mask(&all, f->plen);
	struct addrs_spec s = { .valid_until = until(now, f->valid_s),
				.preferred_until = until(now, f->preferred_s) };
	const struct ifaddr *a;

	if (!prefix_makes_sense(f, &prefix))
		return;
	if (router >= 0)
		s.routers = (uint16_t)(1u << router);
	if (!refresh_all(ip, l, &prefix, &s, now) && f->valid_s)
		add_stable(ip, l, &prefix, &s, now);
	a = stable_of(l, &prefix);
	if (a && conf_of(l)->use_tempaddr && f->preferred_s &&
	    !has_temporary(l, &prefix))
		add_temporary(ip, a, 0, now);
}

/* --- when somebody has it ----------------------------------------------- */

static bool may_try_again(const struct ip *ip, const struct ifaddr *a)
{
	uint32_t mode = conf_of(a->link)->addr_gen_mode;

	return (a->origin == IFADDR_LINKLOCAL || a->origin == IFADDR_SLAAC) &&
	       (mode == IN6_GEN_STABLE || mode == IN6_GEN_RANDOM) &&
	       a->tries < ip->set.idgen_retries;
}

static void temporary_taken(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	uint8_t tries = (uint8_t)(a->tries + 1);
	struct ostia_link *l = a->link;
	const struct ifaddr *of = stable_of(l, &a->addr);

	addrs_drop(ip, a);
	if (tries > conf_of(l)->regen_max_retry)
		l->in6->no_temp = true;
	else if (of)
		add_temporary(ip, of, tries, now);
}

void slaac_taken(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	if (a->origin == IFADDR_TEMPORARY)
		temporary_taken(ip, a, now);
	else if (may_try_again(ip, a))
		wheel_arm(&ip->wheel, &a->timer,
			  time_after(now, ip->set.idgen_delay_s * NS_PER_S));
}

void slaac_again(struct ip *ip, struct ifaddr *a, ostia_time now)
{
	struct addrs_spec s = { .valid_until = a->valid_until,
				.preferred_until = a->preferred_until,
				.routers = a->routers,
				.tries = (uint8_t)(a->tries + 1) };
	struct ostia_addr prefix = addrs_mask(&a->addr, PLEN);
	struct ostia_link *l = a->link;
	bool local = a->origin == IFADDR_LINKLOCAL;

	addrs_drop(ip, a);
	if (!local)
		add_stable(ip, l, &prefix, &s, now);
	else if (add_linklocal(ip, l, s.tries, now))
		ip->stats->NdAddrOverflows++;
}

void slaac_router_gone(struct ostia_link *l, unsigned i)
{
	list_each (node, &l->addrs)
		list_entry(node, struct ifaddr, node)->routers &=
			(uint16_t) ~(1u << i);
}
