/* SPDX-License-Identifier: MIT */
/*
 * wire/eth.h - Ethernet II (RFC 894, RFC 2464) with 802.1Q / 802.1ad tags
 *
 * Whether a tag's VLAN is ours is for link/ to say. An 802.3 frame shows as a
 * type below WIRE_ETH_MIN_TYPE: that number is its length.
 */
#ifndef OSTIA_WIRE_ETH_H
#define OSTIA_WIRE_ETH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_ETH_ALEN = 6,
	WIRE_ETH_HLEN = 14,
	WIRE_ETH_TAG_LEN = 4,
	WIRE_ETH_MAX_TAGS = 2, /* a service tag and a customer tag */
	WIRE_ETH_MAX_HLEN =
		WIRE_ETH_HLEN + WIRE_ETH_MAX_TAGS * WIRE_ETH_TAG_LEN,
	WIRE_ETH_MIN_TYPE = 0x0600,
	WIRE_ETH_IP4 = 0x0800,
	WIRE_ETH_ARP = 0x0806,
	WIRE_ETH_IP6 = 0x86dd,
	WIRE_ETH_VLAN = 0x8100,
	WIRE_ETH_QINQ = 0x88a8,
};

/**
 * struct wire_eth - An Ethernet header
 * @dst:    borrowed from the frame, 6 bytes
 * @src:    borrowed from the frame, 6 bytes
 * @type:   of what follows the tags
 * @n_tags: how many tags stand before it
 * @tci:    each tag's priority (3 bits), drop bit and VLAN id (12 bits)
 * @tpid:   each tag's own type, WIRE_ETH_VLAN or WIRE_ETH_QINQ
 * @bad:    enum wire_bad, after -EINVAL
 */
struct wire_eth {
	const uint8_t *dst;
	const uint8_t *src;
	uint16_t type;
	uint16_t tci[WIRE_ETH_MAX_TAGS];
	uint16_t tpid[WIRE_ETH_MAX_TAGS];
	uint8_t n_tags;
	uint8_t bad;
};

/**
 * wire_eth_parse() - Read a frame's header and up to two tags
 *
 * A third tag is left standing as @type. Returns the header's length, tags
 * included, or -EINVAL (WIRE_BAD_SHORT).
 */
int wire_eth_parse(struct wire_eth *f, const uint8_t *p, size_t n);

/**
 * wire_eth_emit() - Write @f, its tags too
 *
 * Returns the length, -ENOBUFS, or -EINVAL for more than two tags or a tag
 * type (tpid) that is none.
 */
int wire_eth_emit(uint8_t *p, size_t n, const struct wire_eth *f);

/** wire_eth_is_group() - Multicast or broadcast? */
static inline bool wire_eth_is_group(const uint8_t mac[WIRE_ETH_ALEN])
{
	return mac[0] & 1;
}

#endif
