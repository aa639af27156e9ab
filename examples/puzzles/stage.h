/* SPDX-License-Identifier: MIT */
/*
 * examples/puzzles/stage.h - two programs, a wire between them, a recording
 *
 * A puzzle is a client and a server that do what programs in the field do, and
 * wait, or fail, for no reason that they could name. stage.c runs both in
 * virtual time on two hosts and writes down what happened:
 *
 *	$ nagle nagle.ostia
 *	$ ostia show nagle.ostia
 */
#ifndef OSTIA_EXAMPLES_PUZZLES_STAGE_H
#define OSTIA_EXAMPLES_PUZZLES_STAGE_H

#include <ostia/stack.h>
#include <ostia/types.h>

/**
 * struct puzzle - What is played
 * @faults:   of the wire
 * @settings: of both hosts
 * @linger:   how long we look on when both programs have ended
 */
struct puzzle {
	const char *name, *faults;
	int (*server)(int argc, char **argv);
	int (*client)(int argc, char **argv);
	const struct ostia_setting *settings;
	unsigned nsettings;
	ostia_time linger;
};

extern const struct puzzle puzzle; /* each program's own */

/* What the programs have in common. */
int stage_listen(int backlog); /* at port 7; a descriptor */
int stage_connect(void); /* to the server; a descriptor, or -1 */
void stage_rest_ms(long ms);

/** stage_read() - Wait until @n bytes are there. Return: 0; -1: they end. */
int stage_read(int fd, char *buf, size_t n);

#endif
