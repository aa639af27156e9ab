/* SPDX-License-Identifier: MIT */
/*
 * ip/rtr.c - routers (RFC 4861 6.3, RFC 4191, RFC 7559)
 */
#include "ip/rtr.h"

#include "ip/addrs.h"
#include "ip/dns.h"
#include "ip/nd.h"
#include "ip/neigh.h"
#include "ip/route.h"
#include "ip/slaac.h"
#include "wire/ip6.h"

enum {
	REACHABLE_MAX_MS = 3600000, /* RFC 4861 6.2.1 */
	RETRANS_MIN_MS = 10, /* RFC 4861 leaves it open; below is a flood */
	RETRANS_MAX_MS = 60000,
	OPTS_MAX = 64, /* options looked at in a message */
};

static const struct ostia_addr nowhere;

/* --- asking (RFC 4861 6.3.7, RFC 7559) ---------------------------------- */

void rtr_begin(struct ip *ip, struct ostia_link *l, ostia_time now)
{
	struct link6 *n = l->in6;
	uint32_t most_ms = n->conf.rs_delay_s * 1000;

	if (!in6_accepts_ra(&n->conf) || n->conf.router_solicitations == 0 ||
	    n->off || l->type != OSTIA_LINK_ETHERNET ||
	    wheel_armed(&n->solicit))
		return;
	n->solicited = 0;
	n->wait_ns = 0;
	wheel_arm(&ip->wheel, &n->solicit,
		  time_after(now,
			     rng_below(&ip->rng, most_ms + 1) * NS_PER_MS));
}

/* RFC 3315 14, as RFC 7559 2 has it: doubled each time, up to a maximum, give
 * or take a tenth.
 */
static uint64_t next_wait(struct ip *ip, const struct link6 *n)
{
	uint64_t base =
		n->wait_ns ? n->wait_ns * 2 : n->conf.rs_interval_s * NS_PER_S;
	uint64_t most = n->conf.rs_max_interval_s * NS_PER_S;

	if (base > most)
		base = most;
	return base - base / 10 + base / 10 * rng_below(&ip->rng, 2001) / 1000;
}

void rtr_solicit_expire(struct ip *ip, struct link6 *n, ostia_time now)
{
	if (n->solicited >= n->conf.router_solicitations &&
	    n->conf.router_solicitations != SETTING_EVER)
		return;
	n->solicited++;
	n->wait_ns = next_wait(ip, n);
	/* What cannot be sent for lack of memory counts as lost on the way. */
	(void)nd_solicit_routers(ip, n->link);
	wheel_arm(&ip->wheel, &n->solicit, time_after(now, n->wait_ns));
}

/* --- the list of routers ------------------------------------------------- */

int rtr_index(const struct ostia_link *l, const struct ostia_addr *addr)
{
	if (!l->in6)
		return -1;
	for (int i = 0; i < LINK6_ROUTERS; i++)
		if (l->in6->rtr[i].used && addr_eq(&l->in6->rtr[i].addr, addr))
			return i;
	return -1;
}

bool rtr_failed(const struct ostia_link *l, const struct ostia_addr *addr)
{
	int i = rtr_index(l, addr);

	return i >= 0 && l->in6->rtr[i].failed;
}

static int new_router(struct ip *ip, struct ostia_link *l,
		      const struct ostia_addr *addr)
{
	for (int i = 0; i < LINK6_ROUTERS; i++) {
		struct rtr *r = &l->in6->rtr[i];

		if (r->used)
			continue;
		r->used = true;
		r->failed = false;
		r->addr = *addr;
		return i;
	}
	ip->stats->NdRouterOverflows++;
	return -1;
}

static void drop_router(struct ip *ip, struct rtr *r)
{
	struct ostia_link *l = r->link;

	wheel_disarm(&ip->wheel, &r->probe);
	wheel_disarm(&ip->wheel, &r->life);
	r->used = false;
	slaac_router_gone(l, (unsigned)(r - l->in6->rtr));
	route_told(ip, l, &nowhere, 0, &r->addr, 0, 0, 0);
	route_redirects_by(ip, l, &r->addr);
	ip->gen++;
}

void rtr_life_expire(struct ip *ip, struct rtr *r)
{
	drop_router(ip, r);
}

