/* SPDX-License-Identifier: MIT */
/*
 * wire/bad.h - why a header was refused
 *
 * Every parser returns the length of its header, or -EINVAL with the reason
 * in the facts' field `bad`; the field means nothing after success. Every
 * emitter returns the length it wrote, -ENOBUFS when the buffer is too small
 * (nothing is written then), or -EINVAL for facts that cannot be spelled.
 */
#ifndef OSTIA_WIRE_BAD_H
#define OSTIA_WIRE_BAD_H

#include <stdint.h>

enum wire_bad {
	WIRE_BAD_SHORT = 1, /* fewer bytes than the fixed header */
	WIRE_BAD_VERSION, /* IP version, or ARP hardware / protocol type */
	WIRE_BAD_HLEN, /* header length: below the fixed one, or past n */
	WIRE_BAD_LEN, /* total length: below the header, or past packet */
	WIRE_BAD_OPT, /* an option that no rule allows */
	WIRE_BAD_OPT_LEN, /* an option's length: 0, 1, odd, or past the end */
	WIRE_BAD_CODE, /* a code that the message does not have */
	WIRE_BAD_ADDR, /* an address that cannot stand there */
	WIRE_BAD_CHAIN, /* extension headers run past the end */
	WIRE_BAD_NEXT, /* a header that may not stand there */
	WIRE_BAD_LIMIT, /* more headers or options than we follow */
	WIRE_BAD_ROUTING, /* a routing header with segments left */
	WIRE_BAD_FRAG, /* fragment length or reach (RFC 8200 4.5) */
	WIRE_BAD_TYPE, /* not a message of this room */
	WIRE_BAD_COUNT, /* how many reasons there are */
};

/** wire_bad_name() - A word for the reason, for counters and traces. */
const char *wire_bad_name(enum wire_bad bad);

#endif
