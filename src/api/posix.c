/* SPDX-License-Identifier: MIT */
/*
 * The plain names of ostia/posix.h
 *
 * Each asks who the current process is and whether the descriptor can be its
 * own, and passes the call on, to it or to the kernel. The current process is
 * the only state: one pointer a thread, set by whoever drives.
 */
#define _GNU_SOURCE 1
#define OSTIA_POSIX_NO_NAMES
#include <ostia/posix.h>

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static _Thread_local struct ostia_posix *current;

struct ostia_posix *ostia_posix_enter(struct ostia_posix *p)
{
	struct ostia_posix *before = current;

	current = p;
	return before;
}

struct ostia_posix *ostia_posix_current(void)
{
	return current;
}

/* The current process, if descriptor @fd can be one of its own. */
static struct ostia_posix *owner(int fd)
{
	struct ostia_posix *p = current;

	if (p && p->ops->virtual_time && fd >= p->files)
		return NULL;
	return p;
}

static bool is_virtual(void)
{
	return current && current->ops->virtual_time;
}

/* In virtual time the number alone tells whose a descriptor is. Elsewhere
 * each of ours is also a number of the kernel's, so one that is none of ours
 * cannot be mistaken.
 */
static bool is_foreign(const struct ostia_posix *p, int64_t result)
{
	return result == -1 && errno == EBADF && !p->ops->virtual_time;
}

/* Our call, or the kernel's. `p` is the process in the first. */
#define ROUTE(type, fd, mine, kernels)               \
	do {                                         \
		struct ostia_posix *p = owner(fd);   \
		type result_;                        \
		if (!p)                              \
			return (kernels);            \
		result_ = (mine);                    \
		if (is_foreign(p, (int64_t)result_)) \
			return (kernels);            \
		return result_;                      \
	} while (0)

static bool is_console(int fd)
{
	return current && fd >= 0 && fd <= 2 &&
	       (current->console & 1u << (unsigned)fd);
}

static void no_console(int fd)
{
	if (is_console(fd))
		current->console &= ~(1u << (unsigned)fd);
}

static ssize_t posix_result(ssize_t r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* What cannot be done in a world is said where the program's errors go. */
static void say(const char *text)
{
	if (is_console(2))
		(void)current->ops->console_write(current->ctx, 2, text,
						  strlen(text));
}

/* ---- sockets ---- */

int ostia_posix_socket(int domain, int type, int protocol)
{
	if (!current)
		return socket(domain, type, protocol);
	return ostia_socket(current->proc, domain, type, protocol);
}

int ostia_posix_bind(int fd, const struct sockaddr *a, socklen_t len)
{
	ROUTE(int, fd, ostia_bind(p->proc, fd, a, len), bind(fd, a, len));
}

int ostia_posix_listen(int fd, int backlog)
{
	ROUTE(int, fd, ostia_listen(p->proc, fd, backlog), listen(fd, backlog));
}

int ostia_posix_connect(int fd, const struct sockaddr *a, socklen_t len)
{
	ROUTE(int, fd, ostia_connect(p->proc, fd, a, len), connect(fd, a, len));
}

int ostia_posix_accept(int fd, struct sockaddr *a, socklen_t *len)
{
	ROUTE(int, fd, ostia_accept(p->proc, fd, a, len), accept(fd, a, len));
}

int ostia_posix_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags)
{
	ROUTE(int, fd, ostia_accept4(p->proc, fd, a, len, flags),
	      accept4(fd, a, len, flags));
}

int ostia_posix_shutdown(int fd, int how)
{
	ROUTE(int, fd, ostia_shutdown(p->proc, fd, how), shutdown(fd, how));
}

int ostia_posix_getsockname(int fd, struct sockaddr *a, socklen_t *len)
{
	ROUTE(int, fd, ostia_getsockname(p->proc, fd, a, len),
	      getsockname(fd, a, len));
}

int ostia_posix_getpeername(int fd, struct sockaddr *a, socklen_t *len)
{
	ROUTE(int, fd, ostia_getpeername(p->proc, fd, a, len),
	      getpeername(fd, a, len));
}

int ostia_posix_getsockopt(int fd, int level, int name, void *v, socklen_t *len)
{
	ROUTE(int, fd, ostia_getsockopt(p->proc, fd, level, name, v, len),
	      getsockopt(fd, level, name, v, len));
}

