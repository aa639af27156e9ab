/* SPDX-License-Identifier: MIT */
#include "ip/hdropts.h"

#include "ip/addrs.h"
#include "ip/select.h"
#include "ip/state.h"
#include "wire/exthdr.h"
#include "wire/ip6.h"

#include <errno.h>

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	/* Ethernet, IPv6, and a fragment header that may come to it */
	OTHERS = 14 + WIRE_IP6_HLEN + WIRE_IP6_FRAG_HLEN,
};

/* RFC 3542 9: options for all that a routing header names need one. */
static const uint8_t *ext_of(const struct hdropts *o, enum hdropts_ext which)
{
	if (which == HDROPTS_BEFORE && !o->ext[HDROPTS_ROUTING])
		return NULL;
	return o->ext[which];
}

static uint32_t ext_len(const struct hdropts *o)
{
	uint32_t n = 0;

	for (int i = 0; i < HDROPTS_EXTS; i++) {
		const uint8_t *h = ext_of(o, (enum hdropts_ext)i);

		n += h ? wire_exthdr_len(h) : 0;
	}
	return n;
}

uint32_t hdropts_len(const struct hdropts *o, bool v4)
{
	if (!o)
		return 0;
	return v4 ? o->v4.len : ext_len(o);
}

const struct ostia_addr *hdropts_first(const struct hdropts *o,
				       const struct ostia_addr *dst,
				       struct ostia_addr *room)
{
	if (o && addr_is_v4(dst) && o->v4.srr) {
		*room = addr_v4(o->v4.first);
		return room;
	}
	if (o && !addr_is_v4(dst) && o->ext[HDROPTS_ROUTING]) {
		*room = addr_v6(wire_exthdr_first(o->ext[HDROPTS_ROUTING]));
		return room;
	}
	return dst;
}

bool hdropts_is_strict(const struct hdropts *o, const struct ostia_addr *dst)
{
	return o && addr_is_v4(dst) && o->v4.srr && o->v4.strict;
}

static const uint8_t numbers[HDROPTS_EXTS] = {
	[HDROPTS_HOP] = WIRE_PROTO_HOPOPTS,
	[HDROPTS_BEFORE] = WIRE_PROTO_DSTOPTS,
	[HDROPTS_ROUTING] = WIRE_PROTO_ROUTING,
	[HDROPTS_DST] = WIRE_PROTO_DSTOPTS,
};

int hdropts_push6(struct ostia_pkt *p, const struct hdropts *o,
		  const struct ostia_addr *final, uint8_t *proto)
{
	uint32_t n = ext_len(o);
	int err;

	if (n > HDROPTS_EXT_MAX)
		return -EMSGSIZE;
	err = pkt_headroom(p, n + OTHERS, p->data);
	if (err)
		return err;
	for (int i = HDROPTS_EXTS - 1; i >= 0; i--) {
		const uint8_t *h = ext_of(o, (enum hdropts_ext)i);

		if (!h)
			continue;
		wire_exthdr_emit(pkt_push(p, wire_exthdr_len(h)), h, *proto,
				 i == HDROPTS_ROUTING ? final->b : NULL);
		*proto = numbers[i];
	}
	return 0;
}

static uint32_t ms_of_day(ostia_time t)
{
	return (uint32_t)(t / OSTIA_MS % DAY_MS);
}

unsigned hdropts_put4(struct ip *ip, const struct hdropts *o, uint8_t *out,
		      const struct ostia_addr *src,
		      const struct ostia_addr *final)
{
	wire_ip4opts_put(&o->v4, out, src->b + 12, final->b + 12,
			 ms_of_day(ip->trace->now));
	return o->v4.len;
}

/* Whom a prespecified stamp waits for: not somebody else. */
static bool is_others(struct ip *ip, const uint8_t *b)
{
	struct ostia_addr a = addr_v4(b);

	return !addr_is_any(&a) && !addr_is_multicast(&a) &&
	       !addr_is_broadcast(&a) && !addrs_is_ours(ip, &a, 0);
}

