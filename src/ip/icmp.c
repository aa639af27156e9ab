/* SPDX-License-Identifier: MIT */
/*
 * ip/icmp.c - what both families' ICMP have in common: limits, errors out
 */
#include "ip/icmp.h"

#include "ip/out.h"
#include "ip/path.h"
#include "ip/state.h"
#include "wire/be.h"
#include "wire/csum.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/quote.h"

enum {
	QUOTE4_MAX =
		576 - WIRE_IP4_HLEN - WIRE_ICMP_HLEN, /* RFC 1812 4.3.2.3 */
	QUOTE6_MAX = WIRE_IP6_MIN_MTU - WIRE_IP6_HLEN - WIRE_ICMP_HLEN,
	LOOK4 = 96, /* bytes that tell an error from anything else */
	LOOK6 = 256,
	TOS_CONTROL = 0xc0, /* precedence of errors, RFC 1812 4.3.2.5 */
	CREDIT_FULL = 1 << 30,
};

enum verdict icmp_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now)
{
	return p->proto == WIRE_PROTO_ICMP4 ? icmp4_rx(ip, p, now)
					    : icmp6_rx(ip, p, now);
}

enum verdict icmp_tell(struct ip *ip, struct ostia_pkt *p,
		       const struct wire_quote *q, uint32_t hlen,
		       struct ip_error *e)
{
	e->flow.lport = q->sport;
	e->flow.rport = q->has_echo ? 0 : q->dport;
	e->has_ports = q->has_ports || q->has_echo;
	e->has_seq = q->has_seq;
	e->seq = q->seq;
	e->proto = q->proto;
	e->offender = p->src;
	e->quote = p;
	e->quote_off = icmp_quote_at(p) + hlen;
	ip_error_push(ip, e);
	return VERDICT_HELD;
}

enum verdict icmp_echo_reply(struct ip *ip, struct ostia_pkt *p,
			     const uint8_t head[8], ostia_time now)
{
	uint32_t data = icmp_quote_at(p);
	struct ostia_pkt *m = pkt_clone_range(p, data, p->len - data);
	uint8_t *at = m ? pkt_push(m, WIRE_ICMP_HLEN) : NULL;

	if (!at) {
		if (m)
			pkt_free(m);
		return IP_DROP(ip, IcmpOutErrors);
	}
	memcpy(at, head, WIRE_ICMP_HLEN);
	if (icmp_send(ip, p, m, p->tos, now) == 0) {
		ip->stats->IcmpOutMsgs++;
		ip->stats->IcmpOutEchoReps++;
	}
	pkt_free(p);
	return VERDICT_HELD;
}

/* --- limits ------------------------------------------------------------- */

void icmp_init(struct ip *ip, ostia_time now)
{
	struct icmp_limits *l = &ip->limits;

	l->rate = ip->set.icmp_msgs_per_sec;
	l->burst = ip->set.icmp_msgs_burst;
	bucket_init(&l->all, l->rate, l->burst, now);
	for (unsigned i = 0; i < ICMP_HOSTS; i++)
		l->host[i].credit_ms = CREDIT_FULL;
}

/* One host, or one network of IPv6: a /64 has addresses without number. */
static struct icmp_host *host_of(struct ip *ip, const struct ostia_addr *a)
{
	struct ostia_addr who = *a;

	if (!addr_is_v4(a))
		who.q[1] = 0;
	return &ip->limits.host[ip_tag(ip, &who, 0x69636d70) % ICMP_HOSTS];
}

static bool host_allows(struct ip *ip, const struct ostia_addr *to,
			ostia_time now)
{
	uint32_t each = addr_is_v4(to) ? ip->set.icmp_ratelimit_ms
				       : ip->set.icmp6_ratelimit_ms;
	struct icmp_host *h = host_of(ip, to);
	uint32_t now_ms = (uint32_t)(now / NS_PER_MS);
	uint64_t credit = (uint64_t)h->credit_ms + (now_ms - h->then_ms);

	if (each == 0)
		return true;
	if (credit > (uint64_t)each * ICMP_HOST_BURST)
		credit = (uint64_t)each * ICMP_HOST_BURST;
	h->then_ms = now_ms;
	h->credit_ms = (uint32_t)(credit < CREDIT_FULL ? credit : CREDIT_FULL);
	if (h->credit_ms < each)
		return false;
	h->credit_ms -= each;
	return true;
}

