/* SPDX-License-Identifier: MIT */
/*
 * api/epoll.c - epoll_create1, epoll_ctl, epoll_wait (the mechanism is
 * sock/epoll.c)
 */
#include "sock/epoll.h"
#include "api/call.h"
#include "sock/watch.h"

#include <limits.h>

static int do_create(struct call *c, int flags)
{
	struct sock_epoll *ep;
	int fd, err;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	fd = api_proc_room(c->p, -1, 0, OSTIA_CLAIM_EPOLL);
	if (fd < 0)
		return fd;
	err = sock_epoll_new(c->p->stack->socks, &ep);
	if (err) {
		api_proc_spare(c->p, fd);
		return err;
	}
	api_proc_install(c->p, fd, &ep->file, (flags & EPOLL_CLOEXEC) != 0);
	return fd;
}

int ostia_epoll_create1(struct ostia_proc *p, int flags)
{
	struct call c;

	if (call_enter(&c, p, "epoll_create1", -1))
		call_tell(&c, "0x%x", (unsigned)flags);
	return (int)call_leave(&c, do_create(&c, flags));
}

static int epoll_at(const struct call *c, struct sock_epoll **out)
{
	struct file *f = proc_file(c->p, c->fd);

	if (!f)
		return -EBADF;
	if (f->kind != FILE_EPOLL)
		return -EINVAL;
	*out = sock_epoll_of(f);
	return 0;
}

static int do_ctl(struct call *c, int op, int fd, const struct epoll_event *ev)
{
	struct file *f = proc_file(c->p, fd);
	struct sock_epoll *ep;
	int err;

	if (!proc_file(c->p, c->fd) || !f)
		return -EBADF;
	err = epoll_at(c, &ep);
	if (err)
		return err;
	if (op != EPOLL_CTL_DEL && !ev)
		return -EFAULT;
	return sock_epoll_ctl(ep, op, f, fd, op == EPOLL_CTL_DEL ? NULL : ev);
}

int ostia_epoll_ctl(struct ostia_proc *p, int epfd, int op, int fd,
		    struct epoll_event *ev)
{
	struct call c;

	if (call_enter(&c, p, "epoll_ctl", epfd))
		call_tell(&c, "%d, %d, 0x%x", op, fd, ev ? ev->events : 0);
	return (int)call_leave(&c, do_ctl(&c, op, fd, ev));
}

/* @timeout: 0: do not wait; OSTIA_NEVER */
static int do_wait(struct call *c, struct epoll_event *out, int max,
		   ostia_time timeout)
{
	ostia_time deadline = call_deadline(c, timeout);
	struct sock_epoll *ep;
	int n, err;

	if (max <= 0 || max > INT_MAX / (int)sizeof(*out))
		return -EINVAL;
	if (!out)
		return -EFAULT;
	err = epoll_at(c, &ep);
	if (err)
		return err;
	for (;;) {
		n = sock_epoll_take(ep, out, max);
		if (n || !timeout || !c->p->ops || !c->p->ops->wait)
			return n;
		err = api_call_wait(c, &ep->file, POLLIN, false, deadline);
		if (err)
			return err == -ETIMEDOUT ? 0 : err;
	}
}

int ostia_epoll_wait(struct ostia_proc *p, int epfd, struct epoll_event *out,
		     int max, int timeout_ms)
{
	struct call c;

	if (call_enter(&c, p, "epoll_wait", epfd))
		call_tell(&c, "%d, %d ms", max, timeout_ms);
	return (int)call_leave(
		&c,
		do_wait(&c, out, max,
			timeout_ms < 0 ? OSTIA_NEVER
				       : (ostia_time)timeout_ms * OSTIA_MS));
}

static int do_pwait2(struct call *c, struct epoll_event *out, int max,
		     const struct timespec *t)
{
	if (!t)
		return do_wait(c, out, max, OSTIA_NEVER);
	if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= (long)OSTIA_S)
		return -EINVAL;
	if ((ostia_time)t->tv_sec >= OSTIA_NEVER / OSTIA_S)
		return do_wait(c, out, max, OSTIA_NEVER);
	return do_wait(c, out, max,
		       (ostia_time)t->tv_sec * OSTIA_S +
			       (ostia_time)t->tv_nsec);
}

int ostia_epoll_pwait2(struct ostia_proc *p, int epfd, struct epoll_event *out,
		       int max, const struct timespec *timeout)
{
	struct call c;

	if (call_enter(&c, p, "epoll_pwait2", epfd))
		call_tell(&c, "%d", max);
	return (int)call_leave(&c, do_pwait2(&c, out, max, timeout));
}
