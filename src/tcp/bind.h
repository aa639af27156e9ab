/* SPDX-License-Identifier: MIT */
/*
 * tcp/bind.h - a connection's place among the ports (ip/ports.h decides)
 *
 * conn->bind is one of two. Who called bind() or listen() has a struct
 * tcp_bind. Connections whose port was chosen by connect(), those that a
 * listener accepted, and TIME-WAIT records only keep the port busy: they hold
 * a claim, which all that are alike share.
 */
#ifndef OSTIA_TCP_BIND_H
#define OSTIA_TCP_BIND_H

#include "tcp/conn.h"

struct tcp_seg;

enum { TCP_BIND_CLAIM = 1u << 31 }; /* in conn->bind: the rest is a claim */

static inline struct tcp_bind *tcp_bind_at(const struct tcp *t, uint32_t handle)
{
	return slab_at(&t->binds, handle);
}

/**
 * tcp_bind_take() - Claim an address and port for @c by name
 * @local:	any: wildcard
 * @port:	0: an ephemeral one
 *
 * Return: 0, -EADDRINUSE, -ENOMEM.
 */
int tcp_bind_take(struct tcp *t, struct tcp_conn *c,
		  const struct ostia_addr *local, uint16_t port,
		  const struct bind_opts *o);

/**
 * tcp_bind_pick() - A port for c->flow that nobody connects by to this peer
 * Sets c->flow.lport. Return: 0, -EADDRNOTAVAIL, -ENOMEM.
 */
int tcp_bind_pick(struct tcp *t, struct tcp_conn *c, const struct bind_opts *o,
		  ostia_time now);

/** tcp_bind_inherit() - @c, accepted by @l, keeps the port busy too. */
int tcp_bind_inherit(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_conn *l);

/**
 * tcp_bind_claim() - Take conn's place over as a claim, for TIME-WAIT
 * Return: the handle, for tcp_bind_put(); 0 without memory.
 */
uint32_t tcp_bind_claim(struct tcp *t, struct tcp_conn *c);

/** tcp_bind_find() - Who listens there? NULL: nobody. */
struct tcp_conn *tcp_bind_find(struct tcp *t, const struct flow *f,
			       uint32_t link_index, uint32_t hash);

/** tcp_bind_hear() - Which listener is the segment for, of those that share
 * the place? (SO_ATTACH_REUSEPORT_CBPF)
 */
struct tcp_conn *tcp_bind_hear(struct tcp *t, const struct tcp_seg *s);

#endif
