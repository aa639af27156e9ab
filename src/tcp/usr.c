/* SPDX-License-Identifier: MIT */
/*
 * tcp/usr.c - a user call (RFC 9293 3.10.1 to 3.10.6)
 *
 * OPEN (active), SEND, RECEIVE, CLOSE, ABORT and what BSD sockets make of
 * them. bind is in tcp/bind.c, listen and accept in tcp/listen.c, options in
 * tcp/sockopt.c, STATUS in tcp/info.c. Where the RFC and Linux differ in what
 * the program sees, Linux is followed.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "ip/select.h"
#include "tcp/acktx.h"
#include "tcp/bind.h"
#include "tcp/cold.h"
#include "tcp/demux.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/hdropts.h"
#include "tcp/isn.h"
#include "tcp/listen.h"
#include "tcp/opts.h"
#include "tcp/rare.h"
#include "tcp/rcvbuf.h"
#include "tcp/stamp.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"
#include "tcp/ts.h"
#include "tcp/urgent.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum {
	SEND_STEP = 2048, /* a send may exceed the buffer by so much */
	SEND_BLOCKS = 4, /* a full buffer drains in so many steps at least */
};

int tcp_open(struct tcp *t, bool v6, struct tcp_conn **out)
{
	return tcp_conn_new(t, v6, out);
}

void tcp_set_owner(struct tcp *t, struct tcp_conn *c, void *owner)
{
	(void)t;
	assert(!(c->flags & TCP_F_QUEUED));
	c->u.owner = owner;
}

uint64_t tcp_id(const struct tcp_conn *c)
{
	return c->id;
}

/* --- connect ------------------------------------------------------------- */

/* May these two ends be ours? A TIME-WAIT record may have to give way. */
static int claim_ends(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct tcp_hit hit;
	struct seq iss = tcp_isn(&t->isn_key, &c->flow, now);
	int err;

	if (tcp_demux_find(t, &c->flow, tcp_demux_tag(t, &c->flow), &hit)) {
		if (hit.kind != TCP_KIND_WAIT ||
		    !tcp_timewait_reusable(t, hit.wait, &c->flow, &iss, now))
			return -EADDRNOTAVAIL;
		tcp_stats(t)->TcpExtTWRecycled++;
		tcp_timewait_drop(t, tcp_is_v4(c), hit.handle);
	}
	err = tcp_demux_add(t, TCP_KIND_CONN, c->self, &c->flow);
	if (err)
		return err;
	c->flags |= TCP_F_HASHED;
	c->snd_una = c->snd_nxt = iss;
	return 0;
}

/* Where a port is bound to the wildcard, a connection narrows it to the address
 * that it has; so does Linux, and others may have the rest.
 */
static void narrow(struct tcp *t, struct tcp_conn *c,
		   const struct ostia_addr *local)
{
	if (c->bind && !(c->bind & TCP_BIND_CLAIM) &&
	    !(c->flags & TCP_F_BOUND_ADDR))
		ports_move(t->ports, &tcp_bind_at(t, c->bind)->b, local);
}

static void forget_ends(struct tcp *t, struct tcp_conn *c)
{
	static const struct ostia_addr any6 = { { { 0 } } };
	struct ostia_addr any =
		c->flags & TCP_F_V6 ? any6 : addr_v4("\0\0\0\0");

	narrow(t, c, &any);
	if (!(c->flags & TCP_F_BOUND_ADDR))
		c->flow.local = any;
	if (!(c->flags & TCP_F_BOUND))
		c->flow.lport = 0;
	c->flow.remote = any;
	c->flow.rport = 0;
	if (!(c->flags & TCP_F_BOUND_ADDR))
		c->flow.zone = 0;
}

/* Linux: to "any" means to this host. */
static struct ostia_addr destination(const struct ostia_addr *a)
{
	static const struct ostia_addr one = { { { [15] = 1 } } };

	if (!addr_is_any(a))
		return *a;
	return addr_is_v4(a) ? addr_v4("\x7f\0\0\1") : one;
}

