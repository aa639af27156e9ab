/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <ostia/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/msg.h"
#include "run/netlink.h"
#include "run/seq.h"

/**
 * struct rtnl - A netlink socket of a guest
 * @now:	the datagram that is next, @len bytes; 0: none is made yet
 */
struct rtnl {
	struct run_seq seq;
	struct run_netlink n;
	size_t len;
	uint8_t now[RUN_NETLINK_DATAGRAM];
};

static const struct run_door_ops rtnl_ops;

static struct rtnl *rtnl_of(struct run_door *d)
{
	return (struct rtnl *)(void *)d;
}

/* ---- addresses ---- */

static bool taken(const struct run_host *h, uint32_t portid)
{
	list_each (node, &h->doors) {
		struct run_door *d = list_entry(node, struct run_door, node);

		if (d->ops == &rtnl_ops && rtnl_of(d)->n.portid == portid)
			return true;
	}
	return false;
}

/* The process of a thread. */
static uint32_t process_of(pid_t tid)
{
	char path[40], line[128];
	uint32_t tgid = (uint32_t)tid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	f = fopen(path, "re");
	if (!f)
		return tgid;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &tgid) == 1)
			break;
	fclose(f);
	return tgid;
}

/* As Linux: the process's number, then any from far above. */
static void autobind(struct rtnl *r, pid_t who)
{
	uint32_t portid = process_of(who);

	if (r->n.portid)
		return;
	for (uint32_t low = 4097; taken(r->seq.door.host, portid); low++)
		portid = 0 - low;
	r->n.portid = portid;
}

/* Return: 0, -EINVAL, -EFAULT. */
static int64_t addr_in(struct run_req *req, struct sockaddr_nl *out)
{
	struct sockaddr_storage a;
	int64_t err = run_calls_addr_in(req, (uint64_t)req->arg[1],
					(int)req->arg[2], &a);

	memcpy(out, &a, sizeof(*out));
	return err;
}

static int64_t on_bind(struct run_door *d, struct run_req *req)
{
	struct rtnl *r = rtnl_of(d);
	struct sockaddr_nl a;
	int64_t err = addr_in(req, &a);

	if (err)
		return err;
	if (req->arg[2] < (int)sizeof(a) || a.nl_family != AF_NETLINK)
		return -EINVAL;
	if (r->n.portid && a.nl_pid != r->n.portid)
		return -EINVAL;
	if (a.nl_pid && !r->n.portid && taken(d->host, a.nl_pid))
		return -EADDRINUSE;
	if (a.nl_pid)
		r->n.portid = a.nl_pid;
	else
		autobind(r, req->tid);
	r->n.groups = (r->n.groups & ~(uint64_t)UINT32_MAX) | a.nl_groups;
	return 0;
}

/* To the kernel, and to nobody else. */
static int64_t on_connect(struct run_door *d, struct run_req *req)
{
	struct sockaddr_nl a;
	int64_t err = addr_in(req, &a);

	if (err)
		return err;
	if (req->arg[2] < (int)sizeof(a.nl_family))
		return -EINVAL;
	if (a.nl_family == AF_UNSPEC)
		return 0;
	if (a.nl_family != AF_NETLINK || req->arg[2] < (int)sizeof(a))
		return -EINVAL;
	if (a.nl_pid || a.nl_groups)
		return -EPERM;
	autobind(rtnl_of(d), req->tid);
	return 0;
}

static int64_t name_out(struct run_req *req, uint32_t portid, uint32_t groups)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK,
				  .nl_pid = portid,
				  .nl_groups = groups };

	memcpy(&a, &nl, sizeof(nl));
	if (!req->arg[1])
		return -EFAULT;
	return run_calls_addr_out(req, (uint64_t)req->arg[1],
				  (uint64_t)req->arg[2], &a, sizeof(nl));
}

static int64_t on_getsockname(struct run_door *d, struct run_req *req)
{
	struct rtnl *r = rtnl_of(d);

	return name_out(req, r->n.portid, (uint32_t)r->n.groups);
}

