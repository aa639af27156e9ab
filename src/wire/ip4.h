/* SPDX-License-Identifier: MIT */
/*
 * wire/ip4.h - the IPv4 header and its options (RFC 791, RFC 1122 3.2.1)
 *
 * The parser checks lengths once, against the header bytes at hand and against
 * the whole packet, and answers how long the datagram is: the caller trims
 * every buffer of the packet to that (SECURITY: CVE-2020-11896). Checksum and
 * addresses are judged by ip/; options are only looked at when there are any.
 */
#ifndef OSTIA_WIRE_IP4_H
#define OSTIA_WIRE_IP4_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	WIRE_IP4_HLEN = 20,
	WIRE_IP4_MAX_HLEN = 60,
	WIRE_IP4_MAX_OPTS = 40,
	WIRE_IP4_DF = 0x4000,
	WIRE_IP4_MF = 0x2000,
};

/* IP protocol numbers; the same in both families. */
enum {
	WIRE_PROTO_HOPOPTS = 0,
	WIRE_PROTO_ICMP4 = 1,
	WIRE_PROTO_IGMP = 2,
	WIRE_PROTO_IPIP = 4,
	WIRE_PROTO_TCP = 6,
	WIRE_PROTO_UDP = 17,
	WIRE_PROTO_IP6 = 41,
	WIRE_PROTO_ROUTING = 43,
	WIRE_PROTO_FRAGMENT = 44,
	WIRE_PROTO_GRE = 47,
	WIRE_PROTO_ESP = 50,
	WIRE_PROTO_AH = 51,
	WIRE_PROTO_ICMP6 = 58,
	WIRE_PROTO_NONE = 59,
	WIRE_PROTO_DSTOPTS = 60,
	WIRE_PROTO_UDPLITE = 136,
};

/**
 * struct wire_ip4 - An IPv4 header
 * @src:      4 bytes, borrowed from the packet
 * @dst:      4 bytes, borrowed from the packet
 * @len:      total length in bytes, header included
 * @id:       identification
 * @frag_off: offset of this fragment in bytes (a multiple of 8)
 * @csum:     as it stood (an emitter computes its own)
 * @hlen:     header length in bytes, 20 to 60
 * @tos:      DSCP and ECN
 * @ttl:      time to live
 * @proto:    WIRE_PROTO_*
 * @df:       don't fragment
 * @mf:       more fragments
 * @bad:      enum wire_bad, after -EINVAL
 */
struct wire_ip4 {
	const uint8_t *src;
	const uint8_t *dst;
	uint16_t len;
	uint16_t id;
	uint16_t frag_off;
	uint16_t csum;
	uint8_t hlen;
	uint8_t tos;
	uint8_t ttl;
	uint8_t proto;
	bool df;
	bool mf;
	uint8_t bad;
};

/**
 * wire_ip4_parse() - Read an IPv4 header
 * @p:	     @n contiguous bytes of header
 * @pkt_len: bytes of the whole packet, all its slices; >= @n
 *
 * Returns the header's length, or -EINVAL: SHORT (under 20), VERSION, HLEN
 * (under 20 or past @n), LEN (under the header or past @pkt_len). A packet
 * longer than @len is padded: trim it.
 */
static inline int wire_ip4_parse(struct wire_ip4 *f, const uint8_t *p, size_t n,
				 size_t pkt_len)
{
	uint16_t off;

	f->bad = WIRE_BAD_SHORT;
	if (n < WIRE_IP4_HLEN)
		return -EINVAL;
	f->bad = WIRE_BAD_VERSION;
	if (p[0] >> 4 != 4)
		return -EINVAL;
	f->bad = WIRE_BAD_HLEN;
	f->hlen = (uint8_t)((p[0] & 15) * 4);
	if (f->hlen < WIRE_IP4_HLEN || f->hlen > n)
		return -EINVAL;
	f->bad = WIRE_BAD_LEN;
	f->len = wire_be_get16(p + 2);
	if (f->len < f->hlen || f->len > pkt_len)
		return -EINVAL;
	f->bad = 0;
	f->tos = p[1];
	f->id = wire_be_get16(p + 4);
	off = wire_be_get16(p + 6);
	f->df = off & WIRE_IP4_DF;
	f->mf = off & WIRE_IP4_MF;
	f->frag_off = (uint16_t)(off << 3);
	f->ttl = p[8];
	f->proto = p[9];
	f->csum = wire_be_get16(p + 10);
	f->src = p + 12;
	f->dst = p + 16;
	return f->hlen;
}

/**
 * wire_ip4_csum() - Internet checksum over a header (RFC 1071)
 * @hlen: a multiple of 4, 20 to 60
 *
 * In host order. Over a header with its checksum in place: 0 when it is right.
 */
