/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/arp.h"

/* A packet that was read is written again byte by byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_arp f;
	uint8_t out[WIRE_ARP_LEN];
	int n = wire_arp_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n == WIRE_ARP_LEN && size >= WIRE_ARP_LEN);
	CHECK(wire_arp_emit(out, WIRE_ARP_LEN - 1, &f) == -ENOBUFS);
	CHECK(wire_arp_emit(out, sizeof(out), &f) == n);
	CHECK(memcmp(out, data, WIRE_ARP_LEN) == 0);
	return 0;
}
