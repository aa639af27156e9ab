/* SPDX-License-Identifier: MIT */
#include "tcp/timers.h"

#include "tcp/acktx.h"
#include "tcp/cold.h"
#include "tcp/fastopen.h"
#include "tcp/half.h"
#include "tcp/past.h"
#include "tcp/plpmtu.h"
#include "tcp/rto.h"
#include "tcp/timewait.h"

#include <errno.h>

enum {
	ALIVE_US = TCP_RTO_MAX_US, /* a peer heard within is not dead */
	RENEGE_US = 10000, /* at least, for ACKs that overtook each other */
	TCP_SYN_DOUBLINGS = 6, /* of a second, until the longest wait */
};

/*
 * --- arming --------------------------------------------------------------
 */
static ostia_time rto_from(const struct tcp_conn *c, ostia_time now)
{
	return time_after(now, c->rtt.rto_us * NS_PER_US);
}

/* What the peer has SACKed it does not acknowledge: it took its word back (RFC
 * 2018 8), or ACKs overtook each other. Wait for one of those, and no longer;
 * as Linux.
 */
static ostia_time next_rto(const struct tcp *t, const struct tcp_conn *c,
			   const struct tcp_sender *s, ostia_time now)
{
	uint32_t us = tcp_rto_restart_us(t, c, now), late;

	if (s->rtx.head->flags & TCP_RTX_SACKED) {
		late = c->rtt.srtt_us / 2;
		late = late > RENEGE_US ? late : RENEGE_US;
		us = us < late ? us : late;
	}
	return time_after(now, us * NS_PER_US);
}

/* No recovery, and nothing SACKed; a window that ECN reduced is no recovery.
 * RFC 8985 7.2 leaves the loss of what recovery sent last, with nothing behind
 * it, to the RTO, and so does Linux.
 */
static bool goes_well(const struct tcp_sender *s)
{
	return (s->rec.state == TCP_OPEN || s->rec.state == TCP_CWR) &&
	       !s->rtx.sacked;
}

/* RFC 8985 7.2: a probe makes sense while all goes well; else the one that was
 * due is not any more (8). RACK's own wait goes on.
 */
static void arm_probe(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
		      ostia_time now)
{
	ostia_time at;

	if (s->reo_wait || c->state == TCP_SYN_RECV ||
	    !(c->flags & TCP_F_SACK) || !t->set.early_retrans)
		return;
	if (!goes_well(s)) {
		c->cold->due[TCP_DUE_PROBE] = OSTIA_NEVER;
		return;
	}
	at = time_after(now, tcp_rack_pto_us(&c->rtt, s->rtx.out) * NS_PER_US);
	tcp_arm(t, c, TCP_DUE_PROBE, time_min(at, c->cold->due[TCP_DUE_RTX]));
}

void tcp_timers_on_sent(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = c->cold;

	if (k->due[TCP_DUE_RTX] == OSTIA_NEVER)
		tcp_arm(t, c, TCP_DUE_RTX, rto_from(c, now));
	if (!k->tx.rack.tlp)
		arm_probe(t, c, &k->tx, now);
}

void tcp_timers_on_resent(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	tcp_arm(t, c, TCP_DUE_RTX, rto_from(c, now));
}

void tcp_timers_on_acked(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = c->cold;

	if (tcp_rtx_empty(&k->tx.rtx)) {
		k->due[TCP_DUE_RTX] = OSTIA_NEVER;
		k->due[TCP_DUE_PROBE] = OSTIA_NEVER;
		k->tx.reo_wait = false;
		return;
	}
	tcp_arm(t, c, TCP_DUE_RTX, next_rto(t, c, &k->tx, now));
	if (!k->tx.rack.tlp)
		arm_probe(t, c, &k->tx, now);
	else if (!k->tx.reo_wait)
		k->due[TCP_DUE_PROBE] = OSTIA_NEVER;
}

/*
 * --- giving up -----------------------------------------------------------
 */
