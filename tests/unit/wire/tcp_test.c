/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/tcp.h"

/* 20 bytes: 1024 > 80, seq 0x01020304, ack 0x05060708, [S.], win 65535 */
static const uint8_t plain[20] = "\x04\x00\x00\x50\x01\x02\x03\x04"
				 "\x05\x06\x07\x08\x50\x12\xff\xff"
				 "\xab\xcd\x00\x09";

/* The header @plain with @n bytes of options (a multiple of 4). */
static size_t with_opts(uint8_t out[60], const void *opts, size_t n)
{
	memcpy(out, plain, 20);
	memcpy(out + 20, opts, n);
	out[12] = (uint8_t)((20 + n) / 4 << 4);
	return 20 + n;
}

/* Parse exactly-sized options; pointers in @f stay behind: only facts. */
static int parse_opts(struct wire_tcp *f, const void *opts, size_t n)
{
	static uint8_t full[60];
	size_t len = with_opts(full, opts, n);
	uint8_t *p = exact(full, len);
	int hlen = wire_tcp_parse(f, p, len);

	free(p);
	return hlen;
}

TEST(reads_the_fixed_header)
{
	uint8_t *p = exact(plain, 20);
	struct wire_tcp f = { 0 };

	EQ(wire_tcp_parse(&f, p, 20), 20);
	EQ(f.sport, 1024);
	EQ(f.dport, 80);
	EQ(f.seq, 0x01020304);
	EQ(f.ack, 0x05060708);
	EQ(f.flags, WIRE_TCP_SYN | WIRE_TCP_ACK);
	EQ(f.wnd, 65535);
	EQ(f.csum, 0xabcd);
	EQ(f.urg, 9);
	EQ(f.opts, 0);
	free(p);
}

TEST(reads_all_nine_flags_and_no_reserved_bit)
{
	uint8_t p[20];
	struct wire_tcp f = { 0 };

	memcpy(p, plain, 20);
	p[12] = 0x5f;
	p[13] = 0xff;
	EQ(wire_tcp_parse(&f, p, 20), 20);
	EQ(f.flags, 0x1ff);
}

TEST(accepts_a_data_offset_only_inside_the_segment)
{
	for (unsigned doff = 0; doff < 16; doff++)
		for (size_t n = 0; n <= 64; n++) {
			uint8_t full[64] = { 0 }, *p;
			bool ok = doff >= 5 && doff * 4 <= n;
			struct wire_tcp f = { 0 };

			memcpy(full, plain, 20);
			full[12] = (uint8_t)(doff << 4);
			memset(full + 20, 1, 44);
			p = exact(full, n);
			EQ(wire_tcp_parse(&f, p, n),
			   ok ? (int)doff * 4 : -EINVAL);
			EQ(f.bad, ok	   ? 0
				  : n < 20 ? WIRE_BAD_SHORT
					   : WIRE_BAD_HLEN);
			free(p);
		}
}

TEST(reads_aligned_timestamps_like_any_others)
{
	struct wire_tcp f = { 0 }, g = { 0 };

	parse_opts(&f, "\x01\x01\x08\x0a\1\2\3\4\5\6\7\x08", 12);
	parse_opts(&g, "\x08\x0a\1\2\3\4\5\6\7\x08\x01\x01", 12);
	EQ(f.opts, WIRE_TCP_OPT_TS);
	EQ(g.opts, WIRE_TCP_OPT_TS);
	EQ(f.tsval, 0x01020304);
	EQ(g.tsval, 0x01020304);
	EQ(f.tsecr, 0x05060708);
	EQ(g.tsecr, 0x05060708);
}

TEST(reads_a_linux_syn)
{
	struct wire_tcp f = { 0 };

	EQ(parse_opts(&f,
		      "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\1\0\0\0\0"
		      "\x01\x03\x03\x07",
		      20),
	   40);
	EQ(f.opts, WIRE_TCP_OPT_MSS | WIRE_TCP_OPT_SACKOK | WIRE_TCP_OPT_TS |
			   WIRE_TCP_OPT_WSCALE);
	EQ(f.mss, 1460);
	EQ(f.tsval, 1);
	EQ(f.tsecr, 0);
	EQ(f.wscale, 7);
}

