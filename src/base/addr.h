/* SPDX-License-Identifier: MIT */
/*
 * base/addr.h - addresses without a family
 *
 * 16 bytes, IPv4 mapped (RFC 4291 2.5.5.2). "Any" of IPv4 is ::ffff:0.0.0.0,
 * "any" of IPv6 is ::, so a bound socket's address still tells its family.
 */
#ifndef OSTIA_BASE_ADDR_H
#define OSTIA_BASE_ADDR_H

#include <ostia/types.h>
#include <stdbool.h>
#include <string.h>

/** struct flow - The two ends of a conversation, ours first */
struct flow {
	struct ostia_addr local, remote;
	uint16_t lport, rport; /* host order */
	uint32_t zone; /* link index of scoped addresses, else 0 */
};

static inline struct ostia_addr addr_v4(const void *four)
{
	struct ostia_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	memcpy(&a.w[3], four, 4);
	return a;
}

static inline struct ostia_addr addr_v6(const void *sixteen)
{
	struct ostia_addr a;

	memcpy(&a, sixteen, 16);
	return a;
}

static inline bool addr_eq(const struct ostia_addr *a,
			   const struct ostia_addr *b)
{
	return ((a->q[0] ^ b->q[0]) | (a->q[1] ^ b->q[1])) == 0;
}

static inline bool addr_is_v4(const struct ostia_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(a->b, mapped, 12) == 0;
}

/** addr_any() - The wildcard of a family. */
static inline struct ostia_addr addr_any(bool v6)
{
	static const uint8_t zero[16];

	return v6 ? addr_v6(zero) : addr_v4(zero);
}

/** addr_is_any() - The wildcard of either family. */
static inline bool addr_is_any(const struct ostia_addr *a)
{
	return a->w[3] == 0 && a->q[0] == 0 && (a->w[2] == 0 || addr_is_v4(a));
}

static inline bool addr_is_multicast(const struct ostia_addr *a)
{
	return addr_is_v4(a) ? (a->b[12] & 0xf0) == 0xe0 : a->b[0] == 0xff;
}

/** addr_is_broadcast() - 255.255.255.255; directed ones need a route. */
static inline bool addr_is_broadcast(const struct ostia_addr *a)
{
	return addr_is_v4(a) && a->w[3] == UINT32_MAX;
}

static inline bool addr_is_loopback(const struct ostia_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return addr_is_v4(a) ? a->b[12] == 127 : memcmp(a->b, one, 16) == 0;
}

/** addr_is_linklocal() - fe80::/10 (needs a zone), or 169.254.0.0/16. */
static inline bool addr_is_linklocal(const struct ostia_addr *a)
{
	if (addr_is_v4(a))
		return a->b[12] == 169 && a->b[13] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static inline bool flow_eq(const struct flow *a, const struct flow *b)
{
	return ((a->local.q[0] ^ b->local.q[0]) |
		(a->local.q[1] ^ b->local.q[1]) |
		(a->remote.q[0] ^ b->remote.q[0]) |
		(a->remote.q[1] ^ b->remote.q[1]) | (a->lport ^ b->lport) |
		(a->rport ^ b->rport) | (a->zone ^ b->zone)) == 0;
}

enum { FLOW_WORDS = 5 };

/** flow_words() - All of it, for a keyed hash (base/siphash.h). */
static inline void flow_words(const struct flow *f, uint64_t w[FLOW_WORDS])
{
	w[0] = f->local.q[0];
	w[1] = f->local.q[1];
	w[2] = f->remote.q[0];
	w[3] = f->remote.q[1];
	w[4] = (uint64_t)f->lport << 48 | (uint64_t)f->rport << 32 | f->zone;
}

#endif
