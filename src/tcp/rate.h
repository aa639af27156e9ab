/* SPDX-License-Identifier: MIT */
/*
 * tcp/rate.h - delivery rate samples (draft-ietf-ccwg-bbr 4.1) and the news of
 *		one ACK
 *
 * Every record remembers what had been delivered when it left. When it is
 * acknowledged or SACKed, the difference over the longer of the send and the
 * ACK interval is how fast the network delivered.
 */
#ifndef OSTIA_TCP_RATE_H
#define OSTIA_TCP_RATE_H

#include "tcp/rtx.h"

/**
 * struct tcp_rate - What one connection has delivered
 * @delivered:		segments acknowledged or SACKed so far
 * @app_limited:	@delivered at which the last bubble has passed; 0: none
 * @delivered_time:	when @delivered last grew
 * @first_tx_time:	when the record most recently delivered was sent
 */
struct tcp_rate {
	uint32_t delivered;
	uint32_t app_limited;
	ostia_time delivered_time;
	ostia_time first_tx_time;
	/* of the last sample, or the best that the program limited (Linux) */
	uint32_t told_delivered;
	bool told_app_limited;
	uint64_t told_interval_ns;
};

/**
 * struct tcp_ack_news - What one ACK newly delivered
 *
 * Known before:
 * @now:	when it arrived
 * @ecr_us:	the echoed timestamp as time in us, 0: none (RFC 8985 6.2)
 * @min_rtt_us:	RACK.min_RTT
 * @high_seq:	end of the recovery in progress: see @orig
 *
 * Gathered:
 * @fack:	highest sequence number delivered, now (begins as RACK.fack)
 * @acked:	segments acknowledged cumulatively, SACKed before or not
 * @delivered:	segments newly known to have arrived
 * @retrans_acked: a cumulatively acknowledged record had been sent again
 * @reordered:	one arrived that was never sent again and lies below @fack
 * @reord_low:	where the lowest of them begins
 * @orig:	the same, not above @high_seq (RFC 5682)
 * @app_limited: the rate sample is a lower bound
 * @acked_tx_time: transmit time of the first record that was acknowledged
 *		cumulatively and never sent again; OSTIA_NEVER: none
 * @sacked_tx_time: the same of the first SACKed one
 * @latest_tx_time, @latest_end: of the record sent last of all that arrived
 *		and that RACK believes; OSTIA_NEVER: none
 * @prior_*:	snapshot of the record sent last of all that arrived
 */
struct tcp_ack_news {
	ostia_time now;
	uint64_t ecr_us;
	uint32_t min_rtt_us;
	struct seq high_seq;

	struct seq fack, reord_low;
	uint32_t acked;
	uint32_t delivered;
	bool retrans_acked, reordered, orig, app_limited, prior;
	ostia_time acked_tx_time, sacked_tx_time;
	ostia_time latest_tx_time;
	struct seq latest_end;
	uint32_t prior_delivered;
	uint32_t prior_in_flight, prior_lost;
	struct seq prior_end;
	ostia_time prior_delivered_time, prior_first_tx_time, prior_tx_time;
};

/**
 * struct tcp_rate_sample - For congestion control
 * @delivered:		segments over @interval_ns
 * @interval_ns:	0: no sample
 * @prior_delivered:	tcp_rate.delivered when the sampled record left
 * @rtt_us:		RTT sample of this ACK, 0: none
 * @acked:		segments newly acknowledged or SACKed by this ACK
 * @lost:		segments newly marked lost by this ACK
 * @prior_in_flight:	pipe before it
 * @cwnd_limited:	the window was the limit, so it may grow (RFC 7661)
 * @app_limited:	the sample is a lower bound
 * @plain_start:	slow start without HyStart++ (net.ipv4.tcp_hystart)
 * @alone:		CUBIC makes no room for other flows
 *			(net.ipv4.tcp_fast_convergence)
 *
 * For who asks for every ACK (struct tcp_cc_ops.on_every) these are filled,
 * too:
 * @delivered_ever:	tcp_rate.delivered after this ACK
 * @latest_rtt_us:	RTT of the newest segment that arrived, 0: none
 * @tx_in_flight:	in flight when the sampled record left, it included
 * @lost_since:		marked lost since then
 * @in_flight:		now
 * @marked:		of @acked, by ECN
 * @recovering:		in fast recovery, or after a timeout
 * @sack:		more than one loss a round trip can be told
 * @mss:		bytes a segment
 */
