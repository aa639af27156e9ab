/* SPDX-License-Identifier: MIT */
#include "tcp/cold.h"

#include "tcp/past.h"
#include "tcp/timers.h"

struct tcp_cold *tcp_cold_take(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_cold *k;
	uint32_t handle;

	k = slab_alloc(&t->colds, &handle);
	if (!k) {
		tcp_stats(t)->NoMemory++;
		return NULL;
	}
	memset(k, 0, sizeof(*k));
	for (int i = 0; i < TCP_DUES; i++)
		k->due[i] = OSTIA_NEVER;
	k->self = handle;
	k->last_rcv = tcp_now(t);
	k->rcvq_seq = seq_back(c->rcv_nxt, c->rcv.len);
	k->rcvq_time = tcp_now(t);
	c->cold = k;
	tcp_sender_init(t, c, k, tcp_now(t));
	tcp_past_take(t, c, k, tcp_now(t));
	tcp_arm(t, c, TCP_DUE_IDLE, tcp_now(t) + TCP_IDLE_NS);
	if (c->flags & TCP_F_KEEPALIVE)
		tcp_timers_keepalive(t, c, tcp_now(t));
	return k;
}

void tcp_cold_put(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_cold *k = c->cold;

	if (!k)
		return;
	wheel_disarm(t->lent.wheel, &c->timer);
	tcp_past_keep(t, c, tcp_now(t));
	tcp_sender_fini(t, c, k);
	tcp_reasm_clear(&k->reasm, t->lent.pool);
	tcp_reasm_fini(&k->reasm, t->lent.env);
	c->cold = NULL;
	slab_free(&t->colds, k->self);
}

/* Only what has no end of its own may be due: keepalive, and this timer. */
static bool nothing_due(const struct tcp_cold *k)
{
	for (int i = 0; i < TCP_DUES; i++)
		if (i != TCP_DUE_IDLE && i != TCP_DUE_KEEPALIVE &&
		    k->due[i] != OSTIA_NEVER)
			return false;
	return true;
}

static bool is_idle(const struct tcp_conn *c, const struct tcp_cold *k)
{
	return nothing_due(k) && tcp_reasm_empty(&k->reasm) &&
	       k->urg_state == 0 &&
	       !(c->flags & (TCP_F_ACK_NOW | TCP_F_ACK_PENDING | TCP_F_URG_SND |
			     TCP_F_URG_RCV)) &&
	       c->rcv.len == 0 && tcp_sender_idle(c, k);
}

void tcp_cold_rest(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = c->cold;
	ostia_time last =
		k->last_rcv > k->tx.last_tx ? k->last_rcv : k->tx.last_tx;
	ostia_time keep = k->due[TCP_DUE_KEEPALIVE];

	if (time_since(last, now) < TCP_IDLE_NS) {
		tcp_arm(t, c, TCP_DUE_IDLE, last + TCP_IDLE_NS);
		return;
	}
	if (k->tx.ops->lasting)
		return; /* for good, or until tcp_sender_set_cc() */
	if (!is_idle(c, k)) {
		tcp_arm(t, c, TCP_DUE_IDLE, now + TCP_IDLE_NS);
		return;
	}
	tcp_cold_put(t, c);
	if (keep != OSTIA_NEVER)
		tcp_past_arm(t, c, keep);
}

void tcp_cold_rearm(struct tcp *t, struct tcp_conn *c)
{
	ostia_time when = OSTIA_NEVER;

	if (!c->cold)
		return;
	for (int i = 0; i < TCP_DUES; i++)
		when = time_min(when, c->cold->due[i]);
	if (when != OSTIA_NEVER)
		wheel_arm(t->lent.wheel, &c->timer, when);
}