static int64_t on_getpeername(struct run_door *d, struct run_req *req)
{
	(void)d;
	return name_out(req, 0, 0);
}

/* ---- options: what is not ours is the pair's ---- */

static int64_t opt_out(struct run_req *req, const void *val, socklen_t len,
		       socklen_t whole)
{
	if (run_calls_out(req, (uint64_t)req->arg[3], val, len) ||
	    run_calls_out(req, (uint64_t)req->arg[4], &whole, sizeof(whole)))
		return -EFAULT;
	return 0;
}

static bool own_option(struct run_door *d, struct run_req *req, int *v)
{
	switch (req->arg[2]) {
	case SO_TYPE:
		*v = d->type;
		return true;
	case SO_DOMAIN:
		*v = d->domain;
		return true;
	case SO_PROTOCOL:
		*v = d->protocol;
		return true;
	case SO_ERROR:
		*v = run_seq_take_error(run_seq_of(d), req);
		return true;
	default:
		return false;
	}
}

static int64_t on_getsockopt(struct run_door *d, struct run_req *req)
{
	const int level = (int)req->arg[1], name = (int)req->arg[2];
	uint64_t val = 0;
	socklen_t len, room;
	int64_t err;
	int v;

	if (run_calls_in(req, (uint64_t)req->arg[4], &len, sizeof(len)))
		return -EFAULT;
	if ((int)len < 0)
		return -EINVAL;
	room = len < sizeof(val) ? len : sizeof(val);
	if (level == SOL_SOCKET && own_option(d, req, &v)) {
		len = room < sizeof(v) ? room : sizeof(v);
		return opt_out(req, &v, len, len);
	}
	if (level == SOL_SOCKET)
		return RUN_CONTINUE;
	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	len = room;
	err = run_netlink_getsockopt(&rtnl_of(d)->n, name, &val, &len);
	return err ? err : opt_out(req, &val, len < room ? len : room, len);
}

static int64_t on_setsockopt(struct run_door *d, struct run_req *req)
{
	const int level = (int)req->arg[1], len = (int)req->arg[4];
	unsigned v = 0;

	if (level == SOL_SOCKET)
		return RUN_CONTINUE;
	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (len >= (int)sizeof(v) &&
	    run_calls_in(req, (uint64_t)req->arg[3], &v, sizeof(v)))
		return -EFAULT;
	return run_netlink_setsockopt(&rtnl_of(d)->n, (int)req->arg[2], &v,
				      len < 0 ? 0 : (socklen_t)len);
}

/* ---- records ---- */

static void put_pktinfo(const struct rtnl *r, struct msghdr *h)
{
	struct nl_pktinfo info = { .group = 0 };
	struct cmsghdr c = { .cmsg_len = CMSG_LEN(sizeof(info)),
			     .cmsg_level = SOL_NETLINK,
			     .cmsg_type = NETLINK_PKTINFO };

	if (!r->n.pktinfo || h->msg_controllen < CMSG_SPACE(sizeof(info))) {
		h->msg_flags |= r->n.pktinfo ? MSG_CTRUNC : 0;
		h->msg_controllen = 0;
		return;
	}
	memset(h->msg_control, 0, CMSG_SPACE(sizeof(info)));
	memcpy(h->msg_control, &c, sizeof(c));
	memcpy((uint8_t *)h->msg_control + CMSG_LEN(0), &info, sizeof(info));
	h->msg_controllen = CMSG_SPACE(sizeof(info));
}

static ssize_t on_peek(struct run_seq *s, struct msghdr *h, int flags)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct rtnl *r = rtnl_of(&s->door);
	size_t n;

	if (!r->len)
		r->len = run_netlink_next(&r->n, s->door.host->stack, r->now);
	if (!r->len)
		return -EAGAIN;
	n = r->len < h->msg_iov[0].iov_len ? r->len : h->msg_iov[0].iov_len;
	memcpy(h->msg_iov[0].iov_base, r->now, n);
	h->msg_flags = n < r->len ? MSG_TRUNC : 0;
	if (h->msg_name) {
		memcpy(h->msg_name, &kernel, sizeof(kernel));
		h->msg_namelen = sizeof(kernel);
	}
	put_pktinfo(r, h);
	return flags & MSG_TRUNC ? (ssize_t)r->len : (ssize_t)n;
}

