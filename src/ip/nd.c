/* SPDX-License-Identifier: MIT */
/*
 * ip/nd.c - the messages of neighbour discovery (RFC 4861, RFC 6980)
 */
#include "ip/nd.h"

#include "ip/addrs.h"
#include "ip/dad.h"
#include "ip/link6.h"
#include "ip/neigh.h"
#include "ip/out.h"
#include "ip/redirect.h"
#include "ip/route.h"
#include "ip/rtr.h"
#include "ip/select.h"
#include "ip/state.h"
#include "link/eth.h"
#include "wire/eth.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/nd.h"

#include <errno.h>

enum {
	ND_HOPS = 255, /* nobody behind a router can send that */
	ND_LEN_MAX = 2048, /* what no honest router needs */
	ND_ROOM = WIRE_IP6_MIN_MTU - WIRE_IP6_HLEN,
	ND_QUOTE_MAX = ND_ROOM - 40 - 8 - 8, /* beside a redirect's head, TLLA,
					      * and the option's own head */
};

static const struct ostia_addr all_nodes = { .b = { 0xff, 2, [15] = 1 } };
static const struct ostia_addr all_routers = { .b = { 0xff, 2, [15] = 2 } };

static struct ostia_pkt *make(struct ip *ip, const struct wire_nd *f)
{
	struct ostia_pkt *p = pkt_new(ip->pool);
	uint8_t room[ND_ROOM];
	int n = wire_nd_emit(room, sizeof(room), f);

	if (p && n > 0 && pkt_append_copy(p, room, (uint32_t)n) == 0)
		return p;
	if (p)
		pkt_free(p);
	return NULL;
}

/* Header and, when @mac is known, frame; then into the reply queue. */
static int send(struct ip *ip, struct ostia_link *l, const struct wire_nd *f,
		const struct ostia_addr *src, const struct ostia_addr *dst,
		const uint8_t *mac)
{
	const struct out_head h = {
		.link = l,
		.src = src,
		.dst = dst,
		.zone = addrs_scoped(dst) ? l->index : 0,
		.proto = WIRE_PROTO_ICMP6,
		.ttl = ND_HOPS,
	};
	struct ostia_pkt *p = make(ip, f);

	if (!p)
		return -ENOMEM;
	out_icmp6_csum(p, src, dst);
	if (out_push(ip, p, &h)) {
		pkt_free(p);
		return -ENOBUFS;
	}
	ip->stats->IcmpOutMsgs++;
	if (mac && link_eth_push(l, p, mac, WIRE_ETH_IP6) == 0)
		p->flags |= PKT_NEIGH_OK;
	return ip_queue(ip, p);
}

int nd_ask(struct ip *ip, struct ostia_link *l, const struct ostia_addr *target,
	   const uint8_t *mac, const struct ostia_addr *from)
{
	struct ostia_addr to = mac ? *target : addrs_solicited(target);
	const struct wire_nd f = { .type = WIRE_ICMP6_NS,
				   .target = target->b,
				   .slla = l->mac };
	uint8_t group[6];

	if (!from || !addrs_is_ours(ip, from, l->index))
		from = select_source(ip, l, target, target, 0);
	if (!from)
		return -EADDRNOTAVAIL;
	link_eth_group(group, &to);
	return send(ip, l, &f, from, &to, mac ? mac : group);
}

int nd_probe(struct ip *ip, struct ostia_link *l,
	     const struct ostia_addr *target, const uint8_t *nonce,
	     size_t nonce_len)
{
	const struct ostia_addr nobody = { .q = { 0, 0 } };
	struct ostia_addr to = addrs_solicited(target);
	const struct wire_nd f = { .type = WIRE_ICMP6_NS,
				   .target = target->b,
				   .nonce = nonce,
				   .nonce_len = nonce_len };
	uint8_t group[6];

	link_eth_group(group, &to);
	return send(ip, l, &f, &nobody, &to, group);
}

/* From our link-local address, or from nobody and then without the MAC
 * address (RFC 4861 4.1).
 */
