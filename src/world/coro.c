/* SPDX-License-Identifier: MIT */
#include "world/coro.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void world_coro_set_init(struct world_coro_set *set,
			 const struct world_coro_ops *ops, size_t stack_size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	*set = (struct world_coro_set) { .ops = ops };
	set->stack_size = (stack_size + page - 1) / page * page;
}

void world_coro_set_fini(struct world_coro_set *set)
{
	set->ops->fini(set);
}

int world_coro_init(struct world_coro *co, struct world_coro_set *set,
		    void (*fn)(void *arg), void *arg)
{
	*co = (struct world_coro) { .set = set, .fn = fn, .arg = arg };
	return set->ops->start(co);
}

void world_coro_resume(struct world_coro *co)
{
	int saved = errno;

	co->started = true;
	co->set->ops->resume(co);
	errno = saved;
}

void world_coro_yield(struct world_coro *co)
{
	int saved = errno;

	co->set->ops->yield(co);
	errno = saved;
}

void world_coro_end(struct world_coro *co)
{
	co->ended = true;
	co->set->ops->end(co);
	abort(); /* nobody resumes what has ended */
}

void world_coro_fini(struct world_coro *co)
{
	co->set->ops->stop(co);
	co->back = NULL;
}
