/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX: [S1, S4] [A1, A2] [B3] [K1] [P1] [W2, W5] [R5] and what
 * tests/api/table_local.c cannot see: calls that wait for each other, memory,
 * lost files
 */
#define _GNU_SOURCE
#include "net.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sys/un.h>

static socklen_t un_name(struct sockaddr_un *un, const char *text)
{
	*un = (struct sockaddr_un) { .sun_family = AF_UNIX };
	strcpy(un->sun_path + (text[0] == '@'), text + (text[0] == '@'));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(text) + (text[0] != '@'));
}

static int un_bind(struct ostia_proc *p, int fd, const char *text)
{
	struct sockaddr_un un;
	socklen_t len = un_name(&un, text);

	return ostia_bind(p, fd, (struct sockaddr *)&un, len);
}

static int un_connect(struct ostia_proc *p, int fd, const char *text)
{
	struct sockaddr_un un;
	socklen_t len = un_name(&un, text);

	return ostia_connect(p, fd, (struct sockaddr *)&un, len);
}

static int un_listener(struct ostia_proc *p, const char *text, int backlog)
{
	int fd = ostia_socket(p, AF_UNIX, SOCK_STREAM, 0);

	EQ(un_bind(p, fd, text), 0);
	EQ(ostia_listen(p, fd, backlog), 0);
	return fd;
}

static ssize_t give(struct ostia_proc *p, int to, const int *fds, size_t n)
{
	union {
		char buf[CMSG_SPACE(253 * sizeof(int))];
		struct cmsghdr h;
	} u = { .h = { .cmsg_len = CMSG_LEN(n * sizeof(int)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (char[]) { "f" }, 1 };
	const struct msghdr m = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &u,
				  .msg_controllen =
					  CMSG_SPACE(n * sizeof(int)) };

	memcpy(CMSG_DATA(&u.h), fds, n * sizeof(int));
	return ostia_sendmsg(p, to, &m, MSG_DONTWAIT);
}

/* The one descriptor that comes, or -1; *@flags: msg_flags. */
static int take(struct ostia_proc *p, int from, int *flags)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr h;
	} u = { 0 };
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &u,
			    .msg_controllen = sizeof(u.buf) };
	int fd = -1;

	EQ(ostia_recvmsg(p, from, &m, 0), 1);
	*flags = m.msg_flags;
	if (m.msg_controllen)
		memcpy(&fd, CMSG_DATA(&u.h), sizeof(fd));
	return fd;
}

static uint64_t counter(struct ostia_stack *s, const char *name)
{
	uint64_t v;

	for (unsigned i = 0;; i++) {
		const char *text = ostia_counter(s, i, &v);

		OK(text != NULL);
		if (!strcmp(text, name))
			return v;
	}
}

/* A connection over the loopback to the listener @fd. */
static int connect_self(struct net *n, int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int c = ostia_socket(n->wa, AF_INET, SOCK_STREAM, 0);

	EQ(ostia_getsockname(n->a, fd, (struct sockaddr *)&a, &len), 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return ostia_connect(n->wa, c, (struct sockaddr *)&a, len);
}

/* All that are held, also by each other. */
static uint64_t locals(struct ostia_stack *s)
{
	struct ostia_usage u;

	ostia_stack_usage(s, &u);
	return u.local_socks + u.local_gone;
}

TEST(S4_a_pair_comes_from_one_call)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct net n;
	char buf[8];
	int sv[2];

	net_init(&n);
	for (int i = 0; i < 3; i++) {
		EQ(ostia_socketpair(n.a, AF_UNIX, types[i] | SOCK_CLOEXEC, 0,
				    sv),
		   0);
		EQ(sv[0], 0);
		EQ(sv[1], 1);
		EQ(ostia_write(n.a, 0, "ping", 4), 4);
		EQ(ostia_read(n.a, 1, buf, sizeof(buf)), 4);
		EQ(ostia_write(n.a, 1, "pong", 4), 4);
		EQ(ostia_read(n.a, 0, buf, sizeof(buf)), 4);
		EQ(ostia_fcntl(n.a, 1, F_GETFD, 0), FD_CLOEXEC);
		ostia_close(n.a, 0);
		ostia_close(n.a, 1);
	}
	FAILS(ostia_socketpair(n.a, AF_INET, SOCK_STREAM, 0, sv), EOPNOTSUPP);
	FAILS(ostia_socketpair(n.a, AF_UNIX, SOCK_RDM, 0, sv), ESOCKTNOSUPPORT);
	EQ(locals(n.sa), 0);
	net_fini(&n);
}

