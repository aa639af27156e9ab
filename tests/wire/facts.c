/* SPDX-License-Identifier: MIT */
/*
 * tests/wire/facts.c - our parsers and emitters as a filter, for an oracle
 *
 *	facts parse < LINES	each "KIND HEX" becomes one line of facts
 *	facts emit SEED N	N random packets a kind: "KIND HEX FACTS"
 *
 * Facts are "key=value" with one blank between; bytes are hex. A header that
 * is refused prints "bad=REASON". scapy_oracle.py compares both directions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/wire/bytes.h"
#include "wire/arp.h"
#include "wire/csum.h"
#include "wire/dhcp.h"
#include "wire/dns.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/igmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/mld.h"
#include "wire/nd.h"
#include "wire/quote.h"
#include "wire/tcp.h"
#include "wire/udp.h"

static void num(const char *key, unsigned long long v)
{
	printf(" %s=%llu", key, v);
}

static void hex(const char *key, const uint8_t *p, size_t n)
{
	printf(" %s=", key);
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

static int bad(uint8_t reason)
{
	printf(" bad=%s", wire_bad_name(reason));
	return -1;
}

static int show_eth(const uint8_t *p, size_t n)
{
	struct wire_eth f;
	int len = wire_eth_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	hex("dst", f.dst, 6);
	hex("src", f.src, 6);
	num("type", f.type);
	num("tags", f.n_tags);
	for (unsigned i = 0; i < f.n_tags; i++) {
		num("tpid", f.tpid[i]);
		num("tci", f.tci[i]);
	}
	return len;
}

static int show_arp(const uint8_t *p, size_t n)
{
	struct wire_arp f;
	int len = wire_arp_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	num("op", f.op);
	hex("sha", f.sha, 6);
	hex("spa", f.spa, 4);
	hex("tha", f.tha, 6);
	hex("tpa", f.tpa, 4);
	return len;
}

static int show_ip4(const uint8_t *p, size_t n)
{
	struct wire_ip4 f;
	struct wire_ip4_opts o;
	int len = wire_ip4_parse(&f, p, n, n);

	if (len < 0)
		return bad(f.bad);
	hex("src", f.src, 4);
	hex("dst", f.dst, 4);
	num("hlen", f.hlen);
	num("len", f.len);
	num("id", f.id);
	num("tos", f.tos);
	num("ttl", f.ttl);
	num("proto", f.proto);
	num("df", f.df);
	num("mf", f.mf);
	num("off", f.frag_off);
	num("csum_ok", wire_ip4_csum(p, f.hlen) == 0);
	if (wire_ip4_opts_parse(&o, p, f.hlen) < 0)
		return bad(o.bad);
	num("rr", o.rr);
	num("ts", o.ts);
	num("srr", o.srr);
	num("strict", o.strict);
	num("ra", o.ra);
	return len;
}

static int show_ip6(const uint8_t *p, size_t n)
{
	struct wire_ip6 f;
	struct wire_ip6_chain c;

	if (wire_ip6_parse(&f, p, n, n) < 0)
		return bad(f.bad);
	hex("src", f.src, 16);
	hex("dst", f.dst, 16);
	num("tclass", f.tclass);
	num("flow", f.flow);
	num("plen", f.plen);
	num("hops", f.hops);
	if (wire_ip6_walk(&c, p, n, WIRE_IP6_HLEN + (size_t)f.plen,
			  &WIRE_IP6_LIMITS) < 0)
		return bad(c.bad);
	num("next", c.next);
	num("upper", c.off);
	num("hbh", c.hbh);
	num("dstopt", c.dst);
	num("routing", c.routing);
	num("frag", c.frag);
	num("off", c.frag_off);
	num("more", c.more);
	num("id", c.frag_id);
	return (int)c.off;
}

static int show_udp(const uint8_t *p, size_t n)
{
	struct wire_udp f;
	int len = wire_udp_parse(&f, p, n, n);

	if (len < 0)
		return bad(f.bad);
	num("sport", f.sport);
	num("dport", f.dport);
	num("len", f.len);
	num("csum", f.csum);
	return len;
}

static void show_tcp_opts(const struct wire_tcp *f)
{
	if (f->opts & WIRE_TCP_OPT_MSS)
		num("mss", f->mss);
	if (f->opts & WIRE_TCP_OPT_WSCALE)
		num("wscale", f->wscale);
	if (f->opts & WIRE_TCP_OPT_SACKOK)
		num("sackok", 1);
	for (unsigned i = 0; f->opts & WIRE_TCP_OPT_SACK && i < f->n_sack;
	     i++) {
		num("left", f->sack[i].left);
		num("right", f->sack[i].right);
	}
	if (f->opts & WIRE_TCP_OPT_TS) {
		num("tsval", f->tsval);
		num("tsecr", f->tsecr);
	}
	if (f->opts & WIRE_TCP_OPT_FO) {
		num("fo_exp", !!(f->opts & WIRE_TCP_OPT_FO_EXP));
		hex("fo", f->fo, f->fo_len);
	}
	if (f->opts & WIRE_TCP_OPT_MD5)
		hex("md5", f->md5, WIRE_TCP_MD5_LEN);
	if (f->opts & WIRE_TCP_OPT_AO)
		hex("ao", f->ao, f->ao_len);
	if (f->opts & WIRE_TCP_OPT_UTO)
		num("uto", f->uto);
	if (f->opts & WIRE_TCP_OPT_ACC)
		num("acc_order", !!(f->opts & WIRE_TCP_OPT_ACC1));
	for (unsigned i = 0; f->opts & WIRE_TCP_OPT_ACC && i < f->acc_n; i++)
		num("acc", f->acc[i]);
}

static int show_tcp(const uint8_t *p, size_t n)
{
	struct wire_tcp f;
	int len = wire_tcp_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	num("sport", f.sport);
	num("dport", f.dport);
	num("seq", f.seq);
	num("ack", f.ack);
	num("hlen", f.hlen);
	num("flags", f.flags);
	num("wnd", f.wnd);
	num("urg", f.urg);
	show_tcp_opts(&f);
	return len;
}

static void show_quote(const struct wire_quote *q)
{
	hex("q_src", q->src, q->version == 4 ? 4 : 16);
	hex("q_dst", q->dst, q->version == 4 ? 4 : 16);
	num("q_proto", q->proto);
	num("q_len", q->len);
	if (q->has_ports || q->has_echo) {
		num("q_sport", q->sport);
		num("q_dport", q->dport);
	}
	if (q->has_seq)
		num("q_seq", q->seq);
}

static int show_icmp4(const uint8_t *p, size_t n)
{
	struct wire_icmp4 f;
	struct wire_quote q;
	int len = wire_icmp4_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	num("type", f.type);
	num("code", f.code);
	num("csum_ok", csum_ok(csum(p, n, 0)));
	num("id", f.id);
	num("seq", f.seq);
	num("mtu", f.mtu);
	num("pointer", f.pointer);
	if (f.gateway)
		hex("gateway", f.gateway, 4);
	if (f.is_error && wire_quote_ip4(&q, p + len, f.quote_len) > 0)
		show_quote(&q);
	return len;
}

static int show_icmp6(const uint8_t *p, size_t n)
{
	struct wire_icmp6 f;
	struct wire_quote q;
	int len = wire_icmp6_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	num("type", f.type);
	num("code", f.code);
	num("id", f.id);
	num("seq", f.seq);
	num("mtu", f.mtu);
	num("pointer", f.pointer);
	if (f.is_error && wire_quote_ip6(&q, p + len, f.quote_len) > 0)
		show_quote(&q);
	return len;
}

static void show_nd_opt(const struct wire_nd_opt *o)
{
	struct wire_nd_prefix pi;
	struct wire_nd_route ri;
	struct wire_nd_rdnss rd;

	if (o->type == WIRE_ND_OPT_PREFIX && !wire_nd_prefix_parse(&pi, o)) {
		hex("prefix", pi.prefix, 16);
		num("plen", pi.plen);
		num("on_link", pi.on_link);
		num("auto", pi.autonomous);
		num("valid", pi.valid_s);
		num("preferred", pi.preferred_s);
	}
	if (o->type == WIRE_ND_OPT_ROUTE && !wire_nd_route_parse(&ri, o)) {
		hex("route", ri.prefix, 16);
		num("route_len", ri.plen);
		num("route_pref", (unsigned)(ri.pref & 3));
		num("route_life", ri.lifetime_s);
	}
	if (o->type == WIRE_ND_OPT_RDNSS && !wire_nd_rdnss_parse(&rd, o)) {
		hex("rdnss", rd.addrs, rd.count * (size_t)16);
		num("rdnss_life", rd.lifetime_s);
	}
}

static void show_ra(const struct wire_nd *f)
{
	num("hops", f->hops);
	num("managed", f->managed);
	num("other", f->other);
	num("pref", (unsigned)(f->pref & 3));
	num("lifetime", f->lifetime_s);
	num("reachable", f->reachable_ms);
	num("retrans", f->retrans_ms);
}

static int show_nd(const uint8_t *p, size_t n)
{
	struct wire_nd f;
	struct wire_nd_opt o;
	size_t off;
	int len = wire_nd_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	num("type", f.type);
	if (f.target)
		hex("target", f.target, 16);
	if (f.dest)
		hex("dest", f.dest, 16);
	if (f.type == WIRE_ICMP6_NA) {
		num("router", f.router);
		num("solicited", f.solicited);
		num("override", f.override);
	}
	if (f.type == WIRE_ICMP6_RA)
		show_ra(&f);
	if (f.slla)
		hex("slla", f.slla, 6);
	if (f.tlla)
		hex("tlla", f.tlla, 6);
	if (f.mtu)
		num("mtu", f.mtu);
	if (f.redirected)
		hex("redirected", f.redirected, f.redirected_len);
	for (off = f.opts; wire_nd_opt_next(&o, p, n, &off);)
		show_nd_opt(&o);
	return len;
}

/* A whole packet: do the checksums of its upper layer add up? */
static int show_sum(const uint8_t *p, size_t n)
{
	size_t at = p[0] >> 4 == 4 ? 20 : 40;
	struct wire_ip4 f4;
	struct wire_ip6 f6;
	uint32_t pseudo;

	if (wire_ip4_parse(&f4, p, n, n) > 0)
		pseudo = csum_pseudo4(f4.src, f4.dst, f4.proto,
				      (uint32_t)(n - at));
	else if (wire_ip6_parse(&f6, p, n, n) > 0)
		pseudo = csum_pseudo6(f6.src, f6.dst, f6.next,
				      (uint32_t)(n - at));
	else
		return bad(f6.bad);
	num("ok", csum_ok(csum(p + at, n - at, pseudo)));
	return (int)at;
}

