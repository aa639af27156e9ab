/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "tcp/chrono.h"

static uint64_t us(const struct tcp_chrono *x, enum tcp_chrono_what what,
		   ostia_time ms)
{
	return tcp_chrono_us(x, what, ms * NS_PER_MS);
}

TEST(one_clock_runs_and_the_worst_reason_counts)
{
	struct tcp_chrono x = { 0 };

	tcp_chrono_start(&x, TCP_CHRONO_BUSY, 10 * NS_PER_MS);
	tcp_chrono_start(&x, TCP_CHRONO_SNDBUF, 15 * NS_PER_MS);
	tcp_chrono_start(&x, TCP_CHRONO_RWND, 20 * NS_PER_MS);
	tcp_chrono_start(&x, TCP_CHRONO_BUSY, 21 * NS_PER_MS);
	EQ(us(&x, TCP_CHRONO_BUSY, 30), 5000);
	EQ(us(&x, TCP_CHRONO_SNDBUF, 30), 15000);
	EQ(us(&x, TCP_CHRONO_RWND, 30), 0);
}

TEST(what_does_not_run_cannot_be_stopped)
{
	struct tcp_chrono x = { 0 };

	tcp_chrono_stop(&x, TCP_CHRONO_RWND, 5 * NS_PER_MS);
	EQ(x.what, TCP_CHRONO_IDLE);
	tcp_chrono_start(&x, TCP_CHRONO_RWND, 10 * NS_PER_MS);
	tcp_chrono_stop(&x, TCP_CHRONO_SNDBUF, 12 * NS_PER_MS);
	EQ(us(&x, TCP_CHRONO_RWND, 20), 10000);
	tcp_chrono_stop(&x, TCP_CHRONO_RWND, 20 * NS_PER_MS);
	EQ(us(&x, TCP_CHRONO_RWND, 30), 10000);
	EQ(us(&x, TCP_CHRONO_BUSY, 30), 10000);
}

TEST(idle_time_is_nobodys)
{
	struct tcp_chrono x = { 0 };

	tcp_chrono_start(&x, TCP_CHRONO_BUSY, 1 * NS_PER_S);
	tcp_chrono_set(&x, TCP_CHRONO_IDLE, 2 * NS_PER_S);
	tcp_chrono_start(&x, TCP_CHRONO_BUSY, 60 * NS_PER_S);
	EQ(us(&x, TCP_CHRONO_BUSY, 61000), 2000000);
}

TESTS(CASE(one_clock_runs_and_the_worst_reason_counts),
      CASE(what_does_not_run_cannot_be_stopped), CASE(idle_time_is_nobodys))
