/* SPDX-License-Identifier: MIT */
/*
 * tests/api/table_local.c - as tests/api/table.c, for AF_UNIX: every call on a
 * socket of each type in every state
 *
 *	uns/established/block/recv: blocks poll=OUT,WRNORM
 *
 * "uns" is a stream, "unq" are sequenced packets, "und" datagrams. Paths are
 * short and relative: on the kernel in a directory made for the run.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { FULL = 65536, HUGE_LEN = 300000 };

static char zeros[HUGE_LEN];

/*
 * --- building states -----------------------------------------------------
 */

/* "@x" is an abstract name, of this run alone. */
static socklen_t name(struct sockaddr_un *un, const char *text)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (text[0] != '@')
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				   (size_t)snprintf(un->sun_path, 100,
						    "ostia-%s", text));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(un->sun_path + 1,
					    sizeof(un->sun_path) - 1,
					    "ostia%08x%s", (unsigned)getppid(),
					    text + 1));
}

static int unlink_text(const char *text)
{
	struct sockaddr_un un;

	name(&un, text);
	return unlink(un.sun_path);
}

static void bind_to(int fd, const char *text)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, text);

	if (bind(fd, (struct sockaddr *)&un, len))
		die("bind");
}

static int join(int fd, const char *text)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, text);

	return connect(fd, (struct sockaddr *)&un, len);
}

static int conn_type(const struct room *r)
{
	return r->type == SOCK_DGRAM ? SOCK_STREAM : r->type;
}

static int listener(struct room *r, const char *text, int backlog)
{
	int fd = new_socket(r, conn_type(r));

	bind_to(fd, text);
	if (listen(fd, backlog))
		die("listen");
	return fd;
}

static void bound(struct room *r)
{
	fresh(r);
	bind_to(r->fd, "a");
}

static void bound_abstract(struct room *r)
{
	fresh(r);
	bind_to(r->fd, "@a");
}

static void listening(struct room *r)
{
	r->fd = listener(r, "a", 4);
}

static void listening_ready(struct room *r)
{
	listening(r);
	r->peer = new_socket(r, r->type);
	if (join(r->peer, "a"))
		die("connect");
}

static void listening_full(struct room *r)
{
	r->fd = listener(r, "@a", 0);
	r->peer = new_socket(r, r->type);
	if (join(r->peer, "@a"))
		die("connect");
}

static void listening_shut(struct room *r)
{
	listening(r);
	shutdown(r->fd, SHUT_RD);
}

static void established(struct room *r)
{
	int l = listener(r, "a", 4);

	fresh(r);
	if (join(r->fd, "a"))
		die("connect");
	r->peer = keep(r, accept(l, NULL, NULL), "accept");
}

static void accepted(struct room *r)
{
	int l = listener(r, "@a", 4);

	r->peer = new_socket(r, r->type);
	bind_to(r->peer, "p");
	if (join(r->peer, "@a"))
		die("connect");
	r->fd = keep(r, accept(l, NULL, NULL), "accept");
}

static void pair(struct room *r)
{
	int sv[2];

	if (socketpair(AF_UNIX, r->type, 0, sv))
		die("socketpair");
	r->fd = keep(r, sv[0], "");
	r->peer = keep(r, sv[1], "");
}

static void put(int fd, const char *text, int flags)
{
	if (send(fd, text, strlen(text), flags) != (ssize_t)strlen(text))
		die("send");
}

static void readable(struct room *r)
{
	pair(r);
	put(r->peer, "data", 0);
}

static void readable_two(struct room *r)
{
	pair(r);
	put(r->peer, "data", 0);
	put(r->peer, "more", 0);
}

static void readable_empty(struct room *r)
{
	pair(r);
	send(r->peer, "", 0, 0);
	put(r->peer, "next", 0);
}

static void urgent(struct room *r)
{
	pair(r);
	put(r->peer, "abc", 0);
	put(r->peer, "!", MSG_OOB);
	put(r->peer, "def", 0);
}

static void urgent_first(struct room *r)
{
	pair(r);
	put(r->peer, "!", MSG_OOB);
}

static void urgent_taken(struct room *r)
{
	char c;

	urgent(r);
	recv(r->fd, &c, 1, MSG_OOB);
}

static void urgent_twice(struct room *r)
{
	pair(r);
	put(r->peer, "a!", MSG_OOB);
	put(r->peer, "b?", MSG_OOB);
	put(r->peer, "c", 0);
}

