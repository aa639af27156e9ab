/* SPDX-License-Identifier: MIT */
/*
 * wire/exthdr.h - IPv6 extension headers that a program gives (RFC 3542 5 to
 *		   9), before they go into a packet
 *
 * What stands in options headers is the program's affair, as on Linux. Of
 * routing headers two kinds may be sent: type 2 (RFC 6275 6.4) and type 4
 * (RFC 8754); type 0 is refused (RFC 5095). The program names the final
 * destination in the call, and in the header whom the packet meets first;
 * emitting swaps the two (RFC 6275 6.4.2, RFC 8754 4.1).
 */
#ifndef OSTIA_WIRE_EXTHDR_H
#define OSTIA_WIRE_EXTHDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_EXTHDR_MIN = 8,
	WIRE_EXTHDR_STICKY_MAX = 8 * 255, /* Linux's */
	WIRE_EXTHDR_MOBILE = 2, /* routing types */
	WIRE_EXTHDR_SEGMENTS = 4,
};

/** wire_exthdr_len() - Bytes that the header at @p says it has; two are there.
 */
static inline uint32_t wire_exthdr_len(const uint8_t *p)
{
	return (p[1] + 1u) * 8;
}

/**
 * wire_exthdr_check() - Can these bytes be a header at all?
 * Return: its length, at most @n; -EINVAL: shorter than 8 bytes, or than it
 * says.
 */
int wire_exthdr_check(const uint8_t *p, size_t n);

/**
 * wire_exthdr_check_routing() - May this routing header be sent?
 * @segments: type 4, too: an option of the socket; Linux's control messages
 *	      know type 2 alone
 *
 * Return: its length; -EINVAL: as wire_exthdr_check(), a type that we do not
 * send, a length or a number of segments that cannot be. Of type 4 all @n
 * bytes are the header.
 */
int wire_exthdr_check_routing(const uint8_t *p, size_t n, bool segments);

/** wire_exthdr_first() - Of a header that was checked: 16 bytes, whom the
 * packet meets first.
 */
const uint8_t *wire_exthdr_first(const uint8_t *p);

/**
 * wire_exthdr_emit() - Copy a header into a packet
 * @next:  what follows it
 * @final: a routing header that was checked: 16 bytes, where the packet ends;
 *	   NULL: of options
 */
void wire_exthdr_emit(uint8_t *to, const uint8_t *p, uint8_t next,
		      const uint8_t *final);

#endif