static void dns_name(const char *key, const struct wire_dns_name *f)
{
	char buf[WIRE_DNS_TEXT];
	struct wire_text t;

	wire_text_init(&t, buf, sizeof(buf));
	wire_dns_name_text(&t, f);
	printf(" %s=%s", key, buf);
}

static void show_dns_data(const struct wire_dns_rr *r, const uint8_t *p)
{
	struct wire_dns_name name;
	uint8_t addr[16];

	if (!wire_dns_rr_addr(addr, r, p))
		hex("addr", addr, 16);
	else if (!wire_dns_rr_name(&name, r, p))
		dns_name("name", &name);
	else
		hex("data", p + r->data, r->len);
}

static void show_dns_rr(const struct wire_dns_rr *r, const uint8_t *p, size_t n)
{
	struct wire_dns_name owner;

	if (r->type == WIRE_DNS_OPT)
		return; /* its facts are the header's */
	if (!wire_dns_name_parse(&owner, p, n, r->owner, NULL))
		dns_name("owner", &owner);
	num("section", r->section);
	num("rrtype", r->type);
	num("class", r->class);
	num("ttl", r->ttl_s);
	show_dns_data(r, p);
}

static int show_dns(const uint8_t *p, size_t n)
{
	struct wire_dns_question q;
	struct wire_dns_at at = { 0 };
	struct wire_dns_rr r;
	struct wire_dns f;
	int len = wire_dns_parse(&f, p, n);

	if (len < 0)
		return bad(f.bad);
	num("id", f.id);
	num("qr", f.qr);
	num("opcode", f.opcode);
	num("aa", f.aa);
	num("tc", f.tc);
	num("rd", f.rd);
	num("ra", f.ra);
	num("ad", f.ad);
	num("cd", f.cd);
	num("rcode", f.rcode);
	num("udp", f.udp_size);
	if (!wire_dns_question(&q, &f, p, n)) {
		dns_name("qname", &q.name);
		num("qtype", q.type);
		num("qclass", q.class);
	}
	while (wire_dns_next(&r, &f, p, n, &at))
		show_dns_rr(&r, p, n);
	return len;
}

