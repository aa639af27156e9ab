/* SPDX-License-Identifier: MIT */
/*
 * tests/run/facts_dgram.c - what a program sees of datagram, raw and netlink
 * sockets, line by line
 *
 * Run by itself it tells what the kernel does, run by `ostia run` what we do.
 * tests/run/facts.py compares the two. Only the loopback is spoken to, so that
 * both worlds look alike.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static char buf[1 << 17];
static const char *part = "";

/* ---- saying ---- */

static void begin(const char *name)
{
	part = name;
}

/* Name, result; the errno's name when it failed. */
static long fact(const char *what, long value)
{
	int e = errno;

	if (value < 0)
		printf("%s/%s: %s\n", part, what, strerrorname_np(e));
	else
		printf("%s/%s: %ld\n", part, what, value);
	fflush(stdout);
	return value;
}

static void text(const char *what, const char *value)
{
	printf("%s/%s: %s\n", part, what, value);
	fflush(stdout);
}

/* ---- sockets ---- */

union name {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union name at(int family, uint16_t port)
{
	union name n = { 0 };

	n.sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		n.in.sin_port = htons(port);
		n.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		n.in6.sin6_port = htons(port);
		n.in6.sin6_addr = in6addr_loopback;
	}
	return n;
}

static socklen_t size(const union name *n)
{
	return n->sa.sa_family == AF_INET ? sizeof(n->in) : sizeof(n->in6);
}

static union name name_of(int fd)
{
	union name n = { 0 };
	socklen_t len = sizeof(n);

	getsockname(fd, &n.sa, &len);
	return n;
}

/* A bound socket. */
static int bound(int family)
{
	union name n = at(family, 0);
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, &n.sa, size(&n)))
		exit(2);
	return fd;
}

static int to(int fd, int peer)
{
	union name n = name_of(peer);

	return connect(fd, &n.sa, size(&n));
}

static int disconnect(int fd)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	return connect(fd, &sa, sizeof(sa));
}

static long events(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, timeout_ms);
	return p.revents;
}

static long readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms);
}

static long option(int fd, int level, int name)
{
	int v = -12345;
	socklen_t len = sizeof(v);

	if (getsockopt(fd, level, name, &v, &len))
		return -1;
	return v;
}

static int set(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof(v));
}

/* What comes soon. */
static long get(int fd)
{
	readable(fd, 1000);
	return recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
}

/* A port where nobody listens. */
static union name nobody(int family)
{
	int fd = bound(family);
	union name n = name_of(fd);

	close(fd);
	return n;
}

