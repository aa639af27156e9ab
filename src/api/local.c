/* SPDX-License-Identifier: MIT */
/*
 * api/local.c - AF_UNIX at the BSD face: socketpair, unlink, and the control
 * messages that carry files and credentials
 */
#define _GNU_SOURCE /* struct ucred */
#include "api/local.h"

#include "api/addr.h"
#include "api/io.h"
#include "api/msg.h"
#include "local/rights.h"
#include "sock/local.h"
#include "sock/stamp.h"

#include <sys/un.h>

#include "sock/optnames.h" /* after the system's own */

enum { CLOSED_CREDIT = 16 }; /* of the search for lost cycles */

/*
 * --- making, names -------------------------------------------------------
 */

static int install_pair(struct call *c, struct sock *pair[2], int type,
			int sv[2])
{
	for (int i = 0; i < 2; i++) {
		sv[i] = api_proc_room(c->p, -1, 0, 0);
		if (sv[i] < 0)
			return sv[i];
		if (type & SOCK_NONBLOCK)
			pair[i]->file.flags |= FILE_NONBLOCK;
		api_proc_install(c->p, sv[i], file_get(&pair[i]->file),
				 (type & SOCK_CLOEXEC) != 0);
	}
	return 0;
}

static int do_socketpair(struct call *c, int domain, int type, int protocol,
			 int sv[2])
{
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int err, fd[2] = { -1, -1 };
	struct sock *pair[2];
	struct file *f;

	if (type & ~0xf & ~flags)
		return -EINVAL;
	if (!sv)
		return -EFAULT;
	err = sock_local_pair(c->p->stack->socks, domain, type & 0xf, protocol,
			      &c->p->cred, pair);
	if (err)
		return err;
	err = install_pair(c, pair, type, fd);
	file_put(&pair[0]->file);
	file_put(&pair[1]->file);
	if (err && fd[0] >= 0 && !api_proc_take(c->p, fd[0], &f))
		file_put(f);
	if (!err)
		memcpy(sv, fd, sizeof(fd));
	return err;
}

int ostia_socketpair(struct ostia_proc *p, int domain, int type, int protocol,
		     int sv[2])
{
	struct call c;

	if (call_enter(&c, p, "socketpair", -1))
		call_tell(&c, "%d, %d, %d", domain, type, protocol);
	return (int)call_leave(&c,
			       do_socketpair(&c, domain, type, protocol, sv));
}

int ostia_unlink(struct ostia_proc *p, const char *path)
{
	struct call c;

	if (call_enter(&c, p, "unlink", -1))
		call_tell(&c, "%s", path);
	return (int)call_leave(
		&c, local_unlink(p->stack->local, path,
				 (uint32_t)strnlen(path, LOCAL_PATH_MAX + 1)));
}

void api_local_closed(struct ostia_proc *p)
{
	if (__builtin_expect(p->stack->local->nflights != 0, 0))
		local_rights_gc(p->stack->local, CLOSED_CREDIT);
}

/* There is no "in progress": either the backlog has room or we wait for it. */
int api_local_connect(struct call *c, struct sock *s, const struct sock_name *n)
{
	ostia_time deadline = api_io_deadline(c, s, true);
	int r;

	for (;;) {
		int err;

		sock_local_caller(s, &c->p->cred);
		r = sock_connect(s, n);
		if (r != -EAGAIN || !call_may_wait(c, &s->file))
			return r;
		err = api_call_wait(c, &s->file, POLLOUT, true, deadline);
		if (err)
			return err == -ETIMEDOUT ? -EAGAIN : err;
	}
}

/*
 * --- out -----------------------------------------------------------------
 */

static struct sock_out_local beside(const struct call *c)
{
	return (struct sock_out_local) { .caller = c->p->cred,
					 .limit = c->p->max };
}

/* Where to: streams look at it later, sequenced packets never. */
static int destination(const struct sock *s, const struct sockaddr *sa,
		       socklen_t len, struct sock_name *to)
{
	if (!sa || !len)
		return 0;
	if (len > sizeof(struct sockaddr_storage))
		return -EINVAL;
	if (s->local->type == LOCAL_DGRAM)
		return api_addr_send(s, sa, len, to);
	to->un = (struct sock_un) { 0 };
	return 0;
}

static int64_t send_it(struct call *c, struct sock *s, struct sock_out *m,
		       struct sock_out_local *x, const struct sockaddr *sa,
		       socklen_t len)
{
	struct sock_name to;
	int64_t r = destination(s, sa, len, &to);

	m->local = x;
	m->to = sa && len ? &to : NULL;
	if (!r)
		r = api_io_send(c, s, m);
	m->to = NULL; /* it was ours */
	local_rights_drop(c->p->stack->local, x->rights);
	return r;
}

