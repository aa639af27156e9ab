/* SPDX-License-Identifier: MIT */
/*
 * A sender without a network: segments leave as the window allows, ACKs are
 * scripted. What leaves and what the window is are checked.
 */
#include "tcp/recovery.h"

#include "sender_kit.h"
#include "tcp/sack.h"

#define MS(n) ((n)*NS_PER_MS)

struct bench {
	struct kit k;
	struct tcp_recovery r;
	struct tcp_rack rack;
	struct tcp_rtt rtt;
	struct tcp_cwin w;
	union tcp_cc_state cc;
	struct tcp_rate rate;
	struct seq una;
	bool sack, use_rack;
	struct tcp_repair_done done;
};

static void bench_init(struct bench *b, uint32_t cwnd, bool sack, bool rack)
{
	*b = (struct bench) { .sack = sack, .use_rack = rack };
	kit_init(&b->k);
	tcp_recovery_init(&b->r);
	tcp_rack_init(&b->rack, kit_seq(0));
	tcp_rtt_init(&b->rtt);
	tcp_rtt_sample(&b->rtt, 100000);
	tcp_rack_on_rtt(&b->rack, 100000, 1);
	tcp_rate_init(&b->rate);
	b->w = (struct tcp_cwin) { cwnd, TCP_SSTHRESH_NONE };
	b->una = kit_seq(0);
	tcp_reno.init(&b->cc, &b->w, 0);
}

static struct tcp_repair repair(struct bench *b)
{
	return (struct tcp_repair) {
		.r = &b->r,
		.q = &b->k.q,
		.m = &b->k.m,
		.rack = &b->rack,
		.rtt = &b->rtt,
		.w = &b->w,
		.ops = &tcp_reno,
		.cc = &b->cc,
		.una = b->una,
		.nxt = b->k.nxt,
		.sack = b->sack,
		.use_rack = b->use_rack,
		.frto = true,
	};
}

/* Retransmit what the window allows; returns segments. */
static uint32_t resend(struct bench *b, ostia_time now)
{
	struct tcp_rtx_rec *r;
	uint32_t n = 0;

	while (!b->r.frto.new_first &&
	       tcp_recovery_pipe(&b->r, &b->k.q) < b->w.cwnd &&
	       (r = tcp_rtx_first_lost(&b->k.q))) {
		if (r->segs > 1)
			tcp_rtx_split(&b->k.q, &b->k.m, r, 1);
		tcp_rtx_on_resent(&b->k.q, r, now);
		tcp_recovery_on_resent(&b->r, r->segs, now);
		tcp_prr_on_sent(&b->r.prr, r->segs);
		n += r->segs;
	}
	return n;
}

/* New segments, as many as fit the window. */
static uint32_t send_new(struct bench *b, ostia_time now)
{
	uint32_t n = 0;

	for (; tcp_recovery_pipe(&b->r, &b->k.q) < b->w.cwnd; n++) {
		kit_send(&b->k, 1, now);
		tcp_prr_on_sent(&b->r.prr, 1);
	}
	return n;
}

/* An ACK of segment @ack with a SACK block [from, to) unless empty; @ecr_ms 0:
 * without timestamps.
 */
static void hear(struct bench *b, uint32_t ack, uint32_t from, uint32_t to,
		 uint64_t ecr_ms, ostia_time now)
{
	struct wire_tcp_sack blk = { kit_seq(from).v, kit_seq(to).v };
	struct tcp_ack_news news;
	struct tcp_repair_ack a = { .news = &news, .can_send_new = true };
	struct tcp_sack_out out = { 0 };
	struct tcp_repair x;
	struct tcp_rtx_rec *r;

	tcp_ack_news_init(&news);
	news.now = now;
	news.ecr_us = ecr_ms * 1000;
	news.min_rtt_us = tcp_rack_min_rtt(&b->rack);
	news.fack = b->rack.fack;
	news.high_seq = b->r.high_seq;
	a.advanced = seq_before(b->una, kit_seq(ack));
	a.dup = !a.advanced && b->k.q.head;
	while ((r = b->k.q.head) && seq_before_eq(r->end, kit_seq(ack))) {
		news.acked += r->segs;
		if (!(r->flags & TCP_RTX_SACKED))
			tcp_rate_on_delivered(&news, r, r->end, r->segs, false);
		tcp_rtx_pop(&b->k.q, &b->k.m);
	}
	b->una = kit_seq(ack);
	if (from != to) {
		const struct tcp_sack_in in = {
			.una = b->una,
			.nxt = b->k.nxt,
			.max_wnd = 1 << 20,
			.block = &blk,
			.n = 1,
		};

		tcp_sack_apply(&b->k.q, &b->k.m, &in, &news, &out);
		a.sacked = out.sacked;
		a.dsack = out.dsack;
		a.dsack_to = out.dsack_to;
		a.dsack_segs = to - from;
	}
	tcp_rack_on_acked(&b->rack, &news);
	x = repair(b);
	tcp_recovery_on_ack(&x, &a, &b->done, now);
	tcp_rtx_check(&b->k.q, &b->k.m);
}

