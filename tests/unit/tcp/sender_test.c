/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <linux/tcp.h>

enum { MSS = 1448 };

static struct pair p;
static struct tcp_conn *l, *a, *b;

static void open_with(uint32_t mtu, uint32_t caps)
{
	pair_init(&p, false, mtu, caps);
	watch_open(&p, &l, &a, &b);
}

static struct tcp_info info(void)
{
	struct tcp_info i;

	tcp_info(p.h[0].tcp, a, &i);
	return i;
}

/* Keep the pipe full for @ms; returns bytes that arrived. */
static uint64_t pour(uint64_t ms)
{
	static const uint8_t data[16384];
	ostia_time end = p.now + ms * PAIR_MS;
	uint64_t got = 0;

	while (p.now < end) {
		while (pair_send(&p, 0, a, data, sizeof(data)) > 0)
			;
		pair_pull_all(&p);
		got += watch_recv(&p, b);
		watch.n = 0;
		if (!pair_step(&p))
			break;
	}
	return got;
}

TEST(the_round_trip_is_measured_on_the_wire)
{
	open_with(1500, 0);
	watch_send(&p, a, 5 * MSS);
	pair_run(&p, 30);
	OK(info().tcpi_rtt >= 19990 && info().tcpi_rtt < 21000);
	watch_fini(&p);
}

TEST(slow_start_doubles_the_window_each_round)
{
	open_with(1500, 0);
	EQ(info().tcpi_snd_cwnd, 10);
	pour(21);
	EQ(info().tcpi_snd_cwnd, 20);
	pour(20);
	EQ(info().tcpi_snd_cwnd, 40);
	watch_fini(&p);
}

TEST(a_window_that_the_program_does_not_fill_stays)
{
	open_with(1500, 0);
	for (int i = 0; i < 50; i++) {
		watch_send(&p, a, 100);
		pair_run(&p, 25);
		watch_recv(&p, b);
	}
	EQ(info().tcpi_snd_cwnd, 10);
	watch_fini(&p);
}

TEST(one_lost_segment_costs_a_round_trip_not_a_timeout)
{
	open_with(1500, 0);
	watch.drop = 1 + 2 * MSS;
	watch.drops = 1;
	watch_send(&p, a, 8 * MSS);
	pair_run(&p, 60);
	EQ(watch_recv(&p, b), 8 * MSS);
	EQ(p.h[0].stats.TcpExtTimeouts, 0);
	EQ(p.h[0].stats.TcpRetransSegs, 1);
	EQ(p.h[0].stats.TcpExtSackRecovery, 1);
	OK(info().tcpi_snd_cwnd < 10);
	watch_fini(&p);
}

TEST(a_lost_tail_is_probed_before_the_timeout)
{
	open_with(1500, 0);
	watch_send(&p, a, MSS); /* an RTT sample */
	pair_run(&p, 30);
	watch_clear(&p);
	watch.drop = 1 + 3 * MSS;
	watch.drops = 1;
	watch_send(&p, a, 3 * MSS);
	pair_run(&p, 400);
	EQ(watch_recv(&p, b), 4 * MSS);
	EQ(watch_data(), 4);
	OK(watch_nth(3)->resent && watch_nth(3)->probe);
	EQ(watch_nth(3)->seq, 1 + 3 * MSS);
	/* one in flight: its ACK may be delayed */
	OK(watch_nth(3)->ms >= 200 && watch_nth(3)->ms <= 270);
	EQ(p.h[0].stats.TcpExtTimeouts, 0);
	EQ(p.h[0].stats.TcpExtLossProbes, 1);
	watch_fini(&p);
}

TEST(a_repaired_tail_still_counts_as_congestion)
{
	open_with(1500, 0);
	watch_send(&p, a, MSS);
	pair_run(&p, 30);
	watch.drop = 1 + 3 * MSS;
	watch.drops = 1;
	watch_send(&p, a, 3 * MSS);
	pair_run(&p, 400);
	EQ(p.h[0].stats.TcpExtLossProbeRecovery, 0); /* not known yet */
	watch_send(&p, a, MSS);
	pair_run(&p, 30);
	EQ(p.h[0].stats.TcpExtLossProbeRecovery, 1);
	EQ(info().tcpi_snd_cwnd, 7);
	watch_fini(&p);
}