int hdropts_set4(struct ip *ip, struct hdropts *o, const uint8_t *p, size_t n)
{
	struct wire_ip4opts made;
	int err = wire_ip4opts_compile(&made, p, n);

	if (err)
		return err;
	if (made.asks && !is_others(ip, made.bytes + made.asks - 1))
		wire_ip4opts_claim(&made);
	o->v4 = made;
	return 0;
}

static void drop_ext(struct ip *ip, struct hdropts *o, int which)
{
	uint8_t *h = (uint8_t *)(uintptr_t)o->ext[which];

	if (h)
		env_free(ip->env, h, wire_exthdr_len(h));
	o->ext[which] = NULL;
}

int hdropts_set_ext(struct ip *ip, struct hdropts *o, enum hdropts_ext which,
		    const uint8_t *p, size_t n)
{
	uint8_t *copy = NULL;

	if (n) {
		n = wire_exthdr_len(p);
		copy = env_alloc(ip->env, n);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, p, n);
	}
	drop_ext(ip, o, which);
	o->ext[which] = copy;
	return 0;
}

/* --- what came ----------------------------------------------------------- */

/* The IPv4 header, if it has options. Return: its length, or 0. */
static uint32_t header4(const struct ostia_pkt *p, uint8_t *h)
{
	uint32_t hlen;

	if (!addr_is_v4(&p->dst) || p->l4 < p->l3 + WIRE_IP4_HLEN + 4 ||
	    pkt_copy_out(p, p->l3, h, WIRE_IP4_MAX_HLEN) < WIRE_IP4_HLEN + 4)
		return 0;
	hlen = (h[0] & 15) * 4u;
	return hlen == (uint32_t)p->l4 - p->l3 ? hlen : 0;
}

struct ostia_addr hdropts_us4(struct ip *ip, const struct ostia_pkt *p)
{
	const struct ostia_addr *us;

	if (!addr_is_multicast(&p->dst) && !addr_is_broadcast(&p->dst) &&
	    !addrs_is_directed(ip, &p->dst))
		return p->dst;
	us = p->link ? select_source(ip, p->link, &p->src, &p->src, 0) : NULL;
	return us ? *us : addr_any(false);
}

unsigned hdropts_seen4(struct ip *ip, const struct ostia_pkt *p, uint8_t *out)
{
	uint8_t h[WIRE_IP4_MAX_HLEN];
	uint32_t hlen = header4(p, h);
	struct ostia_addr us;

	if (!hlen)
		return 0;
	us = hdropts_us4(ip, p);
	return (unsigned)wire_ip4opts_seen(out, h, hlen, us.b + 12,
					   ms_of_day(p->when));
}

bool hdropts_echo(const struct ostia_pkt *p, const struct ostia_addr *us,
		  struct hdropts *o)
{
	uint8_t h[WIRE_IP4_MAX_HLEN];
	uint32_t hlen = header4(p, h);

	if (!hlen)
		return false;
	*o = (struct hdropts) { 0 };
	return !wire_ip4opts_echo(&o->v4, h, hlen, us->b + 12,
				  ms_of_day(p->when)) &&
	       o->v4.len;
}

/* --- of a socket --------------------------------------------------------- */

struct hdropts *hdropts_new(struct ip *ip)
{
	return env_zalloc(ip->env, sizeof(struct hdropts));
}

struct hdropts *hdropts_dup(struct ip *ip, const struct hdropts *o)
{
	struct hdropts *n = hdropts_new(ip);

	for (int i = 0; n && i < HDROPTS_EXTS; i++) {
		if (!o->ext[i] ||
		    !hdropts_set_ext(ip, n, (enum hdropts_ext)i, o->ext[i], 1))
			continue;
		hdropts_free(ip, n);
		n = NULL;
	}
	if (n)
		n->v4 = o->v4;
	return n;
}

void hdropts_free(struct ip *ip, struct hdropts *o)
{
	for (int i = 0; o && i < HDROPTS_EXTS; i++)
		drop_ext(ip, o, i);
	env_free(ip->env, o, sizeof(*o));
}
