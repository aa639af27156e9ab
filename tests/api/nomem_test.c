/* SPDX-License-Identifier: MIT */
/* The n-th request for memory fails, for every n: errors, never a crash or a
 * leak.
 */
#define _GNU_SOURCE
#include "net.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>

enum { STEPS_MAX = 4000 };

static char big[100000], more[180000];

/* Anything may fail here, but only so. */
static bool fine(int64_t r)
{
	return r >= 0 || errno == ENOMEM || errno == ENOBUFS ||
	       errno == EAGAIN || errno == EINPROGRESS || errno == EBADF ||
	       errno == ENOTCONN || errno == EDESTADDRREQ || errno == EPIPE ||
	       errno == ECONNREFUSED || errno == EINVAL || errno == EMFILE ||
	       errno == ECONNABORTED || errno == EALREADY || errno == ENOENT ||
	       errno == ECONNRESET || errno == EDOM || errno == EMSGSIZE;
}

#define TRY(call) OK(fine(call))

static void streams(struct net *n)
{
	struct epoll_event ev = { .events = EPOLLIN };
	const struct timeval tv = { 1, 0 };
	struct ostia_loan loan;
	int l, a, b, ep;

	l = net_socket(n->b, "0.0.0.0", SOCK_STREAM);
	TRY(l);
	TRY(net_bind(n->b, l, "0.0.0.0", 80));
	TRY(ostia_listen(n->b, l, 4));
	a = net_socket(n->a, "0.0.0.0", SOCK_STREAM);
	TRY(a);
	TRY(ostia_setsockopt(n->a, a, SOL_SOCKET, SO_RCVTIMEO, &tv,
			     sizeof(tv)));
	TRY(net_connect(n->a, a, "10.99.0.2", 80));
	net_run(n);
	b = ostia_accept(n->b, l, NULL, NULL);
	TRY(b);
	ep = ostia_epoll_create1(n->b, 0);
	TRY(ep);
	TRY(ostia_epoll_ctl(n->b, ep, EPOLL_CTL_ADD, b, &ev));
	TRY(ostia_watch(n->a, a, POLLIN, 5));
	TRY(ostia_send(n->a, a, big, sizeof(big), 0));
	TRY(ostia_send_lend(n->a, a, big, 1000, 6));
	net_run(n);
	TRY(ostia_recv(n->b, b, big, 5000, 0));
	if (ostia_recv_loan(n->b, b, &loan, 50000) > 0)
		ostia_recv_return(n->b, &loan);
	TRY(ostia_epoll_wait(n->b, ep, &ev, 1, 0));
	TRY(ostia_dup2(n->a, a, 300));
	net_pass(n, 100 * OSTIA_MS);
	n->nevents = 0;
}

static void datagrams(struct net *n)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr(&ss, "10.99.0.2", 53);
	char buf[64];
	int a, b;

	b = net_socket(n->b, "0.0.0.0", SOCK_DGRAM);
	TRY(b);
	TRY(net_bind(n->b, b, "0.0.0.0", 53));
	a = net_socket(n->a, "0.0.0.0", SOCK_DGRAM);
	TRY(a);
	TRY(ostia_sendto(n->a, a, big, 5000, 0, (struct sockaddr *)&ss, len));
	TRY(ostia_sendto(n->a, a, big, 5, 0, (struct sockaddr *)&ss, len));
	net_run(n);
	TRY(ostia_recv(n->b, b, buf, sizeof(buf), 0));
	a = ostia_socket(n->a, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	TRY(a);
	TRY(net_connect(n->a, a, "10.99.0.2", 0));
	TRY(ostia_send(n->a, a, "\x08\0\0\0\0\0\0\0", 8, 0));
	net_run(n);
	TRY(ostia_recv(n->a, a, buf, sizeof(buf), 0));
}

static void set(struct ostia_proc *p, int fd, int level, int name, int v)
{
	TRY(ostia_setsockopt(p, fd, level, name, &v, sizeof(v)));
}

/* All that waits on the error queue is read. */
static void take_errors(struct ostia_proc *p, int fd)
{
	_Alignas(struct cmsghdr) char room[256];
	struct iovec iov = { big, 100 };

	for (int i = 0; i < 8; i++) {
		struct msghdr m = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = room,
				    .msg_controllen = sizeof(room) };

		TRY(ostia_recvmsg(p, fd, &m, MSG_ERRQUEUE));
	}
}

/* Stamps of what was sent, notifications of MSG_ZEROCOPY, errors: with nobody
 * at port 54.
 */
