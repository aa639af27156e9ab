/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POLLRDHUP */
#include "pair.h"

#include "tcp/conn.h"

enum { READ = POLLIN | POLLRDNORM, WRITE = POLLOUT | POLLWRNORM };

static uint32_t ready(struct pair *p, int i, struct tcp_conn *c)
{
	return tcp_poll(p->h[i].tcp, c);
}

TEST(connect_answers_as_linux_does)
{
	struct pair p;
	struct tcp_conn *l, *a;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 1);
	a = pair_connect(&p, 0, 80);
	EQ(ready(&p, 0, a), 0);
	EQ(tcp_connect(p.h[0].tcp, a, &p.h[1].addr, 80, &pair_opts), -EALREADY);
	EQ(pair_send(&p, 0, a, "x", 1), -EAGAIN);
	EQ(tcp_recv(p.h[0].tcp, a, NULL, 0, 0, 1, 0), -EAGAIN);
	pair_run(&p, 100);
	EQ(ready(&p, 0, a), WRITE);
	EQ(tcp_connect(p.h[0].tcp, a, &p.h[1].addr, 80, &pair_opts), 0);
	EQ(tcp_connect(p.h[0].tcp, a, &p.h[1].addr, 80, &pair_opts), -EISCONN);
	EQ(tcp_connect(p.h[1].tcp, l, &p.h[0].addr, 80, &pair_opts), -EISCONN);
	EQ(ready(&p, 1, l), READ);
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(nobody_there_is_refused_and_the_socket_can_connect_again)
{
	struct pair p;
	struct tcp_conn *l, *a;

	pair_init(&p, true, 1500, 0);
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 100);
	EQ(tcp_state(a), TCP_CLOSE);
	EQ(ready(&p, 0, a), POLLERR | POLLHUP | POLLRDHUP | READ | WRITE);
	EQ(tcp_take_error(a), ECONNREFUSED);
	EQ(tcp_take_error(a), 0);
	EQ(tcp_connect(p.h[0].tcp, a, &p.h[1].addr, 80, &pair_opts),
	   -ECONNABORTED);
	l = pair_listen(&p, 1, 80, 1);
	EQ(tcp_connect(p.h[0].tcp, a, &p.h[1].addr, 80, &pair_opts),
	   -EINPROGRESS);
	pair_run(&p, 100);
	EQ(tcp_state(a), TCP_ESTABLISHED);
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

static bool lose_all(struct pair *p, int from, struct ostia_pkt *pkt)
{
	(void)p;
	(void)from;
	(void)pkt;
	return true;
}

TEST(silence_times_out)
{
	struct pair p;
	struct tcp_conn *a;

	pair_init(&p, false, 1500, 0);
	p.lose = lose_all;
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 120000);
	EQ(tcp_state(a), TCP_SYN_SENT);
	pair_run(&p, 10000); /* 1 + 2 + ... + 64 s */
	EQ(tcp_state(a), TCP_CLOSE);
	EQ(p.sent[0], 7);
	EQ(tcp_take_error(a), ETIMEDOUT);
	tcp_close(p.h[0].tcp, a, false);
	pair_fini(&p);
}

TEST(what_an_unconnected_socket_says)
{
	struct pair p;
	struct tcp_conn *a;
	char c;

	pair_init(&p, false, 1500, 0);
	EQ(tcp_open(p.h[0].tcp, false, &a), 0);
	EQ(ready(&p, 0, a), POLLHUP | WRITE);
	EQ(pair_send(&p, 0, a, "x", 1), -EPIPE);
	EQ(pair_recv(&p, 0, a, &c, 1), -ENOTCONN);
	EQ(tcp_shutdown(p.h[0].tcp, a, SHUT_WR), -ENOTCONN);
	OK(!tcp_connected(a));
	tcp_close(p.h[0].tcp, a, false);
	pair_fini(&p);
}

