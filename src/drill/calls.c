/* SPDX-License-Identifier: MIT */
#include "drill/calls.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "drill/args.h"
#include "drill/data.h"
#include "drill/ready.h"
#include "drill/signature.h"
#include "drill/symbols.h"

/** struct args - The values of a call by position */
typedef const struct drill_expr *const *args;

/* ---------------------------------------------------------- a socket's life */

static int64_t call_socket(struct drill_run *r, args a)
{
	int domain = a[0]->kind == DRILL_DOTS ? drill_config_family(r->cfg)
					      : (int)drill_args_num(r, a[0]);

	r->returns_fd = true;
	return ostia_socket(r->host.proc, domain, (int)drill_args_num(r, a[1]),
			    (int)drill_args_num(r, a[2]));
}

static uint16_t port_of(const struct drill_addr *addr)
{
	if (addr->ss.ss_family == AF_INET6)
		return ntohs(
			((const struct sockaddr_in6 *)&addr->ss)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&addr->ss)->sin_port);
}

static uint16_t local_port(struct drill_run *r, int fd)
{
	struct drill_addr addr = { .len = sizeof(addr.ss) };

	if (ostia_getsockname(r->host.proc, fd, (struct sockaddr *)&addr.ss,
			      &addr.len) < 0)
		return 0;
	return port_of(&addr);
}

static bool is_datagram(struct drill_run *r, int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return ostia_getsockopt(r->host.proc, fd, SOL_SOCKET, SO_TYPE, &type,
				&len) == 0 &&
	       type == SOCK_DGRAM;
}

static struct sockaddr *sa(struct drill_addr *addr)
{
	return addr->null ? NULL : (struct sockaddr *)&addr->ss;
}

/* A bound UDP socket can be talked to: that is a conversation. */
static int64_t call_bind(struct drill_run *r, args a)
{
	int fd = drill_args_fd(r, a[0]), ret;
	struct drill_fd *f = drill_run_fd(r, (int)drill_args_num(r, a[0]));
	struct drill_addr addr;

	drill_args_addr(r, a[1], a[2], true, &addr);
	ret = ostia_bind(r->host.proc, fd, sa(&addr), addr.len);
	if (ret == 0 && f && is_datagram(r, fd))
		f->conn = drill_conns_add(&r->conns, r->arena, DRILL_UDP,
					  local_port(r, fd), 0);
	return ret;
}

static int64_t call_listen(struct drill_run *r, args a)
{
	int fd = drill_args_fd(r, a[0]);
	int ret = ostia_listen(r->host.proc, fd, (int)drill_args_num(r, a[1]));

	if (ret == 0) {
		r->conns.listening = true;
		r->conns.listen_port = local_port(r, fd);
	}
	return ret;
}

/* The conversation begins before the call: a blocking one returns late. A UDP
 * socket that was bound has one already.
 */
static void begin_conversation(struct drill_run *r, struct drill_fd *f,
			       const struct drill_addr *addr)
{
	bool udp = is_datagram(r, f->live);

	if (addr->null || addr->ss.ss_family == AF_UNSPEC)
		return;
	if (udp && f->conn) {
		f->conn->rport = port_of(addr);
		r->conns.current = f->conn;
	} else if (!f->conn || f->conn->rport != port_of(addr)) {
		f->conn =
			drill_conns_add(&r->conns, r->arena,
					udp ? DRILL_UDP : DRILL_TCP,
					local_port(r, f->live), port_of(addr));
		f->conn->tx_known = true;
		r->conns.listening = false;
	}
}

static int64_t call_connect(struct drill_run *r, args a)
{
	int fd = drill_args_fd(r, a[0]), ret, err;
	struct drill_fd *f = drill_run_fd(r, (int)drill_args_num(r, a[0]));
	struct drill_addr addr;

	drill_args_addr(r, a[1], a[2], false, &addr);
	if (f)
		begin_conversation(r, f, &addr);
	ret = ostia_connect(r->host.proc, fd, sa(&addr), addr.len);
	err = errno;
	if (f && f->conn && !f->conn->lport)
		f->conn->lport = local_port(r, fd);
	errno = err;
	return ret;
}

/* Which conversation did accept() take? Its ports tell. */
static void accepted(struct drill_run *r, int live)
{
	struct drill_addr peer = { .len = sizeof(peer.ss) };
	uint16_t lport = local_port(r, live);

	if (ostia_getpeername(r->host.proc, live, sa(&peer), &peer.len) < 0)
		return;
	r->fds->conn =
		drill_conns_find(&r->conns, DRILL_TCP, lport, port_of(&peer));
	if (r->fds->conn)
		r->fds->conn->tx_known = true;
}

static int64_t accept_with(struct drill_run *r, args a, int flags)
{
	struct drill_addr addr;
	int fd;

	drill_args_addr_room(r, a[1], a[2], &addr);
	fd = ostia_accept4(r->host.proc, drill_args_fd(r, a[0]), sa(&addr),
			   addr.null ? NULL : &addr.len, flags);
	r->returns_fd = true;
	if (fd >= 0 && !addr.null)
		drill_args_check_addr(r, a[1], a[2], &addr);
	return fd;
}

