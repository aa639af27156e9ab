/* SPDX-License-Identifier: MIT */
#include "wire/icmp4.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"
#include "wire/icmpext.h"

/* The types that RFC 4884 gave a length, in 32-bit words, at byte 5. */
static bool has_length(uint8_t type)
{
	return type == WIRE_ICMP4_UNREACH || type == WIRE_ICMP4_TIME_EXCEEDED ||
	       type == WIRE_ICMP4_PARAM;
}

static bool is_error(uint8_t type)
{
	return has_length(type) || type == WIRE_ICMP4_QUENCH ||
	       type == WIRE_ICMP4_REDIRECT;
}

/* RFC 4884 3: what is less than the minimum is not a length. */
static size_t quote_len(const struct wire_icmp4 *f, size_t n)
{
	size_t all = n - WIRE_ICMP_HLEN;

	if (f->told_len >= WIRE_ICMPEXT_MIN_QUOTE && f->told_len <= all)
		return f->told_len;
	return all;
}

int wire_icmp4_parse(struct wire_icmp4 *f, const uint8_t *p, size_t n)
{
	*f = (struct wire_icmp4) { .bad = WIRE_BAD_SHORT };
	if (n < WIRE_ICMP_HLEN)
		return -EINVAL;
	f->bad = 0;
	f->type = p[0];
	f->code = p[1];
	f->csum = wire_be_get16(p + 2);
	f->is_error = is_error(f->type);
	if (has_length(f->type))
		f->told_len = (uint16_t)(p[5] * 4);
	if (f->is_error)
		f->quote_len = quote_len(f, n);
	switch (f->type) {
	case WIRE_ICMP4_UNREACH:
		if (f->code == WIRE_ICMP4_UNREACH_FRAG)
			f->mtu = wire_be_get16(p + 6);
		break;
	case WIRE_ICMP4_REDIRECT:
		f->gateway = p + 4;
		break;
	case WIRE_ICMP4_PARAM:
		f->pointer = p[4];
		break;
	case WIRE_ICMP4_ECHO:
	case WIRE_ICMP4_ECHO_REPLY:
	case WIRE_ICMP4_TIMESTAMP:
	case WIRE_ICMP4_TIMESTAMP_REPLY:
		f->id = wire_be_get16(p + 4);
		f->seq = wire_be_get16(p + 6);
		break;
	default:
		break;
	}
	return WIRE_ICMP_HLEN;
}

int wire_icmp4_emit(uint8_t *p, size_t n, const struct wire_icmp4 *f)
{
	if (n < WIRE_ICMP_HLEN)
		return -ENOBUFS;
	memset(p, 0, WIRE_ICMP_HLEN);
	p[0] = f->type;
	p[1] = f->code;
	switch (f->type) {
	case WIRE_ICMP4_UNREACH:
		wire_be_put16(p + 6, f->mtu);
		break;
	case WIRE_ICMP4_REDIRECT:
		if (f->gateway)
			memcpy(p + 4, f->gateway, 4);
		break;
	case WIRE_ICMP4_PARAM:
		p[4] = f->pointer;
		break;
	case WIRE_ICMP4_ECHO:
	case WIRE_ICMP4_ECHO_REPLY:
	case WIRE_ICMP4_TIMESTAMP:
	case WIRE_ICMP4_TIMESTAMP_REPLY:
		wire_be_put16(p + 4, f->id);
		wire_be_put16(p + 6, f->seq);
		break;
	default:
		break;
	}
	return WIRE_ICMP_HLEN;
}
