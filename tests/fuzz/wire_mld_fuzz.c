/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/mld.h"

static void records(const struct wire_mld *f, const uint8_t *p, size_t n)
{
	for (unsigned i = 0; i < f->nrec; i++) {
		struct wire_group_read r;
		int len = wire_mld_rec_next(&r, p, n);

		if (len < 0)
			return;
		CHECK((size_t)len <= n && r.src + r.nsrc * 16 <= p + len);
		p += len;
		n -= (size_t)len;
	}
}

/* What was read and is written is read again as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[28 + 16 * 65536];
	struct wire_mld f, g;
	int n = wire_mld_parse(&f, data, size), m;

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK((size_t)n <= size);
	if (f.type == WIRE_ICMP6_MLD2_REPORT)
		records(&f, data + n, size - (size_t)n);
	m = wire_mld_emit(out, sizeof(out), &f);
	CHECK(m == n);
	CHECK(wire_mld_emit(out, (size_t)n - 1, &f) == -ENOBUFS);
	CHECK(wire_mld_parse(&g, out, (size_t)m) == m);
	CHECK(g.version == f.version && g.nsrc == f.nsrc && g.nrec == f.nrec &&
	      g.qqi_s == f.qqi_s && g.max_resp_ms == f.max_resp_ms);
	return 0;
}
