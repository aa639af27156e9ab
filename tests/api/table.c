/* SPDX-License-Identifier: MIT */
/*
 * tests/api/table.c - every call on a socket in every state, good and bad
 * arguments, blocking and not: what it returns, errno, and readiness after it
 *
 * One source with plain names, compiled against the kernel and against Ostia;
 * tests/api/table.py compares what the two print. A line reads
 *
 *	tcp4/established/block/recv: 4 poll=OUT
 *
 * Descriptors are printed as "fd", a call that would block for ever as
 * "blocks". For each line the sockets are made anew.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS_MAX = 16, FULL = 65536 };

/**
 * struct room - The sockets of a line
 * @fd:		under test
 * @peer:	its peer, or -1
 * @fds:	all, to be closed
 */
struct room {
	int family, type;
	int fd, peer;
	int fds[FDS_MAX];
	int nfds;
};

static char zeros[FULL];

/*
 * --- building states -----------------------------------------------------
 */

static void die(const char *what)
{
	printf("cannot build: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	table_die();
}

static int keep(struct room *r, int fd, const char *what)
{
	if (fd < 0)
		die(what);
	r->fds[r->nfds++] = fd;
	return fd;
}

static int new_socket(struct room *r, int type)
{
	return keep(r, socket(r->family, type, 0), "socket");
}

static socklen_t loopback(const struct room *r, struct sockaddr_storage *ss,
			  uint16_t port)
{
	memset(ss, 0, sizeof(*ss));
	if (r->family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	} else {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)ss;

		in->sin6_family = AF_INET6;
		in->sin6_port = htons(port);
		in->sin6_addr = in6addr_loopback;
		return sizeof(*in);
	}
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		die("getsockname");
	return ntohs(ss.ss_family == AF_INET
			     ? ((struct sockaddr_in *)&ss)->sin_port
			     : ((struct sockaddr_in6 *)&ss)->sin6_port);
}

static void bind_to(struct room *r, int fd, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, port);

	if (bind(fd, (struct sockaddr *)&ss, len))
		die("bind");
}

static int join(struct room *r, int fd, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, port);

	return connect(fd, (struct sockaddr *)&ss, len);
}

static void set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

static int listener(struct room *r, int backlog)
{
	int fd = new_socket(r, SOCK_STREAM);

	bind_to(r, fd, 0);
	if (listen(fd, backlog))
		die("listen");
	return fd;
}

/* A port where nobody listens. */
static uint16_t dead_port(struct room *r)
{
	int fd = socket(r->family, r->type, 0);
	uint16_t port;

	bind_to(r, fd, 0);
	port = port_of(fd);
	close(fd);
	return port;
}

static void fresh(struct room *r)
{
	r->fd = new_socket(r, r->type);
}

static void bound(struct room *r)
{
	fresh(r);
	bind_to(r, r->fd, 0);
}

static void listening(struct room *r)
{
	r->fd = listener(r, 4);
}

static void listening_ready(struct room *r)
{
	listening(r);
	r->peer = new_socket(r, SOCK_STREAM);
	set_nonblock(r->peer, true);
	join(r, r->peer, port_of(r->fd));
	table_settle();
}

/* The listener's queue is full, so the SYN is not answered. */
static void syn_sent(struct room *r)
{
	int l = listener(r, 0);
	int first = new_socket(r, SOCK_STREAM);

	set_nonblock(first, true);
	join(r, first, port_of(l));
	table_settle();
	fresh(r);
	set_nonblock(r->fd, true);
	join(r, r->fd, port_of(l));
	table_settle();
}

static void established(struct room *r)
{
	int l = listener(r, 4);

	fresh(r);
	if (join(r, r->fd, port_of(l)))
		die("connect");
	r->peer = keep(r, accept(l, NULL, NULL), "accept");
	table_settle();
}

static void put(int fd, const char *text, int flags)
{
	if (send(fd, text, strlen(text), flags) != (ssize_t)strlen(text))
		die("send");
	table_settle();
}

