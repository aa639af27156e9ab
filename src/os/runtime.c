/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/runtime.h"
#include "os/auto.h"

#include "names/config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_BATCH = 64,
	WRITE_BATCH = 64,
	READ_ROUNDS = 8, /* batches read before time moves again */
	QUEUE_CAP = 4096, /* packets that wait for a device */
	HELPER_TICK_MS = 1,
	HELPER_TICKS = 5, /* quiet ticks before it sleeps deep */
	CLOSE_NS = 50000, /* calls that follow one another within */
	CLOSE_CALLS = 8, /* so many of them drive */
	LOOK_NS = 20000, /* between looks at the devices in passing */
};

/*
 * --- packets -------------------------------------------------------------
 */

static struct pktq *queue_of(struct ostia_runtime *rt, unsigned i)
{
	return &rt->queue[i];
}

/* A device that is gone says so once; its packets are dropped from then on. */
static void lose(struct driver *d, int err)
{
	if (!d->gone)
		fprintf(stderr, "ostia: link %s: %s; no more packets pass\n",
			ostia_link_name(d->link), strerror(-err));
	d->gone = true;
}

static bool is_gone(int err)
{
	return err == -EBADFD || err == -EBADF || err == -ENODEV ||
	       err == -EPIPE || err == -ECONNRESET || err == -EPROTO ||
	       err == -ENOTCONN;
}

/* That the other side has gone is for reading to find out: what it sent
 * before, its last acknowledgments, may still wait to be read.
 */
static void written(struct driver *d, int err)
{
	if (err)
		d->write_errors++;
}

/* Return: false: the device takes no more now. */
static bool flush(struct ostia_runtime *rt, unsigned i)
{
	struct driver *d = rt->drivers[i];
	struct pktq *q = queue_of(rt, i);

	if (d->unsent && !d->gone) {
		int err = d->ops->flush(d);

		if (err == -EAGAIN)
			return false;
		written(d, err);
	}
	while (q->head) {
		int err = d->gone ? 0 : d->ops->write(d, q->head);

		if (err == -EAGAIN)
			return false;
		written(d, err);
		pkt_free(pktq_pop(q));
	}
	return true;
}

static void pull(struct ostia_runtime *rt)
{
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		while (flush(rt, i)) {
			struct ostia_pkt *p = ostia_link_output(
				rt->drivers[i]->link, WRITE_BATCH);

			if (!p)
				break;
			while (p) {
				struct ostia_pkt *next = p->next;

				(void)pktq_push(queue_of(rt, i), p);
				p = next;
			}
		}
	}
}

/* Return: did anything come? */
static bool read_link(struct ostia_runtime *rt, struct driver *d)
{
	bool any = false;

	for (unsigned round = 0; round < READ_ROUNDS && !d->gone; round++) {
		struct ostia_pkt *batch;
		int n = d->ops->read(d, &batch, READ_BATCH);

		if (n > 0)
			ostia_link_input(d->link, batch);
		else if (n < 0 && is_gone(n))
			lose(d, n);
		any |= n > 0;
		/* Acknowledge as we go: the peer is waiting. */
		pull(rt);
		if (n < READ_BATCH)
			break;
	}
	return any;
}

/*
 * --- events --------------------------------------------------------------
 */

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

static void signal_fd(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		perror("ostia: eventfd");
}

static void wake(struct sleeper *s)
{
	sem_post(&s->sem);
	if (s->foreign && s->foreign->wakefd >= 0)
		signal_fd(s->foreign->wakefd);
}

/* Whoever is in poll() shall look again. */
static void kick(struct ostia_runtime *rt)
{
	if (rt->poller)
		signal_fd(rt->poller == &rt->helper ? rt->helperfd
						    : rt->wakefd);
}

static void take_events(struct ostia_runtime *rt)
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
			wake(s);
		else if (s == rt->poller)
			kick(rt); /* another thread's call, without a device */
	}
}