int ostia_posix_setsockopt(int fd, int level, int name, const void *v,
			   socklen_t len)
{
	ROUTE(int, fd, ostia_setsockopt(p->proc, fd, level, name, v, len),
	      setsockopt(fd, level, name, v, len));
}

ssize_t ostia_posix_send(int fd, const void *b, size_t n, int flags)
{
	ROUTE(ssize_t, fd, ostia_send(p->proc, fd, b, n, flags),
	      send(fd, b, n, flags));
}

ssize_t ostia_posix_sendto(int fd, const void *b, size_t n, int flags,
			   const struct sockaddr *a, socklen_t len)
{
	ROUTE(ssize_t, fd, ostia_sendto(p->proc, fd, b, n, flags, a, len),
	      sendto(fd, b, n, flags, a, len));
}

ssize_t ostia_posix_sendmsg(int fd, const struct msghdr *m, int flags)
{
	ROUTE(ssize_t, fd, ostia_sendmsg(p->proc, fd, m, flags),
	      sendmsg(fd, m, flags));
}

int ostia_posix_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	ROUTE(int, fd, ostia_sendmmsg(p->proc, fd, m, n, flags),
	      sendmmsg(fd, m, n, flags));
}

ssize_t ostia_posix_recv(int fd, void *b, size_t n, int flags)
{
	ROUTE(ssize_t, fd, ostia_recv(p->proc, fd, b, n, flags),
	      recv(fd, b, n, flags));
}

ssize_t ostia_posix_recvfrom(int fd, void *b, size_t n, int flags,
			     struct sockaddr *a, socklen_t *len)
{
	ROUTE(ssize_t, fd, ostia_recvfrom(p->proc, fd, b, n, flags, a, len),
	      recvfrom(fd, b, n, flags, a, len));
}

ssize_t ostia_posix_recvmsg(int fd, struct msghdr *m, int flags)
{
	ROUTE(ssize_t, fd, ostia_recvmsg(p->proc, fd, m, flags),
	      recvmsg(fd, m, flags));
}

int ostia_posix_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags,
			 struct timespec *t)
{
	ROUTE(int, fd, ostia_recvmmsg(p->proc, fd, m, n, flags, t),
	      recvmmsg(fd, m, n, flags, t));
}

/* ---- sendfile ---- */

enum { SENDFILE_CHUNK = 64 << 10, SENDFILE_MOST = 0x7ffff000 };

static bool is_mine(int fd)
{
	return owner(fd) && ostia_fcntl(current->proc, fd, F_GETFD, 0) >= 0;
}

static int sendfile_error(int err)
{
	errno = err;
	return -1;
}

/* May @in be read from, and where? Errors and their order are Linux's. */
static int sendfile_from(int in, const off_t *off, size_t n, off_t *pos)
{
	int flags;

	if (is_mine(in) || is_console(in))
		return sendfile_error(off ? ESPIPE : EINVAL);
	if (is_virtual() && in < current->files)
		return sendfile_error(EBADF);
	flags = fcntl(in, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH))
		return sendfile_error(EBADF);
	*pos = lseek(in, 0, SEEK_CUR);
	if (*pos < 0)
		return sendfile_error(off ? ESPIPE : EINVAL);
	if (off)
		*pos = *off;
	return *pos < 0 || n > SSIZE_MAX ? sendfile_error(EINVAL) : 0;
}

/* Return: bytes that @out took; -1 if none because of an error. */
static ssize_t sendfile_copy(int out, int in, off_t pos, size_t n)
{
	char chunk[SENDFILE_CHUNK];
	ssize_t sum = 0;

	while ((size_t)sum < n) {
		size_t want = n - (size_t)sum;
		ssize_t got, took;

		if (want > sizeof(chunk))
			want = sizeof(chunk);
		got = pread(in, chunk, want, pos + sum);
		if (got < 0 && errno == EISDIR)
			errno = EINVAL;
		took = got > 0 ? ostia_posix_write(out, chunk, (size_t)got)
			       : got;
		if (took < 0)
			return sum ? sum : -1;
		sum += took;
		if (took == 0 || took < got)
			break;
	}
	return sum;
}

