/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/ip/net.h - a network layer with a loopback link, an Ethernet and
 * a bare IP link, and the wire's side of them
 *
 *	struct net n;
 *
 *	net_init(&n);
 *	net_addr(&n, n.eth, "10.0.0.1/24");
 *	...
 *	net_fini(&n);	checks that nothing is left
 */
#ifndef OSTIA_TESTS_UNIT_IP_NET_H
#define OSTIA_TESTS_UNIT_IP_NET_H

#include "../lend.h"
#include "../test.h"
#include "base/addrtext.h"
#include "base/csum.h"
#include "ip/addrs.h"
#include "ip/arp.h"
#include "ip/groups.h"
#include "ip/mcast.h"
#include "ip/nd.h"
#include "ip/neigh.h"
#include "ip/path.h"
#include "ip/route.h"
#include "ip/select.h"
#include "ip/state.h"
#include "link/eth.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/csum.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"

#define NET_US "\x02\0\0\0\0\x01"
#define NET_PEER "\x02\0\0\0\0\x02"
#define NET_ALL "\xff\xff\xff\xff\xff\xff"

struct net {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct tracer trace;
	struct stats stats;
	struct rng rng;
	struct ip *ip;
	struct ostia_link *lo, *eth, *tun;
	ostia_time now;
	struct ostia_pkt *got; /* what ip_rx() delivered last */
};

static inline struct ostia_addr A(const char *text) {
	struct ostia_addr a;

	OK(addrtext_parse(text, &a) == 0);
	return a;
}

static inline struct ostia_link *
net_link(struct net *n, const char *name, enum ostia_link_type type,
	 uint32_t mtu)
{
	struct ostia_link_config cfg = { .name = name,
					 .type = type,
					 .mtu = mtu };
	struct ostia_link *l = NULL;

	memcpy(cfg.mac, NET_US, 6);
	OK(link_new(&n->env, &cfg, &l) == 0);
	OK(ip_link_add(n->ip, l, n->now) == 0);
	return l;
}

static inline void net_init(struct net *n)
{
	struct ip_config cfg;

	*n = (struct net) { .lend = { .left = -1 }, .now = OSTIA_S };
	n->env = lend_env(&n->lend);
	OK(ostia_pool_new(&n->env, 0, &n->pool) == 0);
	rng_init(&n->rng, n->env.seed);
	n->ip = calloc(1, sizeof(*n->ip));
	OK(n->ip != NULL);
	n->trace.now = n->now;
	cfg = (struct ip_config) { &n->env,   n->pool, &n->trace,
				   &n->stats, &n->rng, n->now };
	ip_init(n->ip, &cfg);
	n->lo = net_link(n, "lo", OSTIA_LINK_LOOPBACK, 65536);
	n->eth = net_link(n, "eth0", OSTIA_LINK_ETHERNET, 1500);
	n->tun = net_link(n, "tun0", OSTIA_LINK_IP, 1500);
}

static inline void net_forget(struct net *n)
{
	if (n->got)
		pkt_free(n->got);
	n->got = NULL;
}

static inline void net_fini(struct net *n)
{
	struct ostia_pool_stats st;

	net_forget(n);
	ip_fini(n->ip);
	free(n->ip);
	ostia_pool_stats(n->pool, &st);
	EQ(st.pkts, 0);
	EQ(st.blocks, 0);
	ostia_pool_free(n->pool);
	EQ(n->lend.blocks, 0);
}

static inline void net_addr(struct net *n, struct ostia_link *l,
			    const char *text)
{
	struct ostia_addr a;
	uint8_t plen;

	OK(addrtext_prefix(text, &a, &plen) == 0);
	EQ(addrs_add(n->ip, l, &a, plen, n->now), 0);
}

static inline int net_route(struct net *n, struct ostia_link *l,
			    const char *text, const char *gateway)
{
	struct ostia_addr a, g;
	uint8_t plen;

	OK(addrtext_prefix(text, &a, &plen) == 0);
	if (gateway)
		g = A(gateway);
	return route_add(n->ip, l, &a, plen + (addr_is_v4(&a) ? 96u : 0u),
			 gateway ? &g : NULL);
}

static inline void net_sleep(struct net *n, uint64_t ns)
{
	n->now += ns;
	n->trace.now = n->now;
	ip_expire(n->ip, n->now);
}

/* Hands the packet through the pipeline; ICMP ends in icmp_rx(). What is
 * delivered beyond stays in n->got.
 */
static inline enum verdict net_rx_pkt(struct net *n, struct ostia_link *l,
				      struct ostia_pkt *p)
{
	enum verdict v = VERDICT_DELIVER;
	uint16_t type = 0;
	const char *why;

