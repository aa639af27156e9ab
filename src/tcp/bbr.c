/* SPDX-License-Identifier: MIT */
/*
 * tcp/bbr.c - BBR's steps, in the order of draft-ietf-ccwg-bbr-06, section 5
 *
 * Departures: the two windowed filters are two slots each, so that the one of
 * extra_acked covers five to ten rounds, and a cycle without a sample does not
 * end max_bw's (Linux). Entering ProbeRTT saves cwnd as it is, not an older,
 * larger one. What an undo returns to is saved at the first loss of a round,
 * which comes before recovery is entered: entering does not save it again. An
 * ECN-Echo (RFC 3168) counts as a loss in its round; the draft leaves ECN open
 * (3.7), and nobody who agreed to it may ignore a mark. Random waits come from
 * a hash of the time and of SND.UNA, which begins at random.
 */
#include "tcp/cc.h"

#include <linux/inet_diag.h>
#include <string.h>

enum {
	BW_SHIFT = 24,
	UNIT = 256, /* of gains */
	STARTUP_PACING_GAIN = 709, /* 2.77 */
	DRAIN_PACING_GAIN = 128, /* 0.5 */
	DOWN_PACING_GAIN = 230, /* 0.90 */
	UP_PACING_GAIN = 320, /* 1.25 */
	CWND_GAIN = 512, /* DefaultCwndGain: 2 */
	UP_CWND_GAIN = 576, /* 2.25 */
	PROBE_RTT_CWND_GAIN = 128, /* 0.5 */
	PACING_MARGIN = 99, /* % of bw: PacingMarginPercent is 1 */
	LOSS_THRESH_DEN = 50, /* LossThresh: 2 % */
	BETA_NUM = 7,
	BETA_DEN = 10,
	HEADROOM_NUM = 15, /* Headroom: 0.15 */
	HEADROOM_DEN = 100,
	MIN_PIPE_CWND = 4,
	STARTUP_FULL_LOSS_CNT = 6,
	FULL_BW_ROUNDS = 3,
	DRAIN_ROUNDS = 3,
	EXTRA_ROUNDS = 5, /* a slot: half of ExtraAckedFilterLen */
	RENO_ROUNDS = 63,
	PROBE_WAIT_MS = 2000,
	PROBE_RAND_MS = 1000,
	UP_ROUNDS_MAX = 30,
	QUANTUM_BYTES = 65536,
	QUANTUM_MIN = 2,
	NOMINAL_RTT_US = 1000,
	DELIVERED_MAX = 1 << 29, /* segments; keeps rates in 64 bits */
};

#define MIN_RTT_FILTER_LEN (10 * NS_PER_S)
#define PROBE_RTT_INTERVAL (5 * NS_PER_S)
#define PROBE_RTT_DURATION (200 * NS_PER_MS)

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t saturated(uint64_t v)
{
	return v < TCP_BBR_NONE ? (uint32_t)v : TCP_BBR_NONE - 1;
}

/* Beta times a bound, if there is one. */
static uint32_t beta(uint32_t v)
{
	return (uint32_t)((uint64_t)v * BETA_NUM / BETA_DEN);
}

/* RS.delivery_rate */
static uint32_t rate_of(const struct tcp_rate_sample *a)
{
	uint64_t n = min_u32(a->delivered, DELIVERED_MAX);

	return a->interval_ns
		       ? saturated((n * 1000 << BW_SHIFT) / a->interval_ns)
		       : 0;
}

/*
 * --- 5.5.1: rounds -------------------------------------------------------
 */
static void start_round(struct tcp_bbr *b)
{
	b->next_round_delivered = b->delivered;
}

static void update_round(struct tcp_bbr *b, const struct tcp_rate_sample *a)
{
	b->round_start =
		a->interval_ns &&
		(int32_t)(a->prior_delivered - b->next_round_delivered) >= 0;
	if (!b->round_start)
		return;
	start_round(b);
	b->round_count++;
	b->rounds_since_probe_up++;
}

/*
 * --- 5.6.4.2: volumes that the model allows ------------------------------
 */
static uint32_t bdp_multiple(const struct tcp_bbr *b, uint32_t bw,
			     uint32_t gain)
{
	uint64_t bdp;

	if (b->min_rtt_us == TCP_BBR_NONE)
		return TCP_INITIAL_WINDOW;
	bdp = ((uint64_t)bw * b->min_rtt_us) >> (BW_SHIFT / 2);
	bdp = (bdp * gain / UNIT + (1 << (BW_SHIFT / 2)) - 1) >> (BW_SHIFT / 2);
	return saturated(bdp);
}

