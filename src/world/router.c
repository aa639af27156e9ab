/* SPDX-License-Identifier: MIT */
#include "world/router.h"

#include "base/addrtext.h"
#include "base/csum.h"
#include "wire/csum.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TTL = 64,
	ERROR_RATE = 1000, /* a second, and at once: as Linux's */
	ERROR_BURST = 50,
	QUOTE4 = 548, /* RFC 1812 4.3.2.3: 576 in all */
	V4_BITS = 96,
};

static struct world_router *router_of(struct ostia_node *n)
{
	return (struct world_router *)(void *)n;
}

static ostia_time now_of(const struct world_router *r)
{
	return r->node.world->now;
}

void world_router_drop(struct world_router *r, struct ostia_pkt *p,
		       uint32_t flags, const char *why)
{
	struct ostia_world *w = r->node.world;
	const struct ostia_trace ev = {
		.time = w->now,
		.kind = OSTIA_TRACE_DROP,
		.conn = p->conn,
		.u.pkt = { .id = p->id,
			   .link = "",
			   .data = p->head + p->hoff,
			   .data_len = p->hlen,
			   .len = p->len,
			   .gso_size = p->gso_size,
			   .flags = flags,
			   .reason = why },
	};
	const struct ostia_world_trace out = { .time = w->now,
					       .node = r->node.id,
					       .stack = &ev };

	if (w->cfg.trace)
		w->cfg.trace(w->cfg.trace_ctx, &out);
	pkt_free(p);
}

/* ---- addresses and routes ---- */

static bool in_net(const struct ostia_addr *a, const struct ostia_addr *net,
		   unsigned plen)
{
	unsigned whole = plen / 8, rest = plen % 8;

	if (memcmp(a->b, net->b, whole))
		return false;
	return !rest || !((a->b[whole] ^ net->b[whole]) >> (8 - rest));
}

bool world_router_is_mine(const struct world_router *r,
			  const struct world_port *port,
			  const struct ostia_addr *a)
{
	for (uint32_t i = 0; i < r->naddrs; i++)
		if ((!port || r->addrs[i].port == port) &&
		    addr_eq(&r->addrs[i].addr, a))
			return true;
	return false;
}

const struct ostia_addr *world_router_source(const struct world_router *r,
					     const struct world_port *port,
					     bool v4)
{
	for (uint32_t i = 0; i < r->naddrs; i++)
		if (r->addrs[i].port == port &&
		    addr_is_v4(&r->addrs[i].addr) == v4)
			return &r->addrs[i].addr;
	return NULL;
}

/* Longest prefix first; of equals the one that was added first. */
static const struct world_router_route *find_route(const struct world_router *r,
						   const struct ostia_addr *dst)
{
	const struct world_router_route *best = NULL;

	for (uint32_t i = 0; i < r->nroutes; i++) {
		const struct world_router_route *x = &r->routes[i];

		if ((!best || x->plen > best->plen) &&
		    addr_is_v4(&x->net) == addr_is_v4(dst) &&
		    in_net(dst, &x->net, x->plen))
			best = x;
	}
	return best;
}

static int parse_net(const char *text, struct ostia_addr *a, uint8_t *plen)
{
	int err = addrtext_prefix(text, a, plen);

	if (!err && addr_is_v4(a))
		*plen = (uint8_t)(*plen + V4_BITS);
	return err;
}

static int add_route(struct world_router *r, const struct world_router_route *x)
{
	for (uint32_t i = 0; i < r->nroutes; i++)
		if (r->routes[i].plen == x->plen &&
		    r->routes[i].port == x->port &&
		    in_net(&x->net, &r->routes[i].net, x->plen))
			return -EEXIST;
	if (r->nroutes == WORLD_ROUTER_ROUTES)
		return -ENOBUFS;
	r->routes[r->nroutes++] = *x;
	return 0;
}

