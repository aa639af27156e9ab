/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/text.h"

static char buf[64];

static struct wire_text fresh(void)
{
	struct wire_text t;

	wire_text_init(&t, buf, sizeof(buf));
	return t;
}

TEST(numbers_read_as_printf_writes_them)
{
	static const uint64_t v[] = { 0,	  1,	    9,
				      10,	  65535,    UINT32_MAX,
				      UINT64_MAX, 1u << 31, INT64_MAX,
				      100,	  0xabcdef };

	for (size_t i = 0; i < COUNT(v); i++) {
		struct wire_text t = fresh();
		char want[64];

		wire_text_u64(&t, v[i]);
		wire_text_char(&t, ' ');
		wire_text_i64(&t, (int64_t)v[i]);
		wire_text_char(&t, ' ');
		wire_text_hex(&t, v[i], 4);
		snprintf(want, sizeof(want), "%llu %lld %04llx",
			 (unsigned long long)v[i], (long long)v[i],
			 (unsigned long long)v[i]);
		STR(buf, want);
		EQ(t.len, strlen(want));
	}
}

TEST(the_smallest_number_has_its_sign)
{
	struct wire_text t = fresh();

	wire_text_i64(&t, INT64_MIN);
	STR(buf, "-9223372036854775808");
}

TEST(what_does_not_fit_is_cut_and_terminated)
{
	for (size_t size = 1; size < 8; size++) {
		char small[9];
		struct wire_text t;

		memset(small, 'x', sizeof(small));
		wire_text_init(&t, small, size);
		wire_text_str(&t, "abc");
		wire_text_str(&t, "defg");
		wire_text_str(&t, "");
		EQ(strlen(small), size - 1);
		MEM(small, "abcdefg", size - 1);
		EQ(t.cut, size < 8);
		EQ(small[size], 'x');
	}
}

TEST(columns_are_filled_up_to_their_place)
{
	struct wire_text t = fresh();

	wire_text_str(&t, "ab");
	wire_text_pad(&t, 4);
	wire_text_str(&t, "c");
	wire_text_pad(&t, 3); /* already there */
	STR(buf, "ab  c");
	wire_text_pad(&t, 1000); /* ends with the buffer */
	EQ(strlen(buf), sizeof(buf) - 1);
}

TEST(link_addresses_have_colons)
{
	struct wire_text t = fresh();

	wire_text_mac(&t, (const uint8_t *)"\x02\x00\x5e\xff\x0a\xb0");
	STR(buf, "02:00:5e:ff:0a:b0");
}

TEST(addresses_read_as_rfc_5952_writes_them)
{
	static const struct {
		const char *bytes, *text;
	} row[] = {
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "::" },
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", "::1" },
		{ "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "2001:db8::1" },
		/* one zero group stays (4.2.2) */
		{ "\x20\1\x0d\xb8\0\0\0\1\0\1\0\1\0\1\0\1",
		  "2001:db8:0:1:1:1:1:1" },
		/* the longest run (4.2.3) */
		{ "\x20\1\0\0\0\0\0\1\0\0\0\0\0\0\0\1", "2001:0:0:1::1" },
		/* the first of equals (4.2.3) */
		{ "\x20\1\x0d\xb8\0\0\0\0\0\1\0\0\0\0\0\1",
		  "2001:db8::1:0:0:1" },
		/* at the end */
		{ "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "fe80::" },
		/* lower case, no leading zeroes (4.1, 4.3) */
		{ "\x20\1\x0d\xb8\xab\xcd\0\x0f\x0a\xbc\x01\x23\0\xff\xff\xff",
		  "2001:db8:abcd:f:abc:123:ff:ffff" },
		/* mapped (5) */
		{ "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", "::ffff:10.0.0.1" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct wire_text t = fresh();

		wire_text_ip6(&t, (const uint8_t *)row[i].bytes);
		STR(buf, row[i].text);
	}
}

TEST(a_neutral_address_prints_in_its_own_family)
{
	struct wire_text t = fresh();

	wire_text_addr(&t, (const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\xff\xff"
					    "\xc0\xa8\0\xff");
	wire_text_char(&t, ' ');
	wire_text_addr(&t, (const uint8_t *)"\xfd\x99\0\0\0\0\0\0\0\0\0\0"
					    "\0\0\0\2");
	STR(buf, "192.168.0.255 fd99::2");
}

TESTS(CASE(numbers_read_as_printf_writes_them),
      CASE(the_smallest_number_has_its_sign),
      CASE(what_does_not_fit_is_cut_and_terminated),
      CASE(columns_are_filled_up_to_their_place),
      CASE(link_addresses_have_colons),
      CASE(addresses_read_as_rfc_5952_writes_them),
      CASE(a_neutral_address_prints_in_its_own_family))