static void urgent_inline(struct room *r)
{
	int on = 1;

	urgent(r);
	setsockopt(r->fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
}

static void fill(int fd)
{
	set_nonblock(fd, true);
	while (send(fd, zeros, 1000, 0) > 0)
		;
}

static void full(struct room *r)
{
	pair(r);
	fill(r->fd);
}

static void shut_rd(struct room *r)
{
	pair(r);
	shutdown(r->fd, SHUT_RD);
}

static void shut_rd_readable(struct room *r)
{
	readable(r);
	shutdown(r->fd, SHUT_RD);
}

static void shut_wr(struct room *r)
{
	pair(r);
	shutdown(r->fd, SHUT_WR);
}

static void shut_both(struct room *r)
{
	pair(r);
	shutdown(r->fd, SHUT_RDWR);
}

static void fresh_shut(struct room *r)
{
	fresh(r);
	shutdown(r->fd, SHUT_RDWR);
}

static void peer_shut_rd(struct room *r)
{
	pair(r);
	shutdown(r->peer, SHUT_RD);
}

static void peer_shut_wr(struct room *r)
{
	pair(r);
	shutdown(r->peer, SHUT_WR);
}

static void peer_shut_wr_readable(struct room *r)
{
	readable(r);
	shutdown(r->peer, SHUT_WR);
}

static void peer_gone(struct room *r)
{
	pair(r);
	drop(r, r->peer);
}

static void peer_gone_readable(struct room *r)
{
	readable(r);
	drop(r, r->peer);
}

static void peer_gone_unread(struct room *r)
{
	readable(r);
	put(r->fd, "lost", 0);
	drop(r, r->peer);
}

static void peer_gone_told(struct room *r)
{
	socklen_t len = sizeof(int);
	int err;

	peer_gone_unread(r);
	getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &err, &len);
}

static void not_accepted(struct room *r)
{
	listener(r, "a", 4);
	fresh(r);
	if (join(r->fd, "a"))
		die("connect");
}

static void not_accepted_gone(struct room *r)
{
	int l = listener(r, "a", 4);

	fresh(r);
	if (join(r->fd, "a"))
		die("connect");
	drop(r, l);
}

static void give(int to, int fd, const char *text)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr h;
	} u = { .h = { .cmsg_len = CMSG_LEN(sizeof(int)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (void *)(uintptr_t)text, strlen(text) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &u,
			    .msg_controllen = sizeof(u.buf) };

	memcpy(CMSG_DATA(&u.h), &fd, sizeof(fd));
	if (sendmsg(to, &m, 0) < 0)
		die("sendmsg");
}

static void with_files(struct room *r)
{
	pair(r);
	put(r->peer, "plain", 0);
	give(r->peer, r->peer, "fd");
	put(r->peer, "after", 0);
}

static void set(int fd, int opt, int v)
{
	if (setsockopt(fd, SOL_SOCKET, opt, &v, sizeof(v)))
		die("setsockopt");
}

static void with_creds(struct room *r)
{
	pair(r);
	put(r->peer, "who", 0);
	set(r->fd, SO_PASSCRED, 1);
	put(r->peer, "me", 0);
	put(r->peer, "too", 0);
}

static void peek_on(struct room *r)
{
	readable_two(r);
	set(r->fd, SO_PEEK_OFF, 2);
}

/* Datagrams. */

static void connected(struct room *r)
{
	r->peer = new_socket(r, SOCK_DGRAM);
	bind_to(r->peer, "p");
	fresh(r);
	if (join(r->fd, "p"))
		die("connect");
}

static void connected_readable(struct room *r)
{
	connected(r);
	bind_to(r->fd, "a");
	if (join(r->peer, "a"))
		die("connect");
	put(r->peer, "data", 0);
	put(r->peer, "more", 0);
}

static void connected_full(struct room *r)
{
	connected(r);
	fill(r->fd);
}

static void connected_to_dead(struct room *r)
{
	connected(r);
	drop(r, r->peer);
}

static void connected_to_taken(struct room *r)
{
	int other = new_socket(r, SOCK_DGRAM);

	connected(r);
	bind_to(other, "o");
	if (join(r->peer, "o"))
		die("connect");
}

static void disconnected(struct room *r)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	connected_readable(r);
	(void)connect(r->fd, &sa, sizeof(sa));
}

static void abandoned(struct room *r)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	connected_readable(r);
	put(r->fd, "lost", 0);
	(void)connect(r->peer, &sa, sizeof(sa));
}