static int find_path(struct tcp *t, struct tcp_conn *c,
		     const struct bind_opts *o, ostia_time now)
{
	const struct ostia_addr *src =
		c->flags & TCP_F_BOUND_ADDR ? &c->flow.local : NULL;
	uint32_t zone = o->zone ? o->zone : c->flow.zone;
	const struct ostia_addr *wish = src;
	struct flow to = c->flow;
	int err;

	if (addr_is_multicast(&c->flow.remote))
		return -ENETUNREACH;
	if (src && addr_is_v4(src) != addr_is_v4(&c->flow.remote))
		return -ENETUNREACH;
	if (!src && o->prefs && !addr_is_v4(&c->flow.remote))
		wish = select_for(t->lent.ip, &c->flow.remote, zone, o->prefs);
	to.zone = zone;
	err = tcp_hdropts_path(t, &to, wish, tcp_hdropts(t, c), now, &c->path);
	if (err) {
		c->path = NULL;
		return err;
	}
	if (c->path->kind == PATH_BROADCAST ||
	    c->path->kind == PATH_MULTICAST ||
	    (o->on_link && path_by_gateway(c->path))) {
		path_put(t->lent.ip, c->path);
		c->path = NULL;
		return -ENETUNREACH;
	}
	if (!src)
		c->flow.local = c->path->src;
	return 0;
}

static int open_actively(struct tcp *t, struct tcp_conn *c,
			 const struct bind_opts *o, ostia_time now)
{
	int err = find_path(t, c, o, now);

	if (err)
		return err;
	c->flags &= ~(TCP_F_SHUT_RD | TCP_F_FIN_WANTED | TCP_F_FIN_SENT |
		      TCP_F_FIN_RCVD | TCP_F_SYN_ACKED | TCP_F_TS | TCP_F_SACK |
		      TCP_F_WSCALE | TCP_F_ECN);
	narrow(t, c, &c->flow.local);
	if (!c->bind)
		err = tcp_bind_pick(t, c, o, now);
	if (!err)
		err = claim_ends(t, c, now);
	if (err)
		return err;
	c->ts_offset = tcp_ts_offset(t, &c->flow);
	c->rcv_nxt = c->rcv_wup = c->rcv_adv = seq(0);
	c->bytes_acked = c->bytes_received = 0;
	if (c->rare)
		tcp_stamp_restart(tcp_rare_get(t, c));
	c->wscale = 0;
	c->mss_peer = tcp_is_v4(c) ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6;
	tcp_sender_new(t, c);
	tcp_sender_sync_mss(t, c);
	tcp_conn_set_state(t, c, TCP_SYN_SENT);
	err = tcp_sender_connect(t, c, now);
	if (err)
		return err;
	tcp_ecn_open(t, c, now);
	tcp_stats(t)->TcpActiveOpens++;
	if (c->rare && tcp_fastopen_may_defer(t, c, now))
		c->cold->tx.syn_due = false;
	return 0;
}

/* What connect() answers when it was called before (Linux's SS_CONNECTING). */
static int connect_again(struct tcp *t, struct tcp_conn *c)
{
	int err;

	switch (c->state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return tcp_fastopen_deferred(c) ? -EISCONN : -EALREADY;
	case TCP_CLOSE:
		err = c->err ? -c->err : -ECONNABORTED;
		c->err = 0;
		c->flags &=
			~(TCP_F_CONNECTED | TCP_F_SHUT_RD | TCP_F_FIN_WANTED);
		forget_ends(t, c);
		return err;
	}
	c->flags &= ~TCP_F_CONNECTED;
	return 0;
}

int tcp_connect(struct tcp *t, struct tcp_conn *c, const struct ostia_addr *a,
		uint16_t port, const struct bind_opts *o)
{
	ostia_time now = tcp_now(t);
	int err;

	if (c->flags & TCP_F_CONNECTED)
		return connect_again(t, c);
	if (c->state != TCP_CLOSE)
		return -EISCONN;
	c->flow.remote = destination(a);
	c->flow.rport = port;
	c->flow.zone = addr_is_linklocal(&c->flow.remote) &&
				       !addr_is_v4(&c->flow.remote)
			       ? o->zone
			       : 0;
	c->err = c->err_soft = 0;
	err = open_actively(t, c, o, now);
	if (!err) {
		c->flags |= TCP_F_CONNECTED;
		return tcp_fastopen_deferred(c) ? 0 : -EINPROGRESS;
	}
	tcp_conn_drop(t, c, 0);
	c->flags &= ~(TCP_F_SHUT_RD | TCP_F_FIN_WANTED);
	forget_ends(t, c);
	return err;
}

static int64_t open_with(struct tcp *t, struct tcp_conn *c,
			 const struct iovec *iov, int niov, size_t skip,
			 size_t n)
{
	uint32_t done =
		tcp_fastopen_begin(t, c, iov, niov, skip, n, tcp_now(t));

	return done ? (int64_t)done : -EINPROGRESS;
}

