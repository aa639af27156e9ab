/* SPDX-License-Identifier: MIT */
#include "wire/igmp.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	V1_RESP_MS = 10000, /* RFC 2236 4: version 1 does not say */
	MS_PER_UNIT = 100,
	CODE_LINEAR = 128,
};

uint32_t wire_igmp_time(uint8_t code)
{
	if (code < CODE_LINEAR)
		return code;
	return ((uint32_t)(code & 15) | 16) << ((code >> 4 & 7) + 3);
}

uint8_t wire_igmp_code(uint32_t v)
{
	unsigned code = CODE_LINEAR;

	if (v < CODE_LINEAR)
		return (uint8_t)v;
	while (code < UINT8_MAX && wire_igmp_time((uint8_t)(code + 1)) <= v)
		code++;
	return (uint8_t)code;
}

static int parse_query(struct wire_igmp *f, const uint8_t *p, size_t n)
{
	if (n == WIRE_IGMP_HLEN) {
		f->version = p[1] ? 2 : 1;
		f->max_resp_ms = p[1] ? p[1] * (uint32_t)MS_PER_UNIT
				      : (uint32_t)V1_RESP_MS;
		return WIRE_IGMP_HLEN;
	}
	f->bad = WIRE_BAD_LEN;
	if (n < WIRE_IGMP_QUERY3_HLEN)
		return -EINVAL;
	f->nsrc = wire_be_get16(p + 10);
	if (n - WIRE_IGMP_QUERY3_HLEN < f->nsrc * 4u)
		return -EINVAL;
	f->bad = 0;
	f->version = 3;
	f->max_resp_ms = wire_igmp_time(p[1]) * MS_PER_UNIT;
	f->suppress = p[8] & 8;
	f->qrv = p[8] & 7;
	f->qqi_s = wire_igmp_time(p[9]);
	f->src = p + WIRE_IGMP_QUERY3_HLEN;
	return WIRE_IGMP_QUERY3_HLEN + f->nsrc * 4;
}

int wire_igmp_parse(struct wire_igmp *f, const uint8_t *p, size_t n)
{
	*f = (struct wire_igmp) { .bad = WIRE_BAD_SHORT };
	if (n < WIRE_IGMP_HLEN)
		return -EINVAL;
	f->bad = 0;
	f->type = p[0];
	f->group = p + 4;
	switch (f->type) {
	case WIRE_IGMP_QUERY:
		return parse_query(f, p, n);
	case WIRE_IGMP_REPORT3:
		f->nrec = wire_be_get16(p + 6);
		return WIRE_IGMP_HLEN;
	case WIRE_IGMP_REPORT1:
	case WIRE_IGMP_REPORT2:
	case WIRE_IGMP_LEAVE:
		return WIRE_IGMP_HLEN;
	default:
		f->bad = WIRE_BAD_TYPE;
		return -EINVAL;
	}
}

static uint8_t resp_code(const struct wire_igmp *f)
{
	uint32_t units = f->max_resp_ms / MS_PER_UNIT;

	if (f->version == 3)
		return wire_igmp_code(units);
	return (uint8_t)(f->version == 1 ? 0 : units > 255 ? 255 : units);
}

static size_t length(const struct wire_igmp *f)
{
	if (f->type == WIRE_IGMP_QUERY && f->version == 3)
		return WIRE_IGMP_QUERY3_HLEN + f->nsrc * (size_t)4;
	return WIRE_IGMP_HLEN;
}

int wire_igmp_emit(uint8_t *p, size_t n, const struct wire_igmp *f)
{
	size_t len = length(f);

	if (n < len)
		return -ENOBUFS;
	memset(p, 0, WIRE_IGMP_HLEN);
	p[0] = f->type;
	if (f->type == WIRE_IGMP_REPORT3) {
		wire_be_put16(p + 6, f->nrec);
		return WIRE_IGMP_HLEN;
	}
	if (f->group)
		memcpy(p + 4, f->group, 4);
	if (f->type == WIRE_IGMP_QUERY)
		p[1] = resp_code(f);
	if (len == WIRE_IGMP_HLEN)
		return WIRE_IGMP_HLEN;
	p[8] = (uint8_t)((f->suppress ? 8 : 0) | (f->qrv & 7));
	p[9] = wire_igmp_code(f->qqi_s);
	wire_be_put16(p + 10, f->nsrc);
	if (f->nsrc)
		memcpy(p + WIRE_IGMP_QUERY3_HLEN, f->src, f->nsrc * 4u);
	return (int)len;
}

int wire_igmp_rec_emit(uint8_t *p, size_t n, enum wire_group_rec type,
		       const uint8_t group[4], uint16_t nsrc)
{
	if (n < WIRE_IGMP_REC_HLEN)
		return -ENOBUFS;
	p[0] = (uint8_t)type;
	p[1] = 0;
	wire_be_put16(p + 2, nsrc);
	memcpy(p + 4, group, 4);
	return WIRE_IGMP_REC_HLEN;
}

int wire_igmp_rec_next(struct wire_group_read *r, const uint8_t *p, size_t n)
{
	size_t len;

	if (n < WIRE_IGMP_REC_HLEN)
		return -EINVAL;
	*r = (struct wire_group_read) { .group = p + 4,
					.src = p + WIRE_IGMP_REC_HLEN,
					.nsrc = wire_be_get16(p + 2),
					.type = p[0] };
	len = WIRE_IGMP_REC_HLEN + r->nsrc * (size_t)4 + p[1] * (size_t)4;
	return len <= n ? (int)len : -EINVAL;
}