TEST(B3_a_path_is_the_stacks_until_it_is_unlinked)
{
	struct net n;
	int fd, other;

	net_init(&n);
	fd = un_listener(n.a, "/run/x", 1);
	other = ostia_socket(n.wa, AF_UNIX, SOCK_STREAM, 0);
	FAILS(un_bind(n.wa, other, "/run/x"), EADDRINUSE);
	ostia_close(n.a, fd);
	FAILS(un_bind(n.wa, other, "/run/x"), EADDRINUSE);
	FAILS(un_connect(n.wa, other, "/run/x"), ECONNREFUSED);
	EQ(ostia_unlink(n.wa, "/run/x"), 0);
	FAILS(ostia_unlink(n.wa, "/run/x"), ENOENT);
	FAILS(un_connect(n.wa, other, "/run/x"), ENOENT);
	EQ(un_bind(n.wa, other, "/run/x"), 0);
	fd = ostia_socket(n.b, AF_UNIX, SOCK_STREAM, 0);
	FAILS(un_connect(n.b, fd, "/run/x"), ENOENT); /* another host */
	net_fini(&n);
}

static int late_fd;

static void accept_later(struct net *n)
{
	late_fd = ostia_accept(n->a, 0, NULL, NULL);
}

TEST(P1_connect_waits_for_room_in_the_backlog)
{
	struct net n;
	ostia_time begin;
	int c;

	net_init(&n);
	un_listener(n.a, "@x", 0);
	c = ostia_socket(n.wa, AF_UNIX, SOCK_STREAM, 0);
	EQ(un_connect(n.wa, c, "@x"), 0);
	c = ostia_socket(n.wa, AF_UNIX, SOCK_STREAM, 0);
	begin = n.now;
	net_later(&n, OSTIA_S, accept_later);
	EQ(un_connect(n.wa, c, "@x"), 0);
	EQ(n.now - begin, OSTIA_S);
	OK(late_fd > 0);
	EQ(counter(n.sa, "LocalListenFull"), 1);
	net_fini(&n);
}

static void connect_later(struct net *n)
{
	int c = ostia_socket(n->a, AF_UNIX, SOCK_SEQPACKET, 0);

	EQ(un_connect(n->a, c, "/l"), 0);
	EQ(ostia_send(n->a, c, "hello", 5, 0), 5);
}

TEST(P1_accept_waits_for_a_connection)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	struct net n;
	char buf[8];
	int l, fd;

	net_init(&n);
	l = ostia_socket(n.wa, AF_UNIX, SOCK_SEQPACKET, 0);
	EQ(un_bind(n.wa, l, "/l"), 0);
	EQ(ostia_listen(n.wa, l, 5), 0);
	net_later(&n, OSTIA_S, connect_later);
	fd = ostia_accept(n.wa, l, (struct sockaddr *)&un, &len);
	OK(fd >= 0);
	EQ(len, 2); /* a client without a name */
	EQ(ostia_recv(n.wa, fd, buf, 8, 0), 5);
	len = sizeof(un);
	EQ(ostia_getsockname(n.wa, fd, (struct sockaddr *)&un, &len), 0);
	EQ(len, 2 + sizeof("/l"));
	net_fini(&n);
}

static char big[600000];
static size_t drained;

static void drain_some(struct net *n)
{
	ssize_t r = ostia_recv(n->a, 0, big, 100000, 0);

	OK(r > 0);
	drained += (size_t)r;
	if (drained < sizeof(big))
		net_later(n, OSTIA_MS, drain_some);
}