/* 5.6.3, in segments */
static uint32_t send_quantum(const struct tcp_bbr *b)
{
	uint32_t n = (uint32_t)((uint64_t)b->pacing_bw * 1000 >> BW_SHIFT);

	n = min_u32(n, QUANTUM_BYTES / (b->mss ? b->mss : 1));
	return max_u32(n, QUANTUM_MIN);
}

static uint32_t quantization_budget(const struct tcp_bbr *b, uint64_t cap)
{
	uint32_t n = saturated(cap);

	n = max_u32(n, 3 * send_quantum(b)); /* 5.5.8.1 */
	n = max_u32(n, MIN_PIPE_CWND);
	return b->state == TCP_BBR_UP ? saturated((uint64_t)n + 2) : n;
}

static uint32_t inflight(const struct tcp_bbr *b, uint32_t bw, uint32_t gain)
{
	return quantization_budget(b, bdp_multiple(b, bw, gain));
}

static uint32_t target_inflight(const struct tcp_bbr *b)
{
	return min_u32(bdp_multiple(b, b->bw, UNIT), b->cwnd);
}

static uint32_t inflight_with_headroom(const struct tcp_bbr *b)
{
	uint32_t top = b->inflight_longterm, headroom;

	if (top == TCP_BBR_NONE)
		return top;
	headroom = (uint32_t)((uint64_t)top * HEADROOM_NUM / HEADROOM_DEN);
	headroom = max_u32(headroom, 1);
	return max_u32(top > headroom ? top - headroom : 0, MIN_PIPE_CWND);
}

/*
 * --- 5.6.2: pacing -------------------------------------------------------
 */
static void set_pacing_rate_with_gain(struct tcp_bbr *b, uint32_t gain)
{
	uint64_t bw = (uint64_t)b->bw * gain / UNIT * PACING_MARGIN / 100;
	uint32_t rate = saturated(bw);

	if (rate && (b->full_bw_reached || rate > b->pacing_bw))
		b->pacing_bw = rate;
}

static uint32_t initial_pacing(uint32_t srtt_us)
{
	uint64_t window = (uint64_t)TCP_INITIAL_WINDOW * STARTUP_PACING_GAIN;

	return saturated((window << BW_SHIFT) / UNIT /
			 (srtt_us ? srtt_us : NOMINAL_RTT_US));
}

static uint64_t bbr_pacing(const union tcp_cc_state *s,
			   const struct tcp_cwin *w, uint32_t srtt_us,
			   uint32_t mss)
{
	uint64_t bw = s->bbr.pacing_bw, us = 1000000;

	(void)w;
	if (!bw)
		bw = initial_pacing(srtt_us);
	bw *= mss;
	return bw < UINT64_C(1) << 43
		       ? bw * us >> BW_SHIFT
		       : (bw >> BW_SHIFT / 2) * us >> BW_SHIFT / 2;
}

/*
 * --- 5.5.10: what loss says ----------------------------------------------
 */
static void save_cwnd(struct tcp_bbr *b)
{
	if (!b->recovering && b->state != TCP_BBR_PROBE_RTT)
		b->prior_cwnd = b->cwnd;
	else
		b->prior_cwnd = max_u32(b->prior_cwnd, b->cwnd);
}

static void restore_cwnd(struct tcp_bbr *b, struct tcp_cwin *w)
{
	w->cwnd = max_u32(w->cwnd, b->prior_cwnd);
	b->cwnd = w->cwnd;
}

static void save_state_upon_loss(struct tcp_bbr *b)
{
	save_cwnd(b);
	b->undo_state = 0;
	b->undo_bw_shortterm = b->bw_shortterm;
	b->undo_inflight_shortterm = b->inflight_shortterm;
	b->undo_inflight_longterm = b->inflight_longterm;
}

static void note_loss(struct tcp_bbr *b)
{
	if (!b->is_loss_in_round) {
		b->loss_round_delivered = b->delivered;
		save_state_upon_loss(b);
	}
	b->is_loss_in_round = true;
}

static void reset_congestion_signals(struct tcp_bbr *b)
{
	b->is_loss_in_round = false;
	b->bw_latest = 0;
	b->inflight_latest = 0;
	b->loss_ranges = 0;
}

