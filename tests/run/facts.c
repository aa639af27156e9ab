/* SPDX-License-Identifier: MIT */
/*
 * tests/run/facts.c - what a program sees of TCP's sockets, line by line
 *
 * Run by itself it tells what the kernel does, run by `ostia run` what we do.
 * tests/run/facts.sh compares the two.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#include <unistd.h>

static char buf[1 << 20];
static volatile sig_atomic_t pipes, alarms;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* Name, result, errno's name when it failed. */
static long fact(const char *what, long value)
{
	int e = errno;

	if (value < 0)
		printf("%s: %s\n", what, strerrorname_np(e));
	else
		printf("%s: %ld\n", what, value);
	fflush(stdout);
	return value;
}

static struct sockaddr_in at(uint16_t port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	getsockname(fd, (struct sockaddr *)&a, &len);
	return ntohs(a.sin_port);
}

static int tcp(int flags)
{
	return socket(AF_INET, SOCK_STREAM | flags, 0);
}

static int listener(int backlog)
{
	struct sockaddr_in a = at(0);
	int fd = tcp(0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, backlog))
		exit(2);
	return fd;
}

static int to(int fd, uint16_t port)
{
	struct sockaddr_in a = at(port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

/* A connection: c[0] is the client's end, c[1] the accepted one. */
static void pair(int c[2])
{
	int l = listener(8);

	c[0] = tcp(0);
	if (to(c[0], port_of(l)))
		exit(3);
	c[1] = accept(l, NULL, NULL);
	close(l);
}

static long events(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd,
			    .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI };

	poll(&p, 1, timeout_ms);
	return p.revents;
}

static long readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	poll(&p, 1, timeout_ms);
	return p.revents;
}

static long option(int fd, int level, int name)
{
	int v = -12345;
	socklen_t len = sizeof(v);

	if (getsockopt(fd, level, name, &v, &len))
		return -1;
	return v;
}

static const char *errno_name(long e)
{
	return e ? strerrorname_np((int)e) : "none";
}

static void so_error(const char *what, int fd)
{
	printf("%s: SO_ERROR %s\n", what,
	       errno_name(option(fd, SOL_SOCKET, SO_ERROR)));
}

static void timeout(int fd, int name, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv));
}

static void title(const char *t)
{
	printf("# %s\n", t);
	fflush(stdout);
}

/* ---- */

