/* SPDX-License-Identifier: MIT */
/*
 * wire/csum.h - the checksum fields of TCP, UDP and ICMP (RFC 1071, RFC 1624)
 *
 * The adding up, pseudo-headers included, is base/csum's, and so is the check
 * of what arrives (csum_ok()). Here is how the sum enters a header.
 */
#ifndef OSTIA_WIRE_CSUM_H
#define OSTIA_WIRE_CSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/csum.h"

enum {
	/* Where the field stands in its header. */
	WIRE_CSUM_AT_TCP = 16,
	WIRE_CSUM_AT_UDP = 6,
	WIRE_CSUM_AT_ICMP = 2,
};

/**
 * wire_csum_fill() - Write a checksum
 * @field: two bytes, 0 while they were summed
 * @sum:   partial sum of the segment and of its pseudo-header, if it has one
 */
static inline void wire_csum_fill(uint8_t *field, uint32_t sum)
{
	uint16_t c = csum_fold(sum);

	memcpy(field, &c, sizeof(c));
}

/** wire_csum_fill_udp() - The same; 0 is sent as 0xffff (RFC 768). */
static inline void wire_csum_fill_udp(uint8_t *field, uint32_t sum)
{
	uint16_t c = csum_fold(sum);

	c = c ? c : 0xffff;
	memcpy(field, &c, sizeof(c));
}

/**
 * wire_csum_seed() - Leave the pseudo-header's sum for an offloading link
 *
 * What a packet with checksum state PARTIAL carries in its field (virtio-net's
 * and Linux's convention): whoever completes it sums the segment, field
 * included, and calls wire_csum_fill().
 */
static inline void wire_csum_seed(uint8_t *field, uint32_t pseudo)
{
	uint16_t c = csum_fold16(pseudo);

	memcpy(field, &c, sizeof(c));
}

/**
 * wire_csum_update() - Correct a checksum for bytes that change (RFC 1624)
 * @field: the checksum, two bytes
 * @was:   the @n old bytes
 * @is:    the @n new bytes
 * @n:	   even, and they stand at an even offset of the segment
 *
 * Not for a UDP checksum of 0, which means none.
 */
static inline void wire_csum_update(uint8_t *field, const uint8_t *was,
				    const uint8_t *is, size_t n)
{
	uint16_t c;

	memcpy(&c, field, sizeof(c));
	for (size_t i = 0; i < n; i += 2) {
		uint16_t from, to;

		memcpy(&from, was + i, sizeof(from));
		memcpy(&to, is + i, sizeof(to));
		c = csum_update(c, from, to);
	}
	memcpy(field, &c, sizeof(c));
}

#endif
