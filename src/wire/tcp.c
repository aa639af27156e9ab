/* SPDX-License-Identifier: MIT */
#include "wire/tcp.h"

#include <string.h>

static void parse_sack(struct wire_tcp *f, const uint8_t *p, size_t len)
{
	size_t n = (len - 2) / 8;

	if (len < 10 || (len - 2) % 8 != 0)
		return;
	f->opts |= WIRE_TCP_OPT_SACK;
	f->n_sack = (uint8_t)n; /* 40 bytes hold four at most */
	for (size_t i = 0; i < n; i++) {
		f->sack[i].left = wire_be_get32(p + 2 + i * 8);
		f->sack[i].right = wire_be_get32(p + 6 + i * 8);
	}
}

/* RFC 7413 4.1.1: a request is empty, a cookie has 4 to 16 bytes, even. */
static void parse_fo(struct wire_tcp *f, const uint8_t *cookie, size_t len,
		     unsigned how)
{
	if (len != 0 &&
	    (len < WIRE_TCP_FO_MIN || len > WIRE_TCP_FO_MAX || len & 1))
		return;
	f->opts = (uint16_t)((f->opts & ~WIRE_TCP_OPT_FO_EXP) |
			     WIRE_TCP_OPT_FO | how);
	f->fo = cookie;
	f->fo_len = (uint8_t)len;
}

/* RFC 5925 2.2: kind, length, two key ids, then a MAC that may be empty. */
static void parse_ao(struct wire_tcp *f, const uint8_t *p, size_t len)
{
	if (len < 4)
		return;
	f->opts |= WIRE_TCP_OPT_AO;
	f->ao = p + 2;
	f->ao_len = (uint8_t)(len - 2);
}

/* RFC 9768 3.2.3: whole fields that fit count, the rest is padding. */
static void parse_acc(struct wire_tcp *f, const uint8_t *p, size_t len)
{
	size_t n = (len - 2) / 3;

	f->opts &= (uint16_t)~WIRE_TCP_OPT_ACC1;
	f->opts |= WIRE_TCP_OPT_ACC |
		   (p[0] == WIRE_TCP_KIND_ACC1 ? WIRE_TCP_OPT_ACC1 : 0);
	f->acc_n = (uint8_t)(n < WIRE_TCP_MAX_ACC ? n : WIRE_TCP_MAX_ACC);
	for (p += 2, n = 0; n < f->acc_n; n++, p += 3)
		f->acc[n] = (uint32_t)p[0] << 16 | wire_be_get16(p + 1);
}

static void parse_exp(struct wire_tcp *f, const uint8_t *p, size_t len)
{
	if (len >= 4 && wire_be_get16(p + 2) == WIRE_TCP_FO_MAGIC)
		parse_fo(f, p + 4, len - 4, WIRE_TCP_OPT_FO_EXP);
	else
		f->opts |= WIRE_TCP_OPT_UNKNOWN;
}

static void parse_wscale(struct wire_tcp *f, const uint8_t *p)
{
	f->opts |= WIRE_TCP_OPT_WSCALE;
	f->wscale = p[2] < WIRE_TCP_MAX_WSCALE ? p[2] : WIRE_TCP_MAX_WSCALE;
}

static void parse_ts(struct wire_tcp *f, const uint8_t *p)
{
	f->opts |= WIRE_TCP_OPT_TS;
	f->tsval = wire_be_get32(p + 2);
	f->tsecr = wire_be_get32(p + 6);
}

/* One option of @len >= 2 bytes, all of them there. */
static void parse_opt(struct wire_tcp *f, const uint8_t *p, size_t len)
{
	switch (p[0]) {
	case WIRE_TCP_KIND_MSS:
		if (len != 4)
			return;
		f->opts |= WIRE_TCP_OPT_MSS;
		f->mss = wire_be_get16(p + 2);
		return;
	case WIRE_TCP_KIND_WSCALE:
		if (len == 3)
			parse_wscale(f, p);
		return;
	case WIRE_TCP_KIND_SACKOK:
		if (len == 2)
			f->opts |= WIRE_TCP_OPT_SACKOK;
		return;
	case WIRE_TCP_KIND_SACK:
		parse_sack(f, p, len);
		return;
	case WIRE_TCP_KIND_TS:
		if (len == 10)
			parse_ts(f, p);
		return;
	case WIRE_TCP_KIND_MD5:
		if (len != 2 + WIRE_TCP_MD5_LEN)
			return;
		f->opts |= WIRE_TCP_OPT_MD5;
		f->md5 = p + 2;
		return;
	case WIRE_TCP_KIND_UTO:
		if (len != 4)
			return;
		f->opts |= WIRE_TCP_OPT_UTO;
		f->uto = wire_be_get16(p + 2);
		return;
	case WIRE_TCP_KIND_AO:
		parse_ao(f, p, len);
		return;
	case WIRE_TCP_KIND_FO:
		parse_fo(f, p + 2, len - 2, 0);
		return;
	case WIRE_TCP_KIND_EXP:
		parse_exp(f, p, len);
		return;
	case WIRE_TCP_KIND_ACC0:
	case WIRE_TCP_KIND_ACC1:
		parse_acc(f, p, len);
		return;
	default:
		f->opts |= WIRE_TCP_OPT_UNKNOWN;
		return;
	}
}