static void readable(struct room *r)
{
	established(r);
	put(r->peer, "data", 0);
}

static void urgent(struct room *r)
{
	established(r);
	put(r->peer, "abc", 0);
	put(r->peer, "!", MSG_OOB);
	put(r->peer, "def", 0);
}

static void fill(int fd)
{
	set_nonblock(fd, true);
	for (int i = 0; i < 100; i++) {
		while (send(fd, zeros, sizeof(zeros), 0) > 0)
			;
		table_settle();
		if (send(fd, zeros, sizeof(zeros), 0) < 0)
			break;
	}
	table_settle();
}

static void full(struct room *r)
{
	established(r);
	fill(r->fd);
}

static void shut(int fd, int how)
{
	if (shutdown(fd, how))
		die("shutdown");
	table_settle();
}

static void fin_wait_1(struct room *r)
{
	full(r);
	shut(r->fd, SHUT_WR);
}

static void fin_wait_2(struct room *r)
{
	established(r);
	shut(r->fd, SHUT_WR);
}

static void fin_wait_2_readable(struct room *r)
{
	fin_wait_2(r);
	put(r->peer, "late", 0);
}

static void close_wait(struct room *r)
{
	established(r);
	shut(r->peer, SHUT_WR);
}

static void close_wait_readable(struct room *r)
{
	established(r);
	put(r->peer, "last", 0);
	shut(r->peer, SHUT_WR);
}

static void closing(struct room *r)
{
	established(r);
	fill(r->fd);
	fill(r->peer);
	shut(r->peer, SHUT_WR);
	shut(r->fd, SHUT_WR);
}

static void last_ack(struct room *r)
{
	full(r);
	shut(r->peer, SHUT_WR);
	shut(r->fd, SHUT_WR);
}

static void time_wait(struct room *r)
{
	established(r);
	shut(r->fd, SHUT_WR);
	shut(r->peer, SHUT_WR);
}

static void closed_in_order(struct room *r)
{
	established(r);
	shut(r->peer, SHUT_WR);
	shut(r->fd, SHUT_WR);
}

static void shut_rd(struct room *r)
{
	established(r);
	shut(r->fd, SHUT_RD);
}

static void shut_rd_readable(struct room *r)
{
	readable(r);
	shut(r->fd, SHUT_RD);
}

static void shut_both(struct room *r)
{
	established(r);
	shut(r->fd, SHUT_RDWR);
}

static void reset_by_peer(struct room *r, int fd)
{
	const struct linger l = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	for (int i = 0; i < r->nfds; i++)
		if (r->fds[i] == fd)
			r->fds[i] = -1;
	close(fd);
	table_settle();
}

static void was_reset(struct room *r)
{
	established(r);
	reset_by_peer(r, r->peer);
}

static void was_reset_readable(struct room *r)
{
	readable(r);
	reset_by_peer(r, r->peer);
}

static void was_reset_told(struct room *r)
{
	int err;
	socklen_t len = sizeof(err);

	was_reset(r);
	getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &err, &len);
}

static void refused(struct room *r)
{
	uint16_t port = dead_port(r);

	fresh(r);
	set_nonblock(r->fd, true);
	join(r, r->fd, port);
	table_settle();
}

static void refused_told(struct room *r)
{
	uint16_t port = dead_port(r);

	fresh(r);
	join(r, r->fd, port);
	table_settle();
}

static void accepted(struct room *r)
{
	int l = listener(r, 4);

	r->peer = new_socket(r, SOCK_STREAM);
	if (join(r, r->peer, port_of(l)))
		die("connect");
	r->fd = keep(r, accept(l, NULL, NULL), "accept");
	table_settle();
}

static void peer_gone(struct room *r)
{
	established(r);
	for (int i = 0; i < r->nfds; i++)
		if (r->fds[i] == r->peer)
			r->fds[i] = -1;
	close(r->peer);
	table_settle();
}

/* The peer is gone and has answered our data with a reset. */
static void peer_gone_written(struct room *r)
{
	peer_gone(r);
	put(r->fd, "x", 0);
}