int ostia_runtime_event(struct ostia_runtime *rt, struct ostia_event *ev)
{
	struct event_ring *r = &rt->events;
	uint64_t drain;
	int got = 0;

	ostia_runtime_lock(rt);
	take_events(rt);
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

/*
 * --- driving -------------------------------------------------------------
 */

static struct timespec timespec_of(ostia_time ns)
{
	return (struct timespec) { .tv_sec = (time_t)(ns / OSTIA_S),
				   .tv_nsec = (long)(ns % OSTIA_S) };
}

static void fill_pollfds(struct ostia_runtime *rt, int wakefd, struct pollfd *p)
{
	*p++ = (struct pollfd) { .fd = wakefd, .events = POLLIN };
	for (unsigned i = 0; i < rt->ndrivers; i++, p++) {
		const struct driver *d = rt->drivers[i];

		*p = (struct pollfd) { .fd = d->gone ? -1 : d->fd,
				       .events = POLLIN };
		if (queue_of(rt, i)->head || d->unsent)
			p->events |= POLLOUT;
	}
}

/* With the lock no thread can be cancelled (reads and writes would end it):
 * only while it waits, if it can be at all.
 */
static int let_go(struct ostia_runtime *rt)
{
	int may = rt->cancel;

	pthread_mutex_unlock(&rt->lock);
	pthread_setcancelstate(may, NULL);
	return may;
}

static void take_again(struct ostia_runtime *rt, int may)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_mutex_lock(&rt->lock);
	rt->cancel = may;
}

/* Often what is waited for has come already: no need to ask poll() first. */
static bool look(struct ostia_runtime *rt)
{
	bool any = false;

	ostia_advance(rt->stack, ostia_clock());
	for (unsigned i = 0; i < rt->ndrivers; i++)
		any |= read_link(rt, rt->drivers[i]);
	if (any)
		take_events(rt);
	return any;
}

/* Wait in poll() with the lock released. Return: as ppoll(), or -errno. */
static int poll_all(struct ostia_runtime *rt, struct sleeper *self,
		    struct pollfd *p, nfds_t n, ostia_time until)
{
	ostia_time now = ostia_clock();
	const struct timespec ts = timespec_of(until > now ? until - now : 0);
	int r, may;

	rt->poller = self;
	rt->until = until;
	may = let_go(rt);
	r = ppoll(p, n, until == OSTIA_NEVER ? NULL : &ts, NULL);
	if (r < 0)
		r = -errno;
	take_again(rt, may);
	if (rt->poller == self)
		rt->poller = NULL;
	return r;
}

/* One round: wait for a device, the next timer, @deadline or a kick; then
 * move what there is. Called with the lock, which is released while waiting.
 * Return: 0, or -EINTR.
 */
static int drive(struct ostia_runtime *rt, struct sleeper *self,
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
			read_link(rt, rt->drivers[i - nf - 1]);
	if (r > 0 && p[nf].revents && read(wakefd, &drain, 8) < 0 &&
	    errno != EAGAIN)
		perror("ostia: eventfd");
	pull(rt);
	take_events(rt);
	return r == -EINTR ? r : 0;
}

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
			wake(s);
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

/* Poll the kernel's descriptors, and one that wake() makes readable. */
static int doze_foreign(struct ostia_runtime *rt, struct sleeper *self,
			ostia_time deadline)
{
	struct foreign *f = self->foreign;
	ostia_time now = ostia_clock();
	const struct timespec ts =
		timespec_of(deadline > now ? deadline - now : 0);
	int r, may;

	if (f->wakefd < 0)
		f->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (f->wakefd < 0)
		return -errno;
	if (sem_trywait(&self->sem) == 0)
		return 0; /* woken before there was a descriptor for it */
	f->set[f->n] = (struct pollfd) { f->wakefd, POLLIN, 0 };
	may = let_go(rt);
	r = ppoll(f->set, f->n + 1, deadline == OSTIA_NEVER ? NULL : &ts, NULL);
	if (r < 0)
		r = -errno;
	take_again(rt, may);
	for (nfds_t i = 0; r > 0 && i < f->n; i++)
		f->ready |= f->set[i].revents != 0;
	return r < 0 ? r : 0;
}

/* Somebody else drives: sleep until woken, or promoted. */
static int doze(struct ostia_runtime *rt, struct sleeper *self,
		ostia_time deadline)
{
	struct timespec ts = timespec_of(deadline);
	int r, may;

	if (self->foreign)
		return doze_foreign(rt, self, deadline);
	may = let_go(rt);
	r = deadline == OSTIA_NEVER
		    ? sem_wait(&self->sem)
		    : sem_clockwait(&self->sem, CLOCK_MONOTONIC, &ts);
	if (r < 0)
		r = -errno;
	take_again(rt, may);
	return r;
}

/* Does a thread other than @self and the helper drive? */
static bool others_drive(const struct ostia_runtime *rt,
			 const struct sleeper *self)
{
	return rt->driver && rt->driver != self && rt->driver != &rt->helper;
}

