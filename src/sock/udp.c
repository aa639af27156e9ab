/* SPDX-License-Identifier: MIT */
#include "sock/udp.h"

#include "sock/cork.h"
#include "sock/dgram.h"
#include "sock/hdropts.h"
#include "sock/stamp.h"

#include <errno.h>
#include <sys/socket.h>

static int bind_(struct sock *s, const struct sock_name *n)
{
	const struct bind_opts o = sock_bind_opts(s, n->zone);

	return udp_bind(s->socks->udp, s->udp, &n->addr, n->port, &o,
			sock_now(s));
}

static int connect_(struct sock *s, const struct sock_name *n)
{
	struct bind_opts o = sock_bind_opts(s, n->zone);

	o.opts = sock_hdropts(s);
	o.zone = sock_dgram_zone(s, &n->addr, o.zone);
	return udp_connect(s->socks->udp, s->udp, &n->addr, n->port, &o,
			   sock_now(s));
}

static int disconnect_(struct sock *s)
{
	udp_disconnect(s->socks->udp, s->udp);
	return 0;
}

static int64_t send_now(struct sock *s, const struct sock_out *m)
{
	const struct bind_opts o = sock_bind_opts(s, 0);
	struct dgram_to to;
	int err = sock_dgram_to(s, m, &to);

	if (err)
		return err;
	to.stamp = sock_stamp_wanted(s, m->stamp);
	to.gso_size = m->has_gso ? m->gso_size : s->udp->gso_size;
	return udp_send(s->socks->udp, s->udp, &to, m->to ? m->to->port : 0,
			m->iov, m->niov, m->n, &o, sock_now(s));
}

static int64_t check(struct sock *s, const struct sock_out *m)
{
	struct dgram_to to;
	int err = sock_dgram_to(s, m, &to);

	return err ? err : -dgram_take_error(&s->udp->d);
}

/* To the peer, and nothing asked for: what sends most. */
static bool is_plain(const struct sock *s, const struct sock_out *m)
{
	enum { ODD = MSG_OOB | MSG_DONTROUTE | MSG_MORE };

	return !m->to && !m->src && !m->link && m->ttl < 0 && m->tos < 0 &&
	       m->niov == 1 && !m->skip && !(m->flags & ODD) && !s->dev &&
	       !(s->flags & SOCK_F_SHUT_WR) && !m->has_gso && !m->stamp &&
	       !m->opts && !s->udp->gso_size && !s->udp->d.dontfrag &&
	       (!s->rare || (!sock_kept(s, SOCK_KEPT_TS_FLAGS) &&
			     !sock_is_on_link(s) && !s->rare->opts));
}

static int64_t send_(struct sock *s, const struct sock_out *m)
{
	const struct sock_cork *c = s->rare ? &s->rare->cork : NULL;

	if (sock_cork_needed(c, (m->flags & MSG_MORE) != 0))
		return sock_cork_send(s, m, check, send_now);
	if (is_plain(s, m) &&
	    udp_send_plain(s->socks->udp, s->udp, m->iov->iov_base, m->n,
			   sock_now(s)))
		return sock_dgram_sent(s, m, (int64_t)m->n);
	return sock_dgram_sent(s, m, send_now(s, m));
}

int sock_udp_cork(struct sock *s, bool on)
{
	return (int)sock_cork_set(s, on, send_now);
}

/* SO_PEEK_OFF: each peek goes on where the last ended, and what is read in
 * earnest moves it back.
 */
static int64_t recv_at(struct sock *s, struct sock_in *m, int32_t *off)
{
	bool peek = m->flags & MSG_PEEK;
	int64_t n, gone;

	if (peek)
		n = udp_peek(s->udp, m->iov, m->niov, (uint32_t)*off, &m->from);
	else
		n = udp_recv(s->socks->udp, s->udp, m->iov, m->niov, false,
			     &m->from);
	if (n < 0)
		return n;
	gone = (int64_t)*off - m->from.len;
	*off = peek ? *off + (int32_t)n : gone > 0 ? (int32_t)gone : 0;
	return n;
}

static int64_t recv_(struct sock *s, struct sock_in *m)
{
	int64_t n;

	if (m->flags & MSG_ERRQUEUE)
		return sock_dgram_errs(s, m);
	if (s->udp->d.rare && sock_dgram_pmtu(s, m))
		return 0;
	m->from.keep = m->keep;
	m->from.pkt = NULL;
	if (s->rare && s->rare->kept.v[SOCK_KEPT_PEEK_OFF] >= 0) {
		n = recv_at(s, m, &s->rare->kept.v[SOCK_KEPT_PEEK_OFF]);
		return sock_dgram_got(s, m, n);
	}
	n = udp_recv(s->socks->udp, s->udp, m->iov, m->niov,
		     (m->flags & MSG_PEEK) != 0, &m->from);
	return sock_dgram_got(s, m, n);
}

static void close_(struct sock *s)
{
	udp_close(s->socks->udp, s->udp);
}

static void name_(const struct sock *s, struct sock_name *out)
{
	sock_dgram_name(s, out);
	out->port = s->udp->bind.bound ? s->udp->bind.port : 0;
}

static uint32_t readable(const struct sock *s)
{
	return dgram_readable(&s->udp->d, false);
}

const struct sock_ops sock_udp_ops = {
	.bind = bind_,
	.connect = connect_,
	.disconnect = disconnect_,
	.send = send_,
	.recv = recv_,
	.shutdown = sock_dgram_shutdown,
	.poll = sock_dgram_poll,
	.close = close_,
	.name = name_,
	.peer = sock_dgram_peer,
	.readable = readable,
	.take_error = sock_dgram_take_error,
};