static void connected(struct room *r)
{
	r->peer = new_socket(r, SOCK_DGRAM);
	bind_to(r, r->peer, 0);
	fresh(r);
	if (join(r, r->fd, port_of(r->peer)))
		die("connect");
	if (join(r, r->peer, port_of(r->fd)))
		die("connect");
}

static void connected_readable(struct room *r)
{
	connected(r);
	put(r->peer, "data", 0);
	put(r->peer, "", 0);
	put(r->peer, "more", 0);
}

static void bound_readable(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len;

	bound(r);
	r->peer = new_socket(r, SOCK_DGRAM);
	len = loopback(r, &ss, port_of(r->fd));
	if (sendto(r->peer, "data", 4, 0, (struct sockaddr *)&ss, len) != 4)
		die("sendto");
	table_settle();
}

static void unreachable(struct room *r)
{
	uint16_t port = dead_port(r);

	fresh(r);
	if (join(r, r->fd, port))
		die("connect");
	put(r->fd, "x", 0);
}

static void connected_shut_rd(struct room *r)
{
	connected(r);
	shut(r->fd, SHUT_RD);
}

static void connected_shut_wr(struct room *r)
{
	connected(r);
	shut(r->fd, SHUT_WR);
}

static void connected_shut_both(struct room *r)
{
	connected(r);
	shut(r->fd, SHUT_RDWR);
}

static void dissolved(struct room *r)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	connected(r);
	if (connect(r->fd, &none, sizeof(none)))
		die("connect");
}

static void disconnected(struct room *r)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	established(r);
	if (connect(r->fd, &none, sizeof(none)))
		die("connect");
	table_settle();
}

struct state {
	int type;
	const char *name;
	void (*build)(struct room *r);
};

#define TCP(f)                     \
	{                          \
		SOCK_STREAM, #f, f \
	}
#define UDP(f)                    \
	{                         \
		SOCK_DGRAM, #f, f \
	}

static const struct state states[] = {
	TCP(fresh),
	TCP(bound),
	TCP(listening),
	TCP(listening_ready),
	TCP(syn_sent),
	TCP(established),
	TCP(accepted),
	TCP(readable),
	TCP(urgent),
	TCP(full),
	TCP(fin_wait_1),
	TCP(fin_wait_2),
	TCP(fin_wait_2_readable),
	TCP(close_wait),
	TCP(close_wait_readable),
	TCP(closing),
	TCP(last_ack),
	TCP(time_wait),
	TCP(closed_in_order),
	TCP(shut_rd),
	TCP(shut_rd_readable),
	TCP(shut_both),
	TCP(was_reset),
	TCP(was_reset_readable),
	TCP(was_reset_told),
	TCP(refused),
	TCP(refused_told),
	TCP(peer_gone),
	TCP(peer_gone_written),
	TCP(disconnected),
	UDP(fresh),
	UDP(bound),
	UDP(bound_readable),
	UDP(connected),
	UDP(connected_readable),
	UDP(unreachable),
	UDP(connected_shut_rd),
	UDP(connected_shut_wr),
	UDP(connected_shut_both),
	UDP(dissolved),
};

/*
 * --- calls ---------------------------------------------------------------
 */

/* What a call has to tell beside its result. */
static char note[128];

#define NOTE(...) snprintf(note, sizeof(note), __VA_ARGS__)

static const char *family_name(const struct sockaddr_storage *ss, socklen_t len)
{
	if (len < sizeof(sa_family_t))
		return "none";
	return ss->ss_family == AF_INET	   ? "inet"
	       : ss->ss_family == AF_INET6 ? "inet6"
					   : "?";
}

static void note_addr(const struct sockaddr_storage *ss, socklen_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	bool port = false, any = true;

	if (len >= sizeof(*in) && ss->ss_family == AF_INET) {
		port = in->sin_port;
		any = in->sin_addr.s_addr == 0;
	} else if (len >= sizeof(*in6) && ss->ss_family == AF_INET6) {
		port = in6->sin6_port;
		any = IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
	}
	NOTE(" %s/%u port=%d any=%d", family_name(ss, len), len, port, any);
}

