/* SPDX-License-Identifier: MIT */
/*
 * Coroutines as threads of which one holds the baton. Resuming hands it to a
 * thread and waits until it comes back, so never do two run, and the order is
 * that of the fibers.
 */
#include "world/coro.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

enum holder { OUTSIDE, INSIDE };

struct baton {
	pthread_mutex_t lock;
	pthread_cond_t passed;
	enum holder holder;
	pthread_t thread;
	bool cancelled; /* stopped before it ever ran */
	jmp_buf home; /* where its thread began */
	struct world_coro *co;
};

static void wait_for(struct baton *b, enum holder who)
{
	while (b->holder != who)
		pthread_cond_wait(&b->passed, &b->lock);
}

static void pass_to(struct baton *b, enum holder who)
{
	b->holder = who;
	pthread_cond_broadcast(&b->passed);
}

static void *thread_main(void *arg)
{
	struct baton *b = arg;

	pthread_mutex_lock(&b->lock);
	wait_for(b, INSIDE);
	pthread_mutex_unlock(&b->lock);
	if (!b->cancelled && !setjmp(b->home))
		b->co->fn(b->co->arg);
	b->co->ended = true;
	pthread_mutex_lock(&b->lock);
	pass_to(b, OUTSIDE);
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static int spawn(struct baton *b, size_t stack_size)
{
	pthread_attr_t attr;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	err = pthread_attr_setstacksize(&attr, stack_size);
	if (!err)
		err = pthread_create(&b->thread, &attr, thread_main, b);
	pthread_attr_destroy(&attr);
	return -err;
}

static int start(struct world_coro *co)
{
	struct baton *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->passed, NULL);
	b->co = co;
	err = spawn(b, co->set->stack_size);
	if (err) {
		pthread_cond_destroy(&b->passed);
		pthread_mutex_destroy(&b->lock);
		free(b);
		return err;
	}
	co->set->allocs++;
	co->back = b;
	return 0;
}

static void resume(struct world_coro *co)
{
	struct baton *b = co->back;

	pthread_mutex_lock(&b->lock);
	pass_to(b, INSIDE);
	wait_for(b, OUTSIDE);
	pthread_mutex_unlock(&b->lock);
}

static void yield(struct world_coro *co)
{
	struct baton *b = co->back;

	pthread_mutex_lock(&b->lock);
	pass_to(b, OUTSIDE);
	wait_for(b, INSIDE);
	pthread_mutex_unlock(&b->lock);
}

static void end(struct world_coro *co)
{
	struct baton *b = co->back;

	longjmp(b->home, 1);
}

static void stop(struct world_coro *co)
{
	struct baton *b = co->back;

	if (!b)
		return;
	if (!co->ended) {
		pthread_mutex_lock(&b->lock);
		b->cancelled = true;
		pass_to(b, INSIDE);
		pthread_mutex_unlock(&b->lock);
	}
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->passed);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static void fini(struct world_coro_set *set)
{
	(void)set;
}

const struct world_coro_ops world_baton_ops = {
	.start = start,
	.resume = resume,
	.yield = yield,
	.end = end,
	.stop = stop,
	.fini = fini,
};