static void errors_of(struct net *n, bool v6)
{
	const char *to = v6 ? "fd99::2" : "10.99.0.2";
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int a = net_socket(n->a, to, SOCK_DGRAM);

	TRY(a);
	set(n->a, a, SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
		    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID);
	set(n->a, a, SOL_SOCKET, SO_ZEROCOPY, 1);
	set(n->a, a, level, v6 ? IPV6_RECVERR : IP_RECVERR, 1);
	set(n->a, a, level, v6 ? 31 : 26 /* RECVERR_RFC4884 */, 1);
	set(n->a, a, level, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
	    IP_PMTUDISC_DO);
	TRY(net_connect(n->a, a, to, 54));
	TRY(ostia_send(n->a, a, big, 1000, MSG_ZEROCOPY));
	net_run(n);
	TRY(ostia_send(n->a, a, big, 5000, 0));
	TRY(ostia_send(n->a, a, big, 0, 0));
	net_run(n);
	take_errors(n->a, a);
}

static void errors(struct net *n)
{
	errors_of(n, false);
	errors_of(n, true);
}

/* The same of a stream, which has notifications alone. */
static void notifications(struct net *n)
{
	int l = net_socket(n->b, "0.0.0.0", SOCK_STREAM), a;

	TRY(l);
	TRY(net_bind(n->b, l, "0.0.0.0", 80));
	TRY(ostia_listen(n->b, l, 4));
	a = net_socket(n->a, "0.0.0.0", SOCK_STREAM);
	TRY(a);
	set(n->a, a, SOL_SOCKET, SO_ZEROCOPY, 1);
	TRY(net_connect(n->a, a, "10.99.0.2", 80));
	net_run(n);
	for (int i = 0; i < 3; i++)
		TRY(ostia_send(n->a, a, big, 3000, MSG_ZEROCOPY));
	net_run(n);
	take_errors(n->a, a);
	net_pass(n, 100 * OSTIA_MS);
}

