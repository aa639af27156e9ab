/* SPDX-License-Identifier: MIT */
#include "tcp/rack.h"

#include "sender_kit.h"

#define MS(n) ((n)*NS_PER_MS)

/* Segments first .. last (whole records) arrive at @now, by SACK or not. */
static void arrive_by(struct kit *k, struct tcp_rack *rack, bool sack,
		      uint32_t first, uint32_t last, uint64_t ecr_us,
		      ostia_time now)
{
	struct tcp_ack_news n;

	tcp_ack_news_init(&n);
	n.now = now;
	n.ecr_us = ecr_us;
	n.min_rtt_us = tcp_rack_min_rtt(rack);
	n.fack = rack->fack;
	n.high_seq = kit_seq(0);
	for (uint32_t i = first; i <= last; i++) {
		struct tcp_rtx_rec *r = tcp_rtx_find(&k->q, &k->m, kit_seq(i));

		tcp_rate_on_delivered(&n, r, r->end, r->segs, sack);
		tcp_rtx_mark_sacked(&k->q, r);
	}
	tcp_rack_on_acked(rack, &n);
}

static void arrive(struct kit *k, struct tcp_rack *rack, uint32_t first,
		   uint32_t last, uint64_t ecr_us, ostia_time now)
{
	arrive_by(k, rack, true, first, last, ecr_us, now);
}

static void wnd(struct tcp_rack *k, bool dsack, uint32_t una, uint32_t nxt,
		bool recovering, uint32_t sacked)
{
	const struct tcp_rack_ack a = { kit_seq(una), kit_seq(nxt), dsack };
	struct tcp_rtt rtt = { .srtt_us = 100000, .rto_us = TCP_RTO_MIN_US };

	tcp_rack_update_reo_wnd(k, &a, &rtt, recovering, sacked, 3);
}

TEST(what_was_sent_a_round_trip_before_what_arrived_is_lost)
{
	struct tcp_rack rack;
	uint64_t wait;
	struct kit k;

	kit_init(&k);
	tcp_rack_init(&rack, kit_seq(0));
	for (uint32_t i = 0; i < 4; i++)
		kit_send(&k, 1, MS(i));
	arrive(&k, &rack, 2, 2, 0, MS(102)); /* RTT 100 ms */
	EQ(rack.rtt_us, 100000);
	rack.reo_wnd_us = 0;
	EQ(tcp_rack_detect_loss(&rack, &k.q, &wait, MS(102)), 2);
	EQ(wait, 0);
	OK(kit_is(&k, 0, TCP_RTX_LOST) && kit_is(&k, 1, TCP_RTX_LOST));
	OK(!kit_is(&k, 3, TCP_RTX_LOST)); /* left later */
	kit_fini(&k);
}

TEST(within_the_reordering_window_a_segment_may_still_come)
{
	struct tcp_rack rack;
	uint64_t wait;
	struct kit k;

	kit_init(&k);
	tcp_rack_init(&rack, kit_seq(0));
	for (uint32_t i = 0; i < 3; i++)
		kit_send(&k, 1, MS(i));
	arrive(&k, &rack, 2, 2, 0, MS(102));
	rack.reo_wnd_us = 25000;
	EQ(tcp_rack_detect_loss(&rack, &k.q, &wait, MS(102)), 0);
	/* all that left before is overdue 25 ms after what arrived is */
	OK(wait >= 25000 && wait <= 25001);
	EQ(tcp_rack_detect_loss(&rack, &k.q, &wait, MS(127) + 1000), 2);
	kit_fini(&k);
}

/* New data and a retransmission leave at one moment, in this order. */
TEST(a_retransmission_is_not_lost_by_what_left_just_before_it)
{
	struct tcp_rack rack;
	uint64_t wait;
	struct kit k;

	kit_init(&k);
	tcp_rack_init(&rack, kit_seq(0));
	kit_send(&k, 1, MS(1));
	tcp_rtx_mark_lost(&k.q, k.q.head);
	kit_send(&k, 1, MS(50));
	tcp_rtx_on_resent(&k.q, k.q.head, MS(50));
	arrive(&k, &rack, 1, 1, 0, MS(150));
	EQ(tcp_rack_detect_loss(&rack, &k.q, &wait, MS(150)), 0);
	kit_fini(&k);
}

