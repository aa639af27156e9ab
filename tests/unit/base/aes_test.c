/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "base/aes.h"

#include <stdio.h>
#include <string.h>

static void from_hex(const char *hex, uint8_t *to)
{
	unsigned v;

	for (; *hex; hex += 2) {
		sscanf(hex, "%2x", &v);
		*to++ = (uint8_t)v;
	}
}

/* FIPS 197 B and C.1 */
static const char *const blocks[][3] = {
	{ "2b7e151628aed2a6abf7158809cf4f3c",
	  "3243f6a8885a308d313198a2e0370734",
	  "3925841d02dc09fbdc118597196a0b32" },
	{ "000102030405060708090a0b0c0d0e0f",
	  "00112233445566778899aabbccddeeff",
	  "69c4e0d86a7b0430d8cdb78070b4c55a" },
};

TEST(blocks_are_those_of_fips_197)
{
	uint8_t key[16], block[16], want[16];
	struct aes a;

	for (int i = 0; i < 2; i++) {
		from_hex(blocks[i][0], key);
		from_hex(blocks[i][1], block);
		from_hex(blocks[i][2], want);
		aes_init(&a, key);
		aes_encrypt(&a, block);
		OK(!memcmp(block, want, 16));
	}
}

/* RFC 4493 4: one key, the first bytes of one text */
static const struct {
	size_t n;
	const char *hex;
} macs[] = {
	{ 0, "bb1d6929e95937287fa37d129b756746" },
	{ 16, "070a16b46b4d4144f79bdd9dd04a287c" },
	{ 40, "dfa66747de9ae63030ca32611497c827" },
	{ 64, "51f0bebf7e3b9d92fc49741779363cfe" },
};

TEST(keyed_digests_are_those_of_rfc_4493_however_they_are_cut)
{
	uint8_t key[16], text[64], want[16], out[16];
	struct cmac c;

	from_hex("2b7e151628aed2a6abf7158809cf4f3c", key);
	from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af"
		 "8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417b"
		 "e66c3710",
		 text);
	for (int i = 0; i < 4; i++)
		for (size_t cut = 0; cut <= macs[i].n; cut++) {
			from_hex(macs[i].hex, want);
			cmac_init(&c, key);
			cmac_add(&c, text, cut);
			cmac_add(&c, text + cut, macs[i].n - cut);
			cmac_end(&c, out);
			OK(!memcmp(out, want, 16));
		}
}

TESTS(CASE(blocks_are_those_of_fips_197),
      CASE(keyed_digests_are_those_of_rfc_4493_however_they_are_cut))
