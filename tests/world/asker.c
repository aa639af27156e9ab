/* SPDX-License-Identifier: MIT */
/*
 * A guest that uses every plain name (guests_test runs it). It is a program
 * as any: it knows nothing of Ostia, and prints what disappoints it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void put(const char *s)
{
	if (write(STDOUT_FILENO, s, strlen(s)) != (ssize_t)strlen(s))
		exit(99);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	put("asker: ");
	put(what);
	put("\n");
	exit(1);
}

static void clocks(void)
{
	struct timespec a, b, rest, wait = { 1, 500000000 };
	struct timeval tv;
	time_t t;

	must(!clock_gettime(CLOCK_MONOTONIC, &a), "clock_gettime");
	must(!nanosleep(&wait, &rest), "nanosleep");
	must(!usleep(500000), "usleep");
	must(sleep(3) == 0, "sleep");
	must(!clock_gettime(CLOCK_MONOTONIC, &b), "clock_gettime");
	must(b.tv_sec - a.tv_sec >= 5 && b.tv_sec - a.tv_sec <= 6,
	     "five seconds");
	must(!gettimeofday(&tv, NULL), "gettimeofday");
	must(time(&t) == t && t - tv.tv_sec <= 1, "time");
	must(t > 1700000000, "the epoch");
	wait.tv_sec = t + 10;
	must(!clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &wait, NULL),
	     "clock_nanosleep");
	must(time(NULL) - t == 10, "until a time");
	must(getpid() > 0, "getpid");
}

static int pair(int *listener, int *client)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int s;

	inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
	*listener = socket(AF_INET, SOCK_STREAM, 0);
	must(*listener == 3, "the first descriptor is 3");
	must(!bind(*listener, (struct sockaddr *)&a, len), "bind");
	must(!listen(*listener, 5), "listen");
	must(!getsockname(*listener, (struct sockaddr *)&a, &len),
	     "getsockname");
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(!connect(*client, (struct sockaddr *)&a, len), "connect");
	s = accept4(*listener, NULL, NULL, SOCK_CLOEXEC);
	must(s == 5, "accept4");
	must(!getpeername(*client, (struct sockaddr *)&a, &len), "getpeername");
	return s;
}

static void readiness(int c, int s)
{
	struct pollfd p[3] = { { .fd = s, .events = POLLIN },
			       { .fd = 1, .events = POLLOUT },
			       { .fd = -1 } };
	struct epoll_event ev = { .events = EPOLLIN };
	struct timeval tv = { 0, 1000 };
	struct timespec ts = { 0, 1000 };
	fd_set set;
	int ep = epoll_create1(0);

	must(poll(p, 1, 10) == 0, "poll waits");
	must(poll(p, 2, -1) == 1 && p[1].revents == POLLOUT,
	     "the console is writable");
	FD_ZERO(&set);
	FD_SET(s, &set);
	must(select(s + 1, &set, NULL, NULL, &tv) == 0 && !FD_ISSET(s, &set),
	     "select waits");
	must(epoll_ctl(ep, EPOLL_CTL_ADD, s, &ev) == 0, "epoll_ctl");
	must(epoll_wait(ep, &ev, 1, 5) == 0, "epoll waits");
	must(send(c, "x", 1, 0) == 1, "send");
	must(epoll_pwait(ep, &ev, 1, -1, NULL) == 1, "epoll_wait");
	must(ppoll(p, 1, &ts, NULL) == 1 && p[0].revents == POLLIN, "ppoll");
	FD_SET(s, &set);
	must(pselect(s + 1, &set, NULL, NULL, &ts, NULL) == 1 &&
		     FD_ISSET(s, &set),
	     "pselect");
	must(!close(ep), "close");
}

static void bytes(int c, int s)
{
	struct iovec v[2] = { { (char[]) { "ab" }, 2 },
			      { (char[]) { "cd" }, 2 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	char buf[16] = "", one = 0;
	int n = 0, size = 4096;
	socklen_t len = sizeof(n);

	must(writev(c, v, 2) == 4, "writev");
	must(sendmsg(c, &m, 0) == 4, "sendmsg");
	must(sendto(c, "e", 1, 0, NULL, 0) == 1, "sendto");
	must(recv(s, buf, 10, MSG_WAITALL) == 10, "recv");
	must(!strcmp(buf, "xabcdabcde"), "what was sent");
	must(write(c, "zz", 2) == 2, "write");
	must(recv(s, &one, 1, MSG_PEEK) == 1 && one == 'z', "peek");
	must(!ioctl(s, FIONREAD, &n) && n == 2, "FIONREAD");
	must(read(s, &one, 1) == 1, "read");
	v[0].iov_base = buf;
	must(readv(s, v, 1) == 1, "readv");
	must(!setsockopt(c, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)),
	     "setsockopt");
	must(!getsockopt(c, SOL_SOCKET, SO_TYPE, &n, &len) && n == SOCK_STREAM,
	     "getsockopt");
	must(fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_NONBLOCK) == 0, "fcntl");
	must(recv(s, buf, 1, 0) == -1 && errno == EAGAIN, "EAGAIN");
}

static void descriptors(int c)
{
	char buf[8];
	int d = dup(c), f;

	must(d > c && dup2(c, d) == d && dup3(c, d, O_CLOEXEC) == d, "dup");
	must(!close(d) && close(d) == -1 && errno == EBADF, "close");
	must(dup2(1, 2) == 2, "one console");
	must(read(0, buf, 1) == 0, "nobody types");
	f = open("/dev/zero", O_RDONLY);
	must(f > 100, "a file has a number of its own");
	must(read(f, buf, sizeof(buf)) == sizeof(buf) && !buf[7], "a file");
	must(!close(f), "close a file");
}

static void *never(void *arg)
{
	return arg;
}

/* Two ends in one process, and a name that unlink() frees. */
static void what_a_house_has(void)
{
	const struct sockaddr_un un = { .sun_family = AF_UNIX,
					.sun_path = "/run/asker" };
	char c = 0;
	int fd[2], s = socket(AF_UNIX, SOCK_DGRAM, 0);

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "socketpair");
	must(write(fd[0], "x", 1) == 1 && read(fd[1], &c, 1) == 1 && c == 'x',
	     "a pair talks");
	close(fd[0]);
	must(read(fd[1], &c, 1) == 0, "the end of a pair");
	close(fd[1]);
	must(bind(s, (const struct sockaddr *)&un, sizeof(un)) == 0, "bind");
	close(s);
	must(unlink(un.sun_path) == 0, "unlink");
	must(unlink(un.sun_path) == -1 && errno == ENOENT, "unlink twice");
}

