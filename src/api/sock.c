/* SPDX-License-Identifier: MIT */
/*
 * api/sock.c - the calls on descriptors and on sockets that move no data
 */
#define _GNU_SOURCE /* accept4, O_CLOEXEC */
#include "api/addr.h"
#include "api/call.h"
#include "api/ifreq.h"
#include "api/io.h"
#include "api/local.h"
#include "sock/dgram.h"
#include "sock/epoll.h"
#include "sock/local.h"
#include "sock/opt.h"
#include "sock/stamp.h"
#include "sock/watch.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

enum {
	TYPE_MASK = 0xf,
	TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC,
	STATE_CLOSE = 7, /* TCP_CLOSE */
	STATE_LISTEN = 10, /* TCP_LISTEN */
};

/*
 * --- socket, bind, listen ------------------------------------------------
 */

static int do_socket(struct call *c, int domain, int type, int protocol)
{
	struct sock *s;
	int fd, err;

	if (type & ~TYPE_MASK & ~TYPE_FLAGS)
		return -EINVAL;
	err = sock_new(c->p->stack->socks, domain, type & TYPE_MASK, protocol,
		       &s);
	if (err)
		return err;
	fd = api_proc_room(c->p, -1, 0, 0);
	if (fd < 0) {
		file_put(&s->file);
		return fd;
	}
	if (type & SOCK_NONBLOCK)
		s->file.flags |= FILE_NONBLOCK;
	api_proc_install(c->p, fd, &s->file, (type & SOCK_CLOEXEC) != 0);
	return fd;
}

int ostia_socket(struct ostia_proc *p, int domain, int type, int protocol)
{
	struct call c;

	if (call_enter(&c, p, "socket", -1))
		call_tell(&c, "%d, %d, %d", domain, type, protocol);
	return (int)call_leave(&c, do_socket(&c, domain, type, protocol));
}

static void tell_addr(struct call *c, const struct sockaddr *sa, socklen_t len)
{
	char text[API_ADDR_TEXT];

	call_tell(c, "%s, %u", api_addr_text(sa, len, text, sizeof(text)),
		  (unsigned)len);
}

static int do_bind(struct call *c, const struct sockaddr *sa, socklen_t len)
{
	struct sock_name n;
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (!err)
		err = api_addr_bind(s, sa, len, &n);
	return err ? err : sock_bind(s, &n);
}

int ostia_bind(struct ostia_proc *p, int fd, const struct sockaddr *sa,
	       socklen_t len)
{
	struct call c;

	if (call_enter(&c, p, "bind", fd))
		tell_addr(&c, sa, len);
	return (int)call_leave(&c, do_bind(&c, sa, len));
}

static int do_listen(struct call *c, int backlog)
{
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	if (s->kind == SOCK_LOCAL)
		sock_local_caller(s, &c->p->cred);
	return sock_listen(s, backlog);
}

int ostia_listen(struct ostia_proc *p, int fd, int backlog)
{
	struct call c;

	if (call_enter(&c, p, "listen", fd))
		call_tell(&c, "%d", backlog);
	return (int)call_leave(&c, do_listen(&c, backlog));
}

/*
 * --- connect -------------------------------------------------------------
 */

/* A blocking connect: until it is established or fails. Interrupted or out
 * of time, the attempt goes on without us, as Linux has it.
 */
static int wait_connected(struct call *c, struct sock *s,
			  const struct sock_name *n, int r)
{
	ostia_time deadline = api_io_deadline(c, s, true);
	int answer = r;

	while (r == -EINPROGRESS || r == -EALREADY) {
		int err = api_call_wait(c, &s->file, POLLOUT, false, deadline);

		if (err)
			return err == -ETIMEDOUT ? answer : err;
		r = sock_connect(s, n);
	}
	return r;
}

static bool has_peer(const struct sock *s)
{
	return s->kind == SOCK_TCP &&
	       ((s->flags & (SOCK_F_CONNECTING | SOCK_F_CONNECTED)) ||
		tcp_state(s->tcp) != STATE_CLOSE);
}

static int do_connect(struct call *c, const struct sockaddr *sa, socklen_t len)
{
	struct sock_name n = { 0 };
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	err = api_addr_connect(s, sa, len, &n);
	if (err == 1)
		return sock_disconnect(s);
	/* A stream that has a peer says so before it looks at the address. */
	if (err && len >= sizeof(sa_family_t) && has_peer(s))
		err = 0;
	if (s->kind == SOCK_LOCAL)
		return err ? err : api_local_connect(c, s, &n);
	if (!err)
		err = sock_connect(s, &n);
	if ((err == -EINPROGRESS || err == -EALREADY) &&
	    call_may_wait(c, &s->file))
		err = wait_connected(c, s, &n, err);
	return err;
}

