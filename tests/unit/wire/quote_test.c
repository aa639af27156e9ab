/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/quote.h"

#include <errno.h>

static const uint8_t v4[4] = { 10, 0, 0, 1 };
static const uint8_t v6[16] = { 0xfd, 0x99, [15] = 1 };

/* What a quoting router left: IP header, then @n bytes of the upper layer. */
static uint8_t *quote4(uint8_t proto, uint16_t frag_off, const void *l4,
		       size_t n)
{
	struct wire_ip4 f = { .src = v4,
			      .dst = v4,
			      .len = 1500,
			      .frag_off = frag_off,
			      .proto = proto };
	uint8_t full[128];

	wire_ip4_emit(full, sizeof(full), &f, NULL, 0);
	memcpy(full + 20, l4, n);
	return exact(full, 20 + n);
}

static uint8_t *quote6(uint8_t next, const void *bytes, size_t n)
{
	struct wire_ip6 f = {
		.src = v6, .dst = v6, .plen = 1460, .next = next
	};
	uint8_t full[256];

	wire_ip6_emit(full, sizeof(full), &f);
	memcpy(full + 40, bytes, n);
	return exact(full, 40 + n);
}

TEST(eight_bytes_of_tcp_give_ports_and_sequence_number)
{
	uint8_t *p = quote4(6, 0, "\x04\0\0\x50\1\2\3\4", 8);
	struct wire_quote q = { 0 };

	EQ(wire_quote_ip4(&q, p, 28), 20);
	EQ(q.version, 4);
	EQ(q.proto, 6);
	EQ(q.len, 1500);
	MEM(q.src, v4, 4);
	OK(q.has_ports && q.has_seq && !q.has_echo);
	EQ(q.sport, 1024);
	EQ(q.dport, 80);
	EQ(q.seq, 0x01020304);
	EQ(q.l4_len, 8);
	free(p);
}

TEST(less_than_that_gives_less)
{
	for (size_t n = 0; n < 8; n++) {
		uint8_t *p = quote4(6, 0, "\x04\0\0\x50\1\2\3\4", n);
		struct wire_quote q = { 0 };

		EQ(wire_quote_ip4(&q, p, 20 + n), 20);
		EQ(q.has_ports, n >= 4);
		OK(!q.has_seq);
		EQ(q.l4_len, n);
		free(p);
	}
}

