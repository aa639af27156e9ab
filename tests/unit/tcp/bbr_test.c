/* SPDX-License-Identifier: MIT */
/*
 * BBR over a path in miniature: one queue before a rate, a fixed delay, one
 * ACK a segment, losses told when the next segment arrives. The cases are
 * those of the draft's appendix A, and its sections'.
 */
#include "tcp/cc.h"

#include "../test.h"

#include <linux/inet_diag.h>

enum { FLIGHT = 4096, MSS = 1000 };

struct sent {
	struct tcp_rtx_rec rec;
	ostia_time back; /* its ACK arrives */
	bool dropped;
};

struct path {
	union tcp_cc_state s;
	struct tcp_cwin w;
	ostia_time now;
	ostia_time gap; /* ns a segment takes at the bottleneck */
	ostia_time rtt;
	uint32_t buffer; /* segments */
	uint32_t drop_every; /* 0: only what finds the buffer full */
	bool no_sack;
	ostia_time app_gap; /* the program's pace, 0: as fast as may be */

	struct sent ring[FLIGHT];
	uint32_t head, n, flight;
	uint32_t count, delivered, lost;
	ostia_time free_at, delivered_at, first_tx, pace_next, app_next;
	struct seq nxt;
	struct seq recover;
	bool recovering;
};

#define B(p) (&(p)->s.bbr)

static void begin(struct path *p, ostia_time gap, ostia_time rtt,
		  uint32_t buffer)
{
	memset(p, 0, sizeof(*p));
	p->gap = gap;
	p->rtt = rtt;
	p->buffer = buffer;
	p->now = NS_PER_S;
	p->delivered = 1;
	p->w = (struct tcp_cwin) { TCP_INITIAL_WINDOW, TCP_SSTHRESH_NONE };
	tcp_bbr.init(&p->s, &p->w, p->now);
}

static bool is_dropped(struct path *p)
{
	if (p->drop_every && p->count % p->drop_every == 0)
		return true;
	return p->free_at > p->now + p->buffer * p->gap;
}

static void send(struct path *p)
{
	struct sent *x = &p->ring[(p->head + p->n++) % FLIGHT];
	uint64_t rate = tcp_bbr.pacing(&p->s, &p->w, 0, MSS);

	assert_true(p->n < FLIGHT);
	p->count++;
	if (!p->flight)
		p->first_tx = p->delivered_at = p->now;
	p->flight++;
	*x = (struct sent) { .dropped = is_dropped(p) };
	x->rec = (struct tcp_rtx_rec) {
		.start = p->nxt,
		.end = seq_add(p->nxt, MSS),
		.segs = 1,
		.tx_time = p->now,
		.delivered_time = p->delivered_at,
		.first_tx_time = p->first_tx,
		.delivered = p->delivered,
		.tx_in_flight = p->flight,
		.tx_lost = p->lost,
		.flags = p->app_gap ? TCP_RTX_APP_LIMITED : 0,
	};
	p->nxt = x->rec.end;
	if (!x->dropped) {
		p->free_at =
			(p->free_at > p->now ? p->free_at : p->now) + p->gap;
		x->back = p->free_at + p->rtt;
	}
	p->pace_next = (p->pace_next > p->now ? p->pace_next : p->now) +
		       MSS * NS_PER_S / rate;
	p->app_next = p->now + p->app_gap;
}

/* What was dropped before the first that arrives is known then. */
static void lose(struct path *p)
{
	struct sent *x = &p->ring[p->head];

	p->head = (p->head + 1) % FLIGHT;
	p->n--;
	p->flight--;
	p->lost++;
	tcp_bbr.on_lost(&p->s, &x->rec, p->lost, p->delivered);
	if (!p->recovering)
		p->w.ssthresh = tcp_bbr.on_loss(&p->s, &p->w, p->now);
	p->recover = p->recovering ? p->recover : p->nxt;
	p->recovering = true;
}

