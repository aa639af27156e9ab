/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/loop.h"

#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

enum {
	SETTLE_MAX = 64, /* steps of the world before descriptors again */
	SPIN_NS = 30000, /* looking before sleeping */
	SOON_NS = 100000, /* a sleep that was short */
	HOT_MAX = 8,
};

ostia_time run_loop_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (ostia_time)t.tv_sec * 1000000000 + (ostia_time)t.tv_nsec;
}

static bool has_processors(void)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 1;
}

int run_loop_init(struct run_loop *l)
{
	*l = (struct run_loop) { .now = run_loop_clock() };
	l->spins = has_processors();
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return -errno;
	wheel_init(&l->wheel, l->now);
	list_init(&l->tasks);
	list_init(&l->late);
	return 0;
}

void run_loop_fini(struct run_loop *l)
{
	close(l->epoll);
}

int run_loop_watch(struct run_loop *l, struct run_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (w->on && w->events == events)
		return 0;
	if (epoll_ctl(l->epoll, w->on ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd,
		      &ev))
		return -errno;
	w->on = true;
	w->events = events;
	return 0;
}

static void drop_events(struct run_loop *l, const struct run_watch *w)
{
	for (int i = 0; i < l->count; i++)
		if (l->event[i].data.ptr == w)
			l->event[i].data.ptr = NULL;
}

void run_loop_forget(struct run_loop *l, struct run_watch *w)
{
	if (!w->on)
		return;
	w->on = false;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	drop_events(l, w);
}

void run_loop_close(struct run_loop *l, struct run_watch *w)
{
	if (w->on)
		drop_events(l, w);
	w->on = false;
	close(w->fd);
	w->fd = -1;
}

void run_loop_arm(struct run_loop *l, struct run_timer *t, ostia_time deadline)
{
	wheel_arm(&l->wheel, &t->node, deadline);
}

void run_loop_disarm(struct run_loop *l, struct run_timer *t)
{
	wheel_disarm(&l->wheel, &t->node);
}

void run_loop_task_init(struct run_task *t, void (*fn)(struct run_task *))
{
	list_init(&t->node);
	t->fn = fn;
	t->late = false;
}

void run_loop_defer(struct run_loop *l, struct run_task *t)
{
	if (list_empty(&t->node))
		list_push(t->late ? &l->late : &l->tasks, &t->node);
}

void run_loop_drop(struct run_task *t)
{
	list_remove(&t->node);
}

static ostia_time earlier(ostia_time a, ostia_time b)
{
	return a < b ? a : b;
}

static ostia_time next_due(const struct run_loop *l, ostia_time limit)
{
	ostia_time t = earlier(limit, wheel_next_deadline(&l->wheel));

	if (l->world)
		t = earlier(t, ostia_world_next(l->world));
	return list_empty(&l->tasks) && list_empty(&l->late) ? t : 0;
}

/* How long to sleep: NULL for ever. */
static const struct timespec *until(ostia_time due, ostia_time now,
				    struct timespec *ts)
{
	ostia_time ns = due > now ? due - now : 0;

	if (due == OSTIA_NEVER)
		return NULL;
	ts->tv_sec = (time_t)(ns / 1000000000);
	ts->tv_nsec = (long)(ns % 1000000000);
	return ts;
}

static int look(struct run_loop *l, const struct timespec *timeout)
{
	int n = epoll_pwait2(l->epoll, l->event, RUN_LOOP_EVENTS, timeout,
			     NULL);

	l->count = n < 0 ? 0 : n;
	return n < 0 && errno != EINTR ? -errno : 0;
}

/* Who is asked and answers at once does so within microseconds. To fall asleep
 * and be woken by another processor takes longer than that, so as long as the
 * sleeps are short we look a little first; who waits for this processor has
 * it. What was looked for in vain, or slept for long, cools down.
 */
static bool spin(struct run_loop *l, ostia_time due, ostia_time now)
{
	static const struct timespec none;
	const ostia_time end = earlier(due, now + SPIN_NS);

	while (now < end) {
		if (look(l, &none) || l->count)
			return l->count > 0;
		sched_yield();
		now = run_loop_clock();
	}
	return false;
}

static void warm(struct run_loop *l, bool soon)
{
	if (soon && l->hot < HOT_MAX)
		l->hot++;
	else if (!soon && l->hot)
		l->hot--;
}

static int wait(struct run_loop *l, ostia_time limit)
{
	const ostia_time due = next_due(l, limit), began = run_loop_clock();
	struct timespec ts;
	int err;

	if (due <= began)
		return look(l, until(due, began, &ts));
	if (l->spins && l->hot && spin(l, due, began)) {
		warm(l, true);
		return 0;
	}
	err = look(l, until(due, run_loop_clock(), &ts));
	warm(l, l->count && run_loop_clock() - began < SOON_NS);
	return err;
}

static void advance(struct run_loop *l)
{
	l->now = run_loop_clock();
	if (l->world)
		ostia_world_advance(l->world, l->now);
	if (l->recorder)
		ostia_recorder_look(l->recorder, l->world);
}

static bool watchers(struct run_loop *l, bool late)
{
	bool any = false;

	for (int i = 0; i < l->count; i++) {
		struct run_watch *w = l->event[i].data.ptr;

		if (!w || w->late != late)
			continue;
		l->event[i].data.ptr = NULL;
		w->fn(w, l->event[i].events);
		any = true;
	}
	return any;
}

static void timers(struct run_loop *l)
{
	struct wheel_node *n;

	while ((n = wheel_expire(&l->wheel, l->now))) {
		struct run_timer *t = list_entry(n, struct run_timer, node);

		t->fn(t, l->now);
	}
}

static void call_all(struct list *batch)
{
	struct list *n;

	while ((n = list_pop(batch))) {
		struct run_task *t = list_entry(n, struct run_task, node);

		t->fn(t);
	}
}

/* Those that are deferred meanwhile are the next step's. */
static void tasks(struct run_loop *l)
{
	struct list batch;

	list_init(&batch);
	list_splice(&batch, &l->tasks);
	call_all(&batch);
}

static bool world_is_due(const struct run_loop *l)
{
	return l->world && ostia_world_next(l->world) <= run_loop_clock();
}

static bool is_due(const struct run_loop *l)
{
	return !list_empty(&l->tasks) || world_is_due(l);
}

void run_loop_hurry(struct run_loop *l)
{
	for (int i = 0; i < SETTLE_MAX && world_is_due(l); i++)
		advance(l);
}

/* What was done sets packets and wakers going; they are done before others
 * are heard, but not for ever. A guest that was answered runs at once: what it
 * has sent since must not leave before its time.
 */
static void settle(struct run_loop *l)
{
	for (int i = 0; i < SETTLE_MAX && !l->stopped && is_due(l); i++) {
		advance(l);
		tasks(l);
	}
}

int run_loop_round(struct run_loop *l, ostia_time limit)
{
	int err = wait(l, limit);
	struct list late;

	if (err)
		return err;
	l->rounds++;
	list_init(&late);
	list_splice(&late, &l->late);
	advance(l);
	watchers(l, false);
	timers(l);
	settle(l);
	if (!list_empty(&late)) {
		call_all(&late);
		settle(l);
	}
	if (watchers(l, true))
		settle(l);
	return 0;
}

int run_loop_run(struct run_loop *l)
{
	int err = 0;

	while (!l->stopped && !err)
		err = run_loop_round(l, OSTIA_NEVER);
	return err;
}

void run_loop_stop(struct run_loop *l)
{
	l->stopped = true;
}