static long bind_good(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, 0);

	return bind(r->fd, (struct sockaddr *)&ss, len);
}

static long bind_short(struct room *r)
{
	struct sockaddr_storage ss;

	loopback(r, &ss, 0);
	return bind(r->fd, (struct sockaddr *)&ss, 8);
}

static long bind_family(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, 0);

	ss.ss_family = AF_UNIX;
	return bind(r->fd, (struct sockaddr *)&ss, len);
}

static long bind_foreign(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, 0);

	if (r->family == AF_INET)
		((struct sockaddr_in *)&ss)->sin_addr.s_addr =
			htonl(0xc6336401); /* 198.51.100.1 */
	else
		((struct sockaddr_in6 *)&ss)->sin6_addr.s6_addr[0] = 0x3f;
	return bind(r->fd, (struct sockaddr *)&ss, len);
}

static long listen_some(struct room *r)
{
	return listen(r->fd, 5);
}

static long listen_negative(struct room *r)
{
	return listen(r->fd, -1);
}

static long connect_good(struct room *r)
{
	int l;

	if (r->type == SOCK_STREAM) {
		l = listener(r, 4);
	} else {
		l = new_socket(r, SOCK_DGRAM);
		bind_to(r, l, 0);
	}
	return join(r, r->fd, port_of(l));
}

static long connect_refused(struct room *r)
{
	return join(r, r->fd, dead_port(r));
}

static long connect_short(struct room *r)
{
	struct sockaddr_storage ss;

	loopback(r, &ss, 9);
	return connect(r->fd, (struct sockaddr *)&ss, 8);
}

static long connect_tiny(struct room *r)
{
	struct sockaddr_storage ss;

	loopback(r, &ss, 9);
	return connect(r->fd, (struct sockaddr *)&ss, 1);
}

static long connect_family(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, 9);

	ss.ss_family = AF_UNIX;
	return connect(r->fd, (struct sockaddr *)&ss, len);
}

static long connect_unspec(struct room *r)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(r->fd, &none, sizeof(none));
}

static long taken(struct room *r, int fd)
{
	if (fd >= 0)
		r->fds[r->nfds++] = fd;
	return fd < 0 ? fd : 1000;
}

static long accept_plain(struct room *r)
{
	return taken(r, accept(r->fd, NULL, NULL));
}

static long accept_name(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = accept(r->fd, (struct sockaddr *)&ss, &len);

	if (fd >= 0)
		note_addr(&ss, len);
	return taken(r, fd);
}