void wire_tcp_parse_opts(struct wire_tcp *f, const uint8_t *p, size_t n)
{
	while (n && *p != WIRE_TCP_KIND_END) {
		if (*p == WIRE_TCP_KIND_NOP) {
			p++;
			n--;
			continue;
		}
		if (n < 2 || p[1] < 2 || p[1] > n) {
			f->opts |= WIRE_TCP_OPT_BAD;
			return;
		}
		parse_opt(f, p, p[1]);
		n -= p[1];
		p += p[1];
	}
}

static size_t pad4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static size_t fo_len(const struct wire_tcp *f)
{
	return f->fo_len + (f->opts & WIRE_TCP_OPT_FO_EXP ? 4u : 2u);
}

static size_t acc_len(const struct wire_tcp *f)
{
	return 2 + 3 * (size_t)f->acc_n;
}

size_t wire_tcp_opts_len(const struct wire_tcp *f)
{
	unsigned o = f->opts;
	size_t n = 0;

	if (o & WIRE_TCP_OPT_MD5)
		n += 4 + WIRE_TCP_MD5_LEN; /* NOP NOP before it */
	if (o & WIRE_TCP_OPT_AO)
		n += pad4(2 + (size_t)f->ao_len);
	if (o & WIRE_TCP_OPT_MSS)
		n += 4;
	if (o & WIRE_TCP_OPT_TS)
		n += WIRE_TCP_TS_LEN; /* SACK-permitted instead of NOP NOP */
	else if (o & WIRE_TCP_OPT_SACKOK)
		n += 4;
	if (o & WIRE_TCP_OPT_WSCALE)
		n += 4;
	if (o & WIRE_TCP_OPT_SACK)
		n += 4 + (size_t)f->n_sack * 8;
	if (o & WIRE_TCP_OPT_UTO)
		n += 4;
	if (o & WIRE_TCP_OPT_ACC)
		n += pad4(acc_len(f));
	if (o & WIRE_TCP_OPT_FO)
		n += pad4(fo_len(f));
	return n;
}

static uint8_t *put_kind(uint8_t *p, unsigned kind, size_t len)
{
	p[0] = (uint8_t)kind;
	p[1] = (uint8_t)len;
	return p + 2;
}

static uint8_t *put_nops(uint8_t *p, size_t n)
{
	memset(p, WIRE_TCP_KIND_NOP, n);
	return p + n;
}

static uint8_t *put_bytes(uint8_t *p, const uint8_t *b, size_t n)
{
	if (n)
		memcpy(p, b, n);
	return p + n;
}

static uint8_t *put_auth(uint8_t *p, const struct wire_tcp *f)
{
	if (f->opts & WIRE_TCP_OPT_MD5) {
		p = put_nops(p, 2);
		p = put_kind(p, WIRE_TCP_KIND_MD5, 2 + WIRE_TCP_MD5_LEN);
		p = put_bytes(p, f->md5, WIRE_TCP_MD5_LEN);
	}
	if (f->opts & WIRE_TCP_OPT_AO) {
		size_t len = 2 + (size_t)f->ao_len;

		p = put_kind(p, WIRE_TCP_KIND_AO, len);
		p = put_bytes(p, f->ao, f->ao_len);
		p = put_nops(p, pad4(len) - len);
	}
	return p;
}

/* SACK-permitted fills the two bytes that align timestamps. */
static uint8_t *put_sackok_ts(uint8_t *p, const struct wire_tcp *f)
{
	if (!(f->opts & (WIRE_TCP_OPT_SACKOK | WIRE_TCP_OPT_TS)))
		return p;
	if (!(f->opts & WIRE_TCP_OPT_TS))
		p = put_nops(p, 2);
	if (f->opts & WIRE_TCP_OPT_SACKOK)
		p = put_kind(p, WIRE_TCP_KIND_SACKOK, 2);
	else
		p = put_nops(p, 2);
	if (!(f->opts & WIRE_TCP_OPT_TS))
		return p;
	p = put_kind(p, WIRE_TCP_KIND_TS, 10);
	wire_be_put32(p, f->tsval);
	wire_be_put32(p + 4, f->tsecr);
	return p + 8;
}

static uint8_t *put_sack(uint8_t *p, const struct wire_tcp *f)
{
	if (!(f->opts & WIRE_TCP_OPT_SACK))
		return p;
	p = put_nops(p, 2);
	p = put_kind(p, WIRE_TCP_KIND_SACK, 2 + (size_t)f->n_sack * 8);
	for (unsigned i = 0; i < f->n_sack; i++, p += 8) {
		wire_be_put32(p, f->sack[i].left);
		wire_be_put32(p + 4, f->sack[i].right);
	}
	return p;
}

