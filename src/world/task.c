/* SPDX-License-Identifier: MIT */
/*
 * Processes and tasks: blocking calls in virtual time
 *
 * A task is a coroutine that the world resumes when its event is due. A call
 * that would block enters a waiter under its cookie and yields; the host hands
 * out the stack's events, and the one with that cookie makes the task due.
 *
 * Nobody is torn out of the middle of a call: a task that must end (its
 * process ends) is resumed, its wait says -EBADF, the call cleans up behind
 * itself, and at its end (leave) the task ends. One that sleeps ends at once.
 */
#define _GNU_SOURCE 1
#define OSTIA_POSIX_NO_NAMES
#include "world/world.h"

#include <errno.h>
#include <ostia/posix.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS_MIN = 256,
	STATUS_SIGNAL = 128,
	DEFAULT_FDS = 512, /* files find room above, below 1024 */
};

/**
 * struct ostia_task - A thread of control
 * @ev:	    WORLD_EVENT_TASK; must come first
 * @main:   its return ends the process
 * @joiner: who waits for its end
 * @joinable: somebody holds the handle
 * @killed: ends as soon as it is not inside a call
 */
struct ostia_task {
	struct world_event ev;
	struct list proc_tasks;
	struct ostia_world_proc *proc;
	struct world_coro co;
	int (*fn)(void *arg);
	void *arg;
	struct ostia_task *joiner;
	int result;
	bool main, joinable, killed, ended;
};

/**
 * struct ostia_world_proc - A process
 * @posix:  what the plain names of its program act upon
 * @exiting: its tasks end, then it does
 * @ended:  @status is final, @bsd is gone
 * @service: its tasks are the world's own
 */
struct ostia_world_proc {
	struct list procs;
	struct ostia_world *world;
	struct ostia_node *host;
	struct ostia_proc *bsd;
	struct ostia_posix posix;
	struct list tasks;
	void (*console)(void *ctx, int fd, const void *p, size_t n);
	void *console_ctx;
	int (*main)(int argc, char **argv);
	char **argv;
	int argc;
	int status;
	bool exiting, ended;
	bool service;
	bool sigpipe_ignored;
	char name[WORLD_NAME_MAX];
};

/* ---- waiters ---- */

void world_task_init_waiters(struct ostia_world *w)
{
	w->buckets = calloc(BUCKETS_MIN, sizeof(*w->buckets));
	w->nbuckets = w->buckets ? BUCKETS_MIN : 0;
	for (uint32_t i = 0; i < w->nbuckets; i++)
		list_init(&w->buckets[i]);
}

static struct list *bucket_of(struct list *buckets, uint32_t n,
			      const struct ostia_node *host, uint64_t cookie)
{
	uint64_t h = (cookie ^ (uint64_t)host->id << 48) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return &buckets[h >> 32 & (n - 1)];
}

/* Twice as many when there are more tasks than buckets; without memory the
 * chains just grow.
 */
static void more_buckets(struct ostia_world *w)
{
	uint32_t n = w->nbuckets * 2;
	struct list *new;

	if (w->stats.tasks <= w->nbuckets)
		return;
	new = calloc(n, sizeof(*new));
	if (!new)
		return;
	w->stats.own_allocs++;
	for (uint32_t i = 0; i < n; i++)
		list_init(&new[i]);
	for (uint32_t i = 0; i < w->nbuckets; i++)
		list_each_safe (node, &w->buckets[i]) {
			struct world_waiter *x =
				list_entry(node, struct world_waiter, bucket);

			list_remove(node);
			list_push(bucket_of(new, n, x->host, x->cookie), node);
		}
	free(w->buckets);
	w->buckets = new;
	w->nbuckets = n;
}

bool world_task_wake(struct ostia_node *host, const struct ostia_event *ev)
{
	struct ostia_world *w = host->world;
	bool found = false;

	if (ev->kind != OSTIA_EVENT_READY)
		return false;
	list_each (node, bucket_of(w->buckets, w->nbuckets, host, ev->cookie)) {
		struct world_waiter *x =
			list_entry(node, struct world_waiter, bucket);

		if (x->host != host || x->cookie != ev->cookie)
			continue;
		found = true;
		if (x->woken)
			continue;
		x->woken = true;
		if (!x->task)
			w->horizon = w->now; /* who runs the world goes on */
		else if (x->task != w->current)
			world_eventq_arm(&w->q, &x->task->ev, w->now);
	}
	return found;
}

