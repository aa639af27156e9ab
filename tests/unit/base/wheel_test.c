/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/wheel.h"

#include "../random.h"

#define TICK (UINT64_C(1) << WHEEL_TICK_BITS)

TEST(an_empty_wheel_waits_for_nothing)
{
	struct wheel w;

	wheel_init(&w, 5 * NS_PER_S);
	EQ(wheel_next_deadline(&w), OSTIA_NEVER);
	EQ(wheel_count(&w), 0);
	OK(!wheel_expire(&w, 6 * NS_PER_S));
	OK(!wheel_expire(&w, OSTIA_NEVER - 1));
}

TEST(a_node_expires_at_its_deadline_and_not_a_ns_earlier)
{
	static const uint64_t delay[] = { 0,
					  1,
					  TICK - 1,
					  TICK,
					  TICK + 1,
					  64 * TICK,
					  64 * TICK + 1,
					  40 * NS_PER_MS,
					  200 * NS_PER_MS,
					  NS_PER_S,
					  7200 * NS_PER_S,
					  UINT64_C(1) << 62 };
	static const ostia_time start[] = { 0, 1, 65535, 123456789,
					    UINT64_C(1) << 40 };

	for (size_t i = 0; i < sizeof(delay) / sizeof(delay[0]); i++)
		for (size_t j = 0; j < sizeof(start) / sizeof(start[0]); j++) {
			ostia_time then = start[j] + delay[i];
			struct wheel_node n = { 0 };
			struct wheel w;

			wheel_init(&w, start[j]);
			wheel_arm(&w, &n, then);
			EQ(wheel_next_deadline(&w), then);
			OK(wheel_armed(&n));
			if (delay[i] > 0)
				OK(!wheel_expire(&w, then - 1));
			EQ(wheel_next_deadline(&w), then);
			OK(wheel_expire(&w, then) == &n);
			OK(!wheel_armed(&n));
			OK(!wheel_expire(&w, then));
			EQ(wheel_next_deadline(&w), OSTIA_NEVER);
		}
}

TEST(equal_deadlines_expire_in_the_order_they_were_armed)
{
	struct wheel_node n[6] = { 0 };
	ostia_time then = NS_PER_S + 17;
	struct wheel w;

	wheel_init(&w, 0);
	wheel_arm(&w, &n[3], then);
	wheel_arm(&w, &n[1], then);
	OK(!wheel_expire(&w, then - 3 * NS_PER_MS)); /* now on a finer level */
	wheel_arm(&w, &n[5], then);
	OK(!wheel_expire(&w, then - 1)); /* now on the finest */
	wheel_arm(&w, &n[0], then);
	wheel_arm(&w, &n[1], then); /* again: it goes to the end */
	OK(wheel_expire(&w, then) == &n[3]);
	OK(wheel_expire(&w, then) == &n[5]);
	OK(wheel_expire(&w, then) == &n[0]);
	OK(wheel_expire(&w, then) == &n[1]);
	OK(!wheel_expire(&w, then));
}

TEST(one_jump_expires_all_in_order_of_deadlines)
{
	/* 20 nodes in one tick, backwards, and others on every level */
	struct wheel_node n[40] = { 0 };
	ostia_time last = 0;
	struct wheel w;

	wheel_init(&w, 0);
	for (unsigned i = 0; i < 20; i++)
		wheel_arm(&w, &n[i], TICK * 1000 + 500 - i);
	for (unsigned i = 20; i < 40; i++)
		wheel_arm(&w, &n[i], UINT64_C(1) << (i + 10));
	for (unsigned i = 0; i < 40; i++) {
		struct wheel_node *got = wheel_expire(&w, OSTIA_NEVER - 1);

		OK(got);
		OK(got->deadline >= last);
		last = got->deadline;
	}
	OK(!wheel_expire(&w, OSTIA_NEVER - 1));
}

TEST(never_disarms_and_disarming_twice_is_harmless)
{
	struct wheel_node n = { 0 };
	struct wheel w;

	wheel_init(&w, 0);
	wheel_disarm(&w, &n);
	wheel_arm(&w, &n, NS_PER_S);
	wheel_arm(&w, &n, OSTIA_NEVER);
	OK(!wheel_armed(&n));
	EQ(wheel_next_deadline(&w), OSTIA_NEVER);
	wheel_arm(&w, &n, NS_PER_S);
	wheel_disarm(&w, &n);
	wheel_disarm(&w, &n);
	EQ(wheel_count(&w), 0);
	OK(!wheel_expire(&w, 2 * NS_PER_S));
}

