/* SPDX-License-Identifier: MIT */
/*
 * A textbook client: says something to a server and prints what comes back
 *
 *	client HOST PORT [TEXT]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t parse_address(const char *host, const char *port,
			       struct sockaddr_storage *out)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((unsigned short)atoi(port));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((unsigned short)atoi(port));
		return sizeof(*in6);
	}
	return 0;
}

static int send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, 0);

		if (sent < 0) {
			perror("send");
			return -1;
		}
		p += sent;
		n -= (size_t)sent;
	}
	return 0;
}

/* Print what comes until it is as much as was sent. */
static int receive_all(int fd, size_t n)
{
	char buf[4096];

	while (n) {
		ssize_t got = recv(fd, buf, sizeof(buf), 0);

		if (got < 0) {
			perror("recv");
			return -1;
		}
		if (got == 0) {
			fprintf(stderr, "client: the server closed early\n");
			return -1;
		}
		if (write(STDOUT_FILENO, buf, (size_t)got) != got) {
			perror("write");
			return -1;
		}
		n -= (size_t)got;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *text = argc > 3 ? argv[3] : "Hello, server.\n";
	struct sockaddr_storage addr;
	socklen_t len;
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: client HOST PORT [TEXT]\n");
		return 2;
	}
	len = parse_address(argv[1], argv[2], &addr);
	if (!len) {
		fprintf(stderr, "client: %s: not an address\n", argv[1]);
		return 2;
	}
	fd = socket(addr.ss_family, SOCK_STREAM, 0);
	if (fd < 0) {
		perror("socket");
		return 1;
	}
	if (connect(fd, (struct sockaddr *)&addr, len) < 0) {
		perror("connect");
		return 1;
	}
	if (send_all(fd, text, strlen(text)) < 0)
		return 1;
	if (receive_all(fd, strlen(text)) < 0)
		return 1;
	if (close(fd) < 0) {
		perror("close");
		return 1;
	}
	return 0;
}
