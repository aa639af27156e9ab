/* SPDX-License-Identifier: MIT */
/* A1, A2, B1-B4: addresses, and who may have which */
#define _GNU_SOURCE
#include "net.h"

TEST(A1_addresses_come_back_as_they_were_given)
{
	struct sockaddr_storage ss;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	socklen_t len;
	struct net n;
	int fd;

	net_init(&n);
	fd = net_socket(n.a, "10.99.0.1", SOCK_DGRAM);
	net_addr(&ss, "10.99.0.1", 5353);
	memset(((struct sockaddr_in *)&ss)->sin_zero, 0xff, 8);
	EQ(ostia_bind(n.a, fd, (struct sockaddr *)&ss, sizeof(in)), 0);
	memset(&in, 0xaa, sizeof(in));
	len = sizeof(in);
	EQ(ostia_getsockname(n.a, fd, (struct sockaddr *)&in, &len), 0);
	EQ(len, sizeof(in));
	EQ(in.sin_family, AF_INET);
	EQ(in.sin_port, htons(5353));
	EQ(in.sin_addr.s_addr, inet_addr("10.99.0.1"));
	MEM(in.sin_zero, "\0\0\0\0\0\0\0\0", 8);
	fd = net_socket(n.a, "::", SOCK_DGRAM);
	EQ(net_bind(n.a, fd, "fd99::1", 99), 0);
	len = sizeof(in6);
	EQ(ostia_getsockname(n.a, fd, (struct sockaddr *)&in6, &len), 0);
	EQ(len, sizeof(in6));
	EQ(in6.sin6_family, AF_INET6);
	EQ(in6.sin6_port, htons(99));
	EQ(in6.sin6_scope_id, 0);
	net_fini(&n);
}

TEST(A2_every_length_is_checked)
{
	struct sockaddr_storage ss;
	struct net n;
	int s4, s6;

	net_init(&n);
	s4 = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	s6 = net_socket(n.a, "::", SOCK_STREAM);
	net_addr(&ss, "0.0.0.0", 0);
	for (socklen_t len = 0; len < 16; len++)
		FAILS(ostia_bind(n.a, s4, (struct sockaddr *)&ss, len), EINVAL);
	FAILS(ostia_bind(n.a, s4, (struct sockaddr *)&ss, (socklen_t)-1),
	      EINVAL);
	FAILS(ostia_bind(n.a, s4, NULL, 16), EFAULT);
	net_addr(&ss, "::", 0);
	for (socklen_t len = 0; len < 24; len++)
		FAILS(ostia_bind(n.a, s6, (struct sockaddr *)&ss, len), EINVAL);
	/* An old program knows no scope. */
	EQ(ostia_bind(n.a, s6, (struct sockaddr *)&ss, 24), 0);
	net_fini(&n);
}

TEST(A2_a_wrong_family)
{
	struct sockaddr_storage ss;
	struct net n;
	int s4, s6;

	net_init(&n);
	s4 = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	s6 = net_socket(n.a, "::", SOCK_STREAM);
	net_addr(&ss, "::1", 0);
	FAILS(ostia_bind(n.a, s4, (struct sockaddr *)&ss, 28), EAFNOSUPPORT);
	FAILS(ostia_connect(n.a, s4, (struct sockaddr *)&ss, 28), EAFNOSUPPORT);
	net_addr(&ss, "127.0.0.1", 0);
	FAILS(ostia_bind(n.a, s6, (struct sockaddr *)&ss, 28), EAFNOSUPPORT);
	FAILS(ostia_connect(n.a, s6, (struct sockaddr *)&ss, 28), EAFNOSUPPORT);
	/* AF_UNSPEC with the wildcard means AF_INET. */
	net_addr(&ss, "127.0.0.1", 0);
	ss.ss_family = AF_UNSPEC;
	FAILS(ostia_bind(n.a, s4, (struct sockaddr *)&ss, 16), EAFNOSUPPORT);
	net_addr(&ss, "0.0.0.0", 0);
	ss.ss_family = AF_UNSPEC;
	EQ(ostia_bind(n.a, s4, (struct sockaddr *)&ss, 16), 0);
	net_fini(&n);
}