static void ack(struct path *p)
{
	struct sent *x;
	struct tcp_rate_sample a = { .acked = 1,
				     .sack = !p->no_sack,
				     .mss = MSS };
	ostia_time ack_ns, send_ns;

	while (p->ring[p->head].dropped)
		lose(p);
	x = &p->ring[p->head];
	p->head = (p->head + 1) % FLIGHT;
	p->n--;
	p->flight--;
	p->delivered++;
	p->delivered_at = p->now;
	p->first_tx = x->rec.tx_time;
	if (p->recovering && seq_before_eq(p->recover, x->rec.end)) {
		p->recovering = false;
		tcp_bbr.on_recovered(&p->s, &p->w);
	}
	send_ns = x->rec.tx_time - x->rec.first_tx_time;
	ack_ns = p->now - x->rec.delivered_time;
	a.interval_ns = send_ns > ack_ns ? send_ns : ack_ns;
	a.delivered = p->delivered - x->rec.delivered;
	a.prior_delivered = x->rec.delivered;
	a.delivered_ever = p->delivered;
	a.latest_rtt_us = a.rtt_us = a.srtt_us =
		(uint32_t)((p->now - x->rec.tx_time) / NS_PER_US);
	a.tx_in_flight = x->rec.tx_in_flight;
	a.lost_since = p->lost - x->rec.tx_lost;
	a.in_flight = p->flight;
	a.cwnd_limited = p->flight + 1 >= p->w.cwnd;
	a.app_limited = x->rec.flags & TCP_RTX_APP_LIMITED;
	a.recovering = p->recovering;
	a.una = x->rec.end;
	tcp_bbr.on_every(&p->s, &p->w, &a, p->now);
}

static ostia_time next_ack(const struct path *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct sent *x = &p->ring[(p->head + i) % FLIGHT];

		if (!x->dropped)
			return x->back;
	}
	return OSTIA_NEVER;
}

static bool step(struct path *p)
{
	ostia_time t = next_ack(p), s = OSTIA_NEVER;

	if (p->flight < p->w.cwnd)
		s = p->pace_next > p->app_next ? p->pace_next : p->app_next;
	if (t == OSTIA_NEVER && s == OSTIA_NEVER)
		return false; /* all was dropped: a timeout is not played here
			       */
	if (s <= t) {
		p->now = p->now > s ? p->now : s;
		send(p);
	} else {
		p->now = p->now > t ? p->now : t;
		ack(p);
	}
	return true;
}

static bool run_to(struct path *p, enum tcp_bbr_state state, ostia_time limit)
{
	limit += p->now;
	while (p->now < limit && B(p)->state != state)
		if (!step(p))
			return false;
	return B(p)->state == state;
}

static bool run_from(struct path *p, enum tcp_bbr_state state, ostia_time limit)
{
	limit += p->now;
	while (p->now < limit && B(p)->state == state)
		assert_true(step(p));
	return B(p)->state != state;
}

static void run_for(struct path *p, ostia_time t)
{
	for (t += p->now; p->now < t;)
		assert_true(step(p));
}

static uint64_t max_bw_bytes(const struct path *p)
{
	return (uint64_t)B(p)->max_bw * MSS * 1000000 >> 24;
}

#define MS(n) ((n)*NS_PER_MS)

/* 1000 segments a second, 100 ms: 100 segments in flight */
static struct path path;

TEST(startup_ends_on_a_plateau_with_the_bandwidth_known_to_2_percent)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	EQ(B(p)->state, TCP_BBR_STARTUP);
	assert_true(run_to(p, TCP_BBR_DRAIN, 5 * NS_PER_S));
	assert_true(B(p)->full_bw_reached);
	EQ(B(p)->full_bw_count, 3);
	assert_true(max_bw_bytes(p) > 980000 && max_bw_bytes(p) < 1020000);
	EQ(B(p)->pacing_gain, 128);
	EQ(p->lost, 0);
}

