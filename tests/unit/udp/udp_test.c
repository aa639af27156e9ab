/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <ostia/ostia.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#ifndef IP_MTU_DISCOVER
#define IP_MTU_DISCOVER 10
#endif

/*
 * Two ways out: send() of one piece to a connected socket's peer takes the
 * short one when it can, sendmsg() of two pieces never does. What leaves, and
 * what the caller hears, is the same.
 */
enum { SHORT, LONG, WAYS };

static struct lend lend;
static struct ostia_env env;
static struct ostia_pool *pool;
static struct ostia_stack *stack;
static struct ostia_link *lnk;
static struct ostia_proc *proc;
static uint8_t data[2000];

static void begin(uint32_t caps)
{
	const struct ostia_link_config cfg = {
		.name = "wire", .type = OSTIA_LINK_IP, .mtu = 1500, .caps = caps
	};
	struct ostia_stack_config sc = { .env = &env, .id = 1, .now = 1 };

	lend = (struct lend) { .left = -1 };
	env = lend_env(&lend);
	OK(ostia_pool_new(&env, 0, &pool) == 0);
	sc.pool = pool;
	EQ(ostia_stack_new(&sc, &stack), 0);
	EQ(ostia_link_new(stack, &cfg, &lnk), 0);
	EQ(ostia_addr_add(lnk, "10.99.0.1/24"), 0);
	EQ(ostia_addr_add(lnk, "fd99::1/64"), 0);
	EQ(ostia_proc_new(stack, 64, NULL, NULL, &proc), 0);
	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 3);
}

static void end(void)
{
	ostia_pkt_free_list(ostia_link_output(lnk, 64));
	ostia_proc_free(proc);
	ostia_stack_free(stack);
	ostia_pool_free(pool);
	EQ(lend.blocks, 0);
}

static int to_peer(bool v6)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(7) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(7) };
	const struct sockaddr *sa = v6 ? (const void *)&a6 : (const void *)&a4;
	int fd = ostia_socket(proc, v6 ? AF_INET6 : AF_INET,
			      SOCK_DGRAM | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, "10.99.0.2", &a4.sin_addr);
	inet_pton(AF_INET6, "fd99::2", &a6.sin6_addr);
	OK(fd >= 0);
	EQ(ostia_connect(proc, fd, sa, v6 ? sizeof(a6) : sizeof(a4)), 0);
	return fd;
}

/* -errno, or what was sent. */
static ssize_t say(int fd, int way, size_t n)
{
	struct iovec iov[2] = { { data, n / 2 }, { data + n / 2, n - n / 2 } };
	const struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t r = way == SHORT ? ostia_send(proc, fd, data, n, 0)
				 : ostia_sendmsg(proc, fd, &m, 0);

	return r < 0 ? -errno : r;
}

/* Both ways in turn, compared: frames, results, what the packets tell. */
static void compare(int fd, size_t n)
{
	struct ostia_pkt *p[WAYS];
	struct ostia_pkt_meta meta[WAYS];
	uint8_t byte[WAYS][4096];
	size_t len[WAYS];
	ssize_t r[WAYS];

	for (int way = 0; way < WAYS; way++) {
		memset(&meta[way], 0, sizeof(meta[way]));
		len[way] = 0;
		r[way] = say(fd, way, n);
		p[way] = ostia_link_output(lnk, 64);
		if (!p[way])
			continue;
		ostia_pkt_meta(p[way], &meta[way]);
		len[way] = ostia_pkt_copy_out(p[way], 0, byte[way], 4096);
		ostia_pkt_free_list(p[way]);
	}
	EQ(r[SHORT], r[LONG]);
	EQ(len[SHORT], len[LONG]);
	EQ(memcmp(byte[SHORT], byte[LONG], len[LONG]), 0);
	EQ(memcmp(&meta[SHORT], &meta[LONG], sizeof(meta[LONG])), 0);
}

static void compare_sizes(int fd)
{
	static const size_t sizes[] = { 0, 1, 2, 63, 64, 151, 152, 153, 1400 };

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		compare(fd, sizes[i]);
}

static void option(int fd, int level, int name, int value)
{
	EQ(ostia_setsockopt(proc, fd, level, name, &value, sizeof(value)), 0);
}