static void tell(struct tcp *t, const struct tcp_conn *c, const char *name,
		 uint32_t count)
{
	TRACE(t->lent.tracer, OSTIA_TRACE_TIMER, c->id,
	      .u.timer = { .name = name, .count = count });
}

/* Why nothing comes back: what ICMP said last, or that nobody answers. */
static bool give_up(struct tcp *t, struct tcp_conn *c)
{
	tcp_stats(t)->TcpExtAbortOnTimeout++;
	tcp_conn_drop(t, c, c->err_soft ? c->err_soft : ETIMEDOUT);
	return false;
}

static uint32_t max_retries(const struct tcp *t, const struct tcp_conn *c)
{
	if (c->flags & TCP_F_ORPHAN)
		return t->set.orphan_retries ? t->set.orphan_retries : 8;
	return t->set.retries2;
}

static bool user_timed_out(const struct tcp *t, const struct tcp_conn *c,
			   ostia_time since, ostia_time now)
{
	uint32_t ms = c->rare ? tcp_rare_peek(t, c)->user_timeout_ms : 0;

	return ms && time_since(since, now) >= ms * NS_PER_MS;
}

/* A deadline of TCP_USER_TIMEOUT that comes before @at. */
static ostia_time not_past_user(const struct tcp *t, const struct tcp_conn *c,
				ostia_time since, ostia_time at)
{
	uint32_t ms = c->rare ? tcp_rare_peek(t, c)->user_timeout_ms : 0;

	return ms ? time_min(at, time_after(since, ms * NS_PER_MS)) : at;
}

/*
 * --- the handshake -------------------------------------------------------
 */
static uint32_t syn_retries(const struct tcp *t, const struct tcp_conn *c)
{
	uint32_t n = c->rare ? tcp_rare_peek(t, c)->syncnt : 0;

	if (c->state == TCP_SYN_RECV) /* of Fast Open one more (Linux) */
		return t->set.synack_retries + tcp_fastopen_is_child(c);
	return n ? n : t->set.syn_retries;
}

void tcp_timers_on_syn(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	const struct tcp_sender *s = &c->cold->tx;
	ostia_time at = rto_from(c, now);

	if (s->syn_tries && s->syn_time)
		at = not_past_user(t, c, s->syn_time, at);
	tcp_arm(t, c, TCP_DUE_RTX, at > now ? at : now + 1);
}

/* Timeouts that do not double (Linux): of our SYN alone. */
static uint32_t linear_timeouts(const struct tcp *t, const struct tcp_conn *c)
{
	return c->state == TCP_SYN_SENT ? t->set.syn_linear_timeouts : 0;
}

/* As many more SYNs, but no longer than without them (Linux's
 * tcp_model_timeout()).
 */
static bool linear_is_over(const struct tcp *t, const struct tcp_conn *c,
			   const struct tcp_sender *s, ostia_time now)
{
	uint32_t n = syn_retries(t, c), most = TCP_SYN_DOUBLINGS;
	uint64_t whole_us = ((2u << (n < most ? n : most)) - 1u) *
			    (uint64_t)TCP_RTO_INITIAL_US;

	if (n > most)
		whole_us += (n - most) * (uint64_t)TCP_RTO_MAX_US;
	return s->syn_tries && s->syn_time && linear_timeouts(t, c) &&
	       time_since(s->syn_time, now) >= whole_us * NS_PER_US;
}

static bool syn_expired(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
			ostia_time now)
{
	uint32_t linear = linear_timeouts(t, c);
	bool last = s->syn_tries >= syn_retries(t, c) + linear ||
		    linear_is_over(t, c, s, now) ||
		    (s->syn_tries && s->syn_time &&
		     user_timed_out(t, c, s->syn_time, now));

	if (s->fo)
		tcp_fastopen_on_timeout(t, c, s->syn_tries, last, now);
	if (last)
		return give_up(t, c);
	s->syn_tries++;
	tell(t, c, "syn", s->syn_tries);
	tcp_stats(t)->TcpExtTimeouts++;
	if (s->syn_tries > linear)
		tcp_rto_on_timeout(t, c, s->syn_tries);
	s->syn_due = true;
	tcp_want_tx(c);
	return true;
}