/* ---- random facts, written ---- */

static uint8_t junk[64]; /* addresses and cookies point into it */

static void show_rec(const struct wire_group_read *r, size_t each)
{
	num("rec", r->type);
	hex("rgroup", r->group, each);
	for (unsigned i = 0; i < r->nsrc; i++)
		hex("rsrc", r->src + i * each, each);
}

static int show_igmp(const uint8_t *p, size_t n)
{
	struct wire_group_read r;
	struct wire_igmp f;
	int at = wire_igmp_parse(&f, p, n), len;

	if (at < 0)
		return bad(f.bad);
	num("type", f.type);
	if (f.type != WIRE_IGMP_REPORT3)
		hex("group", f.group, 4);
	if (f.type == WIRE_IGMP_QUERY) {
		num("version", f.version);
		num("ms", f.max_resp_ms);
	}
	if (f.version == 3) {
		num("s", f.suppress);
		num("qrv", f.qrv);
		num("qqi", f.qqi_s);
		for (unsigned i = 0; i < f.nsrc; i++)
			hex("src", f.src + (size_t)i * 4, 4);
	}
	for (unsigned i = 0; i < f.nrec; i++) {
		len = wire_igmp_rec_next(&r, p + at, n - (size_t)at);
		if (len < 0)
			return bad(WIRE_BAD_LEN);
		show_rec(&r, 4);
		at += len;
	}
	return 0;
}

