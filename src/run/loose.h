/* SPDX-License-Identifier: MIT */
/*
 * run/loose.h - a guest's end that has no other end yet
 *
 * A TCP socket that is neither connected nor listening is an AF_UNIX socket
 * that is not either: read() and write() of it fail at once, poll() says
 * POLLOUT | POLLHUP, and nobody asks us. When it is to be connected, we, who
 * can have a duplicate of it, connect that to a listener of ours: the guest's
 * file stays what it was, with its flags, its duplicates and whoever polls it.
 *
 * A loose end tells nobody of its last close. So it has a name, which is gone
 * with it: as long as another socket cannot take that name, it is there. The
 * host looks every RUN_SUP_SCAN_MS, at some of them whenever there is a new
 * one, and at all of them before it says that an address is in use.
 *
 * What differs from TCP: read() says EINVAL (ENOTCONN), write() says ENOTCONN
 * and sends no signal (EPIPE).
 */
#ifndef OSTIA_RUN_LOOSE_H
#define OSTIA_RUN_LOOSE_H

#include <stdbool.h>

#include "run/door.h"

/**
 * run_loose_new() - Make a guest's end without another
 * @guest_end: receives it: run_door_hand() it, or close it
 *
 * The door is filed, its pair.fd stays -1. Return: 0; -ENFILE, -ENOMEM; or
 * what bind() says where names are denied: then run_door_pair() will do.
 */
int run_loose_new(struct run_door *d, int *guest_end);

/** run_loose_is() - Has its guest's end no other end? */
bool run_loose_is(const struct run_door *d);

/**
 * run_loose_tie() - Connect it: from now on d->pair is there, not watched yet
 * @guest_end: a duplicate of it, the caller's
 * Return: 0; -ENFILE, -ENOMEM: it is as loose as it was.
 */
int run_loose_tie(struct run_door *d, int guest_end);

/**
 * run_loose_scan() - Free the doors whose guests have closed a loose end
 * @most: how many are looked at; those that are held go behind the others
 * Return: true: there were some.
 */
bool run_loose_scan(struct run_host *h, uint32_t most);

/** run_loose_fini() - Close what the supervisor has for it. */
void run_loose_fini(struct run_sup *s);

#endif
