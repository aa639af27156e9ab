/* SPDX-License-Identifier: MIT */
#include "wire/ip4opts.h"

enum {
	ADDR = 4,
	PTR = 2, /* where an option has its pointer, which counts from 1 */
	TS_FLAG = 3,
	TS_ONLY = 0,
	TS_AND_ADDR = 1,
	TS_GIVEN = 3,
	SRR_MIN = 7, /* one hop */
	OVERFLOW_MAX = 15,
};

/* --- from a program ------------------------------------------------------ */

/* All hops, and the pointer at the first: it becomes the header's address. */
static int take_route(struct wire_ip4opts *o, uint8_t *p)
{
	unsigned len = p[1];

	if (o->srr || len < SRR_MIN || p[PTR] != 4 || (len - 3) % ADDR)
		return -EINVAL;
	memcpy(o->first, p + 3, ADDR);
	memmove(p + 3, p + SRR_MIN, len - SRR_MIN);
	o->strict = p[0] == WIRE_IP4_OPT_SSRR;
	o->srr = (uint8_t)(p - o->bytes + 1);
	return 0;
}

static int take_record(struct wire_ip4opts *o, uint8_t *p)
{
	unsigned len = p[1], ptr = len > PTR ? p[PTR] : 0;

	if (o->rr || ptr < 4 || (ptr <= len && ptr + 3 > len))
		return -EINVAL;
	if (ptr <= len) {
		p[PTR] = (uint8_t)(ptr + ADDR);
		o->rr_addr = true;
	}
	o->rr = (uint8_t)(p - o->bytes + 1);
	return 0;
}

/* A place for our time, as the flag says. */
static int claim_stamp(struct wire_ip4opts *o, uint8_t *p)
{
	unsigned flag = p[TS_FLAG] & 15, ptr = p[PTR];

	if (ptr + 3 > p[1] ||
	    ((flag == TS_AND_ADDR || flag == TS_GIVEN) && ptr + 7 > p[1]))
		return -EINVAL;
	if (flag == TS_GIVEN)
		o->asks = (uint8_t)(p - o->bytes + ptr);
	if (flag > TS_AND_ADDR)
		return 0;
	o->ts_time = true;
	o->ts_addr = flag == TS_AND_ADDR;
	p[PTR] = (uint8_t)(ptr + (o->ts_addr ? 2 * ADDR : ADDR));
	return 0;
}

static int take_stamp(struct wire_ip4opts *o, uint8_t *p)
{
	unsigned len = p[1], ptr = len > TS_FLAG ? p[PTR] : 0;
	int err = 0;

	if (o->ts || ptr < 5)
		return -EINVAL;
	if (ptr <= len)
		err = claim_stamp(o, p);
	else if ((p[TS_FLAG] & 15) != TS_GIVEN &&
		 p[TS_FLAG] >> 4 == OVERFLOW_MAX)
		err = -EINVAL;
	o->ts = (uint8_t)(p - o->bytes + 1);
	return err;
}

static int take(struct wire_ip4opts *o, uint8_t *p)
{
	switch (p[0]) {
	case WIRE_IP4_OPT_LSRR:
	case WIRE_IP4_OPT_SSRR:
		return take_route(o, p);
	case WIRE_IP4_OPT_RR:
		return take_record(o, p);
	case WIRE_IP4_OPT_TS:
		return take_stamp(o, p);
	case WIRE_IP4_OPT_RA:
		return p[1] < 4 ? -EINVAL : 0;
	default:
		return 0; /* whatever it is */
	}
}

int wire_ip4opts_compile(struct wire_ip4opts *o, const uint8_t *p, size_t n)
{
	*o = (struct wire_ip4opts) { 0 };
	if (n > WIRE_IP4_MAX_OPTS)
		return -EINVAL;
	if (n)
		memcpy(o->bytes, p, n);
	o->len = (uint8_t)((n + 3) & ~(size_t)3);
	for (unsigned at = 0; at < o->len;) {
		uint8_t *x = o->bytes + at;

		if (*x == WIRE_IP4_OPT_END) { /* nothing stands behind it */
			memset(x, WIRE_IP4_OPT_END, o->len - at);
			break;
		}
		if (*x == WIRE_IP4_OPT_NOP) {
			at++;
			continue;
		}
		if (o->len - at < 2 || x[1] < 2 || x[1] > o->len - at ||
		    take(o, x))
			return -EINVAL;
		at += x[1];
	}
	return 0;
}

void wire_ip4opts_claim(struct wire_ip4opts *o)
{
	uint8_t *ts = o->bytes + o->ts - 1;

	ts[PTR] = (uint8_t)(ts[PTR] + 2 * ADDR);
	o->ts_time = true;
}

/* Give back the place before the pointer. */
static void unclaim(uint8_t *opt)
{
	opt[PTR] = (uint8_t)(opt[PTR] - ADDR);
	memset(opt + opt[PTR] - 1, 0, ADDR);
}