static int show_mld(const uint8_t *p, size_t n)
{
	struct wire_group_read r;
	struct wire_mld f;
	int at = wire_mld_parse(&f, p, n), len;

	if (at < 0)
		return bad(f.bad);
	num("type", f.type);
	if (f.type != WIRE_ICMP6_MLD2_REPORT)
		hex("group", f.group, 16);
	if (f.type == WIRE_ICMP6_MLD_QUERY) {
		num("version", f.version);
		num("ms", f.max_resp_ms);
	}
	if (f.version == 2) {
		num("s", f.suppress);
		num("qrv", f.qrv);
		num("qqi", f.qqi_s);
		for (unsigned i = 0; i < f.nsrc; i++)
			hex("src", f.src + (size_t)i * 16, 16);
	}
	for (unsigned i = 0; i < f.nrec; i++) {
		len = wire_mld_rec_next(&r, p + at, n - (size_t)at);
		if (len < 0)
			return bad(WIRE_BAD_LEN);
		show_rec(&r, 16);
		at += len;
	}
	return 0;
}

static int show_dhcp(const uint8_t *p, size_t n)
{
	struct wire_dhcp f;

	if (wire_dhcp_parse(&f, p, n) < 0)
		return bad(f.bad);
	num("op", f.op);
	num("xid", f.xid);
	num("secs", f.secs);
	num("broadcast", f.broadcast);
	hex("ciaddr", f.ciaddr, 4);
	hex("yiaddr", f.yiaddr, 4);
	hex("giaddr", f.giaddr, 4);
	hex("chaddr", f.chaddr, 6);
	num("type", f.type);
	hex("server", f.server, 4);
	hex("requested", f.requested, 4);
	hex("mask", f.mask, 4);
	num("lease", f.lease_s);
	num("t1", f.t1_s);
	num("t2", f.t2_s);
	for (unsigned i = 0; i < f.nrouters; i++)
		hex("router", f.router[i], 4);
	for (unsigned i = 0; i < f.ndns; i++)
		hex("dns", f.dns[i], 4);
	hex("domain", (const uint8_t *)f.domain, f.domain_len);
	hex("id", f.client_id, f.client_id_len);
	return 0;
}

static int make_igmp(struct rnd *r, uint8_t *p, size_t n)
{
	static const uint8_t types[] = { WIRE_IGMP_QUERY, WIRE_IGMP_REPORT1,
					 WIRE_IGMP_REPORT2, WIRE_IGMP_LEAVE,
					 WIRE_IGMP_REPORT3 };
	struct wire_igmp f = { .group = junk,
			       .src = junk + 8,
			       .type = types[rnd_below(r, 5)],
			       .version = (uint8_t)(1 + rnd_below(r, 3)),
			       .qrv = (uint8_t)rnd_below(r, 8),
			       .suppress = rnd_below(r, 2) };
	int len, at;

	f.max_resp_ms = (uint32_t)(1 + rnd_below(r, 200)) * 100;
	f.qqi_s = (uint32_t)rnd_below(r, 30000);
	f.nsrc = (uint16_t)rnd_below(r, 5);
	f.nrec = (uint16_t)rnd_below(r, 4);
	at = wire_igmp_emit(p, n, &f);
	for (unsigned i = 0; f.type == WIRE_IGMP_REPORT3 && i < f.nrec; i++) {
		uint16_t k = (uint16_t)rnd_below(r, 4);

		len = wire_igmp_rec_emit(p + at, n - (size_t)at,
					 (enum wire_group_rec)(1 + i), junk, k);
		memcpy(p + at + len, junk + 4, (size_t)k * 4);
		at += len + k * 4;
	}
	return at;
}

