/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/mixed.h"

#include "os/claim.h"
#include "os/wait.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/** struct mixed - A poll() over descriptors of both kinds
 * @ours:	as asked, the kernel's with a negative number
 * @theirs:	the kernel's, @foreign.set, and where each was in the list
 */
struct mixed {
	struct pollfd *ours;
	nfds_t *where;
	struct foreign foreign;
};

static int mixed_init(struct mixed *m, nfds_t n)
{
	*m = (struct mixed) { .foreign = { .wakefd = -1 } };
	m->ours = calloc(n, sizeof(*m->ours));
	m->where = calloc(n, sizeof(*m->where));
	m->foreign.set = calloc(n + RUNTIME_FDS, sizeof(*m->foreign.set));
	return m->ours && m->where && m->foreign.set ? 0 : -ENOMEM;
}

static void mixed_fini(void *arg)
{
	struct mixed *m = arg;

	wait_bring(NULL);
	if (m->foreign.wakefd >= 0)
		close(m->foreign.wakefd);
	free(m->ours);
	free(m->where);
	free(m->foreign.set);
}

static void mixed_split(struct ostia_runtime *rt, struct mixed *m,
			const struct pollfd *v, nfds_t n)
{
	pthread_mutex_lock(&rt->lock);
	for (nfds_t i = 0; i < n; i++) {
		m->ours[i] = v[i];
		if (v[i].fd < 0 || claim_has(rt, v[i].fd))
			continue;
		m->ours[i].fd = -1;
		m->where[m->foreign.n] = i;
		m->foreign.set[m->foreign.n++] = v[i];
	}
	pthread_mutex_unlock(&rt->lock);
}

/* What is ready now, without waiting. Return: how many; -1 and errno. */
static int mixed_look(struct ostia_runtime *rt, struct mixed *m,
		      struct pollfd *v, nfds_t n)
{
	static const struct timespec at_once;
	struct foreign *f = &m->foreign;
	int theirs = poll(f->set, f->n, 0);
	int ours =
		theirs < 0 ? -1 : ostia_ppoll(rt->proc, m->ours, n, &at_once);

	if (ours < 0)
		return -1;
	for (nfds_t i = 0; i < n; i++)
		v[i].revents = m->ours[i].revents;
	for (nfds_t i = 0; i < f->n; i++)
		v[m->where[i]].revents = f->set[i].revents;
	return ours + theirs;
}

/* Sleep until any is ready. Return: 0; 1: time is up; -1 and errno. */
static int mixed_wait(struct ostia_runtime *rt, struct mixed *m, nfds_t n,
		      ostia_time deadline)
{
	ostia_time now = ostia_clock();
	const struct timespec t =
		runtime_timespec(deadline > now ? deadline - now : 0);
	int r;

	if (now >= deadline)
		return 1;
	m->foreign.ready = false;
	wait_bring(&m->foreign);
	r = ostia_ppoll(rt->proc, m->ours, n,
			deadline == OSTIA_NEVER ? NULL : &t);
	wait_bring(NULL);
	return r < 0 && !(errno == EINTR && m->foreign.ready) ? -1 : 0;
}

static int mixed_poll(struct ostia_runtime *rt, struct mixed *m,
		      struct pollfd *v, nfds_t n, ostia_time deadline)
{
	int found, r;

	do {
		found = mixed_look(rt, m, v, n);
		if (found)
			return found;
		r = mixed_wait(rt, m, n, deadline);
	} while (r == 0);
	return r < 0 ? r : 0;
}

static ostia_time deadline_of(const struct timespec *t)
{
	ostia_time ns;

	if (!t)
		return OSTIA_NEVER;
	ns = (ostia_time)t->tv_sec * OSTIA_S + (ostia_time)t->tv_nsec;
	return ostia_clock() + ns;
}

static int poll_both(struct ostia_runtime *rt, struct pollfd *v, nfds_t n,
		     const struct timespec *t)
{
	ostia_time deadline = deadline_of(t);
	struct mixed m;
	int r = mixed_init(&m, n);

	pthread_cleanup_push(mixed_fini, &m);
	if (r == 0) {
		mixed_split(rt, &m, v, n);
		r = mixed_poll(rt, &m, v, n, deadline);
	} else {
		errno = -r;
		r = -1;
	}
	pthread_cleanup_pop(1);
	return r;
}

/* How many of them are ours, and how many the kernel's. */
static void count_kinds(struct ostia_runtime *rt, const struct pollfd *v,
			nfds_t n, nfds_t *ours, nfds_t *theirs)
{
	*ours = *theirs = 0;
	pthread_mutex_lock(&rt->lock);
	for (nfds_t i = 0; i < n; i++)
		if (claim_has(rt, v[i].fd))
			++*ours;
		else if (v[i].fd >= 0)
			++*theirs;
	pthread_mutex_unlock(&rt->lock);
}

int mixed_ppoll(void *ctx, struct pollfd *v, nfds_t n, const struct timespec *t)
{
	struct ostia_runtime *rt = ctx;
	nfds_t ours, theirs;

	count_kinds(rt, v, n, &ours, &theirs);
	if (!theirs)
		return ostia_ppoll(rt->proc, v, n, t);
	return ours ? poll_both(rt, v, n, t) : ppoll(v, n, t, NULL);
}

/* The placeholder of an epoll descriptor holds the kernel's descriptors. */
static int both_events(struct ostia_runtime *rt, int epfd,
		       struct epoll_event *ev, int max)
{
	int ours = ostia_epoll_wait(rt->proc, epfd, ev, max, 0);
	int theirs;

	if (ours < 0 || ours >= max)
		return ours;
	theirs = epoll_wait(epfd, ev + ours, max - ours, 0);
	return theirs < 0 ? ours : ours + theirs;
}

int mixed_epoll_wait(void *ctx, int epfd, struct epoll_event *ev, int max,
		     int timeout_ms)
{
	struct ostia_runtime *rt = ctx;
	struct pollfd set[1 + RUNTIME_FDS] = { { epfd, POLLIN, 0 } };
	struct foreign f = { .set = set, .n = 1, .wakefd = -1 };
	int n = both_events(rt, epfd, ev, max);

	if (n || timeout_ms == 0)
		return n;
	wait_bring(&f);
	n = ostia_epoll_wait(rt->proc, epfd, ev, max, timeout_ms);
	wait_bring(NULL);
	if (f.wakefd >= 0)
		close(f.wakefd);
	return f.ready && n < 0 && errno == EINTR
		       ? both_events(rt, epfd, ev, max)
		       : n;
}
