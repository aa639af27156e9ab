/* SPDX-License-Identifier: MIT */
#include "sender_kit.h"

#include "../random.h"

TEST(a_new_record_is_last_by_sequence_and_by_time)
{
	struct tcp_rtx_rec *a, *b;
	struct kit k;

	kit_init(&k);
	a = kit_send(&k, 3, 10);
	b = kit_send(&k, 1, 20);
	OK(k.q.head == a && k.q.tail == b && a->next == b);
	OK(k.q.sent.next == &a->by_time && k.q.sent.prev == &b->by_time);
	EQ(tcp_rtx_pipe(&k.q), 4);
	kit_fini(&k);
}

TEST(finds_every_octet_of_many_records_and_no_other)
{
	struct kit k;

	kit_init(&k);
	for (uint32_t i = 0; i < 3000; i++)
		kit_send(&k, 1 + i % 3, i);
	for (struct tcp_rtx_rec *r = k.q.head; r; r = r->next) {
		OK(tcp_rtx_find(&k.q, &k.m, r->start) == r);
		OK(tcp_rtx_find(&k.q, &k.m, seq_back(r->end, 1)) == r);
	}
	OK(!tcp_rtx_find(&k.q, &k.m, k.q.tail->end));
	OK(!tcp_rtx_find(&k.q, &k.m, seq(KIT_ISS - 1)));
	kit_fini(&k);
}

TEST(a_split_keeps_marks_counts_and_the_order_of_time)
{
	struct tcp_rtx_rec *r;
	struct kit k;

	kit_init(&k);
	r = kit_send(&k, 5, 10);
	kit_send(&k, 1, 20);
	EQ(tcp_rtx_split(&k.q, &k.m, r, 2), 0);
	EQ(r->segs, 2);
	EQ(r->next->segs, 3);
	EQ(r->next->start.v, kit_seq(2).v);
	EQ(r->next->tx_time, 10);
	tcp_rtx_check(&k.q, &k.m);
	EQ(tcp_rtx_pipe(&k.q), 6);
	kit_fini(&k);
}

TEST(a_fin_goes_with_the_later_half)
{
	struct tcp_rtx_rec *r;
	struct kit k;

	kit_init(&k);
	r = tcp_rtx_append(&k.q, &k.m, seq(KIT_ISS), 1501, KIT_MSS, 2,
			   TCP_RTX_FIN, 0);
	EQ(tcp_rtx_split(&k.q, &k.m, r, 1), 0);
	OK(!(r->flags & TCP_RTX_FIN) && r->next->flags & TCP_RTX_FIN);
	EQ(seq_span(r->next->start, r->next->end), 501);
	kit_fini(&k);
}

