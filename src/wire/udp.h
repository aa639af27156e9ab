/* SPDX-License-Identifier: MIT */
/*
 * wire/udp.h - the UDP header (RFC 768)
 *
 * The checksum is verified and filled by wire/csum; whether 0 is allowed
 * (always in IPv4, by request in IPv6: RFC 6935) is for udp/ to say.
 */
#ifndef OSTIA_WIRE_UDP_H
#define OSTIA_WIRE_UDP_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	WIRE_UDP_HLEN = 8,
};

/**
 * struct wire_udp - A UDP header
 * @len:  header and payload in bytes
 * @csum: as it stood; 0: none
 * @bad:  enum wire_bad, after -EINVAL
 */
struct wire_udp {
	uint16_t sport;
	uint16_t dport;
	uint16_t len;
	uint16_t csum;
	uint8_t bad;
};

/**
 * wire_udp_parse() - Read a UDP header
 * @p:	    @n contiguous bytes
 * @l4_len: bytes of the IP payload, all slices; >= @n
 *
 * Returns 8, or -EINVAL: SHORT, or LEN (under 8, or past @l4_len). A payload
 * longer than @len is trimmed by the caller.
 */
static inline int wire_udp_parse(struct wire_udp *f, const uint8_t *p, size_t n,
				 size_t l4_len)
{
	f->bad = WIRE_BAD_SHORT;
	if (n < WIRE_UDP_HLEN)
		return -EINVAL;
	f->bad = WIRE_BAD_LEN;
	f->len = wire_be_get16(p + 4);
	if (f->len < WIRE_UDP_HLEN || f->len > l4_len)
		return -EINVAL;
	f->bad = 0;
	f->sport = wire_be_get16(p);
	f->dport = wire_be_get16(p + 2);
	f->csum = wire_be_get16(p + 6);
	return WIRE_UDP_HLEN;
}

/** wire_udp_emit() - Write ports, length and checksum. 8 or -ENOBUFS. */
static inline int wire_udp_emit(uint8_t *p, size_t n, const struct wire_udp *f)
{
	if (n < WIRE_UDP_HLEN)
		return -ENOBUFS;
	wire_be_put16(p, f->sport);
	wire_be_put16(p + 2, f->dport);
	wire_be_put16(p + 4, f->len);
	wire_be_put16(p + 6, f->csum);
	return WIRE_UDP_HLEN;
}

#endif