static long accept4_flags(struct room *r)
{
	int fd = accept4(r->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		NOTE(" nonblock=%d cloexec=%d",
		     !!(fcntl(fd, F_GETFL) & O_NONBLOCK), fcntl(fd, F_GETFD));
	return taken(r, fd);
}

static long accept4_bad(struct room *r)
{
	return taken(r, accept4(r->fd, NULL, NULL, 0x40));
}

static long shutdown_rd(struct room *r)
{
	return shutdown(r->fd, SHUT_RD);
}

static long shutdown_wr(struct room *r)
{
	return shutdown(r->fd, SHUT_WR);
}

static long shutdown_both(struct room *r)
{
	return shutdown(r->fd, SHUT_RDWR);
}

static long shutdown_bad(struct room *r)
{
	return shutdown(r->fd, 3);
}

static long send_one(struct room *r)
{
	return send(r->fd, "x", 1, MSG_NOSIGNAL);
}

static long send_none(struct room *r)
{
	return send(r->fd, "", 0, MSG_NOSIGNAL);
}

static long send_oob(struct room *r)
{
	return send(r->fd, "x", 1, MSG_NOSIGNAL | MSG_OOB);
}

static long send_more(struct room *r)
{
	return send(r->fd, "xy", 2, MSG_NOSIGNAL | MSG_MORE);
}

static long send_dontwait(struct room *r)
{
	return send(r->fd, "xy", 2, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static long send_large(struct room *r)
{
	return send(r->fd, zeros, sizeof(zeros), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static long write_one(struct room *r)
{
	return write(r->fd, "x", 1);
}

static long writev_two(struct room *r)
{
	const struct iovec iov[2] = { { (char *)(uintptr_t) "ab", 2 },
				      { (char *)(uintptr_t) "c", 1 } };

	return writev(r->fd, iov, 2);
}

static long writev_bad(struct room *r)
{
	const struct iovec iov = { zeros, 1 };
	volatile int pieces = -1;

	return writev(r->fd, &iov, pieces);
}

static long sendto_good(struct room *r)
{
	struct sockaddr_storage ss;
	int to = new_socket(r, r->type);
	socklen_t len;

	bind_to(r, to, 0);
	len = loopback(r, &ss, port_of(to));
	return sendto(r->fd, "abc", 3, MSG_NOSIGNAL, (struct sockaddr *)&ss,
		      len);
}

static long sendto_port0(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, 0);

	return sendto(r->fd, "abc", 3, MSG_NOSIGNAL, (struct sockaddr *)&ss,
		      len);
}

static long sendto_short(struct room *r)
{
	struct sockaddr_storage ss;

	loopback(r, &ss, 9);
	return sendto(r->fd, "abc", 3, MSG_NOSIGNAL, (struct sockaddr *)&ss, 8);
}

static long sendto_family(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(r, &ss, 9);

	ss.ss_family = AF_UNIX;
	return sendto(r->fd, "abc", 3, MSG_NOSIGNAL, (struct sockaddr *)&ss,
		      len);
}

static struct msghdr message(struct iovec *iov, char *buf, size_t n)
{
	*iov = (struct iovec) { buf, n };
	return (struct msghdr) { .msg_iov = iov, .msg_iovlen = 1 };
}

static long sendmsg_plain(struct room *r)
{
	struct iovec iov;
	struct msghdr m = message(&iov, zeros, 5);

	return sendmsg(r->fd, &m, MSG_NOSIGNAL);
}

static long sendmsg_control(struct room *r)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct iovec iov;
	struct msghdr m = message(&iov, zeros, 5);
	const int v = 7;

	m.msg_control = &c;
	m.msg_controllen = sizeof(c);
	c.h.cmsg_len = CMSG_LEN(sizeof(int));
	c.h.cmsg_level = r->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	c.h.cmsg_type = r->family == AF_INET ? IP_TTL : IPV6_HOPLIMIT;
	memcpy(CMSG_DATA(&c.h), &v, sizeof(v));
	return sendmsg(r->fd, &m, MSG_NOSIGNAL);
}

static long sendmsg_control_bad(struct room *r)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct iovec iov;
	struct msghdr m = message(&iov, zeros, 5);

	m.msg_control = &c;
	m.msg_controllen = sizeof(c);
	c.h.cmsg_len = 3;
	c.h.cmsg_level = SOL_SOCKET;
	return sendmsg(r->fd, &m, MSG_NOSIGNAL);
}

static long sendmsg_control_far(struct room *r)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct iovec iov;
	struct msghdr m = message(&iov, zeros, 5);

	m.msg_control = &c;
	m.msg_controllen = sizeof(c);
	c.h.cmsg_len = sizeof(c) + 1;
	c.h.cmsg_level = SOL_TCP; /* of no meaning to anybody */
	return sendmsg(r->fd, &m, MSG_NOSIGNAL);
}

static long sendmmsg_two(struct room *r)
{
	struct iovec iov[2];
	struct mmsghdr v[2] = { 0 };
	long n;

	v[0].msg_hdr = message(&iov[0], zeros, 2);
	v[1].msg_hdr = message(&iov[1], zeros, 3);
	n = sendmmsg(r->fd, v, 2, MSG_NOSIGNAL);
	NOTE(" %u %u", n > 0 ? v[0].msg_len : 0, n > 1 ? v[1].msg_len : 0);
	return n;
}

static char in[16];

static long recv_some(struct room *r)
{
	return recv(r->fd, in, sizeof(in), 0);
}

static long recv_two(struct room *r)
{
	return recv(r->fd, in, 2, 0);
}

static long recv_none(struct room *r)
{
	return recv(r->fd, in, 0, 0);
}

static long recv_peek(struct room *r)
{
	return recv(r->fd, in, sizeof(in), MSG_PEEK);
}

static long recv_oob(struct room *r)
{
	return recv(r->fd, in, sizeof(in), MSG_OOB);
}

static long recv_waitall(struct room *r)
{
	return recv(r->fd, in, sizeof(in), MSG_WAITALL);
}

static long recv_trunc(struct room *r)
{
	return recv(r->fd, in, 2, MSG_TRUNC);
}

static long recv_dontwait(struct room *r)
{
	return recv(r->fd, in, sizeof(in), MSG_DONTWAIT);
}

static long recvfrom_name(struct room *r)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	long n = recvfrom(r->fd, in, sizeof(in), 0, (struct sockaddr *)&ss,
			  &len);

	if (n >= 0)
		note_addr(&ss, len);
	return n;
}

