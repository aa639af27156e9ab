/* SPDX-License-Identifier: MIT */
#include "wire/icmp6.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"
#include "wire/icmp4.h" /* WIRE_ICMP_HLEN */
#include "wire/icmpext.h"

/* The two types that RFC 4884 gave a length, in 64-bit words, at byte 4. */
static bool has_length(uint8_t type)
{
	return type == WIRE_ICMP6_UNREACH || type == WIRE_ICMP6_TIME_EXCEEDED;
}

/* RFC 4884 3: what is less than the minimum is not a length. */
static size_t quote_len(const struct wire_icmp6 *f, size_t n)
{
	size_t all = n - WIRE_ICMP_HLEN;

	if (f->told_len >= WIRE_ICMPEXT_MIN_QUOTE && f->told_len <= all)
		return f->told_len;
	return all;
}

int wire_icmp6_parse(struct wire_icmp6 *f, const uint8_t *p, size_t n)
{
	*f = (struct wire_icmp6) { .bad = WIRE_BAD_SHORT };
	if (n < WIRE_ICMP_HLEN)
		return -EINVAL;
	f->bad = 0;
	f->type = p[0];
	f->code = p[1];
	f->csum = wire_be_get16(p + 2);
	f->is_error = f->type < 128;
	if (has_length(f->type))
		f->told_len = (uint16_t)(p[4] * 8);
	if (f->is_error)
		f->quote_len = quote_len(f, n);
	switch (f->type) {
	case WIRE_ICMP6_TOO_BIG:
		f->mtu = wire_be_get32(p + 4);
		break;
	case WIRE_ICMP6_PARAM:
		f->pointer = wire_be_get32(p + 4);
		break;
	case WIRE_ICMP6_ECHO:
	case WIRE_ICMP6_ECHO_REPLY:
		f->id = wire_be_get16(p + 4);
		f->seq = wire_be_get16(p + 6);
		break;
	default:
		break;
	}
	return WIRE_ICMP_HLEN;
}

int wire_icmp6_emit(uint8_t *p, size_t n, const struct wire_icmp6 *f)
{
	if (n < WIRE_ICMP_HLEN)
		return -ENOBUFS;
	memset(p, 0, WIRE_ICMP_HLEN);
	p[0] = f->type;
	p[1] = f->code;
	switch (f->type) {
	case WIRE_ICMP6_TOO_BIG:
		wire_be_put32(p + 4, f->mtu);
		break;
	case WIRE_ICMP6_PARAM:
		wire_be_put32(p + 4, f->pointer);
		break;
	case WIRE_ICMP6_ECHO:
	case WIRE_ICMP6_ECHO_REPLY:
		wire_be_put16(p + 4, f->id);
		wire_be_put16(p + 6, f->seq);
		break;
	default:
		break;
	}
	return WIRE_ICMP_HLEN;
}
