/* SPDX-License-Identifier: MIT */
#include "ip/team.h"

#include "ip/filter.h"

#include <errno.h>

enum { MATES_CAP = 1 << 24 };

void team_init(struct teams *ts, const struct ostia_env *env)
{
	ts->env = env;
	slab_init(&ts->mates, env, sizeof(struct team_mate), MATES_CAP);
}

void team_fini(struct teams *ts)
{
	slab_fini(&ts->mates);
}

static struct team_mate *mate_of(const struct teams *ts,
				 const struct binding *b)
{
	return b->mate ? slab_at(&ts->mates, b->mate) : NULL;
}

struct team *team_of(const struct teams *ts, const struct binding *b)
{
	const struct team_mate *m = mate_of(ts, b);

	return m ? m->team : NULL;
}

/* Return: 0: no memory. */
static uint32_t enlist(struct teams *ts, struct team *t, struct binding *b)
{
	uint32_t handle;
	struct team_mate *m = slab_alloc(&ts->mates, &handle);

	if (!m)
		return 0;
	*m = (struct team_mate) { .team = t, .b = b };
	list_push(&t->members, &m->node);
	return handle;
}

static int found_one(struct teams *ts, struct binding *b)
{
	struct team *t;

	if (b->mate)
		return 0;
	t = env_zalloc(ts->env, sizeof(*t));
	if (!t)
		return -ENOMEM;
	list_init(&t->members);
	b->mate = enlist(ts, t, b);
	if (b->mate)
		return 0;
	env_free(ts->env, t, sizeof(*t));
	return -ENOMEM;
}

int team_join(struct teams *ts, struct binding *b, struct binding *mate)
{
	int err = found_one(ts, mate ? mate : b);
	uint32_t handle;

	if (err || !mate)
		return err;
	handle = enlist(ts, team_of(ts, mate), b);
	if (!handle)
		return -ENOMEM;
	team_leave(ts, b);
	b->mate = handle;
	return 0;
}

/* The last takes the place of @m. */
static void close_ranks(struct team *t, struct team_mate *m)
{
	struct list *last = list_last(&t->members);

	if (last != &m->node) {
		list_remove(last);
		list_insert(&m->node, last);
	}
	list_remove(&m->node);
}

void team_leave(struct teams *ts, struct binding *b)
{
	struct team_mate *m = mate_of(ts, b);
	struct team *t = m ? m->team : NULL;

	if (!t)
		return;
	close_ranks(t, m);
	slab_free(&ts->mates, b->mate);
	b->mate = 0;
	if (!list_empty(&t->members))
		return;
	bpf_put(ts->env, t->prog);
	env_free(ts->env, t, sizeof(*t));
}

void team_program(const struct teams *ts, struct team *t, struct bpf *prog)
{
	bpf_put(ts->env, t->prog);
	t->prog = prog;
}

static struct binding *member(const struct team *t, uint32_t number)
{
	list_each (node, &t->members) {
		if (number-- == 0)
			return list_entry(node, struct team_mate, node)->b;
	}
	return NULL;
}

/* A member that has a peer hears that one alone. */
struct binding *team_pick(const struct teams *ts, struct ip *ip,
			  struct binding *b, const struct ostia_pkt *p,
			  uint32_t from)
{
	const struct team *t = team_of(ts, b);
	struct bpf_facts f;
	struct binding *m;

	if (!t || !t->prog || b->peer)
		return b;
	f = filter_facts(ip, p, from);
	m = member(t, bpf_run(t->prog, p, &f));
	return m && !m->peer ? m : b;
}
