/* SPDX-License-Identifier: MIT */
/*
 * window.c - a send() that stands still
 *
 * The server reads a little and is then busy for two seconds. Its receive
 * buffer fills, it tells a window of zero, and the client's TCP may only ask
 * now and then whether it is open again. No packet was lost, and the network
 * is idle.
 */
#include "stage.h"

#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 8192, ALL = 40000, BUSY_MS = 2000 };

static char bytes[ALL];

static int server(int argc, char **argv)
{
	int door = stage_listen(8), room = ROOM, fd;
	static char buf[ALL];

	(void)argc;
	(void)argv;
	setsockopt(door, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	fd = accept(door, NULL, NULL);
	if (stage_read(fd, buf, 1000))
		return 1;
	stage_rest_ms(BUSY_MS);
	return stage_read(fd, buf, ALL - 1000) || close(fd);
}

static int client(int argc, char **argv)
{
	int fd = stage_connect(), room = ROOM;

	(void)argc;
	(void)argv;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return send(fd, bytes, ALL, 0) != ALL || close(fd);
}

const struct puzzle puzzle = { .name = "window",
			       .faults = "delay 5ms",
			       .server = server,
			       .client = client,
			       .linger = OSTIA_S };
