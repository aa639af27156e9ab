/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/ip6.h"

static const uint8_t here[16] = { 0xfd, 0x99, [15] = 1 };
static const uint8_t there[16] = { 0xfd, 0x99, [15] = 2 };

TEST(random_headers_survive_the_way_there_and_back)
{
	struct rnd r = rnd_new();

	for (int i = 0; i < 20000; i++) {
		struct wire_ip6 f = { .src = here, .dst = there }, g = { 0 };
		uint8_t p[40];

		f.flow = (uint32_t)rnd_u64(&r) & 0xfffff;
		f.tclass = (uint8_t)rnd_u64(&r);
		f.plen = (uint16_t)rnd_u64(&r);
		f.next = (uint8_t)rnd_u64(&r);
		f.hops = (uint8_t)rnd_u64(&r);
		EQ(wire_ip6_emit(p, 39, &f), -ENOBUFS);
		EQ(wire_ip6_emit(p, 40, &f), 40);
		EQ(wire_ip6_parse(&g, p, 40, 40 + (size_t)f.plen), 40);
		OK(g.flow == f.flow && g.tclass == f.tclass);
		OK(g.plen == f.plen && g.next == f.next && g.hops == f.hops);
		MEM(g.src, here, 16);
		MEM(g.dst, there, 16);
	}
}

TEST(refuses_each_way_the_fixed_header_can_lie)
{
	static const struct {
		uint8_t first;
		uint16_t plen;
		size_t n, pkt;
		int want, bad;
	} row[] = {
		{ 0x60, 10, 40, 50, 40, 0 },
		{ 0x60, 10, 39, 50, -EINVAL, WIRE_BAD_SHORT },
		{ 0x60, 10, 0, 50, -EINVAL, WIRE_BAD_SHORT },
		{ 0x40, 10, 40, 50, -EINVAL, WIRE_BAD_VERSION },
		{ 0x70, 10, 40, 50, -EINVAL, WIRE_BAD_VERSION },
		{ 0x60, 11, 40, 50, -EINVAL, WIRE_BAD_LEN },
		{ 0x60, 65535, 40, 50, -EINVAL, WIRE_BAD_LEN },
		{ 0x60, 0, 40, 46, 40, 0 }, /* padded */
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t full[40] = { 0 }, *p;
		struct wire_ip6 f = { 0 };

		full[0] = row[i].first;
		wire_be_put16(full + 4, row[i].plen);
		p = exact(full, row[i].n);
		EQ(wire_ip6_parse(&f, p, row[i].n, row[i].pkt), row[i].want);
		EQ(f.bad, row[i].bad);
		free(p);
	}
}

/* A packet: the fixed header with Next Header @next, then @n bytes. */
static uint8_t *packet(uint8_t next, const void *bytes, size_t n)
{
	struct wire_ip6 f = { .src = here,
			      .dst = there,
			      .plen = (uint16_t)n,
			      .next = next,
			      .hops = 64 };
	uint8_t *p = malloc(40 + n);

	if (!p)
		abort();
	wire_ip6_emit(p, 40, &f);
	memcpy(p + 40, bytes, n);
	return p;
}

#define Z8 "\0\0\0\0\0\0\0\0"
#define PADN(next) next "\x00\x01\x04\0\0\0\0"
#define UDP8 "\x04\x00\x00\x35\x00\x08\0\0"

enum {
	DROP = WIRE_IP6_DROP,
	ALL = WIRE_IP6_PROBLEM,
	UNI = WIRE_IP6_PROBLEM_UNICAST,
};

