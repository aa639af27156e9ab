/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include "tcp/conn.h"

enum { MSS = 1448 };

static struct pair p;
static struct tcp_conn *l, *a, *b;

static void open_with(uint32_t mtu, uint32_t caps)
{
	pair_init(&p, false, mtu, caps);
	watch_open(&p, &l, &a, &b);
}

TEST(a_super_segment_leaves_whole_and_counts_its_segments)
{
	pair_init(&p, false, 1500, OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM);
	p.delay = PAIR_MS / 10; /* a ms of pacing is more than a window */
	watch_open(&p, &l, &a, &b);
	watch_send(&p, a, 7 * MSS + 100);
	EQ(watch_data(), 1);
	EQ(watch_nth(0)->len, 7 * MSS + 100);
	EQ(watch_nth(0)->segs, 8);
	OK(watch_nth(0)->flags & WIRE_TCP_PSH);
	EQ(p.h[0].stats.TcpOutSegs, 2 + 8); /* SYN and ACK before */
	watch_fini(&p);
}

TEST(the_first_flight_is_ten_segments)
{
	open_with(1500, 0);
	watch_send(&p, a, 15000);
	watch_send(&p, a, 15000);
	EQ(watch_data(), 10);
	for (int i = 0; i < 10; i++)
		EQ(watch_nth(i)->len, MSS);
	pair_run(&p, 25); /* ten ACKed: twenty may follow */
	EQ(watch_data(), 10 + 11);
	watch_fini(&p);
}

TEST(a_small_segment_waits_while_another_is_in_flight)
{
	open_with(1500, 0);
	watch_send(&p, a, 10);
	watch_send(&p, a, 20);
	watch_send(&p, a, 30);
	EQ(watch_data(), 1);
	pair_run(&p, 25);
	EQ(watch_data(), 2);
	EQ(watch_nth(1)->len, 50);
	watch_fini(&p);
}

TEST(nodelay_lets_it_go)
{
	open_with(1500, 0);
	watch_nodelay(&p, a);
	watch_send(&p, a, 10);
	watch_send(&p, a, 20);
	EQ(watch_data(), 2);
	watch_fini(&p);
}

TEST(a_cork_holds_what_is_not_full_for_200_ms)
{
	open_with(1500, 0);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_CORK, 1), 0);
	watch_send(&p, a, MSS + 10);
	EQ(watch_data(), 1);
	EQ(watch_nth(0)->len, MSS);
	pair_run(&p, 150);
	EQ(watch_data(), 1);
	pair_run(&p, 150);
	EQ(watch_data(), 2);
	EQ(watch_nth(1)->len, 10);
	watch_fini(&p);
}

TEST(taking_the_cork_out_sends_at_once)
{
	open_with(1500, 0);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_CORK, 1), 0);
	watch_send(&p, a, 10);
	EQ(watch_data(), 0);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_CORK, 0), 0);
	pair_pull_all(&p);
	EQ(watch_data(), 1);
	watch_fini(&p);
}

TEST(msg_more_waits_for_the_rest)
{
	char header[] = "header";
	const struct iovec iov = { header, 6 };

	open_with(1500, 0);
	watch_nodelay(&p, a);
	EQ(tcp_send(p.h[0].tcp, a, &iov, 1, 0, 6, MSG_MORE), 6);
	pair_pull_all(&p);
	EQ(watch_data(), 0);
	watch_send(&p, a, 4);
	EQ(watch_data(), 1);
	EQ(watch_nth(0)->len, 10);
	watch_fini(&p);
}

TEST(the_fin_rides_on_the_last_data)
{
	open_with(1500, 0);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_CORK, 1), 0);
	watch_send(&p, a, 10);
	EQ(tcp_shutdown(p.h[0].tcp, a, SHUT_WR), 0);
	pair_pull_all(&p);
	EQ(watch_data(), 1);
	OK(watch_nth(0)->flags & WIRE_TCP_FIN);
	EQ(watch_nth(0)->len, 10);
	watch_fini(&p);
}

