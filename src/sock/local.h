/* SPDX-License-Identifier: MIT */
/* sock/local.h - what AF_UNIX does for sockets */
#ifndef OSTIA_SOCK_LOCAL_H
#define OSTIA_SOCK_LOCAL_H

#include "sock/sock.h"

extern const struct sock_ops sock_local_ops;

/**
 * struct sock_out_local - What an AF_UNIX message has beside its bytes
 * @caller:	who calls
 * @cred:	SCM_CREDENTIALS, if @has_cred
 * @rights:	SCM_RIGHTS; NULL when a message has taken them, or none
 * @limit:	files in flight that the caller may not exceed
 */
struct sock_out_local {
	struct local_cred caller, cred;
	struct local_rights *rights;
	uint32_t limit;
	bool has_cred;
};

/**
 * sock_local_pair() - socketpair(2)
 * Return: 0 and two open files with a reference each; as sock_new(), and
 * -EOPNOTSUPP for families that know no pairs.
 */
int sock_local_pair(struct socks *ss, int domain, int type, int protocol,
		    const struct local_cred *who, struct sock *out[2]);

/** sock_local_caller() - Who makes the next call of listen or connect. */
static inline void sock_local_caller(struct sock *s,
				     const struct local_cred *who)
{
	s->socks->caller = *who;
}

/** sock_local_got() - Done with what a receive brought; may be repeated. */
void sock_local_got(struct sock *s, struct sock_in *m);

/* Options: SO_PASSCRED and its kin by their LOCAL_F_*, SO_INQ (streams alone:
 * else -ENOPROTOOPT), SO_PEERCRED, SO_PEERGROUPS, SO_PEERPIDFD (-ENODATA: no
 * peer; else -ENOPROTOOPT), SO_PEEK_OFF.
 */
struct sock_opt;
int sock_local_get_pass(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_local_set_pass(struct sock *s, const struct sock_opt *o, int64_t v);
int sock_local_get_peek(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_local_set_peek(struct sock *s, const struct sock_opt *o, int64_t v);
int sock_local_set_inq(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n);
int sock_local_peerpidfd(struct sock *s, void *buf);
int sock_local_peercred(struct sock *s, void *buf);
int sock_local_peergroups(struct sock *s, void *buf);

#endif
