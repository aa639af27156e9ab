/* SPDX-License-Identifier: MIT */
/* sock/udp.h - what UDP does for sockets */
#ifndef OSTIA_SOCK_UDP_H
#define OSTIA_SOCK_UDP_H

#include "sock/sock.h"

extern const struct sock_ops sock_udp_ops;

/** struct sock_udp - A socket with its endpoint behind it */
struct sock_udp {
	struct sock s;
	struct udp_sock u;
};

/* With a descriptor and a slot for its port, 256 bytes (PERFORMANCE.md P6). */
static_assert(sizeof(struct sock_udp) <= 232, "an idle socket is small");

/** sock_udp_cork() - UDP_CORK. */
int sock_udp_cork(struct sock *s, bool on);

static inline struct sock_udp *sock_udp_of(struct udp_sock *u)
{
	return list_entry(u, struct sock_udp, u);
}

#endif