TEST(drain_ends_when_the_queue_is_empty)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_DRAIN, 5 * NS_PER_S));
	assert_true(p->flight > 150);
	assert_true(run_from(p, TCP_BBR_DRAIN, 1 * NS_PER_S));
	assert_true(p->flight <= 102);
}

TEST(drain_ends_after_three_rounds_at_the_latest)
{
	struct tcp_rate_sample a = { .acked = 1,
				     .sack = true,
				     .mss = MSS,
				     .delivered = 100,
				     .in_flight = 500,
				     .interval_ns = MS(100) };
	struct path *p = &path;
	uint32_t rounds = 0;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_DRAIN, 5 * NS_PER_S));
	for (a.delivered_ever = p->delivered; B(p)->state == TCP_BBR_DRAIN;
	     rounds++) {
		a.prior_delivered = a.delivered_ever;
		a.delivered_ever += 100;
		tcp_bbr.on_every(&p->s, &p->w, &a, p->now += MS(100));
	}
	EQ(rounds, 4);
	EQ(B(p)->state, TCP_BBR_DOWN);
}

TEST(cycles_through_cruise_refill_and_up_and_fills_the_path)
{
	struct path *p = &path;
	uint32_t was;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_CRUISE, 5 * NS_PER_S));
	EQ(B(p)->pacing_gain, 256);
	assert_true(run_to(p, TCP_BBR_REFILL, 4 * NS_PER_S));
	was = B(p)->round_count;
	assert_true(run_to(p, TCP_BBR_UP, 1 * NS_PER_S));
	EQ(B(p)->round_count, was + 1);
	EQ(B(p)->pacing_gain, 320);
	EQ(B(p)->cwnd_gain, 576);
	assert_true(run_to(p, TCP_BBR_DOWN, 4 * NS_PER_S));
	EQ(p->lost, 0);
	was = p->delivered;
	run_for(p, 20 * NS_PER_S);
	assert_true(p->delivered - was > 19000); /* of 20000 */
	assert_true(p->delivered - was <= 20000);
}

TEST(finds_new_bandwidth_within_two_cycles)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_CRUISE, 5 * NS_PER_S));
	p->gap = MS(1) / 3;
	run_for(p, 12 * NS_PER_S);
	assert_true(max_bw_bytes(p) > 2800000);
}

TEST(forgets_old_bandwidth_within_two_cycles)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_CRUISE, 5 * NS_PER_S));
	p->gap = MS(2);
	run_for(p, 12 * NS_PER_S);
	assert_true(max_bw_bytes(p) < 520000);
}

TEST(what_the_program_limits_ends_neither_startup_nor_up)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	p->app_gap = MS(20);
	run_for(p, 4 * NS_PER_S);
	EQ(B(p)->state, TCP_BBR_STARTUP);
	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_UP, 8 * NS_PER_S));
	p->app_gap = MS(20);
	run_for(p, MS(800));
	EQ(B(p)->state, TCP_BBR_UP);
}

TEST(startup_ends_on_heavy_loss_though_the_program_limits)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	p->app_gap = MS(2);
	p->drop_every = 8;
	run_for(p, 2 * NS_PER_S);
	assert_true(B(p)->full_bw_reached);
	assert_true(B(p)->state != TCP_BBR_STARTUP);
	assert_true(B(p)->inflight_longterm != TCP_BBR_NONE);
}

TEST(up_ends_on_two_percent_of_loss_and_remembers_what_was_too_much)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_UP, 8 * NS_PER_S));
	p->buffer = 5;
	assert_true(run_to(p, TCP_BBR_DOWN, 2 * NS_PER_S));
	assert_true(p->lost > 0);
	assert_true(B(p)->prev_probe_too_high);
	assert_true(B(p)->inflight_longterm >= 70 &&
		    B(p)->inflight_longterm < 125);
	assert_true(run_to(p, TCP_BBR_CRUISE, 2 * NS_PER_S));
	run_for(p, MS(300));
	assert_true(p->w.cwnd <= B(p)->inflight_longterm * 85 / 100 + 1);
}

