/* SPDX-License-Identifier: MIT */
/*
 * tests/api/calls.c - sendfile(), epoll_pwait2(), getifaddrs() ... : one
 * program for the kernel and for a stack, which print the same
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 200000 };

static void say(const char *what, long r)
{
	if (r < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: %ld\n", what, r);
}

static int make_file(void)
{
	static char bytes[FILE_BYTES];
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	if (fd < 0 || write(fd, bytes, sizeof(bytes)) != FILE_BYTES)
		table_die();
	return fd;
}

static void pair(int type, int fd[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int l = socket(AF_INET, type, 0);

	fd[0] = socket(AF_INET, type, 0);
	if (bind(l, (struct sockaddr *)&a, len) ||
	    (type == SOCK_STREAM && listen(l, 1)) ||
	    getsockname(l, (struct sockaddr *)&a, &len) ||
	    connect(fd[0], (struct sockaddr *)&a, len))
		table_die();
	fd[1] = type == SOCK_STREAM ? accept(l, NULL, NULL) : l;
	if (type == SOCK_STREAM)
		close(l);
}

/* All that waits is read; the bytes are those of the file from @at on. */
static void take(const char *what, int fd, size_t at, size_t n)
{
	static char buf[FILE_BYTES];
	size_t got = 0;
	int wrong = 0;

	while (got < n) {
		ssize_t r = recv(fd, buf, sizeof(buf), 0);

		if (r <= 0)
			break;
		for (ssize_t i = 0; i < r; i++, got++)
			wrong |= buf[i] !=
				 (char)((at + got) * 7 + (at + got) / 256);
	}
	printf("%s: %zu bytes%s\n", what, got, wrong ? ", WRONG" : "");
}

static void streams(int file)
{
	off_t off = 100;
	int fd[2];

	pair(SOCK_STREAM, fd);
	lseek(file, 10, SEEK_SET);
	say("sendfile", sendfile(fd[0], file, NULL, 1000));
	take("of it", fd[1], 10, 1000);
	say("the file is at", lseek(file, 0, SEEK_CUR));
	say("with an offset", sendfile(fd[0], file, &off, 70000));
	take("of it", fd[1], 100, 70000);
	say("the offset is", off);
	say("the file is at", lseek(file, 0, SEEK_CUR));
	off = FILE_BYTES - 5;
	say("to the end", sendfile(fd[0], file, &off, 1000));
	take("of it", fd[1], FILE_BYTES - 5, 5);
	say("the offset is", off);
	say("at the end", sendfile(fd[0], file, &off, 1000));
	lseek(file, FILE_BYTES - 7, SEEK_SET);
	say("the last of it", sendfile(fd[0], file, NULL, 1000));
	take("of it", fd[1], FILE_BYTES - 7, 7);
	say("the file is at", lseek(file, 0, SEEK_CUR));
	off = FILE_BYTES + 100;
	say("behind the end", sendfile(fd[0], file, &off, 1000));
	say("the offset is", off);
	off = 0;
	say("nothing", sendfile(fd[0], file, &off, 0));
	shutdown(fd[0], SHUT_WR);
	say("after shutdown", sendfile(fd[0], file, &off, 10));
	say("the offset is", off);
	close(fd[0]);
	close(fd[1]);
}

/* What does not fit is not taken from the file. */
static void partial(int file)
{
	const int few = 4096;
	off_t off = 0;
	ssize_t r, all = 0;
	int fd[2];

	pair(SOCK_STREAM, fd);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &few, sizeof(few));
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	for (;;) {
		off_t was = off;

		if (off == FILE_BYTES)
			off = was = 0;
		r = sendfile(fd[0], file, &off, FILE_BYTES);
		if (off != was + (r > 0 ? r : 0))
			puts("WRONG");
		if (r <= 0)
			break;
		all += r;
		table_settle();
	}
	say("full", r);
	say("something was sent", all > 0);
	close(fd[0]);
	close(fd[1]);
}

