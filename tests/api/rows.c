/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

char note[400];

/*
 * --- building states -----------------------------------------------------
 */

void die(const char *what)
{
	printf("cannot build: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	table_die();
}

int keep(struct room *r, int fd, const char *what)
{
	if (fd < 0)
		die(what);
	r->fds[r->nfds++] = fd;
	return fd;
}

int new_socket(struct room *r, int type)
{
	return keep(r, socket(r->family, type, r->protocol), "socket");
}

void forget(struct room *r, int fd)
{
	for (int i = 0; i < r->nfds; i++)
		if (r->fds[i] == fd)
			r->fds[i] = -1;
	if (fd == r->peer)
		r->peer = -1;
}

void drop(struct room *r, int fd)
{
	forget(r, fd);
	close(fd);
}

void set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

void fresh(struct room *r)
{
	r->fd = new_socket(r, r->type);
}

/*
 * --- calls ---------------------------------------------------------------
 */

long fd_result(struct room *r, int fd)
{
	if (fd < 0)
		return fd;
	keep(r, fd, "");
	return IS_FD;
}

long get_room(struct room *r, int level, int opt, int len)
{
	socklen_t n = (socklen_t)len;
	int v = -1;
	long err = getsockopt(r->fd, level, opt, &v, &n);

	if (!err)
		NOTE(" value=%d len=%u", v, n);
	return err;
}

long get_int(struct room *r, int level, int opt)
{
	return get_room(r, level, opt, sizeof(int));
}

long set_int(struct room *r, int level, int opt, int v)
{
	return setsockopt(r->fd, level, opt, &v, sizeof(v));
}

long ioctl_int(struct room *r, int req, int unused)
{
	int v = -1;
	long n = ioctl(r->fd, (unsigned long)req, &v);

	(void)unused;
	if (!n)
		NOTE(" value=%d", v);
	return n;
}

long shutdown_how(struct room *r, int how, int unused)
{
	(void)unused;
	return shutdown(r->fd, how);
}

long listen_some(struct room *r)
{
	return listen(r->fd, 5);
}

long listen_negative(struct room *r)
{
	return listen(r->fd, -1);
}

long connect_unspec(struct room *r)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(r->fd, &none, sizeof(none));
}

long accept_plain(struct room *r)
{
	return fd_result(r, accept(r->fd, NULL, NULL));
}

long accept4_flags(struct room *r)
{
	int fd = accept4(r->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		NOTE(" nonblock=%d cloexec=%d",
		     !!(fcntl(fd, F_GETFL) & O_NONBLOCK), fcntl(fd, F_GETFD));
	return fd_result(r, fd);
}

long accept4_bad(struct room *r)
{
	return fd_result(r, accept4(r->fd, NULL, NULL, 0x40));
}

long dup_close(struct room *r)
{
	int fd = dup(r->fd);

	return fd < 0 ? fd : close(fd);
}

long select_all(struct room *r)
{
	struct timeval at_once = { 0, 0 };
	fd_set a, b, c;
	long n;

	FD_ZERO(&a);
	FD_SET(r->fd, &a);
	b = c = a;
	n = select(r->fd + 1, &a, &b, &c, &at_once);
	NOTE(" in=%d out=%d except=%d", !!FD_ISSET(r->fd, &a),
	     !!FD_ISSET(r->fd, &b), !!FD_ISSET(r->fd, &c));
	return n;
}

long epoll_all(struct room *r)
{
	struct epoll_event ev = { .events = 0x7fff };
	int ep = keep(r, epoll_create1(0), "epoll");
	long n;

	if (epoll_ctl(ep, EPOLL_CTL_ADD, r->fd, &ev))
		return -1;
	n = epoll_wait(ep, &ev, 1, 0);
	if (n > 0)
		NOTE(" events=%#x", ev.events);
	return n;
}

long close_it(struct room *r)
{
	forget(r, r->fd);
	return close(r->fd);
}

/*
 * --- lines ---------------------------------------------------------------
 */

static void print_result(long n, int err)
{
	const char *name = strerrorname_np(err);

	if (n == IS_FD)
		printf("fd");
	else if (n >= 0)
		printf("%ld", n);
	else if (err == EINTR)
		printf("blocks");
	else
		printf("%s", name ? name : "?");
	printf("%s", note);
}

static void print_poll(int fd)
{
	static const struct {
		int bit;
		const char *name;
	} bits[] = {
		{ POLLIN, "IN" },	  { POLLPRI, "PRI" },
		{ POLLOUT, "OUT" },	  { POLLERR, "ERR" },
		{ POLLHUP, "HUP" },	  { POLLNVAL, "NVAL" },
		{ POLLRDNORM, "RDNORM" }, { POLLWRNORM, "WRNORM" },
		{ POLLWRBAND, "WRBAND" }, { POLLRDHUP, "RDHUP" },
	};
	struct pollfd f = { .fd = fd, .events = 0x7fff };
	const char *sep = " poll=";

	if (poll(&f, 1, 0) == 0)
		printf(" poll=-");
	for (size_t i = 0; i < LENGTH(bits); i++) {
		if (!(f.revents & bits[i].bit))
			continue;
		printf("%s%s", sep, bits[i].name);
		sep = ",";
	}
	printf("\n");
}

/* Streams are reset, so that nothing of them stays. */
static void clean(struct room *r)
{
	const struct linger l = { 1, 0 };

	for (int i = 0; i < r->nfds; i++) {
		if (r->fds[i] < 0)
			continue;
		setsockopt(r->fds[i], SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		close(r->fds[i]);
	}
	if (table.after)
		table.after();
	table_settle();
}

static long make(const struct call *c, struct room *r)
{
	if (c->two)
		return c->two(r, c->a, c->b);
	return c->three ? c->three(r, c->a, c->b, c->c) : c->make(r);
}

static void line(const struct kind *k, const struct state *s, bool block,
		 const struct call *c)
{
	struct room r = { .kind = k->name,
			  .family = k->family,
			  .type = k->type,
			  .protocol = k->protocol,
			  .peer = -1 };
	long n;
	int err;

	s->build(&r);
	set_nonblock(r.fd, !block);
	note[0] = 0;
	table_guard();
	errno = 0;
	n = make(c, &r);
	err = errno;
	table_unguard();
	printf("%s/%s/%s/%s: ", k->name, s->name, block ? "block" : "now",
	       c->name);
	print_result(n, err);
	table_settle();
	print_poll(r.fd);
	clean(&r);
}

size_t table_lines_of_state(void)
{
	return 2 * table.ncalls;
}

size_t table_lines(void)
{
	size_t n = 0;

	for (size_t i = 0; i < table.nkinds; i++)
		n += table.kinds[i].nstates;
	return n * table_lines_of_state();
}

void table_line(size_t i)
{
	size_t c = i % table_lines_of_state();
	size_t s = i / table_lines_of_state();
	const struct kind *k = table.kinds;

	for (; s >= k->nstates; k++)
		s -= k->nstates;
	line(k, &k->states[s], c >= table.ncalls,
	     &table.calls[c % table.ncalls]);
}

void rows(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		table_line(i);
}