TEST(an_ack_inside_a_record_counts_whole_segments_only)
{
	/* ack after, segments acknowledged, segments left */
	static const uint32_t row[][3] = {
		{ 1, 0, 5 },	{ 999, 0, 5 },	{ 1000, 1, 4 },
		{ 2500, 2, 3 }, { 4999, 4, 1 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct kit k;

		kit_init(&k);
		kit_send(&k, 5, 0);
		EQ(tcp_rtx_trim(&k.q, seq(KIT_ISS + row[i][0])), row[i][1]);
		EQ(k.q.out, row[i][2]);
		kit_fini(&k);
	}
}

TEST(what_is_sent_again_is_counted_once_more_in_the_pipe)
{
	struct tcp_rtx_rec *r;
	struct kit k;

	kit_init(&k);
	r = kit_send(&k, 2, 10);
	kit_send(&k, 2, 11);
	tcp_rtx_mark_lost(&k.q, r);
	EQ(tcp_rtx_pipe(&k.q), 2);
	OK(tcp_rtx_first_lost(&k.q) == r);
	tcp_rtx_on_resent(&k.q, r, 30);
	OK(!tcp_rtx_first_lost(&k.q));
	EQ(tcp_rtx_pipe(&k.q), 4);
	tcp_rtx_mark_lost(&k.q, r); /* lost again */
	EQ(tcp_rtx_pipe(&k.q), 2);
	EQ(k.q.retrans, 0);
	kit_fini(&k);
}

TEST(the_lowest_of_the_lost_goes_first)
{
	struct tcp_rtx_rec *a, *b, *c;
	struct kit k;

	kit_init(&k);
	a = kit_send(&k, 1, 1);
	b = kit_send(&k, 1, 2);
	c = kit_send(&k, 1, 3);
	tcp_rtx_mark_lost(&k.q, b);
	tcp_rtx_mark_lost(&k.q, c);
	tcp_rtx_mark_lost(&k.q, a);
	OK(tcp_rtx_first_lost(&k.q) == a);
	kit_fini(&k);
}

TEST(sacked_neighbours_grow_together)
{
	struct kit k;

	kit_init(&k);
	for (int i = 0; i < 9; i++)
		kit_send(&k, 1, 1);
	for (uint32_t i = 1; i < 9; i += 2) { /* odd ones, then the even */
		struct tcp_rtx_rec *r = tcp_rtx_find(&k.q, &k.m, kit_seq(i));

		tcp_rtx_mark_sacked(&k.q, r);
		tcp_rtx_merge_sacked(&k.q, &k.m, r);
	}
	EQ(k.q.recs, 9);
	for (uint32_t i = 2; i < 9; i += 2) {
		struct tcp_rtx_rec *r = tcp_rtx_find(&k.q, &k.m, kit_seq(i));

		tcp_rtx_mark_sacked(&k.q, r);
		tcp_rtx_merge_sacked(&k.q, &k.m, r);
		tcp_rtx_check(&k.q, &k.m);
	}
	EQ(k.q.recs, 2);
	EQ(k.q.sacked, 8);
	kit_fini(&k);
}

TEST(a_timeout_spares_what_left_within_a_round_trip)
{
	struct tcp_rtx_rec *r;
	struct kit k;

	kit_init(&k);
	for (uint32_t i = 0; i < 4; i++)
		r = kit_send(&k, 1, 10 * i);
	tcp_rtx_mark_sacked(&k.q, r);
	EQ(tcp_rtx_mark_all_lost(&k.q, false, 15), 2);
	OK(kit_is(&k, 0, TCP_RTX_LOST) && kit_is(&k, 1, TCP_RTX_LOST));
	OK(!kit_is(&k, 2, TCP_RTX_LOST) && kit_is(&k, 3, TCP_RTX_SACKED));
	kit_fini(&k);
}

TEST(a_peer_that_reneges_gets_everything_again)
{
	struct kit k;

	kit_init(&k);
	kit_send(&k, 2, 0);
	kit_send(&k, 2, 0);
	tcp_rtx_mark_sacked(&k.q, k.q.head);
	tcp_rtx_mark_sacked(&k.q, k.q.tail);
	tcp_rtx_merge_sacked(&k.q, &k.m, k.q.head);
	EQ(tcp_rtx_mark_all_lost(&k.q, true, OSTIA_NEVER), 4);
	EQ(k.q.sacked, 0);
	EQ(tcp_rtx_pipe(&k.q), 0);
	kit_fini(&k);
}

TEST(a_spurious_timeout_puts_all_back_in_flight)
{
	struct kit k;

	kit_init(&k);
	for (uint32_t i = 0; i < 4; i++)
		kit_send(&k, 1, i);
	tcp_rtx_mark_all_lost(&k.q, false, OSTIA_NEVER);
	tcp_rtx_on_resent(&k.q, k.q.head, 50);
	tcp_rtx_unmark_lost(&k.q);
	EQ(k.q.lost_segs, 0);
	EQ(tcp_rtx_pipe(&k.q), 5); /* and the retransmission */
	OK(!tcp_rtx_first_lost(&k.q));
	kit_fini(&k);
}

/* What was lost twice left later than what was lost once. */
TEST(all_go_back_in_the_order_in_which_they_left)
{
	struct tcp_rtx_rec *r[6];
	struct kit k;

	kit_init(&k);
	for (unsigned i = 0; i < 6; i++)
		r[i] = kit_send(&k, 1, 10 + i);
	for (unsigned i = 0; i < 5; i += 2) {
		tcp_rtx_mark_lost(&k.q, r[i]);
		tcp_rtx_on_resent(&k.q, r[i], 20 + i);
	}
	kit_send(&k, 1, 23);
	tcp_rtx_mark_all_lost(&k.q, false, OSTIA_NEVER);
	kit_send(&k, 1, 30);
	tcp_rtx_unmark_lost(&k.q);
	tcp_rtx_check(&k.q, &k.m);
	OK(k.q.sent.next == &r[1]->by_time);
	kit_fini(&k);
}

TEST(records_are_capped_and_a_refused_split_is_counted)
{
	struct kit k;

	kit_init(&k);
	for (uint32_t i = 0; i < TCP_RTX_CAP; i++)
		OK(kit_send(&k, 2, 0));
	OK(tcp_rtx_full(&k.q));
	OK(!kit_send(&k, 2, 0));
	EQ(tcp_rtx_split(&k.q, &k.m, k.q.head, 1), -ENOBUFS);
	EQ(k.stats.TcpExtSplitsCapped, 1);
	kit_fini(&k);
}

TEST(a_smaller_mss_recounts_what_is_in_flight)
{
	struct kit k;

	kit_init(&k);
	kit_send(&k, 4, 0);
	tcp_rtx_mark_lost(&k.q, k.q.head);
	tcp_rtx_resegment(&k.q, k.q.head, 300);
	EQ(k.q.out, 14);
	EQ(k.q.lost_segs, 14);
	kit_fini(&k);
}

/*
 * Against a model: one state a segment. Every operation that a connection
 * performs, at random; the counters, the pipe and each mark must agree.
 */
enum { MODEL = 4000 };

struct model {
	uint8_t sacked[MODEL], lost[MODEL], retrans[MODEL];
	uint32_t first, end;
};

static uint32_t model_pipe(const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = m->first; i < m->end; i++)
		n += 1u - m->sacked[i] - m->lost[i] + m->retrans[i];
	return n;
}

