/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/udp.h"

static const uint8_t head[8] = "\x04\x00\x00\x35\x00\x0c\xab\xcd";

TEST(reads_ports_length_and_checksum)
{
	struct wire_udp f = { 0 };
	uint8_t *p = exact(head, 8);

	EQ(wire_udp_parse(&f, p, 8, 12), 8);
	EQ(f.sport, 1024);
	EQ(f.dport, 53);
	EQ(f.len, 12);
	EQ(f.csum, 0xabcd);
	free(p);
}

TEST(believes_a_length_only_inside_the_packet)
{
	static const struct {
		uint8_t len;
		size_t l4_len;
		int want;
	} row[] = {
		{ 12, 12, 8 }, /* exact */
		{ 12, 13, 8 }, /* padded */
		{ 12, 11, -EINVAL }, /* cut */
		{ 8, 8, 8 }, /* empty */
		{ 7, 20, -EINVAL }, /* shorter than itself */
		{ 0, 20, -EINVAL }, /* jumbo: not ours */
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct wire_udp f = { 0 };
		uint8_t p[8];

		memcpy(p, head, 8);
		p[5] = row[i].len;
		EQ(wire_udp_parse(&f, p, 8, row[i].l4_len), row[i].want);
		EQ(f.bad, row[i].want < 0 ? WIRE_BAD_LEN : 0);
	}
}

TEST(refuses_every_shorter_header)
{
	for (size_t n = 0; n < 8; n++) {
		uint8_t *p = exact(head, n);
		struct wire_udp f = { 0 };

		EQ(wire_udp_parse(&f, p, n, 100), -EINVAL);
		EQ(f.bad, WIRE_BAD_SHORT);
		free(p);
	}
}

TEST(writes_what_it_read)
{
	struct wire_udp f = { 0 };
	uint8_t out[8];

	wire_udp_parse(&f, head, 8, 12);
	EQ(wire_udp_emit(out, 7, &f), -ENOBUFS);
	EQ(wire_udp_emit(out, 8, &f), 8);
	MEM(out, head, 8);
}

TESTS(CASE(reads_ports_length_and_checksum),
      CASE(believes_a_length_only_inside_the_packet),
      CASE(refuses_every_shorter_header), CASE(writes_what_it_read))
