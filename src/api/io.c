/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POLLRDHUP */
#include "api/io.h"

#include "sock/opt.h"
#include "sock/peek.h"
#include "sock/zerocopy.h"

#include <limits.h>

enum {
	ENDED = POLLERR | POLLHUP,
	STATE_SYN_SENT = 2, /* TCP_SYN_SENT, TCP_CLOSE */
	STATE_CLOSE = 7,
};

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

ostia_time api_io_deadline(const struct call *c, const struct sock *s, bool out)
{
	if (!s->rare)
		return OSTIA_NEVER;
	return call_deadline(c, out ? s->rare->sndtimeo : s->rare->rcvtimeo);
}

int64_t api_io_length(const struct iovec *iov, size_t n)
{
	uint64_t sum = 0;

	if (n > IOV_MAX)
		return -EMSGSIZE;
	if (n && !iov)
		return -EFAULT;
	for (size_t i = 0; i < n; i++) {
		if (iov[i].iov_len > SSIZE_MAX - sum)
			return -EINVAL;
		sum += iov[i].iov_len;
	}
	return (int64_t)sum;
}

/*
 * --- out -----------------------------------------------------------------
 */

/* The rest of a blocking send: pieces, as room comes up (W2). What was
 * copied counts; an error after that is left for the next call.
 */
static int64_t send_rest(struct call *c, struct sock *s, struct sock_out *m,
			 int64_t r)
{
	ostia_time deadline = api_io_deadline(c, s, true);
	int64_t done = 0;

	for (;;) {
		int err;

		if (r < 0 && r != -EAGAIN)
			return done ? done : r;
		if (r > 0) {
			done += r;
			m->skip += (size_t)r;
			m->n -= (size_t)r;
		}
		if (r >= 0 && !m->n)
			return done;
		if (done && (sock_ops_of(s)->poll(s) & ENDED))
			return done;
		/* AF_UNIX: there may be room here and none at the receiver */
		err = api_call_wait(c, &s->file, POLLOUT, s->kind == SOCK_LOCAL,
				    deadline);
		if (err)
			return done ? done : err == -ETIMEDOUT ? -EAGAIN : err;
		if (done && (sock_ops_of(s)->poll(s) & ENDED))
			return done;
		r = sock_send(s, m);
	}
}

/* Fast Open: a send that opens waits for the handshake, as connect() does (and
 * out of time goes on without us). Return: 0: it is over; or an errno.
 */
static int wait_opened(struct call *c, struct sock *s)
{
	ostia_time deadline = api_io_deadline(c, s, true);

	while (tcp_state(s->tcp) == STATE_SYN_SENT) {
		int err = api_call_wait(c, &s->file, POLLOUT, true, deadline);

		if (err)
			return err == -ETIMEDOUT ? -EINPROGRESS : err;
	}
	return tcp_state(s->tcp) == STATE_CLOSE ? tcp_open_error(s->tcp) : 0;
}

static bool opens(const struct sock *s, int64_t r)
{
	return s->kind == SOCK_TCP && s->flags & SOCK_F_CONNECTING &&
	       (r > 0 || r == -EINPROGRESS) &&
	       tcp_state(s->tcp) == STATE_SYN_SENT;
}

/* @r: what it took along. */
static int64_t send_opening(struct call *c, struct sock *s, struct sock_out *m,
			    int64_t r)
{
	int64_t took = r > 0 ? r : 0, rest;
	int err;

	if (m->flags & MSG_DONTWAIT || !call_may_wait(c, &s->file))
		return r;
	err = wait_opened(c, s);
	if (err)
		return took && err == -EINPROGRESS ? took : err;
	s->flags ^= SOCK_F_CONNECTING | SOCK_F_CONNECTED;
	if ((size_t)took == m->n)
		return took;
	m->flags &= ~MSG_FASTOPEN;
	m->skip += (size_t)took;
	m->n -= (size_t)took;
	rest = api_io_send(c, s, m);
	return rest < 0 ? (took ? took : rest) : took + rest;
}

