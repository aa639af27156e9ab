/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"

#include <linux/tcp.h>

enum { MANY = 400000 };

/* p->state: what is larger vanishes without a word, from host 0. */
static bool swallow(struct pair *p, int from, struct ostia_pkt *pkt)
{
	uint32_t each =
		pkt->gso_segs > 1 ? pkt->gso_size + pkt->data : pkt->len;

	return from == 0 && each > p->state;
}

static uint8_t out[MANY], in[MANY];

/* Return: ms that it took; octets are compared. */
static uint64_t transfer(struct pair *p, struct tcp_conn *a, struct tcp_conn *b)
{
	ostia_time began = p->now;
	size_t sent = 0, got = 0;

	for (size_t i = 0; i < MANY; i++)
		out[i] = (uint8_t)(i * 7 + (i >> 8));
	memset(in, 0, MANY);
	for (int i = 0; i < 20000 && got < MANY; i++) {
		int64_t n = pair_send(p, 0, a, (const char *)out + sent,
				      MANY - sent);

		sent += n > 0 ? (size_t)n : 0;
		pair_run(p, 10);
		n = pair_recv(p, 1, b, (char *)in + got, MANY - got);
		got += n > 0 ? (size_t)n : 0;
	}
	EQ(got, MANY);
	OK(!memcmp(in, out, MANY));
	return (p->now - began) / PAIR_MS;
}

static void open_through(struct pair *p, uint32_t mtu, uint32_t probing,
			 struct tcp_conn **l, struct tcp_conn **a,
			 struct tcp_conn **b)
{
	pair_init(p, false, 1500, 10 * PAIR_MS);
	pair_set(p, 0, "net.ipv4.tcp_mtu_probing", probing);
	p->state = mtu;
	p->lose = swallow;
	pair_open(p, l, a, b);
}

static void end(struct pair *p, struct tcp_conn *l, struct tcp_conn *a,
		struct tcp_conn *b)
{
	tcp_close(p->h[0].tcp, a, true);
	tcp_close(p->h[1].tcp, b, true);
	tcp_close(p->h[1].tcp, l, false);
	pair_fini(p);
}

static struct tcp_info info(struct pair *p, struct tcp_conn *a)
{
	struct tcp_info i;

	tcp_info(p->h[0].tcp, a, &i);
	return i;
}

/* The largest that arrives is found to within a step. */
TEST(a_transfer_gets_out_of_a_black_hole_and_finds_its_size)
{
	static const uint32_t mtus[] = { 1100, 1200, 1300, 1400, 1480 };

	for (size_t k = 0; k < sizeof(mtus) / sizeof(mtus[0]); k++) {
		struct pair p;
		struct tcp_conn *l, *a, *b;

		open_through(&p, mtus[k], 1, &l, &a, &b);
		OK(transfer(&p, a, b) < 60000);
		EQ(p.h[0].stats.TcpExtMTUBlackHoles, 1);
		OK(p.h[0].stats.TcpExtMTUPFail > 0);
		OK(info(&p, a).tcpi_snd_mss <= mtus[k] - 52);
		OK(info(&p, a).tcpi_snd_mss + 16 > mtus[k] - 52);
		end(&p, l, a, b);
	}
}

TEST(below_the_base_size_it_goes_down_by_halves)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	open_through(&p, 600, 1, &l, &a, &b);
	transfer(&p, a, b);
	OK(p.h[0].stats.TcpExtMTUBlackHoles >= 2);
	OK(info(&p, a).tcpi_snd_mss <= 548);
	end(&p, l, a, b);
}

TEST(without_the_setting_nothing_gets_through)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char byte;

	open_through(&p, 1400, 0, &l, &a, &b);
	memset(out, 1, 2000);
	EQ(pair_send(&p, 0, a, (const char *)out, 2000), 2000);
	pair_run(&p, 60000);
	EQ(pair_recv(&p, 1, b, &byte, 1), -EAGAIN);
	end(&p, l, a, b);
}

TEST(a_search_from_the_start_ends_at_the_links_size)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	open_through(&p, 1500, 2, &l, &a, &b);
	EQ(info(&p, a).tcpi_snd_mss, 1024 - 12);
	transfer(&p, a, b);
	transfer(&p, a, b);
	EQ(p.h[0].stats.TcpExtMTUPFail, 0);
	OK(info(&p, a).tcpi_snd_mss + 16 > 1448);
	EQ(info(&p, a).tcpi_total_retrans, 0);
	end(&p, l, a, b);
}

/* A lost probe costs no window, and no timeout. */
TEST(a_lost_probe_is_no_sign_of_congestion)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	open_through(&p, 1300, 2, &l, &a, &b);
	transfer(&p, a, b);
	OK(p.h[0].stats.TcpExtMTUPFail > 0);
	EQ(p.h[0].stats.TcpExtTimeouts, 0);
	EQ(p.h[0].stats.TcpExtSackRecovery, 0);
	EQ(info(&p, a).tcpi_snd_ssthresh, 0x7fffffff);
	OK(info(&p, a).tcpi_snd_cwnd >= 10);
	end(&p, l, a, b);
}

TESTS(CASE(a_transfer_gets_out_of_a_black_hole_and_finds_its_size),
      CASE(below_the_base_size_it_goes_down_by_halves),
      CASE(without_the_setting_nothing_gets_through),
      CASE(a_search_from_the_start_ends_at_the_links_size),
      CASE(a_lost_probe_is_no_sign_of_congestion))