/* 5.5.10.2: without SACK a round trip tells of one loss at most. */
TEST(up_ends_on_any_loss_without_sack)
{
	for (int no_sack = 0; no_sack < 2; no_sack++) {
		struct path *p = &path;

		begin(p, MS(1), MS(100), 1000);
		p->no_sack = no_sack;
		assert_true(run_to(p, TCP_BBR_UP, 8 * NS_PER_S));
		run_for(p, MS(110)); /* what UP sent comes back */
		EQ(B(p)->state, TCP_BBR_UP);
		p->drop_every = p->count + 1;
		run_for(p, MS(1));
		p->drop_every = 0;
		run_for(p, MS(150));
		EQ(p->lost, 1);
		EQ(B(p)->prev_probe_too_high, no_sack);
	}
}

/* 5.2.1 */
TEST(the_handshakes_round_trip_counts)
{
	struct tcp_rate_sample a = { .acked = 1,
				     .sack = true,
				     .mss = MSS,
				     .delivered = 1,
				     .delivered_ever = 2,
				     .interval_ns = MS(140),
				     .latest_rtt_us = 140000,
				     .min_rtt_us = 100000 };
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	tcp_bbr.on_every(&p->s, &p->w, &a, p->now += MS(140));
	EQ(B(p)->min_rtt_us, 100000);
}

TEST(little_loss_costs_little)
{
	struct path *p = &path;
	uint32_t was;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_CRUISE, 5 * NS_PER_S));
	p->drop_every = 100;
	was = p->delivered;
	run_for(p, 20 * NS_PER_S);
	assert_true(p->delivered - was > 14000);
}

TEST(probe_rtt_halves_the_flight_every_five_seconds_for_200_ms)
{
	struct path *p = &path;
	ostia_time since;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_PROBE_RTT, 12 * NS_PER_S));
	since = p->now;
	run_for(p, MS(200));
	assert_true(p->w.cwnd <= 51);
	EQ(B(p)->state, TCP_BBR_PROBE_RTT);
	assert_true(run_to(p, TCP_BBR_CRUISE, NS_PER_S));
	assert_true(p->now - since < MS(600));
	assert_true(p->w.cwnd > 100);
	since = p->now;
	assert_true(run_to(p, TCP_BBR_PROBE_RTT, 12 * NS_PER_S));
	assert_true(p->now - since > MS(4900));
}

TEST(a_longer_path_is_believed_after_ten_seconds)
{
	struct path *p = &path;

	begin(p, MS(1), MS(50), 1000);
	assert_true(run_to(p, TCP_BBR_CRUISE, 5 * NS_PER_S));
	p->rtt = MS(80);
	run_for(p, 5 * NS_PER_S);
	assert_true(B(p)->min_rtt_us < 60000);
	run_for(p, 12 * NS_PER_S);
	assert_true(B(p)->min_rtt_us >= 80000);
}

TEST(a_spurious_recovery_returns_to_startup)
{
	struct path *p = &path;

	begin(p, MS(1), MS(100), 1000);
	p->app_gap = MS(2);
	p->drop_every = 8;
	assert_true(run_to(p, TCP_BBR_DRAIN, 5 * NS_PER_S));
	tcp_bbr.on_undo(&p->s, &p->w);
	EQ(B(p)->state, TCP_BBR_STARTUP);
	assert_false(B(p)->full_bw_reached);
	EQ(B(p)->inflight_longterm, TCP_BBR_NONE);
}