/* From here on @self drives (NULL: who is in a call, in passing); the helper,
 * if it was its turn, goes back to its ticks.
 */
static void take_role(struct ostia_runtime *rt, struct sleeper *self)
{
	if (rt->driver == &rt->helper)
		kick(rt);
	rt->driver = self;
	rt->drives++;
}

static int one_step(struct ostia_runtime *rt, struct sleeper *self,
		    ostia_time deadline)
{
	int err;

	if (others_drive(rt, self)) {
		err = doze(rt, self, deadline);
		return err == -ETIMEDOUT ? 0 : err;
	}
	take_role(rt, self);
	err = drive(rt, self, deadline);
	return err == -EINTR && !ends_calls() ? 0 : err;
}

/* What is there already, the answer to what we have just sent perhaps, saves
 * a poll() and a second read.
 */
static void glance(struct ostia_runtime *rt)
{
	take_role(rt, NULL);
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		struct driver *d = rt->drivers[i];
		struct ostia_pkt *p;

		if (!d->gone && d->ops->read(d, &p, 1) > 0)
			ostia_link_input(d->link, p);
	}
	rt->last_look = ostia_now(rt->stack);
	pull(rt);
}

static int wait_loop(struct ostia_runtime *rt, struct sleeper *self,
		     ostia_time deadline)
{
	if (!rt->dead && !others_drive(rt, NULL))
		glance(rt);
	for (;;) {
		int err;

		take_events(rt);
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

static int rt_wait(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct ostia_runtime *rt = ctx;
	struct sleeper self = { .cookie = cookie, .foreign = brought };
	struct leaving l = { rt, &self };
	int err;

	sem_init(&self.sem, 0, 0);
	self.next = rt->sleepers;
	rt->sleepers = &self;
	rt->close_calls = 0; /* who waits drives anyway */
	pull(rt);
	pthread_cleanup_push(cancelled, &l);
	err = wait_loop(rt, &self, deadline);
	pthread_cleanup_pop(0);
	part(rt, &self);
	return err;
}

void ostia_runtime_lock(struct ostia_runtime *rt)
{
	int may;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &may);
	pthread_mutex_lock(&rt->lock);
	rt->cancel = may;
	ostia_advance(rt->stack, ostia_clock());
}

/* Calls that follow one another closely drive, too: the helper, on another
 * processor, would take locks and wake up for each frame.
 */
static void drive_in_passing(struct ostia_runtime *rt)
{
	ostia_time now = ostia_now(rt->stack);

	rt->close_calls =
		now - rt->last_call < CLOSE_NS ? rt->close_calls + 1 : 0;
	rt->last_call = now;
	if (rt->close_calls < CLOSE_CALLS || others_drive(rt, NULL))
		return;
	take_role(rt, NULL);
	if (now - rt->last_look < LOOK_NS)
		return;
	rt->last_look = now;
	for (unsigned i = 0; i < rt->ndrivers; i++)
		read_link(rt, rt->drivers[i]);
}

/* What the call left to be sent goes out now; and if a timer became due
 * before the one that somebody sleeps for, he must look again.
 */
void ostia_runtime_unlock(struct ostia_runtime *rt)
{
	if (!rt->dead) {
		pull(rt);
		drive_in_passing(rt);
	}
	take_events(rt);
	if (rt->poller && ostia_next_deadline(rt->stack) < rt->until)
		kick(rt);
	(void)let_go(rt);
}

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

/*
 * --- placeholders --------------------------------------------------------
 */

enum { WORD = 64 };

static bool is_claimed(const struct ostia_runtime *rt, int fd)
{
	uint32_t word = (uint32_t)fd / WORD;

	return fd >= 0 && word < rt->claimed_words &&
	       rt->claimed[word] >> ((uint32_t)fd % WORD) & 1;
}

/* Room in the bitmap for @fd. */
static int reach(struct ostia_runtime *rt, int fd)
{
	uint32_t need = (uint32_t)fd / WORD + 1;
	uint32_t n = rt->claimed_words ? rt->claimed_words : 16;
	uint64_t *map;

	if (need <= rt->claimed_words)
		return 0;
	while (n < need)
		n *= 2;
	map = realloc(rt->claimed, n * sizeof(*map));
	if (!map)
		return -ENOMEM;
	memset(map + rt->claimed_words, 0,
	       (n - rt->claimed_words) * sizeof(*map));
	rt->claimed = map;
	rt->claimed_words = n;
	return 0;
}

/* Move @fd to where it is wanted; takes it. */
static int place(int fd, int from, bool exact)
{
	int to;

	if (fd < 0 || fd == from || (!exact && fd > from))
		return fd < 0 ? -errno : fd;
	to = exact ? dup3(fd, from, O_CLOEXEC)
		   : fcntl(fd, F_DUPFD_CLOEXEC, from);
	to = to < 0 ? -errno : to;
	close(fd);
	return to;
}

static int placeholder(int like, int from, int flags)
{
	bool exact = flags & OSTIA_CLAIM_EXACT;
	int fd;

	if (like >= 0)
		fd = fcntl(like, F_DUPFD_CLOEXEC, exact ? 0 : from);
	else if (flags & OSTIA_CLAIM_EPOLL)
		fd = epoll_create1(EPOLL_CLOEXEC);
	else
		fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return place(fd, from, exact);
}

static int rt_claim(void *ctx, int like, int from, int flags)
{
	struct ostia_runtime *rt = ctx;
	int fd = placeholder(like, from, flags);
	int err = fd < 0 ? fd : reach(rt, fd);

	if (err) {
		if (fd >= 0)
			close(fd);
		return err;
	}
	rt->claimed[fd / WORD] |= UINT64_C(1) << ((uint32_t)fd % WORD);
	return fd;
}

static void rt_drop(void *ctx, int fd)
{
	struct ostia_runtime *rt = ctx;

	rt->claimed[fd / WORD] &= ~(UINT64_C(1) << ((uint32_t)fd % WORD));
	close(fd);
}

/* The lowest number at or after @fd that is ours; -1: none. */
static int next_claimed(const struct ostia_runtime *rt, int fd)
{
	while ((uint32_t)fd / WORD < rt->claimed_words && !is_claimed(rt, fd))
		fd++;
	return is_claimed(rt, fd) ? fd : -1;
}

static const struct ostia_wait_ops wait_ops = {
	.enter = rt_enter,
	.leave = rt_leave,
	.wait = rt_wait,
	.sigpipe = rt_sigpipe,
	.claim = rt_claim,
	.drop = rt_drop,
};

/*
 * --- the helper ----------------------------------------------------------
 */

/* A tick with the lock released. Return: whether anybody drove meanwhile. */
static bool tick(struct ostia_runtime *rt, unsigned *quiet)
{
	uint64_t seen = rt->drives;
	struct timespec ts =
		timespec_of(ostia_clock() + HELPER_TICK_MS * OSTIA_MS);

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
			drive(rt, &rt->helper, OSTIA_NEVER);
		quiet = 0;
	}
	if (rt->driver == &rt->helper)
		rt->driver = NULL;
	pthread_mutex_unlock(&rt->lock);
	return NULL;
}

