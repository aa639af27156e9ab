/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/dgram.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <ostia/socket.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "run/msg.h"
#include "run/seq.h"

enum {
	ERR_DATA = 2048, /* of an error's datagram that is kept */
	ERR_CONTROL = 1024,
	/* Of 64-bit times; the headers would need two more that they do not
	 * include, and glibc hides some.
	 */
	STAMP_NEW = 63,
	STAMPNS_NEW = 64,
	STAMPING_NEW = 65,
	TIMEO_NEW = 66, /* SO_RCVTIMEO_NEW, and 67 */
	GSTAMP_OLD = 0x8906, /* SIOCGSTAMP, and SIOCGSTAMPNS */
	GSTAMP_NEW = (int)0x80108906, /* SIOCGSTAMP_NEW, ... */
};

static struct ostia_proc *proc_of(const struct run_seq *s)
{
	return s->door.host->proc;
}

/* After a call of the stack. */
static int64_t said(const struct run_seq *s, int64_t value)
{
	int64_t out = value < 0 ? -errno : value;

	run_sup_touch(s->door.host);
	return out;
}

/* ---- times: the stack's clock is monotonic, a guest's stamps are not ---- */

/* Two clocks cannot be read at once: the reading that took least is right. */
static int64_t since_1970(void)
{
	int64_t best = INT64_MAX, out = 0;

	for (int i = 0; i < 4; i++) {
		int64_t before = (int64_t)run_loop_clock(), took;
		struct timespec wall;

		clock_gettime(CLOCK_REALTIME, &wall);
		took = (int64_t)run_loop_clock() - before;
		if (took >= best)
			continue;
		best = took;
		out = (int64_t)wall.tv_sec * (int64_t)OSTIA_S + wall.tv_nsec -
		      before - took / 2;
	}
	return out;
}

/* Of @unit ns a fraction: a timeval's or a timespec's. Zero is no time. */
static void to_wall(uint8_t *at, int64_t unit, int64_t shift)
{
	int64_t v[2], ns;

	memcpy(v, at, sizeof(v));
	if (!v[0] && !v[1])
		return;
	ns = v[0] * (int64_t)OSTIA_S + v[1] * unit + shift;
	v[0] = ns / (int64_t)OSTIA_S;
	v[1] = ns % (int64_t)OSTIA_S / unit;
	memcpy(at, v, sizeof(v));
}

static void stamps_to_wall(struct msghdr *h)
{
	enum { PAIR = 2 * sizeof(int64_t) };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		uint8_t *at = CMSG_DATA(c);
		size_t n = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || n < PAIR)
			continue;
		if (c->cmsg_type == SCM_TIMESTAMP || c->cmsg_type == STAMP_NEW)
			to_wall(at, 1000, since_1970());
		if (c->cmsg_type == SCM_TIMESTAMPNS ||
		    c->cmsg_type == STAMPNS_NEW)
			to_wall(at, 1, since_1970());
		if (c->cmsg_type == SCM_TIMESTAMPING ||
		    c->cmsg_type == STAMPING_NEW)
			for (size_t i = 0; i + PAIR <= n; i += PAIR)
				to_wall(at + i, 1, since_1970());
	}
}

/* ---- what run/seq asks ---- */

static ssize_t on_peek(struct run_seq *s, struct msghdr *h, int flags)
{
	ssize_t n = ostia_recvmsg(proc_of(s), s->door.fd, h,
				  flags | MSG_PEEK | MSG_DONTWAIT);

	if (n >= 0 && h->msg_control)
		stamps_to_wall(h);
	return n < 0 ? -errno : n;
}

static void on_drop(struct run_seq *s)
{
	char none;

	/* An error that has just come is told first, and drops nothing. */
	while (ostia_recv(proc_of(s), s->door.fd, &none, 0, MSG_DONTWAIT) < 0 &&
	       errno != EAGAIN) {
		s->err = errno;
		s->unsaid = true;
	}
	run_sup_touch(s->door.host);
}

static ssize_t on_send(struct run_seq *s, const struct msghdr *h, int flags,
		       pid_t who)
{
	(void)who;
	return said(s, ostia_sendmsg(proc_of(s), s->door.fd, h, flags));
}