static void what_cannot_be(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	pthread_t t;
	int fd[2];

	must(fork() == -1 && errno == ENOSYS, "fork");
	must(pthread_create(&t, NULL, never, NULL) == EAGAIN, "threads");
	must(pipe(fd) == -1, "pipe");
	must(alarm(5) == 0, "alarm");
	must(signal(SIGINT, SIG_IGN) == SIG_DFL, "signal");
	must(signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL, "SIGKILL");
	must(getaddrinfo("www.example.com", "80", &hints, &ai) == EAI_NONAME,
	     "names do not resolve");
	must(getaddrinfo("10.0.0.1", "80", &hints, &ai) == 0, "numbers do");
	freeaddrinfo(ai);
	must(!gethostbyname("www.example.com"), "gethostbyname");
}

int main(void)
{
	int listener, c, s;

	clocks();
	s = pair(&listener, &c);
	readiness(c, s);
	bytes(c, s);
	descriptors(c);
	what_a_house_has();
	what_cannot_be();
	must(!shutdown(c, SHUT_WR), "shutdown");
	must(signal(SIGPIPE, SIG_IGN) == SIG_DFL, "SIGPIPE");
	must(write(c, "x", 1) == -1 && errno == EPIPE, "EPIPE");
	must(signal(SIGPIPE, SIG_DFL) == SIG_IGN, "SIGPIPE again");
	put("end of story\n");
	(void)!write(c, "x", 1);
	put("and nothing after it\n");
	return 1;
}