static const struct state conn_states[] = {
	STATE(fresh),
	STATE(bound),
	STATE(bound_abstract),
	STATE(listening),
	STATE(listening_ready),
	STATE(listening_full),
	STATE(listening_shut),
	STATE(established),
	STATE(accepted),
	STATE(pair),
	STATE(readable),
	STATE(readable_two),
	STATE(readable_empty),
	STATE(full),
	STATE(shut_rd),
	STATE(shut_rd_readable),
	STATE(shut_wr),
	STATE(shut_both),
	STATE(fresh_shut),
	STATE(peer_shut_rd),
	STATE(peer_shut_wr),
	STATE(peer_shut_wr_readable),
	STATE(peer_gone),
	STATE(peer_gone_readable),
	STATE(peer_gone_unread),
	STATE(peer_gone_told),
	STATE(not_accepted),
	STATE(not_accepted_gone),
	STATE(with_files),
	STATE(with_creds),
	STATE(peek_on),
	STATE(urgent), /* from here on streams alone */
	STATE(urgent_first),
	STATE(urgent_taken),
	STATE(urgent_twice),
	STATE(urgent_inline),
};

static const struct state dgram_states[] = {
	STATE(fresh),
	STATE(bound),
	STATE(bound_abstract),
	STATE(pair),
	STATE(readable),
	STATE(readable_two),
	STATE(readable_empty),
	STATE(full),
	STATE(shut_rd),
	STATE(shut_rd_readable),
	STATE(shut_wr),
	STATE(shut_both),
	STATE(fresh_shut),
	STATE(peer_shut_rd),
	STATE(peer_shut_wr),
	STATE(peer_gone),
	STATE(peer_gone_readable),
	STATE(peer_gone_unread),
	STATE(connected),
	STATE(connected_readable),
	STATE(connected_full),
	STATE(connected_to_dead),
	STATE(connected_to_taken),
	STATE(disconnected),
	STATE(abandoned),
	STATE(with_files),
	STATE(with_creds),
	STATE(peek_on),
};

/*
 * --- calls ---------------------------------------------------------------
 */

static long bind_text(struct room *r, const char *text)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, text);

	return bind(r->fd, (struct sockaddr *)&un, len);
}

static void tell_name(const struct sockaddr_un *un, socklen_t len)
{
	NOTE(" len=%u", (unsigned)len);
	if (len >= 2)
		NOTE(" family=%d", un->sun_family);
	if (len > 2 && un->sun_path[0])
		NOTE(" path=%.8s", un->sun_path);
	else if (len > 2)
		NOTE(" abstract");
}

static long bind_path(struct room *r)
{
	return bind_text(r, "b");
}

static long bind_taken(struct room *r)
{
	bind_to(new_socket(r, SOCK_DGRAM), "t");
	return bind_text(r, "t");
}

static long bind_taken_abstract(struct room *r)
{
	bind_to(new_socket(r, r->type), "@t");
	return bind_text(r, "@t");
}

static long bind_other_abstract(struct room *r)
{
	bind_to(new_socket(r, r->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM),
		"@t");
	return bind_text(r, "@t");
}

static long bind_dead(struct room *r)
{
	int fd = new_socket(r, r->type);

	bind_to(fd, "d");
	drop(r, fd);
	return bind_text(r, "d");
}

static long bind_unlinked(struct room *r)
{
	bind_to(new_socket(r, r->type), "d");
	unlink_text("d");
	return bind_text(r, "d");
}

static long bind_auto(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(un);
	long n = bind(r->fd, (struct sockaddr *)&un, 2);

	if (n)
		return n;
	getsockname(r->fd, (struct sockaddr *)&un, &len);
	tell_name(&un, len);
	return 0;
}

static long bind_longest(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char buf[130];
	socklen_t len = sizeof(buf);
	long n;

	memset(un.sun_path, 'x', sizeof(un.sun_path));
	n = bind(r->fd, (struct sockaddr *)&un, sizeof(un));
	if (n)
		return n;
	getsockname(r->fd, (struct sockaddr *)(void *)buf, &len);
	NOTE(" len=%u", len);
	return 0;
}

static long bind_nul_inside(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(un);
	long n;

	memcpy(un.sun_path, "ostia-a\0m", 10);
	n = bind(r->fd, (struct sockaddr *)&un, 2 + 10);
	if (n)
		return n;
	getsockname(r->fd, (struct sockaddr *)&un, &len);
	tell_name(&un, len);
	return 0;
}

static long bind_short(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	return bind(r->fd, (struct sockaddr *)&un, 1);
}

