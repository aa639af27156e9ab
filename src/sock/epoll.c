/* SPDX-License-Identifier: MIT */
#include "sock/epoll.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

enum {
	EPOLL_CAP = 1 << 26,
	NESTS = 4, /* EP_MAX_NESTS of Linux */
	ALWAYS = EPOLLERR | EPOLLHUP,
};

/* Bits that say how to tell, not what. */
#define HOW (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)

/**
 * struct item - A file under a descriptor, in an epoll
 * @waiter:	in the file's list
 * @all:	in the epoll's items
 * @node:	on its ready list, or alone
 */
struct item {
	struct waiter waiter;
	struct list all, node;
	struct sock_epoll *ep;
	struct file *file;
	uint64_t data;
	uint32_t events;
	int fd;
	uint32_t self;
};

static_assert(sizeof(struct item) % 8 == 0 &&
		      sizeof(struct sock_epoll) % 8 == 0,
	      "as slabs want it");
static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
		      EPOLLHUP == POLLHUP && EPOLLPRI == POLLPRI,
	      "one set of bits");

void sock_epoll_init(struct socks *ss)
{
	slab_init(&ss->epolls, ss->env, sizeof(struct sock_epoll), EPOLL_CAP);
	slab_init(&ss->epitems, ss->env, sizeof(struct item), EPOLL_CAP);
}

void sock_epoll_fini(struct socks *ss)
{
	slab_fini(&ss->epolls);
	slab_fini(&ss->epitems);
}

static uint32_t item_bits(const struct item *it)
{
	return it->file->ops->poll(it->file) & it->events & ~HOW;
}

static void remove_item(struct item *it)
{
	struct socks *ss = it->ep->socks;

	list_remove(&it->waiter.node);
	list_remove(&it->all);
	list_remove(&it->node);
	slab_free(&ss->epitems, it->self);
}

/* Ready, as far as we know: it may turn out not to be when it is fetched. */
static void mark_ready(struct item *it)
{
	if (list_empty(&it->node))
		list_push(&it->ep->ready, &it->node);
	file_notify(&it->ep->file, POLLIN | POLLRDNORM);
}

static bool wake(struct waiter *w, uint32_t bits)
{
	struct item *it = list_entry(w, struct item, waiter);
	bool heard = !list_empty(&it->ep->file.waiters);

	if (bits & POLLNVAL) {
		remove_item(it);
		return false;
	}
	if (!item_bits(it))
		return false;
	mark_ready(it);
	return heard;
}

static uint32_t poll_epoll(struct file *f)
{
	struct sock_epoll *ep = sock_epoll_of(f);

	list_each_safe (n, &ep->ready) {
		if (item_bits(list_entry(n, struct item, node)))
			return POLLIN | POLLRDNORM;
		list_remove(n);
	}
	return 0;
}

static void release(struct file *f)
{
	struct sock_epoll *ep = sock_epoll_of(f);
	struct list *n;

	file_notify(f, POLLNVAL);
	while ((n = list_first(&ep->items)))
		remove_item(list_entry(n, struct item, all));
	ep->socks->files--;
	slab_free(&ep->socks->epolls, ep->self);
}

static const struct file_ops file_ops = { .poll = poll_epoll,
					  .release = release };

int sock_epoll_new(struct socks *ss, struct sock_epoll **out)
{
	uint32_t self;
	struct sock_epoll *ep = slab_alloc(&ss->epolls, &self);

	if (!ep)
		return -ENOMEM;
	*ep = (struct sock_epoll) { .socks = ss, .self = self };
	file_init(&ep->file, FILE_EPOLL, &file_ops);
	list_init(&ep->items);
	list_init(&ep->ready);
	ss->files++;
	*out = ep;
	return 0;
}

static struct item *find(struct sock_epoll *ep, struct file *f, int fd)
{
	list_each (n, &f->waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);
		struct item *it = list_entry(w, struct item, waiter);

		if (w->wake == wake && it->ep == ep && it->fd == fd)
			return it;
	}
	return NULL;
}

/* How deep do epolls stand below @ep? -ELOOP when @target is among them, or
 * it is too deep.
 */
static int depth_below(struct sock_epoll *ep, const struct sock_epoll *target,
		       int level)
{
	int deepest = 0;

	if (ep == target || level > NESTS)
		return -ELOOP;
	list_each (n, &ep->items) {
		struct item *it = list_entry(n, struct item, all);
		int d;

		if (it->file->kind != FILE_EPOLL)
			continue;
		d = depth_below(sock_epoll_of(it->file), target, level + 1);
		if (d < 0)
			return d;
		deepest = d + 1 > deepest ? d + 1 : deepest;
	}
	return deepest;
}

