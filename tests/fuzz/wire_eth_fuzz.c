/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/eth.h"

/* A header that was read is written again byte by byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_eth f;
	uint8_t out[WIRE_ETH_MAX_HLEN];
	int n = wire_eth_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK(n >= WIRE_ETH_HLEN && (size_t)n <= size);
	CHECK(n == WIRE_ETH_HLEN + f.n_tags * WIRE_ETH_TAG_LEN);
	CHECK(wire_eth_emit(out, (size_t)n - 1, &f) == -ENOBUFS);
	CHECK(wire_eth_emit(out, sizeof(out), &f) == n);
	CHECK(memcmp(out, data, (size_t)n) == 0);
	if (f.n_tags) {
		f.tpid[0] = f.type;
		CHECK(wire_eth_emit(out, sizeof(out), &f) == n ||
		      (f.type != WIRE_ETH_VLAN && f.type != WIRE_ETH_QINQ));
	}
	f.n_tags = WIRE_ETH_MAX_TAGS + 1;
	CHECK(wire_eth_emit(out, sizeof(out), &f) == -EINVAL);
	return 0;
}