static bool still_asleep(void *arg)
{
	return !((const struct world_waiter *)arg)->woken;
}

/* ---- running ---- */

static void die(struct ostia_task *t) __attribute__((noreturn));

static void die(struct ostia_task *t)
{
	world_coro_end(&t->co);
}

void world_task_sleep(struct ostia_world *w, ostia_time t)
{
	struct ostia_task *me = w->current;

	if (me->killed)
		return;
	if (t != OSTIA_NEVER)
		world_eventq_arm(&w->q, &me->ev, t);
	world_coro_yield(&me->co);
	world_eventq_disarm(&w->q, &me->ev);
}

static void task_main(void *arg)
{
	struct ostia_task *t = arg;

	(void)ostia_posix_enter(&t->proc->posix); /* a thread's first */
	t->result = t->fn(t->arg);
	if (t->main) {
		t->proc->exiting = true;
		t->proc->status = t->result & 0xff;
	}
}

static void resume(struct ostia_task *t)
{
	struct ostia_posix *posix = ostia_posix_enter(&t->proc->posix);
	struct ostia_world *w = t->proc->world;
	struct ostia_task *resumer = w->current; /* one that ends a process */

	w->stats.switches++;
	w->current = t;
	world_coro_resume(&t->co);
	w->current = resumer;
	(void)ostia_posix_enter(posix);
}

static void task_free(struct ostia_task *t)
{
	list_remove(&t->proc_tasks);
	free(t);
}

/* Its coroutine has returned, or never ran. */
static void task_ended(struct ostia_task *t)
{
	struct ostia_world *w = t->proc->world;

	world_coro_fini(&t->co);
	world_eventq_disarm(&w->q, &t->ev);
	world_eventq_unreserve(&w->q);
	w->stats.tasks--;
	w->service_tasks -= t->proc->service;
	t->ended = true;
	if (t->joiner)
		world_eventq_arm(&w->q, &t->joiner->ev, w->now);
	if (!t->joinable)
		task_free(t);
}

static void kill_task(struct ostia_task *t)
{
	t->killed = true;
	while (t->co.started && !t->co.ended)
		resume(t);
	task_ended(t);
}

static void kill_tasks(struct ostia_world_proc *p)
{
	list_each_safe (node, &p->tasks) {
		struct ostia_task *t =
			list_entry(node, struct ostia_task, proc_tasks);

		if (!t->ended)
			kill_task(t);
	}
}

static void proc_finish(struct ostia_world_proc *p)
{
	struct ostia_proc *bsd = p->bsd;

	if (p->ended)
		return;
	p->exiting = true;
	kill_tasks(p);
	p->ended = true;
	p->bsd = NULL;
	p->posix.proc = NULL;
	p->world->stats.procs--;
	world_host_advance(p->host);
	ostia_proc_free(bsd);
	world_host_flush(p->host);
}

void world_task_run(struct ostia_task *t)
{
	struct ostia_world_proc *p = t->proc;

	resume(t);
	if (!t->co.ended)
		return;
	task_ended(t);
	if (p->exiting)
		proc_finish(p);
}

/* ---- how a process of a world waits: struct ostia_wait_ops ---- */

static void enter(void *ctx)
{
	struct ostia_world_proc *p = ctx;

	p->world->stats.calls++;
	world_spend(p->world, p->world->cfg.call_cost);
	world_host_advance(p->host);
}

static void leave(void *ctx)
{
	struct ostia_world_proc *p = ctx;
	struct ostia_task *me = p->world->current;

	world_host_flush(p->host);
	if (me && me->killed)
		die(me);
}

/* A task: yield until woken. */
static int task_wait(struct ostia_task *me, struct world_waiter *x,
		     ostia_time deadline)
{
	struct ostia_world *w = me->proc->world;

	if (!x->woken && !me->killed)
		world_task_sleep(w, deadline);
	if (me->killed)
		return -EBADF;
	return x->woken ? 0 : -ETIMEDOUT;
}

