/* SPDX-License-Identifier: MIT */
/*
 * api/poll.c - poll, ppoll and select: one scan, one wait
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "api/call.h"
#include "sock/watch.h"

enum { ALWAYS = POLLERR | POLLHUP | POLLNVAL };

/* The i-th descriptor that is asked for, and what for. */
static int scan(struct ostia_proc *p, struct pollfd *fds, nfds_t n)
{
	int ready = 0;

	for (nfds_t i = 0; i < n; i++) {
		struct file *f = proc_file(p, fds[i].fd);
		uint32_t mask = (uint16_t)fds[i].events | (uint32_t)ALWAYS;

		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		fds[i].revents = (short)(f ? f->ops->poll(f) & mask
					   : (uint32_t)POLLNVAL);
		ready += fds[i].revents != 0;
	}
	return ready;
}

static int watch_all(struct ostia_proc *p, struct sock_wait *w,
		     const struct pollfd *fds, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++) {
		struct file *f = proc_file(p, fds[i].fd);
		int err;

		if (!f)
			continue;
		err = sock_wait_for(w, f, p, fds[i].fd, (uint16_t)fds[i].events,
				    false);
		if (err < 0)
			return err;
	}
	return 0;
}

/* Until one is ready, or it is late. Return: 0: look again, 1: late. */
static int wait_once(struct call *c, const struct pollfd *fds, nfds_t n,
		     ostia_time deadline)
{
	struct sock_wait *w = sock_wait_new(c->p->stack->socks, &c->p->waits);
	int err;

	if (!w)
		return -ENOMEM;
	err = watch_all(c->p, w, fds, n);
	if (!err)
		err = api_call_sleep(c, w, deadline);
	sock_wait_end(w);
	return err == -ETIMEDOUT ? 1 : err;
}

static int do_poll(struct call *c, struct pollfd *fds, nfds_t n,
		   ostia_time deadline)
{
	bool may_wait = c->p->ops && c->p->ops->wait;
	int ready, err;

	if (n > c->p->max)
		return -EINVAL;
	if (n && !fds)
		return -EFAULT;
	ready = scan(c->p, fds, n);
	if (ready || deadline == 0 || !may_wait)
		return ready;
	do {
		err = wait_once(c, fds, n, deadline);
		if (err < 0)
			return err;
		ready = scan(c->p, fds, n);
	} while (!ready && !err);
	return ready;
}

/* 0: now; else absolute. */
static ostia_time deadline_of(const struct call *c, bool forever,
			      ostia_time timeout)
{
	if (forever)
		return OSTIA_NEVER;
	return timeout ? call_deadline(c, timeout) : 0;
}

int ostia_poll(struct ostia_proc *p, struct pollfd *fds, nfds_t n,
	       int timeout_ms)
{
	struct call c;
	ostia_time deadline;

	if (call_enter(&c, p, "poll", -1))
		call_tell(&c, "%lu, %d ms", (unsigned long)n, timeout_ms);
	deadline = deadline_of(&c, timeout_ms < 0,
			       (ostia_time)timeout_ms * OSTIA_MS);
	return (int)call_leave(&c, do_poll(&c, fds, n, deadline));
}

/* -EINVAL: no time. */
static int time_of(const struct timespec *ts, ostia_time *out)
{
	const int64_t far = INT64_MAX / (int64_t)OSTIA_S - 1;

	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= (long)OSTIA_S)
		return -EINVAL;
	*out = (ostia_time)(ts->tv_sec < far ? ts->tv_sec : far) * OSTIA_S +
	       (ostia_time)ts->tv_nsec;
	return 0;
}

int ostia_ppoll(struct ostia_proc *p, struct pollfd *fds, nfds_t n,
		const struct timespec *ts)
{
	ostia_time timeout = 0;
	int err = ts ? time_of(ts, &timeout) : 0;
	struct call c;

	if (call_enter(&c, p, "ppoll", -1))
		call_tell(&c, "%lu", (unsigned long)n);
	if (!err)
		err = do_poll(&c, fds, n, deadline_of(&c, !ts, timeout));
	return (int)call_leave(&c, err);
}

/*
 * --- select --------------------------------------------------------------
 */

/* What select's three sets ask and mean, by Linux's POLLIN_SET and kin. */
enum {
	SET_IN = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
	SET_OUT = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
	SET_EX = POLLPRI,
	FDS = FD_SETSIZE,
};

static bool in_set(const fd_set *s, int fd)
{
	return s && FD_ISSET(fd, s);
}

/* Return: how many, -EBADF: one of them is not open. */
static int gather(struct ostia_proc *p, int nfds, const fd_set *r,
		  const fd_set *w, const fd_set *e, struct pollfd *out)
{
	int n = 0;

	for (int fd = 0; fd < nfds; fd++) {
		uint32_t mask = (in_set(r, fd) ? SET_IN : 0u) |
				(in_set(w, fd) ? SET_OUT : 0u) |
				(in_set(e, fd) ? SET_EX : 0u);

		if (!mask)
			continue;
		if (!proc_file(p, fd))
			return -EBADF;
		out[n++] = (struct pollfd) { .fd = fd, .events = (short)mask };
	}
	return n;
}

static int put(fd_set *s, const struct pollfd *f, uint32_t mask, bool asked)
{
	bool on = asked && ((uint16_t)f->revents & mask);

	if (s && !on)
		FD_CLR(f->fd, s);
	return on;
}

static int spread(const struct pollfd *fds, int n, fd_set *r, fd_set *w,
		  fd_set *e)
{
	int bits = 0;

	for (int i = 0; i < n; i++) {
		int fd = fds[i].fd;

		bits += put(r, &fds[i], SET_IN, in_set(r, fd));
		bits += put(w, &fds[i], SET_OUT, in_set(w, fd));
		bits += put(e, &fds[i], SET_EX, in_set(e, fd));
	}
	return bits;
}

static int do_select(struct call *c, int nfds, fd_set *r, fd_set *w, fd_set *e,
		     const struct timeval *tv)
{
	struct pollfd fds[FDS];
	struct timespec ts = { 0 };
	ostia_time timeout = 0;
	int n, err;

	if (nfds < 0)
		return -EINVAL;
	if (tv) {
		ts.tv_sec = tv->tv_sec + tv->tv_usec / 1000000;
		ts.tv_nsec = tv->tv_usec % 1000000 * 1000;
	}
	if (tv && (tv->tv_usec < 0 || time_of(&ts, &timeout)))
		return -EINVAL;
	n = gather(c->p, nfds < FDS ? nfds : FDS, r, w, e, fds);
	if (n < 0)
		return n;
	err = do_poll(c, fds, (nfds_t)n, deadline_of(c, !tv, timeout));
	return err < 0 ? err : spread(fds, n, r, w, e);
}

int ostia_select(struct ostia_proc *p, int nfds, fd_set *r, fd_set *w,
		 fd_set *e, struct timeval *tv)
{
	struct call c;

	if (call_enter(&c, p, "select", -1))
		call_tell(&c, "%d", nfds);
	return (int)call_leave(&c, do_select(&c, nfds, r, w, e, tv));
}