/*
 * --- the retransmission timer --------------------------------------------
 */
/* A peer may not pin what nobody owns by answering every probe with a closed
 * window (RFC 6429 3; CVE-2008-4609): Linux's tcp_probe_timer().
 */
static bool orphan_stalled(const struct tcp *t, const struct tcp_conn *c,
			   const struct tcp_persist *p)
{
	return (c->flags & TCP_F_ORPHAN) && p->backoff >= max_retries(t, c) &&
	       tcp_rto_persist_us(t, c, p) >= tcp_rto_max_us(t, c);
}

/* RFC 9293 3.8.6.1, RFC 6429 3: as long as the peer answers, for ever. */
static bool persist_expired(struct tcp *t, struct tcp_conn *c,
			    struct tcp_sender *s, ostia_time now)
{
	if (!c->snd.len && !(c->flags & TCP_F_FIN_WANTED)) {
		s->waiting = false;
		return true;
	}
	if (tcp_persist_dead(&s->persist, max_retries(t, c)) ||
	    orphan_stalled(t, c, &s->persist) ||
	    (s->persist.probes && user_timed_out(t, c, c->cold->last_rcv, now)))
		return give_up(t, c);
	tcp_persist_on_probe(&s->persist);
	tell(t, c, "persist", s->persist.probes);
	s->force = true;
	s->win_probe_due = true;
	tcp_arm(t, c, TCP_DUE_RTX,
		time_after(now,
			   tcp_rto_persist_us(t, c, &s->persist) * NS_PER_US));
	tcp_want_tx(c);
	return true;
}

/* The window closed on data in flight, and the peer still speaks: what we
 * send again is a probe, not a failure.
 */
static bool closed_but_alive(const struct tcp_conn *c, ostia_time now)
{
	return c->snd_wnd == 0 &&
	       time_since(c->cold->last_rcv, now) < ALIVE_US * NS_PER_US;
}

static bool too_often(const struct tcp *t, const struct tcp_conn *c,
		      const struct tcp_sender *s, ostia_time now)
{
	ostia_time since = s->rec.undo.retrans_time;

	if (closed_but_alive(c, now))
		return false;
	if (s->rec.timeouts && since && user_timed_out(t, c, since, now))
		return true;
	return s->rec.timeouts >= max_retries(t, c);
}

/* RFC 6298 (5.4) to (5.6); R1 of RFC 9293 3.8.3: ask the way again. */
static bool rto_expired(struct tcp *t, struct tcp_conn *c, struct tcp_sender *s,
			ostia_time now)
{
	struct tcp_repair x;
	ostia_time at;

	if (too_often(t, c, s, now))
		return give_up(t, c);
	if (closed_but_alive(c, now))
		s->rec.timeouts = 0;
	x = tcp_sender_repair(t, c);
	tcp_recovery_on_timeout(&x, now);
	tcp_sender_on_reduced(t, c);
	if (s->rec.timeouts >= t->set.retries1) {
		tcp_plpmtu_on_timeouts(t, c, now);
		tcp_sender_sync_mss(t, c);
	}
	tcp_stats(t)->TcpExtTimeouts++;
	tell(t, c, "rto", s->rec.timeouts);
	tcp_sender_trace(t, c, "timeout");
	tcp_rto_on_timeout(t, c, s->rec.timeouts);
	s->reo_wait = s->probe_due = false;
	c->cold->due[TCP_DUE_PROBE] = OSTIA_NEVER;
	at = rto_from(c, now);
	if (s->rec.undo.retrans_time)
		at = not_past_user(t, c, s->rec.undo.retrans_time, at);
	tcp_arm(t, c, TCP_DUE_RTX, at > now ? at : now + 1);
	tcp_want_tx(c);
	return true;
}

/*
 * --- the others ----------------------------------------------------------
 */