TEST(a_scale_over_fourteen_counts_as_fourteen)
{
	for (unsigned v = 0; v < 256; v++) {
		uint8_t opts[4] = { 3, 3, (uint8_t)v, 0 };
		struct wire_tcp f = { 0 };

		parse_opts(&f, opts, 4);
		EQ(f.opts, WIRE_TCP_OPT_WSCALE);
		EQ(f.wscale, v > 14 ? 14 : v);
	}
}

TEST(reads_up_to_four_sack_blocks)
{
	for (unsigned n = 1; n <= 4; n++) {
		uint8_t opts[40] = { 5, (uint8_t)(2 + 8 * n) };
		struct wire_tcp f = { 0 };

		for (unsigned i = 0; i < n; i++) {
			wire_be_put32(opts + 2 + i * 8, 100 + i);
			wire_be_put32(opts + 6 + i * 8, 200 + i);
		}
		parse_opts(&f, opts, 40);
		EQ(f.opts, WIRE_TCP_OPT_SACK);
		EQ(f.n_sack, n);
		for (unsigned i = 0; i < n; i++) {
			EQ(f.sack[i].left, 100 + i);
			EQ(f.sack[i].right, 200 + i);
		}
	}
}

/* What each kind makes of each length, when that many bytes are there. */
static unsigned opts_of(unsigned kind, unsigned len)
{
	bool cookie = len == 2 || (len >= 6 && len <= 18 && !(len & 1));
	bool exp_cookie = len == 4 || (len >= 8 && len <= 20 && !(len & 1));

	switch (kind) {
	case 2:
		return len == 4 ? WIRE_TCP_OPT_MSS : 0;
	case 3:
		return len == 3 ? WIRE_TCP_OPT_WSCALE : 0;
	case 4:
		return len == 2 ? WIRE_TCP_OPT_SACKOK : 0;
	case 5:
		return len >= 10 && len % 8 == 2 ? WIRE_TCP_OPT_SACK : 0;
	case 8:
		return len == 10 ? WIRE_TCP_OPT_TS : 0;
	case 19:
		return len == 18 ? WIRE_TCP_OPT_MD5 : 0;
	case 28:
		return len == 4 ? WIRE_TCP_OPT_UTO : 0;
	case 29:
		return len >= 4 ? WIRE_TCP_OPT_AO : 0;
	case 34:
		return cookie ? WIRE_TCP_OPT_FO : 0;
	case 172:
		return WIRE_TCP_OPT_ACC;
	case 174:
		return WIRE_TCP_OPT_ACC | WIRE_TCP_OPT_ACC1;
	case 254:
		if (len < 4)
			return WIRE_TCP_OPT_UNKNOWN;
		return exp_cookie ? WIRE_TCP_OPT_FO | WIRE_TCP_OPT_FO_EXP : 0;
	default:
		return WIRE_TCP_OPT_UNKNOWN;
	}
}

/* RFC 9768 3.2.3: whole fields count, whatever the length; the rest is padding
 */
TEST(the_fields_of_accecn_are_those_that_are_whole)
{
	static const uint8_t fields[] = { 0, 0, 0, 0, 0, 1, 1, 1,
					  2, 2, 2, 3, 3, 3, 3, 3 };

	for (uint8_t len = 2; len < sizeof(fields); len++) {
		uint8_t opts[16] = { 172,  len, 1, 2, 3, 4, 5, 6,
				     0xff, 8,	9, 0, 0, 0, 0, 0 };
		struct wire_tcp f = { 0 };

		parse_opts(&f, opts, sizeof(opts));
		EQ(f.acc_n, fields[len]);
		EQ(f.acc_n > 0 ? f.acc[0] : 0x010203, 0x010203);
		EQ(f.acc_n > 1 ? f.acc[1] : 0x040506, 0x040506);
		EQ(f.acc_n > 2 ? f.acc[2] : 0xff0809, 0xff0809);
	}
}

