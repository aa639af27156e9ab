/* SPDX-License-Identifier: MIT */
#include "world/eventq.h"

#include "../test.h"
#include "base/rng.h"

enum { MANY = 500 };

struct thing {
	struct world_event ev;
	unsigned id;
};

static unsigned id_of(struct world_event *ev)
{
	OK(ev);
	return ((struct thing *)(void *)ev)->id;
}

static void reserve(struct world_eventq *q, unsigned n)
{
	while (n--)
		EQ(world_eventq_reserve(q), 0);
}

TEST(earlier_ones_come_first)
{
	static const ostia_time at[] = { 30, 10, 20, 50, 40 };
	static const unsigned order[] = { 1, 2, 0, 4, 3 };
	struct world_eventq q = { 0 };
	struct thing t[5] = { 0 };

	reserve(&q, 5);
	for (unsigned i = 0; i < 5; i++) {
		t[i].id = i;
		world_eventq_arm(&q, &t[i].ev, at[i]);
	}
	EQ(world_eventq_next(&q), 10);
	for (unsigned i = 0; i < 5; i++)
		EQ(id_of(world_eventq_pop(&q)), order[i]);
	OK(!world_eventq_pop(&q));
	EQ(world_eventq_next(&q), OSTIA_NEVER);
	world_eventq_fini(&q);
}

TEST(at_one_time_the_order_of_arming_counts)
{
	struct world_eventq q = { 0 };
	struct thing t[MANY] = { 0 };

	reserve(&q, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		t[i].id = i;
		world_eventq_arm(&q, &t[i].ev, 7);
	}
	world_eventq_arm(&q, &t[0].ev, 7); /* again: now the last */
	for (unsigned i = 1; i < MANY; i++)
		EQ(id_of(world_eventq_pop(&q)), i);
	EQ(id_of(world_eventq_pop(&q)), 0);
	world_eventq_fini(&q);
}

TEST(one_that_was_disarmed_never_comes)
{
	struct world_eventq q = { 0 };
	struct thing t[3] = { { .id = 0 }, { .id = 1 }, { .id = 2 } };

	reserve(&q, 3);
	for (unsigned i = 0; i < 3; i++)
		world_eventq_arm(&q, &t[i].ev, i);
	world_eventq_disarm(&q, &t[1].ev);
	world_eventq_disarm(&q, &t[1].ev); /* and once more is nothing */
	EQ(id_of(world_eventq_pop(&q)), 0);
	EQ(id_of(world_eventq_pop(&q)), 2);
	OK(!world_eventq_pop(&q));
	world_eventq_fini(&q);
}

/* The slow and sure one: look at all. */
static struct thing *least(struct thing *t, const uint64_t *armed)
{
	struct thing *best = NULL;

	for (unsigned i = 0; i < MANY; i++)
		if (t[i].ev.pos && (!best || t[i].ev.time < best->ev.time ||
				    (t[i].ev.time == best->ev.time &&
				     armed[i] < armed[best->id])))
			best = &t[i];
	return best;
}

TEST(a_random_mix_agrees_with_looking_at_all)
{
	static const uint8_t seed[16] = "eventq";
	struct world_eventq q = { 0 };
	static struct thing t[MANY];
	static uint64_t armed[MANY];
	struct rng r;

	rng_init(&r, seed);
	reserve(&q, MANY);
	for (unsigned i = 0; i < MANY; i++)
		t[i].id = i;
	for (unsigned n = 1; n < 20000; n++) {
		unsigned i = rng_below(&r, MANY), what = rng_below(&r, 8);

		if (what < 4) {
			world_eventq_arm(&q, &t[i].ev, rng_below(&r, 300));
			armed[i] = n;
		} else if (what < 5) {
			world_eventq_disarm(&q, &t[i].ev);
		} else {
			struct thing *want = least(t, armed);
			struct world_event *got = world_eventq_pop(&q);

			OK(got == (want ? &want->ev : NULL));
		}
	}
	world_eventq_fini(&q);
}

TESTS(CASE(earlier_ones_come_first),
      CASE(at_one_time_the_order_of_arming_counts),
      CASE(one_that_was_disarmed_never_comes),
      CASE(a_random_mix_agrees_with_looking_at_all))
