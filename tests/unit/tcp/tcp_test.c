/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"
#include "tcp/demux.h"

#include <linux/tcp.h>

TEST(news_comes_once_and_only_to_owners)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	uint32_t news;
	void *owner;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 1);
	tcp_set_owner(p.h[1].tcp, l, &p);
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 100);
	OK(!tcp_news(p.h[0].tcp, &owner, &news)); /* nobody owns it */
	OK(tcp_news(p.h[1].tcp, &owner, &news) == l);
	OK(owner == &p);
	EQ(news, TCP_NEWS_IN);
	OK(!tcp_news(p.h[1].tcp, &owner, &news));
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	tcp_set_owner(p.h[1].tcp, b, a);
	pair_send(&p, 0, a, "x", 1);
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 100);
	OK(tcp_news(p.h[1].tcp, &owner, &news) == b);
	OK(owner == a);
	EQ(news & TCP_NEWS_IN, TCP_NEWS_IN);
	/* one that ends while its news waits is not told of */
	tcp_close(p.h[1].tcp, b, true);
	OK(!tcp_news(p.h[1].tcp, &owner, &news));
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(a_connection_freed_with_news_waiting_is_gone_after_the_news)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	uint32_t news;
	void *owner;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	tcp_set_owner(p.h[1].tcp, b, &p);
	pair_send(&p, 0, a, "x", 1);
	pair_run(&p, 100);
	EQ(p.h[1].tcp->conns.live, 2);
	tcp_close(p.h[1].tcp, b, true);
	OK(!tcp_news(p.h[1].tcp, &owner, &news));
	EQ(p.h[1].tcp->conns.live, 1);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

/* Rows by state, through a window of @max rows a call. */
static void count_rows(struct pair *p, int i, int max, unsigned by_state[12])
{
	struct ostia_conn_row rows[8];
	uint64_t cursor = 0;
	int n;

	memset(by_state, 0, 12 * sizeof(by_state[0]));
	while ((n = tcp_list(p->h[i].tcp, &cursor, rows, max)) > 0)
		for (int k = 0; k < n; k++) {
			EQ(rows[k].proto, 6);
			by_state[rows[k].state]++;
		}
}

TEST(the_list_has_every_socket_once_however_it_is_cut)
{
	struct pair p;
	struct tcp_conn *l, *c[5], *b;
	unsigned n[12];

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 10);
	for (int i = 0; i < 5; i++)
		c[i] = pair_connect(&p, 0, 80);
	pair_run(&p, 100);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	tcp_close(p.h[1].tcp, b, false);
	pair_run(&p, 100);
	for (int i = 0; i < 5; i++)
		if (tcp_state(c[i]) == TCP_CLOSE_WAIT)
			tcp_close(p.h[0].tcp, c[i], false);
	pair_run(&p, 100);
	for (int max = 1; max <= 8; max++) {
		count_rows(&p, 1, max, n);
		EQ(n[TCP_LISTEN], 1);
		EQ(n[TCP_ESTABLISHED], 4);
		EQ(n[TCP_TIME_WAIT], 1);
		count_rows(&p, 0, max, n);
		EQ(n[TCP_ESTABLISHED], 4);
	}
	pair_fini(&p); /* frees what is left, without a word */
}