TEST(every_kind_with_every_length_means_what_its_rfc_says)
{
	for (unsigned kind = 2; kind < 256; kind++)
		for (unsigned len = 0; len < 256; len++)
			for (size_t room = 4; room <= 40; room += 12) {
				uint8_t opts[40] = { (uint8_t)kind,
						     (uint8_t)len };
				struct wire_tcp f = { 0 };
				unsigned want = opts_of(kind, len);

				if (len >= 4) /* behind the option: END */
					wire_be_put16(opts + 2, 0xf989);
				if (len < 2 || len > room)
					want = WIRE_TCP_OPT_BAD;
				EQ(parse_opts(&f, opts, room), 20 + room);
				EQ(f.opts, want);
			}
}

TEST(an_experiment_that_is_not_ours_is_unknown)
{
	struct wire_tcp f = { 0 };

	parse_opts(&f, "\xfe\x06\xf9\x88\0\0\0\0", 8);
	EQ(f.opts, WIRE_TCP_OPT_UNKNOWN);
}

TEST(a_bad_length_keeps_what_came_before_and_ends_the_reading)
{
	struct wire_tcp f = { 0 };

	parse_opts(&f, "\x02\x04\x05\xb4\x08\x00\x04\x02", 8);
	EQ(f.opts, WIRE_TCP_OPT_MSS | WIRE_TCP_OPT_BAD);
	parse_opts(&f, "\x02\x04\x05\xb4\x08\x01\x04\x02", 8);
	EQ(f.opts, WIRE_TCP_OPT_MSS | WIRE_TCP_OPT_BAD);
	/* a kind as the very last byte */
	parse_opts(&f, "\x01\x01\x01\x02", 4);
	EQ(f.opts, WIRE_TCP_OPT_BAD);
}

TEST(end_of_options_hides_the_rest)
{
	struct wire_tcp f = { 0 };

	parse_opts(&f, "\x01\x00\x08\x00\x02\x04\x05\xb4", 8);
	EQ(f.opts, 0);
}

TEST(the_last_of_two_counts)
{
	struct wire_tcp f = { 0 };

	parse_opts(&f, "\x02\x04\x00\x01\x02\x04\x00\x02", 8);
	EQ(f.mss, 2);
	/* a cookie of kind 34 after one of 254 is not experimental */
	parse_opts(&f, "\xfe\x04\xf9\x89\x22\x02\x00\x00", 8);
	EQ(f.opts, WIRE_TCP_OPT_FO);
}

static void emits(const struct wire_tcp *f, const char *opts, size_t n)
{
	uint8_t out[60];

	EQ(wire_tcp_opts_len(f), n);
	EQ(wire_tcp_emit(out, sizeof(out), f), 20 + n);
	EQ(out[12], (20 + n) / 4 << 4);
	MEM(out + 20, opts, n);
	EQ(wire_tcp_emit(out, 20 + n - 1, f), -ENOBUFS);
}