TEST(W2_a_blocking_send_goes_through_in_pieces)
{
	struct net n;
	int sv[2], fd;

	net_init(&n);
	drained = 0;
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, sv), 0);
	fd = ostia_pass(n.a, sv[1], n.wa);
	net_later(&n, OSTIA_MS, drain_some);
	EQ(ostia_send(n.wa, fd, big, sizeof(big), 0), sizeof(big));
	while (drained < sizeof(big))
		drain_some(&n);
	EQ(drained, sizeof(big));
	net_fini(&n);
}

static void read_one(struct net *n)
{
	char c;

	EQ(ostia_recv(n->a, 0, &c, 1, 0), 1);
}

TEST(W2_a_datagram_waits_for_room_at_the_receiver)
{
	struct net n;
	struct sockaddr_un un;
	socklen_t len = un_name(&un, "@r");
	ostia_time begin;
	int fd, sent = 0;

	net_init(&n);
	fd = ostia_socket(n.a, AF_UNIX, SOCK_DGRAM, 0);
	EQ(un_bind(n.a, fd, "@r"), 0);
	fd = ostia_socket(n.a, AF_UNIX, SOCK_DGRAM, 0);
	while (ostia_sendto(n.a, fd, "x", 1, MSG_DONTWAIT,
			    (struct sockaddr *)&un, len) == 1)
		sent++;
	EQ(errno, EAGAIN);
	EQ(sent, 11); /* net.unix.max_dgram_qlen, and one */
	fd = ostia_socket(n.wa, AF_UNIX, SOCK_DGRAM, 0);
	EQ(net_poll(n.wa, fd) & POLLOUT, POLLOUT); /* to anybody else */
	begin = n.now;
	net_later(&n, OSTIA_S, read_one);
	EQ(ostia_sendto(n.wa, fd, "x", 1, 0, (struct sockaddr *)&un, len), 1);
	EQ(n.now - begin, OSTIA_S);
	EQ(un_connect(n.wa, fd, "@r"), 0);
	EQ(net_poll(n.wa, fd) & POLLOUT, 0);
	read_one(&n);
	EQ(net_poll(n.wa, fd) & POLLOUT, POLLOUT);
	net_fini(&n);
}

/* The other's end is closed by the last reference, which is in flight. */
TEST(K1_a_descriptor_in_a_message_keeps_the_file)
{
	struct net n;
	char buf[4];
	int tcp[2], sv[2], fd, flags;

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", tcp);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	EQ(give(n.a, sv[0], &tcp[0], 1), 1);
	ostia_close(n.a, tcp[0]);
	net_run(&n);
	FAILS(ostia_recv(n.b, tcp[1], buf, 4, 0), EAGAIN);
	fd = take(n.a, sv[1], &flags);
	OK(fd >= 0);
	EQ(flags, 0);
	EQ(ostia_send(n.a, fd, "tcp", 3, 0), 3);
	net_run(&n);
	EQ(ostia_recv(n.b, tcp[1], buf, 4, 0), 3);
	ostia_close(n.a, fd);
	net_run(&n);
	EQ(ostia_recv(n.b, tcp[1], buf, 4, 0), 0);
	net_fini(&n);
}