void rtr_no_more(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr)
{
	int i = rtr_index(l, addr);

	if (i >= 0)
		drop_router(ip, &l->in6->rtr[i]);
	else
		route_redirects_by(ip, l, addr);
}

/* --- reachability (RFC 4861 6.3.6, RFC 4191 3.2) ------------------------- */

void rtr_reached(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr, bool reached, ostia_time now)
{
	int i = rtr_index(l, addr);
	struct rtr *r = i >= 0 ? &l->in6->rtr[i] : NULL;

	if (!reached)
		route_redirects_by(ip, l, addr);
	if (!r || r->failed == !reached)
		return;
	r->failed = !reached;
	ip->gen++;
	if (reached) {
		wheel_disarm(&ip->wheel, &r->probe);
		return;
	}
	/* the others of its kind get their turn (RFC 4861 6.3.6, 2) */
	route_to_end(ip, l, &nowhere, 0, addr);
	wheel_arm(&ip->wheel, &r->probe,
		  time_after(now,
			     l->in6->conf.router_probe_interval_s * NS_PER_S));
}

void rtr_probe_expire(struct ip *ip, struct rtr *r, ostia_time now)
{
	if (!r->failed)
		return;
	neigh_ask(ip, r->link, &r->addr, now);
	wheel_arm(&ip->wheel, &r->probe,
		  time_after(now, r->link->in6->conf.router_probe_interval_s *
					  NS_PER_S));
}

/* --- hearing (RFC 4861 6.3.4) -------------------------------------------- */

/* struct told - An advertisement under way */
struct told {
	struct ip *ip;
	struct ostia_link *l;
	struct ostia_addr from;
	ostia_time now;
	int router;
};

static uint64_t until(const struct told *t, uint32_t s)
{
	return s == UINT32_MAX ? OSTIA_NEVER : time_after(t->now, s * NS_PER_S);
}

/* accept_ra_min_lft: too short a life is no news. */
static bool long_enough(const struct told *t, uint32_t s)
{
	return s == 0 || s >= t->l->in6->conf.accept_ra_min_lft_s;
}

static void default_router(struct told *t, const struct wire_nd *f)
{
	struct link6 *n = t->l->in6;
	int8_t pref = n->conf.accept_ra_rtr_pref ? f->pref : 0;
	struct rtr *r;

	t->router = rtr_index(t->l, &t->from);
	if (!n->conf.accept_ra_defrtr || !long_enough(t, f->lifetime_s))
		return;
	if (f->lifetime_s == 0) {
		if (t->router >= 0)
			drop_router(t->ip, &n->rtr[t->router]);
		t->router = -1;
		return;
	}
	if (t->router < 0)
		t->router = new_router(t->ip, t->l, &t->from);
	if (t->router < 0)
		return;
	r = &n->rtr[t->router];
	r->pref = pref;
	wheel_arm(&t->ip->wheel, &r->life, until(t, f->lifetime_s));
	route_told(t->ip, t->l, &nowhere, 0, &t->from, pref, OSTIA_NEVER,
		   t->now);
	/* RFC 7559 2.1: there is a way now */
	wheel_disarm(&t->ip->wheel, &n->solicit);
}

/* What it says of the link; 0 leaves a thing as it is. */
static void facts(const struct told *t, const struct wire_nd *f)
{
	struct link6 *n = t->l->in6;
	uint32_t before = link6_mtu(t->l);

	n->managed = f->managed;
	n->other = f->other;
	if (f->hops && f->hops >= n->conf.accept_ra_min_hop_limit)
		n->hop_limit = f->hops;
	if (f->reachable_ms && f->reachable_ms <= REACHABLE_MAX_MS)
		n->reachable_ms = f->reachable_ms;
	if (f->retrans_ms >= RETRANS_MIN_MS && f->retrans_ms <= RETRANS_MAX_MS)
		n->retrans_ms = f->retrans_ms;
	if (n->conf.accept_ra_mtu && f->mtu >= WIRE_IP6_MIN_MTU &&
	    f->mtu <= t->l->mtu)
		n->mtu = f->mtu;
	if (link6_mtu(t->l) != before)
		t->ip->gen++;
}

/* RFC 4861 6.3.4: on-link prefixes. They are routes without a gateway. */
static void on_link(const struct told *t, const struct wire_nd_prefix *f)
{
	struct ostia_addr all = addr_v6(f->prefix);
	struct ostia_addr prefix = addrs_mask(&all, f->plen);

	if (addr_is_linklocal(&prefix) || addr_is_multicast(&prefix))
		return;
	route_told(t->ip, t->l, &prefix, f->plen, &nowhere, 0,
		   f->valid_s ? until(t, f->valid_s) : 0, t->now);
}