/*
 * --- fork ----------------------------------------------------------------
 */

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
		for (int fd = -1; (fd = next_claimed(rt, fd + 1)) >= 0;)
			rt_drop(rt, fd);
		ostia_proc_dead(rt->proc);
		pthread_mutex_unlock(&rt->lock);
	}
	pthread_mutex_unlock(&all_lock);
}

static void register_fork(void)
{
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

static void enlist(struct ostia_runtime *rt)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_fork);
	pthread_mutex_lock(&all_lock);
	rt->next = all;
	all = rt;
	pthread_mutex_unlock(&all_lock);
}

static void delist(struct ostia_runtime *rt)
{
	struct ostia_runtime **at = &all;

	pthread_mutex_lock(&all_lock);
	while (*at && *at != rt)
		at = &(*at)->next;
	if (*at)
		*at = rt->next;
	pthread_mutex_unlock(&all_lock);
}

/*
 * --- plain names ---------------------------------------------------------
 */

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

	brought = NULL;
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
		if (v[i].fd < 0 || is_claimed(rt, v[i].fd))
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
		timespec_of(deadline > now ? deadline - now : 0);
	int r;

	if (now >= deadline)
		return 1;
	m->foreign.ready = false;
	brought = &m->foreign;
	r = ostia_ppoll(rt->proc, m->ours, n,
			deadline == OSTIA_NEVER ? NULL : &t);
	brought = NULL;
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
		if (is_claimed(rt, v[i].fd))
			++*ours;
		else if (v[i].fd >= 0)
			++*theirs;
	pthread_mutex_unlock(&rt->lock);
}

