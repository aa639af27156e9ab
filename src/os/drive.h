/* SPDX-License-Identifier: MIT */
/*
 * os/drive.h - who drives, and what he does: a round of poll() and packets
 *
 * One thread at a time drives: a sleeper, one that is in a call, in passing,
 * or the helper. Called with the lock.
 */
#ifndef OSTIA_OS_DRIVE_H
#define OSTIA_OS_DRIVE_H

#include "os/runtime.h"

/** drive_is_taken() - Does a thread other than @self and the helper drive? */
bool drive_is_taken(const struct ostia_runtime *rt, const struct sleeper *self);

/** drive_take() - From here on @self drives (NULL: who is in a call, in
 * passing); the helper, if it was its turn, goes back to its ticks.
 */
void drive_take(struct ostia_runtime *rt, struct sleeper *self);

/** drive_round() - Wait for a device, the next timer, @deadline or a kick;
 * then move what there is. The lock is released while waiting.
 * Return: 0, or -EINTR.
 */
int drive_round(struct ostia_runtime *rt, struct sleeper *self,
		ostia_time deadline);

/** drive_glance() - Take what is there already, the answer to what we have
 * just sent perhaps: saves a poll() and a second read.
 */
void drive_glance(struct ostia_runtime *rt);

/** drive_in_passing() - Calls that follow one another closely drive, too: the
 * helper, on another processor, would take locks and wake up for each frame.
 */
void drive_in_passing(struct ostia_runtime *rt);

#endif