TEST(the_short_way_out_says_what_the_long_one_says)
{
	static const uint32_t caps[] = { 0,
					 OSTIA_LINK_TXCSUM | OSTIA_LINK_USO };

	for (unsigned i = 0; i < 4; i++) {
		int fd;

		begin(caps[i / 2]);
		fd = to_peer(i & 1);
		compare_sizes(fd);
		if (i & 1) {
			option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
			option(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
		} else {
			option(fd, IPPROTO_IP, IP_TTL, 9);
			option(fd, IPPROTO_IP, IP_TOS, 0x20);
			option(fd, SOL_SOCKET, SO_NO_CHECK, 1);
		}
		compare_sizes(fd);
		end();
	}
}

TEST(a_way_that_has_gone_is_not_taken)
{
	int fd;

	begin(0);
	fd = to_peer(false);
	compare(fd, 64);
	EQ(ostia_addr_del(lnk, "10.99.0.1/24"), 0);
	OK(say(fd, SHORT, 64) < 0);
	compare(fd, 64);
	EQ(ostia_addr_add(lnk, "10.99.0.1/24"), 0);
	EQ(say(fd, SHORT, 64), 64);
	compare(fd, 64);
	end();
}

TEST(the_short_way_ends_with_the_buffer)
{
	int n[WAYS] = { 0 };

	for (int way = 0; way < WAYS; way++) {
		int fd;

		begin(0);
		fd = to_peer(false);
		option(fd, SOL_SOCKET, SO_SNDBUF, 5000);
		while (say(fd, way, 64) == 64)
			n[way]++;
		EQ(say(fd, way, 64), -EAGAIN);
		end();
	}
	OK(n[SHORT] > 1);
	EQ(n[SHORT], n[LONG]);
}

TEST(after_shutdown_no_way_is_left)
{
	int fd;

	begin(0);
	fd = to_peer(false);
	EQ(ostia_shutdown(proc, fd, SHUT_WR), 0);
	EQ(say(fd, SHORT, 64), -EPIPE);
	compare(fd, 64);
	end();
}

/* PERFORMANCE.md P6: with its descriptor, and the claim on its port. */
TEST(an_idle_bound_socket_costs_256_bytes_at_most)
{
	enum { N = 10000, COST = 256 };
	const struct sockaddr_in any = { .sin_family = AF_INET };
	struct ostia_usage was = { 0 }, is;
	struct ostia_proc *many;
	size_t before = 0;

	begin(0);
	EQ(ostia_proc_new(stack, 2 * N, NULL, NULL, &many), 0);
	for (unsigned i = 0; i < 2 * N; i++) {
		int fd;

		if (i == N) {
			before = lend.bytes;
			ostia_stack_usage(stack, &was);
		}
		fd = ostia_socket(many, AF_INET, SOCK_DGRAM, 0);
		OK(fd >= 0);
		EQ(ostia_bind(many, fd, (const struct sockaddr *)&any,
			      sizeof(any)),
		   0);
	}
	ostia_stack_usage(stack, &is);
	EQ(is.udp_socks - was.udp_socks, N);
	OK((is.bytes - was.bytes) / N <= COST);
	OK((lend.bytes - before) / N <= COST);
	ostia_proc_free(many);
	end();
}

/* What few sockets need is made when they ask, or they hear why not. */
TEST(options_that_take_memory_say_so_when_there_is_none)
{
	static const struct {
		int level, name;
	} row[] = { { IPPROTO_IP, IP_RECVERR },
		    { IPPROTO_IPV6, IPV6_RECVPATHMTU },
		    { IPPROTO_IPV6, IPV6_MTU } };

	begin(0);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bool v6 = row[i].level == IPPROTO_IPV6;
		int fd = ostia_socket(proc, v6 ? AF_INET6 : AF_INET, SOCK_DGRAM,
				      0);
		int v = 1400;

		OK(fd >= 0);
		lend.left = 0;
		EQ(ostia_setsockopt(proc, fd, row[i].level, row[i].name, &v,
				    sizeof(v)),
		   -1);
		EQ(errno, ENOMEM);
		lend.left = -1;
		EQ(ostia_setsockopt(proc, fd, row[i].level, row[i].name, &v,
				    sizeof(v)),
		   0);
		EQ(ostia_close(proc, fd), 0);
	}
	end();
}

TESTS(CASE(an_idle_bound_socket_costs_256_bytes_at_most),
      CASE(options_that_take_memory_say_so_when_there_is_none),
      CASE(the_short_way_out_says_what_the_long_one_says),
      CASE(a_way_that_has_gone_is_not_taken),
      CASE(the_short_way_ends_with_the_buffer),
      CASE(after_shutdown_no_way_is_left))
