/* SPDX-License-Identifier: MIT */
#include "tcp/ts.h"

enum {
	/* 24 days and a bit, in the unit of ts_recent_age */
	AGE_VOID = 8,
};

uint32_t tcp_ts_offset(const struct tcp *t, const struct flow *f)
{
	uint64_t w[FLOW_WORDS];

	if (t->set.timestamps != 1)
		return 0;
	flow_words(f, w);
	return (uint32_t)siphash_words_24(&t->ts_key, w, FLOW_WORDS);
}

bool tcp_ts_paws_rejects(uint32_t tsval, uint32_t recent, uint8_t age,
			 ostia_time now)
{
	if ((int32_t)(tsval - recent) >= 0)
		return false;
	/* 5.5: after 24 days without traffic TS.Recent proves nothing. */
	return (uint8_t)(tcp_ts_age(now) - age) < AGE_VOID;
}

uint32_t tcp_ts_rtt_us(const struct tcp_conn *c, uint32_t tsecr, ostia_time now)
{
	uint32_t ms = tcp_ts_val(c, now) - tsecr;

	/* An echo of the future, or older than any RTO, is no echo of ours. */
	if (!tsecr || ms > 2 * TCP_RTO_MAX_US / 1000)
		return 0;
	return ms ? ms * 1000 : 1000;
}