ssize_t ostia_posix_sendfile(int out, int in, off_t *off, size_t n)
{
	ssize_t sum;
	off_t pos;

	if (!current)
		return sendfile(out, in, off, n);
	if (sendfile_from(in, off, n, &pos) < 0)
		return -1;
	if (!is_mine(out) && !is_console(out)) {
		if (is_virtual() && out < current->files)
			return sendfile_error(EBADF);
		return sendfile(out, in, off, n);
	}
	sum = sendfile_copy(out, in, pos,
			    n < SENDFILE_MOST ? n : SENDFILE_MOST);
	if (sum > 0 && off)
		*off = pos + sum;
	else if (sum > 0)
		(void)lseek(in, pos + sum, SEEK_SET);
	return sum;
}

/* ---- descriptors ---- */

ssize_t ostia_posix_write(int fd, const void *b, size_t n)
{
	if (is_console(fd))
		return posix_result(
			current->ops->console_write(current->ctx, fd, b, n));
	ROUTE(ssize_t, fd, ostia_write(p->proc, fd, b, n), write(fd, b, n));
}

ssize_t ostia_posix_writev(int fd, const struct iovec *v, int n)
{
	ssize_t sum = 0;

	if (!is_console(fd))
		ROUTE(ssize_t, fd, ostia_writev(p->proc, fd, v, n),
		      writev(fd, v, n));
	for (int i = 0; i < n; i++) {
		ssize_t r = ostia_posix_write(fd, v[i].iov_base, v[i].iov_len);

		if (r < 0)
			return sum ? sum : -1;
		sum += r;
	}
	return sum;
}

ssize_t ostia_posix_read(int fd, void *b, size_t n)
{
	if (fd == 0 && is_console(fd))
		return posix_result(
			current->ops->console_read(current->ctx, b, n));
	ROUTE(ssize_t, fd, ostia_read(p->proc, fd, b, n), read(fd, b, n));
}

ssize_t ostia_posix_readv(int fd, const struct iovec *v, int n)
{
	if (fd == 0 && is_console(fd) && n > 0)
		return ostia_posix_read(fd, v[0].iov_base, v[0].iov_len);
	ROUTE(ssize_t, fd, ostia_readv(p->proc, fd, v, n), readv(fd, v, n));
}

int ostia_posix_close(int fd)
{
	no_console(fd);
	ROUTE(int, fd, ostia_close(p->proc, fd), close(fd));
}

/* A file of the kernel's in the range that is the kernel's. Takes @fd. */
static int move_up(int fd)
{
	int up;

	if (fd < 0 || !is_virtual())
		return fd;
	up = fcntl(fd, F_DUPFD_CLOEXEC, current->files);
	if (up < 0 && errno == EINVAL)
		errno = EMFILE; /* the range lies above RLIMIT_NOFILE */
	close(fd);
	return up;
}

int ostia_posix_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return move_up(open(path, flags, mode));
}

int ostia_posix_dup(int fd)
{
	ROUTE(int, fd, ostia_dup(p->proc, fd), move_up(dup(fd)));
}

/* A file takes the number of one of ours, maybe, which is closed then. */
static int dup2_of_file(int fd, int to, int flags)
{
	if (current && !is_virtual() && fd != to && fcntl(fd, F_GETFD) >= 0)
		(void)ostia_close(current->proc, to);
	return fd == to ? dup2(fd, to) : dup3(fd, to, flags);
}

int ostia_posix_dup2(int fd, int to)
{
	if (is_console(fd) && is_console(to))
		return to; /* one console */
	if (is_virtual() && (fd >= current->files) != (to >= current->files)) {
		errno = EBADF; /* one is a file, the other cannot be */
		return -1;
	}
	if (fd != to)
		no_console(to);
	ROUTE(int, fd, ostia_dup2(p->proc, fd, to), dup2_of_file(fd, to, 0));
}

int ostia_posix_dup3(int fd, int to, int flags)
{
	if (fd == to) {
		errno = EINVAL;
		return -1;
	}
	if (is_console(fd) && is_console(to))
		return to;
	if (is_virtual() && (fd >= current->files) != (to >= current->files)) {
		errno = EBADF;
		return -1;
	}
	no_console(to);
	ROUTE(int, fd, ostia_dup3(p->proc, fd, to, flags),
	      dup2_of_file(fd, to, flags));
}

static int fcntl_of_file(int fd, int cmd, void *arg)
{
	int at = (int)(intptr_t)arg;

	if (is_virtual() && (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) &&
	    at < current->files)
		return fcntl(fd, cmd, current->files);
	return fcntl(fd, cmd, arg);
}

