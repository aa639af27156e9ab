/* SPDX-License-Identifier: MIT */
#include "tcp/hystart.h"

#include "../test.h"

enum { MS = 1000 };

/* A sender that ACKs drive: the window of segments doubles, or less. */
struct path {
	struct tcp_hystart h;
	uint32_t una, nxt, cwnd;
	bool over;
};

/* A round with this RTT in each of its ACKs. */
static void round_of(struct path *p, uint32_t rtt_us)
{
	uint32_t n = p->cwnd;

	p->nxt = p->una + n;
	while (n-- && !p->over) {
		uint32_t grow;

		p->una++;
		grow = tcp_hystart_on_acked(&p->h, seq(p->una), seq(p->nxt + 1),
					    rtt_us, 1, &p->over);
		p->cwnd += grow;
		p->nxt += grow;
	}
}

TEST(a_steady_delay_lets_the_window_double)
{
	struct path p = { .cwnd = 10 };

	for (int i = 0; i < 6; i++)
		round_of(&p, 40 * MS);
	EQ(p.cwnd, 640);
	OK(!p.over);
}

TEST(a_rising_delay_slows_growth_then_ends_slow_start)
{
	struct path p = { .cwnd = 16 };
	uint32_t was;

	round_of(&p, 40 * MS);
	round_of(&p, 40 * MS);
	was = p.cwnd;
	round_of(&p, 45 * MS); /* 40 / 8: exactly at the threshold */
	OK(p.h.base_us == 45 * MS);
	OK(p.cwnd < was + was / 2);
	for (int i = 0; i < 10 && !p.over; i++)
		round_of(&p, 46 * MS);
	OK(p.over);
	OK(p.cwnd < 4 * was); /* five rounds by a quarter: 1.25^5 = 3.05 */
}

TEST(a_rise_that_goes_away_was_jitter)
{
	struct path p = { .cwnd = 16 };
	uint32_t was;

	round_of(&p, 40 * MS);
	round_of(&p, 40 * MS);
	round_of(&p, 50 * MS);
	OK(p.h.base_us);
	round_of(&p, 40 * MS);
	OK(!p.h.base_us);
	was = p.cwnd;
	round_of(&p, 40 * MS);
	EQ(p.cwnd, 2 * was);
}

TEST(thresholds_are_between_4_and_16_ms)
{
	static const uint32_t row[][3] = {
		/* last round, this round, does it count? */
		{ 1 * MS, 4 * MS, false },     { 1 * MS, 5 * MS, true },
		{ 80 * MS, 89 * MS, false },   { 80 * MS, 90 * MS, true },
		{ 400 * MS, 415 * MS, false }, { 400 * MS, 416 * MS, true },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct path p = { .cwnd = 16 };

		round_of(&p, row[i][0]);
		round_of(&p, row[i][1]);
		EQ(p.h.base_us != 0, row[i][2]);
	}
}

TEST(few_samples_prove_nothing)
{
	struct path p = { .cwnd = 7 };

	round_of(&p, 10 * MS);
	p.cwnd = 7;
	round_of(&p, 100 * MS);
	EQ(p.h.base_us, 0);
}

TESTS(CASE(a_steady_delay_lets_the_window_double),
      CASE(a_rising_delay_slows_growth_then_ends_slow_start),
      CASE(a_rise_that_goes_away_was_jitter),
      CASE(thresholds_are_between_4_and_16_ms), CASE(few_samples_prove_nothing))
