/* SPDX-License-Identifier: MIT */
/*
 * tcp/cookie.h - SYN cookies (RFC 4987 3.6): a handshake without memory
 *
 * When a listener has too many half-open handshakes, our initial sequence
 * number is made so that the ACK that completes the handshake proves that we
 * sent it, and says which of a few MSS values was agreed:
 *
 *	ISN = F(ends) + IRS + (minutes << 24) +
 *	      ((F(ends, IRS, minutes) + mss) mod 2^24)
 *
 * With timestamps the low 6 bits of our TSval carry window scale, SACK and ECN,
 * as Linux has it; without them these are lost (RFC 7323 2.2 forbids to guess).
 * A cookie is good for two to three minutes.
 */
#ifndef OSTIA_TCP_COOKIE_H
#define OSTIA_TCP_COOKIE_H

#include "base/addr.h"
#include "base/seq.h"
#include "base/siphash.h"
#include "base/time.h"

#include <stdbool.h>

enum {
	TCP_COOKIE_TS_BITS = 6,
	TCP_COOKIE_TS_MASK = (1 << TCP_COOKIE_TS_BITS) - 1,
	TCP_COOKIE_TS_WSCALE = 0x0f, /* 15: none */
	TCP_COOKIE_TS_SACK = 0x10,
	TCP_COOKIE_TS_ECN = 0x20,
	TCP_COOKIE_AGE_MIN = 2,
};

/**
 * tcp_cookie_make() - The ISN for a SYN
 * @mss: in: the peer's; out: the largest of our values that is not larger
 */
struct seq tcp_cookie_make(const struct siphash_key key[2],
			   const struct flow *f, struct seq irs, uint16_t *mss,
			   ostia_time now);

/**
 * tcp_cookie_check() - Is ACK - 1 a cookie of ours? Return: the MSS, or 0.
 */
uint16_t tcp_cookie_check(const struct siphash_key key[2], const struct flow *f,
			  struct seq irs, struct seq cookie, ostia_time now);

/**
 * tcp_cookie_ts() - Our clock with option bits in it, not in the future
 * @clock: ms, without the connection's offset
 */
uint32_t tcp_cookie_ts(uint32_t clock, uint32_t bits);

#endif