/* Nobody: whoever called runs the world until then. */
static int outside_wait(struct ostia_world *w, struct world_waiter *x,
			ostia_time deadline)
{
	int err = world_run_while(w, still_asleep, x, deadline);

	if (err == -EBUSY)
		return -ETIMEDOUT; /* a callback does not wait */
	if (err == -EDEADLK && deadline != OSTIA_NEVER)
		err = -ETIMEDOUT;
	if (err == -ETIMEDOUT && deadline > w->now)
		w->now = deadline;
	return err == -ECANCELED ? -EINTR : err;
}

static int wait_for(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct ostia_world_proc *p = ctx;
	struct ostia_world *w = p->world;
	struct world_waiter x = { .host = p->host,
				  .cookie = cookie,
				  .task = w->current };
	int err;

	list_push(bucket_of(w->buckets, w->nbuckets, p->host, cookie),
		  &x.bucket);
	world_host_flush(p->host);
	err = w->current ? task_wait(w->current, &x, deadline)
			 : outside_wait(w, &x, deadline);
	list_remove(&x.bucket);
	world_host_advance(p->host);
	return err;
}

static void proc_exit_from(struct ostia_world_proc *p, int status)
{
	if (!p->exiting) {
		p->exiting = true;
		p->status = status;
	}
}

/* The default action of SIGPIPE; the call is over. */
static void sigpipe(void *ctx)
{
	struct ostia_world_proc *p = ctx;
	struct ostia_task *me = p->world->current;

	if (p->sigpipe_ignored || !me)
		return;
	proc_exit_from(p, STATUS_SIGNAL + SIGPIPE);
	die(me);
}

static const struct ostia_wait_ops wait_ops = {
	.enter = enter,
	.leave = leave,
	.wait = wait_for,
	.sigpipe = sigpipe,
};

/* ---- the rest of a program's surroundings: struct ostia_posix_ops ---- */

static ostia_time posix_now(void *ctx)
{
	struct ostia_world *w = ((struct ostia_world_proc *)ctx)->world;

	world_spend(w, w->cfg.call_cost);
	if (w->current && w->current->killed)
		die(w->current);
	return w->now;
}

static int posix_sleep(void *ctx, ostia_time until)
{
	return ostia_task_sleep(((struct ostia_world_proc *)ctx)->world, until);
}

static void posix_exit(void *ctx, int status) __attribute__((noreturn));

static void posix_exit(void *ctx, int status)
{
	struct ostia_world_proc *p = ctx;

	proc_exit_from(p, status & 0xff);
	ostia_task_exit(p->world, status);
}

static ssize_t posix_console_write(void *ctx, int fd, const void *buf, size_t n)
{
	struct ostia_world_proc *p = ctx;

	(void)posix_now(ctx);
	if (!p->console)
		return write(fd, buf, n);
	p->console(p->console_ctx, fd, buf, n);
	return (ssize_t)n;
}

/* Nobody types in a world. */
static ssize_t posix_console_read(void *ctx, void *buf, size_t n)
{
	(void)posix_now(ctx);
	(void)buf;
	(void)n;
	return 0;
}

static void posix_sigpipe(void *ctx, int ignored)
{
	((struct ostia_world_proc *)ctx)->sigpipe_ignored = ignored;
}

static int posix_lookup(void *ctx, const char *name, int family,
			struct ostia_names *out)
{
	struct ostia_world_proc *p = ctx;

	(void)posix_now(ctx);
	return world_names_lookup(p->host, p->bsd, name, family, out);
}

static int posix_reverse(void *ctx, const struct ostia_addr *addr, char *name,
			 size_t size)
{
	struct ostia_world_proc *p = ctx;

	(void)posix_now(ctx);
	return world_names_reverse(p->host, p->bsd, addr, name, size);
}

static const struct ostia_posix_ops posix_ops = {
	.lookup = posix_lookup,
	.reverse = posix_reverse,
	.now = posix_now,
	.sleep = posix_sleep,
	.exit = posix_exit,
	.console_write = posix_console_write,
	.console_read = posix_console_read,
	.sigpipe = posix_sigpipe,
	/* Wednesday, 1 January 2025, 00:00 UTC, and every run the same */
	.wall_offset = UINT64_C(1735689600) * OSTIA_S,
	.virtual_time = 1,
};

