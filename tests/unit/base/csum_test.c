/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/csum.h"

#include "../random.h"

enum { MOST = 9100 };

/* RFC 1071 section 1 word by word, in network order: slow and plain. */
static uint16_t by_the_book(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

/* A field as it lies in memory, read as the network does. */
static uint16_t on_wire(uint16_t check)
{
	uint8_t b[2];

	memcpy(b, &check, 2);
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint16_t word_at(const uint8_t *p)
{
	uint16_t w;

	memcpy(&w, p, 2);
	return w;
}

static uint32_t long_at(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, 4);
	return w;
}

struct routine {
	const char *name;
	csum_fn sum;
	csum_copy_fn copy;
};

static int routines(struct routine *r)
{
	int n = 0;

	r[n++] = (struct routine) { "portable", csum, csum_copy };
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		r[n++] = (struct routine) { "avx2", csum_avx2, csum_copy_avx2 };
	else
		printf("# no AVX2 here: only the portable routine is tested\n");
#endif
	return n;
}

static void shake(struct dice *d, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)dice_u64(d);
	if (dice_below(d, 8) == 0)
		memset(p, 0xff, n); /* carries everywhere */
	if (dice_below(d, 16) == 0)
		memset(p, 0, n);
}

TEST(the_example_of_rfc_1071_section_3)
{
	static const uint8_t in[] = { 0x00, 0x01, 0xf2, 0x03,
				      0xf4, 0xf5, 0xf6, 0xf7 };

	EQ(on_wire(csum_fold(csum(in, sizeof(in), 0))), 0xffff - 0xddf2);
}

TEST(an_ipv4_header_with_its_checksum_sums_to_nothing)
{
	uint8_t h[20] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40,
			  0x00, 0x40, 0x11, 0x00, 0x00, 0xc0, 0xa8,
			  0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7 };
	uint16_t check = csum_fold(csum(h, 20, 0));

	EQ(on_wire(check), 0xb861);
	memcpy(h + 10, &check, 2);
	OK(csum_ok(csum(h, 20, 0)));
	h[3] ^= 1;
	OK(!csum_ok(csum(h, 20, 0)));
}

TEST(all_routines_agree_with_the_book_at_all_lengths_and_places)
{
	struct dice d = dice("all_routines_agree_with_the_book");
	static uint8_t in[MOST + 64], out[MOST + 64];
	struct routine r[2];
	int n = routines(r);

	for (int i = 0; i < 20000; i++) {
		size_t at = dice_below(&d, 33), to = dice_below(&d, 33);
		size_t len = i < 4000 ? (size_t)i % 700 : dice_log(&d, 13);
		uint16_t want;

		if (i % 50 == 0)
			shake(&d, in, sizeof(in));
		want = by_the_book(in + at, len);
		for (int k = 0; k < n; k++) {
			uint32_t s = r[k].sum(in + at, len, 0);

			EQ(on_wire(csum_fold(s)), want);
			memset(out + to, 0x5a, len + 1);
			s = r[k].copy(out + to, in + at, len, 0);
			EQ(on_wire(csum_fold(s)), want);
			MEM(out + to, in + at, len);
			EQ(out[to + len], 0x5a);
		}
	}
}

/* Any cut into pieces, odd ones too, each by any routine. */
TEST(pieces_add_up_to_the_whole)
{
	struct dice d = dice("pieces_add_up_to_the_whole");
	static uint8_t in[MOST];
	struct routine r[2];
	int n = routines(r);

	for (int i = 0; i < 5000; i++) {
		size_t len = dice_log(&d, 13), at = 0;
		uint32_t sum = 0, even = 0;

		if (i % 50 == 0)
			shake(&d, in, sizeof(in));
		while (at < len) {
			size_t some = dice_below(&d, len - at) + 1;
			csum_fn fn = r[dice_below(&d, (uint64_t)n)].sum;

			sum = csum_block_add(sum, fn(in + at, some, 0), at);
			at += some;
		}
		EQ(on_wire(csum_fold(sum)), by_the_book(in, len));
		/* even pieces may simply be continued */
		at = len / 2 & ~(size_t)1;
		even = r[n - 1].sum(in, at, 0);
		even = csum(in + at, len - at, even);
		EQ(on_wire(csum_fold(even)), by_the_book(in, len));
	}
}

TEST(a_large_sum_may_be_continued)
{
	static const uint8_t ff[256] = { [0 ... 255] = 0xff };
	struct routine r[2];
	int n = routines(r);

	for (int k = 0; k < n; k++)
		for (size_t len = 0; len <= 256; len += 2) {
			uint32_t s = r[k].sum(ff, len, UINT32_MAX);

			EQ(csum_fold(s), 0);
			s = r[k].sum(ff, len, UINT32_MAX - 1);
			EQ(csum_fold16(s), 0xfffe);
		}
}

/* RFC 1624 section 4: 0x5555 becomes 0x3285 under 0xdd2f gives 0x0000 */
TEST(the_example_of_rfc_1624)
{
	EQ(csum_update(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST(an_update_equals_a_new_sum)
{
	struct dice d = dice("an_update_equals_a_new_sum");
	uint8_t h[40];

	for (int i = 0; i < 100000; i++) {
		size_t at = dice_below(&d, 19) * 2;
		uint16_t check, two;
		uint32_t four;

		for (size_t j = 0; j < sizeof(h); j++)
			h[j] = (uint8_t)dice_u64(&d);
		h[0] |= 1; /* a header is never all zeros */
		at = at ? at : 2;
		check = csum_fold(csum(h, sizeof(h), 0));
		two = (uint16_t)dice_u64(&d);
		check = csum_update(check, word_at(h + at), two);
		memcpy(h + at, &two, 2);
		EQ(check, csum_fold(csum(h, sizeof(h), 0)));
		four = (uint32_t)dice_u64(&d);
		check = csum_update32(check, long_at(h + at), four);
		memcpy(h + at, &four, 4);
		EQ(check, csum_fold(csum(h, sizeof(h), 0)));
	}
}

TEST(subtraction_undoes_addition)
{
	struct dice d = dice("subtraction_undoes_addition");

	for (int i = 0; i < 1000; i++) {
		uint32_t a = (uint32_t)dice_u64(&d) | 1;
		uint32_t b = (uint32_t)dice_u64(&d);

		EQ(csum_fold(csum_sub(csum_add(a, b), b)), csum_fold(a));
	}
}

TEST(pseudo_headers_are_what_the_rfcs_draw)
{
	uint8_t four[12] = { 192, 0, 2, 1, 198, 51, 100, 7, 0, 17, 0x12, 0x34 };
	uint8_t six[40] = { 0x20, 1, 0xd,  0xb8, [15] = 1, 0xfd, 0x99, [31] = 2,
			    0,	  1, 0x12, 0x34, 0,	   0,	 0,    6 };

	EQ(on_wire(csum_fold(csum_pseudo4(four, four + 4, 17, 0x1234))),
	   by_the_book(four, 12));
	EQ(on_wire(csum_fold(csum_pseudo6(six, six + 16, 6, 0x11234))),
	   by_the_book(six, 40));
}

TESTS(CASE(the_example_of_rfc_1071_section_3),
      CASE(an_ipv4_header_with_its_checksum_sums_to_nothing),
      CASE(all_routines_agree_with_the_book_at_all_lengths_and_places),
      CASE(pieces_add_up_to_the_whole), CASE(a_large_sum_may_be_continued),
      CASE(the_example_of_rfc_1624), CASE(an_update_equals_a_new_sum),
      CASE(subtraction_undoes_addition),
      CASE(pseudo_headers_are_what_the_rfcs_draw))