TEST(rearming_while_expiring_stays_in_the_round_only_if_due)
{
	struct wheel_node n = { 0 };
	ostia_time now = 3 * NS_PER_S;
	struct wheel w;

	wheel_init(&w, 0);
	wheel_arm(&w, &n, NS_PER_S);
	OK(wheel_expire(&w, now) == &n);
	wheel_arm(&w, &n, NS_PER_S / 2); /* in the past */
	OK(wheel_expire(&w, now) == &n);
	wheel_arm(&w, &n, now);
	OK(wheel_expire(&w, now) == &n);
	wheel_arm(&w, &n, now + 1);
	OK(!wheel_expire(&w, now));
	EQ(wheel_next_deadline(&w), now + 1);
	OK(wheel_expire(&w, now + 1) == &n);
}

TEST(time_that_goes_back_changes_nothing)
{
	struct wheel_node n = { 0 };
	struct wheel w;

	wheel_init(&w, 10000 * NS_PER_S);
	wheel_arm(&w, &n, 10001 * NS_PER_S);
	OK(!wheel_expire(&w, NS_PER_S));
	EQ(wheel_next_deadline(&w), 10001 * NS_PER_S);
	OK(!wheel_expire(&w, 10001 * NS_PER_S - 1));
	OK(wheel_expire(&w, 10001 * NS_PER_S) == &n);
}

TEST(the_next_deadline_is_never_late_among_many)
{
	enum { MANY = 5 * WHEEL_LOOK };
	struct wheel_node n[MANY] = { 0 };
	ostia_time then = 3600 * NS_PER_S;
	struct wheel w;

	wheel_init(&w, 0);
	for (unsigned i = 0; i < MANY; i++)
		wheel_arm(&w, &n[i], then + MANY - i);
	for (unsigned i = MANY; i-- > 1;) {
		wheel_disarm(&w, &n[i]);
		OK(wheel_next_deadline(&w) <= n[i - 1].deadline);
		OK(wheel_next_deadline(&w) > then / 2);
	}
	OK(!wheel_expire(&w, n[0].deadline - 1));
	EQ(wheel_next_deadline(&w), n[0].deadline);
}

/* The model: an array searched for the least (deadline, order of arming). */
enum { NODES = 300 };

struct model {
	struct wheel w;
	struct wheel_node node[NODES];
	uint64_t armed[NODES]; /* when, as a count; 0: not armed */
	uint64_t arms;
	ostia_time now;
};

static int model_first(const struct model *m)
{
	int first = -1;

	for (int i = 0; i < NODES; i++) {
		if (!m->armed[i])
			continue;
		if (first < 0 ||
		    m->node[i].deadline < m->node[first].deadline ||
		    (m->node[i].deadline == m->node[first].deadline &&
		     m->armed[i] < m->armed[first]))
			first = i;
	}
	return first;
}

static ostia_time some_deadline(struct model *m, struct dice *d)
{
	switch (dice_below(d, 6)) {
	case 0: /* an equal one */
		return m->node[dice_below(d, NODES)].deadline;
	case 1: /* the past */
		return m->now - dice_below(d, m->now + 1);
	case 2: /* a crowd within a tick or two */
		return time_after(m->now, dice_below(d, 2 * TICK));
	case 3: /* a round number, a coarse slot's edge */
		return time_after(m->now, NS_PER_S) >> 20 << 20;
	default:
		return time_after(m->now, dice_log(d, 50));
	}
}

static void model_arm(struct model *m, struct dice *d)
{
	size_t i = dice_below(d, NODES);
	ostia_time then = some_deadline(m, d);

	wheel_arm(&m->w, &m->node[i], then);
	m->armed[i] = then == OSTIA_NEVER ? 0 : ++m->arms;
}

static void model_disarm(struct model *m, struct dice *d)
{
	size_t i = dice_below(d, NODES);

	wheel_disarm(&m->w, &m->node[i]);
	m->armed[i] = 0;
}