TEST(K1_a_file_that_nobody_took_is_closed)
{
	struct net n;
	char c;
	int tcp[2], sv[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", tcp);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, sv), 0);
	EQ(give(n.a, sv[0], &tcp[0], 1), 1);
	ostia_close(n.a, tcp[0]);
	EQ(ostia_read(n.a, sv[1], &c, 1), 1); /* no room for it */
	net_run(&n);
	EQ(ostia_recv(n.b, tcp[1], &c, 1, 0), 0);
	net_fini(&n);
}

TEST(W5_credentials_are_true_or_refused)
{
	struct ucred u = { 7, 100, 100 };
	union {
		char buf[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr h;
	} c = { .h = { .cmsg_len = CMSG_LEN(sizeof(u)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_CREDENTIALS } };
	struct iovec iov = { (char[]) { "x" }, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = sizeof(c.buf) };
	socklen_t len = sizeof(u);
	struct net n;
	int sv[2], on = 1;

	net_init(&n);
	ostia_proc_set_cred(n.a, 7, 100, 100);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	EQ(ostia_setsockopt(n.a, sv[1], SOL_SOCKET, SO_PASSCRED, &on,
			    sizeof(on)),
	   0);
	memcpy(CMSG_DATA(&c.h), &u, sizeof(u));
	EQ(ostia_sendmsg(n.a, sv[0], &m, 0), 1);
	u.uid = 0;
	memcpy(CMSG_DATA(&c.h), &u, sizeof(u));
	FAILS(ostia_sendmsg(n.a, sv[0], &m, 0), EPERM);
	EQ(ostia_recvmsg(n.a, sv[1], &m, 0), 1);
	memcpy(&u, CMSG_DATA(&c.h), sizeof(u));
	EQ(u.pid, 7);
	EQ(u.uid, 100);
	EQ(ostia_getsockopt(n.a, sv[0], SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
	EQ(u.gid, 100);
	net_fini(&n);
}

/* a waits in a's own queue, and nobody else knows of it. */
TEST(R5_sockets_that_only_messages_know_are_closed)
{
	struct net n;
	int a[2], b[2];

	net_init(&n);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, a), 0);
	EQ(give(n.a, a[1], &a[0], 1), 1);
	ostia_close(n.a, a[1]);
	EQ(locals(n.sa), 2);
	ostia_close(n.a, a[0]);
	EQ(locals(n.sa), 0);
	/* two that have each other */
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, a), 0);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_DGRAM, 0, b), 0);
	EQ(give(n.a, a[0], &b[1], 1), 1);
	EQ(give(n.a, b[0], &a[1], 1), 1);
	for (int i = 0; i < 2; i++)
		ostia_close(n.a, a[i]);
	EQ(locals(n.sa), 4); /* b is open */
	ostia_close(n.a, b[0]);
	EQ(locals(n.sa), 4);
	ostia_close(n.a, b[1]);
	EQ(locals(n.sa), 0);
	EQ(counter(n.sa, "LocalCycles"), 3);
	net_fini(&n);
}

/* What can still be received is not lost, however it got there. */
TEST(R5_files_in_reach_stay)
{
	struct net n;
	int a[2], b[2], fd, flags;
	char c;

	net_init(&n);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, a), 0);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, b), 0);
	EQ(give(n.a, b[0], &b[1], 1), 1); /* b in itself */
	EQ(give(n.a, a[0], &b[1], 1), 1); /* and in a */
	EQ(ostia_write(n.a, b[0], "!", 1), 1);
	ostia_close(n.a, b[0]);
	ostia_close(n.a, b[1]);
	ostia_close(n.a, a[0]);
	EQ(counter(n.sa, "LocalCycles"), 0);
	fd = take(n.a, a[1], &flags);
	OK(fd >= 0);
	ostia_close(n.a, take(n.a, fd, &flags));
	EQ(ostia_read(n.a, fd, &c, 1), 1);
	EQ(c, '!');
	net_fini(&n);
}

/* A chain of sockets, each in the next one's queue, comes down at once. */
TEST(R5_a_long_chain_needs_no_stack)
{
	enum { LINKS = 20000 };
	struct ostia_proc *p;
	struct net n;
	int a[2], b[2];

	net_init(&n);
	EQ(ostia_proc_new(n.sa, LINKS + 10, NULL, NULL, &p), 0);
	EQ(ostia_socketpair(p, AF_UNIX, SOCK_STREAM, 0, a), 0);
	for (int i = 0; i < LINKS; i++) {
		EQ(ostia_socketpair(p, AF_UNIX, SOCK_STREAM, 0, b), 0);
		EQ(give(p, b[0], &a[1], 1), 1);
		ostia_close(p, a[0]);
		ostia_close(p, a[1]);
		a[0] = b[0];
		a[1] = b[1];
	}
	OK(locals(n.sa) > LINKS);
	ostia_close(p, a[0]);
	ostia_close(p, a[1]);
	EQ(locals(n.sa), 0);
	ostia_proc_free(p);
	net_fini(&n);
}