int nd_solicit_routers(struct ip *ip, struct ostia_link *l)
{
	const struct ostia_addr nobody = { .q = { 0, 0 } };
	const struct ostia_addr *src =
		select_source(ip, l, &all_routers, &all_routers, 0);
	const struct wire_nd f = { .type = WIRE_ICMP6_RS,
				   .slla = src ? l->mac : NULL };
	uint8_t group[6];

	ip->stats->IcmpOutRouterSolicits++;
	link_eth_group(group, &all_routers);
	return send(ip, l, &f, src ? src : &nobody, &all_routers, group);
}

static const uint8_t *known_mac(const struct neigh *n)
{
	if (!n || n->state == NEIGH_INCOMPLETE || n->state == NEIGH_FAILED)
		return NULL;
	return n->mac;
}

int nd_redirect(struct ip *ip, const struct ostia_pkt *p,
		const struct ostia_addr *target)
{
	struct ostia_link *l = p->link;
	const struct ostia_addr *src =
		select_source(ip, l, &all_nodes, &all_nodes, 0);
	uint8_t quote[ND_QUOTE_MAX];
	struct wire_nd f = { .type = WIRE_ICMP6_REDIRECT,
			     .target = target->b,
			     .dest = p->dst.b,
			     .redirected = quote };

	if (!src || !addr_is_linklocal(src))
		return -EADDRNOTAVAIL;
	f.tlla = known_mac(neigh_find(ip, l, target));
	f.redirected_len = pkt_copy_out(p, p->l3, quote, sizeof(quote));
	return send(ip, l, &f, src, &p->src, NULL);
}