static bool ready(const struct run_seq *s, short what)
{
	struct pollfd p = { .fd = s->door.fd, .events = what };

	return ostia_poll(proc_of(s), &p, 1, 0) > 0 && p.revents & what;
}

static bool on_may_send(struct run_seq *s)
{
	return ready(s, POLLOUT);
}

/* For whom a new descriptor costs least: UDP alone. */
static bool on_alerts(struct run_seq *s)
{
	const bool v6 = s->door.domain == AF_INET6;
	socklen_t len = sizeof(int);
	int on = 0;

	if (s->door.type != SOCK_DGRAM ||
	    (s->door.protocol && s->door.protocol != IPPROTO_UDP))
		return false;
	ostia_getsockopt(proc_of(s), s->door.fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			 v6 ? IPV6_RECVERR : IP_RECVERR, &on, &len);
	return on;
}

static int ee_errno(struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
		if ((c->cmsg_level == IPPROTO_IP &&
		     c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
		     c->cmsg_type == IPV6_RECVERR)) {
			struct sock_extended_err e;

			memcpy(&e, CMSG_DATA(c), sizeof(e));
			return e.ee_origin == SO_EE_ORIGIN_LOCAL ||
					       e.ee_origin ==
						       SO_EE_ORIGIN_ICMP ||
					       e.ee_origin == SO_EE_ORIGIN_ICMP6
				       ? (int)e.ee_errno
				       : 0;
		}
	return 0;
}

static bool take_queued(struct run_seq *s)
{
	uint8_t data[ERR_DATA], control[ERR_CONTROL];
	struct sockaddr_storage name;
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr h = { .msg_name = &name,
			    .msg_namelen = sizeof(name),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = ostia_recvmsg(proc_of(s), s->door.fd, &h,
				  MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n < 0)
		return false;
	stamps_to_wall(&h);
	run_seq_add_error(s, &h, (size_t)n, ee_errno(&h));
	return true;
}

/* Errors are fetched at once, so that POLLERR is news and not a state. */
static void on_news(struct run_seq *s)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (!ready(s, POLLERR))
		return;
	ostia_getsockopt(proc_of(s), s->door.fd, SOL_SOCKET, SO_ERROR, &err,
			 &len);
	if (err) {
		s->err = err;
		s->unsaid = true;
	}
	for (int i = 0; i < RUN_SEQ_ERRS && take_queued(s); i++)
		;
}

static const struct run_seq_ops dgram_seq_ops = {
	.peek = on_peek,
	.drop = on_drop,
	.send = on_send,
	.may_send = on_may_send,
	.alerts = on_alerts,
	.news = on_news,
};

/* ---- calls ---- */

static int64_t on_bind(struct run_door *d, struct run_req *req)
{
	int64_t err = run_calls_bind(d, req);

	run_seq_touch(run_seq_of(d));
	return err;
}

/* At once: a datagram socket only notes its peer. */
static int64_t on_connect(struct run_door *d, struct run_req *req)
{
	struct run_seq *s = run_seq_of(d);
	struct sockaddr_storage a;
	int64_t err = run_calls_addr_in(req, (uint64_t)req->arg[1],
					(int)req->arg[2], &a);

	if (err)
		return err;
	run_seq_flush(s); /* to the peer that there was */
	err = said(s, ostia_connect(proc_of(s), d->fd, (struct sockaddr *)&a,
				    (socklen_t)req->arg[2]));
	run_seq_touch(s);
	return err;
}

static int64_t on_shutdown(struct run_door *d, struct run_req *req)
{
	struct run_seq *s = run_seq_of(d);
	int how = (int)req->arg[1];
	int64_t err;

	run_seq_flush(s);
	err = said(s, ostia_shutdown(proc_of(s), d->fd, how));
	if (!err || err == -ENOTCONN) /* which is done nevertheless */
		run_seq_shutdown(s, how);
	return err;
}

