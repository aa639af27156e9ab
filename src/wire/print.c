/* SPDX-License-Identifier: MIT */
#include "wire/print.h"

#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/quote.h"
#include "wire/udp.h"

/* A line in the making, and what its TCP numbers are counted from. */
struct line {
	struct wire_text t;
	uint32_t seq0;
	uint32_t ack0;
};

/* What stands behind an IP header: @n bytes at hand of @len. The addresses
 * have @alen bytes.
 */
struct upper {
	const uint8_t *src;
	const uint8_t *dst;
	const uint8_t *p;
	size_t n;
	size_t len;
	unsigned alen;
	uint8_t proto;
};

static void put(struct line *l, const char *s)
{
	wire_text_str(&l->t, s);
}

static void put_u64(struct line *l, const char *before, uint64_t v)
{
	wire_text_str(&l->t, before);
	wire_text_u64(&l->t, v);
}

static void put_addr(struct line *l, const uint8_t *addr, unsigned alen)
{
	if (alen == 4)
		wire_text_ip4(&l->t, addr);
	else
		wire_text_ip6(&l->t, addr);
}

static void put_ends(struct line *l, const struct upper *u)
{
	put_addr(l, u->src, u->alen);
	put(l, " > ");
	put_addr(l, u->dst, u->alen);
	put(l, ": ");
}

static void put_ends_with_ports(struct line *l, const struct upper *u,
				uint16_t sport, uint16_t dport)
{
	put_addr(l, u->src, u->alen);
	put_u64(l, ".", sport);
	put(l, " > ");
	put_addr(l, u->dst, u->alen);
	put_u64(l, ".", dport);
	put(l, ": ");
}

void wire_print_tcp_flags(struct wire_text *t, uint16_t flags)
{
	static const struct {
		uint16_t flag;
		char c;
	} letter[] = {
		{ WIRE_TCP_FIN, 'F' }, { WIRE_TCP_SYN, 'S' },
		{ WIRE_TCP_RST, 'R' }, { WIRE_TCP_PSH, 'P' },
		{ WIRE_TCP_ACK, '.' }, { WIRE_TCP_URG, 'U' },
		{ WIRE_TCP_ECE, 'E' }, { WIRE_TCP_CWR, 'W' },
		{ WIRE_TCP_AE, 'e' },
	};

	if (!(flags & WIRE_TCP_FLAGS))
		wire_text_str(t, "none");
	for (size_t i = 0; i < sizeof(letter) / sizeof(letter[0]); i++)
		if (flags & letter[i].flag)
			wire_text_char(t, letter[i].c);
}

static void hex_bytes(struct wire_text *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wire_text_hex(t, p[i], 2);
}

static void text_u64(struct wire_text *t, const char *before, uint64_t v)
{
	wire_text_str(t, before);
	wire_text_u64(t, v);
}

static void sack_blocks(struct wire_text *t, const struct wire_tcp *f,
			uint32_t ack0)
{
	text_u64(t, "sack ", f->n_sack);
	wire_text_char(t, ' ');
	for (unsigned i = 0; i < f->n_sack; i++) {
		text_u64(t, "{", f->sack[i].left - ack0);
		text_u64(t, ":", f->sack[i].right - ack0);
		wire_text_char(t, '}');
	}
}

static void fast_open(struct wire_text *t, const struct wire_tcp *f)
{
	if (f->opts & WIRE_TCP_OPT_FO_EXP)
		wire_text_str(t, "exp-");
	wire_text_str(t, f->fo_len ? "tfo cookie " : "tfo cookiereq");
	hex_bytes(t, f->fo, f->fo_len);
}

/* One option that the parser understood; @f holds it alone. */
static void known_option(struct wire_text *t, const struct wire_tcp *f,
			 uint32_t ack0)
{
	if (f->opts & WIRE_TCP_OPT_MSS)
		text_u64(t, "mss ", f->mss);
	if (f->opts & WIRE_TCP_OPT_WSCALE)
		text_u64(t, "wscale ", f->wscale);
	if (f->opts & WIRE_TCP_OPT_SACKOK)
		wire_text_str(t, "sackOK");
	if (f->opts & WIRE_TCP_OPT_SACK)
		sack_blocks(t, f, ack0);
	if (f->opts & WIRE_TCP_OPT_TS) {
		text_u64(t, "TS val ", f->tsval);
		text_u64(t, " ecr ", f->tsecr);
	}
	if (f->opts & WIRE_TCP_OPT_FO)
		fast_open(t, f);
	if (f->opts & WIRE_TCP_OPT_MD5) {
		wire_text_str(t, "md5 ");
		hex_bytes(t, f->md5, WIRE_TCP_MD5_LEN);
	}
	if (f->opts & WIRE_TCP_OPT_AO) {
		wire_text_str(t, "tcp-ao ");
		hex_bytes(t, f->ao, f->ao_len);
	}
	if (f->opts & WIRE_TCP_OPT_UTO) {
		text_u64(t, "uto ", f->uto & 0x7fff);
		wire_text_char(t, f->uto & 0x8000 ? 'm' : 's');
	}
}

