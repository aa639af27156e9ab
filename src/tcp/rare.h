/* SPDX-License-Identifier: MIT */
/*
 * tcp/rare.h - options that are not the default, kept apart (tcp/conn.h)
 */
#ifndef OSTIA_TCP_RARE_H
#define OSTIA_TCP_RARE_H

#include "tcp/conn.h"

/** tcp_rare_copy() - @to inherits @from's options, not its totals; -ENOMEM. */
int tcp_rare_copy(struct tcp *t, struct tcp_conn *to,
		  const struct tcp_conn *from);

/** tcp_rare_put() - Give it back, if there is one. */
void tcp_rare_put(struct tcp *t, struct tcp_conn *c);

/** tcp_rare_filter() - Holds @b (or NULL) from now on, takes it. */
void tcp_rare_filter(struct tcp *t, struct tcp_rare *r, struct bpf *b);

#endif