static const struct {
	uint8_t next;
	const char *bytes;
	size_t n;
	int want; /* offset of the upper layer */
	int todo, code, pointer, bad;
	uint8_t upper;
} chain[] = {
	/* the upper layer follows at once */
	{ 17, UDP8, 8, 40, 0, 0, 0, 0, 17 },
	{ 59, "", 0, 40, 0, 0, 0, 0, 59 },
	{ 51, Z8, 8, 40, 0, 0, 0, 0, 51 }, /* AH is an upper layer here */
	/* hop-by-hop with padding, then UDP */
	{ 0, PADN("\x11") UDP8, 16, 48, 0, 0, 0, 0, 17 },
	{ 0, "\x11\0\0\0\0\0\0\0" UDP8, 16, 48, 0, 0, 0, 0, 17 },
	/* hop-by-hop, destination, routing without segments left, UDP */
	{ 0, PADN("\x3c") PADN("\x2b") "\x11\0\x02\0\0\0\0\0" UDP8, 32, 64, 0,
	  0, 0, 0, 17 },
	/* a second hop-by-hop header, and one behind another header */
	{ 0, PADN("\x00") PADN("\x11") UDP8, 24, -1, UNI, 1, 40, WIRE_BAD_NEXT,
	  0 },
	{ 60, PADN("\x00") PADN("\x11") UDP8, 24, -1, UNI, 1, 40, WIRE_BAD_NEXT,
	  0 },
	/* options: unknown, by their action bits */
	{ 0, "\x11\0\x1e\x04\0\0\0\0" UDP8, 16, 48, 0, 0, 0, 0, 17 },
	{ 0, "\x11\0\x5e\x04\0\0\0\0" UDP8, 16, -1, DROP, 0, 0, WIRE_BAD_OPT,
	  0 },
	{ 0, "\x11\0\x9e\x04\0\0\0\0" UDP8, 16, -1, ALL, 2, 42, WIRE_BAD_OPT,
	  0 },
	{ 60, "\x11\0\x00\xde\x03\0\0\0" UDP8, 16, -1, UNI, 2, 43, WIRE_BAD_OPT,
	  0 },
	/* jumbo payload is not ours: its bits say 11 */
	{ 0, "\x11\0\xc2\x04\0\1\0\0" UDP8, 16, -1, UNI, 2, 42, WIRE_BAD_OPT,
	  0 },
	/* an option past its header, one cut after its type */
	{ 0, "\x11\0\x1e\x05\0\0\0\0" UDP8, 16, -1, UNI, 0, 43,
	  WIRE_BAD_OPT_LEN, 0 },
	{ 0, "\x11\0\x1e\x03\0\0\0\x1e" UDP8, 16, -1, UNI, 0, 47,
	  WIRE_BAD_OPT_LEN, 0 },
	/* padding: not zero, more than 7 in a row */
	{ 0, "\x11\0\x01\x04\0\0\1\0" UDP8, 16, -1, DROP, 0, 0, WIRE_BAD_OPT,
	  0 },
	{ 0, "\x11\1\x01\x06\0\0\0\0\0\0\x1e\x04\0\0\0\0" UDP8, 24, -1, DROP, 0,
	  0, WIRE_BAD_OPT, 0 },
	{ 0, "\x11\1\x01\x05\0\0\0\0\0\x1e\x05\0\0\0\0\0" UDP8, 24, 56, 0, 0, 0,
	  0, 17 },
	/* nine options */
	{ 0,
	  "\x11\2\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0"
	  "\x01\x02\0\0" UDP8,
	  32, -1, DROP, 0, 0, WIRE_BAD_LIMIT, 0 },
	/* router alert: fine, of a wrong length, in the wrong header */
	{ 0, "\x3a\0\x05\x02\0\0\x01\0\x80\0\0\0\0\0\0\0", 16, 48, 0, 0, 0, 0,
	  58 },
	{ 0, "\x3a\0\x05\x01\0\x01\x01\0" Z8, 16, -1, DROP, 0, 0, WIRE_BAD_OPT,
	  0 },
	{ 60, "\x3a\0\x05\x02\0\0\x01\0" Z8, 16, -1, DROP, 0, 0, WIRE_BAD_OPT,
	  0 },
	/* routing headers with segments left: type 0 and another */
	{ 43, "\x11\2\0\1\0\0\0\0" Z8 Z8 UDP8, 32, -1, UNI, 0, 42,
	  WIRE_BAD_ROUTING, 0 },
	{ 43, "\x11\2\4\1\0\0\0\0" Z8 Z8 UDP8, 32, -1, UNI, 0, 42,
	  WIRE_BAD_ROUTING, 0 },
	{ 43, "\x11\2\0\0\0\0\0\0" Z8 Z8 UDP8, 32, 64, 0, 0, 0, 0, 17 },
	/* a chain past the end: header, its length, mid-option */
	{ 0, "\x11\0\0\0", 4, -1, DROP, 0, 0, WIRE_BAD_CHAIN, 0 },
	{ 43, "\x11\xff\0\0\0\0\0\0" Z8, 16, -1, DROP, 0, 0, WIRE_BAD_CHAIN,
	  0 },
	{ 0, "\x11\1\x1e\x04\0\0\0\0", 8, -1, DROP, 0, 0, WIRE_BAD_CHAIN, 0 },
	/* fragments: atomic, first, later, nested */
	{ 44, "\x11\0\0\0\0\0\0\7" UDP8, 16, 48, 0, 0, 0, 0, 17 },
	{ 44, "\x11\0\0\1\0\0\0\7" UDP8, 16, 48, 0, 0, 0, 0, 17 },
	{ 44, "\x11\0\0\x09\0\0\0\7" Z8, 16, 48, 0, 0, 0, 0, 17 },
	{ 44,
	  "\x2c\0\0\0\0\0\0\7"
	  "\x11\0\0\0\0\0\0\7" UDP8,
	  24, -1, DROP, 0, 0, WIRE_BAD_NEXT, 0 },
	/* a later fragment's data is not read as a header */
	{ 44,
	  "\x00\0\0\x09\0\0\0\7"
	  "\xff\xff\xff\xff\xff\xff\xff\xff",
	  16, 48, 0, 0, 0, 0, 0 },
	/* a fragment, not the last, of a length that is no multiple of 8 */
	{ 44, "\x11\0\0\1\0\0\0\7" UDP8 "x", 17, -1, UNI, 0, 4, WIRE_BAD_FRAG,
	  0 },
	/* the last one of any length */
	{ 44, "\x11\0\0\x08\0\0\0\7" UDP8 "x", 17, 48, 0, 0, 0, 0, 17 },
	/* a piece that would reach past 65535 */
	{ 44, "\x11\0\xff\xf8\0\0\0\7" Z8, 16, -1, UNI, 0, 42, WIRE_BAD_FRAG,
	  0 },
	{ 44, "\x11\0\xff\xf0\0\0\0\7" Z8, 16, 48, 0, 0, 0, 0, 17 },
	/* first fragments without the whole chain: RFC 7112 */
	{ 44,
	  "\x3c\0\0\1\0\0\0\7"
	  "\x11\1\x1e\x04\0\0\0\0",
	  16, -1, UNI, 3, 0, WIRE_BAD_CHAIN, 0 },
	{ 44, "\x06\0\0\1\0\0\0\7" Z8, 16, -1, UNI, 3, 0, WIRE_BAD_CHAIN, 0 },
	{ 44, "\x11\0\0\1\0\0\0\7", 8, -1, UNI, 3, 0, WIRE_BAD_CHAIN, 0 },
	/* TCP in a first fragment: its options count too */
	{ 44, "\x06\0\0\1\0\0\0\7" Z8 "\0\0\0\0\x60\0\0\0" Z8, 32, 48, 0, 0, 0,
	  0, 6 },
	{ 44, "\x06\0\0\1\0\0\0\7" Z8 "\0\0\0\0\x70\0\0\0" Z8, 32, -1, UNI, 3,
	  0, WIRE_BAD_CHAIN, 0 },
};

