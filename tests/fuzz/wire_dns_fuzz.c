/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/dns.h"

/* A name that was expanded survives text, and the reverse of an address. */
static void name(const struct wire_dns_name *f)
{
	char buf[WIRE_DNS_TEXT];
	struct wire_dns_name g, sum;
	struct wire_text t;
	uint8_t addr[16];

	CHECK(f->len >= 1 && !f->b[f->len - 1]);
	wire_text_init(&t, buf, sizeof(buf));
	wire_dns_name_text(&t, f);
	CHECK(!t.cut);
	CHECK(wire_dns_name_read(&g, buf) == 0);
	CHECK(g.len == f->len && !memcmp(g.b, f->b, f->len));
	CHECK(wire_dns_name_eq(f, &g) && wire_dns_name_under(f, &g));
	if (!wire_dns_name_join(&sum, f, &g))
		CHECK(sum.len == 2 * f->len - 1 &&
		      wire_dns_name_under(&sum, &g));
	if (!wire_dns_name_unreverse(f, addr))
		wire_dns_name_reverse(&g, addr);
}

static void again(struct wire_dns_writer *w, const struct wire_dns_rr *r,
		  const uint8_t *p, size_t n)
{
	struct wire_dns_name owner, held;
	struct wire_dns_put put = { .owner = &owner,
				    .section = r->section,
				    .ttl_s = r->ttl_s,
				    .type = r->type,
				    .len = r->len,
				    .data = p + r->data };
	uint8_t addr[16];

	(void)wire_dns_rr_addr(addr, r, p);
	if (wire_dns_name_parse(&owner, p, n, r->owner, NULL))
		return;
	name(&owner);
	if (!wire_dns_rr_name(&held, r, p)) {
		name(&held);
		put.len = held.len;
		put.data = held.b;
	}
	if (r->type != WIRE_DNS_OPT)
		(void)wire_dns_put(w, &put);
}

/* What was read is written again, into less room maybe, and read. */
static void rewrite(const struct wire_dns *f, const uint8_t *p, size_t n,
		    size_t cap)
{
	static uint8_t out[2048];
	struct wire_dns_question q;
	struct wire_dns_writer w;
	struct wire_dns_at at = { 0 };
	struct wire_dns_rr r;
	struct wire_dns g;
	int len;

	if (wire_dns_begin(&w, out, cap, f))
		return;
	if (!wire_dns_question(&q, f, p, n)) {
		name(&q.name);
		(void)wire_dns_put_question(&w, &q);
	}
	while (wire_dns_next(&r, f, p, n, &at)) {
		CHECK(r.data + r.len <= n);
		again(&w, &r, p, n);
	}
	if (f->udp_size)
		(void)wire_dns_put_opt(&w, f->udp_size, f->rcode);
	len = wire_dns_end(&w);
	CHECK((size_t)len <= cap);
	CHECK(wire_dns_parse(&g, out, (size_t)len) == len);
	CHECK(g.id == f->id && g.opcode == f->opcode && g.tc == f->tc);
	CHECK(!g.udp_size || g.rcode == f->rcode);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_dns_name f;
	struct wire_dns m;
	size_t next;
	int n;

	if (!wire_dns_name_parse(&f, data, size, 0, &next)) {
		CHECK(next <= size);
		name(&f);
	}
	n = wire_dns_parse(&m, data, size);
	if (n < 0) {
		CHECK(n == -EINVAL && m.bad);
		return 0;
	}
	CHECK((size_t)n <= size);
	rewrite(&m, data, size, 2048);
	rewrite(&m, data, size, size / 2 < 2048 ? size / 2 : 2048);
	return 0;
}
