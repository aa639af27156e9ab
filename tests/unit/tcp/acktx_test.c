/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/acktx.h"
#include "tcp/conn.h"

/* Host 1 hears segments by hand, and we listen for its ACKs. */
struct scene {
	struct pair p;
	struct tcp_conn *l, *a, *b;
	char full[1461];
};

static void setup(struct scene *s)
{
	pair_init(&s->p, false, 1500, 0);
	pair_set(&s->p, 0, "net.ipv4.tcp_timestamps", 0);
	pair_open(&s->p, &s->l, &s->a, &s->b);
	memset(s->full, 'x', 1460);
	s->full[1460] = 0;
}

static void teardown(struct scene *s)
{
	tcp_close(s->p.h[0].tcp, s->a, true);
	tcp_close(s->p.h[1].tcp, s->b, true);
	tcp_close(s->p.h[1].tcp, s->l, false);
	pair_fini(&s->p);
}

static void hear_with(struct scene *s, const char *payload, uint16_t flags)
{
	struct wire_tcp w = {
		.sport = s->b->flow.rport,
		.dport = 80,
		.seq = s->b->rcv_nxt.v,
		.ack = s->b->snd_una.v,
		.flags = WIRE_TCP_ACK | flags,
		.wnd = 500,
	};

	pair_inject(&s->p, 1, &s->p.h[0].addr, &w, payload);
}

static void hear(struct scene *s, const char *payload)
{
	hear_with(s, payload, WIRE_TCP_PSH);
}

static unsigned acks(struct scene *s)
{
	struct wire_tcp w;
	unsigned n = 0;

	while (pair_hear(&s->p, 1, &w, NULL))
		n++;
	return n;
}

/* The first exchanges are acknowledged at once; then it waits. */
static void warm_up(struct scene *s)
{
	for (int i = 0; i < TCP_QUICK_MAX + 4; i++) {
		hear(s, "hello");
		acks(s);
		pair_set_time(&s->p, s->p.now + 5 * PAIR_MS);
	}
	pair_set_time(&s->p, s->p.now + 50 * PAIR_MS);
	acks(s);
}

TEST(a_new_connection_acknowledges_at_once)
{
	struct scene s;

	setup(&s);
	hear(&s, "hello");
	EQ(acks(&s), 1);
	hear(&s, "hello");
	EQ(acks(&s), 1);
	teardown(&s);
}

TEST(later_a_lone_segment_waits_for_40_to_200_ms)
{
	struct scene s;

	setup(&s);
	warm_up(&s);
	hear(&s, "hello");
	EQ(acks(&s), 0);
	pair_set_time(&s.p, s.p.now + 39 * PAIR_MS);
	EQ(acks(&s), 0);
	pair_set_time(&s.p, s.p.now + 161 * PAIR_MS);
	EQ(acks(&s), 1);
	EQ(pair_count(&s.p, 1, TcpExtDelayedACKs) > 0, 1);
	teardown(&s);
}

TEST(every_second_full_segment_is_acknowledged)
{
	struct scene s;
	unsigned n = 0;

	setup(&s);
	warm_up(&s);
	for (int i = 0; i < 10; i++) {
		hear(&s, s.full);
		n += acks(&s);
	}
	EQ(n, 5);
	teardown(&s);
}

/* A peer whose segments are 244 bytes long: two alike without PSH tell it, as
 * to Linux. What ends a writer's words tells nothing.
 */
TEST(every_second_very_small_full_segment_is_acknowledged)
{
	for (int psh = 0; psh < 2; psh++) {
		struct scene s;
		unsigned n = 0;

		setup(&s);
		warm_up(&s);
		s.full[244] = 0;
		for (int i = 0; i < 6; i++) {
			hear_with(&s, s.full, psh ? WIRE_TCP_PSH : 0);
			n += acks(&s);
		}
		EQ(n, psh ? 1 : 3); /* of 1464 bytes */
		teardown(&s);
	}
}

/* RFC 9293 MUST-58, MUST-59 */
TEST(segments_that_came_together_share_an_acknowledgment)
{
	struct scene s;
	struct wire_tcp w;

	setup(&s);
	warm_up(&s);
	for (int i = 0; i < 10; i++)
		hear(&s, s.full);
	OK(pair_hear(&s.p, 1, &w, NULL));
	EQ(w.ack, s.b->rcv_nxt.v);
	EQ(acks(&s), 0);
	teardown(&s);
}

TEST(an_answer_carries_the_ack_and_pingpong_begins)
{
	struct scene s;
	struct wire_tcp w;
	uint32_t len;

	setup(&s);
	for (int i = 0; i < 5; i++) { /* while ACKs are quick */
		hear(&s, "question");
		EQ(pair_send(&s.p, 1, s.b, "answer", 6), 6);
		OK(pair_hear(&s.p, 1, &w, &len));
		EQ(len, 6);
		EQ(w.ack, s.b->rcv_nxt.v);
		EQ(acks(&s), 0);
		w = (struct wire_tcp) { .sport = s.b->flow.rport,
					.dport = 80,
					.seq = s.b->rcv_nxt.v,
					.ack = s.b->snd_nxt.v,
					.flags = WIRE_TCP_ACK,
					.wnd = 500 };
		pair_inject(&s.p, 1, &s.p.h[0].addr, &w, NULL);
	}
	hear(&s, "question");
	EQ(acks(&s), 0); /* an answer is expected */
	teardown(&s);
}

TEST(quickack_asks_for_it_at_once)
{
	struct scene s;

	setup(&s);
	warm_up(&s);
	hear(&s, "hello");
	EQ(acks(&s), 0);
	EQ(tcp_set_opt(s.p.h[1].tcp, s.b, TCP_OPT_QUICKACK, 1), 0);
	EQ(acks(&s), 1);
	teardown(&s);
}

TEST(the_delay_is_never_over_200_ms)
{
	struct scene s;

	setup(&s);
	warm_up(&s);
	for (int i = 0; i < 20; i++) {
		hear(&s, "hello");
		pair_set_time(&s.p, s.p.now + TCP_ATO_MAX_MS * PAIR_MS);
		EQ(acks(&s), 1);
	}
	teardown(&s);
}

TESTS(CASE(a_new_connection_acknowledges_at_once),
      CASE(later_a_lone_segment_waits_for_40_to_200_ms),
      CASE(every_second_full_segment_is_acknowledged),
      CASE(every_second_very_small_full_segment_is_acknowledged),
      CASE(segments_that_came_together_share_an_acknowledgment),
      CASE(an_answer_carries_the_ack_and_pingpong_begins),
      CASE(quickack_asks_for_it_at_once), CASE(the_delay_is_never_over_200_ms))
