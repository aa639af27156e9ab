/* SPDX-License-Identifier: MIT */
/*
 * sock/filter.h - SO_ATTACH_FILTER and its kin (socket(7)) on every socket
 *
 * A new program takes the place of the last; SO_LOCK_FILTER keeps it for
 * good. What the program sees, and from where, is the protocol's.
 */
#ifndef OSTIA_SOCK_FILTER_H
#define OSTIA_SOCK_FILTER_H

#include "sock/sock.h"

struct sock_opt;

/** sock_filter_attach() - A struct sock_fprog
 * Return: 0; -EINVAL (not a program), -EPERM (locked), -ENOMEM.
 */
int sock_filter_attach(struct sock *s, const void *p, uint32_t n);

/**
 * sock_filter_steer() - SO_ATTACH_REUSEPORT_CBPF: UDP and TCP
 * Return: as sock_filter_attach(); -EINVAL: no SO_REUSEPORT when it was bound.
 */
int sock_filter_steer(struct sock *s, const void *p, uint32_t n);

/** sock_filter_share() - PACKET_FANOUT_DATA: which member of the group
 * Return: as sock_filter_attach(); -EINVAL: no group, or of another kind.
 */
int sock_filter_share(struct sock *s, const void *p, uint32_t n);

/** sock_filter_unsteer() - -ENOENT: no program; -EINVAL: no SO_REUSEPORT. */
int sock_filter_unsteer(struct sock *s, const struct sock_opt *o, int64_t v);

/** sock_filter_detach() - -ENOENT: there is none; -EPERM: it is locked. */
int sock_filter_detach(struct sock *s, const struct sock_opt *o, int64_t v);

/** sock_filter_lock() - Once locked, -EPERM to unlock. */
int sock_filter_lock(struct sock *s, const struct sock_opt *o, int64_t v);
int sock_filter_locked(struct sock *s, const struct sock_opt *o, int64_t *v);

/**
 * sock_filter_get() - SO_GET_FILTER: lengths count instructions, not bytes
 * @p:	 room for @len instructions
 * @len: room, then how many there are; room 0: only that
 * Return: 0; -EINVAL: they do not fit; -EFAULT: no @p.
 */
int sock_filter_get(struct sock *s, void *p, uint32_t *len);

#endif