TEST(writes_options_in_linux_order)
{
	static const uint8_t cookie[8] = "abcdefgh";
	static const uint8_t digest[16] = "0123456789abcde";
	struct wire_tcp f = { .mss = 1460,
			      .wscale = 7,
			      .tsval = 1,
			      .tsecr = 2,
			      .uto = 0x8005,
			      .n_sack = 1,
			      .sack = { { 10, 20 }, { 30, 40 }, { 50, 60 } },
			      .fo = cookie,
			      .md5 = digest,
			      .ao = cookie,
			      .ao_len = 5 };

	f.opts = WIRE_TCP_OPT_MSS | WIRE_TCP_OPT_SACKOK | WIRE_TCP_OPT_TS |
		 WIRE_TCP_OPT_WSCALE; /* a SYN */
	emits(&f,
	      "\2\4\5\xb4\4\2\x08\x0a\0\0\0\1\0\0\0\2"
	      "\1\3\3\7",
	      20);
	f.opts = WIRE_TCP_OPT_MSS | WIRE_TCP_OPT_SACKOK; /* no timestamps */
	emits(&f, "\2\4\5\xb4\1\1\4\2", 8);
	f.opts = WIRE_TCP_OPT_TS; /* any segment */
	emits(&f, "\1\1\x08\x0a\0\0\0\1\0\0\0\2", 12);
	f.opts = WIRE_TCP_OPT_TS | WIRE_TCP_OPT_SACK; /* an ACK with a hole */
	emits(&f, "\1\1\x08\x0a\0\0\0\1\0\0\0\2\1\1\5\x0a\0\0\0\x0a\0\0\0\x14",
	      24);
	f.opts = WIRE_TCP_OPT_FO; /* ask for a cookie */
	emits(&f, "\x22\2\1\1", 4);
	f.fo_len = 8;
	emits(&f,
	      "\x22\x0a"
	      "abcdefgh\1\1",
	      12);
	f.opts = WIRE_TCP_OPT_FO | WIRE_TCP_OPT_FO_EXP;
	emits(&f,
	      "\xfe\x0c\xf9\x89"
	      "abcdefgh",
	      12);
	f.opts = WIRE_TCP_OPT_UTO;
	emits(&f, "\x1c\4\x80\5", 4);
	f.opts = WIRE_TCP_OPT_MD5 | WIRE_TCP_OPT_MSS;
	emits(&f,
	      "\1\1\x13\x12"
	      "0123456789abcde\0\2\4\5\xb4",
	      24);
	f.opts = WIRE_TCP_OPT_AO;
	emits(&f,
	      "\x1d\7"
	      "abcde\1",
	      8);
	f.opts = 0;
	emits(&f, "", 0);
}

TEST(writes_nothing_that_does_not_fit)
{
	uint8_t out[80];
	struct wire_tcp f = { .opts = WIRE_TCP_OPT_TS | WIRE_TCP_OPT_SACK,
			      .n_sack = 3 };

	EQ(wire_tcp_emit(out, sizeof(out), &f), 60);
	f.n_sack = 4; /* 12 + 36 bytes */
	EQ(wire_tcp_opts_len(&f), 48);
	EQ(wire_tcp_emit(out, sizeof(out), &f), -EINVAL);
	f.opts = WIRE_TCP_OPT_SACK;
	EQ(wire_tcp_emit(out, sizeof(out), &f), 56);
	f.n_sack = 5;
	EQ(wire_tcp_emit(out, sizeof(out), &f), -EINVAL);
	f.n_sack = 0;
	EQ(wire_tcp_emit(out, sizeof(out), &f), -EINVAL);
	f = (struct wire_tcp) { .opts = WIRE_TCP_OPT_WSCALE, .wscale = 15 };
	EQ(wire_tcp_emit(out, sizeof(out), &f), -EINVAL);
	f = (struct wire_tcp) { .opts = WIRE_TCP_OPT_FO, .fo_len = 18 };
	EQ(wire_tcp_emit(out, sizeof(out), &f), -EINVAL);
}

static void random_facts(struct rnd *r, struct wire_tcp *f, const uint8_t *b)
{
	rnd_fill(r, f, offsetof(struct wire_tcp, fo));
	f->flags &= WIRE_TCP_FLAGS;
	f->opts &= WIRE_TCP_OPT_UTO * 2 - 1;
	if (!(f->opts & WIRE_TCP_OPT_FO))
		f->opts &= (uint16_t)~WIRE_TCP_OPT_FO_EXP;
	f->n_sack = (uint8_t)(1 + rnd_below(r, 4));
	f->wscale = (uint8_t)rnd_below(r, 15);
	f->fo_len = (uint8_t)(2 * rnd_below(r, 9));
	f->fo_len = f->fo_len == 2 ? 0 : f->fo_len;
	f->ao_len = (uint8_t)(2 + rnd_below(r, 30));
	f->fo = f->md5 = f->ao = b;
}

