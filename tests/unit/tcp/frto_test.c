/* SPDX-License-Identifier: MIT */
#include "tcp/frto.h"

#include "../test.h"

struct row {
	struct tcp_frto_ack ack;
	enum tcp_frto_step step;
	bool on, new_first; /* afterwards */
};

static void walk(const struct row *row, size_t n)
{
	struct tcp_frto f;

	tcp_frto_begin(&f, true, true);
	for (size_t i = 0; i < n; i++) {
		EQ(tcp_frto_on_ack(&f, &row[i].ack), row[i].step);
		EQ(f.on, row[i].on);
		EQ(f.new_first, row[i].new_first);
		f.new_first = false; /* as recovery does with each ACK */
	}
}

#define WALK(row) walk(row, sizeof(row) / sizeof((row)[0]))

/* RFC 5682 2.1: two ACKs that advance, and what is new goes in between. */
TEST(without_sack_the_second_ack_tells)
{
	static const struct row row[] = {
		{ { .advanced = true, .again = true, .can_send_new = true },
		  TCP_FRTO_TRY_NEW,
		  true,
		  true },
		{ { .advanced = true, .orig = true, .sent_new = true },
		  TCP_FRTO_SPURIOUS,
		  false,
		  false },
	};

	WALK(row);
}

/* 2.1 (2a), 3.1: one ACK may cover both copies of the first segment, and what
 * waited behind the lost one.
 */
TEST(without_sack_an_ack_of_what_was_sent_again_proves_nothing)
{
	static const struct row row[] = {
		{ { .advanced = true,
		    .orig = true,
		    .again = true,
		    .recovered = true,
		    .can_send_new = true },
		  TCP_FRTO_NOTHING,
		  true,
		  false },
	};
	static const struct row with_sack[] = {
		{ { .advanced = true,
		    .orig = true,
		    .again = true,
		    .sack = true },
		  TCP_FRTO_SPURIOUS,
		  false,
		  false },
	};

	WALK(row);
	WALK(with_sack);
}

TEST(a_duplicate_after_new_data_means_a_real_loss)
{
	static const struct row row[] = {
		{ { .advanced = true, .again = true, .can_send_new = true },
		  TCP_FRTO_TRY_NEW,
		  true,
		  true },
		{ { .odd = true, .sent_new = true },
		  TCP_FRTO_NOTHING,
		  false,
		  false },
		{ { .advanced = true, .orig = true, .sent_new = true },
		  TCP_FRTO_NOTHING,
		  false,
		  false },
	};

	WALK(row);
}

/* 2.1 (2b), last sentence; Appendix A has other answers. */
TEST(without_new_data_it_is_a_conventional_recovery)
{
	static const struct row row[] = {
		{ { .advanced = true, .again = true },
		  TCP_FRTO_TRY_NEW,
		  false,
		  false },
	};

	WALK(row);
}

TEST(a_duplicate_before_the_first_new_ack_leaves_the_question_open)
{
	static const struct row row[] = {
		{ { .odd = true, .sack = true },
		  TCP_FRTO_NOTHING,
		  true,
		  false },
		{ { .orig = true, .sack = true },
		  TCP_FRTO_SPURIOUS,
		  false,
		  false },
	};

	WALK(row);
}

TEST(the_setting_and_a_recovery_under_way_forbid_it)
{
	static const struct tcp_frto_ack orig = { .orig = true, .sack = true };
	struct tcp_frto f;

	tcp_frto_begin(&f, false, true);
	EQ(tcp_frto_on_ack(&f, &orig), TCP_FRTO_NOTHING);
	tcp_frto_begin(&f, true, false);
	EQ(tcp_frto_on_ack(&f, &orig), TCP_FRTO_NOTHING);
}

/* Nagle, silly windows: what seemed possible when the ACK came was not. */
TEST(when_nothing_new_may_leave_the_old_goes_again)
{
	struct tcp_frto f = { .on = true, .new_first = true };

	OK(!tcp_frto_on_nothing_new(&f, true));
	OK(f.on && f.new_first);
	OK(tcp_frto_on_nothing_new(&f, false));
	OK(!f.on && !f.new_first);
	OK(!tcp_frto_on_nothing_new(&f, false));
}

TESTS(CASE(without_sack_the_second_ack_tells),
      CASE(without_sack_an_ack_of_what_was_sent_again_proves_nothing),
      CASE(a_duplicate_after_new_data_means_a_real_loss),
      CASE(without_new_data_it_is_a_conventional_recovery),
      CASE(a_duplicate_before_the_first_new_ack_leaves_the_question_open),
      CASE(when_nothing_new_may_leave_the_old_goes_again),
      CASE(the_setting_and_a_recovery_under_way_forbid_it))
