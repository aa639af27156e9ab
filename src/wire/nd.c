/* SPDX-License-Identifier: MIT */
#include "wire/nd.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"
#include "wire/icmp6.h"

enum {
	RS_LEN = 8,
	RA_LEN = 16,
	NS_LEN = 24,
	REDIRECT_LEN = 40,
	MAX_REDIRECTED = 1240, /* keeps a redirect within 1280 (RFC 4861 4.5) */

	RA_MANAGED = 0x80,
	RA_OTHER = 0x40,
	NA_ROUTER = 0x80,
	NA_SOLICITED = 0x40,
	NA_OVERRIDE = 0x20,
	PREFIX_ON_LINK = 0x80,
	PREFIX_AUTO = 0x40,
};

/* RFC 4191 2.1: two bits, signed; the reserved 10 counts as medium. */
static int8_t pref_of(uint8_t bits)
{
	switch (bits >> 3 & 3) {
	case 1:
		return 1;
	case 3:
		return -1;
	default:
		return 0;
	}
}

static uint8_t pref_bits(int8_t pref)
{
	return (uint8_t)((pref & 3) << 3);
}

/* Length of a message's fixed part, 0: not one of ours. */
static size_t fixed_len(uint8_t type)
{
	switch (type) {
	case WIRE_ICMP6_RS:
		return RS_LEN;
	case WIRE_ICMP6_RA:
		return RA_LEN;
	case WIRE_ICMP6_NS:
	case WIRE_ICMP6_NA:
		return NS_LEN;
	case WIRE_ICMP6_REDIRECT:
		return REDIRECT_LEN;
	default:
		return 0;
	}
}

static int refuse(struct wire_nd *f, enum wire_bad bad)
{
	f->bad = (uint8_t)bad;
	return -EINVAL;
}

static void parse_ra(struct wire_nd *f, const uint8_t *p)
{
	f->hops = p[4];
	f->managed = p[5] & RA_MANAGED;
	f->other = p[5] & RA_OTHER;
	f->pref = pref_of(p[5]);
	f->lifetime_s = wire_be_get16(p + 6);
	f->reachable_ms = wire_be_get32(p + 8);
	f->retrans_ms = wire_be_get32(p + 12);
}

static void parse_fixed(struct wire_nd *f, const uint8_t *p)
{
	if (f->type == WIRE_ICMP6_RA)
		parse_ra(f, p);
	else if (f->type != WIRE_ICMP6_RS)
		f->target = p + 8;
	if (f->type == WIRE_ICMP6_REDIRECT)
		f->dest = p + 24;
	if (f->type == WIRE_ICMP6_NA) {
		f->router = p[4] & NA_ROUTER;
		f->solicited = p[4] & NA_SOLICITED;
		f->override = p[4] & NA_OVERRIDE;
	}
}

/* An option that comes once; a second one, or one that is too short or not
 * of Ethernet, is passed over (RFC 4861 4.6).
 */
static void take_opt(struct wire_nd *f, const struct wire_nd_opt *o)
{
	switch (o->type) {
	case WIRE_ND_OPT_SLLA:
		if (o->len == 8 && !f->slla)
			f->slla = o->p + 2;
		return;
	case WIRE_ND_OPT_TLLA:
		if (o->len == 8 && !f->tlla)
			f->tlla = o->p + 2;
		return;
	case WIRE_ND_OPT_MTU:
		if (o->len == 8 && !f->mtu)
			f->mtu = wire_be_get32(o->p + 4);
		return;
	case WIRE_ND_OPT_NONCE:
		if (f->nonce)
			return;
		f->nonce = o->p + 2;
		f->nonce_len = o->len - 2u;
		return;
	case WIRE_ND_OPT_REDIRECTED:
		if (o->len == 8 || f->redirected)
			return;
		f->redirected = o->p + 8;
		f->redirected_len = o->len - 8u;
		return;
	default:
		return;
	}
}

/* Read the option at @off; its length is refused when 0 or past the end. */
static int read_opt(struct wire_nd_opt *o, const uint8_t *p, size_t n,
		    size_t off)
{
	if (n - off < 8)
		return -EINVAL;
	o->p = p + off;
	o->type = o->p[0];
	o->len = (uint16_t)(o->p[1] * 8);
	return o->len == 0 || o->len > n - off ? -EINVAL : 0;
}

static int parse_opts(struct wire_nd *f, const uint8_t *p, size_t n)
{
	struct wire_nd_opt o;

	for (size_t off = f->opts; off < n; off += o.len) {
		if (read_opt(&o, p, n, off) < 0)
			return refuse(f, WIRE_BAD_OPT_LEN);
		take_opt(f, &o);
	}
	return 0;
}

