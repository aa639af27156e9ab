/* SPDX-License-Identifier: MIT */
/* W1-W5, R1-R5, H1, H2, K1, K2 on streams */
#define _GNU_SOURCE
#include "net.h"

#include <sys/ioctl.h>

enum { BIG = 3 << 20 };

static uint8_t big[BIG], got[BIG];

static void fill_big(void)
{
	for (uint32_t i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 2654435761u >> 13);
}

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

/* [T4] It does not wait until anything has gone. */
TEST(W1_send_counts_what_was_copied)
{
	struct net n;
	ssize_t sum = 0, r;
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	n.cut = true;
	while ((r = ostia_send(n.a, fd[0], big, BIG, 0)) > 0) {
		OK(r <= BIG);
		sum += r;
	}
	EQ(errno, EAGAIN);
	OK(sum > 8192 && sum < BIG);
	EQ(net_poll(n.a, fd[0]) & POLLOUT, 0);
	net_fini(&n);
}

TEST(W2_a_length_of_0_sends_nothing)
{
	struct net n;
	char buf[4];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_send(n.a, fd[0], "", 0, 0), 0);
	net_run(&n);
	FAILS(ostia_recv(n.b, fd[1], buf, 4, 0), EAGAIN);
	net_fini(&n);
}

static struct {
	int fd;
	size_t at;
} reader;

static void read_on(struct net *n)
{
	ssize_t r = ostia_recv(n->b, reader.fd, got + reader.at,
			       BIG - reader.at, 0);

	if (r > 0)
		reader.at += (size_t)r;
	if (reader.at < BIG)
		net_later(n, OSTIA_MS, read_on);
}

/* [T2] It is not an error, either. */
TEST(W2_more_than_the_buffer_goes_through_in_pieces)
{
	struct net n;
	int fd[2];

	fill_big();
	net_init(&n);
	net_pair(&n, n.wa, n.b, "fd99::2", fd);
	reader.fd = fd[1];
	reader.at = 0;
	memset(got, 0, BIG);
	net_later(&n, OSTIA_MS, read_on);
	EQ(ostia_send(n.wa, fd[0], big, BIG, 0), BIG);
	for (int i = 0; i < 10000 && reader.at < BIG; i++) {
		net_pass(&n, OSTIA_MS);
		if (n.meanwhile)
			net_meanwhile(&n);
	}
	EQ(reader.at, BIG);
	OK(!memcmp(got, big, BIG));
	net_fini(&n);
}

TEST(W2_a_timeout_gives_the_count_so_far)
{
	const struct timeval tv = { 0, 500000 };
	struct net n;
	ostia_time begin;
	ssize_t r;
	int fd[2];

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_setsockopt(n.wa, fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv,
			    sizeof(tv)),
	   0);
	begin = n.now;
	r = ostia_send(n.wa, fd[0], big, BIG, 0);
	OK(r > 0 && r < BIG);
	EQ(n.now - begin, OSTIA_S / 2);
	while ((r = ostia_send(n.wa, fd[0], big, BIG, 0)) > 0)
		;
	EQ(errno, EAGAIN);
	EQ((n.now - begin) % (OSTIA_S / 2), 0);
	begin = n.now;
	FAILS(ostia_send(n.wa, fd[0], big, BIG, MSG_DONTWAIT), EAGAIN);
	EQ(n.now, begin);
	net_fini(&n);
}

