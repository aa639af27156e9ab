/* SPDX-License-Identifier: MIT */
/* L1-L3, C1-C3, P1-P4: connections come about */
#define _GNU_SOURCE
#include "net.h"

#include <fcntl.h>
#include <netinet/tcp.h>

static int error_of(struct ostia_proc *p, int fd)
{
	int v = -1;
	socklen_t len = sizeof(v);

	EQ(ostia_getsockopt(p, fd, SOL_SOCKET, SO_ERROR, &v, &len), 0);
	return v;
}

static int client(struct net *n, const char *to, uint16_t port)
{
	int fd = net_socket(n->a, to, SOCK_STREAM);

	OK(fd >= 0);
	FAILS(net_connect(n->a, fd, to, port), EINPROGRESS);
	return fd;
}

TEST(L1_an_unbound_listener_gets_a_port)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct net n;
	int fd;

	net_init(&n);
	fd = net_socket(n.b, "0.0.0.0", SOCK_STREAM);
	EQ(ostia_listen(n.b, fd, 1), 0);
	EQ(ostia_getsockname(n.b, fd, (struct sockaddr *)&in, &len), 0);
	OK(in.sin_port != 0);
	client(&n, "10.99.0.2", ntohs(in.sin_port));
	net_run(&n);
	OK(ostia_accept(n.b, fd, NULL, NULL) >= 0);
	fd = net_socket(n.b, "0.0.0.0", SOCK_DGRAM);
	FAILS(ostia_listen(n.b, fd, 1), EOPNOTSUPP);
	net_fini(&n);
}

TEST(L2_the_backlog_bounds_what_waits_for_accept)
{
	int fd[8], l, ready = 0;
	struct net n;

	net_init(&n);
	l = net_socket(n.b, "0.0.0.0", SOCK_STREAM);
	EQ(net_bind(n.b, l, "0.0.0.0", 80), 0);
	EQ(ostia_listen(n.b, l, 2), 0);
	for (int i = 0; i < 8; i++) {
		fd[i] = client(&n, "10.99.0.2", 80);
		net_run(&n);
	}
	for (int i = 0; i < 8; i++)
		ready += (net_poll(n.a, fd[i]) & POLLOUT) != 0;
	EQ(ready, 3); /* Linux: more than the backlog is full */
	for (int i = 0; i < 3; i++)
		OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	FAILS(ostia_accept(n.b, l, NULL, NULL), EAGAIN);
	/* [L3] The clients try again, and now there is room. */
	net_pass(&n, 2 * OSTIA_S);
	for (int i = 0; i < 3; i++)
		OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	FAILS(ostia_accept(n.b, l, NULL, NULL), EAGAIN);
	/* Calling listen again changes it. */
	EQ(ostia_listen(n.b, l, 10), 0);
	net_pass(&n, 8 * OSTIA_S);
	for (int i = 0; i < 2; i++)
		OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	net_fini(&n);
}

/* Textbooks say that it is at most 5. */
TEST(T1_a_backlog_may_be_greater_than_5)
{
	struct net n;
	int l;

	net_init(&n);
	l = net_socket(n.b, "0.0.0.0", SOCK_STREAM);
	EQ(net_bind(n.b, l, "0.0.0.0", 80), 0);
	EQ(ostia_listen(n.b, l, 50), 0);
	for (int i = 0; i < 50; i++)
		client(&n, "10.99.0.2", 80);
	net_run(&n);
	for (int i = 0; i < 50; i++)
		OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	net_fini(&n);
}

TEST(C1_established_refused_timed_out_unreachable)
{
	struct net n;
	int fd, l;

	net_init(&n);
	l = net_listener(n.b, "10.99.0.2", 80);
	fd = client(&n, "10.99.0.2", 80);
	EQ(net_poll(n.a, fd), 0);
	FAILS(net_connect(n.a, fd, "10.99.0.2", 80), EALREADY);
	net_run(&n);
	EQ(net_poll(n.a, fd) & (POLLOUT | POLLERR), POLLOUT);
	EQ(error_of(n.a, fd), 0);
	EQ(net_connect(n.a, fd, "10.99.0.2", 80), 0);
	FAILS(net_connect(n.a, fd, "10.99.0.2", 80), EISCONN);
	OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	fd = client(&n, "10.99.0.2", 81);
	net_run(&n);
	OK(net_poll(n.a, fd) & POLLERR);
	EQ(error_of(n.a, fd), ECONNREFUSED);
	EQ(error_of(n.a, fd), 0);
	/* After a failure it can connect again. */
	FAILS(net_connect(n.a, fd, "10.99.0.2", 80), ECONNABORTED);
	FAILS(net_connect(n.a, fd, "10.99.0.2", 80), EINPROGRESS);
	net_run(&n);
	EQ(net_connect(n.a, fd, "10.99.0.2", 80), 0);
	n.cut = true;
	fd = client(&n, "10.99.0.2", 80);
	net_pass(&n, 300 * OSTIA_S);
	EQ(error_of(n.a, fd), ETIMEDOUT);
	fd = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	FAILS(net_connect(n.a, fd, "192.0.2.1", 80), ENETUNREACH);
	net_fini(&n);
}

