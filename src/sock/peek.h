/* SPDX-License-Identifier: MIT */
/*
 * sock/peek.h - SO_PEEK_OFF of streams: where MSG_PEEK begins
 *
 * Each peek goes on where the last one ended; what is read in earnest moves
 * the place back, as it moves the bytes. AF_UNIX has its own (local/recv.c),
 * and so have datagrams (sock/udp.c).
 */
#ifndef OSTIA_SOCK_PEEK_H
#define OSTIA_SOCK_PEEK_H

#include "sock/sock.h"

/** sock_peek_off() - Bytes that a peek passes by; negative: it is off. */
static inline int32_t sock_peek_off(const struct sock *s)
{
	return s->rare ? s->rare->kept.v[SOCK_KEPT_PEEK_OFF] : -1;
}

/** sock_peek_moves() - Does a call with @flags go on where the last ended? */
static inline bool sock_peek_moves(const struct sock *s, int flags, int peek)
{
	return s->kind == SOCK_TCP && (flags & peek) && sock_peek_off(s) >= 0;
}

/** sock_peek_on() - @n bytes were peeked at; -@n: were read. */
void sock_peek_on(struct sock *s, int64_t n);

#endif
