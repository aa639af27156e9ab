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