static void bench_fini(struct bench *b)
{
	kit_fini(&b->k);
}

/* RFC 9937 8, figure 1, all of it: 20 in flight, segment 0 lost, Reno. */
TEST(a_single_loss_is_repaired_in_a_round_trip)
{
	struct bench b;

	bench_init(&b, 20, true, true);
	EQ(send_new(&b, MS(0)), 20);
	b.rack.reordering_seen = false;
	hear(&b, 0, 1, 2, 0, MS(100));
	EQ(b.r.state, TCP_DISORDER);
	EQ(send_new(&b, MS(100)), 1); /* limited transmit (RFC 3042) */
	hear(&b, 0, 1, 3, 0, MS(100));
	EQ(send_new(&b, MS(100)), 1);
	hear(&b, 0, 1, 4, 0, MS(100)); /* the third: DupThresh */
	EQ(b.r.state, TCP_RECOVERY);
	EQ(b.w.ssthresh, 10);
	EQ(resend(&b, MS(100)), 1);
	EQ(send_new(&b, MS(100)), 0);
	for (uint32_t i = 5; i <= 20; i++) {
		hear(&b, 0, 1, i, 0, MS(101));
		send_new(&b, MS(101));
	}
	hear(&b, 22, 22, 22, 0, MS(200));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 10);
	bench_fini(&b);
}

TEST(one_sack_and_a_wait_are_enough_for_rack)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(0));
	hear(&b, 0, 1, 2, 0, MS(100));
	EQ(b.done.lost, 0);
	OK(b.done.wait_us >= 25000 && b.done.wait_us <= 25001);
	x = repair(&b);
	tcp_recovery_expire(&x, &b.done, MS(126));
	EQ(b.done.lost, 1);
	EQ(b.r.state, TCP_RECOVERY);
	EQ(resend(&b, MS(126)), 1);
	hear(&b, 10, 10, 10, 0, MS(226));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 5);
	bench_fini(&b);
}

/* tcp_recovery=0: RFC 6675 4, IsLost() by DupThresh segments above. */
TEST(without_rack_three_sacked_above_make_a_loss)
{
	struct bench b;

	bench_init(&b, 10, true, false);
	send_new(&b, MS(0));
	hear(&b, 0, 2, 4, 0, MS(100));
	EQ(b.done.lost, 0);
	hear(&b, 0, 2, 5, 0, MS(100));
	EQ(b.done.lost, 2);
	OK(kit_is(&b.k, 0, TCP_RTX_LOST) && kit_is(&b.k, 1, TCP_RTX_LOST));
	OK(!kit_is(&b.k, 5, TCP_RTX_LOST));
	bench_fini(&b);
}

/* RFC 6582 3.2, with segments 0 and 4 of 10 lost and no SACK. */
TEST(newreno_repairs_one_hole_a_round_trip)
{
	struct bench b;

	bench_init(&b, 10, false, false);
	send_new(&b, MS(0));
	for (int i = 0; i < 2; i++) {
		hear(&b, 0, 0, 0, 0, MS(100));
		EQ(b.r.state, TCP_DISORDER);
		EQ(send_new(&b, MS(100)), 1); /* RFC 3042 */
	}
	hear(&b, 0, 0, 0, 0, MS(100));
	EQ(b.r.state, TCP_RECOVERY);
	EQ(b.w.ssthresh, 5);
	EQ(resend(&b, MS(100)), 1);
	OK(kit_is(&b.k, 0, TCP_RTX_RETRANS));
	hear(&b, 4, 0, 0, 0, MS(200)); /* partial: the next hole */
	EQ(b.r.state, TCP_RECOVERY);
	EQ(resend(&b, MS(200)), 1);
	OK(kit_is(&b.k, 4, TCP_RTX_RETRANS));
	hear(&b, 12, 0, 0, 0, MS(300));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 5);
	bench_fini(&b);
}

TEST(duplicate_acks_of_our_own_retransmissions_start_nothing)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, false, false);
	send_new(&b, MS(0));
	x = repair(&b);
	tcp_recovery_on_timeout(&x, MS(300));
	resend(&b, MS(300));
	hear(&b, 10, 0, 0, 0, MS(400)); /* all of it: RTO was spurious */
	b.w.cwnd = 4;
	b.r.undo.on = false;
	send_new(&b, MS(400));
	b.r.high_seq = kit_seq(10); /* recover; RFC 6582 3.2 step 2 */
	b.r.guard = true;
	for (int i = 0; i < 3; i++)
		hear(&b, 10, 0, 0, 0, MS(401));
	OK(b.r.state != TCP_RECOVERY);
	bench_fini(&b);
}

