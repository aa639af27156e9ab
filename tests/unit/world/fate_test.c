/* SPDX-License-Identifier: MIT */
#include "world/fate.h"

#include "../test.h"

enum { N = 100000 };

static void dice(struct world_fates *f, uint64_t seed, const char *text)
{
	struct ostia_faults x;
	char err[200];

	if (ostia_faults_parse(text, &x, err, sizeof(err)))
		fail_msg("%s", err);
	world_fate_init(f, seed, 1, 0);
	world_fate_set(f, &x);
}

static struct world_fate roll(struct world_fates *f, uint64_t flow)
{
	return world_fate_decide(f, world_fate_next(f, flow), 0, 1000);
}

/* got/N is within 10 % (and four deviations of a rare event) of @share. */
static void about(unsigned got, double share)
{
	double want = N * share, slack = want * 0.1 + 4;

	if (got < want - slack || got > want + slack)
		fail_msg("%u of %u, expected about %.0f", got, N, want);
}

TEST(shares_come_out_as_asked)
{
	struct world_fates f;
	unsigned lost = 0, twice = 0, bad = 0, past = 0;

	dice(&f, 3, "delay 10ms loss 5% duplicate 2% corrupt 3% reorder 10%");
	for (unsigned i = 0; i < N; i++) {
		struct world_flow *flow = world_fate_next(&f, 9);
		struct world_fate x = world_fate_decide(&f, flow, 0, 1000);

		lost += x.lost == OSTIA_FATE_LOST;
		twice += world_fate_twice(&f, flow);
		bad += x.corrupted;
		past += x.reordered;
		OK(x.reordered ? x.delay == 0 : x.delay == 10 * OSTIA_MS);
		OK(!x.corrupted || x.bit < 8000);
	}
	about(lost, 0.05);
	about(twice, 0.02);
	about(bad, 0.03);
	about(past, 0.10);
	world_fate_fini(&f);
}

TEST(bursts_have_the_length_of_their_model)
{
	struct world_fates f;
	unsigned lost = 0, bursts = 0;
	bool before = false;

	dice(&f, 5, "loss gemodel 1% 20%");
	for (unsigned i = 0; i < N; i++) {
		bool gone = roll(&f, 4).lost == OSTIA_FATE_BURST;

		lost += gone;
		bursts += gone && !before;
		before = gone;
	}
	about(lost, 0.01 / (0.01 + 0.20));
	OK(lost / bursts >= 4 && lost / bursts <= 6); /* 1/r = 5 */
	world_fate_fini(&f);
}

TEST(jitter_stays_in_its_bounds_and_centres_on_the_delay)
{
	static const char *const texts[] = {
		"delay 50ms 10ms", "delay 50ms 10ms distribution normal"
	};

	for (unsigned k = 0; k < 2; k++) {
		ostia_time lo = OSTIA_NEVER, hi = 0, sum = 0;
		ostia_time reach = (k ? 40 : 10) * OSTIA_MS;
		struct world_fates f;

		dice(&f, 1, texts[k]);
		for (unsigned i = 0; i < N; i++) {
			ostia_time d = roll(&f, 2).delay;

			lo = d < lo ? d : lo;
			hi = d > hi ? d : hi;
			sum += d / 1000;
		}
		OK(lo >= 50 * OSTIA_MS - reach && lo < 42 * OSTIA_MS);
		OK(hi <= 50 * OSTIA_MS + reach && hi > 58 * OSTIA_MS);
		OK(sum / N > 49800 && sum / N < 50200);
		world_fate_fini(&f);
	}
}

TEST(the_same_seed_gives_the_same_fates)
{
	struct world_fates a, b, c;
	unsigned differ = 0;

	dice(&a, 11, "delay 5ms 1ms loss 10% corrupt 10%");
	dice(&b, 11, "delay 5ms 1ms loss 10% corrupt 10%");
	dice(&c, 12, "delay 5ms 1ms loss 10% corrupt 10%");
	for (unsigned i = 0; i < 1000; i++) {
		struct world_fate x = roll(&a, 5), y = roll(&b, 5);
		struct world_fate z = roll(&c, 5);

		EQ(x.lost, y.lost);
		EQ(x.delay, y.delay);
		EQ(x.bit, y.bit);
		differ += x.delay != z.delay;
	}
	OK(differ > 900);
	world_fate_fini(&a);
	world_fate_fini(&b);
	world_fate_fini(&c);
}

