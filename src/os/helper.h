/* SPDX-License-Identifier: MIT */
/*
 * os/helper.h - the thread that drives when nobody else has for about 1 ms
 *
 * It ticks, and sleeps deep while somebody drives for long.
 */
#ifndef OSTIA_OS_HELPER_H
#define OSTIA_OS_HELPER_H

#include "os/runtime.h"

/** helper_start() - Return: 0, or -errno of pthread_create(). */
int helper_start(struct ostia_runtime *rt);

/** helper_stop() - Returns when it has ended; without the lock */
void helper_stop(struct ostia_runtime *rt);

#endif
