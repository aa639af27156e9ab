/* SPDX-License-Identifier: MIT */
#include "tcp/rto.h"

#include "watch.h"

enum { SECOND = 1000 };

static struct pair p;
static struct tcp_conn *l, *a, *b;

static void start(void)
{
	pair_init(&p, false, 1500, 0);
	watch_open(&p, &l, &a, &b);
}

static int64_t get(enum tcp_opt o)
{
	int64_t v = -1;

	EQ(tcp_get_opt(p.h[0].tcp, a, o, &v), 0);
	return v;
}

TEST(options_have_linuxs_ranges_and_defaults)
{
	static const struct {
		enum tcp_opt o;
		int64_t v;
		int set;
		int64_t got;
	} rows[] = {
		{ TCP_OPT_RTO_MAX, 999, -EINVAL, 120000 },
		{ TCP_OPT_RTO_MAX, 120001, -EINVAL, 120000 },
		{ TCP_OPT_RTO_MAX, 1000, 0, 1000 },
		{ TCP_OPT_RTO_MIN, 1000, -EINVAL, 200000 },
		{ TCP_OPT_RTO_MIN, -1, -EINVAL, 200000 },
		{ TCP_OPT_RTO_MIN, 200001, -EINVAL, 200000 },
		{ TCP_OPT_RTO_MIN, 4001, 0, 5000 }, /* begun ms count */
		{ TCP_OPT_DELACK_MAX, 0, -EINVAL, 200000 },
		{ TCP_OPT_DELACK_MAX, 8000, 0, 8000 },
		{ TCP_OPT_THIN_LINEAR, 2, -EINVAL, 0 },
		{ TCP_OPT_THIN_LINEAR, 1, 0, 1 },
	};

	start();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EQ(tcp_set_opt(p.h[0].tcp, a, rows[i].o, rows[i].v),
		   rows[i].set);
		EQ(get(rows[i].o), rows[i].got);
	}
	watch_fini(&p);
}

/* When the timeouts of 100 lost bytes were, each from the one before, @ms and
 * a round trip that doubles, too, up to a bound.
 */
static void expect_waits(const uint32_t *ms, int n)
{
	uint32_t t;

	watch_send(&p, a, 100);
	pair_run(&p, 100);
	watch_clear(&p);
	watch.cut = true;
	watch_send(&p, a, 100);
	pair_run(&p, 20 * SECOND);
	OK(watch_nth(1)->probe);
	t = watch_nth(1)->ms;
	for (int i = 0; i < n; i++) {
		OK(watch_nth(2 + i)->resent);
		t += ms[i];
		OK(watch_nth(2 + i)->ms >= t &&
		   watch_nth(2 + i)->ms <= t + 30 + ms[i] / 5);
		t = watch_nth(2 + i)->ms;
	}
	watch_fini(&p);
}

TEST(the_timeout_doubles_up_to_the_programs_bound)
{
	static const uint32_t ms[] = { 200, 400, 800, 1500, 1500, 1500 };

	start();
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_RTO_MAX, 1500), 0);
	expect_waits(ms, 6);
}

TEST(the_first_timeout_may_be_earlier)
{
	static const uint32_t ms[] = { 80, 160, 320, 640 };

	start();
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_RTO_MIN, 60000), 0);
	expect_waits(ms, 4);
}

TEST(a_thin_streams_first_six_timeouts_are_as_long_as_one_another)
{
	static const uint32_t ms[] = { 200, 200, 200, 200, 200, 200, 200, 400 };

	start();
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_THIN_LINEAR, 1), 0);
	expect_waits(ms, 8);
}

TEST(an_acknowledgment_waits_no_longer_than_either_bound)
{
	start();
	EQ(tcp_rto_delack_ms(p.h[0].tcp, a, 150), 150);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_DELACK_MAX, 20000), 0);
	EQ(tcp_rto_delack_ms(p.h[0].tcp, a, 150), 20);
	EQ(tcp_rto_delack_ms(p.h[0].tcp, a, 10), 10);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_RTO_MIN, 10000), 0);
	EQ(tcp_rto_delack_ms(p.h[0].tcp, a, 150), 9);
	watch_fini(&p);
}

TESTS(CASE(options_have_linuxs_ranges_and_defaults),
      CASE(the_timeout_doubles_up_to_the_programs_bound),
      CASE(the_first_timeout_may_be_earlier),
      CASE(a_thin_streams_first_six_timeouts_are_as_long_as_one_another),
      CASE(an_acknowledgment_waits_no_longer_than_either_bound))
