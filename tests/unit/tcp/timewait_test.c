/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"

/* A connection of host 0 that is in TIME-WAIT there. */
struct past {
	struct tcp_conn *l;
	struct flow f; /* as host 0 sees it */
	uint32_t peer_nxt, own_nxt; /* numbers after both FINs */
	uint32_t ts; /* the peer's last clock */
};

static uint64_t waits(struct pair *p, int i)
{
	struct ostia_usage u = { 0 };

	tcp_usage(p->h[i].tcp, &u);
	return u.time_wait;
}

static void make_past(struct pair *p, struct past *x)
{
	struct tcp_conn *a, *b;

	pair_open(p, &x->l, &a, &b);
	x->f = *tcp_flow(a);
	tcp_close(p->h[0].tcp, a, false);
	pair_run(p, 50);
	x->own_nxt = b->rcv_nxt.v;
	x->peer_nxt = b->snd_nxt.v + 1;
	x->ts = (uint32_t)(p->now / PAIR_MS) + b->ts_offset;
	tcp_close(p->h[1].tcp, b, false);
	pair_run(p, 100);
	EQ(waits(p, 0), 1);
	EQ(waits(p, 1), 0);
}

static struct wire_tcp from_peer(const struct past *x, uint16_t flags,
				 uint32_t s, uint32_t ts)
{
	return (struct wire_tcp) { .sport = x->f.rport,
				   .dport = x->f.lport,
				   .seq = s,
				   .ack = x->own_nxt,
				   .flags = flags,
				   .wnd = 100,
				   .opts = WIRE_TCP_OPT_TS,
				   .tsval = ts };
}

static void end(struct pair *p, struct past *x)
{
	tcp_close(p->h[1].tcp, x->l, false);
	pair_run(p, 61000);
	EQ(waits(p, 0), 0);
	pair_fini(p);
}

TEST(it_lasts_a_minute)
{
	struct pair p;
	struct past x;

	pair_init(&p, false, 1500, 0);
	make_past(&p, &x);
	pair_run(&p, 59000);
	EQ(waits(&p, 0), 1);
	pair_run(&p, 1500);
	EQ(waits(&p, 0), 0);
	end(&p, &x);
}

TEST(the_fin_again_is_acknowledged_and_the_wait_begins_anew)
{
	struct pair p;
	struct past x;
	struct wire_tcp w, s;

	pair_init(&p, true, 1500, 0);
	make_past(&p, &x);
	pair_run(&p, 50000);
	s = from_peer(&x, WIRE_TCP_FIN | WIRE_TCP_ACK, x.peer_nxt - 1,
		      x.ts + 50000);
	pair_inject(&p, 0, &p.h[1].addr, &s, NULL);
	OK(pair_hear(&p, 0, &w, NULL));
	EQ(w.flags, WIRE_TCP_ACK);
	EQ(w.seq, x.own_nxt);
	EQ(w.ack, x.peer_nxt);
	pair_run(&p, 59000);
	EQ(waits(&p, 0), 1);
	end(&p, &x);
}

TEST(a_reset_does_not_assassinate_it)
{
	struct pair p;
	struct past x;
	struct wire_tcp s;

	pair_init(&p, false, 1500, 0);
	make_past(&p, &x);
	s = from_peer(&x, WIRE_TCP_RST, x.peer_nxt, x.ts);
	pair_inject(&p, 0, &p.h[1].addr, &s, NULL);
	EQ(waits(&p, 0), 1);
	pair_set(&p, 0, "net.ipv4.tcp_rfc1337", 0);
	s.seq++;
	pair_inject(&p, 0, &p.h[1].addr, &s, NULL);
	EQ(waits(&p, 0), 1);
	s.seq--;
	pair_inject(&p, 0, &p.h[1].addr, &s, NULL);
	EQ(waits(&p, 0), 0);
	end(&p, &x);
}