static void reset_short_term_model(struct tcp_bbr *b)
{
	b->bw_shortterm = TCP_BBR_NONE;
	b->inflight_shortterm = TCP_BBR_NONE;
}

static bool is_too_much(uint32_t lost, uint32_t tx_in_flight, bool sack)
{
	return (uint64_t)lost * LOSS_THRESH_DEN > tx_in_flight ||
	       (lost && !sack);
}

static bool is_inflight_too_high(const struct tcp_rate_sample *a)
{
	return is_too_much(a->lost_since, a->tx_in_flight, a->sack);
}

/*
 * --- 5.3.1.2: is the pipe full? ------------------------------------------
 */
static void reset_full_bw(struct tcp_bbr *b)
{
	b->full_bw = 0;
	b->full_bw_count = 0;
	b->full_bw_now = false;
}

static void check_full_bw_reached(struct tcp_bbr *b,
				  const struct tcp_rate_sample *a, uint32_t bw)
{
	if (b->full_bw_now || !b->round_start || a->app_limited)
		return;
	if (bw >= (uint64_t)b->full_bw * 5 / 4) {
		reset_full_bw(b);
		b->full_bw = bw;
		return;
	}
	b->full_bw_now = ++b->full_bw_count >= FULL_BW_ROUNDS;
	if (b->full_bw_now)
		b->full_bw_reached = true;
}

/*
 * --- 5.3.1, 5.3.2: Startup and Drain -------------------------------------
 */
static void set_state(struct tcp_bbr *b, enum tcp_bbr_state state,
		      uint16_t pacing_gain, uint16_t cwnd_gain)
{
	b->state = (uint8_t)state;
	b->pacing_gain = pacing_gain;
	b->cwnd_gain = cwnd_gain;
}

static void enter_startup(struct tcp_bbr *b)
{
	set_state(b, TCP_BBR_STARTUP, STARTUP_PACING_GAIN, CWND_GAIN);
}

static void enter_drain(struct tcp_bbr *b)
{
	set_state(b, TCP_BBR_DRAIN, DRAIN_PACING_GAIN, CWND_GAIN);
	b->drain_start_round = b->round_count;
}

static bool startup_loss_is_high(const struct tcp_bbr *b,
				 const struct tcp_rate_sample *a)
{
	if (!a->recovering)
		return false;
	if (!a->sack)
		return b->is_loss_in_round;
	return b->loss_round_start && b->loss_ranges >= STARTUP_FULL_LOSS_CNT &&
	       is_inflight_too_high(a);
}

/* 5.3.1.3 */
static void check_startup_high_loss(struct tcp_bbr *b,
				    const struct tcp_rate_sample *a)
{
	if (b->full_bw_reached || !startup_loss_is_high(b, a))
		return;
	b->undo_state = 1 + TCP_BBR_STARTUP;
	b->full_bw_reached = b->full_bw_now = true;
	b->inflight_longterm =
		max_u32(bdp_multiple(b, b->max_bw, UNIT), b->inflight_latest);
}

static void check_startup_done(struct tcp_bbr *b,
			       const struct tcp_rate_sample *a)
{
	check_startup_high_loss(b, a);
	if (b->state == TCP_BBR_STARTUP && b->full_bw_reached)
		enter_drain(b);
}

/*
 * --- 5.3.3: ProbeBW ------------------------------------------------------
 */
static bool is_in_probe_bw(const struct tcp_bbr *b)
{
	return b->state >= TCP_BBR_DOWN && b->state <= TCP_BBR_UP;
}

static bool is_probing_bw(const struct tcp_bbr *b)
{
	return b->state == TCP_BBR_STARTUP || b->state == TCP_BBR_REFILL ||
	       b->state == TCP_BBR_UP;
}

/* 5.3.3.8.3. Good enough for dice: a multiplication's upper half. */
static void pick_probe_wait(struct tcp_bbr *b, ostia_time now)
{
	uint64_t dice = (now ^ (uint64_t)b->una.v << 32 ^ b->delivered) *
			UINT64_C(0x9e3779b97f4a7c15);

	b->rounds_since_probe_up = dice >> 63;
	b->bw_probe_wait_ms =
		PROBE_WAIT_MS +
		(uint32_t)(dice >> 32 & INT32_MAX) % (PROBE_RAND_MS + 1);
}