TEST(R5_files_in_flight_are_bounded)
{
	struct net n;
	struct ostia_proc *p;
	int sv[2], fds[100], sent = 0;

	net_init(&n);
	EQ(ostia_proc_new(n.sa, 256, NULL, NULL, &p), 0);
	EQ(ostia_socketpair(p, AF_UNIX, SOCK_STREAM, 0, sv), 0);
	for (int i = 0; i < 100; i++)
		fds[i] = sv[0];
	while (give(p, sv[0], fds, 100) == 1)
		sent++;
	EQ(errno, ETOOMANYREFS);
	EQ(sent, 3);
	EQ(counter(n.sa, "LocalInflightFull"), 1);
	ostia_proc_free(p);
	EQ(locals(n.sa), 0);
	net_fini(&n);
}

TEST(S1_an_idle_pair_is_512_bytes)
{
	enum { PAIRS = 65536 };
	struct ostia_proc *p;
	struct net n;
	size_t before;
	int sv[2];

	net_init(&n);
	before = n.lend.bytes;
	EQ(ostia_proc_new(n.sa, 2 * PAIRS, NULL, NULL, &p), 0);
	for (int i = 0; i < PAIRS; i++)
		EQ(ostia_socketpair(p, AF_UNIX, SOCK_STREAM, 0, sv), 0);
	print_message("# a pair: %zu bytes\n", (n.lend.bytes - before) / PAIRS);
	OK(n.lend.bytes - before <= (size_t)PAIRS * 512);
	ostia_proc_free(p);
	net_fini(&n);
}

TEST(W1_talking_takes_no_memory)
{
	struct net n;
	char buf[3000] = { 0 };
	long before = 0;
	int sv[2];

	net_init(&n);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, sv), 0);
	for (int i = 0; i < 1000; i++) {
		size_t len = (size_t)(i * 37 % 3000 + 1);

		if (i == 100)
			before = n.lend.calls;
		EQ(ostia_send(n.a, sv[0], buf, len, 0), len);
		EQ(ostia_recv(n.a, sv[1], buf, len, 0), len);
	}
	EQ(n.lend.calls - before, 0);
	net_fini(&n);
}

TEST(A2_a_path_of_108_bytes_has_no_room_for_its_nul)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct {
		struct sockaddr_un un;
		char more[8];
	} out = { 0 };
	socklen_t len = sizeof(out);
	struct net n;
	int fd;

	net_init(&n);
	memset(un.sun_path, 'x', sizeof(un.sun_path));
	fd = ostia_socket(n.a, AF_UNIX, SOCK_DGRAM, 0);
	FAILS(ostia_bind(n.a, fd, (struct sockaddr *)&un, sizeof(un) + 1),
	      EINVAL);
	FAILS(ostia_bind(n.a, fd, (struct sockaddr *)&un, 1), EINVAL);
	EQ(ostia_bind(n.a, fd, (struct sockaddr *)&un, sizeof(un)), 0);
	EQ(ostia_getsockname(n.a, fd, (struct sockaddr *)&out, &len), 0);
	EQ(len, sizeof(un) + 1);
	EQ(out.un.sun_path[107], 'x');
	EQ(out.more[0], 0);
	net_fini(&n);
}

/* All rows of a stack, @step at a time; those of AF_UNIX are put into @out. */
static int list_all(struct ostia_stack *s, int step,
		    struct ostia_conn_row out[16], unsigned protos[256])
{
	struct ostia_conn_row rows[4];
	uint64_t cursor = 0;
	int n, found = 0;

	memset(protos, 0, 256 * sizeof(protos[0]));
	while ((n = ostia_conn_list(s, &cursor, rows, step)) > 0) {
		for (int i = 0; i < n; i++) {
			protos[rows[i].proto]++;
			if (!rows[i].proto && found < 16)
				out[found++] = rows[i];
		}
	}
	return found;
}

static const struct ostia_conn_row *row_called(const struct ostia_conn_row *r,
					       int n, const char *name,
					       size_t len, int state)
{
	for (int i = 0; i < n; i++)
		if (r[i].path_len == len && r[i].state == state &&
		    !memcmp(r[i].path, name, len))
			return &r[i];
	return NULL;
}

