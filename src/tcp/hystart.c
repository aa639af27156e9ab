/* SPDX-License-Identifier: MIT */
#include "tcp/hystart.h"

/* Return: true when CSS has had its rounds. */
static bool next_round(struct tcp_hystart *h, struct seq nxt)
{
	h->begun = true;
	h->window_end = nxt;
	h->last_us = h->now_us;
	h->now_us = 0;
	h->samples = 0;
	return h->base_us && ++h->rounds >= TCP_HYSTART_CSS_ROUNDS;
}

static void take_sample(struct tcp_hystart *h, uint32_t rtt_us)
{
	if (!rtt_us)
		return;
	if (!h->now_us || rtt_us < h->now_us)
		h->now_us = rtt_us;
	h->samples += h->samples < TCP_HYSTART_SAMPLES;
}

static uint32_t threshold(uint32_t last_us)
{
	uint32_t t = last_us / TCP_HYSTART_DIVISOR;

	if (t < TCP_HYSTART_MIN_US)
		return TCP_HYSTART_MIN_US;
	return t < TCP_HYSTART_MAX_US ? t : TCP_HYSTART_MAX_US;
}

/* 4.2: enter CSS when the delay rises, leave it when it was a phantom. */
static void judge(struct tcp_hystart *h)
{
	if (h->samples < TCP_HYSTART_SAMPLES)
		return;
	if (h->base_us) {
		if (h->now_us < h->base_us)
			h->base_us = 0;
	} else if (h->last_us &&
		   h->now_us >= h->last_us + threshold(h->last_us)) {
		h->base_us = h->now_us;
		h->rounds = 0;
		h->rest = 0;
	}
}

uint32_t tcp_hystart_on_acked(struct tcp_hystart *h, struct seq una,
			      struct seq nxt, uint32_t rtt_us, uint32_t acked,
			      bool *over)
{
	*over = false;
	if (!h->begun || seq_before_eq(h->window_end, una))
		*over = next_round(h, nxt);
	take_sample(h, rtt_us);
	judge(h);
	if (!h->base_us)
		return acked;
	acked += h->rest;
	h->rest = acked % TCP_HYSTART_CSS_DIVISOR;
	return acked / TCP_HYSTART_CSS_DIVISOR;
}