static inline uint16_t wire_ip4_csum(const uint8_t *p, size_t hlen)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < hlen; i += 4)
		sum += wire_be_get32(p + i);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/**
 * wire_ip4_put() - Write a header without options, 20 bytes, with its checksum
 *
 * @f->hlen, @f->csum and @f->bad are not read; @f->frag_off is a multiple of 8.
 */
static inline void wire_ip4_put(uint8_t *p, const struct wire_ip4 *f)
{
	uint32_t first = 0x45000000u | (uint32_t)f->tos << 16 | f->len;
	uint32_t second = (uint32_t)f->id << 16 | f->frag_off >> 3 |
			  (f->df ? WIRE_IP4_DF : 0) | (f->mf ? WIRE_IP4_MF : 0);
	uint32_t third = (uint32_t)f->ttl << 24 | (uint32_t)f->proto << 16;
	uint64_t sum = (uint64_t)first + second + third +
		       wire_be_get32(f->src) + wire_be_get32(f->dst);

	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	wire_be_put32(p, first);
	wire_be_put32(p + 4, second);
	wire_be_put32(p + 8, third | (uint16_t)~sum);
	memcpy(p + 12, f->src, 4);
	memcpy(p + 16, f->dst, 4);
}

/**
 * wire_ip4_emit() - Write a header, options and checksum included
 * @opts:     @opts_len bytes of options, or NULL; padded with zeroes to 4
 * @opts_len: 0 to 40
 *
 * @f->hlen and @f->csum are not read; @f->len is the total length and must
 * cover the header. Returns the header's length, -ENOBUFS, or -EINVAL.
 */
int wire_ip4_emit(uint8_t *p, size_t n, const struct wire_ip4 *f,
		  const uint8_t *opts, size_t opts_len);

/* Option types with their copy bit (RFC 791 3.1, RFC 2113). */
enum {
	WIRE_IP4_OPT_END = 0,
	WIRE_IP4_OPT_NOP = 1,
	WIRE_IP4_OPT_RR = 7,
	WIRE_IP4_OPT_TS = 68,
	WIRE_IP4_OPT_LSRR = 131,
	WIRE_IP4_OPT_SSRR = 137,
	WIRE_IP4_OPT_RA = 148,
	WIRE_IP4_OPT_COPIED = 0x80, /* goes into every fragment */
};

/**
 * struct wire_ip4_opts - Where each known option stands
 * @rr:	      offset from the header's first byte of Record Route; 0: none
 * @ts:	      of Internet Timestamp
 * @srr:      of the source route, loose or strict
 * @ra:	      of Router Alert
 * @strict:   the source route is strict
 * @srr_left: the source route has addresses left to visit
 * @pointer:  after -EINVAL: the byte that Parameter Problem (RFC 792) points at
 * @bad:      enum wire_bad, after -EINVAL
 */
struct wire_ip4_opts {
	uint8_t rr;
	uint8_t ts;
	uint8_t srr;
	uint8_t ra;
	bool strict;
	bool srr_left;
	uint8_t pointer;
	uint8_t bad;
};

/**
 * wire_ip4_opts_parse() - Find and check the options of a parsed header
 * @p:	  the header's first byte
 * @hlen: what wire_ip4_parse() returned
 *
 * Unknown options are skipped (RFC 1122 3.2.1.8). Returns 0, or -EINVAL with
 * @pointer: OPT_LEN (length 0, 1, wrong for its type, or past the header) or
 * OPT (a second of its kind, a source route beside another, a pointer that
 * points into its own header or cuts an address).
 */
int wire_ip4_opts_parse(struct wire_ip4_opts *o, const uint8_t *p, size_t hlen);

/**
 * wire_ip4_opts_copied() - The options that a later fragment carries
 * @out: receives at most 40 bytes
 *
 * From a header whose options have been parsed well; padded to 4 bytes with
 * END (RFC 791 3.2). Returns the length.
 */
int wire_ip4_opts_copied(uint8_t out[WIRE_IP4_MAX_OPTS], const uint8_t *p,
			 size_t hlen);

/**
 * wire_ip4_rr_record() - Add our address to Record Route, in place
 * @opt: the option's first byte, checked by wire_ip4_opts_parse()
 *
 * Returns 1 when there was room, 0 when the route is full (RFC 791 3.1).
 */
int wire_ip4_rr_record(uint8_t *opt, const uint8_t addr[4]);

/**
 * wire_ip4_ts_record() - Add a timestamp, in place
 * @opt: the option's first byte, checked by wire_ip4_opts_parse()
 * @ms:	 ms since midnight UT, or with the top bit set for another clock
 *
 * With flag 3 only when @addr is the next one asked for. A full option counts
 * the overflow up to 15. Returns 1 when stamped, else 0.
 */
int wire_ip4_ts_record(uint8_t *opt, const uint8_t addr[4], uint32_t ms);

#endif