static void start_down(struct tcp_bbr *b, ostia_time now)
{
	reset_congestion_signals(b);
	b->probe_up_acked_per_inc = TCP_BBR_NONE;
	pick_probe_wait(b, now);
	b->cycle_stamp = now;
	b->ack_phase = TCP_BBR_ACKS_STOPPING;
	start_round(b);
	set_state(b, TCP_BBR_DOWN, DOWN_PACING_GAIN, CWND_GAIN);
}

static void start_cruise(struct tcp_bbr *b)
{
	set_state(b, TCP_BBR_CRUISE, UNIT, CWND_GAIN);
}

static void start_refill(struct tcp_bbr *b)
{
	reset_short_term_model(b);
	b->bw_probe_up_rounds = 0;
	b->bw_probe_up_acked = 0;
	b->prev_probe_precautionary = false;
	b->ack_phase = TCP_BBR_ACKS_REFILLING;
	start_round(b);
	set_state(b, TCP_BBR_REFILL, UNIT, CWND_GAIN);
}

static void raise_slope(struct tcp_bbr *b)
{
	uint32_t growth = 1u << b->bw_probe_up_rounds;

	b->bw_probe_up_rounds += b->bw_probe_up_rounds < UP_ROUNDS_MAX;
	b->probe_up_acked_per_inc = max_u32(b->cwnd / growth, 1);
}

static void start_up(struct tcp_bbr *b, uint32_t bw)
{
	b->ack_phase = TCP_BBR_ACKS_STARTING;
	start_round(b);
	reset_full_bw(b);
	b->full_bw = bw;
	set_state(b, TCP_BBR_UP, UP_PACING_GAIN, UP_CWND_GAIN);
	raise_slope(b);
}

static bool is_time_to_probe_bw(struct tcp_bbr *b, ostia_time now)
{
	ostia_time wait = b->bw_probe_wait_ms * NS_PER_MS;
	uint32_t rounds = min_u32(target_inflight(b), RENO_ROUNDS);

	if (now <= b->cycle_stamp + wait && b->rounds_since_probe_up < rounds)
		return false;
	start_refill(b);
	return true;
}

static bool is_time_to_cruise(const struct tcp_bbr *b,
			      const struct tcp_rate_sample *a)
{
	return a->in_flight <= inflight_with_headroom(b) &&
	       a->in_flight <= inflight(b, b->max_bw, UNIT);
}

static bool is_time_to_go_down(struct tcp_bbr *b,
			       const struct tcp_rate_sample *a, uint32_t bw)
{
	if (b->prev_probe_too_high && a->in_flight >= b->inflight_longterm) {
		b->prev_probe_precautionary = true;
		return true;
	}
	if (a->cwnd_limited && b->cwnd >= b->inflight_longterm) {
		reset_full_bw(b); /* not bw is the limit */
		b->full_bw = bw;
		return false;
	}
	return b->full_bw_now;
}

static void advance_max_bw_filter(struct tcp_bbr *b)
{
	if (!b->max_bw_slot[1])
		return; /* nothing measured: remember the one before */
	b->max_bw_slot[0] = b->max_bw_slot[1];
	b->max_bw_slot[1] = 0;
}

static void probe_longterm_upward(struct tcp_bbr *b,
				  const struct tcp_rate_sample *a)
{
	uint32_t n;

	if (!a->cwnd_limited || b->cwnd < b->inflight_longterm)
		return;
	b->bw_probe_up_acked += a->acked;
	n = b->bw_probe_up_acked / b->probe_up_acked_per_inc;
	b->bw_probe_up_acked -= n * b->probe_up_acked_per_inc;
	b->inflight_longterm = saturated((uint64_t)b->inflight_longterm + n);
	if (b->round_start)
		raise_slope(b);
}

static void raise_longterm(struct tcp_bbr *b, const struct tcp_rate_sample *a)
{
	if (is_inflight_too_high(a) || b->inflight_longterm == TCP_BBR_NONE)
		return;
	b->inflight_longterm = max_u32(b->inflight_longterm, a->tx_in_flight);
	if (b->state == TCP_BBR_UP)
		probe_longterm_upward(b, a);
}

