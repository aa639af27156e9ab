/* SPDX-License-Identifier: MIT */
/*
 * drill/packet.h - packets: made, read and compared
 *
 * The examiner does not borrow the examinee's pen: headers and checksums are
 * written and verified here, with nothing of the stack but the names of bits.
 */
#ifndef OSTIA_DRILL_PACKET_H
#define OSTIA_DRILL_PACKET_H

#include <stddef.h>

#include "drill/ast.h"
#include "drill/config.h"

/** struct drill_path - The two addresses, ours first; 4 or 16 bytes used */
struct drill_path {
	bool v6;
	uint8_t local[16];
	uint8_t remote[16];
};

/** drill_path_init() - Those of a checked configuration */
void drill_path_init(struct drill_path *path, const struct drill_config *cfg);

/**
 * struct drill_live - A packet that left
 * @p:	     what it says, @p.tcp.opts is @opts; ports always set: of an ICMP
 *	     message, those of our side and of the peer in the packet quoted
 * @payload, @len: of TCP and UDP, borrowed
 */
struct drill_live {
	struct drill_packet p;
	struct drill_opt opts[DRILL_OPTS_MAX];
	const uint8_t *payload;
	size_t len;
};

/**
 * drill_packet_build() - Make a packet that arrives
 * @p:	in live numbers
 * @lport, @rport: ports; for ICMP, of the quoted packet
 * @payload: bytes of TCP, or of UDP
 * @to, @room: where; DRILL_PACKET_MAX is enough
 *
 * Return: its length, or -EMSGSIZE.
 */
int drill_packet_build(const struct drill_packet *p,
		       const struct drill_path *path, uint16_t lport,
		       uint16_t rport, const uint8_t *payload, uint8_t *to,
		       size_t room);

/**
 * drill_packet_decode() - Read a packet that left
 * @why: of at least 120 bytes: what is wrong with it
 *
 * Lengths, checksums, addresses and option lengths must be right. Return: 0
 * or -EINVAL.
 */
int drill_packet_decode(const uint8_t *b, size_t n,
			const struct drill_path *path, struct drill_live *out,
			char *why, size_t size);

/**
 * drill_packet_compare() - Is it what the script expects?
 * @want, @got: both in the script's numbers
 * @ts_slack:	how far a timestamp may be off, ms
 *
 * Return: 0, or -EINVAL with the first difference in @why.
 */
int drill_packet_compare(const struct drill_packet *want,
			 const struct drill_packet *got, uint32_t ts_slack,
			 char *why, size_t size);

/** drill_packet_text() - As a script would write it, without < or > */
int drill_packet_text(const struct drill_packet *p, bool v6, char *to,
		      size_t size);

#endif
