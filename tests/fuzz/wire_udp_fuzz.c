/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/udp.h"

/* The first byte says how much longer the payload is than what is at hand. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_udp f;
	uint8_t out[WIRE_UDP_HLEN];
	size_t l4_len;
	int n;

	if (size == 0)
		return 0;
	l4_len = size - 1 + data[0];
	data++;
	size--;
	n = wire_udp_parse(&f, data, size, l4_len);
	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n == WIRE_UDP_HLEN && f.len >= WIRE_UDP_HLEN && f.len <= l4_len);
	CHECK(wire_udp_emit(out, WIRE_UDP_HLEN - 1, &f) == -ENOBUFS);
	CHECK(wire_udp_emit(out, sizeof(out), &f) == n);
	CHECK(memcmp(out, data, WIRE_UDP_HLEN) == 0);
	return 0;
}
