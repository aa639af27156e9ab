/* SPDX-License-Identifier: MIT */
#include "tcp/rate.h"

/*
 * RFC 8985 6.2 step 2: might this ACK be for an earlier transmission? The
 * echo tells it of what is acknowledged in order alone: with a SACK comes the
 * echo of the last segment that was in order (RFC 7323 4.3 (2), (3)), which
 * always left before. To believe it would be to learn nothing from the SACK
 * of a tail loss probe (RFC 8985 7.4.1).
 */
static bool ambiguous(const struct tcp_ack_news *n,
		      const struct tcp_rtx_rec *rec, bool sack)
{
	if (!(rec->flags & TCP_RTX_EVER_RETRANS))
		return false;
	/* echoes are whole ms: compare as coarsely */
	if (!sack && n->ecr_us && n->ecr_us + 1000 <= rec->tx_time / NS_PER_US)
		return true;
	return time_since(rec->tx_time, n->now) < n->min_rtt_us * NS_PER_US;
}

static void note_late(struct tcp_ack_news *n, struct seq start)
{
	if (!n->reordered || seq_before(start, n->reord_low))
		n->reord_low = start;
	n->reordered = true;
}

/* Step 3, and what F-RTO wants to know. */
static void note_order(struct tcp_ack_news *n, const struct tcp_rtx_rec *rec,
		       struct seq end)
{
	bool first_try = !(rec->flags & TCP_RTX_EVER_RETRANS);

	if (seq_before(n->fack, end))
		n->fack = end;
	else if (seq_before(end, n->fack) && first_try)
		note_late(n, rec->start);
	if (first_try && seq_before_eq(end, n->high_seq))
		n->orig = true;
}

static void note_time(struct tcp_ack_news *n, const struct tcp_rtx_rec *rec,
		      bool sack)
{
	if (!sack && (rec->flags & TCP_RTX_EVER_RETRANS))
		n->retrans_acked = true;
	if (rec->flags & TCP_RTX_EVER_RETRANS)
		return;
	if (!sack && n->acked_tx_time == OSTIA_NEVER)
		n->acked_tx_time = rec->tx_time;
	if (sack && n->sacked_tx_time == OSTIA_NEVER)
		n->sacked_tx_time = rec->tx_time;
}

/* Was it sent after the pair of @t and @end? (RACK_sent_after) */
static bool sent_after(const struct tcp_rtx_rec *rec, struct seq rec_end,
		       ostia_time t, struct seq end)
{
	return rec->tx_time > t ||
	       (rec->tx_time == t && seq_before(end, rec_end));
}

static void take_snapshot(struct tcp_ack_news *n, const struct tcp_rtx_rec *rec,
			  struct seq end)
{
	n->prior = true;
	n->prior_end = end;
	n->prior_tx_time = rec->tx_time;
	n->prior_delivered = rec->delivered;
	n->prior_in_flight = rec->tx_in_flight;
	n->prior_lost = rec->tx_lost;
	n->prior_delivered_time = rec->delivered_time;
	n->prior_first_tx_time = rec->first_tx_time;
	n->app_limited = rec->flags & TCP_RTX_APP_LIMITED;
}

void tcp_rate_on_delivered(struct tcp_ack_news *n,
			   const struct tcp_rtx_rec *rec, struct seq end,
			   uint32_t segs, bool sack)
{
	n->delivered += segs;
	note_order(n, rec, end);
	note_time(n, rec, sack);
	if (!n->prior || sent_after(rec, end, n->prior_tx_time, n->prior_end))
		take_snapshot(n, rec, end);
	if (ambiguous(n, rec, sack))
		return;
	if (n->latest_tx_time == OSTIA_NEVER ||
	    sent_after(rec, end, n->latest_tx_time, n->latest_end)) {
		n->latest_tx_time = rec->tx_time;
		n->latest_end = end;
	}
}

static bool bubble_passed(const struct tcp_rate *r)
{
	return r->app_limited && (int32_t)(r->delivered - r->app_limited) > 0;
}

/* For tcp_info: what the program limited counts if it is no less. */
static void tell(struct tcp_rate *r, const struct tcp_rate_sample *s)
{
	if (!s->interval_ns ||
	    (s->app_limited &&
	     s->delivered * (r->told_interval_ns / NS_PER_US) <
		     r->told_delivered * (s->interval_ns / NS_PER_US)))
		return;
	r->told_delivered = s->delivered;
	r->told_interval_ns = s->interval_ns;
	r->told_app_limited = s->app_limited;
}

void tcp_rate_sample(struct tcp_rate *r, const struct tcp_ack_news *n,
		     struct tcp_rate_sample *s)
{
	uint64_t send_ns, ack_ns;

	s->acked = n->delivered;
	s->interval_ns = 0;
	if (!n->delivered)
		return;
	r->delivered += n->delivered;
	r->delivered_time = n->now;
	if (bubble_passed(r))
		r->app_limited = 0;
	if (!n->prior)
		return;
	r->first_tx_time = n->prior_tx_time;
	s->prior_delivered = n->prior_delivered;
	s->delivered = r->delivered - n->prior_delivered;
	s->app_limited = n->app_limited;
	send_ns = time_since(n->prior_first_tx_time, n->prior_tx_time);
	ack_ns = time_since(n->prior_delivered_time, n->now);
	s->interval_ns = send_ns > ack_ns ? send_ns : ack_ns;
	if (s->interval_ns < n->min_rtt_us * NS_PER_US)
		s->interval_ns = 0; /* more than the network can do */
	tell(r, s);
}
