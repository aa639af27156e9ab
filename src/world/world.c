/* SPDX-License-Identifier: MIT */
#include "world/world.h"

#include "base/csum.h"
#include "base/siphash.h"
#include "world/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef WORLD_CORO_ASAN
#include <sanitizer/asan_interface.h>
#endif

enum { STACK_DEFAULT = 256 << 10 };

/* What ostia_world_at() left to be done. */
struct world_call {
	struct world_event ev;
	void (*fn)(void *ctx);
	void *ctx;
};

/* ---- memory, lent to pool and stacks ---- */

static bool must_fail(struct ostia_world *w)
{
	if (!w->fail_in || --w->fail_in)
		return false;
	w->fail_in = w->fail_sticky;
	return true;
}

static void *lend(void *ctx, size_t size)
{
	struct ostia_world *w = ctx;
	void *p = must_fail(w) ? NULL : malloc(size);

	if (p) {
		w->stats.allocs++;
		w->stats.bytes += size;
	}
	return p;
}

static void take_back(void *ctx, void *p, size_t size)
{
	struct ostia_world *w = ctx;

	w->stats.frees++;
	w->stats.bytes -= size;
	free(p);
}

#ifdef WORLD_CORO_ASAN
static void poison(void *ctx, const void *p, size_t n, int on)
{
	(void)ctx;
	if (on)
		__asan_poison_memory_region(p, n);
	else
		__asan_unpoison_memory_region(p, n);
}
#endif

static void make_env(struct ostia_world *w)
{
	const struct siphash_key key = { w->cfg.seed, 0x706f6f6c };
	const uint64_t word[2] = { 0, 1 };
	uint64_t seed[2] = { siphash_words_24(&key, &word[0], 1),
			     siphash_words_24(&key, &word[1], 1) };

	w->env = (struct ostia_env) { .ctx = w,
				      .alloc = lend,
				      .free = take_back };
#ifdef WORLD_CORO_ASAN
	w->env.poison = poison;
#endif
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		w->env.csum = csum_avx2;
#endif
	memcpy(w->env.seed, seed, sizeof(seed));
}

void *world_zalloc(struct ostia_world *w, size_t n)
{
	w->stats.own_allocs++;
	return calloc(1, n);
}

void ostia_world_fail_alloc(struct ostia_world *w, uint64_t nth, int sticky)
{
	w->fail_in = nth;
	w->fail_sticky = sticky;
}

/* ---- nodes ---- */

int world_node_init(struct ostia_node *n, struct ostia_world *w,
		    enum world_node_kind kind, const struct world_node_ops *ops,
		    const char *name)
{
	if (!name || !*name || strlen(name) >= sizeof(n->name))
		return -EINVAL;
	if (world_eventq_reserve(&w->q))
		return -ENOMEM;
	n->timer.kind = WORLD_EVENT_TIMER;
	n->world = w;
	n->ops = ops;
	n->kind = (uint8_t)kind;
	n->id = ++w->node_ids;
	strcpy(n->name, name);
	list_init(&n->ports);
	list_init(&n->dirty_nodes);
	list_push(&w->nodes, &n->world_nodes);
	return 0;
}

void world_node_fini(struct ostia_node *n)
{
	free(n->dns);
	world_eventq_disarm(&n->world->q, &n->timer);
	world_eventq_unreserve(&n->world->q);
	list_remove(&n->world_nodes);
	if (n->dirty)
		list_remove(&n->dirty_nodes);
}

void world_mark(struct ostia_node *n)
{
	if (n->dirty)
		return;
	n->dirty = true;
	list_push(&n->world->dirty, &n->dirty_nodes);
}

const char *ostia_node_name(const struct ostia_node *n)
{
	return n->name;
}

uint32_t ostia_node_id(const struct ostia_node *n)
{
	return n->id;
}

const char *ostia_node_counter(const struct ostia_node *n, unsigned i,
			       uint64_t *value)
{
	return n->ops->counter ? n->ops->counter(n, i, value) : NULL;
}

static bool may_go(const struct ostia_node *n)
{
	list_each (node, &n->ports) {
		const struct ostia_wire *wire =
			list_entry(node, struct world_port, node_ports)->wire;

		for (unsigned i = 0; i < 2; i++)
			if (!wire->end[i].node->ops->detach)
				return false;
	}
	return true;
}

