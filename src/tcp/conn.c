/* SPDX-License-Identifier: MIT */
#include "tcp/conn.h"

#include "tcp/acktx.h"
#include "tcp/bind.h"
#include "tcp/cold.h"
#include "tcp/demux.h"
#include "tcp/fastopen.h"
#include "tcp/past.h"
#include "tcp/rare.h"
#include "tcp/reply.h"
#include "tcp/share.h"

#include <errno.h>
#include <linux/tcp.h>

int tcp_conn_new(struct tcp *t, bool v6, struct tcp_conn **out)
{
	uint64_t full = t->conns.full;
	uint32_t handle;
	struct tcp_conn *c = slab_alloc(&t->conns, &handle);

	if (!c) {
		tcp_stats(t)->NoMemory++;
		return t->conns.full != full ? -ENOBUFS : -ENOMEM;
	}
	memset(c, 0, sizeof(*c));
	c->self = handle;
	c->state = TCP_CLOSE;
	c->flags = v6 ? TCP_F_V6 : 0;
	c->sndbuf = t->set.wmem[1];
	c->rcvbuf = t->set.rmem[1];
	if (!v6)
		c->flow.local = c->flow.remote = addr_v4("\0\0\0\0");
	c->tx.kind = TX_TCP;
	list_init(&c->tx.node);
	stream_init(&c->snd);
	stream_init(&c->rcv);
	c->id = trace_id(t->lent.tracer);
	*out = c;
	return 0;
}

/* Leaves the tables of connections that segments and ICMP look into. */
static void unhash(struct tcp *t, struct tcp_conn *c)
{
	if (c->flags & TCP_F_HASHED)
		tcp_demux_del(t, TCP_KIND_CONN, c->self, &c->flow);
	tcp_demux_forget(t, c);
	c->flags &= ~TCP_F_HASHED;
}

static void leave_network(struct tcp *t, struct tcp_conn *c)
{
	if (c->flags & TCP_F_SYN_ACKED)
		tcp_share_keep(t, c, tcp_now(t));
	if (c->rare)
		tcp_fastopen_settled(t, c, false, tcp_now(t));
	unhash(t, c);
	link_unready(&c->tx);
	tcp_cold_put(t, c);
	if (wheel_armed(&c->timer))
		tcp_past_disarm(t, c);
	if (c->path)
		path_put(t->lent.ip, c->path);
	c->path = NULL;
}

void tcp_conn_free(struct tcp *t, struct tcp_conn *c)
{
	assert(c->state != TCP_LISTEN);
	leave_network(t, c);
	stream_clear(&c->snd, t->lent.pool);
	stream_clear(&c->rcv, t->lent.pool);
	tcp_rare_put(t, c);
	tcp_bind_put(t, c->bind);
	c->bind = 0;
	if (c->flags & TCP_F_ORPHAN)
		t->norphans--;
	c->flags &= ~TCP_F_ORPHAN;
	if (c->flags & TCP_F_IN_NEWS)
		c->id = 0; /* tcp_news() frees the rest */
	else
		slab_free(&t->conns, c->self);
}

void tcp_conn_drop(struct tcp *t, struct tcp_conn *c, int err)
{
	tcp_conn_set_state(t, c, TCP_CLOSE);
	leave_network(t, c);
	stream_clear(&c->snd, t->lent.pool);
	c->flags &= ~(TCP_F_ACK_NOW | TCP_F_ACK_PENDING | TCP_F_RST |
		      TCP_F_URG_SND | TCP_F_URG_RCV);
	c->flags |= TCP_F_SHUT_RD | TCP_F_FIN_WANTED;
	if (c->flags & TCP_F_ORPHAN) {
		tcp_conn_free(t, c);
		return;
	}
	if (!(c->flags & TCP_F_BOUND)) {
		tcp_bind_put(t, c->bind);
		c->bind = 0;
	}
	if (err)
		c->err = (uint8_t)err;
	tcp_conn_tell(t, c,
		      TCP_NEWS_IN | TCP_NEWS_OUT | TCP_NEWS_HUP |
			      (err ? TCP_NEWS_ERR : 0));
}

void tcp_conn_abort(struct tcp *t, struct tcp_conn *c, int err, ostia_time now)
{
	static const uint32_t known =
		TCP_IN(TCP_SYN_RECV) | TCP_IN(TCP_ESTABLISHED) |
		TCP_IN(TCP_FIN_WAIT1) | TCP_IN(TCP_FIN_WAIT2) |
		TCP_IN(TCP_CLOSE_WAIT);

	if (tcp_state_in(c->state, known))
		tcp_reply_abort(t, c, now);
	tcp_conn_drop(t, c, err);
}

/* RFC 4022: tcpAttemptFails and tcpEstabResets are moves between states. */
static void count_move(struct tcp *t, enum tcp_state from, enum tcp_state to)
{
	static const uint32_t attempts =
		TCP_IN(TCP_SYN_SENT) | TCP_IN(TCP_SYN_RECV);
	static const uint32_t open =
		TCP_IN(TCP_ESTABLISHED) | TCP_IN(TCP_CLOSE_WAIT);

	if (to != TCP_CLOSE)
		return;
	if (tcp_state_in((uint8_t)from, attempts))
		tcp_stats(t)->TcpAttemptFails++;
	if (tcp_state_in((uint8_t)from, open))
		tcp_stats(t)->TcpEstabResets++;
}

/* Who listens learns what a connection counted before nobody knows any more. */
static void trace_state(struct tcp *t, const struct tcp_conn *c,
			enum tcp_state from)
{
	static const uint32_t ends = TCP_IN(TCP_CLOSE) | TCP_IN(TCP_FIN_WAIT2) |
				     TCP_IN(TCP_TIME_WAIT);
	bool last = tcp_state_in(c->state, ends) && from != TCP_LISTEN;
	struct tcp_info info;

	if (!t->lent.tracer->sink)
		return;
	if (last)
		tcp_info(t, c, &info);
	TRACE(t->lent.tracer, OSTIA_TRACE_STATE, c->id,
	      .u.state = { tcp_state_name(from),
			   tcp_state_name((enum tcp_state)c->state),
			   last ? &info : NULL });
}

void tcp_conn_set_state(struct tcp *t, struct tcp_conn *c, enum tcp_state s)
{
	enum tcp_state from = (enum tcp_state)c->state;

	if (from == s)
		return;
	assert(tcp_state_may_move(from, s));
	count_move(t, from, s);
	c->state = (uint8_t)s;
	trace_state(t, c, from);
}

void tcp_conn_tell(struct tcp *t, struct tcp_conn *c, uint32_t news)
{
	if (c->flags & (TCP_F_ORPHAN | TCP_F_QUEUED) || !c->u.owner)
		return;
	c->news_bits |= (uint8_t)news;
	if (c->flags & TCP_F_IN_NEWS)
		return;
	c->flags |= TCP_F_IN_NEWS;
	t->lent.tracer->news = true;
	fifo_push(&t->news, &c->news);
}

void tcp_conn_error(struct tcp *t, struct tcp_conn *c, int err)
{
	c->err = (uint8_t)err;
	tcp_conn_tell(t, c, TCP_NEWS_ERR);
}
