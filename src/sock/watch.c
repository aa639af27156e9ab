/* SPDX-License-Identifier: MIT */
#include "sock/watch.h"

#include <errno.h>
#include <poll.h>

enum {
	WATCH_CAP = 1 << 26,
	ALWAYS = POLLERR | POLLHUP | POLLNVAL,
};

static_assert(sizeof(struct sock_watch) % 8 == 0 &&
		      sizeof(struct sock_wait) % 8 == 0,
	      "as slabs want it");

void sock_watch_init(struct socks *ss)
{
	slab_init(&ss->watches, ss->env, sizeof(struct sock_watch), WATCH_CAP);
	slab_init(&ss->waits, ss->env, sizeof(struct sock_wait), WATCH_CAP);
}

void sock_watch_fini(struct socks *ss)
{
	slab_fini(&ss->watches);
	slab_fini(&ss->waits);
}

static void raise_event(struct socks *ss, struct sock_event *e, uint32_t bits)
{
	e->mask |= bits;
	if (list_empty(&e->node))
		list_push(&ss->events, &e->node);
}

static void drop_watch(struct sock_watch *w)
{
	list_remove(&w->waiter.node);
	list_remove(&w->mine);
	list_remove(&w->event.node);
	if (w->wait)
		file_put(w->file);
	slab_free(&w->socks->watches, w->self);
}

/* News say "maybe": what counts is what is so now. */
static bool wake(struct waiter *waiter, uint32_t bits)
{
	struct sock_watch *w = list_entry(waiter, struct sock_watch, waiter);

	if (bits & POLLNVAL) {
		assert(!w->wait); /* it would have held the file */
		drop_watch(w);
		return false;
	}
	bits = w->file->ops->poll(w->file) & w->waiter.mask;
	if (!bits)
		return false;
	w->waiter.mask = POLLNVAL; /* once; but it goes when the file does */
	raise_event(w->socks, w->wait ? &w->wait->event : &w->event, bits);
	return true;
}

/* A wait that does not look at what is so already hears every piece of news;
 * its caller looks for itself.
 */
static bool wake_edge(struct waiter *waiter, uint32_t bits)
{
	struct sock_watch *w = list_entry(waiter, struct sock_watch, waiter);

	raise_event(w->socks, &w->wait->event, bits);
	return true;
}

static struct sock_watch *new_watch(struct socks *ss, struct file *f,
				    uint32_t mask)
{
	uint32_t self;
	struct sock_watch *w = slab_alloc(&ss->watches, &self);

	if (!w)
		return NULL;
	*w = (struct sock_watch) { .waiter = { .mask = mask | ALWAYS,
					       .wake = wake },
				   .socks = ss,
				   .file = f,
				   .self = self };
	list_init(&w->waiter.node);
	list_init(&w->mine);
	list_init(&w->event.node);
	return w;
}

static int no_room(const struct slab *s)
{
	return s->live >= s->limit ? -ENOBUFS : -ENOMEM;
}

int sock_watch_add(struct socks *ss, struct file *f, const void *owner,
		   struct list *list, int fd, uint32_t mask, uint64_t cookie)
{
	struct sock_watch *w = new_watch(ss, f, mask);

	if (!w)
		return no_room(&ss->watches);
	w->owner = owner;
	w->fd = fd;
	w->event.cookie = cookie;
	w->event.watch = w;
	list_push(list, &w->mine);
	list_push(&f->waiters, &w->waiter.node);
	wake(&w->waiter, 0);
	return 0;
}

static struct sock_watch *watch_of(struct list *node)
{
	struct waiter *waiter = list_entry(node, struct waiter, node);

	if (waiter->wake != wake && waiter->wake != wake_edge)
		return NULL;
	return list_entry(waiter, struct sock_watch, waiter);
}

void sock_watch_withdraw(struct file *f, const void *owner, int fd,
			 uint64_t cookie)
{
	list_each_safe (n, &f->waiters) {
		struct sock_watch *w = watch_of(n);

		if (w && !w->wait && w->owner == owner && w->fd == fd &&
		    w->event.cookie == cookie)
			drop_watch(w);
	}
}

void sock_watch_closed(struct file *f, const void *owner, int fd)
{
	list_each_safe (n, &f->waiters) {
		struct sock_watch *w = watch_of(n);

		if (!w || w->owner != owner || w->fd != fd)
			continue;
		if (!w->wait) {
			drop_watch(w);
			continue;
		}
		w->wait->closed = true;
		raise_event(w->socks, &w->wait->event, POLLNVAL);
	}
}

void sock_watch_end(struct list *list)
{
	struct list *n;

	while ((n = list_first(list)))
		drop_watch(list_entry(n, struct sock_watch, mine));
}

struct sock_wait *sock_wait_new(struct socks *ss, struct list *list)
{
	uint32_t self;
	struct sock_wait *w = slab_alloc(&ss->waits, &self);

	if (!w)
		return NULL;
	*w = (struct sock_wait) { .socks = ss, .self = self };
	w->event.cookie = (UINT64_C(1) << 63) | ++ss->last_wait;
	list_init(&w->watches);
	list_init(&w->event.node);
	list_push(list, &w->node);
	return w;
}

int sock_wait_for(struct sock_wait *wait, struct file *f, const void *owner,
		  int fd, uint32_t mask, bool edge)
{
	struct sock_watch *w = new_watch(wait->socks, f, mask);

	if (!w)
		return no_room(&wait->socks->watches);
	w->wait = wait;
	w->file = file_get(f);
	w->owner = owner;
	w->fd = fd;
	list_push(&wait->watches, &w->mine);
	list_push(&f->waiters, &w->waiter.node);
	if (edge)
		w->waiter.wake = wake_edge;
	else
		wake(&w->waiter, 0);
	return sock_wait_fired(wait);
}

void sock_wait_end(struct sock_wait *w)
{
	list_remove(&w->event.node);
	sock_watch_end(&w->watches);
	list_remove(&w->node);
	slab_free(&w->socks->waits, w->self);
}

bool sock_event_next(struct socks *ss, struct ostia_event *ev)
{
	struct list *n = list_pop(&ss->events);
	struct sock_event *e;
	uint64_t cookie;

	if (!n) {
		if (!lent_pop(ss->lent, &cookie))
			return false;
		*ev = (struct ostia_event) { .kind = OSTIA_EVENT_RETURNED,
					     .cookie = cookie };
		return true;
	}
	e = list_entry(n, struct sock_event, node);
	*ev = (struct ostia_event) { .kind = OSTIA_EVENT_READY,
				     .mask = e->mask,
				     .cookie = e->cookie };
	if (e->watch)
		drop_watch(e->watch);
	return true;
}
