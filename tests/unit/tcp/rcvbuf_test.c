/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/cold.h"
#include "tcp/rcvbuf.h"

TEST(the_window_of_a_syn_is_whole_segments)
{
	EQ(tcp_rcvbuf_initial(131072, 1460), 64240); /* as Linux */
	EQ(tcp_rcvbuf_initial(131072, 65495), 65495);
	EQ(tcp_rcvbuf_initial(4096, 1460), 1460);
	EQ(tcp_rcvbuf_initial(131072, 0), 65535);
}

TEST(the_scale_fits_the_largest_buffer)
{
	EQ(tcp_rcvbuf_wscale(65535), 0);
	EQ(tcp_rcvbuf_wscale(65536), 1);
	EQ(tcp_rcvbuf_wscale(6291456), 7); /* as Linux */
	EQ(tcp_rcvbuf_wscale(UINT32_MAX), 14);
}

/* Every ACK of host 1 is watched: the right edge must never move back. */
static struct {
	bool known;
	uint32_t edge, scale;
	unsigned acks, retreats, silly;
	uint32_t last_move;
} watched;

static bool watch(struct pair *p, int from, struct ostia_pkt *pkt)
{
	uint8_t head[WIRE_TCP_MAX_HLEN];
	struct wire_tcp w;
	uint32_t n, edge;

	(void)p;
	if (from == 0)
		return false;
	n = pkt_copy_out(pkt, 20, head, sizeof(head));
	OK(wire_tcp_parse(&w, head, n) > 0);
	if (w.flags & (WIRE_TCP_SYN | WIRE_TCP_RST))
		return false;
	edge = w.ack + ((uint32_t)w.wnd << watched.scale);
	if (watched.known && (int32_t)(edge - watched.edge) < 0)
		watched.retreats++;
	/* less than a unit is rounding up (RFC 7323 2.4) */
	if (watched.known && (edge - watched.edge) >> watched.scale &&
	    edge - watched.edge < 512)
		watched.silly++;
	watched.edge = edge;
	watched.known = true;
	watched.acks++;
	return false;
}

/* The program reads @step bytes each ms, or when it feels like it. */
static void slow_reader(uint32_t rcvbuf, size_t step, size_t piece)
{
	static uint8_t buf[65536];
	struct pair p;
	struct tcp_conn *l, *a, *b;
	uint64_t in = 0, out = 0, total = 400000;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 1);
	if (rcvbuf)
		EQ(tcp_set_opt(p.h[1].tcp, l, TCP_OPT_RCVBUF, rcvbuf), 0);
	a = pair_connect(&p, 0, 80);
	tcp_set_opt(p.h[0].tcp, a, TCP_OPT_NODELAY, 1);
	pair_run(&p, 100);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	memset(&watched, 0, sizeof(watched));
	watched.scale = tcp_wscale_ours(b);
	p.lose = watch;
	for (int ms = 0; in < total && ms < 600000; ms++) {
		int64_t n;

		while (out < total && (n = pair_send(&p, 0, a, buf, piece)) > 0)
			out += (uint64_t)n;
		pair_run(&p, 1);
		n = pair_recv(&p, 1, b, buf, step);
		in += n > 0 ? (uint64_t)n : 0;
		OK(tcp_rcvbuf_charge(b) <= 2 * (uint64_t)b->rcvbuf);
	}
	OK(in >= total);
	OK(watched.acks > 50);
	EQ(watched.retreats, 0);
	EQ(watched.silly, 0);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(the_right_edge_never_retreats_and_never_creeps)
{
	slow_reader(0, 3000, 10000);
	slow_reader(8192, 700, 10000);
	slow_reader(0, 2000, 100); /* small segments pin more than they say */
	slow_reader(20000, 10000, 1);
}

static bool no_loss(struct pair *p, int from, struct ostia_pkt *pkt)
{
	(void)p;
	(void)from;
	(void)pkt;
	return false;
}

TEST(a_fast_reader_on_a_long_path_gets_a_larger_buffer)
{
	static uint8_t buf[65536];
	struct pair p;
	struct tcp_conn *l, *a, *b;

	pair_init(&p, false, 1500, 0);
	p.lose = no_loss;
	p.delay = 50 * PAIR_MS;
	l = pair_listen(&p, 1, 80, 1);
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 400);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	EQ(b->rcvbuf, 131072);
	for (int i = 0; i < 2000; i++) {
		while (pair_send(&p, 0, a, buf, sizeof(buf)) > 0)
			;
		pair_run(&p, 1);
		while (pair_recv(&p, 1, b, buf, sizeof(buf)) > 0)
			;
	}
	OK(b->rcvbuf > 4 * 131072);
	OK(b->rcvbuf <= 6291456);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TESTS(CASE(the_window_of_a_syn_is_whole_segments),
      CASE(the_scale_fits_the_largest_buffer),
      CASE(the_right_edge_never_retreats_and_never_creeps),
      CASE(a_fast_reader_on_a_long_path_gets_a_larger_buffer))