TEST(without_a_word_of_sack_it_works_too)
{
	pair_init(&p, false, 1500, 0);
	*(uint32_t *)tcp_settings_base(p.h[1].tcp) = 0; /* tcp_sack */
	watch_open(&p, &l, &a, &b);
	OK(!(info().tcpi_options & TCPI_OPT_SACK));
	watch.drop = 1 + 2 * MSS;
	watch.drops = 1;
	watch_send(&p, a, 8 * MSS);
	pair_run(&p, 60);
	EQ(watch_recv(&p, b), 8 * MSS);
	EQ(p.h[0].stats.TcpExtTimeouts, 0);
	EQ(p.h[0].stats.TcpExtRenoRecovery, 1);
	watch_fini(&p);
}

TEST(a_lost_retransmission_is_sent_again_without_a_timeout)
{
	open_with(1500, 0);
	watch.drop = 1 + 2 * MSS;
	watch.drops = 2;
	OK(pour(400) > 100 * MSS);
	EQ(p.h[0].stats.TcpExtTimeouts, 0);
	EQ(p.h[0].stats.TcpRetransSegs, 2);
	watch_fini(&p);
}

TEST(a_long_silence_brings_the_window_down)
{
	open_with(1500, 0);
	pour(100);
	OK(info().tcpi_snd_cwnd > 100);
	pair_run(&p, 5000);
	watch_recv(&p, b);
	pair_run(&p, 5000);
	watch_clear(&p);
	watch_send(&p, a, 30 * MSS);
	EQ(watch_data(), 10);
	watch_fini(&p);
}

TEST(reordering_costs_nothing_once_it_was_seen)
{
	open_with(1500, 0);
	p.lose = NULL;
	for (int i = 0; i < 40; i++) {
		static const uint8_t data[6 * MSS];

		EQ(pair_send(&p, 0, a, data, sizeof(data)), sizeof(data));
		pair_pull_all(&p);
		if (p.flying && p.flying->next) /* the first comes 2 ms late */
			p.flying->when += 2 * PAIR_MS;
		if (p.flying && p.flying->next) {
			struct ostia_pkt *late = p.flying, **at = &late->next;

			p.flying = late->next;
			at = &p.flying;
			while (*at && (*at)->when <= late->when)
				at = &(*at)->next;
			late->next = *at;
			*at = late;
		}
		pair_run(&p, 40);
		watch_recv(&p, b);
	}
	OK(p.h[0].stats.TcpRetransSegs <= 1);
	OK(p.h[0].stats.TcpExtRackReordering > 0);
	OK(info().tcpi_snd_cwnd >= 10);
	watch_fini(&p);
}

TEST(the_send_buffer_grows_with_the_window)
{
	open_with(1500, 0);
	pour(150);
	OK(info().tcpi_snd_cwnd > 100);
	pour(5);
	OK(tcp_unacked(a) > 100 * MSS);
	watch_fini(&p);
}

TEST(a_peer_that_acknowledges_octet_by_octet_gains_nothing)
{
	open_with(1500, 0);
	for (int i = 0; i < 100; i++) { /* less than a segment each */
		watch_nodelay(&p, a);
		watch_send(&p, a, 1);
		pair_run(&p, 21);
	}
	EQ(info().tcpi_snd_cwnd, 10);
	watch_fini(&p);
}

TESTS(CASE(the_round_trip_is_measured_on_the_wire),
      CASE(slow_start_doubles_the_window_each_round),
      CASE(a_window_that_the_program_does_not_fill_stays),
      CASE(one_lost_segment_costs_a_round_trip_not_a_timeout),
      CASE(a_lost_tail_is_probed_before_the_timeout),
      CASE(a_repaired_tail_still_counts_as_congestion),
      CASE(without_a_word_of_sack_it_works_too),
      CASE(a_lost_retransmission_is_sent_again_without_a_timeout),
      CASE(a_long_silence_brings_the_window_down),
      CASE(reordering_costs_nothing_once_it_was_seen),
      CASE(the_send_buffer_grows_with_the_window),
      CASE(a_peer_that_acknowledges_octet_by_octet_gains_nothing))
