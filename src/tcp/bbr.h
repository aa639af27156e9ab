/* SPDX-License-Identifier: MIT */
/*
 * tcp/bbr.h - BBR: a model of the path instead of its losses
 *	       (draft-ietf-ccwg-bbr-06)
 *
 * The model: the most that was delivered of late (max_bw), the least round
 * trip (min_rtt), and what loss says about both: for the long term, what may
 * be in flight (inflight_longterm), for the short, bounds that hold until the
 * next probe. From it follow the pacing rate and the window. Names are the
 * draft's; so are the functions in tcp/bbr.c, one for each of its own.
 *
 * Volumes count segments. Rates are segments a us in 1/2^24: that is 1 % at
 * 64 kbit/s and overflows at 3 Tbit/s. Gains are in 1/256. No volume or rate:
 * TCP_BBR_NONE, the draft's Infinity.
 */
#ifndef OSTIA_TCP_BBR_H
#define OSTIA_TCP_BBR_H

#include "base/seq.h"
#include "base/time.h"

#include <stdbool.h>

#define TCP_BBR_NONE UINT32_MAX

enum tcp_bbr_state {
	TCP_BBR_STARTUP,
	TCP_BBR_DRAIN,
	TCP_BBR_DOWN,
	TCP_BBR_CRUISE,
	TCP_BBR_REFILL,
	TCP_BBR_UP,
	TCP_BBR_PROBE_RTT,
};

enum tcp_bbr_acks { /* 2.14: BBR.ack_phase */
		    TCP_BBR_ACKS_INIT,
		    TCP_BBR_ACKS_REFILLING,
		    TCP_BBR_ACKS_STARTING,
		    TCP_BBR_ACKS_FEEDBACK,
		    TCP_BBR_ACKS_STOPPING,
};

/**
 * struct tcp_bbr - Sections 2.4 to 2.16, by their names
 * @max_bw_slot: the best of the last two bandwidth probing cycles
 * @extra_slot:	of the last two spans of rounds, @extra_rounds old
 * @pacing_bw:	C.pacing_rate as a rate of segments, 0: not yet known
 * @cwnd, @delivered, @mss, @una: the connection's, as of the last event, @now
 * @lost_end, @loss_ranges: where the last loss ended; ranges lost this round
 * @recovering:	InLossRecovery()
 * @sack:	C.has_selective_acks
 * @undo_state:	1 + what to return to, 0: none
 */
struct tcp_bbr {
	ostia_time min_rtt_stamp, probe_rtt_min_stamp, probe_rtt_done_stamp;
	ostia_time cycle_stamp, extra_acked_interval_start, now;
	uint32_t max_bw_slot[2];
	uint32_t max_bw, bw, bw_shortterm, bw_latest, full_bw;
	uint32_t pacing_bw;
	uint32_t inflight_latest, inflight_longterm, inflight_shortterm;
	uint32_t undo_bw_shortterm;
	uint32_t undo_inflight_shortterm, undo_inflight_longterm;
	uint32_t min_rtt_us, probe_rtt_min_us;
	uint32_t prior_cwnd, cwnd, delivered;
	uint32_t next_round_delivered, loss_round_delivered;
	uint32_t round_count, drain_start_round;
	uint32_t extra_acked_delivered, extra_slot[2];
	uint32_t probe_up_acked_per_inc, bw_probe_up_acked;
	uint32_t rounds_since_probe_up, bw_probe_wait_ms;
	struct seq lost_end, una;
	uint16_t mss;
	uint16_t pacing_gain, cwnd_gain;
	uint8_t state, ack_phase, undo_state;
	uint8_t full_bw_count, bw_probe_up_rounds, loss_ranges, extra_rounds;
	bool full_bw_now : 1, full_bw_reached : 1;
	bool round_start : 1, loss_round_start : 1, is_loss_in_round : 1;
	bool is_bw_probe_sample : 1;
	bool prev_probe_too_high : 1, prev_probe_precautionary : 1;
	bool probe_rtt_expired : 1, probe_rtt_round_done : 1;
	bool idle_restart : 1, recovering : 1, sack : 1;
};

#endif