/* Numbers of <netinet/tcp.h>, which the other headers do not like. */
enum { ESTAB = 1, UNCONN = 7, LISTENS = 10 };

TEST(X_the_table_of_sockets_shows_ends_as_ss_does)
{
	const struct ostia_conn_row *l, *s, *c, *d;
	struct ostia_conn_row rows[16];
	struct ostia_usage u;
	int listener, client, dgram, sv[2];
	unsigned protos[256];
	struct net n;

	net_init(&n);
	listener = un_listener(n.a, "way", 3);
	client = ostia_socket(n.a, AF_UNIX, SOCK_STREAM, 0);
	EQ(un_connect(n.a, client, "way"), 0);
	EQ(list_all(n.sa, 4, rows, protos), 3);
	l = row_called(rows, 3, "way", 3, LISTENS);
	OK(l && l->recvq == 1 && l->sendq == 3 && !l->peer);
	s = row_called(rows, 3, "way", 3, ESTAB); /* not yet accepted */
	c = row_called(rows, 3, "", 0, ESTAB);
	OK(s && c && s->peer == c->conn && c->peer == s->conn);
	EQ(c->type, SOCK_STREAM);

	dgram = ostia_socket(n.a, AF_UNIX, SOCK_DGRAM, 0);
	EQ(un_bind(n.a, dgram, "@far"), 0);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	EQ(ostia_send(n.a, sv[0], "four", 4, 0), 4);
	EQ(list_all(n.sa, 4, rows, protos), 6);
	d = row_called(rows, 6, "\0far", 4, UNCONN);
	OK(d && d->type == SOCK_DGRAM && !d->peer);
	for (int i = 0, read = 0; i < 6; i++) {
		if (rows[i].type != SOCK_SEQPACKET)
			continue;
		read += rows[i].recvq == 4 && !rows[i].sendq;
		read += !rows[i].recvq && rows[i].sendq > 4;
		EQ(rows[i].state, ESTAB);
		if (i == 5)
			EQ(read, 2);
	}
	ostia_stack_usage(n.sa, &u);
	EQ(u.local_socks, 6);
	ostia_close(n.a, listener);
	ostia_close(n.a, client);
	ostia_close(n.a, dgram);
	ostia_close(n.a, sv[0]); /* what it sent has not been read */
	ostia_stack_usage(n.sa, &u);
	EQ(u.local_socks, 1);
	EQ(u.local_gone, 1);
	EQ(list_all(n.sa, 4, rows, protos), 1);
	EQ(rows[0].peer, 0);
	net_fini(&n);
}

TEST(X_the_table_of_sockets_shows_all_kinds_however_it_is_read)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct ostia_conn_row rows[16];
	unsigned protos[256];
	struct net n;

	net_init(&n);
	for (int i = 0; i < 3; i++) {
		int fd = ostia_socket(n.a, AF_INET, SOCK_STREAM, 0);

		EQ(ostia_bind(n.a, fd, (struct sockaddr *)&any, sizeof(any)),
		   0);
		EQ(ostia_listen(n.a, fd, 1), 0);
		OK(ostia_socket(n.a, AF_INET, SOCK_DGRAM, 0) >= 0);
		OK(ostia_socket(n.a, AF_INET, SOCK_RAW, 99) >= 0);
		OK(ostia_socket(n.a, AF_UNIX, SOCK_DGRAM, 0) >= 0);
		EQ(connect_self(&n, fd), 0);
	}
	for (int step = 1; step < 5; step++) {
		EQ(list_all(n.sa, step, rows, protos), 3);
		EQ(protos[IPPROTO_UDP], 3);
		EQ(protos[99], 3);
		EQ(protos[IPPROTO_TCP], 9); /* listeners, and two ends each */
	}
	net_fini(&n);
}

