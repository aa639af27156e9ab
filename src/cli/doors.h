/* SPDX-License-Identifier: MIT */
/*
 * cli/doors.h - small programs, each of which shows one rule of sockets
 *
 * docs/sockets.md tells them with their output. They are plain socket
 * programs: HOST and PORT are where the server's door is.
 */
#ifndef OSTIA_CLI_DOORS_H
#define OSTIA_CLI_DOORS_H

/** struct door - A scene between a client and a server
 * @server: NULL: nobody is at home
 * @faults: of the wire between them
 */
struct door {
	const char *name, *title, *faults;
	int (*server)(int, char **);
	int (*client)(int, char **);
};

/** door_at() - The i-th, NULL past the last. */
const struct door *door_at(unsigned i);

#endif
