/* SPDX-License-Identifier: MIT */
#include "tcp/cc.h"

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