/* Return: true if it decided what follows. */
static bool adapt_long_term_model(struct tcp_bbr *b,
				  const struct tcp_rate_sample *a)
{
	if (b->ack_phase == TCP_BBR_ACKS_STARTING && b->round_start)
		b->ack_phase = TCP_BBR_ACKS_FEEDBACK;
	if (b->ack_phase == TCP_BBR_ACKS_STOPPING && b->round_start) {
		b->is_bw_probe_sample = false;
		b->ack_phase = TCP_BBR_ACKS_INIT;
		if (is_in_probe_bw(b) && !a->app_limited)
			advance_max_bw_filter(b);
		if (is_in_probe_bw(b) && b->prev_probe_precautionary &&
		    !b->prev_probe_too_high) {
			start_refill(b);
			return true;
		}
	}
	raise_longterm(b, a);
	return false;
}

static void update_probe_bw(struct tcp_bbr *b, const struct tcp_rate_sample *a,
			    uint32_t bw, ostia_time now)
{
	if (!b->full_bw_reached || adapt_long_term_model(b, a))
		return;
	switch (b->state) {
	case TCP_BBR_DOWN:
		if (!is_time_to_probe_bw(b, now) && is_time_to_cruise(b, a))
			start_cruise(b);
		break;
	case TCP_BBR_CRUISE:
		is_time_to_probe_bw(b, now);
		break;
	case TCP_BBR_REFILL:
		if (b->round_start) {
			b->is_bw_probe_sample = true;
			start_up(b, bw);
		}
		break;
	case TCP_BBR_UP:
		if (is_time_to_go_down(b, a, bw)) {
			b->prev_probe_too_high = false;
			start_down(b, now);
		}
		break;
	default:
		break;
	}
}

static void check_drain_done(struct tcp_bbr *b, const struct tcp_rate_sample *a,
			     ostia_time now)
{
	if (b->state == TCP_BBR_DRAIN &&
	    (a->in_flight <= inflight(b, b->bw, UNIT) ||
	     b->round_count > b->drain_start_round + DRAIN_ROUNDS))
		start_down(b, now);
}

/*
 * --- 5.3.4, 5.5.7: min_rtt and ProbeRTT ----------------------------------
 */
static void update_min_rtt(struct tcp_bbr *b, uint32_t rtt_us, ostia_time now)
{
	b->probe_rtt_expired =
		now > b->probe_rtt_min_stamp + PROBE_RTT_INTERVAL;
	if (rtt_us && (rtt_us < b->probe_rtt_min_us || b->probe_rtt_expired)) {
		b->probe_rtt_min_us = rtt_us;
		b->probe_rtt_min_stamp = now;
	}
	if (b->probe_rtt_min_us < b->min_rtt_us ||
	    now > b->min_rtt_stamp + MIN_RTT_FILTER_LEN) {
		b->min_rtt_us = b->probe_rtt_min_us;
		b->min_rtt_stamp = b->probe_rtt_min_stamp;
	}
}

static uint32_t probe_rtt_cwnd(const struct tcp_bbr *b)
{
	return max_u32(bdp_multiple(b, b->bw, PROBE_RTT_CWND_GAIN),
		       MIN_PIPE_CWND);
}

static void exit_probe_rtt(struct tcp_bbr *b, ostia_time now)
{
	reset_short_term_model(b);
	if (b->full_bw_reached) {
		start_down(b, now);
		start_cruise(b);
	} else {
		enter_startup(b);
	}
}

static void check_probe_rtt_done(struct tcp_bbr *b, struct tcp_cwin *w,
				 ostia_time now)
{
	if (!b->probe_rtt_done_stamp || now <= b->probe_rtt_done_stamp)
		return;
	b->probe_rtt_min_stamp = now;
	restore_cwnd(b, w);
	exit_probe_rtt(b, now);
}

static void handle_probe_rtt(struct tcp_bbr *b, struct tcp_cwin *w,
			     const struct tcp_rate_sample *a, ostia_time now)
{
	if (!b->probe_rtt_done_stamp) {
		if (a->in_flight > probe_rtt_cwnd(b))
			return;
		b->probe_rtt_done_stamp = now + PROBE_RTT_DURATION;
		b->probe_rtt_round_done = false;
		start_round(b);
		return;
	}
	if (b->round_start)
		b->probe_rtt_round_done = true;
	if (b->probe_rtt_round_done)
		check_probe_rtt_done(b, w, now);
}

