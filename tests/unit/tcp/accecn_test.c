/* SPDX-License-Identifier: MIT */
#include "tcp/accecn.h"

#include "../test.h"

enum { MSS = 1000 };

static const struct tcp_accecn_when full = { .mode = TCP_ACCECN_FULL,
					     .data = true };

/* An ACK by the receiver @r. */
static struct wire_tcp ack(struct tcp_accecn *r, bool option)
{
	struct wire_tcp f = { .flags = tcp_accecn_ace(r) };

	r->told_cep = r->r_cep;
	if (option)
		tcp_accecn_option(r, &f, 40, &full, 0);
	return f;
}

/* The sender @s hears it acknowledge @segs. */
static uint32_t hear(struct tcp_accecn *s, const struct wire_tcp *f,
		     uint32_t segs)
{
	const struct tcp_accecn_ack a = { .segs = segs, .mss = MSS };

	return tcp_accecn_on_feedback(s, f, &a);
}

static void arrive(struct tcp_accecn *r, uint8_t cp, unsigned n)
{
	while (n--)
		tcp_accecn_on_packet(r, cp, 1, MSS, true);
}

TEST(the_handshake_tells_each_codepoint_by_tables_2_and_3)
{
	static const uint16_t flags[4] = { WIRE_TCP_CWR,
					   WIRE_TCP_CWR | WIRE_TCP_ECE,
					   WIRE_TCP_AE,
					   WIRE_TCP_AE | WIRE_TCP_CWR };

	for (int cp = 0; cp < 4; cp++) {
		EQ(tcp_accecn_shake((uint8_t)cp), flags[cp]);
		EQ(tcp_accecn_shaken(flags[cp]), cp);
	}
	EQ(tcp_accecn_shaken(0), -1);
	EQ(tcp_accecn_shaken(WIRE_TCP_ECE), -1);
	EQ(tcp_accecn_shaken(TCP_ACCECN_ALL), -1);
}

TEST(counts_begin_at_five_and_marks_are_read_back)
{
	struct tcp_accecn r, s;
	struct wire_tcp f;

	tcp_accecn_init(&r);
	tcp_accecn_init(&s);
	f = ack(&r, false);
	EQ(f.flags, WIRE_TCP_AE | WIRE_TCP_ECE);
	EQ(hear(&s, &f, 2), 0);
	for (unsigned round = 0; round < 20; round++) {
		arrive(&r, TCP_ACCECN_ECT0, 1);
		arrive(&r, TCP_ACCECN_CE, round % 3);
		f = ack(&r, false);
		EQ(hear(&s, &f, 1 + round % 3), round % 3);
	}
	EQ(s.s_cep, r.r_cep);
}

/* A.2: of three bits, the safest likely reading; of the option, the truth */
TEST(a_field_that_may_have_wrapped_is_read_with_care_or_by_the_option)
{
	struct tcp_accecn r, s;
	struct wire_tcp f;

	tcp_accecn_init(&r);
	tcp_accecn_init(&s);
	arrive(&r, TCP_ACCECN_CE, 2);
	arrive(&r, TCP_ACCECN_ECT0, 18);
	f = ack(&r, false);
	EQ(hear(&s, &f, 20), 18);
	tcp_accecn_init(&s);
	f = ack(&r, true);
	EQ(f.acc_n, 2);
	EQ(hear(&s, &f, 20), 2);
	EQ(s.s_bytes[TCP_ACCECN_CE], 2 * MSS);
	arrive(&r, TCP_ACCECN_CE, 17);
	arrive(&r, TCP_ACCECN_ECT0, 3);
	f = ack(&r, true);
	EQ(hear(&s, &f, 20), 17);
	EQ(s.s_cep, r.r_cep);
}