TEST(W3_an_error_is_told_once_then_EPIPE)
{
	const struct linger hard = { 1, 0 };
	struct net n;
	int fd[2], v;
	socklen_t len = sizeof(v);

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_setsockopt(n.b, fd[1], SOL_SOCKET, SO_LINGER, &hard,
			    sizeof(hard)),
	   0);
	EQ(ostia_close(n.b, fd[1]), 0);
	net_run(&n);
	FAILS(ostia_send(n.wa, fd[0], "x", 1, 0), ECONNRESET);
	EQ(n.sigpipes, 0);
	FAILS(ostia_send(n.wa, fd[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	EQ(n.sigpipes, 0);
	FAILS(ostia_send(n.wa, fd[0], "x", 1, 0), EPIPE);
	EQ(n.sigpipes, 1);
	FAILS(ostia_write(n.wa, fd[0], "x", 1), EPIPE);
	EQ(n.sigpipes, 2);
	EQ(ostia_getsockopt(n.wa, fd[0], SOL_SOCKET, SO_ERROR, &v, &len), 0);
	EQ(v, 0);
	net_fini(&n);
}

TEST(W3_after_shutdown_EPIPE)
{
	struct net n;
	int fd[2];

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_shutdown(n.wa, fd[0], SHUT_WR), 0);
	FAILS(ostia_send(n.wa, fd[0], "x", 1, 0), EPIPE);
	EQ(n.sigpipes, 1);
	net_fini(&n);
}

TEST(R1_a_stream_has_no_boundaries)
{
	const struct iovec out[3] = { { big, 10 },
				      { big + 10, 0 },
				      { big + 10, 90 } };
	struct iovec in[2] = { { got, 33 }, { got + 33, 67 } };
	struct net n;
	int fd[2], v;

	fill_big();
	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_writev(n.a, fd[0], out, 3), 100);
	EQ(ostia_send(n.a, fd[0], big + 100, 50, 0), 50);
	net_run(&n);
	EQ(ostia_ioctl(n.b, fd[1], FIONREAD, &v), 0);
	EQ(v, 150);
	EQ(ostia_recv(n.b, fd[1], got, 1, MSG_PEEK), 1);
	EQ(ostia_readv(n.b, fd[1], in, 2), 100);
	MEM(got, big, 100);
	EQ(ostia_recv(n.b, fd[1], got, 30, 0), 30);
	EQ(ostia_recv(n.b, fd[1], got + 30, 30, 0), 20);
	MEM(got, big + 100, 50);
	net_fini(&n);
}

static void say_more(struct net *n)
{
	EQ(ostia_send(n->b, reader.fd, big + reader.at, 10, 0), 10);
	reader.at += 10;
	if (reader.at < 40)
		net_later(n, OSTIA_S, say_more);
	else
		EQ(ostia_shutdown(n->b, reader.fd, SHUT_WR), 0);
}

TEST(R1_waitall_and_lowat)
{
	const int lowat = 15;
	struct net n;
	ostia_time begin;
	int fd[2];

	fill_big();
	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	reader.fd = fd[1];
	reader.at = 0;
	begin = n.now;
	net_later(&n, OSTIA_S, say_more);
	EQ(ostia_recv(n.wa, fd[0], got, 12, MSG_WAITALL | MSG_PEEK), 12);
	EQ(ostia_recv(n.wa, fd[0], got, 12, MSG_WAITALL), 12);
	OK(n.now - begin >= 2 * OSTIA_S);
	MEM(got, big, 12);
	EQ(ostia_setsockopt(n.wa, fd[0], SOL_SOCKET, SO_RCVLOWAT, &lowat, 4),
	   0);
	EQ(ostia_recv(n.wa, fd[0], got, 100, 0), 18);
	OK(n.now - begin >= 3 * OSTIA_S);
	MEM(got, big + 12, 18);
	/* The end comes first: what is there counts. */
	EQ(ostia_recv(n.wa, fd[0], got, 100, MSG_WAITALL), 10);
	EQ(ostia_recv(n.wa, fd[0], got, 100, MSG_WAITALL), 0);
	net_fini(&n);
}

TEST(R2_0_is_an_orderly_end_and_nothing_else)
{
	struct net n;
	char buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_send(n.a, fd[0], "last", 4, 0), 4);
	EQ(ostia_close(n.a, fd[0]), 0);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 2, 0), 2);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 2);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 0);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 0);
	net_fini(&n);
}

/* [T3] The 0 that follows is the end of what was told, not the news. */
TEST(R3_a_broken_network_is_an_error)
{
	struct net n;
	char buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	n.cut = true;
	EQ(ostia_send(n.a, fd[0], "x", 1, 0), 1);
	net_pass(&n, 3000 * OSTIA_S);
	FAILS(ostia_recv(n.a, fd[0], buf, 8, 0), ETIMEDOUT);
	EQ(ostia_recv(n.a, fd[0], buf, 8, 0), 0);
	net_fini(&n);
}

