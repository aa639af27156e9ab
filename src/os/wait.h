/* SPDX-License-Identifier: MIT */
/*
 * os/wait.h - a blocking call sleeps until its event comes
 *
 * A thread that waits is a sleeper: it drives, or while another one does, dozes
 * until it is woken or the role is passed to it.
 */
#ifndef OSTIA_OS_WAIT_H
#define OSTIA_OS_WAIT_H

#include "os/runtime.h"

/** wait_event() - struct ostia_wait_ops' wait; @ctx is the runtime
 * Return: 0; -ETIMEDOUT, -EINTR (a signal, or a descriptor that was brought),
 * -EBADF (after fork).
 */
int wait_event(void *ctx, uint64_t cookie, ostia_time deadline);

/** wait_bring() - Descriptors of the kernel's that this thread's next calls
 * wait for, too
 * @f: lent until another one is brought; NULL: none
 */
void wait_bring(struct foreign *f);

#endif
