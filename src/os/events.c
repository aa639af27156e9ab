/* SPDX-License-Identifier: MIT */
#include "os/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

void events_signal(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		perror("ostia: eventfd");
}

void events_wake(struct sleeper *s)
{
	sem_post(&s->sem);
	if (s->foreign && s->foreign->wakefd >= 0)
		events_signal(s->foreign->wakefd);
}

void events_kick(struct ostia_runtime *rt)
{
	if (rt->poller)
		events_signal(rt->poller == &rt->helper ? rt->helperfd
							: rt->wakefd);
}

void events_take(struct ostia_runtime *rt)
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
			events_wake(s);
		else if (s == rt->poller)
			events_kick(rt); /* another's call, without a device */
	}
}

int ostia_runtime_event(struct ostia_runtime *rt, struct ostia_event *ev)
{
	struct event_ring *r = &rt->events;
	uint64_t drain;
	int got = 0;

	ostia_runtime_lock(rt);
	events_take(rt);
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