static int make_mld(struct rnd *r, uint8_t *p, size_t n)
{
	static const uint8_t types[] = { WIRE_ICMP6_MLD_QUERY,
					 WIRE_ICMP6_MLD_REPORT,
					 WIRE_ICMP6_MLD_DONE,
					 WIRE_ICMP6_MLD2_REPORT };
	struct wire_mld f = { .group = junk,
			      .src = junk,
			      .type = types[rnd_below(r, 4)],
			      .version = (uint8_t)(1 + rnd_below(r, 2)),
			      .qrv = (uint8_t)rnd_below(r, 8),
			      .suppress = rnd_below(r, 2) };
	int len, at;

	f.max_resp_ms = (uint32_t)rnd_below(r, 8000000);
	f.qqi_s = (uint32_t)rnd_below(r, 30000);
	f.nsrc = (uint16_t)rnd_below(r, 3);
	f.nrec = (uint16_t)rnd_below(r, 4);
	at = wire_mld_emit(p, n, &f);
	for (unsigned i = 0; f.type == WIRE_ICMP6_MLD2_REPORT && i < f.nrec;
	     i++) {
		uint16_t k = (uint16_t)rnd_below(r, 2);

		len = wire_mld_rec_emit(p + at, n - (size_t)at,
					(enum wire_group_rec)(1 + i), junk, k);
		memcpy(p + at + len, junk, (size_t)k * 16);
		at += len + k * 16;
	}
	return at;
}

static int make_dhcp(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_dhcp f = { .op = 1,
			       .type = (uint8_t)(1 + rnd_below(r, 8)),
			       .xid = (uint32_t)rnd_u64(r),
			       .secs = (uint16_t)rnd_u64(r),
			       .broadcast = rnd_below(r, 2),
			       .client_id_len = 15 };

	memcpy(f.chaddr, junk, 6);
	memcpy(f.client_id, junk, 15);
	memcpy(f.ciaddr, junk + 6, 4);
	if (rnd_below(r, 2))
		memcpy(f.requested, junk + 10, 4);
	if (rnd_below(r, 2))
		memcpy(f.server, junk + 14, 4);
	return wire_dhcp_emit(p, n, &f);
}

static int make_eth(struct rnd *r, uint8_t *p, size_t n)
{
	static const uint16_t types[] = { 0x0800, 0x86dd, 0x0806, 0x9000 };
	struct wire_eth f = { .dst = junk, .src = junk + 6 };

	f.type = types[rnd_below(r, 4)];
	f.n_tags = (uint8_t)rnd_below(r, 3);
	for (unsigned i = 0; i < 2; i++) {
		f.tpid[i] = rnd_below(r, 2) ? WIRE_ETH_VLAN : WIRE_ETH_QINQ;
		f.tci[i] = (uint16_t)rnd_u64(r);
	}
	return wire_eth_emit(p, n, &f);
}

static int make_arp(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_arp f = {
		.sha = junk, .spa = junk + 6, .tha = junk + 10, .tpa = junk + 16
	};

	f.op = (uint16_t)(1 + rnd_below(r, 9));
	return wire_arp_emit(p, n, &f);
}

static int make_ip4(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_ip4 f = { .src = junk, .dst = junk + 4 };
	uint8_t rr[11] = { WIRE_IP4_OPT_RR, 11, 4 };
	size_t opts_len = rnd_below(r, 2) ? sizeof(rr) : 0;

	f.id = (uint16_t)rnd_u64(r);
	f.tos = (uint8_t)rnd_u64(r);
	f.ttl = (uint8_t)rnd_u64(r);
	f.proto = 253;
	f.df = rnd_below(r, 2);
	f.mf = rnd_below(r, 2);
	f.frag_off = (uint16_t)(rnd_below(r, 8192) * 8);
	f.len = (uint16_t)(opts_len ? 32 : 20);
	if (rnd_below(r, 2))
		wire_ip4_rr_record(rr, junk + 8);
	return wire_ip4_emit(p, n, &f, rr, opts_len);
}

static int make_ip6(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_ip6 f = { .src = junk, .dst = junk + 16, .plen = 16 };

	f.tclass = (uint8_t)rnd_u64(r);
	f.flow = (uint32_t)rnd_u64(r) & 0xfffff;
	f.hops = (uint8_t)rnd_u64(r);
	f.next = WIRE_PROTO_FRAGMENT;
	wire_ip6_emit(p, n, &f);
	wire_ip6_frag_emit(p + 40, n - 40, 253,
			   (uint16_t)(rnd_below(r, 8190) * 8), rnd_below(r, 2),
			   (uint32_t)rnd_u64(r));
	memset(p + 48, 0, 8);
	return 56;
}

