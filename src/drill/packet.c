/* SPDX-License-Identifier: MIT */
#include "drill/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "drill/icmp.h"
#include "drill/tcpopt.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

enum {
	IP6_HLEN = 40,
	TTL = 64,
	QUOTE4_L4 = 8, /* RFC 792: 64 bits of the datagram's data */
	ECN_MASK = 3,
	ECN_ECT1 = 1,
	ECN_ECT0 = 2,
	ECN_CE = 3,
};

void drill_path_init(struct drill_path *path, const struct drill_config *cfg)
{
	int family = drill_config_is_v6(cfg) ? AF_INET6 : AF_INET;

	*path = (struct drill_path) { .v6 = drill_config_is_v6(cfg) };
	inet_pton(family, cfg->local_ip, path->local);
	inet_pton(family, cfg->remote_ip, path->remote);
}

/* ------------------------------------------------------------- checksums */

static uint32_t sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i < n; i += 2) {
		s += (uint32_t)p[i] << 8 | (i + 1 < n ? p[i + 1] : 0u);
		s = (s & 0xffff) + (s >> 16);
	}
	return s;
}

/** l4_sum() - Of a segment and its pseudo-header, 0xffff when it is right */
static uint16_t l4_sum(bool v6, const uint8_t *src, const uint8_t *dst,
		       uint8_t proto, const uint8_t *p, size_t n)
{
	size_t addr = v6 ? 16 : 4;
	uint32_t s = 0;

	if (proto != WIRE_PROTO_ICMP4)
		s = sum(dst, addr, sum(src, addr, proto + (uint32_t)n));
	return (uint16_t)sum(p, n, s);
}

/* --------------------------------------------------------------- making */

/** struct maker - A packet being written */
struct maker {
	const struct drill_path *path;
	uint8_t *at;
	size_t room;
	bool full;
};

static uint8_t *grow(struct maker *m, size_t n)
{
	uint8_t *p = m->at;

	if (m->full || n > m->room) {
		m->full = true;
		return NULL;
	}
	m->at += n;
	m->room -= n;
	return memset(p, 0, n);
}

static uint8_t ecn_bits(enum drill_ecn ecn)
{
	switch (ecn) {
	case DRILL_ECN_ECT0:
		return ECN_ECT0;
	case DRILL_ECN_ECT1:
		return ECN_ECT1;
	case DRILL_ECN_CE:
		return ECN_CE;
	default:
		return 0;
	}
}

static void put_ip4(uint8_t *p, const uint8_t *src, const uint8_t *dst,
		    uint8_t proto, uint8_t tos, size_t payload)
{
	p[0] = 0x45;
	p[1] = tos;
	wire_be_put16(p + 2, (uint16_t)(WIRE_IP4_HLEN + payload));
	wire_be_put16(p + 6, WIRE_IP4_DF);
	p[8] = TTL;
	p[9] = proto;
	memcpy(p + 12, src, 4);
	memcpy(p + 16, dst, 4);
	wire_be_put16(p + 10, (uint16_t)~sum(p, WIRE_IP4_HLEN, 0));
}

static void put_ip6(uint8_t *p, const uint8_t *src, const uint8_t *dst,
		    uint8_t proto, uint8_t tos, size_t payload)
{
	wire_be_put32(p, 6u << 28 | (uint32_t)tos << 20);
	wire_be_put16(p + 4, (uint16_t)payload);
	p[6] = proto;
	p[7] = TTL;
	memcpy(p + 8, src, 16);
	memcpy(p + 24, dst, 16);
}

static size_t ip_hlen(bool v6)
{
	return v6 ? IP6_HLEN : WIRE_IP4_HLEN;
}

static void put_ip(bool v6, uint8_t *p, const uint8_t *src, const uint8_t *dst,
		   uint8_t proto, uint8_t tos, size_t payload)
{
	if (v6)
		put_ip6(p, src, dst, proto, tos, payload);
	else
		put_ip4(p, src, dst, proto, tos, payload);
}

