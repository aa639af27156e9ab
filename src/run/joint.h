/* SPDX-License-Identifier: MIT */
/*
 * run/joint.h - a connection of the kernel's and one of ours, end to end
 *
 * Bytes are peeked at in the kernel's socket, handed to the stack, and only
 * then taken, so that none are kept here; the other way they are lent by the
 * stack and written in place. Who does not read is not read from. A half close
 * is passed on as one, a reset as a reset.
 */
#ifndef OSTIA_RUN_JOINT_H
#define OSTIA_RUN_JOINT_H

#include "run/gate.h"

/**
 * struct run_joint - Two connections
 * @stack, @kernel: their ends
 * @connecting: ours is
 * @loan, @lent: bytes of the stack that the kernel has no room for
 * @full:	the stack has no room
 * @kernel_eof, @stack_eof: has said all it has to say, and it was passed on
 * @about:	whose it is: a host's (publishing), or the uplink's
 * @on_end:	told before it is freed; may be NULL
 */
struct run_joint {
	struct list joints;
	struct run_gate *gate;
	struct run_gate_watch stack;
	struct run_watch kernel;
	bool connecting, full, kernel_eof, stack_eof;
	struct ostia_loan loan;
	size_t lent;
	const void *about;
	void (*on_end)(struct run_joint *j);
	void *ctx;
};

/**
 * run_joint_new() - Join them, and let bytes pass
 * @fd:	of gate->proc, @kernel_fd: of ours; both non-blocking, taken
 * @connecting: connect() of @fd is under way
 * Return: 0; -ENOMEM, -ENOSPC (RUN_GATE_JOINTS), -errno of epoll_ctl; then
 * both are closed.
 */
int run_joint_new(struct run_gate *g, int fd, int kernel_fd, bool connecting,
		  const void *about, struct run_joint **out);

/** run_joint_abort() - Reset both ends. */
void run_joint_abort(struct run_joint *j);

#endif