static void one_option(struct wire_text *t, const uint8_t *p, size_t len,
		       uint32_t ack0)
{
	struct wire_tcp f = { .opts = 0 };

	wire_tcp_parse_opts(&f, p, len);
	if (f.opts & ~WIRE_TCP_OPT_UNKNOWN) {
		known_option(t, &f, ack0);
		return;
	}
	text_u64(t, f.opts ? "unknown-" : "bad-", p[0]);
	if (len > 2)
		wire_text_str(t, " 0x");
	hex_bytes(t, p + 2, len - 2);
}

void wire_print_tcp_opts(struct wire_text *t, const uint8_t *p, size_t n,
			 uint32_t ack0)
{
	for (size_t at = 0; at < n;) {
		size_t len = 1;

		if (at)
			wire_text_char(t, ',');
		if (p[at] == WIRE_TCP_KIND_END) {
			wire_text_str(t, "eol");
			return;
		}
		if (p[at] == WIRE_TCP_KIND_NOP) {
			wire_text_str(t, "nop");
		} else if (n - at < 2 || p[at + 1] < 2 || p[at + 1] > n - at) {
			wire_text_str(t, "[bad opt]");
			return;
		} else {
			len = p[at + 1];
			one_option(t, p + at, len, ack0);
		}
		at += len;
	}
}

static void tcp_numbers(struct line *l, const struct wire_tcp *f, size_t len)
{
	uint32_t seq = f->seq - l->seq0;

	if (len || f->flags & (WIRE_TCP_SYN | WIRE_TCP_FIN | WIRE_TCP_RST))
		put_u64(l, ", seq ", seq);
	if (len)
		put_u64(l, ":", seq + (uint32_t)len);
	if (f->flags & WIRE_TCP_ACK)
		put_u64(l, ", ack ", f->ack - l->ack0);
	put_u64(l, ", win ", f->wnd);
	if (f->flags & WIRE_TCP_URG)
		put_u64(l, ", urg ", f->urg);
}

static void print_tcp(struct line *l, const struct upper *u)
{
	struct wire_tcp f;
	int hlen = wire_tcp_parse(&f, u->p, u->n);
	size_t len;

	if (hlen < 0) {
		put_ends(l, u);
		put(l, "[|tcp]");
		return;
	}
	len = u->len - (size_t)hlen;
	put_ends_with_ports(l, u, f.sport, f.dport);
	put(l, "Flags [");
	wire_print_tcp_flags(&l->t, f.flags);
	put(l, "]");
	tcp_numbers(l, &f, len);
	if (hlen > WIRE_TCP_HLEN) {
		put(l, ", options [");
		wire_print_tcp_opts(&l->t, u->p + WIRE_TCP_HLEN,
				    (size_t)hlen - WIRE_TCP_HLEN, l->ack0);
		put(l, "]");
	}
	put_u64(l, ", length ", len);
}

static void print_udp(struct line *l, const struct upper *u)
{
	struct wire_udp f;

	/* a first fragment is shorter than its length field says */
	if (wire_udp_parse(&f, u->p, u->n, SIZE_MAX) < 0) {
		put_ends(l, u);
		put(l, "[|udp]");
		return;
	}
	put_ends_with_ports(l, u, f.sport, f.dport);
	put_u64(l, "UDP, length ", f.len - WIRE_UDP_HLEN);
}

