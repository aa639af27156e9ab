/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net.h"

TEST(a_client_and_a_server_talk)
{
	static const char *const addrs[] = { "10.99.0.2", "fd99::2" };

	for (unsigned i = 0; i < 2; i++) {
		struct net n;
		int fd[2];
		char buf[16];

		net_init(&n);
		net_pair(&n, n.a, n.b, addrs[i], fd);
		EQ(ostia_send(n.a, fd[0], "hello", 5, 0), 5);
		net_run(&n);
		EQ(ostia_recv(n.b, fd[1], buf, sizeof(buf), 0), 5);
		MEM(buf, "hello", 5);
		EQ(ostia_write(n.b, fd[1], "yes", 3), 3);
		net_run(&n);
		EQ(ostia_read(n.a, fd[0], buf, sizeof(buf)), 3);
		FAILS(ostia_read(n.a, fd[0], buf, sizeof(buf)), EAGAIN);
		EQ(ostia_close(n.a, fd[0]), 0);
		net_run(&n);
		EQ(ostia_read(n.b, fd[1], buf, sizeof(buf)), 0);
		EQ(ostia_close(n.b, fd[1]), 0);
		net_fini(&n);
	}
}

TESTS(CASE(a_client_and_a_server_talk))
