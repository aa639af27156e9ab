/* SPDX-License-Identifier: MIT */
/* ostia_send_lend, ostia_recv_loan: bytes that are not copied */
#define _GNU_SOURCE
#include "net.h"

enum { PIECE = 65536, PIECES = 64 };

static uint8_t bytes[PIECES][PIECE];

static void fill(void)
{
	for (uint32_t i = 0; i < PIECES * PIECE; i++)
		bytes[i / PIECE][i % PIECE] = (uint8_t)(i * 2654435761u >> 11);
}

TEST(a_lent_buffer_comes_back_when_all_is_acknowledged)
{
	struct net n;
	uint8_t buf[16];
	int fd[2];

	fill();
	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	n.cut = true;
	EQ(ostia_send_lend(n.a, fd[0], bytes[0], 10, 77), 10);
	net_pass(&n, OSTIA_MS);
	OK(!net_event(&n, 77, NULL));
	n.cut = false;
	net_pass(&n, 10 * OSTIA_S);
	EQ(ostia_recv(n.b, fd[1], buf, 16, 0), 10);
	MEM(buf, bytes[0], 10);
	net_pass(&n, OSTIA_S);
	OK(net_event(&n, 77, NULL));
	OK(!net_event(&n, 77, NULL));
	net_fini(&n);
}

TEST(what_is_refused_is_not_lent)
{
	struct net n;
	int fd[2], u;

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	u = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	FAILS(ostia_send_lend(n.a, u, bytes, 5, 1), EOPNOTSUPP);
	FAILS(ostia_send_lend(n.a, 99, bytes, 5, 1), EBADF);
	EQ(ostia_shutdown(n.a, fd[0], SHUT_WR), 0);
	FAILS(ostia_send_lend(n.a, fd[0], bytes, 5, 1), EPIPE);
	net_run(&n);
	EQ(n.nevents, 0);
	net_fini(&n);
}

TEST(received_bytes_are_read_in_place_and_burden_the_buffer)
{
	struct ostia_loan loan;
	struct net n;
	int fd[2], returned = 0;
	size_t sent = 0, got = 0;

	fill();
	net_init(&n);
	net_pair(&n, n.a, n.b, "fd99::2", fd);
	while (got < PIECES * PIECE) {
		ssize_t r;

		if (sent < PIECES) {
			r = ostia_send_lend(n.a, fd[0], bytes[sent], PIECE,
					    sent);
			sent += r == PIECE;
			OK(r == PIECE || errno == EAGAIN);
		}
		net_pass(&n, OSTIA_MS);
		while ((r = ostia_recv_loan(n.b, fd[1], &loan, 1 << 20)) > 0) {
			size_t sum = 0;

			for (int i = 0; i < loan.niov; i++) {
				OK(!memcmp(loan.iov[i].iov_base,
					   &bytes[0][0] + got + sum,
					   loan.iov[i].iov_len));
				sum += loan.iov[i].iov_len;
			}
			EQ(sum, r);
			got += sum;
			ostia_recv_return(n.b, &loan);
			EQ(loan.niov, 0);
		}
		while (n.nevents) {
			EQ(n.events[0].kind, OSTIA_EVENT_RETURNED);
			EQ(n.events[0].cookie, returned);
			OK(net_event(&n, (uint64_t)returned++, NULL));
		}
	}
	EQ(got, PIECES * PIECE);
	net_pass(&n, OSTIA_S);
	EQ(returned + (int)n.nevents, PIECES);
	FAILS(ostia_recv_loan(n.b, fd[1], &loan, 10), EAGAIN);
	EQ(ostia_shutdown(n.a, fd[0], SHUT_WR), 0);
	net_run(&n);
	EQ(ostia_recv_loan(n.b, fd[1], &loan, 10), 0);
	net_fini(&n);
}

TEST(who_does_not_return_is_not_sent_more)
{
	static struct ostia_loan loans[1000];
	struct net n;
	size_t got = 0;
	ssize_t r;
	int fd[2], k = 0;

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	for (int i = 0; i < 2000; i++) {
		ostia_send(n.a, fd[0], bytes[i % PIECES], PIECE, 0);
		net_pass(&n, 50 * OSTIA_MS);
		r = ostia_recv_loan(n.b, fd[1], &loans[k], 1 << 20);
		if (r > 0) {
			got += (size_t)r;
			OK(++k < 1000);
		} else if (i > 200) {
			break;
		}
	}
	FAILS(ostia_recv_loan(n.b, fd[1], &loans[k], 1), EAGAIN);
	OK(got < 16 << 20);
	/* Loans outlive their socket. */
	EQ(ostia_close(n.b, fd[1]), 0);
	for (int i = 0; i < k; i++)
		ostia_recv_return(n.b, &loans[i]);
	net_fini(&n);
}

TEST(a_stack_may_go_while_others_hold_what_it_lent)
{
	struct net n;
	uint8_t buf[8];
	int fd[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_send_lend(n.a, fd[0], bytes[0], 30000, 1), 30000);
	net_run(&n);
	ostia_proc_free(n.a);
	ostia_proc_free(n.wa);
	ostia_stack_free(n.sa);
	EQ(ostia_recv(n.b, fd[1], buf, 8, 0), 8);
	MEM(buf, bytes[0], 8);
	ostia_proc_free(n.b);
	ostia_proc_free(n.wb);
	ostia_stack_free(n.sb);
	ostia_pool_free(n.pool);
	EQ(n.lend.blocks, 0);
}

TESTS(CASE(a_lent_buffer_comes_back_when_all_is_acknowledged),
      CASE(what_is_refused_is_not_lent),
      CASE(received_bytes_are_read_in_place_and_burden_the_buffer),
      CASE(who_does_not_return_is_not_sent_more),
      CASE(a_stack_may_go_while_others_hold_what_it_lent))