static int make_udp(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_udp f = { .len = 8 };

	f.sport = (uint16_t)rnd_u64(r);
	f.dport = 9; /* discard: the oracle knows no protocol on it */
	f.csum = (uint16_t)rnd_u64(r);
	return wire_udp_emit(p, n, &f);
}

static void make_acc(struct rnd *r, struct wire_tcp *f)
{
	f->acc_n = (uint8_t)rnd_below(r, 4);
	for (unsigned i = 0; i < 3; i++)
		f->acc[i] &= 0xffffff;
	if (rnd_below(r, 2))
		f->opts |= WIRE_TCP_OPT_ACC;
	if (f->opts & WIRE_TCP_OPT_ACC && rnd_below(r, 2))
		f->opts |= WIRE_TCP_OPT_ACC1;
}

static int make_tcp(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_tcp f = { 0 };

	do {
		rnd_fill(r, &f, offsetof(struct wire_tcp, fo));
		f.opts &= (uint16_t)(rnd_u64(r) & (WIRE_TCP_OPT_UTO * 2 - 1));
		if (!(f.opts & WIRE_TCP_OPT_FO))
			f.opts &= (uint16_t)~WIRE_TCP_OPT_FO_EXP;
		make_acc(r, &f);
		f.wscale %= 15;
		f.n_sack = (uint8_t)(1 + f.n_sack % 4);
		f.fo_len = 8; /* the oracle knows no other length */
		f.ao_len = 14;
	} while (wire_tcp_opts_len(&f) > 40);
	f.fo = junk;
	f.md5 = junk + 8;
	f.ao = junk + 24;
	f.dport = 9;
	f.sport = 9;
	return wire_tcp_emit(p, n, &f);
}

static int make_icmp4(struct rnd *r, uint8_t *p, size_t n)
{
	static const uint8_t types[] = { 0, 3, 3, 5, 8, 11, 12 };
	struct wire_icmp4 f = { .gateway = junk };

	f.type = types[rnd_below(r, sizeof(types))];
	f.code = (uint8_t)rnd_below(r, 4);
	if (f.type == WIRE_ICMP4_UNREACH && rnd_below(r, 2)) {
		f.code = WIRE_ICMP4_UNREACH_FRAG;
		f.mtu = (uint16_t)rnd_u64(r);
	}
	f.id = (uint16_t)rnd_u64(r);
	f.seq = (uint16_t)rnd_u64(r);
	f.pointer = (uint8_t)rnd_u64(r);
	if (wire_icmp4_emit(p, n, &f) != 8)
		return -1;
	wire_csum_fill(p + WIRE_CSUM_AT_ICMP, csum(p, 8, 0));
	return 8;
}

static int make_icmp6(struct rnd *r, uint8_t *p, size_t n)
{
	static const uint8_t types[] = { 1, 2, 3, 4, 128, 129 };
	struct wire_icmp6 f = { 0 };

	f.type = types[rnd_below(r, sizeof(types))];
	f.code = (uint8_t)rnd_below(r, 3);
	f.id = (uint16_t)rnd_u64(r);
	f.seq = (uint16_t)rnd_u64(r);
	f.mtu = (uint32_t)rnd_u64(r);
	f.pointer = (uint32_t)rnd_u64(r);
	return wire_icmp6_emit(p, n, &f);
}

/* What a redirect is about: a header with nothing behind it. */
static void quote(struct rnd *r, struct wire_nd *f)
{
	static uint8_t about[40];
	const struct wire_ip6 h = { .src = junk + 48,
				    .dst = junk + 16,
				    .flow = rnd_below(r, 1 << 20),
				    .next = 59,
				    .hops = (uint8_t)rnd_u64(r) };

	junk[48] = 0xfd;
	if (wire_ip6_emit(about, sizeof(about), &h) < 0)
		return;
	f->redirected = about;
	f->redirected_len = sizeof(about);
}