static const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case WIRE_PROTO_ICMP4:
		return "icmp";
	case WIRE_PROTO_IGMP:
		return "igmp";
	case WIRE_PROTO_IPIP:
		return "ipip";
	case WIRE_PROTO_TCP:
		return "tcp";
	case WIRE_PROTO_UDP:
		return "udp";
	case WIRE_PROTO_IP6:
		return "ip6";
	case WIRE_PROTO_GRE:
		return "gre";
	case WIRE_PROTO_ESP:
		return "esp";
	case WIRE_PROTO_AH:
		return "ah";
	case WIRE_PROTO_ICMP6:
		return "icmp6";
	case WIRE_PROTO_NONE:
		return "no next header";
	case WIRE_PROTO_UDPLITE:
		return "udplite";
	default:
		return NULL;
	}
}

static void put_proto(struct line *l, uint8_t proto)
{
	const char *name = proto_name(proto);

	if (name)
		put(l, name);
	else
		put_u64(l, "ip-proto-", proto);
}

/* "10.0.0.2 udp port 53": what a quoted packet wanted to reach. */
static void put_quoted_port(struct line *l, const struct wire_quote *q)
{
	put_addr(l, q->dst, q->version == 4 ? 4 : 16);
	put(l, " ");
	put_proto(l, q->proto);
	if (q->has_ports)
		put_u64(l, " port ", q->dport);
}

static void print_unreach4(struct line *l, const struct wire_icmp4 *f,
			   const struct wire_quote *q)
{
	switch (f->code) {
	case WIRE_ICMP4_UNREACH_NET:
		put(l, "net ");
		break;
	case WIRE_ICMP4_UNREACH_HOST:
		put(l, "host ");
		break;
	case WIRE_ICMP4_UNREACH_PORT:
		put_quoted_port(l, q);
		put(l, " unreachable");
		return;
	default:
		break;
	}
	put_addr(l, q->dst, 4);
	if (f->code == WIRE_ICMP4_UNREACH_PROTO)
		put_u64(l, " protocol ", q->proto);
	put(l, " unreachable");
	if (f->code == WIRE_ICMP4_UNREACH_FRAG) {
		put_u64(l, " - need to frag (mtu ", f->mtu);
		put(l, ")");
	} else if (f->code > WIRE_ICMP4_UNREACH_FRAG) {
		put_u64(l, " - code ", f->code);
	}
}

static void print_error4(struct line *l, const struct wire_icmp4 *f,
			 const uint8_t *p)
{
	struct wire_quote q;

	if (wire_quote_ip4(&q, p + WIRE_ICMP_HLEN, f->quote_len) < 0) {
		put_u64(l, "type-", f->type);
		put_u64(l, " code-", f->code);
		put(l, " [|quote]");
		return;
	}
	switch (f->type) {
	case WIRE_ICMP4_UNREACH:
		print_unreach4(l, f, &q);
		break;
	case WIRE_ICMP4_REDIRECT:
		put(l, "redirect ");
		put_addr(l, q.dst, 4);
		put(l, " to ");
		put_addr(l, f->gateway, 4);
		break;
	case WIRE_ICMP4_TIME_EXCEEDED:
		put(l, f->code == WIRE_ICMP4_EXC_REASM
			       ? "ip reassembly time exceeded"
			       : "time exceeded in-transit");
		break;
	case WIRE_ICMP4_PARAM:
		put_u64(l, "parameter problem - octet ", f->pointer);
		break;
	default:
		put(l, "source quench");
		break;
	}
}

static const char *query4(uint8_t type)
{
	switch (type) {
	case WIRE_ICMP4_ECHO:
		return "echo request";
	case WIRE_ICMP4_ECHO_REPLY:
		return "echo reply";
	case WIRE_ICMP4_TIMESTAMP:
		return "time stamp query";
	case WIRE_ICMP4_TIMESTAMP_REPLY:
		return "time stamp reply";
	default:
		return NULL;
	}
}

static void print_icmp4(struct line *l, const struct upper *u)
{
	struct wire_icmp4 f;

	put_ends(l, u);
	if (wire_icmp4_parse(&f, u->p, u->n) < 0) {
		put(l, "[|icmp]");
		return;
	}
	put(l, "ICMP ");
	if (f.is_error) {
		print_error4(l, &f, u->p);
	} else if (query4(f.type)) {
		put(l, query4(f.type));
		put_u64(l, ", id ", f.id);
		put_u64(l, ", seq ", f.seq);
	} else {
		put_u64(l, "type-", f.type);
		put_u64(l, " code-", f.code);
	}
	put_u64(l, ", length ", u->len);
}