static void same_facts(const struct wire_tcp *f, const struct wire_tcp *g)
{
	OK(f->sport == g->sport && f->dport == g->dport);
	OK(f->seq == g->seq && f->ack == g->ack && f->flags == g->flags);
	OK(f->wnd == g->wnd && f->csum == g->csum && f->urg == g->urg);
	EQ(f->opts, g->opts);
	if (f->opts & WIRE_TCP_OPT_MSS)
		EQ(f->mss, g->mss);
	if (f->opts & WIRE_TCP_OPT_WSCALE)
		EQ(f->wscale, g->wscale);
	if (f->opts & WIRE_TCP_OPT_TS)
		OK(f->tsval == g->tsval && f->tsecr == g->tsecr);
	if (f->opts & WIRE_TCP_OPT_UTO)
		EQ(f->uto, g->uto);
	if (f->opts & WIRE_TCP_OPT_SACK) {
		EQ(f->n_sack, g->n_sack);
		MEM(f->sack, g->sack, f->n_sack * sizeof(f->sack[0]));
	}
	if (f->opts & WIRE_TCP_OPT_FO) {
		EQ(f->fo_len, g->fo_len);
		MEM(f->fo, g->fo, f->fo_len);
	}
	if (f->opts & WIRE_TCP_OPT_MD5)
		MEM(f->md5, g->md5, 16);
	if (f->opts & WIRE_TCP_OPT_AO) {
		EQ(f->ao_len, g->ao_len);
		MEM(f->ao, g->ao, f->ao_len);
	}
}

TEST(random_headers_survive_the_way_there_and_back)
{
	struct rnd r = rnd_new();
	int written = 0;

	for (int i = 0; i < 200000; i++) {
		uint8_t bytes[64], p[60];
		struct wire_tcp f = { 0 }, g = { 0 };
		int n;

		rnd_fill(&r, bytes, sizeof(bytes));
		random_facts(&r, &f, bytes);
		if (rnd_below(&r, 4))
			f.opts &= (uint16_t)rnd_u64(&r);
		if (!(f.opts & WIRE_TCP_OPT_FO))
			f.opts &= (uint16_t)~WIRE_TCP_OPT_FO_EXP;
		n = wire_tcp_emit(p, sizeof(p), &f);
		EQ(n<0, wire_tcp_opts_len(&f)> 40);
		if (n < 0)
			continue;
		EQ(wire_tcp_parse(&g, p, (size_t)n), n);
		same_facts(&f, &g);
		written++;
	}
	OK(written > 50000);
}

TEST(random_bytes_never_mislead_the_parser)
{
	struct rnd r = rnd_new();

	for (int i = 0; i < 200000; i++) {
		uint8_t full[60], *p;
		size_t n = 20 + rnd_below(&r, 41);
		struct wire_tcp f = { 0 };
		int hlen;

		rnd_fill(&r, full, n);
		for (size_t j = 20; j < n; j++) /* kinds and lengths we know */
			if (rnd_below(&r, 2))
				full[j] = (uint8_t)rnd_below(&r, 36);
		p = exact(full, n);
		hlen = wire_tcp_parse(&f, p, n);
		OK(hlen == -EINVAL || (hlen >= 20 && hlen <= (int)n));
		if (hlen > 0 && f.opts & WIRE_TCP_OPT_SACK)
			OK(f.n_sack >= 1 && f.n_sack <= 4);
		free(p);
	}
}

TESTS(CASE(reads_the_fixed_header),
      CASE(reads_all_nine_flags_and_no_reserved_bit),
      CASE(accepts_a_data_offset_only_inside_the_segment),
      CASE(reads_aligned_timestamps_like_any_others), CASE(reads_a_linux_syn),
      CASE(a_scale_over_fourteen_counts_as_fourteen),
      CASE(reads_up_to_four_sack_blocks),
      CASE(the_fields_of_accecn_are_those_that_are_whole),
      CASE(every_kind_with_every_length_means_what_its_rfc_says),
      CASE(an_experiment_that_is_not_ours_is_unknown),
      CASE(a_bad_length_keeps_what_came_before_and_ends_the_reading),
      CASE(end_of_options_hides_the_rest), CASE(the_last_of_two_counts),
      CASE(writes_options_in_linux_order),
      CASE(writes_nothing_that_does_not_fit),
      CASE(random_headers_survive_the_way_there_and_back),
      CASE(random_bytes_never_mislead_the_parser))
