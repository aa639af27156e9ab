/* SPDX-License-Identifier: MIT */
/*
 * sock/dgram.h - what sockets of whole packets (UDP, raw, ping) share: the
 * meaning of flags, shutdown, readiness, names
 */
#ifndef OSTIA_SOCK_DGRAM_H
#define OSTIA_SOCK_DGRAM_H

#include "sock/sock.h"

/** sock_dgram_of() - The queues of a datagram or raw socket; NULL: TCP. */
struct dgram *sock_dgram_of(const struct sock *s);

/** sock_dgram_zone() - By which link to @to; groups have one of their own. */
uint32_t sock_dgram_zone(const struct sock *s, const struct ostia_addr *to,
			 uint32_t zone);

/** sock_dgram_group_source() - What IP_MULTICAST_IF says of the source; NULL:
 * nothing, or bind() said something else.
 */
const struct ostia_addr *sock_dgram_group_source(const struct sock *s,
						 const struct ostia_addr *to);

/** sock_dgram_to() - Where a message goes
 * Return: 0; -EMSGSIZE, -EDESTADDRREQ, -EOPNOTSUPP, -EPIPE (SHUT_WR), in
 * the order in which the family looks.
 */
int sock_dgram_to(struct sock *s, const struct sock_out *m,
		  struct dgram_to *to);

/** sock_dgram_remote() - UDP's, raw's or ping's peer, and its port; or NULL. */
const struct ostia_addr *sock_dgram_remote(const struct sock *s,
					   uint16_t *port);

/** sock_dgram_errs() - recvmsg(MSG_ERRQUEUE): payload copied, or -EAGAIN. */
int64_t sock_dgram_errs(struct sock *s, struct sock_in *m);
/** sock_dgram_err_got() - @m->err was read, with @n bytes; of TCP, too. */
int64_t sock_dgram_err_got(struct sock_in *m, int64_t n);

/** sock_dgram_pmtu() - IPV6_RECVPATHMTU: an MTU that a sender met, if one did.
 */
bool sock_dgram_pmtu(struct sock *s, struct sock_in *m);

/** sock_dgram_got() - What recv() says of @n: MSG_TRUNC, SHUT_RD. */
int64_t sock_dgram_got(struct sock *s, struct sock_in *m, int64_t n);

/** sock_dgram_binding() - Its ends; NULL: TCP, AF_PACKET. */
struct binding *sock_dgram_binding(const struct sock *s);

/* For the tables of operations. */
int sock_dgram_shutdown(struct sock *s, int how);
uint32_t sock_dgram_poll(struct sock *s);
int sock_dgram_peer(const struct sock *s, struct sock_name *out);
int sock_dgram_take_error(struct sock *s);

/** sock_dgram_name() - The local address; the port is the protocol's. */
void sock_dgram_name(const struct sock *s, struct sock_name *out);

/** sock_dgram_sent() - What send() says of @n: MSG_CONFIRM. */
int64_t sock_dgram_sent(struct sock *s, const struct sock_out *m, int64_t n);

#endif
