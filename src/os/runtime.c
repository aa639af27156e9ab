/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/runtime.h"

#include "os/claim.h"
#include "os/devices.h"
#include "os/fork.h"
#include "os/helper.h"
#include "os/mixed.h"
#include "os/resolver.h"
#include "os/wait.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_CAP = 4096 }; /* packets that wait for a device */

/*
 * --- what a process and plain names stand on -----------------------------
 */

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
	.wait = wait_event,
	.sigpipe = rt_sigpipe,
	.claim = claim_take,
	.drop = claim_drop,
};

static ostia_time posix_now(void *ctx)
{
	(void)ctx;
	return ostia_clock();
}

static int posix_sleep(void *ctx, ostia_time until)
{
	const struct timespec ts = runtime_timespec(until);

	(void)ctx;
	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

__attribute__((noreturn)) static void posix_exit(void *ctx, int status)
{
	(void)ctx;
	exit(status);
}

static const struct ostia_posix_ops posix_ops = {
	.lookup = resolver_lookup,
	.reverse = resolver_reverse,
	.now = posix_now,
	.sleep = posix_sleep,
	.exit = posix_exit,
	.poll = mixed_ppoll,
	.epoll_wait = mixed_epoll_wait,
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
	err = ostia_proc_new(rt->stack, cfg->max_fds, &wait_ops, rt, &rt->proc);
	if (!err)
		ostia_proc_set_cred(rt->proc, getpid(), getuid(), getgid());
	return err;
}

static int start(struct ostia_runtime *rt,
		 const struct ostia_runtime_config *cfg, char *why,
		 size_t why_size)
{
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
	err = helper_start(rt);
	if (err)
		snprintf(why, why_size, "cannot start a thread: %s",
			 strerror(-err));
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
	ostia_dns_init(&rt->dns);
	rt->env.trace = cfg->trace;
	rt->env.trace_ctx = cfg->trace_ctx;
	rt->env.trace_log = cfg->trace_log;
	for (unsigned i = 0; i < RUNTIME_DRIVERS; i++)
		pktq_init(&rt->queue[i], QUEUE_CAP);
	rt->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rt->helperfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rt->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	fork_enlist(rt);
	err = rt->wakefd < 0 || rt->helperfd < 0 || rt->eventfd < 0
		      ? -errno
		      : start(rt, cfg, why, why_size);
	if (err) {
		ostia_runtime_free(rt);
		return err;
	}
	*out = rt;
	return 0;
}

/* Is there a connection that was closed, and whose peer has not yet
 * acknowledged all?
 */
static bool unfinished(struct ostia_runtime *rt)
{
	struct ostia_conn_row rows[32];
	uint64_t cursor = 0;
	int n;

	while ((n = ostia_conn_list(rt->stack, &cursor, rows, 32)) > 0)
		for (int i = 0; i < n; i++)
			if (rows[i].proto == IPPROTO_TCP &&
			    (rows[i].state == TCP_FIN_WAIT1 ||
			     rows[i].state == TCP_CLOSING ||
			     rows[i].state == TCP_LAST_ACK))
				return true;
	return false;
}

int ostia_runtime_finish(struct ostia_runtime *rt, ostia_time timeout)
{
	const struct timespec tick = { .tv_nsec = OSTIA_MS };
	ostia_time deadline = ostia_clock() + timeout;

	for (int fd = -1; (fd = claim_next(rt, fd + 1)) >= 0;)
		(void)ostia_close(rt->proc, fd);
	for (;;) {
		bool more;

		ostia_runtime_lock(rt);
		more = !rt->dead && unfinished(rt);
		ostia_runtime_unlock(rt);
		if (!more)
			return 0;
		if (ostia_clock() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&tick, NULL); /* the helper drives */
	}
}

void ostia_runtime_free(struct ostia_runtime *rt)
{
	helper_stop(rt);
	fork_delist(rt);
	if (rt->proc)
		ostia_proc_free(rt->proc);
	if (rt->stack && !rt->dead)
		devices_pull(rt);
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
	if (rt->helperfd >= 0)
		close(rt->helperfd);
	if (rt->eventfd >= 0)
		close(rt->eventfd);
	free(rt->claimed);
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
