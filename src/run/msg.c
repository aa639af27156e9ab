/* SPDX-License-Identifier: MIT */
#include "run/msg.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "run/sup.h"

enum { ARG_BUF = 1, ARG_LEN = 2, ARG_NAME = 4, ARG_NAMELEN = 5 };

int run_msg_of_hdr(struct run_req *req, uint64_t at, struct run_msg *m)
{
	struct msghdr h;
	ssize_t n;
	int err = run_calls_in(req, at, &h, sizeof(h));

	if (err)
		return err;
	if ((int)h.msg_namelen < 0)
		return -EINVAL;
	if (h.msg_iovlen > RUN_MSG_IOVS)
		return -EMSGSIZE;
	n = run_target_iov(&run_calls_sup(req)->target, req->tid,
			   (uintptr_t)h.msg_iov, h.msg_iovlen, m->iov);
	if (n < 0)
		return (int)n;
	m->at = at;
	m->name_at = (uintptr_t)h.msg_name;
	m->name_len_at = 0;
	m->control_at = (uintptr_t)h.msg_control;
	m->niov = h.msg_iovlen;
	m->h = (struct msghdr) {
		.msg_namelen = m->name_at ? h.msg_namelen : 0,
		.msg_controllen = m->control_at ? h.msg_controllen : 0,
	};
	m->data.iov_len = (size_t)n;
	return 0;
}

/* sendto() has a length, recvfrom() a place where one is to be put. */
int run_msg_of_args(struct run_req *req, struct run_msg *m)
{
	size_t len = (size_t)req->arg[ARG_LEN];

	if (len > INT32_MAX)
		len = INT32_MAX; /* MAX_RW_COUNT, near enough */
	m->at = m->control_at = m->name_len_at = 0;
	m->name_at = (uint64_t)req->arg[ARG_NAME];
	m->iov[0].iov_base = (void *)(uintptr_t)req->arg[ARG_BUF];
	m->iov[0].iov_len = len;
	m->niov = 1;
	m->h = (struct msghdr) { 0 };
	m->data.iov_len = len;
	if (!m->name_at)
		return 0;
	if (req->call == RUN_RECVFROM) {
		m->name_len_at = (uint64_t)req->arg[ARG_NAMELEN];
		m->h.msg_namelen = sizeof(m->name);
		return 0;
	}
	if ((int)req->arg[ARG_NAMELEN] < 0 ||
	    req->arg[ARG_NAMELEN] > (int64_t)sizeof(m->name))
		return -EINVAL;
	m->h.msg_namelen = (socklen_t)req->arg[ARG_NAMELEN];
	return 0;
}

static void point(struct run_req *req, struct run_msg *m, size_t size)
{
	uint8_t *buf = run_calls_sup(req)->buf;

	m->data = (struct iovec) { .iov_base = buf, .iov_len = size };
	m->h.msg_iov = &m->data;
	m->h.msg_iovlen = 1;
	if (m->control_at)
		m->h.msg_control = buf + RUN_MSG_DATA;
	if (m->name_at)
		m->h.msg_name = &m->name;
}

int run_msg_fetch(struct run_req *req, struct run_msg *m)
{
	struct run_sup *s = run_calls_sup(req);
	ssize_t n;
	int err = 0;

	if (m->data.iov_len > RUN_MSG_DATA)
		return -EMSGSIZE;
	if (m->h.msg_controllen > RUN_MSG_CONTROL)
		return -ENOBUFS;
	if (m->h.msg_namelen > sizeof(m->name))
		m->h.msg_namelen = sizeof(m->name);
	point(req, m, m->data.iov_len);
	if (m->name_at)
		err = run_calls_in(req, m->name_at, &m->name, m->h.msg_namelen);
	if (!err && m->h.msg_controllen)
		err = run_calls_in(req, m->control_at, m->h.msg_control,
				   m->h.msg_controllen);
	if (err)
		return err;
	n = run_target_gather(&s->target, req->tid, m->iov, m->niov,
			      m->data.iov_base, m->data.iov_len);
	return n < 0 ? (int)n : 0;
}

void run_msg_room(struct run_req *req, struct run_msg *m)
{
	m->room = m->data.iov_len;
	if (m->h.msg_controllen > RUN_MSG_CONTROL)
		m->h.msg_controllen = RUN_MSG_CONTROL;
	point(req, m, RUN_MSG_DATA);
	m->h.msg_namelen = m->name_at ? sizeof(m->name) : 0;
}

ssize_t run_msg_cut(struct run_msg *m, size_t n, int flags)
{
	m->whole = n;
	if (n <= m->room)
		return (ssize_t)n;
	m->h.msg_flags |= MSG_TRUNC;
	return (ssize_t)(flags & MSG_TRUNC ? n : m->room);
}

static int give_name(struct run_req *req, struct run_msg *m, int room)
{
	socklen_t n = m->h.msg_namelen;

	if (!m->name_at)
		return 0;
	return run_calls_out(req, m->name_at, &m->name,
			     (socklen_t)room < n ? (socklen_t)room : n);
}

/* The fields of a struct msghdr that recvmsg() changes. */
static int give_hdr(struct run_req *req, struct run_msg *m)
{
	socklen_t len = m->h.msg_namelen;
	struct msghdr old;
	int err = run_calls_in(req, m->at, &old, sizeof(old));

	if (!err)
		err = give_name(req, m, (int)old.msg_namelen);
	if (!err && m->name_at)
		err = run_calls_out(
			req, m->at + offsetof(struct msghdr, msg_namelen), &len,
			sizeof(len));
	if (!err && m->control_at)
		err = run_calls_out(req, m->control_at, m->h.msg_control,
				    m->h.msg_controllen);
	if (!err)
		err = run_calls_out(
			req, m->at + offsetof(struct msghdr, msg_controllen),
			&m->h.msg_controllen, sizeof(m->h.msg_controllen));
	if (!err)
		err = run_calls_out(req,
				    m->at + offsetof(struct msghdr, msg_flags),
				    &m->h.msg_flags, sizeof(m->h.msg_flags));
	return err;
}

static int give_args(struct run_req *req, struct run_msg *m)
{
	if (!m->name_at)
		return 0;
	return run_calls_addr_out(req, m->name_at, m->name_len_at, &m->name,
				  m->h.msg_namelen);
}

int run_msg_give(struct run_req *req, struct run_msg *m, size_t n)
{
	ssize_t err;

	if (n > m->room)
		n = m->room;
	err = run_target_scatter(&run_calls_sup(req)->target, req->tid, m->iov,
				 m->niov, m->data.iov_base, n);
	if (err < 0)
		return (int)err;
	return m->at ? give_hdr(req, m) : give_args(req, m);
}
