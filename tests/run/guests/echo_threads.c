/* SPDX-License-Identifier: MIT */
/*
 * echo_threads.c - a static program with threads, for tests of `ostia run`
 *
 *	echo_threads PORT	serve: a thread for each connection
 *	echo_threads HOST PORT	ask: eight threads, a hundred lines each
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 8, LINES = 100 };

static const char *host, *port;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *serve_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0, put; at < n; at += put)
			if ((put = write(fd, buf + at, (size_t)(n - at))) < 0)
				die("write");
	close(fd);
	return NULL;
}

static void serve(void)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)atoi(port)) };
	int l = socket(AF_INET6, SOCK_STREAM, 0);
	pthread_t t;

	if (l < 0 || bind(l, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(l, 64))
		die("listen");
	for (;;) {
		int fd = accept(l, NULL, NULL);

		if (fd < 0)
			die("accept");
		if (pthread_create(&t, NULL, serve_one, (void *)(intptr_t)fd))
			die("pthread_create");
		pthread_detach(t);
	}
}

static int dial(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *a;
	int fd;

	if (getaddrinfo(host, port, &hints, &a))
		die("getaddrinfo");
	fd = socket(a->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, a->ai_addr, a->ai_addrlen))
		die("connect");
	freeaddrinfo(a);
	return fd;
}

static void *ask_one(void *arg)
{
	int me = (int)(intptr_t)arg, fd = dial();
	char line[64], back[64];
	intptr_t right = 0;

	for (int i = 0; i < LINES; i++) {
		int n = snprintf(line, sizeof(line), "%d says %d\n", me, i);
		ssize_t got = 0, more;

		if (send(fd, line, (size_t)n, 0) != n)
			die("send");
		while (got < n &&
		       (more = recv(fd, back + got, (size_t)(n - got), 0)) > 0)
			got += more;
		right += got == n && !memcmp(line, back, (size_t)n);
	}
	close(fd);
	return (void *)right;
}

int main(int argc, char **argv)
{
	pthread_t t[THREADS];
	intptr_t sum = 0;

	host = argc > 2 ? argv[1] : NULL;
	port = argc > 2 ? argv[2] : argv[1];
	if (argc < 2)
		return 2;
	if (!host)
		serve();
	for (intptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, ask_one, (void *)i))
			die("pthread_create");
	for (int i = 0; i < THREADS; i++) {
		void *right;

		pthread_join(t[i], &right);
		sum += (intptr_t)right;
	}
	printf("%ld of %d lines came back\n", (long)sum, THREADS * LINES);
	return sum != THREADS * LINES;
}
