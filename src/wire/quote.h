/* SPDX-License-Identifier: MIT */
/*
 * wire/quote.h - the packet inside an ICMP error (RFC 792, RFC 4443 2.4)
 *
 * Enough of our own packet to find the socket that sent it: addresses,
 * protocol, ports or echo id, and TCP's sequence number, against which
 * RFC 5927 checks an error. The quote is usually cut short, so its lengths are
 * not held against it; what is missing is said to be missing.
 */
#ifndef OSTIA_WIRE_QUOTE_H
#define OSTIA_WIRE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct wire_quote - A quoted packet's outlines
 * @src:      4 or 16 bytes, borrowed: an address of ours, if it is our packet
 * @dst:      4 or 16 bytes, borrowed
 * @l4:	      upper-layer header, borrowed; NULL in a later fragment
 * @l4_len:   bytes of it that were quoted
 * @len:      the packet's length by its own header, IP header included
 * @proto:    WIRE_PROTO_*
 * @version:  4 or 6
 * @has_ports: @sport and @dport are filled (TCP, UDP, UDP-Lite)
 * @has_seq:  @seq is filled (TCP)
 * @has_echo: @sport is the id of an echo request that we sent, @dport its
 *	      sequence number
 * @bad:      enum wire_bad, after -EINVAL
 */
struct wire_quote {
	const uint8_t *src;
	const uint8_t *dst;
	const uint8_t *l4;
	size_t l4_len;
	uint32_t seq;
	uint32_t len;
	uint16_t sport;
	uint16_t dport;
	uint8_t proto;
	uint8_t version;
	bool has_ports;
	bool has_seq;
	bool has_echo;
	uint8_t bad;
};

/**
 * wire_quote_ip4() - Outline the IPv4 packet quoted at @p
 *
 * Returns the quoted IP header's length, or -EINVAL (SHORT, VERSION, HLEN).
 */
int wire_quote_ip4(struct wire_quote *q, const uint8_t *p, size_t n);

/**
 * wire_quote_ip6() - Outline the IPv6 packet quoted at @p
 *
 * Extension headers are stepped over, at most eight. Returns the offset of the
 * upper layer, or -EINVAL (SHORT, VERSION, CHAIN, LIMIT).
 */
int wire_quote_ip6(struct wire_quote *q, const uint8_t *p, size_t n);

#endif