void wire_ip4opts_undo(const struct wire_ip4opts *o, uint8_t *out)
{
	uint8_t *x;

	memcpy(out, o->bytes, o->len);
	if (o->srr) {
		x = out + o->srr - 1;
		memmove(x + SRR_MIN, x + 3, x[1] - (unsigned)SRR_MIN);
		memcpy(x + 3, o->first, ADDR);
	}
	if (o->rr_addr)
		unclaim(out + o->rr - 1);
	x = out + o->ts - (o->ts ? 1 : 0);
	if (o->ts_time) {
		unclaim(x);
		if ((x[TS_FLAG] & 15) == TS_GIVEN)
			x[PTR] = (uint8_t)(x[PTR] - ADDR);
	}
	if (o->ts_addr)
		unclaim(x);
}

void wire_ip4opts_put(const struct wire_ip4opts *o, uint8_t *out,
		      const uint8_t *src, const uint8_t *final, uint32_t ms)
{
	uint8_t *x;

	memcpy(out, o->bytes, o->len);
	if (o->srr) {
		x = out + o->srr - 1;
		memcpy(x + x[1] - ADDR, final, ADDR);
	}
	if (o->rr_addr) {
		x = out + o->rr - 1;
		memcpy(x + x[PTR] - 1 - ADDR, src, ADDR);
	}
	x = out + o->ts - (o->ts ? 1 : 0);
	if (o->ts_addr)
		memcpy(x + x[PTR] - 1 - 2 * ADDR, src, ADDR);
	if (o->ts_time)
		wire_be_put32(x + x[PTR] - 1 - ADDR, ms);
}

/* --- from a packet ------------------------------------------------------- */

/* What was found in options that came, and whether we are in it now. */
struct seen {
	uint8_t h[WIRE_IP4_MAX_HLEN];
	struct wire_ip4_opts o;
	bool rr, ts;
};

static void see(struct seen *s, const uint8_t *h, size_t hlen,
		const uint8_t *local, uint32_t ms)
{
	*s = (struct seen) { 0 };
	memcpy(s->h, h, hlen);
	if (wire_ip4_opts_parse(&s->o, s->h, hlen) < 0)
		s->o = (struct wire_ip4_opts) { 0 };
	if (s->o.rr)
		s->rr = wire_ip4_rr_record(s->h + s->o.rr, local);
	if (s->o.ts)
		s->ts = wire_ip4_ts_record(s->h + s->o.ts, local, ms);
}

int wire_ip4opts_seen(uint8_t *out, const uint8_t *h, size_t hlen,
		      const uint8_t *local, uint32_t ms)
{
	struct seen s;

	see(&s, h, hlen, local, ms);
	memcpy(out, s.h + WIRE_IP4_HLEN, hlen - WIRE_IP4_HLEN);
	return (int)(hlen - WIRE_IP4_HLEN);
}

static int echo_record(struct wire_ip4opts *o, const struct seen *s)
{
	const uint8_t *from = s->h + s->o.rr;
	uint8_t *to = o->bytes + o->len;
	unsigned ptr = from[PTR];

	if (s->rr && ptr <= from[1]) {
		if (ptr + 3 > from[1])
			return -EINVAL;
		ptr += ADDR;
		o->rr_addr = true;
	}
	memcpy(to, from, from[1]);
	to[PTR] = (uint8_t)ptr;
	o->rr = (uint8_t)(o->len + 1);
	o->len = (uint8_t)(o->len + from[1]);
	return 0;
}

static bool is_next(const uint8_t *ts, unsigned ptr, const uint8_t *local)
{
	return ptr + 7 <= ts[1] && !memcmp(ts + ptr - 1, local, ADDR);
}

static int echo_stamp(struct wire_ip4opts *o, const struct seen *s,
		      const uint8_t *local)
{
	const uint8_t *from = s->h + s->o.ts;
	uint8_t *to = o->bytes + o->len;
	unsigned flag = from[TS_FLAG] & 15, ptr = from[PTR];
	unsigned slot = flag == TS_ONLY ? ADDR : 2 * ADDR;

	if (s->ts && ptr <= from[1]) {
		if (ptr + (flag == TS_GIVEN ? 3 : slot - 1) > from[1])
			return -EINVAL;
		o->ts_time = flag != TS_GIVEN || is_next(from, ptr, local);
		o->ts_addr = flag == TS_AND_ADDR;
		ptr += o->ts_time ? slot : 0;
	}
	memcpy(to, from, from[1]);
	to[PTR] = (uint8_t)ptr;
	o->ts = (uint8_t)(o->len + 1);
	o->len = (uint8_t)(o->len + from[1]);
	return 0;
}

int wire_ip4opts_echo(struct wire_ip4opts *o, const uint8_t *h, size_t hlen,
		      const uint8_t *local, uint32_t ms)
{
	struct seen s;
	int err = 0;

	*o = (struct wire_ip4opts) { 0 };
	see(&s, h, hlen, local, ms);
	if (s.o.rr)
		err = echo_record(o, &s);
	if (s.o.ts && !err)
		err = echo_stamp(o, &s, local);
	o->len = (uint8_t)((o->len + 3) & ~3);
	return err;
}