static void print_unreach6(struct line *l, const struct wire_icmp6 *f,
			   const struct wire_quote *q)
{
	static const char *const what[] = {
		[WIRE_ICMP6_UNREACH_ROUTE] = "unreachable route ",
		[WIRE_ICMP6_UNREACH_ADMIN] = "unreachable prohibited ",
		[WIRE_ICMP6_UNREACH_SCOPE] = "beyond scope ",
		[WIRE_ICMP6_UNREACH_ADDR] = "unreachable address ",
		[WIRE_ICMP6_UNREACH_PORT] = "unreachable port, ",
		[WIRE_ICMP6_UNREACH_POLICY] = "source policy failed ",
		[WIRE_ICMP6_UNREACH_REJECT] = "rejected route ",
	};

	put(l, "destination unreachable, ");
	if (f->code < sizeof(what) / sizeof(what[0])) {
		put(l, what[f->code]);
	} else {
		put_u64(l, "code-", f->code);
		put(l, " ");
	}
	if (f->code == WIRE_ICMP6_UNREACH_PORT)
		put_quoted_port(l, q);
	else
		put_addr(l, q->dst, 16);
}

static void print_param6(struct line *l, const struct wire_icmp6 *f)
{
	static const char *const what[] = {
		[WIRE_IP6_CODE_FIELD] = "erroneous",
		[WIRE_IP6_CODE_NEXT] = "next header",
		[WIRE_IP6_CODE_OPTION] = "option",
		[WIRE_IP6_CODE_FIRST] = "incomplete header chain",
	};

	put(l, "parameter problem, ");
	if (f->code < sizeof(what) / sizeof(what[0]))
		put(l, what[f->code]);
	else
		put_u64(l, "code-", f->code);
	put_u64(l, " - octet ", f->pointer);
}

static void print_error6(struct line *l, const struct wire_icmp6 *f,
			 const uint8_t *p)
{
	struct wire_quote q;

	if (wire_quote_ip6(&q, p + WIRE_ICMP_HLEN, f->quote_len) < 0) {
		put_u64(l, "type-", f->type);
		put_u64(l, " code-", f->code);
		put(l, " [|quote]");
		return;
	}
	switch (f->type) {
	case WIRE_ICMP6_UNREACH:
		print_unreach6(l, f, &q);
		break;
	case WIRE_ICMP6_TOO_BIG:
		put_u64(l, "packet too big, mtu ", f->mtu);
		break;
	case WIRE_ICMP6_TIME_EXCEEDED:
		put(l, f->code == WIRE_ICMP6_EXC_REASM
			       ? "time exceeded in-reassembly for "
			       : "time exceeded in-transit for ");
		put_addr(l, q.dst, 16);
		break;
	case WIRE_ICMP6_PARAM:
		print_param6(l, f);
		break;
	default:
		put_u64(l, "error type-", f->type);
		put_u64(l, " code-", f->code);
		break;
	}
}

static void print_nd(struct line *l, const struct wire_nd *f)
{
	switch (f->type) {
	case WIRE_ICMP6_RS:
		put(l, "router solicitation");
		break;
	case WIRE_ICMP6_RA:
		put(l, "router advertisement");
		break;
	case WIRE_ICMP6_NS:
		put(l, "neighbor solicitation, who has ");
		put_addr(l, f->target, 16);
		break;
	case WIRE_ICMP6_NA:
		put(l, "neighbor advertisement, tgt is ");
		put_addr(l, f->target, 16);
		break;
	default:
		put(l, "redirect, ");
		put_addr(l, f->dest, 16);
		put(l, " to ");
		put_addr(l, f->target, 16);
		break;
	}
}

static void print_other6(struct line *l, const struct wire_icmp6 *f,
			 const struct upper *u)
{
	struct wire_nd nd;

	switch (f->type) {
	case WIRE_ICMP6_ECHO:
	case WIRE_ICMP6_ECHO_REPLY:
		put(l,
		    f->type == WIRE_ICMP6_ECHO ? "echo request" : "echo reply");
		put_u64(l, ", id ", f->id);
		put_u64(l, ", seq ", f->seq);
		return;
	case WIRE_ICMP6_MLD_QUERY:
		put(l, "multicast listener query");
		return;
	case WIRE_ICMP6_MLD_REPORT:
		put(l, "multicast listener report");
		return;
	case WIRE_ICMP6_MLD_DONE:
		put(l, "multicast listener done");
		return;
	case WIRE_ICMP6_MLD2_REPORT:
		put(l, "multicast listener report v2");
		return;
	default:
		break;
	}
	if (wire_nd_parse(&nd, u->p, u->n) >= 0) {
		print_nd(l, &nd);
		return;
	}
	put_u64(l, "type-", f->type);
	put_u64(l, " code-", f->code);
	if (nd.bad != WIRE_BAD_TYPE)
		put(l, " [|nd]");
}