TEST(what_other_flows_do_changes_nothing_for_one)
{
	struct world_fates a, b;

	dice(&a, 8, "delay 5ms 1ms 30% loss 10% 20% loss gemodel 5% 30%");
	dice(&b, 8, "delay 5ms 1ms 30% loss 10% 20% loss gemodel 5% 30%");
	for (unsigned i = 0; i < 2000; i++) {
		struct world_fate x = roll(&a, 77), y;

		for (unsigned k = 0; k < i % 5; k++)
			roll(&b, 1000 + i * k);
		y = roll(&b, 77);
		EQ(x.lost, y.lost);
		EQ(x.delay, y.delay);
	}
	world_fate_fini(&a);
	world_fate_fini(&b);
}

TEST(periodic_loss_foretold_is_what_befalls)
{
	struct world_fates by_one, by_many;
	unsigned n = 0, lost = 0;

	dice(&by_one, 7, "loss every 100");
	dice(&by_many, 7, "loss every 100");
	for (unsigned i = 0; i < 1000; i++) {
		unsigned many = 1 + i % 44, gone = 0;
		bool spared;

		for (unsigned k = 0; k < many; k++)
			gone += roll(&by_one, 5).lost != OSTIA_FATE_SENT;
		spared = world_fate_spares(&by_many, 5, many);
		EQ(spared, !gone);
		for (unsigned k = 0; k < many && !spared; k++)
			roll(&by_many, 5);
		EQ(by_many.packets, by_one.packets);
		n += many;
		lost += gone;
	}
	EQ(lost, n / 100);
	world_fate_fini(&by_one);
	world_fate_fini(&by_many);
}

TEST(correlated_losses_cluster)
{
	struct world_fates f;
	unsigned pairs[2] = { 0, 0 }, lost[2] = { 0, 0 };

	for (unsigned k = 0; k < 2; k++) {
		bool before = false;

		dice(&f, 21, k ? "loss 30% 60%" : "loss 30%");
		for (unsigned i = 0; i < N; i++) {
			bool gone = roll(&f, 6).lost;

			lost[k] += gone;
			pairs[k] += gone && before;
			before = gone;
		}
		world_fate_fini(&f);
	}
	about(lost[0], 0.3);
	about(lost[1], 0.3);
	about(pairs[0], 0.3 * 0.3);
	about(pairs[1], 0.3 * (0.6 + 0.4 * 0.3));
}

TEST(a_million_flows_are_bounded_and_none_is_doomed)
{
	struct world_fates f;
	unsigned lost = 0;

	dice(&f, 2, "loss 50%");
	for (uint64_t i = 0; i < 1000000; i++)
		roll(&f, i * UINT64_C(0x9e3779b97f4a7c15) + 1);
	OK(f.cap <= WORLD_FATE_MAX_FLOWS);
	OK(f.evicted > 0);
	/* two that share a slot and push each other out still get through */
	for (unsigned i = 0; i < 1000; i++) {
		lost += roll(&f, UINT64_C(5) << 40 | 3).lost != 0;
		roll(&f, UINT64_C(6) << 40 | 3);
	}
	OK(lost > 400 && lost < 600);
	world_fate_fini(&f);
}

/* Two packets of one TCP connection, and one of another. */
TEST(a_flow_is_its_addresses_protocol_and_ports)
{
	uint8_t p[40] = { 0x45, 0, 0, 40, 1,  1, 0x40, 0, 64, 6, 0, 0,
			  10,	0, 0, 1,  10, 0, 0,    2, 16, 0, 0, 80 };
	struct world_fates f;
	uint64_t one;

	dice(&f, 2, "loss 50%");
	one = world_fate_flow_id(&f, p, sizeof(p), false);
	p[5] = 9; /* another identification */
	p[30] = 1; /* and acknowledgment */
	OK(world_fate_flow_id(&f, p, sizeof(p), false) == one);
	p[21] = 1; /* another port */
	OK(world_fate_flow_id(&f, p, sizeof(p), false) != one);
	for (size_t n = 0; n < sizeof(p); n++) /* and short ones are fine */
		OK(world_fate_flow_id(&f, p, n, true));
	world_fate_fini(&f);
}

TESTS(CASE(shares_come_out_as_asked),
      CASE(bursts_have_the_length_of_their_model),
      CASE(jitter_stays_in_its_bounds_and_centres_on_the_delay),
      CASE(the_same_seed_gives_the_same_fates),
      CASE(what_other_flows_do_changes_nothing_for_one),
      CASE(periodic_loss_foretold_is_what_befalls),
      CASE(correlated_losses_cluster),
      CASE(a_million_flows_are_bounded_and_none_is_doomed),
      CASE(a_flow_is_its_addresses_protocol_and_ports))
