/* SPDX-License-Identifier: MIT */
#include "wire/ip4.h"

#include <string.h>

static uint16_t frag_word(const struct wire_ip4 *f)
{
	return (uint16_t)(f->frag_off >> 3 | (f->df ? WIRE_IP4_DF : 0) |
			  (f->mf ? WIRE_IP4_MF : 0));
}

int wire_ip4_emit(uint8_t *p, size_t n, const struct wire_ip4 *f,
		  const uint8_t *opts, size_t opts_len)
{
	size_t pad = -opts_len & 3;
	size_t hlen = WIRE_IP4_HLEN + opts_len + pad;

	if (opts_len > WIRE_IP4_MAX_OPTS || f->len < hlen || f->frag_off & 7)
		return -EINVAL;
	if (n < hlen)
		return -ENOBUFS;
	p[0] = (uint8_t)(4 << 4 | hlen >> 2);
	p[1] = f->tos;
	wire_be_put16(p + 2, f->len);
	wire_be_put16(p + 4, f->id);
	wire_be_put16(p + 6, frag_word(f));
	p[8] = f->ttl;
	p[9] = f->proto;
	wire_be_put16(p + 10, 0);
	memcpy(p + 12, f->src, 4);
	memcpy(p + 16, f->dst, 4);
	if (opts_len)
		memcpy(p + WIRE_IP4_HLEN, opts, opts_len);
	memset(p + WIRE_IP4_HLEN + opts_len, WIRE_IP4_OPT_END, pad);
	wire_be_put16(p + 10, wire_ip4_csum(p, hlen));
	return (int)hlen;
}

/* One option under the eye of the parser: @len bytes at @p, which is at @at
 * from the header's first byte.
 */
struct opt {
	const uint8_t *p;
	uint8_t at;
	uint8_t len;
};

static int refuse(struct wire_ip4_opts *o, unsigned pointer, enum wire_bad bad)
{
	o->pointer = (uint8_t)pointer;
	o->bad = (uint8_t)bad;
	return -EINVAL;
}

/* The pointer counts from 1 and names the next free or unvisited slot: past
 * the end means full. @first is the smallest one, @unit the slot's size.
 */
static bool pointer_ok(const struct opt *x, unsigned first, unsigned unit)
{
	unsigned ptr = x->p[2];

	return ptr >= first && (ptr > x->len || ptr + unit - 1 <= x->len);
}

static int parse_rr(struct wire_ip4_opts *o, const struct opt *x)
{
	if (o->rr)
		return refuse(o, x->at, WIRE_BAD_OPT);
	if (x->len < 3)
		return refuse(o, x->at + 1u, WIRE_BAD_OPT_LEN);
	if (!pointer_ok(x, 4, 4))
		return refuse(o, x->at + 2u, WIRE_BAD_OPT);
	o->rr = x->at;
	return 0;
}

/* Strict and loose may not stand together either (RFC 1122 3.2.1.8 (c)). */
static int parse_srr(struct wire_ip4_opts *o, const struct opt *x)
{
	if (o->srr)
		return refuse(o, x->at, WIRE_BAD_OPT);
	if (x->len < 3)
		return refuse(o, x->at + 1u, WIRE_BAD_OPT_LEN);
	if (!pointer_ok(x, 4, 4))
		return refuse(o, x->at + 2u, WIRE_BAD_OPT);
	o->srr = x->at;
	o->strict = x->p[0] == WIRE_IP4_OPT_SSRR;
	o->srr_left = x->p[2] <= x->len;
	return 0;
}

static int parse_ts(struct wire_ip4_opts *o, const struct opt *x)
{
	unsigned flag;

	if (o->ts)
		return refuse(o, x->at, WIRE_BAD_OPT);
	if (x->len < 4)
		return refuse(o, x->at + 1u, WIRE_BAD_OPT_LEN);
	flag = x->p[3] & 15;
	if (flag != 0 && flag != 1 && flag != 3)
		return refuse(o, x->at + 3u, WIRE_BAD_OPT);
	if (!pointer_ok(x, 5, flag == 0 ? 4 : 8))
		return refuse(o, x->at + 2u, WIRE_BAD_OPT);
	o->ts = x->at;
	return 0;
}

