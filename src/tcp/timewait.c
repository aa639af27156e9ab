/* SPDX-License-Identifier: MIT */
#include "tcp/timewait.h"

#include "tcp/auth.h"
#include "tcp/bind.h"
#include "tcp/cold.h"
#include "tcp/defend.h"
#include "tcp/ecn.h"
#include "tcp/isn.h"
#include "tcp/rcvbuf.h"
#include "tcp/reply.h"
#include "tcp/ts.h"

enum { ISN_STEP = 65535 + 2 };

static struct slab *slab_of(struct tcp *t, bool v4)
{
	return v4 ? &t->waits4 : &t->waits6;
}

static uint32_t to_ms(ostia_time now)
{
	return (uint32_t)(now / NS_PER_MS);
}

struct flow tcp_timewait_flow(const struct tcp_wait *w, bool v4)
{
	struct flow f = { .lport = w->lport, .rport = w->rport };

	if (v4) {
		f.local = addr_v4(&w->laddr);
		f.remote = addr_v4(&w->raddr);
	} else {
		f.local = w->local;
		f.remote = w->remote;
		f.zone = w->laddr;
	}
	return f;
}

/* --- two queues of equal patience ---------------------------------------- */

static struct tcp_queue *queue_of(struct tcp *t, bool v4,
				  const struct tcp_wait *w)
{
	return &t->wait_due[!v4][!!(w->flags & TCP_WAIT_FIN2)];
}

static void arm(struct tcp *t, uint32_t due_ms, ostia_time now)
{
	int32_t in_ms = (int32_t)(due_ms - to_ms(now));
	ostia_time when = now + (in_ms > 0 ? (uint32_t)in_ms : 0) * NS_PER_MS;

	t->wait_timer.kind = WHEEL_TCP_WAIT;
	if (!wheel_armed(&t->wait_timer) || when < t->wait_timer.deadline)
		wheel_arm(t->lent.wheel, &t->wait_timer, when);
}

static void enqueue(struct tcp *t, bool v4, uint32_t handle, ostia_time now)
{
	struct tcp_wait *w = tcp_timewait_at(t, v4, handle);
	struct tcp_queue *q = queue_of(t, v4, w);
	uint32_t ms = w->flags & TCP_WAIT_FIN2 ? t->set.fin_timeout * 1000
					       : TCP_TIMEWAIT_MS;

	w->due_ms = to_ms(now) + ms + 1;
	w->next = 0;
	w->prev = q->tail;
	if (q->tail)
		tcp_timewait_at(t, v4, q->tail)->next = handle;
	else
		q->head = handle;
	q->tail = handle;
	arm(t, w->due_ms, now);
}

static void dequeue(struct tcp *t, bool v4, struct tcp_wait *w)
{
	struct tcp_queue *q = queue_of(t, v4, w);

	if (w->prev)
		tcp_timewait_at(t, v4, w->prev)->next = w->next;
	else
		q->head = w->next;
	if (w->next)
		tcp_timewait_at(t, v4, w->next)->prev = w->prev;
	else
		q->tail = w->prev;
}

/* --- in and out ---------------------------------------------------------- */

static void trace(struct tcp *t, uint64_t id, const char *from, const char *to)
{
	TRACE(t->lent.tracer, OSTIA_TRACE_STATE, id,
	      .u.state = { from, to, NULL });
	(void)id;
	(void)from;
	(void)to;
}

static void send_ack(struct tcp *t, const struct tcp_wait *w, bool v4,
		     ostia_time now)
{
	struct flow f = tcp_timewait_flow(w, v4);
	struct wire_tcp h = {
		.flags = (uint16_t)(WIRE_TCP_ACK | (w->flags & TCP_WAIT_ACE)
							   << 1),
		.seq = w->snd_nxt.v,
		.ack = w->rcv_nxt.v,
		.wnd = w->wnd,
	};

	if (w->flags & TCP_WAIT_TS) {
		h.opts |= WIRE_TCP_OPT_TS;
		h.tsval = tcp_ts_clock(now) + tcp_ts_offset(t, &f);
		h.tsecr = w->ts_recent;
	}
	tcp_reply_send(t, &f, &h, NULL, w->tos, w->id, now);
}

