/* SPDX-License-Identifier: MIT */
/*
 * A textbook server: sends back what each client sends, many at once
 *
 *	server HOST PORT [CLIENTS]
 *
 * HOST is an address of this machine, IPv4 or IPv6. After CLIENTS clients
 * have come and gone it ends; without the number it never does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CLIENTS = 200, BUFFER = 4096, BACKLOG = 16 };

/* One client: what it sent, and how much of that it has back. */
struct client {
	int fd;
	size_t len, sent;
	char buf[BUFFER];
};

static struct client clients[MAX_CLIENTS];
static int n_clients;

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

static int open_listener(const char *host, const char *port)
{
	struct sockaddr_storage addr;
	socklen_t len = parse_address(host, port, &addr);
	int one = 1;
	int fd;

	if (!len) {
		fprintf(stderr, "server: %s: not an address\n", host);
		return -1;
	}
	fd = socket(addr.ss_family, SOCK_STREAM, 0);
	if (fd < 0) {
		perror("socket");
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0) {
		perror("setsockopt");
		return -1;
	}
	if (bind(fd, (struct sockaddr *)&addr, len) < 0) {
		perror("bind");
		return -1;
	}
	if (listen(fd, BACKLOG) < 0) {
		perror("listen");
		return -1;
	}
	return fd;
}

static void accept_client(int listener)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd = accept(listener, (struct sockaddr *)&peer, &len);

	if (fd < 0) {
		perror("accept");
		return;
	}
	clients[n_clients].fd = fd;
	clients[n_clients].len = 0;
	clients[n_clients].sent = 0;
	n_clients++;
}

/* Returns 0 when the client is done. */
static int receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->buf, sizeof(c->buf), 0);

	if (n < 0)
		perror("recv");
	if (n <= 0)
		return 0;
	c->len = (size_t)n;
	c->sent = 0;
	return 1;
}

static int send_back(struct client *c)
{
	ssize_t n =
		send(c->fd, c->buf + c->sent, c->len - c->sent, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return 1;
	if (n < 0) {
		perror("send");
		return 0;
	}
	c->sent += (size_t)n;
	if (c->sent == c->len)
		c->len = 0;
	return 1;
}

/* Returns how many clients have gone. */
static int serve_clients(const struct pollfd *ready)
{
	int gone = 0;

	for (int i = n_clients - 1; i >= 0; i--) {
		struct client *c = &clients[i];
		int stays = 1;

		if (!ready[i].revents)
			continue;
		stays = c->len ? send_back(c) : receive(c);
		if (stays)
			continue;
		if (close(c->fd) < 0)
			perror("close");
		*c = clients[--n_clients];
		gone++;
	}
	return gone;
}

static int wait_for_work(struct pollfd *fds, int listener)
{
	for (int i = 0; i < n_clients; i++) {
		fds[i].fd = clients[i].fd;
		fds[i].events = clients[i].len ? POLLOUT : POLLIN;
	}
	fds[n_clients].fd = n_clients < MAX_CLIENTS ? listener : -1;
	fds[n_clients].events = POLLIN;
	if (poll(fds, (nfds_t)n_clients + 1, -1) < 0) {
		perror("poll");
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct pollfd fds[MAX_CLIENTS + 1];
	long left = argc > 3 ? atol(argv[3]) : -1;
	int listener;

	if (argc < 3) {
		fprintf(stderr, "usage: server HOST PORT [CLIENTS]\n");
		return 2;
	}
	n_clients = 0;
	signal(SIGPIPE, SIG_IGN);
	listener = open_listener(argv[1], argv[2]);
	if (listener < 0)
		return 1;
	while (left != 0) {
		int before = n_clients;
		int gone;

		if (wait_for_work(fds, listener) < 0)
			return 1;
		gone = serve_clients(fds);
		if (fds[before].revents & POLLIN)
			accept_client(listener);
		if (left > 0)
			left -= gone < left ? gone : left;
	}
	if (close(listener) < 0)
		perror("close");
	return 0;
}
