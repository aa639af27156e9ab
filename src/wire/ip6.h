/* SPDX-License-Identifier: MIT */
/*
 * wire/ip6.h - the IPv6 header and the chain behind it (RFC 8200)
 *
 * wire_ip6_parse() reads the 40 fixed bytes. wire_ip6_walk() follows the
 * extension headers to the upper layer and says what RFC 8200 wants done with
 * a packet that it does not like: drop it, or answer with a Parameter Problem
 * of that code and pointer. Its work is bounded by struct wire_ip6_limits
 * (RFC 8504 5.3, RFC 9673). It knows Pad1, PadN and Router Alert; any other
 * option is treated by its action bits. Type 0 routing headers are seen and,
 * with segments left, refused like any other (RFC 5095). AH and ESP end the
 * walk as upper layers.
 */
#ifndef OSTIA_WIRE_IP6_H
#define OSTIA_WIRE_IP6_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/bad.h"
#include "wire/be.h"
#include "wire/ip4.h" /* WIRE_PROTO_* */

enum {
	WIRE_IP6_HLEN = 40,
	WIRE_IP6_FRAG_HLEN = 8,
	WIRE_IP6_MIN_MTU = 1280,
};

/**
 * struct wire_ip6 - The fixed header
 * @src:    16 bytes, borrowed from the packet
 * @dst:    16 bytes, borrowed from the packet
 * @flow:   flow label, 20 bits
 * @plen:   payload length, extension headers included
 * @tclass: DSCP and ECN
 * @next:   WIRE_PROTO_* of the next header
 * @hops:   hop limit
 * @bad:    enum wire_bad, after -EINVAL
 */
struct wire_ip6 {
	const uint8_t *src;
	const uint8_t *dst;
	uint32_t flow;
	uint16_t plen;
	uint8_t tclass;
	uint8_t next;
	uint8_t hops;
	uint8_t bad;
};

/**
 * wire_ip6_parse() - Read the fixed header
 * @p:	     @n contiguous bytes
 * @pkt_len: bytes of the whole packet, all its slices; >= @n
 *
 * Returns 40, or -EINVAL: SHORT, VERSION, LEN (payload length past @pkt_len).
 * A packet longer than 40 + @plen is padded: trim it. Jumbograms are not read:
 * payload length 0 is an empty payload.
 */
static inline int wire_ip6_parse(struct wire_ip6 *f, const uint8_t *p, size_t n,
				 size_t pkt_len)
{
	uint32_t w;

	f->bad = WIRE_BAD_SHORT;
	if (n < WIRE_IP6_HLEN)
		return -EINVAL;
	f->bad = WIRE_BAD_VERSION;
	w = wire_be_get32(p);
	if (w >> 28 != 6)
		return -EINVAL;
	f->bad = WIRE_BAD_LEN;
	f->plen = wire_be_get16(p + 4);
	if ((size_t)f->plen + WIRE_IP6_HLEN > pkt_len)
		return -EINVAL;
	f->bad = 0;
	f->tclass = (uint8_t)(w >> 20);
	f->flow = w & 0xfffff;
	f->next = p[6];
	f->hops = p[7];
	f->src = p + 8;
	f->dst = p + 24;
	return WIRE_IP6_HLEN;
}

/** wire_ip6_emit() - Write the fixed header. Returns 40 or -ENOBUFS. */
int wire_ip6_emit(uint8_t *p, size_t n, const struct wire_ip6 *f);

/**
 * struct wire_ip6_limits - How far the walker follows
 * @max_headers:  extension headers in one packet
 * @max_hbh_opts: options, padding not counted, in a hop-by-hop header
 * @max_dst_opts: the same in a destination options header
 * @max_hbh_len:  bytes of a hop-by-hop header
 * @max_dst_len:  bytes of a destination options header
 */
struct wire_ip6_limits {
	uint8_t max_headers;
	uint8_t max_hbh_opts;
	uint8_t max_dst_opts;
	uint16_t max_hbh_len;
	uint16_t max_dst_len;
};

/* Linux's numbers of options; eight headers are twice what RFC 8200 4.1 lists
 * for a packet that is not tunnelled.
 */
#define WIRE_IP6_LIMITS              \
	((struct wire_ip6_limits) {  \
		.max_headers = 8,    \
		.max_hbh_opts = 8,   \
		.max_dst_opts = 8,   \
		.max_hbh_len = 2048, \
		.max_dst_len = 2048, \
	})

