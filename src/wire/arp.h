/* SPDX-License-Identifier: MIT */
/*
 * wire/arp.h - address resolution for IPv4 over Ethernet (RFC 826)
 *
 * Only Ethernet (1) and IPv4 (0x0800) with lengths 6 and 4 are read; anything
 * else is refused before its lengths are believed.
 */
#ifndef OSTIA_WIRE_ARP_H
#define OSTIA_WIRE_ARP_H

#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_ARP_LEN = 28,
	WIRE_ARP_REQUEST = 1,
	WIRE_ARP_REPLY = 2,
};

/**
 * struct wire_arp - An ARP packet
 * @op:  WIRE_ARP_REQUEST, WIRE_ARP_REPLY, or what else the sender wrote
 * @sha: sender's hardware address, 6 bytes, borrowed
 * @spa: sender's IPv4 address, 4 bytes, borrowed
 * @tha: target's hardware address, 6 bytes, borrowed
 * @tpa: target's IPv4 address, 4 bytes, borrowed
 * @bad: enum wire_bad, after -EINVAL
 */
struct wire_arp {
	const uint8_t *sha;
	const uint8_t *spa;
	const uint8_t *tha;
	const uint8_t *tpa;
	uint16_t op;
	uint8_t bad;
};

/** wire_arp_parse() - WIRE_ARP_LEN, or -EINVAL (SHORT, VERSION, HLEN). */
int wire_arp_parse(struct wire_arp *f, const uint8_t *p, size_t n);

/** wire_arp_emit() - WIRE_ARP_LEN, or -ENOBUFS. All four addresses set. */
int wire_arp_emit(uint8_t *p, size_t n, const struct wire_arp *f);

#endif
