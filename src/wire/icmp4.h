/* SPDX-License-Identifier: MIT */
/*
 * wire/icmp4.h - ICMP for IPv4 (RFC 792, RFC 1191, RFC 4884)
 *
 * The eight bytes that begin each message. What a type means for a socket is
 * decided in ip/; a quoted packet is read by wire/quote. The checksum is
 * over the whole message: wire/csum.
 */
#ifndef OSTIA_WIRE_ICMP4_H
#define OSTIA_WIRE_ICMP4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_ICMP_HLEN = 8,

	WIRE_ICMP4_ECHO_REPLY = 0,
	WIRE_ICMP4_UNREACH = 3,
	WIRE_ICMP4_QUENCH = 4,
	WIRE_ICMP4_REDIRECT = 5,
	WIRE_ICMP4_ECHO = 8,
	WIRE_ICMP4_TIME_EXCEEDED = 11,
	WIRE_ICMP4_PARAM = 12,
	WIRE_ICMP4_TIMESTAMP = 13,
	WIRE_ICMP4_TIMESTAMP_REPLY = 14,

	/* codes of WIRE_ICMP4_UNREACH (RFC 792, RFC 1122 3.2.2.1) */
	WIRE_ICMP4_UNREACH_NET = 0,
	WIRE_ICMP4_UNREACH_HOST = 1,
	WIRE_ICMP4_UNREACH_PROTO = 2,
	WIRE_ICMP4_UNREACH_PORT = 3,
	WIRE_ICMP4_UNREACH_FRAG = 4,
	WIRE_ICMP4_UNREACH_SRCROUTE = 5,
	WIRE_ICMP4_UNREACH_ADMIN = 13,

	WIRE_ICMP4_REDIRECT_HOST = 1,

	WIRE_ICMP4_EXC_TTL = 0,
	WIRE_ICMP4_EXC_REASM = 1,
};

/**
 * struct wire_icmp4 - The head of a message
 * @quote_len: for an error: bytes of @p + 8 that are the quoted packet, the
 *	       extension structure (RFC 4884) cut off; 0 for other messages
 * @mtu:       WIRE_ICMP4_UNREACH_FRAG: next-hop MTU; 0 from old routers
 * @gateway:   WIRE_ICMP4_REDIRECT: 4 bytes, borrowed; else NULL
 * @id:	       echo and timestamp
 * @seq:       echo and timestamp
 * @csum:      as it stood
 * @pointer:   WIRE_ICMP4_PARAM: offset of the fault
 * @told_len:  what the length field says, in bytes, true or not; 0: it has none
 * @type:      WIRE_ICMP4_*
 * @code:      by type
 * @is_error:  quotes a packet and must never be answered with an error
 * @bad:       enum wire_bad, after -EINVAL
 *
 * Fields of another type than the message's are 0. The emitter writes @type,
 * @code, and @id, @seq, @mtu, @gateway or @pointer by type.
 */
struct wire_icmp4 {
	const uint8_t *gateway;
	size_t quote_len;
	uint16_t told_len;
	uint16_t mtu;
	uint16_t id;
	uint16_t seq;
	uint16_t csum;
	uint8_t pointer;
	uint8_t type;
	uint8_t code;
	bool is_error;
	uint8_t bad;
};

/**
 * wire_icmp4_parse() - Read the head of the message @p
 * @n: the message's length: of the contiguous bytes, for errors all of it
 *
 * The length field of RFC 4884 is believed only for the types that have it and
 * when it is at least 128 bytes and inside @n; otherwise the quote is all that
 * follows. Returns 8, or -EINVAL (SHORT).
 */
int wire_icmp4_parse(struct wire_icmp4 *f, const uint8_t *p, size_t n);

/** wire_icmp4_emit() - Write 8 bytes with checksum 0. Returns 8 or -ENOBUFS. */
int wire_icmp4_emit(uint8_t *p, size_t n, const struct wire_icmp4 *f);

#endif
