/* SPDX-License-Identifier: MIT */
#include "../test.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "run/loop.h"

struct seen {
	struct run_watch watch;
	struct run_timer timer;
	struct run_task task;
	struct run_loop *loop;
	struct seen *victim;
	uint32_t events;
	int calls, order;
};

static int order;

static void on_watch(struct run_watch *w, uint32_t events)
{
	struct seen *s = list_entry(w, struct seen, watch);

	s->calls++;
	s->order = ++order;
	s->events = events;
	if (s->victim)
		run_loop_forget(s->loop, &s->victim->watch);
}

static void on_timer(struct run_timer *t, ostia_time now)
{
	struct seen *s = list_entry(t, struct seen, timer);

	OK(now >= t->node.deadline);
	s->calls++;
	s->order = ++order;
}

static void on_task(struct run_task *t)
{
	struct seen *s = list_entry(t, struct seen, task);

	s->calls++;
	s->order = ++order;
}

static void watch_pair(struct run_loop *l, struct seen *s, int sv[2])
{
	EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	s->loop = l;
	s->watch.fn = on_watch;
	s->watch.fd = sv[0];
	EQ(run_loop_watch(l, &s->watch, EPOLLIN), 0);
}

TEST(what_is_ready_is_told_and_what_is_forgotten_is_not)
{
	struct run_loop l;
	struct seen a = { .calls = 0 };
	int sv[2];

	EQ(run_loop_init(&l), 0);
	watch_pair(&l, &a, sv);
	EQ(run_loop_round(&l, 0), 0);
	EQ(a.calls, 0);
	EQ(write(sv[1], "x", 1), 1);
	EQ(run_loop_round(&l, 0), 0);
	EQ(a.calls, 1);
	EQ(a.events, EPOLLIN);
	run_loop_forget(&l, &a.watch);
	run_loop_forget(&l, &a.watch);
	EQ(run_loop_round(&l, 0), 0);
	EQ(a.calls, 1);
	close(sv[0]);
	close(sv[1]);
	run_loop_fini(&l);
}

/* Both are ready; whoever comes first forgets the other. */
TEST(who_is_forgotten_inside_a_round_is_not_called_in_it)
{
	struct run_loop l;
	struct seen a = { .calls = 0 }, b = { .calls = 0 };
	int sa[2], sb[2];

	EQ(run_loop_init(&l), 0);
	watch_pair(&l, &a, sa);
	watch_pair(&l, &b, sb);
	a.victim = &b;
	b.victim = &a;
	EQ(write(sa[1], "x", 1), 1);
	EQ(write(sb[1], "x", 1), 1);
	EQ(run_loop_round(&l, 0), 0);
	EQ(a.calls + b.calls, 1);
	EQ(a.watch.on + b.watch.on, 1);
	for (int i = 0; i < 2; i++) {
		close(sa[i]);
		close(sb[i]);
	}
	run_loop_fini(&l);
}

TEST(closing_a_watch_takes_what_the_round_has_for_it)
{
	struct run_loop l;
	struct seen a = { .calls = 0 };
	int sv[2];

	EQ(run_loop_init(&l), 0);
	watch_pair(&l, &a, sv);
	run_loop_close(&l, &a.watch);
	EQ(a.watch.fd, -1);
	OK(!a.watch.on);
	close(sv[1]);
	EQ(run_loop_round(&l, 0), 0);
	EQ(a.calls, 0);
	run_loop_fini(&l);
}

/* A call must find the close before it done. */
TEST(late_watchers_come_after_the_others_and_their_tasks)
{
	struct run_loop l;
	struct seen early = { .calls = 0 }, late = { .calls = 0 };
	int se[2], sl[2];

	EQ(run_loop_init(&l), 0);
	watch_pair(&l, &late, sl);
	watch_pair(&l, &early, se);
	late.watch.late = true;
	EQ(write(sl[1], "x", 1), 1);
	EQ(write(se[1], "x", 1), 1);
	EQ(run_loop_round(&l, 0), 0);
	EQ(late.calls, 1);
	EQ(early.calls, 1);
	OK(early.order < late.order);
	for (int i = 0; i < 2; i++) {
		close(se[i]);
		close(sl[i]);
	}
	run_loop_fini(&l);
}

