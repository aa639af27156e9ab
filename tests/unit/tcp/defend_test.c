/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"
#include "tcp/rcvbuf.h"

/* An established connection; host 1's end is attacked from "host 0". */
struct scene {
	struct pair p;
	struct tcp_conn *l, *a, *b;
};

static void setup(struct scene *s)
{
	pair_init(&s->p, false, 1500, 0);
	pair_set(&s->p, 0, "net.ipv4.tcp_timestamps", 0);
	pair_open(&s->p, &s->l, &s->a, &s->b);
	pair_run(&s->p, 500);
}

static void teardown(struct scene *s)
{
	tcp_close(s->p.h[0].tcp, s->a, true);
	tcp_close(s->p.h[1].tcp, s->b, true);
	tcp_close(s->p.h[1].tcp, s->l, false);
	pair_fini(&s->p);
}

static struct wire_tcp forged(const struct scene *s, uint16_t flags,
			      int32_t seq_off, int32_t ack_off)
{
	return (struct wire_tcp) {
		.sport = s->b->flow.rport,
		.dport = 80,
		.flags = flags,
		.seq = s->b->rcv_nxt.v + (uint32_t)seq_off,
		.ack = s->b->snd_una.v + (uint32_t)ack_off,
		.wnd = 500,
	};
}

/* What host 1 answers, 0: silence. */
static uint16_t answer(struct scene *s, struct wire_tcp w, const char *payload)
{
	struct wire_tcp got;

	pair_inject(&s->p, 1, &s->p.h[0].addr, &w, payload);
	if (!pair_hear(&s->p, 1, &got, NULL))
		return 0;
	OK(!pair_hear(&s->p, 1, &(struct wire_tcp) { 0 }, NULL));
	return got.flags;
}

TEST(only_the_exact_number_resets)
{
	struct scene s;
	uint32_t left;

	setup(&s);
	EQ(answer(&s, forged(&s, WIRE_TCP_RST, 1, 0), NULL), WIRE_TCP_ACK);
	left = tcp_rcvbuf_left(s.b);
	EQ(answer(&s, forged(&s, WIRE_TCP_RST, (int32_t)left, 0), NULL),
	   WIRE_TCP_ACK);
	left = tcp_rcvbuf_left(s.b);
	EQ(answer(&s, forged(&s, WIRE_TCP_RST, (int32_t)left + 1, 0), NULL), 0);
	EQ(answer(&s, forged(&s, WIRE_TCP_RST, -1, 0), NULL), 0);
	EQ(tcp_state(s.b), TCP_ESTABLISHED);
	EQ(answer(&s, forged(&s, WIRE_TCP_RST, 0, 0), NULL), 0);
	EQ(tcp_state(s.b), TCP_CLOSE);
	EQ(tcp_take_error(s.b), ECONNRESET);
	teardown(&s);
}

TEST(a_syn_is_challenged_wherever_it_falls)
{
	static const int32_t at[] = { 0, 1, 1000, -1, -100000, 10000000 };
	struct scene s;

	setup(&s);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		EQ(answer(&s, forged(&s, WIRE_TCP_SYN, at[i], 0), NULL),
		   WIRE_TCP_ACK);
	EQ(tcp_state(s.b), TCP_ESTABLISHED);
	EQ(pair_count(&s.p, 1, TcpExtSYNChallenge), 6);
	teardown(&s);
}

/* Why host 1 did not take what came last; NULL: it did. */
static const char *dropped_why;

static void hear_drop(void *ctx, const struct ostia_trace *ev)
{
	(void)ctx;
	if (ev->kind == OSTIA_TRACE_DROP)
		dropped_why = ev->u.pkt.reason;
}

static const char *why(struct scene *s, struct wire_tcp w, const char *payload)
{
	dropped_why = NULL;
	s->p.h[1].tracer.sink = hear_drop;
	answer(s, w, payload);
	s->p.h[1].tracer.sink = NULL;
	return dropped_why;
}

TEST(what_is_not_taken_says_why)
{
	static const struct {
		uint16_t flags;
		int32_t seq, ack;
		const char *text, *why;
	} rows[] = {
		{ WIRE_TCP_RST, 7, 0, NULL, "TcpExtRSTChallenge" },
		{ WIRE_TCP_RST, -7, 0, NULL, "TcpExtOldSequence" },
		{ WIRE_TCP_RST, 10000000, 0, NULL, "TcpExtBeyondWindow" },
		{ WIRE_TCP_SYN, 7, 0, NULL, "TcpExtSYNChallenge" },
		{ WIRE_TCP_SYN, -7, 0, NULL, "TcpExtSYNChallenge" },
		/* all of it came before: acknowledged, or told beyond that */
		{ WIRE_TCP_ACK, -4, 0, "seen", "TcpExtOldSequence" },
		{ WIRE_TCP_ACK, -1, 0, NULL, "TcpExtOldSequence" },
		{ WIRE_TCP_ACK, 10000000, 0, "far", "TcpExtBeyondWindow" },
		{ WIRE_TCP_ACK, 0, 1, "evil", "TcpExtACKInvalid" },
		{ WIRE_TCP_ACK, 0, -10000000, "evil", "TcpExtACKInvalid" },
		{ 0, 0, 0, "evil", "TcpExtACKInvalid" },
		/* half of it is new, and a plain acknowledgment */
		{ WIRE_TCP_ACK, -2, 0, "good", NULL },
		{ WIRE_TCP_ACK, 0, 0, NULL, NULL },
	};
	struct scene s;

	setup(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_tcp w =
			forged(&s, rows[i].flags, rows[i].seq, rows[i].ack);
		const char *got = why(&s, w, rows[i].text);

		if (rows[i].why)
			STR(got ? got : "taken", rows[i].why);
		else
			OK(!got);
	}
	EQ(pair_count(&s.p, 1, TcpExtOldSequence), 3);
	EQ(pair_count(&s.p, 1, TcpExtBeyondWindow), 2);
	EQ(pair_count(&s.p, 1, TcpExtRSTChallenge), 1);
	EQ(pair_count(&s.p, 1, TcpExtACKInvalid), 3);
	teardown(&s);
}

