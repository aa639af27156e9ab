/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct ucred */
#include "sock/local.h"

#include "local/name.h"
#include "local/rights.h"
#include "sock/opt.h"

#include <errno.h>
#include <sys/socket.h>

static struct local *room(const struct sock *s)
{
	return s->socks->local;
}

static int bind_(struct sock *s, const struct sock_name *n)
{
	return local_bind(room(s), s->local, n->un.path, n->un.len);
}

static int listen_(struct sock *s, int backlog)
{
	int max = (int)tcp_somaxconn(s->socks->tcp);

	if (backlog < 0 || backlog > max)
		backlog = max;
	return local_listen(room(s), s->local, backlog, &s->socks->caller);
}

static int connect_(struct sock *s, const struct sock_name *n)
{
	return local_connect(room(s), s->local, n->un.path, n->un.len,
			     &s->socks->caller);
}

static int disconnect_(struct sock *s)
{
	local_disconnect(room(s), s->local);
	return 0;
}

static int accept_(struct sock *s, struct sock *n)
{
	int err = local_accept(room(s), s->local, &n->local);

	if (!err)
		local_adopt(n->local, &n->file);
	return err;
}

static int64_t send_(struct sock *s, const struct sock_out *m)
{
	struct sock_out_local *x = m->local;
	struct local_out o = {
		.iov = m->iov,
		.niov = m->niov,
		.flags = m->flags,
		.skip = m->skip,
		.n = m->n,
		.path = m->to ? m->to->un.path : NULL,
		.pathlen = m->to ? m->to->un.len : 0,
		.has_to = m->to != NULL,
		.has_cred = x->has_cred,
		.caller = x->caller,
		.cred = x->cred,
		.rights = &x->rights,
		.limit = x->limit,
	};

	return local_send(room(s), s->local, &o);
}

static int64_t recv_(struct sock *s, struct sock_in *m)
{
	struct local_in in = {
		.iov = m->iov,
		.niov = m->niov,
		.flags = m->flags,
		.skip = m->skip,
		.n = m->n,
		.stamp = s->flags & (SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS),
		.peek_off = s->rare ? &s->rare->peek_off : NULL,
		.got = &m->local,
	};
	int64_t r = local_recv(room(s), s->local, &in);

	m->got_flags = m->local.flags;
	m->has_from = m->local.from != NULL;
	return r;
}

void sock_local_got(struct sock *s, struct sock_in *m)
{
	local_name_put(room(s), m->local.from);
	local_rights_drop(room(s), m->local.rights);
	m->local.from = NULL;
	m->local.rights = NULL;
	m->has_from = false;
}

static int shutdown_(struct sock *s, int how)
{
	if (how != SHUT_WR)
		s->flags |= SOCK_F_SHUT_RD;
	local_shutdown(s->local, how != SHUT_WR, how != SHUT_RD);
	return 0;
}

static uint32_t poll_(struct sock *s)
{
	return local_poll(room(s), s->local);
}

static void close_(struct sock *s)
{
	local_close(room(s), s->local);
}

static struct sock_un text_of(const struct local_name *n)
{
	return n ? (struct sock_un) { n->bytes, n->len }
		 : (struct sock_un) { NULL, 0 };
}

static void name_(const struct sock *s, struct sock_name *out)
{
	out->un = text_of(s->local->name);
}

static int peer(const struct sock *s, struct sock_name *out)
{
	if (!s->local->peer)
		return -ENOTCONN;
	out->un = text_of(s->local->peer->name);
	return 0;
}

static uint32_t readable(const struct sock *s)
{
	uint32_t n;

	return local_readable(s->local, &n) ? 0 : n;
}

static int take_error(struct sock *s)
{
	return local_take_error(s->local);
}

const struct sock_ops sock_local_ops = {
	.bind = bind_,
	.listen = listen_,
	.connect = connect_,
	.disconnect = disconnect_,
	.accept = accept_,
	.send = send_,
	.recv = recv_,
	.shutdown = shutdown_,
	.poll = poll_,
	.close = close_,
	.name = name_,
	.peer = peer,
	.readable = readable,
	.take_error = take_error,
};

int sock_local_pair(struct socks *ss, int domain, int type, int protocol,
		    const struct local_cred *who, struct sock *out[2])
{
	int err = sock_new(ss, domain, type, protocol, &out[0]);

	if (err)
		return err;
	err = domain == AF_UNIX ? sock_new(ss, domain, type, protocol, &out[1])
				: -EOPNOTSUPP;
	if (err) {
		file_put(&out[0]->file);
		return err;
	}
	local_pair(out[0]->local, out[1]->local, who);
	return 0;
}

/*
 * --- options -------------------------------------------------------------
 */

/* Rights pass until one says no. */
int sock_local_get_pass(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	bool is = (s->local->flags & o->arg) != 0;

	*v = o->arg == LOCAL_F_NO_RIGHTS ? !is : is;
	return 0;
}

int sock_local_set_pass(struct sock *s, const struct sock_opt *o, int64_t v)
{
	bool set = o->arg == LOCAL_F_NO_RIGHTS ? !v : v != 0;

	if (set)
		s->local->flags |= (uint8_t)o->arg;
	else
		s->local->flags &= (uint8_t)~o->arg;
	return 0;
}

int sock_local_set_inq(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n)
{
	int32_t v;

	if (s->local->type != LOCAL_STREAM)
		return -ENOPROTOOPT;
	if (n != sizeof(v))
		return -EINVAL;
	memcpy(&v, p, sizeof(v));
	return v < 0 || v > 1 ? -EINVAL : sock_kept_set_flag(s, o, v);
}

int sock_local_get_peek(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->rare ? s->rare->peek_off : -1;
	return 0;
}

int sock_local_set_peek(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_rare *r = sock_rare(s);

	(void)o;
	if (!r)
		return -ENOMEM;
	r->peek_off = (int32_t)v;
	return 0;
}

int sock_local_peercred(struct sock *s, void *buf)
{
	const struct local_cred *c = &s->local->cred;
	const struct ucred out = { .pid = (pid_t)c->pid,
				   .uid = c->uid,
				   .gid = c->gid };

	memcpy(buf, &out, sizeof(out));
	return sizeof(out);
}

/* A process of a stack's is none of the kernel's. */
int sock_local_peerpidfd(struct sock *s, void *buf)
{
	(void)buf;
	return s->local->cred.uid == UINT32_MAX ? -ENODATA : -ENOPROTOOPT;
}

/* Processes of a stack are in no other groups than their own. */
int sock_local_peergroups(struct sock *s, void *buf)
{
	(void)buf;
	return s->local->cred.uid == UINT32_MAX ? -ENODATA : 0;
}