/* Return: true: what is sent now says nothing about the bandwidth. */
static bool check_probe_rtt(struct tcp_bbr *b, struct tcp_cwin *w,
			    const struct tcp_rate_sample *a, ostia_time now)
{
	bool slow;

	if (b->state != TCP_BBR_PROBE_RTT && b->probe_rtt_expired &&
	    !b->idle_restart) {
		save_cwnd(b);
		set_state(b, TCP_BBR_PROBE_RTT, UNIT, PROBE_RTT_CWND_GAIN);
		b->probe_rtt_done_stamp = 0;
		b->ack_phase = TCP_BBR_ACKS_STOPPING;
		start_round(b);
	}
	slow = b->state == TCP_BBR_PROBE_RTT;
	if (slow)
		handle_probe_rtt(b, w, a, now);
	if (a->delivered)
		b->idle_restart = false;
	return slow;
}

/*
 * --- 5.5: the model ------------------------------------------------------
 */
static void update_latest(struct tcp_bbr *b, const struct tcp_rate_sample *a,
			  uint32_t bw)
{
	b->loss_round_start = false;
	b->bw_latest = max_u32(b->bw_latest, bw);
	b->inflight_latest = max_u32(b->inflight_latest, a->delivered);
	if (a->interval_ns &&
	    (int32_t)(a->prior_delivered - b->loss_round_delivered) >= 0) {
		b->loss_round_delivered = b->delivered;
		b->loss_round_start = true;
	}
}

static void update_max_bw(struct tcp_bbr *b, const struct tcp_rate_sample *a,
			  uint32_t bw)
{
	update_round(b, a);
	if (bw && (bw >= b->max_bw || !a->app_limited))
		b->max_bw_slot[1] = max_u32(b->max_bw_slot[1], bw);
	b->max_bw = max_u32(b->max_bw_slot[0], b->max_bw_slot[1]);
}

/* 5.5.10.3 */
static void adapt_lower_bounds(struct tcp_bbr *b)
{
	if (is_probing_bw(b) || !b->is_loss_in_round)
		return;
	if (b->bw_shortterm == TCP_BBR_NONE)
		b->bw_shortterm = b->max_bw;
	if (b->inflight_shortterm == TCP_BBR_NONE)
		b->inflight_shortterm = b->cwnd;
	b->bw_shortterm = max_u32(b->bw_latest, beta(b->bw_shortterm));
	b->inflight_shortterm =
		max_u32(b->inflight_latest, beta(b->inflight_shortterm));
}

static void update_ack_aggregation(struct tcp_bbr *b,
				   const struct tcp_rate_sample *a,
				   ostia_time now)
{
	uint64_t us =
		time_since(b->extra_acked_interval_start, now) / NS_PER_US;
	uint64_t expected =
		us < UINT32_MAX ? b->bw * us >> BW_SHIFT : UINT32_MAX;
	uint32_t extra;

	if (b->round_start &&
	    ++b->extra_rounds >= (b->full_bw_reached ? EXTRA_ROUNDS : 1)) {
		b->extra_rounds = 0;
		b->extra_slot[0] = b->extra_slot[1];
		b->extra_slot[1] = 0;
	}
	if (b->extra_acked_delivered <= expected) {
		b->extra_acked_delivered = 0;
		b->extra_acked_interval_start = now;
		expected = 0;
	}
	b->extra_acked_delivered += a->acked;
	extra = min_u32(b->extra_acked_delivered - (uint32_t)expected, b->cwnd);
	b->extra_slot[1] = max_u32(b->extra_slot[1], extra);
}

static void update_model(struct tcp_bbr *b, const struct tcp_rate_sample *a,
			 uint32_t bw, ostia_time now)
{
	update_latest(b, a, bw);
	update_max_bw(b, a, bw);
	if (b->loss_round_start)
		adapt_lower_bounds(b);
	update_ack_aggregation(b, a, now);
	check_full_bw_reached(b, a, bw);
	check_startup_done(b, a);
	if (b->loss_round_start) {
		b->is_loss_in_round = false;
		b->loss_ranges = 0;
	}
	check_drain_done(b, a, now);
	update_probe_bw(b, a, bw, now);
	update_min_rtt(b, a->latest_rtt_us, now);
}

static void finish_model(struct tcp_bbr *b, const struct tcp_rate_sample *a,
			 uint32_t bw)
{
	if (b->loss_round_start) {
		b->bw_latest = bw;
		b->inflight_latest = a->delivered;
	}
	b->bw = min_u32(b->max_bw, b->bw_shortterm);
}

/*
 * --- 5.6.4: the window ---------------------------------------------------
 */
