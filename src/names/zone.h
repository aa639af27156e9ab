/* SPDX-License-Identifier: MIT */
/*
 * names/zone.h - records, and the answers that a server makes of them
 *
 * For the DNS server of a world: it knows all names that there are, so what
 * it does not know does not exist (NXDOMAIN, with a SOA of the root, RFC 2308
 * 3). Aliases are followed, EDNS0 is spoken (RFC 6891), and what does not fit
 * a datagram is cut with TC set and no record in it (RFC 2181 9).
 */
#ifndef OSTIA_NAMES_ZONE_H
#define OSTIA_NAMES_ZONE_H

#include "base/list.h"
#include "wire/dns.h"

#include <ostia/names.h>

enum {
	NAMES_ZONE_RECORDS = 65536,
	NAMES_ZONE_CHAIN = 16, /* aliases that are followed */
	NAMES_ZONE_DATA = 512, /* bytes of a record */
};

/**
 * struct names_zone - Records, and hosts beside them
 * @hosts:	addresses of a host's name, 0 or EAI_*; may be NULL
 * @reverse:	the name of an address; may be NULL
 * @udp_max:	longest answer over UDP, whatever the client takes
 */
struct names_zone {
	struct list records;
	unsigned count;
	int (*hosts)(void *ctx, const char *name, struct ostia_names *out);
	int (*reverse)(void *ctx, const struct ostia_addr *addr, char *name,
		       size_t size);
	void *ctx;
	uint16_t udp_max;
};

void names_zone_init(struct names_zone *z);
void names_zone_fini(struct names_zone *z);

/**
 * names_zone_add() - A record, as a zone file has it
 * @type:  "A" "AAAA" "CNAME" "NS" "PTR" "TXT" "MX"
 * @value: an address, a name, a text of up to 255 bytes, "10 mail.example"
 * Return: 0; -EINVAL; -EEXIST: a CNAME beside another record of the name;
 * -ENOSPC; -ENOMEM.
 */
int names_zone_add(struct names_zone *z, const char *name, const char *type,
		   uint32_t ttl_s, const char *value);

/**
 * names_zone_answer() - To the question @p, of @n bytes
 * @udp:  it must fit what the client takes; else 65535 bytes
 * @out, @cap: room for it
 * Return: its length; 0: it was no question, nothing is to be said.
 */
int names_zone_answer(const struct names_zone *z, const uint8_t *p, size_t n,
		      bool udp, uint8_t *out, size_t cap);

#endif
