/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/quote.h"

static void sane(const struct wire_quote *q, int n, const uint8_t *p,
		 size_t size, size_t alen)
{
	if (n < 0) {
		CHECK(n == -EINVAL && q->bad);
		return;
	}
	CHECK((size_t)n <= size);
	CHECK(q->src >= p && q->dst == q->src + alen && q->dst + alen <= p + n);
	CHECK(!q->l4 || q->l4 == p + n);
	CHECK(q->l4_len == (q->l4 ? size - (size_t)n : 0));
	CHECK(!q->has_ports || q->l4_len >= 4);
	CHECK(!q->has_seq || (q->l4_len >= 8 && q->has_ports));
	CHECK(!q->has_echo || (q->l4_len >= 8 && !q->has_ports));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_quote q;
	int n = wire_quote_ip4(&q, data, size);

	sane(&q, n, data, size, 4);
	n = wire_quote_ip6(&q, data, size);
	sane(&q, n, data, size, 16);
	return 0;
}