static uint32_t bound_for_model(const struct tcp_bbr *b, uint32_t cwnd)
{
	uint32_t cap = TCP_BBR_NONE;

	if (b->state == TCP_BBR_PROBE_RTT || b->state == TCP_BBR_CRUISE)
		cap = inflight_with_headroom(b);
	else if (is_in_probe_bw(b))
		cap = b->inflight_longterm;
	cap = min_u32(cap, b->inflight_shortterm);
	return min_u32(cwnd, max_u32(cap, MIN_PIPE_CWND));
}

static void set_cwnd(struct tcp_bbr *b, struct tcp_cwin *w,
		     const struct tcp_rate_sample *a)
{
	uint32_t extra = max_u32(b->extra_slot[0], b->extra_slot[1]);
	uint64_t want = bdp_multiple(b, b->bw, b->cwnd_gain);
	uint32_t max = quantization_budget(b, want + extra);
	uint32_t cwnd = w->cwnd;

	if (b->full_bw_reached)
		cwnd = min_u32(cwnd + a->acked, max);
	else if (cwnd < max || a->delivered_ever < TCP_INITIAL_WINDOW)
		cwnd += a->acked;
	cwnd = max_u32(cwnd, MIN_PIPE_CWND);
	if (b->state == TCP_BBR_PROBE_RTT)
		cwnd = min_u32(cwnd, probe_rtt_cwnd(b));
	w->cwnd = min_u32(bound_for_model(b, cwnd), TCP_CWND_MAX);
	b->cwnd = w->cwnd;
}

/*
 * --- 5.2: events ---------------------------------------------------------
 */
static void bbr_init(union tcp_cc_state *s, struct tcp_cwin *w, ostia_time now)
{
	struct tcp_bbr *b = &s->bbr;

	memset(b, 0, sizeof(*b));
	b->min_rtt_us = b->probe_rtt_min_us = TCP_BBR_NONE;
	b->min_rtt_stamp = b->probe_rtt_min_stamp = now;
	b->extra_acked_interval_start = now;
	b->inflight_longterm = TCP_BBR_NONE;
	b->probe_up_acked_per_inc = TCP_BBR_NONE;
	b->cwnd = w->cwnd;
	reset_congestion_signals(b);
	reset_short_term_model(b);
	reset_full_bw(b);
	enter_startup(b);
}

static bool bbr_on_every(union tcp_cc_state *s, struct tcp_cwin *w,
			 const struct tcp_rate_sample *a, ostia_time now)
{
	struct tcp_bbr *b = &s->bbr;
	uint32_t bw = rate_of(a);
	bool slow;

	b->now = now;
	b->una = a->una;
	b->cwnd = w->cwnd;
	b->delivered = a->delivered_ever;
	b->mss = (uint16_t)a->mss;
	b->recovering = a->recovering;
	b->sack = a->sack;
	if (!b->pacing_bw)
		b->pacing_bw = initial_pacing(a->srtt_us);
	if (b->min_rtt_us == TCP_BBR_NONE && a->min_rtt_us)
		b->min_rtt_us = a->min_rtt_us; /* the handshake's (5.2.1) */
	if (a->ece)
		note_loss(b);
	update_model(b, a, bw, now);
	slow = check_probe_rtt(b, w, a, now);
	finish_model(b, a, bw);
	set_pacing_rate_with_gain(b, b->pacing_gain);
	set_cwnd(b, w, a);
	return slow;
}

/* 5.5.10.2: in which part of a burst did loss become too much? */
static uint32_t inflight_at_loss(const struct tcp_rtx_rec *r, uint32_t lost)
{
	uint64_t before =
		r->tx_in_flight > r->segs ? r->tx_in_flight - r->segs : 0;
	uint64_t lost_before = lost > r->segs ? lost - r->segs : 0;
	uint64_t prefix = 0;

	if (before > lost_before * LOSS_THRESH_DEN)
		prefix = (before - lost_before * LOSS_THRESH_DEN) /
			 (LOSS_THRESH_DEN - 1);
	return saturated(before + prefix);
}

static void handle_inflight_too_high(struct tcp_bbr *b,
				     const struct tcp_rtx_rec *r, uint32_t lost)
{
	b->prev_probe_too_high = true;
	b->is_bw_probe_sample = false;
	if (!(r->flags & TCP_RTX_APP_LIMITED))
		b->inflight_longterm = max_u32(inflight_at_loss(r, lost),
					       beta(target_inflight(b)));
	if (b->state == TCP_BBR_UP) {
		b->undo_state = 1 + TCP_BBR_UP;
		start_down(b, b->now);
	}
}

