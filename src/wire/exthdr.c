/* SPDX-License-Identifier: MIT */
#include "wire/exthdr.h"

#include <errno.h>
#include <string.h>

enum {
	TYPE_AT = 2,
	LEFT_AT = 3, /* segments left */
	LAST_AT = 4, /* type 4: index of the last entry */
	ADDRS_AT = 8,
	ADDR = 16,
	TLV_HLEN = 2,
	MOBILE_UNITS = 2, /* of 8 bytes beyond the first */
};

int wire_exthdr_check(const uint8_t *p, size_t n)
{
	if (n < WIRE_EXTHDR_MIN || wire_exthdr_len(p) > n)
		return -EINVAL;
	return (int)wire_exthdr_len(p);
}

/* RFC 6275 6.4.1: one address, which is still to come. */
static bool mobile_ok(const uint8_t *p)
{
	return p[1] == MOBILE_UNITS && p[LEFT_AT] == 1;
}

/* RFC 8754 2.1: TLVs fill what the list of segments leaves. */
static bool tlvs_ok(const uint8_t *p, size_t n)
{
	while (n) {
		size_t len;

		if (n < TLV_HLEN)
			return false;
		len = (size_t)TLV_HLEN + p[1];
		if (len > n)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

static bool segments_ok(const uint8_t *p, size_t n)
{
	size_t list = ADDRS_AT + (p[LAST_AT] + (size_t)1) * ADDR;

	if (wire_exthdr_len(p) != n || p[LEFT_AT] > p[LAST_AT] || list > n)
		return false;
	return tlvs_ok(p + list, n - list);
}

int wire_exthdr_check_routing(const uint8_t *p, size_t n, bool segments)
{
	int len = wire_exthdr_check(p, n);

	if (len < 0)
		return len;
	if (p[TYPE_AT] == WIRE_EXTHDR_MOBILE)
		return mobile_ok(p) ? len : -EINVAL;
	if (p[TYPE_AT] == WIRE_EXTHDR_SEGMENTS && segments)
		return segments_ok(p, n) ? len : -EINVAL;
	return -EINVAL;
}

const uint8_t *wire_exthdr_first(const uint8_t *p)
{
	size_t i = p[TYPE_AT] == WIRE_EXTHDR_SEGMENTS ? p[LEFT_AT] : 0;

	return p + ADDRS_AT + i * ADDR;
}

/* Of both types the final address stands in the first place: the only one of
 * type 2; of type 4 the list is backwards.
 */
void wire_exthdr_emit(uint8_t *to, const uint8_t *p, uint8_t next,
		      const uint8_t *final)
{
	memcpy(to, p, wire_exthdr_len(p));
	to[0] = next;
	if (final)
		memcpy(to + ADDRS_AT, final, ADDR);
}