TEST(a_half_closed_connection_still_carries_the_other_way)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[16];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	EQ(pair_send(&p, 0, a, "bye", 3), 3);
	EQ(tcp_shutdown(p.h[0].tcp, a, SHUT_WR), 0);
	EQ(pair_send(&p, 0, a, "x", 1), -EPIPE);
	pair_run(&p, 200);
	EQ(tcp_state(a), TCP_FIN_WAIT2);
	EQ(tcp_state(b), TCP_CLOSE_WAIT);
	EQ(ready(&p, 1, b), READ | WRITE | POLLRDHUP);
	EQ(pair_recv(&p, 1, b, buf, sizeof(buf)), 3);
	MEM(buf, "bye", 3);
	EQ(pair_recv(&p, 1, b, buf, sizeof(buf)), 0);
	EQ(pair_send(&p, 1, b, "more", 4), 4);
	pair_run(&p, 200);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), 4);
	tcp_close(p.h[1].tcp, b, false);
	pair_run(&p, 200);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), 0);
	EQ(tcp_state(a), TCP_CLOSE); /* TIME-WAIT is a record */
	EQ(ready(&p, 0, a), POLLHUP | POLLRDHUP | READ | WRITE);
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(closing_with_unread_data_resets)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[16];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	pair_send(&p, 0, a, "unread", 6);
	pair_run(&p, 200);
	tcp_close(p.h[1].tcp, b, false);
	EQ(pair_count(&p, 1, TcpOutRsts), 1);
	pair_run(&p, 200);
	EQ(tcp_state(a), TCP_CLOSE);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), -ECONNRESET);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), 0);
	EQ(pair_send(&p, 0, a, "x", 1), -EPIPE);
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(data_for_a_closed_socket_resets)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[4];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	tcp_close(p.h[1].tcp, b, false);
	pair_run(&p, 200);
	EQ(tcp_state(a), TCP_CLOSE_WAIT);
	EQ(pair_recv(&p, 0, a, buf, sizeof(buf)), 0);
	EQ(pair_send(&p, 0, a, "late", 4), 4);
	pair_run(&p, 200);
	EQ(tcp_state(a), TCP_CLOSE);
	EQ(pair_send(&p, 0, a, "x", 1), -EPIPE); /* the error itself */
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(both_connect_at_once)
{
	struct pair p;
	struct tcp_conn *c[2];
	char buf[8];

	pair_init(&p, false, 1500, 0);
	for (int i = 0; i < 2; i++) {
		EQ(tcp_open(p.h[i].tcp, false, &c[i]), 0);
		EQ(tcp_bind(p.h[i].tcp, c[i], &p.h[i].addr,
			    (uint16_t)(1000 + i), &pair_opts),
		   0);
	}
	for (int i = 0; i < 2; i++)
		EQ(tcp_connect(p.h[i].tcp, c[i], &p.h[!i].addr,
			       (uint16_t)(1000 + !i), &pair_opts),
		   -EINPROGRESS);
	pair_run(&p, 100);
	for (int i = 0; i < 2; i++) {
		EQ(tcp_state(c[i]), TCP_ESTABLISHED);
		EQ(pair_send(&p, i, c[i], "hello", 5), 5);
	}
	EQ(p.sent[0] + p.sent[1] <= 8, 1);
	pair_run(&p, 100);
	for (int i = 0; i < 2; i++)
		EQ(pair_recv(&p, i, c[i], buf, sizeof(buf)), 5);
	for (int i = 0; i < 2; i++) /* and close at once */
		tcp_close(p.h[i].tcp, c[i], false);
	pair_run(&p, 100);
	for (int i = 0; i < 2; i++) {
		struct ostia_usage u = { 0 };

		tcp_usage(p.h[i].tcp, &u);
		EQ(u.conns, 0);
		EQ(u.time_wait, 1);
	}
	pair_fini(&p);
}

