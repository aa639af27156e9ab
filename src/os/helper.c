/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/helper.h"

#include "os/drive.h"
#include "os/events.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

enum {
	HELPER_TICK_MS = 1,
	HELPER_TICKS = 5, /* quiet ticks before it sleeps deep */
};

/* A tick with the lock released. Return: whether anybody drove meanwhile. */
static bool tick(struct ostia_runtime *rt, unsigned *quiet)
{
	uint64_t seen = rt->drives;
	struct timespec ts =
		runtime_timespec(ostia_clock() + HELPER_TICK_MS * OSTIA_MS);

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
			drive_round(rt, &rt->helper, OSTIA_NEVER);
		quiet = 0;
	}
	if (rt->driver == &rt->helper)
		rt->driver = NULL;
	pthread_mutex_unlock(&rt->lock);
	return NULL;
}

int helper_start(struct ostia_runtime *rt)
{
	sigset_t every, old;
	int err;

	sigfillset(&every); /* signals are for the program's threads */
	pthread_sigmask(SIG_SETMASK, &every, &old);
	err = -pthread_create(&rt->thread, NULL, helper, rt);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	rt->threaded = !err;
	return err;
}

void helper_stop(struct ostia_runtime *rt)
{
	if (!rt->threaded)
		return;
	pthread_mutex_lock(&rt->lock);
	rt->stop = true;
	pthread_mutex_unlock(&rt->lock);
	events_signal(rt->helperfd);
	sem_post(&rt->helper.sem);
	pthread_join(rt->thread, NULL);
	rt->threaded = false;
}