static long bind_long(struct room *r)
{
	char buf[140] = { 0 };

	memset(buf + 2, 'x', 120);
	buf[0] = AF_UNIX;
	return bind(r->fd, (struct sockaddr *)(void *)buf, 111);
}

static long bind_family(struct room *r)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, "b");

	un.sun_family = AF_INET;
	return bind(r->fd, (struct sockaddr *)&un, len);
}

/* Somebody to talk to: a listener, or a datagram socket. */
static int somebody(struct room *r, const char *text)
{
	int fd;

	if (r->type != SOCK_DGRAM)
		return listener(r, text, 4);
	fd = new_socket(r, SOCK_DGRAM);
	bind_to(fd, text);
	return fd;
}

static long connect_good(struct room *r)
{
	somebody(r, "c");
	return join(r->fd, "c");
}

static long connect_abstract(struct room *r)
{
	somebody(r, "@c");
	return join(r->fd, "@c");
}

static long connect_twice(struct room *r)
{
	somebody(r, "c");
	if (join(r->fd, "c"))
		NOTE(" first: %s", strerrorname_np(errno));
	return join(r->fd, "c");
}

static long connect_dead(struct room *r)
{
	drop(r, somebody(r, "c"));
	return join(r->fd, "c");
}

static long connect_bound(struct room *r)
{
	bind_to(new_socket(r, r->type), "c");
	return join(r->fd, "c");
}

static long connect_missing(struct room *r)
{
	return join(r->fd, "nobody");
}

static long connect_missing_abstract(struct room *r)
{
	return join(r->fd, "@nobody");
}

static long connect_other_type(struct room *r)
{
	bind_to(new_socket(r, r->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM),
		"c");
	return join(r->fd, "c");
}

static long connect_full(struct room *r)
{
	if (r->type == SOCK_DGRAM)
		return join(r->fd, "@full");
	listener(r, "c", 0);
	if (join(new_socket(r, r->type), "c"))
		die("connect");
	return join(r->fd, "c");
}

static long connect_short(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	return connect(r->fd, (struct sockaddr *)&un, 1);
}

static long connect_empty(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	return connect(r->fd, (struct sockaddr *)&un, 2);
}

static long connect_family(struct room *r)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, "c");

	un.sun_family = AF_INET;
	return connect(r->fd, (struct sockaddr *)&un, len);
}

static long accept_name(struct room *r)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof(un);
	int fd = accept(r->fd, (struct sockaddr *)&un, &len);

	if (fd >= 0)
		tell_name(&un, len);
	return fd_result(r, fd);
}

static void tell_queue(struct room *r)
{
	int in = -1, out = -1;

	ioctl(r->fd, SIOCOUTQ, &out);
	if (r->peer >= 0)
		ioctl(r->peer, FIONREAD, &in);
	NOTE(" outq=%d peer=%d", out, in);
}

static long send_with(struct room *r, int n, int flags)
{
	long got = send(r->fd, zeros, (size_t)n, flags | MSG_NOSIGNAL);
	int err = errno;

	tell_queue(r);
	errno = err;
	return got;
}

static long send_small_buffer(struct room *r)
{
	set(r->fd, SO_SNDBUF, 2000);
	return send_with(r, 20000, MSG_DONTWAIT);
}

static long send_until_full(struct room *r)
{
	long n = 0;

	while (send(r->fd, zeros, 10, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		n++;
	NOTE(" %s", strerrorname_np(errno));
	tell_queue(r);
	return n;
}

static long write_one(struct room *r)
{
	return write(r->fd, "x", 1);
}

static long writev_two(struct room *r)
{
	struct iovec v[2] = { { (char[]) { "ab" }, 2 },
			      { (char[]) { "cd" }, 2 } };

	return writev(r->fd, v, 2);
}

static long sendto_text(struct room *r, const char *text)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, text);

	return sendto(r->fd, "xyz", 3, MSG_NOSIGNAL, (struct sockaddr *)&un,
		      len);
}

static long sendto_good(struct room *r)
{
	int to = new_socket(r, r->type), n = -1;
	long got;
	int err;

	bind_to(to, "s");
	got = sendto_text(r, "s");
	err = errno;
	ioctl(to, FIONREAD, &n);
	NOTE(" there=%d", n);
	errno = err;
	return got;
}

static long sendto_missing(struct room *r)
{
	return sendto_text(r, "nobody");
}

static long sendto_other_type(struct room *r)
{
	bind_to(new_socket(r, r->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM),
		"s");
	return sendto_text(r, "s");
}