int64_t api_local_send(struct call *c, struct sock *s, struct sock_out *m,
		       const struct sockaddr *sa, socklen_t len)
{
	struct sock_out_local x = beside(c);

	return send_it(c, s, m, &x, sa, len);
}

/* Nobody is privileged: a process can say who it is, and nothing else. */
static int credentials(const struct call *c, const struct cmsghdr *h,
		       struct sock_out_local *x)
{
	const struct local_cred *own = &c->p->cred;
	struct ucred u;

	if (h->cmsg_len != CMSG_LEN(sizeof(u)))
		return -EINVAL;
	memcpy(&u, CMSG_DATA(h), sizeof(u));
	if ((uint32_t)u.pid != own->pid || u.uid != own->uid ||
	    u.gid != own->gid)
		return -EPERM;
	x->cred = *own;
	x->has_cred = true;
	return 0;
}

static int add_file(const struct call *c, int fd, struct local_rights *r)
{
	struct file *f = proc_file(c->p, fd);
	const struct sock *s;

	if (!f)
		return -EBADF;
	s = f->kind == FILE_SOCK ? sock_of(f) : NULL;
	local_rights_add(r, f, s && s->kind == SOCK_LOCAL ? s->local : NULL);
	return 0;
}

/* @room: files that all of the call's control messages can name. */
static int rights(const struct call *c, const struct cmsghdr *h, size_t room,
		  struct sock_out_local *x)
{
	size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	const uint8_t *data = CMSG_DATA(h);
	int fd, err = 0;

	if (!n)
		return 0;
	if (n > LOCAL_RIGHTS_MAX)
		return -EINVAL;
	if (!x->rights)
		x->rights = local_rights_new(c->p->stack->local,
					     room < LOCAL_RIGHTS_MAX
						     ? (uint32_t)room
						     : LOCAL_RIGHTS_MAX);
	if (!x->rights)
		return -ENOMEM;
	if (n > x->rights->cap - x->rights->n)
		return -EINVAL;
	for (size_t i = 0; i < n && !err; i++) {
		memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
		err = add_file(c, fd, x->rights);
	}
	return err;
}

static int control(const struct call *c, const struct cmsghdr *h, size_t room,
		   struct sock_out_local *x)
{
	if (h->cmsg_level != SOL_SOCKET)
		return 0;
	switch (h->cmsg_type) {
	case SCM_RIGHTS:
		return rights(c, h, room, x);
	case SCM_CREDENTIALS:
		return credentials(c, h, x);
	default:
		return -EINVAL;
	}
}

static int all_control(const struct call *c, const struct msghdr *msg,
		       struct sock_out_local *x)
{
	size_t room = msg->msg_controllen / sizeof(int);
	struct control_walk w;
	int r = api_msg_walk(&w, msg);

	while (!r && (r = api_msg_next(&w)) > 0)
		r = control(c, w.h, room, x);
	return r;
}

/* Of sequenced packets Linux looks at the connection before that. */
static int seq_error(struct sock *s, int err)
{
	int pending = local_take_error(s->local);

	if (pending)
		return -pending;
	return s->local->state == LOCAL_ESTABLISHED ? err : -ENOTCONN;
}

int64_t api_local_sendmsg(struct call *c, struct sock *s,
			  const struct msghdr *msg, size_t n, int flags)
{
	struct sock_out m = { .iov = msg->msg_iov,
			      .niov = (int)msg->msg_iovlen,
			      .flags = flags,
			      .n = n,
			      .ttl = -1,
			      .tos = -1 };
	struct sock_out_local x = beside(c);
	int err = all_control(c, msg, &x);

	if (!err)
		return send_it(c, s, &m, &x, msg->msg_name, msg->msg_namelen);
	local_rights_drop(c->p->stack->local, x.rights);
	return s->local->type == LOCAL_SEQPACKET ? seq_error(s, err) : err;
}

/*
 * --- in ------------------------------------------------------------------
 */

/* An unnamed sender's address has no length at all. */
static int sender(struct sock *s, const struct sock_in *m, struct sockaddr *sa,
		  socklen_t *len)
{
	if (!sa)
		return 0;
	if (!len)
		return -EFAULT;
	if (m->has_from)
		return api_addr_from(s, m, sa, len);
	*len = 0;
	return 0;
}