TEST(the_option_has_what_changed_and_the_order_that_is_shortest)
{
	struct tcp_accecn r;
	struct wire_tcp f;

	tcp_accecn_init(&r);
	arrive(&r, TCP_ACCECN_ECT0, 1);
	f = ack(&r, true);
	EQ(f.opts, WIRE_TCP_OPT_ACC);
	EQ(f.acc_n, 1);
	EQ(f.acc[0], 1 + MSS);
	arrive(&r, TCP_ACCECN_CE, 1);
	f = ack(&r, true);
	EQ(f.acc_n, 2);
	EQ(f.acc[1], MSS);
	arrive(&r, TCP_ACCECN_ECT1, 1);
	f = ack(&r, true);
	EQ(f.acc_n, 3);
	EQ(f.acc[2], 1 + MSS);

	tcp_accecn_init(&r);
	arrive(&r, TCP_ACCECN_ECT1, 1);
	f = ack(&r, true);
	EQ(f.opts, WIRE_TCP_OPT_ACC | WIRE_TCP_OPT_ACC1);
	EQ(f.acc[0], 1 + MSS);
}

/* 3.2.3.3, "Necessary Option Length" */
TEST(without_room_only_fields_that_have_not_changed_are_left_out)
{
	struct tcp_accecn r;
	struct wire_tcp f = { 0 };

	tcp_accecn_init(&r);
	arrive(&r, TCP_ACCECN_ECT1, 1);
	arrive(&r, TCP_ACCECN_CE, 1);
	EQ(tcp_accecn_need(&r), 8);
	tcp_accecn_option(&r, &f, 7, &full, 0); /* 2 + 6 bytes */
	EQ(f.opts, 0);
	tcp_accecn_option(&r, &f, 8, &full, 0);
	EQ(f.opts, WIRE_TCP_OPT_ACC | WIRE_TCP_OPT_ACC1);
	EQ(f.acc_n, 2);
	EQ(tcp_accecn_need(&r), 0);

	/* ECT(0) changes now: all three are wished for, two will do */
	arrive(&r, TCP_ACCECN_ECT0, 1);
	EQ(tcp_accecn_wish(&r, TCP_ACCECN_FULL), 12);
	EQ(tcp_accecn_wish(&r, TCP_ACCECN_SPARSE), 8);
	f.opts = 0;
	tcp_accecn_option(&r, &f, 11, &full, 0);
	EQ(f.opts, WIRE_TCP_OPT_ACC);
	EQ(f.acc_n, 1);
	EQ(f.acc[0], 1 + MSS);
}

/* Is it due, in mode @mode, beside data or not, @ms after the last? */
static bool due(const struct tcp_accecn *a, uint32_t mode, bool data,
		uint64_t ms)
{
	const struct tcp_accecn_when w = {
		.mode = mode, .beacon = 3, .srtt_us = 30000, .data = data
	};

	return tcp_accecn_due(a, &w, a->told_at + ms * NS_PER_MS);
}

TEST(the_full_scheme_tells_all_that_changes)
{
	struct tcp_accecn r;

	tcp_accecn_init(&r);
	OK(due(&r, TCP_ACCECN_FULL, false, 0));
	OK(!due(&r, TCP_ACCECN_FULL, true, 0)); /* nothing to tell */
	arrive(&r, TCP_ACCECN_ECT0, 1);
	OK(due(&r, TCP_ACCECN_FULL, true, 0));
	OK(!due(&r, TCP_ACCECN_NEVER, true, 0));
	ack(&r, true);
	OK(!due(&r, TCP_ACCECN_FULL, true, 0));
	r.mute = true;
	arrive(&r, TCP_ACCECN_ECT0, 1);
	OK(!due(&r, TCP_ACCECN_FULL, false, 0));
	OK(due(&r, TCP_ACCECN_PERSIST, true, 0));
}

/* 3.2.3.3: at a change, once more after it, whenever marks come; else some
 * times in a round trip, and before 2^22 bytes have passed.
 */