int ostia_posix_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	/* all commands of a socket take an int */
	ROUTE(int, fd, ostia_fcntl(p->proc, fd, cmd, (int)(intptr_t)arg),
	      fcntl_of_file(fd, cmd, arg));
}

int ostia_posix_ioctl(int fd, unsigned long req, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, req);
	arg = va_arg(ap, void *);
	va_end(ap);
	ROUTE(int, fd, ostia_ioctl(p->proc, fd, req, arg), ioctl(fd, req, arg));
}

/* ---- waiting ---- */

/* In a world some descriptors need no waiting for: the console, and files. */
static bool at_hand(int fd)
{
	return is_console(fd) || (fd >= 0 && !owner(fd));
}

static int count_ready(const struct pollfd *v, nfds_t n)
{
	int ready = 0;

	for (nfds_t i = 0; i < n; i++)
		ready += v[i].revents != 0;
	return ready;
}

/* Those at hand are ready for what is asked; they are hidden from our poll
 * (a negative number is skipped), which does not wait if there are any.
 */
static int poll_mixed(struct pollfd *v, nfds_t n, const struct timespec *t)
{
	static const struct timespec at_once;
	int hidden = 0, r;

	for (nfds_t i = 0; i < n; i++)
		if (at_hand(v[i].fd)) {
			v[i].fd = -2 - v[i].fd;
			hidden++;
		}
	r = ostia_ppoll(current->proc, v, n, hidden ? &at_once : t);
	for (nfds_t i = 0; i < n; i++)
		if (v[i].fd < -1) {
			v[i].fd = -2 - v[i].fd;
			v[i].revents = v[i].events & (POLLIN | POLLOUT);
		}
	return r < 0 ? r : count_ready(v, n);
}

int ostia_posix_ppoll(struct pollfd *v, nfds_t n, const struct timespec *t,
		      const sigset_t *mask)
{
	sigset_t before;
	int r, err;

	if (!current)
		return ppoll(v, n, t, mask);
	if (is_virtual())
		return poll_mixed(v, n, t);
	if (mask)
		pthread_sigmask(SIG_SETMASK, mask, &before);
	if (current->ops->poll)
		r = current->ops->poll(current->ctx, v, n, t);
	else
		r = ostia_ppoll(current->proc, v, n, t);
	if (!mask)
		return r;
	err = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return r;
}

int ostia_posix_poll(struct pollfd *v, nfds_t n, int timeout_ms)
{
	const struct timespec t = { timeout_ms / 1000,
				    timeout_ms % 1000 * 1000000L };

	if (!current)
		return poll(v, n, timeout_ms);
	return ostia_posix_ppoll(v, n, timeout_ms < 0 ? NULL : &t, NULL);
}

static short asked(int fd, const fd_set *r, const fd_set *w, const fd_set *e)
{
	short events = 0;

	if (r && FD_ISSET(fd, r))
		events |= POLLIN;
	if (w && FD_ISSET(fd, w))
		events |= POLLOUT;
	if (e && FD_ISSET(fd, e))
		events |= POLLPRI;
	return events;
}

static void clear(fd_set *s, int nfds)
{
	for (int fd = 0; s && fd < nfds; fd++)
		FD_CLR(fd, s);
}

/* One descriptor's answer, as select() has it. Return: bits set. */
static int answer(const struct pollfd *v, fd_set *r, fd_set *w, fd_set *e)
{
	int n = 0;

	if ((v->events & POLLIN) &&
	    (v->revents & (POLLIN | POLLHUP | POLLERR | POLLRDHUP))) {
		FD_SET(v->fd, r);
		n++;
	}
	if ((v->events & POLLOUT) && (v->revents & (POLLOUT | POLLERR))) {
		FD_SET(v->fd, w);
		n++;
	}
	if ((v->events & POLLPRI) && (v->revents & POLLPRI)) {
		FD_SET(v->fd, e);
		n++;
	}
	return n;
}

