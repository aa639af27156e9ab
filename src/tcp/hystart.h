/* SPDX-License-Identifier: MIT */
/*
 * tcp/hystart.h - HyStart++: leave slow start before it overflows the path
 *		   (RFC 9406)
 *
 * When the lowest RTT of a round rises by an eighth (4 to 16 ms), a queue is
 * building: the window grows at a quarter of the pace (CSS) for five rounds,
 * then slow start is over. If the RTT falls again meanwhile, it was jitter,
 * and slow start goes on. Used in the first slow start of a connection only.
 *
 * L of 4.3 is infinite: growth counts whole segments, and a super-segment's
 * one ACK must not hold the window up on a memory wire.
 */
#ifndef OSTIA_TCP_HYSTART_H
#define OSTIA_TCP_HYSTART_H

#include "base/seq.h"

#include <stdbool.h>

enum {
	TCP_HYSTART_MIN_US = 4000, /* MIN_RTT_THRESH */
	TCP_HYSTART_MAX_US = 16000, /* MAX_RTT_THRESH */
	TCP_HYSTART_DIVISOR = 8, /* MIN_RTT_DIVISOR */
	TCP_HYSTART_SAMPLES = 8, /* N_RTT_SAMPLE */
	TCP_HYSTART_CSS_DIVISOR = 4, /* CSS_GROWTH_DIVISOR */
	TCP_HYSTART_CSS_ROUNDS = 5, /* CSS_ROUNDS */
};

/**
 * struct tcp_hystart - RFC 9406 4.2; RTTs in us, 0: none yet
 * @window_end:	windowEnd: where the round ends; valid if @begun
 * @last_us, @now_us: lastRoundMinRTT, currentRoundMinRTT
 * @base_us:	cssBaselineMinRtt; 0: not in CSS
 * @rest:	segments acknowledged in CSS that made no growth yet
 * @samples:	rttSampleCount
 * @rounds:	of CSS
 */
struct tcp_hystart {
	struct seq window_end;
	uint32_t last_us, now_us, base_us;
	uint8_t rest;
	uint8_t samples;
	uint8_t rounds;
	bool begun;
};

/**
 * tcp_hystart_on_acked() - Something new was acknowledged in slow start
 * @una, @nxt:	after it
 * @rtt_us:	its RTT sample, 0: none
 * @acked:	segments
 * @over:	set if slow start is over: ssthresh = cwnd
 *
 * Return: segments by which the window may grow.
 */
uint32_t tcp_hystart_on_acked(struct tcp_hystart *h, struct seq una,
			      struct seq nxt, uint32_t rtt_us, uint32_t acked,
			      bool *over);

#endif
