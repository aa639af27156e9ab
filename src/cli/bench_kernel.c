/* SPDX-License-Identifier: MIT */
/*
 * cli/bench_kernel.c - the host kernel's loopback, both ends in one thread
 */
#include "cli/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CHUNK = 65536,
	BULK_BYTES = 1 << 30,
	RR_COUNT = 100000,
	CONN_COUNT = 5000,
	UDP_COUNT = 200000,
	UDP_SIZE = 64,
};

static uint8_t buf[CHUNK];

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_addr.s_addr =
					      htonl(INADDR_LOOPBACK) };
}

static int check(const char *what, long r)
{
	if (r < 0)
		bench_die(what, -errno);
	return (int)r;
}

/* A listener on a port of the kernel's choice; *a gets the address. */
static int listener(struct sockaddr_in *a)
{
	socklen_t len = sizeof(*a);
	int fd = check("socket", socket(AF_INET, SOCK_STREAM, 0));

	*a = loopback();
	check("bind", bind(fd, (struct sockaddr *)a, len));
	check("listen", listen(fd, 128));
	check("getsockname", getsockname(fd, (struct sockaddr *)a, &len));
	return fd;
}

/* Where bbr is the default, loopback is several times slower: always cubic. */
static int client(const struct sockaddr_in *a)
{
	int one = 1;
	int fd = check("socket", socket(AF_INET, SOCK_STREAM, 0));

	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	check("connect", connect(fd, (const struct sockaddr *)a, sizeof(*a)));
	return fd;
}

static void pair(int sv[2])
{
	struct sockaddr_in a;
	int l = listener(&a);
	int one = 1;

	sv[0] = client(&a);
	sv[1] = check("accept", accept(l, NULL, NULL));
	setsockopt(sv[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(l);
}

static double bulk(int sv[2])
{
	size_t sent = 0, got = 0;
	double t = bench_now();

	while (got < BULK_BYTES) {
		ssize_t n = send(sv[0], buf, CHUNK, MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		while (got < sent) {
			n = recv(sv[1], buf, CHUNK, MSG_DONTWAIT);
			if (n <= 0)
				break;
			got += (size_t)n;
		}
	}
	t = bench_now() - t;
	close(sv[0]);
	close(sv[1]);
	return (double)got / t;
}

static double rr(int sv[2])
{
	double t = bench_now();

	for (int i = 0; i < RR_COUNT; i++) {
		check("send", send(sv[0], buf, 1, 0));
		check("recv", recv(sv[1], buf, CHUNK, 0));
		check("send", send(sv[1], buf, 1, 0));
		check("recv", recv(sv[0], buf, CHUNK, 0));
	}
	t = bench_now() - t;
	close(sv[0]);
	close(sv[1]);
	return RR_COUNT / t;
}

double bench_kernel_bulk(void)
{
	int sv[2];

	pair(sv);
	return bulk(sv);
}

double bench_kernel_rr(void)
{
	int sv[2];

	pair(sv);
	return rr(sv);
}

double bench_kernel_local_bulk(void)
{
	int sv[2];

	check("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	return bulk(sv);
}

double bench_kernel_local_rr(void)
{
	int sv[2];

	check("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	return rr(sv);
}

double bench_kernel_conn(void)
{
	struct sockaddr_in a;
	int l = listener(&a);
	double t = bench_now();

	for (int i = 0; i < CONN_COUNT; i++) {
		int c = client(&a);
		int s = check("accept", accept(l, NULL, NULL));

		check("send", send(c, buf, 1, 0));
		check("recv", recv(s, buf, CHUNK, 0));
		close(c);
		check("recv", recv(s, buf, CHUNK, 0));
		close(s);
	}
	t = bench_now() - t;
	close(l);
	return CONN_COUNT / t;
}

double bench_kernel_udp(void)
{
	struct sockaddr_in a = loopback();
	socklen_t len = sizeof(a);
	int s = check("socket", socket(AF_INET, SOCK_DGRAM, 0));
	int c = check("socket", socket(AF_INET, SOCK_DGRAM, 0));
	double t;

	check("bind", bind(s, (struct sockaddr *)&a, len));
	check("getsockname", getsockname(s, (struct sockaddr *)&a, &len));
	check("connect", connect(c, (struct sockaddr *)&a, len));
	t = bench_now();
	for (int i = 0; i < UDP_COUNT; i++) {
		check("send", send(c, buf, UDP_SIZE, 0));
		check("recv", recv(s, buf, CHUNK, 0));
	}
	t = bench_now() - t;
	close(s);
	close(c);
	return UDP_COUNT / t;
}

double bench_memcpy(void)
{
	enum { ROUNDS = 20000 };
	static uint8_t a[CHUNK], b[CHUNK];
	double t = bench_now();

	for (int i = 0; i < ROUNDS; i++) {
		memcpy(a, buf, CHUNK);
		__asm__ volatile("" : : "r"(a) : "memory");
		memcpy(b, a, CHUNK);
		__asm__ volatile("" : : "r"(b) : "memory");
	}
	return (double)ROUNDS * CHUNK / (bench_now() - t);
}
