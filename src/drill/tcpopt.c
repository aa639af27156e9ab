/* SPDX-License-Identifier: MIT */
#include "drill/tcpopt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/tcp.h"

enum {
	KIND_ACCECN0 = 172,
	KIND_ACCECN1 = 174,
	EXP_ID_LEN = 2,
	AO_IDS_LEN = 2,
	MD5_LEN = 16,
};

/** kind() - The option's number on the wire */
static uint8_t kind(const struct drill_opt *o)
{
	static const uint8_t kinds[] = {
		[DRILL_OPT_EOL] = WIRE_TCP_KIND_END,
		[DRILL_OPT_NOP] = WIRE_TCP_KIND_NOP,
		[DRILL_OPT_MSS] = WIRE_TCP_KIND_MSS,
		[DRILL_OPT_WSCALE] = WIRE_TCP_KIND_WSCALE,
		[DRILL_OPT_SACKOK] = WIRE_TCP_KIND_SACKOK,
		[DRILL_OPT_SACK] = WIRE_TCP_KIND_SACK,
		[DRILL_OPT_TS] = WIRE_TCP_KIND_TS,
		[DRILL_OPT_FO] = WIRE_TCP_KIND_FO,
		[DRILL_OPT_FOEXP] = WIRE_TCP_KIND_EXP,
		[DRILL_OPT_MD5] = WIRE_TCP_KIND_MD5,
		[DRILL_OPT_AO] = WIRE_TCP_KIND_AO,
		[DRILL_OPT_ECN0] = KIND_ACCECN0,
		[DRILL_OPT_ECN1] = KIND_ACCECN1,
	};

	return o->kind == DRILL_OPT_OTHER ? (uint8_t)o->a : kinds[o->kind];
}

/** length() - Bytes on the wire, kind and length included */
static size_t length(const struct drill_opt *o)
{
	switch (o->kind) {
	case DRILL_OPT_EOL:
	case DRILL_OPT_NOP:
		return 1;
	case DRILL_OPT_SACKOK:
		return 2;
	case DRILL_OPT_WSCALE:
		return 3;
	case DRILL_OPT_MSS:
		return 4;
	case DRILL_OPT_TS:
		return 10;
	case DRILL_OPT_SACK:
		return 2 + 8u * o->n;
	case DRILL_OPT_FOEXP:
		return 2 + EXP_ID_LEN + o->n;
	case DRILL_OPT_AO:
		return 2 + AO_IDS_LEN + o->n;
	case DRILL_OPT_MD5:
		return 2 + MD5_LEN;
	case DRILL_OPT_ECN0:
	case DRILL_OPT_ECN1:
		return 2 + 3u * o->n;
	case DRILL_OPT_FO:
	case DRILL_OPT_OTHER:
		break;
	}
	return 2u + o->n;
}

size_t drill_tcpopt_length(const struct drill_opt *o, unsigned n)
{
	size_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += length(&o[i]);
	return (sum + 3) & ~(size_t)3;
}

static void emit_body(const struct drill_opt *o, uint8_t *p)
{
	switch (o->kind) {
	case DRILL_OPT_MSS:
		wire_be_put16(p, (uint16_t)o->a);
		break;
	case DRILL_OPT_WSCALE:
		p[0] = (uint8_t)o->a;
		break;
	case DRILL_OPT_TS:
		wire_be_put32(p, o->a);
		wire_be_put32(p + 4, o->b);
		break;
	case DRILL_OPT_SACK:
		for (unsigned i = 0; i < o->n; i++) {
			wire_be_put32(p + 8u * i, o->sack[i].left);
			wire_be_put32(p + 8u * i + 4, o->sack[i].right);
		}
		break;
	case DRILL_OPT_ECN0:
	case DRILL_OPT_ECN1:
		for (unsigned i = 0; i < o->n; i++) {
			p[3u * i] = (uint8_t)(o->field[i] >> 16);
			wire_be_put16(p + 3u * i + 1, (uint16_t)o->field[i]);
		}
		break;
	case DRILL_OPT_FOEXP:
		wire_be_put16(p, WIRE_TCP_FO_MAGIC);
		memcpy(p + EXP_ID_LEN, o->bytes, o->n);
		break;
	case DRILL_OPT_AO:
		p[0] = (uint8_t)o->a;
		p[1] = (uint8_t)o->b;
		memcpy(p + AO_IDS_LEN, o->bytes, o->n);
		break;
	default:
		memcpy(p, o->bytes, o->n);
	}
}

