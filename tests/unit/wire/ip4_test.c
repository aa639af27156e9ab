/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/ip4.h"

static const uint8_t here[4] = { 10, 0, 0, 1 };
static const uint8_t there[4] = { 10, 0, 0, 2 };

/* A header of 20 bytes + @opts_len options, total length 100. */
static size_t build(uint8_t out[60], const void *opts, size_t opts_len)
{
	struct wire_ip4 f = { .src = here,
			      .dst = there,
			      .len = 100,
			      .id = 0xbeef,
			      .ttl = 64,
			      .tos = 0x12,
			      .proto = WIRE_PROTO_UDP,
			      .df = true };
	int n = wire_ip4_emit(out, 60, &f, opts, opts_len);

	OK(n > 0);
	return (size_t)n;
}

TEST(reads_what_it_wrote)
{
	uint8_t p[60];
	struct wire_ip4 f = { 0 };

	EQ(build(p, NULL, 0), 20);
	EQ(wire_ip4_parse(&f, p, 20, 100), 20);
	EQ(f.hlen, 20);
	EQ(f.tos, 0x12);
	EQ(f.len, 100);
	EQ(f.id, 0xbeef);
	EQ(f.ttl, 64);
	EQ(f.proto, WIRE_PROTO_UDP);
	OK(f.df && !f.mf && f.frag_off == 0);
	MEM(f.src, here, 4);
	MEM(f.dst, there, 4);
}

/* The bytes stand in many textbooks: checksum b861. */
TEST(sums_the_textbook_header)
{
	uint8_t p[20] = "\x45\x00\x00\x73\x00\x00\x40\x00\x40\x11\x00\x00"
			"\xc0\xa8\x00\x01\xc0\xa8\x00\xc7";

	EQ(wire_ip4_csum(p, 20), 0xb861);
	wire_be_put16(p + 10, 0xb861);
	EQ(wire_ip4_csum(p, 20), 0);
	p[8]--;
	OK(wire_ip4_csum(p, 20) != 0);
}

TEST(emits_a_checksum_that_verifies)
{
	uint8_t p[60];
	size_t n = build(p, "\x94\x04\x00\x00", 4);

	EQ(n, 24);
	EQ(wire_ip4_csum(p, n), 0);
}

TEST(refuses_each_way_a_header_can_lie)
{
	static const struct {
		uint8_t first; /* version and header length */
		uint16_t len; /* total length */
		size_t n, pkt; /* bytes at hand, bytes in the packet */
		int want, bad;
	} row[] = {
		{ 0x45, 100, 20, 100, 20, 0 },
		{ 0x45, 100, 19, 100, -EINVAL, WIRE_BAD_SHORT },
		{ 0x55, 100, 20, 100, -EINVAL, WIRE_BAD_VERSION },
		{ 0x65, 100, 20, 100, -EINVAL, WIRE_BAD_VERSION },
		{ 0x44, 100, 20, 100, -EINVAL, WIRE_BAD_HLEN },
		{ 0x40, 100, 20, 100, -EINVAL, WIRE_BAD_HLEN },
		/* options that are not at hand */
		{ 0x46, 100, 23, 100, -EINVAL, WIRE_BAD_HLEN },
		{ 0x46, 100, 24, 100, 24, 0 },
		{ 0x4f, 100, 60, 100, 60, 0 },
		/* total length below the header: CVE-2020-11896's class */
		{ 0x45, 19, 20, 100, -EINVAL, WIRE_BAD_LEN },
		{ 0x46, 23, 24, 100, -EINVAL, WIRE_BAD_LEN },
		{ 0x45, 0, 20, 100, -EINVAL, WIRE_BAD_LEN },
		{ 0x45, 20, 20, 100, 20, 0 },
		/* past the packet */
		{ 0x45, 101, 20, 100, -EINVAL, WIRE_BAD_LEN },
		{ 0x45, 65535, 60, 60, -EINVAL, WIRE_BAD_LEN },
		/* padded by Ethernet */
		{ 0x45, 40, 46, 46, 20, 0 },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t full[60] = { 0 };
		struct wire_ip4 f = { 0 };
		uint8_t *p;

		build(full, NULL, 0);
		full[0] = row[i].first;
		wire_be_put16(full + 2, row[i].len);
		p = exact(full, row[i].n);
		EQ(wire_ip4_parse(&f, p, row[i].n, row[i].pkt), row[i].want);
		EQ(f.bad, row[i].bad);
		free(p);
	}
}

