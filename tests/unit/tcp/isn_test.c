/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include "tcp/isn.h"

static struct flow flow(uint16_t rport)
{
	return (struct flow) {
		.local = addr_v4("\x0a\x63\x00\x01"),
		.remote = addr_v4("\x0a\x63\x00\x02"),
		.lport = 80,
		.rport = rport,
	};
}

TEST(the_space_of_two_ends_moves_forward_by_4_us)
{
	const struct siphash_key key = { 1, 2 };
	struct flow f = flow(1234);
	struct seq a = tcp_isn(&key, &f, 1000000);

	EQ(seq_span(a, tcp_isn(&key, &f, 1004000)), 1);
	EQ(seq_span(a, tcp_isn(&key, &f, 1000000 + NS_PER_S)), 250000);
}

TEST(other_ends_or_keys_have_unrelated_spaces)
{
	const struct siphash_key k1 = { 1, 2 }, k2 = { 1, 3 };
	struct flow f = flow(1), g = flow(2);
	uint32_t a = tcp_isn(&k1, &f, 0).v, b = tcp_isn(&k1, &g, 0).v;

	OK(a != b);
	OK(tcp_isn(&k2, &f, 0).v != a);
	/* neighbours in port are not neighbours in number */
	for (uint16_t i = 3; i < 1000; i++) {
		f = flow(i);
		a = tcp_isn(&k1, &f, 0).v;
		OK(a - b > 100000 || b - a > 100000 || a == b);
	}
}

TEST(bits_are_spread_over_the_whole_space)
{
	const struct siphash_key key = { 77, 88 };
	unsigned ones[32] = { 0 };

	for (uint16_t i = 0; i < 4096; i++) {
		struct flow f = flow(i);
		uint32_t v = tcp_isn(&key, &f, 0).v;

		for (int bit = 0; bit < 32; bit++)
			ones[bit] += v >> bit & 1;
	}
	for (int bit = 0; bit < 32; bit++) /* 2048 +- 6 sigma */
		OK(ones[bit] > 1856 && ones[bit] < 2240);
}

TESTS(CASE(the_space_of_two_ends_moves_forward_by_4_us),
      CASE(other_ends_or_keys_have_unrelated_spaces),
      CASE(bits_are_spread_over_the_whole_space))
