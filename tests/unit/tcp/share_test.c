/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"
#include "tcp/share.h"

enum { HOUR_S = 3600 };

static void open_slowly(struct pair *p, uint64_t rtt_ms, struct tcp_conn **l,
			struct tcp_conn **a, struct tcp_conn **b)
{
	p->delay = rtt_ms * PAIR_MS / 2;
	*l = pair_listen(p, 1, 80, 1);
	*a = pair_connect(p, 0, 80);
	pair_run(p, 2 * rtt_ms);
	EQ(tcp_state(*a), TCP_ESTABLISHED);
	EQ(tcp_accept(p->h[1].tcp, *l, b), 0);
}

/* A connection over a path of so many ms, there and back, and its end. Return:
 * the round trip that it saw, in us: acknowledgments may be late.
 */
static uint32_t talk(struct pair *p, uint64_t rtt_ms)
{
	struct tcp_conn *l, *a, *b;
	uint32_t srtt_us;

	open_slowly(p, rtt_ms, &l, &a, &b);
	for (int i = 0; i < 20; i++) {
		pair_send(p, 0, a, "bytes", 5);
		pair_run(p, 2 * rtt_ms);
	}
	srtt_us = a->rtt.srtt_us;
	tcp_close(p->h[0].tcp, a, true);
	pair_run(p, 2 * rtt_ms);
	tcp_close(p->h[1].tcp, b, true);
	tcp_close(p->h[1].tcp, l, false);
	return srtt_us;
}

/* The first RTO, in ms, of a connection over a path of so many ms. */
static uint32_t first_rto(struct pair *p, uint64_t rtt_ms)
{
	struct tcp_conn *l, *a, *b;
	uint32_t us;

	open_slowly(p, rtt_ms, &l, &a, &b);
	us = a->rtt.rto_us;
	tcp_close(p->h[0].tcp, a, true);
	pair_run(p, 2 * rtt_ms);
	tcp_close(p->h[1].tcp, b, true);
	tcp_close(p->h[1].tcp, l, false);
	return us / 1000;
}

static struct tcp_metric *known(struct pair *p)
{
	struct flow f = { .local = p->h[0].addr, .remote = p->h[1].addr };

	return tcp_metrics_find(p->h[0].tcp, &f);
}

TEST(the_first_rto_is_of_the_longer_round_trip_for_an_hour)
{
	struct pair p;
	uint32_t us;

	pair_init(&p, false, 1500, 0);
	OK(first_rto(&p, 20) < 300);
	us = talk(&p, 400);
	EQ(known(&p)->path.srtt_us, us);
	EQ(first_rto(&p, 20), 3 * us / 1000);
	pair_set_time(&p, p.now + HOUR_S * NS_PER_S);
	OK(first_rto(&p, 20) < 300);
	pair_fini(&p);
}

TEST(shorter_round_trips_count_an_eighth)
{
	struct pair p;
	uint32_t longer, shorter;

	pair_init(&p, false, 1500, 0);
	longer = talk(&p, 400);
	shorter = talk(&p, 80);
	EQ(known(&p)->path.srtt_us, longer - (longer - shorter) / 8);
	longer = talk(&p, 600);
	EQ(known(&p)->path.srtt_us, longer);
	pair_fini(&p);
}

TEST(who_does_not_want_it_keeps_nothing)
{
	struct pair p;

	pair_init(&p, false, 1500, 0);
	pair_set(&p, 0, "net.ipv4.tcp_no_metrics_save", 1);
	talk(&p, 400);
	OK(!known(&p));
	OK(first_rto(&p, 20) < 300);
	pair_fini(&p);
}

TEST(the_threshold_is_kept_where_that_is_asked_for)
{
	static const struct {
		uint32_t no_save, cwnd, ssthresh, first;
	} rows[] = {
		{ 1, 20, 10, 0x7fffffff }, /* the default */
		{ 0, 20, 12, 12 }, /* in congestion avoidance */
		{ 0, 30, 12, 15 }, /* half of the window is more */
		{ 0, 30, 0x7fffffff, 0x7fffffff }, /* never had any */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tcp_conn *l, *a, *b;
		struct pair p;

		pair_init(&p, false, 1500, 0);
		pair_set(&p, 0, "net.ipv4.tcp_no_ssthresh_metrics_save",
			 rows[i].no_save);
		pair_open(&p, &l, &a, &b);
		a->cwin.cwnd = rows[i].cwnd;
		a->cwin.ssthresh = rows[i].ssthresh;
		tcp_close(p.h[0].tcp, a, true);
		pair_run(&p, 100);
		tcp_close(p.h[1].tcp, b, true);
		tcp_close(p.h[1].tcp, l, false);
		pair_open(&p, &l, &a, &b);
		EQ(a->cwin.ssthresh, rows[i].first);
		tcp_close(p.h[0].tcp, a, true);
		pair_run(&p, 100);
		tcp_close(p.h[1].tcp, b, true);
		tcp_close(p.h[1].tcp, l, false);
		pair_fini(&p);
	}
}

TESTS(CASE(the_first_rto_is_of_the_longer_round_trip_for_an_hour),
      CASE(shorter_round_trips_count_an_eighth),
      CASE(who_does_not_want_it_keeps_nothing),
      CASE(the_threshold_is_kept_where_that_is_asked_for))