TEST(the_sparse_scheme_tells_what_it_must)
{
	struct tcp_accecn r;

	tcp_accecn_init(&r);
	OK(!due(&r, TCP_ACCECN_SPARSE, false, 1000));
	for (int i = 0; i < 2; i++) {
		arrive(&r, TCP_ACCECN_ECT0, 1);
		OK(due(&r, TCP_ACCECN_SPARSE, false, 0));
		ack(&r, true);
	}
	arrive(&r, TCP_ACCECN_ECT0, 1);
	OK(!due(&r, TCP_ACCECN_SPARSE, false, 9));
	OK(due(&r, TCP_ACCECN_SPARSE, false, 10));
	arrive(&r, TCP_ACCECN_ECT0, TCP_ACCECN_UNTOLD / MSS);
	OK(due(&r, TCP_ACCECN_SPARSE, false, 0));
	ack(&r, true);
	for (int i = 0; i < 9; i++) {
		arrive(&r, TCP_ACCECN_CE, 1);
		OK(due(&r, TCP_ACCECN_SPARSE, false, 0));
		ack(&r, true);
	}
	arrive(&r, TCP_ACCECN_ECT0, 1); /* another counter than before */
	OK(due(&r, TCP_ACCECN_SPARSE, false, 0));
}

/* 3.2.3.2.1, 3.2.3.2.2 */
TEST(the_first_data_tests_the_path_and_its_loss_ends_options)
{
	struct wire_tcp f = { .seq = 77 };
	struct tcp_accecn a;

	tcp_accecn_init(&a);
	a.first = TCP_ACCECN_FIRST_DATA;
	OK(due(&a, TCP_ACCECN_SPARSE, true, 0));
	tcp_accecn_option(&a, &f, 40, &full, 0);
	EQ(f.acc_n, 1);
	OK(!due(&a, TCP_ACCECN_SPARSE, true, 0));
	tcp_accecn_on_resent(&a, (struct seq) { 78 });
	OK(!a.mute);
	tcp_accecn_on_resent(&a, (struct seq) { 77 });
	OK(a.mute);

	a.mute = false;
	a.first = TCP_ACCECN_FIRST_DATA;
	tcp_accecn_option(&a, &f, 40, &full, 0);
	tcp_accecn_on_feedback(
		&a, &(struct wire_tcp) { .flags = WIRE_TCP_AE | WIRE_TCP_ECE },
		&(struct tcp_accecn_ack) {
			.segs = 1, .mss = MSS, .una = { 78 }, .nxt = { 78 } });
	tcp_accecn_on_resent(&a, (struct seq) { 77 });
	OK(!a.mute);
}

TEST(data_that_comes_again_and_again_ends_options)
{
	struct tcp_accecn a;

	tcp_accecn_init(&a);
	for (uint32_t i = 0; i < 100; i++) /* each once: a burst of old ones */
		tcp_accecn_on_again(&a, (struct seq) { i });
	OK(!a.mute);
	for (int i = 0; i < TCP_ACCECN_AGAIN; i++)
		tcp_accecn_on_again(&a, (struct seq) { 500 });
	OK(a.mute);
}

/* 3.2.3.2.4 */
TEST(options_that_begin_with_zero_are_not_believed)
{
	static const struct {
		uint16_t opts;
		unsigned n;
		uint32_t field[3];
		bool ignore;
	} row[] = {
		{ WIRE_TCP_OPT_ACC, 1, { 1 }, false },
		{ WIRE_TCP_OPT_ACC, 3, { 1, 0, 1 }, false },
		{ WIRE_TCP_OPT_ACC, 3, { 77, 9, 5 }, false },
		{ WIRE_TCP_OPT_ACC, 0, { 0 }, false }, /* none is there */
		{ WIRE_TCP_OPT_ACC, 1, { 0 }, true },
		{ WIRE_TCP_OPT_ACC, 3, { 1, 0, 0 }, true },
		{ WIRE_TCP_OPT_ACC | WIRE_TCP_OPT_ACC1, 2, { 0, 9 }, true },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct wire_tcp f = { .opts = row[i].opts,
				      .acc_n = (uint8_t)row[i].n };
		struct tcp_accecn a;

		memcpy(f.acc, row[i].field, sizeof(f.acc));
		tcp_accecn_init(&a);
		tcp_accecn_on_first(&a, &f);
		EQ(a.ignore, row[i].ignore);
		/* what is not believed is not counted either */
		if (!row[i].ignore)
			continue;
		f.acc[1] = 5000;
		f.acc_n = 3;
		f.flags = WIRE_TCP_AE | WIRE_TCP_ECE;
		EQ(hear(&a, &f, 2), 0);
		EQ(a.s_bytes[TCP_ACCECN_CE], 0);
		OK(!a.no_ect);
	}
}

