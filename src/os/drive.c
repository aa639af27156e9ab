/* SPDX-License-Identifier: MIT */
#include "os/drive.h"

#include "os/devices.h"
#include "os/events.h"
#include "os/lock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
	CLOSE_NS = 50000, /* calls that follow one another within */
	CLOSE_CALLS = 8, /* so many of them drive */
	LOOK_NS = 20000, /* between looks at the devices in passing */
};

bool drive_is_taken(const struct ostia_runtime *rt, const struct sleeper *self)
{
	return rt->driver && rt->driver != self && rt->driver != &rt->helper;
}

void drive_take(struct ostia_runtime *rt, struct sleeper *self)
{
	if (rt->driver == &rt->helper)
		events_kick(rt);
	rt->driver = self;
	rt->drives++;
}

static void fill_pollfds(struct ostia_runtime *rt, int wakefd, struct pollfd *p)
{
	*p++ = (struct pollfd) { .fd = wakefd, .events = POLLIN };
	for (unsigned i = 0; i < rt->ndrivers; i++, p++) {
		const struct driver *d = rt->drivers[i];

		*p = (struct pollfd) { .fd = d->gone ? -1 : d->fd,
				       .events = POLLIN };
		if (rt->queue[i].head || d->unsent)
			p->events |= POLLOUT;
	}
}

/* Often what is waited for has come already: no need to ask poll() first. */
static bool look(struct ostia_runtime *rt)
{
	bool any = false;

	ostia_advance(rt->stack, ostia_clock());
	for (unsigned i = 0; i < rt->ndrivers; i++)
		any |= devices_read(rt, rt->drivers[i]);
	if (any)
		events_take(rt);
	return any;
}

/* Wait in poll() with the lock released. Return: as ppoll(), or -errno. */
static int poll_all(struct ostia_runtime *rt, struct sleeper *self,
		    struct pollfd *p, nfds_t n, ostia_time until)
{
	int r;

	rt->poller = self;
	rt->until = until;
	r = lock_ppoll(rt, p, n, until);
	if (rt->poller == self)
		rt->poller = NULL;
	return r;
}

int drive_round(struct ostia_runtime *rt, struct sleeper *self,
		ostia_time deadline)
{
	struct foreign *f = self->foreign;
	struct pollfd few[RUNTIME_FDS], *p = f ? f->set : few;
	ostia_time timer = ostia_next_deadline(rt->stack);
	nfds_t nf = f ? f->n : 0, n = nf + 1 + rt->ndrivers;
	int wakefd = self == &rt->helper ? rt->helperfd : rt->wakefd;
	uint64_t drain;
	int r;

	if (self != &rt->helper && !f && look(rt))
		return 0;
	fill_pollfds(rt, wakefd, p + nf);
	r = poll_all(rt, self, p, n, timer < deadline ? timer : deadline);
	if (rt->dead)
		return 0;
	ostia_advance(rt->stack, ostia_clock());
	for (nfds_t i = 0; r > 0 && i < nf; i++)
		f->ready |= p[i].revents != 0;
	for (nfds_t i = nf + 1; r > 0 && i < n; i++)
		if (p[i].revents & (POLLIN | POLLHUP | POLLERR))
			devices_read(rt, rt->drivers[i - nf - 1]);
	if (r > 0 && p[nf].revents && read(wakefd, &drain, 8) < 0 &&
	    errno != EAGAIN)
		perror("ostia: eventfd");
	devices_pull(rt);
	events_take(rt);
	return r == -EINTR ? r : 0;
}

void drive_glance(struct ostia_runtime *rt)
{
	drive_take(rt, NULL);
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		struct driver *d = rt->drivers[i];
		struct ostia_pkt *p;

		if (!d->gone && d->ops->read(d, &p, 1) > 0)
			ostia_link_input(d->link, p);
	}
	rt->last_look = ostia_now(rt->stack);
	devices_pull(rt);
}

void drive_in_passing(struct ostia_runtime *rt)
{
	ostia_time now = ostia_now(rt->stack);

	rt->close_calls =
		now - rt->last_call < CLOSE_NS ? rt->close_calls + 1 : 0;
	rt->last_call = now;
	if (rt->close_calls < CLOSE_CALLS || drive_is_taken(rt, NULL))
		return;
	drive_take(rt, NULL);
	if (now - rt->last_look < LOOK_NS)
		return;
	rt->last_look = now;
	for (unsigned i = 0; i < rt->ndrivers; i++)
		devices_read(rt, rt->drivers[i]);
}
