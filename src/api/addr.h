/* SPDX-License-Identifier: MIT */
/*
 * api/addr.h - struct sockaddr and our own addresses
 *
 * Lengths are checked before a byte is read, and each call asks for the
 * family in its own way: what is EINVAL here is EAFNOSUPPORT there, as Linux
 * has it.
 */
#ifndef OSTIA_API_ADDR_H
#define OSTIA_API_ADDR_H

#include "sock/sock.h"

#include <sys/socket.h>

/**
 * api_addr_bind(), api_addr_connect(), api_addr_send() - Read an address
 *
 * Return: 0; -EINVAL, -EAFNOSUPPORT, -ENETUNREACH (an IPv4 peer for
 * IPV6_V6ONLY), -EFAULT. connect and send: 1: AF_UNSPEC.
 */
int api_addr_bind(const struct sock *s, const struct sockaddr *sa,
		  socklen_t len, struct sock_name *out);
int api_addr_connect(const struct sock *s, const struct sockaddr *sa,
		     socklen_t len, struct sock_name *out);
int api_addr_send(const struct sock *s, const struct sockaddr *sa,
		  socklen_t len, struct sock_name *out);

/**
 * api_addr_fast() - The address of a send with MSG_FASTOPEN, as of a connect
 * @sa, @len: may be none
 * @to:	storage
 *
 * Sets @m->to and @m->unspec. Return: 0 or -errno.
 */
int api_addr_fast(const struct sock *s, const struct sockaddr *sa,
		  socklen_t len, struct sock_out *m, struct sock_name *to);

/** api_addr_put() - Write an address of the socket's family
 * @len: room, then the true length. Return: 0, -EINVAL (a negative length),
 * -EFAULT.
 */
int api_addr_put(const struct sock *s, const struct sock_name *n,
		 struct sockaddr *sa, socklen_t *len);

/** api_addr_from() - The same for where a message came from; @m->has_from. */
int api_addr_from(const struct sock *s, const struct sock_in *m,
		  struct sockaddr *sa, socklen_t *len);

/** api_addr_text() - For traces: "10.0.0.1:80", "[fd00::1]:80"; returns @buf */
const char *api_addr_text(const struct sockaddr *sa, socklen_t len, char *buf,
			  size_t size);

enum { API_ADDR_TEXT = 120 };

#endif