static int addr(struct world_port *port, const char *text)
{
	struct world_router *r = router_of(port->node);
	struct world_router_route net = { .port = port };
	struct ostia_addr a;
	int err = parse_net(text, &a, &net.plen);

	if (err)
		return err;
	if (addr_is_any(&a) || addr_is_multicast(&a) || addr_is_loopback(&a))
		return -EINVAL;
	if (world_router_is_mine(r, NULL, &a))
		return -EEXIST;
	if (r->naddrs == WORLD_ROUTER_ADDRS)
		return -ENOBUFS;
	net.net = a;
	err = add_route(r, &net);
	if (err && err != -EEXIST)
		return err;
	r->addrs[r->naddrs++] =
		(struct world_router_addr) { a, port, net.plen };
	return 0;
}

static int route(struct world_port *port, const char *dst, const char *gateway)
{
	struct world_router_route x = { .port = port };
	int err = parse_net(dst, &x.net, &x.plen);

	if (!err && gateway) {
		x.has_gateway = true;
		err = addrtext_parse(gateway, &x.gateway);
	}
	return err ? err : add_route(router_of(port->node), &x);
}

/* ---- errors (RFC 1812 4.3, RFC 4443 2.4) ---- */

static bool may_be_told(const struct ostia_addr *src)
{
	return !addr_is_any(src) && !addr_is_multicast(src) &&
	       !addr_is_broadcast(src) && !addr_is_loopback(src);
}

static void output(struct world_router *r, struct ostia_pkt *p,
		   const struct ostia_addr *dst);

/* Takes @p, ICMPv4 with its eight bytes in place: header, sums, and out. */
static void send_icmp4(struct world_router *r, struct ostia_pkt *p,
		       const struct ostia_addr *src,
		       const struct ostia_addr *dst)
{
	const struct wire_ip4 ip = { .src = src->b + 12,
				     .dst = dst->b + 12,
				     .len = (uint16_t)(p->len + WIRE_IP4_HLEN),
				     .id = r->ip_id++,
				     .ttl = TTL,
				     .proto = WIRE_PROTO_ICMP4 };
	uint8_t *at = pkt_edit(p, WIRE_ICMP_HLEN);

	if (at) {
		memset(at + 2, 0, 2);
		wire_csum_fill(at + 2, pkt_csum(p, 0, p->len, 0));
		at = pkt_push(p, WIRE_IP4_HLEN);
	}
	if (!at) {
		WORLD_ROUTER_DROP(r, p, NoMemory);
		return;
	}
	(void)wire_ip4_emit(at, WIRE_IP4_HLEN, &ip, NULL, 0);
	r->stats.IcmpOutMsgs++;
	output(r, p, dst);
}

static void send_icmp6(struct world_router *r, struct ostia_pkt *p,
		       const struct ostia_addr *src,
		       const struct ostia_addr *dst)
{
	const struct wire_ip6 ip = { .src = src->b,
				     .dst = dst->b,
				     .plen = (uint16_t)p->len,
				     .next = WIRE_PROTO_ICMP6,
				     .hops = TTL };
	uint32_t pseudo =
		csum_pseudo6(src->b, dst->b, WIRE_PROTO_ICMP6, p->len);
	uint8_t *at = pkt_edit(p, WIRE_ICMP_HLEN);

	if (at) {
		memset(at + 2, 0, 2);
		wire_csum_fill(at + 2, pkt_csum(p, 0, p->len, pseudo));
		at = pkt_push(p, WIRE_IP6_HLEN);
	}
	if (!at) {
		WORLD_ROUTER_DROP(r, p, NoMemory);
		return;
	}
	(void)wire_ip6_emit(at, WIRE_IP6_HLEN, &ip);
	r->stats.IcmpOutMsgs++;
	output(r, p, dst);
}

/* Is @p, whose upper layer begins at @l4, itself an error? */
static bool is_icmp_error(struct ostia_pkt *p, uint8_t proto, uint32_t l4)
{
	const uint8_t *at = pkt_peek(p, l4, 1);

	if (proto == WIRE_PROTO_ICMP6)
		return !at || at[0] < 128;
	if (proto != WIRE_PROTO_ICMP4)
		return false;
	return !at ||
	       (at[0] != WIRE_ICMP4_ECHO && at[0] != WIRE_ICMP4_ECHO_REPLY);
}

