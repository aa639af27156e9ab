/* SPDX-License-Identifier: MIT */
/* api/local.h - what calls do on sockets of AF_UNIX alone */
#ifndef OSTIA_API_LOCAL_H
#define OSTIA_API_LOCAL_H

#include "api/call.h"

/** api_local_connect() - A blocking one waits while the backlog is full. */
int api_local_connect(struct call *c, struct sock *s,
		      const struct sock_name *n);

/** api_local_send() - send, sendto, write. */
int64_t api_local_send(struct call *c, struct sock *s, struct sock_out *m,
		       const struct sockaddr *sa, socklen_t len);

/** api_local_sendmsg() - With SCM_RIGHTS and SCM_CREDENTIALS. */
int64_t api_local_sendmsg(struct call *c, struct sock *s,
			  const struct msghdr *msg, size_t n, int flags);

/** api_local_recv() - recv, recvfrom, read: files that come are dropped. */
int64_t api_local_recv(struct call *c, struct sock *s, struct sock_in *m,
		       struct sockaddr *sa, socklen_t *len);

int64_t api_local_recvmsg(struct call *c, struct sock *s, struct sock_in *m,
			  struct msghdr *msg);

/** api_local_closed() - A descriptor is gone: perhaps a cycle is now lost. */
void api_local_closed(struct ostia_proc *p);

#endif
