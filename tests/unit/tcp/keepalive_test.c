/* SPDX-License-Identifier: MIT */
#include "tcp/keepalive.h"

#include "../test.h"

static const struct tcp_keepalive_set set = { 7200, 75, 9, 0 };

#define S(n) ((n)*NS_PER_S)

TEST(two_hours_then_nine_probes_then_the_end)
{
	struct tcp_keepalive k = { 0 };
	ostia_time next;

	EQ(tcp_keepalive_expire(&k, &set, S(100), &next, S(200)),
	   TCP_KEEPALIVE_WAIT);
	EQ(next, S(7300));
	for (unsigned i = 0; i < 9; i++) {
		EQ(tcp_keepalive_expire(&k, &set, S(100), &next,
					S(7300 + 75 * i)),
		   TCP_KEEPALIVE_PROBE);
		EQ(next, S(7300 + 75 * (i + 1)));
	}
	EQ(tcp_keepalive_expire(&k, &set, S(100), &next, next),
	   TCP_KEEPALIVE_DEAD);
}

TEST(an_answer_starts_the_silence_over)
{
	struct tcp_keepalive k = { 0 };
	ostia_time next;

	tcp_keepalive_expire(&k, &set, S(0), &next, S(7200));
	EQ(k.probes, 1);
	EQ(tcp_keepalive_expire(&k, &set, S(7201), &next, S(7275)),
	   TCP_KEEPALIVE_WAIT);
	EQ(k.probes, 0);
	EQ(next, S(7201 + 7200));
}

/* tcp(7): TCP_USER_TIMEOUT takes the place of TCP_KEEPCNT. */
TEST(a_user_timeout_ends_it_by_time_not_by_count)
{
	const struct tcp_keepalive_set user = { 10, 5, 1, 40 * 1000000 };
	struct tcp_keepalive k = { 0 };
	ostia_time next = S(10);
	int probes = 0;

	while (tcp_keepalive_expire(&k, &user, S(0), &next, next) ==
	       TCP_KEEPALIVE_PROBE)
		probes++;
	EQ(probes, 6); /* at 10, 15 .. 35; at 40 it is over */
	EQ(next, S(40));
}

TESTS(CASE(two_hours_then_nine_probes_then_the_end),
      CASE(an_answer_starts_the_silence_over),
      CASE(a_user_timeout_ends_it_by_time_not_by_count))