static bool allowed(struct world_router *r)
{
	if (bucket_take(&r->errors, 1, now_of(r)))
		return true;
	r->stats.IcmpOutRateLimitGlobal++;
	return false;
}

/* The offending packet behind eight bytes of ICMP. */
static struct ostia_pkt *quote(struct world_router *r, struct ostia_pkt *p,
			       uint32_t max)
{
	struct ostia_pkt *q =
		pkt_clone_range(p, 0, p->len < max ? p->len : max);

	if (q && pkt_push(q, WIRE_ICMP_HLEN))
		return q;
	r->stats.NoMemory++;
	if (q)
		pkt_free(q);
	return NULL;
}

/* @p, which came by @from, cannot go on. @p stays the caller's. */
static void error4(struct world_router *r, struct world_port *from,
		   struct ostia_pkt *p, const struct wire_ip4 *ip, uint8_t type,
		   uint8_t code, uint16_t mtu)
{
	const struct ostia_addr *src = world_router_source(r, from, true);
	const struct wire_icmp4 icmp = { .type = type,
					 .code = code,
					 .mtu = mtu };
	struct ostia_addr dst = addr_v4(ip->src);
	struct ostia_pkt *q;

	if (!src || !may_be_told(&dst) || ip->frag_off ||
	    is_icmp_error(p, ip->proto, ip->hlen) || !allowed(r))
		return;
	q = quote(r, p, QUOTE4);
	if (!q)
		return;
	(void)wire_icmp4_emit(pkt_edit(q, WIRE_ICMP_HLEN), WIRE_ICMP_HLEN,
			      &icmp);
	send_icmp4(r, q, src, &dst);
}

static void error6(struct world_router *r, struct world_port *from,
		   struct ostia_pkt *p, const struct wire_ip6 *ip, uint8_t type,
		   uint8_t code, uint32_t mtu)
{
	const struct ostia_addr *src = world_router_source(r, from, false);
	const struct wire_icmp6 icmp = { .type = type,
					 .code = code,
					 .mtu = mtu };
	struct ostia_addr dst = addr_v6(ip->src);
	struct ostia_pkt *q;

	if (!src || !may_be_told(&dst) || addr_is_linklocal(&dst) ||
	    is_icmp_error(p, ip->next, WIRE_IP6_HLEN) || !allowed(r))
		return;
	q = quote(r, p, WIRE_IP6_MIN_MTU - WIRE_IP6_HLEN - WIRE_ICMP_HLEN);
	if (!q)
		return;
	(void)wire_icmp6_emit(pkt_edit(q, WIRE_ICMP_HLEN), WIRE_ICMP_HLEN,
			      &icmp);
	send_icmp6(r, q, src, &dst);
}

/* ---- out ---- */

/* Takes @p; it fits the wire. */
static void transmit(struct world_router *r, const struct world_router_route *x,
		     const struct ostia_addr *dst, struct ostia_pkt *p)
{
	world_resolve_send(r, x->port, x->has_gateway ? &x->gateway : dst, p);
}

/* Takes @p, our own; its errors interest nobody. */
static void output(struct world_router *r, struct ostia_pkt *p,
		   const struct ostia_addr *dst)
{
	const struct world_router_route *x = find_route(r, dst);

	if (!x)
		WORLD_ROUTER_DROP(r, p, IpOutNoRoutes);
	else if (p->len > x->port->wire->mtu)
		WORLD_ROUTER_DROP(r, p, IpFragFails);
	else
		transmit(r, x, dst, p);
}

/* One fragment: payload [off, off + n) of @p under a header of its own. */
static struct ostia_pkt *fragment(struct ostia_pkt *p,
				  const struct wire_ip4 *ip,
				  const uint8_t *opts, size_t opts_len,
				  uint32_t off, uint32_t n, bool more)
{
	unsigned hlen = WIRE_IP4_HLEN + (unsigned)opts_len;
	struct ostia_pkt *q = pkt_clone_range(p, ip->hlen + off, n);
	struct wire_ip4 f = *ip;
	uint8_t *at = q ? pkt_push(q, hlen) : NULL;

	if (!at) {
		if (q)
			pkt_free(q);
		return NULL;
	}
	f.len = (uint16_t)(hlen + n);
	f.frag_off = (uint16_t)(ip->frag_off + off);
	f.mf = more || ip->mf;
	(void)wire_ip4_emit(at, hlen, &f, opts_len ? opts : NULL, opts_len);
	return q;
}