static void bbr_on_lost(union tcp_cc_state *s, const struct tcp_rtx_rec *r,
			uint32_t lost_ever, uint32_t delivered)
{
	struct tcp_bbr *b = &s->bbr;
	uint32_t lost = lost_ever - r->tx_lost;

	b->delivered = delivered;
	note_loss(b);
	if (!b->loss_ranges || !seq_eq(r->start, b->lost_end))
		b->loss_ranges += b->loss_ranges < UINT8_MAX;
	b->lost_end = r->end;
	if (b->is_bw_probe_sample && r->tx_in_flight &&
	    is_too_much(lost, r->tx_in_flight, b->sack))
		handle_inflight_too_high(b, r, lost);
}

/* 5.6.4.4; the window stays */
static uint32_t bbr_on_loss(union tcp_cc_state *s, const struct tcp_cwin *w,
			    ostia_time now)
{
	struct tcp_bbr *b = &s->bbr;

	b->now = now;
	b->cwnd = w->cwnd;
	note_loss(b);
	save_cwnd(b);
	b->recovering = true;
	return w->ssthresh;
}

static void bbr_on_recovered(union tcp_cc_state *s, struct tcp_cwin *w)
{
	s->bbr.recovering = false;
	restore_cwnd(&s->bbr, w);
}

/* 5.5.11.2 */
static void bbr_on_undo(union tcp_cc_state *s, struct tcp_cwin *w)
{
	struct tcp_bbr *b = &s->bbr;
	uint8_t back = b->undo_state;

	restore_cwnd(b, w);
	b->recovering = false;
	b->is_loss_in_round = false;
	b->loss_ranges = 0;
	reset_full_bw(b);
	b->bw_shortterm = max_u32(b->bw_shortterm, b->undo_bw_shortterm);
	b->inflight_shortterm =
		max_u32(b->inflight_shortterm, b->undo_inflight_shortterm);
	b->inflight_longterm =
		max_u32(b->inflight_longterm, b->undo_inflight_longterm);
	b->undo_state = 0;
	if (back == 1 + TCP_BBR_STARTUP && b->state != TCP_BBR_STARTUP) {
		b->full_bw_reached = false;
		if (b->state != TCP_BBR_PROBE_RTT)
			enter_startup(b);
	} else if (back == 1 + TCP_BBR_UP && b->state != TCP_BBR_UP &&
		   b->state != TCP_BBR_PROBE_RTT) {
		start_refill(b);
	}
}

/* 5.4.1 */
static void bbr_on_restart(union tcp_cc_state *s, struct tcp_cwin *w,
			   ostia_time now)
{
	struct tcp_bbr *b = &s->bbr;

	b->idle_restart = true;
	b->extra_acked_interval_start = now;
	if (is_in_probe_bw(b))
		set_pacing_rate_with_gain(b, UNIT);
	else if (b->state == TCP_BBR_PROBE_RTT)
		check_probe_rtt_done(b, w, now);
}

/* As Linux's struct: bytes a second, us, gains in 1/256. */
static size_t bbr_info(const union tcp_cc_state *s, uint32_t mss,
		       union tcp_cc_info *out)
{
	const struct tcp_bbr *b = &s->bbr;
	uint64_t rate = (uint64_t)b->bw * mss * 15625 >> (BW_SHIFT - 6);

	out->bbr = (struct tcp_bbr_info) {
		.bbr_bw_lo = (uint32_t)rate,
		.bbr_bw_hi = (uint32_t)(rate >> 32),
		.bbr_min_rtt = b->min_rtt_us,
		.bbr_pacing_gain = b->pacing_gain,
		.bbr_cwnd_gain = b->cwnd_gain,
	};
	return sizeof(out->bbr);
}

const struct tcp_cc_ops tcp_bbr = {
	.name = "bbr",
	.owns_window = true,
	.lasting = true,
	.init = bbr_init,
	.on_loss = bbr_on_loss,
	.on_rto = bbr_on_loss,
	.on_undo = bbr_on_undo,
	.on_every = bbr_on_every,
	.on_lost = bbr_on_lost,
	.on_recovered = bbr_on_recovered,
	.on_restart = bbr_on_restart,
	.pacing = bbr_pacing,
	.info = bbr_info,
};