static void put_tcp(uint8_t *p, const struct drill_seg *s, uint16_t sport,
		    uint16_t dport, size_t hlen)
{
	wire_be_put16(p, sport);
	wire_be_put16(p + 2, dport);
	wire_be_put32(p + 4, s->seq);
	wire_be_put32(p + 8, s->ack);
	wire_be_put16(p + 12, (uint16_t)(hlen / 4 << 12 | s->flags));
	wire_be_put16(p + 14, s->win);
	wire_be_put16(p + 18, s->urg);
}

static void make_tcp(struct maker *m, const struct drill_seg *s, uint16_t lport,
		     uint16_t rport, const uint8_t *payload)
{
	size_t hlen = WIRE_TCP_HLEN + drill_tcpopt_length(s->opts, s->nopts);
	uint8_t *p = grow(m, hlen + s->len);

	if (!p)
		return;
	put_tcp(p, s, rport, lport, hlen);
	drill_tcpopt_emit(s->opts, s->nopts, p + WIRE_TCP_HLEN);
	memcpy(p + hlen, payload, s->len);
}

static void make_udp(struct maker *m, uint32_t len, uint16_t lport,
		     uint16_t rport, const uint8_t *payload)
{
	uint8_t *p = grow(m, WIRE_UDP_HLEN + len);

	if (!p)
		return;
	wire_be_put16(p, rport);
	wire_be_put16(p + 2, lport);
	wire_be_put16(p + 4, (uint16_t)(WIRE_UDP_HLEN + len));
	memcpy(p + WIRE_UDP_HLEN, payload, len);
}

/* What we sent, as far as an error quotes it: from us to the peer. */
static void make_quote(struct maker *m, const struct drill_icmp *i,
		       uint16_t lport, uint16_t rport)
{
	bool v6 = m->path->v6;
	size_t hlen = i->quote_tcp ? WIRE_TCP_HLEN : WIRE_UDP_HLEN;
	size_t l4 = hlen + (i->quote_tcp ? i->seg.len : i->udp_len);
	uint8_t proto = i->quote_tcp ? WIRE_PROTO_TCP : WIRE_PROTO_UDP;
	size_t quoted = v6 ? hlen : QUOTE4_L4;
	uint8_t *p = grow(m, ip_hlen(v6) + quoted);
	uint8_t head[WIRE_TCP_HLEN] = { 0 };

	if (!p)
		return;
	put_ip(v6, p, m->path->local, m->path->remote, proto, 0, l4);
	if (i->quote_tcp) {
		put_tcp(head, &i->seg, lport, rport, WIRE_TCP_HLEN);
	} else {
		wire_be_put16(head, lport);
		wire_be_put16(head + 2, rport);
		wire_be_put16(head + 4, (uint16_t)l4);
	}
	memcpy(p + ip_hlen(v6), head, quoted);
}

static void make_icmp(struct maker *m, const struct drill_icmp *i,
		      uint16_t lport, uint16_t rport)
{
	uint8_t *p = grow(m, WIRE_ICMP_HLEN);

	if (!p)
		return;
	p[0] = i->type;
	p[1] = i->code;
	if (i->mtu && m->path->v6)
		wire_be_put32(p + 4, i->mtu);
	else if (i->mtu)
		wire_be_put16(p + 6, (uint16_t)i->mtu);
	if (i->has_quote)
		make_quote(m, i, lport, rport);
}

static uint8_t ip_proto(const struct drill_packet *p, bool v6)
{
	if (p->proto == DRILL_TCP)
		return WIRE_PROTO_TCP;
	if (p->proto == DRILL_UDP)
		return WIRE_PROTO_UDP;
	return v6 ? WIRE_PROTO_ICMP6 : WIRE_PROTO_ICMP4;
}

static uint8_t ip_tos(const struct drill_ip *ip, enum drill_ecn ecn)
{
	uint8_t tos = ip->has & DRILL_IP_TOS ? ip->tos : 0;

	return ecn == DRILL_ECN_ANY
		       ? tos
		       : (uint8_t)((tos & ~ECN_MASK) | ecn_bits(ecn));
}