TEST(R3_a_receive_timeout_is_EAGAIN)
{
	const struct timeval tv = { 0, 250000 };
	struct net n;
	ostia_time begin;
	char buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_setsockopt(n.wa, fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv,
			    sizeof(tv)),
	   0);
	begin = n.now;
	FAILS(ostia_recv(n.wa, fd[0], buf, 8, 0), EAGAIN);
	EQ(n.now - begin, OSTIA_S / 4);
	net_fini(&n);
}

TEST(R5_urgent_data)
{
	const int on = 1;
	struct net n;
	char buf[8];
	int fd[2], v;

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_send(n.a, fd[0], "ab", 2, 0), 2);
	EQ(ostia_send(n.a, fd[0], "!", 1, MSG_OOB), 1);
	EQ(ostia_send(n.a, fd[0], "cd", 2, 0), 2);
	net_run(&n);
	OK(net_poll(n.b, fd[1]) & POLLPRI);
	EQ(ostia_recv(n.b, fd[1], buf, 8, MSG_OOB), 1);
	EQ(buf[0], '!');
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 2);
	EQ(ostia_ioctl(n.b, fd[1], 0x8905 /* SIOCATMARK */, &v), 0);
	EQ(v, 1);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 2);
	MEM(buf, "cd", 2);
	FAILS(ostia_recv(n.b, fd[1], buf, 8, MSG_OOB), EINVAL);
	EQ(ostia_setsockopt(n.b, fd[1], SOL_SOCKET, SO_OOBINLINE, &on, 4), 0);
	EQ(ostia_send(n.a, fd[0], "?", 1, MSG_OOB), 1);
	net_run(&n);
	FAILS(ostia_recv(n.b, fd[1], buf, 8, MSG_OOB), EINVAL);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 1);
	net_fini(&n);
}

TEST(H1_shutdown_sends_what_is_queued_and_then_the_end)
{
	struct net n;
	char buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_send(n.a, fd[0], "x", 1, 0), 1);
	EQ(ostia_shutdown(n.a, fd[0], SHUT_WR), 0);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 1);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 0);
	/* [H2] */
	EQ(net_poll(n.b, fd[1]) & (POLLRDHUP | POLLHUP), POLLRDHUP);
	/* Reading goes on. */
	EQ(ostia_send(n.b, fd[1], "yz", 2, 0), 2);
	net_run(&n);
	EQ(ostia_recv(n.a, fd[0], buf, 8, 0), 2);
	EQ(ostia_shutdown(n.a, fd[0], SHUT_RD), 0);
	EQ(ostia_recv(n.a, fd[0], buf, 8, 0), 0);
	OK(net_poll(n.a, fd[0]) & POLLHUP);
	FAILS(ostia_shutdown(n.a, fd[0], 7), EINVAL);
	net_fini(&n);
}

TEST(K1_close_returns_and_queued_data_is_delivered)
{
	struct net n;
	ssize_t sent, sum = 0, r;
	int fd[2];

	fill_big();
	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	sent = ostia_send(n.a, fd[0], big, BIG, 0);
	OK(sent > 10000);
	EQ(ostia_close(n.a, fd[0]), 0);
	FAILS(ostia_send(n.a, fd[0], big, 1, 0), EBADF);
	for (int i = 0; i < 1000; i++) {
		net_pass(&n, OSTIA_MS);
		r = ostia_recv(n.b, fd[1], got + sum, BIG, 0);
		if (r == 0)
			break;
		if (r > 0)
			sum += r;
	}
	EQ(sum, sent);
	OK(!memcmp(got, big, (size_t)sum));
	net_fini(&n);
}

