/* SPDX-License-Identifier: MIT */
/*
 * base/time.h - the stack's idea of time
 *
 * Time is a number the host passes in. It counts nanoseconds from an epoch
 * that the host picks and never moves backwards; only differences mean
 * anything. OSTIA_NEVER stands for "no deadline" and sorts after every real
 * time, so the next deadline of a whole is the minimum of its parts.
 */
#ifndef OSTIA_BASE_TIME_H
#define OSTIA_BASE_TIME_H

#include <stdint.h>

#include <ostia/types.h> /* ostia_time, OSTIA_NEVER */

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/** time_after() - The moment @delay ns after @t, or never if @t is never. */
static inline ostia_time time_after(ostia_time t, uint64_t delay)
{
	return delay < OSTIA_NEVER - t ? t + delay : OSTIA_NEVER;
}

/** time_min() - The earlier of two moments: the next deadline of a whole. */
static inline ostia_time time_min(ostia_time a, ostia_time b)
{
	return a < b ? a : b;
}

/** time_since() - ns from @then to @now, 0 if @then is still to come. */
static inline uint64_t time_since(ostia_time then, ostia_time now)
{
	return now > then ? now - then : 0;
}

#endif
