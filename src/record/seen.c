/* SPDX-License-Identifier: MIT */
#include "record/seen.h"

#include "record/line.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { UDP_HLEN = 8, EXT_HEADERS = 8 };

static void read_l4(struct seen *s, const uint8_t *p, size_t n, size_t len)
{
	if (s->proto == IPPROTO_TCP) {
		s->is_tcp = wire_tcp_parse(&s->tcp, p, n) >= 0;
		if (!s->is_tcp)
			return;
		s->port[0] = s->tcp.sport;
		s->port[1] = s->tcp.dport;
		s->payload =
			(uint32_t)(len > s->tcp.hlen ? len - s->tcp.hlen : 0);
	} else if (s->proto == IPPROTO_UDP && n >= UDP_HLEN) {
		s->is_udp = true;
		s->port[0] = wire_be_get16(p);
		s->port[1] = wire_be_get16(p + 2);
		s->payload = (uint32_t)(len > UDP_HLEN ? len - UDP_HLEN : 0);
	} else if (s->proto == IPPROTO_ICMP || s->proto == IPPROTO_ICMPV6) {
		s->is_icmp = true;
		s->icmp = p;
		s->icmp_len = n;
		s->payload = (uint32_t)len;
	}
}

static void map4(uint8_t to[16], const uint8_t *from)
{
	memset(to, 0, 10);
	memset(to + 10, 0xff, 2);
	memcpy(to + 12, from, 4);
}

static bool read4(struct seen *s, const uint8_t *p, size_t n, size_t len)
{
	struct wire_ip4 f;
	int h = wire_ip4_parse(&f, p, n, len);

	if (h < 0)
		return false;
	s->version = 4;
	s->proto = f.proto;
	map4(s->addr[0], p + 12);
	map4(s->addr[1], p + 16);
	s->later = f.frag_off != 0;
	if (!s->later)
		read_l4(s, p + h, n - (size_t)h, f.len - (size_t)h);
	return true;
}

/* Extension headers that say how long they are, and fragments' first ones. */
static size_t skip_ext(struct seen *s, const uint8_t *p, size_t at, size_t n)
{
	for (int i = 0; i < EXT_HEADERS && at + 8 <= n; i++) {
		bool frag = s->proto == IPPROTO_FRAGMENT;

		if (!frag && s->proto != IPPROTO_HOPOPTS &&
		    s->proto != IPPROTO_ROUTING && s->proto != IPPROTO_DSTOPTS)
			break;
		if (frag && wire_be_get16(p + at + 2) & 0xfff8)
			s->later = true;
		s->proto = p[at];
		at += frag ? 8 : 8 + (size_t)p[at + 1] * 8;
	}
	return at;
}

static bool read6(struct seen *s, const uint8_t *p, size_t n, size_t len)
{
	struct wire_ip6 f;
	int h = wire_ip6_parse(&f, p, n, len);
	size_t at, end;

	if (h < 0)
		return false;
	s->version = 6;
	s->proto = f.next;
	memcpy(s->addr[0], f.src, 16);
	memcpy(s->addr[1], f.dst, 16);
	end = (size_t)h + f.plen;
	at = skip_ext(s, p, (size_t)h, n);
	if (!s->later && at <= n && at <= end)
		read_l4(s, p + at, n - at, end - at);
	return true;
}

bool seen_read(struct seen *s, const uint8_t *p, size_t n, size_t len,
	       bool ethernet)
{
	size_t skip = ethernet ? WIRE_ETH_HLEN : 0;

	*s = (struct seen) { .version = 0 };
	if (n <= skip || len < n)
		return false;
	if (ethernet && wire_be_get16(p + 12) != 0x0800 &&
	    wire_be_get16(p + 12) != 0x86dd)
		return false;
	p += skip;
	n -= skip;
	len -= skip;
	return p[0] >> 4 == 4 ? read4(s, p, n, len) : read6(s, p, n, len);
}

/* ---- text ---- */

static int add_flags(char *buf, size_t size, uint16_t f)
{
	static const struct {
		uint16_t flag;
		const char *text;
	} names[] = {
		{ WIRE_TCP_URG, "URG " }, { WIRE_TCP_SYN, "SYN " },
		{ WIRE_TCP_FIN, "FIN " }, { WIRE_TCP_RST, "RST " },
		{ WIRE_TCP_PSH, "PSH " }, { WIRE_TCP_ACK, "ACK " },
	};
	int at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (f & names[i].flag)
			at = line_add(buf, size, at, "%s", names[i].text);
	return at;
}