int64_t tcp_connect_with(struct tcp *t, struct tcp_conn *c,
			 const struct ostia_addr *a, uint16_t port,
			 const struct bind_opts *o, const struct iovec *iov,
			 int niov, size_t skip, size_t n)
{
	int err;

	if (tcp_fastopen_deferred(c))
		return open_with(t, c, iov, niov, skip, n);
	err = tcp_connect(t, c, a, port, o);
	if (err && err != -EINPROGRESS)
		return err;
	return open_with(t, c, iov, niov, skip, n);
}

int tcp_disconnect(struct tcp *t, struct tcp_conn *c)
{
	if (c->state == TCP_LISTEN)
		tcp_listen_stop(t, c);
	else if (c->state != TCP_CLOSE)
		tcp_conn_abort(t, c, ECONNRESET, tcp_now(t));
	stream_clear(&c->rcv, t->lent.pool);
	c->flags &= ~(TCP_F_CONNECTED | TCP_F_SHUT_RD | TCP_F_FIN_WANTED |
		      TCP_F_FIN_SENT | TCP_F_FIN_RCVD | TCP_F_SYN_ACKED);
	c->err_soft = 0;
	if (!(c->flags & TCP_F_BOUND)) {
		tcp_bind_put(t, c->bind);
		c->bind = 0;
	}
	forget_ends(t, c);
	return 0;
}

/* --- errors -------------------------------------------------------------- */

int tcp_open_error(struct tcp_conn *c)
{
	int err = tcp_take_error(c);

	return err ? -err : -ECONNABORTED;
}

int tcp_take_error(struct tcp_conn *c)
{
	int err = c->err;

	c->err = 0;
	return err;
}

/* --- send ---------------------------------------------------------------- */

static uint32_t notsent_lowat(const struct tcp *t, const struct tcp_conn *c)
{
	uint32_t n = tcp_rare_peek(t, c)->notsent_lowat;

	return n ? n : t->set.notsent_lowat;
}

/* Bytes that the send buffer takes now. */
static uint32_t snd_room(const struct tcp *t, const struct tcp_conn *c)
{
	if (c->snd.charge >= c->sndbuf ||
	    tcp_unsent_bytes(c) >= notsent_lowat(t, c))
		return 0;
	return c->sndbuf - c->snd.charge + SEND_STEP;
}

/* An error is told once; a call that got somewhere leaves it to the next. */
static int error_for(struct tcp_conn *c, size_t progress)
{
	return progress ? c->err : tcp_take_error(c);
}

/* Return: 0: go on. */
static int may_queue(struct tcp_conn *c, size_t progress)
{
	int err;

	if (c->flags & TCP_F_FIN_WANTED || c->err ||
	    (!tcp_state_in(c->state, TCP_MAY_SEND) &&
	     !tcp_fastopen_is_child(c))) {
		if (!c->err && !(c->flags & TCP_F_FIN_WANTED) &&
		    tcp_state_in(c->state,
				 TCP_IN(TCP_SYN_SENT) | TCP_IN(TCP_SYN_RECV)))
			return -EAGAIN;
		err = error_for(c, progress);
		return err ? -err : -EPIPE;
	}
	return 0;
}

static void on_queued(struct tcp *t, struct tcp_conn *c, uint64_t n)
{
	uint64_t end = c->bytes_acked + c->snd.len;

	trace_bytes(t->lent.tracer, c->id, end - n, end, true);
	tcp_chrono_start(&c->cold->chrono, TCP_CHRONO_BUSY, tcp_now(t));
	tcp_want_tx(c);
}

static void set_more(struct tcp_conn *c, bool more)
{
	if (more)
		c->flags |= TCP_F_MORE;
	else
		c->flags &= ~TCP_F_MORE;
}

int64_t tcp_send(struct tcp *t, struct tcp_conn *c, const struct iovec *iov,
		 int niov, size_t skip, size_t n, int flags)
{
	uint32_t room;
	int64_t done;
	int err = may_queue(c, skip);

	if (err == -EAGAIN && tcp_fastopen_deferred(c))
		return open_with(t, c, iov, niov, skip, n);
	if (err)
		return err;
	if (!n)
		return 0;
	room = snd_room(t, c);
	if (!room || !tcp_cold_get(t, c)) {
		c->flags |= TCP_F_NOSPACE;
		return room ? -ENOMEM : -EAGAIN;
	}
	/* A full buffer is no promise of more: it must drain to take more. */
	set_more(c, flags & MSG_MORE && n <= room);
	done = stream_append_iov(&c->snd, t->lent.pool, iov, niov, skip,
				 n < room ? n : room, c->sndbuf / SEND_BLOCKS);
	if (done < 0)
		return done;
	if (flags & MSG_OOB && (size_t)done == n)
		tcp_urgent_send(t, c);
	if ((size_t)done < n)
		c->flags |= TCP_F_NOSPACE;
	on_queued(t, c, (uint64_t)done);
	return done;
}