/* ---- tasks ---- */

int ostia_task_spawn(struct ostia_world_proc *p, int (*fn)(void *), void *arg,
		     struct ostia_task **out)
{
	struct ostia_world *w = p->world;
	struct ostia_task *t;
	int err;

	if (p->exiting || !fn)
		return -EINVAL;
	t = world_zalloc(w, sizeof(*t));
	if (!t)
		return -ENOMEM;
	err = world_eventq_reserve(&w->q);
	if (err) {
		free(t);
		return err;
	}
	err = world_coro_init(&t->co, &w->coros, task_main, t);
	if (err) {
		world_eventq_unreserve(&w->q);
		free(t);
		return err;
	}
	t->ev.kind = WORLD_EVENT_TASK;
	t->proc = p;
	t->fn = fn;
	t->arg = arg;
	t->joinable = out != NULL;
	list_push(&p->tasks, &t->proc_tasks);
	w->stats.tasks++;
	w->service_tasks += p->service;
	more_buckets(w);
	world_eventq_arm(&w->q, &t->ev, w->now);
	if (out)
		*out = t;
	return 0;
}

static bool still_running(void *arg)
{
	return !((const struct ostia_task *)arg)->ended;
}

int ostia_task_join(struct ostia_task *t, int *result)
{
	struct ostia_world *w = t->proc->world;
	struct ostia_task *me = w->current;

	if (t == me || (t->joiner && !t->ended))
		return -EDEADLK;
	if (me) {
		t->joiner = me;
		while (!t->ended && !me->killed)
			world_task_sleep(w, OSTIA_NEVER);
		if (me->killed) {
			t->joiner = NULL;
			die(me);
		}
	} else {
		int err = world_run_while(w, still_running, t, OSTIA_NEVER);

		if (err)
			return err;
	}
	if (result)
		*result = t->result;
	task_free(t);
	return 0;
}

struct ostia_task *ostia_task_self(const struct ostia_world *w)
{
	return w->current;
}

struct ostia_world_proc *ostia_task_proc(const struct ostia_task *t)
{
	return t->proc;
}

int ostia_task_sleep(struct ostia_world *w, ostia_time t)
{
	if (!w->current)
		return ostia_world_run_until(w, t);
	if (t > w->now)
		world_task_sleep(w, t);
	else
		world_spend(w, w->cfg.call_cost);
	if (w->current->killed)
		die(w->current);
	return 0;
}

void ostia_task_exit(struct ostia_world *w, int result)
{
	if (!w->current)
		abort(); /* only a task can end itself */
	w->current->result = result;
	if (w->current->main)
		proc_exit_from(w->current->proc, result & 0xff);
	die(w->current);
}

/* ---- processes ---- */

/* Take 0, 1 and 2, so that the program's first socket is 3 as everywhere. */
static int take_console(struct ostia_world_proc *p)
{
	if (ostia_epoll_create1(p->bsd, 0) != 0)
		return -errno;
	if (ostia_dup(p->bsd, 0) != 1 || ostia_dup(p->bsd, 0) != 2)
		return -errno;
	return 0;
}

static int proc_open(struct ostia_world_proc *p, uint32_t max_fds)
{
	struct ostia_world *w = p->world;
	ostia_time cost = w->cfg.call_cost;
	int err = ostia_proc_new(ostia_host_stack(p->host), max_fds, &wait_ops,
				 p, &p->bsd);

	if (err)
		return err;
	w->cfg.call_cost = 0; /* nobody called */
	err = take_console(p);
	if (err)
		ostia_proc_free(p->bsd);
	w->cfg.call_cost = cost;
	return err;
}

