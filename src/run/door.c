/* SPDX-License-Identifier: MIT */
#include "run/door.h"

#include <errno.h>
#include <fcntl.h>
#include <ostia/socket.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/hear.h"
#include "run/notify.h"

enum {
	SLOTS_MIN = 64,
	SWEEP = 2, /* dead doors looked at when one more dies */
};

/* ---- numbers: door[] holds doors, and between them the chain of the free,
 * told apart by an odd value
 */

static int more_numbers(struct run_host *h)
{
	uint32_t n = h->door_slots ? h->door_slots * 2 : SLOTS_MIN;
	struct run_door **door;

	if (n > RUN_SUP_DOORS_MAX)
		return -ENFILE;
	door = realloc(h->door, n * sizeof(struct run_door *));
	if (!door)
		return -ENOMEM;
	h->door = door;
	for (uint32_t i = n - 1; i >= h->door_slots && i > 0; i--) {
		uintptr_t next = (uintptr_t)h->door_free << 1 | 1;

		h->door[i] = (struct run_door *)next;
		h->door_free = i;
	}
	h->door_slots = n;
	return 0;
}

static int take_number(struct run_host *h, struct run_door *d)
{
	int err = h->door_free ? 0 : more_numbers(h);

	if (err)
		return err;
	d->number = h->door_free;
	h->door_free = (uint32_t)((uintptr_t)h->door[d->number] >> 1);
	h->door[d->number] = d;
	return 0;
}

static void drop_number(struct run_host *h, uint32_t number)
{
	h->door[number] = (struct run_door *)((uintptr_t)h->door_free << 1 | 1);
	h->door_free = number;
}

/* ---- by cookie, by inode ---- */

static uint32_t tag_of(const struct run_host *h, uint64_t key)
{
	return (uint32_t)siphash_words_13(&h->sup->key, &key, 1);
}

struct run_door *run_door_find(struct run_host *h, uint64_t cookie,
			       uint64_t inode)
{
	if (cookie)
		table_each_match(&h->by_cookie, tag_of(h, cookie),
				 it) if (h->door[it.handle]->cookie ==
					 cookie) return h->door[it.handle];
	if (!cookie && inode)
		table_each_match(&h->by_inode, tag_of(h, inode),
				 it) if (h->door[it.handle]->inode ==
					 inode) return h->door[it.handle];
	return NULL;
}

static int put_in_tables(struct run_door *d)
{
	struct run_host *h = d->host;
	int err = table_insert(&h->by_cookie, tag_of(h, d->cookie), d->number);

	if (err || !d->inode)
		return err;
	err = table_insert(&h->by_inode, tag_of(h, d->inode), d->number);
	if (err)
		table_remove(&h->by_cookie, tag_of(h, d->cookie), d->number);
	return err;
}

/* Inodes are used again, cookies never: a dead door must not answer for who
 * has its inode now.
 */
void run_door_unfile(struct run_door *d)
{
	struct run_host *h = d->host;

	if (d->cookie)
		table_remove(&h->by_cookie, tag_of(h, d->cookie), d->number);
	if (d->inode)
		table_remove(&h->by_inode, tag_of(h, d->inode), d->number);
	d->cookie = 0;
	d->inode = 0;
}

/* ---- birth ---- */

static void on_pair(struct run_watch *w, uint32_t events)
{
	struct run_door *d = list_entry(w, struct run_door, pair);

	d->ops->on_pair(d, events);
}

/* Nobody's any more: its guest ended before its connection did. */
static bool is_left_over(struct run_door *d)
{
	return !list_empty(&d->dead) && !d->guest && !run_door_held(d);
}

static void on_ready(struct run_task *t)
{
	struct run_door *d = list_entry(t, struct run_door, ready);
	uint32_t mask = d->ready_mask;

	d->ready_mask = 0;
	if (is_left_over(d))
		run_door_free(d);
	else
		d->ops->on_stack(d, mask);
}

int run_door_new(struct run_host *h, size_t size,
		 const struct run_door_ops *ops, int fd, struct run_door **out)
{
	struct run_door *d = calloc(1, size);
	int err = d ? take_number(h, d) : -ENOMEM;

	if (err) {
		free(d);
		return err;
	}
	d->host = h;
	d->ops = ops;
	d->fd = fd;
	d->pair = (struct run_watch) { .fn = on_pair, .fd = -1 };
	d->tfd = -1;
	d->kept = -1;
	list_init(&d->dead);
	list_init(&d->loose);
	list_init(&d->waiters);
	run_loop_task_init(&d->ready, on_ready);
	list_push(&h->doors, &d->node);
	h->ndoors++;
	h->sup->stats.doors++;
	*out = d;
	return 0;
}