static long recvmsg_plain(struct room *r)
{
	struct sockaddr_storage ss = { 0 };
	struct iovec iov;
	struct msghdr m = message(&iov, in, 2);
	long n;

	m.msg_name = &ss;
	m.msg_namelen = sizeof(ss);
	n = recvmsg(r->fd, &m, 0);
	if (n >= 0)
		NOTE(" flags=%#x name=%u", (unsigned)m.msg_flags,
		     m.msg_namelen);
	return n;
}

static long recvmmsg_two(struct room *r)
{
	struct iovec iov[2];
	struct mmsghdr v[2] = { 0 };
	long n;

	v[0].msg_hdr = message(&iov[0], in, 8);
	v[1].msg_hdr = message(&iov[1], in + 8, 8);
	n = recvmmsg(r->fd, v, 2, MSG_WAITFORONE, NULL);
	NOTE(" %u %u", n > 0 ? v[0].msg_len : 0, n > 1 ? v[1].msg_len : 0);
	return n;
}

static long read_some(struct room *r)
{
	return read(r->fd, in, sizeof(in));
}

static long read_none(struct room *r)
{
	return read(r->fd, in, 0);
}

static long readv_two(struct room *r)
{
	const struct iovec iov[2] = { { in, 3 }, { in + 3, 5 } };

	return readv(r->fd, iov, 2);
}

static long getsockname_room(struct room *r)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	long n = getsockname(r->fd, (struct sockaddr *)&ss, &len);

	if (!n)
		note_addr(&ss, len);
	return n;
}

static long getsockname_cut(struct room *r)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = 4;
	long n = getsockname(r->fd, (struct sockaddr *)&ss, &len);

	NOTE(" len=%u", len);
	return n;
}

static long getpeername_room(struct room *r)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	long n = getpeername(r->fd, (struct sockaddr *)&ss, &len);

	if (!n)
		note_addr(&ss, len);
	return n;
}

static long get(struct room *r, int level, int name, socklen_t len)
{
	int v = -1;
	long n = getsockopt(r->fd, level, name, &v, &len);

	if (!n)
		NOTE(" value=%d len=%u", v, len);
	return n;
}

static long get_error(struct room *r)
{
	return get(r, SOL_SOCKET, SO_ERROR, sizeof(int));
}

static long get_type(struct room *r)
{
	return get(r, SOL_SOCKET, SO_TYPE, sizeof(int));
}

static long get_accepting(struct room *r)
{
	return get(r, SOL_SOCKET, SO_ACCEPTCONN, sizeof(int));
}

static long get_short(struct room *r)
{
	return get(r, SOL_SOCKET, SO_TYPE, 2);
}

static long get_unknown(struct room *r)
{
	return get(r, SOL_SOCKET, 999, sizeof(int));
}