size_t drill_tcpopt_emit(const struct drill_opt *o, unsigned n, uint8_t *to)
{
	size_t at = 0, total = drill_tcpopt_length(o, n);

	memset(to, 0, total);
	for (unsigned i = 0; i < n; i++) {
		to[at] = kind(&o[i]);
		if (length(&o[i]) > 1) {
			to[at + 1] = (uint8_t)length(&o[i]);
			emit_body(&o[i], to + at + 2);
		}
		at += length(&o[i]);
	}
	return total;
}

static enum drill_opt_kind known_kind(const uint8_t *p, size_t len)
{
	switch (p[0]) {
	case WIRE_TCP_KIND_MSS:
		return DRILL_OPT_MSS;
	case WIRE_TCP_KIND_WSCALE:
		return DRILL_OPT_WSCALE;
	case WIRE_TCP_KIND_SACKOK:
		return DRILL_OPT_SACKOK;
	case WIRE_TCP_KIND_SACK:
		return DRILL_OPT_SACK;
	case WIRE_TCP_KIND_TS:
		return DRILL_OPT_TS;
	case WIRE_TCP_KIND_FO:
		return DRILL_OPT_FO;
	case WIRE_TCP_KIND_MD5:
		return DRILL_OPT_MD5;
	case WIRE_TCP_KIND_AO:
		return len >= 4 ? DRILL_OPT_AO : DRILL_OPT_OTHER;
	case KIND_ACCECN0:
		return DRILL_OPT_ECN0;
	case KIND_ACCECN1:
		return DRILL_OPT_ECN1;
	case WIRE_TCP_KIND_EXP:
		if (len >= 4 && wire_be_get16(p + 2) == WIRE_TCP_FO_MAGIC)
			return DRILL_OPT_FOEXP;
	}
	return DRILL_OPT_OTHER;
}

static void read_sack(struct drill_opt *o, const uint8_t *p, size_t n)
{
	o->n = (uint8_t)(n / 8); /* 40 bytes hold 4 */
	for (unsigned i = 0; i < o->n; i++) {
		o->sack[i].left = wire_be_get32(p + 8u * i);
		o->sack[i].right = wire_be_get32(p + 8u * i + 4);
	}
}

static void read_ecn(struct drill_opt *o, const uint8_t *p, size_t n)
{
	o->n = n <= 9 ? (uint8_t)(n / 3) : 0;
	for (unsigned i = 0; i < o->n; i++)
		o->field[i] = (uint32_t)p[3u * i] << 16 |
			      wire_be_get16(p + 3u * i + 1);
}

static void read_bytes(struct drill_opt *o, const uint8_t *p, size_t n)
{
	o->n = (uint8_t)n;
	memcpy(o->bytes, p, n);
}

/* @p is the option's data, @n bytes, at most 38; lengths are judged after. */
static void read_body(struct drill_opt *o, const uint8_t *p, size_t n)
{
	switch (o->kind) {
	case DRILL_OPT_MSS:
		o->a = n >= 2 ? wire_be_get16(p) : 0;
		break;
	case DRILL_OPT_WSCALE:
		o->a = n >= 1 ? p[0] : 0;
		break;
	case DRILL_OPT_TS:
		o->a = n >= 8 ? wire_be_get32(p) : 0;
		o->b = n >= 8 ? wire_be_get32(p + 4) : 0;
		break;
	case DRILL_OPT_SACK:
		read_sack(o, p, n);
		break;
	case DRILL_OPT_ECN0:
	case DRILL_OPT_ECN1:
		read_ecn(o, p, n);
		break;
	case DRILL_OPT_FOEXP:
		read_bytes(o, p + EXP_ID_LEN, n - EXP_ID_LEN);
		break;
	case DRILL_OPT_AO:
		o->a = p[0];
		o->b = p[1];
		read_bytes(o, p + AO_IDS_LEN, n - AO_IDS_LEN);
		break;
	default:
		read_bytes(o, p, n);
	}
}

static int read_option(struct drill_opt *o, const uint8_t *p, size_t len)
{
	*o = (struct drill_opt) { .kind = known_kind(p, len) };
	if (o->kind == DRILL_OPT_OTHER)
		o->a = p[0];
	read_body(o, p + 2, len - 2);
	if (length(o) != len)
		return -EINVAL;
	return 0;
}