static void compare(const struct kit *k, const struct model *m)
{
	EQ(k->q.out, m->end - m->first);
	EQ(tcp_rtx_pipe(&k->q), model_pipe(m));
	for (uint32_t i = m->first; i < m->end; i++) {
		EQ(kit_is(k, i, TCP_RTX_SACKED), m->sacked[i]);
		EQ(kit_is(k, i, TCP_RTX_LOST), m->lost[i]);
		EQ(kit_is(k, i, TCP_RTX_RETRANS), m->retrans[i]);
	}
}

static void model_send(struct kit *k, struct model *m, struct dice *d,
		       ostia_time now)
{
	uint32_t n = 1 + (uint32_t)dice_below(d, 12);

	if (m->end + n > MODEL || !kit_send(k, n, now))
		return;
	m->end += n;
}

static void model_ack(struct kit *k, struct model *m, struct dice *d)
{
	uint32_t to = m->first + (uint32_t)dice_below(d, 9);
	struct tcp_rtx_rec *r;

	to = to < m->end ? to : m->end;
	while ((r = k->q.head) && seq_before_eq(r->end, kit_seq(to)))
		tcp_rtx_pop(&k->q, &k->m);
	if (r && seq_before(r->start, kit_seq(to)))
		tcp_rtx_trim(&k->q, kit_seq(to));
	m->first = to;
}

/* A record cut out at random, or NULL. */
static struct tcp_rtx_rec *model_pick(struct kit *k, struct model *m,
				      struct dice *d)
{
	struct tcp_rtx_rec *r;
	uint32_t at, n;

	if (m->first == m->end)
		return NULL;
	at = m->first + (uint32_t)dice_below(d, m->end - m->first);
	r = tcp_rtx_find(&k->q, &k->m, kit_seq(at));
	if (r->flags & TCP_RTX_SACKED)
		return NULL;
	n = seq_span(r->start, kit_seq(at)) / KIT_MSS;
	if (n && tcp_rtx_split(&k->q, &k->m, r, n) == 0)
		r = r->next;
	n = 1 + (uint32_t)dice_below(d, 4);
	if (n < r->segs)
		tcp_rtx_split(&k->q, &k->m, r, n);
	return r;
}