static void random_nd(struct rnd *r, struct wire_nd *f)
{
	static const uint8_t types[] = { 133, 134, 135, 136, 137 };

	rnd_fill(r, &f->reachable_ms, 4);
	rnd_fill(r, &f->retrans_ms, 4);
	f->type = types[rnd_below(r, 5)];
	f->lifetime_s = (uint16_t)rnd_u64(r);
	f->hops = (uint8_t)rnd_u64(r);
	f->pref = (int8_t)((int)rnd_below(r, 3) - 1);
	f->router = rnd_below(r, 2);
	f->solicited = rnd_below(r, 2);
	f->override = rnd_below(r, 2);
	f->managed = rnd_below(r, 2);
	f->other = rnd_below(r, 2);
	f->target = f->type >= WIRE_ICMP6_NS ? junk : NULL;
	f->dest = f->type == WIRE_ICMP6_REDIRECT ? junk + 16 : NULL;
	f->slla = rnd_below(r, 2) ? junk + 32 : NULL;
	f->tlla = rnd_below(r, 2) ? junk + 38 : NULL;
	f->mtu = rnd_below(r, 2) ? (uint32_t)rnd_u64(r) | 1 : 0;
	if (f->dest && rnd_below(r, 2))
		quote(r, f);
}

static int make_nd(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_nd f = { 0 };
	struct wire_nd_prefix pi = { .prefix = junk, .plen = 64 };
	struct wire_nd_route ri = { .plen = (uint8_t)rnd_below(r, 129) };
	struct wire_nd_rdnss rd = { .addrs = junk, .count = 2 };
	int len;

	junk[0] = junk[16] = 0xfd;
	random_nd(r, &f);
	len = wire_nd_emit(p, n, &f);
	if (len < 0 || f.type != WIRE_ICMP6_RA)
		return len;
	pi.on_link = rnd_below(r, 2);
	pi.autonomous = rnd_below(r, 2);
	pi.valid_s = (uint32_t)rnd_u64(r);
	pi.preferred_s = (uint32_t)rnd_u64(r);
	memcpy(ri.prefix, junk, ri.plen / 64 * 8);
	ri.pref = f.pref;
	ri.lifetime_s = (uint32_t)rnd_u64(r);
	rd.lifetime_s = (uint32_t)rnd_u64(r);
	len += wire_nd_prefix_emit(p + len, n - (size_t)len, &pi);
	len += wire_nd_route_emit(p + len, n - (size_t)len, &ri);
	len += wire_nd_rdnss_emit(p + len, n - (size_t)len, &rd);
	return len;
}

/* A whole TCP or UDP packet of either family, checksums filled. */
static int make_sum(struct rnd *r, uint8_t *p, size_t n)
{
	bool v4 = rnd_below(r, 2), tcp = rnd_below(r, 2);
	size_t at = v4 ? 20 : 40, hlen = tcp ? 20 : 8;
	size_t len = hlen + rnd_below(r, 60);
	struct wire_ip4 f4 = { .src = junk, .dst = junk + 16, .ttl = 64 };
	struct wire_ip6 f6 = { .src = junk, .dst = junk + 16, .hops = 64 };
	struct wire_tcp t = { .sport = 9, .dport = 9 };
	struct wire_udp u = { .sport = 9, .dport = 9, .len = (uint16_t)len };
	uint32_t sum;

	f4.len = (uint16_t)(at + len);
	f6.plen = (uint16_t)len;
	f4.proto = f6.next = tcp ? WIRE_PROTO_TCP : WIRE_PROTO_UDP;
	v4 ? wire_ip4_emit(p, n, &f4, NULL, 0) : wire_ip6_emit(p, n, &f6);
	tcp ? wire_tcp_emit(p + at, n - at, &t)
	    : wire_udp_emit(p + at, n - at, &u);
	rnd_fill(r, p + at + hlen, len - hlen);
	sum = v4 ? csum_pseudo4(junk, junk + 16, f4.proto, (uint32_t)len)
		 : csum_pseudo6(junk, junk + 16, f6.next, (uint32_t)len);
	sum = csum(p + at, len, sum);
	if (tcp)
		wire_csum_fill(p + at + WIRE_CSUM_AT_TCP, sum);
	else
		wire_csum_fill_udp(p + at + WIRE_CSUM_AT_UDP, sum);
	return (int)(at + len);
}

static void random_name(struct rnd *r, struct wire_dns_name *f)
{
	static const char *const names[] = { "www.example.org",
					     "Example.org",
					     "mail.example.org",
					     "org",
					     "a.b.c.d.e",
					     "x.example.com",
					     "." };

	(void)wire_dns_name_read(f, names[rnd_below(r, COUNT(names))]);
}

static void random_rr(struct rnd *r, struct wire_dns_writer *w,
		      enum wire_dns_section section)
{
	static const uint16_t types[] = { WIRE_DNS_A, WIRE_DNS_AAAA,
					  WIRE_DNS_CNAME, WIRE_DNS_PTR,
					  WIRE_DNS_NS };
	struct wire_dns_name owner, held;
	struct wire_dns_put put = { .owner = &owner,
				    .section = section,
				    .ttl_s = (uint32_t)rnd_u64(r) >> 1,
				    .type = types[rnd_below(r, COUNT(types))],
				    .data = junk };