static void reordering_expired(struct tcp *t, struct tcp_conn *c,
			       ostia_time now)
{
	struct tcp_repair x = tcp_sender_repair(t, c);
	struct tcp_repair_done done;

	c->cold->tx.reo_wait = false;
	tell(t, c, "reorder", 1);
	tcp_recovery_expire(&x, &done, now);
	tcp_sender_on_repair(t, c, &done, now);
}

/* RFC 8985 7.3: at most one probe; in any case the RTO begins anew. */
static void probe_expired(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;

	if (tcp_rtx_empty(&s->rtx))
		return;
	if (s->reo_wait) {
		reordering_expired(t, c, now);
		return;
	}
	if (!tcp_rack_may_probe(&s->rack)) {
		tcp_arm(t, c, TCP_DUE_RTX, rto_from(c, now));
		return;
	}
	tell(t, c, "tlp", 1);
	s->probe_due = true;
	tcp_arm(t, c, TCP_DUE_RTX, rto_from(c, now));
	tcp_want_tx(c);
}

/* RFC 8985 7.2: a probe that is due with the RTO goes first, and the RTO
 * begins anew.
 */
static bool probed_instead(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = c->cold;

	if (k->due[TCP_DUE_PROBE] > now ||
	    (!k->tx.reo_wait && !tcp_rack_may_probe(&k->tx.rack)))
		return false;
	k->due[TCP_DUE_PROBE] = OSTIA_NEVER;
	probe_expired(t, c, now);
	return k->due[TCP_DUE_RTX] != OSTIA_NEVER;
}

static bool rtx_expired(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_sender *s = &c->cold->tx;

	if (c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECV)
		return syn_expired(t, c, s, now);
	if (!tcp_rtx_empty(&s->rtx))
		return probed_instead(t, c, now) || rto_expired(t, c, s, now);
	return s->waiting ? persist_expired(t, c, s, now) : true;
}

static struct tcp_keepalive_set keepalive_set(const struct tcp *t,
					      const struct tcp_conn *c)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);

	return (struct tcp_keepalive_set) {
		.idle_s = r->keepidle_s ? r->keepidle_s : t->set.keepalive_time,
		.intvl_s = r->keepintvl_s ? r->keepintvl_s
					  : t->set.keepalive_intvl,
		.cnt = r->keepcnt ? r->keepcnt : t->set.keepalive_probes,
		.user_timeout_us = r->user_timeout_ms * UINT64_C(1000),
	};
}

static bool keepalive_counts(const struct tcp_conn *c)
{
	return c->flags & TCP_F_KEEPALIVE &&
	       tcp_state_in(c->state, TCP_SYNCHRONIZED);
}

/* Not while data is in flight: its own timers see whether the peer lives. */
static bool keepalive_expired(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_cold *k = tcp_cold_get(t, c);
	struct tcp_keepalive_set set = keepalive_set(t, c);
	ostia_time next;

	if (!keepalive_counts(c) || !k)
		return true;
	if (!tcp_rtx_empty(&k->tx.rtx) || k->tx.waiting) {
		tcp_arm(t, c, TCP_DUE_KEEPALIVE,
			time_after(now, set.idle_s * NS_PER_S));
		return true;
	}
	switch (tcp_keepalive_expire(&k->tx.keep, &set, k->last_rcv, &next,
				     now)) {
	case TCP_KEEPALIVE_DEAD:
		tcp_stats(t)->TcpExtAbortOnTimeout++;
		tcp_conn_abort(t, c, c->err_soft ? c->err_soft : ETIMEDOUT,
			       now);
		return false;
	case TCP_KEEPALIVE_PROBE:
		tell(t, c, "keepalive", k->tx.keep.probes);
		k->tx.keep_due = true;
		tcp_want_tx(c);
		break;
	case TCP_KEEPALIVE_WAIT:
		break;
	}
	tcp_arm(t, c, TCP_DUE_KEEPALIVE, next);
	return true;
}

