/* SPDX-License-Identifier: MIT */
#include "run/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <ostia/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "run/dgram.h"
#include "run/door.h"
#include "run/hear.h"
#include "run/loose.h"
#include "run/notify.h"
#include "run/rtnl.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE 0 /* no filter is made here: run_filter_native() */
#endif

enum {
	OPT_MAX = 64 << 10, /* bytes of an option */
	TYPE_MASK = 0xf, /* SOCK_STREAM ... below SOCK_NONBLOCK */
	PRINT = 64, /* bytes of either end of a datagram */
	PRINT_WORDS = PRINT / 8,
};

static const struct {
	int nr;
	enum run_call call;
} numbers[] = {
	{ SYS_socket, RUN_SOCKET },
	{ SYS_bind, RUN_BIND },
	{ SYS_listen, RUN_LISTEN },
	{ SYS_accept, RUN_ACCEPT },
	{ SYS_accept4, RUN_ACCEPT },
	{ SYS_connect, RUN_CONNECT },
	{ SYS_getsockname, RUN_GETSOCKNAME },
	{ SYS_getpeername, RUN_GETPEERNAME },
	{ SYS_getsockopt, RUN_GETSOCKOPT },
	{ SYS_setsockopt, RUN_SETSOCKOPT },
	{ SYS_shutdown, RUN_SHUTDOWN },
	{ SYS_sendto, RUN_SENDTO },
	{ SYS_recvfrom, RUN_RECVFROM },
	{ SYS_sendmsg, RUN_SENDMSG },
	{ SYS_recvmsg, RUN_RECVMSG },
	{ SYS_sendmmsg, RUN_SENDMMSG },
	{ SYS_recvmmsg, RUN_RECVMMSG },
	{ SYS_ioctl, RUN_IOCTL },
};

static const struct run_door_kind *const kinds[] = {
	&run_stream_kind,
	&run_dgram_kind,
	&run_rtnl_kind,
};

static run_call_fn *const common[RUN_CALLS] = {
	[RUN_BIND] = run_calls_bind,
	[RUN_GETSOCKNAME] = run_calls_getsockname,
	[RUN_GETPEERNAME] = run_calls_getpeername,
	[RUN_GETSOCKOPT] = run_calls_getsockopt,
	[RUN_SETSOCKOPT] = run_calls_setsockopt,
	[RUN_IOCTL] = run_calls_ioctl,
};

enum run_call run_calls_number(int nr)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].nr == nr)
			return numbers[i].call;
	return RUN_CALLS;
}

/* ---- the guest's memory ---- */

int run_calls_in(struct run_req *req, uint64_t addr, void *to, size_t n)
{
	return run_target_read(&run_calls_sup(req)->target, req->tid, addr, to,
			       n);
}

int run_calls_out(struct run_req *req, uint64_t addr, const void *from,
		  size_t n)
{
	return run_target_write(&run_calls_sup(req)->target, req->tid, addr,
				from, n);
}

int run_calls_addr_in(struct run_req *req, uint64_t addr, int64_t len,
		      struct sockaddr_storage *to)
{
	memset(to, 0, sizeof(*to));
	if (len < 0 || len > (int64_t)sizeof(*to))
		return -EINVAL;
	return run_calls_in(req, addr, to, (size_t)len);
}

int run_calls_addr_out(struct run_req *req, uint64_t addr, uint64_t len_at,
		       const struct sockaddr_storage *from, socklen_t len)
{
	int room, err;

	if (!addr)
		return 0;
	err = run_calls_in(req, len_at, &room, sizeof(room));
	if (err)
		return err;
	if (room < 0)
		return -EINVAL;
	err = run_calls_out(req, addr, from,
			    (socklen_t)room < len ? (socklen_t)room : len);
	return err ? err : run_calls_out(req, len_at, &len, sizeof(len));
}

/* ---- the guest's descriptor ---- */

static int named_fd(struct run_req *req)
{
	int fd = run_target_fd(&run_calls_sup(req)->target, req->tid,
			       (int)req->arg[0]);

	if (fd < 0 || !req->cookie || run_target_cookie(fd) == req->cookie)
		return fd;
	close(fd);
	return -EBADF;
}