static void datagrams(int file)
{
	off_t off = 3;
	int fd[2];

	pair(SOCK_DGRAM, fd);
	say("datagram", sendfile(fd[0], file, &off, 1234));
	take("of it", fd[1], 3, 1234);
	off = FILE_BYTES - 9;
	say("of the end", sendfile(fd[0], file, &off, 1234));
	take("of it", fd[1], FILE_BYTES - 9, 9);
	off = 0;
	say("too long", sendfile(fd[0], file, &off, 65536));
	say("the offset is", off);
	close(fd[0]);
	close(fd[1]);
}

/* pipe() is not to be had in a world; one that has a name is a file. */
static int make_pipe(void)
{
	char dir[] = "/tmp/ostia-calls-XXXXXX", path[64];
	int fd;

	if (!mkdtemp(dir))
		table_die();
	snprintf(path, sizeof(path), "%s/fifo", dir);
	if (mkfifo(path, 0600))
		table_die();
	fd = open(path, O_RDWR);
	unlink(path);
	rmdir(dir);
	if (fd < 0)
		table_die();
	return fd;
}

static void refusals(int file)
{
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY);
	int wronly = open("/dev/null", O_WRONLY), fd[2];
	int p = make_pipe();
	off_t off = -1, zero = 0;

	pair(SOCK_STREAM, fd);
	say("before the beginning", sendfile(fd[0], file, &off, 10));
	say("more than there can be", sendfile(fd[0], file, &zero, SIZE_MAX));
	say("a directory", sendfile(fd[0], dir, &zero, 10));
	say("not readable", sendfile(fd[0], wronly, &zero, 10));
	say("from a socket", sendfile(fd[0], fd[1], NULL, 10));
	say("from a socket's offset", sendfile(fd[0], fd[1], &zero, 10));
	say("from a pipe", sendfile(fd[0], p, NULL, 10));
	say("from a pipe's offset", sendfile(fd[0], p, &zero, 10));
	say("from none", sendfile(fd[0], 987, NULL, 10));
	say("from -1", sendfile(fd[0], -1, NULL, 10));
	say("to none", sendfile(987, file, &zero, 10));
	say("to -1", sendfile(-1, file, &zero, 0));
	say("to a file", sendfile(wronly, file, &zero, 10));
	close(p);
	close(fd[0]);
	close(fd[1]);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	say("not connected", sendfile(fd[0], file, &zero, 10));
	close(fd[0]);
	fd[0] = socket(AF_INET, SOCK_DGRAM, 0);
	say("no destination", sendfile(fd[0], file, &zero, 10));
	close(fd[0]);
	close(dir);
	close(wronly);
}

static void pwait2(void)
{
	static const struct timespec times[] = {
		{ 0, 0 },	   { 0, 1 },  { 0, 1500000 },
		{ 0, 1000000000 }, { 0, -1 }, { -1, 0 },
	};
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(0), fd[2];

	pair(SOCK_DGRAM, fd);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &ev);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		say("epoll_pwait2", epoll_pwait2(ep, &ev, 1, &times[i], NULL));
	send(fd[0], "x", 1, 0);
	say("ready", epoll_pwait2(ep, &ev, 1, NULL, NULL));
	say("for none", epoll_pwait2(ep, &ev, 0, NULL, NULL));
	say("a socket", epoll_pwait2(fd[0], &ev, 1, &times[0], NULL));
	say("no set", epoll_pwait2(987, &ev, 1, &times[0], NULL));
	close(fd[0]);
	close(fd[1]);
	close(ep);
}

/* What a stamp says is the clock's; that there is one, and that two are the
 * same or not, is ours.
 */
