/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/eth.h"

#include <errno.h>

#define MACS "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01"

static const struct {
	const char *bytes;
	size_t n;
	int hlen;
	unsigned type, n_tags, vlan0, vlan1;
} row[] = {
	/* plain IPv4 */
	{ MACS "\x08\x00", 14, 14, 0x0800, 0, 0, 0 },
	/* one tag: priority 5, VLAN 7 */
	{ MACS "\x81\x00\xa0\x07\x86\xdd", 18, 18, 0x86dd, 1, 0xa007, 0 },
	/* service tag 2, customer tag 3 */
	{ MACS "\x88\xa8\x00\x02\x81\x00\x00\x03\x08\x06", 22, 22, 0x0806, 2, 2,
	  3 },
	/* a third tag is left standing */
	{ MACS "\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03\x08\x00", 26,
	  22, 0x8100, 2, 1, 2 },
	/* 802.3: the type is a length */
	{ MACS "\x00\x26", 14, 14, 0x26, 0, 0, 0 },
};

TEST(reads_types_and_tags)
{
	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t *p = exact(row[i].bytes, row[i].n);
		struct wire_eth f = { 0 };

		EQ(wire_eth_parse(&f, p, row[i].n), row[i].hlen);
		EQ(f.type, row[i].type);
		EQ(f.n_tags, row[i].n_tags);
		OK(f.n_tags < 1 || f.tci[0] == row[i].vlan0);
		OK(f.n_tags < 2 || f.tci[1] == row[i].vlan1);
		MEM(f.dst, "\x02\0\0\0\0\x02", 6);
		MEM(f.src, "\x02\0\0\0\0\x01", 6);
		free(p);
	}
}

TEST(refuses_every_shorter_header)
{
	for (size_t i = 0; i < COUNT(row); i++)
		for (int n = 0; n < row[i].hlen; n++) {
			uint8_t *p = exact(row[i].bytes, (size_t)n);
			struct wire_eth f = { 0 };

			EQ(wire_eth_parse(&f, p, (size_t)n), -EINVAL);
			EQ(f.bad, WIRE_BAD_SHORT);
			free(p);
		}
}

TEST(writes_what_it_read)
{
	for (size_t i = 0; i < COUNT(row); i++) {
		const uint8_t *p = (const uint8_t *)row[i].bytes;
		struct wire_eth f = { 0 };
		uint8_t out[32];

		wire_eth_parse(&f, p, row[i].n);
		EQ(wire_eth_emit(out, (size_t)row[i].hlen - 1, &f), -ENOBUFS);
		EQ(wire_eth_emit(out, sizeof(out), &f), row[i].hlen);
		MEM(out, p, (size_t)row[i].hlen);
	}
}

TEST(writes_no_tag_that_is_none)
{
	const uint8_t mac[6] = { 2 };
	struct wire_eth f = { .dst = mac, .src = mac, .n_tags = 1 };
	uint8_t out[32];

	EQ(wire_eth_emit(out, sizeof(out), &f), -EINVAL);
	f.n_tags = 3;
	EQ(wire_eth_emit(out, sizeof(out), &f), -EINVAL);
}

TEST(knows_a_group_by_its_lowest_bit)
{
	OK(wire_eth_is_group((const uint8_t *)"\xff\xff\xff\xff\xff\xff"));
	OK(wire_eth_is_group((const uint8_t *)"\x01\x00\x5e\x00\x00\x01"));
	OK(!wire_eth_is_group((const uint8_t *)"\x02\x00\x00\x00\x00\x01"));
}

TESTS(CASE(reads_types_and_tags), CASE(refuses_every_shorter_header),
      CASE(writes_what_it_read), CASE(writes_no_tag_that_is_none),
      CASE(knows_a_group_by_its_lowest_bit))