/* As many blocks as the line has room for, and how many more there are. */
static void add_sack(const struct wire_tcp *f, uint32_t isn, int room,
		     char *buf, size_t size, int at)
{
	int i = 0;

	for (; i < f->n_sack; i++) {
		char block[40];
		int n = snprintf(block, sizeof(block), "%s%u:%u",
				 i ? "," : " sack ", f->sack[i].left - isn,
				 f->sack[i].right - isn);

		if (at + n > room)
			break;
		at = line_add(buf, size, at, "%s", block);
	}
	if (i < f->n_sack)
		line_add(buf, size, at, "%s+%d", i ? "" : " sack ",
			 f->n_sack - i);
}

static void tcp_text(const struct seen *s, const uint32_t *const base[2],
		     int room, char *buf, size_t size)
{
	const struct wire_tcp *f = &s->tcp;
	uint32_t seq = f->seq - (base[0] ? *base[0] : f->seq);
	int at = add_flags(buf, size, f->flags);

	at = line_add(buf, size, at, "seq %u", seq);
	if (s->payload)
		at = line_add(buf, size, at, ":%u", seq + s->payload);
	if (f->flags & WIRE_TCP_ACK && base[1])
		at = line_add(buf, size, at, " ack %u", f->ack - *base[1]);
	at = line_add(buf, size, at, " win %u", f->wnd);
	if (f->opts & WIRE_TCP_OPT_SACK)
		add_sack(f, base[1] ? *base[1] : 0, room, buf, size, at);
}

static uint32_t icmp_u32(const struct seen *s)
{
	return s->icmp_len >= 8 ? wire_be_get32(s->icmp + 4) : 0;
}

static const char *unreach4(uint8_t code)
{
	static const char *const whats[] = {
		[WIRE_ICMP4_UNREACH_NET] = "net",
		[WIRE_ICMP4_UNREACH_HOST] = "host",
		[WIRE_ICMP4_UNREACH_PROTO] = "protocol",
		[WIRE_ICMP4_UNREACH_PORT] = "port",
	};

	return code < sizeof(whats) / sizeof(whats[0]) ? whats[code]
						       : "destination";
}

static void icmp4_text(const struct seen *s, uint8_t type, uint8_t code,
		       char *buf, size_t size)
{
	if (type == WIRE_ICMP4_UNREACH && code == WIRE_ICMP4_UNREACH_FRAG)
		snprintf(buf, size, "ICMP fragmentation needed, MTU %u",
			 icmp_u32(s) & 0xffff);
	else if (type == WIRE_ICMP4_UNREACH)
		snprintf(buf, size, "ICMP %s unreachable", unreach4(code));
	else if (type == WIRE_ICMP4_TIME_EXCEEDED)
		snprintf(buf, size, "ICMP time exceeded");
	else
		snprintf(buf, size, "ICMP type %u, %u bytes", type, s->payload);
}

static void icmp6_text(const struct seen *s, uint8_t type, uint8_t code,
		       char *buf, size_t size)
{
	static const char *const nd[] = {
		"router solicitation", "router advertisement",
		"neighbour solicitation", "neighbour advertisement", "redirect"
	};

	if (type >= WIRE_ICMP6_RS && type <= WIRE_ICMP6_REDIRECT)
		snprintf(buf, size, "%s", nd[type - WIRE_ICMP6_RS]);
	else if (type == WIRE_ICMP6_TOO_BIG)
		snprintf(buf, size, "ICMP packet too big, MTU %u", icmp_u32(s));
	else if (type == WIRE_ICMP6_UNREACH)
		snprintf(buf, size, "ICMP %s unreachable",
			 code == WIRE_ICMP6_UNREACH_ROUTE  ? "net"
			 : code == WIRE_ICMP6_UNREACH_PORT ? "port"
							   : "destination");
	else if (type == WIRE_ICMP6_TIME_EXCEEDED)
		snprintf(buf, size, "ICMP time exceeded");
	else
		snprintf(buf, size, "ICMP type %u, %u bytes", type, s->payload);
}

static void icmp_text(const struct seen *s, char *buf, size_t size)
{
	bool v6 = s->version == 6;
	uint8_t type = s->icmp_len ? s->icmp[0] : 0;
	uint8_t code = s->icmp_len > 1 ? s->icmp[1] : 0;
	bool request = type == (v6 ? WIRE_ICMP6_ECHO : WIRE_ICMP4_ECHO);
	bool reply =
		type == (v6 ? WIRE_ICMP6_ECHO_REPLY : WIRE_ICMP4_ECHO_REPLY);

	if ((request || reply) && s->icmp_len >= 8)
		snprintf(buf, size, "echo %s, seq %u, %u bytes",
			 request ? "request" : "reply",
			 (unsigned)wire_be_get16(s->icmp + 6), s->payload);
	else if (v6)
		icmp6_text(s, type, code, buf, size);
	else
		icmp4_text(s, type, code, buf, size);
}