static long sendto_full(struct room *r)
{
	int other = new_socket(r, SOCK_DGRAM);
	int to = new_socket(r, SOCK_DGRAM);

	bind_to(to, "@s");
	if (join(other, "@s"))
		die("connect");
	fill(other);
	return sendto_text(r, "@s");
}

static long sendto_short(struct room *r)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	return sendto(r->fd, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&un, 1);
}

static long sendto_family(struct room *r)
{
	struct sockaddr_un un;
	socklen_t len = name(&un, "s");

	un.sun_family = AF_INET;
	return sendto(r->fd, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&un, len);
}

union control {
	char buf[256];
	struct cmsghdr h;
};

static long sendmsg_control(struct room *r, int level, int type,
			    const void *data, size_t n, size_t len)
{
	union control u = { .h = { .cmsg_len = CMSG_LEN(n),
				   .cmsg_level = level,
				   .cmsg_type = type } };
	struct iovec iov = { (char[]) { "hello" }, len };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &u,
			    .msg_controllen = CMSG_SPACE(n) };

	memcpy(CMSG_DATA(&u.h), data, n);
	return sendmsg(r->fd, &m, MSG_NOSIGNAL);
}

static long sendmsg_files(struct room *r)
{
	int fds[2] = { r->fd, r->fd };
	long n =
		sendmsg_control(r, SOL_SOCKET, SCM_RIGHTS, fds, sizeof(fds), 5);

	tell_queue(r);
	return n;
}

static long sendmsg_files_empty(struct room *r)
{
	return sendmsg_control(r, SOL_SOCKET, SCM_RIGHTS, &r->fd, sizeof(r->fd),
			       0);
}

static long sendmsg_no_files(struct room *r)
{
	return sendmsg_control(r, SOL_SOCKET, SCM_RIGHTS, "", 0, 5);
}

static long sendmsg_bad_file(struct room *r)
{
	int fds[2] = { r->fd, 900 };

	return sendmsg_control(r, SOL_SOCKET, SCM_RIGHTS, fds, sizeof(fds), 5);
}

static long sendmsg_creds(struct room *r)
{
	struct ucred u = { getpid(), getuid(), getgid() };

	return sendmsg_control(r, SOL_SOCKET, SCM_CREDENTIALS, &u, sizeof(u),
			       5);
}

static long sendmsg_creds_short(struct room *r)
{
	return sendmsg_control(r, SOL_SOCKET, SCM_CREDENTIALS, "abcd", 4, 5);
}

static long sendmsg_unknown(struct room *r)
{
	return sendmsg_control(r, SOL_SOCKET, 77, "abcd", 4, 5);
}

static long sendmsg_other_level(struct room *r)
{
	return sendmsg_control(r, IPPROTO_IP, 77, "abcd", 4, 5);
}

/* It would reach beyond its room. */
static long sendmsg_control_long(struct room *r)
{
	struct cmsghdr h = { .cmsg_len = sizeof(h) + 1,
			     .cmsg_level = IPPROTO_IP };
	struct iovec iov = { (char[]) { "hello" }, 5 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &h,
			    .msg_controllen = sizeof(h) };

	return sendmsg(r->fd, &m, MSG_NOSIGNAL);
}

static long sendmmsg_two(struct room *r)
{
	struct iovec iov = { (char[]) { "ab" }, 2 };
	struct mmsghdr v[2] = {
		{ .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } },
	};

	return sendmmsg(r->fd, v, 2, MSG_NOSIGNAL);
}

static void tell_bytes(const char *buf, long n, size_t room)
{
	if (n > 0)
		NOTE(" \"%.*s\"", (int)(n < (long)room ? n : (long)room), buf);
}

static long recv_with(struct room *r, int room, int flags)
{
	char buf[64] = "";
	long n = recv(r->fd, buf, (size_t)room, flags);
	int err = errno, left = -1;

	tell_bytes(buf, n, (size_t)room);
	ioctl(r->fd, FIONREAD, &left);
	NOTE(" left=%d", left);
	errno = err;
	return n;
}

static long recv_twice(struct room *r)
{
	recv_with(r, 3, MSG_DONTWAIT);
	return recv_with(r, 64, 0);
}

static long recv_thrice(struct room *r)
{
	recv_with(r, 64, MSG_DONTWAIT);
	recv_with(r, 64, MSG_DONTWAIT);
	return recv_with(r, 64, MSG_DONTWAIT);
}