/* select() is poll() with another list. */
int ostia_posix_pselect(int nfds, fd_set *r, fd_set *w, fd_set *e,
			const struct timespec *t, const sigset_t *mask)
{
	struct pollfd v[FD_SETSIZE];
	nfds_t n = 0;
	int sum = 0;

	if (!current)
		return pselect(nfds, r, w, e, t, mask);
	if (nfds < 0 || nfds > FD_SETSIZE) {
		errno = EINVAL;
		return -1;
	}
	for (int fd = 0; fd < nfds; fd++) {
		short events = asked(fd, r, w, e);

		if (events)
			v[n++] = (struct pollfd) { fd, events, 0 };
	}
	if (ostia_posix_ppoll(v, n, t, mask) < 0)
		return -1;
	for (nfds_t i = 0; i < n; i++)
		if (v[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
	clear(r, nfds);
	clear(w, nfds);
	clear(e, nfds);
	for (nfds_t i = 0; i < n; i++)
		sum += answer(&v[i], r, w, e);
	return sum;
}

int ostia_posix_select(int nfds, fd_set *r, fd_set *w, fd_set *e,
		       struct timeval *tv)
{
	struct timespec t;

	if (!current)
		return select(nfds, r, w, e, tv);
	if (tv && (tv->tv_sec < 0 || tv->tv_usec < 0)) {
		errno = EINVAL;
		return -1;
	}
	if (tv)
		t = (struct timespec) { tv->tv_sec + tv->tv_usec / 1000000,
					tv->tv_usec % 1000000 * 1000 };
	return ostia_posix_pselect(nfds, r, w, e, tv ? &t : NULL, NULL);
}

int ostia_posix_epoll_create1(int flags)
{
	if (!current)
		return epoll_create1(flags);
	return ostia_epoll_create1(current->proc, flags);
}

int ostia_posix_epoll_create(int size)
{
	if (size <= 0) {
		errno = EINVAL;
		return -1;
	}
	return ostia_posix_epoll_create1(0);
}

int ostia_posix_epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	if (is_virtual() && at_hand(fd)) {
		errno = EPERM; /* as for files */
		return -1;
	}
	ROUTE(int, epfd, ostia_epoll_ctl(p->proc, epfd, op, fd, ev),
	      epoll_ctl(epfd, op, fd, ev));
}

static int epoll_wait_of(struct ostia_posix *p, int epfd,
			 struct epoll_event *ev, int max, int timeout_ms)
{
	if (p->ops->epoll_wait)
		return p->ops->epoll_wait(p->ctx, epfd, ev, max, timeout_ms);
	return ostia_epoll_wait(p->proc, epfd, ev, max, timeout_ms);
}

int ostia_posix_epoll_wait(int epfd, struct epoll_event *ev, int max,
			   int timeout_ms)
{
	ROUTE(int, epfd, epoll_wait_of(p, epfd, ev, max, timeout_ms),
	      epoll_wait(epfd, ev, max, timeout_ms));
}

int ostia_posix_epoll_pwait(int epfd, struct epoll_event *ev, int max,
			    int timeout_ms, const sigset_t *mask)
{
	sigset_t before;
	int r, err;

	if (!current)
		return epoll_pwait(epfd, ev, max, timeout_ms, mask);
	if (is_virtual() || !mask)
		return ostia_posix_epoll_wait(epfd, ev, max, timeout_ms);
	pthread_sigmask(SIG_SETMASK, mask, &before);
	r = ostia_posix_epoll_wait(epfd, ev, max, timeout_ms);
	err = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return r;
}

static int epoll_pwait2_of(struct ostia_posix *p, int epfd,
			   struct epoll_event *ev, int max,
			   const struct timespec *t)
{
	if (!p->ops->epoll_wait)
		return ostia_epoll_pwait2(p->proc, epfd, ev, max, t);
	if (!t)
		return epoll_wait_of(p, epfd, ev, max, -1);
	if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec > 999999999) {
		errno = EINVAL;
		return -1;
	}
	if (t->tv_sec >= INT_MAX / 1000)
		return epoll_wait_of(p, epfd, ev, max, INT_MAX);
	return epoll_wait_of(
		p, epfd, ev, max,
		(int)(t->tv_sec * 1000 + (t->tv_nsec + 999999) / 1000000));
}

static int epoll_pwait2_unmasked(int epfd, struct epoll_event *ev, int max,
				 const struct timespec *t)
{
	ROUTE(int, epfd, epoll_pwait2_of(p, epfd, ev, max, t),
	      epoll_pwait2(epfd, ev, max, t, NULL));
}