/* 3.2.3.2.5 */
TEST(bytes_marked_in_no_packet_end_ect)
{
	struct wire_tcp f = { .flags = WIRE_TCP_AE | WIRE_TCP_ECE,
			      .opts = WIRE_TCP_OPT_ACC,
			      .acc_n = 2,
			      .acc = { 1, MSS } };
	struct tcp_accecn a;

	tcp_accecn_init(&a);
	EQ(hear(&a, &f, 7), 0);
	OK(a.no_ect);
	OK(!a.deaf);
	tcp_accecn_init(&a);
	hear(&a, &f, 8); /* it may have wrapped */
	OK(!a.no_ect);
}

/* 3.2.2.3 */
TEST(marks_on_all_for_four_rounds_are_not_believed)
{
	for (uint32_t spared = 0; spared < 6; spared++) {
		struct tcp_accecn a;
		bool lies = false;

		tcp_accecn_init(&a);
		for (uint32_t i = 0; i < 5; i++) {
			struct tcp_accecn_ack k = { .segs = 2, .mss = MSS };
			struct wire_tcp f = { 0 };
			unsigned ace = a.s_cep + (i == spared ? 1 : 2);

			f.flags = (uint16_t)((ace & 4 ? WIRE_TCP_AE : 0) |
					     (ace & 2 ? WIRE_TCP_CWR : 0) |
					     (ace & 1 ? WIRE_TCP_ECE : 0));
			k.una.v = 2 * MSS * i;
			k.nxt.v = 2 * MSS * (i + 1);
			lies = !tcp_accecn_on_feedback(&a, &f, &k);
		}
		EQ(lies, spared == 5);
		EQ(a.no_ect, lies);
	}
}

/* One round of two segments, @marked of them. Return: the answer. */
static uint32_t round_of(struct tcp_accecn *a, uint32_t i, uint32_t marked,
			 ostia_time now)
{
	struct tcp_accecn_ack k = { .segs = 2, .mss = MSS, .now = now };
	struct wire_tcp f = { 0 };
	unsigned ace = a->s_cep + marked;

	f.flags = (uint16_t)((ace & 4 ? WIRE_TCP_AE : 0) |
			     (ace & 2 ? WIRE_TCP_CWR : 0) |
			     (ace & 1 ? WIRE_TCP_ECE : 0));
	k.una.v = 2 * MSS * i;
	k.nxt.v = 2 * MSS * (i + 1);
	return tcp_accecn_on_feedback(a, &f, &k);
}

/* 3.2.2.3: "might occasionally test whether it can resume" */
TEST(marks_on_all_are_tested_again_each_time_twice_as_late)
{
	struct tcp_accecn a;
	ostia_time now = 1000 * NS_PER_S;
	uint32_t i = 0;

	tcp_accecn_init(&a);
	for (uint32_t wait_s = 60; wait_s < 400; wait_s *= 2) {
		for (uint32_t k = 0; k < 6; k++)
			round_of(&a, i++, 2, now);
		EQ(round_of(&a, i++, 0, now + wait_s * NS_PER_S - 1), 0);
		OK(a.no_ect && a.deaf);
		now += wait_s * NS_PER_S;
		EQ(round_of(&a, i++, 2, now), 0); /* of what was not capable */
		OK(!a.no_ect && !a.deaf);
		EQ(round_of(&a, i++, 0, now), 0);
		EQ(round_of(&a, i++, 0, now), 0); /* nor do they end the test */
		EQ(round_of(&a, i++, 2, now), 2);
	}
	round_of(&a, i++, 1, now);
	for (uint32_t k = 0; k < 20; k++)
		EQ(round_of(&a, i++, 2, now), 2); /* a queue: it is answered */
	OK(!a.no_ect);
}