static void set_ends(struct tcp_wait *w, const struct flow *f)
{
	w->lport = f->lport;
	w->rport = f->rport;
	w->local = f->local;
	w->remote = f->remote;
	if (addr_is_v4(&f->remote)) {
		w->laddr = f->local.w[3];
		w->raddr = f->remote.w[3];
	} else {
		w->laddr = f->zone;
	}
}

static void fill(struct tcp *t, struct tcp_wait *w, struct tcp_conn *c,
		 enum tcp_state s)
{
	const struct tcp_accecn *a;

	*w = (struct tcp_wait) {
		.rcv_nxt = c->rcv_nxt,
		.snd_nxt = c->snd_nxt,
		.ts_recent = c->ts_recent,
		.age = c->ts_recent_age,
		.wnd = tcp_rcvbuf_advertise(t, c),
		.tos = c->tos,
		.id = c->id,
	};
	set_ends(w, &c->flow);
	if (c->flags & TCP_F_TS)
		w->flags |= TCP_WAIT_TS;
	if (s == TCP_FIN_WAIT2)
		w->flags |= TCP_WAIT_FIN2;
	a = tcp_ecn_accurate(t, c);
	if (a)
		w->flags |= tcp_accecn_ace(a) >> 1 & TCP_WAIT_ACE;
}

static uint32_t take(struct tcp *t, const struct tcp_wait *w, bool v4)
{
	uint32_t handle;
	struct tcp_wait *to;

	if (t->waits4.live + t->waits6.live >= t->set.max_tw_buckets)
		return 0;
	to = slab_alloc(slab_of(t, v4), &handle);
	if (!to)
		return 0;
	memcpy(to, w, v4 ? TCP_WAIT_SIZE4 : TCP_WAIT_SIZE6);
	return handle;
}

void tcp_timewait_enter(struct tcp *t, struct tcp_conn *c, enum tcp_state s,
			ostia_time now)
{
	bool v4 = tcp_is_v4(c);
	struct tcp_wait made;
	uint32_t handle;

	if (s == TCP_TIME_WAIT)
		tcp_conn_set_state(t, c, TCP_TIME_WAIT);
	fill(t, &made, c, s);
	if (c->flags & TCP_F_ACK_NOW)
		send_ack(t, &made, v4, now);
	handle = take(t, &made, v4);
	if (!handle) {
		tcp_stats(t)->TcpExtTimeWaitOverflow++;
		tcp_conn_drop(t, c, 0);
		return;
	}
	tcp_timewait_at(t, v4, handle)->bind = tcp_bind_claim(t, c);
	if (c->rare)
		tcp_auth_wait(t, c);
	tcp_demux_replace(t, &c->flow, TCP_KIND_CONN, c->self, TCP_KIND_WAIT,
			  handle);
	enqueue(t, v4, handle, now);
	c->flags &= ~TCP_F_HASHED;
	tcp_demux_forget(t, c);
	c->state = TCP_CLOSE; /* the record has the state, and will tell */
	tcp_conn_drop(t, c, 0);
}

void tcp_timewait_rest(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	const struct tcp_rare *r = tcp_rare_peek(t, c);
	struct tcp_cold *k = c->cold;

	if (r->linger2_s < 0) {
		tcp_stats(t)->TcpExtAbortOnLinger++;
		tcp_conn_abort(t, c, 0, now);
		return;
	}
	if (!k || tcp_reasm_empty(&k->reasm)) {
		tcp_timewait_enter(t, c, TCP_FIN_WAIT2, now);
		return;
	}
	if (k->due[TCP_DUE_LINGER] == OSTIA_NEVER)
		tcp_arm(t, c, TCP_DUE_LINGER,
			now + t->set.fin_timeout * NS_PER_S);
}