TEST(equal_times_are_told_apart_by_sequence)
{
	struct tcp_rack rack;
	uint64_t wait;
	struct kit k;

	kit_init(&k);
	tcp_rack_init(&rack, kit_seq(0));
	kit_send(&k, 5, MS(7));
	for (struct tcp_rtx_rec *r = k.q.head; r->segs > 1; r = r->next)
		tcp_rtx_split(&k.q, &k.m, r, 1);
	arrive(&k, &rack, 2, 2, 0, MS(50));
	EQ(tcp_rack_detect_loss(&rack, &k.q, &wait, MS(50)), 2);
	OK(!kit_is(&k, 3, TCP_RTX_LOST) && !kit_is(&k, 4, TCP_RTX_LOST));
	kit_fini(&k);
}

TEST(a_lost_retransmission_is_found_by_a_later_one)
{
	struct tcp_rack rack;
	uint64_t wait;
	struct kit k;

	kit_init(&k);
	tcp_rack_init(&rack, kit_seq(0));
	for (uint32_t i = 0; i < 3; i++)
		kit_send(&k, 1, MS(i));
	arrive(&k, &rack, 2, 2, 0, MS(102));
	tcp_rack_detect_loss(&rack, &k.q, &wait, MS(102));
	tcp_rtx_on_resent(&k.q, tcp_rtx_first_lost(&k.q), MS(103));
	tcp_rtx_on_resent(&k.q, tcp_rtx_first_lost(&k.q), MS(104));
	arrive(&k, &rack, 1, 1, 0, MS(204));
	EQ(tcp_rack_detect_loss(&rack, &k.q, &wait, MS(204)), 1);
	OK(kit_is(&k, 0, TCP_RTX_LOST) && !kit_is(&k, 0, TCP_RTX_RETRANS));
	kit_fini(&k);
}

/* RFC 8985 6.2 step 2: which transmission does this ACK answer? */
TEST(an_ack_that_may_be_for_the_original_does_not_count)
{
	static const struct {
		const char *why;
		bool sack;
		uint64_t ecr_ms, at_ms;
		bool believed;
	} row[] = {
		{ "the echo is of the retransmission", 0, 103, 203, true },
		{ "the echo is older", 0, 1, 203, false },
		{ "a SACK comes with an old echo", 1, 1, 203, true },
		{ "no echo, but sooner than any round trip", 0, 0, 110, false },
		{ "the same with SACK", 1, 1, 110, false },
		{ "no echo, late enough", 0, 0, 210, true },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct tcp_rack rack;
		struct kit k;

		kit_init(&k);
		tcp_rack_init(&rack, kit_seq(0));
		tcp_rack_on_rtt(&rack, 50000, MS(1));
		kit_send(&k, 1, MS(1));
		tcp_rtx_mark_lost(&k.q, k.q.head);
		tcp_rtx_on_resent(&k.q, k.q.head, MS(103));
		arrive_by(&k, &rack, row[i].sack, 0, 0, row[i].ecr_ms * 1000,
			  MS(row[i].at_ms));
		if (rack.valid != row[i].believed)
			fail_msg("%s", row[i].why);
		kit_fini(&k);
	}
}

TEST(a_late_original_is_reordering_a_late_retransmission_is_not)
{
	struct tcp_rack rack;
	struct kit k;

	kit_init(&k);
	tcp_rack_init(&rack, kit_seq(0));
	for (uint32_t i = 0; i < 4; i++)
		kit_send(&k, 1, MS(i));
	tcp_rtx_mark_lost(&k.q, k.q.head);
	tcp_rtx_on_resent(&k.q, k.q.head, MS(50));
	arrive(&k, &rack, 3, 3, 0, MS(103));
	OK(!rack.reordering_seen);
	arrive(&k, &rack, 0, 0, 0, MS(203));
	OK(!rack.reordering_seen);
	arrive(&k, &rack, 2, 2, 0, MS(204));
	OK(rack.reordering_seen);
	kit_fini(&k);
}

/* RFC 8985 6.2 step 4, line by line; min_RTT 40 ms, SRTT 100 ms. */
TEST(the_reordering_window_adapts)
{
	struct tcp_rack k;

	tcp_rack_init(&k, kit_seq(0));
	tcp_rack_on_rtt(&k, 40000, 1);
	wnd(&k, false, 0, 10, false, 0);
	EQ(k.reo_wnd_us, 10000); /* min_RTT / 4 */
	wnd(&k, false, 0, 10, true, 0);
	EQ(k.reo_wnd_us, 0); /* recovering, no reordering ever */
	wnd(&k, false, 0, 10, false, 3);
	EQ(k.reo_wnd_us, 0); /* DupThresh */
	k.reordering_seen = true;
	wnd(&k, false, 0, 10, true, 9);
	EQ(k.reo_wnd_us, 10000);
	wnd(&k, true, 0, 10, false, 0);
	EQ(k.reo_wnd_us, 20000); /* at once */
	wnd(&k, true, 5, 20, false, 0); /* the same round */
	wnd(&k, false, 5, 20, false, 0);
	EQ(k.reo_wnd_us, 20000);
	for (uint32_t i = 0; i < 20; i++) /* a D-SACK in each round */
		wnd(&k, true, 20 + 10 * i, 30 + 10 * i, false, 0);
	wnd(&k, false, 300, 310, false, 0);
	EQ(k.reo_wnd_us, 100000); /* not above SRTT */
	for (int i = 0; i < TCP_REO_PERSIST; i++)
		tcp_rack_on_recovered(&k);
	wnd(&k, false, 300, 310, false, 0);
	EQ(k.reo_wnd_us, 10000); /* 16 recoveries without */
}

