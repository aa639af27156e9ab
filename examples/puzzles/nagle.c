/* SPDX-License-Identifier: MIT */
/*
 * nagle.c - a request in two writes, and 40 ms that nobody asked for
 *
 * Nagle's algorithm keeps the second small write back until the first is
 * acknowledged; the server keeps the acknowledgment back until it has
 * something to send. Both are right, and wait for each other.
 */
#include "stage.h"

#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 3, HEAD = 4, BODY = 8 };

static int server(int argc, char **argv)
{
	int fd = accept(stage_listen(8), NULL, NULL);
	char buf[HEAD + BODY];

	(void)argc;
	(void)argv;
	for (int i = 0; i < ROUNDS; i++) {
		if (stage_read(fd, buf, HEAD) || stage_read(fd, buf, BODY))
			return 1;
		send(fd, "yes.", 4, 0);
	}
	return close(fd);
}

static int client(int argc, char **argv)
{
	int fd = stage_connect();
	char buf[4];

	(void)argc;
	(void)argv;
	for (int i = 0; i < ROUNDS; i++) {
		send(fd, "head", HEAD, 0);
		send(fd, "the body", BODY, 0);
		if (stage_read(fd, buf, sizeof(buf)))
			return 1;
	}
	return close(fd);
}

const struct puzzle puzzle = { .name = "nagle",
			       .faults = "delay 1ms",
			       .server = server,
			       .client = client,
			       .linger = OSTIA_S };