TEST(timers_come_in_their_order_and_not_early)
{
	struct run_loop l;
	struct seen t[3] = { { .calls = 0 } };
	ostia_time now;

	EQ(run_loop_init(&l), 0);
	now = run_loop_clock();
	for (int i = 0; i < 3; i++) {
		t[i].timer.fn = on_timer;
		run_loop_arm(&l, &t[i].timer,
			     now + (ostia_time)(3 - i) * 2000000);
	}
	run_loop_disarm(&l, &t[1].timer);
	while (t[0].calls == 0)
		EQ(run_loop_round(&l, OSTIA_NEVER), 0);
	OK(run_loop_clock() >= now + 6000000);
	EQ(t[2].calls, 1);
	EQ(t[1].calls, 0);
	OK(t[2].order < t[0].order);
	run_loop_fini(&l);
}

TEST(a_limit_ends_the_sleep)
{
	struct run_loop l;
	ostia_time limit;

	EQ(run_loop_init(&l), 0);
	limit = run_loop_clock() + 3000000;
	EQ(run_loop_round(&l, limit), 0);
	OK(run_loop_clock() >= limit);
	run_loop_fini(&l);
}

TEST(what_is_deferred_runs_once_in_this_round)
{
	struct run_loop l;
	struct seen a = { .calls = 0 }, b = { .calls = 0 };

	EQ(run_loop_init(&l), 0);
	run_loop_task_init(&a.task, on_task);
	run_loop_task_init(&b.task, on_task);
	run_loop_defer(&l, &a.task);
	run_loop_defer(&l, &b.task);
	run_loop_defer(&l, &a.task);
	run_loop_drop(&b.task);
	EQ(run_loop_round(&l, OSTIA_NEVER), 0); /* does not sleep */
	EQ(a.calls, 1);
	EQ(b.calls, 0);
	run_loop_fini(&l);
}

static void later(struct run_watch *w, uint32_t events)
{
	struct seen *s = list_entry(w, struct seen, watch);

	on_watch(w, events);
	run_loop_forget(s->loop, w);
	run_loop_defer(s->loop, &s->victim->task);
}

TEST(late_tasks_come_when_descriptors_were_looked_at_again)
{
	struct run_loop l;
	struct seen first = { .calls = 0 }, next = { .calls = 0 },
		    late = { .calls = 0 }, gone = { .calls = 0 };
	int sf[2], sn[2];

	EQ(run_loop_init(&l), 0);
	watch_pair(&l, &first, sf);
	watch_pair(&l, &next, sn);
	first.watch.fn = later;
	first.victim = &late;
	run_loop_task_init(&late.task, on_task);
	run_loop_task_init(&gone.task, on_task);
	late.task.late = gone.task.late = true;
	run_loop_defer(&l, &gone.task);
	EQ(write(sf[1], "x", 1), 1);
	EQ(run_loop_round(&l, OSTIA_NEVER), 0);
	EQ(first.calls, 1);
	EQ(gone.calls, 1);
	EQ(late.calls, 0);
	EQ(write(sn[1], "x", 1), 1);
	run_loop_defer(&l, &gone.task);
	run_loop_drop(&gone.task);
	EQ(run_loop_round(&l, OSTIA_NEVER), 0); /* does not sleep */
	EQ(next.calls, 1);
	EQ(late.calls, 1);
	EQ(gone.calls, 1);
	OK(next.order < late.order);
	for (int i = 0; i < 2; i++) {
		close(sf[i]);
		close(sn[i]);
	}
	run_loop_fini(&l);
}