static long get_level(struct room *r)
{
	return get(r, 999, 1, sizeof(int));
}

static long get_mtu(struct room *r)
{
	long n = get(r, IPPROTO_IP, IP_MTU, sizeof(int));

	note[0] = 0; /* the loopback's is 65536 here and 65535 there */
	return n;
}

static long set(struct room *r, int level, int name, int v, socklen_t len)
{
	return setsockopt(r->fd, level, name, &v, len);
}

static long set_reuse(struct room *r)
{
	return set(r, SOL_SOCKET, SO_REUSEADDR, 1, sizeof(int));
}

static long set_short(struct room *r)
{
	return set(r, SOL_SOCKET, SO_REUSEADDR, 1, 2);
}

static long set_read_only(struct room *r)
{
	return set(r, SOL_SOCKET, SO_TYPE, 1, sizeof(int));
}

static long set_nodelay(struct room *r)
{
	return set(r, IPPROTO_TCP, TCP_NODELAY, 1, sizeof(int));
}

static long set_ttl_bad(struct room *r)
{
	return set(r, IPPROTO_IP, IP_TTL, 256, sizeof(int));
}

static long set_v6only(struct room *r)
{
	return set(r, IPPROTO_IPV6, IPV6_V6ONLY, 1, sizeof(int));
}

static long ioctl_int(struct room *r, unsigned long req)
{
	int v = -1;
	long n = ioctl(r->fd, req, &v);

	if (!n)
		NOTE(" value=%d", v);
	return n;
}

static long ioctl_fionread(struct room *r)
{
	return ioctl_int(r, FIONREAD);
}

static long ioctl_atmark(struct room *r)
{
	return ioctl_int(r, SIOCATMARK);
}

static long ioctl_unknown(struct room *r)
{
	return ioctl_int(r, 0x12345678);
}

static long ioctl_nonblock(struct room *r)
{
	int on = 1;
	long n = ioctl(r->fd, FIONBIO, &on);

	NOTE(" nonblock=%d", !!(fcntl(r->fd, F_GETFL) & O_NONBLOCK));
	return n;
}

static long fcntl_getfl(struct room *r)
{
	NOTE(" nonblock=%d", !!(fcntl(r->fd, F_GETFL) & O_NONBLOCK));
	return 0;
}

static long dup_close(struct room *r)
{
	int fd = dup(r->fd);

	return fd < 0 ? fd : close(fd);
}

static long select_all(struct room *r)
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

static long poll_in(struct room *r)
{
	struct pollfd f = { .fd = r->fd, .events = POLLIN };

	return poll(&f, 1, -1);
}

static long epoll_all(struct room *r)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP |
					    EPOLLPRI };
	int ep = keep(r, epoll_create1(0), "epoll");
	long n;

	if (epoll_ctl(ep, EPOLL_CTL_ADD, r->fd, &ev))
		return -1;
	n = epoll_wait(ep, &ev, 1, 0);
	if (n > 0)
		NOTE(" events=%#x", ev.events);
	return n;
}

static long close_it(struct room *r)
{
	for (int i = 0; i < r->nfds; i++)
		if (r->fds[i] == r->fd)
			r->fds[i] = -1;
	return close(r->fd);
}

struct call {
	const char *name;
	long (*make)(struct room *r);
};

#define CALL(f)       \
	{             \
#f, f \
	}

