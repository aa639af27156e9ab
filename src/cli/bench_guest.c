/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_guest.c - the programs that are measured by themselves (P11)
 *
 * A server and its clients on plain sockets: they know nothing of us, and are
 * the same bytes on the kernel and as guests of `ostia run`. Blocking calls,
 * one thread each. The first byte of a connection says what it is for.
 */
#include "cli/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CHUNK = 128 << 10,
	ROOM = 256 << 10,
	WARM_ROUNDS = 100,
	CONNS_MAX = 5000, /* so that ports are not used up by TIME-WAIT */
	PATIENCE_S = 10,
};

static char room[ROOM];

static long must(const char *what, long r)
{
	if (r < 0)
		bench_die(what, -errno);
	return r;
}

static struct sockaddr_in address(char **words)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(words[1])) };

	if (inet_pton(AF_INET, words[0], &a.sin_addr) != 1)
		bench_die(words[0], -EINVAL);
	return a;
}

static int try_dial(char **words)
{
	const struct sockaddr_in a = address(words);
	int fd = (int)must("socket",
			   socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	if (!connect(fd, (const struct sockaddr *)&a, sizeof(a)))
		return fd;
	close(fd);
	return -1;
}

static int dial(char **words)
{
	return (int)must("connect", try_dial(words));
}

static void send_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = must("send", send(fd, p, len, MSG_NOSIGNAL));

		p += n;
		len -= (size_t)n;
	}
}

/* ---- the server ---- */

static void take_bulk(int fd)
{
	uint64_t got = 0;
	ssize_t n;

	while ((n = recv(fd, room, sizeof(room), 0)) > 0)
		got += (uint64_t)n;
	if (!n)
		send_all(fd, (const char *)&got, sizeof(got));
}

static void echo(int fd)
{
	ssize_t n;

	while ((n = recv(fd, room, sizeof(room), 0)) > 0)
		if (send(fd, room, (size_t)n, MSG_NOSIGNAL) != n)
			return;
}

static void answer(int fd)
{
	char what;

	if (recv(fd, &what, 1, 0) != 1)
		return;
	if (what == 'b')
		take_bulk(fd);
	else if (what == 'r')
		echo(fd);
	else if (what == 'c')
		send_all(fd, &what, 1);
}

static int serve(char **words)
{
	const struct sockaddr_in a = address(words);
	const int one = 1;
	int fd = (int)must("socket",
			   socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must("bind", bind(fd, (const struct sockaddr *)&a, sizeof(a)));
	must("listen", listen(fd, 128));
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0 && errno != ECONNABORTED && errno != EINTR)
			bench_die("accept", -errno);
		if (c >= 0) {
			answer(c);
			close(c);
		}
	}
}

/* ---- its clients; each prints what it did per second ---- */

static double deadline(char **words)
{
	return bench_now() + atoi(words[2]) * 1e-3;
}

static int per_second(double done, double began)
{
	return printf("%.3f\n", done / (bench_now() - began)) < 0;
}

static int bulk(char **words)
{
	int fd = dial(words);
	double began = bench_now(), end = deadline(words);
	uint64_t got = 0;

	memset(room, 'b', CHUNK);
	do
		send_all(fd, room, CHUNK);
	while (bench_now() < end);
	shutdown(fd, SHUT_WR);
	if (recv(fd, &got, sizeof(got), MSG_WAITALL) != sizeof(got))
		bench_die("the server's count", -EPIPE);
	return per_second((double)got + 1, began);
}

static void round_trip(int fd)
{
	send_all(fd, room, 1);
	if (recv(fd, room, 1, 0) != 1)
		bench_die("the server's answer", -EPIPE);
}

static int rr(char **words)
{
	int fd = dial(words), n = 0;
	const int one = 1;
	double began, end;

	must("TCP_NODELAY",
	     setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	send_all(fd, "r", 1);
	for (int i = 0; i < WARM_ROUNDS; i++)
		round_trip(fd);
	began = bench_now();
	end = deadline(words);
	do
		round_trip(fd);
	while (++n % 16 || bench_now() < end);
	return per_second(n, began);
}

static int conn(char **words)
{
	double began = bench_now(), end = deadline(words);
	int n = 0;

	room[0] = 'c';
	do {
		int fd = dial(words);

		round_trip(fd);
		close(fd);
	} while (++n < CONNS_MAX && bench_now() < end);
	return per_second(n, began);
}

/* Until somebody listens there. */
static int wait_for(char **words)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	double end = bench_now() + PATIENCE_S;
	int fd;

	while ((fd = try_dial(words)) < 0) {
		if (errno != ECONNREFUSED || bench_now() > end)
			return 1;
		nanosleep(&pause, NULL);
	}
	return close(fd);
}

static const struct word {
	const char *name;
	int (*run)(char **words); /* ADDR PORT [MS] */
	int count;
} roles[] = {
	{ "serve", serve, 2 }, { "wait", wait_for, 2 }, { "bulk", bulk, 3 },
	{ "rr", rr, 3 },       { "conn", conn, 3 },
};

int bench_guest(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (argc > 1 && !strcmp(argv[1], roles[i].name) &&
		    argc == 2 + roles[i].count)
			return roles[i].run(argv + 2);
	fputs("Usage: ostia bench guest serve|wait ADDRESS PORT\n"
	      "       ostia bench guest bulk|rr|conn ADDRESS PORT MS\n\n"
	      "What P11 measures: a server on plain sockets, and its clients. "
	      "See ostia-bench(1).\n",
	      stderr);
	return 125;
}