	net_forget(n);
	p->link = l;
	p->when = n->now;
	if (l->type == OSTIA_LINK_ETHERNET)
		v = link_eth_rx(l, p, &type, &why);
	if (v == VERDICT_DELIVER && type == WIRE_ETH_ARP)
		v = arp_rx(n->ip, p, n->now);
	else if (v == VERDICT_DELIVER)
		v = ip_rx(n->ip, &p, n->now);
	if (v == VERDICT_DELIVER &&
	    (p->proto == WIRE_PROTO_ICMP4 || p->proto == WIRE_PROTO_ICMP6))
		v = icmp_rx(n->ip, p, n->now);
	else if (v == VERDICT_DELIVER && p->proto == WIRE_PROTO_IGMP)
		v = mcast_rx4(n->ip, p, n->now);
	if (v == VERDICT_DELIVER)
		n->got = p;
	else if (v != VERDICT_HELD)
		pkt_free(p);
	return v;
}

static inline enum verdict net_rx(struct net *n, struct ostia_link *l,
				  const void *bytes, size_t len)
{
	struct ostia_pkt *p = ostia_pkt_from(n->pool, bytes, len);

	if (!p && n->lend.left >= 0)
		return VERDICT_DROP; /* memory is out on purpose */
	OK(p != NULL);
	return net_rx_pkt(n, l, p);
}

/* The next frame that the link would send, contiguous, or 0. */
static inline size_t net_tx(struct net *n, struct ostia_link *l, void *to,
			    size_t room)
{
	struct ostia_pkt *p;
	size_t len;

	while ((p = pktq_pop(&l->replies))) {
		enum verdict v = neigh_output(n->ip, p, NULL, n->now);

		if (v == VERDICT_HELD)
			continue;
		if (v != VERDICT_DELIVER) {
			pkt_free(p);
			continue;
		}
		OK(ip_complete_csum(p) == 0);
		len = pkt_copy_out(p, 0, to, (uint32_t)room);
		EQ(len, p->len);
		pkt_free(p);
		return len;
	}
	return 0;
}

/* Moves what the stack sends to itself; returns the last verdict. */
static inline enum verdict net_loop(struct net *n)
{
	enum verdict v = VERDICT_DROP;
	struct ostia_pkt *p;

	while ((p = pktq_pop(&n->lo->replies))) {
		p->flags = 0;
		p->l3 = 0;
		if (p->csum == OSTIA_CSUM_PARTIAL)
			p->csum = OSTIA_CSUM_VALID;
		v = net_rx_pkt(n, n->lo, p);
	}
	return v;
}

/* struct say - An IP packet, from its facts */
struct say {
	const char *src, *dst;
	uint8_t proto;
	const void *data;
	uint32_t len;
	uint8_t ttl; /* 0: 64 */
	uint8_t tos;
	uint16_t id, frag_off;
	bool mf, df;
};

/* An IPv4 or IPv6 packet at @to; no extension headers. */
static inline size_t net_ip(uint8_t *to, const struct say *s)
{
	struct ostia_addr src = A(s->src), dst = A(s->dst);
	uint8_t ttl = s->ttl ? s->ttl : 64;
	int n;

	if (addr_is_v4(&src)) {
		const struct wire_ip4 f = { .src = src.b + 12,
					    .dst = dst.b + 12,
					    .len = (uint16_t)(20 + s->len),
					    .id = s->id,
					    .frag_off = s->frag_off,
					    .tos = s->tos,
					    .ttl = ttl,
					    .proto = s->proto,
					    .df = s->df,
					    .mf = s->mf };

		n = wire_ip4_emit(to, 20, &f, NULL, 0);
	} else {
		const struct wire_ip6 f = { .src = src.b,
					    .dst = dst.b,
					    .plen = (uint16_t)s->len,
					    .tclass = s->tos,
					    .next = s->proto,
					    .hops = ttl };

		n = wire_ip6_emit(to, 40, &f);
	}
	OK(n > 0);
	if (s->len)
		memcpy(to + n, s->data, s->len);
	return (size_t)n + s->len;
}

/* Fills the checksum of an ICMP message behind the header that net_ip made. */
static inline void net_icmp_sum(uint8_t *ip, size_t len)
{
	size_t h = ip[0] >> 4 == 4 ? 20 : 40;
	uint32_t sum = 0;

	if (h == 40)
		sum = csum_pseudo6(ip + 8, ip + 24, WIRE_PROTO_ICMP6,
				   (uint32_t)(len - h));
	memset(ip + h + 2, 0, 2);
	wire_csum_fill(ip + h + 2, csum(ip + h, len - h, sum));
}

static inline size_t net_frame(uint8_t *to, const void *dst, const void *src,
			       uint16_t type, const void *data, size_t n)
{
	memcpy(to, dst, 6);
	memcpy(to + 6, src, 6);
	wire_be_put16(to + 12, type);
	memmove(to + 14, data, n);
	return n + 14;
}

#endif