TEST(a_misbehaving_receiver_cannot_inflate_the_window_by_duplicates)
{
	struct bench b;

	bench_init(&b, 10, false, false);
	send_new(&b, MS(0));
	for (int i = 0; i < 1000; i++)
		hear(&b, 0, 0, 0, 0, MS(100));
	OK(b.w.cwnd <= 10);
	bench_fini(&b);
}

TEST(a_timeout_starts_over_with_one_segment)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(0));
	x = repair(&b);
	tcp_recovery_on_timeout(&x, MS(1000));
	EQ(b.r.state, TCP_LOSS);
	EQ(b.w.cwnd, 1);
	EQ(b.w.ssthresh, 5);
	EQ(b.k.q.lost_segs, 10);
	EQ(resend(&b, MS(1000)), 1);
	EQ(b.r.timeouts, 1);
	x = repair(&b);
	tcp_recovery_on_timeout(&x, MS(3000)); /* again: RFC 5681 (4) once */
	EQ(b.w.ssthresh, 5);
	EQ(b.r.timeouts, 2);
	bench_fini(&b);
}

/* RFC 5682 3.1: the first ACK after a timeout makes room for new data, the
 * second acknowledges what was never sent again.
 */
TEST(f_rto_undoes_a_spurious_timeout)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(0));
	x = repair(&b);
	tcp_recovery_on_timeout(&x, MS(1000));
	EQ(resend(&b, MS(1000)), 1);
	hear(&b, 1, 0, 0, 0, MS(1010)); /* the original, late */
	OK(b.r.frto.new_first);
	EQ(b.r.state, TCP_LOSS);
	b.w.cwnd = 2;
	EQ(resend(&b, MS(1010)), 0);
	kit_send(&b.k, 2, MS(1010));
	hear(&b, 3, 0, 0, 0, MS(1020));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 10);
	EQ(b.k.q.lost_segs, 0);
	EQ(b.k.stats.TcpExtSpuriousRTOs, 1);
	bench_fini(&b);
}

TEST(f_rto_lets_a_real_timeout_be)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(0));
	x = repair(&b);
	tcp_recovery_on_timeout(&x, MS(1000));
	resend(&b, MS(1000));
	hear(&b, 1, 0, 0, 0, MS(1100));
	kit_send(&b.k, 2, MS(1100));
	hear(&b, 1, 10, 11, 0, MS(1200)); /* only the new data arrived */
	EQ(b.r.state, TCP_LOSS);
	OK(!b.r.frto.on && !b.r.frto.new_first);
	b.w.cwnd = 6;
	OK(resend(&b, MS(1200)) > 0);
	bench_fini(&b);
}

/* RFC 3522 3.2, 4015: the echo is older than the retransmission. */
TEST(a_timestamp_undoes_a_spurious_fast_retransmit)
{
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(10));
	hear(&b, 0, 1, 4, 10, MS(110));
	EQ(b.r.state, TCP_RECOVERY);
	EQ(resend(&b, MS(112)), 1);
	hear(&b, 5, 5, 5, 10, MS(115));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 10);
	EQ(b.w.ssthresh, TCP_SSTHRESH_NONE);
	bench_fini(&b);
}

TEST(a_d_sack_undoes_it_after_the_fact)
{
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(10));
	hear(&b, 0, 1, 4, 0, MS(110));
	EQ(resend(&b, MS(112)), 1);
	hear(&b, 10, 10, 10, 0, MS(115));
	EQ(b.w.cwnd, 5);
	send_new(&b, MS(116));
	hear(&b, 10, 0, 1, 0, MS(212)); /* segment 0 came twice */
	EQ(b.w.cwnd, 10);
	EQ(b.w.ssthresh, TCP_SSTHRESH_NONE);
	bench_fini(&b);
}

TEST(a_repaired_tail_reduces_the_window_once)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, true, true);
	x = repair(&b);
	tcp_recovery_on_repaired(&x, MS(1));
	EQ(b.w.cwnd, 5);
	EQ(b.w.ssthresh, 5);
	bench_fini(&b);
}

/* All up to @ack is acknowledged, with marks. */
static void hear_marks(struct bench *b, uint32_t ack, ostia_time now)
{
	struct tcp_ack_news news;
	struct tcp_repair_ack a = { .news = &news, .ece = true };
	struct tcp_repair x;
	struct tcp_rtx_rec *r;

	tcp_ack_news_init(&news);
	a.advanced = seq_before(b->una, kit_seq(ack));
	while ((r = b->k.q.head) && seq_before_eq(r->end, kit_seq(ack))) {
		news.acked += r->segs;
		news.delivered += r->segs;
		tcp_rtx_pop(&b->k.q, &b->k.m);
	}
	b->una = kit_seq(ack);
	x = repair(b);
	tcp_recovery_on_ack(&x, &a, &b->done, now);
}