int wire_nd_parse(struct wire_nd *f, const uint8_t *p, size_t n)
{
	*f = (struct wire_nd) { 0 };
	if (n < RS_LEN)
		return refuse(f, WIRE_BAD_SHORT);
	f->type = p[0];
	f->opts = (uint16_t)fixed_len(f->type);
	if (f->opts == 0)
		return refuse(f, WIRE_BAD_TYPE);
	if (p[1] != 0)
		return refuse(f, WIRE_BAD_CODE);
	if (n < f->opts)
		return refuse(f, WIRE_BAD_SHORT);
	parse_fixed(f, p);
	/* A redirect's destination may not be a group; its target is a router
	 * or the destination itself (RFC 4861 8.1).
	 */
	if ((f->target && f->target[0] == 0xff) ||
	    (f->dest && f->dest[0] == 0xff))
		return refuse(f, WIRE_BAD_ADDR);
	return parse_opts(f, p, n) < 0 ? -EINVAL : (int)n;
}

int wire_nd_opt_next(struct wire_nd_opt *o, const uint8_t *p, size_t n,
		     size_t *off)
{
	if (*off >= n || read_opt(o, p, n, *off) < 0)
		return 0;
	*off += o->len;
	return 1;
}

static size_t round8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t redirected_len(const struct wire_nd *f)
{
	size_t n = f->redirected_len < MAX_REDIRECTED ? f->redirected_len
						      : MAX_REDIRECTED;

	return n & ~(size_t)7;
}

static size_t emitted_len(const struct wire_nd *f)
{
	size_t n = fixed_len(f->type);

	n += f->slla ? 8 : 0;
	n += f->tlla ? 8 : 0;
	n += f->mtu ? 8 : 0;
	n += f->nonce ? round8(2 + f->nonce_len) : 0;
	n += f->redirected ? 8 + redirected_len(f) : 0;
	return n;
}

static uint8_t *put_opt(uint8_t *p, uint8_t type, size_t len)
{
	memset(p, 0, len);
	p[0] = type;
	p[1] = (uint8_t)(len / 8);
	return p + len;
}

static uint8_t *put_lla(uint8_t *p, uint8_t type, const uint8_t *mac)
{
	put_opt(p, type, 8);
	memcpy(p + 2, mac, 6);
	return p + 8;
}

static void put_opts(uint8_t *p, const struct wire_nd *f)
{
	if (f->slla)
		p = put_lla(p, WIRE_ND_OPT_SLLA, f->slla);
	if (f->tlla)
		p = put_lla(p, WIRE_ND_OPT_TLLA, f->tlla);
	if (f->mtu) {
		put_opt(p, WIRE_ND_OPT_MTU, 8);
		wire_be_put32(p + 4, f->mtu);
		p += 8;
	}
	if (f->nonce) {
		put_opt(p, WIRE_ND_OPT_NONCE, round8(2 + f->nonce_len));
		memcpy(p + 2, f->nonce, f->nonce_len);
		p += round8(2 + f->nonce_len);
	}
	if (f->redirected) {
		put_opt(p, WIRE_ND_OPT_REDIRECTED, 8 + redirected_len(f));
		memcpy(p + 8, f->redirected, redirected_len(f));
	}
}

static void put_fixed(uint8_t *p, const struct wire_nd *f)
{
	memset(p, 0, fixed_len(f->type));
	p[0] = f->type;
	if (f->target)
		memcpy(p + 8, f->target, 16);
	if (f->type == WIRE_ICMP6_REDIRECT)
		memcpy(p + 24, f->dest, 16);
	if (f->type == WIRE_ICMP6_NA)
		p[4] = (uint8_t)((f->router ? NA_ROUTER : 0) |
				 (f->solicited ? NA_SOLICITED : 0) |
				 (f->override ? NA_OVERRIDE : 0));
	if (f->type == WIRE_ICMP6_RA) {
		p[4] = f->hops;
		p[5] = (uint8_t)((f->managed ? RA_MANAGED : 0) |
				 (f->other ? RA_OTHER : 0) |
				 pref_bits(f->pref));
		wire_be_put16(p + 6, f->lifetime_s);
		wire_be_put32(p + 8, f->reachable_ms);
		wire_be_put32(p + 12, f->retrans_ms);
	}
}

static bool spellable(const struct wire_nd *f)
{
	bool targeted = f->type >= WIRE_ICMP6_NS;

	if (fixed_len(f->type) == 0 || targeted != (f->target != NULL))
		return false;
	if (f->type == WIRE_ICMP6_REDIRECT && !f->dest)
		return false;
	return !f->nonce || f->nonce_len <= 255 * 8 - 2;
}

int wire_nd_emit(uint8_t *p, size_t n, const struct wire_nd *f)
{
	size_t len = emitted_len(f);

	if (!spellable(f))
		return -EINVAL;
	if (n < len)
		return -ENOBUFS;
	put_fixed(p, f);
	put_opts(p + fixed_len(f->type), f);
	return (int)len;
}

int wire_nd_prefix_parse(struct wire_nd_prefix *f, const struct wire_nd_opt *o)
{
	if (o->len != 32 || o->p[2] > 128)
		return -EINVAL;
	f->plen = o->p[2];
	f->on_link = o->p[3] & PREFIX_ON_LINK;
	f->autonomous = o->p[3] & PREFIX_AUTO;
	f->valid_s = wire_be_get32(o->p + 4);
	f->preferred_s = wire_be_get32(o->p + 8);
	f->prefix = o->p + 16;
	return 0;
}

