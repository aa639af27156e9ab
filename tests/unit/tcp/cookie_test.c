/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "tcp/cookie.h"

static const struct siphash_key key[2] = { { 1, 2 }, { 3, 4 } };

static struct flow flow(uint16_t rport)
{
	return (struct flow) {
		.local = addr_v4("\x0a\x63\x00\x01"),
		.remote = addr_v4("\x0a\x63\x00\x02"),
		.lport = 80,
		.rport = rport,
	};
}

TEST(a_cookie_tells_the_largest_mss_that_is_not_too_large)
{
	static const struct {
		uint16_t peer, told;
	} rows[] = {
		{ 1460, 1460 }, { 1459, 1440 },	 { 536, 536 },	 { 535, 216 },
		{ 0, 216 },	{ 65495, 8960 }, { 1220, 1220 }, { 9000, 8960 },
	};
	struct flow f = flow(1);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint16_t mss = rows[i].peer;
		struct seq c = tcp_cookie_make(key, &f, seq(99), &mss, 0);

		EQ(mss, rows[i].told);
		EQ(tcp_cookie_check(key, &f, seq(99), c, 0), rows[i].told);
	}
}

TEST(it_is_good_for_two_minutes_and_not_for_four)
{
	ostia_time then = 7 * 60 * NS_PER_S;
	uint16_t mss = 1460;
	struct flow f = flow(1);
	struct seq c = tcp_cookie_make(key, &f, seq(99), &mss, then);

	EQ(tcp_cookie_check(key, &f, seq(99), c, then + 120 * NS_PER_S), 1460);
	EQ(tcp_cookie_check(key, &f, seq(99), c, then + 240 * NS_PER_S), 0);
	EQ(tcp_cookie_check(key, &f, seq(99), c, then - 61 * NS_PER_S), 0);
}

TEST(other_ends_numbers_or_keys_make_it_worthless)
{
	static const struct siphash_key other[2] = { { 1, 2 }, { 3, 5 } };
	uint16_t mss = 1460;
	struct flow f = flow(1), g = flow(2);
	struct seq c = tcp_cookie_make(key, &f, seq(99), &mss, 0);

	EQ(tcp_cookie_check(key, &g, seq(99), c, 0), 0);
	EQ(tcp_cookie_check(key, &f, seq(98), c, 0), 0);
	EQ(tcp_cookie_check(other, &f, seq(99), c, 0), 0);
}

TEST(guessing_hits_about_one_in_half_a_million)
{
	struct flow f = flow(1);
	unsigned hits = 0;

	for (uint32_t i = 0; i < 1u << 20; i++)
		hits += tcp_cookie_check(key, &f, seq(99), seq(i * 2654435761u),
					 0) != 0;
	OK(hits < 16); /* 8 values of 2^24, 3 minutes of 2^8: 0.006 expected */
}

TEST(a_timestamp_with_bits_is_never_in_the_future)
{
	for (uint32_t clock = 1000; clock < 1200; clock++) {
		for (uint32_t bits = 0; bits < 64; bits += 7) {
			uint32_t ts = tcp_cookie_ts(clock, bits);

			OK((int32_t)(clock - ts) >= 0);
			OK(clock - ts < 64);
			EQ(ts & TCP_COOKIE_TS_MASK, bits);
		}
	}
}

TESTS(CASE(a_cookie_tells_the_largest_mss_that_is_not_too_large),
      CASE(it_is_good_for_two_minutes_and_not_for_four),
      CASE(other_ends_numbers_or_keys_make_it_worthless),
      CASE(guessing_hits_about_one_in_half_a_million),
      CASE(a_timestamp_with_bits_is_never_in_the_future))
