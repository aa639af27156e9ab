/* SPDX-License-Identifier: MIT */
#include "tcp/prr.h"

#include "../test.h"

/* RFC 9937 8, figure 1: segment 0 of 20 is lost, two left by limited
 * transmit; cwnd and what is sent after ACKs 3 to 20.
 * At ACK 19 inflight equals ssthresh: the algorithm (6.2) says nothing, the
 * figure one segment; at ACK 20 they meet again. The algorithm is normative.
 */
TEST(a_single_loss_spreads_the_reduction_over_the_round_trip)
{
	static const uint32_t cwnd[] = { 19, 18, 18, 17, 17, 16, 16, 15, 15,
					 14, 14, 13, 13, 12, 12, 11, 10, 10 };
	static const uint32_t sent[] = { 1, 0, 1, 0, 1, 0, 1, 0, 1,
					 0, 1, 0, 1, 0, 1, 0, 0, 1 };
	uint32_t in_flight = 19; /* before ACK 3: 22 - 1 lost - 2 SACKed */
	struct tcp_prr p;

	/* out 22, SACKed 3 now, one of them new: 22 - 3 + 1 */
	tcp_prr_enter(&p, 20);
	for (size_t i = 0; i < sizeof(cwnd) / sizeof(cwnd[0]); i++) {
		uint32_t w;

		in_flight--;
		w = tcp_prr_on_acked(&p, 10, 1, in_flight, false);
		EQ(w, cwnd[i]);
		EQ(w - in_flight, sent[i]);
		tcp_prr_on_sent(&p, w - in_flight);
		in_flight = w;
	}
}

/* Figure 2: 15 of 20 are lost; ACKs 17, 18, 19 each free one segment. */
TEST(heavy_loss_conserves_packets)
{
	struct tcp_prr p;

	tcp_prr_enter(&p, 20);
	for (int i = 0; i < 3; i++) {
		uint32_t w = tcp_prr_on_acked(&p, 10, 1, 4, false);

		EQ(w, 5);
		tcp_prr_on_sent(&p, 1);
	}
}

TEST(progress_earns_one_segment_more_for_each_ack)
{
	struct tcp_prr p;

	tcp_prr_enter(&p, 20);
	tcp_prr_on_sent(&p, 1);
	EQ(tcp_prr_on_acked(&p, 10, 1, 4, true), 6);
	EQ(tcp_prr_on_acked(&p, 10, 1, 4, false), 5);
}

TEST(never_past_ssthresh)
{
	struct tcp_prr p;

	tcp_prr_enter(&p, 20);
	EQ(tcp_prr_on_acked(&p, 10, 30, 4, true), 10);
}

TEST(the_fast_retransmit_itself_is_always_allowed)
{
	struct tcp_prr p;

	tcp_prr_enter(&p, 100);
	/* 1 of 100 delivered at ssthresh 1: nothing, but for the first */
	EQ(tcp_prr_on_acked(&p, 10, 0, 50, false), 51);
}

TESTS(CASE(a_single_loss_spreads_the_reduction_over_the_round_trip),
      CASE(heavy_loss_conserves_packets),
      CASE(progress_earns_one_segment_more_for_each_ack),
      CASE(never_past_ssthresh),
      CASE(the_fast_retransmit_itself_is_always_allowed))
