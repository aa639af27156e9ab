/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/table.h"

#include "../lend.h"
#include "../random.h"
#include <errno.h>

static bool filed(const struct table *t, uint32_t tag, uint32_t handle)
{
	table_each_match(t, tag, it) if (it.handle == handle) return true;
	return false;
}

static unsigned candidates(const struct table *t, uint32_t tag)
{
	unsigned n = 0;

	table_each_match(t, tag, it) n++;
	return n;
}

/* Handle h is filed under a tag of its own, spread well. */
static uint32_t tag_of(uint32_t h)
{
	return h * 2654435761u;
}

TEST(an_empty_table_finds_nothing_and_takes_no_memory)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct table t;
	uint64_t cursor = 0;

	table_init(&t, &env, 100);
	EQ(candidates(&t, 7), 0);
	OK(!table_remove(&t, 7, 1));
	OK(!table_replace(&t, 7, 1, 2));
	EQ(table_walk(&t, &cursor), 0);
	table_prefetch(&t, 7);
	EQ(l.calls, 0);
	table_fini(&t);
}

TEST(finds_what_was_filed_and_forgets_what_was_removed)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct table t;

	table_init(&t, &env, 100);
	EQ(table_insert(&t, 0, 10), 0);
	EQ(table_insert(&t, UINT32_MAX, 11), 0);
	EQ(table_insert(&t, UINT32_MAX, 12), 0); /* goes round the end */
	OK(filed(&t, 0, 10));
	OK(filed(&t, UINT32_MAX, 11));
	OK(filed(&t, UINT32_MAX, 12));
	OK(!filed(&t, 0, 11));
	EQ(table_count(&t), 3);
	OK(table_remove(&t, UINT32_MAX, 11));
	OK(!table_remove(&t, UINT32_MAX, 11));
	OK(!filed(&t, UINT32_MAX, 11));
	OK(filed(&t, UINT32_MAX, 12));
	OK(filed(&t, 0, 10));
	OK(table_replace(&t, 0, 10, 20));
	OK(filed(&t, 0, 20));
	OK(!filed(&t, 0, 10));
	table_fini(&t);
	EQ(l.blocks, 0);
}

TEST(equal_tags_are_all_candidates)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct table t;

	table_init(&t, &env, 1000);
	for (uint32_t h = 1; h <= 40; h++)
		EQ(table_insert(&t, 77, h), 0);
	EQ(candidates(&t, 77), 40);
	EQ(candidates(&t, 78), 0);
	EQ(candidates(&t, 76), 0);
	table_fini(&t);
}

TEST(the_limit_refuses_and_counts)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct table t;

	table_init(&t, &env, 3);
	for (uint32_t h = 1; h <= 3; h++)
		EQ(table_insert(&t, tag_of(h), h), 0);
	EQ(table_insert(&t, tag_of(4), 4), -ENOBUFS);
	EQ(t.full, 1);
	EQ(table_count(&t), 3);
	OK(table_remove(&t, tag_of(1), 1));
	EQ(table_insert(&t, tag_of(4), 4), 0);
	table_fini(&t);
}

TEST(a_crowd_of_equal_tags_is_refused_at_last)
{
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct table t;
	uint32_t h = 1;

	table_init(&t, &env, UINT32_MAX);
	while (table_insert(&t, 5, h) == 0)
		h++;
	OK(h > TABLE_PROBE_MAX);
	OK(h < 4 * TABLE_PROBE_MAX);
	EQ(t.full, 1);
	EQ(table_insert(&t, 5u << 28, h), 0); /* others are not hurt */
	table_fini(&t);
}

TEST(without_memory_it_fills_up_and_then_says_so)
{
	struct lend l = { .left = 0 };
	struct ostia_env env = lend_env(&l);
	struct table t;
	uint32_t h = 1;

	table_init(&t, &env, 1000000);
	EQ(table_insert(&t, 1, 1), -ENOMEM);
	EQ(table_count(&t), 0);
	l.left = 1;
	while (table_insert(&t, tag_of(h), h) == 0)
		h++;
	OK(h - 1 > TABLE_SLOTS_MIN * 4 / 5);
	OK(h - 1 < TABLE_SLOTS_MIN);
	EQ(table_insert(&t, tag_of(h), h), -ENOMEM);
	for (uint32_t i = 1; i < h; i++)
		OK(filed(&t, tag_of(i), i));
	l.left = -1;
	EQ(table_insert(&t, tag_of(h), h), 0);
	table_fini(&t);
	EQ(l.blocks, 0);
}

