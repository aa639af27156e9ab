/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/exthdr.h"

#include <errno.h>

/* What is liked is as long as it says, and can be emitted. */
static void good(const uint8_t *p, size_t size, int n, bool routing)
{
	static const uint8_t final[16] = { 0xfd, 0x99 };
	uint8_t *in = exactly(p, (size_t)n), *out = malloc((size_t)n);

	CHECK(n >= WIRE_EXTHDR_MIN && (size_t)n <= size && n % 8 == 0);
	CHECK((uint32_t)n == wire_exthdr_len(p));
	wire_exthdr_emit(out, in, 17, routing ? final : NULL);
	CHECK(out[0] == 17 && !memcmp(out + 1, in + 1, 7));
	if (routing) {
		const uint8_t *first = wire_exthdr_first(in);

		CHECK(first >= in + 8 && first + 16 <= in + n);
		CHECK(!memcmp(out + 8, final, 16));
		CHECK(in[2] != 0); /* RFC 5095 */
	}
	free(in);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int n = wire_exthdr_check(data, size);
	int r = wire_exthdr_check_routing(data, size, true);
	int m = wire_exthdr_check_routing(data, size, false);

	CHECK(n > 0 || (n == -EINVAL && r == -EINVAL));
	CHECK(m == r || m == -EINVAL);
	if (n > 0)
		good(data, size, n, false);
	if (r > 0)
		good(data, size, r, true);
	return 0;
}
