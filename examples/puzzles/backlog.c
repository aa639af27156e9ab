/* SPDX-License-Identifier: MIT */
/*
 * backlog.c - a connect() that takes three seconds, on a wire of one
 * millisecond
 *
 * The server is busy with something else and does not accept(). The kernel
 * answers for it until the queue of listen() is full; from then on it drops
 * SYNs without a word, and clients ask again after 1, 3, 7 ... seconds.
 */
#include "stage.h"

#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 3, BUSY_MS = 2000 };

static int server(int argc, char **argv)
{
	int door = stage_listen(1); /* Linux keeps one more than that */

	(void)argc;
	(void)argv;
	stage_rest_ms(BUSY_MS);
	for (int i = 0; i < CLIENTS; i++)
		if (close(accept(door, NULL, NULL)))
			return 1;
	return close(door);
}

static int client(int argc, char **argv)
{
	int fd[CLIENTS];

	(void)argc;
	(void)argv;
	for (int i = 0; i < CLIENTS; i++) {
		fd[i] = stage_connect();
		if (fd[i] < 0)
			return 1;
	}
	for (int i = 0; i < CLIENTS; i++)
		close(fd[i]);
	return 0;
}

const struct puzzle puzzle = { .name = "backlog",
			       .faults = "delay 1ms",
			       .server = server,
			       .client = client,
			       .linger = OSTIA_S };
