/* SPDX-License-Identifier: MIT */
/*
 * tcp/mac.h - what signs a segment: TCP-MD5 (RFC 2385) and TCP-AO's
 *	       algorithms (RFC 5925 5.1, 5.2; RFC 5926)
 *
 * From keys, ends and octets to a digest; who has which key is tcp/auth's.
 */
#ifndef OSTIA_TCP_MAC_H
#define OSTIA_TCP_MAC_H

#include "base/addr.h"
#include "base/pkt.h"

enum {
	TCP_MAC_KEY_MAX = 80, /* octets of a key (Linux) */
	TCP_MAC_MAX = 20,
	TCP_AO_MAC_DEFAULT = 12, /* RFC 5926 3.2: 96 bits */
};

enum tcp_mac_alg { TCP_MAC_HMAC_SHA1, TCP_MAC_AES_128_CMAC };

/** struct tcp_mac_seg - A segment to be signed, as its sender sees it
 * @src, @dst, @sport, @dport: its ends, ports in host order
 * @h, @hlen:	its header, @hlen octets
 * @p, @data:	and where its payload begins
 * @sisn, @disn, @sne: TCP-AO's: initial numbers of both, of a SYN @disn is 0,
 *		and the sequence number's extension (RFC 5925 6.2)
 */
struct tcp_mac_seg {
	const struct ostia_addr *src, *dst;
	uint16_t sport, dport;
	const uint8_t *h;
	uint32_t hlen;
	const struct ostia_pkt *p;
	uint32_t data;
	uint32_t sisn, disn, sne;
};

/** tcp_mac_md5() - The digest of RFC 2385 2.0. */
void tcp_mac_md5(const struct tcp_mac_seg *s, const uint8_t *key, size_t n,
		 uint8_t out[16]);

/**
 * tcp_mac_ao() - The MAC of RFC 5925 5.1
 * @at:		where the option stands in @s->h
 * @maclen:	octets of it that are sent
 * @options:	other options are covered, too
 */
void tcp_mac_ao(const struct tcp_mac_seg *s, enum tcp_mac_alg alg,
		const uint8_t *key, size_t n, uint32_t at, uint8_t maclen,
		bool options, uint8_t out[TCP_MAC_MAX]);

/** tcp_mac_traffic_key() - RFC 5925 5.2. Return: its octets. */
size_t tcp_mac_traffic_key(const struct tcp_mac_seg *s, enum tcp_mac_alg alg,
			   const uint8_t *key, size_t n,
			   uint8_t out[TCP_MAC_MAX]);

#endif