static void close_pair(struct run_door *d)
{
	if (d->pair.fd >= 0)
		run_loop_close(&d->host->sup->loop, &d->pair);
}

int run_door_file(struct run_door *d, int guest_end)
{
	struct stat st = { .st_ino = 0 };

	if (d->host->sup->target.no_getfd && fstat(guest_end, &st))
		return -errno;
	d->inode = st.st_ino;
	d->cookie = run_target_cookie(guest_end);
	return put_in_tables(d);
}

static int make_pair(int type, int sv[2])
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sv) ? -errno : 0;
}

static int make_pair_or_room(struct run_door *d, int type, int sv[2])
{
	int err = make_pair(type, sv);

	if (err == -EMFILE) {
		run_target_spare(&d->host->sup->target);
		err = make_pair(type, sv);
	}
	return err == -EMFILE ? -ENFILE : err; /* it is not the guest's lack */
}

static void close_both(const int sv[2])
{
	close(sv[0]);
	close(sv[1]);
}

static int adopt(struct run_door *d, const int sv[2])
{
	int err;

	close_pair(d);
	run_door_unkeep(d);
	run_door_unfile(d);
	if (!list_empty(&d->dead)) {
		list_remove(&d->dead);
		d->host->ndead--;
	}
	err = run_door_file(d, sv[1]);
	if (!err)
		d->pair.fd = sv[0];
	return err;
}

int run_door_pair(struct run_door *d, int type, int *guest_end)
{
	int sv[2], err = make_pair_or_room(d, type, sv);

	if (err)
		return err;
	err = adopt(d, sv);
	*guest_end = sv[1];
	if (err)
		close_both(sv);
	return err;
}

int run_door_swap(struct run_door *d, struct run_req *req, int type)
{
	int flags = run_target_flags(req->tid, (int)req->arg[0]), sv[2];
	int err = flags < 0 ? flags : make_pair_or_room(d, type, sv);

	if (err)
		return err;
	if (flags & O_NONBLOCK)
		fcntl(sv[1], F_SETFL, O_RDWR | O_NONBLOCK);
	err = run_notify_put(req->guest->listener.fd, req->id, sv[1],
			     (int)req->arg[0], flags & O_CLOEXEC);
	if (!err)
		err = adopt(d, sv);
	if (err) {
		close_both(sv);
		return err;
	}
	req->cookie = d->cookie;
	if (req->fd >= 0)
		close(req->fd);
	req->fd = sv[1];
	return 0;
}

static void keep(struct run_door *d, int guest_end)
{
	struct run_host *h = d->host;

	d->kept = guest_end;
	if (h->nkept++ == 0)
		run_loop_arm(&h->sup->loop, &h->scan,
			     run_loop_clock() + RUN_SUP_SCAN_MS * OSTIA_MS);
}

void run_door_unkeep(struct run_door *d)
{
	if (d->kept < 0)
		return;
	close(d->kept);
	d->kept = -1;
	d->host->nkept--;
}

static void found(void *ctx, uint64_t inode, pid_t pid, int fd)
{
	struct run_door *d = run_door_find(ctx, 0, inode);

	if (!d)
		return;
	d->lost = false;
	d->tid = pid;
	d->tfd = fd;
}

/* Where they were last, or else anywhere: all are looked for in one walk
 * through /proc, which takes milliseconds.
 */
static bool look_for_kept(struct run_host *h)
{
	bool any = false;

	list_each (n, &h->doors) {
		struct run_door *d = list_entry(n, struct run_door, node);

		d->lost = d->kept >= 0 &&
			  run_target_inode(d->tid, d->tfd) != d->inode;
		any |= d->lost;
	}
	if (any)
		run_target_each_socket(found, h);
	return any;
}

static struct run_door *first_lost(struct run_host *h)
{
	list_each (n, &h->doors) {
		struct run_door *d = list_entry(n, struct run_door, node);

		if (d->lost && d->kept >= 0)
			return d;
	}
	return NULL;
}

/* What one does may free others: begin again after each. */
bool run_door_scan(struct run_host *h)
{
	struct run_door *gone;
	bool any = false;

	if (!h->nkept || !look_for_kept(h))
		return false;
	while ((gone = first_lost(h))) {
		run_door_unkeep(gone);
		gone->ops->on_pair(gone, EPOLLHUP);
		any = true;
	}
	return any;
}