/* Each message takes 0, 1 or 2 tokens, so that nobody can count through the
 * common limit what others were sent (CVE-2020-25705).
 */
static bool all_allow(struct ip *ip, ostia_time now)
{
	struct icmp_limits *l = &ip->limits;
	uint64_t level, n = rng_below(&ip->rng, 3);

	if (l->rate != ip->set.icmp_msgs_per_sec ||
	    l->burst != ip->set.icmp_msgs_burst) {
		l->rate = ip->set.icmp_msgs_per_sec;
		l->burst = ip->set.icmp_msgs_burst;
		bucket_set(&l->all, l->rate, l->burst, now);
	}
	level = bucket_level(&l->all, now);
	if (level == 0)
		return false;
	bucket_take(&l->all, n < level ? n : level, now);
	return true;
}

/* The host's limit comes first: who has used up his own learns nothing about
 * the common one.
 */
bool icmp_may_send(struct ip *ip, const struct ostia_addr *to, uint8_t type,
		   ostia_time now)
{
	bool limited = !addr_is_v4(to) || type >= 32 ||
		       type == WIRE_ICMP4_REDIRECT ||
		       ip->set.icmp_ratemask & 1u << type;

	if (!limited || addr_is_loopback(to)) /* Linux: ourselves we trust */
		return true;
	if (!host_allows(ip, to, now)) {
		ip->stats->IcmpOutRateLimitHost++;
		return false;
	}
	if (!all_allow(ip, now)) {
		ip->stats->IcmpOutRateLimitGlobal++;
		return false;
	}
	return true;
}

/* --- errors out --------------------------------------------------------- */

/* What an error will say. */
struct saying {
	uint8_t type, code;
	uint32_t info;
};

static uint32_t look(const struct ostia_pkt *p, uint32_t most)
{
	uint32_t n = p->len - p->l3;

	return n < most ? n : most;
}

/* RFC 1122 3.2.2: not about ICMP errors, nor later fragments. */
static bool about_error4(struct ostia_pkt *p)
{
	uint32_t n = look(p, LOOK4);
	const uint8_t *h = pkt_peek(p, p->l3, n);
	struct wire_quote q;

	if (!h || wire_quote_ip4(&q, h, n) < 0 || !q.l4)
		return true;
	if (q.proto != WIRE_PROTO_ICMP4)
		return false;
	return q.l4_len < 1 || (q.l4[0] != WIRE_ICMP4_ECHO &&
				q.l4[0] != WIRE_ICMP4_ECHO_REPLY &&
				q.l4[0] != WIRE_ICMP4_TIMESTAMP &&
				q.l4[0] != WIRE_ICMP4_TIMESTAMP_REPLY);
}

/* RFC 4443 2.4 (e.1), (e.2). What cannot be read cannot be an error. */
static bool about_error6(struct ostia_pkt *p)
{
	uint32_t n = look(p, LOOK6);
	const uint8_t *h = pkt_peek(p, p->l3, n);
	struct wire_quote q;

	if (!h)
		return true;
	if (wire_quote_ip6(&q, h, n) < 0 || !q.l4 ||
	    q.proto != WIRE_PROTO_ICMP6)
		return false;
	return q.l4_len < 1 || q.l4[0] < 128 || q.l4[0] == WIRE_ICMP6_REDIRECT;
}

/* RFC 1122 3.2.2, RFC 4443 2.4 (e.3)-(e.6): neither about what many heard,
 * nor to nobody. A problem with an option is the exception of (e.3).
 */
static bool may_answer(struct ostia_pkt *p, const struct saying *s)
{
	bool v4 = addr_is_v4(&p->src);
	bool option = !v4 && s->type == WIRE_ICMP6_PARAM &&
		      s->code == WIRE_IP6_CODE_OPTION;
	bool group = p->flags & PKT_BROADCAST || addr_is_multicast(&p->dst) ||
		     addr_is_broadcast(&p->dst);

	if (group && !option)
		return false;
	if (addr_is_any(&p->src) || addr_is_multicast(&p->src) ||
	    addr_is_broadcast(&p->src))
		return false;
	return !(v4 ? about_error4(p) : about_error6(p));
}

