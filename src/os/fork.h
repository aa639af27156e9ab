/* SPDX-License-Identifier: MIT */
/*
 * os/fork.h - after fork() a runtime is dead in the child
 *
 * The child has no helper and no business with the parent's packets: its
 * devices and placeholders are closed, and its calls say EBADF.
 */
#ifndef OSTIA_OS_FORK_H
#define OSTIA_OS_FORK_H

#include "os/runtime.h"

/** fork_enlist() - fork() shall know of @rt */
void fork_enlist(struct ostia_runtime *rt);

/** fork_delist() - @rt is about to go */
void fork_delist(struct ostia_runtime *rt);

#endif
