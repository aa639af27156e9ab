/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/runtime.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_BATCH = 64,
	WRITE_BATCH = 64,
	READ_ROUNDS = 8, /* batches read before time moves again */
	QUEUE_CAP = 4096, /* packets that wait for a device */
	HELPER_TICK_MS = 1,
	HELPER_TICKS = 5, /* quiet ticks before it sleeps deep */
};

/*
 * --- packets -------------------------------------------------------------
 */

static struct pktq *queue_of(struct ostia_runtime *rt, unsigned i)
{
	return &rt->queue[i];
}

/* A device that is gone says so once; its packets are dropped from then on. */
static void lose(struct driver *d, int err)
{
	if (!d->gone)
		fprintf(stderr, "ostia: link %s: %s; no more packets pass\n",
			ostia_link_name(d->link), strerror(-err));
	d->gone = true;
}

static bool is_gone(int err)
{
	return err == -EBADFD || err == -EBADF || err == -ENODEV ||
	       err == -EPIPE || err == -ECONNRESET || err == -EPROTO ||
	       err == -ENOTCONN;
}

/* Return: false: the device takes no more now. */
static bool flush(struct ostia_runtime *rt, unsigned i)
{
	struct driver *d = rt->drivers[i];
	struct pktq *q = queue_of(rt, i);

	while (q->head) {
		int err = d->gone ? 0 : d->ops->write(d, q->head);

		if (err == -EAGAIN)
			return false;
		if (err)
			d->write_errors++;
		if (is_gone(err))
			lose(d, err);
		pkt_free(pktq_pop(q));
	}
	return true;
}

static void pull(struct ostia_runtime *rt)
{
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		while (flush(rt, i)) {
			struct ostia_pkt *p = ostia_link_output(
				rt->drivers[i]->link, WRITE_BATCH);

			if (!p)
				break;
			while (p) {
				struct ostia_pkt *next = p->next;

				(void)pktq_push(queue_of(rt, i), p);
				p = next;
			}
		}
	}
}

static void read_link(struct ostia_runtime *rt, struct driver *d)
{
	for (unsigned round = 0; round < READ_ROUNDS && !d->gone; round++) {
		struct ostia_pkt *batch;
		int n = d->ops->read(d, &batch, READ_BATCH);

		if (n > 0)
			ostia_link_input(d->link, batch);
		else if (n < 0 && is_gone(n))
			lose(d, n);
		/* Acknowledge as we go: the peer is waiting. */
		pull(rt);
		if (n < READ_BATCH)
			return;
	}
}

/*
 * --- events --------------------------------------------------------------
 */

static struct sleeper *sleeper_for(struct ostia_runtime *rt, uint64_t cookie)
{
	for (struct sleeper *s = rt->sleepers; s; s = s->next)
		if (s->cookie == cookie && !s->woken)
			return s;
	return NULL;
}

static void keep_event(struct ostia_runtime *rt, const struct ostia_event *ev)
{
	struct event_ring *r = &rt->events;
	uint64_t one = 1;

	if (r->count == r->cap) {
		uint32_t cap = r->cap ? 2 * r->cap : 64;
		struct ostia_event *grown = calloc(cap, sizeof(*grown));

		if (!grown)
			return; /* level triggered: watch again tells again */
		for (uint32_t i = 0; i < r->count; i++)
			grown[i] = r->ev[(r->head + i) % r->cap];
		free(r->ev);
		*r = (struct event_ring) { grown, cap, 0, r->count };
	}
	r->ev[(r->head + r->count++) % r->cap] = *ev;
	if (r->count == 1 && write(rt->eventfd, &one, sizeof(one)) < 0)
		perror("ostia: eventfd");
}

static void take_events(struct ostia_runtime *rt)
{
	struct ostia_event ev;

	while (ostia_next_event(rt->stack, &ev)) {
		struct sleeper *s = ev.kind == OSTIA_EVENT_READY
					    ? sleeper_for(rt, ev.cookie)
					    : NULL;

		if (!s) {
			keep_event(rt, &ev);
			continue;
		}
		s->woken = true;
		if (s != rt->driver)
			sem_post(&s->sem);
	}
}