int ostia_posix_epoll_pwait2(int epfd, struct epoll_event *ev, int max,
			     const struct timespec *t, const sigset_t *mask)
{
	sigset_t before;
	int r, err;

	if (!current)
		return epoll_pwait2(epfd, ev, max, t, mask);
	if (is_virtual() || !mask)
		return epoll_pwait2_unmasked(epfd, ev, max, t);
	pthread_sigmask(SIG_SETMASK, mask, &before);
	r = epoll_pwait2_unmasked(epfd, ev, max, t);
	err = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return r;
}

/* ---- links ---- */

static int ask_link(unsigned long req, struct ifreq *r)
{
	int fd = ostia_socket(current->proc, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC,
			      0);
	int err, was;

	if (fd < 0)
		return -1;
	err = ostia_ioctl(current->proc, fd, req, r);
	was = errno;
	ostia_close(current->proc, fd);
	errno = was;
	return err;
}

unsigned ostia_posix_if_nametoindex(const char *name)
{
	struct ifreq r = { 0 };

	if (!current)
		return if_nametoindex(name);
	if (strlen(name) >= IF_NAMESIZE) {
		errno = ENODEV;
		return 0;
	}
	strcpy(r.ifr_name, name);
	return ask_link(SIOCGIFINDEX, &r) < 0 ? 0 : (unsigned)r.ifr_ifindex;
}

char *ostia_posix_if_indextoname(unsigned index, char *name)
{
	struct ifreq r = { .ifr_ifindex = (int)index };

	if (!current)
		return if_indextoname(index, name);
	if (ask_link(SIOCGIFNAME, &r) < 0) {
		if (errno == ENODEV)
			errno = ENXIO; /* POSIX */
		return NULL;
	}
	return memcpy(name, r.ifr_name, IF_NAMESIZE);
}

/* ---- time ---- */

static struct timespec to_timespec(ostia_time t)
{
	return (struct timespec) { (time_t)(t / OSTIA_S), (long)(t % OSTIA_S) };
}

static ostia_time offset_of(clockid_t id)
{
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		return current->ops->wall_offset;
	default:
		return 0; /* monotonic ones, and CPU time as if always busy */
	}
}

static ostia_time now(void)
{
	return current->ops->now(current->ctx);
}

int ostia_posix_clock_gettime(clockid_t id, struct timespec *ts)
{
	if (!is_virtual())
		return clock_gettime(id, ts);
	*ts = to_timespec(now() + offset_of(id));
	return 0;
}

int ostia_posix_gettimeofday(struct timeval *tv, void *tz)
{
	ostia_time t;

	if (!is_virtual())
		return gettimeofday(tv, tz);
	t = now() + current->ops->wall_offset;
	tv->tv_sec = (time_t)(t / OSTIA_S);
	tv->tv_usec = (suseconds_t)(t % OSTIA_S / OSTIA_US);
	return 0;
}

time_t ostia_posix_time(time_t *out)
{
	time_t t;

	if (!is_virtual())
		return time(out);
	t = (time_t)((now() + current->ops->wall_offset) / OSTIA_S);
	if (out)
		*out = t;
	return t;
}

static bool is_duration(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000;
}

static ostia_time duration(const struct timespec *ts)
{
	if ((uint64_t)ts->tv_sec >= UINT64_MAX / 2 / OSTIA_S)
		return UINT64_MAX / 2;
	return (uint64_t)ts->tv_sec * OSTIA_S + (uint64_t)ts->tv_nsec;
}

int ostia_posix_clock_nanosleep(clockid_t id, int flags,
				const struct timespec *ts,
				struct timespec *rest)
{
	ostia_time until;

	if (!is_virtual())
		return clock_nanosleep(id, flags, ts, rest);
	if (!is_duration(ts))
		return EINVAL;
	until = duration(ts);
	if (!(flags & TIMER_ABSTIME))
		until += now();
	else
		until -= until < offset_of(id) ? until : offset_of(id);
	return -current->ops->sleep(current->ctx, until);
}

int ostia_posix_nanosleep(const struct timespec *ts, struct timespec *rest)
{
	int err;

	if (!is_virtual())
		return nanosleep(ts, rest);
	err = ostia_posix_clock_nanosleep(CLOCK_MONOTONIC, 0, ts, rest);
	if (!err)
		return 0;
	errno = err;
	return -1;
}

int ostia_posix_usleep(useconds_t us)
{
	const struct timespec ts = { us / 1000000, us % 1000000 * 1000L };

	return ostia_posix_nanosleep(&ts, NULL);
}

