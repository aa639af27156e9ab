/* SPDX-License-Identifier: MIT */
/*
 * os/mixed.h - waiting for descriptors of both kinds, under plain names
 *
 * A poll() over descriptors of both kinds is a poll() of ours whose sleeper
 * brings the kernel's along: they join the driver's poll(), or, while somebody
 * else drives, are polled together with a descriptor that wakes the sleeper.
 * Both functions are of struct ostia_posix_ops; @ctx is the runtime.
 */
#ifndef OSTIA_OS_MIXED_H
#define OSTIA_OS_MIXED_H

#include "os/runtime.h"

/** mixed_ppoll() - Return: as ppoll(2). */
int mixed_ppoll(void *ctx, struct pollfd *v, nfds_t n,
		const struct timespec *t);

/** mixed_epoll_wait() - Of one of ours; its placeholder holds the kernel's
 * Return: as epoll_wait(2).
 */
int mixed_epoll_wait(void *ctx, int epfd, struct epoll_event *ev, int max,
		     int timeout_ms);

#endif