int ostia_connect(struct ostia_proc *p, int fd, const struct sockaddr *sa,
		  socklen_t len)
{
	struct call c;

	if (call_enter(&c, p, "connect", fd))
		tell_addr(&c, sa, len);
	return (int)call_leave(&c, do_connect(&c, sa, len));
}

/*
 * --- accept --------------------------------------------------------------
 */

static int try_accept(struct call *c, struct sock *s, int flags,
		      struct sock **out)
{
	int fd = api_proc_room(c->p, -1, 0, 0);
	int err;

	if (fd < 0)
		return fd;
	err = sock_accept(s, out);
	if (err) {
		api_proc_spare(c->p, fd);
		return err;
	}
	if (flags & SOCK_NONBLOCK)
		(*out)->file.flags |= FILE_NONBLOCK;
	api_proc_install(c->p, fd, &(*out)->file, (flags & SOCK_CLOEXEC) != 0);
	return fd;
}

/* Also of a connection that was reset meanwhile. */
static void name_of_peer(const struct sock *s, struct sock_name *out)
{
	const struct flow *f;

	if (s->kind != SOCK_TCP) {
		sock_ops_of(s)->peer(s, out);
		return;
	}
	f = tcp_flow(s->tcp);
	*out = (struct sock_name) { .addr = f->remote, .port = f->rport };
	sock_ops_of(s)->peer(s, out);
}

static void drop_fd(struct ostia_proc *p, int fd)
{
	struct file *f;

	if (!api_proc_take(p, fd, &f))
		file_put(f);
}

static int do_accept(struct call *c, struct sockaddr *sa, socklen_t *len,
		     int flags)
{
	struct sock_name peer;
	struct sock *s, *n;
	int fd, err = proc_sock(c->p, c->fd, &s);
	ostia_time deadline;

	if (err)
		return err;
	if (flags & ~TYPE_FLAGS)
		return -EINVAL;
	deadline = api_io_deadline(c, s, false);
	while ((fd = try_accept(c, s, flags, &n)) == -EAGAIN &&
	       call_may_wait(c, &s->file)) {
		if (s->flags & SOCK_F_SHUT_RD)
			return -EINVAL; /* AF_UNIX; TCP listens no more */
		err = api_call_wait(c, &s->file, POLLIN, false, deadline);
		if (err)
			return err == -ETIMEDOUT ? -EAGAIN : err;
	}
	if (fd < 0 || !sa)
		return fd;
	name_of_peer(n, &peer);
	err = api_addr_put(n, &peer, sa, len);
	if (err)
		drop_fd(c->p, fd);
	return err ? err : fd;
}

int ostia_accept4(struct ostia_proc *p, int fd, struct sockaddr *sa,
		  socklen_t *len, int flags)
{
	struct call c;

	if (call_enter(&c, p, flags ? "accept4" : "accept", fd))
		call_tell(&c, "%s", flags & SOCK_NONBLOCK ? "NONBLOCK" : "");
	return (int)call_leave(&c, do_accept(&c, sa, len, flags));
}

int ostia_accept(struct ostia_proc *p, int fd, struct sockaddr *sa,
		 socklen_t *len)
{
	return ostia_accept4(p, fd, sa, len, 0);
}

/*
 * --- shutdown, close -----------------------------------------------------
 */

static int do_shutdown(struct call *c, int how)
{
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	return err ? err : sock_shutdown(s, how);
}

int ostia_shutdown(struct ostia_proc *p, int fd, int how)
{
	static const char *const names[] = { "SHUT_RD", "SHUT_WR",
					     "SHUT_RDWR" };
	struct call c;

	if (call_enter(&c, p, "shutdown", fd))
		call_tell(&c, "%s",
			  how >= 0 && how <= SHUT_RDWR ? names[how] : "?");
	return (int)call_leave(&c, do_shutdown(&c, how));
}

/* SO_LINGER with a time: the caller waits until all is acknowledged, the end
 * too. Non-blocking sockets wait as well (socket(7)). Unread data resets at
 * once instead.
 */
