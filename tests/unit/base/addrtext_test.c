/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/addrtext.h"

#include <arpa/inet.h>

TEST(agrees_with_inet_pton)
{
	static const char *const text[] = {
		"0.0.0.0",
		"10.99.0.2",
		"255.255.255.255",
		"256.1.1.1",
		"1.2.3",
		"1.2.3.4.5",
		"01.2.3.4",
		"1.2.3.",
		"",
		"1",
		"a.b.c.d",
		"::",
		"::1",
		"1::",
		"fe80::1",
		"fd99::2",
		"1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1::2::3",
		":1",
		"1:",
		":::",
		"1:::2",
		"::ffff:1.2.3.4",
		"1:2:3:4:5:6:1.2.3.4",
		"1:2:3:4:5:6:7:1.2.3.4",
		"::1.2.3.4.5",
		"12345::",
		"g::",
		"1:2:3:4:5:6:7::",
		"::2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7::8",
		"FE80::ABCD",
		"::1.2.3",
		"1.2.3.4::",
		"::1 ",
		" ::1",
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct ostia_addr got, want;
		struct in_addr v4;
		int ok = 1;

		if (inet_pton(AF_INET, text[i], &v4) == 1)
			want = addr_v4(&v4);
		else
			ok = inet_pton(AF_INET6, text[i], &want) == 1;
		print_message("# %s\n", text[i]);
		EQ(addrtext_parse(text[i], &got) == 0, ok);
		if (ok)
			MEM(&got, &want, 16);
	}
}

TEST(prefix_lengths_are_counted_as_the_family_does)
{
	static const struct {
		const char *text;
		int plen; /* -1: refused */
	} row[] = {
		{ "10.0.0.0/8", 8 },   { "10.0.0.1", 32 },
		{ "0.0.0.0/0", 0 },    { "10.0.0.0/33", -1 },
		{ "fd99::2/64", 64 },  { "::/0", 0 },
		{ "::/129", -1 },      { "::1", 128 },
		{ "10.0.0.0/", -1 },   { "10.0.0.0/8x", -1 },
		{ "10.0.0.0/-1", -1 }, { "/8", -1 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ostia_addr a;
		uint8_t plen = 0;
		int err = addrtext_prefix(row[i].text, &a, &plen);

		print_message("# %s\n", row[i].text);
		EQ(err, row[i].plen < 0 ? -EINVAL : 0);
		if (!err)
			EQ(plen, row[i].plen);
	}
	EQ(addrtext_prefix(NULL, &(struct ostia_addr) { 0 }, &(uint8_t) { 0 }),
	   -EINVAL);
}

TESTS(CASE(agrees_with_inet_pton),
      CASE(prefix_lengths_are_counted_as_the_family_does))