static const struct call calls[] = {
	CALL(bind_good),       CALL(bind_short),
	CALL(bind_family),     CALL(bind_foreign),
	CALL(listen_some),     CALL(listen_negative),
	CALL(connect_good),    CALL(connect_refused),
	CALL(connect_short),   CALL(connect_tiny),
	CALL(connect_family),  CALL(connect_unspec),
	CALL(accept_plain),    CALL(accept_name),
	CALL(accept4_flags),   CALL(accept4_bad),
	CALL(shutdown_rd),     CALL(shutdown_wr),
	CALL(shutdown_both),   CALL(shutdown_bad),
	CALL(send_one),	       CALL(send_none),
	CALL(send_oob),	       CALL(send_more),
	CALL(send_dontwait),   CALL(send_large),
	CALL(write_one),       CALL(writev_two),
	CALL(writev_bad),      CALL(sendto_good),
	CALL(sendto_port0),    CALL(sendto_short),
	CALL(sendto_family),   CALL(sendmsg_plain),
	CALL(sendmsg_control), CALL(sendmsg_control_bad),
	CALL(sendmmsg_two),    CALL(recv_some),
	CALL(recv_two),	       CALL(recv_none),
	CALL(recv_peek),       CALL(recv_oob),
	CALL(recv_waitall),    CALL(recv_trunc),
	CALL(recv_dontwait),   CALL(recvfrom_name),
	CALL(recvmsg_plain),   CALL(recvmmsg_two),
	CALL(read_some),       CALL(read_none),
	CALL(readv_two),       CALL(getsockname_room),
	CALL(getsockname_cut), CALL(getpeername_room),
	CALL(get_error),       CALL(get_type),
	CALL(get_accepting),   CALL(get_short),
	CALL(get_unknown),     CALL(get_level),
	CALL(get_mtu),	       CALL(set_reuse),
	CALL(set_short),       CALL(set_read_only),
	CALL(set_nodelay),     CALL(set_ttl_bad),
	CALL(set_v6only),      CALL(ioctl_fionread),
	CALL(ioctl_atmark),    CALL(ioctl_unknown),
	CALL(ioctl_nonblock),  CALL(fcntl_getfl),
	CALL(dup_close),       CALL(select_all),
	CALL(poll_in),	       CALL(epoll_all),
	CALL(close_it),	       CALL(sendmsg_control_far),
};

/*
 * --- lines ---------------------------------------------------------------
 */

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

static void print_result(long n, int err)
{
	if (n == 1000)
		printf("fd");
	else if (n >= 0)
		printf("%ld", n);
	else if (err == EINTR)
		printf("blocks");
	else
		printf("%s", errno_name(err));
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
		{ POLLRDHUP, "RDHUP" },
	};
	struct pollfd f = { .fd = fd, .events = 0x7fff };
	const char *sep = " poll=";

	if (poll(&f, 1, 0) == 0)
		printf(" poll=-");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (!(f.revents & bits[i].bit))
			continue;
		printf("%s%s", sep, bits[i].name);
		sep = ",";
	}
}

static void clean(struct room *r)
{
	const struct linger l = { 1, 0 };

	for (int i = 0; i < r->nfds; i++) {
		if (r->fds[i] < 0)
			continue;
		setsockopt(r->fds[i], SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		close(r->fds[i]);
	}
	table_settle();
}

static void line(const struct state *s, int family, bool block,
		 const struct call *c)
{
	struct room r = { .family = family, .type = s->type, .peer = -1 };
	long n;
	int err;

	s->build(&r);
	set_nonblock(r.fd, !block);
	note[0] = 0;
	table_guard();
	errno = 0;
	n = c->make(&r);
	err = errno;
	table_unguard();
	printf("%s%d/%s/%s/%s: ", s->type == SOCK_STREAM ? "tcp" : "udp",
	       family == AF_INET ? 4 : 6, s->name, block ? "block" : "now",
	       c->name);
	print_result(n, err);
	table_settle();
	print_poll(r.fd);
	printf("\n");
	clean(&r);
}

enum { NSTATES = sizeof(states) / sizeof(states[0]) };
enum { NCALLS = sizeof(calls) / sizeof(calls[0]) };

size_t table_lines(void)
{
	return 2 * NSTATES * 2 * NCALLS;
}

size_t table_lines_of_state(void)
{
	return 2 * NCALLS;
}

void table_line(size_t i)
{
	size_t c = i % (2 * NCALLS);
	size_t s = i / (2 * NCALLS);

	line(&states[s % NSTATES], s < NSTATES ? AF_INET : AF_INET6,
	     c >= NCALLS, &calls[c % NCALLS]);
}

int table_main(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		table_line(i);
	return 0;
}