TEST(tcp_info_tells_what_happened)
{
	static char buf[50000];
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct tcp_info i;
	int64_t n;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	n = pair_send(&p, 0, a, buf, sizeof(buf));
	pair_run(&p, 500);
	tcp_info(p.h[0].tcp, a, &i);
	EQ(i.tcpi_state, TCP_ESTABLISHED);
	EQ(i.tcpi_bytes_acked, n);
	EQ(i.tcpi_unacked, 0);
	EQ(i.tcpi_snd_mss, 1448);
	EQ(i.tcpi_pmtu, 1500);
	EQ(i.tcpi_advmss, 1460);
	OK(i.tcpi_rtt >= 20000 && i.tcpi_rtt < 70000);
	EQ(i.tcpi_options,
	   TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
	EQ(i.tcpi_snd_wscale, 7);
	EQ(i.tcpi_total_retrans, 0);
	tcp_info(p.h[1].tcp, b, &i);
	EQ(i.tcpi_bytes_received, n);
	EQ(i.tcpi_segs_in > 30, 1);
	tcp_info(p.h[1].tcp, l, &i);
	EQ(i.tcpi_state, TCP_LISTEN);
	EQ(i.tcpi_sacked, 8); /* the backlog, as Linux has it */
	/* and the totals outlive the cold part */
	pair_run(&p, 5000);
	OK(!a->cold);
	tcp_info(p.h[0].tcp, a, &i);
	EQ(i.tcpi_bytes_acked, n);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(a_link_that_goes_takes_the_paths_along)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	tcp_link_gone(p.h[0].tcp, p.h[0].link);
	OK(!a->path);
	EQ(pair_send(&p, 0, a, "x", 1), 1); /* waits for a way */
	pair_run(&p, 10);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

/* How a packet of @c's leaves, and what it makes of a narrower path. */
static void path_mtu(int64_t how, bool dont_fragment, uint16_t mss)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct ip_error e = { .err = EMSGSIZE, .mtu = 1000 };
	struct ostia_pkt *pkt;
	uint8_t ip[20];

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	EQ(tcp_set_opt(p.h[0].tcp, a, TCP_OPT_MTU_DISCOVER, how), 0);
	EQ(pair_send(&p, 0, a, "x", 1), 1);
	pkt = pair_next(&p.h[0]);
	EQ(pkt_copy_out(pkt, 0, ip, sizeof(ip)), 20);
	EQ(!!(ip[6] & 0x40), dont_fragment);
	pkt_free(pkt);
	e.flow = a->flow;
	e.seq = a->snd_una.v;
	tcp_error(p.h[0].tcp, &e, p.now);
	EQ(a->mss, mss);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(path_mtu_discovery_does_what_it_is_told)
{
	path_mtu(TCP_PMTU_WANT, true, 1000 - 52);
	path_mtu(TCP_PMTU_DO, true, 1000 - 52);
	path_mtu(TCP_PMTU_DONT, false, 1500 - 52);
	path_mtu(TCP_PMTU_PROBE, true, 1500 - 52);
}

/* Tags of tuples that differ in a bit, and of both families. */
TEST(tuples_are_told_apart)
{
	struct pair p;
	struct flow f = { .lport = 80, .rport = 9999 }, g;
	struct tcp_hit hit;
	struct tcp_conn *c;

	pair_init(&p, false, 1500, 0);
	EQ(tcp_open(p.h[0].tcp, false, &c), 0);
	f.local = p.h[0].addr;
	f.remote = p.h[1].addr;
	c->flow = f;
	EQ(tcp_demux_add(p.h[0].tcp, TCP_KIND_CONN, c->self, &f), 0);
	OK(tcp_demux_find(p.h[0].tcp, &f, tcp_demux_tag(p.h[0].tcp, &f), &hit));
	OK(hit.kind == TCP_KIND_CONN && hit.conn == c);
	g = f;
	g.rport++;
	OK(!tcp_demux_find(p.h[0].tcp, &g, tcp_demux_tag(p.h[0].tcp, &g),
			   &hit));
	/* even with the same tag */
	OK(!tcp_demux_find(p.h[0].tcp, &g, tcp_demux_tag(p.h[0].tcp, &f),
			   &hit));
	EQ(tcp_demux_tag(p.h[0].tcp, &f) & 1, 0);
	g.local = pair_addr(0, true);
	g.remote = pair_addr(1, true);
	EQ(tcp_demux_tag(p.h[0].tcp, &g) & 1, 1);
	tcp_demux_del(p.h[0].tcp, TCP_KIND_CONN, c->self, &f);
	tcp_close(p.h[0].tcp, c, false);
	pair_fini(&p);
}

TEST(without_memory_calls_fail_and_nothing_leaks)
{
	for (long left = 0; left < 60; left++) {
		struct pair p;
		struct tcp_conn *l = NULL, *a = NULL, *b;
		struct host *h;

		pair_init(&p, false, 1500, 0);
		h = &p.h[1];
		p.lend.left = left;
		if (!tcp_open(h->tcp, false, &l) &&
		    !tcp_bind(h->tcp, l, &h->addr, 80, &pair_opts) &&
		    !tcp_listen(h->tcp, l, 4, &pair_opts) &&
		    !tcp_open(p.h[0].tcp, false, &a))
			(void)tcp_connect(p.h[0].tcp, a, &h->addr, 80,
					  &pair_opts);
		pair_run(&p, 100);
		if (a && tcp_state(a) == TCP_ESTABLISHED)
			(void)pair_send(&p, 0, a, "hello", 5);
		pair_run(&p, 100);
		p.lend.left = -1;
		if (l && tcp_state(l) == TCP_LISTEN &&
		    !tcp_accept(h->tcp, l, &b))
			tcp_close(h->tcp, b, false);
		pair_run(&p, 3000);
		if (a)
			tcp_close(p.h[0].tcp, a, false);
		if (l)
			tcp_close(h->tcp, l, false);
		pair_run(&p, 200000);
		EQ(h->tcp->conns.live, 0);
		EQ(p.h[0].tcp->conns.live, 0);
		pair_fini(&p);
	}
}

TESTS(CASE(news_comes_once_and_only_to_owners),
      CASE(a_connection_freed_with_news_waiting_is_gone_after_the_news),
      CASE(the_list_has_every_socket_once_however_it_is_cut),
      CASE(tcp_info_tells_what_happened),
      CASE(a_link_that_goes_takes_the_paths_along),
      CASE(path_mtu_discovery_does_what_it_is_told),
      CASE(tuples_are_told_apart),
      CASE(without_memory_calls_fail_and_nothing_leaks))
