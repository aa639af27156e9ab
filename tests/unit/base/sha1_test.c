/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "base/sha1.h"

#include <stdio.h>
#include <string.h>

static void to_hex(const uint8_t *p, char *hex)
{
	for (int i = 0; i < SHA1_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
}

/* RFC 3174 7.3: @text, so many times. */
static const struct {
	const char *text;
	unsigned times;
	const char *hex;
} rows[] = {
	{ "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
	{ "0123456701234567012345670123456701234567012345670123456701234567",
	  10, "dea356a2cddd90c7a7ecedc5ebb563934f460452" },
};

TEST(the_rfcs_texts_have_the_rfcs_digests)
{
	uint8_t out[SHA1_LEN];
	char hex[41];
	struct digest s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sha1_init(&s);
		for (unsigned k = 0; k < rows[i].times; k++)
			digest_add(&s, rows[i].text, strlen(rows[i].text));
		sha1_end(&s, out);
		to_hex(out, hex);
		OK(!strcmp(hex, rows[i].hex));
	}
}

/* RFC 2202 3: a key and a text, a byte repeated or as written. */
static const struct {
	const char *key;
	unsigned key_n;
	const char *text;
	unsigned text_n;
	const char *hex;
} keyed[] = {
	{ "\x0b", 20, "Hi There", 0,
	  "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ "Jefe", 0, "what do ya want for nothing?", 0,
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ "\xaa", 20, "\xdd", 50, "125d7342b9ac11cd91a39af48aa17b4f63f175d3" },
	{ "\xaa", 80, "Test Using Larger Than Block-Size Key - Hash Key First",
	  0, "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ "\xaa", 80,
	  "Test Using Larger Than Block-Size Key and Larger Than One "
	  "Block-Size Data",
	  0, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91" },
};

static size_t spell(const char *s, unsigned n, char *to)
{
	if (!n) {
		strcpy(to, s);
		return strlen(s);
	}
	memset(to, s[0], n);
	return n;
}

TEST(keyed_digests_are_those_of_rfc_2202)
{
	char key[128], text[128], hex[41];
	uint8_t out[SHA1_LEN];
	struct hmac_sha1 h;

	for (size_t i = 0; i < sizeof(keyed) / sizeof(keyed[0]); i++) {
		size_t n = spell(keyed[i].key, keyed[i].key_n, key);

		hmac_sha1_init(&h, key, n);
		n = spell(keyed[i].text, keyed[i].text_n, text);
		hmac_sha1_add(&h, text, n / 2);
		hmac_sha1_add(&h, text + n / 2, n - n / 2);
		hmac_sha1_end(&h, out);
		to_hex(out, hex);
		OK(!strcmp(hex, keyed[i].hex));
	}
}

TESTS(CASE(the_rfcs_texts_have_the_rfcs_digests),
      CASE(keyed_digests_are_those_of_rfc_2202))
