/* SPDX-License-Identifier: MIT */
/*
 * wire/tcp.h - the TCP header and its options (RFC 9293 3.1, 3.2)
 *
 * The parser tells what is written, not whether it may be: that MSS and window
 * scale count only on a SYN is for tcp/ to know. A header without options, or
 * with the aligned timestamps that every stack sends, is read inline; all
 * else goes through wire_tcp_parse_opts().
 *
 * Options, as Linux reads them: an unknown kind is stepped over; a known kind
 * with a wrong length is ignored; a length of 0, 1 or past the header ends the
 * reading, keeps what was read and sets WIRE_TCP_OPT_BAD; of two of a kind the
 * last one counts.
 */
#ifndef OSTIA_WIRE_TCP_H
#define OSTIA_WIRE_TCP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	WIRE_TCP_HLEN = 20,
	WIRE_TCP_MAX_HLEN = 60,
	WIRE_TCP_MAX_OPTS = 40,
	WIRE_TCP_MAX_ACC = 3, /* fields of AccECN's option */
	WIRE_TCP_MAX_SACK = 4, /* blocks; 3 beside timestamps */
	WIRE_TCP_MAX_WSCALE = 14, /* RFC 7323 2.3 */
	WIRE_TCP_TS_LEN = 12, /* NOP NOP TS */
};

/* Flags, as they stand on the wire; AE is RFC 9768's, below the data offset. */
enum {
	WIRE_TCP_FIN = 0x001,
	WIRE_TCP_SYN = 0x002,
	WIRE_TCP_RST = 0x004,
	WIRE_TCP_PSH = 0x008,
	WIRE_TCP_ACK = 0x010,
	WIRE_TCP_URG = 0x020,
	WIRE_TCP_ECE = 0x040,
	WIRE_TCP_CWR = 0x080,
	WIRE_TCP_AE = 0x100,
	WIRE_TCP_FLAGS = 0x1ff,
};

/* Which options stand in the header (wire_tcp.opts). */
enum {
	WIRE_TCP_OPT_MSS = 0x001,
	WIRE_TCP_OPT_WSCALE = 0x002,
	WIRE_TCP_OPT_SACKOK = 0x004,
	WIRE_TCP_OPT_SACK = 0x008,
	WIRE_TCP_OPT_TS = 0x010,
	WIRE_TCP_OPT_FO = 0x020, /* Fast Open, kind 34 (RFC 7413) */
	WIRE_TCP_OPT_FO_EXP = 0x040, /* its cookie came as 254/0xF989 */
	WIRE_TCP_OPT_MD5 = 0x080, /* kind 19 (RFC 2385) */
	WIRE_TCP_OPT_AO = 0x100, /* kind 29 (RFC 5925) */
	WIRE_TCP_OPT_UTO = 0x200, /* kind 28 (RFC 5482) */
	WIRE_TCP_OPT_UNKNOWN = 0x400,
	WIRE_TCP_OPT_BAD = 0x800, /* reading ended at an illegal length */
	WIRE_TCP_OPT_ACC = 0x1000, /* AccECN, kinds 172 and 174 (RFC 9768) */
	WIRE_TCP_OPT_ACC1 = 0x2000, /* in order 1, kind 174 */
};

/* Kinds (IANA). */
enum {
	WIRE_TCP_KIND_END = 0,
	WIRE_TCP_KIND_NOP = 1,
	WIRE_TCP_KIND_MSS = 2,
	WIRE_TCP_KIND_WSCALE = 3,
	WIRE_TCP_KIND_SACKOK = 4,
	WIRE_TCP_KIND_SACK = 5,
	WIRE_TCP_KIND_TS = 8,
	WIRE_TCP_KIND_MD5 = 19,
	WIRE_TCP_KIND_UTO = 28,
	WIRE_TCP_KIND_AO = 29,
	WIRE_TCP_KIND_FO = 34,
	WIRE_TCP_KIND_ACC0 = 172,
	WIRE_TCP_KIND_ACC1 = 174,
	WIRE_TCP_KIND_EXP = 254,
	WIRE_TCP_FO_MAGIC = 0xf989,
	WIRE_TCP_FO_MIN = 4, /* bytes of a cookie (RFC 7413 4.1.1) */
	WIRE_TCP_FO_MAX = 16,
	WIRE_TCP_MD5_LEN = 16,
};

/** struct wire_tcp_sack - One block: [left, right) (RFC 2018 3) */
struct wire_tcp_sack {
	uint32_t left;
	uint32_t right;
};