TEST(each_protocol_gives_what_it_has)
{
	static const struct {
		uint8_t proto;
		const char *l4;
		bool ports, seq, echo;
	} row[] = {
		{ 17, "\x04\0\0\x50\0\x08\0\0", 1, 0, 0 },
		{ 136, "\x04\0\0\x50\0\x08\0\0", 1, 0, 0 },
		{ 1, "\x08\0\0\0\x04\0\0\x50", 0, 0, 1 },
		{ 1, "\0\0\0\0\x04\0\0\x50", 0, 0, 0 }, /* our echo reply */
		{ 58, "\x80\0\0\0\x04\0\0\x50", 0, 0, 0 }, /* not in IPv4 */
		{ 47, "\x04\0\0\x50\0\x08\0\0", 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t *p = quote4(row[i].proto, 0, row[i].l4, 8);
		struct wire_quote q = { 0 };

		EQ(wire_quote_ip4(&q, p, 28), 20);
		EQ(q.has_ports, row[i].ports);
		EQ(q.has_seq, row[i].seq);
		EQ(q.has_echo, row[i].echo);
		if (row[i].ports || row[i].echo) {
			EQ(q.sport, 1024);
			EQ(q.dport, 80);
		}
		free(p);
	}
}

TEST(a_later_fragment_has_no_upper_layer)
{
	uint8_t *p = quote4(6, 8, "\x04\0\0\x50\1\2\3\4", 8);
	struct wire_quote q = { 0 };

	EQ(wire_quote_ip4(&q, p, 28), 20);
	OK(!q.l4 && !q.has_ports && !q.has_seq);
	free(p);
}

TEST(refuses_what_is_no_ipv4_header)
{
	static const struct {
		uint8_t first;
		size_t n;
		int bad;
	} row[] = {
		{ 0x45, 19, WIRE_BAD_SHORT },	{ 0x45, 0, WIRE_BAD_SHORT },
		{ 0x65, 28, WIRE_BAD_VERSION }, { 0x44, 28, WIRE_BAD_HLEN },
		{ 0x48, 28, WIRE_BAD_HLEN },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t full[28] = { row[i].first };
		uint8_t *p = exact(full, row[i].n);
		struct wire_quote q = { 0 };

		EQ(wire_quote_ip4(&q, p, row[i].n), -EINVAL);
		EQ(q.bad, row[i].bad);
		free(p);
	}
}

TEST(ipv6_extension_headers_are_stepped_over)
{
	static const struct {
		uint8_t next;
		const char *bytes;
		size_t n;
		int want, bad;
		bool ports;
	} row[] = {
		{ 17, "\x04\0\0\x50\0\x08\0\0", 8, 40, 0, 1 },
		{ 0, "\x11\0\0\0\0\0\0\0\x04\0\0\x50\0\x08\0\0", 16, 48, 0, 1 },
		{ 44, "\x11\0\0\1\0\0\0\1\x04\0\0\x50\0\x08\0\0", 16, 48, 0,
		  1 },
		/* a later fragment */
		{ 44, "\x11\0\0\x08\0\0\0\1\x04\0\0\x50\0\x08\0\0", 16, 48, 0,
		  0 },
		/* cut inside the chain */
		{ 0, "\x11\0\0\0", 4, -1, WIRE_BAD_CHAIN, 0 },
		{ 43, "\x11\1\0\0\0\0\0\0", 8, -1, WIRE_BAD_CHAIN, 0 },
		{ 17, "", 0, 40, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t *p = quote6(row[i].next, row[i].bytes, row[i].n);
		struct wire_quote q = { 0 };

		EQ(wire_quote_ip6(&q, p, 40 + row[i].n),
		   row[i].want < 0 ? -EINVAL : row[i].want);
		EQ(q.bad, row[i].bad);
		EQ(q.has_ports, row[i].ports);
		if (row[i].want > 0) {
			EQ(q.proto, 17);
			EQ(q.len, 1500);
			MEM(q.dst, v6, 16);
		}
		free(p);
	}
}

TEST(an_ipv6_echo_gives_its_id)
{
	uint8_t *p = quote6(58, "\x80\0\0\0\x04\0\0\x50", 8);
	struct wire_quote q = { 0 };

	EQ(wire_quote_ip6(&q, p, 48), 40);
	OK(q.has_echo);
	EQ(q.sport, 1024);
	EQ(q.dport, 80);
	free(p);
}

TEST(at_most_eight_headers_are_followed)
{
	uint8_t bytes[80], *p;
	struct wire_quote q = { 0 };

	memset(bytes, 0, sizeof(bytes));
	for (int i = 0; i < 10; i++)
		bytes[i * 8] = 60;
	p = quote6(60, bytes, 80);
	EQ(wire_quote_ip6(&q, p, 120), -EINVAL);
	EQ(q.bad, WIRE_BAD_LIMIT);
	free(p);
}

TEST(refuses_what_is_no_ipv6_header)
{
	for (size_t n = 0; n < 40; n++) {
		uint8_t full[40] = { 0x60 };
		uint8_t *p = exact(full, n);
		struct wire_quote q = { 0 };

		EQ(wire_quote_ip6(&q, p, n), -EINVAL);
		EQ(q.bad, WIRE_BAD_SHORT);
		free(p);
	}
}

TESTS(CASE(eight_bytes_of_tcp_give_ports_and_sequence_number),
      CASE(less_than_that_gives_less), CASE(each_protocol_gives_what_it_has),
      CASE(a_later_fragment_has_no_upper_layer),
      CASE(refuses_what_is_no_ipv4_header),
      CASE(ipv6_extension_headers_are_stepped_over),
      CASE(an_ipv6_echo_gives_its_id), CASE(at_most_eight_headers_are_followed),
      CASE(refuses_what_is_no_ipv6_header))
