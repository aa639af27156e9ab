/* SPDX-License-Identifier: MIT */
/*
 * timewait.c - EADDRNOTAVAIL, though nothing is open
 *
 * Who closes first keeps the pair of addresses and ports in TIME-WAIT for 60
 * seconds. A client that asks the same server again and again, a connection
 * each time, uses up its ports; here there are four of them, in the field
 * 28232, which last for 470 connections a second.
 */
#include "stage.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS = 4 };

static int server(int argc, char **argv)
{
	int door = stage_listen(8);
	char buf[8];

	(void)argc;
	(void)argv;
	for (int i = 0; i < PORTS + 1; i++) {
		int fd = accept(door, NULL, NULL);

		if (stage_read(fd, buf, sizeof(buf)) != -1 || close(fd))
			return 1;
	}
	return close(door);
}

static int client(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < PORTS; i++)
		if (close(stage_connect()))
			return 1;
	stage_rest_ms(10);
	if (stage_connect() >= 0 || errno != EADDRNOTAVAIL)
		return 1;
	stage_rest_ms(61000); /* longer than TIME-WAIT */
	return close(stage_connect());
}

static const struct ostia_setting settings[] = {
	{ "net.ipv4.ip_local_port_range", "50000 50003" },
	{ "net.ipv4.tcp_tw_reuse", "0" },
};

const struct puzzle puzzle = { .name = "timewait",
			       .faults = "delay 1ms",
			       .server = server,
			       .client = client,
			       .settings = settings,
			       .nsettings =
				       sizeof(settings) / sizeof(settings[0]),
			       .linger = OSTIA_S };