/* What the script says of the rest of the header. */
static void put_said(bool v6, uint8_t *p, const struct drill_ip *ip)
{
	size_t hlen = (size_t)WIRE_IP4_HLEN + ip->opts_len;

	if (ip->has & DRILL_IP_FLOW)
		wire_be_put32(p, wire_be_get32(p) | ip->flow);
	if (ip->has & DRILL_IP_TTL)
		p[v6 ? 7 : 8] = ip->ttl;
	if (v6)
		return;
	p[0] = (uint8_t)(4 << 4 | hlen / 4);
	wire_be_put16(p + 2, (uint16_t)(wire_be_get16(p + 2) + ip->opts_len));
	if (ip->opts_len > 0)
		memcpy(p + WIRE_IP4_HLEN, ip->opts, ip->opts_len);
	wire_be_put16(p + 10, 0);
	wire_be_put16(p + 10, (uint16_t)~sum(p, hlen, 0));
}

static size_t csum_offset(uint8_t proto)
{
	return proto == WIRE_PROTO_TCP ? 16 : proto == WIRE_PROTO_UDP ? 6 : 2;
}

static void finish(struct maker *m, const struct drill_packet *p, uint8_t *ip,
		   uint8_t *l4)
{
	bool v6 = m->path->v6;
	const uint8_t *src =
		p->ip.has & DRILL_IP_FROM ? p->ip.from : m->path->remote;
	const uint8_t *dst =
		p->ip.has & DRILL_IP_TO ? p->ip.to : m->path->local;
	uint8_t proto = ip_proto(p, v6);
	size_t n = (size_t)(m->at - l4);
	uint16_t csum = (uint16_t)~l4_sum(v6, src, dst, proto, l4, n);

	if (p->ip.has & DRILL_IP_BAD_CSUM)
		csum ^= 0x5555; /* not one of the two zeroes */
	if (proto == WIRE_PROTO_UDP && csum == 0)
		csum = 0xffff;
	wire_be_put16(l4 + csum_offset(proto), csum);
	put_ip(v6, ip, src, dst, proto, ip_tos(&p->ip, p->ecn), n);
	put_said(v6, ip, &p->ip);
}

int drill_packet_build(const struct drill_packet *p,
		       const struct drill_path *path, uint16_t lport,
		       uint16_t rport, const uint8_t *payload, uint8_t *to,
		       size_t room)
{
	struct maker m = { .path = path, .at = to, .room = room };
	uint8_t *ip = grow(&m, ip_hlen(path->v6) + p->ip.opts_len);
	uint8_t *l4 = m.at;

	if (p->proto == DRILL_TCP)
		make_tcp(&m, &p->tcp, lport, rport, payload);
	else if (p->proto == DRILL_UDP)
		make_udp(&m, p->udp_len, lport, rport, payload);
	else
		make_icmp(&m, &p->icmp, lport, rport);
	if (m.full || m.at - to > UINT16_MAX)
		return -EMSGSIZE;
	finish(&m, p, ip, l4);
	return (int)(m.at - to);
}

/* -------------------------------------------------------------- reading */

/** struct view - A packet being read; @p, @n: what is not yet read */
struct view {
	const uint8_t *p;
	size_t n;
	const uint8_t *src;
	const uint8_t *dst;
	uint8_t proto;
	struct drill_ip ip;
	char *why;
	size_t size;
};

