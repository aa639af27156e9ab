/* SPDX-License-Identifier: MIT */
#include "wire/mld.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

enum { CODE_LINEAR = 32768, ADDR = 16 };

uint32_t wire_mld_time(uint16_t code)
{
	if (code < CODE_LINEAR)
		return code;
	return ((uint32_t)(code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
}

/* The exponent is found first, then the mantissa fits or is the largest. */
uint16_t wire_mld_code(uint32_t v)
{
	uint32_t exp = 0, mant;

	if (v < CODE_LINEAR)
		return (uint16_t)v;
	while (exp < 7 && v >> (exp + 3) >= 0x2000)
		exp++;
	mant = v >> (exp + 3);
	if (mant >= 0x2000)
		mant = 0x1fff;
	return (uint16_t)(0x8000 | exp << 12 | (mant & 0xfff));
}

static int parse_query(struct wire_mld *f, const uint8_t *p, size_t n)
{
	uint16_t code = wire_be_get16(p + 4);

	f->max_resp_ms = code;
	f->version = 1;
	if (n == WIRE_MLD_HLEN)
		return WIRE_MLD_HLEN;
	f->bad = WIRE_BAD_LEN;
	if (n < WIRE_MLD_QUERY2_HLEN)
		return -EINVAL;
	f->nsrc = wire_be_get16(p + 26);
	if (n - WIRE_MLD_QUERY2_HLEN < f->nsrc * (size_t)ADDR)
		return -EINVAL;
	f->bad = 0;
	f->version = 2;
	f->max_resp_ms = wire_mld_time(code);
	f->suppress = p[24] & 8;
	f->qrv = p[24] & 7;
	f->qqi_s = wire_igmp_time(p[25]);
	f->src = p + WIRE_MLD_QUERY2_HLEN;
	return WIRE_MLD_QUERY2_HLEN + f->nsrc * ADDR;
}

int wire_mld_parse(struct wire_mld *f, const uint8_t *p, size_t n)
{
	*f = (struct wire_mld) { .bad = WIRE_BAD_SHORT };
	if (n < WIRE_MLD_REPORT2_HLEN)
		return -EINVAL;
	f->type = p[0];
	if (f->type == WIRE_ICMP6_MLD2_REPORT) {
		f->bad = 0;
		f->nrec = wire_be_get16(p + 6);
		return WIRE_MLD_REPORT2_HLEN;
	}
	if (n < WIRE_MLD_HLEN)
		return -EINVAL;
	f->bad = 0;
	f->group = p + 8;
	switch (f->type) {
	case WIRE_ICMP6_MLD_QUERY:
		return parse_query(f, p, n);
	case WIRE_ICMP6_MLD_REPORT:
	case WIRE_ICMP6_MLD_DONE:
		return WIRE_MLD_HLEN;
	default:
		f->bad = WIRE_BAD_TYPE;
		return -EINVAL;
	}
}

static size_t length(const struct wire_mld *f)
{
	if (f->type == WIRE_ICMP6_MLD2_REPORT)
		return WIRE_MLD_REPORT2_HLEN;
	if (f->type == WIRE_ICMP6_MLD_QUERY && f->version == 2)
		return WIRE_MLD_QUERY2_HLEN + f->nsrc * (size_t)ADDR;
	return WIRE_MLD_HLEN;
}

static uint16_t resp_code(const struct wire_mld *f)
{
	uint32_t ms = f->max_resp_ms;

	if (f->version == 2)
		return wire_mld_code(ms);
	return (uint16_t)(ms > UINT16_MAX ? UINT16_MAX : ms);
}

int wire_mld_emit(uint8_t *p, size_t n, const struct wire_mld *f)
{
	size_t len = length(f);

	if (n < len)
		return -ENOBUFS;
	memset(p, 0, len < WIRE_MLD_HLEN ? len : (size_t)WIRE_MLD_HLEN);
	p[0] = f->type;
	if (f->type == WIRE_ICMP6_MLD2_REPORT) {
		wire_be_put16(p + 6, f->nrec);
		return WIRE_MLD_REPORT2_HLEN;
	}
	if (f->group)
		memcpy(p + 8, f->group, ADDR);
	if (f->type == WIRE_ICMP6_MLD_QUERY)
		wire_be_put16(p + 4, resp_code(f));
	if (len == WIRE_MLD_HLEN)
		return WIRE_MLD_HLEN;
	p[24] = (uint8_t)((f->suppress ? 8 : 0) | (f->qrv & 7));
	p[25] = wire_igmp_code(f->qqi_s);
	wire_be_put16(p + 26, f->nsrc);
	if (f->nsrc)
		memcpy(p + WIRE_MLD_QUERY2_HLEN, f->src,
		       f->nsrc * (size_t)ADDR);
	return (int)len;
}

int wire_mld_rec_emit(uint8_t *p, size_t n, enum wire_group_rec type,
		      const uint8_t group[16], uint16_t nsrc)
{
	if (n < WIRE_MLD_REC_HLEN)
		return -ENOBUFS;
	p[0] = (uint8_t)type;
	p[1] = 0;
	wire_be_put16(p + 2, nsrc);
	memcpy(p + 4, group, ADDR);
	return WIRE_MLD_REC_HLEN;
}

int wire_mld_rec_next(struct wire_group_read *r, const uint8_t *p, size_t n)
{
	size_t len;

	if (n < WIRE_MLD_REC_HLEN)
		return -EINVAL;
	*r = (struct wire_group_read) { .group = p + 4,
					.src = p + WIRE_MLD_REC_HLEN,
					.nsrc = wire_be_get16(p + 2),
					.type = p[0] };
	len = WIRE_MLD_REC_HLEN + r->nsrc * (size_t)ADDR + p[1] * (size_t)4;
	return len <= n ? (int)len : -EINVAL;
}