static struct saying say4(enum icmp_why why, uint8_t code, uint32_t info)
{
	static const struct saying row[] = {
		[ICMP_NO_PORT] = { WIRE_ICMP4_UNREACH, WIRE_ICMP4_UNREACH_PORT,
				   0 },
		[ICMP_NO_PROTO] = { WIRE_ICMP4_UNREACH,
				    WIRE_ICMP4_UNREACH_PROTO, 0 },
		[ICMP_ADMIN] = { WIRE_ICMP4_UNREACH, WIRE_ICMP4_UNREACH_ADMIN,
				 0 },
		[ICMP_REASM_TIMEOUT] = { WIRE_ICMP4_TIME_EXCEEDED,
					 WIRE_ICMP4_EXC_REASM, 0 },
		[ICMP_PARAM] = { WIRE_ICMP4_PARAM, 0, 0 },
		[ICMP_NO_ROUTE] = { WIRE_ICMP4_UNREACH, WIRE_ICMP4_UNREACH_NET,
				    0 },
		[ICMP_NO_HOST] = { WIRE_ICMP4_UNREACH, WIRE_ICMP4_UNREACH_HOST,
				   0 },
		[ICMP_HOPS] = { WIRE_ICMP4_TIME_EXCEEDED, WIRE_ICMP4_EXC_TTL,
				0 },
		[ICMP_TOO_BIG] = { WIRE_ICMP4_UNREACH, WIRE_ICMP4_UNREACH_FRAG,
				   0 },
		[ICMP_REDIRECT] = { WIRE_ICMP4_REDIRECT,
				    WIRE_ICMP4_REDIRECT_HOST, 0 },
	};
	struct saying s = row[why];

	if (why == ICMP_PARAM)
		s.code = code;
	s.info = info;
	return s;
}

static struct saying say6(enum icmp_why why, uint8_t code, uint32_t info)
{
	static const struct saying row[] = {
		[ICMP_NO_PORT] = { WIRE_ICMP6_UNREACH, WIRE_ICMP6_UNREACH_PORT,
				   0 },
		[ICMP_NO_PROTO] = { WIRE_ICMP6_PARAM, WIRE_IP6_CODE_NEXT, 0 },
		[ICMP_ADMIN] = { WIRE_ICMP6_UNREACH, WIRE_ICMP6_UNREACH_ADMIN,
				 0 },
		[ICMP_REASM_TIMEOUT] = { WIRE_ICMP6_TIME_EXCEEDED,
					 WIRE_ICMP6_EXC_REASM, 0 },
		[ICMP_PARAM] = { WIRE_ICMP6_PARAM, 0, 0 },
		[ICMP_NO_ROUTE] = { WIRE_ICMP6_UNREACH,
				    WIRE_ICMP6_UNREACH_ROUTE, 0 },
		[ICMP_NO_HOST] = { WIRE_ICMP6_UNREACH, WIRE_ICMP6_UNREACH_ADDR,
				   0 },
		[ICMP_HOPS] = { WIRE_ICMP6_TIME_EXCEEDED, WIRE_ICMP6_EXC_HOPS,
				0 },
		[ICMP_TOO_BIG] = { WIRE_ICMP6_TOO_BIG, 0, 0 },
	};
	struct saying s = row[why];

	if (why == ICMP_PARAM)
		s.code = code;
	s.info = info;
	return s;
}

/* Which byte names the protocol that nobody speaks? */
static uint32_t next_header_at(struct ostia_pkt *p)
{
	const struct wire_ip6_limits lim = WIRE_IP6_LIMITS;
	uint32_t end = p->len - p->l3;
	uint32_t n = p->l4 > p->l3 ? (uint32_t)p->l4 - p->l3 : 0;
	const uint8_t *h = pkt_peek(p, p->l3, n);
	struct wire_ip6_chain c;

	if (h && wire_ip6_walk(&c, h, n, end, &lim) >= 0)
		return c.next_at;
	return 6;
}

static struct saying say(struct ostia_pkt *p, enum icmp_why why, uint8_t code,
			 uint32_t info)
{
	struct saying s;

	if (addr_is_v4(&p->src))
		return say4(why, code, info);
	s = say6(why, code, info);
	if (why == ICMP_NO_PROTO)
		s.info = next_header_at(p);
	return s;
}

