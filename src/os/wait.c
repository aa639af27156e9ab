/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/wait.h"

#include "os/devices.h"
#include "os/drive.h"
#include "os/events.h"
#include "os/lock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

static bool is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE ||
	       sig == SIGILL || sig == SIGTRAP || sig == SIGSYS ||
	       sig == SIGABRT;
}

/* Would the kernel have ended a blocking call? poll() does not say which
 * signal came: it would, if any handler was installed without SA_RESTART.
 * What handles faults does not come in poll().
 */
static bool ends_calls(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa;

		if (!is_fault(sig) && sigaction(sig, NULL, &sa) == 0 &&
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

/* Nobody drives: one who sleeps shall, or the helper. */
static void pass_role(struct ostia_runtime *rt)
{
	for (struct sleeper *s = rt->sleepers; s; s = s->next)
		if (!s->woken) {
			events_wake(s);
			return;
		}
	if (rt->deep)
		sem_post(&rt->helper.sem);
}

/* The sleeper goes: off the list, and the role to another one. One that was
 * to take the role over and leaves instead passes it on, too.
 */
static void part(struct ostia_runtime *rt, struct sleeper *self)
{
	unlink_sleeper(rt, self);
	if (rt->poller == self)
		rt->poller = NULL; /* cancelled there */
	if (rt->driver == self)
		rt->driver = NULL;
	if (!rt->driver && !rt->dead)
		pass_role(rt);
	sem_destroy(&self->sem);
}

/* Cancelled while it waited, without the lock. */
static void cancelled(void *arg)
{
	struct leaving *l = arg;

	pthread_mutex_lock(&l->rt->lock);
	part(l->rt, l->self);
	pthread_mutex_unlock(&l->rt->lock);
}

/* Poll the kernel's descriptors, and one that events_wake() makes readable. */
static int doze_foreign(struct ostia_runtime *rt, struct sleeper *self,
			ostia_time deadline)
{
	struct foreign *f = self->foreign;
	int r;

	if (f->wakefd < 0)
		f->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (f->wakefd < 0)
		return -errno;
	if (sem_trywait(&self->sem) == 0)
		return 0; /* woken before there was a descriptor for it */
	f->set[f->n] = (struct pollfd) { f->wakefd, POLLIN, 0 };
	r = lock_ppoll(rt, f->set, f->n + 1, deadline);
	for (nfds_t i = 0; r > 0 && i < f->n; i++)
		f->ready |= f->set[i].revents != 0;
	return r < 0 ? r : 0;
}

/* Somebody else drives: sleep until woken, or promoted. */
static int doze(struct ostia_runtime *rt, struct sleeper *self,
		ostia_time deadline)
{
	struct timespec ts = runtime_timespec(deadline);
	int r, may;

	if (self->foreign)
		return doze_foreign(rt, self, deadline);
	may = lock_let_go(rt);
	r = deadline == OSTIA_NEVER
		    ? sem_wait(&self->sem)
		    : sem_clockwait(&self->sem, CLOCK_MONOTONIC, &ts);
	if (r < 0)
		r = -errno;
	lock_take_again(rt, may);
	return r;
}

static int one_step(struct ostia_runtime *rt, struct sleeper *self,
		    ostia_time deadline)
{
	int err;

	if (drive_is_taken(rt, self)) {
		err = doze(rt, self, deadline);
		return err == -ETIMEDOUT ? 0 : err;
	}
	drive_take(rt, self);
	err = drive_round(rt, self, deadline);
	return err == -EINTR && !ends_calls() ? 0 : err;
}

static int wait_loop(struct ostia_runtime *rt, struct sleeper *self,
		     ostia_time deadline)
{
	if (!rt->dead && !drive_is_taken(rt, NULL))
		drive_glance(rt);
	for (;;) {
		int err;

		events_take(rt);
		if (self->woken)
			return 0;
		if (rt->dead)
			return -EBADF;
		if (self->foreign && self->foreign->ready)
			return -EINTR;
		if (ostia_clock() >= deadline)
			return -ETIMEDOUT;
		err = one_step(rt, self, deadline);
		if (err && !self->woken)
			return err;
	}
}

/* The kernel's descriptors that this thread's call waits for, too. */
static _Thread_local struct foreign *brought;

void wait_bring(struct foreign *f)
{
	brought = f;
}

int wait_event(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct ostia_runtime *rt = ctx;
	struct sleeper self = { .cookie = cookie, .foreign = brought };
	struct leaving l = { rt, &self };
	int err;

	sem_init(&self.sem, 0, 0);
	self.next = rt->sleepers;
	rt->sleepers = &self;
	rt->close_calls = 0; /* who waits drives anyway */
	devices_pull(rt);
	pthread_cleanup_push(cancelled, &l);
	err = wait_loop(rt, &self, deadline);
	pthread_cleanup_pop(0);
	part(rt, &self);
	return err;
}