int64_t api_io_send(struct call *c, struct sock *s, struct sock_out *m)
{
	int64_t r = sock_send(s, m);

	if (__builtin_expect(s->flags & SOCK_F_CONNECTING, 0) && opens(s, r))
		return send_opening(c, s, m, r);
	if (__builtin_expect(r == (int64_t)m->n && !(m->flags & MSG_ZEROCOPY),
			     1))
		return r;
	if (((r > 0 && r != (int64_t)m->n) || r == -EAGAIN) &&
	    !(m->flags & MSG_DONTWAIT) && call_may_wait(c, &s->file))
		r = send_rest(c, s, m, r);
	if (r > 0 && (m->flags & MSG_ZEROCOPY))
		sock_zerocopy_sent(s);
	if (r == -EPIPE && sock_is_stream(s) && !(m->flags & MSG_NOSIGNAL))
		c->broken_pipe = true;
	return r;
}

/*
 * --- in ------------------------------------------------------------------
 */

/* How many bytes does a blocking receive wait for? */
static int64_t target(struct sock *s, const struct sock_in *m)
{
	int64_t lowat = 1;

	if (!sock_is_stream(s) || (m->flags & MSG_OOB))
		return 1;
	if (s->kind == SOCK_LOCAL && (m->flags & MSG_PEEK))
		return 1; /* what is there, and not what might come */
	if (m->flags & MSG_WAITALL)
		return (int64_t)m->n;
	if (s->kind == SOCK_LOCAL)
		lowat = sock_kept(s, SOCK_KEPT_RCVLOWAT);
	else
		tcp_get_opt(s->socks->tcp, s->tcp, TCP_OPT_RCVLOWAT, &lowat);
	return lowat < (int64_t)m->n ? lowat : (int64_t)m->n;
}

/* Nothing more will come; an error is the next call's. */
static bool at_end(struct sock *s, const struct sock_in *m)
{
	const struct sock_ops *ops = sock_ops_of(s);

	if (s->kind == SOCK_TCP && tcp_at_mark(s->tcp))
		return true; /* reads stop at urgent data */
	if (s->kind == SOCK_LOCAL && m->local.stop)
		return true;
	return (!ops->readable(s) || m->flags & MSG_PEEK) &&
	       (ops->poll(s) & (ENDED | POLLRDHUP));
}

static int64_t recv_rest(struct call *c, struct sock *s, struct sock_in *m,
			 int64_t r)
{
	ostia_time deadline = api_io_deadline(c, s, false);
	int64_t want = target(s, m), done = 0;
	bool moves = sock_peek_moves(s, m->flags, MSG_PEEK);
	bool peek = (m->flags & MSG_PEEK) && !moves;
	/* POLLIN may ask for more bytes than we still want: any news will do,
	 * for there is nothing left to read.
	 */
	bool any = moves || (s->kind == SOCK_TCP && s->flags & SOCK_F_LOWAT);

	if (s->kind == SOCK_LOCAL && peek)
		any = true; /* what is there lies before SO_PEEK_OFF */
	for (;;) {
		int err;

		if (r == 0 || (r < 0 && r != -EAGAIN))
			return done ? done : r;
		if (r == -EAGAIN && (s->flags & SOCK_F_SHUT_RD))
			return 0; /* of datagrams; who never waits hears EAGAIN
				   */
		if (r > 0 && peek) {
			done = r;
		} else if (r > 0) {
			done += r;
			m->skip += (size_t)r;
			m->n -= (size_t)r;
		}
		if (done && (done >= want || at_end(s, m)))
			return done;
		err = api_call_wait(c, &s->file, POLLIN, any || (peek && done),
				    deadline);
		if (err)
			return done ? done : err == -ETIMEDOUT ? -EAGAIN : err;
		if (done && at_end(s, m))
			return done;
		r = sock_recv(s, m);
	}
}

/* More than one byte is waited for on two conditions only. */
static bool wants_more(const struct sock *s, const struct sock_in *m, int64_t r)
{
	return r > 0 && r < (int64_t)m->n && sock_is_stream(s) &&
	       ((m->flags & MSG_WAITALL) || (s->flags & SOCK_F_LOWAT));
}

int64_t api_io_recv(struct call *c, struct sock *s, struct sock_in *m)
{
	int64_t r = sock_recv(s, m);

	if (__builtin_expect(r != -EAGAIN && !wants_more(s, m, r), 1))
		return r;
	if ((m->flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) ||
	    ((m->flags & MSG_OOB) && sock_is_stream(s)) ||
	    !call_may_wait(c, &s->file))
		return r;
	return recv_rest(c, s, m, r);
}