static void stamps(void)
{
	static const unsigned long ask[] = { SIOCGSTAMP, SIOCGSTAMPNS };
	struct timespec t[2][2];
	char c;
	int fd[2], on = 1;

	pair(SOCK_STREAM, fd);
	say("of a stream", ioctl(fd[1], SIOCGSTAMP, t));
	close(fd[0]);
	close(fd[1]);
	for (int i = 0; i < 2; i++) {
		pair(SOCK_DGRAM, fd);
		memset(t, 0, sizeof(t));
		say("nothing was read", ioctl(fd[1], ask[i], t[0]));
		send(fd[0], "a", 1, 0);
		recv(fd[1], &c, 1, 0);
		say("a stamp", ioctl(fd[1], ask[i], &t[0][0]));
		say("again", ioctl(fd[1], ask[i], &t[0][1]));
		printf("there is one: %d, the same: %d, in range: %d\n",
		       t[0][0].tv_sec > 0, !memcmp(&t[0][0], &t[0][1], 16),
		       t[0][0].tv_nsec < (i ? 1000000000 : 1000000));
		poll(NULL, 0, 3);
		send(fd[0], "b", 1, 0);
		recv(fd[1], &c, 1, 0);
		ioctl(fd[1], ask[i], &t[1][0]);
		printf("another: %d\n", memcmp(&t[0][0], &t[1][0], 16) != 0);
		setsockopt(fd[1], SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on));
		poll(NULL, 0, 3);
		send(fd[0], "c", 1, 0);
		recv(fd[1], &c, 1, 0);
		ioctl(fd[1], ask[i], &t[1][1]);
		printf("not told twice: %d\n", !memcmp(&t[1][0], &t[1][1], 16));
		say("no room", ioctl(fd[1], ask[i], NULL));
		close(fd[0]);
		close(fd[1]);
		/* late: it came before anybody asked */
		pair(SOCK_DGRAM, fd);
		send(fd[0], "a", 1, 0);
		recv(fd[1], &c, 1, 0);
		say("late", ioctl(fd[1], ask[i], &t[0][0]));
		close(fd[0]);
		close(fd[1]);
	}
}

static void print_bytes(const char *what, const void *p, size_t n)
{
	printf(" %s", what);
	for (size_t i = 0; i < n; i++)
		printf("%02x", ((const unsigned char *)p)[i]);
}

static void print_address(const char *what, const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_ll *ll = (const void *)sa;

	if (!sa)
		printf(" %snone", what);
	else if (sa->sa_family == AF_INET)
		print_bytes(what, &in->sin_addr, 4);
	else if (sa->sa_family == AF_INET6)
		print_bytes(what, &in6->sin6_addr, 16);
	else
		printf(" %slink %d type %d len %d", what, ll->sll_ifindex,
		       ll->sll_hatype, ll->sll_halen);
}

static void links(void)
{
	struct ifaddrs *list;
	char name[IF_NAMESIZE];

	say("if_nametoindex lo", if_nametoindex("lo"));
	errno = 0;
	say("none", if_nametoindex("nope"));
	printf("%s\n", strerrorname_np(errno));
	say("long", if_nametoindex("a-name-that-is-too-long"));
	printf("%s\n", strerrorname_np(errno));
	printf("if_indextoname %s\n", if_indextoname(1, name));
	printf("none %d", if_indextoname(77, name) != NULL);
	printf(" %s\n", strerrorname_np(errno));
	say("getifaddrs", getifaddrs(&list));
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		printf("%s %x", i->ifa_name,
		       i->ifa_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING |
				       IFF_BROADCAST | IFF_POINTOPOINT));
		print_address("addr ", i->ifa_addr);
		print_address("mask ", i->ifa_netmask);
		print_address("far ", i->ifa_dstaddr);
		puts("");
	}
	freeifaddrs(list);
}

int table_main(void)
{
	struct rlimit most;
	int file;

	if (getrlimit(RLIMIT_NOFILE, &most))
		table_die();
	most.rlim_cur = most.rlim_max; /* a world's files have high numbers */
	setrlimit(RLIMIT_NOFILE, &most);
	signal(SIGPIPE, SIG_IGN);
	file = make_file();
	streams(file);
	partial(file);
	datagrams(file);
	refusals(file);
	pwait2();
	stamps();
	links();
	close(file);
	return 0;
}
