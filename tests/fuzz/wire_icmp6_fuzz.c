/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/icmp4.h" /* WIRE_ICMP_HLEN */
#include "wire/icmp6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_icmp6 f, g;
	uint8_t out[WIRE_ICMP_HLEN], twice[WIRE_ICMP_HLEN];
	int n = wire_icmp6_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n == WIRE_ICMP_HLEN && size >= WIRE_ICMP_HLEN);
	CHECK(f.quote_len <= size - WIRE_ICMP_HLEN);
	CHECK(f.is_error || f.quote_len == 0);
	CHECK(wire_icmp6_emit(out, WIRE_ICMP_HLEN - 1, &f) == -ENOBUFS);
	CHECK(wire_icmp6_emit(out, sizeof(out), &f) == n);
	CHECK(wire_icmp6_parse(&g, out, sizeof(out)) == n);
	CHECK(g.type == f.type && g.code == f.code && g.mtu == f.mtu);
	CHECK(g.id == f.id && g.seq == f.seq && g.pointer == f.pointer);
	CHECK(wire_icmp6_emit(twice, sizeof(twice), &g) == n);
	CHECK(memcmp(out, twice, sizeof(out)) == 0);
	return 0;
}
