/* SPDX-License-Identifier: MIT */
#include "watch.h"

enum { MSS = 1448, SECOND = 1000 };

static struct pair p;
static struct tcp_conn *l, *a, *b;

static void start(void)
{
	pair_init(&p, false, 1500, 0);
	watch_open(&p, &l, &a, &b);
}

TEST(a_syn_is_repeated_six_times_then_given_up)
{
	static const uint32_t at_s[] = { 0, 1, 3, 7, 15, 31, 63 };

	pair_init(&p, false, 1500, 0);
	watch = (struct watch) { .cut = true };
	p.lose = watch_wire;
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 126 * SECOND);
	EQ(watch.n, 7);
	for (int i = 0; i < 7; i++) {
		EQ(watch.at[i].ms, at_s[i] * 1000);
		EQ(watch.at[i].flags, WIRE_TCP_SYN);
	}
	EQ(tcp_state(a), 2);
	pair_run(&p, 2 * SECOND);
	EQ(tcp_take_error(a), ETIMEDOUT);
	watch_fini(&p);
}

TEST(data_is_repeated_at_doubling_intervals)
{
	uint32_t wait_ms = 220, t; /* 200 and a round trip */

	start();
	watch_send(&p, a, 100);
	pair_run(&p, 100);
	watch_clear(&p);
	watch.cut = true;
	watch_send(&p, a, 100);
	pair_run(&p, 8 * SECOND);
	/* the probe, then the timeouts from it on */
	OK(watch_nth(1)->probe);
	t = watch_nth(1)->ms;
	for (int i = 0; i < 5; i++) {
		uint32_t was_ms = wait_ms;

		OK(watch_nth(2 + i)->resent);
		wait_ms = watch_nth(2 + i)->ms - t;
		OK(wait_ms >= was_ms && wait_ms <= was_ms + 40);
		t = watch_nth(2 + i)->ms;
		wait_ms *= 2;
	}
	watch_fini(&p);
}

TEST(after_fifteen_timeouts_it_is_over)
{
	start();
	watch.cut = true;
	watch_send(&p, a, 100);
	pair_run(&p, 800 * SECOND);
	EQ(tcp_state(a), 1);
	pair_run(&p, 400 * SECOND);
	EQ(tcp_state(a), 7);
	EQ(tcp_take_error(a), ETIMEDOUT);
	EQ(p.h[0].stats.TcpExtAbortOnTimeout, 1);
	watch_fini(&p);
}

TEST(a_user_timeout_ends_it_earlier)
{
	start();
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_USER_TIMEOUT, 5000), 0);
	watch.cut = true;
	watch_send(&p, a, 100);
	pair_run(&p, 4 * SECOND);
	EQ(tcp_state(a), 1);
	pair_run(&p, 4 * SECOND);
	EQ(tcp_take_error(a), ETIMEDOUT);
	watch_fini(&p);
}

TEST(an_answer_starts_the_count_over)
{
	start();
	watch.cut = true;
	watch_send(&p, a, 100);
	pair_run(&p, 10 * SECOND);
	watch.cut = false;
	pair_run(&p, 20 * SECOND);
	EQ(watch_recv(&p, b), 100);
	EQ(tcp_unacked(a), 0);
	watch_clear(&p);
	pair_run(&p, 100 * SECOND);
	EQ(watch_data(), 0);
	watch_fini(&p);
}

/* Fill b's window, and more, with nobody reading. */
static void shut_window(void)
{
	static const uint8_t data[8192];

	for (int i = 0; i < 300; i++) {
		pair_send(&p, 0, a, data, sizeof(data));
		pair_run(&p, 30);
	}
	OK(tcp_unsent(a) > 0);
}

TEST(a_closed_window_is_probed_for_ever_while_the_peer_answers)
{
	uint32_t first, last;

	start();
	shut_window();
	watch_clear(&p);
	pair_run(&p, 3600 * SECOND);
	EQ(tcp_state(a), 1);
	OK(watch.n >= 25 && watch.n <= 40);
	last = watch.at[watch.n - 1].ms - watch.at[watch.n - 2].ms;
	OK(last >= 119 * SECOND && last <= 121 * SECOND);
	first = watch.at[0].seq;
	for (int i = 0; i < watch.n; i++)
		EQ(watch.at[i].seq, first); /* nothing new is pushed in */
	watch_fini(&p);
}