/* RFC 791 3.2: pieces of a multiple of 8 bytes; the first keeps all options,
 * the others those with the copy bit.
 */
static void send_fragments(struct world_router *r,
			   const struct world_router_route *x,
			   const struct ostia_addr *dst, struct ostia_pkt *p,
			   const struct wire_ip4 *ip, const uint8_t *head)
{
	uint32_t mtu = x->port->wire->mtu, total = p->len - ip->hlen, n;
	uint8_t copied[WIRE_IP4_MAX_OPTS];
	const uint8_t *opts = head + WIRE_IP4_HLEN;
	size_t opts_len = ip->hlen - WIRE_IP4_HLEN;

	for (uint32_t off = 0; off < total; off += n) {
		struct ostia_pkt *q;

		n = (mtu - WIRE_IP4_HLEN - (uint32_t)opts_len) & ~7u;
		if (n > total - off)
			n = total - off;
		q = fragment(p, ip, opts, opts_len, off, n, off + n < total);
		if (!q) {
			r->stats.NoMemory++;
			break;
		}
		r->stats.IpFragCreates++;
		transmit(r, x, dst, q);
		if (!off && opts_len) {
			opts_len = (size_t)wire_ip4_opts_copied(copied, head,
								ip->hlen);
			opts = copied;
		}
	}
	pkt_free(p);
}

/* For us, who speak nothing but ICMP. Takes @p. */
static void unspoken(struct world_router *r, struct ostia_pkt *p, uint8_t proto)
{
	if (proto == WIRE_PROTO_UDP)
		WORLD_ROUTER_DROP(r, p, UdpNoPorts);
	else
		WORLD_ROUTER_DROP(r, p, IpInUnknownProtos);
}

/* ---- IPv4 ---- */

static void echo4(struct world_router *r, struct ostia_pkt *p,
		  const struct wire_ip4 *ip)
{
	struct ostia_addr from = addr_v4(ip->src), mine = addr_v4(ip->dst);
	uint8_t *at;

	pkt_trim_front(p, ip->hlen);
	at = pkt_edit(p, WIRE_ICMP_HLEN);
	if (!at || at[0] != WIRE_ICMP4_ECHO ||
	    !csum_ok(pkt_csum(p, 0, p->len, 0))) {
		WORLD_ROUTER_DROP(r, p, IcmpInErrors);
		return;
	}
	r->stats.IpInDelivers++;
	at[0] = WIRE_ICMP4_ECHO_REPLY;
	send_icmp4(r, p, &mine, &from);
}

static void local4(struct world_router *r, struct world_port *from,
		   struct ostia_pkt *p, const struct wire_ip4 *ip)
{
	if (ip->proto == WIRE_PROTO_ICMP4 && !ip->mf && !ip->frag_off) {
		echo4(r, p, ip);
		return;
	}
	error4(r, from, p, ip, WIRE_ICMP4_UNREACH,
	       ip->proto == WIRE_PROTO_UDP ? WIRE_ICMP4_UNREACH_PORT
					   : WIRE_ICMP4_UNREACH_PROTO,
	       0);
	unspoken(r, p, ip->proto);
}

/* TTL down by one, the sum corrected (RFC 1141). */
static void age4(uint8_t *head)
{
	const uint8_t was[2] = { head[8], head[9] };

	head[8]--;
	wire_csum_update(head + 10, was, head + 8, 2);
}

static void forward4(struct world_router *r, struct world_port *from,
		     struct ostia_pkt *p, struct wire_ip4 *ip, uint8_t *head)
{
	struct ostia_addr dst = addr_v4(ip->dst);
	const struct world_router_route *x = find_route(r, &dst);

