/* SPDX-License-Identifier: MIT */
#include "wire/dns.h"

#include <errno.h>
#include <string.h>

#include "wire/bad.h"
#include "wire/be.h"

enum {
	KIND = 0xc0, /* upper bits of a label's first byte */
	POINTER = 0xc0,
	RR_FIXED = 10, /* type, class, ttl, length */
	QUESTION_FIXED = 4,
	POINTER_REACH = 0x4000,

	FLAG_QR = 0x8000,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_AD = 0x0020,
	FLAG_CD = 0x0010,
	OPT_DO = 0x8000,
};

static int refuse(struct wire_dns *f, enum wire_bad bad)
{
	f->bad = (uint8_t)bad;
	return -EINVAL;
}

/* ---- names ---- */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool label_eq(const uint8_t *a, const uint8_t *b)
{
	if (*a != *b)
		return false;
	for (unsigned i = 1; i <= *a; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

/* Behind the name at *@off, without following pointers: 0 or a reason. */
static enum wire_bad skip_name(const uint8_t *p, size_t n, size_t *off)
{
	while (*off < n) {
		uint8_t c = p[*off];

		if ((c & KIND) == POINTER) {
			*off += 2;
			return *off <= n ? 0 : WIRE_BAD_LEN;
		}
		if (c & KIND)
			return WIRE_BAD_HLEN;
		*off += (size_t)c + 1;
		if (!c)
			return 0;
	}
	return WIRE_BAD_LEN;
}

static int append_label(struct wire_dns_name *f, const uint8_t *label)
{
	size_t n = (size_t)*label + 1;

	if (f->len + n > WIRE_DNS_NAME_MAX)
		return -EINVAL;
	memcpy(f->b + f->len, label, n);
	f->len = (uint8_t)(f->len + n);
	return 0;
}

/* A pointer at @off leads before @floor, the lowest place seen yet, or is
 * refused (SECURITY: loops, forward pointers, long chains).
 */
static int follow(const uint8_t *p, size_t n, size_t off, size_t *floor,
		  unsigned *pointers)
{
	size_t to;

	if (off + 2 > n || ++*pointers > WIRE_DNS_POINTERS)
		return -EINVAL;
	to = wire_be_get16(p + off) & (POINTER_REACH - 1);
	if (to >= *floor || to < WIRE_DNS_HLEN)
		return -EINVAL;
	*floor = to;
	return 0;
}

int wire_dns_name_parse(struct wire_dns_name *f, const uint8_t *p, size_t n,
			size_t off, size_t *next)
{
	size_t floor = off;
	unsigned pointers = 0;

	f->len = 0;
	while (off < n) {
		uint8_t c = p[off];

		if ((c & KIND) == POINTER) {
			if (follow(p, n, off, &floor, &pointers))
				return -EINVAL;
			if (pointers == 1 && next)
				*next = off + 2;
			off = floor;
			continue;
		}
		if (c & KIND || off + 1 + c > n || append_label(f, p + off))
			return -EINVAL;
		off += (size_t)c + 1;
		if (c)
			continue;
		if (!pointers && next)
			*next = off;
		return 0;
	}
	return -EINVAL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One character of text, maybe escaped. Returns bytes used, or -EINVAL. */
static int read_char(const char *s, uint8_t *c)
{
	unsigned v;

	*c = (uint8_t)*s;
	if (*s != '\\')
		return 1;
	if (!s[1])
		return -EINVAL;
	*c = (uint8_t)s[1];
	if (!is_digit(s[1]))
		return 2;
	if (!is_digit(s[2]) || !is_digit(s[3]))
		return -EINVAL;
	v = (unsigned)(s[1] - '0') * 100 + (unsigned)(s[2] - '0') * 10 +
	    (unsigned)(s[3] - '0');
	*c = (uint8_t)v;
	return v <= 255 ? 4 : -EINVAL;
}

/* A label up to its dot or the end, with its length in front. Returns
 * characters used, the dot included, or -EINVAL.
 */
static int read_label(const char *text, uint8_t label[WIRE_DNS_LABEL_MAX + 1])
{
	const char *s = text;
	unsigned n = 0;

	while (*s && *s != '.') {
		int used = read_char(s, &label[n + 1]);

		if (used < 0 || ++n > WIRE_DNS_LABEL_MAX)
			return -EINVAL;
		s += used;
		if (n == WIRE_DNS_LABEL_MAX && *s && *s != '.')
			return -EINVAL;
	}
	label[0] = (uint8_t)n;
	return n ? (int)(s - text) + (*s == '.') : -EINVAL;
}

int wire_dns_name_read(struct wire_dns_name *f, const char *text)
{
	static const uint8_t root[1];
	uint8_t label[WIRE_DNS_LABEL_MAX + 1];

	f->len = 0;
	if (!*text)
		return -EINVAL;
	if (!strcmp(text, "."))
		return append_label(f, root);
	while (*text) {
		int used = read_label(text, label);

		if (used < 0 || append_label(f, label))
			return -EINVAL;
		text += used;
	}
	return append_label(f, root);
}

static void put_char(struct wire_text *t, uint8_t c)
{
	if (c == '.' || c == '\\') {
		wire_text_char(t, '\\');
		wire_text_char(t, (char)c);
	} else if (c > ' ' && c < 0x7f) {
		wire_text_char(t, (char)c);
	} else {
		wire_text_char(t, '\\');
		wire_text_char(t, (char)('0' + c / 100));
		wire_text_char(t, (char)('0' + c / 10 % 10));
		wire_text_char(t, (char)('0' + c % 10));
	}
}

void wire_dns_name_text(struct wire_text *t, const struct wire_dns_name *f)
{
	unsigned at = 0;

	if (f->len <= 1)
		wire_text_char(t, '.');
	while (at < f->len && f->b[at]) {
		if (at)
			wire_text_char(t, '.');
		for (unsigned i = 1; i <= f->b[at]; i++)
			put_char(t, f->b[at + i]);
		at += (unsigned)f->b[at] + 1;
	}
}

bool wire_dns_name_eq(const struct wire_dns_name *a,
		      const struct wire_dns_name *b)
{
	unsigned at = 0;

	if (a->len != b->len)
		return false;
	while (at < a->len) {
		if (!label_eq(a->b + at, b->b + at))
			return false;
		at += (unsigned)a->b[at] + 1;
	}
	return true;
}

bool wire_dns_name_under(const struct wire_dns_name *a,
			 const struct wire_dns_name *b)
{
	unsigned at = 0;

	while (at < a->len && a->len - at >= b->len) {
		struct wire_dns_name tail;

		tail.len = (uint8_t)(a->len - at);
		memcpy(tail.b, a->b + at, tail.len);
		if (wire_dns_name_eq(&tail, b))
			return true;
		at += (unsigned)a->b[at] + 1;
	}
	return false;
}

int wire_dns_name_join(struct wire_dns_name *f, const struct wire_dns_name *a,
		       const struct wire_dns_name *b)
{
	if (a->len - 1 + b->len > WIRE_DNS_NAME_MAX)
		return -EINVAL;
	memcpy(f->b, a->b, a->len - 1u);
	memcpy(f->b + a->len - 1, b->b, b->len);
	f->len = (uint8_t)(a->len - 1 + b->len);
	return 0;
}

/* ---- names of addresses ---- */

static const char v4_tail[] = "\7in-addr\4arpa"; /* and the root */
static const char v6_tail[] = "\3ip6\4arpa";
static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };
static const char hex[] = "0123456789abcdef";

static void put_decimal(struct wire_dns_name *f, uint8_t v)
{
	uint8_t label[4] = { 0 };
	uint8_t n = 0;

	if (v >= 100)
		label[++n] = (uint8_t)('0' + v / 100);
	if (v >= 10)
		label[++n] = (uint8_t)('0' + v / 10 % 10);
	label[++n] = (uint8_t)('0' + v % 10);
	label[0] = n;
	(void)append_label(f, label); /* four of them fit */
}

void wire_dns_name_reverse(struct wire_dns_name *f, const uint8_t addr[16])
{
	bool v4 = !memcmp(addr, v4_mapped, sizeof(v4_mapped));
	const char *tail = v4 ? v4_tail : v6_tail;
	size_t n = v4 ? sizeof(v4_tail) : sizeof(v6_tail);

	f->len = 0;
	for (unsigned i = 16; i-- > (v4 ? 12u : 0u);) {
		if (v4) {
			put_decimal(f, addr[i]);
			continue;
		}
		f->b[f->len++] = 1;
		f->b[f->len++] = (uint8_t)hex[addr[i] & 15];
		f->b[f->len++] = 1;
		f->b[f->len++] = (uint8_t)hex[addr[i] >> 4];
	}
	memcpy(f->b + f->len, tail, n);
	f->len = (uint8_t)(f->len + n);
}

static bool has_tail(const struct wire_dns_name *f, const char *tail, size_t n)
{
	struct wire_dns_name t;

	t.len = (uint8_t)n;
	memcpy(t.b, tail, n);
	return wire_dns_name_under(f, &t);
}

/* A label as a number of @base: -1: it is none. */
static int label_number(const uint8_t *label, unsigned base)
{
	int v = 0;

	if (!*label || *label > (base == 10 ? 3 : 1))
		return -1;
	for (unsigned i = 1; i <= *label; i++) {
		const char *d = memchr(hex, lower(label[i]), base);

		if (!d)
			return -1;
		v = v * (int)base + (int)(d - hex);
	}
	return v > 255 ? -1 : v;
}

int wire_dns_name_unreverse(const struct wire_dns_name *f, uint8_t addr[16])
{
	bool v4 = has_tail(f, v4_tail, sizeof(v4_tail));
	unsigned at = 0, labels = v4 ? 4 : 32;
	size_t tail = v4 ? sizeof(v4_tail) : sizeof(v6_tail);

	if (!v4 && !has_tail(f, v6_tail, sizeof(v6_tail)))
		return -EINVAL;
	memset(addr, 0, 16);
	if (v4)
		memcpy(addr, v4_mapped, sizeof(v4_mapped));
	for (unsigned i = 0; i < labels; i++) {
		int v = label_number(f->b + at, v4 ? 10 : 16);

		if (v < 0)
			return -EINVAL;
		if (v4)
			addr[15 - i] = (uint8_t)v;
		else
			addr[15 - i / 2] |= (uint8_t)(v << (i % 2 * 4));
		at += (unsigned)f->b[at] + 1;
	}
	return f->len - at == tail ? 0 : -EINVAL;
}

/* ---- reading ---- */

static void parse_header(struct wire_dns *f, const uint8_t *p)
{
	uint16_t bits = wire_be_get16(p + 2);

	f->id = wire_be_get16(p);
	f->qr = bits & FLAG_QR;
	f->opcode = bits >> 11 & 15;
	f->aa = bits & FLAG_AA;
	f->tc = bits & FLAG_TC;
	f->rd = bits & FLAG_RD;
	f->ra = bits & FLAG_RA;
	f->ad = bits & FLAG_AD;
	f->cd = bits & FLAG_CD;
	f->rcode = bits & 15;
	for (unsigned i = 0; i < WIRE_DNS_SECTIONS; i++)
		f->count[i] = wire_be_get16(p + 4 + 2 * i);
}

static enum wire_bad skip_questions(const struct wire_dns *f, const uint8_t *p,
				    size_t n, size_t *off)
{
	for (unsigned i = 0; i < f->count[WIRE_DNS_QUESTION]; i++) {
		enum wire_bad bad = skip_name(p, n, off);

		if (bad)
			return bad;
		*off += QUESTION_FIXED;
		if (*off > n)
			return WIRE_BAD_LEN;
	}
	return 0;
}

/* The record at *@off. */
static enum wire_bad read_rr(struct wire_dns_rr *r, const uint8_t *p, size_t n,
			     size_t *off)
{
	enum wire_bad bad;

	r->owner = *off;
	bad = skip_name(p, n, off);
	if (bad)
		return bad;
	if (n - *off < RR_FIXED)
		return WIRE_BAD_LEN;
	r->type = wire_be_get16(p + *off);
	r->class = wire_be_get16(p + *off + 2);
	r->ttl_s = wire_be_get32(p + *off + 4);
	r->len = wire_be_get16(p + *off + 8);
	r->data = *off + RR_FIXED;
	*off = r->data + r->len;
	return *off <= n ? 0 : WIRE_BAD_LEN;
}

static uint8_t section_of(const struct wire_dns *f, uint32_t index)
{
	uint32_t answers = f->count[WIRE_DNS_ANSWER];

	if (index < answers)
		return WIRE_DNS_ANSWER;
	if (index < answers + f->count[WIRE_DNS_AUTHORITY])
		return WIRE_DNS_AUTHORITY;
	return WIRE_DNS_ADDITIONAL;
}

static uint32_t records_of(const struct wire_dns *f)
{
	return (uint32_t)f->count[WIRE_DNS_ANSWER] +
	       f->count[WIRE_DNS_AUTHORITY] + f->count[WIRE_DNS_ADDITIONAL];
}

int wire_dns_next(struct wire_dns_rr *r, const struct wire_dns *f,
		  const uint8_t *p, size_t n, struct wire_dns_at *at)
{
	if (at->index >= records_of(f))
		return 0;
	if (!at->index)
		at->off = f->records;
	if (read_rr(r, p, n, &at->off))
		return 0; /* not of the message that was parsed */
	r->section = section_of(f, at->index++);
	return 1;
}

/* RFC 6891 6.1: at most one, owned by the root. */
static enum wire_bad take_opt(struct wire_dns *f, const struct wire_dns_rr *r,
			      const uint8_t *p, bool *seen)
{
	if (*seen || p[r->owner])
		return WIRE_BAD_OPT;
	*seen = true;
	f->udp_size = r->class;
	f->rcode |= (uint16_t)(r->ttl_s >> 24 << 4);
	f->edns_version = r->ttl_s >> 16 & 255;
	f->dnssec_ok = r->ttl_s & OPT_DO;
	if (f->udp_size < WIRE_DNS_UDP_MAX)
		f->udp_size = WIRE_DNS_UDP_MAX; /* RFC 6891 6.2.3 */
	return 0;
}

int wire_dns_parse(struct wire_dns *f, const uint8_t *p, size_t n)
{
	size_t off = WIRE_DNS_HLEN;
	uint32_t records;
	enum wire_bad bad;
	bool opt = false;

	memset(f, 0, sizeof(*f));
	if (n < WIRE_DNS_HLEN)
		return refuse(f, WIRE_BAD_SHORT);
	parse_header(f, p);
	bad = skip_questions(f, p, n, &off);
	if (bad)
		return refuse(f, bad);
	f->records = off;
	records = records_of(f);
	for (uint32_t i = 0; i < records && !bad; i++) {
		struct wire_dns_rr r;

		bad = read_rr(&r, p, n, &off);
		if (!bad && r.type == WIRE_DNS_OPT &&
		    section_of(f, i) == WIRE_DNS_ADDITIONAL)
			bad = take_opt(f, &r, p, &opt);
	}
	return bad ? refuse(f, bad) : (int)off;
}

int wire_dns_question(struct wire_dns_question *q, const struct wire_dns *f,
		      const uint8_t *p, size_t n)
{
	size_t at;

	if (!f->count[WIRE_DNS_QUESTION] ||
	    wire_dns_name_parse(&q->name, p, n, WIRE_DNS_HLEN, &at))
		return -EINVAL;
	q->type = wire_be_get16(p + at);
	q->class = wire_be_get16(p + at + 2);
	return 0;
}

int wire_dns_rr_addr(uint8_t addr[16], const struct wire_dns_rr *r,
		     const uint8_t *p)
{
	if (r->class != WIRE_DNS_IN)
		return -EINVAL;
	if (r->type == WIRE_DNS_AAAA && r->len == 16) {
		memcpy(addr, p + r->data, 16);
		return 0;
	}
	if (r->type != WIRE_DNS_A || r->len != 4)
		return -EINVAL;
	memcpy(addr, v4_mapped, sizeof(v4_mapped));
	memcpy(addr + 12, p + r->data, 4);
	return 0;
}

static bool holds_name(uint16_t type)
{
	return type == WIRE_DNS_CNAME || type == WIRE_DNS_NS ||
	       type == WIRE_DNS_PTR;
}

int wire_dns_rr_name(struct wire_dns_name *f, const struct wire_dns_rr *r,
		     const uint8_t *p)
{
	size_t end;

	if (r->class != WIRE_DNS_IN || !holds_name(r->type) ||
	    wire_dns_name_parse(f, p, r->data + r->len, r->data, &end))
		return -EINVAL;
	return end == r->data + r->len ? 0 : -EINVAL;
}

/* ---- writing ---- */

static uint16_t header_bits(const struct wire_dns *f)
{
	return (uint16_t)((f->qr ? FLAG_QR : 0) | (f->opcode & 15) << 11 |
			  (f->aa ? FLAG_AA : 0) | (f->tc ? FLAG_TC : 0) |
			  (f->rd ? FLAG_RD : 0) | (f->ra ? FLAG_RA : 0) |
			  (f->ad ? FLAG_AD : 0) | (f->cd ? FLAG_CD : 0) |
			  (f->rcode & 15));
}

void wire_dns_set_head(struct wire_dns_writer *w, const struct wire_dns *f)
{
	wire_be_put16(w->p, f->id);
	wire_be_put16(w->p + 2, header_bits(f));
}

int wire_dns_begin(struct wire_dns_writer *w, uint8_t *p, size_t cap,
		   const struct wire_dns *f)
{
	memset(w, 0, sizeof(*w));
	w->p = p;
	w->cap = cap < WIRE_DNS_MAX ? cap : WIRE_DNS_MAX;
	if (w->cap < WIRE_DNS_HLEN)
		return -ENOBUFS;
	memset(p, 0, WIRE_DNS_HLEN);
	wire_dns_set_head(w, f);
	w->len = WIRE_DNS_HLEN;
	return 0;
}

/* Does the name at @off of what is written equal the tail @name? Its own
 * pointers are ours, so they lead backwards.
 */
static bool stands_at(const struct wire_dns_writer *w, size_t off,
		      const uint8_t *name)
{
	for (;;) {
		const uint8_t *at = w->p + off;

		if ((*at & KIND) == POINTER) {
			off = wire_be_get16(at) & (POINTER_REACH - 1);
			continue;
		}
		if (!label_eq(at, name))
			return false;
		if (!*name)
			return true;
		off += (size_t)*at + 1;
		name += (size_t)*name + 1;
	}
}

static size_t known_tail(const struct wire_dns_writer *w, const uint8_t *name)
{
	for (unsigned i = 0; i < w->nknown; i++)
		if (stands_at(w, w->known[i], name))
			return w->known[i];
	return 0;
}

static int put_bytes(struct wire_dns_writer *w, const void *p, size_t n)
{
	if (w->cap - w->len < n)
		return -ENOBUFS;
	memcpy(w->p + w->len, p, n);
	w->len += n;
	return 0;
}

static int put16(struct wire_dns_writer *w, uint16_t v)
{
	uint8_t b[2];

	wire_be_put16(b, v);
	return put_bytes(w, b, sizeof(b));
}

/* Label by label until the rest stands somewhere (RFC 1035 4.1.4).
 */
static int put_name(struct wire_dns_writer *w, const uint8_t *name)
{
	for (;;) {
		size_t at = *name ? known_tail(w, name) : 0;

		if (at)
			return put16(w, (uint16_t)(POINTER << 8 | at));
		if (put_bytes(w, name, (size_t)*name + 1))
			return -ENOBUFS;
		if (!*name)
			return 0;
		name += (size_t)*name + 1;
	}
}

/* The labels written at @off can be pointed to from now on. */
static void learn(struct wire_dns_writer *w, size_t off)
{
	while (w->p[off] && (w->p[off] & KIND) != POINTER &&
	       off < POINTER_REACH && w->nknown < WIRE_DNS_KNOWN) {
		w->known[w->nknown++] = (uint16_t)off;
		off += (size_t)w->p[off] + 1;
	}
}

int wire_dns_put_question(struct wire_dns_writer *w,
			  const struct wire_dns_question *q)
{
	size_t start = w->len;

	if (put_name(w, q->name.b) || put16(w, q->type) || put16(w, q->class)) {
		w->len = start;
		return -ENOBUFS;
	}
	learn(w, start);
	w->count[WIRE_DNS_QUESTION]++;
	return 0;
}

/* Type, class, TTL, and room for the length. */
static int put_fixed(struct wire_dns_writer *w, uint16_t type, uint16_t class,
		     uint32_t ttl)
{
	return put16(w, type) || put16(w, class) ||
			       put16(w, (uint16_t)(ttl >> 16)) ||
			       put16(w, (uint16_t)ttl) || put16(w, 0)
		       ? -ENOBUFS
		       : 0;
}

/* Is @data one uncompressed name, and nothing else? */
static bool is_name(const uint8_t *data, size_t len)
{
	size_t off = 0;

	if (!len || len > WIRE_DNS_NAME_MAX)
		return false;
	while (off < len && data[off] && !(data[off] & KIND))
		off += (size_t)data[off] + 1;
	return off + 1 == len && !data[off];
}

static int put_data(struct wire_dns_writer *w, const struct wire_dns_put *r)
{
	return holds_name(r->type) ? put_name(w, r->data)
				   : put_bytes(w, r->data, r->len);
}

int wire_dns_put(struct wire_dns_writer *w, const struct wire_dns_put *r)
{
	uint8_t known = w->nknown;
	size_t start = w->len, data;

	if (holds_name(r->type) && !is_name(r->data, r->len))
		return -EINVAL;
	if (put_name(w, r->owner->b) ||
	    put_fixed(w, r->type, WIRE_DNS_IN, r->ttl_s))
		goto full;
	data = w->len;
	learn(w, start);
	if (put_data(w, r))
		goto full;
	wire_be_put16(w->p + data - 2, (uint16_t)(w->len - data));
	if (holds_name(r->type))
		learn(w, data);
	w->count[r->section]++;
	return 0;
full:
	w->len = start;
	w->nknown = known;
	return -ENOBUFS;
}

int wire_dns_put_opt(struct wire_dns_writer *w, uint16_t udp_size,
		     uint16_t rcode)
{
	static const uint8_t root[1];
	size_t start = w->len;

	if (put_bytes(w, root, 1) ||
	    put_fixed(w, WIRE_DNS_OPT, udp_size, (uint32_t)rcode >> 4 << 24)) {
		w->len = start;
		return -ENOBUFS;
	}
	w->count[WIRE_DNS_ADDITIONAL]++;
	return 0;
}

int wire_dns_end(struct wire_dns_writer *w)
{
	for (unsigned i = 0; i < WIRE_DNS_SECTIONS; i++)
		wire_be_put16(w->p + 4 + 2 * i, w->count[i]);
	return (int)w->len;
}