/* CVE-2008-4609: a peer that never reads, and answers every probe. */
TEST(K1_a_stalled_orphan_is_given_up)
{
	struct ostia_usage u;
	struct net n;
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	while (ostia_send(n.a, fd[0], big, BIG, 0) > 0)
		net_pass(&n, OSTIA_MS);
	EQ(ostia_close(n.a, fd[0]), 0);
	net_pass(&n, 60 * OSTIA_S);
	ostia_stack_usage(n.sa, &u);
	EQ(u.conns, 1);
	net_pass(&n, 600 * OSTIA_S);
	ostia_stack_usage(n.sa, &u);
	EQ(u.conns, 0);
	net_fini(&n);
}

TEST(K2_unread_data_resets)
{
	struct net n;
	char buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_send(n.a, fd[0], "unread", 6, 0), 6);
	net_run(&n);
	EQ(ostia_close(n.b, fd[1]), 0);
	net_run(&n);
	FAILS(ostia_recv(n.a, fd[0], buf, 8, 0), ECONNRESET);
	net_fini(&n);
}

TEST(K2_linger_waits_until_all_is_acknowledged)
{
	const struct linger some = { 1, 5 };
	struct net n;
	ostia_time begin;
	int fd[2];

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_setsockopt(n.wa, fd[0], SOL_SOCKET, SO_LINGER, &some,
			    sizeof(some)),
	   0);
	n.cut = true;
	EQ(ostia_send(n.wa, fd[0], "x", 1, 0), 1);
	begin = n.now;
	EQ(ostia_close(n.wa, fd[0]), 0);
	EQ(n.now - begin, 5 * OSTIA_S); /* nobody answered */
	n.cut = false;
	net_fini(&n);
}

TEST(K2_linger_ends_early_when_the_peer_has_it_all)
{
	const struct linger some = { 1, 50 };
	struct net n;
	ostia_time begin;
	char buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	EQ(ostia_setsockopt(n.wa, fd[0], SOL_SOCKET, SO_LINGER, &some,
			    sizeof(some)),
	   0);
	EQ(ostia_send(n.wa, fd[0], "x", 1, 0), 1);
	begin = n.now;
	EQ(ostia_close(n.wa, fd[0]), 0);
	OK(n.now - begin < OSTIA_S);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 1);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 0);
	net_fini(&n);
}

static void close_reader(struct net *n)
{
	EQ(ostia_close(n->wa, reader.fd), 0);
}

TEST(K3_close_wakes_who_is_blocked)
{
	struct net n;
	char buf[8];
	int fd[2], l;

	net_init(&n);
	net_pair(&n, n.wa, n.b, "10.99.0.2", fd);
	reader.fd = fd[0];
	net_later(&n, OSTIA_S, close_reader);
	FAILS(ostia_recv(n.wa, fd[0], buf, 8, 0), EBADF);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 0);
	l = net_listener(n.wa, "0.0.0.0", 81);
	reader.fd = l;
	net_later(&n, OSTIA_S, close_reader);
	FAILS(ostia_accept(n.wa, l, NULL, NULL), EBADF);
	net_fini(&n);
}

TESTS(CASE(a_client_and_a_server_talk), CASE(W1_send_counts_what_was_copied),
      CASE(W2_a_length_of_0_sends_nothing),
      CASE(W2_more_than_the_buffer_goes_through_in_pieces),
      CASE(W2_a_timeout_gives_the_count_so_far),
      CASE(W3_an_error_is_told_once_then_EPIPE), CASE(W3_after_shutdown_EPIPE),
      CASE(R1_a_stream_has_no_boundaries), CASE(R1_waitall_and_lowat),
      CASE(R2_0_is_an_orderly_end_and_nothing_else),
      CASE(R3_a_broken_network_is_an_error),
      CASE(R3_a_receive_timeout_is_EAGAIN), CASE(R5_urgent_data),
      CASE(H1_shutdown_sends_what_is_queued_and_then_the_end),
      CASE(K1_close_returns_and_queued_data_is_delivered),
      CASE(K1_a_stalled_orphan_is_given_up), CASE(K2_unread_data_resets),
      CASE(K2_linger_waits_until_all_is_acknowledged),
      CASE(K2_linger_ends_early_when_the_peer_has_it_all),
      CASE(K3_close_wakes_who_is_blocked))