int64_t tcp_send_block(struct tcp *t, struct tcp_conn *c, struct block *b,
		       uint32_t off, uint32_t n)
{
	int err = may_queue(c, 0);

	if (err == -EAGAIN && tcp_fastopen_deferred(c))
		(void)open_with(t, c, NULL, 0, 0, 0);
	if (err)
		return err;
	if (!snd_room(t, c)) {
		c->flags |= TCP_F_NOSPACE;
		return -EAGAIN;
	}
	if (!tcp_cold_get(t, c))
		return -ENOMEM;
	set_more(c, false);
	err = stream_append_slice(&c->snd, t->lent.pool, b, off, n);
	if (err)
		return err;
	on_queued(t, c, n);
	return n;
}

/* --- receive ------------------------------------------------------------- */

/* Nothing is there to read: why? */
static int nothing(struct tcp_conn *c, size_t progress)
{
	if (c->state == TCP_LISTEN)
		return -ENOTCONN;
	if (c->flags & TCP_F_FIN_RCVD)
		return 0;
	if (c->err)
		return -error_for(c, progress);
	if (c->flags & TCP_F_SHUT_RD)
		return 0;
	return c->state == TCP_CLOSE ? -ENOTCONN : -EAGAIN;
}

static void on_read(struct tcp *t, struct tcp_conn *c, uint64_t n)
{
	uint64_t end = c->bytes_received - c->rcv.len;

	trace_bytes(t->lent.tracer, c->id, end - n, end, false);
	if (c->flags & TCP_F_URG_RCV)
		tcp_urgent_on_read(c);
	tcp_rcvbuf_on_read(t, c, tcp_now(t));
	tcp_acktx_on_read(t, c, tcp_now(t));
}

static int64_t recv_oob(struct tcp *t, struct tcp_conn *c,
			const struct iovec *iov, int niov, size_t skip,
			size_t n, int flags)
{
	uint8_t byte;
	int got = tcp_urgent_recv(t, c, &byte, flags & MSG_PEEK);

	for (int i = 0; got == 1 && n && i < niov; i++) {
		if (skip < iov[i].iov_len) {
			((uint8_t *)iov[i].iov_base)[skip] = byte;
			break;
		}
		skip -= iov[i].iov_len;
	}
	return got == 1 && !n ? 0 : got;
}

/* How far a read may go; the urgent byte is stepped over. */
static uint32_t readable(struct tcp *t, struct tcp_conn *c, int flags)
{
	uint32_t limit;
	bool skip;

	if (!(c->flags & TCP_F_URG_RCV))
		return c->rcv.len;
	limit = tcp_urgent_limit(c, &skip);
	if (skip && c->rcv.len && !(flags & MSG_PEEK)) {
		stream_discard(&c->rcv, t->lent.pool, 1);
		tcp_urgent_on_read(c);
		limit = UINT32_MAX;
	} else if (skip) {
		return 0;
	}
	return limit < c->rcv.len ? limit : c->rcv.len;
}

int64_t tcp_recv(struct tcp *t, struct tcp_conn *c, const struct iovec *iov,
		 int niov, size_t skip, size_t n, int flags)
{
	return tcp_recv_from(t, c, 0, iov, niov, skip, n, flags);
}

int64_t tcp_recv_from(struct tcp *t, struct tcp_conn *c, uint32_t off,
		      const struct iovec *iov, int niov, size_t skip, size_t n,
		      int flags)
{
	uint32_t got;

	if (c->state == TCP_LISTEN)
		return -ENOTCONN;
	if (flags & MSG_OOB)
		return recv_oob(t, c, iov, niov, skip, n, flags);
	got = readable(t, c, flags);
	got = off < got ? got - off : 0;
	if (!got)
		return n || !c->rcv.len ? nothing(c, skip) : 0;
	got = n < got ? (uint32_t)n : got;
	if (!(flags & MSG_TRUNC))
		got = stream_copy_out(&c->rcv, off, iov, niov, skip, got);
	if (flags & MSG_PEEK)
		return got;
	stream_discard(&c->rcv, t->lent.pool, got);
	on_read(t, c, got);
	return got;
}

