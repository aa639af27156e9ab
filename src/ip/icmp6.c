/* SPDX-License-Identifier: MIT */
/*
 * ip/icmp6.c - ICMP input, IPv6 (RFC 4443, RFC 8201, RFC 5927)
 */
#include "wire/icmp6.h"
#include "base/csum.h"
#include "ip/addrs.h"
#include "ip/icmp.h"
#include "ip/mcast.h"
#include "ip/nd.h"
#include "ip/state.h"
#include "wire/icmp4.h"
#include "wire/ip6.h"
#include "wire/quote.h"

#include <errno.h>

enum { QUOTE_LOOK = 232 }; /* IPv6, extension headers, 20 bytes more */

struct meaning {
	int err;
	bool hard;
};

/* Linux's tab_unreach[], by code. */
static const struct meaning unreach[] = {
	{ ENETUNREACH, false }, /* no route */
	{ EACCES, true }, /* prohibited */
	{ EHOSTUNREACH, false }, /* beyond scope */
	{ EHOSTUNREACH, false }, /* address */
	{ ECONNREFUSED, true }, /* port */
	{ EACCES, true }, /* source failed policy */
	{ EACCES, true }, /* route rejected */
};

enum { UNREACHS = sizeof(unreach) / sizeof(unreach[0]) };

/* Later codes; Linux. */
static const struct meaning unknown = { EPROTO, true };

static bool means(const struct wire_icmp6 *f, const struct wire_quote *q,
		  struct ip_error *e)
{
	struct meaning meaning;

	switch (f->type) {
	case WIRE_ICMP6_UNREACH:
		meaning = f->code < UNREACHS ? unreach[f->code] : unknown;
		e->err = meaning.err;
		e->hard = meaning.hard;
		return true;
	case WIRE_ICMP6_TOO_BIG:
		e->err = EMSGSIZE;
		e->mtu = e->info = f->mtu;
		/* RFC 8201 4: less than 1280 is discarded */
		return f->mtu >= WIRE_IP6_MIN_MTU && f->mtu < q->len;
	case WIRE_ICMP6_TIME_EXCEEDED:
		e->err = EHOSTUNREACH;
		return true;
	case WIRE_ICMP6_PARAM:
		e->err = EPROTO;
		e->hard = true;
		e->info = f->pointer;
		return true;
	default:
		return false;
	}
}

static void count_error(struct ip *ip, uint8_t type)
{
	if (type == WIRE_ICMP6_UNREACH)
		ip->stats->IcmpInDestUnreachs++;
	else if (type == WIRE_ICMP6_TOO_BIG)
		ip->stats->IcmpInPktTooBigs++;
	else if (type == WIRE_ICMP6_TIME_EXCEEDED)
		ip->stats->IcmpInTimeExcds++;
	else if (type == WIRE_ICMP6_PARAM)
		ip->stats->IcmpInParmProbs++;
}

static enum verdict rx_error(struct ip *ip, struct ostia_pkt *p,
			     const struct wire_icmp6 *f)
{
	uint32_t n = f->quote_len < QUOTE_LOOK ? (uint32_t)f->quote_len
					       : (uint32_t)QUOTE_LOOK;
	const uint8_t *h = pkt_peek(p, icmp_quote_at(p), n);
	struct ip_error e = { .type = f->type,
			      .code = f->code,
			      .told_len = f->told_len };
	struct wire_quote q;
	int hlen;

	count_error(ip, f->type);
	if (!h || (hlen = wire_quote_ip6(&q, h, n)) < 0)
		return IP_DROP(ip, IcmpInErrors);
	e.flow.local = addr_v6(q.src);
	e.flow.remote = addr_v6(q.dst);
	/* Ours, and told to us: RFC 5927 4. */
	if (!q.l4 || !addr_eq(&e.flow.local, &p->dst) || !means(f, &q, &e))
		return IP_DROP(ip, IcmpInStale);
	if (addrs_scoped(&e.flow.local) || addrs_scoped(&e.flow.remote))
		e.flow.zone = p->zone ? p->zone : p->link->index;
	return icmp_tell(ip, p, &q, (uint32_t)hlen, &e);
}

static enum verdict rx_echo(struct ip *ip, struct ostia_pkt *p,
			    const struct wire_icmp6 *f, ostia_time now)
{
	const struct wire_icmp6 reply = { .type = WIRE_ICMP6_ECHO_REPLY,
					  .id = f->id,
					  .seq = f->seq };
	bool group = addr_is_multicast(&p->dst);
	uint8_t h[WIRE_ICMP_HLEN];

	ip->stats->IcmpInEchos++;
	if (ip->set.echo6_ignore_all || (group && ip->set.echo6_ignore_mcast) ||
	    addr_is_any(&p->src))
		return IP_DROP(ip, IcmpInStale);
	wire_icmp6_emit(h, WIRE_ICMP_HLEN, &reply);
	return icmp_echo_reply(ip, p, h, now);
}

static bool csum_wrong(const struct ostia_pkt *p)
{
	uint32_t n = p->len - p->l4;

	return p->csum == OSTIA_CSUM_NONE &&
	       !(p->link->caps & OSTIA_LINK_NOCSUM) &&
	       !csum_ok(pkt_csum(p, p->l4, n,
				 csum_pseudo6(p->src.b, p->dst.b,
					      WIRE_PROTO_ICMP6, n)));
}

enum verdict icmp6_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	const uint8_t *h = pkt_peek(p, p->l4, WIRE_ICMP_HLEN);
	struct wire_icmp6 f;

	ip->stats->IcmpInMsgs++;
	if (!h || wire_icmp6_parse(&f, h, p->len - p->l4) < 0)
		return IP_DROP(ip, IcmpInErrors);
	if (csum_wrong(p)) {
		ip->stats->IcmpInErrors++;
		return IP_DROP(ip, IcmpInCsumErrors);
	}
	if (f.is_error)
		return rx_error(ip, p, &f);
	switch (f.type) {
	case WIRE_ICMP6_ECHO:
		return rx_echo(ip, p, &f, now);
	case WIRE_ICMP6_ECHO_REPLY:
		ip->stats->IcmpInEchoReps++;
		p->data = (uint16_t)(p->l4 + WIRE_ICMP_HLEN);
		return VERDICT_DELIVER;
	case WIRE_ICMP6_MLD_QUERY:
	case WIRE_ICMP6_MLD_REPORT:
		return mcast_rx6(ip, p, now);
	case WIRE_ICMP6_RA:
	case WIRE_ICMP6_NS:
	case WIRE_ICMP6_NA:
	case WIRE_ICMP6_REDIRECT:
		return nd_rx(ip, p, now);
	default: /* routers' and groups' affairs, and unknown ones */
		pkt_free(p);
		return VERDICT_HELD;
	}
}
