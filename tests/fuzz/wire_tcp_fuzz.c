/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/tcp.h"

static void same_options(const struct wire_tcp *f, const struct wire_tcp *g)
{
	unsigned o = f->opts;

	CHECK(o == g->opts);
	CHECK(!(o & WIRE_TCP_OPT_MSS) || f->mss == g->mss);
	CHECK(!(o & WIRE_TCP_OPT_WSCALE) || f->wscale == g->wscale);
	CHECK(!(o & WIRE_TCP_OPT_UTO) || f->uto == g->uto);
	CHECK(!(o & WIRE_TCP_OPT_TS) ||
	      (f->tsval == g->tsval && f->tsecr == g->tsecr));
	CHECK(!(o & WIRE_TCP_OPT_SACK) ||
	      (f->n_sack == g->n_sack &&
	       !memcmp(f->sack, g->sack, f->n_sack * sizeof(f->sack[0]))));
	CHECK(!(o & WIRE_TCP_OPT_ACC) ||
	      (f->acc_n == g->acc_n &&
	       !memcmp(f->acc, g->acc, f->acc_n * sizeof(f->acc[0]))));
	CHECK(!(o & WIRE_TCP_OPT_FO) ||
	      (f->fo_len == g->fo_len && !memcmp(f->fo, g->fo, f->fo_len)));
	CHECK(!(o & WIRE_TCP_OPT_AO) ||
	      (f->ao_len == g->ao_len && !memcmp(f->ao, g->ao, f->ao_len)));
	CHECK(!(o & WIRE_TCP_OPT_MD5) ||
	      !memcmp(f->md5, g->md5, WIRE_TCP_MD5_LEN));
}

/* Written in our order, the same facts come back; in a full header they may
 * need more padding than the sender's order did, and are then refused.
 */
static void again(struct wire_tcp *f)
{
	uint8_t out[WIRE_TCP_MAX_HLEN], twice[WIRE_TCP_MAX_HLEN];
	struct wire_tcp g;
	int n;

	f->opts &= (uint16_t) ~(WIRE_TCP_OPT_UNKNOWN | WIRE_TCP_OPT_BAD);
	n = wire_tcp_emit(out, sizeof(out), f);
	if (n < 0) {
		CHECK(n == -EINVAL && wire_tcp_opts_len(f) > WIRE_TCP_MAX_OPTS);
		return;
	}
	CHECK((size_t)n == WIRE_TCP_HLEN + wire_tcp_opts_len(f));
	CHECK(wire_tcp_emit(twice, (size_t)n - 1, f) == -ENOBUFS);
	CHECK(wire_tcp_parse(&g, out, (size_t)n) == n);
	CHECK(g.seq == f->seq && g.ack == f->ack && g.flags == f->flags);
	CHECK(g.sport == f->sport && g.dport == f->dport);
	CHECK(g.wnd == f->wnd && g.csum == f->csum && g.urg == f->urg);
	same_options(f, &g);
	CHECK(wire_tcp_emit(twice, sizeof(twice), &g) == n);
	CHECK(memcmp(out, twice, (size_t)n) == 0);
}

/* Facts that no parser makes are refused, not written. */
static void unspellable(struct wire_tcp *f)
{
	uint8_t out[WIRE_TCP_MAX_HLEN];
	struct wire_tcp g = *f;

	g.opts = WIRE_TCP_OPT_WSCALE;
	g.wscale = WIRE_TCP_MAX_WSCALE + 1;
	CHECK(wire_tcp_emit(out, sizeof(out), &g) == -EINVAL);
	g.opts = WIRE_TCP_OPT_SACK;
	g.n_sack = 0;
	CHECK(wire_tcp_emit(out, sizeof(out), &g) == -EINVAL);
	g.opts = WIRE_TCP_OPT_FO;
	g.fo_len = WIRE_TCP_FO_MAX + 1;
	CHECK(wire_tcp_emit(out, sizeof(out), &g) == -EINVAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_tcp f;
	int n = wire_tcp_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n == f.hlen && n >= WIRE_TCP_HLEN && (size_t)n <= size);
	CHECK(n <= WIRE_TCP_MAX_HLEN && !(f.flags & ~WIRE_TCP_FLAGS));
	if (f.opts & WIRE_TCP_OPT_SACK)
		CHECK(f.n_sack >= 1 && f.n_sack <= WIRE_TCP_MAX_SACK);
	if (f.opts & WIRE_TCP_OPT_WSCALE)
		CHECK(f.wscale <= WIRE_TCP_MAX_WSCALE);
	if (f.opts & WIRE_TCP_OPT_FO)
		CHECK(f.fo + f.fo_len <= data + n);
	if (f.opts & WIRE_TCP_OPT_AO)
		CHECK(f.ao + f.ao_len <= data + n);
	again(&f);
	unspellable(&f);
	return 0;
}