TEST(C1_a_blocking_connect_waits)
{
	struct net n;
	int fd, l;

	net_init(&n);
	l = net_listener(n.b, "fd99::2", 80);
	fd = net_socket(n.wa, "fd99::2", SOCK_STREAM);
	EQ(net_connect(n.wa, fd, "fd99::2", 80), 0);
	FAILS(net_connect(n.wa, fd, "fd99::2", 80), EISCONN);
	OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	fd = net_socket(n.wa, "fd99::2", SOCK_STREAM);
	FAILS(net_connect(n.wa, fd, "fd99::2", 81), ECONNREFUSED);
	EQ(error_of(n.wa, fd), 0);
	EQ(net_connect(n.wa, fd, "fd99::2", 80), 0);
	n.cut = true;
	fd = net_socket(n.wa, "fd99::2", SOCK_STREAM);
	FAILS(net_connect(n.wa, fd, "fd99::2", 80), ETIMEDOUT);
	OK(n.now > 60 * OSTIA_S);
	net_fini(&n);
}

static void heal(struct net *n)
{
	n->cut = false;
}

TEST(C1_out_of_time_the_attempt_goes_on)
{
	const struct timeval tv = { 2, 0 };
	ostia_time begin;
	struct net n;
	int fd;

	net_init(&n);
	net_listener(n.b, "10.99.0.2", 80);
	n.cut = true;
	fd = net_socket(n.wa, "10.99.0.2", SOCK_STREAM);
	EQ(ostia_setsockopt(n.wa, fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)),
	   0);
	begin = n.now;
	FAILS(net_connect(n.wa, fd, "10.99.0.2", 80), EINPROGRESS);
	EQ(n.now - begin, 2 * OSTIA_S);
	net_later(&n, OSTIA_S / 2, heal);
	EQ(net_connect(n.wa, fd, "10.99.0.2", 80), 0);
	net_fini(&n);
}

TEST(C2_a_datagram_socket_has_a_peer_until_it_is_dissolved)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct sockaddr_storage ss;
	struct net n;
	char buf[8];
	int a, b, c;

	net_init(&n);
	a = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	b = net_socket(n.b, "0.0.0.0", SOCK_DGRAM);
	c = net_socket(n.b, "0.0.0.0", SOCK_DGRAM);
	EQ(net_bind(n.a, a, "10.99.0.1", 1), 0);
	EQ(net_bind(n.b, b, "10.99.0.2", 2), 0);
	EQ(net_bind(n.b, c, "10.99.0.2", 3), 0);
	FAILS(ostia_send(n.a, a, "x", 1, 0), EDESTADDRREQ);
	FAILS(ostia_getpeername(n.a, a, (struct sockaddr *)&in, &len),
	      ENOTCONN);
	EQ(net_connect(n.a, a, "10.99.0.2", 2), 0);
	EQ(ostia_getpeername(n.a, a, (struct sockaddr *)&in, &len), 0);
	EQ(in.sin_port, htons(2));
	EQ(ostia_send(n.a, a, "x", 1, 0), 1);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 8, 0), 1);
	net_addr(&ss, "10.99.0.1", 1);
	EQ(ostia_sendto(n.b, c, "no", 2, 0, (struct sockaddr *)&ss, 16), 2);
	EQ(ostia_sendto(n.b, b, "yes", 3, 0, (struct sockaddr *)&ss, 16), 3);
	net_run(&n);
	EQ(ostia_recv(n.a, a, buf, 8, 0), 3);
	FAILS(ostia_recv(n.a, a, buf, 8, 0), EAGAIN);
	EQ(ostia_connect(n.a, a, &none, sizeof(none)), 0);
	EQ(ostia_sendto(n.b, c, "no", 2, 0, (struct sockaddr *)&ss, 16), 2);
	net_run(&n);
	EQ(ostia_recv(n.a, a, buf, 8, 0), 2);
	FAILS(ostia_getpeername(n.a, a, (struct sockaddr *)&in, &len),
	      ENOTCONN);
	net_fini(&n);
}