/* A call that was parked may find another file at its number by now. */
int run_calls_fd(struct run_req *req)
{
	if (req->fd < 0)
		req->fd = named_fd(req);
	if (req->fd == -EPERM && req->door && req->door->kept >= 0)
		req->fd = fcntl(req->door->kept, F_DUPFD_CLOEXEC, 0);
	return req->fd;
}

static void let_fd_go(struct run_req *req)
{
	if (req->fd >= 0)
		close(req->fd);
	req->fd = -1;
}

bool run_calls_nonblock(struct run_req *req)
{
	int fd = run_calls_fd(req);
	int flags = fd >= 0 ? fcntl(fd, F_GETFL)
			    : run_target_flags(req->tid, (int)req->arg[0]);

	return flags >= 0 && (flags & O_NONBLOCK);
}

/* Sockets may have been passed on to the guests of another host. */
static struct run_door *door_of(struct run_host *h, uint64_t cookie,
				uint64_t inode)
{
	struct run_door *d = run_door_find(h, cookie, inode);

	if (d)
		return d;
	list_each (n, &h->sup->hosts) {
		struct run_host *other = list_entry(n, struct run_host, node);

		d = other == h ? NULL : run_door_find(other, cookie, inode);
		if (d)
			return d;
	}
	return NULL;
}

static struct run_door *find_door(struct run_req *req)
{
	struct run_host *h = req->guest->host;
	int fd = run_calls_fd(req);
	struct run_door *d;

	if (fd >= 0)
		d = door_of(h, run_target_cookie(fd), 0);
	else if (fd == -EPERM)
		d = door_of(h, 0, run_target_inode(req->tid, (int)req->arg[0]));
	else
		return NULL;
	if (d && d->tid != req->tid)
		d->tid = req->tid;
	if (d)
		d->tfd = (int)req->arg[0];
	return d;
}

/* ---- what is not supported ---- */

void run_calls_unsupported(struct run_req *req, const char *what, int err)
{
	const char *name = strerrorname_np(err);
	char text[80], comm[16];

	run_target_comm(req->tid, comm);
	for (char *c = comm; *c; c++)
		if (*c == ' ' || *c == '\n')
			*c = '_';
	snprintf(text, sizeof(text), "%s %s %s", comm, what, name ? name : "?");
	run_sup_unsupported(req->guest, text);
}

/* ---- answers ---- */

const char *run_calls_name(enum run_call call)
{
	static const char *const names[RUN_CALLS + 1] = {
		"socket",     "bind",	     "listen",	    "accept",
		"connect",    "getsockname", "getpeername", "getsockopt",
		"setsockopt", "shutdown",    "sendto",	    "recvfrom",
		"sendmsg",    "recvmsg",     "sendmmsg",    "recvmmsg",
		"ioctl",
	};

	return names[call];
}

static void tell(struct run_req *req, int64_t value)
{
	struct run_guest *g = req->guest;
	char text[160];
	int n;

	if (!g->on_call || g->verbose < (value == RUN_CONTINUE ? 2 : 1))
		return;
	n = snprintf(text, sizeof(text), "%s(%lld, 0x%llx, 0x%llx) = ",
		     run_calls_name(req->call) ?: "a call",
		     (long long)req->arg[0], (unsigned long long)req->arg[1],
		     (unsigned long long)req->arg[2]);
	if (value == RUN_CONTINUE)
		snprintf(text + n, sizeof(text) - (size_t)n, "the kernel's");
	else if (value == RUN_DONE)
		snprintf(text + n, sizeof(text) - (size_t)n, "a descriptor");
	else if (value < 0)
		snprintf(text + n, sizeof(text) - (size_t)n, "%s",
			 strerror((int)-value));
	else
		snprintf(text + n, sizeof(text) - (size_t)n, "%lld",
			 (long long)value);
	g->on_call(g, req->tid, text);
}

uint64_t run_calls_print(const struct run_req *req, const void *data,
			 size_t len)
{
	uint64_t words[2 * PRINT_WORDS + 1] = { len };
	const size_t n = len < PRINT ? len : PRINT;

	memcpy(words + 1, data, n);
	memcpy(words + 1 + PRINT_WORDS, (const uint8_t *)data + len - n, n);
	return siphash_words_13(&run_calls_sup(req)->key, words,
				2 * PRINT_WORDS + 1) |
	       1;
}