	if (ip->ttl <= 1) {
		error4(r, from, p, ip, WIRE_ICMP4_TIME_EXCEEDED,
		       WIRE_ICMP4_EXC_TTL, 0);
		WORLD_ROUTER_DROP(r, p, IpInHdrErrors);
		return;
	}
	if (!x) {
		error4(r, from, p, ip, WIRE_ICMP4_UNREACH,
		       WIRE_ICMP4_UNREACH_NET, 0);
		WORLD_ROUTER_DROP(r, p, IpInNoRoutes);
		return;
	}
	if (p->len > x->port->wire->mtu && ip->df) {
		error4(r, from, p, ip, WIRE_ICMP4_UNREACH,
		       WIRE_ICMP4_UNREACH_FRAG, (uint16_t)x->port->wire->mtu);
		WORLD_ROUTER_DROP(r, p, IpFragFails);
		return;
	}
	age4(head);
	ip->ttl--;
	r->stats.IpForwDatagrams++;
	if (p->len > x->port->wire->mtu)
		send_fragments(r, x, &dst, p, ip, head);
	else
		transmit(r, x, &dst, p);
}

static void input4(struct world_router *r, struct world_port *from,
		   struct ostia_pkt *p)
{
	const uint8_t *at = pkt_peek(p, 0, WIRE_IP4_HLEN);
	unsigned hlen = at ? (at[0] & 15) * 4u : 0;
	uint8_t *head = hlen >= WIRE_IP4_HLEN ? pkt_edit(p, hlen) : NULL;
	struct ostia_addr dst;
	struct wire_ip4 ip;

	if (!head || wire_ip4_parse(&ip, head, hlen, p->len) < 0 ||
	    wire_ip4_csum(head, hlen)) {
		WORLD_ROUTER_DROP(r, p, IpInHdrErrors);
		return;
	}
	pkt_trim(p, ip.len);
	dst = addr_v4(ip.dst);
	if (world_router_is_mine(r, NULL, &dst))
		local4(r, from, p, &ip);
	else if (addr_is_multicast(&dst) || addr_is_broadcast(&dst) ||
		 addr_is_linklocal(&dst) || addr_is_loopback(&dst) ||
		 addr_is_any(&dst))
		WORLD_ROUTER_DROP(r, p, IpInAddrErrors);
	else
		forward4(r, from, p, &ip, head);
}

/* ---- IPv6 ---- */

/* @p begins with its ICMPv6 message. Takes it. */
static void icmp6(struct world_router *r, struct world_port *from,
		  struct ostia_pkt *p, const struct ostia_addr *src,
		  const struct ostia_addr *dst, uint8_t hops)
{
	uint32_t pseudo =
		csum_pseudo6(src->b, dst->b, WIRE_PROTO_ICMP6, p->len);
	uint8_t *at = pkt_edit(p, WIRE_ICMP_HLEN);

	if (!at || !csum_ok(pkt_csum(p, 0, p->len, pseudo))) {
		WORLD_ROUTER_DROP(r, p, IcmpInErrors);
		return;
	}
	r->stats.IpInDelivers++;
	if (at[0] == WIRE_ICMP6_ECHO && !addr_is_multicast(dst)) {
		at[0] = WIRE_ICMP6_ECHO_REPLY;
		send_icmp6(r, p, dst, src);
		return;
	}
	if ((at[0] == WIRE_ICMP6_NS || at[0] == WIRE_ICMP6_NA) && hops == 255) {
		const uint8_t *msg = pkt_peek(p, 0, p->len);

		if (msg)
			world_resolve_nd(r, from, src, msg, p->len);
	}
	pkt_free(p);
}

static void local6(struct world_router *r, struct world_port *from,
		   struct ostia_pkt *p, const struct wire_ip6 *ip)
{
	struct ostia_addr src = addr_v6(ip->src), dst = addr_v6(ip->dst);
	uint8_t hops = ip->hops;