/* Extension headers and options, of datagrams and streams. */
static void headers_of(struct net *n, bool v6)
{
	static const uint8_t hop[8] = { 0, 0, 1, 4 };
	static const uint8_t rr[8] = { 7, 7, 4 };
	const char *to = v6 ? "fd99::2" : "10.99.0.2";
	const char *any = v6 ? "::" : "0.0.0.0";
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int name = v6 ? IPV6_HOPOPTS : IP_OPTIONS;
	const void *opts = v6 ? hop : rr;
	uint16_t port = v6 ? 55 : 54;
	_Alignas(struct cmsghdr) char room[256];
	struct iovec iov = { big, 100 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	int a = net_socket(n->a, any, SOCK_DGRAM);
	int b = net_socket(n->b, any, SOCK_DGRAM);

	TRY(net_bind(n->b, b, any, port));
	set(n->b, b, level, v6 ? IPV6_RECVHOPOPTS : IP_RETOPTS, 1);
	TRY(ostia_setsockopt(n->a, a, level, name, opts, 8));
	if (v6)
		TRY(ostia_setsockopt(n->a, a, level, IPV6_DSTOPTS, opts, 8));
	TRY(net_connect(n->a, a, to, port));
	TRY(ostia_send(n->a, a, big, 3000, 0));
	net_run(n);
	TRY(ostia_recvmsg(n->b, b, &m, MSG_DONTWAIT));
	TRY(ostia_setsockopt(n->a, a, level, name, NULL, 0));
	b = net_socket(n->b, any, SOCK_STREAM);
	TRY(net_bind(n->b, b, any, port));
	TRY(ostia_setsockopt(n->b, b, level, name, opts, 8));
	TRY(ostia_listen(n->b, b, 4));
	a = net_socket(n->a, any, SOCK_STREAM);
	TRY(ostia_setsockopt(n->a, a, level, name, opts, 8));
	TRY(net_connect(n->a, a, to, port));
	net_run(n);
	TRY(ostia_send(n->a, a, big, 5000, 0));
	net_run(n);
	b = ostia_accept(n->b, b, NULL, NULL);
	TRY(ostia_setsockopt(n->a, a, level, name, NULL, 0));
	net_pass(n, 100 * OSTIA_MS);
}

static void headers(struct net *n)
{
	headers_of(n, false);
	headers_of(n, true);
}

/* Return: how many requests were made in all. */
static long with(void (*fn)(struct net *n), long left)
{
	struct net n;
	long used;

	net_init(&n);
	n.lend.left = left;
	used = n.lend.calls;
	fn(&n);
	used = n.lend.calls - used;
	n.lend.left = -1;
	net_fini(&n);
	return used;
}

/* What a listener keeps of SYNs, bounds of timers, places to peek at. */
static void kept(struct net *n)
{
	const struct timeval tv = { 1, 0 };
	struct in6_pktinfo info = { 0 };
	socklen_t len = sizeof(big);
	int l, a, b, u;

	l = net_socket(n->b, "::", SOCK_STREAM);
	TRY(l);
	TRY(ostia_setsockopt(n->b, l, SOL_SOCKET, SO_RCVTIMEO, &tv,
			     sizeof(tv)));
	set(n->b, l, IPPROTO_TCP, TCP_SAVE_SYN, 1);
	set(n->b, l, IPPROTO_TCP, 44, 2000); /* TCP_RTO_MAX_MS */
	set(n->b, l, SOL_SOCKET, SO_PEEK_OFF, 0);
	TRY(net_bind(n->b, l, "::", 80));
	TRY(ostia_listen(n->b, l, 4));
	for (int i = 0; i < 2; i++) {
		a = net_socket(n->a, "::", SOCK_STREAM);
		TRY(a);
		TRY(net_connect(n->a, a, "fd99::2", 80));
		net_run(n);
		TRY(ostia_send(n->a, a, big, 100, 0));
		net_run(n);
	}
	b = ostia_accept(n->b, l, NULL, NULL); /* the other one waits */
	TRY(b);
	TRY(ostia_recv(n->b, b, more, 50, MSG_PEEK | MSG_DONTWAIT));
	TRY(ostia_recv(n->b, b, more, 50, MSG_PEEK | MSG_DONTWAIT));
	TRY(ostia_getsockopt(n->b, b, IPPROTO_TCP, TCP_SAVED_SYN, more, &len));
	u = net_socket(n->a, "::", SOCK_DGRAM);
	TRY(u);
	TRY(ostia_setsockopt(n->a, u, IPPROTO_IPV6, IPV6_PKTINFO, &info,
			     sizeof(info)));
}

static void every_one(void (*fn)(struct net *n))
{
	long all = with(fn, -1);

	OK(all > 5 && all < STEPS_MAX);
	for (long i = 0; i <= all; i++)
		with(fn, i);
}

TEST(streams_survive)
{
	every_one(streams);
}

TEST(datagrams_survive)
{
	every_one(datagrams);
}

TEST(error_queues_survive)
{
	every_one(errors);
}

TEST(notifications_survive)
{
	every_one(notifications);
}

TEST(headers_and_options_survive)
{
	every_one(headers);
}

/* A record of several blocks that was refused, some of them taken, has left
 * nothing before the next one.
 */
TEST(what_is_kept_survives)
{
	every_one(kept);
}

TEST(a_refused_record_leaves_no_bytes)
{
	static const char next[] = "next";
	bool refused = true;

	for (long left = 0; refused; left++) {
		char got[16];
		struct net n;
		int fd[2];

		net_init(&n);
		EQ(ostia_socketpair(n.a, AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
		n.lend.left = left;
		refused = ostia_send(n.a, fd[0], more, sizeof(more), 0) < 0;
		OK(!refused || errno == ENOMEM);
		n.lend.left = -1;
		EQ(ostia_send(n.a, fd[0], next, 5, 0), 5);
		if (!refused)
			EQ(ostia_recv(n.a, fd[1], more, sizeof(more), 0),
			   sizeof(more));
		EQ(ostia_recv(n.a, fd[1], got, sizeof(got), 0), 5);
		MEM(got, next, 5);
		OK(refused || left > 2);
		net_fini(&n);
	}
}

TEST(a_steady_stream_asks_for_no_memory)
{
	struct net n;
	int fd[2];
	long calls = 0;

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	for (int i = 0; i < 400; i++) {
		if (i == 200)
			calls = n.lend.calls;
		EQ(ostia_send(n.a, fd[0], big, 1, 0), 1);
		net_run(&n);
		EQ(ostia_recv(n.b, fd[1], big, 8, 0), 1);
		EQ(ostia_send(n.b, fd[1], big, 4000, 0), 4000);
		net_run(&n);
		EQ(ostia_recv(n.a, fd[0], big, 8000, MSG_DONTWAIT), 4000);
	}
	EQ(n.lend.calls, calls);
	net_fini(&n);
}

TESTS(CASE(streams_survive), CASE(datagrams_survive),
      CASE(error_queues_survive), CASE(notifications_survive),
      CASE(headers_and_options_survive), CASE(what_is_kept_survives),
      CASE(a_refused_record_leaves_no_bytes),
      CASE(a_steady_stream_asks_for_no_memory))
