/* SPDX-License-Identifier: MIT */
#include "tcp/rack.h"

enum { MIN_RTT_WINDOW_S = 300 };

void tcp_rack_init(struct tcp_rack *k, struct seq una)
{
	*k = (struct tcp_rack) {
		.fack = una,
		.end_seq = una,
		.reo_wnd_mult = 1,
		.tlp_rtt = true,
	};
}

uint32_t tcp_rack_min_rtt(const struct tcp_rack *k)
{
	const uint32_t *us = k->min_rtt.us;

	if (!us[1])
		return us[0];
	return us[0] && us[0] < us[1] ? us[0] : us[1];
}

void tcp_rack_on_rtt(struct tcp_rack *k, uint32_t rtt_us, ostia_time now)
{
	struct tcp_min_rtt *f = &k->min_rtt;

	rtt_us = rtt_us ? rtt_us : 1;
	k->tlp_rtt = true;
	if (time_since(f->since, now) > MIN_RTT_WINDOW_S * NS_PER_S) {
		f->us[1] = f->us[0];
		f->us[0] = 0;
		f->since = now;
	}
	if (!f->us[0] || rtt_us < f->us[0])
		f->us[0] = rtt_us;
}

static bool sent_after(ostia_time t1, struct seq s1, ostia_time t2,
		       struct seq s2)
{
	return t1 > t2 || (t1 == t2 && seq_before(s2, s1));
}

void tcp_rack_on_acked(struct tcp_rack *k, const struct tcp_ack_news *n)
{
	uint64_t rtt_us;

	k->fack = n->fack;
	k->reordering_seen |= n->reordered;
	if (n->latest_tx_time == OSTIA_NEVER)
		return;
	rtt_us = time_since(n->latest_tx_time, n->now) / NS_PER_US;
	k->rtt_us = rtt_us < UINT32_MAX ? (uint32_t)rtt_us : UINT32_MAX;
	if (!k->valid || sent_after(n->latest_tx_time, n->latest_end,
				    k->xmit_ts, k->end_seq)) {
		k->xmit_ts = n->latest_tx_time;
		k->end_seq = n->latest_end;
		k->valid = true;
	}
}

static void adapt_to_dsack(struct tcp_rack *k, const struct tcp_rack_ack *a)
{
	if (k->dsack_round_valid && seq_before_eq(k->dsack_round, a->una))
		k->dsack_round_valid = false;
	if (!k->dsack_round_valid && a->dsack) {
		k->dsack_round_valid = true;
		k->dsack_round = a->nxt;
		k->reo_wnd_mult += k->reo_wnd_mult < UINT8_MAX;
		k->reo_wnd_persist = TCP_REO_PERSIST;
	}
}

void tcp_rack_on_recovered(struct tcp_rack *k)
{
	if (k->reo_wnd_persist)
		k->reo_wnd_persist--;
	if (!k->reo_wnd_persist)
		k->reo_wnd_mult = 1;
}

void tcp_rack_update_reo_wnd(struct tcp_rack *k, const struct tcp_rack_ack *a,
			     const struct tcp_rtt *rtt, bool recovering,
			     uint32_t sacked, uint32_t dupthresh)
{
	uint64_t wnd;

	adapt_to_dsack(k, a);
	wnd = (uint64_t)k->reo_wnd_mult * tcp_rack_min_rtt(k) / 4;
	if (!k->reordering_seen && (recovering || sacked >= dupthresh))
		wnd = 0;
	k->reo_wnd_us = wnd < rtt->srtt_us ? (uint32_t)wnd : rtt->srtt_us;
}

/*
 * The list is in order of transmission, so the first record that may still
 * arrive in time ends the walk: an ACK costs what it marks. The wait is the
 * RFC's maximum, for the segment that all of them left before; that one's
 * time is known without a walk.
 */
uint32_t tcp_rack_detect_loss(const struct tcp_rack *k, struct tcp_rtx *q,
			      uint64_t *wait_us, ostia_time now)
{
	uint64_t allow = ((uint64_t)k->rtt_us + k->reo_wnd_us) * NS_PER_US;
	uint32_t lost = 0;

	*wait_us = 0;
	if (!k->valid)
		return 0;
	while (!list_empty(&q->sent)) {
		struct tcp_rtx_rec *r =
			list_entry(q->sent.next, struct tcp_rtx_rec, by_time);

		if (!sent_after(k->xmit_ts, k->end_seq, r->tx_time, r->end))
			break;
		if (time_after(r->tx_time, allow) > now) {
			*wait_us = (time_after(k->xmit_ts, allow) - now) /
					   NS_PER_US +
				   1;
			break;
		}
		lost += r->segs;
		tcp_rtx_mark_lost(q, r);
	}
	return lost;
}

uint32_t tcp_rack_pto_us(const struct tcp_rtt *rtt, uint32_t segs)
{
	uint64_t pto = UINT64_C(2) * rtt->srtt_us;

	if (!rtt->srtt_us)
		return TCP_TLP_INITIAL_US;
	pto += segs == 1 ? TCP_TLP_SOLE_US : TCP_TLP_GRAIN_US;
	return pto < TCP_RTO_MAX_US ? (uint32_t)pto : TCP_RTO_MAX_US;
}

void tcp_rack_on_probe_sent(struct tcp_rack *k, struct seq nxt, bool retrans)
{
	k->tlp = true;
	k->tlp_retrans = retrans;
	k->tlp_rtt = false;
	k->tlp_end_seq = nxt;
}

bool tcp_rack_on_probe_acked(struct tcp_rack *k, const struct tcp_probe_ack *a)
{
	if (!k->tlp || seq_before(a->ack, k->tlp_end_seq))
		return false;
	if (!k->tlp_retrans || a->dsack) {
		k->tlp = false; /* new data arrived, or both copies did */
	} else if (seq_before(k->tlp_end_seq, a->ack)) {
		k->tlp = false;
		return true;
	} else if (a->dup) {
		k->tlp = false; /* both arrived, no D-SACK spoken */
	}
	return false;
}