static void model_mark(struct model *m, const struct tcp_rtx_rec *r,
		       uint8_t sacked, uint8_t lost, uint8_t retrans)
{
	uint32_t at = seq_span(seq(KIT_ISS), r->start) / KIT_MSS;

	for (uint32_t i = at; i < at + r->segs; i++) {
		m->sacked[i] = sacked;
		m->lost[i] = lost;
		m->retrans[i] = retrans;
	}
}

static void model_step(struct kit *k, struct model *m, struct dice *d,
		       ostia_time now)
{
	uint64_t what = dice_below(d, 10);
	struct tcp_rtx_rec *r;

	if (what < 3) {
		model_send(k, m, d, now);
	} else if (what < 4) {
		model_ack(k, m, d);
	} else if (what < 7) {
		r = model_pick(k, m, d);
		if (!r)
			return;
		model_mark(m, r, 1, 0, 0);
		tcp_rtx_mark_sacked(&k->q, r);
		tcp_rtx_merge_sacked(&k->q, &k->m, r);
	} else if (what < 9) {
		r = model_pick(k, m, d);
		if (!r)
			return;
		model_mark(m, r, 0, 1, 0);
		tcp_rtx_mark_lost(&k->q, r);
	} else {
		r = tcp_rtx_first_lost(&k->q);
		if (!r)
			return;
		model_mark(m, r, 0, 1, 1);
		tcp_rtx_on_resent(&k->q, r, now);
	}
}

TEST(a_random_life_agrees_with_one_state_a_segment)
{
	struct dice d = dice("rtx_random_life");

	for (int run = 0; run < 20; run++) {
		static struct model m;
		struct kit k;

		m = (struct model) { 0 };
		kit_init(&k);
		for (ostia_time now = 1; now < 1500; now++) {
			model_step(&k, &m, &d, now);
			if (now % 16 == 0) {
				tcp_rtx_check(&k.q, &k.m);
				compare(&k, &m);
			}
		}
		kit_fini(&k);
	}
}

static uint32_t told;

static void count_told(struct tcp_rtx *q, const struct tcp_rtx_rec *r)
{
	told += r->segs;
	EQ(q->lost_ever, told);
}

TEST(each_loss_is_told_once_and_one_that_left_again_is_a_new_one)
{
	struct tcp_rtx_rec *r;
	struct kit k;

	kit_init(&k);
	told = 0;
	k.q.on_lost = count_told;
	r = kit_send(&k, 3, 1);
	kit_send(&k, 2, 2);
	tcp_rtx_mark_lost(&k.q, r);
	EQ(told, 3);
	tcp_rtx_mark_all_lost(&k.q, false, OSTIA_NEVER);
	EQ(told, 5); /* the first waited still */
	tcp_rtx_on_resent(&k.q, r, 3);
	tcp_rtx_mark_lost(&k.q, r);
	EQ(told, 8);
	kit_fini(&k);
}

TESTS(CASE(each_loss_is_told_once_and_one_that_left_again_is_a_new_one),
      CASE(a_new_record_is_last_by_sequence_and_by_time),
      CASE(finds_every_octet_of_many_records_and_no_other),
      CASE(a_split_keeps_marks_counts_and_the_order_of_time),
      CASE(a_fin_goes_with_the_later_half),
      CASE(an_ack_inside_a_record_counts_whole_segments_only),
      CASE(what_is_sent_again_is_counted_once_more_in_the_pipe),
      CASE(the_lowest_of_the_lost_goes_first),
      CASE(sacked_neighbours_grow_together),
      CASE(a_timeout_spares_what_left_within_a_round_trip),
      CASE(a_peer_that_reneges_gets_everything_again),
      CASE(a_spurious_timeout_puts_all_back_in_flight),
      CASE(all_go_back_in_the_order_in_which_they_left),
      CASE(records_are_capped_and_a_refused_split_is_counted),
      CASE(a_smaller_mss_recounts_what_is_in_flight),
      CASE(a_random_life_agrees_with_one_state_a_segment))
