/* SPDX-License-Identifier: MIT */
/*
 * os/lock.h - the lock of a runtime, and cancellation
 *
 * With the lock no thread can be cancelled (reads and writes would end it):
 * only while it waits, if it can be at all. ostia_runtime_lock() and _unlock()
 * are here, too; a call begins and ends with them.
 */
#ifndef OSTIA_OS_LOCK_H
#define OSTIA_OS_LOCK_H

#include "os/runtime.h"

/** lock_let_go() - Before a wait
 * Return: whether the thread may be cancelled, for lock_take_again().
 */
int lock_let_go(struct ostia_runtime *rt);

/** lock_take_again() - After it */
void lock_take_again(struct ostia_runtime *rt, int may);

/** lock_ppoll() - Poll without the lock until @until, as ppoll(2)
 * Return: as ppoll(), or -errno.
 */
int lock_ppoll(struct ostia_runtime *rt, struct pollfd *p, nfds_t n,
	       ostia_time until);

#endif
