/* SPDX-License-Identifier: MIT */
/* S1-S3, and what descriptors do */
#define _GNU_SOURCE
#include "net.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

TEST(S1_domains_types_and_protocols)
{
	static const struct {
		int domain, type, protocol;
	} row[] = {
		{ AF_INET, SOCK_STREAM, 0 },
		{ AF_INET6, SOCK_STREAM, IPPROTO_TCP },
		{ AF_INET, SOCK_DGRAM, 0 },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
		{ AF_INET, SOCK_RAW, 253 },
		{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
	};
	struct net n;

	net_init(&n);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		int v, fd = ostia_socket(n.a, row[i].domain, row[i].type,
					 row[i].protocol);
		socklen_t len = sizeof(v);

		EQ(fd, i);
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_TYPE, &v, &len), 0);
		EQ(v, row[i].type);
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_DOMAIN, &v, &len),
		   0);
		EQ(v, row[i].domain);
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_PROTOCOL, &v, &len),
		   0);
		if (row[i].protocol)
			EQ(v, row[i].protocol);
		else
			EQ(v, row[i].type == SOCK_STREAM ? IPPROTO_TCP
							 : IPPROTO_UDP);
	}
	net_fini(&n);
}

/* The kernel is asked the same, and must say the same. */
TEST(S2_a_wrong_pair_is_refused_as_linux_refuses_it)
{
	static const int domains[] = { AF_INET, AF_INET6 };
	static const int protocols[] = { -1, 0,	  1,   6,   17,	 58,
					 99, 255, 256, 263, 1000 };
	struct net n;

	net_init(&n);
	for (unsigned d = 0; d < 2; d++)
		for (int type = -1; type < 16; type++)
			for (unsigned p = 0; p < 11; p++) {
				int theirs, mine, err;

				if (type == SOCK_PACKET || type == SOCK_RAW ||
				    type == SOCK_DCCP || type == SOCK_SEQPACKET)
					continue; /* modules and privilege */
				theirs = socket(domains[d], type, protocols[p]);
				err = errno;
				mine = ostia_socket(n.a, domains[d], type,
						    protocols[p]);
				if (theirs >= 0)
					close(theirs);
				else if (err == EACCES || err == EPERM)
					continue; /* ping_group_range */
				EQ(mine >= 0, theirs >= 0);
				if (mine < 0)
					EQ(errno, err);
				else
					EQ(ostia_close(n.a, mine), 0);
			}
	FAILS(ostia_socket(n.a, AF_APPLETALK, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(ostia_socket(n.a, -1, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(ostia_socket(n.a, 1000, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(ostia_socket(n.a, AF_INET, SOCK_RAW, 0), EPROTONOSUPPORT);
	FAILS(ostia_socket(n.a, AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
	net_fini(&n);
}

TEST(S2_flags_may_be_ored_into_the_type)
{
	struct net n;
	int fd;

	net_init(&n);
	fd = ostia_socket(n.a, AF_INET,
			  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	EQ(fd, 0);
	EQ(ostia_fcntl(n.a, fd, F_GETFL, 0), O_RDWR | O_NONBLOCK);
	EQ(ostia_fcntl(n.a, fd, F_GETFD, 0), FD_CLOEXEC);
	fd = ostia_socket(n.a, AF_INET, SOCK_STREAM, 0);
	EQ(ostia_fcntl(n.a, fd, F_GETFL, 0), O_RDWR);
	EQ(ostia_fcntl(n.a, fd, F_GETFD, 0), 0);
	FAILS(ostia_socket(n.a, AF_INET, SOCK_STREAM | 0x100, 0), EINVAL);
	net_fini(&n);
}

TEST(S3_the_lowest_free_descriptor)
{
	struct net n;

	net_init(&n);
	for (int i = 0; i < 200; i++)
		EQ(ostia_socket(n.a, AF_INET, SOCK_DGRAM, 0), i);
	EQ(ostia_close(n.a, 150), 0);
	EQ(ostia_close(n.a, 3), 0);
	EQ(ostia_close(n.a, 70), 0);
	EQ(ostia_socket(n.a, AF_INET, SOCK_DGRAM, 0), 3);
	EQ(ostia_dup(n.a, 3), 70);
	EQ(ostia_fcntl(n.a, 3, F_DUPFD, 100), 150);
	EQ(ostia_fcntl(n.a, 3, F_DUPFD, 100), 200);
	EQ(ostia_fcntl(n.a, 3, F_DUPFD_CLOEXEC, 500), 500);
	EQ(ostia_fcntl(n.a, 500, F_GETFD, 0), FD_CLOEXEC);
	EQ(ostia_socket(n.a, AF_INET, SOCK_DGRAM, 0), 201);
	net_fini(&n);
}

/* [T5] FAILS() wants -1 and an errno, here and in every test. */
TEST(S3_failure_leaks_nothing)
{
	struct ostia_usage u;
	struct ostia_proc *p;
	struct net n;

	net_init(&n);
	EQ(ostia_proc_new(n.sa, 3, NULL, NULL, &p), 0);
	for (int i = 0; i < 3; i++)
		EQ(ostia_socket(p, AF_INET, SOCK_STREAM, 0), i);
	for (int i = 0; i < 100; i++)
		FAILS(ostia_socket(p, AF_INET, SOCK_STREAM, 0), EMFILE);
	FAILS(ostia_dup(p, 0), EMFILE);
	FAILS(ostia_fcntl(p, 0, F_DUPFD, 3), EINVAL);
	FAILS(ostia_epoll_create1(p, 0), EMFILE);
	ostia_stack_usage(n.sa, &u);
	EQ(u.files, 3);
	EQ(u.conns, 3);
	ostia_proc_free(p);
	ostia_stack_usage(n.sa, &u);
	EQ(u.files, 0);
	EQ(u.conns, 0);
	net_fini(&n);
}

TEST(what_is_no_descriptor_is_EBADF)
{
	static const int bad[] = { -1, 0, 63, 64, 1000, 1 << 30, INT32_MIN };
	struct pollfd f;
	struct net n;
	char c;

	net_init(&n);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FAILS(ostia_close(n.a, bad[i]), EBADF);
		FAILS(ostia_listen(n.a, bad[i], 1), EBADF);
		FAILS(ostia_recv(n.a, bad[i], &c, 1, 0), EBADF);
		FAILS(ostia_read(n.a, bad[i], &c, 1), EBADF);
		FAILS(ostia_write(n.a, bad[i], &c, 1), EBADF);
		FAILS(ostia_dup(n.a, bad[i]), EBADF);
		FAILS(ostia_dup2(n.a, bad[i], 5), EBADF);
		FAILS(ostia_fcntl(n.a, bad[i], F_GETFL, 0), EBADF);
		FAILS(ostia_ioctl(n.a, bad[i], FIONREAD, &c), EBADF);
		FAILS(ostia_watch(n.a, bad[i], POLLIN, 1), EBADF);
		FAILS(ostia_pass(n.a, bad[i], n.wa), EBADF);
		f = (struct pollfd) { .fd = bad[i], .events = POLLIN };
		EQ(ostia_poll(n.a, &f, 1, 0), bad[i] >= 0);
		EQ(f.revents, bad[i] >= 0 ? POLLNVAL : 0);
	}
	net_fini(&n);
}

TEST(dup2_replaces_and_dup3_is_stricter)
{
	struct net n;
	int a, b;

	net_init(&n);
	a = ostia_socket(n.a, AF_INET, SOCK_DGRAM, 0);
	b = ostia_socket(n.a, AF_INET, SOCK_STREAM, 0);
	EQ(ostia_dup2(n.a, a, a), a);
	EQ(ostia_dup2(n.a, a, 77), 77);
	EQ(ostia_dup2(n.a, b, 77), 77);
	EQ(ostia_listen(n.a, 77, 1), 0);
	FAILS(ostia_dup3(n.a, a, a, 0), EINVAL);
	FAILS(ostia_dup3(n.a, a, 5, 0x1234), EINVAL);
	FAILS(ostia_dup2(n.a, a, 100000), EBADF);
	FAILS(ostia_dup2(n.a, a, -1), EBADF);
	EQ(ostia_dup3(n.a, a, 5, O_CLOEXEC), 5);
	EQ(ostia_fcntl(n.a, 5, F_GETFD, 0), FD_CLOEXEC);
	EQ(ostia_fcntl(n.a, 5, F_SETFD, 0), 0);
	EQ(ostia_fcntl(n.a, 5, F_GETFD, 0), 0);
	EQ(ostia_ioctl(n.a, 5, FIOCLEX, NULL), 0);
	EQ(ostia_fcntl(n.a, 5, F_GETFD, 0), FD_CLOEXEC);
	/* Status flags belong to the file, and both see them. */
	EQ(ostia_fcntl(n.a, a, F_SETFL, O_NONBLOCK), 0);
	EQ(ostia_fcntl(n.a, 5, F_GETFL, 0), O_RDWR | O_NONBLOCK);
	FAILS(ostia_fcntl(n.a, 5, 12345, 0), EINVAL);
	net_fini(&n);
}

TEST(K1_only_the_last_close_closes)
{
	struct net n;
	char buf[8];
	int fd[2], other;

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	other = ostia_pass(n.a, fd[0], n.wa);
	OK(other >= 0);
	EQ(ostia_close(n.a, fd[0]), 0);
	net_run(&n);
	FAILS(ostia_recv(n.b, fd[1], buf, 1, 0), EAGAIN);
	EQ(ostia_send(n.wa, other, "x", 1, 0), 1);
	EQ(ostia_close(n.wa, other), 0);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 1);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 0);
	net_fini(&n);
}

TEST(a_descriptor_goes_to_processes_of_the_same_stack_alone)
{
	struct net n;
	int fd;

	net_init(&n);
	fd = ostia_socket(n.a, AF_INET, SOCK_DGRAM, 0);
	FAILS(ostia_pass(n.a, fd, n.b), EXDEV);
	net_fini(&n);
}

TEST(of_a_dead_process_nothing_is_open)
{
	struct ostia_proc *p;
	struct net n;

	net_init(&n);
	EQ(ostia_proc_new(n.sa, 0, NULL, NULL, &p), 0);
	ostia_proc_dead(p);
	FAILS(ostia_socket(p, AF_INET, SOCK_DGRAM, 0), EBADF);
	FAILS(ostia_close(p, 0), EBADF);
	ostia_proc_free(p);
	net_fini(&n);
}

TESTS(CASE(S1_domains_types_and_protocols),
      CASE(S2_a_wrong_pair_is_refused_as_linux_refuses_it),
      CASE(S2_flags_may_be_ored_into_the_type),
      CASE(S3_the_lowest_free_descriptor), CASE(S3_failure_leaks_nothing),
      CASE(what_is_no_descriptor_is_EBADF),
      CASE(dup2_replaces_and_dup3_is_stricter),
      CASE(K1_only_the_last_close_closes),
      CASE(a_descriptor_goes_to_processes_of_the_same_stack_alone),
      CASE(of_a_dead_process_nothing_is_open))