bool seen_is_error(const struct seen *s)
{
	uint8_t type;

	if (!s->is_icmp || !s->icmp_len)
		return false;
	type = s->icmp[0];
	return s->version == 6 ? type < WIRE_ICMP6_ECHO
			       : type == WIRE_ICMP4_UNREACH ||
					 type == WIRE_ICMP4_TIME_EXCEEDED ||
					 type == WIRE_ICMP4_PARAM;
}

/* Of TCP the ports alone need be there (RFC 792: 64 bits). */
bool seen_quote(const struct seen *s, struct seen *quote)
{
	const uint8_t *p = s->icmp + WIRE_ICMP_HLEN;
	size_t n =
		s->icmp_len > WIRE_ICMP_HLEN ? s->icmp_len - WIRE_ICMP_HLEN : 0;
	size_t at;

	if (!n || !seen_read(quote, p, n, 65535, false) || quote->later)
		return false;
	at = quote->version == 4 ? (p[0] & 15) * 4u : WIRE_IP6_HLEN;
	if (at + 4 <= n) {
		quote->port[0] = wire_be_get16(p + at);
		quote->port[1] = wire_be_get16(p + at + 2);
	}
	return true;
}

void seen_text(const struct seen *s, const uint32_t *const base[2], int room,
	       char *buf, size_t size)
{
	if (s->is_tcp)
		tcp_text(s, base, room, buf, size);
	else if (s->is_udp)
		snprintf(buf, size, "UDP port %u to %u, %u bytes", s->port[0],
			 s->port[1], s->payload);
	else if (s->is_icmp)
		icmp_text(s, buf, size);
	else
		snprintf(buf, size, "IPv%u %s%u", s->version,
			 s->later ? "fragment, protocol " : "protocol ",
			 s->proto);
}

static void arp_text(const struct wire_arp *f, char *buf, size_t size)
{
	bool asks = f->op == WIRE_ARP_REQUEST;
	const uint8_t *a = asks ? f->tpa : f->spa, *m = f->sha;

	if (asks)
		snprintf(buf, size, "ARP who has %u.%u.%u.%u", a[0], a[1], a[2],
			 a[3]);
	else
		snprintf(buf, size,
			 "ARP %u.%u.%u.%u is at %02x:%02x:%02x:%02x:%02x:%02x",
			 a[0], a[1], a[2], a[3], m[0], m[1], m[2], m[3], m[4],
			 m[5]);
}

static bool read_arp(struct wire_arp *f, const uint8_t *p, size_t n)
{
	return n >= WIRE_ETH_HLEN + WIRE_ARP_LEN &&
	       wire_be_get16(p + 12) == WIRE_ETH_ARP &&
	       wire_arp_parse(f, p + WIRE_ETH_HLEN, n - WIRE_ETH_HLEN) >= 0;
}

void seen_frame_text(const uint8_t *p, size_t n, size_t len, char *buf,
		     size_t size)
{
	struct wire_arp f;

	if (read_arp(&f, p, n))
		arp_text(&f, buf, size);
	else
		snprintf(buf, size, "%zu bytes", len);
}

bool seen_arp_answer(const uint8_t *p, size_t n, char *buf, size_t size)
{
	struct wire_arp f;
	char text[64];

	if (!read_arp(&f, p, n) || f.op != WIRE_ARP_REPLY)
		return false;
	arp_text(&f, text, sizeof(text));
	snprintf(buf, size, "(%s)", text);
	return true;
}

bool seen_options(const struct seen *s, char *buf, size_t size)
{
	const struct wire_tcp *f = &s->tcp;
	int at;

	if (!s->is_tcp || !(f->flags & WIRE_TCP_SYN))
		return false;
	at = line_add(buf, size, 0, "port %u to %u", f->sport, f->dport);
	if (f->opts & WIRE_TCP_OPT_MSS)
		at = line_add(buf, size, at, ", mss %u", f->mss);
	if (f->opts & WIRE_TCP_OPT_SACKOK)
		at = line_add(buf, size, at, ", sack");
	if (f->opts & WIRE_TCP_OPT_TS)
		at = line_add(buf, size, at, ", timestamps");
	if (f->opts & WIRE_TCP_OPT_WSCALE)
		line_add(buf, size, at, ", wscale %u", f->wscale);
	return true;
}