/* RFC 3168 6.1.2 */
TEST(marks_reduce_once_a_window_of_data)
{
	struct bench b;

	bench_init(&b, 20, true, true);
	EQ(send_new(&b, MS(0)), 20);
	hear_marks(&b, 1, MS(100));
	EQ(b.w.ssthresh, 10);
	hear_marks(&b, 19, MS(101));
	EQ(b.w.ssthresh, 10);
	EQ(send_new(&b, MS(102)), 9);
	hear_marks(&b, 20, MS(103)); /* the end of the window of then */
	hear_marks(&b, 20, MS(104));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.ssthresh, 10);
	hear_marks(&b, 21, MS(200));
	EQ(b.w.ssthresh, 5);
	hear_marks(&b, 29, MS(201));
	EQ(send_new(&b, MS(202)), 5);
	hear_marks(&b, 34, MS(300)); /* ends one episode, begins another */
	EQ(b.r.state, TCP_CWR);
	EQ(b.w.ssthresh, 2);
	bench_fini(&b);
}

/* RFC 3168 6.1.2, RFC 9438 4.6: of a loss, two segments are the least. */
TEST(marks_make_one_segment_of_two)
{
	struct bench b;

	bench_init(&b, 2, true, true);
	EQ(send_new(&b, MS(0)), 2);
	hear_marks(&b, 1, MS(100));
	EQ(b.w.cwnd, 1);
	EQ(b.w.ssthresh, 2);
	hear_marks(&b, 2, MS(101));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 1);
	bench_fini(&b);
}

/* A mark, @abe, at a window of 20. Return: ssthresh. */
static uint32_t ssthresh_after_mark(bool abe, uint32_t ssthresh)
{
	struct tcp_ack_news news;
	struct tcp_repair_ack a = { .news = &news, .ece = true };
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 20, true, true);
	b.w.ssthresh = ssthresh;
	send_new(&b, MS(0));
	tcp_ack_news_init(&news);
	x = repair(&b);
	x.abe = abe;
	tcp_recovery_on_ack(&x, &a, &b.done, MS(100));
	EQ(b.r.state, TCP_CWR);
	/* a loss in the same round trip changes nothing (RFC 8511 4.2) */
	hear(&b, 0, 10, 20, 0, MS(101));
	EQ(b.r.state, TCP_RECOVERY);
	bench_fini(&b);
	return b.w.ssthresh;
}

TEST(rfc_8511_is_asked_for_and_for_congestion_avoidance_alone)
{
	EQ(ssthresh_after_mark(false, 10), 10);
	EQ(ssthresh_after_mark(true, 10), 16);
	EQ(ssthresh_after_mark(true, 20), 16);
	EQ(ssthresh_after_mark(true, 21), 10);
}

TEST(a_narrower_path_is_no_congestion)
{
	struct tcp_repair x;
	struct bench b;

	bench_init(&b, 10, true, true);
	send_new(&b, MS(0));
	x = repair(&b);
	tcp_recovery_on_too_big(&x, KIT_MSS / 2);
	EQ(b.w.cwnd, 10);
	EQ(b.k.q.lost_segs, 10);
	EQ(resend(&b, MS(1)), 10);
	hear(&b, 5, 5, 5, 0, MS(101));
	hear(&b, 10, 10, 10, 0, MS(101));
	EQ(b.r.state, TCP_OPEN);
	EQ(b.w.cwnd, 10);
	EQ(b.w.ssthresh, TCP_SSTHRESH_NONE);
	bench_fini(&b);
}

TESTS(CASE(a_single_loss_is_repaired_in_a_round_trip),
      CASE(one_sack_and_a_wait_are_enough_for_rack),
      CASE(without_rack_three_sacked_above_make_a_loss),
      CASE(newreno_repairs_one_hole_a_round_trip),
      CASE(duplicate_acks_of_our_own_retransmissions_start_nothing),
      CASE(a_misbehaving_receiver_cannot_inflate_the_window_by_duplicates),
      CASE(a_timeout_starts_over_with_one_segment),
      CASE(f_rto_undoes_a_spurious_timeout), CASE(f_rto_lets_a_real_timeout_be),
      CASE(a_timestamp_undoes_a_spurious_fast_retransmit),
      CASE(a_d_sack_undoes_it_after_the_fact),
      CASE(a_repaired_tail_reduces_the_window_once),
      CASE(marks_reduce_once_a_window_of_data),
      CASE(marks_make_one_segment_of_two),
      CASE(rfc_8511_is_asked_for_and_for_congestion_avoidance_alone),
      CASE(a_narrower_path_is_no_congestion))
