/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct in6_pktinfo */
#include "api/hdropts.h"

#include "ip/hdropts.h"
#include "sock/hdropts.h"
#include "wire/exthdr.h"
#include "wire/ip6.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "sock/optnames.h" /* after the system's own */

/*
 * --- out -----------------------------------------------------------------
 */

int api_hdropts_take(struct sock *s, const struct cmsghdr *h,
		     struct sock_out *m, struct hdropts *room)
{
	const uint8_t *data = CMSG_DATA(h);
	size_t n = h->cmsg_len - CMSG_LEN(0);

	if (!m->opts) {
		*room = (struct hdropts) { 0 };
		m->opts = room;
	}
	if (h->cmsg_level == IPPROTO_IPV6)
		return sock_hdropts_message6(room, h->cmsg_type, data, n);
	if (h->cmsg_type == IP_RETOPTS)
		return sock_hdropts_message4(s, room, data, n);
	return -EINVAL;
}

/*
 * --- in ------------------------------------------------------------------
 */

/* The extension headers of a packet that input has walked once: each is whole.
 * @n: of the chain, from the IPv6 header on.
 */
struct chain {
	const uint8_t *p;
	uint32_t n, at;
	uint8_t next;
};

static bool chain_begin(struct chain *c, const struct dgram_from *from)
{
	struct ostia_pkt *p = from->pkt;

	*c = (struct chain) { .at = WIRE_IP6_HLEN };
	if (!p || addr_is_v4(&from->dst) || p->l4 <= p->l3 + WIRE_IP6_HLEN)
		return false;
	c->n = (uint32_t)p->l4 - p->l3;
	c->p = pkt_peek(p, p->l3, c->n);
	if (c->p)
		c->next = c->p[6];
	return c->p;
}

/* Return: the next header of options or routing, its number in *@proto. */
static const uint8_t *chain_next(struct chain *c, uint8_t *proto)
{
	while (c->n - c->at >= WIRE_EXTHDR_MIN) {
		const uint8_t *h = c->p + c->at;
		uint32_t len = c->next == WIRE_PROTO_FRAGMENT
				       ? (uint32_t)WIRE_IP6_FRAG_HLEN
				       : wire_exthdr_len(h);

		if (len > c->n - c->at)
			return NULL;
		*proto = c->next;
		c->next = h[0];
		c->at += len;
		if (*proto != WIRE_PROTO_FRAGMENT)
			return h;
	}
	return NULL;
}

static void put(struct control_room *r, int name, const uint8_t *h)
{
	api_msg_put(r, IPPROTO_IPV6, name, h, wire_exthdr_len(h));
}

void api_hdropts_put6(struct control_room *r, const struct sock *s,
		      const struct dgram_from *from)
{
	bool hop = sock_kept_is(s, SOCK_KEPT_HOPOPTS);
	bool dst = sock_kept_is(s, SOCK_KEPT_DSTOPTS);
	bool routing = sock_kept_is(s, SOCK_KEPT_RTHDR);
	const uint8_t *h;
	struct chain c;
	uint8_t proto;

	if (!chain_begin(&c, from))
		return;
	while ((h = chain_next(&c, &proto))) {
		if (proto == WIRE_PROTO_HOPOPTS && hop)
			put(r, IPV6_HOPOPTS, h);
		else if (proto == WIRE_PROTO_DSTOPTS && dst)
			put(r, IPV6_DSTOPTS, h);
		else if (proto == WIRE_PROTO_ROUTING && routing)
			put(r, IPV6_RTHDR, h);
	}
}

/* One of each, as RFC 2292 knows them: the last options before a routing
 * header, and the last behind it.
 */
struct found {
	const uint8_t *hop, *before, *routing, *dst;
};

static struct found find(const struct dgram_from *from)
{
	struct found f = { 0 };
	const uint8_t *h;
	struct chain c;
	uint8_t proto;

	if (!chain_begin(&c, from))
		return f;
	while ((h = chain_next(&c, &proto))) {
		if (proto == WIRE_PROTO_HOPOPTS) {
			f.hop = h;
		} else if (proto == WIRE_PROTO_DSTOPTS) {
			f.dst = h;
		} else if (proto == WIRE_PROTO_ROUTING) {
			f.routing = h;
			f.before = f.dst;
			f.dst = NULL;
		}
	}
	return f;
}

void api_hdropts_put2292(struct control_room *r, const struct sock *s,
			 const struct dgram_from *from)
{
	struct in6_pktinfo info = { .ipi6_ifindex = from->link_index };
	struct found f = find(from);
	int hops = from->ttl;

	if (sock_kept_is(s, SOCK_KEPT_2292PKTINFO)) {
		memcpy(&info.ipi6_addr, &from->dst, sizeof(info.ipi6_addr));
		api_msg_put(r, IPPROTO_IPV6, IPV6_2292PKTINFO, &info,
			    sizeof(info));
	}
	if (sock_kept_is(s, SOCK_KEPT_2292HOPLIMIT))
		api_msg_put(r, IPPROTO_IPV6, IPV6_2292HOPLIMIT, &hops,
			    sizeof(hops));
	if (f.hop && sock_kept_is(s, SOCK_KEPT_2292HOPOPTS))
		put(r, IPV6_2292HOPOPTS, f.hop);
	if (f.before && sock_kept_is(s, SOCK_KEPT_2292DSTOPTS))
		put(r, IPV6_2292DSTOPTS, f.before);
	if (f.routing && sock_kept_is(s, SOCK_KEPT_2292RTHDR))
		put(r, IPV6_2292RTHDR, f.routing);
	if (f.dst && sock_kept_is(s, SOCK_KEPT_2292DSTOPTS))
		put(r, IPV6_2292DSTOPTS, f.dst);
}

void api_hdropts_put4(struct control_room *r, const struct sock *s,
		      const struct dgram_from *from)
{
	struct ip *ip = s->socks->ip;
	uint8_t out[WIRE_IP4_MAX_OPTS];
	struct ostia_addr us;
	struct hdropts echo;
	unsigned n;

	n = from->pkt ? hdropts_seen4(ip, from->pkt, out) : 0;
	if (!n)
		return;
	if (sock_kept_is(s, SOCK_KEPT_RECVOPTS))
		api_msg_put(r, IPPROTO_IP, IP_RECVOPTS, out, n);
	if (!sock_kept_is(s, SOCK_KEPT_RETOPTS))
		return;
	us = hdropts_us4(ip, from->pkt);
	(void)hdropts_echo(from->pkt, &us, &echo);
	wire_ip4opts_undo(&echo.v4, out);
	api_msg_put(r, IPPROTO_IP, IP_RETOPTS, out, echo.v4.len);
}

void api_hdropts_done(struct sock_in *m)
{
	if (m->keep && m->has_from && m->from.pkt && !(m->flags & MSG_PEEK))
		pkt_free(m->from.pkt);
}
