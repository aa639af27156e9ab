/* SPDX-License-Identifier: MIT */
/* sock/tcp.h - what TCP does for sockets */
#ifndef OSTIA_SOCK_TCP_H
#define OSTIA_SOCK_TCP_H

#include "sock/sock.h"

extern const struct sock_ops sock_tcp_ops;

#endif
