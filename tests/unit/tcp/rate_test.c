/* SPDX-License-Identifier: MIT */
#include "tcp/rate.h"

#include "sender_kit.h"

#define MS(n) ((n)*NS_PER_MS)

static struct tcp_rtx_rec *send(struct kit *k, struct tcp_rate *r,
				uint32_t segs, ostia_time now)
{
	bool idle = tcp_rtx_empty(&k->q);
	struct tcp_rtx_rec *rec = kit_send(k, segs, now);

	tcp_rate_on_sent(r, rec, idle, now);
	return rec;
}

/* The first @n records are acknowledged. */
static struct tcp_rate_sample ack(struct kit *k, struct tcp_rate *r, int n,
				  ostia_time now)
{
	struct tcp_rate_sample s = { 0 };
	struct tcp_ack_news news;

	tcp_ack_news_init(&news);
	news.now = now;
	news.ecr_us = 0;
	news.min_rtt_us = 0;
	news.fack = news.high_seq = seq(KIT_ISS);
	while (n--) {
		struct tcp_rtx_rec *rec = k->q.head;

		tcp_rate_on_delivered(&news, rec, rec->end, rec->segs, false);
		tcp_rtx_pop(&k->q, &k->m);
	}
	tcp_rate_sample(r, &news, &s);
	return s;
}

TEST(delivered_over_a_round_trip_is_the_rate)
{
	struct tcp_rate_sample s;
	struct tcp_rate r;
	struct kit k;

	kit_init(&k);
	tcp_rate_init(&r);
	for (uint32_t i = 0; i < 10; i++)
		send(&k, &r, 1, MS(i)); /* one a ms */
	for (uint32_t i = 0; i < 10; i++) {
		s = ack(&k, &r, 1, MS(50 + i));
		EQ(s.acked, 1);
		EQ(s.delivered, i + 1);
	}
	EQ(s.interval_ns, MS(59));
	for (uint32_t i = 0; i < 10; i++)
		send(&k, &r, 1, MS(60 + i));
	s = ack(&k, &r, 1, MS(110));
	/* since it left: 1 delivered; since the last arrived: 51 ms */
	EQ(s.delivered, 1);
	kit_fini(&k);
}

TEST(acks_that_were_bunched_do_not_inflate_the_rate)
{
	struct tcp_rate_sample s;
	struct tcp_rate r;
	struct kit k;

	kit_init(&k);
	tcp_rate_init(&r);
	for (uint32_t i = 0; i < 10; i++)
		send(&k, &r, 1, MS(100 * i)); /* spread over 900 ms */
	s = ack(&k, &r, 10, MS(950));
	EQ(s.delivered, 10);
	EQ(s.interval_ns, MS(950));
	kit_fini(&k);
}

TEST(what_a_slow_program_sent_is_marked_so_until_the_bubble_passed)
{
	struct tcp_rate r;
	struct kit k;

	kit_init(&k);
	tcp_rate_init(&r);
	send(&k, &r, 1, MS(0));
	tcp_rate_app_limited(&r, 1);
	send(&k, &r, 1, MS(10));
	OK(!ack(&k, &r, 1, MS(50)).app_limited);
	OK(r.app_limited);
	OK(ack(&k, &r, 1, MS(60)).app_limited);
	OK(!r.app_limited);
	send(&k, &r, 1, MS(70));
	OK(!ack(&k, &r, 1, MS(120)).app_limited);
	kit_fini(&k);
}

TEST(an_ack_without_news_is_no_sample)
{
	struct tcp_rate r;
	struct kit k;

	kit_init(&k);
	tcp_rate_init(&r);
	EQ(ack(&k, &r, 0, MS(5)).acked, 0);
	EQ(ack(&k, &r, 0, MS(5)).interval_ns, 0);
	kit_fini(&k);
}

TESTS(CASE(delivered_over_a_round_trip_is_the_rate),
      CASE(acks_that_were_bunched_do_not_inflate_the_rate),
      CASE(what_a_slow_program_sent_is_marked_so_until_the_bubble_passed),
      CASE(an_ack_without_news_is_no_sample))