void tcp_timewait_drop(struct tcp *t, bool v4, uint32_t handle)
{
	struct tcp_wait *w = tcp_timewait_at(t, v4, handle);
	struct flow f = tcp_timewait_flow(w, v4);

	trace(t, w->id, w->flags & TCP_WAIT_FIN2 ? "FIN-WAIT-2" : "TIME-WAIT",
	      "CLOSED");
	if (!(w->flags & TCP_WAIT_FIN2))
		tcp_stats(t)->TcpExtTW++;
	dequeue(t, v4, w);
	tcp_demux_del(t, TCP_KIND_WAIT, handle, &f);
	tcp_auth_wait_over(t, &f);
	tcp_bind_put(t, w->bind);
	slab_free(slab_of(t, v4), handle);
}

static void expire_queue(struct tcp *t, bool v4, struct tcp_queue *q,
			 ostia_time now)
{
	while (q->head) {
		struct tcp_wait *w = tcp_timewait_at(t, v4, q->head);

		if ((int32_t)(w->due_ms - to_ms(now)) > 0) {
			arm(t, w->due_ms, now);
			return;
		}
		tcp_timewait_drop(t, v4, q->head);
	}
}

void tcp_timewait_expire(struct tcp *t, ostia_time now)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < 2; i++)
			expire_queue(t, !v6, &t->wait_due[v6][i], now);
}

/* --- segments ------------------------------------------------------------ */

static bool old_timestamp(const struct tcp_wait *w, const struct tcp_seg *s)
{
	return w->flags & TCP_WAIT_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	       tcp_ts_paws_rejects(s->h.tsval, w->ts_recent, w->age, s->now);
}

static void renew(struct tcp *t, bool v4, uint32_t handle, ostia_time now)
{
	dequeue(t, v4, tcp_timewait_at(t, v4, handle));
	enqueue(t, v4, handle, now);
}

/* RFC 6191 and RFC 9293 3.10.7.4: a SYN begins anew if its timestamp or its
 * sequence number is past the old incarnation's.
 */
static bool may_begin_anew(const struct tcp_wait *w, const struct tcp_seg *s)
{
	if ((s->h.flags & (WIRE_TCP_SYN | WIRE_TCP_RST | WIRE_TCP_ACK)) !=
	    WIRE_TCP_SYN)
		return false;
	if (w->flags & TCP_WAIT_TS && s->h.opts & WIRE_TCP_OPT_TS &&
	    (int32_t)(s->h.tsval - w->ts_recent) > 0)
		return true;
	return seq_after(s->seq, w->rcv_nxt);
}

/* The peer's FIN, or data that nobody will read, in FIN-WAIT-2. */
static enum verdict rx_fin_wait2(struct tcp *t, const struct tcp_hit *hit,
				 struct tcp_seg *s, bool v4)
{
	struct tcp_wait *w = hit->wait;

	if (s->h.flags & WIRE_TCP_SYN && seq_after_eq(s->seq, w->rcv_nxt)) {
		TCP_UNTAKEN(t, TcpExtSYNChallenge);
		send_ack(t, w, v4, s->now); /* RFC 5961 4.2 */
		return VERDICT_HELD;
	}
	if (!(s->h.flags & WIRE_TCP_ACK)) {
		TCP_UNTAKEN(t, TcpExtACKInvalid);
		return VERDICT_DROP;
	}
	if (seq_before_eq(tcp_seg_end(s), w->rcv_nxt) ||
	    seq_after(s->seq, w->rcv_nxt)) {
		if (!s->len && !s->fin && seq_eq(s->seq, w->rcv_nxt))
			return VERDICT_HELD; /* an ACK that says nothing */
		tcp_defend_untaken(t, s, w->rcv_nxt);
		if (s->len || s->fin)
			send_ack(t, w, v4, s->now);
		return VERDICT_DROP;
	}
	if (seq_sub(seq_add(s->seq, s->len), w->rcv_nxt) > 0) {
		tcp_stats(t)->TcpExtAbortOnData++;
		tcp_reply_reset(t, s);
		tcp_timewait_drop(t, v4, hit->handle);
		return VERDICT_HELD;
	}
	dequeue(t, v4, w);
	w->flags &= (uint8_t)~TCP_WAIT_FIN2;
	w->rcv_nxt = seq_add(w->rcv_nxt, 1);
	if (s->h.opts & WIRE_TCP_OPT_TS)
		w->ts_recent = s->h.tsval;
	trace(t, w->id, "FIN-WAIT-2", "TIME-WAIT");
	enqueue(t, v4, hit->handle, s->now);
	send_ack(t, w, v4, s->now);
	return VERDICT_HELD;
}