TEST(a_syn_from_the_past_is_refused_and_a_new_one_begins_anew)
{
	struct pair p;
	struct past x = { 0 };
	struct wire_tcp w, s;
	struct tcp_conn *a, *b;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &x.l, &a, &b);
	x.f = *tcp_flow(b);
	tcp_close(p.h[1].tcp, b, false); /* the server closes first */
	pair_run(&p, 50);
	x.own_nxt = a->rcv_nxt.v;
	x.peer_nxt = a->snd_nxt.v + 1;
	x.ts = (uint32_t)(p.now / PAIR_MS) + a->ts_offset;
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 100);
	EQ(waits(&p, 1), 1);
	s = from_peer(&x, WIRE_TCP_SYN, x.peer_nxt - 1000, x.ts - 10);
	s.opts |= WIRE_TCP_OPT_MSS;
	s.mss = 1460;
	pair_inject(&p, 1, &p.h[0].addr, &s, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	EQ(w.flags, WIRE_TCP_ACK); /* of the old connection */
	EQ(waits(&p, 1), 1);
	s.tsval = x.ts; /* neither the clock nor the number is past */
	pair_inject(&p, 1, &p.h[0].addr, &s, NULL);
	EQ(waits(&p, 1), 1);
	s.opts &= (uint16_t)~WIRE_TCP_OPT_TS;
	pair_inject(&p, 1, &p.h[0].addr, &s, NULL);
	EQ(waits(&p, 1), 1);
	s.opts |= WIRE_TCP_OPT_TS;
	s.tsval = x.ts + 1000;
	pair_inject(&p, 1, &p.h[0].addr, &s, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	EQ(w.flags, WIRE_TCP_SYN | WIRE_TCP_ACK);
	EQ(waits(&p, 1), 0);
	OK((int32_t)(w.seq - x.own_nxt) > 65535); /* past the old numbers */
	end(&p, &x);
}

TEST(the_port_stays_taken_unless_reuseaddr)
{
	struct pair p;
	struct tcp_conn *l, *a, *b, *c;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	tcp_close(p.h[1].tcp, b, false); /* the server closes first */
	pair_run(&p, 50);
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 50);
	EQ(waits(&p, 1), 1);
	tcp_close(p.h[1].tcp, l, false);
	EQ(tcp_open(p.h[1].tcp, false, &c), 0);
	EQ(tcp_bind(p.h[1].tcp, c, &p.h[1].addr, 80, &pair_opts), -EADDRINUSE);
	pair_run(&p, 61000);
	EQ(tcp_bind(p.h[1].tcp, c, &p.h[1].addr, 80, &pair_opts), 0);
	tcp_close(p.h[1].tcp, c, false);
	pair_fini(&p);
}

TEST(beyond_the_cap_connections_just_end)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	pair_init(&p, false, 1500, 0);
	pair_set(&p, 0, "net.ipv4.tcp_max_tw_buckets", 0);
	pair_open(&p, &l, &a, &b);
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 50);
	EQ(waits(&p, 0), 0);
	EQ(pair_count(&p, 0, TcpExtTimeWaitOverflow), 1);
	tcp_close(p.h[1].tcp, b, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(data_for_an_orphan_in_fin_wait_2_is_reset)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char c;

	pair_init(&p, false, 1500, 0);
	pair_open(&p, &l, &a, &b);
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 50);
	EQ(waits(&p, 0), 1);
	EQ(pair_recv(&p, 1, b, &c, 1), 0);
	EQ(pair_send(&p, 1, b, "x", 1), 1);
	pair_run(&p, 100);
	EQ(waits(&p, 0), 0);
	EQ(tcp_state(b), TCP_CLOSE);
	EQ(tcp_take_error(b), EPIPE);
	tcp_close(p.h[1].tcp, b, false);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TESTS(CASE(it_lasts_a_minute),
      CASE(the_fin_again_is_acknowledged_and_the_wait_begins_anew),
      CASE(a_reset_does_not_assassinate_it),
      CASE(a_syn_from_the_past_is_refused_and_a_new_one_begins_anew),
      CASE(the_port_stays_taken_unless_reuseaddr),
      CASE(beyond_the_cap_connections_just_end),
      CASE(data_for_an_orphan_in_fin_wait_2_is_reset))