/* Those that would do more, or fail, when they are made once more. What
 * accept() and receiving give away is put back instead.
 */
static bool leaves_a_mark(const struct run_req *req, int64_t value)
{
	switch (req->call) {
	case RUN_BIND:
	case RUN_CONNECT:
		return value == 0;
	case RUN_SETSOCKOPT:
	case RUN_GETSOCKOPT: /* SO_ERROR is told once */
		return value >= 0 && req->door->fd >= 0;
	case RUN_SENDTO:
	case RUN_SENDMSG:
	case RUN_SENDMMSG:
		return value >= 0 ? req->print : req->print == RUN_CALLS_PIPE;
	default:
		return false;
	}
}

static void remember(struct run_req *req, int64_t value)
{
	struct run_untold *u;

	/* The handler may have freed it. */
	req->door = door_of(req->guest->host, req->cookie, 0);
	if (!req->door || !leaves_a_mark(req, value))
		return;
	u = &req->door->untold;
	u->tid = req->tid;
	u->call = req->call;
	memcpy(u->arg, req->arg, sizeof(u->arg));
	u->value = value;
	u->print = req->print;
}

bool run_calls_untold(struct run_req *req, uint64_t print, int64_t *value)
{
	struct run_untold *u = &req->door->untold;

	if (u->tid != req->tid)
		return false;
	u->tid = 0;
	*value = u->value;
	return u->call == req->call && u->print == print &&
	       memcmp(u->arg, req->arg, sizeof(u->arg)) == 0;
}

static void answer(struct run_req *req, int64_t value)
{
	struct run_sup *s = run_calls_sup(req);
	int listener = req->guest->listener.fd, err = 0;

	let_fd_go(req);
	tell(req, value);
	if (value == RUN_CONTINUE)
		err = run_notify_continue(listener, req->id);
	else if (value != RUN_DONE)
		err = run_notify_send(listener, req->id, value);
	run_hear_end(s->hear, req, value);
	if (value == RUN_CONTINUE)
		s->stats.continued++;
	if (err != -ENOENT)
		return;
	s->stats.gone++;
	if (req->cookie && value != RUN_CONTINUE)
		remember(req, value);
}

static void unpark(struct run_req *req)
{
	run_loop_disarm(&run_calls_sup(req)->loop, &req->deadline);
	list_remove(&req->node);
	run_calls_sup(req)->stats.parked--;
}

void run_calls_drop(struct run_req *req)
{
	unpark(req);
	free(req);
}

void run_calls_answer(struct run_req *req, int64_t value)
{
	unpark(req);
	answer(req, value);
	free(req);
}

/* ---- those that wait ---- */

int64_t run_calls_wait(struct run_req *req, int name, int64_t value)
{
	struct timeval tv = { .tv_sec = 0 };
	socklen_t len = sizeof(tv);

	if (req->expired)
		return value;
	if (req->parked)
		return RUN_PARK;
	req->deadline.node.deadline = OSTIA_NEVER;
	if (ostia_getsockopt(req->door->host->proc, req->door->fd, SOL_SOCKET,
			     name, &tv, &len) == 0 &&
	    (tv.tv_sec || tv.tv_usec))
		req->deadline.node.deadline =
			run_loop_clock() + (ostia_time)tv.tv_sec * 1000000000 +
			(ostia_time)tv.tv_usec * 1000;
	return RUN_PARK;
}

static run_call_fn *handler(const struct run_req *req)
{
	run_call_fn *fn = req->door->ops->call[req->call];

	return fn ? fn : common[req->call];
}

static void on_deadline(struct run_timer *t, ostia_time now)
{
	struct run_req *req = list_entry(t, struct run_req, deadline);

	(void)now;
	req->expired = true;
	run_calls_retry(req);
}

bool run_calls_retry(struct run_req *req)
{
	int64_t value;

	if (!run_notify_valid(req->guest->listener.fd, req->id)) {
		run_calls_sup(req)->stats.gone++;
		run_calls_drop(req);
		return false;
	}
	run_hear_begin(run_calls_sup(req)->hear, req);
	value = handler(req)(req->door, req);
	if (value == RUN_PARK) {
		run_hear_end(run_calls_sup(req)->hear, req, value);
		let_fd_go(req);
		return true;
	}
	run_calls_answer(req, value);
	return false;
}

