/* SPDX-License-Identifier: MIT */
/*
 * reset.c - an answer, and ECONNRESET instead of it
 *
 * The server knows from the first line that it will refuse, says so, and
 * closes; the rest of the request arrived meanwhile and nobody has read it.
 * A close() with unread data is a reset (RFC 1122 4.2.2.13), and the client,
 * still sending, hears of that and not of the answer.
 */
#include "stage.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE = 16, REST = 2000 };

static char rest[REST];

static int server(int argc, char **argv)
{
	int fd = accept(stage_listen(8), NULL, NULL);
	char line[LINE];

	(void)argc;
	(void)argv;
	if (stage_read(fd, line, sizeof(line)))
		return 1;
	stage_rest_ms(5); /* thinks; the rest arrives */
	send(fd, "413 too large\n", 14, 0);
	return close(fd);
}

static int client(int argc, char **argv)
{
	int fd = stage_connect();

	(void)argc;
	(void)argv;
	send(fd, "PUT /a HTTP/1.0\n", LINE, 0);
	for (int i = 0; i < 10; i++) {
		if (send(fd, rest, REST, MSG_NOSIGNAL) < 0)
			return errno == ECONNRESET ? close(fd) : 1;
		stage_rest_ms(4);
	}
	return 1;
}

const struct puzzle puzzle = { .name = "reset",
			       .faults = "delay 1ms",
			       .server = server,
			       .client = client,
			       .linger = OSTIA_S };