static bool shall_linger(const struct call *c, struct file *f)
{
	const struct sock *s = sock_of(f);

	return f->kind == FILE_SOCK && f->refs == 1 && s->kind == SOCK_TCP &&
	       (s->flags & SOCK_F_LINGER) && s->rare && s->rare->linger_s &&
	       c->p->ops && c->p->ops->wait && !tcp_readable(s->tcp) &&
	       !tcp_shutdown(s->socks->tcp, s->tcp, SHUT_WR);
}

/* The wait has the only reference: should the caller never come back (a task
 * that is ended), the process's end still closes the socket.
 */
static int linger(struct call *c, struct file *f)
{
	struct sock *s = sock_of(f);
	ostia_time deadline = call_deadline(c, s->rare->linger_s * OSTIA_S);
	struct sock_wait *w = sock_wait_new(s->socks, &c->p->waits);
	int err = w ? sock_wait_for(w, f, c->p, -1, POLLOUT, true) : -ENOMEM;

	file_put(f);
	while (err >= 0 && tcp_unacked(s->tcp)) {
		sock_wait_again(w);
		err = api_call_sleep(c, w, deadline);
	}
	if (w)
		sock_wait_end(w);
	return 0;
}

static int do_close(struct call *c)
{
	struct file *f;
	int err = api_proc_take(c->p, c->fd, &f);

	if (err)
		return err;
	if (shall_linger(c, f))
		return linger(c, f);
	file_put(f);
	api_local_closed(c->p);
	return 0;
}

int ostia_close(struct ostia_proc *p, int fd)
{
	struct call c;

	if (call_enter(&c, p, "close", fd))
		call_tell(&c, "%s", "");
	return (int)call_leave(&c, do_close(&c));
}

/*
 * --- dup, fcntl ----------------------------------------------------------
 */

static int dup_from(struct call *c, int from, bool cloexec)
{
	struct file *f = proc_file(c->p, c->fd);
	int fd;

	if (!f)
		return -EBADF;
	if (from < 0 || (uint32_t)from >= c->p->max)
		return -EINVAL;
	fd = api_proc_room(c->p, c->fd, (uint32_t)from, 0);
	if (fd >= 0)
		api_proc_install(c->p, fd, file_get(f), cloexec);
	return fd;
}

int ostia_dup(struct ostia_proc *p, int fd)
{
	struct call c;

	if (call_enter(&c, p, "dup", fd))
		call_tell(&c, "%s", "");
	return (int)call_leave(&c, dup_from(&c, 0, false));
}

static int do_dup2(struct call *c, int to)
{
	if (!proc_file(c->p, c->fd))
		return -EBADF;
	return c->fd == to ? to : api_proc_dup2(c->p, c->fd, to, false);
}

int ostia_dup2(struct ostia_proc *p, int fd, int to)
{
	struct call c;

	if (call_enter(&c, p, "dup2", fd))
		call_tell(&c, "%d", to);
	return (int)call_leave(&c, do_dup2(&c, to));
}

static int do_dup3(struct call *c, int to, int flags)
{
	if ((flags & ~O_CLOEXEC) || c->fd == to)
		return -EINVAL;
	return api_proc_dup2(c->p, c->fd, to, (flags & O_CLOEXEC) != 0);
}

int ostia_dup3(struct ostia_proc *p, int fd, int to, int flags)
{
	struct call c;

	if (call_enter(&c, p, "dup3", fd))
		call_tell(&c, "%d, %d", to, flags);
	return (int)call_leave(&c, do_dup3(&c, to, flags));
}

static int do_pass(struct call *c, struct ostia_proc *to)
{
	struct file *f = proc_file(c->p, c->fd);
	int fd;

	if (!f)
		return -EBADF;
	if (to->stack != c->p->stack)
		return -EXDEV;
	fd = api_proc_room(to, -1, 0, 0);
	if (fd >= 0)
		api_proc_install(to, fd, file_get(f), false);
	return fd;
}

int ostia_pass(struct ostia_proc *p, int fd, struct ostia_proc *to)
{
	struct call c;

	if (call_enter(&c, p, "pass", fd))
		call_tell(&c, "to process %u", to->id);
	return (int)call_leave(&c, do_pass(&c, to));
}

static void set_nonblock(struct file *f, bool on)
{
	if (on)
		f->flags |= FILE_NONBLOCK;
	else
		f->flags &= (uint16_t)~FILE_NONBLOCK;
}

