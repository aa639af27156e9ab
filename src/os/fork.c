/* SPDX-License-Identifier: MIT */
#include "os/fork.h"

#include "os/claim.h"

#include <pthread.h>
#include <unistd.h>

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
			rt->drivers[i]->fd = -1;
			rt->drivers[i]->gone = true;
		}
		for (int fd = -1; (fd = claim_next(rt, fd + 1)) >= 0;)
			claim_drop(rt, fd);
		ostia_proc_dead(rt->proc);
		pthread_mutex_unlock(&rt->lock);
	}
	pthread_mutex_unlock(&all_lock);
}

static void register_fork(void)
{
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

void fork_enlist(struct ostia_runtime *rt)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_fork);
	pthread_mutex_lock(&all_lock);
	rt->next = all;
	all = rt;
	pthread_mutex_unlock(&all_lock);
}

void fork_delist(struct ostia_runtime *rt)
{
	struct ostia_runtime **at = &all;

	pthread_mutex_lock(&all_lock);
	while (*at && *at != rt)
		at = &(*at)->next;
	if (*at)
		*at = rt->next;
	pthread_mutex_unlock(&all_lock);
}
