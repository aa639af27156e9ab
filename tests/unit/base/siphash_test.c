/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/siphash.h"

#include "../random.h"

/* Key 00 01 .. 0f, input 00 01 .. n-1: the paper's setting. */
static struct siphash_key paper_key(void)
{
	uint8_t b[16];

	for (int i = 0; i < 16; i++)
		b[i] = (uint8_t)i;
	return siphash_key(b);
}

TEST(gives_the_vectors_of_the_paper)
{
	/* appendix A has n = 15; the others are the authors' vectors_sip64 */
	static const struct {
		unsigned n;
		uint64_t want;
	} row[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },
		{ 1, UINT64_C(0x74f839c593dc67fd) },
		{ 7, UINT64_C(0xab0200f58b01d137) },
		{ 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
		{ 63, UINT64_C(0x958a324ceb064572) },
	};
	struct siphash_key key = paper_key();
	uint8_t in[64];

	for (int i = 0; i < 64; i++)
		in[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		EQ(siphash_24(&key, in, row[i].n), row[i].want);
}

TEST(words_and_bytes_agree)
{
	struct dice d = dice("words_and_bytes_agree");
	struct siphash_key key = paper_key();

	for (unsigned n = 0; n <= 32; n++) {
		uint64_t w[32];
		uint8_t b[256];

		for (unsigned i = 0; i < n; i++) {
			w[i] = dice_u64(&d);
			for (int j = 0; j < 8; j++)
				b[8 * i + j] = (uint8_t)(w[i] >> 8 * j);
		}
		EQ(siphash_words_24(&key, w, n), siphash_24(&key, b, 8 * n));
		EQ(siphash_words_13(&key, w, n), siphash_13(&key, b, 8 * n));
	}
}

TEST(every_bit_of_key_and_input_matters)
{
	uint8_t k[16] = { 0 }, in[40] = { 0 };
	struct siphash_key key = siphash_key(k);
	uint64_t was_24 = siphash_24(&key, in, 40);
	uint64_t was_13 = siphash_13(&key, in, 40);

	for (int bit = 0; bit < 320; bit++) {
		in[bit / 8] ^= (uint8_t)(1 << bit % 8);
		OK(siphash_24(&key, in, 40) != was_24);
		OK(siphash_13(&key, in, 40) != was_13);
		in[bit / 8] = 0;
	}
	for (int bit = 0; bit < 128; bit++) {
		k[bit / 8] ^= (uint8_t)(1 << bit % 8);
		key = siphash_key(k);
		OK(siphash_24(&key, in, 40) != was_24);
		OK(siphash_13(&key, in, 40) != was_13);
		k[bit / 8] = 0;
	}
	key = siphash_key(k);
	OK(siphash_24(&key, in, 39) != was_24); /* so does the length */
}

TEST(the_two_variants_differ)
{
	struct siphash_key key = paper_key();

	OK(siphash_24(&key, "door", 4) != siphash_13(&key, "door", 4));
}

TESTS(CASE(gives_the_vectors_of_the_paper), CASE(words_and_bytes_agree),
      CASE(every_bit_of_key_and_input_matters), CASE(the_two_variants_differ))
