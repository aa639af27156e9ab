/* SPDX-License-Identifier: MIT */
/*
 * leak.c - descriptors that become fewer and fewer
 *
 * recv() answers 0 when the peer has closed. This server takes that for
 * "nothing yet" and forgets the connection without close(): it stays in
 * CLOSE-WAIT, for which there is no timer, as long as the server lives.
 */
#include "stage.h"

#include <sys/socket.h>
#include <unistd.h>

enum { VISITS = 3 };

static int server(int argc, char **argv)
{
	int door = stage_listen(8);
	char buf[16];

	(void)argc;
	(void)argv;
	for (int i = 0; i < VISITS; i++) {
		int fd = accept(door, NULL, NULL);

		while (recv(fd, buf, sizeof(buf), 0) > 0)
			send(fd, "yes.", 4, 0);
		/* close(fd) is missing */
	}
	stage_rest_ms(90000);
	return 0;
}

static int client(int argc, char **argv)
{
	char buf[4];

	(void)argc;
	(void)argv;
	for (int i = 0; i < VISITS; i++) {
		int fd = stage_connect();

		send(fd, "there?", 6, 0);
		if (stage_read(fd, buf, sizeof(buf)) || close(fd))
			return 1;
	}
	return 0;
}

const struct puzzle puzzle = { .name = "leak",
			       .faults = "delay 1ms",
			       .server = server,
			       .client = client };
