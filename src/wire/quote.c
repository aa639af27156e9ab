/* SPDX-License-Identifier: MIT */
#include "wire/quote.h"

#include <errno.h>

#include "wire/bad.h"
#include "wire/be.h"
#include "wire/icmp4.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

enum {
	MAX_HEADERS = 8,
};

static int refuse(struct wire_quote *q, enum wire_bad bad)
{
	q->bad = (uint8_t)bad;
	return -EINVAL;
}

static void take_ports(struct wire_quote *q)
{
	q->has_ports = true;
	q->sport = wire_be_get16(q->l4);
	q->dport = wire_be_get16(q->l4 + 2);
}

static void take_echo(struct wire_quote *q, uint8_t request)
{
	if (q->l4_len < WIRE_ICMP_HLEN || q->l4[0] != request)
		return;
	q->has_echo = true;
	q->sport = wire_be_get16(q->l4 + 4);
	q->dport = wire_be_get16(q->l4 + 6);
}

static void take_upper(struct wire_quote *q)
{
	switch (q->proto) {
	case WIRE_PROTO_TCP:
		if (q->l4_len >= 8) {
			q->has_seq = true;
			q->seq = wire_be_get32(q->l4 + 4);
		}
		__attribute__((fallthrough));
	case WIRE_PROTO_UDP:
	case WIRE_PROTO_UDPLITE:
		if (q->l4_len >= 4)
			take_ports(q);
		return;
	case WIRE_PROTO_ICMP4:
		if (q->version == 4)
			take_echo(q, WIRE_ICMP4_ECHO);
		return;
	case WIRE_PROTO_ICMP6:
		if (q->version == 6)
			take_echo(q, WIRE_ICMP6_ECHO);
		return;
	default:
		return;
	}
}

int wire_quote_ip4(struct wire_quote *q, const uint8_t *p, size_t n)
{
	size_t hlen;

	*q = (struct wire_quote) { .version = 4 };
	if (n < WIRE_IP4_HLEN)
		return refuse(q, WIRE_BAD_SHORT);
	if (p[0] >> 4 != 4)
		return refuse(q, WIRE_BAD_VERSION);
	hlen = (size_t)(p[0] & 15) * 4;
	if (hlen < WIRE_IP4_HLEN || hlen > n)
		return refuse(q, WIRE_BAD_HLEN);
	q->len = wire_be_get16(p + 2);
	q->proto = p[9];
	q->src = p + 12;
	q->dst = p + 16;
	if ((wire_be_get16(p + 6) & 0x1fff) == 0) {
		q->l4 = p + hlen;
		q->l4_len = n - hlen;
		take_upper(q);
	}
	return (int)hlen;
}

/* Where the walk over a quoted chain stands. */
struct chain {
	size_t off;
	uint8_t next;
	bool later; /* a fragment behind the first: no upper layer */
};

static bool is_extension(uint8_t next)
{
	return next == WIRE_PROTO_HOPOPTS || next == WIRE_PROTO_ROUTING ||
	       next == WIRE_PROTO_FRAGMENT || next == WIRE_PROTO_DSTOPTS;
}

static int step(struct chain *c, const uint8_t *p, size_t n)
{
	const uint8_t *h = p + c->off;
	size_t len = 8;

	if (n - c->off < 8)
		return -EINVAL;
	if (c->next == WIRE_PROTO_FRAGMENT)
		c->later = wire_be_get16(h + 2) & 0xfff8;
	else
		len = ((size_t)h[1] + 1) * 8;
	if (n - c->off < len)
		return -EINVAL;
	c->next = h[0];
	c->off += len;
	return 0;
}

int wire_quote_ip6(struct wire_quote *q, const uint8_t *p, size_t n)
{
	struct chain c = { .off = WIRE_IP6_HLEN };
	struct wire_ip6 ip;

	*q = (struct wire_quote) { .version = 6 };
	if (wire_ip6_parse(&ip, p, n, SIZE_MAX) < 0)
		return refuse(q, ip.bad);
	q->src = ip.src;
	q->dst = ip.dst;
	q->len = (uint32_t)ip.plen + WIRE_IP6_HLEN;
	c.next = ip.next;
	for (int i = 0; is_extension(c.next) && !c.later; i++) {
		if (i == MAX_HEADERS)
			return refuse(q, WIRE_BAD_LIMIT);
		if (step(&c, p, n) < 0)
			return refuse(q, WIRE_BAD_CHAIN);
	}
	q->proto = c.next;
	if (!c.later) {
		q->l4 = p + c.off;
		q->l4_len = n - c.off;
		take_upper(q);
	}
	return (int)c.off;
}
