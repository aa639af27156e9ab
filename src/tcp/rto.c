/* SPDX-License-Identifier: MIT */
#include "tcp/rto.h"

#include "tcp/cold.h"

#include <errno.h>

static uint32_t min_us(const struct tcp_rare *r)
{
	return r->rto_min_ms ? r->rto_min_ms * 1000u : TCP_RTO_MIN_US;
}

static void measure(const struct tcp *t, struct tcp_conn *c)
{
	uint32_t low = min_us(tcp_rare_peek(t, c));
	uint32_t high = tcp_rto_max_us(t, c);
	uint64_t us = tcp_rtt_rto_us(&c->rtt, low);

	c->rtt.rto_us = us < high ? (uint32_t)us : high;
}

uint32_t tcp_rto_persist_us(const struct tcp *t, const struct tcp_conn *c,
			    const struct tcp_persist *p)
{
	uint32_t us = tcp_persist_wait_us(p, c->rtt.rto_us);
	uint32_t max_us = tcp_rto_max_us(t, c);

	return us < max_us ? us : max_us;
}

void tcp_rto_on_sample(const struct tcp *t, struct tcp_conn *c)
{
	const struct tcp_rare *r;

	if (!c->rare)
		return;
	r = tcp_rare_peek(t, c);
	if (r->rto_min_ms || r->rto_max_ms)
		measure(t, c);
}

/* Outstanding and unsent together, RFC 7765 4 (2). */
static bool is_few(const struct tcp_conn *c)
{
	return c->cold->tx.rtx.out < TCP_RTO_RESTART_SEGS &&
	       c->cold->tx.rtx.out + tcp_unsent_bytes(c) / c->mss <
		       TCP_RTO_RESTART_SEGS;
}

uint32_t tcp_rto_restart_us(const struct tcp *t, const struct tcp_conn *c,
			    ostia_time now)
{
	uint32_t us = c->rtt.rto_us;
	uint64_t age_us;

	if (!t->set.rto_restart || !is_few(c))
		return us;
	age_us = time_since(c->cold->tx.rtx.head->tx_time, now) / NS_PER_US;
	return age_us < us ? us - (uint32_t)age_us : us; /* (3) */
}

static bool stays_linear(const struct tcp *t, const struct tcp_conn *c,
			 unsigned timeouts)
{
	return c->rare && tcp_rare_peek(t, c)->thin_linear &&
	       c->state == TCP_ESTABLISHED && c->rtt.srtt_us &&
	       c->cold->tx.rtx.out < TCP_THIN_SEGS &&
	       timeouts <= TCP_THIN_RETRIES;
}

void tcp_rto_on_timeout(const struct tcp *t, struct tcp_conn *c,
			unsigned timeouts)
{
	uint32_t high = tcp_rto_max_us(t, c);

	if (stays_linear(t, c, timeouts)) {
		measure(t, c);
		return;
	}
	tcp_rtt_backoff(&c->rtt);
	if (c->rtt.rto_us > high)
		c->rtt.rto_us = high;
}

unsigned tcp_rto_delack_ms(const struct tcp *t, const struct tcp_conn *c,
			   unsigned ms)
{
	const struct tcp_rare *r;

	if (!c->rare)
		return ms;
	r = tcp_rare_peek(t, c);
	if (r->delack_max_ms && ms > r->delack_max_ms)
		ms = r->delack_max_ms;
	if (r->rto_min_ms && ms >= r->rto_min_ms)
		ms = r->rto_min_ms - 1u;
	return ms;
}

/* Linux reads them as unsigned, and counts begun ticks as whole ones. */
static int set_timer(uint8_t *at, int64_t v)
{
	uint64_t ms = ((uint64_t)(uint32_t)v + 999) / 1000;

	if (ms < TCP_TIMER_MIN_MS || ms > TCP_TIMER_MAX_MS)
		return -EINVAL;
	*at = (uint8_t)ms;
	return 0;
}

int tcp_rto_set(struct tcp_rare *r, enum tcp_opt o, int64_t v)
{
	switch (o) {
	case TCP_OPT_RTO_MIN:
		return set_timer(&r->rto_min_ms, v);
	case TCP_OPT_DELACK_MAX:
		return set_timer(&r->delack_max_ms, v);
	case TCP_OPT_RTO_MAX:
		if (v < TCP_RTO_CAP_MIN_MS || v > TCP_RTO_CAP_MAX_MS)
			return -EINVAL;
		r->rto_max_ms = (uint32_t)v;
		return 0;
	case TCP_OPT_THIN_LINEAR:
		if (v < 0 || v > 1)
			return -EINVAL;
		r->thin_linear = v != 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_rto_get(const struct tcp_rare *r, enum tcp_opt o, int64_t *v)
{
	switch (o) {
	case TCP_OPT_RTO_MIN:
		*v = min_us(r);
		return 0;
	case TCP_OPT_DELACK_MAX:
		*v = (r->delack_max_ms ? r->delack_max_ms : TCP_TIMER_MAX_MS) *
		     1000;
		return 0;
	case TCP_OPT_RTO_MAX:
		*v = r->rto_max_ms ? r->rto_max_ms : TCP_RTO_CAP_MAX_MS;
		return 0;
	case TCP_OPT_THIN_LINEAR:
		*v = r->thin_linear;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}
