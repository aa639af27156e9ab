/* SPDX-License-Identifier: MIT */
#include "drill/ready.h"

#include <errno.h>
#include <string.h>

#include "drill/args.h"

enum { EVENTS_MAX = 64 };

static int64_t field(struct drill_run *r, const struct drill_expr *e,
		     const char *name)
{
	const struct drill_expr *f = drill_args_field(e, name);

	return f ? drill_args_num(r, f) : 0;
}

static void check_events(struct drill_run *r, const struct drill_expr *e,
			 const char *name, uint32_t got)
{
	const struct drill_expr *f = drill_args_field(e, name);

	if (!f || f->kind == DRILL_DOTS)
		return;
	if ((uint32_t)drill_args_num(r, f) != got)
		drill_run_fail(r, f->pos, "%s: expected %#x, came %#x", name,
			       (uint32_t)drill_args_num(r, f), got);
}

/** items() - The structs of a list; a struct alone is a list of one */
static const struct drill_expr *items(struct drill_run *r,
				      const struct drill_expr *e, unsigned *n)
{
	*n = e->kind == DRILL_LIST ? e->count : e->kind == DRILL_STRUCT;
	if (*n > EVENTS_MAX)
		drill_run_fail(r, e->pos, "more than %u descriptors",
			       EVENTS_MAX);
	return e->kind == DRILL_LIST ? e->items : e;
}

int64_t drill_ready_poll(struct drill_run *r, const struct drill_expr *const *a)
{
	static const char *const names[] = { "fd", "events", "revents", NULL };
	struct pollfd fds[EVENTS_MAX] = { 0 };
	unsigned n, i = 0;
	const struct drill_expr *list = items(r, a[0], &n), *e = list;
	int ret, err;

	for (; i < n && !r->failed; i++, e = e->next) {
		const struct drill_expr *fd = drill_args_field(e, "fd");

		drill_args_only(r, e, names);
		fds[i].fd = fd ? drill_args_fd(r, fd) : -1;
		fds[i].events = (short)field(r, e, "events");
	}
	if (r->failed)
		return -1;
	if ((uint64_t)drill_args_num(r, a[1]) > n)
		drill_run_fail(r, a[1]->pos, "%u structs are given", n);
	ret = ostia_poll(r->host.proc, fds, (nfds_t)drill_args_num(r, a[1]),
			 (int)drill_args_num(r, a[2]));
	err = errno;
	for (i = 0, e = list; ret >= 0 && i < n; i++, e = e->next)
		check_events(r, e, "revents", (uint16_t)fds[i].revents);
	errno = err;
	return ret;
}

int64_t drill_ready_epoll_create(struct drill_run *r,
				 const struct drill_expr *const *a)
{
	if (drill_args_num(r, a[0]) <= 0) {
		errno = EINVAL;
		return -1;
	}
	r->returns_fd = true;
	return ostia_epoll_create1(r->host.proc, 0);
}

int64_t drill_ready_epoll_create1(struct drill_run *r,
				  const struct drill_expr *const *a)
{
	r->returns_fd = true;
	return ostia_epoll_create1(r->host.proc, (int)drill_args_num(r, a[0]));
}

static const char *const epoll_names[] = { "events", "fd",  "ptr",
					   "u32",    "u64", NULL };

/* The data are the program's own: its descriptor numbers are the script's. */
static int64_t data_of(struct drill_run *r, const struct drill_expr *e)
{
	for (const char *const *n = epoll_names + 1; *n; n++)
		if (drill_args_field(e, *n))
			return field(r, e, *n);
	return 0;
}

int64_t drill_ready_epoll_ctl(struct drill_run *r,
			      const struct drill_expr *const *a)
{
	struct epoll_event ev = { 0 };
	bool given = a[3]->kind == DRILL_STRUCT;

	drill_args_only(r, a[3], epoll_names);
	if (given) {
		ev.events = (uint32_t)field(r, a[3], "events");
		ev.data.u64 = (uint64_t)data_of(r, a[3]);
	}
	return ostia_epoll_ctl(r->host.proc, drill_args_fd(r, a[0]),
			       (int)drill_args_num(r, a[1]),
			       drill_args_fd(r, a[2]), given ? &ev : NULL);
}

static bool has_data(const struct drill_expr *e)
{
	for (const char *const *n = epoll_names + 1; *n; n++)
		if (drill_args_field(e, *n))
			return true;
	return false;
}

static void check_event(struct drill_run *r, const struct drill_expr *e,
			const struct epoll_event *ev)
{
	drill_args_only(r, e, epoll_names);
	check_events(r, e, "events", ev->events);
	if (has_data(e) && (uint64_t)data_of(r, e) != ev->data.u64)
		drill_run_fail(r, e->pos, "data: expected %lld, came %lld",
			       (long long)data_of(r, e),
			       (long long)ev->data.u64);
}

int64_t drill_ready_epoll_wait(struct drill_run *r,
			       const struct drill_expr *const *a)
{
	struct epoll_event evs[EVENTS_MAX];
	int64_t max = drill_args_num(r, a[2]);
	unsigned n;
	const struct drill_expr *e = items(r, a[1], &n);
	int ret, err;

	if (max > EVENTS_MAX)
		drill_run_fail(r, a[2]->pos, "at most %d events", EVENTS_MAX);
	if (r->failed)
		return -1;
	ret = ostia_epoll_wait(r->host.proc, drill_args_fd(r, a[0]), evs,
			       (int)max, (int)drill_args_num(r, a[3]));
	err = errno;
	for (int i = 0; i < ret && i < (int)n; i++, e = e->next)
		check_event(r, e, &evs[i]);
	errno = err;
	return ret;
}
