/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/icmp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_icmp4 f, g;
	uint8_t out[WIRE_ICMP_HLEN], twice[WIRE_ICMP_HLEN];
	int n = wire_icmp4_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n == WIRE_ICMP_HLEN && size >= WIRE_ICMP_HLEN);
	CHECK(f.quote_len <= size - WIRE_ICMP_HLEN);
	CHECK(f.is_error || f.quote_len == 0);
	CHECK(wire_icmp4_emit(out, WIRE_ICMP_HLEN - 1, &f) == -ENOBUFS);
	CHECK(wire_icmp4_emit(out, sizeof(out), &f) == n);
	CHECK(wire_icmp4_parse(&g, out, sizeof(out)) == n);
	CHECK(g.type == f.type && g.code == f.code && g.mtu == f.mtu);
	CHECK(g.id == f.id && g.seq == f.seq && g.pointer == f.pointer);
	CHECK(wire_icmp4_emit(twice, sizeof(twice), &g) == n);
	CHECK(memcmp(out, twice, sizeof(out)) == 0);
	return 0;
}