	random_name(r, &owner);
	random_name(r, &held);
	put.len = put.type == WIRE_DNS_A ? 4 : 16;
	if (put.type != WIRE_DNS_A && put.type != WIRE_DNS_AAAA) {
		put.len = held.len;
		put.data = held.b;
	}
	(void)wire_dns_put(w, &put);
}

static int make_dns(struct rnd *r, uint8_t *p, size_t n)
{
	struct wire_dns_question q = { .type = WIRE_DNS_A, .class = 1 };
	struct wire_dns f = { .id = (uint16_t)rnd_u64(r) };
	struct wire_dns_writer w;
	bool edns = rnd_below(r, 2);

	f.qr = rnd_below(r, 2);
	f.aa = rnd_below(r, 2);
	f.tc = rnd_below(r, 2);
	f.rd = rnd_below(r, 2);
	f.ra = rnd_below(r, 2);
	f.ad = rnd_below(r, 2);
	f.cd = rnd_below(r, 2);
	f.rcode = (uint16_t)rnd_below(r, edns ? 4096 : 16);
	if (wire_dns_begin(&w, p, n, &f))
		return -1;
	random_name(r, &q.name);
	(void)wire_dns_put_question(&w, &q);
	for (int s = WIRE_DNS_ANSWER; s < WIRE_DNS_SECTIONS; s++)
		for (unsigned i = rnd_below(r, 3); i--;)
			random_rr(r, &w, (enum wire_dns_section)s);
	if (edns)
		(void)wire_dns_put_opt(&w, 1232, f.rcode);
	return wire_dns_end(&w);
}

static const struct kind {
	const char *name;
	int (*show)(const uint8_t *p, size_t n);
	int (*make)(struct rnd *r, uint8_t *p, size_t n);
} kinds[] = {
	{ "eth", show_eth, make_eth },
	{ "arp", show_arp, make_arp },
	{ "ip4", show_ip4, make_ip4 },
	{ "ip6", show_ip6, make_ip6 },
	{ "udp", show_udp, make_udp },
	{ "tcp", show_tcp, make_tcp },
	{ "icmp4", show_icmp4, make_icmp4 },
	{ "icmp6", show_icmp6, make_icmp6 },
	{ "nd", show_nd, make_nd },
	{ "sum", show_sum, make_sum },
	{ "dns", show_dns, make_dns },
	{ "igmp", show_igmp, make_igmp },
	{ "mld", show_mld, make_mld },
	{ "dhcp", show_dhcp, make_dhcp },
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	fprintf(stderr, "facts: no such kind: %s\n", name);
	exit(2);
}

static size_t unhex(uint8_t *out, const char *s)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(s, "%2x", &byte) == 1; s += 2)
		out[n++] = (uint8_t)byte;
	return n;
}

static int parse_lines(void)
{
	static char line[20000], text[20000], name[20000];
	static uint8_t bytes[10000];

	while (fgets(line, sizeof(line), stdin)) {
		uint8_t *p;
		size_t n;

		if (sscanf(line, "%19999s %19999s", name, text) != 2)
			return 2;
		n = unhex(bytes, text);
		p = exact(bytes, n);
		fputs(name, stdout);
		kind_of(name)->show(p, n);
		putchar('\n');
		free(p);
	}
	return 0;
}

static int emit_lines(uint64_t seed, int count)
{
	struct rnd r = { seed };

	for (size_t k = 0; k < COUNT(kinds); k++)
		for (int i = 0; i < count; i++) {
			uint8_t p[1024];
			int n;

			rnd_fill(&r, junk, sizeof(junk));
			n = kinds[k].make(&r, p, sizeof(p));
			if (n < 0) {
				fprintf(stderr, "facts: %s: emitter said %d\n",
					kinds[k].name, n);
				return 2;
			}
			printf("%s ", kinds[k].name);
			for (int j = 0; j < n; j++)
				printf("%02x", p[j]);
			kinds[k].show(p, (size_t)n);
			putchar('\n');
		}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "parse") == 0)
		return parse_lines();
	if (argc == 4 && strcmp(argv[1], "emit") == 0)
		return emit_lines(strtoull(argv[2], NULL, 0), atoi(argv[3]));
	fprintf(stderr, "usage: facts parse | facts emit SEED N\n");
	return 2;
}