static int64_t call_accept(struct drill_run *r, args a)
{
	return accept_with(r, a, 0);
}

static int64_t call_accept4(struct drill_run *r, args a)
{
	return accept_with(r, a, (int)drill_args_num(r, a[3]));
}

static int64_t call_shutdown(struct drill_run *r, args a)
{
	return ostia_shutdown(r->host.proc, drill_args_fd(r, a[0]),
			      (int)drill_args_num(r, a[1]));
}

static void forget_fd(struct drill_run *r, int script)
{
	struct drill_fd **p = &r->fds;

	while (*p && (*p)->script != script)
		p = &(*p)->next;
	if (*p)
		*p = (*p)->next;
}

static int64_t call_close(struct drill_run *r, args a)
{
	int ret = ostia_close(r->host.proc, drill_args_fd(r, a[0]));

	if (ret == 0)
		forget_fd(r, (int)drill_args_num(r, a[0]));
	return ret;
}

/* A copy writes to, and reads from, the same conversation. */
static void copies_fd(struct drill_run *r, const struct drill_expr *fd)
{
	const struct drill_fd *f = drill_run_fd(r, (int)drill_args_num(r, fd));

	r->returns_fd = true;
	r->fd_conn = f ? f->conn : NULL;
}

static int64_t call_dup(struct drill_run *r, args a)
{
	copies_fd(r, a[0]);
	return ostia_dup(r->host.proc, drill_args_fd(r, a[0]));
}

static int64_t call_fcntl(struct drill_run *r, args a)
{
	int cmd = (int)drill_args_num(r, a[1]);
	long arg = a[2] ? (long)drill_args_num(r, a[2]) : 0;

	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) {
		copies_fd(r, a[0]);
		arg = 0; /* the script's numbers are its own */
	}
	return ostia_fcntl(r->host.proc, drill_args_fd(r, a[0]), cmd, arg);
}

static int64_t call_ioctl(struct drill_run *r, args a)
{
	unsigned long req = (unsigned long)drill_args_num(r, a[1]);
	int value = 0, ret;

	if (a[2] && a[2]->kind != DRILL_DOTS && req == FIONBIO)
		value = (int)drill_args_num(r, a[2]);
	ret = ostia_ioctl(r->host.proc, drill_args_fd(r, a[0]), req, &value);
	if (ret >= 0 && a[2])
		drill_args_check_num(r, a[2], "value", value);
	return ret;
}

/* ----------------------------------------------------- names and options */

typedef int name_fn(struct ostia_proc *, int, struct sockaddr *, socklen_t *);

static int64_t get_name(struct drill_run *r, args a, name_fn *get)
{
	struct drill_addr addr;
	int ret;

	drill_args_addr_room(r, a[1], a[2], &addr);
	ret = get(r->host.proc, drill_args_fd(r, a[0]), sa(&addr), &addr.len);
	if (ret == 0)
		drill_args_check_addr(r, a[1], a[2], &addr);
	return ret;
}

static int64_t call_getsockname(struct drill_run *r, args a)
{
	return get_name(r, a, ostia_getsockname);
}

static int64_t call_getpeername(struct drill_run *r, args a)
{
	return get_name(r, a, ostia_getpeername);
}

enum { OPTION_MAX_BYTES = 1024 };

static struct drill_option option_of(struct drill_run *r, args a)
{
	return (struct drill_option) { (int)drill_args_num(r, a[1]),
				       (int)drill_args_num(r, a[2]) };
}

static int64_t call_setsockopt(struct drill_run *r, args a)
{
	unsigned char value[OPTION_MAX_BYTES] = { 0 };
	struct drill_option o = option_of(r, a);
	size_t n = drill_args_value(r, o, a[3], value, sizeof(value));
	int ret;

	if (a[4]->kind != DRILL_DOTS)
		n = drill_args_size(r, a[4]);
	if (n > sizeof(value)) {
		drill_run_fail(r, a[4]->pos, "an option of %zu bytes", n);
		return -1;
	}
	ret = ostia_setsockopt(r->host.proc, drill_args_fd(r, a[0]), o.level,
			       o.name, value, (socklen_t)n);
	if (ret == 0 && o.level == IPPROTO_TCP)
		drill_sign_learn(&r->keys, r->arena, o.name, value, n);
	return ret;
}

/* The length `[4]` is both what we offer and what we expect back; where the
 * value says how long it is, the offer is larger: `...`.
 */
static int64_t call_getsockopt(struct drill_run *r, args a)
{
	unsigned char value[OPTION_MAX_BYTES] = { 0 };
	struct drill_option o = option_of(r, a);
	socklen_t n = sizeof(value);
	int ret;

	drill_args_question(r, o, a[3], value, sizeof(value));
	if (a[4]->kind != DRILL_DOTS)
		n = (socklen_t)drill_args_size(r, a[4]);
	if (n > sizeof(value))
		n = sizeof(value);
	ret = ostia_getsockopt(r->host.proc, drill_args_fd(r, a[0]), o.level,
			       o.name, value, &n);
	if (ret < 0)
		return ret;
	if (a[4]->kind != DRILL_DOTS)
		drill_args_check_num(r, a[4], "option length", n);
	drill_args_check_value(r, o, a[3], value, n);
	return ret;
}

