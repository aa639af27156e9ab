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
};

/**
 * struct tcp_ack_news - What one ACK newly delivered
 * @acked:	segments acknowledged cumulatively, SACKed before or not
 * @delivered:	segments newly known to have arrived
 * @bytes:	octets acknowledged cumulatively
 * @rtt_tx_time: transmit time of the latest never-retransmitted record that
 *		arrived; OSTIA_NEVER: none
 * @first_tx_time: of the earliest such record
 * @latest:	transmit time and end of the record sent last of all that
 *		arrived (for RACK); OSTIA_NEVER: none
 * @prior_*:	snapshot of the record for the rate sample
 */
struct tcp_ack_news {
	uint32_t acked;
	uint32_t delivered;
	uint32_t bytes;
	bool retransmitted; /* the record sent last was a retransmission */
	bool any_retransmitted;
	bool app_limited;
	bool have_prior;
	bool orig_below_fack; /* arrived late, never sent again: reordering */
	ostia_time rtt_tx_time, first_tx_time;
	ostia_time latest_tx_time;
	struct seq latest_end;
	uint32_t prior_delivered;
	ostia_time prior_delivered_time, prior_first_tx_time, prior_tx_time;
};

/**
 * struct tcp_rate_sample - For congestion control
 * @delivered:		segments over @interval_us
 * @interval_us:	0: no sample
 * @prior_delivered:	tcp_rate.delivered when the sampled record left
 * @rtt_us:		RTT sample of this ACK, 0: none
 * @acked:		segments newly acknowledged or SACKed by this ACK
 * @lost:		segments newly marked lost by this ACK
 * @prior_in_flight:	pipe before it
 * @cwnd_limited:	the window was the limit, so it may grow (RFC 7661)
 * @app_limited:	the sample is a lower bound
 */
struct tcp_rate_sample {
	uint32_t delivered, prior_delivered;
	uint32_t interval_us;
	uint32_t rtt_us, srtt_us, min_rtt_us;
	uint32_t acked, lost;
	uint32_t prior_in_flight;
	struct seq una, nxt; /* after this ACK */
	bool cwnd_limited, app_limited, ece;
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

static inline void tcp_ack_news_init(struct tcp_ack_news *n, struct seq una)
{
	*n = (struct tcp_ack_news) {
		.rtt_tx_time = OSTIA_NEVER,
		.first_tx_time = OSTIA_NEVER,
		.latest_tx_time = OSTIA_NEVER,
		.latest_end = una,
	};
}

/**
 * tcp_rate_on_delivered() - The record has arrived (acknowledged or newly
 * SACKed): note its snapshot in @n, if it was sent last of all so far
 * @segs:	segments newly delivered
 */
void tcp_rate_on_delivered(struct tcp_ack_news *n,
			   const struct tcp_rtx_rec *rec, uint32_t segs);

/**
 * tcp_rate_sample() - End of an ACK: counts up, and makes the sample
 * @min_rtt_us:	intervals shorter than that are no sample (0: unknown)
 */
void tcp_rate_sample(struct tcp_rate *r, const struct tcp_ack_news *n,
		     uint32_t min_rtt_us, struct tcp_rate_sample *s,
		     ostia_time now);

/** tcp_rate_app_limited() - The program gave less than the window took. */
static inline void tcp_rate_app_limited(struct tcp_rate *r, uint32_t pipe)
{
	uint32_t at = r->delivered + pipe;

	r->app_limited = at ? at : 1;
}

#endif
