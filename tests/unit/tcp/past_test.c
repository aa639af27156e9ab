/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/cold.h"
#include "tcp/conn.h"
#include "tcp/past.h"
#include "tcp/timers.h"

#include <linux/tcp.h>

enum { SECOND = 1000 };

static struct pair p;
static struct tcp_conn *l, *a, *b;

static struct tcp_info told(int i, struct tcp_conn *c)
{
	struct tcp_info info;

	tcp_info(p.h[i].tcp, c, &info);
	return info;
}

static void converse(void)
{
	char buf[8];

	EQ(pair_send(&p, 0, a, "hello", 5), 5);
	pair_run(&p, 50);
	EQ(pair_recv(&p, 1, b, buf, sizeof(buf)), 5);
	EQ(pair_send(&p, 1, b, "you", 3), 3);
	pair_run(&p, 50);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), 3);
}

static void start(void)
{
	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	converse();
}

static void finish(void)
{
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

static void equal(const struct tcp_info *x, const struct tcp_info *y)
{
	EQ(x->tcpi_data_segs_in, y->tcpi_data_segs_in);
	EQ(x->tcpi_data_segs_out, y->tcpi_data_segs_out);
	EQ(x->tcpi_delivered, y->tcpi_delivered);
	EQ(x->tcpi_busy_time, y->tcpi_busy_time);
	EQ(x->tcpi_min_rtt, y->tcpi_min_rtt);
	EQ(x->tcpi_bytes_sent, y->tcpi_bytes_sent);
}

TEST(a_quiet_connection_still_tells_of_its_past)
{
	struct tcp_info was, is;

	start();
	was = told(0, a);
	EQ(was.tcpi_data_segs_out, 1);
	EQ(was.tcpi_data_segs_in, 1);
	EQ(was.tcpi_delivered, 2);
	EQ(was.tcpi_min_rtt, 20000);
	OK(a->cold);
	pair_run(&p, 5 * SECOND);
	OK(!a->cold);
	is = told(0, a);
	equal(&was, &is);
	EQ(is.tcpi_last_data_sent, was.tcpi_last_data_sent + 5 * SECOND);
	EQ(is.tcpi_last_data_recv, was.tcpi_last_data_recv + 5 * SECOND);
	converse();
	is = told(0, a);
	EQ(is.tcpi_data_segs_out, 2);
	EQ(is.tcpi_delivered, 3);
	finish();
}

TEST(keepalive_borrows_the_node_and_the_past_waits)
{
	struct tcp_info was, is;
	struct tcp *t;

	start();
	t = p.h[0].tcp;
	was = told(0, a);
	a->flags |= TCP_F_KEEPALIVE;
	tcp_timers_keepalive(t, a, p.now);
	pair_run(&p, 5 * SECOND);
	OK(!a->cold && wheel_armed(&a->timer));
	is = told(0, a);
	equal(&was, &is);
	pair_run(&p, 7200 * SECOND); /* a probe is sent and answered */
	is = told(0, a);
	EQ(is.tcpi_data_segs_out, 1);
	EQ(is.tcpi_delivered, 2);
	a->flags &= ~TCP_F_KEEPALIVE;
	tcp_timers_keepalive(t, a, p.now);
	pair_run(&p, 5 * SECOND);
	OK(!a->cold && !wheel_armed(&a->timer));
	EQ(told(0, a).tcpi_data_segs_out, 1);
	finish();
}

TEST(without_memory_the_past_is_forgotten_and_no_more)
{
	struct tcp_info is;

	start();
	a->flags |= TCP_F_KEEPALIVE;
	tcp_timers_keepalive(p.h[0].tcp, a, p.now);
	p.lend.left = 0;
	pair_run(&p, 5 * SECOND);
	OK(!a->cold && wheel_armed(&a->timer));
	is = told(0, a);
	EQ(is.tcpi_data_segs_out, 0);
	EQ(is.tcpi_min_rtt, UINT32_MAX);
	OK(p.h[0].stats.NoMemory > 0);
	p.lend.left = -1;
	converse();
	EQ(told(0, a).tcpi_data_segs_out, 1);
	finish();
}

TEST(the_lowest_round_trip_is_not_remembered_for_long)
{
	start();
	pair_run(&p, 5 * SECOND);
	p.delay = 40 * PAIR_MS;
	pair_run(&p, 100 * SECOND);
	EQ(pair_send(&p, 0, a, "hello", 5), 5);
	pair_run(&p, 100);
	EQ(told(0, a).tcpi_min_rtt, 20000);
	pair_run(&p, 700 * SECOND);
	EQ(pair_send(&p, 0, a, "hello", 5), 5);
	pair_run(&p, 100);
	EQ(told(0, a).tcpi_min_rtt, 80000);
	finish();
}

TESTS(CASE(a_quiet_connection_still_tells_of_its_past),
      CASE(keepalive_borrows_the_node_and_the_past_waits),
      CASE(without_memory_the_past_is_forgotten_and_no_more),
      CASE(the_lowest_round_trip_is_not_remembered_for_long))