static void fresh(void)
{
	int fd = tcp(SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	title("fresh");
	fact("flags", fcntl(fd, F_GETFL) & O_NONBLOCK);
	fact("cloexec", fcntl(fd, F_GETFD));
	fact("getsockname", getsockname(fd, (struct sockaddr *)&a, &len));
	fact("its length", len);
	fact("its family", a.ss_family);
	fact("getpeername", getpeername(fd, (struct sockaddr *)&a, &len));
	fact("accept", accept(fd, NULL, NULL));
	fact("shutdown", shutdown(fd, SHUT_RDWR));
	fact("type", option(fd, SOL_SOCKET, SO_TYPE));
	fact("domain", option(fd, SOL_SOCKET, SO_DOMAIN));
	fact("protocol", option(fd, SOL_SOCKET, SO_PROTOCOL));
	fact("acceptconn", option(fd, SOL_SOCKET, SO_ACCEPTCONN));
	fact("keepidle", option(fd, IPPROTO_TCP, TCP_KEEPIDLE));
	fact("unknown option", option(fd, IPPROTO_TCP, 9999));
	fact("short address", bind(fd, (struct sockaddr *)&a, 4));
	fact("bad pointer", bind(fd, (struct sockaddr *)8, 16));
	fact("close", close(fd));
	fact("closed", listen(fd, 1));
	fact("not a socket", listen(0, 1));
	fact("stream udp", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	fact("bad type", socket(AF_INET, 77, 0));
	fact("bad flags", socket(AF_INET, SOCK_STREAM | 0x100, 0));
}

static void listening(void)
{
	int l = listener(8), c = tcp(0), d = tcp(0), s;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	uint16_t port = port_of(l);

	title("listening");
	fact("acceptconn", option(l, SOL_SOCKET, SO_ACCEPTCONN));
	fact("events at rest", events(l, 0));
	fcntl(l, F_SETFL, O_NONBLOCK);
	fact("accept of none", accept(l, NULL, NULL));
	fact("connect", to(c, port));
	fact("events of one", events(l, 1000));
	fact("connect", to(d, port));
	s = accept4(l, (struct sockaddr *)&a, &len, SOCK_NONBLOCK);
	fact("accept", s >= 0);
	fact("nonblock", fcntl(s, F_GETFL) & O_NONBLOCK);
	fact("length", len);
	fact("its port is the peer's", ntohs(a.sin_port) == port_of(c));
	fact("its own port", port_of(s) == port);
	fact("events of one more", events(l, 0));
	s = accept(l, NULL, NULL);
	fact("accept", s >= 0);
	fact("nonblock", fcntl(s, F_GETFL) & O_NONBLOCK);
	fact("events at rest", events(l, 0));
	fact("connect of a listener", to(l, port));
	fact("shutdown write", shutdown(l, SHUT_WR));
	fact("listen again", listen(l, 4));
	fact("bad flags", accept4(l, NULL, NULL, 1));
	close(c);
	close(d);
	close(s);
	close(l);
	c = tcp(0);
	fact("nobody listens", to(c, port));
	so_error("after it", c);
	l = listener(8);
	fact("the same socket again", to(c, port_of(l)));
	fact("and again", to(c, port_of(l)));
	close(c);
	close(l);
}

/* A socket that is not connected, and does not listen: no call of it waits. */
static void nowhere(const char *state, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP };
	int ep = epoll_create1(0), n = -1;
	struct iovec iov = { buf, 4 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	title(state);
	fact("polled", events(fd, 0));
	fact("for reading", readable(fd, 0));
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	fact("by epoll", epoll_wait(ep, &ev, 1, 0));
	fact("events", ev.events);
	close(ep);
	fact("loose read", read(fd, buf, 4));
	fact("loose recv", recv(fd, buf, 4, 0));
	fact("loose recv at once", recv(fd, buf, 4, MSG_DONTWAIT));
	fact("recvmsg", recvmsg(fd, &m, 0));
	pipes = 0;
	fact("loose write", write(fd, buf, 4));
	fact("loose signals", pipes);
	fact("loose send", send(fd, buf, 4, MSG_NOSIGNAL));
	pipes = 0;
	fact("sendmsg", sendmsg(fd, &m, 0));
	fact("signals", pipes);
	fact("sendmsg without", sendmsg(fd, &m, MSG_NOSIGNAL));
	fact("signals", pipes);
	fact("inq", ioctl(fd, FIONREAD, &n) ? -1 : n);
	fact("getpeername", getpeername(fd, (struct sockaddr *)buf,
					&(socklen_t) { sizeof(buf) }));
	so_error(state, fd);
}

/* It can be connected after all that, and so can what was made of it. */
static void joined(int fd, int family)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0), d = dup(fd), l = listener(8), s;
	struct sockaddr_in6 mapped = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port_of(l)),
		.sin6_addr.s6_addr = { [10] = 255, 255, 127, 0, 0, 1 },
	};

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	epoll_wait(ep, &ev, 1, 0);
	fact("is not lost",
	     family == AF_INET
		     ? to(d, port_of(l))
		     : connect(d, (struct sockaddr *)&mapped, sizeof(mapped)));
	s = accept(l, NULL, NULL);
	fact("written", write(s, "abc", 3));
	fact("told", epoll_wait(ep, &ev, 1, 1000));
	while (!(ev.events & EPOLLIN))
		epoll_wait(ep, &ev, 1, 1000);
	fact("events", ev.events);
	close(d);
	fact("read", read(fd, buf, 4));
	fact("write", write(fd, "de", 2));
	fact("arrives", read(s, buf, 4));
	close(fd);
	fact("its end", read(s, buf, 4));
	close(s);
	close(l);
	close(ep);
}

static void loose(int family, int flags)
{
	struct sockaddr_in6 any = { .sin6_family = (sa_family_t)family };
	int fd = socket(family, SOCK_STREAM | flags, 0), l = listener(8);
	uint16_t nobody = port_of(l);

	close(l);
	printf("# family %d, flags %o\n", family == AF_INET6, flags);
	nowhere("never connected", fd);
	joined(fd, family);
	if (flags)
		return;
	fd = socket(family, SOCK_STREAM, 0);
	fact("bind", bind(fd, (struct sockaddr *)&any, sizeof(any)));
	nowhere("bound", fd);
	joined(fd, family);
	if (family == AF_INET6)
		return;
	fd = tcp(0);
	fact("nobody listens", to(fd, nobody));
	nowhere("failed", fd);
	joined(fd, family);
}