static long recv_peek_thrice(struct room *r)
{
	recv_with(r, 3, MSG_PEEK | MSG_DONTWAIT);
	recv_with(r, 3, MSG_PEEK | MSG_DONTWAIT);
	return recv_with(r, 64, MSG_PEEK);
}

static long recv_peek_off(struct room *r)
{
	set(r->fd, SO_PEEK_OFF, 1);
	recv_with(r, 2, MSG_PEEK | MSG_DONTWAIT);
	recv_with(r, 1, MSG_DONTWAIT);
	return recv_with(r, 64, MSG_PEEK | MSG_DONTWAIT);
}

static long recv_oob_between(struct room *r)
{
	recv_with(r, 2, MSG_DONTWAIT);
	recv_with(r, 64, MSG_OOB);
	recv_with(r, 64, MSG_DONTWAIT);
	return recv_with(r, 64, MSG_DONTWAIT);
}

static long recv_lowat(struct room *r)
{
	set(r->fd, SO_RCVLOWAT, 6);
	return recv_with(r, 64, 0);
}

static long recvfrom_name(struct room *r)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof(un);
	char buf[64];
	long n = recvfrom(r->fd, buf, sizeof(buf), 0, (struct sockaddr *)&un,
			  &len);

	if (n >= 0)
		tell_name(&un, len);
	return n;
}

static void tell_files(const struct cmsghdr *h, struct room *r)
{
	size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd;

	NOTE(" files=%zu", n);
	for (size_t i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
		keep(r, fd, "");
		NOTE(" cloexec=%d", fcntl(fd, F_GETFD));
	}
}

static void tell_control(struct msghdr *m, struct room *r)
{
	struct ucred u;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		NOTE(" cmsg=%d/%d/%zu", h->cmsg_level, h->cmsg_type,
		     (size_t)h->cmsg_len);
		if (h->cmsg_type == SCM_RIGHTS)
			tell_files(h, r);
		if (h->cmsg_type != SCM_CREDENTIALS ||
		    h->cmsg_len < CMSG_LEN(sizeof(u)))
			continue;
		memcpy(&u, CMSG_DATA(h), sizeof(u));
		NOTE(" pid=%s uid=%s gid=%s", u.pid == getpid() ? "me" : "0",
		     u.uid == getuid() ? "me" : "nobody",
		     u.gid == getgid() ? "me" : "nobody");
	}
}

static long recvmsg_room(struct room *r, size_t n, size_t control, int flags)
{
	union control u = { 0 };
	struct sockaddr_un un = { 0 };
	char buf[64];
	struct iovec iov = { buf, n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_name = &un,
			    .msg_namelen = sizeof(un),
			    .msg_control = control ? &u : NULL,
			    .msg_controllen = control };
	long got = recvmsg(r->fd, &m, flags);

	if (got < 0)
		return got;
	tell_bytes(buf, got, n);
	NOTE(" flags=%#x control=%zu", (unsigned)m.msg_flags,
	     (size_t)m.msg_controllen);
	tell_name(&un, m.msg_namelen);
	tell_control(&m, r);
	return got;
}

static long recvmsg_plain(struct room *r)
{
	return recvmsg_room(r, 64, sizeof(union control), 0);
}

static long recvmsg_cloexec(struct room *r)
{
	return recvmsg_room(r, 64, sizeof(union control), MSG_CMSG_CLOEXEC);
}

static long recvmsg_peek(struct room *r)
{
	return recvmsg_room(r, 64, sizeof(union control), MSG_PEEK);
}

static long recvmsg_cut(struct room *r)
{
	return recvmsg_room(r, 2, sizeof(union control), 0);
}

static long recvmsg_tight(struct room *r)
{
	return recvmsg_room(r, 64, CMSG_LEN(4), 0);
}

static long recvmsg_tiny(struct room *r)
{
	return recvmsg_room(r, 64, 8, 0);
}

static long recvmsg_no_control(struct room *r)
{
	return recvmsg_room(r, 64, 0, 0);
}

static long recvmsg_waitall(struct room *r)
{
	return recvmsg_room(r, 60, sizeof(union control), MSG_WAITALL);
}

static long recvmsg_creds(struct room *r)
{
	set(r->fd, SO_PASSCRED, 1);
	return recvmsg_room(r, 64, sizeof(union control), 0);
}

static long recvmsg_twice(struct room *r)
{
	recvmsg_room(r, 64, sizeof(union control), MSG_DONTWAIT);
	return recvmsg_room(r, 64, sizeof(union control), MSG_DONTWAIT);
}

