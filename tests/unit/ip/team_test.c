/* SPDX-License-Identifier: MIT */
#include "net.h"

#include "base/bpf.h"
#include "ip/team.h"

enum { MEMBERS = 4 };

struct place {
	struct lend lend;
	struct ostia_env env;
	struct teams teams;
	struct binding b[MEMBERS];
};

static void setup(struct place *t, long left)
{
	*t = (struct place) { .lend = { .left = -1 } };
	t->env = lend_env(&t->lend);
	team_init(&t->teams, &t->env);
	t->lend.left = left;
}

static void teardown(struct place *t)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		team_leave(&t->teams, &t->b[i]);
	team_fini(&t->teams);
	EQ(t->lend.blocks, 0);
}

static void gather(struct place *t)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		EQ(team_join(&t->teams, &t->b[i], i ? &t->b[0] : NULL), 0);
}

static void expect(const struct place *t, unsigned by, const char *numbers)
{
	const struct team *team = team_of(&t->teams, &t->b[by]);

	list_each (node, &team->members) {
		EQ(list_entry(node, struct team_mate, node)->b - t->b,
		   *numbers - '0');
		numbers++;
	}
	EQ(*numbers, 0);
}

TEST(members_are_numbered_as_they_come)
{
	struct place t;

	setup(&t, -1);
	gather(&t);
	expect(&t, 3, "0123");
	teardown(&t);
}

TEST(the_last_one_takes_the_number_of_who_leaves)
{
	struct place t;

	setup(&t, -1);
	gather(&t);
	team_leave(&t.teams, &t.b[0]);
	expect(&t, 1, "312");
	team_leave(&t.teams, &t.b[2]);
	expect(&t, 1, "31");
	OK(!team_of(&t.teams, &t.b[0]));
	EQ(team_join(&t.teams, &t.b[0], &t.b[3]), 0);
	expect(&t, 1, "310");
	teardown(&t);
}

TEST(who_joins_others_leaves_its_own_team)
{
	struct place t;

	setup(&t, -1);
	EQ(team_join(&t.teams, &t.b[0], NULL), 0);
	EQ(team_join(&t.teams, &t.b[1], NULL), 0);
	EQ(team_join(&t.teams, &t.b[1], NULL), 0); /* has one */
	expect(&t, 1, "1");
	EQ(team_join(&t.teams, &t.b[1], &t.b[0]), 0);
	expect(&t, 1, "01");
	teardown(&t);
}

TEST(a_program_ends_with_the_last_member)
{
	const struct sock_filter one = { .code = BPF_RET | BPF_K, .k = 1 };
	struct bpf *prog;
	struct place t;

	setup(&t, -1);
	gather(&t);
	EQ(bpf_new(&t.env, &one, 1, &prog), 0);
	team_program(&t.teams, team_of(&t.teams, &t.b[2]), prog);
	OK(team_of(&t.teams, &t.b[0])->prog == prog);
	teardown(&t);
}

TEST(without_memory_nothing_changes)
{
	for (long left = 0;; left++) {
		struct place t;
		int err;

		setup(&t, left);
		err = team_join(&t.teams, &t.b[1], &t.b[0]);
		OK(!err || err == -ENOMEM);
		EQ(!t.b[1].mate, err != 0);
		teardown(&t);
		if (!err)
			break;
	}
}

TESTS(CASE(members_are_numbered_as_they_come),
      CASE(the_last_one_takes_the_number_of_who_leaves),
      CASE(who_joins_others_leaves_its_own_team),
      CASE(a_program_ends_with_the_last_member),
      CASE(without_memory_nothing_changes))
