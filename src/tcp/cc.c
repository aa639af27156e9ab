/* SPDX-License-Identifier: MIT */
#include "tcp/cc.h"

#include <assert.h>
#include <string.h>

static const struct tcp_cc_ops *const all[] = { &tcp_cubic, &tcp_reno, &tcp_bbr,
						&tcp_dctcp };

const struct tcp_cc_ops *tcp_cc_at(unsigned i)
{
	return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

const struct tcp_cc_ops *tcp_cc_find(const char *name, size_t n)
{
	for (unsigned i = 0; tcp_cc_at(i); i++) {
		if (strlen(all[i]->name) == n && !memcmp(all[i]->name, name, n))
			return all[i];
	}
	return NULL;
}

uint32_t tcp_cc_slow_start(struct tcp_cwin *w, uint32_t acked)
{
	uint32_t top = w->ssthresh < TCP_CWND_MAX ? w->ssthresh : TCP_CWND_MAX;
	uint32_t room = top > w->cwnd ? top - w->cwnd : 0;
	uint32_t n = acked < room ? acked : room;

	w->cwnd += n;
	return acked - n;
}

void tcp_cc_avoidance(struct tcp_cwin *w, uint32_t *count, uint32_t acked)
{
	*count += acked;
	while (*count >= w->cwnd) {
		*count -= w->cwnd;
		w->cwnd += w->cwnd < TCP_CWND_MAX;
	}
}

/* The window is cwnd + count / cwnd, or cwnd^2 + count in parts of 1/cwnd. */
uint32_t tcp_cc_lower(uint32_t cwnd, uint32_t *count, uint32_t num,
		      uint32_t den)
{
	uint64_t unit = (uint64_t)cwnd * den, part, cut;

	assert(cwnd > 0);
	part = *count < cwnd ? *count : cwnd - 1;
	part = ((uint64_t)cwnd * cwnd + part) * num;
	cut = part / unit;
	*count = (uint32_t)(part % unit * cut / unit);
	if (cut >= TCP_CWND_MIN)
		return (uint32_t)cut;
	*count = 0;
	return TCP_CWND_MIN;
}

void tcp_cc_reno(struct tcp_cwin *w, uint32_t *count,
		 const struct tcp_rate_sample *a)
{
	uint32_t acked = a->acked;

	if (!a->cwnd_limited)
		return;
	if (tcp_cc_in_slow_start(w))
		acked = tcp_cc_slow_start(w, acked);
	tcp_cc_avoidance(w, count, acked);
}