TEST(the_minimum_of_the_rtt_is_forgotten_after_ten_minutes)
{
	struct tcp_rack k;

	tcp_rack_init(&k, kit_seq(0));
	tcp_rack_on_rtt(&k, 10000, 1 * NS_PER_S);
	tcp_rack_on_rtt(&k, 50000, 2 * NS_PER_S);
	EQ(tcp_rack_min_rtt(&k), 10000);
	for (uint64_t s = 3; s < 700; s++)
		tcp_rack_on_rtt(&k, 50000, s * NS_PER_S);
	EQ(tcp_rack_min_rtt(&k), 50000);
}

TEST(the_probe_timeout_follows_7_2)
{
	static const uint32_t row[][3] = {
		/* SRTT us, segments, PTO us */
		{ 0, 5, TCP_TLP_INITIAL_US },
		{ 30000, 5, 2 * 30000 + TCP_TLP_GRAIN_US },
		{ 30000, 1, 2 * 30000 + TCP_TLP_SOLE_US },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct tcp_rtt rtt = { .srtt_us = row[i][0] };

		EQ(tcp_rack_pto_us(&rtt, row[i][1]), row[i][2]);
	}
}

/* RFC 8985 7.4.2: the probe went out with SND.NXT at segment 10. */
TEST(the_fate_of_a_probe)
{
	static const struct {
		const char *why;
		bool retrans, dsack, dup;
		uint32_t ack;
		bool out_after, respond;
	} row[] = {
		{ "new data arrived", false, false, false, 10, false, false },
		{ "not yet covered", true, false, false, 9, true, false },
		{ "both copies arrived: D-SACK", true, true, false, 10, false,
		  false },
		{ "covered: the original may have arrived", true, false, false,
		  10, true, false },
		{ "a duplicate ACK: both arrived", true, false, true, 10, false,
		  false },
		{ "beyond it, and no second copy: repaired", true, false, false,
		  11, false, true },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct tcp_probe_ack a = { kit_seq(row[i].ack),
						 row[i].dsack, row[i].dup };
		struct tcp_rack k;

		tcp_rack_init(&k, kit_seq(0));
		OK(tcp_rack_may_probe(&k));
		tcp_rack_on_probe_sent(&k, kit_seq(10), row[i].retrans);
		OK(!tcp_rack_may_probe(&k));
		if (tcp_rack_on_probe_acked(&k, &a) != row[i].respond ||
		    k.tlp != row[i].out_after)
			fail_msg("%s", row[i].why);
	}
}

TEST(no_second_probe_before_a_new_round_trip_was_measured)
{
	const struct tcp_probe_ack a = { kit_seq(10), true, false };
	struct tcp_rack k;

	tcp_rack_init(&k, kit_seq(0));
	tcp_rack_on_probe_sent(&k, kit_seq(10), true);
	tcp_rack_on_probe_acked(&k, &a);
	OK(!k.tlp && !tcp_rack_may_probe(&k));
	tcp_rack_on_rtt(&k, 1000, MS(5));
	OK(tcp_rack_may_probe(&k));
}

TESTS(CASE(what_was_sent_a_round_trip_before_what_arrived_is_lost),
      CASE(within_the_reordering_window_a_segment_may_still_come),
      CASE(a_retransmission_is_not_lost_by_what_left_just_before_it),
      CASE(equal_times_are_told_apart_by_sequence),
      CASE(a_lost_retransmission_is_found_by_a_later_one),
      CASE(an_ack_that_may_be_for_the_original_does_not_count),
      CASE(a_late_original_is_reordering_a_late_retransmission_is_not),
      CASE(the_reordering_window_adapts),
      CASE(the_minimum_of_the_rtt_is_forgotten_after_ten_minutes),
      CASE(the_probe_timeout_follows_7_2), CASE(the_fate_of_a_probe),
      CASE(no_second_probe_before_a_new_round_trip_was_measured))
