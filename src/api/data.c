/* SPDX-License-Identifier: MIT */
/*
 * api/data.c - send, recv and their kin without control messages, and the
 * calls that lend instead of copying
 */
#define _GNU_SOURCE
#include "api/addr.h"
#include "api/io.h"
#include "api/local.h"
#include "sock/watch.h"

enum { STREAM_LEN_MAX = 0x7ffff000 }; /* MAX_RW_COUNT of Linux */

/*
 * --- out -----------------------------------------------------------------
 */

static int64_t do_send(struct call *c, const struct iovec *iov, int niov,
		       size_t n, int flags, const struct sockaddr *sa,
		       socklen_t len)
{
	struct sock_out m = { .iov = iov,
			      .niov = niov,
			      .flags = flags,
			      .n = n < STREAM_LEN_MAX ? n : STREAM_LEN_MAX,
			      .ttl = -1,
			      .tos = -1 };
	struct sock_name to;
	struct sock *s;
	int err = proc_sock(c->p, c->fd, &s);

	if (__builtin_expect(err, 0))
		return err;
	if (__builtin_expect(s->kind == SOCK_LOCAL, 0))
		return api_local_send(c, s, &m, sa, len);
	if (sa && len && s->kind != SOCK_TCP) {
		err = api_addr_send(s, sa, len, &to);
		if (err < 0)
			return err;
		m.to = err ? NULL : &to;
	} else if (__builtin_expect(flags & MSG_FASTOPEN, 0) &&
		   s->kind == SOCK_TCP) {
		err = api_addr_fast(s, sa, len, &m, &to);
		if (err)
			return err;
	}
	return api_io_send(c, s, &m);
}

static void tell_send(struct call *c, size_t n, int flags,
		      const struct sockaddr *sa, socklen_t len)
{
	char text[API_ADDR_TEXT];

	if (sa)
		call_tell(c, "%zu, 0x%x, %s", n, (unsigned)flags,
			  api_addr_text(sa, len, text, sizeof(text)));
	else
		call_tell_numbers(c, TRACE_ARGS_LEN_FLAGS | TRACE_CALL_OUT, n,
				  (unsigned)flags);
}

static struct iovec vec(const void *p, size_t n)
{
	return (struct iovec) { .iov_base = (void *)(uintptr_t)p,
				.iov_len = n };
}

ssize_t ostia_sendto(struct ostia_proc *p, int fd, const void *data, size_t n,
		     int flags, const struct sockaddr *sa, socklen_t len)
{
	const struct iovec iov = vec(data, n);
	struct call c;

	if (call_enter(&c, p, sa ? "sendto" : "send", fd))
		tell_send(&c, n, flags, sa, len);
	return call_leave(&c, do_send(&c, &iov, 1, n, flags, sa, len));
}

ssize_t ostia_send(struct ostia_proc *p, int fd, const void *data, size_t n,
		   int flags)
{
	return ostia_sendto(p, fd, data, n, flags, NULL, 0);
}

/* read and write know files that are no sockets: an epoll is EINVAL. */
static int64_t rw_error(const struct call *c)
{
	const struct file *f = proc_file(c->p, c->fd);

	if (!f)
		return -EBADF;
	return f->kind == FILE_SOCK ? 0 : -EINVAL;
}

static int64_t do_writev(struct call *c, const struct iovec *iov, int niov)
{
	int64_t r = rw_error(c);
	int64_t n;

	if (r)
		return r;
	n = niov < 0 ? -EINVAL : api_io_length(iov, (size_t)niov);
	if (n < 0)
		return n == -EMSGSIZE ? -EINVAL : n;
	return do_send(c, iov, niov, (size_t)n, 0, NULL, 0);
}

ssize_t ostia_write(struct ostia_proc *p, int fd, const void *data, size_t n)
{
	const struct iovec iov = vec(data, n);
	struct call c;

	if (call_enter(&c, p, "write", fd))
		call_tell_numbers(&c, TRACE_ARGS_LEN | TRACE_CALL_OUT, n, 0);
	return call_leave(&c, do_writev(&c, &iov, 1));
}

ssize_t ostia_writev(struct ostia_proc *p, int fd, const struct iovec *iov,
		     int n)
{
	struct call c;

	if (call_enter(&c, p, "writev", fd))
		call_tell(&c, "%d pieces", n);
	return call_leave(&c, do_writev(&c, iov, n));
}

/*
 * --- in ------------------------------------------------------------------
 */

static int64_t do_recv(struct call *c, const struct iovec *iov, int niov,
		       size_t n, int flags, struct sockaddr *sa, socklen_t *len)
{
	struct sock_in m;
	struct sock *s;
	int64_t r;
	int err = proc_sock(c->p, c->fd, &s);

	if (__builtin_expect(err, 0))
		return err;
	sock_in_init(&m, iov, niov, n < STREAM_LEN_MAX ? n : STREAM_LEN_MAX,
		     flags);
	if (__builtin_expect(s->kind == SOCK_LOCAL, 0))
		return api_local_recv(c, s, &m, sa, len);
	r = api_io_recv(c, s, &m);
	if (r < 0 || !sa)
		return r;
	if (!len)
		return -EFAULT;
	if (!m.has_from) {
		*len = 0;
		return r;
	}
	err = api_addr_from(s, &m, sa, len);
	return err ? err : r;
}