struct tcp_rate_sample {
	uint32_t delivered, prior_delivered;
	uint64_t interval_ns;
	uint32_t rtt_us, srtt_us, min_rtt_us;
	uint32_t acked, lost;
	uint32_t prior_in_flight;
	struct seq una, nxt; /* after this ACK */
	bool cwnd_limited, app_limited, ece, plain_start, alone;
	bool recovering, sack;
	uint32_t delivered_ever, latest_rtt_us;
	uint32_t tx_in_flight, lost_since, in_flight, marked, mss;
};

static inline void tcp_rate_init(struct tcp_rate *r)
{
	*r = (struct tcp_rate) { .delivered = 1 };
}

/** tcp_rate_on_sent() - Fill the record's snapshot; @pipe before it. */
static inline void tcp_rate_on_sent(struct tcp_rate *r, struct tcp_rtx_rec *rec,
				    bool idle, ostia_time now)
{
	if (idle) {
		r->first_tx_time = now;
		r->delivered_time = now;
	}
	rec->first_tx_time = r->first_tx_time;
	rec->delivered_time = r->delivered_time;
	rec->delivered = r->delivered;
	if (r->app_limited)
		rec->flags |= TCP_RTX_APP_LIMITED;
	else
		rec->flags &= (uint8_t)~TCP_RTX_APP_LIMITED;
}

/** tcp_ack_news_init() - Nothing yet; the known part is the caller's. Field
 * by field, because it is done for each ACK: @prior says if prior_* count, and
 * latest_tx_time if latest_end does.
 */
static inline void tcp_ack_news_init(struct tcp_ack_news *n)
{
	n->acked = 0;
	n->delivered = 0;
	n->retrans_acked = false;
	n->reordered = false;
	n->orig = false;
	n->app_limited = false;
	n->prior = false;
	n->acked_tx_time = OSTIA_NEVER;
	n->sacked_tx_time = OSTIA_NEVER;
	n->latest_tx_time = OSTIA_NEVER;
}

/**
 * tcp_rate_on_delivered() - The record, or its first segments, has arrived
 * @rec:	acknowledged or newly SACKed; not SACKed before
 * @end:	of what arrived
 * @segs:	segments newly delivered
 * @sack:	by SACK, not cumulatively
 */
void tcp_rate_on_delivered(struct tcp_ack_news *n,
			   const struct tcp_rtx_rec *rec, struct seq end,
			   uint32_t segs, bool sack);

/**
 * tcp_rate_sample() - End of an ACK: counts up, and makes the sample
 * @s:	gets acked, delivered, prior_delivered, interval_ns (0: none) and
 *	app_limited
 */
void tcp_rate_sample(struct tcp_rate *r, const struct tcp_ack_news *n,
		     struct tcp_rate_sample *s);

/** tcp_rate_count() - What tcp_rate_sample() keeps, for who needs no sample
 * @segs:	delivered now, all of @rec, which left last
 */
static inline void tcp_rate_count(struct tcp_rate *r,
				  const struct tcp_rtx_rec *rec, uint32_t segs,
				  ostia_time now)
{
	r->delivered += segs;
	r->delivered_time = now;
	if (r->app_limited && (int32_t)(r->delivered - r->app_limited) > 0)
		r->app_limited = 0;
	r->first_tx_time = rec->tx_time;
}

/** tcp_rate_app_limited() - The program gave less than the window took. */
static inline void tcp_rate_app_limited(struct tcp_rate *r, uint32_t pipe)
{
	uint32_t at = r->delivered + pipe;

	r->app_limited = at ? at : 1;
}

#endif