int drill_tcpopt_parse(const uint8_t *p, size_t n, struct drill_opt *to)
{
	int count = 0;

	for (size_t i = 0, len; i < n && count < DRILL_OPTS_MAX; i += len) {
		len = 1;
		if (p[i] == WIRE_TCP_KIND_END || p[i] == WIRE_TCP_KIND_NOP) {
			to[count++] = (struct drill_opt) {
				.kind = p[i] ? DRILL_OPT_NOP : DRILL_OPT_EOL
			};
			if (p[i] == WIRE_TCP_KIND_END)
				break;
			continue;
		}
		len = i + 1 < n ? p[i + 1] : 0;
		if (len < 2 || len > n - i || len > WIRE_TCP_MAX_OPTS ||
		    read_option(&to[count++], p + i, len) < 0)
			return -EINVAL;
	}
	return count;
}

static bool same_bytes(const struct drill_opt *a, const struct drill_opt *b)
{
	if (a->sign == DRILL_SIGN_ANY || b->sign == DRILL_SIGN_ANY)
		return true;
	return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

bool drill_tcpopt_equal(const struct drill_opt *a, const struct drill_opt *b)
{
	if (a->kind != b->kind || a->a != b->a || a->b != b->b)
		return false;
	switch (a->kind) {
	case DRILL_OPT_SACK:
		return a->n == b->n &&
		       memcmp(a->sack, b->sack, a->n * sizeof(a->sack[0])) == 0;
	case DRILL_OPT_ECN0:
	case DRILL_OPT_ECN1:
		return a->n == b->n && memcmp(a->field, b->field,
					      a->n * sizeof(a->field[0])) == 0;
	default:
		return same_bytes(a, b);
	}
}

/* ------------------------------------------------------------- as text */

static int bytes_text(const struct drill_opt *o, const char *name, char *to,
		      size_t size)
{
	int n = snprintf(to, size, "%s%s", name, o->n ? " " : "");

	for (unsigned i = 0; i < o->n && (size_t)n + 2 < size; i++)
		n += snprintf(to + n, size - (size_t)n, "%02x", o->bytes[i]);
	return n;
}

static int sack_text(const struct drill_opt *o, char *to, size_t size)
{
	int n = snprintf(to, size, "sack");

	for (unsigned i = 0; i < o->n && (size_t)n + 24 < size; i++)
		n += snprintf(to + n, size - (size_t)n, " %u:%u",
			      o->sack[i].left, o->sack[i].right);
	return n;
}

static int ecn_text(const struct drill_opt *o, char *to, size_t size)
{
	static const char *const names[2][3] = { { "e0b", "ceb", "e1b" },
						 { "e1b", "ceb", "e0b" } };
	const char *const *name = names[o->kind == DRILL_OPT_ECN1];
	int n = snprintf(to, size, "ECN");

	for (unsigned i = 0; i < o->n && i < 3 && (size_t)n + 16 < size; i++)
		n += snprintf(to + n, size - (size_t)n, " %s %u", name[i],
			      o->field[i]);
	return n;
}

int drill_tcpopt_text(const struct drill_opt *o, char *to, size_t size)
{
	char name[40];

	switch (o->kind) {
	case DRILL_OPT_EOL:
		return snprintf(to, size, "eol");
	case DRILL_OPT_NOP:
		return snprintf(to, size, "nop");
	case DRILL_OPT_MSS:
		return snprintf(to, size, "mss %u", o->a);
	case DRILL_OPT_WSCALE:
		return snprintf(to, size, "wscale %u", o->a);
	case DRILL_OPT_SACKOK:
		return snprintf(to, size, "sackOK");
	case DRILL_OPT_TS:
		return snprintf(to, size, "TS val %u ecr %u", o->a, o->b);
	case DRILL_OPT_SACK:
		return sack_text(o, to, size);
	case DRILL_OPT_ECN0:
	case DRILL_OPT_ECN1:
		return ecn_text(o, to, size);
	case DRILL_OPT_FO:
		return bytes_text(o, "FO", to, size);
	case DRILL_OPT_FOEXP:
		return bytes_text(o, "FOEXP", to, size);
	case DRILL_OPT_MD5:
		return bytes_text(o, "md5", to, size);
	case DRILL_OPT_AO:
		snprintf(name, sizeof(name), "tcp-ao keyid %u rnext %u", o->a,
			 o->b);
		return bytes_text(o, name, to, size);
	case DRILL_OPT_OTHER:
		break;
	}
	snprintf(name, sizeof(name), "kind %u", o->a);
	return bytes_text(o, name, to, size);
}