static int64_t on_getsockopt(struct run_door *d, struct run_req *req)
{
	struct run_seq *s = run_seq_of(d);
	int err, room;
	socklen_t len;

	if (req->arg[1] != SOL_SOCKET || req->arg[2] != SO_ERROR)
		return run_calls_getsockopt(d, req);
	err = run_calls_in(req, (uint64_t)req->arg[4], &room, sizeof(room));
	if (err)
		return err;
	if (room < 0)
		return -EINVAL;
	len = (socklen_t)room < sizeof(err) ? (socklen_t)room : sizeof(err);
	err = run_seq_take_error(s, req);
	if (run_calls_out(req, (uint64_t)req->arg[3], &err, len))
		return -EFAULT;
	return run_calls_out(req, (uint64_t)req->arg[4], &len, sizeof(len));
}

static bool is_timeout(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_RCVTIMEO || name == SO_SNDTIMEO ||
		name == TIMEO_NEW || name == TIMEO_NEW + 1);
}

/* The kernel waits by its own copy of the timeouts. Where a program begins to
 * look is not for the copy that we make.
 */
static int64_t on_setsockopt(struct run_door *d, struct run_req *req)
{
	const int level = (int)req->arg[1], name = (int)req->arg[2];
	int64_t err;

	if (level == SOL_SOCKET && name == SO_PEEK_OFF) {
		run_calls_unsupported(req, "setsockopt SO_PEEK_OFF",
				      EOPNOTSUPP);
		return -EOPNOTSUPP;
	}
	run_seq_flush(run_seq_of(d));
	err = run_calls_setsockopt(d, req);
	run_seq_touch(run_seq_of(d));
	return !err && is_timeout(level, name) ? RUN_CONTINUE : err;
}

/* SIOCGSTAMP and its kin: 16 bytes, told as the guest's clock has it. */
static int64_t on_ioctl(struct run_door *d, struct run_req *req)
{
	const unsigned long cmd = (uint32_t)req->arg[1];
	bool us = cmd == GSTAMP_OLD || cmd == (uint32_t)GSTAMP_NEW;
	bool ns = cmd == GSTAMP_OLD + 1 || cmd == (uint32_t)GSTAMP_NEW + 1;
	uint8_t stamp[2 * sizeof(int64_t)];

	if (!us && !ns)
		return run_calls_ioctl(d, req);
	if (ostia_ioctl(d->host->proc, d->fd, cmd, stamp) < 0)
		return -errno;
	to_wall(stamp, us ? 1000 : 1, since_1970());
	return run_calls_out(req, (uint64_t)req->arg[2], stamp, sizeof(stamp));
}

static const struct run_door_ops dgram_ops = {
	.call = {
		[RUN_BIND] = on_bind,
		[RUN_CONNECT] = on_connect,
		[RUN_GETSOCKOPT] = on_getsockopt,
		[RUN_SETSOCKOPT] = on_setsockopt,
		[RUN_SHUTDOWN] = on_shutdown,
		RUN_SEQ_CALLS,
		[RUN_IOCTL] = on_ioctl,
	},
	.on_pair = run_seq_on_pair,
	.on_stack = run_seq_on_stack,
	.fini = run_seq_fini,
};

/* ---- birth ---- */

static bool takes(int domain, int type, int protocol)
{
	(void)protocol;
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type == SOCK_DGRAM || type == SOCK_RAW);
}

static int64_t open_dgram(struct run_req *req, int domain, int type,
			  int protocol)
{
	struct run_host *h = req->guest->host;
	struct run_door *d;
	int fd, err;

	fd = ostia_socket(h->proc, domain, type, protocol);
	if (fd < 0)
		return errno == EMFILE ? -ENFILE : -errno;
	/* A protocol that nobody knows comes first, as on Linux. */
	if (type == SOCK_RAW && !run_target_may_raw(req->tid))
		err = -EPERM;
	else
		err = run_door_new(h, sizeof(struct run_seq), &dgram_ops, fd,
				   &d);
	if (err) {
		ostia_close(h->proc, fd);
		return err;
	}
	d->domain = domain;
	d->type = type;
	d->protocol = protocol;
	return run_seq_open(req, run_seq_of(d), &dgram_seq_ops,
			    (int)req->arg[1]);
}

const struct run_door_kind run_dgram_kind = {
	.takes = takes,
	.open = open_dgram,
};
