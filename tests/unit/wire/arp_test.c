/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/arp.h"
#include "wire/bad.h"

#include <errno.h>

static const uint8_t request[28] = "\x00\x01\x08\x00\x06\x04\x00\x01"
				   "\x02\x00\x00\x00\x00\x01\x0a\x00\x00\x01"
				   "\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x02";

TEST(reads_who_asks_for_whom)
{
	uint8_t *p = exact(request, sizeof(request));
	struct wire_arp f = { 0 };

	EQ(wire_arp_parse(&f, p, sizeof(request)), 28);
	EQ(f.op, WIRE_ARP_REQUEST);
	MEM(f.sha, "\x02\0\0\0\0\x01", 6);
	MEM(f.spa, "\x0a\0\0\x01", 4);
	MEM(f.tha, "\0\0\0\0\0\0", 6);
	MEM(f.tpa, "\x0a\0\0\x02", 4);
	free(p);
}

TEST(writes_what_it_read)
{
	struct wire_arp f = { 0 };
	uint8_t out[28];

	wire_arp_parse(&f, request, sizeof(request));
	EQ(wire_arp_emit(out, 27, &f), -ENOBUFS);
	EQ(wire_arp_emit(out, 28, &f), 28);
	MEM(out, request, 28);
}

TEST(refuses_every_shorter_packet)
{
	for (size_t n = 0; n < sizeof(request); n++) {
		uint8_t *p = exact(request, n);
		struct wire_arp f = { 0 };

		EQ(wire_arp_parse(&f, p, n), -EINVAL);
		EQ(f.bad, WIRE_BAD_SHORT);
		free(p);
	}
}

TEST(refuses_other_hardware_protocols_and_lengths)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int bad;
	} row[] = {
		{ 1, 6, WIRE_BAD_VERSION }, /* IEEE 802 */
		{ 2, 0x86, WIRE_BAD_VERSION }, /* not IPv4 */
		{ 4, 0, WIRE_BAD_HLEN },       { 4, 255, WIRE_BAD_HLEN },
		{ 5, 16, WIRE_BAD_HLEN },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t p[28];
		struct wire_arp f = { 0 };

		memcpy(p, request, sizeof(p));
		p[row[i].at] = row[i].byte;
		EQ(wire_arp_parse(&f, p, sizeof(p)), -EINVAL);
		EQ(f.bad, row[i].bad);
	}
}

TESTS(CASE(reads_who_asks_for_whom), CASE(writes_what_it_read),
      CASE(refuses_every_shorter_packet),
      CASE(refuses_other_hardware_protocols_and_lengths))
