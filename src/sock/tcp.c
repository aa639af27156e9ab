/* SPDX-License-Identifier: MIT */
#include "sock/tcp.h"

#include "ip/addrs.h"
#include "sock/dgram.h"
#include "sock/peek.h"
#include "sock/stamp.h"
#include "sock/zerocopy.h"
#include "tcp/fastopen.h"

#include <errno.h>
#include <sys/socket.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static int tcp_bind_(struct sock *s, const struct sock_name *n)
{
	const struct bind_opts o = sock_bind_opts(s, n->zone);

	return tcp_bind(s->socks->tcp, s->tcp, &n->addr, n->port, &o);
}

static int tcp_listen_(struct sock *s, int backlog)
{
	const struct bind_opts o = sock_bind_opts(s, 0);
	int err;

	if (s->flags & (SOCK_F_CONNECTING | SOCK_F_CONNECTED))
		return -EINVAL;
	err = tcp_listen(s->socks->tcp, s->tcp, backlog, &o);
	if (!err)
		s->flags |= SOCK_F_LISTENING;
	return err;
}

static int tcp_connect_(struct sock *s, const struct sock_name *n)
{
	const struct bind_opts o = sock_bind_opts(s, n->zone);
	int err;

	if (s->flags & SOCK_F_CONNECTED)
		return -EISCONN;
	err = tcp_connect(s->socks->tcp, s->tcp, &n->addr, n->port, &o);
	s->flags &= ~(uint32_t)SOCK_F_CONNECTING;
	if (err == -EINPROGRESS || err == -EALREADY ||
	    tcp_fastopen_deferred(s->tcp))
		s->flags |= SOCK_F_CONNECTING;
	else if (!err)
		s->flags |= SOCK_F_CONNECTED;
	return err;
}

static int tcp_disconnect_(struct sock *s)
{
	s->flags &= ~(uint32_t)(SOCK_F_LISTENING | SOCK_F_CONNECTING |
				SOCK_F_CONNECTED);
	return tcp_disconnect(s->socks->tcp, s->tcp);
}

static int tcp_accept_(struct sock *s, struct sock *n)
{
	struct tcp *t = s->socks->tcp;
	int err = tcp_accept(t, s->tcp, &n->tcp);

	if (err)
		return err;
	tcp_set_owner(t, n->tcp, n);
	n->flags |= SOCK_F_CONNECTED;
	return 0;
}

/* MSG_FASTOPEN (RFC 7413 4.2.1). Return: 0: it is connected, go on. */
static int64_t open_by_send(struct sock *s, const struct sock_out *m)
{
	static const struct sock_name none;
	const struct sock_name *to = m->to ? m->to : &none;
	const struct bind_opts o = sock_bind_opts(s, to->zone);
	int64_t r;

	if (!tcp_fastopen_allowed(s->socks->tcp) || m->unspec)
		return -EOPNOTSUPP;
	if (s->flags & SOCK_F_CONNECTED)
		return -EISCONN;
	if (s->flags & SOCK_F_CONNECTING && !tcp_fastopen_deferred(s->tcp))
		return tcp_connect_(s, to);
	if (!m->to && !tcp_fastopen_deferred(s->tcp))
		return -EINVAL;
	r = tcp_connect_with(s->socks->tcp, s->tcp, &to->addr, to->port, &o,
			     m->iov, m->niov, m->skip, m->n);
	if (r > 0 || r == -EINPROGRESS)
		s->flags |= SOCK_F_CONNECTING;
	return r;
}

static int64_t tcp_send_(struct sock *s, const struct sock_out *m)
{
	int64_t r;

	if (__builtin_expect(m->flags & MSG_FASTOPEN, 0)) {
		r = open_by_send(s, m);
		if (r)
			return r;
	}
	r = tcp_send(s->socks->tcp, s->tcp, m->iov, m->niov, m->skip, m->n,
		     m->flags);
	if (__builtin_expect(r > 0 && (s->rare || m->stamp), 0))
		sock_stamp_stream(s, m->stamp, (uint32_t)r, m->skip != 0);
	return r;
}