TEST(refuses_every_shorter_header)
{
	for (size_t n = 0; n < 20; n++) {
		uint8_t full[60];
		struct wire_ip4 f = { 0 };
		uint8_t *p;

		build(full, NULL, 0);
		p = exact(full, n);
		EQ(wire_ip4_parse(&f, p, n, 100), -EINVAL);
		EQ(f.bad, WIRE_BAD_SHORT);
		free(p);
	}
}

TEST(random_headers_survive_the_way_there_and_back)
{
	struct rnd r = rnd_new();

	for (int i = 0; i < 20000; i++) {
		uint8_t src[4], dst[4], opts[40], p[60];
		size_t opts_len = rnd_below(&r, 41);
		struct wire_ip4 f = { .src = src, .dst = dst }, g = { 0 };
		int n;

		rnd_fill(&r, src, 4);
		rnd_fill(&r, dst, 4);
		rnd_fill(&r, opts, opts_len);
		f.len = (uint16_t)(60 + rnd_below(&r, 65476));
		f.id = (uint16_t)rnd_u64(&r);
		f.frag_off = (uint16_t)(rnd_below(&r, 8192) * 8);
		f.tos = (uint8_t)rnd_u64(&r);
		f.ttl = (uint8_t)rnd_u64(&r);
		f.proto = (uint8_t)rnd_u64(&r);
		f.df = rnd_u64(&r) & 1;
		f.mf = rnd_u64(&r) & 1;
		n = wire_ip4_emit(p, sizeof(p), &f, opts, opts_len);
		EQ(n, 20 + (opts_len + 3) / 4 * 4);
		EQ(wire_ip4_csum(p, (size_t)n), 0);
		EQ(wire_ip4_parse(&g, p, (size_t)n, 65535), n);
		OK(g.len == f.len && g.id == f.id && g.tos == f.tos);
		OK(g.ttl == f.ttl && g.proto == f.proto);
		OK(g.frag_off == f.frag_off && g.df == f.df && g.mf == f.mf);
		MEM(g.src, src, 4);
		MEM(g.dst, dst, 4);
		MEM(p + 20, opts, opts_len);
	}
}

TEST(emits_nothing_that_cannot_be_spelled)
{
	struct wire_ip4 f = { .src = here, .dst = there, .len = 20 };
	uint8_t p[80], opts[41] = { 0 };

	EQ(wire_ip4_emit(p, 19, &f, NULL, 0), -ENOBUFS);
	EQ(wire_ip4_emit(p, 80, &f, NULL, 0), 20);
	EQ(wire_ip4_emit(p, 80, &f, opts, 1), -EINVAL); /* total too small */
	f.len = 100;
	EQ(wire_ip4_emit(p, 23, &f, opts, 1), -ENOBUFS);
	EQ(wire_ip4_emit(p, 24, &f, opts, 1), 24);
	EQ(wire_ip4_emit(p, 80, &f, opts, 41), -EINVAL);
	f.frag_off = 12;
	EQ(wire_ip4_emit(p, 80, &f, NULL, 0), -EINVAL);
}

