/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/ip4.h"

/* Recording moves the pointer alone: the option stays legal, or has room left
 * for less than a slot, which is the next host's error to report (RFC 791 3.1).
 */
static void still_legal(const struct wire_ip4_opts *o, const uint8_t *h,
			size_t hlen)
{
	struct wire_ip4_opts again;

	if (wire_ip4_opts_parse(&again, h, hlen) < 0)
		CHECK((o->rr && again.pointer == o->rr + 2) ||
		      (o->ts && again.pointer == o->ts + 2));
	else
		CHECK(again.rr == o->rr && again.ts == o->ts);
}

static void record(const uint8_t *p, size_t hlen)
{
	static const uint8_t us[4] = { 10, 0, 0, 1 };
	struct wire_ip4_opts o;
	uint8_t *h = exactly(p, hlen);

	CHECK(wire_ip4_opts_parse(&o, h, hlen) == 0);
	for (int i = 0; i < 20; i++) {
		if (o.rr)
			wire_ip4_rr_record(h + o.rr, us);
		if (o.ts)
			wire_ip4_ts_record(h + o.ts, us, (uint32_t)i);
		still_legal(&o, h, hlen);
	}
	CHECK(!o.rr || !wire_ip4_rr_record(h + o.rr, us));
	free(h);
}

static void options(const struct wire_ip4 *f, const uint8_t *p)
{
	struct wire_ip4_opts o;
	uint8_t out[WIRE_IP4_MAX_OPTS];
	int n = wire_ip4_opts_copied(out, p, f->hlen);

	CHECK(n >= 0 && n <= f->hlen - WIRE_IP4_HLEN && n % 4 == 0);
	if (wire_ip4_opts_parse(&o, p, f->hlen) < 0) {
		CHECK(o.bad && o.pointer >= 20 && o.pointer < f->hlen);
		return;
	}
	CHECK(o.rr < f->hlen && o.ts < f->hlen && o.srr < f->hlen);
	record(p, f->hlen);
}

/* What was read is written again, but for the bits that nobody reads. */
static void again(const struct wire_ip4 *f, const uint8_t *p)
{
	uint8_t out[WIRE_IP4_MAX_HLEN], twice[WIRE_IP4_MAX_HLEN];
	size_t opts_len = f->hlen - (size_t)WIRE_IP4_HLEN;
	struct wire_ip4 g;

	CHECK(wire_ip4_emit(out, f->hlen - 1u, f, p + WIRE_IP4_HLEN,
			    opts_len) == -ENOBUFS);
	CHECK(wire_ip4_emit(out, sizeof(out), f, p + WIRE_IP4_HLEN, opts_len) ==
	      f->hlen);
	CHECK(wire_ip4_csum(out, f->hlen) == 0);
	CHECK(memcmp(out, p, 6) == 0 && memcmp(out + 12, p + 12, 8) == 0);
	CHECK(wire_ip4_parse(&g, out, f->hlen, f->len) == f->hlen);
	CHECK(wire_ip4_emit(twice, sizeof(twice), &g, out + WIRE_IP4_HLEN,
			    opts_len) == f->hlen);
	CHECK(memcmp(out, twice, f->hlen) == 0);
	g.frag_off = 4;
	CHECK(wire_ip4_emit(twice, sizeof(twice), &g, NULL, 0) == -EINVAL);
}

/* The first byte says how much longer the packet is than what is at hand. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_ip4 f;
	size_t pkt_len;
	int n;

	if (size == 0)
		return 0;
	pkt_len = size - 1 + data[0];
	data++;
	size--;
	n = wire_ip4_parse(&f, data, size, pkt_len);
	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n == f.hlen && n >= WIRE_IP4_HLEN && (size_t)n <= size);
	CHECK(f.len >= n && f.len <= pkt_len);
	CHECK(f.src == data + 12 && f.dst == data + 16);
	options(&f, data);
	again(&f, data);
	return 0;
}