TEST(C2_a_peer_lets_errors_arrive)
{
	struct net n;
	char buf[8];
	int a;

	net_init(&n);
	a = net_socket(n.a, "10.99.0.2", SOCK_DGRAM);
	EQ(net_connect(n.a, a, "10.99.0.2", 2), 0);
	EQ(ostia_send(n.a, a, "x", 1, 0), 1);
	net_run(&n);
	OK(net_poll(n.a, a) & POLLERR);
	FAILS(ostia_recv(n.a, a, buf, 8, 0), ECONNREFUSED);
	FAILS(ostia_recv(n.a, a, buf, 8, 0), EAGAIN);
	EQ(ostia_send(n.a, a, "x", 1, 0), 1);
	net_run(&n);
	FAILS(ostia_send(n.a, a, "x", 1, 0), ECONNREFUSED);
	EQ(ostia_send(n.a, a, "x", 1, 0), 1);
	net_run(&n);
	EQ(error_of(n.a, a), ECONNREFUSED);
	net_fini(&n);
}

TEST(C3_simultaneous_open)
{
	struct net n;
	char buf[4];
	int a, b;

	net_init(&n);
	a = net_socket(n.a, "10.99.0.2", SOCK_STREAM);
	b = net_socket(n.b, "10.99.0.2", SOCK_STREAM);
	EQ(net_bind(n.a, a, "10.99.0.1", 1000), 0);
	EQ(net_bind(n.b, b, "10.99.0.2", 2000), 0);
	FAILS(net_connect(n.a, a, "10.99.0.2", 2000), EINPROGRESS);
	FAILS(net_connect(n.b, b, "10.99.0.1", 1000), EINPROGRESS);
	net_run(&n);
	EQ(net_connect(n.a, a, "10.99.0.2", 2000), 0);
	EQ(net_connect(n.b, b, "10.99.0.1", 1000), 0);
	EQ(ostia_send(n.a, a, "hi", 2, 0), 2);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 4, 0), 2);
	net_fini(&n);
}

TEST(C3_connecting_to_oneself)
{
	struct net n;
	char buf[4];
	int a;

	net_init(&n);
	a = net_socket(n.wa, "127.0.0.1", SOCK_STREAM);
	EQ(net_bind(n.wa, a, "127.0.0.1", 1000), 0);
	EQ(net_connect(n.wa, a, "127.0.0.1", 1000), 0);
	EQ(ostia_send(n.wa, a, "me", 2, 0), 2);
	EQ(ostia_recv(n.wa, a, buf, 4, 0), 2);
	MEM(buf, "me", 2);
	net_fini(&n);
}

TEST(P1_the_first_of_the_queue)
{
	struct sockaddr_in in, me;
	socklen_t len = sizeof(in);
	struct net n;
	int l, fd, c;

	net_init(&n);
	l = net_listener(n.b, "0.0.0.0", 80);
	FAILS(ostia_accept(n.b, l, NULL, NULL), EAGAIN);
	c = client(&n, "10.99.0.2", 80);
	client(&n, "10.99.0.2", 80);
	net_run(&n);
	EQ(net_poll(n.b, l) & POLLIN, POLLIN);
	fd = ostia_accept(n.b, l, (struct sockaddr *)&in, &len);
	OK(fd >= 0);
	EQ(ostia_getsockname(n.a, c, (struct sockaddr *)&me, &len), 0);
	EQ(in.sin_port, me.sin_port);
	EQ(in.sin_addr.s_addr, me.sin_addr.s_addr);
	OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	FAILS(ostia_accept(n.b, l, NULL, NULL), EAGAIN);
	FAILS(ostia_accept(n.b, fd, NULL, NULL), EINVAL);
	FAILS(ostia_accept4(n.b, l, NULL, NULL, 1), EINVAL);
	net_fini(&n);
}

TEST(P4_the_address_is_the_one_that_the_client_used)
{
	static const char *const used[] = { "10.99.0.2", "10.99.0.77",
					    "fd99::2", "fd99::77" };
	struct sockaddr_storage want, got;
	struct net n;
	int l;

	net_init(&n);
	EQ(ostia_addr_add(n.lb, "10.99.0.77/24"), 0);
	EQ(ostia_addr_add(n.lb, "fd99::77/64"), 0);
	for (int i = 0; i < 4; i++) {
		uint16_t port = (uint16_t)(80 + i);
		socklen_t len = sizeof(got), size;
		int fd;

		l = net_listener(n.b, i < 2 ? "0.0.0.0" : "::", port);
		client(&n, used[i], port);
		net_pass(&n, OSTIA_S);
		fd = ostia_accept(n.b, l, NULL, NULL);
		EQ(ostia_getsockname(n.b, fd, (struct sockaddr *)&got, &len),
		   0);
		size = net_addr(&want, used[i], port);
		EQ(len, size);
		MEM(&got, &want, size);
		EQ(ostia_close(n.b, l), 0);
	}
	net_fini(&n);
}