static long recvmmsg_two(struct room *r)
{
	char buf[2][8];
	struct iovec iov[2] = { { buf[0], 8 }, { buf[1], 8 } };
	struct mmsghdr v[2] = {
		{ .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } },
	};
	long n = recvmmsg(r->fd, v, 2, MSG_WAITFORONE, NULL);

	for (long i = 0; i < n; i++)
		NOTE(" %u", v[i].msg_len);
	return n;
}

static long read_some(struct room *r)
{
	char buf[64];

	return read(r->fd, buf, sizeof(buf));
}

static long read_none(struct room *r)
{
	return read(r->fd, note, 0);
}

static long readv_two(struct room *r)
{
	char a[1], b[64];
	struct iovec v[2] = { { a, 1 }, { b, 64 } };

	return readv(r->fd, v, 2);
}

static long getsockname_room(struct room *r)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof(un);
	long n = getsockname(r->fd, (struct sockaddr *)&un, &len);

	if (!n)
		tell_name(&un, len);
	return n;
}

static long getsockname_cut(struct room *r)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = 3;
	long n = getsockname(r->fd, (struct sockaddr *)&un, &len);

	NOTE(" len=%u path=%.4s", len, un.sun_path);
	return n;
}

static long getpeername_room(struct room *r)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof(un);
	long n = getpeername(r->fd, (struct sockaddr *)&un, &len);

	if (!n)
		tell_name(&un, len);
	return n;
}

static long get_peercred(struct room *r)
{
	struct ucred u;
	socklen_t len = sizeof(u);
	long n = getsockopt(r->fd, SOL_SOCKET, SO_PEERCRED, &u, &len);

	if (!n)
		NOTE(" %s", u.pid == getpid() && u.uid == getuid() ? "me"
			    : !u.pid && u.uid == (uid_t)-1	   ? "nobody"
								   : "?");
	return n;
}

/* What the peer sees of it. */
static long close_seen(struct room *r)
{
	struct pollfd f = { .fd = r->peer, .events = 0x7fff };
	int fd = r->fd, err = -1;
	socklen_t len = sizeof(err);
	long n;

	forget(r, fd);
	n = close(fd);
	if (r->peer < 0)
		return n;
	poll(&f, 1, 0);
	getsockopt(r->peer, SOL_SOCKET, SO_ERROR, &err, &len);
	NOTE(" peer: %#x err=%d", (unsigned)f.revents, err);
	return n;
}

static long unlink_bound(struct room *r)
{
	(void)r;
	return unlink_text("a");
}