TEST(orphans_deliver_what_is_queued_and_die)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct ostia_usage u = { 0 };
	static char big[40000];
	uint32_t got = 0;
	int64_t n;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	n = pair_send(&p, 0, a, big, sizeof(big));
	OK(n > 10000);
	tcp_close(p.h[0].tcp, a, false);
	for (int i = 0; i < 50; i++) {
		int64_t m;

		pair_run(&p, 50);
		while ((m = pair_recv(&p, 1, b, big, sizeof(big))) > 0)
			got += (uint32_t)m;
		if (m == 0)
			break;
	}
	EQ(got, n);
	tcp_usage(p.h[0].tcp, &u);
	EQ(u.conns, 0); /* FIN-WAIT-2 is a record */
	EQ(u.time_wait, 1);
	/* the peer never closes: the record ends by itself */
	pair_run(&p, 61000);
	u = (struct ostia_usage) { 0 };
	tcp_usage(p.h[0].tcp, &u);
	EQ(u.time_wait, 0);
	tcp_close(p.h[1].tcp, b, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(disconnect_resets_and_the_socket_is_new)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[4];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	EQ(tcp_disconnect(p.h[0].tcp, a), 0);
	pair_run(&p, 100);
	EQ(pair_recv(&p, 1, b, buf, 4), -ECONNRESET);
	EQ(tcp_flow(a)->rport, 0);
	EQ(tcp_flow(a)->lport, 0);
	EQ(tcp_connect(p.h[0].tcp, a, &p.h[1].addr, 80, &pair_opts),
	   -EINPROGRESS);
	pair_run(&p, 100);
	EQ(tcp_state(a), TCP_ESTABLISHED);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(an_idle_connection_has_no_cold_part)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[4];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	pair_send(&p, 0, a, "x", 1);
	pair_run(&p, 100);
	EQ(pair_recv(&p, 1, b, buf, 4), 1);
	OK(a->cold && b->cold);
	pair_run(&p, 5000);
	OK(!a->cold && !b->cold);
	EQ(wheel_count(&p.h[0].wheel), 0);
	pair_send(&p, 1, b, "y", 1);
	pair_run(&p, 100);
	EQ(pair_recv(&p, 0, a, buf, 4), 1);
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, b, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(peek_and_truncate_read_as_linux_does)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[8];
	const struct iovec iov = { buf, sizeof(buf) };

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	pair_send(&p, 0, a, "abcdef", 6);
	pair_run(&p, 100);
	EQ(tcp_recv(p.h[1].tcp, b, &iov, 1, 0, 3, MSG_PEEK), 3);
	MEM(buf, "abc", 3);
	EQ(tcp_recv(p.h[1].tcp, b, NULL, 0, 0, 2, MSG_TRUNC), 2);
	EQ(tcp_recv(p.h[1].tcp, b, &iov, 1, 0, 8, 0), 4);
	MEM(buf, "cdef", 4);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(a_call_that_got_somewhere_leaves_the_error_to_the_next)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char buf[4];
	const struct iovec iov = { buf, sizeof(buf) };

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	tcp_close(p.h[1].tcp, b, true);
	pair_run(&p, 100);
	EQ(tcp_send(p.h[0].tcp, a, &iov, 1, 1, 3, 0), -ECONNRESET);
	EQ(tcp_recv(p.h[0].tcp, a, &iov, 1, 1, 3, 0), -ECONNRESET);
	EQ(tcp_send(p.h[0].tcp, a, &iov, 1, 0, 4, 0), -ECONNRESET);
	EQ(tcp_send(p.h[0].tcp, a, &iov, 1, 0, 4, 0), -EPIPE);
	tcp_close(p.h[0].tcp, a, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TESTS(CASE(connect_answers_as_linux_does),
      CASE(nobody_there_is_refused_and_the_socket_can_connect_again),
      CASE(silence_times_out), CASE(what_an_unconnected_socket_says),
      CASE(a_half_closed_connection_still_carries_the_other_way),
      CASE(closing_with_unread_data_resets),
      CASE(data_for_a_closed_socket_resets), CASE(both_connect_at_once),
      CASE(orphans_deliver_what_is_queued_and_die),
      CASE(disconnect_resets_and_the_socket_is_new),
      CASE(a_call_that_got_somewhere_leaves_the_error_to_the_next),
      CASE(an_idle_connection_has_no_cold_part),
      CASE(peek_and_truncate_read_as_linux_does))
