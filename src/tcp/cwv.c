/* SPDX-License-Identifier: MIT */
#include "tcp/cwv.h"

void tcp_cwv_init(struct tcp_cwv *v, struct seq una, ostia_time now)
{
	*v = (struct tcp_cwv) {
		.round_seq = una,
		.due = time_after(now, TCP_CWV_FIRST_US * NS_PER_US),
	};
}

/* RFC 2861 3: a sender that comes back in earnest soon has it again. */
static void remember(struct tcp_cwin *w)
{
	uint32_t most = w->cwnd / 2 + w->cwnd / 4;

	if (!tcp_cc_in_slow_start(w) && most > w->ssthresh)
		w->ssthresh = most;
}

static void look_later(struct tcp_cwv *v, uint32_t rto_us, ostia_time now)
{
	v->used = 0;
	v->due = time_after(now, rto_us * NS_PER_US);
}

bool tcp_cwv_on_unused(struct tcp_cwv *v, struct tcp_cwin *w, bool open,
		       uint32_t rto_us, ostia_time now)
{
	uint32_t used =
		v->used > TCP_INITIAL_WINDOW ? v->used : TCP_INITIAL_WINDOW;
	bool shrinks = open && used < w->cwnd;

	if (shrinks) {
		remember(w);
		w->cwnd = (w->cwnd + used) / 2;
	}
	look_later(v, rto_us, now);
	return shrinks;
}

bool tcp_cwv_on_idle(struct tcp_cwv *v, struct tcp_cwin *w, uint64_t idle_us,
		     uint32_t rto_us, ostia_time now)
{
	uint32_t was = w->cwnd, least;

	if (idle_us <= rto_us)
		return false;
	least = was < TCP_INITIAL_WINDOW ? was : TCP_INITIAL_WINDOW;
	remember(w);
	for (; idle_us > rto_us && w->cwnd > least; idle_us -= rto_us)
		w->cwnd /= 2;
	if (w->cwnd < least)
		w->cwnd = least;
	look_later(v, rto_us, now);
	v->max_out = 0;
	v->limited = false;
	return w->cwnd != was;
}