static int posix_poll(void *ctx, struct pollfd *v, nfds_t n,
		      const struct timespec *t)
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

static int posix_epoll_wait(void *ctx, int epfd, struct epoll_event *ev,
			    int max, int timeout_ms)
{
	struct ostia_runtime *rt = ctx;
	struct pollfd set[1 + RUNTIME_FDS] = { { epfd, POLLIN, 0 } };
	struct foreign f = { .set = set, .n = 1, .wakefd = -1 };
	int n = both_events(rt, epfd, ev, max);

	if (n || timeout_ms == 0)
		return n;
	brought = &f;
	n = ostia_epoll_wait(rt->proc, epfd, ev, max, timeout_ms);
	brought = NULL;
	if (f.wakefd >= 0)
		close(f.wakefd);
	return f.ready && n < 0 && errno == EINTR
		       ? both_events(rt, epfd, ev, max)
		       : n;
}

static ostia_time posix_now(void *ctx)
{
	(void)ctx;
	return ostia_clock();
}

static int posix_sleep(void *ctx, ostia_time until)
{
	const struct timespec ts = timespec_of(until);

	(void)ctx;
	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

__attribute__((noreturn)) static void posix_exit(void *ctx, int status)
{
	(void)ctx;
	exit(status);
}

/*
 * --- names ---------------------------------------------------------------
 */

/* Set before main() by a library that resolves, read by all threads. */
static const struct ostia_resolver *resolver = &ostia_stub;

const struct ostia_resolver *
ostia_runtime_resolver(const struct ostia_resolver *r)
{
	return __atomic_exchange_n(&resolver, r ? r : &ostia_stub,
				   __ATOMIC_SEQ_CST);
}

void ostia_runtime_dns(struct ostia_runtime *rt, struct ostia_dns *out)
{
	ostia_runtime_lock(rt);
	*out = rt->dns;
	names_config_learn(out, rt->stack);
	ostia_runtime_unlock(rt);
}

void ostia_runtime_set_dns(struct ostia_runtime *rt, const struct ostia_dns *d)
{
	ostia_runtime_lock(rt);
	rt->dns = *d;
	ostia_runtime_unlock(rt);
}

static const struct ostia_resolver *present(void)
{
	return __atomic_load_n(&resolver, __ATOMIC_SEQ_CST);
}

static int posix_lookup(void *ctx, const char *name, int family,
			struct ostia_names *out)
{
	struct ostia_runtime *rt = ctx;
	struct ostia_dns dns;

	ostia_runtime_dns(rt, &dns);
	return present()->lookup(rt->proc, &dns, name, family, out);
}

static int posix_reverse(void *ctx, const struct ostia_addr *addr, char *name,
			 size_t size)
{
	struct ostia_runtime *rt = ctx;
	struct ostia_dns dns;

	ostia_runtime_dns(rt, &dns);
	if (!dns.servers)
		return EAI_NONAME;
	return present()->reverse(rt->proc, &dns, addr, name, size);
}

static const struct ostia_posix_ops posix_ops = {
	.lookup = posix_lookup,
	.reverse = posix_reverse,
	.now = posix_now,
	.sleep = posix_sleep,
	.exit = posix_exit,
	.poll = posix_poll,
	.epoll_wait = posix_epoll_wait,
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
	sigset_t every, old;
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
	sigfillset(&every); /* signals are for the program's threads */
	pthread_sigmask(SIG_SETMASK, &every, &old);
	err = -pthread_create(&rt->thread, NULL, helper, rt);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		snprintf(why, why_size, "cannot start a thread: %s",
			 strerror(-err));
	rt->threaded = !err;
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
	enlist(rt);
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

static void stop_helper(struct ostia_runtime *rt)
{
	if (!rt->threaded)
		return;
	pthread_mutex_lock(&rt->lock);
	rt->stop = true;
	pthread_mutex_unlock(&rt->lock);
	signal_fd(rt->helperfd);
	sem_post(&rt->helper.sem);
	pthread_join(rt->thread, NULL);
	rt->threaded = false;
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

	for (int fd = -1; (fd = next_claimed(rt, fd + 1)) >= 0;)
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
	stop_helper(rt);
	delist(rt);
	if (rt->proc)
		ostia_proc_free(rt->proc);
	if (rt->stack && !rt->dead)
		pull(rt);
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
