/* SPDX-License-Identifier: MIT */
/*
 * os/claim.h - placeholders: the kernel's numbers of our descriptors
 *
 * Each descriptor of ours has a placeholder of the kernel's with its number:
 * an eventfd, or an epoll instance for those of ours, which then holds what
 * the kernel's descriptors have to tell. Called with the lock, or by the last
 * thread.
 */
#ifndef OSTIA_OS_CLAIM_H
#define OSTIA_OS_CLAIM_H

#include "os/runtime.h"

/** claim_has() - Is @fd one of ours? */
bool claim_has(const struct ostia_runtime *rt, int fd);

/** claim_next() - The lowest number at or after @fd that is ours; -1: none */
int claim_next(const struct ostia_runtime *rt, int fd);

/** claim_take() - struct ostia_wait_ops' claim; @ctx is the runtime
 * Return: the number; -ENOMEM, -EMFILE ...
 */
int claim_take(void *ctx, int like, int from, int flags);

/** claim_drop() - struct ostia_wait_ops' drop: the number is free again */
void claim_drop(void *ctx, int fd);

#endif