int ostia_runtime_event(struct ostia_runtime *rt, struct ostia_event *ev)
{
	struct event_ring *r = &rt->events;
	uint64_t drain;
	int got = 0;

	ostia_runtime_lock(rt);
	take_events(rt);
	if (r->count) {
		*ev = r->ev[r->head];
		r->head = (r->head + 1) % r->cap;
		r->count--;
		got = 1;
	}
	if (!r->count && read(rt->eventfd, &drain, sizeof(drain)) < 0 &&
	    errno != EAGAIN)
		perror("ostia: eventfd");
	ostia_runtime_unlock(rt);
	return got;
}

int ostia_runtime_fd(struct ostia_runtime *rt)
{
	return rt->eventfd;
}

/*
 * --- driving -------------------------------------------------------------
 */

static void kick(struct ostia_runtime *rt)
{
	uint64_t one = 1;

	if (write(rt->wakefd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		perror("ostia: eventfd");
}

static struct timespec timespec_of(ostia_time ns)
{
	return (struct timespec) { .tv_sec = (time_t)(ns / OSTIA_S),
				   .tv_nsec = (long)(ns % OSTIA_S) };
}

static unsigned fill_pollfds(struct ostia_runtime *rt, struct pollfd *p)
{
	p[0] = (struct pollfd) { .fd = rt->wakefd, .events = POLLIN };
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		const struct driver *d = rt->drivers[i];

		p[i + 1] = (struct pollfd) { .fd = d->gone ? -1 : d->fd,
					     .events = POLLIN };
		if (queue_of(rt, i)->head)
			p[i + 1].events |= POLLOUT;
	}
	return rt->ndrivers + 1;
}

/* One round: wait for a device, the next timer, @deadline or a kick; then
 * move what there is. Called with the lock, which is released while waiting.
 * Return: 0, or -EINTR.
 */
static int drive(struct ostia_runtime *rt, ostia_time deadline)
{
	struct pollfd p[RUNTIME_DRIVERS + 1];
	ostia_time timer = ostia_next_deadline(rt->stack);
	ostia_time now = ostia_clock();
	struct timespec ts;
	uint64_t drain;
	unsigned n;
	int r;

	rt->until = timer < deadline ? timer : deadline;
	ts = timespec_of(rt->until > now ? rt->until - now : 0);
	n = fill_pollfds(rt, p);
	rt->polling = true;
	pthread_mutex_unlock(&rt->lock);
	r = ppoll(p, n, rt->until == OSTIA_NEVER ? NULL : &ts, NULL);
	if (r < 0)
		r = -errno;
	pthread_mutex_lock(&rt->lock);
	rt->polling = false;
	ostia_advance(rt->stack, ostia_clock());
	for (unsigned i = 0; r > 0 && i + 1 < n; i++)
		if (p[i + 1].revents & (POLLIN | POLLHUP | POLLERR))
			read_link(rt, rt->drivers[i]);
	if (r > 0 && p[0].revents && read(rt->wakefd, &drain, 8) < 0 &&
	    errno != EAGAIN)
		perror("ostia: eventfd");
	pull(rt);
	take_events(rt);
	return r == -EINTR ? r : 0;
}

/* Would the kernel have ended a blocking call? poll() does not say which
 * signal came: it would, if any handler was installed without SA_RESTART.
 */
static bool ends_calls(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa;

		if (sigaction(sig, NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_DFL && sa.sa_handler != SIG_IGN &&
		    !(sa.sa_flags & SA_RESTART))
			return true;
	}
	return false;
}

static void unlink_sleeper(struct ostia_runtime *rt, struct sleeper *s)
{
	struct sleeper **at = &rt->sleepers;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
}

/* struct leaving - what a cancelled thread must still do */
struct leaving {
	struct ostia_runtime *rt;
	struct sleeper *self;
};

/* The sleeper goes: off the list, and the role to another one. */
static void part(struct ostia_runtime *rt, struct sleeper *self)
{
	unlink_sleeper(rt, self);
	if (rt->driver == self) {
		rt->driver = NULL;
		if (rt->sleepers)
			sem_post(&rt->sleepers->sem);
		else if (rt->deep)
			sem_post(&rt->helper.sem);
	}
	sem_destroy(&self->sem);
}

/* Cancelled in poll() or on the semaphore, both without the lock. */
static void cancelled(void *arg)
{
	struct leaving *l = arg;

	pthread_mutex_lock(&l->rt->lock);
	part(l->rt, l->self);
	pthread_mutex_unlock(&l->rt->lock);
}

/* Somebody else drives: sleep until woken, or promoted. */
static int doze(struct ostia_runtime *rt, struct sleeper *self,
		ostia_time deadline)
{
	struct timespec ts = timespec_of(deadline);
	int r;

	pthread_mutex_unlock(&rt->lock);
	r = deadline == OSTIA_NEVER
		    ? sem_wait(&self->sem)
		    : sem_clockwait(&self->sem, CLOCK_MONOTONIC, &ts);
	if (r < 0)
		r = -errno;
	pthread_mutex_lock(&rt->lock);
	return r;
}

static int one_step(struct ostia_runtime *rt, struct sleeper *self,
		    ostia_time deadline)
{
	int err;

	if (rt->driver && rt->driver != self && rt->driver != &rt->helper) {
		err = doze(rt, self, deadline);
		return err == -ETIMEDOUT ? 0 : err;
	}
	if (rt->driver == &rt->helper && rt->polling)
		kick(rt);
	rt->driver = self;
	rt->drives++;
	err = drive(rt, deadline);
	return err == -EINTR && !ends_calls() ? 0 : err;
}

static int wait_loop(struct ostia_runtime *rt, struct sleeper *self,
		     ostia_time deadline)
{
	for (;;) {
		int err;

		take_events(rt);
		if (self->woken)
			return 0;
		if (rt->dead)
			return -EBADF;
		if (ostia_clock() >= deadline)
			return -ETIMEDOUT;
		err = one_step(rt, self, deadline);
		if (err && !self->woken)
			return err;
	}
}

static int rt_wait(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct ostia_runtime *rt = ctx;
	struct sleeper self = { .cookie = cookie };
	struct leaving l = { rt, &self };
	int err;

	sem_init(&self.sem, 0, 0);
	self.next = rt->sleepers;
	rt->sleepers = &self;
	pull(rt);
	pthread_cleanup_push(cancelled, &l);
	err = wait_loop(rt, &self, deadline);
	pthread_cleanup_pop(0);
	part(rt, &self);
	return err;
}

void ostia_runtime_lock(struct ostia_runtime *rt)
{
	pthread_mutex_lock(&rt->lock);
	ostia_advance(rt->stack, ostia_clock());
}

/* What the call left to be sent goes out now; and if a timer became due
 * before the one that somebody sleeps for, he must look again.
 */
void ostia_runtime_unlock(struct ostia_runtime *rt)
{
	if (!rt->dead)
		pull(rt);
	take_events(rt);
	if (rt->polling && ostia_next_deadline(rt->stack) < rt->until)
		kick(rt);
	pthread_mutex_unlock(&rt->lock);
}

static void rt_enter(void *ctx)
{
	ostia_runtime_lock(ctx);
}

static void rt_leave(void *ctx)
{
	ostia_runtime_unlock(ctx);
}

static void rt_sigpipe(void *ctx)
{
	(void)ctx;
	raise(SIGPIPE);
}

static const struct ostia_wait_ops wait_ops = {
	.enter = rt_enter,
	.leave = rt_leave,
	.wait = rt_wait,
	.sigpipe = rt_sigpipe,
};

/*
 * --- the helper ----------------------------------------------------------
 */

/* A tick with the lock released. Return: whether anybody drove meanwhile. */
static bool tick(struct ostia_runtime *rt, unsigned *quiet)
{
	uint64_t seen = rt->drives;
	struct timespec ts =
		timespec_of(ostia_clock() + HELPER_TICK_MS * OSTIA_MS);

	pthread_mutex_unlock(&rt->lock);
	sem_clockwait(&rt->helper.sem, CLOCK_MONOTONIC, &ts);
	pthread_mutex_lock(&rt->lock);
	*quiet = rt->drives == seen ? *quiet + 1 : 0;
	return rt->driver || rt->drives != seen;
}

/* Somebody drives, and sleeps long: nothing for us until he leaves. */
static void sleep_deep(struct ostia_runtime *rt)
{
	rt->deep = true;
	pthread_mutex_unlock(&rt->lock);
	while (sem_wait(&rt->helper.sem) < 0)
		;
	pthread_mutex_lock(&rt->lock);
	rt->deep = false;
}

static void *helper(void *arg)
{
	struct ostia_runtime *rt = arg;
	unsigned quiet = 0;

	pthread_mutex_lock(&rt->lock);
	while (!rt->stop) {
		if (tick(rt, &quiet)) {
			if (rt->driver && quiet >= HELPER_TICKS)
				sleep_deep(rt);
			continue;
		}
		rt->driver = &rt->helper;
		while (rt->driver == &rt->helper && !rt->stop)
			drive(rt, OSTIA_NEVER);
		quiet = 0;
	}
	if (rt->driver == &rt->helper)
		rt->driver = NULL;
	pthread_mutex_unlock(&rt->lock);
	return NULL;
}

/*
 * --- fork ----------------------------------------------------------------
 */

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ostia_runtime *all;

static void fork_prepare(void)
{
	pthread_mutex_lock(&all_lock);
	for (struct ostia_runtime *rt = all; rt; rt = rt->next)
		pthread_mutex_lock(&rt->lock);
}

static void fork_parent(void)
{
	for (struct ostia_runtime *rt = all; rt; rt = rt->next)
		pthread_mutex_unlock(&rt->lock);
	pthread_mutex_unlock(&all_lock);
}

/* The child has no helper and no business with the parent's packets. */
static void fork_child(void)
{
	for (struct ostia_runtime *rt = all; rt; rt = rt->next) {
		rt->dead = true;
		rt->threaded = false;
		rt->driver = NULL;
		rt->sleepers = NULL;
		for (unsigned i = 0; i < rt->ndrivers; i++) {
			close(rt->drivers[i]->fd);
			rt->drivers[i]->gone = true;
		}
		ostia_proc_dead(rt->proc);
		pthread_mutex_unlock(&rt->lock);
	}
	pthread_mutex_unlock(&all_lock);
}

static void register_fork(void)
{
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

static void enlist(struct ostia_runtime *rt)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_fork);
	pthread_mutex_lock(&all_lock);
	rt->next = all;
	all = rt;
	pthread_mutex_unlock(&all_lock);
}

