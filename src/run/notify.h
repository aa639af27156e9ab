/* SPDX-License-Identifier: MIT */
/*
 * run/notify.h - seccomp's notifications: take one, answer it
 *
 * Thin and exact. -ENOENT is no error but news: the thread is gone, or a
 * signal took it out of the call; what the answer was about has not happened
 * then, and the caller puts it back. See seccomp_unotify(2).
 */
#ifndef OSTIA_RUN_NOTIFY_H
#define OSTIA_RUN_NOTIFY_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/** union run_notify - A notification, and room for a later kernel's more */
union run_notify {
	struct seccomp_notif n;
	uint8_t room[512];
};

/**
 * run_notify_open() - Make ready a listener that was handed to us
 *
 * Asks for SYNC_WAKE_UP, which kernels before 6.6 do not know (then it is
 * slower, no more). Return: 0; -E2BIG: the kernel's structures do not fit
 * ours; -ENOSYS.
 */
int run_notify_open(int listener);

/**
 * run_notify_recv() - The oldest call that waits
 * Blocks unless the listener was polled readable. Return: 0; -ENOENT: it went
 * away meanwhile; -EINTR.
 */
int run_notify_recv(int listener, union run_notify *out);

/** run_notify_waiting() - Is there another one? Asks and does not wait. */
bool run_notify_waiting(int listener);

/**
 * run_notify_send() - The call returns @value, or -errno when negative
 * Return: 0, -ENOENT.
 */
int run_notify_send(int listener, uint64_t id, int64_t value);

/** run_notify_continue() - Let the kernel do the call. Return: 0, -ENOENT. */
int run_notify_continue(int listener, uint64_t id);

/**
 * run_notify_add() - Give the caller a copy of @fd, and return its number
 * from the call, in one step
 * @cloexec: of the copy
 *
 * Return: the number there; -ENOENT: nothing was given; -EMFILE: the caller
 * has no number left; the call is then still unanswered.
 */
int run_notify_add(int listener, uint64_t id, int fd, bool cloexec);

/**
 * run_notify_put() - Put a copy of @fd in the place of the caller's @at
 * The call is not answered by it. Registrations of what was there with epoll
 * are lost. Return: 0, -ENOENT, -EMFILE.
 */
int run_notify_put(int listener, uint64_t id, int fd, int at, bool cloexec);

/** run_notify_valid() - Does the thread still wait for our answer? */
bool run_notify_valid(int listener, uint64_t id);

#endif
