/* SPDX-License-Identifier: MIT */
/*
 * wire/nd.h - neighbour discovery messages and their options (RFC 4861)
 *
 * Solicitations, advertisements and redirects over ICMPv6. The parser makes
 * the checks of RFC 4861 6.1, 7.1 and 8.1 that need the message alone: code 0,
 * length, target not a group, no option of length 0 (one of those refuses the
 * whole message). Hop limit 255, checksum and IP addresses are the caller's.
 * Options that may come more than once (prefixes, routes, DNS servers) are
 * iterated; those that come once are facts, and the first one counts.
 */
#ifndef OSTIA_WIRE_ND_H
#define OSTIA_WIRE_ND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Option types (RFC 4861 4.6, 3971, 4191, 8106, 8781). */
enum {
	WIRE_ND_OPT_SLLA = 1,
	WIRE_ND_OPT_TLLA = 2,
	WIRE_ND_OPT_PREFIX = 3,
	WIRE_ND_OPT_REDIRECTED = 4,
	WIRE_ND_OPT_MTU = 5,
	WIRE_ND_OPT_NONCE = 14,
	WIRE_ND_OPT_ROUTE = 24,
	WIRE_ND_OPT_RDNSS = 25,
	WIRE_ND_OPT_DNSSL = 31,
	WIRE_ND_OPT_PREF64 = 38,
};

/**
 * struct wire_nd - A neighbour discovery message
 * @target:	  NS, NA, redirect: 16 bytes, borrowed; else NULL
 * @dest:	  redirect: 16 bytes, borrowed; else NULL
 * @slla:	  source link-layer address, 6 bytes, borrowed; NULL: none
 * @tlla:	  target link-layer address, 6 bytes, borrowed; NULL: none
 * @nonce:	  @nonce_len bytes, borrowed; NULL: none (RFC 3971, RFC 7527)
 * @redirected:	  @redirected_len bytes of the redirected packet, or NULL
 * @mtu:	  of the link; 0: none
 * @reachable_ms: RA: 0 leaves it unspecified
 * @retrans_ms:	  RA: 0 leaves it unspecified
 * @lifetime_s:	  RA: as a default router; 0: it is none
 * @opts:	  offset of the first option in the message
 * @hops:	  RA: hop limit; 0 leaves it unspecified
 * @pref:	  RA: router preference, 1 high, 0 medium, -1 low (RFC 4191)
 * @type:	  WIRE_ICMP6_RS, RA, NS, NA or REDIRECT
 * @router:	  NA: flag R
 * @solicited:	  NA: flag S
 * @override:	  NA: flag O
 * @managed:	  RA: flag M
 * @other:	  RA: flag O
 * @bad:	  enum wire_bad, after -EINVAL
 */
struct wire_nd {
	const uint8_t *target;
	const uint8_t *dest;
	const uint8_t *slla;
	const uint8_t *tlla;
	const uint8_t *nonce;
	const uint8_t *redirected;
	size_t redirected_len;
	size_t nonce_len;
	uint32_t mtu;
	uint32_t reachable_ms;
	uint32_t retrans_ms;
	uint16_t lifetime_s;
	uint16_t opts;
	uint8_t hops;
	int8_t pref;
	uint8_t type;
	bool router;
	bool solicited;
	bool override;
	bool managed;
	bool other;
	uint8_t bad;
};

/**
 * wire_nd_parse() - Read a message
 * @p: the ICMPv6 header's first byte
 * @n: the whole message, contiguous
 *
 * Returns @n, or -EINVAL: SHORT, TYPE, CODE, ADDR (the target is a group),
 * OPT_LEN (an option of length 0 or past the end).
 */
int wire_nd_parse(struct wire_nd *f, const uint8_t *p, size_t n);

/**
 * wire_nd_emit() - Write a message with checksum 0
 *
 * With the options that @f names, in the order slla, tlla, mtu, nonce,
 * redirected. A nonce is padded with zeroes, the redirected packet cut to a
 * multiple of 8 and to 1240 bytes. More options may be appended: below.
 * Returns the length, -ENOBUFS, or -EINVAL for a type that is none of ours or
 * a target that is missing.
 */
int wire_nd_emit(uint8_t *p, size_t n, const struct wire_nd *f);

/** struct wire_nd_opt - One option: @len bytes at @p, type and length in them
 */
struct wire_nd_opt {
	const uint8_t *p;
	uint16_t len;
	uint8_t type;
};

/**
 * wire_nd_opt_next() - Step through the options of a parsed message
 * @off: starts at wire_nd.opts, moves behind the option
 *
 * Returns 1 with @o filled, 0 at the end.
 */
int wire_nd_opt_next(struct wire_nd_opt *o, const uint8_t *p, size_t n,
		     size_t *off);

/** struct wire_nd_prefix - Prefix Information (RFC 4861 4.6.2); s, all-ones
 * ever */
struct wire_nd_prefix {
	const uint8_t *prefix;
	uint32_t valid_s;
	uint32_t preferred_s;
	uint8_t plen;
	bool on_link;
	bool autonomous;
};

/** struct wire_nd_route - Route Information (RFC 4191 2.3) */
struct wire_nd_route {
	uint8_t prefix[16]; /* zeroes behind what was sent */
	uint32_t lifetime_s;
	uint8_t plen;
	int8_t pref; /* 1 high, 0 medium, -1 low */
};

/** struct wire_nd_rdnss - Recursive DNS servers (RFC 8106 5.1) */
struct wire_nd_rdnss {
	const uint8_t *addrs; /* @count times 16 bytes, borrowed */
	uint32_t lifetime_s;
	uint8_t count;
};

/** struct wire_nd_dnssl - DNS search list (RFC 8106 5.2), names as in DNS */
struct wire_nd_dnssl {
	const uint8_t *names; /* borrowed, uncompressed, zero padded */
	uint32_t lifetime_s;
	uint16_t len;
};

/** struct wire_nd_pref64 - NAT64 prefix (RFC 8781) */
struct wire_nd_pref64 {
	uint8_t prefix[16];
	uint16_t lifetime_s;
	uint8_t plen; /* 96, 64, 56, 48, 40 or 32 */
};

/*
 * Decode one option. Each returns 0, or -EINVAL for a length or a value that
 * the option's RFC forbids (RDNSS: an even length is refused, RFC 8106 5.3.1);
 * such an option is ignored, the message stands.
 */
int wire_nd_prefix_parse(struct wire_nd_prefix *f, const struct wire_nd_opt *o);
int wire_nd_route_parse(struct wire_nd_route *f, const struct wire_nd_opt *o);
int wire_nd_rdnss_parse(struct wire_nd_rdnss *f, const struct wire_nd_opt *o);
int wire_nd_dnssl_parse(struct wire_nd_dnssl *f, const struct wire_nd_opt *o);
int wire_nd_pref64_parse(struct wire_nd_pref64 *f, const struct wire_nd_opt *o);

/* Append one option at @p. Each returns its length, -ENOBUFS or -EINVAL. */
int wire_nd_prefix_emit(uint8_t *p, size_t n, const struct wire_nd_prefix *f);
int wire_nd_route_emit(uint8_t *p, size_t n, const struct wire_nd_route *f);
int wire_nd_rdnss_emit(uint8_t *p, size_t n, const struct wire_nd_rdnss *f);
int wire_nd_dnssl_emit(uint8_t *p, size_t n, const struct wire_nd_dnssl *f);
int wire_nd_pref64_emit(uint8_t *p, size_t n, const struct wire_nd_pref64 *f);

#endif
