/* SPDX-License-Identifier: MIT */
#include "tcp/accecn.h"

#include "../test.h"

enum { MSS = 1000 };

/* An ACK of @acked segments by the receiver @r. */
static struct wire_tcp ack(struct tcp_accecn *r, bool option)
{
	struct wire_tcp f = { .flags = tcp_accecn_ace(r) };

	r->told_cep = r->r_cep;
	if (option)
		tcp_accecn_option(r, &f, 40, true);
	return f;
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
	EQ(tcp_accecn_on_feedback(&s, &f, 2, MSS), 0);
	for (unsigned round = 0; round < 20; round++) {
		arrive(&r, TCP_ACCECN_ECT0, 1);
		arrive(&r, TCP_ACCECN_CE, round % 3);
		f = ack(&r, false);
		EQ(tcp_accecn_on_feedback(&s, &f, 1 + round % 3, MSS),
		   round % 3);
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
	EQ(tcp_accecn_on_feedback(&s, &f, 20, MSS), 18);
	tcp_accecn_init(&s);
	f = ack(&r, true);
	EQ(f.acc_n, 2);
	EQ(tcp_accecn_on_feedback(&s, &f, 20, MSS), 2);
	EQ(s.s_bytes[TCP_ACCECN_CE], 2 * MSS);
	arrive(&r, TCP_ACCECN_CE, 17);
	arrive(&r, TCP_ACCECN_ECT0, 3);
	f = ack(&r, true);
	EQ(tcp_accecn_on_feedback(&s, &f, 20, MSS), 17);
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

TEST(the_option_stays_away_without_room_or_when_muted_or_without_news)
{
	struct tcp_accecn r;
	struct wire_tcp f = { 0 };

	tcp_accecn_init(&r);
	arrive(&r, TCP_ACCECN_CE, 1);
	tcp_accecn_option(&r, &f, 8, true); /* 2 + 6 bytes */
	EQ(f.opts, WIRE_TCP_OPT_ACC);
	f.opts = 0;
	tcp_accecn_option(&r, &f, 7, true);
	EQ(f.opts, 0);
	tcp_accecn_option(&r, &f, 40, false); /* told already */
	EQ(f.opts, 0);
	arrive(&r, TCP_ACCECN_CE, 1);
	tcp_accecn_option(&r, &f, 40, false);
	EQ(f.opts, WIRE_TCP_OPT_ACC);
	f.opts = 0;
	r.mute = true;
	tcp_accecn_option(&r, &f, 40, true);
	EQ(f.opts, 0);
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
		a.await = true;
		tcp_accecn_on_shake(&a, row[i].ace, TCP_ACCECN_NOT_ECT);
		OK(!a.await);
		EQ(a.s_cep, row[i].cep);
		EQ(a.no_ect, row[i].no_ect);
		EQ(a.deaf, row[i].deaf);
	}
}

TESTS(CASE(the_handshake_tells_each_codepoint_by_tables_2_and_3),
      CASE(counts_begin_at_five_and_marks_are_read_back),
      CASE(a_field_that_may_have_wrapped_is_read_with_care_or_by_the_option),
      CASE(the_option_has_what_changed_and_the_order_that_is_shortest),
      CASE(the_option_stays_away_without_room_or_when_muted_or_without_news),
      CASE(an_ack_is_due_when_marks_begin_and_for_every_second),
      CASE(the_ack_of_the_syn_ack_is_read_by_table_4))