/* Options, and what Parameter Problem would point at. */
static const struct {
	const char *opts;
	size_t n;
	int want, pointer, bad;
} opt_row[] = {
	{ "\x01\x01\x01\x00", 4, 0, 0, 0 },
	/* END hides what follows */
	{ "\x00\x07\x00\x00", 4, 0, 0, 0 },
	/* unknown: skipped (RFC 1122 3.2.1.8) */
	{ "\x5e\x04\xaa\xbb", 4, 0, 0, 0 },
	{ "\x5e\x02\x01\x00", 4, 0, 0, 0 },
	/* length 0, 1, past the end, missing */
	{ "\x5e\x00\x00\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
	{ "\x5e\x01\x00\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
	{ "\x5e\x05\x00\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
	{ "\x01\x01\x01\x07", 4, -EINVAL, 23, WIRE_BAD_OPT_LEN },
	{ "\x01\x5e\xff\x00", 4, -EINVAL, 22, WIRE_BAD_OPT_LEN },
	/* Record Route: one slot, full, pointer inside itself, cut slot */
	{ "\x07\x07\x04\0\0\0\0\x00", 8, 0, 0, 0 },
	{ "\x07\x07\x08\0\0\0\0\x00", 8, 0, 0, 0 },
	{ "\x07\x07\x03\0\0\0\0\x00", 8, -EINVAL, 22, WIRE_BAD_OPT },
	{ "\x07\x07\x05\0\0\0\0\x00", 8, -EINVAL, 22, WIRE_BAD_OPT },
	{ "\x07\x02\x04\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
	{ "\x07\x03\x04\x07\x03\x04\x00\x00", 8, -EINVAL, 23, WIRE_BAD_OPT },
	/* source routes, alone and together */
	{ "\x83\x07\x04\0\0\0\0\x00", 8, 0, 0, 0 },
	{ "\x89\x07\x08\0\0\0\0\x00", 8, 0, 0, 0 },
	{ "\x83\x03\x04\x89\x03\x04\x00\x00", 8, -EINVAL, 23, WIRE_BAD_OPT },
	{ "\x89\x03\x00\x00", 4, -EINVAL, 22, WIRE_BAD_OPT },
	{ "\x83\x02\x00\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
	/* timestamps: only, with addresses, prespecified, an unknown flag */
	{ "\x44\x08\x05\x00\0\0\0\0", 8, 0, 0, 0 },
	{ "\x44\x08\x09\x00\0\0\0\0", 8, 0, 0, 0 },
	{ "\x44\x0c\x05\x01\0\0\0\0\0\0\0\0", 12, 0, 0, 0 },
	{ "\x44\x0c\x05\x03\0\0\0\0\0\0\0\0", 12, 0, 0, 0 },
	{ "\x44\x08\x05\x01\0\0\0\0", 8, -EINVAL, 22, WIRE_BAD_OPT },
	{ "\x44\x08\x05\x02\0\0\0\0", 8, -EINVAL, 23, WIRE_BAD_OPT },
	{ "\x44\x08\x04\x00\0\0\0\0", 8, -EINVAL, 22, WIRE_BAD_OPT },
	{ "\x44\x03\x05\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
	{ "\x44\x04\x05\x00\x44\x04\x05\x00", 8, -EINVAL, 24, WIRE_BAD_OPT },
	/* Router Alert */
	{ "\x94\x04\x00\x00", 4, 0, 0, 0 },
	{ "\x94\x03\x00\x00", 4, -EINVAL, 21, WIRE_BAD_OPT_LEN },
};

TEST(checks_options_and_points_at_the_fault)
{
	for (size_t i = 0; i < COUNT(opt_row); i++) {
		uint8_t full[60], *p;
		struct wire_ip4_opts o;
		size_t n = build(full, opt_row[i].opts, opt_row[i].n);

		p = exact(full, n);
		EQ(wire_ip4_opts_parse(&o, p, n), opt_row[i].want);
		EQ(o.bad, opt_row[i].bad);
		EQ(o.pointer, opt_row[i].pointer);
		free(p);
	}
}

TEST(every_option_type_with_every_length_stays_inside)
{
	static const uint8_t types[] = { 7, 68, 131, 137, 148, 94, 0x9e };

	for (size_t t = 0; t < COUNT(types); t++)
		for (unsigned len = 0; len < 256; len++)
			for (unsigned ptr = 0; ptr < 256; ptr++) {
				uint8_t full[60] = { 0x4f }, out[40], *p;
				struct wire_ip4_opts o;
				int ok;

				full[20] = types[t];
				full[21] = (uint8_t)len;
				/* behind an option of 2 bytes: END */
				full[22] = len > 2 ? (uint8_t)ptr : 0;
				p = exact(full, 60);
				ok = wire_ip4_opts_parse(&o, p, 60);
				OK(ok == 0 || (ok == -EINVAL && o.bad));
				OK(ok == 0 || (len < 2 || len > 40 ||
					       t < COUNT(types) - 2));
				OK(wire_ip4_opts_copied(out, p, 60) <= 40);
				if (o.rr)
					wire_ip4_rr_record(p + o.rr, here);
				if (o.ts)
					wire_ip4_ts_record(p + o.ts, here, 1);
				free(p);
			}
}

TEST(finds_where_each_option_stands)
{
	uint8_t p[60];
	struct wire_ip4_opts o;
	size_t n = build(p,
			 "\x94\x04\0\0\x07\x07\x04\0\0\0\0\x01"
			 "\x44\x08\x05\0\0\0\0\0\x89\x07\x04\x0a\0\0\x03\x00",
			 28);

	EQ(wire_ip4_opts_parse(&o, p, n), 0);
	EQ(o.ra, 20);
	EQ(o.rr, 24);
	EQ(o.ts, 32);
	EQ(o.srr, 40);
	OK(o.strict && o.srr_left);
}

TEST(later_fragments_carry_the_copied_options_alone)
{
	uint8_t p[60], out[40];
	size_t n = build(p,
			 "\x07\x07\x04\0\0\0\0\x01"
			 "\x94\x04\0\0\x83\x07\x04\x0a\0\0\x03\x00",
			 20);

	EQ(wire_ip4_opts_copied(out, p, n), 12);
	MEM(out, "\x94\x04\0\0\x83\x07\x04\x0a\0\0\x03\x00", 12);
	n = build(p, "\x07\x07\x04\0\0\0\0\x00", 8);
	EQ(wire_ip4_opts_copied(out, p, n), 0);
}

TEST(records_our_address_until_the_route_is_full)
{
	uint8_t opt[] = { 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0 };

	EQ(wire_ip4_rr_record(opt, here), 1);
	EQ(wire_ip4_rr_record(opt, there), 1);
	EQ(opt[2], 12);
	MEM(opt + 3, "\x0a\0\0\1\x0a\0\0\2", 8);
	EQ(wire_ip4_rr_record(opt, here), 0);
	EQ(opt[2], 12);
}

TEST(stamps_time_until_full_and_counts_who_found_no_room)
{
	uint8_t opt[] = { 68, 8, 5, 0, 0, 0, 0, 0 };

	EQ(wire_ip4_ts_record(opt, here, 0x01020304), 1);
	MEM(opt, "\x44\x08\x09\x00\1\2\3\4", 8);
	for (int i = 0; i < 20; i++)
		EQ(wire_ip4_ts_record(opt, here, 7), 0);
	EQ(opt[3], 0xf0);
}

TEST(stamps_beside_the_address_that_asked)
{
	uint8_t both[] = { 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t asked[] = { 68, 12, 5, 3, 10, 0, 0, 2, 0, 0, 0, 0 };

	EQ(wire_ip4_ts_record(both, here, 9), 1);
	MEM(both + 2, "\x0d\x01\x0a\0\0\1\0\0\0\x09", 10);
	EQ(wire_ip4_ts_record(asked, here, 9), 0); /* not us */
	EQ(asked[2], 5);
	EQ(wire_ip4_ts_record(asked, there, 9), 1);
	MEM(asked + 2, "\x0d\x03\x0a\0\0\2\0\0\0\x09", 10);
}

TESTS(CASE(reads_what_it_wrote), CASE(sums_the_textbook_header),
      CASE(emits_a_checksum_that_verifies),
      CASE(refuses_each_way_a_header_can_lie),
      CASE(refuses_every_shorter_header),
      CASE(random_headers_survive_the_way_there_and_back),
      CASE(emits_nothing_that_cannot_be_spelled),
      CASE(checks_options_and_points_at_the_fault),
      CASE(every_option_type_with_every_length_stays_inside),
      CASE(finds_where_each_option_stands),
      CASE(later_fragments_carry_the_copied_options_alone),
      CASE(records_our_address_until_the_route_is_full),
      CASE(stamps_time_until_full_and_counts_who_found_no_room),
      CASE(stamps_beside_the_address_that_asked))