static void connect_later(struct net *n)
{
	client(n, "10.99.0.2", 80);
}

TEST(P1_accept_blocks)
{
	const struct timeval tv = { 1, 500000 };
	ostia_time begin;
	struct net n;
	int l;

	net_init(&n);
	l = net_listener(n.wb, "0.0.0.0", 80);
	net_later(&n, OSTIA_S, connect_later);
	begin = n.now;
	OK(ostia_accept(n.wb, l, NULL, NULL) >= 0);
	EQ(n.now - begin, OSTIA_S);
	EQ(ostia_setsockopt(n.wb, l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
	   0);
	FAILS(ostia_accept(n.wb, l, NULL, NULL), EAGAIN);
	EQ(n.now - begin, OSTIA_S * 5 / 2);
	net_fini(&n);
}

TEST(P2_options_are_inherited)
{
	const struct timeval tv = { 7, 0 };
	const struct linger lin = { 1, 9 };
	const int on = 1;
	struct linger gl;
	struct timeval got;
	socklen_t len;
	struct net n;
	int l, fd, v;

	net_init(&n);
	l = net_socket(n.b, "0.0.0.0", SOCK_STREAM | SOCK_NONBLOCK);
	EQ(ostia_setsockopt(n.b, l, SOL_SOCKET, SO_KEEPALIVE, &on, 4), 0);
	EQ(ostia_setsockopt(n.b, l, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, 4),
	   0);
	EQ(ostia_setsockopt(n.b, l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
	   0);
	EQ(ostia_setsockopt(n.b, l, SOL_SOCKET, SO_LINGER, &lin, sizeof(lin)),
	   0);
	EQ(net_bind(n.b, l, "0.0.0.0", 80), 0);
	EQ(ostia_listen(n.b, l, 4), 0);
	client(&n, "10.99.0.2", 80);
	net_run(&n);
	fd = ostia_accept(n.b, l, NULL, NULL);
	OK(fd >= 0);
	len = 4;
	EQ(ostia_getsockopt(n.b, fd, SOL_SOCKET, SO_KEEPALIVE, &v, &len), 0);
	EQ(v, 1);
	EQ(ostia_getsockopt(n.b, fd, IPPROTO_TCP, 1, &v, &len), 0);
	EQ(v, 1);
	len = sizeof(got);
	EQ(ostia_getsockopt(n.b, fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	EQ(got.tv_sec, 7);
	len = sizeof(gl);
	EQ(ostia_getsockopt(n.b, fd, SOL_SOCKET, SO_LINGER, &gl, &len), 0);
	EQ(gl.l_linger, 9);
	/* Not so O_NONBLOCK, on Linux. */
	EQ(ostia_fcntl(n.b, fd, F_GETFL, 0), O_RDWR);
	net_fini(&n);
}

TEST(P3_reset_while_it_waited)
{
	const struct linger hard = { 1, 0 };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct net n;
	char buf[4];
	int l, c, fd;

	net_init(&n);
	l = net_listener(n.b, "0.0.0.0", 80);
	c = client(&n, "10.99.0.2", 80);
	net_run(&n);
	EQ(ostia_setsockopt(n.a, c, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)),
	   0);
	EQ(ostia_close(n.a, c), 0);
	net_run(&n);
	fd = ostia_accept(n.b, l, (struct sockaddr *)&in, &len);
	OK(fd >= 0);
	EQ(in.sin_addr.s_addr, inet_addr("10.99.0.1"));
	FAILS(ostia_recv(n.b, fd, buf, 4, 0), ECONNRESET);
	EQ(ostia_recv(n.b, fd, buf, 4, 0), 0);
	net_fini(&n);
}

TEST(accept_without_a_free_descriptor_leaves_the_queue_alone)
{
	struct ostia_proc *p;
	struct net n;
	int l;

	net_init(&n);
	EQ(ostia_proc_new(n.sb, 2, NULL, NULL, &p), 0);
	l = net_listener(p, "0.0.0.0", 80);
	OK(ostia_socket(p, AF_INET, SOCK_DGRAM, 0) == 1);
	client(&n, "10.99.0.2", 80);
	net_run(&n);
	FAILS(ostia_accept(p, l, NULL, NULL), EMFILE);
	EQ(ostia_close(p, 1), 0);
	EQ(ostia_accept(p, l, NULL, NULL), 1);
	ostia_proc_free(p);
	net_fini(&n);
}

TEST(K2_a_listener_that_closes_resets_its_queue)
{
	struct net n;
	char buf[4];
	int l, c;

	net_init(&n);
	l = net_listener(n.b, "0.0.0.0", 80);
	c = client(&n, "10.99.0.2", 80);
	net_run(&n);
	EQ(net_connect(n.a, c, "10.99.0.2", 80), 0);
	EQ(ostia_close(n.b, l), 0);
	net_run(&n);
	FAILS(ostia_recv(n.a, c, buf, 4, 0), ECONNRESET);
	net_fini(&n);
}

/* TCP_SAVE_SYN: the headers of the SYN, for the program, once. */
TEST(P4_a_saved_syn_is_told_once)
{
	static const char *const addrs[] = { "10.99.0.2", "fd99::2" };

	for (int i = 0; i < 4; i++) {
		const char *to = addrs[i / 2];
		int l, c, how = 1 + i % 2, v = -1;
		socklen_t len = sizeof(v);
		uint32_t ip_len = i / 2 ? 40 : 20;
		uint32_t link_len = how == 2 ? 14 : 0;
		uint8_t buf[256];
		struct net n;

		net_init_type(&n,
			      how == 2 ? OSTIA_LINK_ETHERNET : OSTIA_LINK_IP);
		l = net_socket(n.b, to, SOCK_STREAM);
		EQ(net_bind(n.b, l, i / 2 ? "::" : "0.0.0.0", 80), 0);
		EQ(ostia_setsockopt(n.b, l, IPPROTO_TCP, TCP_SAVE_SYN, &how, 4),
		   0);
		EQ(ostia_listen(n.b, l, 2), 0);
		client(&n, to, 80);
		net_run(&n);
		c = ostia_accept(n.b, l, NULL, NULL);
		OK(c >= 0);
		EQ(ostia_getsockopt(n.b, c, IPPROTO_TCP, TCP_SAVE_SYN, &v,
				    &len),
		   0);
		EQ(v, how);
		len = 30;
		FAILS(ostia_getsockopt(n.b, c, IPPROTO_TCP, TCP_SAVED_SYN, buf,
				       &len),
		      EINVAL);
		OK(len >= link_len + ip_len + 20);
		v = (int)len;
		len = sizeof(buf);
		EQ(ostia_getsockopt(n.b, c, IPPROTO_TCP, TCP_SAVED_SYN, buf,
				    &len),
		   0);
		EQ(len, v);
		EQ(buf[link_len] >> 4, i / 2 ? 6 : 4);
		EQ(buf[link_len + ip_len + 3], 80); /* to port 80 */
		EQ(buf[link_len + ip_len + 13], 0x02); /* SYN */
		EQ(buf[link_len + ip_len + 12] >> 4,
		   (len - link_len - ip_len) / 4);
		len = sizeof(buf);
		EQ(ostia_getsockopt(n.b, c, IPPROTO_TCP, TCP_SAVED_SYN, buf,
				    &len),
		   0);
		EQ(len, 0);
		net_fini(&n);
	}
}

TESTS(CASE(P4_a_saved_syn_is_told_once),
      CASE(L1_an_unbound_listener_gets_a_port),
      CASE(L2_the_backlog_bounds_what_waits_for_accept),
      CASE(T1_a_backlog_may_be_greater_than_5),
      CASE(C1_established_refused_timed_out_unreachable),
      CASE(C1_a_blocking_connect_waits),
      CASE(C1_out_of_time_the_attempt_goes_on),
      CASE(C2_a_datagram_socket_has_a_peer_until_it_is_dissolved),
      CASE(C2_a_peer_lets_errors_arrive), CASE(C3_simultaneous_open),
      CASE(C3_connecting_to_oneself), CASE(P1_the_first_of_the_queue),
      CASE(P4_the_address_is_the_one_that_the_client_used),
      CASE(P1_accept_blocks), CASE(P2_options_are_inherited),
      CASE(P3_reset_while_it_waited),
      CASE(accept_without_a_free_descriptor_leaves_the_queue_alone),
      CASE(K2_a_listener_that_closes_resets_its_queue))
