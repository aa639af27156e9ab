/* SPDX-License-Identifier: MIT */
/*
 * wire/icmp6.h - ICMPv6 (RFC 4443, RFC 4884)
 *
 * The eight bytes that begin each message. Neighbour discovery is read by
 * wire/nd, a quoted packet by wire/quote. The checksum covers a pseudo-header:
 * wire/csum.
 */
#ifndef OSTIA_WIRE_ICMP6_H
#define OSTIA_WIRE_ICMP6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_ICMP6_UNREACH = 1,
	WIRE_ICMP6_TOO_BIG = 2,
	WIRE_ICMP6_TIME_EXCEEDED = 3,
	WIRE_ICMP6_PARAM = 4,
	WIRE_ICMP6_ECHO = 128,
	WIRE_ICMP6_ECHO_REPLY = 129,
	WIRE_ICMP6_MLD_QUERY = 130,
	WIRE_ICMP6_MLD_REPORT = 131,
	WIRE_ICMP6_MLD_DONE = 132,
	WIRE_ICMP6_RS = 133,
	WIRE_ICMP6_RA = 134,
	WIRE_ICMP6_NS = 135,
	WIRE_ICMP6_NA = 136,
	WIRE_ICMP6_REDIRECT = 137,
	WIRE_ICMP6_MLD2_REPORT = 143,

	/* codes of WIRE_ICMP6_UNREACH (RFC 4443 3.1) */
	WIRE_ICMP6_UNREACH_ROUTE = 0,
	WIRE_ICMP6_UNREACH_ADMIN = 1,
	WIRE_ICMP6_UNREACH_SCOPE = 2,
	WIRE_ICMP6_UNREACH_ADDR = 3,
	WIRE_ICMP6_UNREACH_PORT = 4,
	WIRE_ICMP6_UNREACH_POLICY = 5,
	WIRE_ICMP6_UNREACH_REJECT = 6,

	WIRE_ICMP6_EXC_HOPS = 0,
	WIRE_ICMP6_EXC_REASM = 1,
};

/**
 * struct wire_icmp6 - The head of a message
 * @quote_len: for an error: bytes of @p + 8 that are the quoted packet, the
 *	       extension structure (RFC 4884) cut off; 0 for other messages
 * @mtu:       WIRE_ICMP6_TOO_BIG
 * @pointer:   WIRE_ICMP6_PARAM
 * @id:	       echo
 * @seq:       echo
 * @csum:      as it stood
 * @told_len:  what the length field says, in bytes, true or not; 0: it has none
 * @type:      WIRE_ICMP6_*
 * @code:      by type
 * @is_error:  type below 128: never answered with an error
 * @bad:       enum wire_bad, after -EINVAL
 *
 * Fields of another type than the message's are 0.
 */
struct wire_icmp6 {
	size_t quote_len;
	uint16_t told_len;
	uint32_t mtu;
	uint32_t pointer;
	uint16_t id;
	uint16_t seq;
	uint16_t csum;
	uint8_t type;
	uint8_t code;
	bool is_error;
	uint8_t bad;
};

/**
 * wire_icmp6_parse() - Read the head of the message @p
 * @n: the message's length: of the contiguous bytes, for errors all of it
 *
 * Messages of four bytes do not exist here: returns 8, or -EINVAL (SHORT).
 */
int wire_icmp6_parse(struct wire_icmp6 *f, const uint8_t *p, size_t n);

/** wire_icmp6_emit() - Write 8 bytes with checksum 0. Returns 8 or -ENOBUFS. */
int wire_icmp6_emit(uint8_t *p, size_t n, const struct wire_icmp6 *f);

#endif
