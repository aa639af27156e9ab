/* SPDX-License-Identifier: MIT */
/*
 * tcp/rack.h - RACK-TLP: loss detection by time (RFC 8985)
 *
 * A segment is lost if one sent sufficiently later has arrived. "Later" is by
 * transmit time, then by sequence; "sufficiently" is the reordering window,
 * which adapts to D-SACKs. TLP decides when to probe for a lost tail.
 * Timers are the caller's: functions return how long to wait.
 */
#ifndef OSTIA_TCP_RACK_H
#define OSTIA_TCP_RACK_H

#include "tcp/rate.h"
#include "tcp/rtt.h"
#include "tcp/rtx.h"

/** struct tcp_min_rtt - Lowest RTT of the last 5 to 10 minutes */
struct tcp_min_rtt {
	uint32_t us[2]; /* this window's and the one before; 0: none */
	ostia_time since;
};

/**
 * struct tcp_rack - State of RFC 8985 5.2, 5.3 and 7.1 (names as there)
 * @min_rtt:		RACK.min_RTT
 * @xmit_ts, @end_seq:	of the segment sent last among those that arrived
 * @fack:		highest sequence number that arrived
 * @rtt_us:		RTT of that segment
 * @reo_wnd_us:		in effect now
 * @dsack_round:	where the round of the last D-SACK ends
 * @reo_wnd_mult, @reo_wnd_persist: adaptation
 * @reordering_seen:	ever
 * @tlp_end_seq:	SND.NXT when the probe left; valid if @tlp
 * @tlp, @tlp_retrans:	a probe is out; it was a retransmission
 */
struct tcp_rack {
	struct tcp_min_rtt min_rtt;
	ostia_time xmit_ts;
	struct seq end_seq;
	struct seq fack;
	uint32_t rtt_us;
	uint32_t reo_wnd_us;
	struct seq dsack_round;
	struct seq tlp_end_seq;
	uint8_t reo_wnd_mult;
	uint8_t reo_wnd_persist;
	bool dsack_round_valid;
	bool reordering_seen;
	bool valid; /* something was delivered */
	bool tlp, tlp_retrans;
	bool tlp_rtt; /* an RTT was measured since the last probe */
};

enum {
	TCP_TLP_SOLE_US = 200000, /* a lone segment's ACK may be delayed */
	TCP_TLP_GRAIN_US = 2000,
	TCP_TLP_INITIAL_US = 1000000,
	TCP_REO_PERSIST = 16, /* recoveries: RFC 8985 6.2 step 4 */
};

void tcp_rack_init(struct tcp_rack *k, struct seq una);

/** tcp_rack_min_rtt() - RACK.min_RTT in us, 0 if unknown. */
uint32_t tcp_rack_min_rtt(const struct tcp_rack *k);

/** struct tcp_rack_ack - What RACK asks about an ACK */
struct tcp_rack_ack {
	struct seq una, nxt;
	bool dsack; /* of what RACK thought lost: not of a probe */
};

/** tcp_rack_on_rtt() - Feed the filter of minimum RTT. */
void tcp_rack_on_rtt(struct tcp_rack *k, uint32_t rtt_us, ostia_time now);

/** tcp_rack_on_acked() - Steps 2 and 3: advance xmit_ts, see reordering. */
void tcp_rack_on_acked(struct tcp_rack *k, const struct tcp_ack_news *n);

/** tcp_rack_on_plain_acked() - The same for one record that left once, after
 * all others, and lies above them.
 */
static inline void tcp_rack_on_plain_acked(struct tcp_rack *k,
					   const struct tcp_rtx_rec *r,
					   ostia_time now)
{
	uint64_t us = time_since(r->tx_time, now) / NS_PER_US;

	k->fack = r->end;
	k->rtt_us = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
	if (k->valid && k->xmit_ts > r->tx_time)
		return;
	k->xmit_ts = r->tx_time;
	k->end_seq = r->end;
	k->valid = true;
}

/**
 * tcp_rack_update_reo_wnd() - Step 4: the reordering window
 * @recovering:	in Recovery or Loss
 * @sacked:	segments SACKed now
 * @dupthresh:	3, or the reordering that was seen
 */
void tcp_rack_update_reo_wnd(struct tcp_rack *k, const struct tcp_rack_ack *a,
			     const struct tcp_rtt *rtt, bool recovering,
			     uint32_t sacked, uint32_t dupthresh);

/** tcp_rack_on_recovered() - A recovery ended: @reo_wnd_persist counts. */
void tcp_rack_on_recovered(struct tcp_rack *k);

/**
 * tcp_rack_detect_loss() - Step 5: mark on @q what is overdue
 * @wait_us:	when to call again, at the latest, or 0: no need
 * Return: segments newly marked lost.
 */
uint32_t tcp_rack_detect_loss(const struct tcp_rack *k, struct tcp_rtx *q,
			      uint64_t *wait_us, ostia_time now);

/**
 * tcp_rack_pto_us() - Probe timeout (7.2)
 * @segs:	segments in flight (> 0)
 */
uint32_t tcp_rack_pto_us(const struct tcp_rtt *rtt, uint32_t segs);

/** tcp_rack_may_probe() - No probe is out, and an RTT was measured since the
 * last one (7.3).
 */
static inline bool tcp_rack_may_probe(const struct tcp_rack *k)
{
	return !k->tlp && k->tlp_rtt;
}

/** tcp_rack_on_probe_sent() - 7.3. @retrans: it carried old data. */
void tcp_rack_on_probe_sent(struct tcp_rack *k, struct seq nxt, bool retrans);

/** struct tcp_probe_ack - What decides the fate of a probe (7.4.2) */
struct tcp_probe_ack {
	struct seq ack;
	bool dsack; /* a D-SACK that ends where the probe does came with it */
	bool dup; /* a duplicate ACK without SACK blocks */
};

/**
 * tcp_rack_on_probe_acked() - Did the probe repair a loss?
 * Return: true if congestion control must respond to one.
 */
bool tcp_rack_on_probe_acked(struct tcp_rack *k, const struct tcp_probe_ack *a);

#endif