static int64_t receive(struct call *c, struct sock *s, struct sock_in *m)
{
	memset(&m->local, 0, sizeof(m->local));
	m->flags &= ~MSG_ERRQUEUE; /* there is none, and nobody says so */
	return api_io_recv(c, s, m);
}

int64_t api_local_recv(struct call *c, struct sock *s, struct sock_in *m,
		       struct sockaddr *sa, socklen_t *len)
{
	int64_t r = receive(c, s, m);
	int err = 0;

	if (r >= 0)
		err = sender(s, m, sa, len);
	sock_local_got(s, m);
	return err ? err : r;
}

/* Descriptors for as many files as there is room for. Return: how many. */
static uint32_t install(struct call *c, struct local_rights *r, uint32_t most,
			bool cloexec, int fds[])
{
	uint32_t n = 0;

	for (; n < r->n && n < most; n++) {
		struct file *f = r->f[n].file;

		fds[n] = api_proc_room(c->p, -1, 0,
				       f->kind == FILE_EPOLL ? OSTIA_CLAIM_EPOLL
							     : 0);
		if (fds[n] < 0)
			break;
		api_proc_install(c->p, fds[n], file_get(f), cloexec);
	}
	return n;
}

static void put_rights(struct call *c, struct control_room *room,
		       const struct sock_in *m)
{
	struct local_rights *r = m->local.rights;
	int fds[LOCAL_RIGHTS_MAX];
	size_t space = room->left > CMSG_LEN(0)
			       ? (room->left - CMSG_LEN(0)) / sizeof(int)
			       : 0;
	uint32_t n;

	if (!r)
		return;
	n = install(c, r, space < LOCAL_RIGHTS_MAX ? (uint32_t)space : r->n,
		    (m->flags & MSG_CMSG_CLOEXEC) != 0, fds);
	if (n)
		api_msg_put(room, SOL_SOCKET, SCM_RIGHTS, fds,
			    n * sizeof(fds[0]));
	if (n < r->n)
		room->truncated = true;
}

static void put_cred(struct control_room *room, const struct local_cred *c)
{
	const struct ucred u = { .pid = (pid_t)c->pid,
				 .uid = c->uid,
				 .gid = c->gid };

	api_msg_put(room, SOL_SOCKET, SCM_CREDENTIALS, &u, sizeof(u));
}

/* Linux stamps them when they are read, and asks SO_TIMESTAMPING only after
 * the two others.
 */
static void put_stamps(struct control_room *room, const struct sock *s,
		       const struct sock_in *m)
{
	if (!(s->flags & (SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS)))
		return;
	api_msg_stamp(room, s, m->local.when);
	if (sock_stamp_tells_rx(s))
		api_msg_stamping(room, s, m->local.when);
}

static void put_inq(struct control_room *room, const struct sock *s)
{
	uint32_t left = 0;
	int v;

	local_readable(s->local, &left);
	v = (int)left;
	api_msg_put(room, SOL_SOCKET, SO_INQ /* SCM_INQ */, &v, sizeof(v));
}

static void put_all(struct call *c, struct control_room *room,
		    const struct sock *s, const struct sock_in *m)
{
	/* Linux: a stream's end brings somebody's, too. */
	bool cred = (s->local->flags & LOCAL_F_PASSCRED) &&
		    (m->local.begun || s->local->type == LOCAL_STREAM);

	if (!room->at) {
		room->truncated = cred || m->local.rights ||
				  sock_kept_is(s, SOCK_KEPT_INQ);
		return;
	}
	if (m->local.begun && s->local->type != LOCAL_STREAM)
		put_stamps(room, s, m);
	if (cred)
		put_cred(room, &m->local.cred);
	put_rights(c, room, m);
	if (sock_kept_is(s, SOCK_KEPT_INQ))
		put_inq(room, s);
}

int64_t api_local_recvmsg(struct call *c, struct sock *s, struct sock_in *m,
			  struct msghdr *msg)
{
	struct control_room room = { msg->msg_control, msg->msg_controllen,
				     false };
	int64_t r = receive(c, s, m);
	int err = 0;

	if (r >= 0) {
		put_all(c, &room, s, m);
		msg->msg_controllen =
			room.at ? (size_t)(room.at -
					   (uint8_t *)msg->msg_control)
				: 0;
		msg->msg_flags = m->got_flags | (m->flags & MSG_CMSG_CLOEXEC) |
				 (room.truncated ? MSG_CTRUNC : 0);
		if (msg->msg_name)
			err = sender(s, m, msg->msg_name, &msg->msg_namelen);
		else
			msg->msg_namelen = 0;
	}
	sock_local_got(s, m);
	return err ? err : r;
}