static void on_drop(struct run_seq *s)
{
	rtnl_of(&s->door)->len = 0;
}

static ssize_t on_send(struct run_seq *s, const struct msghdr *h, int flags,
		       pid_t who)
{
	struct rtnl *r = rtnl_of(&s->door);
	struct sockaddr_nl to;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (h->msg_namelen) {
		if (h->msg_namelen < sizeof(to))
			return -EINVAL;
		memcpy(&to, h->msg_name, sizeof(to));
		if (to.nl_family != AF_NETLINK)
			return -EINVAL;
		if (to.nl_pid || to.nl_groups)
			return -EPERM;
	}
	autobind(r, who);
	run_netlink_request(&r->n, s->door.host->stack, h->msg_iov[0].iov_base,
			    h->msg_iov[0].iov_len);
	if (r->n.overrun) {
		r->n.overrun = false;
		s->err = ENOBUFS;
		s->unsaid = true;
	}
	return (ssize_t)h->msg_iov[0].iov_len;
}

static bool on_may_send(struct run_seq *s)
{
	(void)s;
	return true;
}

static const struct run_seq_ops rtnl_seq_ops = {
	.peek = on_peek,
	.drop = on_drop,
	.send = on_send,
	.may_send = on_may_send,
};

static int64_t on_refused(struct run_door *d, struct run_req *req)
{
	(void)d;
	(void)req;
	return -EOPNOTSUPP;
}

/* Interfaces may be asked for through any socket. */
static int64_t on_ioctl(struct run_door *d, struct run_req *req)
{
	struct run_door inet = { .host = d->host };
	int64_t value;

	inet.fd = ostia_socket(d->host->proc, AF_INET, SOCK_DGRAM, 0);
	if (inet.fd < 0)
		return -errno;
	value = run_calls_ioctl(&inet, req);
	ostia_close(d->host->proc, inet.fd);
	return value;
}

static void on_fini(struct run_door *d)
{
	run_netlink_fini(&rtnl_of(d)->n);
	run_seq_fini(d);
}

static const struct run_door_ops rtnl_ops = {
	.call = {
		[RUN_BIND] = on_bind,
		[RUN_CONNECT] = on_connect,
		[RUN_GETSOCKNAME] = on_getsockname,
		[RUN_GETPEERNAME] = on_getpeername,
		[RUN_GETSOCKOPT] = on_getsockopt,
		[RUN_SETSOCKOPT] = on_setsockopt,
		[RUN_SHUTDOWN] = on_refused,
		RUN_SEQ_CALLS,
		[RUN_IOCTL] = on_ioctl,
	},
	.on_pair = run_seq_on_pair,
	.on_stack = run_seq_on_stack,
	.fini = on_fini,
};

/* ---- birth ---- */

static bool takes(int domain, int type, int protocol)
{
	(void)type;
	(void)protocol;
	return domain == AF_NETLINK;
}

static int64_t open_rtnl(struct run_req *req, int domain, int type,
			 int protocol)
{
	struct run_door *d;
	int err;

	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != NETLINK_ROUTE)
		return -EPROTONOSUPPORT;
	err = run_door_new(req->guest->host, sizeof(struct rtnl), &rtnl_ops, -1,
			   &d);
	if (err)
		return err;
	d->domain = domain;
	d->type = type;
	d->protocol = protocol;
	return run_seq_open(req, run_seq_of(d), &rtnl_seq_ops,
			    (int)req->arg[1]);
}

const struct run_door_kind run_rtnl_kind = {
	.takes = takes,
	.open = open_rtnl,
};