/* [T6] 0 is no room at all, and so is written nothing. */
TEST(A2_output_is_cut_and_the_true_length_told)
{
	uint8_t buf[32];
	socklen_t len;
	struct net n;
	int fd;

	net_init(&n);
	fd = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	for (socklen_t room = 0; room <= 20; room++) {
		memset(buf, 0xee, sizeof(buf));
		len = room;
		EQ(ostia_getsockname(n.a, fd, (struct sockaddr *)buf, &len), 0);
		EQ(len, 16);
		EQ(buf[room < 16 ? room : 16], 0xee);
	}
	len = (socklen_t)-1;
	FAILS(ostia_getsockname(n.a, fd, (struct sockaddr *)buf, &len), EINVAL);
	FAILS(ostia_getsockname(n.a, fd, (struct sockaddr *)buf, NULL), EFAULT);
	net_fini(&n);
}

static uint16_t port_of(struct ostia_proc *p, int fd)
{
	struct sockaddr_in6 in6;
	socklen_t len = sizeof(in6);

	EQ(ostia_getsockname(p, fd, (struct sockaddr *)&in6, &len), 0);
	return ntohs(in6.sin6_port); /* stands where sin_port does */
}

TEST(B1_port_0_takes_a_free_one)
{
	uint16_t port[64];
	struct net n;

	net_init(&n);
	for (int i = 0; i < 64; i++) {
		int fd = net_socket(n.a, "0.0.0.0",
				    i & 1 ? SOCK_DGRAM : SOCK_STREAM);

		EQ(port_of(n.a, fd), 0);
		EQ(net_bind(n.a, fd, "0.0.0.0", 0), 0);
		port[i] = port_of(n.a, fd);
		OK(port[i] >= 32768 && port[i] <= 60999);
		for (int j = i - 2; j >= 0; j -= 2)
			OK(port[i] != port[j]);
	}
	net_fini(&n);
}

TEST(B2_taken_not_ours_bound_already)
{
	struct net n;
	int a, b;

	net_init(&n);
	a = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	b = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	FAILS(net_bind(n.a, a, "10.99.0.7", 80), EADDRNOTAVAIL);
	FAILS(net_bind(n.a, a, "192.0.2.1", 80), EADDRNOTAVAIL);
	EQ(net_bind(n.a, a, "10.99.0.1", 80), 0);
	FAILS(net_bind(n.a, a, "10.99.0.1", 81), EINVAL);
	FAILS(net_bind(n.a, b, "10.99.0.1", 80), EADDRINUSE);
	FAILS(net_bind(n.a, b, "0.0.0.0", 80), EADDRINUSE);
	EQ(net_bind(n.a, b, "127.0.0.1", 80), 0);
	net_fini(&n);
}

TEST(B2_freebind_takes_any)
{
	const int on = 1;
	struct net n;
	int fd;

	net_init(&n);
	fd = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	EQ(ostia_setsockopt(n.a, fd, IPPROTO_IP, IP_FREEBIND, &on, 4), 0);
	EQ(net_bind(n.a, fd, "192.0.2.1", 80), 0);
	fd = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	EQ(ostia_setsockopt(n.a, fd, IPPROTO_IP, IP_FREEBIND, &on, 4), 0);
	EQ(net_bind(n.a, fd, "192.0.2.1", 80), 0);
	net_fini(&n);
}

