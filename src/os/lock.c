/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/lock.h"

#include "os/devices.h"
#include "os/drive.h"
#include "os/events.h"

#include <errno.h>
#include <poll.h>

int lock_let_go(struct ostia_runtime *rt)
{
	int may = rt->cancel;

	pthread_mutex_unlock(&rt->lock);
	pthread_setcancelstate(may, NULL);
	return may;
}

void lock_take_again(struct ostia_runtime *rt, int may)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_mutex_lock(&rt->lock);
	rt->cancel = may;
}

int lock_ppoll(struct ostia_runtime *rt, struct pollfd *p, nfds_t n,
	       ostia_time until)
{
	ostia_time now = ostia_clock();
	const struct timespec ts =
		runtime_timespec(until > now ? until - now : 0);
	int may = lock_let_go(rt);
	int r = ppoll(p, n, until == OSTIA_NEVER ? NULL : &ts, NULL);

	if (r < 0)
		r = -errno;
	lock_take_again(rt, may);
	return r;
}

void ostia_runtime_lock(struct ostia_runtime *rt)
{
	int may;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &may);
	pthread_mutex_lock(&rt->lock);
	rt->cancel = may;
	ostia_advance(rt->stack, ostia_clock());
}

/* What the call left to be sent goes out now; and if a timer became due
 * before the one that somebody sleeps for, he must look again.
 */
void ostia_runtime_unlock(struct ostia_runtime *rt)
{
	if (!rt->dead) {
		devices_pull(rt);
		drive_in_passing(rt);
	}
	events_take(rt);
	if (rt->poller && ostia_next_deadline(rt->stack) < rt->until)
		events_kick(rt);
	(void)lock_let_go(rt);
}