int wire_nd_prefix_emit(uint8_t *p, size_t n, const struct wire_nd_prefix *f)
{
	if (f->plen > 128)
		return -EINVAL;
	if (n < 32)
		return -ENOBUFS;
	put_opt(p, WIRE_ND_OPT_PREFIX, 32);
	p[2] = f->plen;
	p[3] = (uint8_t)((f->on_link ? PREFIX_ON_LINK : 0) |
			 (f->autonomous ? PREFIX_AUTO : 0));
	wire_be_put32(p + 4, f->valid_s);
	wire_be_put32(p + 8, f->preferred_s);
	memcpy(p + 16, f->prefix, 16);
	return 32;
}

/* RFC 4191 2.3: 8, 16 or 24 bytes, as many as the prefix needs or more; the
 * reserved preference makes the option void.
 */
int wire_nd_route_parse(struct wire_nd_route *f, const struct wire_nd_opt *o)
{
	if (o->len > 24 || o->p[2] > 128 || (o->p[3] >> 3 & 3) == 2)
		return -EINVAL;
	if (o->p[2] > (o->len - 8) * 8)
		return -EINVAL;
	*f = (struct wire_nd_route) { .plen = o->p[2],
				      .pref = pref_of(o->p[3]) };
	f->lifetime_s = wire_be_get32(o->p + 4);
	memcpy(f->prefix, o->p + 8, o->len - 8u);
	return 0;
}

int wire_nd_route_emit(uint8_t *p, size_t n, const struct wire_nd_route *f)
{
	size_t len = 8 + round8((f->plen + 7u) / 8);

	if (f->plen > 128)
		return -EINVAL;
	if (n < len)
		return -ENOBUFS;
	put_opt(p, WIRE_ND_OPT_ROUTE, len);
	p[2] = f->plen;
	p[3] = pref_bits(f->pref);
	wire_be_put32(p + 4, f->lifetime_s);
	memcpy(p + 8, f->prefix, len - 8);
	return (int)len;
}

int wire_nd_rdnss_parse(struct wire_nd_rdnss *f, const struct wire_nd_opt *o)
{
	if (o->len < 24 || o->len % 16 != 8)
		return -EINVAL;
	f->lifetime_s = wire_be_get32(o->p + 4);
	f->addrs = o->p + 8;
	f->count = (uint8_t)((o->len - 8) / 16);
	return 0;
}

int wire_nd_rdnss_emit(uint8_t *p, size_t n, const struct wire_nd_rdnss *f)
{
	size_t len = 8 + (size_t)f->count * 16;

	if (f->count == 0 || f->count > 127)
		return -EINVAL;
	if (n < len)
		return -ENOBUFS;
	put_opt(p, WIRE_ND_OPT_RDNSS, len);
	wire_be_put32(p + 4, f->lifetime_s);
	memcpy(p + 8, f->addrs, len - 8);
	return (int)len;
}

int wire_nd_dnssl_parse(struct wire_nd_dnssl *f, const struct wire_nd_opt *o)
{
	if (o->len < 16)
		return -EINVAL;
	f->lifetime_s = wire_be_get32(o->p + 4);
	f->names = o->p + 8;
	f->len = (uint16_t)(o->len - 8);
	return 0;
}

int wire_nd_dnssl_emit(uint8_t *p, size_t n, const struct wire_nd_dnssl *f)
{
	size_t len = 8 + round8(f->len);

	if (f->len == 0 || len > 255 * 8)
		return -EINVAL;
	if (n < len)
		return -ENOBUFS;
	put_opt(p, WIRE_ND_OPT_DNSSL, len);
	wire_be_put32(p + 4, f->lifetime_s);
	memcpy(p + 8, f->names, f->len);
	return (int)len;
}

/* RFC 8781 4: the code behind the 13 bits of lifetime (in units of 8 s). */
static const uint8_t pref64_plen[] = { 96, 64, 56, 48, 40, 32 };

int wire_nd_pref64_parse(struct wire_nd_pref64 *f, const struct wire_nd_opt *o)
{
	unsigned w;

	if (o->len != 16)
		return -EINVAL;
	w = wire_be_get16(o->p + 2);
	if ((w & 7) >= sizeof(pref64_plen))
		return -EINVAL;
	*f = (struct wire_nd_pref64) { .lifetime_s = (uint16_t)(w & 0xfff8),
				       .plen = pref64_plen[w & 7] };
	memcpy(f->prefix, o->p + 4, 12);
	return 0;
}

int wire_nd_pref64_emit(uint8_t *p, size_t n, const struct wire_nd_pref64 *f)
{
	unsigned code = 0;

	while (code < sizeof(pref64_plen) && pref64_plen[code] != f->plen)
		code++;
	if (code == sizeof(pref64_plen) || f->lifetime_s & 7)
		return -EINVAL;
	if (n < 16)
		return -ENOBUFS;
	put_opt(p, WIRE_ND_OPT_PREF64, 16);
	wire_be_put16(p + 2, (uint16_t)(f->lifetime_s | code));
	memcpy(p + 4, f->prefix, 12);
	return 16;
}