static void nap(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- facts ---- */

static void creation(void)
{
	begin("socket");
	fact("udp", close(socket(AF_INET, SOCK_DGRAM, 0)));
	fact("udp by number", close(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)));
	fact("datagrams of tcp", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	fact("stream of udp", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	fact("rdm", socket(AF_INET, SOCK_RDM, 0));
	fact("seqpacket", socket(AF_INET, SOCK_SEQPACKET, 0));
	fact("protocol 300", socket(AF_INET, SOCK_DGRAM, 300));
	fact("negative protocol", socket(AF_INET, SOCK_DGRAM, -1));
	fact("bad flags", socket(AF_INET, SOCK_DGRAM | 0x40000000, 0));
	fact("raw without protocol", socket(AF_INET, SOCK_RAW, 0));
	fact("pair", socketpair(AF_INET, SOCK_DGRAM, 0, (int[2]) { 0 }));
}

static void fresh(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	union name n;
	socklen_t len = sizeof(n);

	fact("close on exec", fcntl(fd, F_GETFD));
	fact("non-blocking", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	fact("type", option(fd, SOL_SOCKET, SO_TYPE));
	fact("domain", option(fd, SOL_SOCKET, SO_DOMAIN));
	fact("protocol", option(fd, SOL_SOCKET, SO_PROTOCOL));
	fact("error", option(fd, SOL_SOCKET, SO_ERROR));
	fact("accepting", option(fd, SOL_SOCKET, SO_ACCEPTCONN));
	fact("name", getsockname(fd, &n.sa, &len));
	fact("its length", len);
	fact("its port", ntohs(n.in.sin_port));
	fact("peer", getpeername(fd, &n.sa, &len));
	fact("events", events(fd, 0));
	fact("recv", recv(fd, buf, 1, 0));
	fact("recvfrom", recvfrom(fd, buf, 1, 0, &n.sa, &len));
	fact("sendto nobody", sendto(fd, "x", 1, 0, NULL, 0));
	fact("listen", listen(fd, 1));
	fact("accept", accept(fd, NULL, NULL));
	fact("shutdown", shutdown(fd, SHUT_RDWR));
	close(fd);
}

static void binding(int family)
{
	int fd = bound(family), other = socket(family, SOCK_DGRAM, 0);
	union name n = name_of(fd), m = at(family, 0);

	fact("port", ntohs(n.in.sin_port) > 1023);
	fact("again", bind(fd, &m.sa, size(&m)));
	fact("taken", bind(other, &n.sa, size(&n)));
	fact("short", bind(other, &n.sa, 4));
	fact("long", bind(other, &n.sa, 1000));
	fact("fault", bind(other, (struct sockaddr *)1, size(&n)));
	n.sa.sa_family = AF_UNIX;
	fact("family", bind(other, &n.sa, size(&m)));
	n = at(family, 0);
	if (family == AF_INET)
		n.in.sin_addr.s_addr = htonl(0xc0000201);
	else
		n.in6.sin6_addr.s6_addr[0] = 0x20;
	fact("not ours", bind(other, &n.sa, size(&n)));
	n = name_of(fd);
	set(other, SOL_SOCKET, SO_REUSEADDR, 1);
	fact("reuse by one", bind(other, &n.sa, size(&n)));
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	fact("reuse by both", bind(other, &n.sa, size(&n)));
	close(fd);
	close(other);
}

static void exchange(int family)
{
	int a = bound(family), b = bound(family);
	union name n = name_of(a), m = name_of(b), from;
	socklen_t len = sizeof(from);

	fact("sendto", sendto(b, "hello", 5, 0, &n.sa, size(&n)));
	fact("readable", readable(a, 1000));
	fact("fionread", ioctl(a, FIONREAD, buf) ? -1 : *(int *)(void *)buf);
	fact("peek", recvfrom(a, buf, 2, MSG_PEEK, &from.sa, &len));
	fact("peek trunc", recv(a, buf, 2, MSG_PEEK | MSG_TRUNC));
	len = sizeof(from);
	fact("recvfrom", recvfrom(a, buf, 100, 0, &from.sa, &len));
	fact("length of name", len);
	fact("right name", !memcmp(&from, &m, size(&m)));
	fact("right bytes", !memcmp(buf, "hello", 5));
	sendto(b, "hello", 5, 0, &n.sa, size(&n));
	fact("untrapped", read(a, buf, 3));
	fact("rest is lost", recv(a, buf, 100, MSG_DONTWAIT));
	sendto(b, "hello", 5, 0, &n.sa, size(&n));
	len = 4;
	fact("short name", recvfrom(a, buf, 3, MSG_TRUNC, &from.sa, &len));
	fact("its whole length", len);
	sendto(b, "", 0, 0, &n.sa, size(&n));
	fact("empty is readable", readable(a, 1000));
	fact("empty", recv(a, buf, 100, MSG_DONTWAIT));
	fact("and gone", recv(a, buf, 100, MSG_DONTWAIT));
	sendto(b, "", 0, 0, &n.sa, size(&n));
	fact("empty, named", recvfrom(a, buf, 100, 0, &from.sa, &len));
	fact("to port 0",
	     sendto(b, "x", 1, 0,
		    &(union name) {
			    .in = { .sin_family = (sa_family_t)family } }
			     .sa,
		    size(&n)));
	fact("too long", sendto(b, buf, 65508, 0, &n.sa, size(&n)));
	fact("much too long", sendto(b, buf, 100000, 0, &n.sa, size(&n)));
	fact("longest", sendto(b, buf, family == AF_INET ? 65507 : 65487, 0,
			       &n.sa, size(&n)));
	fact("longest arrives", recv(a, buf, sizeof(buf), 0));
	fact("oob", sendto(b, "x", 1, MSG_OOB, &n.sa, size(&n)));
	fact("fault", sendto(b, (void *)1, 10, 0, &n.sa, size(&n)));
	fact("name's fault",
	     sendto(b, "x", 1, 0, (struct sockaddr *)1, size(&n)));
	fact("short to", sendto(b, "x", 1, 0, &n.sa, 4));
	n.sa.sa_family = 77;
	fact("family", sendto(b, "x", 1, 0, &n.sa, size(&n)));
	close(a);
	close(b);
}

/* What lies in the kernel is mixed with what is asked of the supervisor. */
static void order(void)
{
	int a = bound(AF_INET), b = bound(AF_INET);
	union name from;
	socklen_t len = sizeof(from);
	char got[32] = "";

	to(b, a);
	for (int i = 0; i < 9; i++)
		fact("send", i % 3 ? send(b, &"abcdefghi"[i], 1, 0)
				   : sendto(b, &"abcdefghi"[i], 1, 0, NULL, 0));
	for (int i = 0; i < 9; i++) {
		char c[2] = "-";

		switch (i % 3) {
		case 0:
			recv(a, c, 1, 0);
			break;
		case 1:
			recvfrom(a, c, 1, 0, &from.sa, &len);
			break;
		default:
			(void)recvmsg(a,
				      &(struct msghdr) {
					      .msg_iov =
						      &(struct iovec) { c, 1 },
					      .msg_iovlen = 1 },
				      0);
		}
		strcat(got, c);
	}
	text("order", got);
	fact("none left", recv(a, buf, 1, MSG_DONTWAIT));
	close(a);
	close(b);
}

static void connected(int family)
{
	int a = bound(family), b = socket(family, SOCK_DGRAM, 0);
	int c = bound(family);
	union name n = name_of(a), m;
	socklen_t len = sizeof(m);

	fact("connect", to(b, a));
	fact("peer", getpeername(b, &m.sa, &len));
	fact("right peer", !memcmp(&n, &m, size(&n)));
	m = name_of(b);
	fact("has a port", m.in.sin_port != 0);
	fact("send", send(b, "x", 1, 0));
	fact("arrives", recv(a, buf, 9, 0));
	fact("write", write(b, "yz", 2));
	fact("arrives", read(a, buf, 9));
	fact("sendto with name", sendto(b, "x", 1, 0, &n.sa, size(&n)));
	fact("arrives", recv(a, buf, 9, 0));
	sendto(c, "foreign", 7, 0, &m.sa, size(&m));
	fact("of a stranger", recv(b, buf, 9, MSG_DONTWAIT));
	sendto(a, "peer", 4, 0, &m.sa, size(&m));
	fact("of the peer", recv(b, buf, 9, 0));
	fact("to another", to(b, c));
	fact("send", send(b, "x", 1, 0));
	fact("arrives there", recv(c, buf, 9, 0));
	fact("not here", recv(a, buf, 9, MSG_DONTWAIT));
	fact("disconnect", disconnect(b));
	fact("no peer", getpeername(b, &m.sa, &len));
	fact("send", sendto(b, "x", 1, 0, NULL, 0));
	fact("write", write(b, "x", 1));
	fact("again", disconnect(b));
	fact("short", connect(b, &n.sa, 4));
	fact("fault", connect(b, (struct sockaddr *)1, size(&n)));
	close(a);
	close(b);
	close(c);
}

static void refused(int family)
{
	int fd = socket(family, SOCK_DGRAM, 0);
	union name n = nobody(family), from;
	socklen_t len = sizeof(from);
	struct msghdr h = { .msg_iov = &(struct iovec) { buf, 100 },
			    .msg_iovlen = 1 };

	(void)connect(fd, &n.sa, size(&n));
	fact("send", send(fd, "x", 1, 0));
	fact("poll wakes", readable(fd, 1000));
	fact("recvfrom", recvfrom(fd, buf, 9, MSG_DONTWAIT, &from.sa, &len));
	fact("once", recvfrom(fd, buf, 9, MSG_DONTWAIT, &from.sa, &len));
	fact("recv", recv(fd, buf, 9, MSG_DONTWAIT));
	fact("quiet", readable(fd, 0));
	send(fd, "x", 1, 0);
	readable(fd, 1000);
	fact("error", option(fd, SOL_SOCKET, SO_ERROR));
	fact("once", option(fd, SOL_SOCKET, SO_ERROR));
	fact("quiet", readable(fd, 0));
	send(fd, "x", 1, 0);
	readable(fd, 1000);
	fact("recvmsg", recvmsg(fd, &h, 0));
	send(fd, "x", 1, 0);
	readable(fd, 1000);
	fact("told by sendmsg", sendmsg(fd, &h, 0));
	fact("then it goes", sendmsg(fd, &h, 0));
	readable(fd, 1000);
	fact("untrapped", recv(fd, buf, 9, MSG_DONTWAIT));
	close(fd);
}

/* The queue of errors (IP_RECVERR). */
static void error_queue(int family)
{
	bool v4 = family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int name = v4 ? IP_RECVERR : IPV6_RECVERR;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	union name n = nobody(family), from;
	char control[512];
	struct iovec iov = { buf, 100 };
	struct msghdr h = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct sock_extended_err e;
	struct cmsghdr *c;

	fact("on", set(fd, level, name, 1));
	fact("is on", option(fd, level, name));
	fact("empty", recvmsg(fd, &h, MSG_ERRQUEUE));
	fact("send", sendto(fd, "abc", 3, 0, &n.sa, size(&n)));
	fact("poll wakes", readable(fd, 1000));
	h.msg_controllen = sizeof(control);
	h.msg_namelen = sizeof(from);
	fact("entry", recvmsg(fd, &h, MSG_ERRQUEUE));
	fact("its bytes", !memcmp(buf, "abc", 3));
	fact("flags", h.msg_flags);
	fact("length of name", h.msg_namelen);
	fact("where it went", !memcmp(&from, &n, size(&n)));
	c = CMSG_FIRSTHDR(&h);
	fact("control", c && c->cmsg_level == level && c->cmsg_type == name);
	memset(&e, 0, sizeof(e));
	if (c)
		memcpy(&e, CMSG_DATA(c), sizeof(e));
	text("errno", e.ee_errno ? strerrorname_np((int)e.ee_errno) : "none");
	fact("origin", e.ee_origin);
	fact("type", e.ee_type);
	fact("code", e.ee_code);
	fact("no second", recvmsg(fd, &h, MSG_ERRQUEUE));
	fact("no error left", option(fd, SOL_SOCKET, SO_ERROR));
	fact("quiet", readable(fd, 0));
	sendto(fd, "abc", 3, 0, &n.sa, size(&n));
	readable(fd, 1000);
	fact("error first", recvmsg(fd, &h, 0));
	fact("once", recvmsg(fd, &h, 0));
	fact("queue still", recvmsg(fd, &h, MSG_ERRQUEUE));
	iov.iov_len = 1;
	sendto(fd, "abc", 3, 0, &n.sa, size(&n));
	readable(fd, 1000);
	fact("cut", recvmsg(fd, &h, MSG_ERRQUEUE));
	fact("says so", h.msg_flags & MSG_TRUNC);
	close(fd);
}

/* poll() says POLLERR until the queue is empty; then all is as before. */
static void alerts(int family, int nonblock)
{
	const bool v4 = family == AF_INET;
	const struct timeval soon = { .tv_usec = 50000 };
	int fd = socket(family, SOCK_DGRAM | nonblock, 0), a, one = 1;
	union name n = nobody(family), m = at(family, 0);
	struct msghdr h = { .msg_iov = &(struct iovec) { buf, 100 },
			    .msg_iovlen = 1 };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	setsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		   v4 ? IP_RECVERR : IPV6_RECVERR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fact("connect", connect(fd, &n.sa, size(&n)));
	for (int i = 0; i < 2; i++) {
		fact("send", send(fd, "abc", 3, 0));
		poll(&p, 1, 5000);
		fact("polled", p.revents & POLLERR);
		fact("error", option(fd, SOL_SOCKET, SO_ERROR) != 0);
		poll(&p, 1, 0);
		fact("and again", p.revents & POLLERR);
		fact("taken", recvmsg(fd, &h, MSG_ERRQUEUE));
		poll(&p, 1, 0);
		fact("quiet", p.revents);
		fact("empty", recvmsg(fd, &h, MSG_ERRQUEUE));
	}
	fact("cloexec", fcntl(fd, F_GETFD));
	fact("nonblock", !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	fact("in time", read(fd, buf, 9));
	a = socket(family, SOCK_DGRAM, 0);
	(void)bind(a, &m.sa, size(&m));
	m = name_of(a);
	fact("another", connect(fd, &m.sa, size(&m)));
	fact("write", write(fd, "abc", 3));
	m = name_of(fd);
	fact("arrives", recv(a, buf, 9, 0));
	fact("back", sendto(a, "defg", 4, 0, &m.sa, size(&m)));
	poll(&p, 1, 5000);
	fact("polled", p.revents);
	fact("read", read(fd, buf, 9));
	close(a);
	close(fd);
}

/* ---- control messages ---- */

static const char *control_text(struct msghdr *h)
{
	static char out[400];
	size_t n = 0;

	out[0] = '\0';
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		bool stamp = c->cmsg_level == SOL_SOCKET;
		int v = 0;

		if (!stamp && c->cmsg_len >= CMSG_LEN(1))
			memcpy(&v, CMSG_DATA(c),
			       c->cmsg_len - CMSG_LEN(0) < 4
				       ? c->cmsg_len - CMSG_LEN(0)
				       : 4);
		n += (size_t)snprintf(out + n, sizeof(out) - n,
				      "%s%d:%d len %zu value %d", n ? ", " : "",
				      c->cmsg_level, c->cmsg_type,
				      c->cmsg_len - CMSG_LEN(0), v);
	}
	return n ? out : "none";
}

static long hear(int fd, struct msghdr *h, void *control, size_t room)
{
	static union name from;
	static struct iovec iov = { buf, sizeof(buf) };

	*h = (struct msghdr) { .msg_name = &from,
			       .msg_namelen = sizeof(from),
			       .msg_iov = &iov,
			       .msg_iovlen = 1,
			       .msg_control = control,
			       .msg_controllen = room };
	return recvmsg(fd, h, 0);
}

static void control(int family)
{
	bool v4 = family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int a = bound(family), b = bound(family);
	char room[512];
	struct msghdr h;
	struct timeval now, then;

	to(b, a);
	send(b, "1", 1, 0);
	fact("plain", hear(a, &h, room, sizeof(room)));
	text("none asked", control_text(&h));
	fact("pktinfo on",
	     set(a, level, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1));
	send(b, "2", 1, 0);
	fact("one", hear(a, &h, room, sizeof(room)));
	text("pktinfo", control_text(&h));
	fact("ttl on", set(a, level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1));
	fact("tos on", set(a, level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1));
	set(b, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, 7);
	set(b, level, v4 ? IP_TOS : IPV6_TCLASS, 0x28);
	send(b, "3", 1, 0);
	fact("three", hear(a, &h, room, sizeof(room)));
	text("all", control_text(&h));
	send(b, "4", 1, 0);
	fact("no room", hear(a, &h, room, 8));
	fact("flags", h.msg_flags);
	fact("length", (long)h.msg_controllen);
	send(b, "5", 1, 0);
	fact("nowhere", hear(a, &h, NULL, 0));
	fact("flags", h.msg_flags);
	send(b, "6", 1, 0);
	nap(5);
	fact("options of the moment of reading",
	     set(a, level, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 0));
	hear(a, &h, room, sizeof(room));
	text("two left", control_text(&h));
	set(a, level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 0);
	set(a, level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 0);
	fact("stamps on", set(a, SOL_SOCKET, SO_TIMESTAMP, 1));
	gettimeofday(&now, NULL);
	send(b, "7", 1, 0);
	hear(a, &h, room, sizeof(room));
	text("stamp", control_text(&h));
	memset(&then, 0, sizeof(then));
	if (CMSG_FIRSTHDR(&h))
		memcpy(&then, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(then));
	fact("it is now", labs(then.tv_sec - now.tv_sec) < 3);
	close(a);
	close(b);
}

/* Control messages that are sent. */
static void told(void)
{
	int a = bound(AF_INET), b = bound(AF_INET);
	union name n = name_of(a);
	struct iovec iov = { buf, 3000 };
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c;
	struct msghdr h = { .msg_name = &n,
			    .msg_namelen = sizeof(n.in),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = sizeof(c) };
	char room[256];
	struct msghdr in;
	int v = 9;

	memset(&c, 0, sizeof(c));
	c.h = (struct cmsghdr) { CMSG_LEN(sizeof(v)), IPPROTO_IP, IP_TTL };
	memcpy(CMSG_DATA(&c.h), &v, sizeof(v));
	set(a, IPPROTO_IP, IP_RECVTTL, 1);
	fact("ttl", sendmsg(b, &h, 0));
	hear(a, &in, room, sizeof(room));
	text("heard", control_text(&in));
	v = 300;
	memcpy(CMSG_DATA(&c.h), &v, sizeof(v));
	fact("ttl 300", sendmsg(b, &h, 0));
	set(a, IPPROTO_IP, IP_RECVTTL, 0);
	c.h = (struct cmsghdr) { CMSG_LEN(2), IPPROTO_UDP, UDP_SEGMENT };
	memcpy(CMSG_DATA(&c.h), &(uint16_t) { 1000 }, 2);
	fact("segments", sendmsg(b, &h, 0));
	for (int i = 0; i < 3; i++)
		fact("each", get(a));
	fact("no more", recv(a, buf, sizeof(buf), MSG_DONTWAIT));
	c.h.cmsg_len = 3;
	fact("bad length", sendmsg(b, &h, 0));
	h.msg_controllen = 1 << 20;
	fact("too much", sendmsg(b, &h, 0));
	h.msg_controllen = 0;
	h.msg_iovlen = 1025;
	fact("too many", sendmsg(b, &h, 0));
	h.msg_iovlen = 1;
	h.msg_iov = (void *)1;
	fact("fault", sendmsg(b, &h, 0));
	close(a);
	close(b);
}

static void gso(void)
{
	int a = bound(AF_INET), b = bound(AF_INET);
	char room[256];
	struct msghdr h;

	to(b, a);
	fact("segment", set(b, IPPROTO_UDP, UDP_SEGMENT, 500));
	fact("is", option(b, IPPROTO_UDP, UDP_SEGMENT));
	fact("send", send(b, buf, 1700, 0));
	for (int i = 0; i < 4; i++)
		fact("each", get(a));
	fact("gro", set(a, IPPROTO_UDP, UDP_GRO, 1));
	send(b, buf, 1700, 0);
	fact("whole", hear(a, &h, room, sizeof(room)));
	text("size", control_text(&h));
	fact("none left", recv(a, buf, sizeof(buf), MSG_DONTWAIT));
	close(a);
	close(b);
}

static void cork(void)
{
	int a = bound(AF_INET), b = bound(AF_INET);
	union name n = name_of(a);

	to(b, a);
	fact("on", set(b, IPPROTO_UDP, UDP_CORK, 1));
	send(b, "ab", 2, 0);
	send(b, "cd", 2, 0);
	fact("waits", recv(a, buf, 9, MSG_DONTWAIT));
	fact("off", set(b, IPPROTO_UDP, UDP_CORK, 0));
	fact("one", recv(a, buf, 9, 0));
	fact("more", sendto(b, "ab", 2, MSG_MORE, &n.sa, sizeof(n.in)));
	fact("end", sendto(b, "c", 1, 0, &n.sa, sizeof(n.in)));
	fact("one", recv(a, buf, 9, 0));
	close(a);
	close(b);
}

/* ---- several ---- */

/* More than a send buffer holds. */
static void crowd(int fd)
{
	static struct mmsghdr m[400];
	struct iovec iov = { buf, 1400 };

	for (int i = 0; i < 400; i++)
		m[i].msg_hdr =
			(struct msghdr) { .msg_iov = &iov, .msg_iovlen = 1 };
	fact("a crowd", sendmmsg(fd, m, 400, MSG_DONTWAIT));
	fact("writable", events(fd, 0) & POLLOUT);
	for (int i = 0; i < 400; i++)
		send(fd, buf, 1400, 0);
	fact("and again", sendto(fd, buf, 1400, MSG_DONTWAIT, NULL, 0));
}

static void several(void)
{
	int a = bound(AF_INET), b = bound(AF_INET);
	struct mmsghdr m[8];
	struct iovec iov[8];
	struct timespec t = { 0, 50000000 };

	to(b, a);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 8; i++) {
		iov[i] = (struct iovec) { buf + i * 100, (size_t)i + 1 };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	fact("none to send", sendmmsg(b, m, 0, 0));
	fact("sent", sendmmsg(b, m, 5, 0));
	fact("fifth", m[4].msg_len);
	for (int i = 0; i < 8; i++)
		iov[i].iov_len = 100;
	fact("two", recvmmsg(a, m, 2, 0, NULL));
	fact("second", m[1].msg_len);
	fact("rest", recvmmsg(a, m, 8, MSG_DONTWAIT, NULL));
	fact("its third", m[2].msg_len);
	fact("none", recvmmsg(a, m, 8, MSG_DONTWAIT, NULL));
	sendmmsg(b, m, 2, 0);
	nap(5);
	fact("wait for one", recvmmsg(a, m, 8, MSG_WAITFORONE, NULL));
	sendmmsg(b, m, 1, 0);
	fact("timeout of nothing", recvmmsg(a, m, 1, 0, &t));
	t = (struct timespec) { 0, -1 };
	fact("bad timeout", recvmmsg(a, m, 1, 0, &t));
	fact("of none", recvmmsg(a, m, 0, 0, NULL));
	crowd(b);
	while (readable(a, 50) == 1)
		recv(a, buf, sizeof(buf), 0);
	m[1].msg_hdr.msg_iov = (void *)1;
	fact("second faults", sendmmsg(b, m, 3, 0));
	fact("first went", recv(a, buf, 9999, 0));
	close(a);
	close(b);
}

static void *send_later(void *arg)
{
	nap(30);
	send(*(int *)arg, "late", 4, 0);
	nap(30);
	send(*(int *)arg, "later", 5, 0);
	return NULL;
}

static void waiting(void)
{
	int a = bound(AF_INET), b = bound(AF_INET), ep = epoll_create1(0);
	struct timeval t = { 0, 60000 };
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct iovec iov[2] = { { buf, 50 }, { buf + 50, 50 } };
	struct mmsghdr m[2] = {
		{ .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } }
	};
	union name from;
	socklen_t len = sizeof(from);
	pthread_t p;

	to(b, a);
	pthread_create(&p, NULL, send_later, &b);
	fact("untrapped", read(a, buf, 9));
	fact("trapped", recvfrom(a, buf, 9, 0, &from.sa, &len));
	pthread_join(p, NULL);
	pthread_create(&p, NULL, send_later, &b);
	fact("both", recvmmsg(a, m, 2, 0, NULL));
	pthread_join(p, NULL);
	epoll_ctl(ep, EPOLL_CTL_ADD, a, &ev);
	fact("no edge yet", epoll_wait(ep, &ev, 1, 0));
	send(b, "x", 1, 0);
	fact("edge", epoll_wait(ep, &ev, 1, 1000));
	fact("no second", epoll_wait(ep, &ev, 1, 0));
	fact("read", recvfrom(a, buf, 9, 0, &from.sa, &len));
	send(b, "x", 1, 0);
	fact("edge", epoll_wait(ep, &ev, 1, 1000));
	recv(a, buf, 9, 0);
	fact("timeout", setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	fact("of recvfrom", recvfrom(a, buf, 9, 0, &from.sa, &len));
	fact("of read", read(a, buf, 9));
	fact("of recvmmsg", recvmmsg(a, m, 2, 0, NULL));
	send(b, "x", 1, 0);
	fact("some at its end", recvmmsg(a, m, 2, 0, NULL));
	close(a);
	close(b);
	close(ep);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	const struct itimerval soon = { .it_value = { 0, 30000 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	int a = bound(AF_INET), b = bound(AF_INET);
	union name from;
	socklen_t len = sizeof(from);

	to(b, a);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	fact("recvfrom", recvfrom(a, buf, 9, 0, &from.sa, &len));
	setitimer(ITIMER_REAL, &soon, NULL);
	fact("read", read(a, buf, 9));
	send(b, "kept", 4, 0);
	fact("then it comes", recvfrom(a, buf, 9, 0, &from.sa, &len));
	close(a);
	close(b);
}

static void shut(void)
{
	int a = bound(AF_INET), b = bound(AF_INET);
	union name n = name_of(b), from;
	socklen_t len = sizeof(from);

	to(a, b);
	to(b, a);
	fact("bad how", shutdown(a, 3));
	fact("read", shutdown(a, SHUT_RD));
	fact("readable", readable(a, 100));
	fact("recv", recv(a, buf, 9, 0));
	fact("again", recv(a, buf, 9, 0));
	fact("recvfrom", recvfrom(a, buf, 9, 0, &from.sa, &len));
	fact("send", send(a, "x", 1, 0));
	fact("arrives", recv(b, buf, 9, 0));
	fact("write", shutdown(a, SHUT_WR));
	fact("send", send(a, "x", 1, 0));
	fact("sendto", sendto(a, "x", 1, 0, &n.sa, sizeof(n.in)));
	fact("write()", write(a, "x", 1));
	fact("the other end", recv(b, buf, 9, MSG_DONTWAIT));
	close(a);
	close(b);
}

/* Both ends of a fork, and a descriptor that is passed on. */
static void shared(void)
{
	int a = bound(AF_INET), b = bound(AF_INET), status = -1;
	union name n = name_of(a);
	int twin = dup(b);

	to(b, a);
	close(b);
	fact("a copy sends", send(twin, "1", 1, 0));
	if (!fork()) {
		send(twin, "2", 1, 0);
		sendto(twin, "3", 1, 0, &n.sa, sizeof(n.in));
		_exit(recv(a, buf, 9, 0) == 1 ? 0 : 1);
	}
	wait(&status);
	fact("the child", status);
	fact("second", recv(a, buf, 9, 0));
	fact("third", recv(a, buf, 9, 0));
	fact("bytes", buf[0]);
	send(twin, "4", 1, 0);
	close(twin);
	fact("after the last close", recv(a, buf, 9, 0));
	close(a);
	a = socket(AF_INET, SOCK_DGRAM, 0);
	fact("port is free again", bind(a, &n.sa, sizeof(n.in)));
	close(a);
}

static void many(void)
{
	int a = bound(AF_INET), b = socket(AF_INET, SOCK_DGRAM, 0), n = 0;

	to(b, a);
	for (int i = 0; i < 100; i++)
		send(b, &i, sizeof(i), 0);
	for (int i = 0; i < 100; i++) {
		int v = -1;

		recv(a, &v, sizeof(v), 0);
		n += v == i;
	}
	fact("in order", n);
	for (int i = 0; i < 300; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		to(fd, a);
		send(fd, &i, sizeof(i), 0);
		close(fd);
	}
	for (n = 0; readable(a, 100) == 1; n++)
		recv(a, buf, 9, 0);
	fact("of sockets that closed", n >= 90);
	close(a);
	close(b);
}

static void both_families(void)
{
	int a = socket(AF_INET6, SOCK_DGRAM, 0), b = bound(AF_INET), p;
	union name n = { .in6 = { .sin6_family = AF_INET6 } }, from;
	socklen_t len = sizeof(from);
	char addr[64] = "";

	fact("v6only", option(a, IPPROTO_IPV6, IPV6_V6ONLY));
	(void)bind(a, &n.sa, sizeof(n.in6));
	p = name_of(a).in6.sin6_port;
	n = at(AF_INET, ntohs((uint16_t)p));
	fact("to its v4 side", sendto(b, "x", 1, 0, &n.sa, sizeof(n.in)));
	fact("heard", recvfrom(a, buf, 9, 0, &from.sa, &len));
	inet_ntop(AF_INET6, &from.in6.sin6_addr, addr, sizeof(addr));
	text("from", addr);
	fact("answer", sendto(a, "yy", 2, 0, &from.sa, len));
	fact("heard", recv(b, buf, 9, 0));
	n = at(AF_INET, ntohs(name_of(b).in.sin_port));
	fact("v4 name", sendto(a, "yy", 2, 0, &n.sa, sizeof(n.in)));
	fact("connect to v4", connect(a, &n.sa, sizeof(n.in)));
	close(a);
	close(b);
}

static void options(void)
{
	int a = bound(AF_INET), v;
	socklen_t len;

	fact("sndbuf", set(a, SOL_SOCKET, SO_SNDBUF, 10000));
	fact("is", option(a, SOL_SOCKET, SO_SNDBUF));
	fact("rcvbuf", set(a, SOL_SOCKET, SO_RCVBUF, 10000));
	fact("is", option(a, SOL_SOCKET, SO_RCVBUF));
	fact("broadcast", option(a, SOL_SOCKET, SO_BROADCAST));
	fact("ttl", option(a, IPPROTO_IP, IP_TTL));
	fact("mtu discover", option(a, IPPROTO_IP, IP_MTU_DISCOVER));
	fact("mtu", option(a, IPPROTO_IP, IP_MTU));
	fact("tcp's", option(a, IPPROTO_TCP, 1));
	fact("unknown", option(a, SOL_SOCKET, 999));
	fact("no length", setsockopt(a, SOL_SOCKET, SO_BROADCAST, &v, 0));
	fact("fault", setsockopt(a, SOL_SOCKET, SO_BROADCAST, (void *)1, 4));
	len = (socklen_t)-1;
	fact("negative", getsockopt(a, SOL_SOCKET, SO_ERROR, &v, &len));
	len = 1;
	fact("one byte", getsockopt(a, SOL_SOCKET, SO_TYPE, &v, &len));
	fact("its length", len);
	fact("multicast loop", option(a, IPPROTO_IP, IP_MULTICAST_LOOP));
	fact("multicast ttl", option(a, IPPROTO_IP, IP_MULTICAST_TTL));
	fact("outq", ioctl(a, SIOCOUTQ, &v) ? -1 : v);
	fact("atmark", ioctl(a, SIOCATMARK, &v));
	fact("no stamp", ioctl(a, SIOCGSTAMP, buf));
	fact("index of lo", if_nametoindex("lo"));
	fact("of none", if_nametoindex("none0"));
	text("name of 1", if_indextoname(1, buf) ? buf : "none");
	close(a);
}

static unsigned short sum(const void *p, size_t n)
{
	const uint16_t *w = p;
	uint32_t s = 0;

	for (size_t i = 0; i < n / 2; i++)
		s += w[i];
	s = (s >> 16) + (s & 0xffff);
	return (unsigned short)~(s + (s >> 16));
}

/* Without rights, as most programs are. */
static void raw_as_nobody(void)
{
	int status = -1;

	if (!fork()) {
		if (!getuid() && setresuid(65534, 65534, 65534))
			_exit(3);
		fact("of nobody", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
		fact("of IPv6", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
		fact("packets of nobody", socket(AF_INET, SOCK_DGRAM, 0) < 0);
		_exit(0);
	}
	wait(&status);
	fact("its end", status);
}

static void raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.id = 7 };
	union name n = at(AF_INET, 0), from;
	socklen_t len = sizeof(from);
	struct iphdr ip;

	fact("socket", fd < 0 ? -1 : 0);
	fact("type", option(fd, SOL_SOCKET, SO_TYPE));
	fact("protocol", option(fd, SOL_SOCKET, SO_PROTOCOL));
	echo.checksum = sum(&echo, sizeof(echo));
	fact("send", sendto(fd, &echo, sizeof(echo), 0, &n.sa, sizeof(n.in)));
	fact("request", recvfrom(fd, buf, 999, 0, &from.sa, &len));
	fact("reply", read(fd, buf, 999));
	memcpy(&ip, buf, sizeof(ip));
	fact("version", ip.version);
	fact("protocol", ip.protocol);
	memcpy(&echo, buf + 20, sizeof(echo));
	fact("type", echo.type);
	fact("id", echo.un.echo.id);
	fact("no more", recv(fd, buf, 999, MSG_DONTWAIT));
	fact("connect", connect(fd, &n.sa, sizeof(n.in)));
	fact("write", write(fd, &echo, sizeof(echo)));
	close(fd);
}

/* ---- netlink ---- */

static void dump(int fd, int type)
{
	struct {
		struct nlmsghdr h;
		struct rtgenmsg g;
		char pad[3];
	} r = { .h = { sizeof(r), (uint16_t)type, NLM_F_REQUEST | NLM_F_DUMP, 5,
		       0 } };
	bool end = false;
	long first = -1, bad = 0, n = 0;

	send(fd, &r, sizeof(r), 0);
	while (!end) {
		ssize_t got = recv(fd, buf, sizeof(buf), 0), len = got;
		struct nlmsghdr *h = (struct nlmsghdr *)(void *)buf;

		for (; len > 0 && NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
			end = h->nlmsg_type == NLMSG_DONE ||
			      h->nlmsg_type == NLMSG_ERROR;
			bad += !(h->nlmsg_flags & NLM_F_MULTI) ||
			       h->nlmsg_seq != 5;
			if (first < 0)
				first = h->nlmsg_type;
			n++;
		}
		end |= got <= 0;
	}
	fact("first of list", first);
	fact("bad of list", bad);
	fact("something", n > 0);
}

static void one(int fd, int type, int flags, size_t len, const char *what)
{
	struct {
		struct nlmsghdr h;
		char body[64];
	} r = { .h = { (uint32_t)(sizeof(r.h) + len), (uint16_t)type,
		       (uint16_t)(NLM_F_REQUEST | flags), 6, 0 } };
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)buf;
	struct nlmsgerr *e = (struct nlmsgerr *)(void *)(h + 1);
	ssize_t n;

	send(fd, &r, sizeof(r.h) + len, 0);
	readable(fd, 20);
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n < 0)
		fact(what, n);
	else if (h->nlmsg_type == NLMSG_ERROR)
		printf("%s/%s: error %s, %zd bytes, flags %d\n", part, what,
		       e->error ? strerrorname_np(-e->error) : "none", n,
		       h->nlmsg_flags);
	else if (h->nlmsg_type == NLMSG_DONE)
		printf("%s/%s: done %s\n", part, what,
		       *(int *)(void *)(h + 1)
			       ? strerrorname_np(-*(int *)(void *)(h + 1))
			       : "none");
	else
		printf("%s/%s: type %d\n", part, what, h->nlmsg_type);
	while (readable(fd, 20) > 0)
		recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
}

static void netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), other;
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	struct ifaddrs *list = NULL;
	socklen_t len = sizeof(nl);
	unsigned lo = 0;

	fact("socket", fd < 0 ? -1 : 0);
	fact("stream", socket(AF_NETLINK, SOCK_STREAM, 0));
	fact("type", option(fd, SOL_SOCKET, SO_TYPE));
	fact("domain", option(fd, SOL_SOCKET, SO_DOMAIN));
	fact("protocol", option(fd, SOL_SOCKET, SO_PROTOCOL));
	fact("name", getsockname(fd, (struct sockaddr *)&nl, &len));
	fact("length", len);
	fact("unbound", nl.nl_pid);
	fact("bind short", bind(fd, (struct sockaddr *)&nl, 4));
	fact("bind", bind(fd, (struct sockaddr *)&nl, sizeof(nl)));
	getsockname(fd, (struct sockaddr *)&nl, &len);
	fact("is the process", nl.nl_pid == (uint32_t)getpid());
	other = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
	fact("taken", bind(other, (struct sockaddr *)&nl, sizeof(nl)));
	nl.nl_pid = 0;
	fact("other", bind(other, (struct sockaddr *)&nl, sizeof(nl)));
	getsockname(other, (struct sockaddr *)&nl, &len);
	fact("above", (int32_t)nl.nl_pid < 0);
	fact("peer", getpeername(fd, (struct sockaddr *)&nl, &len));
	fact("is the kernel", nl.nl_pid);
	fact("nothing to hear", recv(fd, buf, 9, MSG_DONTWAIT));
	dump(fd, RTM_GETLINK);
	dump(fd, RTM_GETADDR);
	dump(fd, RTM_GETROUTE);
	dump(fd, RTM_GETRULE);
	one(fd, RTM_GETLINK, 0, 16, "link by nothing");
	one(fd, RTM_GETLINK, 0, 4, "short link");
	one(fd, RTM_GETLINK, NLM_F_ACK, 0, "no body");
	one(fd, NLMSG_NOOP, NLM_F_ACK, 0, "noop");
	one(fd, NLMSG_NOOP, 0, 0, "noop without ack");
	one(fd, 200, 0, 16, "unknown");
	one(fd, RTM_GETROUTE, 0, 12, "route of no family");
	one(fd, RTM_GETADDR, 0, 8, "address of no family");
	one(fd, RTM_GETRULE, 0, 12, "one rule");
	fact("cap ack", set(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1));
	one(fd, RTM_GETLINK, 0, 16, "capped");
	fact("strict", set(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1));
	one(fd, RTM_GETADDR, NLM_F_DUMP, 1, "strict and short");
	one(fd, RTM_GETADDR, NLM_F_DUMP, 8, "strict");
	fact("ext ack is", option(fd, SOL_NETLINK, NETLINK_EXT_ACK));
	fact("unknown", set(fd, SOL_NETLINK, 99, 1));
	fact("level", option(fd, IPPROTO_IP, IP_TTL));
	fact("group 0", set(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 0));
	fact("group 1", set(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 1));
	getsockname(fd, (struct sockaddr *)&nl, &len);
	fact("groups", nl.nl_groups);
	fact("listen", listen(fd, 1));
	fact("shutdown", shutdown(fd, SHUT_RD));
	fact("getifaddrs", getifaddrs(&list));
	for (struct ifaddrs *i = list; i; i = i->ifa_next)
		lo += i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
		      !strcmp(i->ifa_name, "lo");
	fact("lo is there", lo > 0);
	freeifaddrs(list);
	close(fd);
	close(other);
}

int main(void)
{
	creation();
	begin("fresh 4");
	fresh(AF_INET);
	begin("fresh 6");
	fresh(AF_INET6);
	begin("bind 4");
	binding(AF_INET);
	begin("bind 6");
	binding(AF_INET6);
	begin("exchange 4");
	exchange(AF_INET);
	begin("exchange 6");
	exchange(AF_INET6);
	begin("order");
	order();
	begin("connected 4");
	connected(AF_INET);
	begin("connected 6");
	connected(AF_INET6);
	begin("refused 4");
	refused(AF_INET);
	begin("refused 6");
	refused(AF_INET6);
	begin("errors 4");
	error_queue(AF_INET);
	begin("errors 6");
	error_queue(AF_INET6);
	begin("alerts 4");
	alerts(AF_INET, 0);
	alerts(AF_INET, SOCK_NONBLOCK);
	begin("alerts 6");
	alerts(AF_INET6, 0);
	begin("control 4");
	control(AF_INET);
	begin("control 6");
	control(AF_INET6);
	begin("told");
	told();
	begin("gso");
	gso();
	begin("cork");
	cork();
	begin("several");
	several();
	begin("waiting");
	waiting();
	begin("interrupted");
	interrupted();
	begin("shutdown");
	shut();
	begin("shared");
	shared();
	begin("many");
	many();
	begin("families");
	both_families();
	begin("options");
	options();
	begin("raw");
	raw_as_nobody();
	raw();
	begin("netlink");
	netlink();
	return 0;
}