TEST(nothing_leaves_beyond_the_peers_window)
{
	open_with(1500, OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM);
	for (int i = 0; i < 200; i++) { /* nobody reads */
		static const uint8_t data[8000];

		pair_send(&p, 0, a, data, sizeof(data));
		pair_run(&p, 30);
		for (int k = 0; k < watch.n; k++)
			OK(watch.at[k].seq + watch.at[k].len <= watch.edge);
		watch_clear(&p);
	}
	OK(tcp_readable(b) > 30000);
	watch_fini(&p);
}

/* What stands alone and is small has a short way out: not past a window. */
TEST(a_lone_small_segment_waits_for_the_window)
{
	static const uint32_t windows[] = { 0, 1, 99 };

	for (unsigned i = 0; i < 3; i++) {
		open_with(1500, 0);
		a->snd_wnd = windows[i];
		watch_send(&p, a, 100);
		EQ(watch_data(), 0);
		pair_run(&p, 2000); /* a probe finds the window open */
		EQ(tcp_unacked(a), 0);
		watch_fini(&p);
	}
	open_with(1500, 0);
	a->snd_wnd = 100;
	watch_send(&p, a, 100);
	EQ(watch_data(), 1);
	watch_fini(&p);
}

TEST(a_paced_sender_keeps_to_its_rate)
{
	open_with(1500, 0);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_MAX_PACING_RATE, 144800), 0);
	watch_send(&p, a, 10 * MSS);
	EQ(watch_data(), 2); /* tcp_min_tso_segs */
	pair_run(&p, 101);
	EQ(watch_data(), 10);
	for (int i = 0; i < 10; i++)
		EQ(watch_nth(i)->ms, i / 2 * 20); /* two each 20 ms */
	watch_fini(&p);
}

TEST(a_narrower_path_gets_it_again_in_smaller_pieces)
{
	struct ip_error e = { .err = EMSGSIZE, .mtu = 1000 };

	open_with(1500, 0);
	watch.cut = true;
	watch_send(&p, a, 3 * MSS);
	EQ(watch_data(), 3);
	watch.cut = false;
	e.flow = *tcp_flow(a);
	e.seq = watch.iss + 1;
	e.proto = 6;
	tcp_error(p.h[0].tcp, &e, p.now);
	pair_pull_all(&p);
	OK(watch_data() >= 3 + 5); /* 4344 octets by 948 */
	for (int i = 3; i < watch_data(); i++)
		OK(watch_nth(i)->resent && watch_nth(i)->len <= 948);
	pair_run(&p, 30);
	EQ(watch_recv(&p, b), 3 * MSS);
	watch_fini(&p);
}

TEST(many_small_writes_fill_large_segments)
{
	open_with(1500, OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM);
	watch_send(&p, a, MSS); /* in flight: Nagle gathers */
	for (int i = 0; i < 3000; i++)
		watch_send(&p, a, 3);
	pair_run(&p, 200);
	EQ(watch_recv(&p, b), MSS + 9000);
	OK(watch_data() <= 16);
	watch_fini(&p);
}

TEST(the_last_ack_waits_for_no_data)
{
	open_with(1500, 0);
	EQ(pair_send(&p, 1, b, "x", 1), 1);
	pair_run(&p, 10);
	watch_send(&p, a, 10);
	EQ(watch_nth(0)->flags & WIRE_TCP_ACK, WIRE_TCP_ACK);
	pair_run(&p, 100);
	EQ(tcp_unacked(b), 0);
	watch_fini(&p);
}

TESTS(CASE(a_super_segment_leaves_whole_and_counts_its_segments),
      CASE(the_first_flight_is_ten_segments),
      CASE(a_small_segment_waits_while_another_is_in_flight),
      CASE(nodelay_lets_it_go), CASE(a_cork_holds_what_is_not_full_for_200_ms),
      CASE(taking_the_cork_out_sends_at_once),
      CASE(msg_more_waits_for_the_rest), CASE(the_fin_rides_on_the_last_data),
      CASE(nothing_leaves_beyond_the_peers_window),
      CASE(a_lone_small_segment_waits_for_the_window),
      CASE(a_paced_sender_keeps_to_its_rate),
      CASE(a_narrower_path_gets_it_again_in_smaller_pieces),
      CASE(many_small_writes_fill_large_segments),
      CASE(the_last_ack_waits_for_no_data))