int64_t tcp_recv_slice(struct tcp *t, struct tcp_conn *c, size_t max,
		       struct slice *out, uint32_t *charge)
{
	struct tcp_rare *r;
	uint32_t got, before;

	if (c->state == TCP_LISTEN)
		return -ENOTCONN;
	got = readable(t, c, 0);
	if (!got)
		return nothing(c, 0);
	r = tcp_rare_get(t, c);
	if (!r)
		return -ENOMEM;
	got = max < got ? (uint32_t)max : got;
	before = c->rcv.charge;
	if (!stream_take(&c->rcv, t->lent.pool, got, out))
		return -EAGAIN;
	/* The memory is still in use: it counts until it is returned. */
	*charge = before - c->rcv.charge;
	r->rcv_lent += *charge;
	on_read(t, c, out->len);
	return out->len;
}

void tcp_recv_returned(struct tcp *t, struct tcp_conn *c, uint32_t charge)
{
	struct tcp_rare *r = tcp_rare_get(t, c);

	assert(r && r->rcv_lent >= charge); /* it was taken with the loan */
	r->rcv_lent -= charge;
	tcp_acktx_on_read(t, c, tcp_now(t));
}

/* --- shutdown and close -------------------------------------------------- */

/* 3.10.4: a FIN follows what is queued; the state moves at once, as Linux. */
static void close_sending(struct tcp *t, struct tcp_conn *c)
{
	if (c->flags & TCP_F_FIN_WANTED)
		return;
	c->flags |= TCP_F_FIN_WANTED;
	c->flags &= ~(TCP_F_MORE | TCP_F_CORK);
	switch (c->state) {
	case TCP_ESTABLISHED:
		tcp_conn_set_state(t, c, TCP_FIN_WAIT1);
		break;
	case TCP_CLOSE_WAIT:
		tcp_conn_set_state(t, c, TCP_LAST_ACK);
		break;
	default: /* SYN-RECEIVED: when it is established */
		break;
	}
	tcp_cold_get(t, c);
	tcp_want_tx(c);
}

int tcp_shutdown(struct tcp *t, struct tcp_conn *c, int how)
{
	uint32_t news = 0;

	if (c->state == TCP_CLOSE) {
		/* Linux says so, and does it nevertheless. */
		if (how != SHUT_WR)
			c->flags |= TCP_F_SHUT_RD;
		return -ENOTCONN;
	}
	if (c->state == TCP_LISTEN && how == SHUT_WR)
		return 0;
	if (c->state == TCP_LISTEN || c->state == TCP_SYN_SENT) {
		tcp_disconnect(t, c);
		tcp_conn_tell(t, c, TCP_NEWS_IN | TCP_NEWS_OUT | TCP_NEWS_HUP);
		return 0;
	}
	if (how != SHUT_WR) {
		c->flags |= TCP_F_SHUT_RD;
		news |= TCP_NEWS_IN;
	}
	if (how != SHUT_RD) {
		close_sending(t, c);
		news |= TCP_NEWS_OUT;
	}
	if (c->flags & TCP_F_FIN_WANTED &&
	    c->flags & (TCP_F_SHUT_RD | TCP_F_FIN_RCVD))
		news |= TCP_NEWS_HUP;
	tcp_conn_tell(t, c, news);
	return 0;
}

/* Too many that nobody owns: they are given up (Linux's tcp_max_orphans). */
static bool too_many_orphans(const struct tcp *t)
{
	return t->norphans > t->set.max_orphans;
}

static void become_orphan(struct tcp *t, struct tcp_conn *c)
{
	c->flags |= TCP_F_ORPHAN | TCP_F_SHUT_RD;
	c->flags &= ~TCP_F_NOSPACE;
	if (c->cold)
		tcp_chrono_stop(&c->cold->chrono, TCP_CHRONO_SNDBUF,
				tcp_now(t));
	c->u.owner = NULL;
	t->norphans++;
}

static void close_open(struct tcp *t, struct tcp_conn *c, bool unread,
		       bool abort)
{
	if (unread)
		tcp_stats(t)->TcpExtAbortOnClose++;
	if (abort)
		tcp_stats(t)->TcpExtAbortOnData++;
	if (unread || abort) {
		tcp_conn_abort(t, c, 0, tcp_now(t));
		return;
	}
	close_sending(t, c);
	if (too_many_orphans(t)) {
		tcp_stats(t)->TcpExtAbortOnMemory++;
		tcp_conn_abort(t, c, 0, tcp_now(t));
	} else if (c->state == TCP_FIN_WAIT2) {
		tcp_timewait_rest(t, c, tcp_now(t));
	}
}