static void print_icmp6(struct line *l, const struct upper *u)
{
	struct wire_icmp6 f;

	put_ends(l, u);
	if (wire_icmp6_parse(&f, u->p, u->n) < 0) {
		put(l, "[|icmp6]");
		return;
	}
	put(l, "ICMP6, ");
	if (f.is_error)
		print_error6(l, &f, u->p);
	else
		print_other6(l, &f, u);
	put_u64(l, ", length ", u->len);
}

static void print_upper(struct line *l, const struct upper *u)
{
	if (u->proto == WIRE_PROTO_TCP) {
		print_tcp(l, u);
	} else if (u->proto == WIRE_PROTO_UDP) {
		print_udp(l, u);
	} else if (u->proto == WIRE_PROTO_ICMP4 && u->alen == 4) {
		print_icmp4(l, u);
	} else if (u->proto == WIRE_PROTO_ICMP6 && u->alen == 16) {
		print_icmp6(l, u);
	} else {
		put_ends(l, u);
		put_proto(l, u->proto);
		put_u64(l, ", length ", u->len);
	}
}

/* "frag 1480+1480 of 0x1a2b, more": offset, length, id. */
static void print_frag(struct line *l, uint32_t id, size_t off, size_t len,
		       bool more)
{
	put_u64(l, "frag ", off);
	put_u64(l, "+", len);
	put(l, " of 0x");
	wire_text_hex(&l->t, id, 4);
	if (more)
		put(l, ", more");
}

static size_t at_hand(size_t n, size_t off, size_t end)
{
	return (n < end ? n : end) - off;
}

static void print_ip4(struct line *l, const uint8_t *p, size_t n)
{
	struct wire_ip4 f;
	struct upper u;
	int hlen = wire_ip4_parse(&f, p, n, SIZE_MAX);

	put(l, "IP ");
	if (hlen < 0) {
		put(l, "[|ip: bad ");
		put(l, wire_bad_name(f.bad));
		put(l, "]");
		return;
	}
	u = (struct upper) { .src = f.src,
			     .dst = f.dst,
			     .alen = 4,
			     .p = p + hlen,
			     .n = at_hand(n, (size_t)hlen, f.len),
			     .len = f.len - (size_t)hlen,
			     .proto = f.proto };
	if (f.frag_off) {
		put_ends(l, &u);
		put_proto(l, f.proto);
		put(l, " ");
	} else {
		print_upper(l, &u);
		put(l, f.mf ? ", " : "");
	}
	if (f.frag_off || f.mf)
		print_frag(l, f.id, f.frag_off, u.len, f.mf);
}

/* For reading alone: as far as a packet goes. */
static const struct wire_ip6_limits no_limits = {
	.max_headers = 255,
	.max_hbh_opts = 255,
	.max_dst_opts = 255,
	.max_hbh_len = UINT16_MAX,
	.max_dst_len = UINT16_MAX,
};

static void print_chain6(struct line *l, const struct wire_ip6_chain *c,
			 struct upper *u)
{
	if (c->hbh)
		put(l, "HBH ");
	if (c->routing)
		put(l, c->rh0 ? "RH0 " : "srcrt ");
	if (c->dst)
		put(l, "DSTOPT ");
	if (c->frag_off) {
		put_ends(l, u);
		put_proto(l, c->next);
		put(l, " ");
	} else {
		print_upper(l, u);
		put(l, c->frag ? ", " : "");
	}
	if (c->frag)
		print_frag(l, c->frag_id, c->frag_off, u->len, c->more);
}