int ostia_node_free(struct ostia_node *n)
{
	struct ostia_world *w = n->world;

	if (w->running || w->current)
		return -EBUSY;
	if (!may_go(n))
		return -EOPNOTSUPP;
	world_dns_free_host(n);
	world_task_free_host(n);
	while (!list_empty(&n->ports))
		world_wire_remove(
			list_entry(n->ports.next, struct world_port, node_ports)
				->wire);
	n->ops->free(n);
	return 0;
}

/* ---- turning ---- */

static void process_marked(struct ostia_world *w)
{
	while (!list_empty(&w->dirty)) {
		struct ostia_node *n = list_entry(
			w->dirty.next, struct ostia_node, dirty_nodes);

		list_remove(&n->dirty_nodes);
		n->dirty = false;
		n->ops->process(n);
	}
}

static void do_call(struct ostia_world *w, struct world_event *ev)
{
	struct world_call *c = list_entry(ev, struct world_call, ev);
	void (*fn)(void *ctx) = c->fn;
	void *ctx = c->ctx;

	world_eventq_unreserve(&w->q);
	free(c);
	fn(ctx);
}

/* Return: true when a task or a call ran: the turn ends there. */
static bool happen(struct ostia_world *w, struct world_event *ev)
{
	switch ((enum world_event_kind)ev->kind) {
	case WORLD_EVENT_LANE:
		world_wire_arrive(list_entry(ev, struct world_lane, ev));
		return false;
	case WORLD_EVENT_TIMER:
		world_mark(list_entry(ev, struct ostia_node, timer));
		return false;
	case WORLD_EVENT_CALL:
		process_marked(w);
		do_call(w, ev);
		return true;
	case WORLD_EVENT_TASK:
		process_marked(w);
		world_task_run((struct ostia_task *)(void *)ev);
		return true;
	}
	return false;
}

/* Let happen what is next, and what is due with it up to the first task. */
static void turn(struct ostia_world *w)
{
	ostia_time t = world_eventq_next(&w->q);

	if (t > w->now) {
		w->now = t;
		w->stats.steps++;
	}
	w->running = true;
	while (world_eventq_next(&w->q) <= w->now)
		if (happen(w, world_eventq_pop(&w->q)))
			break;
	process_marked(w);
	w->running = false;
}

int world_run_while(struct ostia_world *w, bool (*again)(void *arg), void *arg,
		    ostia_time limit)
{
	if (w->running)
		return -EBUSY;
	w->horizon = limit;
	while (again(arg)) {
		ostia_time t = world_eventq_next(&w->q);

		if (w->stop) {
			w->stop = false;
			return -ECANCELED;
		}
		if (t == OSTIA_NEVER)
			return -EDEADLK;
		if (t > limit)
			return -ETIMEDOUT;
		turn(w);
	}
	return 0;
}

static bool always(void *arg)
{
	(void)arg;
	return true;
}

int ostia_world_step(struct ostia_world *w)
{
	ostia_time t = world_eventq_next(&w->q);

	if (t == OSTIA_NEVER)
		return 0;
	return world_run_while(w, always, NULL, t > w->now ? t : w->now) !=
	       -EBUSY;
}

int ostia_world_run_until(struct ostia_world *w, ostia_time t)
{
	int err = world_run_while(w, always, NULL, t);

	if (err == -ECANCELED || err == -EBUSY)
		return err;
	if (t > w->now && t != OSTIA_NEVER)
		w->now = t;
	return 0;
}

int ostia_world_advance(struct ostia_world *w, ostia_time now)
{
	return ostia_world_run_until(w, now);
}

static bool any_task(void *arg)
{
	const struct ostia_world *w = arg;

	return w->stats.tasks > w->service_tasks;
}

int ostia_world_run(struct ostia_world *w, ostia_time limit)
{
	int err = world_run_while(w, any_task, w, limit);

	if (err == -ETIMEDOUT && limit > w->now)
		w->now = limit;
	return err;
}

void ostia_world_stop(struct ostia_world *w)
{
	w->stop = true;
}

void world_spend(struct ostia_world *w, ostia_time ns)
{
	ostia_time t = w->now + ns;

	if (w->current) {
		if (world_eventq_next(&w->q) > t && t <= w->horizon && !w->stop)
			w->now = t;
		else
			world_task_sleep(w, t);
	} else if (!w->running) {
		(void)ostia_world_run_until(w, t);
	}
}

