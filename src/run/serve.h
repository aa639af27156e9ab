/* SPDX-License-Identifier: MIT */
/*
 * run/serve.h - the supervisor's life: what its clients ask, and its end
 *
 * It begins where run/join.c made its process and ends with its last guest
 * and the last client that holds a host; connections that are being closed
 * have a second to do it.
 */
#ifndef OSTIA_RUN_SERVE_H
#define OSTIA_RUN_SERVE_H

#include <stdint.h>

/**
 * run_serve() - Be the supervisor of network @net until it ends
 * @listener: its socket (taken); @dir: of run_dir_open() (taken)
 * Return: the process' exit status.
 */
int run_serve(int listener, int dir, const char *net, uint64_t seed);

#endif