/* A thread makes one call at a time: an older one of its has been left. */
static void drop_stale(struct run_door *d, pid_t tid)
{
	list_each_safe (n, &d->waiters) {
		struct run_req *req = list_entry(n, struct run_req, node);

		if (req->tid == tid)
			run_calls_drop(req);
	}
}

static int64_t park(const struct run_req *req)
{
	struct run_req *r = malloc(sizeof(*r));
	struct run_loop *l = &run_calls_sup(req)->loop;
	ostia_time deadline = req->deadline.node.deadline;

	if (!r)
		return -ENOBUFS;
	drop_stale(req->door, req->tid);
	*r = *req;
	r->fd = -1;
	r->parked = true;
	r->deadline = (struct run_timer) { .fn = on_deadline };
	list_push(&r->door->waiters, &r->node);
	run_loop_arm(l, &r->deadline, deadline);
	run_calls_sup(req)->stats.parked++;
	return RUN_PARK;
}

/* ---- a new call ---- */

static int64_t open_socket(struct run_req *req)
{
	int domain = (int)req->arg[0], type = (int)req->arg[1] & TYPE_MASK;
	int protocol = (int)req->arg[2];

	if ((int)req->arg[1] & ~(TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->takes(domain, type, protocol))
			return kinds[i]->open(req, domain, type, protocol);
	/* What nobody opens has an errno that the stack knows. */
	domain = ostia_socket(req->guest->host->proc, domain, type, protocol);
	if (domain < 0)
		return -errno;
	ostia_close(req->guest->host->proc, domain);
	run_calls_unsupported(req, "socket of this type", ESOCKTNOSUPPORT);
	return -ESOCKTNOSUPPORT;
}

/* Name services of the machine know other names than this network's. */
static bool is_name_service(const char *path)
{
	static const char *const services[] = {
		"/var/run/nscd/",
		"/run/nscd/",
		"/run/systemd/resolve/",
		"/var/run/systemd/resolve/",
		"/run/systemd/userdb/io.systemd.Machine",
		"/run/avahi-daemon/",
		"/var/run/avahi-daemon/",
	};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strncmp(path, services[i], strlen(services[i])) == 0)
			return true;
	return false;
}

/* The same by another name: relative, through links, with dots. */
static bool leads_to_name_service(pid_t tid, const char *path)
{
	char name[sizeof(struct sockaddr_un) + 32], real[128];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/%s/%s", (int)tid,
		 *path == '/' ? "root" : "cwd", path);
	fd = *path ? open(name, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		return false;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, real, sizeof(real) - 1);
	close(fd);
	real[n > 0 ? n : 0] = '\0';
	return is_name_service(real);
}

static int64_t connect_elsewhere(struct run_req *req)
{
	struct sockaddr_storage a;
	struct sockaddr_un *un = (struct sockaddr_un *)&a;

	if (run_calls_addr_in(req, (uint64_t)req->arg[1], req->arg[2], &a))
		return RUN_CONTINUE;
	if (a.ss_family != AF_UNIX)
		return RUN_CONTINUE;
	un->sun_path[sizeof(un->sun_path) - 1] = '\0';
	return is_name_service(un->sun_path) ||
			       leads_to_name_service(req->tid, un->sun_path)
		       ? -ENOENT
		       : RUN_CONTINUE;
}

/* Interfaces may be asked for through any socket, an AF_UNIX one too. */
static int64_t ioctl_elsewhere(struct run_req *req)
{
	struct run_door d = { .host = req->guest->host };
	uint64_t cmd = (uint32_t)req->arg[1];
	int64_t value;

	if (cmd < 0x8900 || cmd > 0x89ff || run_calls_fd(req) < 0 ||
	    !run_target_cookie(req->fd))
		return RUN_CONTINUE;
	d.fd = ostia_socket(d.host->proc, AF_INET, SOCK_DGRAM, 0);
	if (d.fd < 0)
		return -errno;
	value = run_calls_ioctl(&d, req);
	ostia_close(d.host->proc, d.fd);
	return value;
}