	if (ip->next == WIRE_PROTO_ICMP6) {
		pkt_trim_front(p, WIRE_IP6_HLEN);
		icmp6(r, from, p, &src, &dst, hops);
		return;
	}
	if (!addr_is_multicast(&dst))
		error6(r, from, p, ip,
		       ip->next == WIRE_PROTO_UDP ? WIRE_ICMP6_UNREACH
						  : WIRE_ICMP6_PARAM,
		       ip->next == WIRE_PROTO_UDP
			       ? (uint8_t)WIRE_ICMP6_UNREACH_PORT
			       : (uint8_t)WIRE_IP6_CODE_NEXT,
		       ip->next == WIRE_PROTO_UDP ? 0 : 6);
	unspoken(r, p, ip->next);
}

static void forward6(struct world_router *r, struct world_port *from,
		     struct ostia_pkt *p, const struct wire_ip6 *ip,
		     uint8_t *head)
{
	struct ostia_addr dst = addr_v6(ip->dst);
	const struct world_router_route *x = find_route(r, &dst);

	if (ip->hops <= 1) {
		error6(r, from, p, ip, WIRE_ICMP6_TIME_EXCEEDED,
		       WIRE_ICMP6_EXC_HOPS, 0);
		WORLD_ROUTER_DROP(r, p, IpInHdrErrors);
		return;
	}
	if (!x) {
		error6(r, from, p, ip, WIRE_ICMP6_UNREACH,
		       WIRE_ICMP6_UNREACH_ROUTE, 0);
		WORLD_ROUTER_DROP(r, p, IpInNoRoutes);
		return;
	}
	if (p->len > x->port->wire->mtu) {
		error6(r, from, p, ip, WIRE_ICMP6_TOO_BIG, 0,
		       x->port->wire->mtu);
		WORLD_ROUTER_DROP(r, p, IpFragFails);
		return;
	}
	head[7]--;
	r->stats.IpForwDatagrams++;
	transmit(r, x, &dst, p);
}

static void input6(struct world_router *r, struct world_port *from,
		   struct ostia_pkt *p)
{
	uint8_t *head = pkt_edit(p, WIRE_IP6_HLEN);
	struct ostia_addr src, dst;
	struct wire_ip6 ip;

	if (!head || wire_ip6_parse(&ip, head, WIRE_IP6_HLEN, p->len) < 0) {
		WORLD_ROUTER_DROP(r, p, IpInHdrErrors);
		return;
	}
	pkt_trim(p, WIRE_IP6_HLEN + (uint32_t)ip.plen);
	src = addr_v6(ip.src);
	dst = addr_v6(ip.dst);
	if (world_router_is_mine(r, NULL, &dst) || addr_is_multicast(&dst))
		local6(r, from, p, &ip);
	else if (addr_is_linklocal(&dst) || addr_is_linklocal(&src) ||
		 addr_is_loopback(&dst) || addr_is_any(&dst) ||
		 addr_is_v4(&dst) || addr_is_any(&src))
		WORLD_ROUTER_DROP(r, p, IpInAddrErrors);
	else
		forward6(r, from, p, &ip, head);
}

/* ---- in ---- */

static void input_ip(struct world_router *r, struct world_port *from,
		     struct ostia_pkt *p)
{
	const uint8_t *at = pkt_peek(p, 0, 1);

	r->stats.IpInReceives++;
	if (at && at[0] >> 4 == 4)
		input4(r, from, p);
	else if (at && at[0] >> 4 == 6)
		input6(r, from, p);
	else
		WORLD_ROUTER_DROP(r, p, IpInHdrErrors);
}

static void input_frame(struct world_router *r, struct world_port *from,
			struct ostia_pkt *p)
{
	const uint8_t *at = pkt_peek(p, 0, WIRE_ETH_HLEN);
	struct wire_eth eth;

	if (!at || wire_eth_parse(&eth, at, WIRE_ETH_HLEN) != WIRE_ETH_HLEN) {
		WORLD_ROUTER_DROP_FRAME(r, p, LinkInErrors);
		return;
	}
	if (!wire_eth_is_group(eth.dst) && memcmp(eth.dst, from->mac, 6)) {
		pkt_free(p); /* flooded by a switch */
		return;
	}
	pkt_trim_front(p, WIRE_ETH_HLEN);
	switch (eth.type) {
	case WIRE_ETH_ARP:
		world_resolve_arp(r, from, p);
		pkt_free(p);
		break;
	case WIRE_ETH_IP4:
	case WIRE_ETH_IP6:
		input_ip(r, from, p);
		break;
	default:
		WORLD_ROUTER_DROP(r, p, LinkInUnknown);
		break;
	}
}