static void emit(uint8_t *at, const struct saying *s, bool v4)
{
	if (v4) {
		uint8_t gateway[4];
		const struct wire_icmp4 f = { .gateway = gateway,
					      .type = s->type,
					      .code = s->code,
					      .mtu = (uint16_t)s->info,
					      .pointer = (uint8_t)s->info };

		wire_be_put32(gateway, s->info);
		wire_icmp4_emit(at, WIRE_ICMP_HLEN, &f);
	} else {
		const struct wire_icmp6 f = { .type = s->type,
					      .code = s->code,
					      .mtu = s->info,
					      .pointer = s->info };

		wire_icmp6_emit(at, WIRE_ICMP_HLEN, &f);
	}
}

static struct ostia_pkt *quote(struct ostia_pkt *p, bool v4)
{
	uint32_t n = look(p, v4 ? (uint32_t)QUOTE4_MAX : (uint32_t)QUOTE6_MAX);
	struct ostia_pkt *m = pkt_clone_range(p, p->l3, n);

	if (m && !pkt_push(m, WIRE_ICMP_HLEN)) {
		pkt_free(m);
		return NULL;
	}
	return m;
}

static void count_out(struct ip *ip, const struct saying *s, bool v4)
{
	uint8_t type = s->type;

	ip->stats->IcmpOutMsgs++;
	if (type == (v4 ? WIRE_ICMP4_UNREACH : WIRE_ICMP6_UNREACH))
		ip->stats->IcmpOutDestUnreachs++;
	else if (!v4 && type == WIRE_ICMP6_TOO_BIG)
		ip->stats->IcmpOutPktTooBigs++;
	else if (type == (v4 ? WIRE_ICMP4_PARAM : WIRE_ICMP6_PARAM))
		ip->stats->IcmpOutParmProbs++;
	else if (v4 && type == WIRE_ICMP4_REDIRECT)
		ip->stats->IcmpOutRedirects++;
	else
		ip->stats->IcmpOutTimeExcds++;
}

/* The checksum of ICMPv6 covers addresses, and the source may still have to
 * be chosen when a group was asked.
 */
static int send_icmp6(struct ip *ip, const struct ostia_pkt *to,
		      struct ostia_pkt *m, const struct out_answer *how,
		      ostia_time now)
{
	bool group = addr_is_multicast(&to->dst) || to->flags & PKT_FORWARD;
	struct path *path;
	int err = path_get(ip, &to->src, group ? NULL : &to->dst, to->zone, now,
			   &path);

	if (err) {
		ip->stats->IpOutNoRoutes++;
		pkt_free(m);
		return err;
	}
	out_icmp6_csum(m, &path->src, &to->src);
	err = ip_complete_csum(m);
	if (err)
		pkt_free(m);
	else
		err = out_answer(ip, to, m, how, now);
	path_put(ip, path);
	return err;
}

int icmp_send(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *m,
	      uint8_t tos, ostia_time now)
{
	bool v4 = addr_is_v4(&to->src);
	const struct out_answer how = { .proto = v4 ? WIRE_PROTO_ICMP4
						    : WIRE_PROTO_ICMP6,
					.tos = tos };

	m->l3 = m->l4 = m->data = 0;
	if (!v4)
		return send_icmp6(ip, to, m, &how, now);
	m->csum = OSTIA_CSUM_PARTIAL;
	m->csum_off = WIRE_CSUM_AT_ICMP;
	if (ip_complete_csum(m)) { /* raw sockets see it on the loopback */
		pkt_free(m);
		return -ENOMEM;
	}
	return out_answer(ip, to, m, &how, now);
}

void icmp_error(struct ip *ip, struct ostia_pkt *p, enum icmp_why why,
		uint8_t code, uint32_t info, ostia_time now)
{
	bool v4 = addr_is_v4(&p->src);
	struct saying s = say(p, why, code, info);
	uint8_t tos = v4 ? (uint8_t)((p->tos & 0x1e) | TOS_CONTROL) : 0;
	struct ostia_pkt *m;

	if (!may_answer(p, &s) || !icmp_may_send(ip, &p->src, s.type, now))
		return;
	m = quote(p, v4);
	if (!m) {
		ip->stats->IcmpOutErrors++;
		return;
	}
	emit(m->head + m->hoff, &s, v4);
	if (icmp_send(ip, p, m, tos, now))
		ip->stats->IcmpOutErrors++;
	else
		count_out(ip, &s, v4);
}