unsigned ostia_posix_sleep(unsigned s)
{
	const struct timespec ts = { s, 0 };

	if (!is_virtual())
		return sleep(s);
	(void)ostia_posix_nanosleep(&ts, NULL);
	return 0;
}

/* ---- processes, threads, signals ---- */

pid_t ostia_posix_getpid(void)
{
	return is_virtual() ? current->pid : getpid();
}

void ostia_posix_exit(int status)
{
	if (current && current->ops->exit)
		current->ops->exit(current->ctx, status);
	exit(status);
}

void ostia_posix__exit(int status)
{
	if (current && current->ops->exit)
		current->ops->exit(current->ctx, status);
	_exit(status);
}

pid_t ostia_posix_fork(void)
{
	if (!is_virtual())
		return fork();
	say("ostia: fork() cannot work in a world; start a second process "
	    "there, or use `ostia run`\n");
	errno = ENOSYS;
	return -1;
}

/* A new thread begins with its parent's process. */
struct inherit {
	struct ostia_posix *process;
	void *(*fn)(void *arg);
	void *arg;
};

static void *thread_main(void *arg)
{
	struct inherit i = *(struct inherit *)arg;

	free(arg);
	current = i.process;
	return i.fn(i.arg);
}

/* What a process shares with its children, and has no use without them. */
static int no_pair(const char *text)
{
	say(text);
	errno = ENOSYS;
	return -1;
}

int ostia_posix_socketpair(int domain, int type, int protocol, int sv[2])
{
	if (!current)
		return socketpair(domain, type, protocol, sv);
	return ostia_socketpair(current->proc, domain, type, protocol, sv);
}

/* A path that is bound in the stack; otherwise a file. */
int ostia_posix_unlink(const char *path)
{
	if (current && !ostia_unlink(current->proc, path))
		return 0;
	return unlink(path);
}

int ostia_posix_pipe2(int fd[2], int flags)
{
	if (is_virtual())
		return no_pair("ostia: no pipe() in a world\n");
	return pipe2(fd, flags);
}

int ostia_posix_pipe(int fd[2])
{
	return ostia_posix_pipe2(fd, 0);
}

int ostia_posix_pthread_create(pthread_t *t, const pthread_attr_t *attr,
			       void *(*fn)(void *), void *arg)
{
	struct inherit *i;
	int err;

	if (!current)
		return pthread_create(t, attr, fn, arg);
	if (is_virtual()) {
		say("ostia: pthread_create() cannot work in a world; "
		    "ostia_task_spawn() can\n");
		return EAGAIN;
	}
	i = malloc(sizeof(*i));
	if (!i)
		return EAGAIN;
	*i = (struct inherit) { current, fn, arg };
	err = pthread_create(t, attr, thread_main, i);
	if (err)
		free(i);
	return err;
}

/* Only SIGPIPE can happen to a program in a world; a handler of its own
 * counts as ignoring it (the call still says EPIPE).
 */
static sighandler_t set_sigpipe(sighandler_t h)
{
	sighandler_t before = current->sigpipe_ignored ? SIG_IGN : SIG_DFL;

	current->sigpipe_ignored = h != SIG_DFL;
	if (current->ops->sigpipe)
		current->ops->sigpipe(current->ctx, h != SIG_DFL);
	return before;
}

sighandler_t ostia_posix_signal(int sig, sighandler_t h)
{
	if (!is_virtual())
		return signal(sig, h);
	if (sig <= 0 || sig >= NSIG || sig == SIGKILL || sig == SIGSTOP) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return sig == SIGPIPE ? set_sigpipe(h) : SIG_DFL;
}

int ostia_posix_sigaction(int sig, const struct sigaction *act,
			  struct sigaction *old)
{
	sighandler_t before = SIG_DFL;

	if (!is_virtual())
		return sigaction(sig, act, old);
	if (act)
		before = ostia_posix_signal(sig, act->sa_handler);
	else if (sig == SIGPIPE && current->sigpipe_ignored)
		before = SIG_IGN;
	if (before == SIG_ERR)
		return -1;
	if (old) {
		memset(old, 0, sizeof(*old));
		old->sa_handler = before;
	}
	return 0;
}

unsigned ostia_posix_alarm(unsigned s)
{
	if (!is_virtual())
		return alarm(s);
	if (s)
		say("ostia: alarm() never rings in a world; use a timeout of "
		    "poll()\n");
	return 0;
}
