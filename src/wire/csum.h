/* SPDX-License-Identifier: MIT */
/*
 * wire/csum.h - the checksum fields of TCP, UDP and ICMP (RFC 1071, RFC 1624)
 *
 * The adding up of bytes is base/csum's; here are the pseudo-headers and the
 * fields. A partial sum is 32 bits of 16-bit words as memory has them (no byte
 * swap: RFC 1071 2 (B)); partial sums are joined with wire_csum_add().
 */
#ifndef OSTIA_WIRE_CSUM_H
#define OSTIA_WIRE_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** wire_csum_add() - Join two partial sums, end-around carry. */
static inline uint32_t wire_csum_add(uint32_t a, uint32_t b)
{
	uint32_t s = a + b;

	return s + (s < a);
}

/** wire_csum_fold16() - A partial sum in 16 bits, not complemented. */
static inline uint16_t wire_csum_fold16(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)((sum >> 16) + sum);
}

/** wire_csum_pseudo4() - Partial sum of the IPv4 pseudo-header (RFC 9293 3.1)
 */
uint32_t wire_csum_pseudo4(const uint8_t src[4], const uint8_t dst[4],
			   uint8_t proto, uint32_t l4_len);

/** wire_csum_pseudo6() - Partial sum of the IPv6 pseudo-header (RFC 8200 8.1)
 */
uint32_t wire_csum_pseudo6(const uint8_t src[16], const uint8_t dst[16],
			   uint8_t proto, uint32_t l4_len);

/**
 * wire_csum_ok() - Does a segment with its checksum in place add up?
 * @pseudo: of its pseudo-header; 0 for ICMPv4
 * @data:   partial sum of the whole segment
 */
static inline bool wire_csum_ok(uint32_t pseudo, uint32_t data)
{
	return wire_csum_fold16(wire_csum_add(pseudo, data)) == 0xffff;
}

/**
 * wire_csum_fill() - Write the checksum
 * @field:  the two bytes, 0 while @data was summed
 * @pseudo: of the pseudo-header; 0 for ICMPv4
 * @data:   partial sum of the whole segment
 */
static inline void wire_csum_fill(uint8_t *field, uint32_t pseudo,
				  uint32_t data)
{
	uint16_t c = (uint16_t)~wire_csum_fold16(wire_csum_add(pseudo, data));

	memcpy(field, &c, sizeof(c));
}

/** wire_csum_fill_udp() - The same; a sum of 0 is sent as 0xffff (RFC 768) */
static inline void wire_csum_fill_udp(uint8_t *field, uint32_t pseudo,
				      uint32_t data)
{
	uint16_t c = (uint16_t)~wire_csum_fold16(wire_csum_add(pseudo, data));

	c = c ? c : 0xffff;
	memcpy(field, &c, sizeof(c));
}

/**
 * wire_csum_seed() - Leave the pseudo-header's sum for an offloading link
 *
 * What a packet with checksum state PARTIAL carries in its field (virtio-net's
 * and Linux's convention): whoever completes it sums the segment, field
 * included, and writes the complement.
 */
static inline void wire_csum_seed(uint8_t *field, uint32_t pseudo)
{
	uint16_t c = wire_csum_fold16(pseudo);

	memcpy(field, &c, sizeof(c));
}

/**
 * wire_csum_update() - Correct a checksum for bytes that change (RFC 1624)
 * @field: the checksum, two bytes
 * @was:   the @n old bytes
 * @is:	   the @n new bytes
 * @n:	   even, and the bytes begin at an even offset of the segment
 */
void wire_csum_update(uint8_t *field, const uint8_t *was, const uint8_t *is,
		      size_t n);

#endif