/**
 * struct wire_tcp - A TCP header
 * @seq:    sequence number
 * @ack:    acknowledgment number, whatever the flags say
 * @sport:  source port
 * @dport:  destination port
 * @flags:  WIRE_TCP_FIN ... WIRE_TCP_AE
 * @wnd:    window, not scaled
 * @csum:   as it stood; the emitter writes it
 * @urg:    urgent pointer
 * @hlen:   header length in bytes, 20 to 60; set by parser and emitter's caller
 *	    need not
 * @opts:   WIRE_TCP_OPT_*: which of the fields below mean something. The others
 *	    are not even initialised.
 * @n_sack: SACK blocks, 1 to 4; the ones the option has room for
 * @wscale: 0 to 14; a larger one was sent as 14 (RFC 7323 2.3)
 * @fo_len: bytes of cookie; 0: a request for one
 * @ao_len: bytes at @ao
 * @mss:    as sent, 0 too
 * @uto:    user timeout: granularity bit (minutes) and 15 bits
 * @tsval:  their clock
 * @tsecr:  our clock, as they echo it
 * @acc_n:  fields of @acc, 0 to 3; what is left of the option is padding
 * @acc:    AccECN's counters in the order of the option, 24 bits each
 * @sack:   the blocks
 * @fo:	    the cookie, borrowed
 * @md5:    16 bytes of digest, borrowed
 * @ao:	    KeyID, RNextKeyID and MAC, borrowed
 * @bad:    enum wire_bad, after -EINVAL
 */
struct wire_tcp {
	uint32_t seq;
	uint32_t ack;
	uint16_t sport;
	uint16_t dport;
	uint16_t flags;
	uint16_t wnd;
	uint16_t csum;
	uint16_t urg;
	uint16_t opts;
	uint8_t hlen;
	uint8_t bad;
	uint32_t tsval;
	uint32_t tsecr;
	uint16_t mss;
	uint16_t uto;
	uint8_t n_sack;
	uint8_t wscale;
	uint8_t fo_len;
	uint8_t ao_len;
	uint8_t acc_n;
	uint32_t acc[WIRE_TCP_MAX_ACC];
	struct wire_tcp_sack sack[WIRE_TCP_MAX_SACK];
	const uint8_t *fo;
	const uint8_t *md5;
	const uint8_t *ao;
};

/** wire_tcp_parse_opts() - Read @n bytes of options at @p into @f. */
void wire_tcp_parse_opts(struct wire_tcp *f, const uint8_t *p, size_t n);

/**
 * wire_tcp_parse() - Read a TCP header, options included
 * @n: contiguous bytes; the whole header must be among them
 *
 * Returns the header's length, or -EINVAL: SHORT (under 20), HLEN (data offset
 * under 5, or past @n).
 */
static inline int wire_tcp_parse(struct wire_tcp *f, const uint8_t *p, size_t n)
{
	uint16_t w;

	if (n < WIRE_TCP_HLEN) {
		f->bad = WIRE_BAD_SHORT;
		return -EINVAL;
	}
	w = wire_be_get16(p + 12);
	f->hlen = (uint8_t)(w >> 12 << 2);
	if (f->hlen < WIRE_TCP_HLEN || f->hlen > n) {
		f->bad = WIRE_BAD_HLEN;
		return -EINVAL;
	}
	f->bad = 0;
	f->opts = 0;
	f->sport = wire_be_get16(p);
	f->dport = wire_be_get16(p + 2);
	f->seq = wire_be_get32(p + 4);
	f->ack = wire_be_get32(p + 8);
	f->flags = w & WIRE_TCP_FLAGS;
	f->wnd = wire_be_get16(p + 14);
	f->csum = wire_be_get16(p + 16);
	f->urg = wire_be_get16(p + 18);

	if (f->hlen == WIRE_TCP_HLEN)
		return WIRE_TCP_HLEN;
	if (f->hlen == WIRE_TCP_HLEN + WIRE_TCP_TS_LEN &&
	    wire_be_get32(p + 20) == 0x0101080a) {
		f->opts = WIRE_TCP_OPT_TS;
		f->tsval = wire_be_get32(p + 24);
		f->tsecr = wire_be_get32(p + 28);
		return WIRE_TCP_HLEN + WIRE_TCP_TS_LEN;
	}
	wire_tcp_parse_opts(f, p + WIRE_TCP_HLEN, f->hlen - WIRE_TCP_HLEN);
	return f->hlen;
}

/**
 * wire_tcp_opts_len() - Bytes that the options of @f take, padding included
 *
 * A multiple of 4; over 40 means that they do not fit one header.
 */
size_t wire_tcp_opts_len(const struct wire_tcp *f);

/**
 * wire_tcp_emit() - Write a header, options in Linux's order
 *
 * MD5, then AO, MSS, SACK-permitted with TS (or NOP NOP SACK-permitted, or NOP
 * NOP TS), NOP WSCALE, NOP NOP SACK, UTO, Fast Open padded by NOPs. The
 * checksum is @f->csum. Returns the length, -ENOBUFS when @n is too small, or
 * -EINVAL when the options take more than 40 bytes or cannot be spelled (n_sack
 * not in 1..4, wscale over 14, a cookie over 16 bytes).
 */
int wire_tcp_emit(uint8_t *p, size_t n, const struct wire_tcp *f);

#endif
