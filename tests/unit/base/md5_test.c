/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "base/md5.h"

#include <stdio.h>
#include <string.h>

static void digest(const char *s, size_t step, char hex[33])
{
	uint8_t out[MD5_LEN];
	struct digest m;
	size_t n = strlen(s);

	md5_init(&m);
	for (size_t i = 0; i < n; i += step)
		digest_add(&m, s + i, step < n - i ? step : n - i);
	md5_end(&m, out);
	for (int i = 0; i < MD5_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", out[i]);
}

/* RFC 1321 A.5 */
static const char *const rows[][2] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ "a", "0cc175b9c0f1b6a831c399e269772661" },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	  "d174ab98d277d9f5a5611c2c9f419d9f" },
	{ "1234567890123456789012345678901234567890123456789012345678901234567"
	  "8901234567890",
	  "57edf4a22be3c955ac49da2e2107b67a" },
};

TEST(the_rfcs_texts_have_the_rfcs_digests_in_one_piece_and_in_many)
{
	static const size_t steps[] = { 1000, 1, 7, 64 };
	char hex[33];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < 4; k++) {
			digest(rows[i][0], steps[k], hex);
			OK(!strcmp(hex, rows[i][1]));
		}
}

TESTS(CASE(the_rfcs_texts_have_the_rfcs_digests_in_one_piece_and_in_many))
