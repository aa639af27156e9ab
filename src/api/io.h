/* SPDX-License-Identifier: MIT */
/* api/io.h - sending and receiving, with waiting, for all forms of the calls */
#ifndef OSTIA_API_IO_H
#define OSTIA_API_IO_H

#include "api/call.h"

/** api_io_send() - As send(2). Changes @m. */
int64_t api_io_send(struct call *c, struct sock *s, struct sock_out *m);

/** api_io_recv() - As recv(2). Changes @m. */
int64_t api_io_recv(struct call *c, struct sock *s, struct sock_in *m);

/** api_io_length() - Bytes of an iovec, or -EINVAL, -EMSGSIZE. */
int64_t api_io_length(const struct iovec *iov, size_t n);

/** api_io_deadline() - By SO_RCVTIMEO or SO_SNDTIMEO, from now. */
ostia_time api_io_deadline(const struct call *c, const struct sock *s,
			   bool out);

#endif