static void prefix(const struct told *t, const struct wire_nd_opt *o)
{
	struct wire_nd_prefix f;

	if (!t->l->in6->conf.accept_ra_pinfo || wire_nd_prefix_parse(&f, o) ||
	    !long_enough(t, f.valid_s))
		return;
	if (f.on_link)
		on_link(t, &f);
	if (f.autonomous && t->l->in6->conf.autoconf)
		slaac_prefix(t->ip, t->l, t->router, &f, t->now);
}

/* RFC 4191 3.1 */
static void more_specific(const struct told *t, const struct wire_nd_opt *o)
{
	const struct in6_conf *c = &t->l->in6->conf;
	struct ostia_addr all, prefix;
	struct wire_nd_route f;

	if (!c->accept_ra_rtr_pref || wire_nd_route_parse(&f, o) ||
	    f.plen < c->rt_info_min_plen || f.plen > c->rt_info_max_plen ||
	    !long_enough(t, f.lifetime_s))
		return;
	all = addr_v6(f.prefix);
	prefix = addrs_mask(&all, f.plen);
	if (f.plen &&
	    (addr_is_linklocal(&prefix) || addr_is_multicast(&prefix)))
		return;
	if (f.plen == 0 && t->router < 0)
		return; /* of a default router it changes the preference */
	route_told(t->ip, t->l, &prefix, f.plen, &t->from, f.pref,
		   f.lifetime_s ? until(t, f.lifetime_s) : 0, t->now);
}

static void servers(const struct told *t, const struct wire_nd_opt *o)
{
	struct wire_nd_rdnss f;

	if (wire_nd_rdnss_parse(&f, o))
		return;
	for (unsigned i = 0; i < f.count; i++) {
		struct ostia_addr a = addr_v6(f.addrs + i * 16);

		dns_server(t->ip, &a, addrs_scoped(&a) ? t->l->index : 0,
			   until(t, f.lifetime_s), t->now);
	}
}

static void domains(const struct told *t, const struct wire_nd_opt *o)
{
	struct wire_nd_dnssl f;

	if (wire_nd_dnssl_parse(&f, o) == 0)
		dns_domains(t->ip, f.names, f.len, until(t, f.lifetime_s),
			    t->now);
}

static void option(const struct told *t, const struct wire_nd_opt *o)
{
	switch (o->type) {
	case WIRE_ND_OPT_PREFIX:
		prefix(t, o);
		break;
	case WIRE_ND_OPT_ROUTE:
		more_specific(t, o);
		break;
	case WIRE_ND_OPT_RDNSS:
		servers(t, o);
		break;
	case WIRE_ND_OPT_DNSSL:
		domains(t, o);
		break;
	default:
		break;
	}
}

/* RFC 4861 6.3.4: who says where it is, is a neighbour, and a router. */
static void note_router(const struct told *t, const struct wire_nd *f)
{
	struct neigh *n;

	if (f->slla)
		neigh_learn(t->ip, t->l, &t->from, f->slla, NEIGH_NEWS_HEARD,
			    true, t->now);
	n = neigh_find(t->ip, t->l, &t->from);
	if (n)
		n->router = true;
}

void rtr_rx(struct ip *ip, struct ostia_pkt *p, const struct wire_nd *f,
	    const uint8_t *m, size_t n, ostia_time now)
{
	struct told t = {
		.ip = ip, .l = p->link, .from = p->src, .now = now, .router = -1
	};
	struct wire_nd_opt o;
	size_t off = f->opts;

	ip->stats->IcmpInRouterAdverts++;
	if (!addr_is_linklocal(&p->src)) { /* RFC 4861 6.1.2 */
		ip->stats->IcmpInErrors++;
		return;
	}
	if (!in6_accepts_ra(&p->link->in6->conf) || p->link->in6->off)
		return;
	note_router(&t, f);
	default_router(&t, f);
	facts(&t, f);
	for (unsigned i = 0; i < OPTS_MAX; i++) {
		if (!wire_nd_opt_next(&o, m, n, &off))
			return;
		option(&t, &o);
	}
}
