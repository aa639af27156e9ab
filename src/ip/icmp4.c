/* SPDX-License-Identifier: MIT */
/*
 * ip/icmp4.c - ICMP input, IPv4 (RFC 792, RFC 1122 3.2.2, RFC 1191, RFC 5927)
 */
#include "wire/icmp4.h"
#include "ip/addrs.h"
#include "ip/icmp.h"
#include "ip/redirect.h"
#include "ip/state.h"
#include "wire/be.h"
#include "wire/ip4.h"
#include "wire/quote.h"

#include "base/csum.h"

#include <errno.h>

enum { QUOTE_LOOK = 96 }; /* IP header with options, and 20 bytes more */

struct meaning {
	int err;
	bool hard;
};

/* Linux's icmp_err_convert[], by code of destination unreachable. */
static const struct meaning unreach[] = {
	{ ENETUNREACH, false }, /* net */
	{ EHOSTUNREACH, false }, /* host */
	{ ENOPROTOOPT, true }, /* protocol */
	{ ECONNREFUSED, true }, /* port */
	{ EMSGSIZE, false }, /* fragmentation needed */
	{ EOPNOTSUPP, false }, /* source route failed */
	{ ENETUNREACH, true }, /* net unknown */
	{ EHOSTDOWN, true }, /* host unknown */
	{ ENONET, true }, /* source isolated */
	{ ENETUNREACH, true }, /* net prohibited */
	{ EHOSTUNREACH, true }, /* host prohibited */
	{ ENETUNREACH, false }, /* net, for this service */
	{ EHOSTUNREACH, false }, /* host, for this service */
	{ EHOSTUNREACH, true }, /* filtered */
	{ EHOSTUNREACH, true }, /* precedence violation */
	{ EHOSTUNREACH, true }, /* precedence cutoff */
};

/* RFC 1191 7: where no next-hop MTU is given, the next smaller usual one. */
static uint32_t plateau_below(uint32_t len)
{
	static const uint16_t usual[] = { 65535, 32000, 17914, 8166, 4352, 2002,
					  1492,	 1006,	508,   296,  68 };

	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (usual[i] < len)
			return usual[i];
	return 0;
}

/* Fills err, hard, mtu, info. Return: false: says nothing that matters. */
static bool means(const struct wire_icmp4 *f, const struct wire_quote *q,
		  struct ip_error *e)
{
	switch (f->type) {
	case WIRE_ICMP4_UNREACH:
		if (f->code >= sizeof(unreach) / sizeof(unreach[0]))
			return false;
		e->err = unreach[f->code].err;
		e->hard = unreach[f->code].hard;
		break;
	case WIRE_ICMP4_TIME_EXCEEDED:
		if (f->code != WIRE_ICMP4_EXC_TTL) /* Linux tells nobody */
			return false;
		e->err = EHOSTUNREACH;
		break;
	case WIRE_ICMP4_PARAM:
		e->err = EPROTO;
		e->hard = true;
		e->info = f->pointer;
		break;
	default: /* quench (RFC 6633) */
		return false;
	}
	if (f->type == WIRE_ICMP4_UNREACH &&
	    f->code == WIRE_ICMP4_UNREACH_FRAG) {
		e->mtu = f->mtu ? f->mtu : plateau_below(q->len);
		e->info = e->mtu;
		/* RFC 1191 3, RFC 5927 7.2: it must be smaller than what we
		 * sent, and no smaller than IPv4 allows
		 */
		return e->mtu >= 68 && e->mtu < q->len;
	}
	return true;
}

static void count_error(struct ip *ip, uint8_t type, uint8_t code)
{
	if (type == WIRE_ICMP4_UNREACH) {
		ip->stats->IcmpInDestUnreachs++;
		if (code == WIRE_ICMP4_UNREACH_FRAG)
			ip->stats->IcmpInPktTooBigs++;
	} else if (type == WIRE_ICMP4_TIME_EXCEEDED) {
		ip->stats->IcmpInTimeExcds++;
	} else if (type == WIRE_ICMP4_PARAM) {
		ip->stats->IcmpInParmProbs++;
	} else if (type == WIRE_ICMP4_REDIRECT) {
		ip->stats->IcmpInRedirects++;
	}
}