/* What to do with a packet whose chain was refused. */
enum wire_ip6_todo {
	WIRE_IP6_DROP = 1, /* silently */
	WIRE_IP6_PROBLEM, /* Parameter Problem, to anyone */
	WIRE_IP6_PROBLEM_UNICAST, /* Parameter Problem unless sent to a group */
	WIRE_IP6_PULL, /* not refused: more contiguous bytes are needed */
};

/* Codes of ICMPv6 Parameter Problem (RFC 4443 3.4, RFC 7112). */
enum {
	WIRE_IP6_CODE_FIELD = 0, /* erroneous header field */
	WIRE_IP6_CODE_NEXT = 1, /* unrecognized next header */
	WIRE_IP6_CODE_OPTION = 2, /* unrecognized option */
	WIRE_IP6_CODE_FIRST = 3, /* first fragment lacks the chain */
};

/**
 * struct wire_ip6_chain - What stands behind the fixed header
 * @off:	 where the upper layer (or a fragment's data) begins, from the
 *		 IPv6 header's first byte
 * @next_at:	 offset of the Next Header byte that names @next
 * @hbh:	 offset of the hop-by-hop header; 0: none (and so below)
 * @dst:	 offset of the last destination options header
 * @routing:	 offset of the routing header
 * @frag:	 of the fragment header: length of the unfragmentable part
 * @frag_next_at: offset of the Next Header byte that names the fragment header
 * @frag_off:	 bytes, a multiple of 8
 * @frag_id:	 identification
 * @more:	 more fragments follow
 * @rh0:	 a type 0 routing header was seen (RFC 5095)
 * @router_alert: its value, or -1
 * @next:	 upper-layer protocol; for fragments behind the first: the
 *		 fragment header's Next Header
 * @need:	 with WIRE_IP6_PULL: how many contiguous bytes to offer
 * @pointer:	 after -EINVAL with a problem: the offset that it points at
 * @todo:	 after -EINVAL: enum wire_ip6_todo
 * @code:	 after -EINVAL with a problem: WIRE_IP6_CODE_*
 * @bad:	 enum wire_bad, after -EINVAL
 */
struct wire_ip6_chain {
	uint32_t off;
	uint32_t next_at;
	uint32_t hbh;
	uint32_t dst;
	uint32_t routing;
	uint32_t frag;
	uint32_t frag_next_at;
	uint32_t frag_id;
	uint32_t need;
	uint32_t pointer;
	int32_t router_alert;
	uint16_t frag_off;
	bool more;
	bool rh0;
	uint8_t next;
	uint8_t todo;
	uint8_t code;
	uint8_t bad;
};

/** wire_ip6_is_plain() - Does the upper layer follow the fixed header? */
static inline bool wire_ip6_is_plain(uint8_t next)
{
	return next == WIRE_PROTO_TCP || next == WIRE_PROTO_UDP ||
	       next == WIRE_PROTO_ICMP6;
}

/**
 * wire_ip6_walk() - Follow the extension headers to the upper layer
 * @p:	 the IPv6 header's first byte; wire_ip6_parse() liked it
 * @n:	 contiguous bytes at @p
 * @end: length of the packet, 40 + payload length; >= @n is fine
 * @lim: how far to follow
 *
 * Returns @off, or -EINVAL with @todo. A chain that runs past @end is dropped,
 * or answered with code 3 in a first fragment (RFC 7112), for which the whole
 * upper-layer header counts. One that runs past @n alone asks to be called
 * again with @need bytes (WIRE_IP6_PULL).
 *
 * The walk ends at the first fragment header with an offset; it goes on behind
 * one with offset 0. An atomic fragment (RFC 6946) has @frag set, @frag_off 0
 * and @more false. A second fragment header is refused.
 */
int wire_ip6_walk(struct wire_ip6_chain *c, const uint8_t *p, size_t n,
		  size_t end, const struct wire_ip6_limits *lim);

/**
 * wire_ip6_frag_emit() - Write a fragment header (RFC 8200 4.5)
 * @next:     what the fragmentable part begins with
 * @frag_off: bytes, a multiple of 8
 *
 * Returns 8, -ENOBUFS, or -EINVAL for an offset that is no multiple of 8.
 */
int wire_ip6_frag_emit(uint8_t *p, size_t n, uint8_t next, uint16_t frag_off,
		       bool more, uint32_t id);

#endif