static void model_advance(struct model *m, struct dice *d)
{
	struct wheel_node *got;
	int want;

	if (dice_below(d, 3) && wheel_next_deadline(&m->w) != OSTIA_NEVER &&
	    wheel_next_deadline(&m->w) > m->now)
		m->now = wheel_next_deadline(&m->w);
	else
		m->now = time_after(m->now, dice_log(d, 40));
	while ((got = wheel_expire(&m->w, m->now))) {
		want = model_first(m);
		OK(want >= 0);
		EQ(got - m->node, want);
		OK(got->deadline <= m->now);
		m->armed[want] = 0;
		if (dice_below(d, 8) == 0)
			model_arm(m, d);
		if (dice_below(d, 8) == 0)
			model_disarm(m, d);
		if (dice_below(d, 100) == 0)
			return; /* a caller who stops early */
	}
	want = model_first(m);
	if (want < 0)
		EQ(wheel_next_deadline(&m->w), OSTIA_NEVER);
	else
		OK(m->node[want].deadline > m->now);
}

static void model_check(const struct model *m)
{
	int first = model_first(m);
	uint32_t n = 0;

	for (int i = 0; i < NODES; i++) {
		n += m->armed[i] != 0;
		EQ(wheel_armed(&m->node[i]), m->armed[i] != 0);
	}
	EQ(wheel_count(&m->w), n);
	OK(first < 0 || wheel_next_deadline(&m->w) <= m->node[first].deadline);
}

TEST(agrees_with_a_sorted_list)
{
	struct dice d = dice("agrees_with_a_sorted_list");
	static struct model m;

	for (int round = 0; round < 60; round++) {
		uint64_t busy = dice_below(&d, 20) + 2;

		memset(&m, 0, sizeof(m));
		m.now = dice_log(&d, 50);
		wheel_init(&m.w, m.now);
		for (int step = 0; step < 2000; step++) {
			if (dice_below(&d, busy) == 0)
				model_advance(&m, &d);
			else if (dice_below(&d, 5) == 0)
				model_disarm(&m, &d);
			else
				model_arm(&m, &d);
			if (step % 16 == 0)
				model_check(&m);
		}
	}
}

/* A hundred thousand deadlines in one coarse slot, rolled into one tick. */
TEST(a_crowd_in_one_tick_is_sorted)
{
	enum { CROWD = 100000 };
	struct dice d = dice("a_crowd_in_one_tick_is_sorted");
	struct wheel_node *n = calloc(CROWD, sizeof(*n));
	struct wheel_node *got, *last = NULL;
	struct wheel w;
	int count = 0;

	OK(n);
	wheel_init(&w, 0);
	for (int i = 0; i < CROWD; i++)
		wheel_arm(&w, &n[i], 5000 * TICK + dice_below(&d, TICK / 8));
	OK(wheel_next_deadline(&w) <= 5000 * TICK + TICK / 8);
	while ((got = wheel_expire(&w, 5001 * TICK))) {
		if (last)
			OK(got->deadline > last->deadline ||
			   (got->deadline == last->deadline && got > last));
		last = got;
		count++;
	}
	EQ(count, CROWD);
	free(n);
}

TEST(the_next_deadline_is_exact_among_few)
{
	struct dice d = dice("the_next_deadline_is_exact_among_few");

	for (int round = 0; round < 2000; round++) {
		struct wheel_node n[WHEEL_LOOK] = { 0 };
		ostia_time least = OSTIA_NEVER;
		struct wheel w;
		size_t gone = dice_below(&d, WHEEL_LOOK);

		wheel_init(&w, 0);
		for (int i = 0; i < WHEEL_LOOK; i++)
			wheel_arm(&w, &n[i], NS_PER_S + dice_log(&d, 30));
		wheel_disarm(&w, &n[gone]);
		for (int i = 0; i < WHEEL_LOOK; i++)
			if (wheel_armed(&n[i]))
				least = time_min(least, n[i].deadline);
		EQ(wheel_next_deadline(&w), least);
	}
}

TESTS(CASE(an_empty_wheel_waits_for_nothing),
      CASE(a_node_expires_at_its_deadline_and_not_a_ns_earlier),
      CASE(equal_deadlines_expire_in_the_order_they_were_armed),
      CASE(one_jump_expires_all_in_order_of_deadlines),
      CASE(never_disarms_and_disarming_twice_is_harmless),
      CASE(rearming_while_expiring_stays_in_the_round_only_if_due),
      CASE(time_that_goes_back_changes_nothing),
      CASE(the_next_deadline_is_never_late_among_many),
      CASE(agrees_with_a_sorted_list), CASE(a_crowd_in_one_tick_is_sorted),
      CASE(the_next_deadline_is_exact_among_few))