/* How many epolls stand above, one watching the other? */
static int height_above(const struct sock_epoll *ep, int level)
{
	int highest = 0;

	if (level > NESTS)
		return NESTS + 1;
	list_each (n, &ep->file.waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);
		int h;

		if (w->wake != wake)
			continue;
		h = 1 + height_above(list_entry(w, struct item, waiter)->ep,
				     level + 1);
		highest = h > highest ? h : highest;
	}
	return highest;
}

static int may_nest(struct sock_epoll *ep, struct sock_epoll *below)
{
	int depth = depth_below(below, ep, 0);

	if (depth < 0)
		return depth;
	return depth + 1 + height_above(ep, 0) > NESTS ? -ELOOP : 0;
}

static void arm(struct item *it, const struct epoll_event *ev)
{
	it->events = ev->events | ALWAYS;
	it->data = ev->data.u64;
	it->waiter.mask = (it->events & ~HOW) | POLLNVAL;
	if (item_bits(it))
		mark_ready(it);
}

static int add(struct sock_epoll *ep, struct file *f, int fd,
	       const struct epoll_event *ev)
{
	struct socks *ss = ep->socks;
	struct item *it;
	uint32_t self;
	int err = 0;

	if (find(ep, f, fd))
		return -EEXIST;
	if (f->kind == FILE_EPOLL)
		err = may_nest(ep, sock_epoll_of(f));
	if (err)
		return err;
	it = slab_alloc(&ss->epitems, &self);
	if (!it)
		return ss->epitems.live >= ss->epitems.limit ? -ENOSPC
							     : -ENOMEM;
	*it = (struct item) { .waiter = { .wake = wake },
			      .ep = ep,
			      .file = f,
			      .fd = fd,
			      .self = self };
	it->waiter.exclusive = (ev->events & EPOLLEXCLUSIVE) != 0;
	list_init(&it->node);
	list_push(&ep->items, &it->all);
	list_push(&f->waiters, &it->waiter.node);
	arm(it, ev);
	return 0;
}

/* What EPOLLEXCLUSIVE may stand with. */
#define EXCLUSIVE_OK \
	(EPOLLIN | EPOLLOUT | ALWAYS | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

static int check_exclusive(int op, const struct file *f, uint32_t events)
{
	if (!(events & EPOLLEXCLUSIVE))
		return 0;
	if (op == EPOLL_CTL_MOD || f->kind == FILE_EPOLL ||
	    (events & ~EXCLUSIVE_OK))
		return -EINVAL;
	return 0;
}

static int modify(struct item *it, const struct epoll_event *ev)
{
	if (it->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	arm(it, ev);
	return 0;
}

int sock_epoll_ctl(struct sock_epoll *ep, int op, struct file *f, int fd,
		   const struct epoll_event *ev)
{
	struct item *it;
	int err;

	if (f == &ep->file)
		return -EINVAL;
	err = ev ? check_exclusive(op, f, ev->events) : 0;
	if (err)
		return err;
	if (op == EPOLL_CTL_ADD)
		return add(ep, f, fd, ev);
	it = find(ep, f, fd);
	if (op != EPOLL_CTL_MOD && op != EPOLL_CTL_DEL)
		return -EINVAL;
	if (!it)
		return -ENOENT;
	if (op == EPOLL_CTL_MOD)
		return modify(it, ev);
	remove_item(it);
	return 0;
}

/* Told: edge-triggered ones wait for news, one-shot ones for EPOLL_CTL_MOD,
 * the others stay ready, behind those that were not told yet.
 */
static void told(struct item *it)
{
	list_remove(&it->node);
	if (it->events & EPOLLONESHOT) {
		it->waiter.mask = POLLNVAL;
	} else if (!(it->events & EPOLLET)) {
		list_push(&it->ep->ready, &it->node);
	}
}

int sock_epoll_take(struct sock_epoll *ep, struct epoll_event *out, int max)
{
	struct list todo;
	struct list *n;
	int count = 0;

	list_init(&todo);
	list_splice(&todo, &ep->ready);
	while (count < max && (n = list_pop(&todo))) {
		struct item *it = list_entry(n, struct item, node);
		uint32_t bits = item_bits(it);

		if (!bits)
			continue;
		out[count].events = bits;
		out[count++].data.u64 = it->data;
		told(it);
	}
	/* What was not looked at stands before what was told. */
	list_splice(&todo, &ep->ready);
	list_splice(&ep->ready, &todo);
	return count;
}