TEST(follows_the_chain_and_says_what_to_do_with_a_bad_one)
{
	for (size_t i = 0; i < COUNT(chain); i++) {
		size_t n = 40 + chain[i].n;
		uint8_t *p = packet(chain[i].next, chain[i].bytes, chain[i].n);
		struct wire_ip6_chain c = { 0 };
		int got = wire_ip6_walk(&c, p, n, n, &WIRE_IP6_LIMITS);

		EQ(got, chain[i].want < 0 ? -EINVAL : chain[i].want);
		EQ(c.bad, chain[i].bad);
		EQ(c.todo, chain[i].todo);
		EQ(c.code, chain[i].code);
		EQ(c.pointer, chain[i].pointer);
		if (got > 0) {
			EQ(c.next, chain[i].upper);
			EQ(p[c.next_at], c.next);
			EQ(c.off, got);
		}
		free(p);
	}
}

/* The whole packet is 40 + n long, but only part of it is at hand. */
TEST(asks_for_the_bytes_that_it_lacks)
{
	for (size_t i = 0; i < COUNT(chain); i++) {
		size_t end = 40 + chain[i].n, have = 40;
		uint8_t *p = packet(chain[i].next, chain[i].bytes, chain[i].n);
		struct wire_ip6_chain c = { 0 };
		int got, turns = 0;

		for (;;) {
			uint8_t *part = exact(p, have);

			got = wire_ip6_walk(&c, part, have, end,
					    &WIRE_IP6_LIMITS);
			free(part);
			if (got > 0 || c.todo != WIRE_IP6_PULL)
				break;
			EQ(c.bad, WIRE_BAD_SHORT);
			OK(c.need > have && c.need <= end);
			have = c.need;
			OK(++turns < 20);
		}
		EQ(got, chain[i].want < 0 ? -EINVAL : chain[i].want);
		EQ(c.bad, chain[i].bad);
		EQ(c.pointer, chain[i].pointer);
		free(p);
	}
}