static int wrong(struct view *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static int wrong(struct view *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->why, v->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* A source route that still has hops ends where the packet goes to (RFC 791
 * 3.1), and checksums are about that address.
 */
static const uint8_t *end_of_route(const struct view *v)
{
	const uint8_t *o = v->ip.opts;
	size_t len, at = 0, n = v->ip.opts_len;

	for (; at + 3 <= n && o[at] != WIRE_IP4_OPT_END; at += len) {
		len = o[at] == WIRE_IP4_OPT_NOP ? 1 : o[at + 1];
		if (len == 0 || at + len > n)
			break;
		if ((o[at] == WIRE_IP4_OPT_LSRR ||
		     o[at] == WIRE_IP4_OPT_SSRR) &&
		    len >= 7 && o[at + 2] <= len)
			return o + at + len - 4;
	}
	return v->dst;
}

static int read_ip4(struct view *v, bool quoted)
{
	struct wire_ip4 ip;
	int hlen = wire_ip4_parse(&ip, v->p, v->n, quoted ? UINT16_MAX : v->n);

	if (hlen < 0)
		return wrong(v, "malformed IPv4 header");
	if (!quoted && sum(v->p, (size_t)hlen, 0) != 0xffff)
		return wrong(v, "wrong IPv4 header checksum");
	if (!quoted && ip.len != v->n)
		return wrong(v, "IPv4 length %u of %zu bytes", ip.len, v->n);
	if (ip.mf || ip.frag_off)
		return wrong(v, "IPv4 fragment at offset %u", ip.frag_off);
	v->src = ip.src;
	v->dst = ip.dst;
	v->proto = ip.proto;
	v->ip.tos = ip.tos;
	v->ip.ttl = ip.ttl;
	v->ip.opts = v->p + WIRE_IP4_HLEN;
	v->ip.opts_len = (uint8_t)(hlen - WIRE_IP4_HLEN);
	memcpy(v->ip.to, ip.dst, 4);
	v->dst = end_of_route(v);
	return hlen;
}

static int read_ip6(struct view *v, bool quoted)
{
	if (v->n < IP6_HLEN || v->p[0] >> 4 != 6)
		return wrong(v, "malformed IPv6 header");
	if (!quoted && wire_be_get16(v->p + 4) != v->n - IP6_HLEN)
		return wrong(v, "IPv6 payload length %u of %zu bytes",
			     wire_be_get16(v->p + 4), v->n - IP6_HLEN);
	v->src = v->p + 8;
	v->dst = v->p + 24;
	v->proto = v->p[6];
	v->ip.tos = (uint8_t)(v->p[0] << 4 | v->p[1] >> 4);
	v->ip.ttl = v->p[7];
	memcpy(v->ip.to, v->dst, 16);
	v->ip.flow = wire_be_get32(v->p) & 0xfffff;
	return IP6_HLEN;
}

static int read_ip(struct view *v, bool v6, bool quoted)
{
	int hlen = v6 ? read_ip6(v, quoted) : read_ip4(v, quoted);

	if (hlen < 0)
		return hlen;
	v->p += hlen;
	v->n -= (size_t)hlen;
	return 0;
}

static int read_tcp(struct view *v, struct drill_live *out)
{
	struct drill_seg *s = &out->p.tcp;
	size_t hlen = v->n > 12 ? (v->p[12] >> 4) * 4u : 0u;
	int n;

	if (hlen < WIRE_TCP_HLEN || hlen > v->n)
		return wrong(v, "malformed TCP header");
	out->p.proto = DRILL_TCP;
	out->p.sport = wire_be_get16(v->p);
	out->p.dport = wire_be_get16(v->p + 2);
	*s = (struct drill_seg) {
		.seq = wire_be_get32(v->p + 4),
		.ack = wire_be_get32(v->p + 8),
		.flags = wire_be_get16(v->p + 12) & WIRE_TCP_FLAGS,
		.win = wire_be_get16(v->p + 14),
		.urg = wire_be_get16(v->p + 18),
		.has_win = true,
		.len = (uint32_t)(v->n - hlen),
		.opts = out->opts,
	};
	s->has_ack = s->flags & WIRE_TCP_ACK;
	n = drill_tcpopt_parse(v->p + WIRE_TCP_HLEN, hlen - WIRE_TCP_HLEN,
			       out->opts);
	if (n < 0)
		return wrong(v, "malformed TCP options");
	s->nopts = (unsigned)n;
	out->payload = v->p + hlen;
	out->len = s->len;
	return 0;
}

static int read_udp(struct view *v, struct drill_live *out)
{
	if (v->n < WIRE_UDP_HLEN || wire_be_get16(v->p + 4) != v->n)
		return wrong(v, "malformed UDP header");
	out->p.proto = DRILL_UDP;
	out->p.sport = wire_be_get16(v->p);
	out->p.dport = wire_be_get16(v->p + 2);
	out->p.udp_len = (uint32_t)(v->n - WIRE_UDP_HLEN);
	out->payload = v->p + WIRE_UDP_HLEN;
	out->len = out->p.udp_len;
	return 0;
}

static size_t payload_of_ip(const uint8_t *ip, bool v6)
{
	return v6 ? wire_be_get16(ip + 4)
		  : wire_be_get16(ip + 2) - (ip[0] & 15u) * 4;
}

/* The packet that it answers came from the peer to us. */
static int read_quote(struct view *v, bool v6, struct drill_live *out)
{
	struct drill_icmp *i = &out->p.icmp;
	struct view q = *v;
	size_t l4;

	if (read_ip(&q, v6, true) < 0 || q.n < WIRE_UDP_HLEN)
		return wrong(v, "ICMP error that quotes no packet");
	l4 = payload_of_ip(v->p, v6);
	out->p.sport = wire_be_get16(q.p + 2);
	out->p.dport = wire_be_get16(q.p);
	i->has_quote = true;
	if (q.proto == WIRE_PROTO_UDP) {
		i->udp_len = wire_be_get16(q.p + 4) - (uint32_t)WIRE_UDP_HLEN;
		return 0;
	}
	if (q.proto != WIRE_PROTO_TCP)
		return wrong(v, "ICMP error about IP protocol %u", q.proto);
	i->quote_tcp = true;
	i->seg.seq = wire_be_get32(q.p + 4);
	i->seg.len = (uint32_t)l4 - WIRE_TCP_HLEN;
	if (q.n >= WIRE_TCP_HLEN) {
		i->seg.flags = wire_be_get16(q.p + 12) & WIRE_TCP_FLAGS;
		i->seg.len = (uint32_t)(l4 - (q.p[12] >> 4 << 2));
	}
	return 0;
}

static bool is_icmp_error(bool v6, uint8_t type)
{
	if (v6)
		return type < 128;
	return type == WIRE_ICMP4_UNREACH || type == WIRE_ICMP4_QUENCH ||
	       type == WIRE_ICMP4_REDIRECT || type == WIRE_ICMP4_PARAM ||
	       type == WIRE_ICMP4_TIME_EXCEEDED;
}

static int read_icmp(struct view *v, bool v6, struct drill_live *out)
{
	struct drill_icmp *i = &out->p.icmp;

	if (v->n < WIRE_ICMP_HLEN)
		return wrong(v, "malformed ICMP header");
	out->p.proto = DRILL_ICMP;
	i->type = v->p[0];
	i->code = v->p[1];
	if (v6 && i->type == WIRE_ICMP6_TOO_BIG)
		i->mtu = wire_be_get32(v->p + 4);
	else if (!v6 && i->type == WIRE_ICMP4_UNREACH)
		i->mtu = wire_be_get16(v->p + 6);
	v->p += WIRE_ICMP_HLEN;
	v->n -= WIRE_ICMP_HLEN;
	return is_icmp_error(v6, i->type) ? read_quote(v, v6, out) : 0;
}

static enum drill_ecn ecn_of(uint8_t tos)
{
	static const enum drill_ecn ecns[] = { DRILL_ECN_NONE, DRILL_ECN_ECT1,
					       DRILL_ECN_ECT0, DRILL_ECN_CE };

	return ecns[tos & ECN_MASK];
}

/* An IPv4 datagram may go without (RFC 768); ours do not, but it is no lie. */
static int check_l4_sum(struct view *v, bool v6)
{
	if (!v6 && v->proto == WIRE_PROTO_UDP && v->n >= WIRE_UDP_HLEN &&
	    wire_be_get16(v->p + 6) == 0)
		return 0;
	if (l4_sum(v6, v->src, v->dst, v->proto, v->p, v->n) != 0xffff)
		return wrong(v, "wrong checksum, IP protocol %u", v->proto);
	return 0;
}

static int check_addresses(struct view *v, const struct drill_path *path)
{
	size_t n = path->v6 ? 16 : 4;
	char text[INET6_ADDRSTRLEN];
	const uint8_t *odd = memcmp(v->src, path->local, n)    ? v->src
			     : memcmp(v->dst, path->remote, n) ? v->dst
							       : NULL;

	if (!odd)
		return 0;
	inet_ntop(path->v6 ? AF_INET6 : AF_INET, odd, text, sizeof(text));
	return wrong(v, "%s address is %s",
		     odd == v->src ? "source" : "destination", text);
}

int drill_packet_decode(const uint8_t *b, size_t n,
			const struct drill_path *path, struct drill_live *out,
			char *why, size_t size)
{
	struct view v = { .p = b, .n = n, .why = why, .size = size };
	int ret;

	*out = (struct drill_live) { .p.out = true };
	ret = read_ip(&v, path->v6, false);
	if (ret == 0)
		ret = check_addresses(&v, path);
	if (ret == 0)
		ret = check_l4_sum(&v, path->v6);
	if (ret < 0)
		return ret;
	out->p.ecn = ecn_of(v.ip.tos);
	out->p.ip = v.ip;
	if (v.proto == WIRE_PROTO_TCP)
		return read_tcp(&v, out);
	if (v.proto == WIRE_PROTO_UDP)
		return read_udp(&v, out);
	if (v.proto == (path->v6 ? WIRE_PROTO_ICMP6 : WIRE_PROTO_ICMP4))
		return read_icmp(&v, path->v6, out);
	return wrong(&v, "IP protocol %u", v.proto);
}

/* ------------------------------------------------------------- comparing */

static void flags_text(uint16_t flags, char *to)
{
	static const char letters[] = "FSRP.UEWA";
	static const char order[] = "SFRPUEWA.";

	for (const char *o = order; *o; o++)
		if (flags >> (strchr(letters, *o) - letters) & 1)
			*to++ = *o;
	if (!flags)
		*to++ = '-';
	*to = '\0';
}

static int differ(char *why, size_t size, const char *what, uint32_t want,
		  uint32_t got)
{
	snprintf(why, size, "%s: expected %u, came %u", what, want, got);
	return -EINVAL;
}

static int compare_flags(uint16_t want, uint16_t got, char *why, size_t size)
{
	char a[16], b[16];

	if (want == got)
		return 0;
	flags_text(want, a);
	flags_text(got, b);
	snprintf(why, size, "flags: expected %s, came %s", a, b);
	return -EINVAL;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	int32_t d = (int32_t)(a - b);

	return d < 0 ? 0 - (uint32_t)d : (uint32_t)d;
}

static bool option_fits(const struct drill_opt *want,
			const struct drill_opt *got, uint32_t ts_slack)
{
	if (want->kind == DRILL_OPT_TS && got->kind == DRILL_OPT_TS)
		return want->b == got->b &&
		       distance(want->a, got->a) <= ts_slack;
	return drill_tcpopt_equal(want, got);
}

static int compare_options(const struct drill_seg *want,
			   const struct drill_seg *got, uint32_t ts_slack,
			   char *why, size_t size)
{
	unsigned n = want->nopts > got->nopts ? want->nopts : got->nopts;

	for (unsigned i = 0; i < n && !want->any_opts; i++) {
		char a[120] = "nothing", b[120] = "nothing";

		if (i < want->nopts && i < got->nopts &&
		    option_fits(&want->opts[i], &got->opts[i], ts_slack))
			continue;
		if (i < want->nopts)
			drill_tcpopt_text(&want->opts[i], a, sizeof(a));
		if (i < got->nopts)
			drill_tcpopt_text(&got->opts[i], b, sizeof(b));
		snprintf(why, size, "TCP option %u: expected %s, came %s",
			 i + 1, a, b);
		return -EINVAL;
	}
	return 0;
}

static int compare_tcp(const struct drill_seg *want,
		       const struct drill_seg *got, uint32_t ts_slack,
		       char *why, size_t size)
{
	int ret = compare_flags(want->flags, got->flags, why, size);

	if (ret < 0)
		return ret;
	if (want->seq != got->seq)
		return differ(why, size, "sequence number", want->seq,
			      got->seq);
	if (want->len != got->len)
		return differ(why, size, "payload length", want->len, got->len);
	if (want->ack != got->ack)
		return differ(why, size, "acknowledgment number", want->ack,
			      got->ack);
	if (want->has_win && want->win != got->win)
		return differ(why, size, "window", want->win, got->win);
	if (want->urg != got->urg)
		return differ(why, size, "urgent pointer", want->urg, got->urg);
	return compare_options(want, got, ts_slack, why, size);
}

static int compare_quote(const struct drill_icmp *want,
			 const struct drill_icmp *got, char *why, size_t size)
{
	if (!want->has_quote)
		return 0;
	if (!got->has_quote || want->quote_tcp != got->quote_tcp) {
		snprintf(why, size, "quoted packet: expected %s, came %s",
			 want->quote_tcp ? "TCP" : "UDP",
			 !got->has_quote  ? "none"
			 : got->quote_tcp ? "TCP"
					  : "UDP");
		return -EINVAL;
	}
	if (want->udp_len != got->udp_len)
		return differ(why, size, "quoted payload length", want->udp_len,
			      got->udp_len);
	if (want->seg.seq != got->seg.seq)
		return differ(why, size, "quoted sequence number",
			      want->seg.seq, got->seg.seq);
	if (want->seg.len != got->seg.len)
		return differ(why, size, "quoted payload length", want->seg.len,
			      got->seg.len);
	return 0;
}

static int compare_icmp(const struct drill_icmp *want,
			const struct drill_icmp *got, char *why, size_t size)
{
	if (want->type != got->type)
		return differ(why, size, "ICMP type", want->type, got->type);
	if (want->code != got->code)
		return differ(why, size, "ICMP code", want->code, got->code);
	if (want->mtu != got->mtu)
		return differ(why, size, "MTU", want->mtu, got->mtu);
	return compare_quote(want, got, why, size);
}

static const char *ecn_text(enum drill_ecn ecn)
{
	static const char *const names[] = {
		[DRILL_ECN_NONE] = "noecn",  [DRILL_ECN_ECT0] = "ect0",
		[DRILL_ECN_ECT1] = "ect1",   [DRILL_ECN_CE] = "ce",
		[DRILL_ECN_ECT01] = "ect01",
	};

	return names[ecn];
}

static bool ecn_fits(enum drill_ecn want, enum drill_ecn got)
{
	if (want == DRILL_ECN_ECT01)
		return got == DRILL_ECN_ECT0 || got == DRILL_ECN_ECT1;
	return want == DRILL_ECN_ANY || want == got;
}

static bool same_ip_options(const struct drill_ip *a, const struct drill_ip *b)
{
	return a->opts_len == b->opts_len &&
	       (a->opts_len == 0 || !memcmp(a->opts, b->opts, a->opts_len));
}

/* @to: room for 40 bytes in hexadecimal */
static void ip_options_text(const struct drill_ip *ip, char *to)
{
	snprintf(to, sizeof("none"), "none");
	for (unsigned i = 0; i < ip->opts_len; i++)
		snprintf(to + (size_t)2 * i, 3, "%02x", ip->opts[i]);
}

static int compare_header(const struct drill_ip *want,
			  const struct drill_ip *got, char *why, size_t size)
{
	if (want->has & DRILL_IP_TTL && want->ttl != got->ttl)
		return differ(why, size, "TTL", want->ttl, got->ttl);
	if (want->has & DRILL_IP_TOS && want->tos != got->tos)
		return differ(why, size, "TOS", want->tos, got->tos);
	if (want->has & DRILL_IP_FLOW && want->flow != got->flow)
		return differ(why, size, "flow label", want->flow, got->flow);
	if (want->has & DRILL_IP_TO && memcmp(want->to, got->to, 16) != 0) {
		snprintf(why, size, "not to this address");
		return -EINVAL;
	}
	if (want->has & DRILL_IP_OPTIONS && !same_ip_options(want, got)) {
		char a[96], b[96];

		ip_options_text(want, a);
		ip_options_text(got, b);
		snprintf(why, size, "IP options: expected %s, came %s", a, b);
		return -EINVAL;
	}
	return 0;
}

static int compare_ip(const struct drill_packet *want,
		      const struct drill_packet *got, char *why, size_t size)
{
	static const char *const protos[] = { "TCP", "UDP", "ICMP" };

	if (want->proto != got->proto) {
		snprintf(why, size, "protocol: expected %s, came %s",
			 protos[want->proto], protos[got->proto]);
		return -EINVAL;
	}
	if (!ecn_fits(want->ecn, got->ecn)) {
		snprintf(why, size, "ECN: expected %s, came %s",
			 ecn_text(want->ecn), ecn_text(got->ecn));
		return -EINVAL;
	}
	if (want->sport && want->sport != got->sport)
		return differ(why, size, "source port", want->sport,
			      got->sport);
	if (want->dport && want->dport != got->dport)
		return differ(why, size, "destination port", want->dport,
			      got->dport);
	return 0;
}

int drill_packet_compare(const struct drill_packet *want,
			 const struct drill_packet *got, uint32_t ts_slack,
			 char *why, size_t size)
{
	int ret = compare_ip(want, got, why, size);

	if (ret == 0)
		ret = compare_header(&want->ip, &got->ip, why, size);
	if (ret < 0)
		return ret;
	if (want->proto == DRILL_TCP)
		return compare_tcp(&want->tcp, &got->tcp, ts_slack, why, size);
	if (want->proto == DRILL_ICMP)
		return compare_icmp(&want->icmp, &got->icmp, why, size);
	if (want->udp_len != got->udp_len)
		return differ(why, size, "payload length", want->udp_len,
			      got->udp_len);
	return 0;
}

/* --------------------------------------------------------------- as text */

/** struct line - Text that grows and is cut at its end */
struct line {
	char *to;
	size_t size;
	size_t n;
};

static void add(struct line *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->to + l->n, l->size - l->n, fmt, ap);
	va_end(ap);
	l->n += (size_t)n;
	if (l->n >= l->size)
		l->n = l->size - 1;
}

static void add_seq(struct line *l, const struct drill_seg *s)
{
	char flags[16];

	flags_text(s->flags, flags);
	add(l, "%s %u:%u(%u)", flags, s->seq, s->seq + s->len, s->len);
}

static void add_tcp(struct line *l, const struct drill_seg *s)
{
	char text[120];

	add_seq(l, s);
	if (s->has_ack || s->ack)
		add(l, " ack %u", s->ack);
	if (s->has_win)
		add(l, " win %u", s->win);
	if (s->urg)
		add(l, " urg %u", s->urg);
	for (unsigned i = 0; i < s->nopts; i++) {
		drill_tcpopt_text(&s->opts[i], text, sizeof(text));
		add(l, "%s%s", i ? "," : " <", text);
	}
	if (s->nopts)
		add(l, ">");
}

static void add_name(struct line *l, const char *name, unsigned number)
{
	if (name)
		add(l, " %s", name);
	else
		add(l, " %u", number);
}

static void add_icmp(struct line *l, const struct drill_icmp *i, bool v6)
{
	const char *code = drill_icmp_code_name(v6, i->type, i->code);

	add(l, "icmp");
	add_name(l, drill_icmp_type_name(v6, i->type), i->type);
	if (code || i->code)
		add_name(l, code, i->code);
	if (i->mtu)
		add(l, " mtu %u", i->mtu);
	if (i->has_quote && i->quote_tcp)
		add(l, " [%u:%u(%u)]", i->seg.seq, i->seg.seq + i->seg.len,
		    i->seg.len);
	else if (i->has_quote)
		add(l, " [udp (%u)]", i->udp_len);
}

int drill_packet_text(const struct drill_packet *p, bool v6, char *to,
		      size_t size)
{
	struct line l = { .to = to, .size = size };

	if (p->ecn > DRILL_ECN_NONE)
		add(&l, "[%s] ", ecn_text(p->ecn));
	if (p->proto == DRILL_TCP)
		add_tcp(&l, &p->tcp);
	else if (p->proto == DRILL_UDP)
		add(&l, "udp (%u)", p->udp_len);
	else
		add_icmp(&l, &p->icmp, v6);
	return (int)l.n;
}