static int64_t not_ours(struct run_req *req)
{
	if (req->call == RUN_CONNECT)
		return connect_elsewhere(req);
	if (req->call == RUN_IOCTL)
		return ioctl_elsewhere(req);
	return RUN_CONTINUE;
}

/* Senders look at what they send before they ask. */
static bool was_untold(struct run_req *req, int64_t *value)
{
	return req->door->untold.tid && req->call != RUN_SENDTO &&
	       req->call != RUN_SENDMSG && req->call != RUN_SENDMMSG &&
	       run_calls_untold(req, 0, value);
}

static int64_t understand(struct run_req *req)
{
	int64_t value;

	if (req->call != RUN_SOCKET)
		req->door = find_door(req);
	run_hear_begin(run_calls_sup(req)->hear, req);
	if (req->call == RUN_SOCKET)
		return open_socket(req);
	if (!req->door)
		return not_ours(req);
	if (!handler(req))
		return -EOPNOTSUPP;
	req->cookie = req->door->cookie;
	if (was_untold(req, &value))
		return value;
	if (req->call == RUN_CONNECT && req->guest->host->nkept)
		run_door_scan(
			req->guest->host); /* may have closed a listener */
	return handler(req)(req->door, req);
}

/* What the filter sends for us to refuse: it would get round the filter, or is
 * of a family that nobody serves here. (What is no family at all is nobody's
 * anywhere.) Return: -errno; 0: a call of ours.
 */
static int64_t refuse(struct run_req *req, const struct seccomp_data *d)
{
	const int domain = (int)req->arg[0];
	char what[48];

	if (d->nr == SYS_io_uring_setup) { /* the same everywhere */
		run_calls_unsupported(req, "io_uring_setup", ENOSYS);
		return -ENOSYS;
	}
	if (d->arch != NATIVE) {
		run_calls_unsupported(req, "32-bit socket", EAFNOSUPPORT);
		return -EAFNOSUPPORT;
	}
	if (req->call == RUN_CALLS)
		return -ENOSYS;
	if (req->call != RUN_SOCKET || domain == AF_INET ||
	    domain == AF_INET6 || domain == AF_NETLINK)
		return 0;
	snprintf(what, sizeof(what), "socket of family %d", domain);
	if (domain > AF_UNSPEC && domain < AF_MAX)
		run_calls_unsupported(req, what, EAFNOSUPPORT);
	return -EAFNOSUPPORT;
}

static void take(struct run_guest *g, const struct seccomp_notif *n)
{
	struct run_req req = {
		.guest = g,
		.id = n->id,
		.tid = (pid_t)n->pid,
		.call = n->data.arch == NATIVE ? run_calls_number(n->data.nr)
					       : RUN_CALLS,
		.fd = -1,
		.deadline.node.deadline = OSTIA_NEVER,
	};
	int64_t value;

	for (int i = 0; i < 6; i++)
		req.arg[i] = (int64_t)n->data.args[i];
	req.arg[0] = (int)req.arg[0];
	if (n->data.nr == SYS_accept)
		req.arg[3] = 0;
	g->calls++;
	run_calls_sup(&req)->stats.calls++;
	value = refuse(&req, &n->data);
	if (!value)
		value = understand(&req);
	if (value == RUN_PARK) {
		run_hear_end(run_calls_sup(&req)->hear, &req, value);
		value = park(&req);
	}
	if (value == RUN_PARK)
		let_fd_go(&req);
	else
		answer(&req, value);
}

/* One a round: what the guest closed before its next call is heard before. */
void run_calls_on_notify(struct run_watch *w, uint32_t events)
{
	struct run_guest *g = list_entry(w, struct run_guest, listener);
	union run_notify n;

	(void)events;
	if (run_notify_recv(w->fd, &n) == 0)
		take(g, &n.n);
}

/* ---- the common handlers ---- */

/* After a call of the stack: what it said, and a look at what it has to say. */
static int64_t said(struct run_door *d, int64_t value)
{
	int64_t out = value < 0 ? -errno : value;

	run_sup_touch(d->host);
	return out;
}