TEST(says_where_each_header_stands)
{
	static const uint8_t bytes[] = "\x3c\0\x05\x02\0\x02\x01\0" PADN(
		"\x2b") "\x2c\0\0\0\0\0\0\0"
			"\x3c\0\x01\x00\xde\xad\xbe\xef" PADN("\x11") Z8;
	uint8_t *p = packet(0, bytes, sizeof(bytes) - 1);
	struct wire_ip6_chain c = { 0 };

	EQ(wire_ip6_walk(&c, p, 88, 88, &WIRE_IP6_LIMITS), 72);
	EQ(c.next, 60);
	EQ(c.hbh, 40);
	EQ(c.dst, 48);
	EQ(c.routing, 56);
	OK(c.rh0);
	EQ(c.frag, 64);
	EQ(c.frag_next_at, 56);
	EQ(c.frag_off, 256);
	EQ(c.frag_id, 0xdeadbeef);
	OK(!c.more);
	EQ(c.router_alert, 2);
	p[67] = 1; /* offset 0, more: the first one, and the walk goes on */
	p[66] = 0;
	EQ(wire_ip6_walk(&c, p, 88, 88, &WIRE_IP6_LIMITS), 80);
	EQ(c.dst, 72);
	EQ(c.next, 17);
	OK(c.more);
	free(p);
}

TEST(a_hundred_headers_are_not_followed)
{
	uint8_t bytes[808];
	uint8_t *p;
	struct wire_ip6_chain c = { 0 };

	for (int i = 0; i < 100; i++)
		memcpy(bytes + i * 8, PADN("\x3c"), 8);
	memcpy(bytes + 800, PADN("\x11"), 8);
	p = packet(60, bytes, sizeof(bytes));
	EQ(wire_ip6_walk(&c, p, 848, 848, &WIRE_IP6_LIMITS), -EINVAL);
	EQ(c.todo, WIRE_IP6_DROP);
	EQ(c.bad, WIRE_BAD_LIMIT);
	EQ(c.off, 40 + 8 * 8);
	free(p);
}

TEST(a_header_longer_than_its_limit_is_dropped)
{
	uint8_t bytes[2064] = { 17, 255 };
	uint8_t *p = packet(60, bytes, sizeof(bytes));
	struct wire_ip6_limits lim = WIRE_IP6_LIMITS;
	struct wire_ip6_chain c = { 0 };

	bytes[2] = 0x1e; /* 2046 bytes of options that are skipped */
	lim.max_dst_len = 2040;
	EQ(wire_ip6_walk(&c, p, 2104, 2104, &lim), -EINVAL);
	EQ(c.bad, WIRE_BAD_LIMIT);
	p[40 + 1] = 254;
	memset(p + 42, 0, 2046);
	for (int at = 42; at < 40 + 2040; at += 255)
		memcpy(p + at, "\x1e\xfd", 2);
	p[42 + 255 * 7 + 1] = 251;
	EQ(wire_ip6_walk(&c, p, 2104, 2104, &lim), 2080);
	free(p);
}

