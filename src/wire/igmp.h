/* SPDX-License-Identifier: MIT */
/*
 * wire/igmp.h - IGMP versions 1 to 3 (RFC 1112 appendix I, RFC 2236, RFC 9776)
 *
 * Queries and the reports of versions 1 and 2 are read whole. A version 3
 * report is written here, record by record; read it with wire_igmp_rec_next().
 */
#ifndef OSTIA_WIRE_IGMP_H
#define OSTIA_WIRE_IGMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_IGMP_HLEN = 8, /* of all messages; v3 queries have 4 more */
	WIRE_IGMP_QUERY3_HLEN = 12,
	WIRE_IGMP_REC_HLEN = 8,

	WIRE_IGMP_QUERY = 0x11,
	WIRE_IGMP_REPORT1 = 0x12,
	WIRE_IGMP_REPORT2 = 0x16,
	WIRE_IGMP_LEAVE = 0x17,
	WIRE_IGMP_REPORT3 = 0x22,
};

/* Types of group records, the same in MLDv2 (RFC 9776 4.2.13). */
enum wire_group_rec {
	WIRE_GROUP_IS_IN = 1,
	WIRE_GROUP_IS_EX = 2,
	WIRE_GROUP_TO_IN = 3,
	WIRE_GROUP_TO_EX = 4,
	WIRE_GROUP_ALLOW = 5,
	WIRE_GROUP_BLOCK = 6,
};

/**
 * struct wire_igmp - A message
 * @group:	 4 bytes in the message; 0.0.0.0 in a general query
 * @src:	 a v3 query's sources, @nsrc times 4 bytes in the message
 * @max_resp_ms: a query's time to answer; 10 s for version 1
 * @qqi_s:	 v3 query: the querier's interval; else 0
 * @nrec:	 v3 report: group records that follow
 * @nsrc:	 v3 query: sources
 * @version:	 of a query: 1, 2, 3
 * @qrv:	 v3 query: robustness, 0: not told
 * @suppress:	 v3 query: for other routers
 * @bad:	 enum wire_bad, after -EINVAL
 */
struct wire_igmp {
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
 * wire_igmp_parse() - Read the message @p of @n contiguous bytes
 *
 * Returns the bytes that its fixed part and sources take, or -EINVAL: SHORT
 * (under 8), LEN (a query of 9 to 11 bytes, or with fewer sources than it
 * says), TYPE (none of ours). The checksum is the caller's.
 */
int wire_igmp_parse(struct wire_igmp *f, const uint8_t *p, size_t n);

/**
 * wire_igmp_emit() - Write a message with checksum 0
 *
 * Queries of @version (with @src), reports and leaves of versions 1 and 2, and
 * the 8 bytes that begin a version 3 report. Returns the length, -ENOBUFS.
 */
int wire_igmp_emit(uint8_t *p, size_t n, const struct wire_igmp *f);

/** wire_igmp_rec_emit() - Write a record's head: 8 bytes, or -ENOBUFS. */
int wire_igmp_rec_emit(uint8_t *p, size_t n, enum wire_group_rec type,
		       const uint8_t group[4], uint16_t nsrc);

/**
 * struct wire_group_read - One record of a report, of either family
 * @group, @src: in the message
 */
struct wire_group_read {
	const uint8_t *group;
	const uint8_t *src;
	uint16_t nsrc;
	uint8_t type;
};

/**
 * wire_igmp_rec_next() - Read the record at @p
 * Returns its length, or -EINVAL when it runs past @n.
 */
int wire_igmp_rec_next(struct wire_group_read *r, const uint8_t *p, size_t n);

/** wire_igmp_time() - A code of 8 bits as its number (RFC 9776 4.1.1). */
uint32_t wire_igmp_time(uint8_t code);
/** wire_igmp_code() - The largest code that is not above @v. */
uint8_t wire_igmp_code(uint32_t v);

#endif
