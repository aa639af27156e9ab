/* SPDX-License-Identifier: MIT */
/*
 * ip/select.h - which address to speak from, and which to speak to first
 * (RFC 6724, RFC 5014, RFC 8028)
 */
#ifndef OSTIA_IP_SELECT_H
#define OSTIA_IP_SELECT_H

#include "ip/addrs.h"

/* What a socket prefers (RFC 5014 2); the values of IPV6_PREFER_SRC_*. */
enum {
	SELECT_TMP = 0x0001,
	SELECT_PUBLIC = 0x0002,
};

/**
 * select_source() - The address to speak to @dst from, by @l (RFC 6724 5;
 * IPv4: the one whose network holds @nexthop, else the oldest)
 * @prefs: SELECT_*, 0: as use_tempaddr says
 *
 * Return: NULL when there is none of that family and scope.
 */
const struct ostia_addr *select_source(struct ip *ip, struct ostia_link *l,
				       const struct ostia_addr *dst,
				       const struct ostia_addr *nexthop,
				       unsigned prefs);

/**
 * select_for() - The same for whoever has no link yet: by the routes
 * @zone: as for path_get()
 *
 * Return: NULL: no way, or no source.
 */
const struct ostia_addr *select_for(struct ip *ip, const struct ostia_addr *dst,
				    uint32_t zone, unsigned prefs);

/** struct select_dest - A destination to be ordered; @src: found, any: none */
struct select_dest {
	struct ostia_addr addr, src;
	uint32_t zone;
	uint32_t index; /* the caller's */
};

enum { SELECT_DESTS = 64 };

/** select_order() - Best first (RFC 6724 6); equals stay in order, and so does
 * what is behind the first SELECT_DESTS.
 */
void select_order(struct ip *ip, struct select_dest *d, unsigned n);

#endif
