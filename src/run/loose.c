/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOOKS = 2 }; /* at others, when there is a new one */

static int own_errno(void)
{
	return errno == EMFILE ? -ENFILE : -errno;
}

/* Descriptors that can be had again make room, once. */
static int unix_socket(struct run_sup *s, int flags)
{
	const int type = SOCK_STREAM | SOCK_CLOEXEC | flags;
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0 && errno == EMFILE) {
		run_target_spare(&s->target);
		fd = socket(AF_UNIX, type, 0);
	}
	return fd < 0 ? own_errno() : fd;
}

/* ---- its name: of no meaning to others, and taken as long as it lives ---- */

static int take_name(const struct run_door *d, int fd)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	uint64_t tag = siphash_words_13(&d->host->sup->key, &d->cookie, 1);
	int n = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1,
			 "ostia-%016llx", (unsigned long long)tag);
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1;

	return bind(fd, (struct sockaddr *)&a, len + (socklen_t)n) ? -errno : 0;
}

/* When in doubt it is there. The name that the probe has got was the dead
 * one's; another probe asks for the next.
 */
static bool is_gone(const struct run_door *d)
{
	struct run_sup *s = d->host->sup;

	if (s->probe < 0)
		s->probe = unix_socket(s, 0);
	if (s->probe < 0 || take_name(d, s->probe))
		return false;
	close(s->probe);
	s->probe = -1;
	return true;
}

/* Those that are kept are run_door_scan()'s. What one does may free others. */
bool run_loose_scan(struct run_host *h, uint32_t most)
{
	bool any = false;

	for (uint32_t n = h->nloose < most ? h->nloose : most; n; n--) {
		struct list *first = list_first(&h->loose);
		struct run_door *d;

		if (!first)
			break;
		d = list_entry(first, struct run_door, loose);
		list_remove(first);
		list_push(&h->loose, first);
		if (d->kept >= 0 || !is_gone(d))
			continue;
		d->ops->on_pair(d, EPOLLHUP);
		any = true;
	}
	return any;
}

/* ---- one more ---- */

bool run_loose_is(const struct run_door *d)
{
	return !list_empty(&d->loose);
}

int run_loose_new(struct run_door *d, int *guest_end)
{
	struct run_host *h = d->host;
	int fd, err;

	run_loose_scan(h, LOOKS);
	fd = unix_socket(h->sup, 0);
	if (fd < 0)
		return fd;
	err = run_door_file(d, fd);
	if (!err) {
		err = take_name(d, fd);
		if (err)
			run_door_unfile(d);
	}
	if (err) {
		close(fd);
		return err;
	}
	list_push(&h->loose, &d->loose);
	if (h->nloose++ == 0)
		run_loop_arm(&h->sup->loop, &h->scan_loose,
			     run_loop_clock() + RUN_SUP_SCAN_MS * OSTIA_MS);
	*guest_end = fd;
	return 0;
}

/* ---- the other end ---- */

static int open_listener(struct run_sup *s)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd;

	if (s->ties >= 0)
		return 0;
	fd = unix_socket(s, SOCK_NONBLOCK);
	if (fd < 0)
		return fd;
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) ||
	    listen(fd, SOMAXCONN)) {
		int err = own_errno();

		close(fd);
		return err;
	}
	s->ties = fd;
	return 0;
}

/* Anybody on the machine may connect to a name; only we mean it. */
static bool is_ours(int fd)
{
	struct ucred c = { .pid = 0 };
	socklen_t len = sizeof(c);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len) &&
	       c.pid == getpid();
}

static int next_of_ours(int l)
{
	int fd;

	while ((fd = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		if (is_ours(fd))
			return fd;
		else
			close(fd);
	return own_errno();
}

/* The number for the other end is there before: once the guest's end is
 * connected, nothing must fail any more.
 */
static int room_for_one(struct run_sup *s)
{
	int fd = fcntl(s->ties, F_DUPFD_CLOEXEC, 0);

	if (fd < 0) {
		run_target_spare(&s->target);
		fd = fcntl(s->ties, F_DUPFD_CLOEXEC, 0);
	}
	return fd < 0 ? own_errno() : fd;
}

/* What strangers have filled is emptied first, or else connect() of a guest's
 * end that blocks might wait.
 */
static int connect_to_us(struct run_sup *s, int guest_end)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);
	int room = room_for_one(s), stray;

	if (room < 0)
		return room;
	stray = next_of_ours(s->ties);
	if (stray >= 0)
		close(stray);
	if (getsockname(s->ties, (struct sockaddr *)&a, &len) ||
	    connect(guest_end, (struct sockaddr *)&a, len)) {
		int err = own_errno();

		close(room);
		return err;
	}
	close(room);
	return next_of_ours(s->ties);
}

int run_loose_tie(struct run_door *d, int guest_end)
{
	struct run_sup *s = d->host->sup;
	int fd = open_listener(s);

	if (!fd)
		fd = connect_to_us(s, guest_end);
	if (fd < 0)
		return fd;
	list_remove(&d->loose);
	d->host->nloose--;
	d->pair.fd = fd;
	return 0;
}

void run_loose_fini(struct run_sup *s)
{
	if (s->ties >= 0)
		close(s->ties);
	if (s->probe >= 0)
		close(s->probe);
}
