/* SPDX-License-Identifier: MIT */
/*
 * wire/icmpext.h - what may follow a quoted packet in ICMP (RFC 4884 7, 8)
 *
 * A header of four bytes and objects, each with one of its own. Where the
 * structure begins, wire/icmp4 and wire/icmp6 tell; its checksum, if it is not
 * 0, covers all of it. What objects mean is the program's affair.
 */
#ifndef OSTIA_WIRE_ICMPEXT_H
#define OSTIA_WIRE_ICMPEXT_H

#include <stdint.h>

enum {
	WIRE_ICMPEXT_HLEN = 4,
	WIRE_ICMPEXT_OBJECT_HLEN = 4,
	WIRE_ICMPEXT_VERSION = 2,
	WIRE_ICMPEXT_MIN_QUOTE = 128, /* RFC 4884 3: padded to as much */
};

/** struct wire_icmpext - Its header; @csum as it stood, 0: none was made */
struct wire_icmpext {
	uint16_t csum;
	uint8_t version;
};

/** wire_icmpext_parse() - Read the 4 bytes at @p. */
struct wire_icmpext wire_icmpext_parse(const uint8_t p[4]);

/**
 * wire_icmpext_object() - How long is the object whose header is at @p?
 * Return: bytes, its header included; -EINVAL: fewer than the header has.
 */
int wire_icmpext_object(const uint8_t p[4]);

#endif