int ostia_world_proc_new(struct ostia_node *host, const char *name,
			 uint32_t max_fds, struct ostia_world_proc **out)
{
	struct ostia_world *w = host->world;
	struct ostia_world_proc *p;
	int err;

	if (host->kind != WORLD_HOST || strlen(name) >= sizeof(p->name))
		return -EINVAL;
	p = world_zalloc(w, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->world = w;
	p->host = host;
	strcpy(p->name, name);
	list_init(&p->tasks);
	max_fds = max_fds ? max_fds : DEFAULT_FDS;
	err = proc_open(p, max_fds);
	if (err) {
		free(p);
		return err;
	}
	p->posix = (struct ostia_posix) { .proc = p->bsd,
					  .ops = &posix_ops,
					  .ctx = p,
					  .console = 7,
					  .files = (int)max_fds,
					  .pid = (int)++w->proc_ids };
	ostia_proc_set_cred(p->bsd, p->posix.pid, 0, 0);
	list_push(&w->procs, &p->procs);
	w->stats.procs++;
	*out = p;
	return 0;
}

void ostia_world_proc_exit(struct ostia_world_proc *p, int status)
{
	proc_exit_from(p, status);
	if (p->world->current && p->world->current->proc == p)
		die(p->world->current);
	proc_finish(p);
}

void ostia_world_proc_free(struct ostia_world_proc *p)
{
	proc_finish(p);
	list_each_safe (node, &p->tasks)
		task_free(list_entry(node, struct ostia_task, proc_tasks));
	list_remove(&p->procs);
	free(p->argv);
	free(p);
}

void world_task_free_all(struct ostia_world *w)
{
	while (!list_empty(&w->procs))
		ostia_world_proc_free(list_entry(
			w->procs.next, struct ostia_world_proc, procs));
}

void world_task_free_host(struct ostia_node *host)
{
	list_each_safe (node, &host->world->procs) {
		struct ostia_world_proc *p =
			list_entry(node, struct ostia_world_proc, procs);

		if (p->host == host)
			ostia_world_proc_free(p);
	}
}

void world_task_service(struct ostia_world_proc *p)
{
	p->service = true;
}

struct ostia_proc *ostia_world_proc_bsd(struct ostia_world_proc *p)
{
	return p->bsd;
}

void world_task_procs(struct ostia_world *w,
		      void (*fn)(void *ctx, uint32_t node, uint32_t proc,
				 const char *name),
		      void *ctx)
{
	list_each (node, &w->procs) {
		const struct ostia_world_proc *p =
			list_entry(node, struct ostia_world_proc, procs);

		if (p->bsd)
			fn(ctx, p->host->id, ostia_proc_id(p->bsd), p->name);
	}
}

const char *ostia_world_proc_name(const struct ostia_world_proc *p)
{
	return p->name;
}

void ostia_world_proc_console(struct ostia_world_proc *p,
			      void (*fn)(void *ctx, int fd, const void *buf,
					 size_t n),
			      void *ctx)
{
	p->console = fn;
	p->console_ctx = ctx;
}

int ostia_world_proc_status(const struct ostia_world_proc *p, int *status)
{
	if (p->ended && status)
		*status = p->status;
	return p->ended;
}

/* argv as one piece of memory: the pointers, a NULL, the strings. */
static char **copy_argv(struct ostia_world *w, int argc,
			const char *const *argv)
{
	size_t size = ((size_t)argc + 1) * sizeof(char *);
	char **copy, *at;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	copy = world_zalloc(w, size);
	if (!copy)
		return NULL;
	at = (char *)(copy + argc + 1);
	for (int i = 0; i < argc; i++) {
		copy[i] = at;
		strcpy(at, argv[i]);
		at += strlen(argv[i]) + 1;
	}
	return copy;
}

static int run_main(void *arg)
{
	struct ostia_world_proc *p = arg;

	return p->main(p->argc, p->argv);
}

int ostia_world_exec(struct ostia_world_proc *p, int (*main)(int, char **),
		     int argc, const char *const *argv)
{
	int err;

	if (p->main || !main || argc < 0)
		return -EINVAL;
	p->argv = copy_argv(p->world, argc, argv);
	if (!p->argv)
		return -ENOMEM;
	p->argc = argc;
	p->main = main;
	err = ostia_task_spawn(p, run_main, p, NULL);
	if (err) {
		free(p->argv);
		p->argv = NULL;
		p->main = NULL;
		return err;
	}
	list_entry(p->tasks.prev, struct ostia_task, proc_tasks)->main = true;
	return 0;
}