static int parse_ra(struct wire_ip4_opts *o, const struct opt *x)
{
	if (x->len < 4)
		return refuse(o, x->at + 1u, WIRE_BAD_OPT_LEN);
	o->ra = x->at;
	return 0;
}

static int parse_opt(struct wire_ip4_opts *o, const struct opt *x)
{
	switch (x->p[0]) {
	case WIRE_IP4_OPT_RR:
		return parse_rr(o, x);
	case WIRE_IP4_OPT_LSRR:
	case WIRE_IP4_OPT_SSRR:
		return parse_srr(o, x);
	case WIRE_IP4_OPT_TS:
		return parse_ts(o, x);
	case WIRE_IP4_OPT_RA:
		return parse_ra(o, x);
	default:
		return 0;
	}
}

int wire_ip4_opts_parse(struct wire_ip4_opts *o, const uint8_t *p, size_t hlen)
{
	size_t at = WIRE_IP4_HLEN;

	*o = (struct wire_ip4_opts) { 0 };
	while (at < hlen && p[at] != WIRE_IP4_OPT_END) {
		struct opt x = { .p = p + at, .at = (uint8_t)at };
		int err;

		if (p[at] == WIRE_IP4_OPT_NOP) {
			at++;
			continue;
		}
		if (hlen - at < 2)
			return refuse(o, x.at, WIRE_BAD_OPT_LEN);
		x.len = p[at + 1];
		if (x.len < 2 || x.len > hlen - at)
			return refuse(o, x.at + 1u, WIRE_BAD_OPT_LEN);
		err = parse_opt(o, &x);
		if (err)
			return err;
		at += x.len;
	}
	return 0;
}

int wire_ip4_opts_copied(uint8_t out[WIRE_IP4_MAX_OPTS], const uint8_t *p,
			 size_t hlen)
{
	size_t at = WIRE_IP4_HLEN;
	size_t n = 0;

	while (at < hlen && p[at] != WIRE_IP4_OPT_END) {
		size_t len = 1;

		if (p[at] != WIRE_IP4_OPT_NOP) {
			if (hlen - at < 2 || p[at + 1] < 2 ||
			    p[at + 1] > hlen - at)
				break;
			len = p[at + 1];
		}
		if (p[at] & WIRE_IP4_OPT_COPIED) {
			memcpy(out + n, p + at, len);
			n += len;
		}
		at += len;
	}
	while (n & 3)
		out[n++] = WIRE_IP4_OPT_END;
	return (int)n;
}

int wire_ip4_rr_record(uint8_t *opt, const uint8_t addr[4])
{
	unsigned ptr = opt[2];

	if (ptr + 3 > opt[1])
		return 0;
	memcpy(opt + ptr - 1, addr, 4);
	opt[2] = (uint8_t)(ptr + 4);
	return 1;
}

/* RFC 791 3.1: those who found no room count themselves in the upper nibble. */
static int ts_overflow(uint8_t *opt)
{
	if (opt[3] >> 4 < 15)
		opt[3] = (uint8_t)(opt[3] + 0x10);
	return 0;
}

int wire_ip4_ts_record(uint8_t *opt, const uint8_t addr[4], uint32_t ms)
{
	unsigned flag = opt[3] & 15;
	unsigned unit = flag == 0 ? 4 : 8;
	unsigned ptr = opt[2];
	uint8_t *slot = opt + ptr - 1;

	if (ptr + unit - 1 > opt[1])
		return ts_overflow(opt);
	if (flag == 3 && memcmp(slot, addr, 4) != 0)
		return 0;
	if (flag == 1)
		memcpy(slot, addr, 4);
	wire_be_put32(slot + unit - 4, ms);
	opt[2] = (uint8_t)(ptr + unit);
	return 1;
}