static bool is_solicited_node(const struct ostia_addr *a)
{
	static const uint8_t prefix[13] = { 0xff, 2, 0, 0, 0, 0,   0,
					    0,	  0, 0, 0, 1, 0xff };

	return memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

/* An advertisement, solicited unless it goes to nobody in particular. */
static void advertise(struct ip *ip, struct ostia_link *l,
		      const struct ostia_addr *target,
		      const struct ostia_addr *to, const uint8_t *slla)
{
	struct wire_nd f = { .type = WIRE_ICMP6_NA,
			     .target = target->b,
			     .tlla = l->mac,
			     .override = true,
			     .router = l->in6 && l->in6->conf.forwarding,
			     .solicited = true };
	uint8_t group[6];

	if (addr_is_any(to)) { /* RFC 4861 7.2.4 */
		f.solicited = false;
		to = &all_nodes;
		link_eth_group(group, to);
		slla = group;
	} else if (!slla) {
		slla = known_mac(neigh_find(ip, l, to));
	}
	send(ip, l, &f, target, to, slla);
}

void nd_announce(struct ip *ip, struct ostia_link *l,
		 const struct ostia_addr *addr)
{
	const struct ostia_addr nobody = { .q = { 0, 0 } };

	advertise(ip, l, addr, &nobody, NULL);
}

static bool on_link(struct ip *ip, const struct ostia_link *l,
		    const struct ostia_addr *a)
{
	const struct route *r;

	if (addr_is_linklocal(a))
		return true;
	r = route_lookup(ip, a, l->index);
	return r && addr_is_any(&r->gateway);
}

/* RFC 4862 5.4.3: a question for an address that we do not have yet. */
static void rx_tentative(struct ip *ip, struct ostia_pkt *p, struct ifaddr *a,
			 const struct wire_nd *f, ostia_time now)
{
	if (a->state == IFADDR_TENTATIVE && addr_is_any(&p->src))
		dad_hear_question(ip, a, f->nonce, f->nonce_len, now);
}

/* RFC 4861 7.1.1, 7.2.3, 7.2.4 */
static void rx_solicitation(struct ip *ip, struct ostia_pkt *p,
			    const struct wire_nd *f, ostia_time now)
{
	struct ostia_addr target = addr_v6(f->target);
	struct ifaddr *ours = addrs_entry(ip, p->link, &target);

	if (addr_is_any(&p->src) && (f->slla || !is_solicited_node(&p->dst))) {
		ip->stats->IcmpInErrors++;
		return;
	}
	if (!ours)
		return;
	if (!addrs_usable(ours)) {
		rx_tentative(ip, p, ours, f, now);
		return;
	}
	if (!addr_is_any(&p->src)) {
		if (!on_link(ip, p->link, &p->src) ||
		    addrs_is_ours(ip, &p->src, p->link->index))
			return;
		if (f->slla)
			neigh_learn(ip, p->link, &p->src, f->slla,
				    NEIGH_NEWS_HEARD, true, now);
	}
	advertise(ip, p->link, &target, &p->src, f->slla);
}

/* Somebody speaks for an address of ours (RFC 4862 5.4.4). */
static bool claims_ours(struct ip *ip, struct ostia_pkt *p,
			const struct ostia_addr *target, ostia_time now)
{
	struct ifaddr *a = addrs_entry(ip, p->link, target);

	if (a && a->state == IFADDR_TENTATIVE)
		dad_fail(ip, a, now);
	return a || addrs_is_ours(ip, target, p->link->index);
}

/* RFC 4861 7.2.5: is it still a router? */
static void set_router(struct ip *ip, struct neigh *n, bool router)
{
	bool was = n->router;

	n->router = router;
	if (was && !router)
		rtr_no_more(ip, n->link, &n->addr);
}

/* RFC 4861 7.1.2, 7.2.5 */
static void rx_advertisement(struct ip *ip, struct ostia_pkt *p,
			     const struct wire_nd *f, ostia_time now)
{
	struct ostia_addr target = addr_v6(f->target);
	enum neigh_news news =
		f->solicited ? NEIGH_NEWS_ANSWER : NEIGH_NEWS_GRATUITOUS;
	const uint8_t *mac = f->tlla;
	struct neigh *n;

	if (f->solicited && addr_is_multicast(&p->dst)) {
		ip->stats->IcmpInErrors++;
		return;
	}
	if (claims_ours(ip, p, &target, now))
		return;
	if (!f->solicited && addr_is_multicast(&p->dst) &&
	    p->link->in6->conf.drop_unsolicited_na)
		return;
	n = neigh_find(ip, p->link, &target);
	if (!n)
		return;
	if (!mac && (n->state == NEIGH_INCOMPLETE || n->state == NEIGH_FAILED))
		return; /* tells nothing that we do not know */
	if (f->override || !mac || n->state == NEIGH_INCOMPLETE ||
	    n->state == NEIGH_FAILED || memcmp(n->mac, mac, 6) == 0)
		set_router(ip, n, f->router);
	neigh_learn(ip, p->link, &target, mac ? mac : n->mac, news, f->override,
		    now);
}

/* RFC 6980 5: never in fragments. */
static bool acceptable(const struct ostia_pkt *p)
{
	bool pieces = p->flags & PKT_FRAGMENT &&
		      p->link->in6->conf.suppress_frag_ndisc;

	return p->ttl == ND_HOPS && !pieces &&
	       p->link->type == OSTIA_LINK_ETHERNET;
}

static void dispatch(struct ip *ip, struct ostia_pkt *p,
		     const struct wire_nd *f, const uint8_t *m, size_t n,
		     ostia_time now)
{
	switch (f->type) {
	case WIRE_ICMP6_NS:
		rx_solicitation(ip, p, f, now);
		break;
	case WIRE_ICMP6_NA:
		rx_advertisement(ip, p, f, now);
		break;
	case WIRE_ICMP6_RA:
		rtr_rx(ip, p, f, m, n, now);
		break;
	case WIRE_ICMP6_REDIRECT:
		ip->stats->IcmpInRedirects++;
		redirect_rx6(ip, p, f, now);
		break;
	default: /* a host does not answer router solicitations */
		break;
	}
}

enum verdict nd_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	uint32_t n = p->len - p->l4;
	uint8_t whole[ND_LEN_MAX];
	const uint8_t *m;
	struct wire_nd f;

	if (!acceptable(p) || n > sizeof(whole))
		return IP_DROP(ip, IcmpInErrors);
	m = pkt_peek(p, p->l4, n);
	if (!m && pkt_copy_out(p, p->l4, whole, n) == n)
		m = whole; /* scattered */
	if (!m || wire_nd_parse(&f, m, n) < 0)
		return IP_DROP(ip, IcmpInErrors);
	dispatch(ip, p, &f, m, n, now);
	pkt_free(p);
	return VERDICT_HELD;
}