TEST(who_is_hot_looks_before_he_sleeps_and_cools_down)
{
	struct run_loop l;
	struct seen a = { .calls = 0 };
	ostia_time began = run_loop_clock();
	int sv[2];

	EQ(run_loop_init(&l), 0);
	watch_pair(&l, &a, sv);
	l.spins = true;
	l.hot = 2;
	EQ(run_loop_round(&l, began + 2000000), 0);
	OK(run_loop_clock() >= began + 2000000); /* it slept as long */
	EQ(a.calls, 0);
	EQ(l.hot, 1);
	EQ(write(sv[1], "x", 1), 1);
	EQ(run_loop_round(&l, OSTIA_NEVER), 0);
	EQ(a.calls, 1);
	EQ(l.hot, 2);
	close(sv[0]);
	close(sv[1]);
	run_loop_fini(&l);
}

static void at_once(void *ctx)
{
	++*(int *)ctx;
}

TEST(the_world_follows_the_clock)
{
	struct ostia_world_config cfg = { .seed = 1,
					  .start = run_loop_clock() };
	struct ostia_world *w;
	struct run_loop l;
	int done = 0;

	EQ(run_loop_init(&l), 0);
	EQ(ostia_world_new(&cfg, &w), 0);
	l.world = w;
	EQ(ostia_world_at(w, cfg.start + 4000000, at_once, &done), 0);
	while (!done)
		EQ(run_loop_round(&l, OSTIA_NEVER), 0);
	OK(run_loop_clock() >= cfg.start + 4000000);
	OK(ostia_world_now(w) >= cfg.start + 4000000);
	ostia_world_free(w);
	run_loop_fini(&l);
}

struct errand {
	struct run_watch late;
	struct run_task task;
	struct run_loop *loop;
	ostia_time asked, done;
};

/* A guest is answered, and sends. */
static void on_late(struct run_watch *watch, uint32_t events)
{
	struct errand *e = list_entry(watch, struct errand, late);

	(void)events;
	run_loop_forget(e->loop, watch);
	do
		e->asked = run_loop_clock();
	while (e->asked <= ostia_world_now(e->loop->world));
	run_loop_defer(e->loop, &e->task);
}

static void on_errand(struct run_task *t)
{
	struct errand *e = list_entry(t, struct errand, task);

	e->done = ostia_world_now(e->loop->world);
}

TEST(what_is_put_off_is_not_done_before_it_was_asked_for)
{
	struct ostia_world_config cfg = { .seed = 1,
					  .start = run_loop_clock() };
	struct errand e = { .late = { .fn = on_late, .late = true } };
	struct run_loop l;
	int p[2];

	EQ(run_loop_init(&l), 0);
	EQ(ostia_world_new(&cfg, &l.world), 0);
	EQ(pipe(p), 0);
	EQ(write(p[1], "", 1), 1);
	e.loop = &l;
	e.late.fd = p[0];
	run_loop_task_init(&e.task, on_errand);
	EQ(run_loop_watch(&l, &e.late, EPOLLIN), 0);
	EQ(run_loop_round(&l, OSTIA_NEVER), 0);
	OK(e.asked && e.done >= e.asked);
	ostia_world_free(l.world);
	run_loop_fini(&l);
	close(p[0]);
	close(p[1]);
}

TESTS(CASE(what_is_ready_is_told_and_what_is_forgotten_is_not),
      CASE(who_is_forgotten_inside_a_round_is_not_called_in_it),
      CASE(closing_a_watch_takes_what_the_round_has_for_it),
      CASE(late_watchers_come_after_the_others_and_their_tasks),
      CASE(late_tasks_come_when_descriptors_were_looked_at_again),
      CASE(who_is_hot_looks_before_he_sleeps_and_cools_down),
      CASE(timers_come_in_their_order_and_not_early),
      CASE(a_limit_ends_the_sleep),
      CASE(what_is_deferred_runs_once_in_this_round),
      CASE(the_world_follows_the_clock),
      CASE(what_is_put_off_is_not_done_before_it_was_asked_for))