/* MSG_ERRQUEUE: stamps, what refused the connection, lent bytes. */
static int64_t take_news(struct sock *s, struct sock_in *m)
{
	int64_t n =
		tcp_stamp_pop(s->socks->tcp, s->tcp, m->iov, m->niov, &m->err);

	return n < 0 ? sock_zerocopy_take(s, m) : sock_dgram_err_got(m, n);
}

/* SO_PEEK_OFF is set. @off: bytes before what was peeked at. */
static int64_t recv_at(struct sock *s, struct sock_in *m, uint32_t *off)
{
	struct tcp *t = s->socks->tcp;
	bool peek = m->flags & MSG_PEEK;
	int64_t r;

	*off = peek ? (uint32_t)sock_peek_off(s) : 0;
	r = tcp_recv_from(t, s->tcp, *off, m->iov, m->niov, m->skip, m->n,
			  m->flags);
	if (r > 0)
		sock_peek_on(s, peek ? r : -r);
	return r;
}

static int64_t tcp_recv_(struct sock *s, struct sock_in *m)
{
	struct tcp *t = s->socks->tcp;
	uint32_t off = 0;
	int64_t r;

	if (m->flags & MSG_ERRQUEUE)
		return take_news(s, m);
	if (__builtin_expect(s->rare && sock_peek_off(s) >= 0, 0) &&
	    !(m->flags & MSG_OOB))
		r = recv_at(s, m, &off);
	else
		r = tcp_recv(t, s->tcp, m->iov, m->niov, m->skip, m->n,
			     m->flags);
	if (m->flags & MSG_OOB) {
		m->got_flags |= MSG_OOB | (m->n ? 0 : MSG_TRUNC);
		return r;
	}
	if (__builtin_expect(r > 0 && sock_stamp_wants_rx(s), 0))
		m->from.when = tcp_stamp_came(
			t, s->tcp, m->flags & MSG_PEEK ? off + (uint32_t)r : 0);
	return r;
}

static int tcp_shutdown_(struct sock *s, int how)
{
	int err = tcp_shutdown(s->socks->tcp, s->tcp, how);

	if (!err && (s->flags & SOCK_F_CONNECTING) && tcp_connected(s->tcp))
		s->flags ^= SOCK_F_CONNECTING | SOCK_F_CONNECTED;
	/* SHUT_RD on a listener stops it: it can bind and listen anew. */
	if (!err && how != SHUT_WR)
		s->flags &= ~(uint32_t)SOCK_F_LISTENING;
	return err;
}

static uint32_t poll_(struct sock *s)
{
	return tcp_poll(s->socks->tcp, s->tcp);
}

static void close_(struct sock *s)
{
	bool abort =
		(s->flags & SOCK_F_LINGER) && (!s->rare || !s->rare->linger_s);

	tcp_close(s->socks->tcp, s->tcp, abort);
}

static uint32_t scope_of(const struct ostia_addr *a, uint32_t zone)
{
	return addrs_scoped(a) ? zone : 0;
}

static void name_(const struct sock *s, struct sock_name *out)
{
	const struct flow *f = tcp_flow(s->tcp);

	*out = (struct sock_name) { .addr = f->local,
				    .zone = scope_of(&f->local, f->zone),
				    .port = f->lport };
}

static int peer(const struct sock *s, struct sock_name *out)
{
	const struct flow *f = tcp_flow(s->tcp);

	if (!tcp_connected(s->tcp))
		return -ENOTCONN;
	*out = (struct sock_name) { .addr = f->remote,
				    .zone = scope_of(&f->remote, f->zone),
				    .port = f->rport };
	return 0;
}

static uint32_t readable(const struct sock *s)
{
	return tcp_readable(s->tcp);
}

static int take_error(struct sock *s)
{
	return tcp_take_error(s->tcp);
}

const struct sock_ops sock_tcp_ops = {
	.bind = tcp_bind_,
	.listen = tcp_listen_,
	.connect = tcp_connect_,
	.disconnect = tcp_disconnect_,
	.accept = tcp_accept_,
	.send = tcp_send_,
	.recv = tcp_recv_,
	.shutdown = tcp_shutdown_,
	.poll = poll_,
	.close = close_,
	.name = name_,
	.peer = peer,
	.readable = readable,
	.take_error = take_error,
};