ssize_t ostia_recvfrom(struct ostia_proc *p, int fd, void *data, size_t n,
		       int flags, struct sockaddr *sa, socklen_t *len)
{
	const struct iovec iov = { data, n };
	struct call c;

	if (call_enter(&c, p, sa ? "recvfrom" : "recv", fd))
		call_tell_numbers(&c, TRACE_ARGS_LEN_FLAGS, n, (unsigned)flags);
	return call_leave(&c, do_recv(&c, &iov, 1, n, flags, sa, len));
}

ssize_t ostia_recv(struct ostia_proc *p, int fd, void *data, size_t n,
		   int flags)
{
	return ostia_recvfrom(p, fd, data, n, flags, NULL, NULL);
}

static int64_t do_readv(struct call *c, const struct iovec *iov, int niov)
{
	int64_t r = rw_error(c);
	int64_t n;

	if (r)
		return r;
	n = niov < 0 ? -EINVAL : api_io_length(iov, (size_t)niov);
	if (n <= 0) /* nothing asked for: nothing happens */
		return n == -EMSGSIZE ? -EINVAL : n;
	return do_recv(c, iov, niov, (size_t)n, 0, NULL, NULL);
}

ssize_t ostia_read(struct ostia_proc *p, int fd, void *data, size_t n)
{
	const struct iovec iov = { data, n };
	struct call c;

	if (call_enter(&c, p, "read", fd))
		call_tell_numbers(&c, TRACE_ARGS_LEN, n, 0);
	return call_leave(&c, do_readv(&c, &iov, 1));
}

ssize_t ostia_readv(struct ostia_proc *p, int fd, const struct iovec *iov,
		    int n)
{
	struct call c;

	if (call_enter(&c, p, "readv", fd))
		call_tell(&c, "%d pieces", n);
	return call_leave(&c, do_readv(&c, iov, n));
}

/*
 * --- lent bytes ----------------------------------------------------------
 */

static int64_t do_lend(struct call *c, const void *data, size_t n,
		       uint64_t cookie)
{
	ostia_time deadline;
	struct sock *s;
	int64_t r = proc_sock(c->p, c->fd, &s);
	int err;

	if (r)
		return r;
	deadline = api_io_deadline(c, s, true);
	while ((r = sock_send_lend(s, data, n, cookie)) == -EAGAIN &&
	       call_may_wait(c, &s->file)) {
		err = api_call_wait(c, &s->file, POLLOUT, false, deadline);
		if (err)
			return err == -ETIMEDOUT ? -EAGAIN : err;
	}
	c->broken_pipe = r == -EPIPE;
	return r;
}

ssize_t ostia_send_lend(struct ostia_proc *p, int fd, const void *data,
			size_t n, uint64_t cookie)
{
	struct call c;

	if (call_enter(&c, p, "send_lend", fd))
		call_tell_numbers(&c, TRACE_ARGS_LEN | TRACE_CALL_OUT, n, 0);
	return call_leave(&c, do_lend(&c, data, n, cookie));
}

/* Slices while there are any: the first result decides what is said. */
static int64_t take_loans(struct sock *s, struct ostia_loan *l, size_t max)
{
	struct sock_loan *loan;
	int64_t done = 0, n;

	l->niov = 0;
	while (l->niov < OSTIA_LOAN_IOV && (size_t)done < max) {
		if (done && !tcp_readable(s->tcp))
			break; /* an end or an error is the next call's */
		n = sock_loan_take(s, max - (size_t)done, &loan);
		if (n <= 0)
			return done ? done : n;
		l->iov[l->niov].iov_base = slice_ptr(&loan->slice);
		l->iov[l->niov].iov_len = loan->slice.len;
		l->handle[l->niov++] = loan;
		done += n;
	}
	return done;
}

static int64_t do_loan(struct call *c, struct ostia_loan *l, size_t max)
{
	ostia_time deadline;
	struct sock *s;
	int64_t r = proc_sock(c->p, c->fd, &s);
	int err;

	l->niov = 0;
	if (r)
		return r;
	if (s->kind != SOCK_TCP)
		return -EOPNOTSUPP;
	deadline = api_io_deadline(c, s, false);
	while ((r = take_loans(s, l, max)) == -EAGAIN &&
	       call_may_wait(c, &s->file)) {
		err = api_call_wait(c, &s->file, POLLIN, false, deadline);
		if (err)
			return err == -ETIMEDOUT ? -EAGAIN : err;
	}
	return r;
}

ssize_t ostia_recv_loan(struct ostia_proc *p, int fd, struct ostia_loan *l,
			size_t max)
{
	struct call c;

	if (call_enter(&c, p, "recv_loan", fd))
		call_tell_numbers(&c, TRACE_ARGS_LEN, max, 0);
	return call_leave(&c, do_loan(&c, l, max));
}

void ostia_recv_return(struct ostia_proc *p, struct ostia_loan *l)
{
	struct call c;

	if (call_enter(&c, p, "recv_return", -1))
		call_tell(&c, "%d pieces", l->niov);
	for (int i = 0; i < l->niov; i++)
		sock_loan_return(p->stack->socks, l->handle[i]);
	l->niov = 0;
	call_leave(&c, 0);
}