TEST(a_path_that_mangles_the_handshake_is_not_tested_again)
{
	struct tcp_accecn a;

	tcp_accecn_init(&a);
	a.no_ect = true;
	for (uint32_t i = 0; i < 5; i++)
		round_of(&a, i, 2, NS_PER_S);
	OK(a.deaf);
	round_of(&a, 6, 0, NS_PER_S * 1000000);
	OK(a.no_ect && a.deaf);
}

TEST(an_ack_is_due_when_marks_begin_and_for_every_second)
{
	struct tcp_accecn r;

	tcp_accecn_init(&r);
	OK(!tcp_accecn_on_packet(&r, TCP_ACCECN_ECT0, 1, MSS, true));
	OK(tcp_accecn_on_packet(&r, TCP_ACCECN_CE, 1, MSS, true));
	ack(&r, false);
	OK(!tcp_accecn_on_packet(&r, TCP_ACCECN_CE, 1, MSS, true));
	OK(tcp_accecn_on_packet(&r, TCP_ACCECN_CE, 1, MSS, true));
	ack(&r, false);
	/* bare ACKs that are marked: every third (3.2.2.5.1) */
	OK(!tcp_accecn_on_packet(&r, TCP_ACCECN_CE, 1, 0, false));
	OK(!tcp_accecn_on_packet(&r, TCP_ACCECN_CE, 1, 0, false));
	OK(tcp_accecn_on_packet(&r, TCP_ACCECN_CE, 1, 0, false));
}

TEST(the_ack_of_the_syn_ack_is_read_by_table_4)
{
	static const struct {
		uint16_t ace;
		uint32_t cep;
		bool no_ect, deaf;
	} row[] = {
		{ 0, 5, true, true }, /* zeroed, or no AccECN at all */
		{ WIRE_TCP_ECE, 5, false, false }, /* unused */
		{ WIRE_TCP_CWR, 5, false, false }, /* as it was sent */
		{ WIRE_TCP_CWR | WIRE_TCP_ECE, 5, true, false }, /* mangled */
		{ WIRE_TCP_AE, 5, true, false },
		{ WIRE_TCP_AE | WIRE_TCP_ECE, 5, false, false },
		{ WIRE_TCP_AE | WIRE_TCP_CWR, 6, true, false }, /* CE */
		{ TCP_ACCECN_ALL, 5, false, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct tcp_accecn a;

		tcp_accecn_init(&a);
		tcp_accecn_on_shake(&a, row[i].ace, TCP_ACCECN_NOT_ECT);
		EQ(a.s_cep, row[i].cep);
		EQ(a.no_ect, row[i].no_ect);
		EQ(a.deaf, row[i].deaf);
	}
}

TESTS(CASE(the_handshake_tells_each_codepoint_by_tables_2_and_3),
      CASE(counts_begin_at_five_and_marks_are_read_back),
      CASE(a_field_that_may_have_wrapped_is_read_with_care_or_by_the_option),
      CASE(the_option_has_what_changed_and_the_order_that_is_shortest),
      CASE(without_room_only_fields_that_have_not_changed_are_left_out),
      CASE(the_full_scheme_tells_all_that_changes),
      CASE(the_sparse_scheme_tells_what_it_must),
      CASE(the_first_data_tests_the_path_and_its_loss_ends_options),
      CASE(data_that_comes_again_and_again_ends_options),
      CASE(options_that_begin_with_zero_are_not_believed),
      CASE(bytes_marked_in_no_packet_end_ect),
      CASE(marks_on_all_for_four_rounds_are_not_believed),
      CASE(marks_on_all_are_tested_again_each_time_twice_as_late),
      CASE(a_path_that_mangles_the_handshake_is_not_tested_again),
      CASE(an_ack_is_due_when_marks_begin_and_for_every_second),
      CASE(the_ack_of_the_syn_ack_is_read_by_table_4))