static uint8_t *put_acc(uint8_t *p, const struct wire_tcp *f)
{
	size_t len = acc_len(f);

	if (!(f->opts & WIRE_TCP_OPT_ACC))
		return p;
	p = put_kind(p,
		     f->opts & WIRE_TCP_OPT_ACC1 ? WIRE_TCP_KIND_ACC1
						 : WIRE_TCP_KIND_ACC0,
		     len);
	for (unsigned i = 0; i < f->acc_n; i++, p += 3) {
		p[0] = (uint8_t)(f->acc[i] >> 16);
		wire_be_put16(p + 1, (uint16_t)f->acc[i]);
	}
	return put_nops(p, pad4(len) - len);
}

static uint8_t *put_fo(uint8_t *p, const struct wire_tcp *f)
{
	size_t len = fo_len(f);

	if (!(f->opts & WIRE_TCP_OPT_FO))
		return p;
	if (f->opts & WIRE_TCP_OPT_FO_EXP) {
		p = put_kind(p, WIRE_TCP_KIND_EXP, len);
		wire_be_put16(p, WIRE_TCP_FO_MAGIC);
		p += 2;
	} else {
		p = put_kind(p, WIRE_TCP_KIND_FO, len);
	}
	p = put_bytes(p, f->fo, f->fo_len);
	return put_nops(p, pad4(len) - len);
}

static uint8_t *put_opts(uint8_t *p, const struct wire_tcp *f)
{
	p = put_auth(p, f);
	if (f->opts & WIRE_TCP_OPT_MSS) {
		p = put_kind(p, WIRE_TCP_KIND_MSS, 4);
		wire_be_put16(p, f->mss);
		p += 2;
	}
	p = put_sackok_ts(p, f);
	if (f->opts & WIRE_TCP_OPT_WSCALE) {
		p = put_nops(p, 1);
		p = put_kind(p, WIRE_TCP_KIND_WSCALE, 3);
		*p++ = f->wscale;
	}
	p = put_sack(p, f);
	if (f->opts & WIRE_TCP_OPT_UTO) {
		p = put_kind(p, WIRE_TCP_KIND_UTO, 4);
		wire_be_put16(p, f->uto);
		p += 2;
	}
	p = put_acc(p, f);
	return put_fo(p, f);
}

static bool spellable(const struct wire_tcp *f)
{
	if (f->opts & WIRE_TCP_OPT_WSCALE && f->wscale > WIRE_TCP_MAX_WSCALE)
		return false;
	if (f->opts & WIRE_TCP_OPT_SACK &&
	    (f->n_sack == 0 || f->n_sack > WIRE_TCP_MAX_SACK))
		return false;
	if (f->opts & WIRE_TCP_OPT_FO && f->fo_len > WIRE_TCP_FO_MAX)
		return false;
	if (f->opts & WIRE_TCP_OPT_ACC && f->acc_n > WIRE_TCP_MAX_ACC)
		return false;
	return wire_tcp_opts_len(f) <= WIRE_TCP_MAX_OPTS;
}

static void put_fixed(uint8_t *p, const struct wire_tcp *f, size_t hlen)
{
	wire_be_put16(p, f->sport);
	wire_be_put16(p + 2, f->dport);
	wire_be_put32(p + 4, f->seq);
	wire_be_put32(p + 8, f->ack);
	wire_be_put16(p + 12, (uint16_t)(hlen >> 2 << 12 |
					 (f->flags & WIRE_TCP_FLAGS)));
	wire_be_put16(p + 14, f->wnd);
	wire_be_put16(p + 16, f->csum);
	wire_be_put16(p + 18, f->urg);
}

/* What nearly every segment is: no options, or timestamps alone. */
static int emit_plain(uint8_t *p, size_t n, const struct wire_tcp *f)
{
	size_t hlen = WIRE_TCP_HLEN + (f->opts ? WIRE_TCP_TS_LEN : 0);

	if (n < hlen)
		return -ENOBUFS;
	put_fixed(p, f, hlen);
	if (f->opts) {
		wire_be_put32(p + 20, 0x0101080a);
		wire_be_put32(p + 24, f->tsval);
		wire_be_put32(p + 28, f->tsecr);
	}
	return (int)hlen;
}

int wire_tcp_emit(uint8_t *p, size_t n, const struct wire_tcp *f)
{
	size_t hlen;

	if (!(f->opts & ~WIRE_TCP_OPT_TS))
		return emit_plain(p, n, f);
	if (!spellable(f))
		return -EINVAL;
	hlen = WIRE_TCP_HLEN + wire_tcp_opts_len(f);
	if (n < hlen)
		return -ENOBUFS;
	put_fixed(p, f, hlen);
	put_opts(p + WIRE_TCP_HLEN, f);
	return (int)hlen;
}