TEST(every_option_type_with_every_length_stays_inside)
{
	for (unsigned type = 0; type < 256; type++)
		for (unsigned len = 0; len < 256; len++) {
			uint8_t bytes[24] = { 17, 1, (uint8_t)type,
					      (uint8_t)len };
			struct wire_ip6_chain c = { 0 };
			uint8_t *p = packet(0, bytes, sizeof(bytes));
			int got =
				wire_ip6_walk(&c, p, 64, 64, &WIRE_IP6_LIMITS);

			OK(got == 56 || (got == -EINVAL && c.bad));
			if (len > 12 && type != 0)
				EQ(c.bad, WIRE_BAD_OPT_LEN);
			free(p);
		}
}

TEST(random_chains_stay_inside_and_end)
{
	static const uint8_t nexts[] = { 0, 60, 43, 44, 17, 6, 58, 59 };
	struct rnd r = rnd_new();

	for (int i = 0; i < 100000; i++) {
		uint8_t bytes[96], *p;
		size_t n = rnd_below(&r, 97);
		struct wire_ip6_chain c = { 0 };
		int got;

		rnd_fill(&r, bytes, n);
		for (size_t at = 0; at + 1 < n; at += 8) {
			bytes[at] = nexts[rnd_below(&r, 8)];
			bytes[at + 1] = (uint8_t)rnd_below(&r, 3);
		}
		p = packet(nexts[rnd_below(&r, 4)], bytes, n);
		got = wire_ip6_walk(&c, p, 40 + n, 40 + n, &WIRE_IP6_LIMITS);
		if (got < 0) {
			OK(c.bad && c.todo && c.todo != WIRE_IP6_PULL);
			OK(c.todo == WIRE_IP6_DROP || c.pointer < 40 + n);
		} else {
			OK(got >= 40 && (size_t)got <= 40 + n);
			EQ(p[c.next_at], c.next);
		}
		free(p);
	}
}

TEST(writes_a_fragment_header)
{
	uint8_t p[8];

	EQ(wire_ip6_frag_emit(p, 7, 17, 0, true, 1), -ENOBUFS);
	EQ(wire_ip6_frag_emit(p, 8, 17, 12, true, 1), -EINVAL);
	EQ(wire_ip6_frag_emit(p, 8, 17, 1448, true, 0x01020304), 8);
	MEM(p, "\x11\0\x05\xa9\1\2\3\4", 8);
	EQ(wire_ip6_frag_emit(p, 8, 6, 8, false, 0), 8);
	MEM(p, "\x06\0\0\x08\0\0\0\0", 8);
}

TEST(tcp_udp_and_icmp_need_no_walk)
{
	OK(wire_ip6_is_plain(6) && wire_ip6_is_plain(17));
	OK(wire_ip6_is_plain(58) && !wire_ip6_is_plain(0));
	OK(!wire_ip6_is_plain(44) && !wire_ip6_is_plain(60));
}

TESTS(CASE(random_headers_survive_the_way_there_and_back),
      CASE(refuses_each_way_the_fixed_header_can_lie),
      CASE(follows_the_chain_and_says_what_to_do_with_a_bad_one),
      CASE(asks_for_the_bytes_that_it_lacks),
      CASE(says_where_each_header_stands),
      CASE(a_hundred_headers_are_not_followed),
      CASE(a_header_longer_than_its_limit_is_dropped),
      CASE(every_option_type_with_every_length_stays_inside),
      CASE(random_chains_stay_inside_and_end), CASE(writes_a_fragment_header),
      CASE(tcp_udp_and_icmp_need_no_walk))
