/* SPDX-License-Identifier: MIT */
/*
 * os/events.h - what the stack tells, and whom it wakes
 *
 * An event with a sleeper's cookie wakes him; others wait in a ring for
 * ostia_runtime_event(). Called with the lock.
 */
#ifndef OSTIA_OS_EVENTS_H
#define OSTIA_OS_EVENTS_H

#include "os/runtime.h"

/** events_take() - Take all events from the stack */
void events_take(struct ostia_runtime *rt);

/** events_wake() - End a sleeper's sleep, whatever he sleeps in */
void events_wake(struct sleeper *s);

/** events_kick() - Whoever is in poll() shall look again */
void events_kick(struct ostia_runtime *rt);

/** events_signal() - Make an eventfd readable; needs no lock */
void events_signal(int fd);

#endif