/* RFC 5961 3.2: only the exact number; RFC 1337: in TIME-WAIT, by setting,
 * none at all.
 */
static enum verdict rx_reset(struct tcp *t, const struct tcp_hit *hit,
			     const struct tcp_seg *s, bool v4)
{
	const struct tcp_wait *w = hit->wait;

	if (!seq_eq(s->seq, w->rcv_nxt) ||
	    (t->set.rfc1337 && !(w->flags & TCP_WAIT_FIN2))) {
		TCP_UNTAKEN(t, TcpExtRSTChallenge);
		return VERDICT_DROP;
	}
	tcp_timewait_drop(t, v4, hit->handle);
	return VERDICT_HELD;
}

enum verdict tcp_timewait_rx(struct tcp *t, const struct tcp_hit *hit,
			     struct tcp_seg *s, bool *again, struct seq *iss)
{
	struct tcp_wait *w = hit->wait;
	bool v4 = addr_is_v4(&s->flow.remote);

	*again = false;
	if (old_timestamp(w, s)) {
		TCP_UNTAKEN(t, TcpExtPAWSEstab);
		if (s->h.flags & WIRE_TCP_RST)
			return VERDICT_DROP;
	} else if (s->h.flags & WIRE_TCP_RST) {
		return rx_reset(t, hit, s, v4);
	} else if (w->flags & TCP_WAIT_FIN2) {
		return rx_fin_wait2(t, hit, s, v4);
	} else if (may_begin_anew(w, s)) {
		*again = true;
		*iss = seq_add(w->snd_nxt, ISN_STEP);
		return VERDICT_DROP;
	}
	if (!(s->h.flags & WIRE_TCP_ACK) && !(s->h.flags & WIRE_TCP_SYN)) {
		TCP_UNTAKEN(t, TcpExtACKInvalid);
		return VERDICT_DROP;
	}
	/* A pure ACK that fits is the last of the old ones: no answer. */
	if (seq_eq(s->seq, w->rcv_nxt) && seq_eq(tcp_seg_end(s), s->seq))
		return VERDICT_HELD;
	if (!t->why)
		tcp_defend_untaken(t, s, w->rcv_nxt);
	if (seq_eq(tcp_seg_end(s), w->rcv_nxt) && s->fin)
		renew(t, v4, hit->handle, s->now);
	if (tcp_defend_allow16(t, &w->last_ms16, s->now))
		send_ack(t, w, v4, s->now);
	else
		tcp_stats(t)->TcpExtACKSkipped++;
	return VERDICT_HELD;
}

static bool reuse_allowed(const struct tcp *t, const struct flow *f)
{
	return t->set.tw_reuse == 1 ||
	       (t->set.tw_reuse == 2 && addr_is_loopback(&f->local) &&
		addr_is_loopback(&f->remote));
}

bool tcp_timewait_reusable(const struct tcp *t, const struct tcp_wait *w,
			   const struct flow *f, struct seq *iss,
			   ostia_time now)
{
	uint32_t waited_ms;

	/* Our timestamps tell the incarnations apart after a second. */
	if (!reuse_allowed(t, f) || !(w->flags & TCP_WAIT_TS) ||
	    w->flags & TCP_WAIT_FIN2)
		return false;
	waited_ms = to_ms(now) - (w->due_ms - TCP_TIMEWAIT_MS - 1);
	if (waited_ms < 1000)
		return false;
	*iss = seq_add(w->snd_nxt, ISN_STEP);
	return true;
}
