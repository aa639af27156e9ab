/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "run/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	LOOKS = 2, /* at others, when there is a new one */
	ROOM = 64, /* strangers that go at once: more come while we connect */
};

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

static socklen_t name_of(const struct run_door *d, struct sockaddr_un *a)
{
	uint64_t tag = siphash_words_13(&d->host->sup->key, &d->cookie, 1);
	char *at = a->sun_path;

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	at = mempcpy(at + 1, "ostia-", 6);
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[tag >> shift & 15];
	return (socklen_t)(at - (char *)a);
}

static int take_name(const struct run_door *d, int fd)
{
	struct sockaddr_un a;
	socklen_t len = name_of(d, &a);

	return bind(fd, (struct sockaddr *)&a, len) ? -errno : 0;
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
	s->ties_len = sizeof(s->ties_at);
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) ||
	    listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)&s->ties_at, &s->ties_len)) {
		int err = own_errno();

		close(fd);
		return err;
	}
	s->ties = fd;
	return 0;
}

/* The number for the other end is there before: once the guest's end is
 * connected, nothing must fail any more.
 */
static int have_number(struct run_sup *s)
{
	for (int i = 0; s->room < 0 && i < 2; i++) {
		s->room = fcntl(s->ties, F_DUPFD_CLOEXEC, 0);
		if (s->room < 0)
			run_target_spare(&s->target);
	}
	return s->room < 0 ? own_errno() : 0;
}

static int accept_next(struct run_sup *s, struct sockaddr_un *a, socklen_t *len)
{
	int fd;

	*len = sizeof(*a);
	fd = accept4(s->ties, (struct sockaddr *)a, len,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0 || errno != EMFILE || s->room < 0)
		return fd;
	close(s->room);
	s->room = -1;
	return accept4(s->ties, (struct sockaddr *)a, len,
		       SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Anybody on the machine may connect to a name. Whoever does, the guest's end
 * alone has its own.
 */
static int accept_named(struct run_sup *s, const struct sockaddr_un *name,
			socklen_t name_len)
{
	struct sockaddr_un a;
	socklen_t len;
	int fd;

	while ((fd = accept_next(s, &a, &len)) >= 0)
		if (len == name_len && !memcmp(&a, name, len))
			return fd;
		else
			close(fd);
	return own_errno();
}

/* Where strangers wait some must go first, or else connect() of a guest's end
 * that blocks might wait for ever: they may be as many as there is room for.
 */
static void make_room(struct run_sup *s)
{
	struct pollfd p = { .fd = s->ties, .events = POLLIN };
	struct sockaddr_un a;
	socklen_t len;
	int fd;

	if (poll(&p, 1, 0) != 1)
		return;
	for (int i = 0; i < ROOM && (fd = accept_next(s, &a, &len)) >= 0; i++)
		close(fd);
}

static int connect_to_us(const struct run_door *d, int guest_end)
{
	struct run_sup *s = d->host->sup;
	struct sockaddr_un name;
	socklen_t len = name_of(d, &name);
	int err = have_number(s);

	if (err)
		return err;
	make_room(s);
	if (connect(guest_end, (struct sockaddr *)&s->ties_at, s->ties_len))
		return own_errno();
	return accept_named(s, &name, len);
}

int run_loose_tie(struct run_door *d, int guest_end)
{
	struct run_sup *s = d->host->sup;
	int fd = open_listener(s);

	if (!fd)
		fd = connect_to_us(d, guest_end);
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
	if (s->room >= 0)
		close(s->room);
	if (s->probe >= 0)
		close(s->probe);
}
