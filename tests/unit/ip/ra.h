/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/ip/ra.h - a link that configures itself, and the routers and
 * rivals on it
 *
 *	ra_setup(&n, &(struct in6_conf) ...);	n.eth is the link
 *	ra_begin(&m, "fe80::a", 1800);
 *	ra_prefix(&m, "fd00::", 64, 7200, 3600, RA_L | RA_A);
 *	ra_send(&n, &m);
 */
#ifndef OSTIA_TESTS_UNIT_IP_RA_H
#define OSTIA_TESTS_UNIT_IP_RA_H

#include "ip/dad.h"
#include "ip/dns.h"
#include "ip/link6.h"
#include "ip/rtr.h"
#include "ip/slaac.h"
#include "net.h"

#define RA_L 1
#define RA_A 2
#define RA_US "fe80::ff:fe00:1"

/* The link anew, with these two settings; others through n->ip->conf6. */
static inline void ra_link(struct net *n, uint32_t dad, uint32_t accept_ra)
{
	ip_link_del(n->ip, n->eth);
	link_free(&n->env, n->eth);
	n->ip->conf6.dad_transmits = dad;
	n->ip->conf6.accept_ra = accept_ra;
	n->eth = net_link(n, "eth1", OSTIA_LINK_ETHERNET, 1500);
}

static inline void ra_setup(struct net *n, uint32_t dad, uint32_t accept_ra)
{
	net_init(n);
	ra_link(n, dad, accept_ra);
}

/* struct ra - A message of ICMPv6 in the making */
struct ra {
	const char *src, *dst;
	uint8_t hops;
	uint8_t b[1400];
	size_t len;
};

static inline void ra_message(struct ra *m, const char *src, const char *dst,
			      const struct wire_nd *f)
{
	int len;

	*m = (struct ra) { .src = src, .dst = dst, .hops = 255 };
	len = wire_nd_emit(m->b, sizeof(m->b), f);
	OK(len > 0);
	m->len = (size_t)len;
}

static inline void ra_begin(struct ra *m, const char *src, uint16_t lifetime_s)
{
	const struct wire_nd f = { .type = WIRE_ICMP6_RA,
				   .slla = (const uint8_t *)NET_PEER,
				   .lifetime_s = lifetime_s };

	ra_message(m, src, "ff02::1", &f);
}

static inline void ra_prefix(struct ra *m, const char *prefix, uint8_t plen,
			     uint32_t valid_s, uint32_t preferred_s,
			     unsigned flags)
{
	struct ostia_addr a = A(prefix);
	const struct wire_nd_prefix f = { .prefix = a.b,
					  .plen = plen,
					  .valid_s = valid_s,
					  .preferred_s = preferred_s,
					  .on_link = flags & RA_L,
					  .autonomous = flags & RA_A };
	int len = wire_nd_prefix_emit(m->b + m->len, sizeof(m->b) - m->len, &f);

	OK(len > 0);
	m->len += (size_t)len;
}

static inline void ra_route(struct ra *m, const char *prefix, uint8_t plen,
			    int8_t pref, uint32_t lifetime_s)
{
	struct ostia_addr a = A(prefix);
	struct wire_nd_route f = { .plen = plen,
				   .pref = pref,
				   .lifetime_s = lifetime_s };
	int len;

	memcpy(f.prefix, a.b, 16);
	len = wire_nd_route_emit(m->b + m->len, sizeof(m->b) - m->len, &f);
	OK(len > 0);
	m->len += (size_t)len;
}

static inline void ra_server(struct ra *m, const char *addr, uint32_t life_s)
{
	struct ostia_addr a = A(addr);
	const struct wire_nd_rdnss f = { a.b, life_s, 1 };
	int len = wire_nd_rdnss_emit(m->b + m->len, sizeof(m->b) - m->len, &f);

	OK(len > 0);
	m->len += (size_t)len;
}

static inline enum verdict ra_send(struct net *n, const struct ra *m)
{
	bool group = m->dst[0] == 'f' && m->dst[1] == 'f';
	uint8_t ip[1500], buf[1514];
	size_t len;

	len = net_ip(ip, &(struct say) { .src = m->src,
					 .dst = m->dst,
					 .proto = WIRE_PROTO_ICMP6,
					 .data = m->b,
					 .len = (uint32_t)m->len,
					 .ttl = m->hops });
	net_icmp_sum(ip, len);
	len = net_frame(buf, group ? "\x33\x33\0\0\0\1" : NET_US, NET_PEER,
			WIRE_ETH_IP6, ip, len);
	return net_rx(n, n->eth, buf, len);
}

/* struct heard - A message of neighbour discovery that we sent */
struct heard {
	struct wire_nd f;
	struct ostia_addr src, dst, target;
	uint8_t nonce[16], raw[512];
	uint8_t hops;
};

/* The next one, or false. */
static inline bool ra_hear(struct net *n, struct heard *h)
{
	size_t len = net_tx(n, n->eth, h->raw, sizeof(h->raw));

	if (!len)
		return false;
	OK(len >= 14 + 40 + 8);
	OK(csum_ok(csum(h->raw + 54, len - 54,
			csum_pseudo6(h->raw + 22, h->raw + 38, 58,
				     (uint32_t)len - 54))));
	OK(wire_nd_parse(&h->f, h->raw + 54, len - 54) > 0);
	h->hops = h->raw[21];
	h->src = addr_v6(h->raw + 22);
	h->dst = addr_v6(h->raw + 38);
	if (h->f.target)
		h->target = addr_v6(h->f.target);
	if (h->f.nonce)
		memcpy(h->nonce, h->f.nonce,
		       h->f.nonce_len < 16 ? h->f.nonce_len : 16);
	return true;
}

/* Time passes in steps, as a driver has it; what we send is thrown away. */
static inline void ra_sleep(struct net *n, uint64_t ns)
{
	ostia_time until = n->now + ns;
	struct heard h;

	while (ip_next_deadline(n->ip) <= until) {
		ostia_time next = ip_next_deadline(n->ip);

		net_sleep(n, next > n->now ? next - n->now : 0);
		while (ra_hear(n, &h))
			;
	}
	net_sleep(n, until - n->now);
}

/* The address of the link in the prefix of @like with this origin, or NULL */
static inline struct ifaddr *ra_addr(struct net *n, const char *like,
				     enum ifaddr_origin origin)
{
	struct ostia_addr prefix = A(like);

	list_each (node, &n->eth->addrs) {
		struct ifaddr *a = list_entry(node, struct ifaddr, node);

		if (a->origin == origin &&
		    addrs_prefix_eq(&a->addr, &prefix, 64))
			return a;
	}
	return NULL;
}

static inline bool ra_ours(struct net *n, const char *addr)
{
	struct ostia_addr a = A(addr);

	return addrs_is_ours(n->ip, &a, n->eth->index);
}

#endif