/* ------------------------------------------------------------- the table */

static int64_t (*const calls[])(struct drill_run *r, args a) = {
	[DRILL_CALL_ACCEPT] = call_accept,
	[DRILL_CALL_ACCEPT4] = call_accept4,
	[DRILL_CALL_BIND] = call_bind,
	[DRILL_CALL_CLOSE] = call_close,
	[DRILL_CALL_CONNECT] = call_connect,
	[DRILL_CALL_DUP] = call_dup,
	[DRILL_CALL_EPOLL_CREATE] = drill_ready_epoll_create,
	[DRILL_CALL_EPOLL_CREATE1] = drill_ready_epoll_create1,
	[DRILL_CALL_EPOLL_CTL] = drill_ready_epoll_ctl,
	[DRILL_CALL_EPOLL_WAIT] = drill_ready_epoll_wait,
	[DRILL_CALL_FCNTL] = call_fcntl,
	[DRILL_CALL_GETPEERNAME] = call_getpeername,
	[DRILL_CALL_GETSOCKNAME] = call_getsockname,
	[DRILL_CALL_GETSOCKOPT] = call_getsockopt,
	[DRILL_CALL_IOCTL] = call_ioctl,
	[DRILL_CALL_LISTEN] = call_listen,
	[DRILL_CALL_POLL] = drill_ready_poll,
	[DRILL_CALL_READ] = drill_data_read,
	[DRILL_CALL_READV] = drill_data_readv,
	[DRILL_CALL_RECV] = drill_data_recv,
	[DRILL_CALL_RECVFROM] = drill_data_recvfrom,
	[DRILL_CALL_RECVMSG] = drill_data_recvmsg,
	[DRILL_CALL_SEND] = drill_data_send,
	[DRILL_CALL_SENDMSG] = drill_data_sendmsg,
	[DRILL_CALL_SENDTO] = drill_data_sendto,
	[DRILL_CALL_SETSOCKOPT] = call_setsockopt,
	[DRILL_CALL_SHUTDOWN] = call_shutdown,
	[DRILL_CALL_SOCKET] = call_socket,
	[DRILL_CALL_WRITE] = drill_data_write,
	[DRILL_CALL_WRITEV] = drill_data_writev,
};

static_assert(sizeof(calls) / sizeof(calls[0]) == DRILL_CALLS,
	      "each call has its function");

/* --------------------------------------------------------------- results */

static void result_text(int64_t ret, int err, char *to, size_t size)
{
	const char *name = drill_symbols_errno(err);

	if (ret >= 0)
		snprintf(to, size, "%lld", (long long)ret);
	else if (name)
		snprintf(to, size, "-1 %s (%s)", name, strerror(err));
	else
		snprintf(to, size, "-1 errno %d", err);
}

static void wrong_result(struct drill_run *r, const struct drill_call *c,
			 int64_t got, int err)
{
	char want_text[80], got_text[80];

	result_text(c->result->num, c->err, want_text, sizeof(want_text));
	if (c->result->num == -1 && c->err == 0)
		snprintf(want_text, sizeof(want_text), "-1");
	result_text(got, err, got_text, sizeof(got_text));
	drill_run_fail(r, c->pos, "%s() returned %s, expected %s", c->name,
		       got_text, want_text);
}

/* A descriptor gets the number that the script has for it. */
static void name_fd(struct drill_run *r, const struct drill_call *c, int live)
{
	int script = (int)c->result->num;
	struct drill_fd *f;

	if (drill_run_fd(r, script)) {
		drill_run_fail(r, c->result->pos,
			       "descriptor %d is open already", script);
		return;
	}
	f = drill_arena_alloc(r->arena, sizeof(*f));
	*f = (struct drill_fd) { .next = r->fds,
				 .script = script,
				 .live = live,
				 .conn = r->fd_conn };
	r->fds = f;
	if (c->id == DRILL_CALL_ACCEPT || c->id == DRILL_CALL_ACCEPT4)
		accepted(r, live);
}

static void check_result(struct drill_run *r, const struct drill_call *c,
			 int64_t ret, int err)
{
	int64_t want = c->result->num;

	if (ret >= 0 && want >= 0 && r->returns_fd)
		name_fd(r, c, (int)ret);
	else if (ret != want || (ret < 0 && c->err && c->err != err))
		wrong_result(r, c, ret, err);
}

void drill_calls_run(struct drill_run *r, const struct drill_call *c)
{
	const struct drill_expr *a[DRILL_CALL_ARGS_MAX] = { NULL };
	const struct drill_expr *e = c->args;
	int64_t ret;

	for (unsigned i = 0; e && i < DRILL_CALL_ARGS_MAX; i++, e = e->next)
		a[i] = e;
	r->returns_fd = false;
	r->fd_conn = NULL;
	errno = 0;
	ret = calls[c->id](r, a);
	if (!r->failed)
		check_result(r, c, ret, errno);
}