static void process(struct ostia_node *n)
{
	struct world_router *r = router_of(n);

	world_resolve_expire(r, now_of(r));
	list_each (node, &n->ports) {
		struct world_port *port =
			list_entry(node, struct world_port, node_ports);
		struct ostia_pkt *p = port->in, *next;

		port->in = NULL;
		port->in_tail = &port->in;
		for (; p; p = next) {
			next = p->next;
			p->next = NULL;
			if (port->wire->type == OSTIA_LINK_ETHERNET)
				input_frame(r, port, p);
			else
				input_ip(r, port, p);
		}
	}
}

/* An IP packet of somebody's that waited in vain for its neighbour. The error
 * comes from where its sender is.
 */
void world_router_unreachable(struct world_router *r, struct ostia_pkt *p)
{
	uint8_t *head = pkt_edit(
		p, p->len < WIRE_IP4_MAX_HLEN ? p->len : WIRE_IP4_MAX_HLEN);
	const struct world_router_route *back;
	struct ostia_addr src;
	struct wire_ip4 ip4;
	struct wire_ip6 ip6;

	if (head && wire_ip4_parse(&ip4, head, p->hlen, p->len) > 0) {
		src = addr_v4(ip4.src);
		back = find_route(r, &src);
		if (back && !world_router_is_mine(r, NULL, &src))
			error4(r, back->port, p, &ip4, WIRE_ICMP4_UNREACH,
			       WIRE_ICMP4_UNREACH_HOST, 0);
	} else if (head && wire_ip6_parse(&ip6, head, p->hlen, p->len) > 0) {
		src = addr_v6(ip6.src);
		back = find_route(r, &src);
		if (back && !world_router_is_mine(r, NULL, &src))
			error6(r, back->port, p, &ip6, WIRE_ICMP6_UNREACH,
			       WIRE_ICMP6_UNREACH_ADDR, 0);
	}
	world_router_drop(r, p, 0, "NeighUnreachable");
}

/* ---- beginning and end ---- */

static int attach(struct ostia_node *n, struct world_port *port)
{
	(void)n;
	(void)port;
	return 0;
}

static const char *counter(const struct ostia_node *n, unsigned i,
			   uint64_t *value)
{
	const struct world_router *r =
		(const struct world_router *)(const void *)n;

	if (i >= STATS_COUNT)
		return NULL;
	*value = stats_value(&r->stats, i);
	return stats_row(i)->name;
}

static void router_free(struct ostia_node *n)
{
	struct world_router *r = router_of(n);

	world_node_fini(n);
	for (uint32_t i = 0; i < r->nneighs; i++)
		pktq_drain(&r->neighs[i].waiting);
	free(r->neighs);
	free(r->routes);
	free(r);
}

static const struct world_node_ops router_ops = {
	.attach = attach,
	.process = process,
	.addr = addr,
	.route = route,
	.counter = counter,
	.free = router_free,
};

int ostia_router_new(struct ostia_world *w, const char *name,
		     struct ostia_node **out)
{
	struct world_router *r = world_zalloc(w, sizeof(*r));
	int err = -ENOMEM;

	if (!r)
		return err;
	r->routes = world_zalloc(w, WORLD_ROUTER_ROUTES * sizeof(*r->routes));
	r->neighs = world_zalloc(w, WORLD_ROUTER_NEIGHS * sizeof(*r->neighs));
	if (r->routes && r->neighs)
		err = world_node_init(&r->node, w, WORLD_ROUTER, &router_ops,
				      name);
	if (err) {
		free(r->neighs);
		free(r->routes);
		free(r);
		return err;
	}
	bucket_init(&r->errors, ERROR_RATE, ERROR_BURST, w->now);
	*out = &r->node;
	return 0;
}