static enum verdict rx_error(struct ip *ip, struct ostia_pkt *p,
			     const struct wire_icmp4 *f, ostia_time now)
{
	uint32_t n = f->quote_len < QUOTE_LOOK ? (uint32_t)f->quote_len
					       : (uint32_t)QUOTE_LOOK;
	const uint8_t *h = pkt_peek(p, icmp_quote_at(p), n);
	struct ip_error e = { .type = f->type,
			      .code = f->code,
			      .told_len = f->told_len };
	struct wire_quote q;
	int hlen;

	count_error(ip, f->type, f->code);
	if (!h || (hlen = wire_quote_ip4(&q, h, n)) < 0)
		return IP_DROP(ip, IcmpInErrors);
	e.flow.local = addr_v4(q.src);
	e.flow.remote = addr_v4(q.dst);
	if (f->type == WIRE_ICMP4_REDIRECT) {
		if (!redirect_rx4(ip, p, f, &q, now)) {
			ip->why = "RedirectsRefused";
			return VERDICT_DROP;
		}
		pkt_free(p);
		return VERDICT_HELD;
	}
	/* Ours, and told to us: RFC 5927 4. */
	if (!q.l4 || !addr_eq(&e.flow.local, &p->dst) || !means(f, &q, &e))
		return IP_DROP(ip, IcmpInStale);
	return icmp_tell(ip, p, &q, (uint32_t)hlen, &e);
}

static enum verdict rx_echo(struct ip *ip, struct ostia_pkt *p,
			    const struct wire_icmp4 *f, ostia_time now)
{
	const struct wire_icmp4 reply = { .type = WIRE_ICMP4_ECHO_REPLY,
					  .id = f->id,
					  .seq = f->seq };
	bool group = p->flags & PKT_BROADCAST;
	uint8_t h[WIRE_ICMP_HLEN];

	ip->stats->IcmpInEchos++;
	if (ip->set.echo_ignore_all || (group && ip->set.echo_ignore_bcast) ||
	    addr_is_any(&p->src))
		return IP_DROP(ip, IcmpInStale);
	wire_icmp4_emit(h, WIRE_ICMP_HLEN, &reply);
	return icmp_echo_reply(ip, p, h, now);
}

/* RFC 792: a clock that does not know midnight says so with the first bit. As
 * Linux, not to many unless echo requests are answered to them.
 */
static enum verdict rx_timestamp(struct ip *ip, struct ostia_pkt *p,
				 const struct wire_icmp4 *f, ostia_time now)
{
	const struct wire_icmp4 reply = { .type = WIRE_ICMP4_TIMESTAMP_REPLY,
					  .id = f->id,
					  .seq = f->seq };
	uint32_t ms = (uint32_t)(now / NS_PER_MS) | 1u << 31;
	uint8_t m[WIRE_ICMP_HLEN + 3 * 4];
	struct ostia_pkt *q;

	if ((p->flags & PKT_BROADCAST && ip->set.echo_ignore_bcast) ||
	    addr_is_any(&p->src))
		return IP_DROP(ip, IcmpInStale);
	if (pkt_copy_out(p, p->l4, m, sizeof(m)) < sizeof(m))
		return IP_DROP(ip, IcmpInErrors);
	q = pkt_new(ip->pool);
	if (!q)
		return IP_DROP(ip, IcmpOutErrors);
	wire_icmp4_emit(m, WIRE_ICMP_HLEN, &reply);
	wire_be_put32(m + 12, ms);
	wire_be_put32(m + 16, ms);
	if (pkt_append_copy(q, m, sizeof(m))) {
		pkt_free(q);
		return IP_DROP(ip, IcmpOutErrors);
	}
	if (icmp_send(ip, p, q, p->tos, now) == 0)
		ip->stats->IcmpOutMsgs++;
	pkt_free(p);
	return VERDICT_HELD;
}

static bool csum_wrong(const struct ostia_pkt *p)
{
	return p->csum == OSTIA_CSUM_NONE &&
	       !(p->link->caps & OSTIA_LINK_NOCSUM) &&
	       !csum_ok(pkt_csum(p, p->l4, p->len - p->l4, 0));
}

enum verdict icmp4_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	const uint8_t *h = pkt_peek(p, p->l4, WIRE_ICMP_HLEN);
	struct wire_icmp4 f;

	ip->stats->IcmpInMsgs++;
	if (!h || wire_icmp4_parse(&f, h, p->len - p->l4) < 0)
		return IP_DROP(ip, IcmpInErrors);
	if (csum_wrong(p)) {
		ip->stats->IcmpInErrors++;
		return IP_DROP(ip, IcmpInCsumErrors);
	}
	if (f.is_error)
		return rx_error(ip, p, &f, now);
	switch (f.type) {
	case WIRE_ICMP4_ECHO:
		return rx_echo(ip, p, &f, now);
	case WIRE_ICMP4_TIMESTAMP:
		return rx_timestamp(ip, p, &f, now);
	case WIRE_ICMP4_ECHO_REPLY:
	case WIRE_ICMP4_TIMESTAMP_REPLY:
		ip->stats->IcmpInEchoReps += f.type == WIRE_ICMP4_ECHO_REPLY;
		p->data = (uint16_t)(p->l4 + WIRE_ICMP_HLEN);
		return VERDICT_DELIVER;
	default: /* RFC 1122 3.2.2: an unknown type is dropped silently */
		pkt_free(p);
		return VERDICT_HELD;
	}
}