/* Who closed a bound socket does not have its port. */
static void bound_often(void)
{
	struct sockaddr_in a = at(0);
	int fd = tcp(0), bad = 0;
	pid_t pid;

	title("bound often");
	fact("any port", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	a = at(port_of(fd));
	close(fd);
	for (int i = 0; i < 100; i++) {
		fd = tcp(0);
		bad += bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0;
		close(fd);
	}
	fact("in vain", bad);
	fd = tcp(0);
	fact("bind", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	close(fd);
	fd = tcp(0);
	fact("a child has it", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fact("it is gone", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	fact("listen", listen(fd, 1));
	close(fd);
}

static void asynchronous(void)
{
	int l = listener(8), c = tcp(SOCK_NONBLOCK), d;
	uint16_t port = port_of(l);

	title("asynchronous");
	fact("connect", to(c, port));
	fact("events", events(c, 1000));
	so_error("after it", c);
	fact("connect again", to(c, port));
	fact("write", write(c, "hello", 5));
	d = accept(l, NULL, NULL);
	fact("read", read(d, buf, sizeof(buf)));
	fact("sndbuf holds much", write(c, buf, 60000) == 60000);
	close(l);
	close(d);
	close(c);
	c = tcp(SOCK_NONBLOCK);
	fact("nobody listens", to(c, port));
	fact("events", events(c, 1000));
	so_error("after it", c);
	so_error("once more", c);
	fact("connect again", to(c, port));
	l = listener(8);
	fact("connect to another", to(c, port_of(l)));
	fact("events", events(c, 1000));
	so_error("after it", c);
	close(c);
	c = tcp(SOCK_NONBLOCK);
	fact("nobody listens", to(c, port));
	fact("events", events(c, 1000));
	fact("connect again tells it", to(c, port));
	so_error("after it", c);
	close(c);
	close(l);
}

static void dissolved(void)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int l = listener(8), c[2];

	title("dissolved");
	pair(c);
	fact("connect to nobody", connect(c[0], &none, sizeof(none)));
	usleep(20000);
	fact("peer reads", read(c[1], buf, 9));
	fact("getpeername", getpeername(c[0], (struct sockaddr *)buf,
					&(socklen_t) { sizeof(buf) }));
	fact("connect", to(c[0], port_of(l)));
	close(c[1]);
	c[1] = accept(l, NULL, NULL);
	fact("write", write(c[0], "new", 3));
	fact("read", read(c[1], buf, 9));
	close(c[0]);
	close(c[1]);
	fact("rcvlowat",
	     setsockopt(l, SOL_SOCKET, SO_RCVLOWAT, &(int) { 1 }, sizeof(int)));
	close(l);
}

static void ends(void)
{
	int c[2];

	title("ends");
	pair(c);
	fact("events", events(c[0], 0));
	write(c[0], "abc", 3);
	shutdown(c[0], SHUT_WR);
	usleep(20000);
	fact("peer's events", readable(c[1], 1000));
	fact("read", read(c[1], buf, 2));
	fact("read", read(c[1], buf, 2));
	fact("read", read(c[1], buf, 2));
	pipes = 0;
	fact("write after shutdown", write(c[0], "x", 1));
	fact("signals", pipes);
	fact("send without", send(c[0], "x", 1, MSG_NOSIGNAL));
	fact("signals", pipes);
	fact("the other way", write(c[1], "defg", 4));
	fact("read", read(c[0], buf, 9));
	close(c[1]);
	usleep(20000);
	fact("events", events(c[0], 1000));
	fact("read", read(c[0], buf, 9));
	usleep(20000);
	fact("events at the end", events(c[0], 0));
	fact("getpeername", getpeername(c[0], (struct sockaddr *)buf,
					&(socklen_t) { sizeof(buf) }));
	close(c[0]);

	title("close first, write then");
	pair(c);
	close(c[1]);
	fact("read", read(c[0], buf, 9));
	fact("write", write(c[0], "x", 1));
	usleep(50000);
	pipes = 0;
	fact("write", write(c[0], "x", 1));
	fact("signals", pipes);
	fact("events", events(c[0], 0));
	close(c[0]);

	title("close with bytes unread");
	pair(c);
	write(c[0], "unread", 6);
	fact("peer has them", readable(c[1], 1000));
	close(c[1]);
	usleep(50000);
	fact("events", events(c[0], 1000));
	fact("read", read(c[0], buf, 9));
	fact("read", read(c[0], buf, 9));
	pipes = 0;
	fact("write", write(c[0], "x", 1));
	fact("signals", pipes);
	close(c[0]);

	title("a reset after our end");
	pair(c);
	shutdown(c[0], SHUT_WR);
	usleep(20000);
	setsockopt(c[1], SOL_SOCKET, SO_LINGER, &(struct linger) { 1, 0 },
		   sizeof(struct linger));
	close(c[1]);
	usleep(50000);
	fact("read", read(c[0], buf, 9));
	fact("read", read(c[0], buf, 9));
	close(c[0]);
	pair(c);
	write(c[0], "abc", 3);
	shutdown(c[0], SHUT_WR);
	fact("last", recv(c[1], buf, 9, MSG_WAITALL));
	write(c[1], "d", 1);
	close(c[1]);
	fact("answer", recv(c[0], buf, 9, MSG_WAITALL));
	close(c[0]);

	title("linger 0");
	pair(c);
	setsockopt(c[1], SOL_SOCKET, SO_LINGER, &(struct linger) { 1, 0 },
		   sizeof(struct linger));
	write(c[1], "before", 6);
	fact("there", readable(c[0], 1000));
	close(c[1]);
	usleep(50000);
	fact("events", events(c[0], 0));
	so_error("reset", c[0]);
	fact("events", events(c[0], 0));
	close(c[0]);

	title("shutdown of reading");
	pair(c);
	fact("shutdown", shutdown(c[0], SHUT_RD));
	fact("read", read(c[0], buf, 9));
	fact("events", events(c[0], 0));
	fact("write", write(c[0], "x", 1));
	fact("peer reads", read(c[1], buf, 9));
	fact("bad how", shutdown(c[0], 7));
	fact("both", shutdown(c[0], SHUT_RDWR));
	fact("peer's end", read(c[1], buf, 9));
	fact("events", events(c[0], 100));
	close(c[0]);
	close(c[1]);

	title("both at once");
	pair(c);
	write(c[0], "last words", 10);
	fact("shutdown", shutdown(c[0], SHUT_RDWR));
	fact("peer reads", read(c[1], buf, 99));
	fact("peer's end", read(c[1], buf, 9));
	fact("read", read(c[0], buf, 9));
	fact("events", events(c[0], 100));
	close(c[1]);
	usleep(20000);
	fact("again", shutdown(c[0], SHUT_RDWR));
	close(c[0]);
}

static void *shut_later(void *arg)
{
	usleep(100000);
	shutdown(*(int *)arg, SHUT_RD);
	return NULL;
}

static void waits(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	const struct itimerval soon = { .it_value = { 0, 100000 } };
	int l = listener(8), c[2];
	pthread_t t;
	pid_t pid;

	title("timeouts and signals");
	timeout(l, SO_RCVTIMEO, 80);
	fact("accept with a timeout", accept(l, NULL, NULL));
	timeout(l, SO_RCVTIMEO, 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	fact("accept interrupted", accept(l, NULL, NULL));
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	pid = fork();
	if (!pid) {
		usleep(200000);
		_exit(to(tcp(0), port_of(l)) ? 1 : 0);
	}
	fact("accept goes on", accept(l, NULL, NULL) >= 0);
	fact("alarms", alarms);
	waitpid(pid, NULL, 0);
	pthread_create(&t, NULL, shut_later, &l);
	fact("accept, shut meanwhile", accept(l, NULL, NULL));
	pthread_join(t, NULL);
	close(l);
	pair(c);
	timeout(c[0], SO_RCVTIMEO, 80);
	fact("read with a timeout", read(c[0], buf, 1));
	fact("rcvtimeo usec", option(c[0], SOL_SOCKET, SO_RCVTIMEO) == 0);
	timeout(c[0], SO_SNDTIMEO, 80);
	while (write(c[0], buf, sizeof(buf)) > 0)
		;
	fact("write with a timeout", -1);
	close(c[0]);
	close(c[1]);
}

static void flags(void)
{
	struct sockaddr_in a = at(1);
	struct sockaddr_storage from;
	struct iovec iov = { buf, 10 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	socklen_t len = sizeof(from);
	int c[2], n;

	title("flags");
	pair(c);
	fact("sendto with a name",
	     sendto(c[0], "abcdef", 6, 0, (struct sockaddr *)&a, sizeof(a)));
	fact("peek", recv(c[1], buf, 3, MSG_PEEK));
	fact("recvfrom",
	     recvfrom(c[1], buf, 2, 0, (struct sockaddr *)&from, &len));
	fact("its length", len);
	fact("first", buf[0]);
	fact("trunc throws away", recv(c[1], buf, 2, MSG_TRUNC));
	fact("rest", recv(c[1], buf, 9, 0));
	fact("next", buf[0]);
	fact("dontwait", recv(c[1], buf, 9, MSG_DONTWAIT));
	m.msg_name = &a;
	m.msg_namelen = sizeof(a);
	fact("sendmsg with a name", sendmsg(c[0], &m, 0));
	m.msg_name = &from;
	m.msg_namelen = sizeof(from);
	fact("recvmsg", recvmsg(c[1], &m, 0));
	fact("its namelen", m.msg_namelen);
	fact("errqueue", recv(c[1], buf, 9, MSG_ERRQUEUE));
	fact("errqueue by msg", recvmsg(c[1], &m, MSG_ERRQUEUE));
	write(c[0], buf, 1000);
	readable(c[1], 1000);
	usleep(100000);
	fact("inq", ioctl(c[1], FIONREAD, &n) ? -1 : n);
	fact("outq", ioctl(c[0], SIOCOUTQ, &n) ? -1 : n);
	fact("fresh sendto", sendto(tcp(0), "x", 1, MSG_NOSIGNAL,
				    (struct sockaddr *)&a, sizeof(a)));
	fact("peercred", getsockopt(c[0], SOL_SOCKET, SO_PEERCRED, buf,
				    &(socklen_t) { 12 }));
	fact("peercred pid", *(int *)(void *)buf);
	fact("info state", ((struct tcp_info *)(void *)buf)->tcpi_state == 77);
	len = sizeof(struct tcp_info);
	getsockopt(c[0], IPPROTO_TCP, TCP_INFO, buf, &len);
	fact("info state", ((struct tcp_info *)(void *)buf)->tcpi_state);
	fact("nodelay", option(c[0], IPPROTO_TCP, TCP_NODELAY));
	fact("negative length",
	     getsockopt(c[0], SOL_SOCKET, SO_TYPE, buf, &(socklen_t) { -1u }));
	fact("connect connected", to(c[0], 5));
	fact("listen connected", listen(c[0], 5));
	fact("accept connected", accept(c[0], NULL, NULL));
	close(c[0]);
	close(c[1]);
}

static void filters(int fd)
{
	struct sock_filter all[] = { { BPF_RET | BPF_K, 0, 0, 0xffffffff } };
	struct sock_fprog prog = { 1, all };
	int v = 1;

	fact("filter",
	     setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	prog.filter = NULL;
	fact("filter at NULL",
	     setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	prog.len = 0;
	fact("filter of none",
	     setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	fact("detach",
	     setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &v, sizeof(v)));
}

static void options(void)
{
	struct timeval tv = { 1, 500000 };
	struct linger lg = { 1, 5 };
	socklen_t len;
	int c[2], v = 1;

	title("options");
	pair(c);
	if (!geteuid()) /* some kernels keep filters from others */
		filters(c[0]);
	fact("at NULL", setsockopt(c[0], SOL_SOCKET, SO_KEEPALIVE, NULL, 4));
	fact("short", setsockopt(c[0], SOL_SOCKET, SO_KEEPALIVE, &v, 2));
	fact("negative",
	     setsockopt(c[0], SOL_SOCKET, SO_KEEPALIVE, &v, (socklen_t)-1));
	fact("keepalive", setsockopt(c[0], SOL_SOCKET, SO_KEEPALIVE, &v, 4));
	fact("is", option(c[0], SOL_SOCKET, SO_KEEPALIVE));
	setsockopt(c[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	memset(&tv, 0, sizeof(tv));
	len = sizeof(tv);
	fact("rcvtimeo", getsockopt(c[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	fact("its length", len);
	fact("seconds", tv.tv_sec);
	fact("microseconds", tv.tv_usec);
	setsockopt(c[0], SOL_SOCKET, SO_LINGER, &lg, sizeof(lg));
	memset(&lg, 0, sizeof(lg));
	len = sizeof(lg);
	getsockopt(c[0], SOL_SOCKET, SO_LINGER, &lg, &len);
	fact("linger", lg.l_onoff * 100 + lg.l_linger);
	lg.l_onoff = 0;
	setsockopt(c[0], SOL_SOCKET, SO_LINGER, &lg, sizeof(lg));
	len = 64;
	fact("congestion",
	     setsockopt(c[0], IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	getsockopt(c[0], IPPROTO_TCP, TCP_CONGESTION, buf, &len);
	printf("is %.16s, %u\n", buf, len);
	fact("unknown",
	     setsockopt(c[0], IPPROTO_TCP, TCP_CONGESTION, "nope", 4));
	v = 0x10;
	fact("tos", setsockopt(c[0], IPPROTO_IP, IP_TOS, &v, 4));
	fact("is", option(c[0], IPPROTO_IP, IP_TOS));
	len = 2;
	fact("short get", getsockopt(c[0], SOL_SOCKET, SO_TYPE, buf, &len));
	fact("its length", len);
	len = 0;
	fact("empty get", getsockopt(c[0], SOL_SOCKET, SO_ERROR, buf, &len));
	fact("its length", len);
	len = 4;
	fact("get to NULL", getsockopt(c[0], SOL_SOCKET, SO_TYPE, NULL, &len));
	fact("length at NULL",
	     getsockopt(c[0], SOL_SOCKET, SO_TYPE, buf, NULL));
	fact("name to NULL", getsockname(c[0], NULL, &len));
	fact("name, length at NULL",
	     getsockname(c[0], (struct sockaddr *)buf, NULL));
	len = (socklen_t)-1;
	fact("name, negative", getsockname(c[0], (struct sockaddr *)buf, &len));
	len = 3;
	fact("name, short", getsockname(c[0], (struct sockaddr *)buf, &len));
	fact("its length", len);
	fact("accept at bad", accept(c[0], (struct sockaddr *)8, &len));
	fact("ioctl", ioctl(c[0], SIOCGIFCONF, (void *)8));
	fact("unknown ioctl", ioctl(c[0], 0x89ef, buf));
	fact("bind twice", bind(c[0],
				(struct sockaddr *)&(struct sockaddr_in) {
					.sin_family = AF_INET },
				16));
	close(c[0]);
	close(c[1]);
}

static void urgent(void)
{
	int c[2], mark = -1;

	title("urgent");
	pair(c);
	fact("oob of none", recv(c[1], buf, 1, MSG_OOB));
	write(c[0], "ab", 2);
	fact("send", send(c[0], "!", 1, MSG_OOB));
	write(c[0], "cd", 2);
	usleep(50000);
	fact("events", events(c[1], 1000) & POLLPRI);
	fact("oob", recv(c[1], buf, 1, MSG_OOB));
	fact("byte", buf[0]);
	fact("read to the mark", read(c[1], buf, 99));
	fact("at mark", ioctl(c[1], SIOCATMARK, &mark) ? -1 : mark);
	fact("read on", read(c[1], buf, 99));
	fact("byte", buf[0]);
	close(c[0]);
	close(c[1]);
}

static void self(void)
{
	struct sockaddr_in a = at(0);
	int fd = tcp(0);

	title("self");
	fact("bind", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	fact("connect to itself", to(fd, port_of(fd)));
	fact("write", write(fd, "me", 2));
	fact("read", read(fd, buf, 9));
	close(fd);
}

static void mapped(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	struct sockaddr_in6 b;
	socklen_t len = sizeof(b);
	int l = socket(AF_INET6, SOCK_STREAM, 0), c = tcp(0), s;

	title("mapped");
	fact("bind", bind(l, (struct sockaddr *)&a, sizeof(a)));
	listen(l, 5);
	getsockname(l, (struct sockaddr *)&a, &len);
	fact("connect", to(c, ntohs(a.sin6_port)));
	len = sizeof(b);
	s = accept(l, (struct sockaddr *)&b, &len);
	fact("length", len);
	fact("family", b.sin6_family);
	fact("mapped", IN6_IS_ADDR_V4MAPPED(&b.sin6_addr));
	len = sizeof(b);
	getsockname(s, (struct sockaddr *)&b, &len);
	fact("own mapped", IN6_IS_ADDR_V4MAPPED(&b.sin6_addr));
	fact("v6only", option(l, IPPROTO_IPV6, IPV6_V6ONLY));
	close(c);
	close(s);
	close(l);
}

static void backlog(void)
{
	int l = listener(2), c[8], done = 0;

	title("backlog");
	for (int i = 0; i < 8; i++) {
		c[i] = tcp(SOCK_NONBLOCK);
		to(c[i], port_of(l));
		usleep(5000);
		done += events(c[i], 20) == POLLOUT;
	}
	fact("connected of 8", done);
	for (int i = 0; i < 3; i++)
		fact("accept", accept(l, NULL, NULL) >= 0);
	for (int i = 0; i < 8; i++)
		close(c[i]);
	close(l);
}

static void workers(void)
{
	int l = listener(64), status, bad = 0, c;
	uint16_t port = port_of(l);
	pid_t pid[3];

	title("workers");
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (int k = 0; k < 10; k++) {
			int s = accept(l, NULL, NULL);

			if (s < 0 || write(s, "w", 1) != 1)
				_exit(1);
			close(s);
		}
		_exit(0);
	}
	for (int k = 0; k < 30; k++) {
		c = tcp(0);
		if (to(c, port) || read(c, buf, 9) != 1)
			bad++;
		close(c);
	}
	for (int i = 0; i < 3; i++) {
		waitpid(pid[i], &status, 0);
		bad += status != 0;
	}
	fact("bad", bad);
	close(l);
}

static void passed(void)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} u = { .h = { .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS,
		       .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec iov = { buf, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &u,
			    .msg_controllen = sizeof(u) };
	int c[2], sv[2], fd;

	title("passed on");
	pair(c);
	fact("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	memcpy(CMSG_DATA(&u.h), &c[0], sizeof(int));
	fact("sendmsg", sendmsg(sv[0], &m, 0));
	close(c[0]);
	fact("recvmsg", recvmsg(sv[1], &m, 0));
	memcpy(&fd, CMSG_DATA(&u.h), sizeof(fd));
	fact("write", write(fd, "hi", 2));
	fact("read", read(c[1], buf, 9));
	fact("getpeername", getpeername(fd, (struct sockaddr *)buf,
					&(socklen_t) { sizeof(buf) }));
	close(fd);
	fact("end", read(c[1], buf, 9));
	close(c[1]);
}

static void edges(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET |
					    EPOLLRDHUP };
	int ep = epoll_create1(0), l = listener(8), c = tcp(SOCK_NONBLOCK), s;

	title("edges");
	epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev);
	fact("listener", epoll_wait(ep, &ev, 1, 0));
	to(c, port_of(l));
	fact("connection", epoll_wait(ep, &ev, 1, 1000));
	fact("events", ev.events);
	fact("told once", epoll_wait(ep, &ev, 1, 0));
	to(tcp(0), port_of(l));
	fact("another", epoll_wait(ep, &ev, 1, 1000));
	s = accept(l, NULL, NULL);
	ev.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP;
	close(ep);
	ep = epoll_create1(0);
	epoll_ctl(ep, EPOLL_CTL_ADD, c, &ev);
	fact("client", epoll_wait(ep, &ev, 1, 1000));
	fact("events", ev.events);
	write(s, "x", 1);
	fact("byte", epoll_wait(ep, &ev, 1, 1000));
	fact("events", ev.events);
	fact("told once", epoll_wait(ep, &ev, 1, 20));
	write(s, "x", 1);
	fact("another byte", epoll_wait(ep, &ev, 1, 1000));
	shutdown(s, SHUT_WR);
	fact("end", epoll_wait(ep, &ev, 1, 1000));
	fact("events", ev.events);
	close(s);
	close(c);
	close(l);
	close(ep);
}

int main(void)
{
	signal(SIGPIPE, on_pipe);
	fresh();
	listening();
	loose(AF_INET, 0);
	loose(AF_INET, SOCK_NONBLOCK);
	loose(AF_INET6, 0);
	loose(AF_INET6, SOCK_NONBLOCK);
	bound_often();
	asynchronous();
	dissolved();
	ends();
	waits();
	flags();
	options();
	urgent();
	self();
	mapped();
	backlog();
	workers();
	passed();
	edges();
	return 0;
}
