/* SPDX-License-Identifier: MIT */
#include "tcp/persist.h"

#include "../test.h"
#include "tcp/rtt.h"

TEST(probes_come_at_doubling_intervals_up_to_two_minutes)
{
	static const uint32_t want_ms[] = { 200,   400,	   800,	   1600,
					    3200,  6400,   12800,  25600,
					    51200, 102400, 120000, 120000,
					    120000 };
	struct tcp_persist p = { 0 };

	for (size_t i = 0; i < sizeof(want_ms) / sizeof(want_ms[0]); i++) {
		EQ(tcp_persist_wait_us(&p, 200000), want_ms[i] * 1000);
		tcp_persist_on_probe(&p);
	}
}

TEST(the_first_wait_of_a_slow_path_is_its_rto)
{
	struct tcp_persist p = { 0 };

	EQ(tcp_persist_wait_us(&p, 3000000), 3000000);
	for (int i = 0; i < 300; i++)
		tcp_persist_on_probe(&p);
	EQ(tcp_persist_wait_us(&p, TCP_RTO_MAX_US), TCP_RTO_MAX_US);
}

/* RFC 6429 3: a peer that answers is alive, however long the window is shut. */
TEST(answered_probes_never_kill_and_keep_their_interval)
{
	struct tcp_persist p = { 0 };

	for (int i = 0; i < 1000; i++) {
		tcp_persist_on_probe(&p);
		tcp_persist_on_acked(&p);
	}
	OK(!tcp_persist_dead(&p, 15));
	EQ(tcp_persist_wait_us(&p, 200000), TCP_RTO_MAX_US);
}

TEST(silence_kills_after_retries2)
{
	struct tcp_persist p = { 0 };

	for (int i = 0; i < 14; i++)
		tcp_persist_on_probe(&p);
	OK(!tcp_persist_dead(&p, 15));
	tcp_persist_on_probe(&p);
	OK(tcp_persist_dead(&p, 15));
}

TEST(an_open_window_forgets_all)
{
	struct tcp_persist p = { 0 };

	tcp_persist_on_probe(&p);
	tcp_persist_open(&p);
	EQ(tcp_persist_wait_us(&p, 200000), 200000);
}

TESTS(CASE(probes_come_at_doubling_intervals_up_to_two_minutes),
      CASE(the_first_wait_of_a_slow_path_is_its_rto),
      CASE(answered_probes_never_kill_and_keep_their_interval),
      CASE(silence_kills_after_retries2), CASE(an_open_window_forgets_all))