TEST(data_with_an_ack_out_of_range_is_not_taken)
{
	struct scene s;

	setup(&s);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, 0, 1), "evil"), WIRE_TCP_ACK);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, 0, -10000000), "evil"),
	   WIRE_TCP_ACK);
	EQ(answer(&s, forged(&s, 0, 0, 0), "evil"), 0); /* no ACK at all */
	EQ(tcp_readable(s.b), 0);
	answer(&s, forged(&s, WIRE_TCP_ACK, 0, 0), "good");
	EQ(tcp_readable(s.b), 4);
	teardown(&s);
}

static unsigned challenges(struct scene *s, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += answer(s, forged(s, WIRE_TCP_RST, 7, 0), NULL) != 0;
	return n;
}

TEST(challenges_are_limited_per_second_and_by_chance)
{
	struct scene s;
	unsigned first;
	bool varies = false;

	setup(&s);
	first = challenges(&s, 200);
	OK(first >= 50 && first <= 100);
	EQ(challenges(&s, 10), 0);
	for (int i = 0; i < 10; i++) {
		unsigned n;

		pair_set_time(&s.p, s.p.now + NS_PER_S + 1);
		n = challenges(&s, 200);
		OK(n >= 50 && n <= 100);
		varies |= n != first;
	}
	OK(varies);
	teardown(&s);
}

/* CVE-2016-5696: what another connection's challenges used up must not show. */
TEST(the_limit_of_one_connection_is_not_anothers)
{
	struct scene s;
	struct tcp_conn *a2, *b2;
	unsigned n;

	setup(&s);
	a2 = pair_connect(&s.p, 0, 80);
	pair_run(&s.p, 100);
	EQ(tcp_accept(s.p.h[1].tcp, s.l, &b2), 0);
	challenges(&s, 300);
	struct tcp_conn *b1 = s.b;

	s.b = b2;
	n = challenges(&s, 300);
	OK(n >= 50);
	s.b = b1;
	tcp_close(s.p.h[0].tcp, a2, true);
	tcp_close(s.p.h[1].tcp, b2, true);
	teardown(&s);
}

TEST(pure_acks_out_of_the_window_are_answered_twice_a_second_at_most)
{
	struct scene s;

	setup(&s);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, -5000, 0), NULL), WIRE_TCP_ACK);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, -5000, 0), NULL), 0);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, 10000000, 0), NULL), 0);
	EQ(pair_count(&s.p, 1, TcpExtACKSkipped), 2);
	/* data that was received before is always answered */
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, -4, 0), "dupl"), WIRE_TCP_ACK);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, -4, 0), "dupl"), WIRE_TCP_ACK);
	pair_set_time(&s.p, s.p.now + 500 * PAIR_MS);
	EQ(answer(&s, forged(&s, WIRE_TCP_ACK, -5000, 0), NULL), WIRE_TCP_ACK);
	teardown(&s);
}

TEST(icmp_must_quote_what_is_in_flight_and_is_soft_then)
{
	struct scene s;
	struct ip_error e = { .err = ECONNREFUSED, .hard = true };

	setup(&s);
	e.flow = s.b->flow;
	e.seq = s.b->snd_una.v;
	tcp_error(s.p.h[1].tcp, &e, s.p.now); /* nothing is in flight */
	EQ(s.b->err_soft, 0);
	pair_send(&s.p, 1, s.b, "x", 1);
	pair_pull(&s.p, 1);
	e.seq = s.b->snd_una.v + 1;
	tcp_error(s.p.h[1].tcp, &e, s.p.now);
	EQ(s.b->err_soft, 0);
	e.seq = s.b->snd_una.v;
	tcp_error(s.p.h[1].tcp, &e, s.p.now);
	EQ(s.b->err_soft, ECONNREFUSED);
	EQ(tcp_state(s.b), TCP_ESTABLISHED);
	EQ(tcp_take_error(s.b), 0);
	teardown(&s);
}

TESTS(CASE(only_the_exact_number_resets),
      CASE(a_syn_is_challenged_wherever_it_falls),
      CASE(what_is_not_taken_says_why),
      CASE(data_with_an_ack_out_of_range_is_not_taken),
      CASE(challenges_are_limited_per_second_and_by_chance),
      CASE(the_limit_of_one_connection_is_not_anothers),
      CASE(pure_acks_out_of_the_window_are_answered_twice_a_second_at_most),
      CASE(icmp_must_quote_what_is_in_flight_and_is_soft_then))
