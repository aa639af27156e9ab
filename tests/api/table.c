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
#include "rows.h"

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

enum { FULL = 65536 };

static char zeros[FULL];

/*
 * --- building states -----------------------------------------------------
 */

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
	drop(r, fd);
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
	drop(r, r->peer);
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

static const struct state tcp_states[] = {
	STATE(fresh),
	STATE(bound),
	STATE(listening),
	STATE(listening_ready),
	STATE(syn_sent),
	STATE(established),
	STATE(accepted),
	STATE(readable),
	STATE(urgent),
	STATE(full),
	STATE(fin_wait_1),
	STATE(fin_wait_2),
	STATE(fin_wait_2_readable),
	STATE(close_wait),
	STATE(close_wait_readable),
	STATE(closing),
	STATE(last_ack),
	STATE(time_wait),
	STATE(closed_in_order),
	STATE(shut_rd),
	STATE(shut_rd_readable),
	STATE(shut_both),
	STATE(was_reset),
	STATE(was_reset_readable),
	STATE(was_reset_told),
	STATE(refused),
	STATE(refused_told),
	STATE(peer_gone),
	STATE(peer_gone_written),
	STATE(disconnected),
};

static const struct state udp_states[] = {
	STATE(fresh),
	STATE(bound),
	STATE(bound_readable),
	STATE(connected),
	STATE(connected_readable),
	STATE(unreachable),
	STATE(connected_shut_rd),
	STATE(connected_shut_wr),
	STATE(connected_shut_both),
	STATE(dissolved),
};

/*
 * --- calls ---------------------------------------------------------------
 */

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

static long accept_name(struct room *r)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = accept(r->fd, (struct sockaddr *)&ss, &len);

	if (fd >= 0)
		note_addr(&ss, len);
	return fd_result(r, fd);
}

static long send_with(struct room *r, int n, int flags)
{
	return send(r->fd, zeros, (size_t)n, MSG_NOSIGNAL | flags);
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

static long recv_with(struct room *r, int n, int flags)
{
	return recv(r->fd, in, (size_t)n, flags);
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

static long get_mtu(struct room *r)
{
	long n = get_int(r, IPPROTO_IP, IP_MTU);

	note[0] = 0; /* the loopback's is 65536 here and 65535 there */
	return n;
}

static long set_short(struct room *r)
{
	return setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, "\1", 2);
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

static long poll_in(struct room *r)
{
	struct pollfd f = { .fd = r->fd, .events = POLLIN };

	return poll(&f, 1, -1);
}

static const struct call calls[] = {
	CALL(bind_good),
	CALL(bind_short),
	CALL(bind_family),
	CALL(bind_foreign),
	CALL(listen_some),
	CALL(listen_negative),
	CALL(connect_good),
	CALL(connect_refused),
	CALL(connect_short),
	CALL(connect_tiny),
	CALL(connect_family),
	CALL(connect_unspec),
	CALL(accept_plain),
	CALL(accept_name),
	CALL(accept4_flags),
	CALL(accept4_bad),
	SHUTDOWN(shutdown_rd, SHUT_RD),
	SHUTDOWN(shutdown_wr, SHUT_WR),
	SHUTDOWN(shutdown_both, SHUT_RDWR),
	SHUTDOWN(shutdown_bad, 3),
	SEND(send_one, 1, 0),
	SEND(send_none, 0, 0),
	SEND(send_oob, 1, MSG_OOB),
	SEND(send_more, 2, MSG_MORE),
	SEND(send_dontwait, 2, MSG_DONTWAIT),
	SEND(send_large, FULL, MSG_DONTWAIT),
	CALL(write_one),
	CALL(writev_two),
	CALL(writev_bad),
	CALL(sendto_good),
	CALL(sendto_port0),
	CALL(sendto_short),
	CALL(sendto_family),
	CALL(sendmsg_plain),
	CALL(sendmsg_control),
	CALL(sendmsg_control_bad),
	CALL(sendmmsg_two),
	RECV(recv_some, 16, 0),
	RECV(recv_two, 2, 0),
	RECV(recv_none, 0, 0),
	RECV(recv_peek, 16, MSG_PEEK),
	RECV(recv_oob, 16, MSG_OOB),
	RECV(recv_waitall, 16, MSG_WAITALL),
	RECV(recv_trunc, 2, MSG_TRUNC),
	RECV(recv_dontwait, 16, MSG_DONTWAIT),
	CALL(recvfrom_name),
	CALL(recvmsg_plain),
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
	CALL3(get_short, get_room, SOL_SOCKET, SO_TYPE, 2),
	GET(get_unknown, SOL_SOCKET, 999),
	GET(get_level, 999, 1),
	CALL(get_mtu),
	GET(get_repair, IPPROTO_TCP, TCP_REPAIR),
	GET(get_repair_queue, IPPROTO_TCP, TCP_REPAIR_QUEUE),
	SET(set_repair_queue, IPPROTO_TCP, TCP_REPAIR_QUEUE, 1),
	SET(set_queue_seq, IPPROTO_TCP, TCP_QUEUE_SEQ, 1),
	SET(set_reuse, SOL_SOCKET, SO_REUSEADDR, 1),
	CALL(set_short),
	SET(set_read_only, SOL_SOCKET, SO_TYPE, 1),
	SET(set_nodelay, IPPROTO_TCP, TCP_NODELAY, 1),
	SET(set_ttl_bad, IPPROTO_IP, IP_TTL, 256),
	SET(set_v6only, IPPROTO_IPV6, IPV6_V6ONLY, 1),
	IOCTL(ioctl_fionread, FIONREAD),
	IOCTL(ioctl_atmark, SIOCATMARK),
	IOCTL(ioctl_unknown, 0x12345678),
	CALL(ioctl_nonblock),
	CALL(fcntl_getfl),
	CALL(dup_close),
	CALL(select_all),
	CALL(poll_in),
	CALL(epoll_all),
	CALL(close_it),
	CALL(sendmsg_control_far),
};

static const struct kind kinds[] = {
	{ "tcp4", AF_INET, SOCK_STREAM, 0, tcp_states, LENGTH(tcp_states) },
	{ "udp4", AF_INET, SOCK_DGRAM, 0, udp_states, LENGTH(udp_states) },
	{ "tcp6", AF_INET6, SOCK_STREAM, 0, tcp_states, LENGTH(tcp_states) },
	{ "udp6", AF_INET6, SOCK_DGRAM, 0, udp_states, LENGTH(udp_states) },
};

const struct table table = { kinds, LENGTH(kinds), calls, LENGTH(calls), NULL };

int table_main(void)
{
	rows();
	return 0;
}
