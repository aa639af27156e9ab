/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/ip4opts.h"

static const uint8_t us[4] = { 10, 99, 0, 1 }, final[4] = { 10, 99, 0, 2 };

/* What a program gave comes back, but for what stood in places that we fill,
 * and what is sent is a header that our own parser likes.
 */
static void sent(const struct wire_ip4opts *o)
{
	struct wire_ip4 f = { .src = us, .dst = final, .len = 100 };
	uint8_t out[WIRE_IP4_MAX_OPTS], h[WIRE_IP4_MAX_HLEN];
	struct wire_ip4opts again;
	int n;

	CHECK(o->len <= WIRE_IP4_MAX_OPTS && o->len % 4 == 0);
	wire_ip4opts_undo(o, out);
	CHECK(wire_ip4opts_compile(&again, out, o->len) == 0);
	CHECK(again.len == o->len && again.srr == o->srr && again.rr == o->rr &&
	      again.ts == o->ts);
	wire_ip4opts_put(o, out, us, final, 12345);
	n = wire_ip4_emit(h, sizeof(h), &f, out, o->len);
	CHECK(n == WIRE_IP4_HLEN + o->len);
}

static void seen(const uint8_t *opts, size_t n)
{
	struct wire_ip4 f = { .src = final, .dst = us, .len = 100 };
	uint8_t h[WIRE_IP4_MAX_HLEN], out[WIRE_IP4_MAX_OPTS];
	int hlen = wire_ip4_emit(h, sizeof(h), &f, opts, n);
	struct wire_ip4opts o;
	uint8_t *exact;

	CHECK(hlen > 0);
	exact = exactly(h, (size_t)hlen);
	CHECK(wire_ip4opts_seen(out, exact, (size_t)hlen, us, 7) ==
	      hlen - WIRE_IP4_HLEN);
	if (!wire_ip4opts_echo(&o, exact, (size_t)hlen, us, 7)) {
		CHECK(o.len <= hlen - WIRE_IP4_HLEN && !o.srr);
		wire_ip4opts_undo(&o, out);
		wire_ip4opts_put(&o, out, us, final, 7);
	}
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_ip4opts o;
	int err = wire_ip4opts_compile(&o, data, size);

	if (size > WIRE_IP4_MAX_OPTS) {
		CHECK(err == -EINVAL);
		return 0;
	}
	if (!err)
		sent(&o);
	if (!err && o.asks) {
		wire_ip4opts_claim(&o);
		sent(&o);
	}
	seen(data, size);
	return 0;
}