TEST(after_silence_goes_on_at_the_bandwidth_that_is_known)
{
	struct path *p = &path;
	uint64_t rate;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_UP, 8 * NS_PER_S));
	tcp_bbr.on_restart(&p->s, &p->w, p->now);
	rate = tcp_bbr.pacing(&p->s, &p->w, 100000, MSS);
	assert_true(rate > 970000 && rate < 1010000);
	assert_true(B(p)->idle_restart);
}

TEST(the_first_pace_is_that_of_the_initial_window)
{
	struct tcp_cwin w = { TCP_INITIAL_WINDOW, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;
	uint64_t rate;

	tcp_bbr.init(&s, &w, 1);
	rate = tcp_bbr.pacing(&s, &w, 100000, MSS);
	assert_true(rate > 275000 && rate < 278000); /* 2.77 * 10 in 100 ms */
	rate = tcp_bbr.pacing(&s, &w, 0, MSS);
	assert_true(rate > 27500000 && rate < 27800000);
}

TEST(tells_its_model_as_linux_does)
{
	struct path *p = &path;
	union tcp_cc_info i;

	begin(p, MS(1), MS(100), 1000);
	assert_true(run_to(p, TCP_BBR_CRUISE, 5 * NS_PER_S));
	EQ(tcp_bbr.info(&p->s, MSS, &i), sizeof(struct tcp_bbr_info));
	assert_true(i.bbr.bbr_bw_lo > 980000 && i.bbr.bbr_bw_lo < 1020000);
	EQ(i.bbr.bbr_bw_hi, 0);
	assert_true(i.bbr.bbr_min_rtt >= 100000 && i.bbr.bbr_min_rtt < 102000);
	EQ(i.bbr.bbr_pacing_gain, 256);
	EQ(i.bbr.bbr_cwnd_gain, 512);
}

TEST(extremes_neither_overflow_nor_stop)
{
	struct tcp_rate_sample a = { .acked = UINT32_MAX / 2,
				     .delivered = UINT32_MAX,
				     .interval_ns = 1,
				     .latest_rtt_us = UINT32_MAX - 1,
				     .delivered_ever = 7,
				     .mss = 65535,
				     .sack = true };
	struct tcp_cwin w = { TCP_CWND_MAX, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_bbr.init(&s, &w, 0);
	for (ostia_time now = 1; now < 100; now++) {
		a.prior_delivered = a.delivered_ever;
		a.delivered_ever += 1000;
		tcp_bbr.on_every(&s, &w, &a, now * NS_PER_S);
		assert_true(w.cwnd >= 4 && w.cwnd <= TCP_CWND_MAX);
		assert_true(tcp_bbr.pacing(&s, &w, 1, a.mss) > 0);
	}
}

TESTS(CASE(startup_ends_on_a_plateau_with_the_bandwidth_known_to_2_percent),
      CASE(drain_ends_when_the_queue_is_empty),
      CASE(drain_ends_after_three_rounds_at_the_latest),
      CASE(cycles_through_cruise_refill_and_up_and_fills_the_path),
      CASE(finds_new_bandwidth_within_two_cycles),
      CASE(forgets_old_bandwidth_within_two_cycles),
      CASE(what_the_program_limits_ends_neither_startup_nor_up),
      CASE(startup_ends_on_heavy_loss_though_the_program_limits),
      CASE(up_ends_on_two_percent_of_loss_and_remembers_what_was_too_much),
      CASE(up_ends_on_any_loss_without_sack),
      CASE(the_handshakes_round_trip_counts), CASE(little_loss_costs_little),
      CASE(probe_rtt_halves_the_flight_every_five_seconds_for_200_ms),
      CASE(a_longer_path_is_believed_after_ten_seconds),
      CASE(a_spurious_recovery_returns_to_startup),
      CASE(after_silence_goes_on_at_the_bandwidth_that_is_known),
      CASE(the_first_pace_is_that_of_the_initial_window),
      CASE(tells_its_model_as_linux_does),
      CASE(extremes_neither_overflow_nor_stop))
