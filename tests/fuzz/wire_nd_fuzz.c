/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/nd.h"

/* An option that was decoded is written again, and decoded alike. */
#define AGAIN(kind, o)                                                         \
	do {                                                                   \
		struct wire_nd_##kind f_, g_;                                  \
		struct wire_nd_opt again_ = { .p = out };                      \
		int n_;                                                        \
                                                                               \
		if (wire_nd_##kind##_parse(&f_, (o)) < 0)                      \
			break;                                                 \
		n_ = wire_nd_##kind##_emit(out, sizeof(out), &f_);             \
		CHECK(n_ > 0 && n_ <= (o)->len);                               \
		again_.len = (uint16_t)n_;                                     \
		CHECK(wire_nd_##kind##_parse(&g_, &again_) == 0);              \
		CHECK(wire_nd_##kind##_emit(twice, sizeof(twice), &g_) == n_); \
		CHECK(memcmp(out, twice, (size_t)n_) == 0);                    \
		CHECK(wire_nd_##kind##_emit(out, (size_t)n_ - 1, &f_) ==       \
		      -ENOBUFS);                                               \
	} while (0)

static void one_option(const struct wire_nd_opt *o)
{
	static uint8_t out[2048], twice[2048];

	switch (o->type) {
	case WIRE_ND_OPT_PREFIX:
		AGAIN(prefix, o);
		break;
	case WIRE_ND_OPT_ROUTE:
		AGAIN(route, o);
		break;
	case WIRE_ND_OPT_RDNSS:
		AGAIN(rdnss, o);
		break;
	case WIRE_ND_OPT_DNSSL:
		AGAIN(dnssl, o);
		break;
	case WIRE_ND_OPT_PREF64:
		AGAIN(pref64, o);
		break;
	default:
		break;
	}
}

static void options(const struct wire_nd *f, const uint8_t *p, size_t n)
{
	struct wire_nd_opt o;
	size_t off = f->opts;

	while (wire_nd_opt_next(&o, p, n, &off)) {
		CHECK(o.len >= 8 && o.p + o.len == p + off && off <= n);
		one_option(&o);
	}
	CHECK(off == n); /* the parser has seen all of them */
}

static void again(const struct wire_nd *f)
{
	static uint8_t out[8192], twice[8192];
	struct wire_nd g;
	int n = wire_nd_emit(out, sizeof(out), f);

	CHECK(n >= 8);
	CHECK(wire_nd_emit(out, (size_t)n - 1, f) == -ENOBUFS);
	CHECK(wire_nd_parse(&g, out, (size_t)n) == n);
	CHECK(wire_nd_emit(twice, sizeof(twice), &g) == n);
	CHECK(memcmp(out, twice, (size_t)n) == 0);
	g.nonce = out;
	g.nonce_len = 2039;
	CHECK(wire_nd_emit(twice, sizeof(twice), &g) == -EINVAL);
	g.target = g.target ? NULL : out;
	CHECK(wire_nd_emit(twice, sizeof(twice), &g) == -EINVAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_nd f;
	int n = wire_nd_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK((size_t)n == size && f.opts <= size);
	options(&f, data, size);
	again(&f);
	return 0;
}