/* As Linux: a message is stamped when somebody who asked looks at it. */
TEST(W5_a_stamp_says_when_a_message_was_first_looked_at)
{
	union {
		char buf[CMSG_SPACE(sizeof(struct timespec))];
		struct cmsghdr h;
	} c;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &c };
	struct timespec ts;
	const int on = 1;
	ostia_time when;
	struct net n;
	int sv[2];

	net_init(&n);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	EQ(ostia_setsockopt(n.a, sv[1], SOL_SOCKET, SO_TIMESTAMPNS, &on,
			    sizeof(on)),
	   0);
	EQ(ostia_send(n.a, sv[0], "x", 1, 0), 1);
	net_pass(&n, OSTIA_S);
	when = n.now;
	EQ(ostia_recv(n.a, sv[1], &byte, 1, MSG_PEEK), 1);
	net_pass(&n, OSTIA_S);
	m.msg_controllen = sizeof(c);
	EQ(ostia_recvmsg(n.a, sv[1], &m, 0), 1);
	EQ(c.h.cmsg_type, SCM_TIMESTAMPNS);
	memcpy(&ts, CMSG_DATA(&c.h), sizeof(ts));
	EQ(ts.tv_sec * (ostia_time)OSTIA_S + (ostia_time)ts.tv_nsec, when);
	net_fini(&n);
}

/* Not the kernel's processes: no descriptor can stand for one. */
TEST(S1_there_are_no_pidfds)
{
	socklen_t len = sizeof(int);
	int sv[2], fd, v = 1;
	struct net n;

	net_init(&n);
	fd = ostia_socket(n.a, AF_UNIX, SOCK_STREAM, 0);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_STREAM, 0, sv), 0);
	FAILS(ostia_getsockopt(n.a, fd, SOL_SOCKET, 77, &v, &len), ENODATA);
	FAILS(ostia_getsockopt(n.a, sv[0], SOL_SOCKET, 77, &v, &len),
	      ENOPROTOOPT);
	FAILS(ostia_setsockopt(n.a, sv[0], SOL_SOCKET, 76, &v, len),
	      ENOPROTOOPT);
	FAILS(ostia_getsockopt(n.a, sv[0], SOL_SOCKET, 76, &v, &len),
	      ENOPROTOOPT);
	net_fini(&n);
}

TEST(S1_a_filter_counts_what_it_does_not_want_and_goes_with_its_socket)
{
	struct sock_filter none[] = { { .code = BPF_RET | BPF_K } };
	const struct sock_fprog prog = { .len = 1, .filter = none };
	struct net n;
	int sv[2];

	net_init(&n);
	EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	EQ(ostia_setsockopt(n.a, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			    sizeof(prog)),
	   0);
	EQ(ostia_send(n.a, sv[0], "x", 1, 0), 1);
	EQ(counter(n.sa, "LocalFiltered"), 1);
	EQ(give(n.a, sv[0], sv, 2), 1); /* files go, too */
	ostia_close(n.a, sv[0]);
	ostia_close(n.a, sv[1]);
	EQ(locals(n.sa), 0);
	net_fini(&n);
}

TESTS(CASE(W5_a_stamp_says_when_a_message_was_first_looked_at),
      CASE(S1_there_are_no_pidfds),
      CASE(S1_a_filter_counts_what_it_does_not_want_and_goes_with_its_socket),
      CASE(X_the_table_of_sockets_shows_ends_as_ss_does),
      CASE(X_the_table_of_sockets_shows_all_kinds_however_it_is_read),
      CASE(S4_a_pair_comes_from_one_call),
      CASE(B3_a_path_is_the_stacks_until_it_is_unlinked),
      CASE(P1_connect_waits_for_room_in_the_backlog),
      CASE(P1_accept_waits_for_a_connection),
      CASE(W2_a_blocking_send_goes_through_in_pieces),
      CASE(W2_a_datagram_waits_for_room_at_the_receiver),
      CASE(K1_a_descriptor_in_a_message_keeps_the_file),
      CASE(K1_a_file_that_nobody_took_is_closed),
      CASE(W5_credentials_are_true_or_refused),
      CASE(R5_sockets_that_only_messages_know_are_closed),
      CASE(R5_files_in_reach_stay), CASE(R5_a_long_chain_needs_no_stack),
      CASE(R5_files_in_flight_are_bounded), CASE(S1_an_idle_pair_is_512_bytes),
      CASE(W1_talking_takes_no_memory),
      CASE(A2_a_path_of_108_bytes_has_no_room_for_its_nul))
