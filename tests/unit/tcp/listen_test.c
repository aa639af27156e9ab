/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"

static const struct ostia_addr *peer(struct pair *p)
{
	return &p->h[0].addr;
}

static struct wire_tcp syn(uint16_t sport, uint32_t s)
{
	return (struct wire_tcp) { .sport = sport,
				   .dport = 80,
				   .seq = s,
				   .flags = WIRE_TCP_SYN,
				   .wnd = 65535,
				   .opts = WIRE_TCP_OPT_MSS,
				   .mss = 1460 };
}

/* The last step of the handshake that @w, a SYN-ACK, began. */
static struct wire_tcp ack_of(const struct wire_tcp *w)
{
	return (struct wire_tcp) { .sport = w->dport,
				   .dport = w->sport,
				   .seq = w->ack,
				   .ack = w->seq + 1,
				   .flags = WIRE_TCP_ACK,
				   .wnd = 500 };
}

static uint64_t half_open(struct pair *p)
{
	struct ostia_usage u = { 0 };

	tcp_usage(p->h[1].tcp, &u);
	return u.half_open;
}

/* SYN, SYN-ACK, ACK by hand; false: no SYN-ACK came. */
static bool shake(struct pair *p, uint16_t sport)
{
	struct wire_tcp s = syn(sport, 1000), w, a;

	pair_inject(p, 1, peer(p), &s, NULL);
	if (!pair_hear(p, 1, &w, NULL))
		return false;
	EQ(w.flags, WIRE_TCP_SYN | WIRE_TCP_ACK);
	EQ(w.ack, 1001);
	a = ack_of(&w);
	pair_inject(p, 1, peer(p), &a, NULL);
	return true;
}

TEST(backlog_holds_one_more_than_it_says_and_then_syns_are_dropped)
{
	struct pair p;
	struct tcp_conn *l, *c;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 1);
	OK(shake(&p, 1));
	OK(shake(&p, 2));
	OK(!shake(&p, 3));
	EQ(pair_count(&p, 1, TcpExtListenOverflows), 1);
	EQ(tcp_readable(l), 2);
	EQ(tcp_accept(p.h[1].tcp, l, &c), 0);
	EQ(tcp_flow(c)->rport, 1);
	tcp_close(p.h[1].tcp, c, true);
	EQ(tcp_accept(p.h[1].tcp, l, &c), 0);
	EQ(tcp_flow(c)->rport, 2);
	tcp_close(p.h[1].tcp, c, true);
	EQ(tcp_accept(p.h[1].tcp, l, &c), -EAGAIN);
	while (pair_hear(&p, 1, &(struct wire_tcp) { 0 }, NULL))
		;
	OK(shake(&p, 4));
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(an_ack_that_finds_the_queue_full_waits_half_open)
{
	struct pair p;
	struct wire_tcp s[3], w[3], a;
	struct tcp_conn *l, *c;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 0);
	for (int i = 0; i < 3; i++) {
		s[i] = syn((uint16_t)(10 + i), 5);
		pair_inject(&p, 1, peer(&p), &s[i], NULL);
		OK(pair_hear(&p, 1, &w[i], NULL));
	}
	for (int i = 0; i < 3; i++) {
		a = ack_of(&w[i]);
		pair_inject(&p, 1, peer(&p), &a, NULL);
	}
	EQ(tcp_readable(l), 1);
	EQ(half_open(&p), 2);
	EQ(tcp_accept(p.h[1].tcp, l, &c), 0);
	pair_inject(&p, 1, peer(&p), &a, "data"); /* it tries again */
	EQ(tcp_readable(l), 1);
	EQ(half_open(&p), 1);
	tcp_close(p.h[1].tcp, c, true);
	EQ(tcp_accept(p.h[1].tcp, l, &c), 0);
	EQ(tcp_readable(c), 4);
	tcp_close(p.h[1].tcp, c, true);
	tcp_close(p.h[1].tcp, l, false);
	EQ(half_open(&p), 0);
	pair_fini(&p);
}