void tcp_close(struct tcp *t, struct tcp_conn *c, bool abort)
{
	bool unread = c->rcv.len > 0;

	if (c->state == TCP_LISTEN)
		tcp_listen_stop(t, c);
	stream_clear(&c->rcv, t->lent.pool);
	become_orphan(t, c);
	if (c->state == TCP_CLOSE)
		tcp_conn_free(t, c);
	else if (c->state == TCP_SYN_SENT)
		tcp_conn_drop(t, c, 0);
	else
		close_open(t, c, unread, abort);
}

/* --- questions ----------------------------------------------------------- */

uint32_t tcp_unacked(const struct tcp_conn *c)
{
	return c->snd.len + (c->flags & TCP_F_FIN_WANTED &&
			     !(c->flags & TCP_F_FIN_SENT &&
			       seq_eq(c->snd_una, c->snd_nxt)) &&
			     c->state != TCP_CLOSE);
}

uint32_t tcp_readable(const struct tcp_conn *c)
{
	bool skip;
	uint32_t limit;

	if (c->state == TCP_LISTEN)
		return c->listener->queued;
	limit = tcp_urgent_limit(c, &skip);
	if (skip && c->rcv.len)
		return c->rcv.len - 1;
	return limit < c->rcv.len ? limit : c->rcv.len;
}

uint32_t tcp_inq(const struct tcp_conn *c)
{
	return c->rcv.len + ((c->flags & TCP_F_FIN_RCVD) != 0);
}

uint32_t tcp_unsent(const struct tcp_conn *c)
{
	return c->state == TCP_LISTEN ? 0 : tcp_unsent_bytes(c);
}

bool tcp_at_mark(const struct tcp_conn *c)
{
	return c->state != TCP_LISTEN && tcp_urgent_at_mark(c);
}

const struct flow *tcp_flow(const struct tcp_conn *c)
{
	return &c->flow;
}

int tcp_state(const struct tcp_conn *c)
{
	return c->state;
}

bool tcp_connected(const struct tcp_conn *c)
{
	return c->flow.rport &&
	       !tcp_state_in(c->state, TCP_IN(TCP_CLOSE) | TCP_IN(TCP_LISTEN) |
					       TCP_IN(TCP_SYN_SENT));
}

/* --- readiness (Linux's tcp_poll) ---------------------------------------- */

/* Linux's rule: while a third of the buffer is free. */
static bool is_writable(const struct tcp *t, const struct tcp_conn *c)
{
	return c->snd.charge <= c->sndbuf - c->sndbuf / 3 &&
	       tcp_unsent_bytes(c) < notsent_lowat(t, c);
}

static uint32_t poll_data(const struct tcp *t, struct tcp_conn *c)
{
	uint32_t lowat = c->rare ? tcp_rare_peek(t, c)->rcvlowat : 1;
	uint32_t mask = 0, waits = tcp_readable(c);

	if (waits && (waits >= lowat || waits < c->rcv.len))
		mask |= POLLIN | POLLRDNORM;
	if (c->flags & TCP_F_FIN_WANTED || is_writable(t, c))
		mask |= POLLOUT | POLLWRNORM;
	else
		c->flags |= TCP_F_NOSPACE; /* somebody wants to know */
	if (tcp_urgent_pending(c))
		mask |= POLLPRI;
	return mask;
}

uint32_t tcp_poll(const struct tcp *t, struct tcp_conn *c)
{
	bool in_shut = c->flags & (TCP_F_SHUT_RD | TCP_F_FIN_RCVD);
	uint32_t mask = 0;

	if (c->state == TCP_LISTEN)
		return c->listener->queued ? POLLIN | POLLRDNORM : 0;
	if (c->state == TCP_CLOSE || (in_shut && c->flags & TCP_F_FIN_WANTED))
		mask |= POLLHUP;
	if (in_shut)
		mask |= POLLIN | POLLRDNORM | POLLRDHUP;
	if ((c->state != TCP_SYN_SENT && c->state != TCP_SYN_RECV) ||
	    tcp_fastopen_is_child(c))
		mask |= poll_data(t, c);
	else if (tcp_fastopen_deferred(c))
		mask |= POLLOUT | POLLWRNORM;
	if (c->err || tcp_stamp_waits(t, c))
		mask |= POLLERR;
	return mask;
}
