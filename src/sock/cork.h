/* SPDX-License-Identifier: MIT */
/*
 * sock/cork.h - one datagram from several sends: MSG_MORE, UDP_CORK (udp(7))
 *
 * The first send says where to; what follows is added to it until a send
 * without MSG_MORE, or UDP_CORK being switched off, lets it go.
 */
#ifndef OSTIA_SOCK_CORK_H
#define OSTIA_SOCK_CORK_H

#include "sock/sock.h"

typedef int64_t (*sock_cork_fn)(struct sock *s, const struct sock_out *m);

/**
 * sock_cork_send() - Add @m to what waits, and let it go if it is the last
 * @check, @send: of the protocol: may it be sent, and send it
 *
 * Return: m->n; -EMSGSIZE: too long, all is dropped; -ENOMEM, or as they say.
 */
int64_t sock_cork_send(struct sock *s, const struct sock_out *m,
		       sock_cork_fn check, sock_cork_fn send);

/** sock_cork_set() - UDP_CORK; off lets go what waits. */
int64_t sock_cork_set(struct sock *s, bool on, sock_cork_fn send);

/** sock_cork_drop() - The socket closes. */
void sock_cork_drop(struct sock_cork *c);

/** sock_cork_needed() - Does this send begin, go on or end a corked one? */
static inline bool sock_cork_needed(const struct sock_cork *c, bool more)
{
	return more || (c && (c->on || c->block));
}

#endif
