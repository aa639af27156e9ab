/* SPDX-License-Identifier: MIT */
#include "tcp/cc.h"

#include "../test.h"

#include <linux/inet_diag.h>

/* A window of @n segments is acknowledged, @marked of them marked. */
static void window(union tcp_cc_state *s, struct tcp_cwin *w, uint32_t n,
		   uint32_t marked)
{
	static struct seq una;
	struct tcp_rate_sample a = { .acked = 1, .cwnd_limited = true };

	for (uint32_t i = 0; i < n; i++) {
		una = seq_add(una, 1000);
		a.una = una;
		a.nxt = seq_add(una, n * 1000);
		a.marked = i < marked;
		tcp_dctcp.on_every(s, w, &a, 0);
	}
}

TEST(alpha_begins_at_one_and_follows_the_share_of_marks)
{
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_dctcp.init(&s, &w, 0);
	EQ(s.dctcp.alpha, 1024);
	window(&s, &w, 1, 0);
	for (int i = 0; i < 100; i++)
		window(&s, &w, 100, 25);
	assert_true(s.dctcp.alpha > 240 && s.dctcp.alpha < 272);
	for (int i = 0; i < 200; i++)
		window(&s, &w, 100, 0);
	EQ(s.dctcp.alpha, 0);
	for (int i = 0; i < 200; i++)
		window(&s, &w, 100, 100);
	assert_true(s.dctcp.alpha >= 1010 && s.dctcp.alpha <= 1024);
}

TEST(gives_way_by_half_of_alpha_and_by_half_to_a_loss)
{
	struct tcp_cwin w = { 100, TCP_SSTHRESH_NONE };
	union tcp_cc_state s;

	tcp_dctcp.init(&s, &w, 0);
	EQ(tcp_dctcp.on_ecn(&s, &w, 0), 50);
	s.dctcp.alpha = 256;
	EQ(tcp_dctcp.on_ecn(&s, &w, 0), 88);
	s.dctcp.alpha = 0;
	EQ(tcp_dctcp.on_ecn(&s, &w, 0), 100);
	EQ(tcp_dctcp.on_loss(&s, &w, 0), 50);
	EQ(tcp_dctcp.on_rto(&s, &w, 0), 50);
	w.cwnd = 2;
	s.dctcp.alpha = 1024;
	EQ(tcp_dctcp.on_ecn(&s, &w, 0), 2);
}

TEST(grows_as_reno_does)
{
	struct tcp_cwin w = { 10, 20 };
	const struct tcp_rate_sample a = { .acked = 10, .cwnd_limited = true };
	union tcp_cc_state s;

	tcp_dctcp.init(&s, &w, 0);
	tcp_dctcp.on_acked(&s, &w, &a, 0);
	EQ(w.cwnd, 20);
	tcp_dctcp.on_acked(&s, &w, &a, 0);
	EQ(w.cwnd, 20);
	tcp_dctcp.on_acked(&s, &w, &a, 0);
	EQ(w.cwnd, 21);
}

TEST(tells_alpha_as_linux_does)
{
	struct tcp_cwin w = { 10, 20 };
	union tcp_cc_state s;
	union tcp_cc_info i;

	tcp_dctcp.init(&s, &w, 0);
	window(&s, &w, 1, 1);
	window(&s, &w, 4, 2);
	EQ(tcp_dctcp.info(&s, 1000, &i), sizeof(struct tcp_dctcp_info));
	EQ(i.dctcp.dctcp_enabled, 1);
	EQ(i.dctcp.dctcp_alpha, s.dctcp.alpha);
}

TESTS(CASE(alpha_begins_at_one_and_follows_the_share_of_marks),
      CASE(gives_way_by_half_of_alpha_and_by_half_to_a_loss),
      CASE(grows_as_reno_does), CASE(tells_alpha_as_linux_does))