int64_t run_calls_continue(struct run_door *d, struct run_req *req)
{
	(void)d;
	(void)req;
	return RUN_CONTINUE;
}

/* Is the port one that the network's own servers have, and give up for it? */
static bool gives_way(struct run_host *h, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;
	bool has_port = a->ss_family == AF_INET || a->ss_family == AF_INET6;

	return has_port && h->sup->yield &&
	       h->sup->yield(h, ntohs(in->sin_port));
}

/* Addresses in use that nobody has any more. */
static bool some_closed(struct run_host *h)
{
	const bool kept = run_door_scan(h);

	return run_loose_scan(h, h->nloose) || kept;
}

int64_t run_calls_bind(struct run_door *d, struct run_req *req)
{
	const struct sockaddr *addr;
	struct sockaddr_storage a;
	socklen_t len = (socklen_t)req->arg[2];
	int64_t value = run_calls_addr_in(req, (uint64_t)req->arg[1],
					  (int)req->arg[2], &a);

	if (value)
		return value;
	addr = (const struct sockaddr *)&a;
	value = said(d, ostia_bind(d->host->proc, d->fd, addr, len));
	if (value == -EADDRINUSE &&
	    (gives_way(d->host, &a) || some_closed(d->host)))
		value = said(d, ostia_bind(d->host->proc, d->fd, addr, len));
	return value;
}

static int64_t name_out(struct run_req *req, int got,
			const struct sockaddr_storage *a, socklen_t len)
{
	if (got < 0)
		return -errno;
	if (!req->arg[1])
		return -EFAULT;
	return run_calls_addr_out(req, (uint64_t)req->arg[1],
				  (uint64_t)req->arg[2], a, len);
}

int64_t run_calls_getsockname(struct run_door *d, struct run_req *req)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	int got = ostia_getsockname(d->host->proc, d->fd, (struct sockaddr *)&a,
				    &len);

	return name_out(req, got, &a, len);
}

int64_t run_calls_getpeername(struct run_door *d, struct run_req *req)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	int got = ostia_getpeername(d->host->proc, d->fd, (struct sockaddr *)&a,
				    &len);

	return name_out(req, got, &a, len);
}

/* Options whose value says first what is asked. */
static bool opt_reads_value(int level, int name)
{
	return (level == IPPROTO_IP &&
		(name == IP_MSFILTER || name == MCAST_MSFILTER)) ||
	       (level == IPPROTO_IPV6 && name == MCAST_MSFILTER);
}

/* Levels of another protocol or family are unknown to Linux, too. */
static const char *opt_level(const struct run_door *d, int level)
{
	switch (level) {
	case SOL_SOCKET:
		return "SOL_SOCKET";
	case IPPROTO_IP:
		return "IP";
	case IPPROTO_IPV6:
		return d->domain == AF_INET6 ? "IPV6" : NULL;
	case IPPROTO_TCP:
		return d->type == SOCK_STREAM ? "TCP" : NULL;
	case IPPROTO_UDP:
		return d->type == SOCK_DGRAM ? "UDP" : NULL;
	default:
		return NULL;
	}
}

static void tell_unknown_opt(const struct run_door *d, struct run_req *req,
			     const char *call)
{
	const char *level = opt_level(d, (int)req->arg[1]);
	char what[48];

	if (!level)
		return;
	snprintf(what, sizeof(what), "%s %s option %d", call, level,
		 (int)req->arg[2]);
	run_calls_unsupported(req, what, ENOPROTOOPT);
}

int64_t run_calls_getsockopt(struct run_door *d, struct run_req *req)
{
	const int level = (int)req->arg[1], name = (int)req->arg[2];
	uint8_t *buf = run_calls_sup(req)->buf;
	int room, err;
	socklen_t len;

	err = run_calls_in(req, (uint64_t)req->arg[4], &room, sizeof(room));
	if (err)
		return err;
	if (room < 0)
		return -EINVAL;
	len = room > OPT_MAX ? OPT_MAX : (socklen_t)room;
	if (opt_reads_value(level, name) &&
	    run_calls_in(req, (uint64_t)req->arg[3], buf, len))
		return -EFAULT;
	if (ostia_getsockopt(d->host->proc, d->fd, level, name, buf, &len)) {
		err = -errno;
		if (err == -ENOPROTOOPT)
			tell_unknown_opt(d, req, "getsockopt");
		return err;
	}
	err = run_calls_out(req, (uint64_t)req->arg[3], buf, len);
	return err ? err
		   : run_calls_out(req, (uint64_t)req->arg[4], &len,
				   sizeof(len));
}