void tcp_timers_keepalive(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	const struct tcp_keepalive_set set = keepalive_set(t, c);

	if (!c->cold) {
		if (c->flags & TCP_F_KEEPALIVE)
			tcp_cold_get(t, c); /* comes back here */
		else if (wheel_armed(&c->timer))
			tcp_past_disarm(t, c);
		return;
	}
	c->cold->tx.keep = (struct tcp_keepalive) { 0 };
	tcp_arm(t, c, TCP_DUE_KEEPALIVE,
		c->flags & TCP_F_KEEPALIVE
			? time_after(now, set.idle_s * NS_PER_S)
			: OSTIA_NEVER);
}

/* There was no memory for the cold part, though data or FIN is to be sent. An
 * orphan that still gets none goes (RFC 9293 says nothing; Linux does so).
 */
static bool starving(struct tcp *t, struct tcp_conn *c)
{
	if (!tcp_unsent_bytes(c) &&
	    (c->flags & (TCP_F_FIN_WANTED | TCP_F_FIN_SENT)) !=
		    TCP_F_FIN_WANTED)
		return false;
	if (!tcp_cold_get(t, c) && c->flags & TCP_F_ORPHAN)
		tcp_conn_drop(t, c, 0);
	else
		tcp_want_tx(c);
	return true;
}

/* Without a cold part the node stands for keepalive alone (tcp/conn.h): the
 * silence has lasted since before it went.
 */
static void wake(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	const struct tcp_keepalive_set set = keepalive_set(t, c);
	struct tcp_cold *k;

	if (!keepalive_counts(c))
		return;
	k = tcp_cold_get(t, c);
	if (!k) {
		tcp_past_arm(t, c, now + NS_PER_S);
		return;
	}
	k->last_rcv =
		now > set.idle_s * NS_PER_S ? now - set.idle_s * NS_PER_S : 0;
	k->due[TCP_DUE_KEEPALIVE] = now;
}

/* FIN-WAIT-2 of a connection that its owner let go: the peer had its time. */
static bool linger_expired(struct tcp *t, struct tcp_conn *c)
{
	if (c->state != TCP_FIN_WAIT2 || !(c->flags & TCP_F_ORPHAN))
		return true;
	tcp_conn_drop(t, c, 0);
	return false;
}

/* What is due. Return: false if the connection is no more. */
static bool due(struct tcp *t, struct tcp_conn *c, enum tcp_due what,
		ostia_time now)
{
	switch (what) {
	case TCP_DUE_RTX:
		return rtx_expired(t, c, now);
	case TCP_DUE_PROBE:
		probe_expired(t, c, now);
		return true;
	case TCP_DUE_PACE:
		tcp_want_tx(c);
		return true;
	case TCP_DUE_DELACK:
		tcp_acktx_expire(t, c, now);
		return true;
	case TCP_DUE_KEEPALIVE:
		return keepalive_expired(t, c, now);
	case TCP_DUE_LINGER:
		return linger_expired(t, c);
	default:
		tcp_cold_rest(t, c, now);
		return true;
	}
}

static void conn_expired(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	if (!c->cold)
		tcp_past_disarm(t, c);
	if (!c->path && c->flags & TCP_F_ORPHAN) { /* its link has gone */
		tcp_conn_drop(t, c, 0);
		return;
	}
	if (!c->cold && starving(t, c))
		return;
	if (!c->cold)
		wake(t, c, now);
	for (int i = 0; c->cold && i < TCP_DUES; i++) {
		if (c->cold->due[i] > now)
			continue;
		c->cold->due[i] = OSTIA_NEVER;
		if (!due(t, c, (enum tcp_due)i, now))
			return;
	}
	tcp_cold_rearm(t, c);
}

void tcp_expire(struct tcp *t, struct wheel_node *n, ostia_time now)
{
	switch (n->kind) {
	case WHEEL_TCP_HALF:
		tcp_half_expire(t, now);
		break;
	case WHEEL_TCP_WAIT:
		tcp_timewait_expire(t, now);
		break;
	default:
		conn_expired(t, list_entry(n, struct tcp_conn, timer), now);
		break;
	}
}
