/* SPDX-License-Identifier: MIT */
/*
 * wire/mld.h - Multicast Listener Discovery, versions 1 and 2 (RFC 2710,
 * RFC 9777)
 *
 * ICMPv6 messages; their checksum, and that they came with hop limit 1 and a
 * Router Alert from a link-local address, is the caller's to look at.
 */
#ifndef OSTIA_WIRE_MLD_H
#define OSTIA_WIRE_MLD_H

#include "wire/icmp6.h"
#include "wire/igmp.h" /* records are the same but for the addresses */

enum {
	WIRE_MLD_HLEN = 24, /* of version 1 */
	WIRE_MLD_QUERY2_HLEN = 28,
	WIRE_MLD_REPORT2_HLEN = 8,
	WIRE_MLD_REC_HLEN = 20,
};

/**
 * struct wire_mld - A message; fields as in struct wire_igmp
 * @group:   16 bytes in the message; :: in a general query
 * @src:     16 bytes each
 * @version: of a query: 1, 2
 */
struct wire_mld {
	const uint8_t *group;
	const uint8_t *src;
	uint32_t max_resp_ms;
	uint32_t qqi_s;
	uint16_t nrec;
	uint16_t nsrc;
	uint8_t type;
	uint8_t version;
	uint8_t qrv;
	bool suppress;
	uint8_t bad;
};

/**
 * wire_mld_parse() - Read the message @p of @n contiguous bytes
 *
 * Returns the bytes that its fixed part and sources take, or -EINVAL: SHORT,
 * LEN (a query of 25 to 27 bytes, or with fewer sources than it says), TYPE.
 */
int wire_mld_parse(struct wire_mld *f, const uint8_t *p, size_t n);

/** wire_mld_emit() - As wire_igmp_emit(). */
int wire_mld_emit(uint8_t *p, size_t n, const struct wire_mld *f);

/** wire_mld_rec_emit() - Write a record's head: 20 bytes, or -ENOBUFS. */
int wire_mld_rec_emit(uint8_t *p, size_t n, enum wire_group_rec type,
		      const uint8_t group[16], uint16_t nsrc);

/** wire_mld_rec_next() - As wire_igmp_rec_next(). */
int wire_mld_rec_next(struct wire_group_read *r, const uint8_t *p, size_t n);

/** wire_mld_time() - A code of 16 bits as its number (RFC 9777 5.1.3). */
uint32_t wire_mld_time(uint16_t code);
/** wire_mld_code() - The largest code that is not above @v. */
uint16_t wire_mld_code(uint32_t v);

#endif
