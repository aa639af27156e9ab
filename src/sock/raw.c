/* SPDX-License-Identifier: MIT */
#include "sock/raw.h"

#include "sock/dgram.h"
#include "sock/stamp.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int bind_(struct sock *s, const struct sock_name *n)
{
	if (s->kind == SOCK_RAWIP && s->raw->connected)
		return -EINVAL;
	return raw_bind(s->socks->raw, s->raw, &n->addr, n->port,
			n->zone ? n->zone : s->dev, sock_binds_freely(s),
			sock_now(s));
}

static int connect_(struct sock *s, const struct sock_name *n)
{
	uint32_t zone = n->zone ? n->zone : s->dev;

	return raw_connect(s->socks->raw, s->raw, &n->addr, n->port,
			   sock_dgram_zone(s, &n->addr, zone), sock_now(s));
}

static int disconnect_(struct sock *s)
{
	raw_disconnect(s->socks->raw, s->raw);
	return 0;
}

/* A raw IPv6 socket's port is a protocol: its own, or none (ipv6(7)). */
static int check_port(const struct sock *s, const struct sock_out *m)
{
	uint16_t port = m->to ? m->to->port : 0;

	if (!port || s->kind != SOCK_RAWIP || !sock_is_v6(s))
		return 0;
	return port > UINT8_MAX || (port != s->proto && s->proto != IPPROTO_RAW)
		       ? -EINVAL
		       : 0;
}

static int64_t send_(struct sock *s, const struct sock_out *m)
{
	struct dgram_to to;
	int err = sock_dgram_to(s, m, &to);
	int64_t r;

	if (!err)
		err = check_port(s, m);
	if (err)
		return err;
	s->raw->shut_wr = (s->flags & SOCK_F_SHUT_WR) != 0;
	if (m->flags & MSG_MORE)
		return -EOPNOTSUPP; /* a packet a call */
	to.stamp = sock_stamp_wanted(s, m->stamp);
	r = raw_send(s->socks->raw, s->raw, &to, m->iov, m->niov, m->n, s->dev,
		     sock_now(s));
	return sock_dgram_sent(s, m, r);
}

static int64_t recv_(struct sock *s, struct sock_in *m)
{
	int64_t n;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->flags & MSG_ERRQUEUE)
		return sock_dgram_errs(s, m);
	if (s->raw->d.rare && sock_dgram_pmtu(s, m))
		return 0;
	m->from.keep = m->keep;
	m->from.pkt = NULL;
	n = raw_recv(s->socks->raw, s->raw, m->iov, m->niov,
		     (m->flags & MSG_PEEK) != 0, &m->from);
	if (s->kind == SOCK_PING && n >= 0) {
		sock_dgram_got(s, m, n);
		return n; /* whatever MSG_TRUNC asks (Linux) */
	}
	return sock_dgram_got(s, m, n);
}

static void close_(struct sock *s)
{
	raw_close(s->socks->raw, s->raw);
}

static void name_(const struct sock *s, struct sock_name *out)
{
	sock_dgram_name(s, out);
	out->port = s->raw->ping   ? s->raw->bind.port
		    : s->raw->deaf ? 0
				   : s->raw->proto;
}

static uint32_t readable(const struct sock *s)
{
	return raw_readable(s->raw);
}

const struct sock_ops sock_raw_ops = {
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