TEST(B2_v6only_and_mapped)
{
	const int on = 1;
	struct net n;
	int v6, v4;

	net_init(&n);
	v6 = net_socket(n.a, "::", SOCK_STREAM);
	v4 = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	EQ(net_bind(n.a, v6, "::", 80), 0);
	FAILS(net_bind(n.a, v4, "0.0.0.0", 80), EADDRINUSE);
	FAILS(ostia_setsockopt(n.a, v6, IPPROTO_IPV6, IPV6_V6ONLY, &on, 4),
	      EINVAL);
	v6 = net_socket(n.a, "::", SOCK_STREAM);
	EQ(ostia_setsockopt(n.a, v6, IPPROTO_IPV6, IPV6_V6ONLY, &on, 4), 0);
	EQ(net_bind(n.a, v6, "::", 81), 0);
	EQ(net_bind(n.a, v4, "0.0.0.0", 81), 0);
	v6 = net_socket(n.a, "::", SOCK_STREAM);
	EQ(net_bind(n.a, v6, "::ffff:10.99.0.1", 82), 0);
	v6 = net_socket(n.a, "::", SOCK_STREAM);
	EQ(ostia_setsockopt(n.a, v6, IPPROTO_IPV6, IPV6_V6ONLY, &on, 4), 0);
	FAILS(net_bind(n.a, v6, "::ffff:10.99.0.1", 83), EINVAL);
	net_fini(&n);
}

/* As on Linux the one that waits must have had it, too. */
TEST(B2_time_wait_needs_reuseaddr)
{
	const int on = 1;
	struct net n;

	for (int had = 0; had < 2; had++) {
		int l, c, s;

		net_init(&n);
		l = net_socket(n.b, "0.0.0.0", SOCK_STREAM);
		EQ(ostia_setsockopt(n.b, l, SOL_SOCKET, SO_REUSEADDR, &had, 4),
		   0);
		EQ(net_bind(n.b, l, "0.0.0.0", 80), 0);
		EQ(ostia_listen(n.b, l, 1), 0);
		c = net_socket(n.a, "10.99.0.2", SOCK_STREAM);
		FAILS(net_connect(n.a, c, "10.99.0.2", 80), EINPROGRESS);
		net_run(&n);
		s = ostia_accept(n.b, l, NULL, NULL);
		OK(s >= 0);
		EQ(ostia_close(n.b, l), 0);
		EQ(ostia_close(n.b, s), 0); /* closes first: waits */
		net_run(&n);
		EQ(ostia_close(n.a, c), 0);
		net_run(&n);
		s = net_socket(n.b, "0.0.0.0", SOCK_STREAM);
		FAILS(net_bind(n.b, s, "0.0.0.0", 80), EADDRINUSE);
		EQ(ostia_setsockopt(n.b, s, SOL_SOCKET, SO_REUSEADDR, &on, 4),
		   0);
		EQ(net_bind(n.b, s, "0.0.0.0", 80), had ? 0 : -1);
		net_fini(&n);
	}
}

TEST(B4_who_sends_unbound_gets_address_and_port)
{
	struct sockaddr_storage ss;
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct net n;
	int fd;

	net_init(&n);
	fd = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	net_addr(&ss, "10.99.0.2", 9);
	EQ(ostia_sendto(n.a, fd, "x", 1, 0, (struct sockaddr *)&ss, 16), 1);
	OK(port_of(n.a, fd) != 0);
	fd = net_socket(n.a, "0.0.0.0", SOCK_STREAM);
	FAILS(net_connect(n.a, fd, "10.99.0.2", 9), EINPROGRESS);
	EQ(ostia_getsockname(n.a, fd, (struct sockaddr *)&in, &len), 0);
	EQ(in.sin_addr.s_addr, inet_addr("10.99.0.1"));
	OK(in.sin_port != 0);
	net_fini(&n);
}

TESTS(CASE(A1_addresses_come_back_as_they_were_given),
      CASE(A2_every_length_is_checked), CASE(A2_a_wrong_family),
      CASE(A2_output_is_cut_and_the_true_length_told),
      CASE(B1_port_0_takes_a_free_one), CASE(B2_taken_not_ours_bound_already),
      CASE(B2_freebind_takes_any), CASE(B2_v6only_and_mapped),
      CASE(B2_time_wait_needs_reuseaddr),
      CASE(B4_who_sends_unbound_gets_address_and_port))
