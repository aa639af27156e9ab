/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "tcp/ts.h"

enum { DAY_S = 86400 };

TEST(older_timestamps_are_refused_modulo_2_to_32)
{
	static const struct {
		uint32_t tsval, recent;
		bool rejected;
	} rows[] = {
		{ 5, 5, false },	 { 6, 5, false },
		{ 4, 5, true },		 { 3, 0xfffffff0, false },
		{ 0xfffffff0, 3, true }, { 0x80000004, 5, false },
		{ 0x80000006, 5, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EQ(tcp_ts_paws_rejects(rows[i].tsval, rows[i].recent,
				       tcp_ts_age(0), 0),
		   rows[i].rejected);
}

TEST(after_25_days_of_silence_the_old_one_proves_nothing)
{
	uint8_t age = tcp_ts_age(0);

	OK(tcp_ts_paws_rejects(4, 5, age, 20 * DAY_S * NS_PER_S));
	OK(!tcp_ts_paws_rejects(4, 5, age, 28 * DAY_S * NS_PER_S));
	OK(!tcp_ts_paws_rejects(4, 5, age, 700 * DAY_S * NS_PER_S));
}

static struct flow flow(uint16_t rport)
{
	return (struct flow) {
		.local = addr_v4("\x0a\x63\x00\x01"),
		.remote = addr_v4("\x0a\x63\x00\x02"),
		.lport = 80,
		.rport = rport,
	};
}

TEST(each_pair_of_ends_has_a_clock_of_its_own)
{
	static struct tcp t;
	struct flow f = flow(1), g = flow(2);

	t.ts_key = (struct siphash_key) { 1, 2 };
	t.set.timestamps = 1;
	OK(tcp_ts_offset(&t, &f) != tcp_ts_offset(&t, &g));
	EQ(tcp_ts_offset(&t, &f), tcp_ts_offset(&t, &f));
	t.set.timestamps = 2; /* without an offset */
	EQ(tcp_ts_offset(&t, &f), 0);
}

TEST(an_echo_measures_the_round_trip_and_nonsense_does_not)
{
	struct tcp_conn c = { .ts_offset = 0xfffffff0 };
	ostia_time now = 100 * NS_PER_S;
	uint32_t val = tcp_ts_val(&c, now);

	EQ(tcp_ts_rtt_us(&c, val - 30, now), 30000);
	EQ(tcp_ts_rtt_us(&c, val, now), 1000);
	EQ(tcp_ts_rtt_us(&c, 0, now), 0);
	EQ(tcp_ts_rtt_us(&c, val + 5, now), 0);
	EQ(tcp_ts_rtt_us(&c, val - 1000000, now), 0);
}

TESTS(CASE(older_timestamps_are_refused_modulo_2_to_32),
      CASE(after_25_days_of_silence_the_old_one_proves_nothing),
      CASE(each_pair_of_ends_has_a_clock_of_its_own),
      CASE(an_echo_measures_the_round_trip_and_nonsense_does_not))
