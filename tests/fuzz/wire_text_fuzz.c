/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/text.h"

/* Numbers: as stdio writes them. */
static void numbers(uint64_t v)
{
	struct wire_text t;
	char got[80], want[80];

	wire_text_init(&t, got, sizeof(got));
	wire_text_u64(&t, v);
	wire_text_char(&t, ' ');
	wire_text_i64(&t, (int64_t)v);
	wire_text_char(&t, ' ');
	wire_text_hex(&t, v, 1 + v % 16);
	snprintf(want, sizeof(want), "%llu %lld %0*llx", (unsigned long long)v,
		 (long long)v, (int)(1 + v % 16), (unsigned long long)v);
	CHECK(strcmp(got, want) == 0 && !t.cut);
}

static void addresses(const uint8_t addr[16])
{
	struct wire_text t;
	char buf[100];
	size_t at;

	wire_text_init(&t, buf, sizeof(buf));
	wire_text_addr(&t, addr);
	CHECK(t.len >= 2 && t.len <= 39 && !t.cut);
	wire_text_pad(&t, 40);
	CHECK(t.len == 40);
	wire_text_mac(&t, addr);
	CHECK(t.len == 40 + 17);
	at = t.len;
	wire_text_ip6(&t, addr);
	CHECK(t.len - at >= 2 && t.len - at <= 39);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_text t;
	uint64_t v;
	char small[8];

	if (size < 16)
		return 0;
	memcpy(&v, data, sizeof(v));
	numbers(v);
	addresses(data);
	wire_text_init(&t, small, 1 + data[0] % sizeof(small));
	wire_text_u64(&t, v);
	wire_text_pad(&t, 100);
	CHECK(t.cut && t.len == t.size - 1 && small[t.len] == '\0');
	return 0;
}
