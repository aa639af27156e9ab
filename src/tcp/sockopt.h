/* SPDX-License-Identifier: MIT */
/*
 * tcp/sockopt.h - options of a socket that act inside TCP (tcp(7), socket(7))
 *
 * tcp_set_opt(), tcp_get_opt() and tcp_set_cc() of tcp/tcp.h; Linux's ranges.
 */
#ifndef OSTIA_TCP_SOCKOPT_H
#define OSTIA_TCP_SOCKOPT_H

#include "tcp/conn.h"

enum {
	TCP_SOCKOPT_SNDBUF_MIN = 4608, /* SOCK_MIN_SNDBUF of Linux */
	TCP_SOCKOPT_RCVBUF_MIN = 2304,
};

/** tcp_sockopt_sync() - What each segment carries changed: the MSS, too. */
void tcp_sockopt_sync(struct tcp *t, struct tcp_conn *c);

#endif