static void print_ip6(struct line *l, const uint8_t *p, size_t n)
{
	struct wire_ip6_chain c;
	struct wire_ip6 f;
	struct upper u;
	size_t end;

	put(l, "IP6 ");
	if (wire_ip6_parse(&f, p, n, SIZE_MAX) < 0) {
		put(l, "[|ip6: bad ");
		put(l, wire_bad_name(f.bad));
		put(l, "]");
		return;
	}
	end = (size_t)f.plen + WIRE_IP6_HLEN;
	u = (struct upper) { .src = f.src, .dst = f.dst, .alen = 16 };
	if (wire_ip6_walk(&c, p, n < end ? n : end, end, &no_limits) < 0) {
		put_ends(l, &u);
		put(l, "[|ip6: bad ");
		put(l, wire_bad_name(c.bad));
		put(l, "]");
		return;
	}
	u.p = p + c.off;
	u.n = at_hand(n, c.off, end);
	u.len = end - c.off;
	u.proto = c.next;
	print_chain6(l, &c, &u);
}

static void print_ip(struct line *l, const uint8_t *p, size_t n)
{
	if (n && p[0] >> 4 == 4)
		print_ip4(l, p, n);
	else if (n && p[0] >> 4 == 6)
		print_ip6(l, p, n);
	else
		put_u64(l, "not IP, length ", n);
}

static void print_arp(struct line *l, const uint8_t *p, size_t n)
{
	struct wire_arp f;

	if (wire_arp_parse(&f, p, n) < 0) {
		put(l, "ARP, [|arp: bad ");
		put(l, wire_bad_name(f.bad));
		put(l, "]");
		return;
	}
	switch (f.op) {
	case WIRE_ARP_REQUEST:
		put(l, "ARP, Request who-has ");
		put_addr(l, f.tpa, 4);
		put(l, " tell ");
		put_addr(l, f.spa, 4);
		break;
	case WIRE_ARP_REPLY:
		put(l, "ARP, Reply ");
		put_addr(l, f.spa, 4);
		put(l, " is-at ");
		wire_text_mac(&l->t, f.sha);
		break;
	default:
		put_u64(l, "ARP, op ", f.op);
		break;
	}
	put_u64(l, ", length ", WIRE_ARP_LEN);
}

static void print_frame(struct line *l, const uint8_t *p, size_t n)
{
	struct wire_eth f;
	int hlen = wire_eth_parse(&f, p, n);

	if (hlen < 0) {
		put(l, "[|ether]");
		return;
	}
	for (unsigned i = 0; i < f.n_tags; i++) {
		put_u64(l, "vlan ", f.tci[i] & 0xfff);
		put(l, ", ");
	}
	p += hlen;
	n -= (size_t)hlen;
	switch (f.type) {
	case WIRE_ETH_IP4:
		print_ip4(l, p, n);
		return;
	case WIRE_ETH_IP6:
		print_ip6(l, p, n);
		return;
	case WIRE_ETH_ARP:
		print_arp(l, p, n);
		return;
	default:
		break;
	}
	if (f.type < WIRE_ETH_MIN_TYPE) {
		put_u64(l, "802.3, length ", f.type);
		return;
	}
	put(l, "ethertype 0x");
	wire_text_hex(&l->t, f.type, 4);
	put_u64(l, ", length ", n);
}

int wire_print_rel(char *buf, size_t size, const uint8_t *frame, size_t n,
		   int linktype, uint32_t seq0, uint32_t ack0)
{
	struct line l = { .seq0 = seq0, .ack0 = ack0 };

	wire_text_init(&l.t, buf, size);
	if (linktype == WIRE_LINK_ETHERNET)
		print_frame(&l, frame, n);
	else
		print_ip(&l, frame, n);
	return (int)l.t.len;
}

int wire_print(char *buf, size_t size, const uint8_t *frame, size_t n,
	       int linktype)
{
	return wire_print_rel(buf, size, frame, n, linktype, 0, 0);
}

static const char *ethertype_name(uint16_t type)
{
	switch (type) {
	case WIRE_ETH_IP4:
		return "IPv4";
	case WIRE_ETH_IP6:
		return "IPv6";
	case WIRE_ETH_ARP:
		return "ARP";
	default:
		return "Unknown";
	}
}

void wire_print_eth(struct wire_text *t, const uint8_t *frame, size_t n)
{
	struct wire_eth f;

	if (wire_eth_parse(&f, frame, n) < 0) {
		wire_text_str(t, "[|ether]");
		return;
	}
	wire_text_mac(t, f.src);
	wire_text_str(t, " > ");
	wire_text_mac(t, f.dst);
	wire_text_str(t, ", ethertype ");
	wire_text_str(t, ethertype_name(f.type));
	wire_text_str(t, " (0x");
	wire_text_hex(t, f.type, 4);
	wire_text_str(t, ")");
}