static const struct call calls[] = {
	CALL(bind_path),
	CALL(bind_taken),
	CALL(bind_taken_abstract),
	CALL(bind_other_abstract),
	CALL(bind_dead),
	CALL(bind_unlinked),
	CALL(bind_auto),
	CALL(bind_longest),
	CALL(bind_nul_inside),
	CALL(bind_short),
	CALL(bind_long),
	CALL(bind_family),
	CALL(listen_some),
	CALL(listen_negative),
	CALL(connect_good),
	CALL(connect_abstract),
	CALL(connect_twice),
	CALL(connect_dead),
	CALL(connect_bound),
	CALL(connect_missing),
	CALL(connect_missing_abstract),
	CALL(connect_other_type),
	CALL(connect_full),
	CALL(connect_short),
	CALL(connect_empty),
	CALL(connect_family),
	CALL(connect_unspec),
	CALL(accept_plain),
	CALL(accept_name),
	CALL(accept4_flags),
	CALL(accept4_bad),
	SHUTDOWN(shutdown_rd, SHUT_RD),
	SHUTDOWN(shutdown_wr, SHUT_WR),
	SHUTDOWN(shutdown_both, SHUT_RDWR),
	SHUTDOWN(shutdown_bad, 7),
	SEND(send_one, 1, 0),
	SEND(send_none, 0, 0),
	SEND(send_oob, 3, MSG_OOB),
	SEND(send_oob_none, 0, MSG_OOB),
	SEND(send_more, 1, MSG_MORE),
	SEND(send_eor, 5, MSG_EOR),
	SEND(send_dontwait, 5000, MSG_DONTWAIT),
	SEND(send_large, FULL, 0),
	SEND(send_huge, HUGE_LEN, MSG_DONTWAIT),
	CALL(send_small_buffer),
	CALL(send_until_full),
	CALL(write_one),
	CALL(writev_two),
	CALL(sendto_good),
	CALL(sendto_missing),
	CALL(sendto_other_type),
	CALL(sendto_full),
	CALL(sendto_short),
	CALL(sendto_family),
	CALL(sendmsg_files),
	CALL(sendmsg_files_empty),
	CALL(sendmsg_no_files),
	CALL(sendmsg_bad_file),
	CALL(sendmsg_creds),
	CALL(sendmsg_creds_short),
	CALL(sendmsg_unknown),
	CALL(sendmsg_other_level),
	CALL(sendmsg_control_long),
	CALL(sendmmsg_two),
	RECV(recv_some, 64, 0),
	RECV(recv_two, 2, 0),
	CALL(recv_twice),
	CALL(recv_thrice),
	RECV(recv_none, 0, 0),
	RECV(recv_peek, 64, MSG_PEEK),
	CALL(recv_peek_thrice),
	CALL(recv_peek_off),
	RECV(recv_oob, 64, MSG_OOB),
	RECV(recv_oob_peek, 64, MSG_OOB | MSG_PEEK),
	CALL(recv_oob_between),
	RECV(recv_waitall, 8, MSG_WAITALL),
	RECV(recv_waitall_peek, 60, MSG_WAITALL | MSG_PEEK),
	CALL(recv_lowat),
	RECV(recv_trunc, 1, MSG_TRUNC),
	RECV(recv_dontwait, 64, MSG_DONTWAIT),
	RECV(recv_errqueue, 64, MSG_ERRQUEUE),
	CALL(recvfrom_name),
	CALL(recvmsg_plain),
	CALL(recvmsg_cloexec),
	CALL(recvmsg_peek),
	CALL(recvmsg_cut),
	CALL(recvmsg_tight),
	CALL(recvmsg_tiny),
	CALL(recvmsg_no_control),
	CALL(recvmsg_waitall),
	CALL(recvmsg_creds),
	CALL(recvmsg_twice),
	CALL(recvmmsg_two),
	CALL(read_some),
	CALL(read_none),
	CALL(readv_two),
	CALL(getsockname_room),
	CALL(getsockname_cut),
	CALL(getpeername_room),
	GET(get_error, SOL_SOCKET, SO_ERROR),
	GET(get_type, SOL_SOCKET, SO_TYPE),
	GET(get_accepting, SOL_SOCKET, SO_ACCEPTCONN),
	GET(get_protocol, SOL_SOCKET, SO_PROTOCOL),
	GET(get_sndbuf, SOL_SOCKET, SO_SNDBUF),
	GET(get_rcvlowat, SOL_SOCKET, SO_RCVLOWAT),
	GET(get_passcred, SOL_SOCKET, SO_PASSCRED),
	GET(get_level, IPPROTO_TCP, 1),
	GET(get_peersec, SOL_SOCKET, SO_PEERSEC),
	CALL(get_peercred),
	SET(set_reuse, SOL_SOCKET, SO_REUSEADDR, 1),
	SET(set_level, IPPROTO_TCP, 1, 1),
	IOCTL(ioctl_fionread, FIONREAD),
	IOCTL(ioctl_outq, SIOCOUTQ),
	IOCTL(ioctl_atmark, SIOCATMARK),
	IOCTL(ioctl_outqnsd, SIOCOUTQNSD),
	CALL(dup_close),
	CALL(select_all),
	CALL(epoll_all),
	CALL(close_seen),
	CALL(unlink_bound),
};

static const struct kind kinds[] = {
	{ "uns", AF_UNIX, SOCK_STREAM, 0, conn_states, LENGTH(conn_states) },
	/* the last five are of urgent bytes */
	{ "unq", AF_UNIX, SOCK_SEQPACKET, 0, conn_states,
	  LENGTH(conn_states) - 5 },
	{ "und", AF_UNIX, SOCK_DGRAM, 0, dgram_states, LENGTH(dgram_states) },
};

/* What the names of a line have left in the folder. */
static void unlink_all(void)
{
	static const char *const paths[] = { "a", "b", "c", "d", "n",
					     "o", "p", "s", "t" };
	char longest[109] = { 0 };

	for (size_t i = 0; i < LENGTH(paths); i++)
		unlink_text(paths[i]);
	memset(longest, 'x', 108);
	unlink(longest);
}

const struct table table = { kinds, LENGTH(kinds), calls, LENGTH(calls),
			     unlink_all };

int table_main(void)
{
	char dir[] = "/tmp/ostia-table-XXXXXX";

	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	rows();
	return chdir("/") || rmdir(dir);
}
