/* SPDX-License-Identifier: MIT */
/* Both back ends answer the same questions. */
#include "world/coro.h"

#include "../test.h"
#include <errno.h>

static const struct world_coro_ops *const backs[] = { &world_fiber_ops,
						      &world_baton_ops };

struct job {
	struct world_coro co;
	char *log;
	char name;
	int rounds;
};

static void note(struct job *j)
{
	size_t n = strlen(j->log);

	j->log[n] = j->name;
	j->log[n + 1] = 0;
}

static void work(void *arg)
{
	struct job *j = arg;

	for (int i = 0; i < j->rounds; i++) {
		note(j);
		errno = j->name;
		world_coro_yield(&j->co);
		EQ(errno, j->name); /* each has an errno of its own */
	}
	note(j);
}

TEST(resuming_goes_on_where_it_yielded)
{
	for (unsigned k = 0; k < 2; k++) {
		struct world_coro_set set;
		char log[32] = "";
		struct job a = { .log = log, .name = 'a', .rounds = 2 };
		struct job b = { .log = log, .name = 'b', .rounds = 1 };

		world_coro_set_init(&set, backs[k], 65536);
		EQ(world_coro_init(&a.co, &set, work, &a), 0);
		EQ(world_coro_init(&b.co, &set, work, &b), 0);
		errno = 5;
		world_coro_resume(&a.co);
		world_coro_resume(&b.co);
		world_coro_resume(&a.co);
		OK(!a.co.ended);
		world_coro_resume(&b.co);
		OK(b.co.ended);
		world_coro_resume(&a.co);
		OK(a.co.ended);
		EQ(errno, 5);
		STR(log, "ababa");
		world_coro_fini(&a.co);
		world_coro_fini(&b.co);
		world_coro_set_fini(&set);
	}
}

static void deep(struct job *j, int n)
{
	volatile char frame[64];

	frame[0] = (char)n;
	if (n < 0)
		return;
	if (n == 0)
		world_coro_end(&j->co);
	deep(j, n - 1);
	j->rounds += frame[0];
}

static void work_that_ends_below(void *arg)
{
	deep(arg, 20);
}

TEST(one_may_end_anywhere_and_its_stack_is_used_again)
{
	for (unsigned k = 0; k < 2; k++) {
		struct world_coro_set set;

		world_coro_set_init(&set, backs[k], 65536);
		for (int i = 0; i < 100; i++) {
			struct job j = { .name = 'x' };

			EQ(world_coro_init(&j.co, &set, work_that_ends_below,
					   &j),
			   0);
			world_coro_resume(&j.co);
			OK(j.co.ended);
			EQ(j.rounds, 0);
			world_coro_fini(&j.co);
		}
		if (backs[k] == &world_fiber_ops)
			EQ(set.allocs, 1);
		world_coro_set_fini(&set);
	}
}

TEST(one_that_never_ran_can_be_given_back)
{
	for (unsigned k = 0; k < 2; k++) {
		struct world_coro_set set;
		struct job j = { .name = 'x' };

		world_coro_set_init(&set, backs[k], 65536);
		EQ(world_coro_init(&j.co, &set, work, &j), 0);
		world_coro_fini(&j.co);
		world_coro_set_fini(&set);
	}
}

struct sums {
	struct world_coro co;
	double x;
	uint64_t h;
};

/* What the ABI says a call preserves: integers and the rounding of floats. */
static void add_up(void *arg)
{
	struct sums *s = arg;

	for (int i = 1; i <= 1000; i++) {
		double a = s->x, b = a + 1.0 / i;
		uint64_t h = s->h * 31 + (uint64_t)i;

		world_coro_yield(&s->co);
		s->x = b;
		s->h = h;
	}
}

TEST(registers_survive_the_others)
{
	for (unsigned k = 0; k < 2; k++) {
		struct world_coro_set set;
		struct sums s[3] = { { .x = 0 }, { .x = 5 }, { .x = 9 } };
		double want = 0;

		world_coro_set_init(&set, backs[k], 65536);
		for (int i = 0; i < 3; i++)
			EQ(world_coro_init(&s[i].co, &set, add_up, &s[i]), 0);
		for (int n = 0; n <= 1000; n++)
			for (int i = 0; i < 3; i++)
				world_coro_resume(&s[i].co);
		for (int i = 1; i <= 1000; i++)
			want += 1.0 / i;
		OK(s[0].x == want);
		OK(s[1].x > want + 4.999 && s[1].x < want + 5.001);
		OK(s[0].h == s[1].h && s[1].h == s[2].h);
		for (int i = 0; i < 3; i++) {
			OK(s[i].co.ended);
			world_coro_fini(&s[i].co);
		}
		world_coro_set_fini(&set);
	}
}

TESTS(CASE(resuming_goes_on_where_it_yielded),
      CASE(one_may_end_anywhere_and_its_stack_is_used_again),
      CASE(one_that_never_ran_can_be_given_back),
      CASE(registers_survive_the_others))