TEST(a_listener_that_closes_resets_what_nobody_accepted)
{
	struct pair p;
	struct wire_tcp w;
	struct tcp_conn *l;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	OK(shake(&p, 1));
	tcp_close(p.h[1].tcp, l, false);
	OK(pair_hear(&p, 1, &w, NULL));
	OK(w.flags & WIRE_TCP_RST);
	EQ(w.dport, 1);
	OK(!pair_hear(&p, 1, &w, NULL));
	pair_fini(&p);
}

TEST(syn_ack_is_repeated_five_times_at_doubling_intervals)
{
	static const uint64_t at_ms[] = { 1001, 3002, 7003, 15004, 31005 };
	struct pair p;
	struct wire_tcp s = syn(9, 77), w;
	struct tcp_conn *l;
	ostia_time begin;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	pair_inject(&p, 1, peer(&p), &s, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	begin = p.now;
	for (size_t i = 0; i < 5; i++) {
		pair_set_time(&p, begin + (at_ms[i] - 3) * PAIR_MS);
		OK(!pair_hear(&p, 1, &w, NULL));
		pair_set_time(&p, begin + at_ms[i] * PAIR_MS);
		OK(pair_hear(&p, 1, &w, NULL));
		EQ(w.flags, WIRE_TCP_SYN | WIRE_TCP_ACK);
	}
	EQ(half_open(&p), 1);
	pair_set_time(&p, begin + UINT64_C(63010) * PAIR_MS);
	OK(!pair_hear(&p, 1, &w, NULL));
	EQ(half_open(&p), 0);
	EQ(pair_count(&p, 1, TcpAttemptFails), 1);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

/* With cookies: a handshake with these options, then data. */
static void cookie_shake(struct pair *p, bool ts, struct tcp_conn *l)
{
	struct wire_tcp s = syn(4242, 31337), w, a;
	struct tcp_conn *c;

	s.opts |= WIRE_TCP_OPT_SACKOK | WIRE_TCP_OPT_WSCALE;
	s.wscale = 9;
	if (ts) {
		s.opts |= WIRE_TCP_OPT_TS;
		s.tsval = 12345;
	}
	pair_inject(p, 1, peer(p), &s, NULL);
	EQ(half_open(p), 0);
	OK(pair_hear(p, 1, &w, NULL));
	EQ(!!(w.opts & WIRE_TCP_OPT_WSCALE), ts);
	EQ(!!(w.opts & WIRE_TCP_OPT_SACKOK), ts);
	a = ack_of(&w);
	if (ts) {
		a.opts = WIRE_TCP_OPT_TS;
		a.tsval = 12346;
		a.tsecr = w.tsval;
	}
	a.ack += 100;
	pair_inject(p, 1, peer(p), &a, NULL); /* a guess */
	OK(pair_hear(p, 1, &w, NULL));
	OK(w.flags & WIRE_TCP_RST);
	a.ack -= 100;
	pair_inject(p, 1, peer(p), &a, "data");
	EQ(tcp_accept(p->h[1].tcp, l, &c), 0);
	EQ(tcp_readable(c), 4);
	EQ(!!(c->flags & TCP_F_SACK), ts);
	EQ(c->snd_wnd, ts ? 500u << 9 : 500u);
	EQ(c->mss, ts ? 1460 - 12 : 1460);
	tcp_close(p->h[1].tcp, c, true);
	while (pair_hear(p, 1, &w, NULL))
		;
}

TEST(cookies_need_no_memory_and_lose_options_without_timestamps)
{
	struct pair p;
	struct tcp_conn *l;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	pair_set(&p, 1, "net.ipv4.tcp_syncookies", 2);
	cookie_shake(&p, true, l);
	cookie_shake(&p, false, l);
	EQ(pair_count(&p, 1, TcpExtSyncookiesSent), 2);
	EQ(pair_count(&p, 1, TcpExtSyncookiesRecv), 2);
	EQ(pair_count(&p, 1, TcpExtSyncookiesFailed), 2);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(a_flood_of_syns_costs_bounded_memory_and_real_clients_get_in)
{
	struct pair p;
	struct ostia_usage u = { 0 };
	struct tcp_conn *l, *a;
	struct wire_tcp w;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	pair_set(&p, 1, "net.ipv4.tcp_max_syn_backlog", 64);
	for (uint32_t i = 0; i < 20000; i++) {
		struct wire_tcp s = syn((uint16_t)(1 + i % 60000), i * 7);

		pair_inject(&p, 1, peer(&p), &s, NULL);
		while (pair_hear(&p, 1, &w, NULL))
			;
	}
	EQ(half_open(&p), 64);
	tcp_usage(p.h[1].tcp, &u);
	OK(u.bytes < 1 << 20);
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 100);
	EQ(tcp_state(a), TCP_ESTABLISHED);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(a_record_is_64_bytes_and_96_with_ipv6)
{
	struct pair p;

	pair_init(&p, true, 1500, 0);
	OK(p.h[0].tcp->halves4.size <= 64);
	OK(p.h[0].tcp->halves6.size <= 96);
	OK(p.h[0].tcp->waits4.size <= 64);
	OK(p.h[0].tcp->waits6.size <= 96);
	pair_fini(&p);
}

TEST(a_forged_reset_or_ack_does_not_end_a_handshake)
{
	struct pair p;
	struct wire_tcp s = syn(9, 77), w, x;
	struct tcp_conn *l;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	pair_inject(&p, 1, peer(&p), &s, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	x = (struct wire_tcp) {
		.sport = 9, .dport = 80, .seq = 100, .flags = WIRE_TCP_RST
	};
	pair_inject(&p, 1, peer(&p), &x, NULL); /* in the window, not exact */
	OK(pair_hear(&p, 1, &w, NULL));
	EQ(w.flags, WIRE_TCP_ACK);
	EQ(half_open(&p), 1);
	x = ack_of(&w);
	x.seq = 78;
	x.ack = w.seq + 5;
	pair_inject(&p, 1, peer(&p), &x, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	EQ(w.flags, WIRE_TCP_RST);
	EQ(half_open(&p), 1);
	x = (struct wire_tcp) {
		.sport = 9, .dport = 80, .seq = 78, .flags = WIRE_TCP_RST
	};
	pair_inject(&p, 1, peer(&p), &x, NULL);
	EQ(half_open(&p), 0);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(deferred_accept_waits_for_data)
{
	struct pair p;
	struct wire_tcp s = syn(9, 77), w, a;
	struct tcp_conn *l;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	EQ(tcp_set_opt(p.h[1].tcp, l, TCP_OPT_DEFER_ACCEPT, 5), 0);
	pair_inject(&p, 1, peer(&p), &s, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	a = ack_of(&w);
	pair_inject(&p, 1, peer(&p), &a, NULL);
	EQ(tcp_readable(l), 0);
	pair_inject(&p, 1, peer(&p), &a, "GET");
	EQ(tcp_readable(l), 1);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TESTS(CASE(backlog_holds_one_more_than_it_says_and_then_syns_are_dropped),
      CASE(an_ack_that_finds_the_queue_full_waits_half_open),
      CASE(a_listener_that_closes_resets_what_nobody_accepted),
      CASE(syn_ack_is_repeated_five_times_at_doubling_intervals),
      CASE(cookies_need_no_memory_and_lose_options_without_timestamps),
      CASE(a_flood_of_syns_costs_bounded_memory_and_real_clients_get_in),
      CASE(a_record_is_64_bytes_and_96_with_ipv6),
      CASE(a_forged_reset_or_ack_does_not_end_a_handshake),
      CASE(deferred_accept_waits_for_data))