int64_t run_door_hand(struct run_door *d, struct run_req *req, int guest_end,
		      int flags)
{
	int fd;

	if (flags & SOCK_NONBLOCK)
		fcntl(guest_end, F_SETFL, O_RDWR | O_NONBLOCK);
	fd = run_notify_add(req->guest->listener.fd, req->id, guest_end,
			    flags & SOCK_CLOEXEC);
	if (fd < 0 || !d->inode)
		close(guest_end);
	else
		keep(d, guest_end);
	if (fd < 0)
		return fd;
	d->guest = req->guest;
	d->tid = req->tid;
	d->tfd = fd;
	req->done = fd;
	run_hear_named(run_calls_sup(req)->hear, d, req->tid, fd);
	return RUN_DONE;
}

/* ---- death ---- */

void run_door_free(struct run_door *d)
{
	struct run_host *h = d->host;

	run_door_end_waiters(d, -EBADF);
	if (d->ops->fini)
		d->ops->fini(d);
	close_pair(d);
	run_door_unkeep(d);
	run_door_unfile(d);
	run_loop_drop(&d->ready);
	if (!list_empty(&d->dead)) {
		list_remove(&d->dead);
		h->ndead--;
	}
	if (d->fd >= 0) {
		ostia_close(h->proc, d->fd);
		run_sup_touch(h);
	}
	if (!list_empty(&d->loose)) {
		list_remove(&d->loose);
		h->nloose--;
	}
	list_remove(&d->node);
	h->ndoors--;
	drop_number(h, d->number);
	free(d);
}

/* Those whose guest has closed meanwhile, and those that are too many. */
static void sweep(struct run_host *h)
{
	struct list *n;

	for (int i = 0; i < SWEEP && (n = list_first(&h->dead)); i++) {
		struct run_door *d = list_entry(n, struct run_door, dead);

		if (run_door_held(d)) {
			list_remove(&d->dead);
			list_push(&h->dead, &d->dead);
		} else {
			run_door_free(d);
		}
	}
	while (h->ndead > RUN_SUP_DEAD_MAX && (n = list_first(&h->dead))) {
		run_door_free(list_entry(n, struct run_door, dead));
		h->sup->stats.dead_dropped++;
	}
}

void run_door_mute(struct run_door *d)
{
	if (d->pair.fd < 0)
		return;
	sweep(d->host);
	close_pair(d);
	list_push(&d->host->dead, &d->dead);
	d->host->ndead++;
	if (!d->guest)
		run_loop_defer(&d->host->sup->loop, &d->ready);
}

int run_door_guest_end(struct run_door *d)
{
	int fd;

	if (d->kept >= 0)
		fd = fcntl(d->kept, F_DUPFD_CLOEXEC, 0);
	else
		fd = -1;
	if (fd >= 0)
		return fd;
	if (!d->tid || d->tfd < 0)
		return -ENOENT;
	fd = run_target_fd(&d->host->sup->target, d->tid, d->tfd);
	if (fd < 0)
		return -ENOENT;
	if (run_target_cookie(fd) == d->cookie)
		return fd;
	close(fd);
	return -ENOENT;
}

bool run_door_held(struct run_door *d)
{
	int fd = d->kept < 0 ? run_door_guest_end(d) : -1;

	if (fd >= 0) {
		close(fd);
		return true;
	}
	return d->tid && d->inode &&
	       run_target_inode(d->tid, d->tfd) == d->inode;
}

/* ---- readiness ---- */

void run_door_again(struct run_door *d)
{
	struct run_host *h = d->host;

	d->hungry = true;
	if (!wheel_armed(&h->again.node))
		run_loop_arm(&h->sup->loop, &h->again,
			     run_loop_clock() + RUN_SUP_AGAIN_MS * OSTIA_MS);
}

void run_door_expect(struct run_door *d, uint32_t mask)
{
	const uint64_t cookie = (uintptr_t)d;
	struct ostia_proc *p = d->host->proc;

	if (d->expect == mask)
		return;
	if (d->expect)
		ostia_watch(p, d->fd, 0, cookie);
	d->expect = mask;
	d->hungry = false;
	if (!mask)
		return;
	if (ostia_watch(p, d->fd, mask, cookie)) {
		d->expect = 0;
		run_door_again(d);
	}
	run_sup_touch(d->host);
}

void run_door_retry(struct run_door *d)
{
	struct list *n;

	while ((n = list_first(&d->waiters)))
		if (run_calls_retry(list_entry(n, struct run_req, node)))
			return;
}

void run_door_end_waiters(struct run_door *d, int64_t value)
{
	struct list *n;

	while ((n = list_first(&d->waiters)))
		run_calls_answer(list_entry(n, struct run_req, node), value);
}