/* No single change may touch more than its share of slots. */
TEST(grows_and_shrinks_in_steps_and_gives_memory_back)
{
	enum { MANY = 200000 };
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	struct table t;

	table_init(&t, &env, UINT32_MAX);
	for (uint32_t h = 1; h <= MANY; h++) {
		uint32_t from = t.old.from, cleared = t.cleared;

		EQ(table_insert(&t, tag_of(h), h), 0);
		OK(t.old.from <= from + TABLE_MOVE_STEP);
		OK(t.cleared <= cleared + TABLE_CLEAR_STEP);
	}
	OK(table_bytes(&t) <= (size_t)MANY * 8 * 4);
	EQ(table_bytes(&t), l.bytes);
	OK(t.probe_max < 64);
	for (uint32_t h = 1; h <= MANY; h++)
		OK(filed(&t, tag_of(h), h));
	for (uint32_t h = 1; h <= MANY - 10; h++)
		OK(table_remove(&t, tag_of(h), h));
	for (uint32_t h = MANY - 9; h <= MANY; h++)
		OK(filed(&t, tag_of(h), h));
	/* steps go on with changes alone: make some */
	for (int i = 0; i < 1000; i++) {
		EQ(table_insert(&t, 1, 1), 0);
		OK(table_remove(&t, 1, 1));
	}
	OK(table_bytes(&t) <= (size_t)2 * TABLE_SLOTS_MIN * 8);
	table_fini(&t);
	EQ(l.blocks, 0);
}

/* The model: for each handle, its tag, or nothing. */
enum { HANDLES = 3000 };

struct model {
	struct table t;
	bool in[HANDLES];
	uint32_t tag[HANDLES];
	uint32_t count;
};

static void model_insert(struct model *m, struct dice *d, uint32_t h)
{
	/* few different tags, so that equal ones and crowds are common */
	uint32_t tag = (uint32_t)dice_below(d, 512) << 23;

	if (dice_below(d, 2))
		tag = (uint32_t)dice_u64(d);
	EQ(table_insert(&m->t, tag, h), 0);
	m->in[h] = true;
	m->tag[h] = tag;
	m->count++;
}

static void model_remove(struct model *m, uint32_t h)
{
	OK(table_remove(&m->t, m->tag[h], h));
	m->in[h] = false;
	m->count--;
}

static void model_check(const struct model *m)
{
	uint64_t cursor = 0;
	uint32_t h, n = 0;

	EQ(table_count(&m->t), m->count);
	while ((h = table_walk(&m->t, &cursor))) {
		OK(h < HANDLES && m->in[h]);
		n++;
	}
	EQ(n, m->count);
	for (h = 1; h < HANDLES; h++)
		EQ(filed(&m->t, m->tag[h], h), m->in[h]);
}

TEST(agrees_with_an_array)
{
	struct dice d = dice("agrees_with_an_array");
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	static struct model m;

	for (int round = 0; round < 20; round++) {
		uint64_t in_ten = 5;

		memset(&m, 0, sizeof(m));
		table_init(&m.t, &env, HANDLES);
		for (int step = 0; step < 20000; step++) {
			uint32_t h = 1 + (uint32_t)dice_below(&d, HANDLES - 1);

			/* the tide turns: it fills and empties */
			if (step % 2000 == 0)
				in_ten = 1 + dice_below(&d, 9);
			if (m.in[h] && dice_below(&d, 10) >= in_ten)
				model_remove(&m, h);
			else if (!m.in[h] && dice_below(&d, 10) < in_ten)
				model_insert(&m, &d, h);
			if (step % 500 == 0)
				model_check(&m);
		}
		model_check(&m);
		table_fini(&m.t);
		EQ(l.blocks, 0);
	}
}

/* Memory comes and goes: insertions may fail, but nothing is lost. */
TEST(loses_nothing_when_allocations_fail_at_random)
{
	struct dice d = dice("loses_nothing_when_allocations_fail");
	struct lend l = { .left = -1 };
	struct ostia_env env = lend_env(&l);
	bool in[HANDLES] = { false };
	struct table t;

	table_init(&t, &env, HANDLES);
	for (int step = 0; step < 200000; step++) {
		uint32_t h = 1 + (uint32_t)dice_below(&d, HANDLES - 1);
		bool filling = step / 20000 % 2 == 0;

		l.left = dice_below(&d, 4) ? 0 : -1;
		if (!in[h] && filling)
			in[h] = table_insert(&t, tag_of(h), h) == 0;
		else if (in[h] && !filling)
			in[h] = !table_remove(&t, tag_of(h), h);
		EQ(filed(&t, tag_of(h), h), in[h]);
	}
	for (uint32_t h = 1; h < HANDLES; h++)
		EQ(filed(&t, tag_of(h), h), in[h]);
	table_fini(&t);
	EQ(l.blocks, 0);
}

TESTS(CASE(an_empty_table_finds_nothing_and_takes_no_memory),
      CASE(finds_what_was_filed_and_forgets_what_was_removed),
      CASE(equal_tags_are_all_candidates), CASE(the_limit_refuses_and_counts),
      CASE(a_crowd_of_equal_tags_is_refused_at_last),
      CASE(without_memory_it_fills_up_and_then_says_so),
      CASE(grows_and_shrinks_in_steps_and_gives_memory_back),
      CASE(agrees_with_an_array),
      CASE(loses_nothing_when_allocations_fail_at_random))
