/* SPDX-License-Identifier: MIT */
/* sock/raw.h - what raw and ping endpoints do for sockets */
#ifndef OSTIA_SOCK_RAW_H
#define OSTIA_SOCK_RAW_H

#include "sock/sock.h"

extern const struct sock_ops sock_raw_ops;

/** struct sock_raw - A socket with its endpoint behind it */
struct sock_raw {
	struct sock s;
	struct raw_sock r;
};

static inline struct sock_raw *sock_raw_of(struct raw_sock *r)
{
	return list_entry(r, struct sock_raw, r);
}

#endif
