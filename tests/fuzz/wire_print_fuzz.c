/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/print.h"

/* One line of printable characters, terminated, whatever the size. */
static void one_line(const char *buf, size_t size, int len)
{
	CHECK(len >= 0 && (size_t)len < size && buf[len] == '\0');
	for (int i = 0; i < len; i++)
		CHECK(buf[i] >= ' ' && buf[i] <= '~');
}

static void print(const uint8_t *p, size_t n, int linktype)
{
	char line[512], cut[40];
	int len = wire_print(line, sizeof(line), p, n, linktype);

	one_line(line, sizeof(line), len);
	len = wire_print(cut, sizeof(cut), p, n, linktype);
	one_line(cut, sizeof(cut), len);
	CHECK(memcmp(line, cut, (size_t)len) == 0);
	len = wire_print_rel(line, sizeof(line), p, n, linktype, 1u << 31, 7);
	one_line(line, sizeof(line), len);
}

/* The first byte chooses the link type. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_text t;
	char line[80];
	uint8_t *p;

	if (size == 0)
		return 0;
	p = exactly(data + 1, size - 1);
	print(p, size - 1, data[0] & 1 ? WIRE_LINK_ETHERNET : WIRE_LINK_RAW);
	wire_text_init(&t, line, sizeof(line));
	wire_print_eth(&t, p, size - 1);
	one_line(line, sizeof(line), (int)t.len);
	free(p);
	return 0;
}
