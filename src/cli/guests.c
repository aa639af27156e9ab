/* SPDX-License-Identifier: MIT */
/*
 * cli/guests.c - plain socket programs that the demo runs in its world
 *
 * The TCP ones are examples/server.c and examples/client.c, unchanged.
 */
#include "cli/demo.h"
#include "cli/ping.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <ostia/posix.h>
#include <string.h>
#include <sys/un.h>

static socklen_t parse(const char *host, const char *port,
		       struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	uint16_t p = htons((uint16_t)atoi(port));

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = p;
		return sizeof(*in);
	}
	inet_pton(AF_INET6, host, &in6->sin6_addr);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = p;
	return sizeof(*in6);
}

/* HOST PORT: answers one datagram. */
int guests_udp_server(int argc, char **argv)
{
	struct sockaddr_storage a, from;
	socklen_t len = parse(argv[1], argv[2], &a), from_len = sizeof(from);
	int fd = socket(a.ss_family, SOCK_DGRAM, 0);
	char buf[512];
	ssize_t n;

	(void)argc;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0)
		return 1;
	n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from,
		     &from_len);
	if (n < 0 || sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from,
			    from_len) != n)
		return 1;
	return close(fd) < 0;
}

/* HOST PORT TEXT: sends it and reads the answer. */
int guests_udp_client(int argc, char **argv)
{
	struct sockaddr_storage a;
	socklen_t len = parse(argv[1], argv[2], &a);
	int fd = socket(a.ss_family, SOCK_DGRAM, 0);
	size_t n = strlen(argv[3]);
	char buf[512];

	(void)argc;
	if (fd < 0 ||
	    sendto(fd, argv[3], n, 0, (struct sockaddr *)&a, len) < 0 ||
	    recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL) != (ssize_t)n)
		return 1;
	return close(fd) < 0;
}

static int local_stream(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un) { .sun_family = AF_UNIX };
	strncpy(out->sun_path, path, sizeof(out->sun_path) - 1);
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* PATH: answers one client, and takes its name away. */
int guests_local_server(int argc, char **argv)
{
	struct sockaddr_un a;
	int l = local_stream(argv[1], &a), fd;
	char buf[512];
	ssize_t n;

	(void)argc;
	if (l < 0 || bind(l, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(l, 5) < 0)
		return 1;
	fd = accept(l, NULL, NULL);
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0 || send(fd, buf, (size_t)n, 0) != n)
		return 1;
	if (recv(fd, buf, sizeof(buf), 0) != 0 || close(fd) < 0)
		return 1;
	return close(l) < 0 || unlink(argv[1]) < 0;
}

/* PATH TEXT: sends it and reads the answer. */
int guests_local_client(int argc, char **argv)
{
	struct sockaddr_un a;
	int fd = local_stream(argv[1], &a);
	size_t n = strlen(argv[2]);
	char buf[512];

	(void)argc;
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, argv[2], n, 0) < 0 ||
	    recv(fd, buf, sizeof(buf), 0) != (ssize_t)n)
		return 1;
	return close(fd) < 0;
}

/* HOST COUNT: a raw ICMP socket. */
int guests_ping(int argc, char **argv)
{
	const struct ping_job job = {
		.host = argv[1],
		.raw = true,
		.count = (uint64_t)atoi(argv[2]),
		.interval_ns = 100 * OSTIA_MS,
		.wait_ns = OSTIA_S,
		.size = 56,
	};

	(void)argc;
	return ping_run(&job);
}