static void delist(struct ostia_runtime *rt)
{
	struct ostia_runtime **at = &all;

	pthread_mutex_lock(&all_lock);
	while (*at && *at != rt)
		at = &(*at)->next;
	if (*at)
		*at = rt->next;
	pthread_mutex_unlock(&all_lock);
}

/*
 * --- plain names ---------------------------------------------------------
 */

static ostia_time posix_now(void *ctx)
{
	(void)ctx;
	return ostia_clock();
}

static int posix_sleep(void *ctx, ostia_time until)
{
	const struct timespec ts = timespec_of(until);

	(void)ctx;
	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

__attribute__((noreturn)) static void posix_exit(void *ctx, int status)
{
	(void)ctx;
	exit(status);
}

static const struct ostia_posix_ops posix_ops = {
	.now = posix_now,
	.sleep = posix_sleep,
	.exit = posix_exit,
};

void ostia_runtime_posix(struct ostia_runtime *rt)
{
	ostia_posix_enter(&rt->posix);
}

/*
 * --- beginning and end ---------------------------------------------------
 */

static int make_stack(struct ostia_runtime *rt,
		      const struct ostia_runtime_config *cfg)
{
	const struct ostia_stack_config sc = { .env = &rt->env,
					       .pool = rt->pool,
					       .id = 1,
					       .now = ostia_clock(),
					       .settings = cfg->settings,
					       .nsettings = cfg->nsettings };
	int err = ostia_stack_new(&sc, &rt->stack);

	if (err)
		return err;
	return ostia_proc_new(rt->stack, cfg->max_fds, &wait_ops, rt,
			      &rt->proc);
}

static int start(struct ostia_runtime *rt,
		 const struct ostia_runtime_config *cfg, char *why,
		 size_t why_size)
{
	sigset_t every, old;
	int err = ostia_pool_new(&rt->env, 0, &rt->pool);

	if (!err)
		err = make_stack(rt, cfg);
	if (err) {
		snprintf(why, why_size, "cannot make a stack: %s",
			 strerror(-err));
		return err;
	}
	rt->posix = (struct ostia_posix) {
		.proc = rt->proc, .ops = &posix_ops, .ctx = rt, .pid = getpid()
	};
	if (cfg->net)
		err = ostia_runtime_attach(rt, cfg->net, why, why_size);
	if (err)
		return err;
	sigfillset(&every); /* signals are for the program's threads */
	pthread_sigmask(SIG_SETMASK, &every, &old);
	err = -pthread_create(&rt->thread, NULL, helper, rt);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		snprintf(why, why_size, "cannot start a thread: %s",
			 strerror(-err));
	rt->threaded = !err;
	return err;
}

int ostia_runtime_new(const struct ostia_runtime_config *cfg,
		      struct ostia_runtime **out, char *why, size_t why_size)
{
	struct ostia_runtime *rt = calloc(1, sizeof(*rt));
	int err;

	if (why_size)
		*why = '\0';
	if (!rt)
		return -ENOMEM;
	pthread_mutex_init(&rt->lock, NULL);
	sem_init(&rt->helper.sem, 0, 0);
	ostia_system_env(&rt->env);
	rt->env.trace = cfg->trace;
	rt->env.trace_ctx = cfg->trace_ctx;
	for (unsigned i = 0; i < RUNTIME_DRIVERS; i++)
		pktq_init(&rt->queue[i], QUEUE_CAP);
	rt->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rt->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	enlist(rt);
	err = rt->wakefd < 0 || rt->eventfd < 0 ? -errno
						: start(rt, cfg, why, why_size);
	if (err) {
		ostia_runtime_free(rt);
		return err;
	}
	*out = rt;
	return 0;
}

static void stop_helper(struct ostia_runtime *rt)
{
	if (!rt->threaded)
		return;
	pthread_mutex_lock(&rt->lock);
	rt->stop = true;
	pthread_mutex_unlock(&rt->lock);
	kick(rt);
	sem_post(&rt->helper.sem);
	pthread_join(rt->thread, NULL);
	rt->threaded = false;
}

void ostia_runtime_free(struct ostia_runtime *rt)
{
	stop_helper(rt);
	delist(rt);
	if (rt->proc)
		ostia_proc_free(rt->proc);
	if (rt->stack && !rt->dead)
		pull(rt);
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		pktq_drain(&rt->queue[i]);
		rt->drivers[i]->ops->free(rt->drivers[i]);
	}
	if (rt->stack)
		ostia_stack_free(rt->stack);
	if (rt->pool)
		ostia_pool_free(rt->pool);
	if (rt->wakefd >= 0)
		close(rt->wakefd);
	if (rt->eventfd >= 0)
		close(rt->eventfd);
	free(rt->events.ev);
	sem_destroy(&rt->helper.sem);
	pthread_mutex_destroy(&rt->lock);
	free(rt);
}

struct ostia_proc *ostia_runtime_proc(struct ostia_runtime *rt)
{
	return rt->proc;
}

struct ostia_stack *ostia_runtime_stack(struct ostia_runtime *rt)
{
	return rt->stack;
}
