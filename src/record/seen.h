/* SPDX-License-Identifier: MIT */
/*
 * record/seen.h - what the head of a recorded packet says
 */
#ifndef OSTIA_RECORD_SEEN_H
#define OSTIA_RECORD_SEEN_H

#include "wire/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct seen - A packet, read
 * @proto:	IPPROTO_*; of a later fragment as of the first
 * @later:	a fragment without the transport's header
 * @addr:	source and destination, IPv4 mapped
 * @port:	of TCP and UDP
 * @payload:	bytes behind the transport's header, as the packet tells
 * @tcp:	if @is_tcp
 * @icmp:	its @icmp_len bytes at hand, if @is_icmp
 */
struct seen {
	uint8_t version, proto;
	bool later, is_tcp, is_udp, is_icmp;
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t payload;
	struct wire_tcp tcp;
	const uint8_t *icmp;
	size_t icmp_len;
};

/**
 * seen_read() - Read the @n bytes at hand of a packet of @len
 * @ethernet: it begins with Ethernet's header
 * Return: it is IP, and @s says what can be said.
 */
bool seen_read(struct seen *s, const uint8_t *p, size_t n, size_t len,
	       bool ethernet);

/**
 * seen_text() - One line about it, for people
 * @base: where numbers of each direction begin: [0] its sequence numbers, [1]
 *	  the other's; NULL: not known
 * @room: characters that SACK blocks may take the text to
 */
void seen_text(const struct seen *s, const uint32_t *const base[2], int room,
	       char *buf, size_t size);

/**
 * seen_frame_text() - The same of an Ethernet frame that is not IP
 * @p: @n bytes at hand of its @len: "ARP who has 10.0.0.2", or how long it is
 */
void seen_frame_text(const uint8_t *p, size_t n, size_t len, char *buf,
		     size_t size);

/** seen_arp_answer() - "(ARP 10.0.0.1 is at ...)"; false: it is none. */
bool seen_arp_answer(const uint8_t *p, size_t n, char *buf, size_t size);

/** seen_is_error() - Is it an error message of ICMP? */
bool seen_is_error(const struct seen *s);

/** seen_quote() - What an error quotes, as far as it goes; false: nothing. */
bool seen_quote(const struct seen *s, struct seen *quote);

/** seen_options() - What a SYN offers; false: it is none. */
bool seen_options(const struct seen *s, char *buf, size_t size);

#endif