int ostia_world_at(struct ostia_world *w, ostia_time t, void (*fn)(void *ctx),
		   void *ctx)
{
	struct world_call *c = world_zalloc(w, sizeof(*c));

	if (!c)
		return -ENOMEM;
	if (world_eventq_reserve(&w->q)) {
		free(c);
		return -ENOMEM;
	}
	*c = (struct world_call) { .fn = fn, .ctx = ctx };
	c->ev.kind = WORLD_EVENT_CALL;
	world_eventq_arm(&w->q, &c->ev, t > w->now ? t : w->now);
	return 0;
}

static struct world_event *call_about(const struct ostia_world *w,
				      const void *p, size_t n)
{
	uintptr_t lo = (uintptr_t)p;

	for (uint32_t i = 0; i < w->q.n; i++) {
		struct world_event *ev = w->q.heap[i].ev;
		uintptr_t ctx;

		if (ev->kind != WORLD_EVENT_CALL)
			continue;
		ctx = (uintptr_t)list_entry(ev, struct world_call, ev)->ctx;
		if (ctx >= lo && ctx - lo < n)
			return ev;
	}
	return NULL;
}

void world_forget_calls(struct ostia_world *w, const void *p, size_t n)
{
	struct world_event *ev;

	while ((ev = call_about(w, p, n))) {
		world_eventq_disarm(&w->q, ev);
		world_eventq_unreserve(&w->q);
		free(list_entry(ev, struct world_call, ev));
	}
}

/* ---- beginning and end ---- */

int ostia_world_new(const struct ostia_world_config *cfg,
		    struct ostia_world **out)
{
	struct ostia_world *w = calloc(1, sizeof(*w));
	const struct world_coro_ops *ops = &world_fiber_ops;
	int err;

	if (!w)
		return -ENOMEM;
	w->cfg = *cfg;
	if (!w->cfg.call_cost)
		w->cfg.call_cost = OSTIA_US;
	if (!w->cfg.stack_size)
		w->cfg.stack_size = STACK_DEFAULT;
	w->now = cfg->start;
	list_init(&w->nodes);
	list_init(&w->wires);
	list_init(&w->procs);
	list_init(&w->dirty);
	list_init(&w->names);
	list_init(&w->servers);
	make_env(w);
#ifndef WORLD_CORO_TSAN
	if (cfg->tasks == OSTIA_TASK_THREADS)
#endif
		ops = &world_baton_ops;
	world_coro_set_init(&w->coros, ops, w->cfg.stack_size);
	world_task_init_waiters(w);
	err = w->buckets ? ostia_pool_new(&w->env, cfg->pool_limit, &w->pool)
			 : -ENOMEM;
	if (err) {
		free(w->buckets);
		free(w);
		return err;
	}
	*out = w;
	return 0;
}

static void free_calls(struct ostia_world *w)
{
	struct world_event *ev;

	while ((ev = world_eventq_pop(&w->q)))
		if (ev->kind == WORLD_EVENT_CALL)
			free(list_entry(ev, struct world_call, ev));
}

void ostia_world_free(struct ostia_world *w)
{
	if (!w)
		return;
	w->stop = false;
	world_task_free_all(w);
	world_dns_free_all(w);
	world_names_fini(w);
	while (!list_empty(&w->wires))
		world_wire_free(
			list_entry(w->wires.next, struct ostia_wire, wires));
	while (!list_empty(&w->nodes)) {
		struct ostia_node *n = list_entry(
			w->nodes.next, struct ostia_node, world_nodes);

		n->ops->free(n);
	}
	free_calls(w);
	ostia_pool_free(w->pool);
	world_coro_set_fini(&w->coros);
	world_eventq_fini(&w->q);
	free(w->buckets);
	free(w);
}

ostia_time ostia_world_now(const struct ostia_world *w)
{
	return w->now;
}

uint64_t ostia_world_seed(const struct ostia_world *w)
{
	return w->cfg.seed;
}

struct ostia_pool *ostia_world_pool(struct ostia_world *w)
{
	return w->pool;
}

const struct ostia_env *ostia_world_env(const struct ostia_world *w)
{
	return &w->env;
}

ostia_time ostia_world_next(const struct ostia_world *w)
{
	return world_eventq_next(&w->q);
}

uint64_t ostia_world_events(const struct ostia_world *w)
{
	return w->stats.events;
}

void ostia_world_stats(const struct ostia_world *w, struct ostia_world_stats *s)
{
	*s = w->stats;
	s->own_allocs += w->q.allocs + w->coros.allocs;
	list_each (l, &w->wires)
		s->own_allocs += world_wire_allocs(
			list_entry(l, struct ostia_wire, wires));
}
