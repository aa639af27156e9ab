/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/stack/segments.h - bare IP packets with TCP or UDP inside, for
 * the tests of segmentation and coalescing
 */
#ifndef OSTIA_TESTS_UNIT_STACK_SEGMENTS_H
#define OSTIA_TESTS_UNIT_STACK_SEGMENTS_H

#include "../heap.h"
#include "../test.h"
#include "base/addr.h"
#include "base/csum.h"
#include "base/pkt.h"
#include "wire/be.h"
#include "wire/csum.h"
#include "wire/tcp.h"

#include <netinet/in.h>

/** struct segment - What a test says of a packet */
struct segment {
	int v6, udp;
	uint32_t seq;
	uint16_t flags;
	uint32_t tsval; /* 0: no timestamps */
	uint32_t len; /* payload */
	uint32_t part; /* bytes of payload in each block */
};

static inline uint8_t segment_byte(uint32_t seq)
{
	return (uint8_t)(seq ^ seq >> 7);
}

static inline uint32_t segment_pseudo(const uint8_t *ip, uint8_t proto,
				      uint32_t len)
{
	return ip[0] >> 4 == 4 ? csum_pseudo4(ip + 12, ip + 16, proto, len)
			       : csum_pseudo6(ip + 8, ip + 24, proto, len);
}

static inline void segment_ip(uint8_t *ip, const struct segment *s,
			      uint8_t proto, uint32_t l4len)
{
	memset(ip, 0, s->v6 ? 40 : 20);
	if (s->v6) {
		ip[0] = 0x60;
		wire_be_put16(ip + 4, (uint16_t)l4len);
		ip[6] = proto;
		ip[7] = 64;
		ip[8] = ip[24] = 0xfd;
		ip[23] = 1;
		ip[39] = 2;
		return;
	}
	ip[0] = 0x45;
	wire_be_put16(ip + 2, (uint16_t)(20 + l4len));
	wire_be_put16(ip + 4, 1000);
	ip[8] = 64;
	ip[9] = proto;
	memcpy(ip + 12, "\x0a\x63\x00\x01\x0a\x63\x00\x02", 8);
	wire_csum_fill(ip + 10, csum(ip, 20, 0));
}

/* The packet, its checksum PARTIAL as tcp_tx() leaves it. */
static inline struct ostia_pkt *segment_make(struct ostia_pool *pool,
					     const struct segment *s)
{
	struct ostia_pkt *p = pkt_new(pool);
	uint8_t proto = s->udp ? IPPROTO_UDP : IPPROTO_TCP;
	unsigned hlen = s->udp ? 8 : s->tsval ? 32 : 20;
	unsigned iplen = s->v6 ? 40 : 20;
	uint8_t *ip = pkt_put(p, iplen + hlen);
	uint8_t *h = ip + iplen;

	for (uint32_t i = 0; i < s->len;) {
		struct block *b = block_new(pool, s->part);
		uint32_t from = i;

		for (; i < s->len && i - from < s->part; i++)
			b->mem[i - from] = segment_byte(s->seq + i);
		b->used = i - from;
		OK(pkt_add_slice(p, b, 0, b->used) == 0);
		block_put(b);
	}
	if (s->udp) {
		wire_be_put16(h, 1234);
		wire_be_put16(h + 2, 80);
		wire_be_put16(h + 4, (uint16_t)(8 + s->len));
		memset(h + 6, 0, 2);
	} else {
		struct wire_tcp t = { .sport = 1234,
				      .dport = 80,
				      .seq = s->seq,
				      .ack = 77,
				      .flags = s->flags,
				      .wnd = 500 };

		if (s->tsval) {
			t.opts = WIRE_TCP_OPT_TS;
			t.tsval = s->tsval;
		}
		OK(wire_tcp_emit(h, hlen, &t) == (int)hlen);
	}
	segment_ip(ip, s, proto, hlen + s->len);
	p->l3 = 0;
	p->l4 = (uint16_t)iplen;
	p->data = (uint16_t)(iplen + hlen);
	p->proto = proto;
	p->csum_off = s->udp ? WIRE_CSUM_AT_UDP : WIRE_CSUM_AT_TCP;
	p->csum = OSTIA_CSUM_PARTIAL;
	wire_csum_seed(h + p->csum_off,
		       segment_pseudo(ip, proto, hlen + s->len));
	p->src = s->v6 ? addr_v6(ip + 8) : addr_v4(ip + 12);
	p->dst = s->v6 ? addr_v6(ip + 24) : addr_v4(ip + 16);
	return p;
}

/* Everything that a receiver would check of a finished packet. */
static inline void segment_valid(struct ostia_pkt *p)
{
	const uint8_t *ip = pkt_peek(p, 0, p->data);
	unsigned v6 = ip[0] >> 4 == 6;
	uint32_t l4 = v6 ? 40 : 20, n = p->len - l4;

	EQ(v6 ? 40u + wire_be_get16(ip + 4) : wire_be_get16(ip + 2), p->len);
	if (!v6)
		OK(csum_ok(csum(ip, 20, 0)));
	OK(csum_ok(pkt_csum(
		p, l4, n,
		segment_pseudo(ip, p->csum_off == 6 ? IPPROTO_UDP : IPPROTO_TCP,
			       n))));
}

#endif
