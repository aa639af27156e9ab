/* SPDX-License-Identifier: MIT */
#include "tcp/undo.h"

#include "../test.h"

static const struct tcp_cwin before = { 20, 30 };

static struct tcp_undo begun(bool ece)
{
	struct tcp_undo u;

	tcp_undo_init(&u);
	tcp_undo_begin(&u, seq(1000), &before, 0, ece);
	return u;
}

TEST(nothing_is_proved_while_nothing_was_sent_again)
{
	struct tcp_undo u = begun(false);

	tcp_undo_on_dsack(&u, seq(3000), 1);
	EQ(tcp_undo_proof(&u, 1), TCP_UNDO_NONE);
}

TEST(as_many_duplicates_as_retransmissions_are_proof)
{
	struct tcp_undo u = begun(false);

	tcp_undo_on_resent(&u, 3, 5 * NS_PER_MS);
	tcp_undo_on_dsack(&u, seq(2000), 2);
	EQ(tcp_undo_proof(&u, 0), TCP_UNDO_NONE);
	tcp_undo_on_dsack(&u, seq(3000), 1);
	EQ(tcp_undo_proof(&u, 0), TCP_UNDO_DSACK);
}

TEST(duplicates_from_before_the_repair_do_not_count)
{
	struct tcp_undo u = begun(false);

	tcp_undo_on_resent(&u, 1, 5 * NS_PER_MS);
	tcp_undo_on_dsack(&u, seq(1000), 1);
	EQ(tcp_undo_proof(&u, 0), TCP_UNDO_NONE);
}

/* RFC 3522 3.2 (5): the echo is of the original. It counts whole ms. */
TEST(an_echo_older_than_the_first_retransmission_is_proof)
{
	struct tcp_undo u = begun(false);

	EQ(tcp_undo_proof(&u, 4000), TCP_UNDO_NONE); /* none left yet */
	tcp_undo_on_resent(&u, 1, 5 * NS_PER_MS);
	tcp_undo_on_resent(&u, 1, 9 * NS_PER_MS);
	EQ(tcp_undo_proof(&u, 0), TCP_UNDO_NONE);
	EQ(tcp_undo_proof(&u, 5000), TCP_UNDO_NONE); /* of the same ms */
	EQ(tcp_undo_proof(&u, 4000), TCP_UNDO_TIMESTAMP);
}

TEST(the_windows_come_back_and_never_shrink)
{
	struct tcp_undo u = begun(false);
	struct tcp_cwin w = { 5, 14 };

	tcp_undo_windows(&u, &w, &tcp_reno, NULL);
	EQ(w.cwnd, 20);
	EQ(w.ssthresh, 30);
	EQ(tcp_undo_proof(&u, 1), TCP_UNDO_NONE); /* once */
	u = begun(false);
	w = (struct tcp_cwin) { 40, 50 };
	tcp_undo_windows(&u, &w, &tcp_reno, NULL);
	EQ(w.cwnd, 40);
	EQ(w.ssthresh, 50);
}

/* RFC 4015 3.1 (9): with ECN-Echo the sender MUST NOT reverse. */
TEST(what_the_network_asked_for_stands)
{
	struct tcp_undo u = begun(true);
	struct tcp_cwin w = { 10, 14 };

	tcp_undo_on_resent(&u, 1, 5 * NS_PER_MS);
	EQ(tcp_undo_proof(&u, 4000), TCP_UNDO_TIMESTAMP);
	tcp_undo_windows(&u, &w, &tcp_reno, NULL);
	EQ(w.cwnd, 10);
	EQ(w.ssthresh, 14);
}

TESTS(CASE(nothing_is_proved_while_nothing_was_sent_again),
      CASE(as_many_duplicates_as_retransmissions_are_proof),
      CASE(duplicates_from_before_the_repair_do_not_count),
      CASE(an_echo_older_than_the_first_retransmission_is_proof),
      CASE(the_windows_come_back_and_never_shrink),
      CASE(what_the_network_asked_for_stands))
