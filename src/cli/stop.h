/* SPDX-License-Identifier: MIT */
/*
 * cli/stop.h - SIGINT and SIGTERM end what we do, and we say goodbye
 *
 * The kernel would close the sockets of a program that a signal ends. Ours
 * live in the program, so it has to do it itself, before it goes.
 */
#ifndef OSTIA_CLI_STOP_H
#define OSTIA_CLI_STOP_H

/** stop_install() - From now on signals only set what stop_signal() tells. */
void stop_install(void);

/** stop_signal() - The signal that came, or 0. */
int stop_signal(void);

/**
 * stop_fd() - Readable from the signal on; -1: there is no descriptor for it
 *
 * Who waits for other things polls this one, too: a signal that comes just
 * before poll() interrupts nothing.
 */
int stop_fd(void);

#endif