static bool opt_is_program(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_ATTACH_FILTER || name == SO_ATTACH_REUSEPORT_CBPF);
}

/* A sock_fprog points on: its instructions are copied behind it. */
static int fetch_program(struct run_req *req, uint8_t *buf, socklen_t len)
{
	struct sock_fprog *prog = (struct sock_fprog *)(void *)buf;
	struct sock_filter *code = (struct sock_filter *)(prog + 1);
	int err;

	if (len < sizeof(*prog))
		return -EINVAL;
	if (!prog->filter || prog->len == 0 || prog->len > BPF_MAXINSNS)
		return -EINVAL;
	err = run_calls_in(req, (uintptr_t)prog->filter, code,
			   prog->len * sizeof(*code));
	prog->filter = code;
	return err;
}

int64_t run_calls_setsockopt(struct run_door *d, struct run_req *req)
{
	const int level = (int)req->arg[1], name = (int)req->arg[2];
	const int len = (int)req->arg[4];
	uint8_t *buf = run_calls_sup(req)->buf;
	int64_t value;

	if (len < 0 || len > OPT_MAX)
		return -EINVAL;
	value = run_calls_in(req, (uint64_t)req->arg[3], buf, (size_t)len);
	if (!value && opt_is_program(level, name))
		value = fetch_program(req, buf, (socklen_t)len);
	if (value)
		return value;
	value = said(d, ostia_setsockopt(d->host->proc, d->fd, level, name, buf,
					 (socklen_t)len));
	if (value == -ENOPROTOOPT)
		tell_unknown_opt(d, req, "setsockopt");
	return value;
}

/* ---- ioctl ---- */

static int64_t ioctl_conf(struct run_door *d, struct run_req *req)
{
	uint8_t *buf = run_calls_sup(req)->buf;
	struct ifconf c;
	uint64_t at;
	int err = run_calls_in(req, (uint64_t)req->arg[2], &c, sizeof(c));

	if (err)
		return err;
	at = (uintptr_t)c.ifc_buf;
	if (c.ifc_len < 0)
		return -EINVAL;
	if (c.ifc_len > OPT_MAX)
		c.ifc_len = OPT_MAX;
	c.ifc_buf = at ? (char *)buf : NULL;
	if (ostia_ioctl(d->host->proc, d->fd, SIOCGIFCONF, &c))
		return -errno;
	if (at)
		err = run_calls_out(req, at, buf, (size_t)c.ifc_len);
	c.ifc_buf = (char *)(uintptr_t)at;
	return err ? err
		   : run_calls_out(req, (uint64_t)req->arg[2], &c, sizeof(c));
}

static size_t ioctl_size(unsigned long cmd)
{
	if (cmd == SIOCOUTQ || cmd == SIOCATMARK || cmd == SIOCOUTQNSD)
		return sizeof(int);
	if (cmd == 0x8906 || cmd == 0x8907) /* SIOCGSTAMP, SIOCGSTAMPNS */
		return 16;
	if (_IOC_SIZE(cmd))
		return _IOC_SIZE(cmd);
	return sizeof(struct ifreq);
}

int64_t run_calls_ioctl(struct run_door *d, struct run_req *req)
{
	const unsigned long cmd = (uint32_t)req->arg[1];
	uint8_t *buf = run_calls_sup(req)->buf;
	size_t size = ioctl_size(cmd);
	int err, value;

	if (cmd == SIOCGIFCONF)
		return ioctl_conf(d, req);
	err = run_calls_in(req, (uint64_t)req->arg[2], buf, size);
	if (err)
		return err;
	value = ostia_ioctl(d->host->proc, d->fd, cmd, buf);
	if (value < 0)
		return -errno;
	err = run_calls_out(req, (uint64_t)req->arg[2], buf, size);
	return err ? err : value;
}