TEST(a_window_that_opens_is_used_at_once)
{
	start();
	shut_window();
	pair_run(&p, 100 * SECOND);
	watch_clear(&p);
	OK(watch_recv(&p, b) > 30000);
	pair_run(&p, 30);
	OK(watch_data() > 0);
	watch_fini(&p);
}

TEST(a_lost_window_update_is_found_by_the_probe)
{
	start();
	shut_window();
	watch.deaf = true;
	OK(watch_recv(&p, b) > 30000);
	pair_run(&p, 20);
	watch.deaf = false;
	watch_clear(&p);
	pair_run(&p, 130 * SECOND);
	OK(watch_data() > 0);
	watch_fini(&p);
}

/* RFC 6429: silence is what ends it. */
TEST(a_closed_window_and_silence_end_the_connection)
{
	start();
	shut_window();
	watch.deaf = true;
	pair_run(&p, 3000 * SECOND);
	EQ(tcp_state(a), 7);
	EQ(tcp_take_error(a), ETIMEDOUT);
	watch_fini(&p);
}

static void keepalive(int idle, int intvl, int cnt)
{
	struct tcp *t = p.h[0].tcp;

	EQ(tcp_set_opt(t, a, TCP_OPT_KEEPIDLE, idle), 0);
	EQ(tcp_set_opt(t, a, TCP_OPT_KEEPINTVL, intvl), 0);
	EQ(tcp_set_opt(t, a, TCP_OPT_KEEPCNT, cnt), 0);
	EQ(tcp_set_opt(t, a, TCP_OPT_KEEPALIVE, 1), 0);
}

TEST(keepalive_is_off_unless_asked_for)
{
	start();
	pair_run(&p, 100000 * SECOND);
	EQ(watch.n, 0);
	EQ(tcp_state(a), 1);
	watch_fini(&p);
}

TEST(a_living_peer_is_asked_once_in_a_while)
{
	start();
	keepalive(60, 10, 3);
	watch_clear(&p);
	pair_run(&p, 601 * SECOND);
	OK(watch.n >= 9 && watch.n <= 10);
	for (int i = 0; i < watch.n; i++) {
		OK(watch.at[i].probe);
		EQ(watch.at[i].seq, 0); /* one before SND.NXT */
	}
	EQ(tcp_state(a), 1);
	watch_fini(&p);
}

TEST(a_dead_peer_is_noticed)
{
	start();
	keepalive(60, 10, 3);
	watch_clear(&p);
	watch.deaf = true;
	pair_run(&p, 85 * SECOND);
	EQ(tcp_state(a), 1);
	EQ(watch.n, 3);
	pair_run(&p, 10 * SECOND);
	EQ(tcp_state(a), 7);
	EQ(tcp_take_error(a), ETIMEDOUT);
	watch_fini(&p);
}

TEST(an_orphan_is_given_up_sooner)
{
	struct ostia_usage u = { 0 };

	start();
	watch.cut = true;
	watch_send(&p, a, 100);
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 200 * SECOND);
	tcp_usage(p.h[0].tcp, &u);
	EQ(u.conns, 0);
	watch_fini(&p);
}

TESTS(CASE(a_syn_is_repeated_six_times_then_given_up),
      CASE(data_is_repeated_at_doubling_intervals),
      CASE(after_fifteen_timeouts_it_is_over),
      CASE(a_user_timeout_ends_it_earlier),
      CASE(an_answer_starts_the_count_over),
      CASE(a_closed_window_is_probed_for_ever_while_the_peer_answers),
      CASE(a_window_that_opens_is_used_at_once),
      CASE(a_lost_window_update_is_found_by_the_probe),
      CASE(a_closed_window_and_silence_end_the_connection),
      CASE(keepalive_is_off_unless_asked_for),
      CASE(a_living_peer_is_asked_once_in_a_while),
      CASE(a_dead_peer_is_noticed), CASE(an_orphan_is_given_up_sooner))