static int do_fcntl(struct call *c, int cmd, long arg)
{
	struct file *f = proc_file(c->p, c->fd);

	if (!f)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return dup_from(c, (int)arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return api_proc_cloexec(c->p, c->fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		api_proc_set_cloexec(c->p, c->fd, (arg & FD_CLOEXEC) != 0);
		return 0;
	case F_GETFL:
		return O_RDWR | (f->flags & FILE_NONBLOCK ? O_NONBLOCK : 0);
	case F_SETFL:
		if (arg & O_ASYNC)
			return -EINVAL; /* SIGIO has nobody to go to */
		set_nonblock(f, (arg & O_NONBLOCK) != 0);
		return 0;
	default:
		return -EINVAL;
	}
}

int ostia_fcntl(struct ostia_proc *p, int fd, int cmd, long arg)
{
	struct call c;

	if (call_enter(&c, p, "fcntl", fd))
		call_tell(&c, "%d, %ld", cmd, arg);
	return (int)call_leave(&c, do_fcntl(&c, cmd, arg));
}

/*
 * --- ioctl ---------------------------------------------------------------
 */

static int ioctl_tcp(const struct sock *s, unsigned long req, int *v)
{
	switch (req) {
	case SIOCATMARK:
		*v = tcp_at_mark(s->tcp);
		return 0;
	case FIONREAD:
		*v = (int)tcp_readable(s->tcp);
		break;
	case SIOCOUTQ:
		*v = (int)tcp_unacked(s->tcp);
		break;
	case SIOCOUTQNSD:
		*v = (int)tcp_unsent(s->tcp);
		break;
	default:
		return -ENOTTY;
	}
	return tcp_state(s->tcp) == STATE_LISTEN ? -EINVAL : 0;
}

static int ioctl_dgram(const struct sock *s, unsigned long req, int *v)
{
	const struct dgram *d = sock_dgram_of(s);

	if (s->kind == SOCK_PING)
		return -ENOTTY; /* Linux gave them none */
	switch (req) {
	case FIONREAD:
		*v = (int)sock_ops_of(s)->readable(s);
		return 0;
	case SIOCOUTQ:
		*v = (int)d->txcharge;
		return 0;
	default:
		return -ENOTTY;
	}
}

static int ioctl_local(const struct sock *s, unsigned long req, int *v)
{
	uint32_t n;
	int err;

	switch (req) {
	case FIONREAD:
		err = local_readable(s->local, &n);
		*v = (int)n;
		return err;
	case SIOCOUTQ:
		*v = (int)s->local->charge;
		return 0;
	case SIOCATMARK:
		*v = local_at_mark(s->local);
		return s->local->type == LOCAL_STREAM ? 0 : -EOPNOTSUPP;
	default:
		return -ENOTTY;
	}
}

static int ioctl_sock(const struct sock *s, unsigned long req, int *v)
{
	if (s->kind == SOCK_TCP)
		return ioctl_tcp(s, req, v);
	return s->kind == SOCK_LOCAL ? ioctl_local(s, req, v)
				     : ioctl_dgram(s, req, v);
}

static int ioctl_file(struct call *c, struct file *f, unsigned long req,
		      const void *arg)
{
	int v;

	switch (req) {
	case FIONBIO:
		if (!arg)
			return -EFAULT;
		memcpy(&v, arg, sizeof(v));
		set_nonblock(f, v != 0);
		return 0;
	case FIOCLEX:
	case FIONCLEX:
		api_proc_set_cloexec(c->p, c->fd, req == FIOCLEX);
		return 0;
	default:
		return -ENOTTY;
	}
}

/* SIOCGSTAMP, SIOCGSTAMPNS: one layout in either width */
static int ioctl_stamp(struct sock *s, unsigned long req, void *arg)
{
	ostia_time when;
	int64_t v[2];
	int err;

	if (s->kind == SOCK_TCP)
		return -ENOENT; /* as Linux: a stream keeps none */
	err = sock_stamp_last(s, &when);
	if (err)
		return err;
	if (!arg)
		return -EFAULT;
	v[0] = (int64_t)(when / OSTIA_S);
	v[1] = (int64_t)(when % OSTIA_S);
	if (req == SIOCGSTAMP_OLD || req == SIOCGSTAMP_NEW)
		v[1] /= (int64_t)OSTIA_US;
	memcpy(arg, v, sizeof(v));
	return 0;
}

static bool is_stamp(const struct sock *s, unsigned long req)
{
	return s->kind != SOCK_LOCAL &&
	       (req == SIOCGSTAMP_OLD || req == SIOCGSTAMPNS_OLD ||
		req == SIOCGSTAMP_NEW || req == SIOCGSTAMPNS_NEW);
}

static int do_ioctl(struct call *c, unsigned long req, void *arg)
{
	struct file *f = proc_file(c->p, c->fd);
	struct sock *s;
	int v, err;

	if (!f)
		return -EBADF;
	if (f->kind != FILE_SOCK || req == FIONBIO || req == FIOCLEX ||
	    req == FIONCLEX)
		return ioctl_file(c, f, req, arg);
	s = sock_of(f);
	if (api_ifreq_is(req))
		return api_ifreq(s->socks->ip, req, arg);
	if (is_stamp(s, req))
		return ioctl_stamp(s, req, arg);
	err = ioctl_sock(s, req, &v);
	if (err)
		return err;
	if (!arg)
		return -EFAULT;
	memcpy(arg, &v, sizeof(v));
	return 0;
}

int ostia_ioctl(struct ostia_proc *p, int fd, unsigned long req, void *arg)
{
	struct call c;

	if (call_enter(&c, p, "ioctl", fd))
		call_tell(&c, "0x%lx", req);
	return (int)call_leave(&c, do_ioctl(&c, req, arg));
}

/*
 * --- names and options ---------------------------------------------------
 */

static int do_getsockname(struct call *c, struct sockaddr *sa, socklen_t *len)
{
	struct sock_name n;
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	sock_ops_of(s)->name(s, &n);
	return api_addr_put(s, &n, sa, len);
}

int ostia_getsockname(struct ostia_proc *p, int fd, struct sockaddr *sa,
		      socklen_t *len)
{
	struct call c;

	if (call_enter(&c, p, "getsockname", fd))
		call_tell(&c, "%s", "");
	return (int)call_leave(&c, do_getsockname(&c, sa, len));
}

static int do_getpeername(struct call *c, struct sockaddr *sa, socklen_t *len)
{
	struct sock_name n;
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (!err)
		err = sock_ops_of(s)->peer(s, &n);
	return err ? err : api_addr_put(s, &n, sa, len);
}

int ostia_getpeername(struct ostia_proc *p, int fd, struct sockaddr *sa,
		      socklen_t *len)
{
	struct call c;

	if (call_enter(&c, p, "getpeername", fd))
		call_tell(&c, "%s", "");
	return (int)call_leave(&c, do_getpeername(&c, sa, len));
}

static int do_getsockopt(struct call *c, int level, int name, void *value,
			 socklen_t *len)
{
	uint64_t buf[SOCK_OPT_MAX_BYTES / 8];
	uint32_t n;
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	if (!len)
		return -EFAULT;
	if (sock_opt_is_list(s, level, name))
		return sock_opt_get(s, level, name, value, len);
	n = *len;
	err = sock_opt_get(s, level, name, buf, &n);
	if (err)
		return err;
	if (n && !value)
		return -EFAULT;
	if (n)
		memcpy(value, buf, n);
	*len = n;
	return 0;
}

int ostia_getsockopt(struct ostia_proc *p, int fd, int level, int name,
		     void *value, socklen_t *len)
{
	struct call c;

	if (call_enter(&c, p, "getsockopt", fd))
		call_tell(&c, "%d, %d", level, name);
	return (int)call_leave(&c, do_getsockopt(&c, level, name, value, len));
}

static int do_setsockopt(struct call *c, int level, int name, const void *value,
			 socklen_t len)
{
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (err)
		return err;
	if ((int)len < 0)
		return -EINVAL;
	return sock_opt_set(s, level, name, value, len);
}

int ostia_setsockopt(struct ostia_proc *p, int fd, int level, int name,
		     const void *value, socklen_t len)
{
	struct call c;

	if (call_enter(&c, p, "setsockopt", fd))
		call_tell(&c, "%d, %d", level, name);
	return (int)call_leave(&c, do_setsockopt(&c, level, name, value, len));
}

/*
 * --- watches -------------------------------------------------------------
 */

static int do_watch(struct call *c, uint32_t mask, uint64_t cookie)
{
	struct file *f = proc_file(c->p, c->fd);

	if (!f)
		return -EBADF;
	if (sock_watch_cookie_is_ours(cookie))
		return -EINVAL;
	if (mask)
		return sock_watch_add(c->p->stack->socks, f, c->p,
				      &c->p->watches, c->fd, mask, cookie);
	sock_watch_withdraw(f, c->p, c->fd, cookie);
	return 0;
}

int ostia_watch(struct ostia_proc *p, int fd, uint32_t mask, uint64_t cookie)
{
	struct call c;

	if (call_enter(&c, p, "watch", fd))
		call_tell(&c, "0x%x", mask);
	return (int)call_leave(&c, do_watch(&c, mask, cookie));
}
