/* SPDX-License-Identifier: MIT */
#include "cli/jobs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
	pid_t pid;
	int fd; /* -1: it has ended */
	char *got;
	size_t len, room;
	unsigned next; /* the script that it is at */
};

struct crew {
	const struct jobs *jobs;
	struct worker *worker;
	struct tally_result *result;
	bool *there;
	unsigned told;
};

/* ---- a worker ---- */

static void work(const struct jobs *j, unsigned first, int fd)
{
	FILE *to = fdopen(fd, "w");

	for (unsigned i = first; to && i < j->n; i += j->at_once) {
		struct tally_result r = { 0 };

		j->run(j->ctx, i, &r);
		if (tally_write(to, i, &r))
			_exit(1);
		tally_free(&r);
	}
	_exit(!to);
}

static int start(struct crew *c, unsigned i)
{
	struct worker *w = &c->worker[i];
	int fds[2];

	if (pipe(fds))
		return -errno;
	fflush(stdout);
	fflush(stderr);
	w->pid = fork();
	if (w->pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return -EAGAIN;
	}
	if (!w->pid) {
		close(fds[0]);
		work(c->jobs, i, fds[1]);
	}
	close(fds[1]);
	w->fd = fds[0];
	w->next = i;
	return 0;
}

/* ---- what comes from it ---- */

static void tell(struct crew *c)
{
	while (c->told < c->jobs->n && c->there[c->told]) {
		c->jobs->done(c->jobs->ctx, c->told, &c->result[c->told]);
		tally_free(&c->result[c->told++]);
	}
}

static void take(struct crew *c, struct worker *w)
{
	struct tally_result r;
	size_t at = 0;
	unsigned i;
	int64_t n;

	while ((n = tally_read(w->got + at, w->len - at, &i, &r)) > 0) {
		at += (size_t)n;
		c->result[i] = r;
		c->there[i] = true;
		w->next = i + c->jobs->at_once;
	}
	memmove(w->got, w->got + at, w->len - at);
	w->len -= at;
	tell(c);
}

static void describe(char *to, size_t size, int status)
{
	if (WIFSIGNALED(status))
		snprintf(to, size, "the worker was ended by signal %d",
			 WTERMSIG(status));
	else
		snprintf(to, size, "the worker ended with status %d",
			 WEXITSTATUS(status));
}

/* What it did not tell of has failed. */
static void bury(struct crew *c, struct worker *w)
{
	int status = 0;
	char why[64];

	close(w->fd);
	w->fd = -1;
	(void)waitpid(w->pid, &status, 0);
	describe(why, sizeof(why), status);
	for (unsigned i = w->next; i < c->jobs->n; i += c->jobs->at_once) {
		struct tally_result *r = &c->result[i];

		r->why = strdup(why);
		r->said = malloc(sizeof(why) + 16);
		r->out = strdup("");
		if (r->said)
			snprintf(r->said, sizeof(why) + 16, "%s\n", why);
		c->there[i] = r->why && r->said && r->out;
	}
	tell(c);
}

static int hear(struct crew *c, struct worker *w)
{
	ssize_t n;

	if (w->len == w->room) {
		size_t room = w->room ? 2 * w->room : 65536;
		char *p = realloc(w->got, room);

		if (!p)
			return -ENOMEM;
		w->got = p;
		w->room = room;
	}
	n = read(w->fd, w->got + w->len, w->room - w->len);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (!n) {
		bury(c, w);
		return 0;
	}
	w->len += (size_t)n;
	take(c, w);
	return 0;
}

static int hear_all(struct crew *c)
{
	struct pollfd p[JOBS_MAX];
	int ret = 0;

	while (c->told < c->jobs->n && !ret) {
		for (unsigned i = 0; i < c->jobs->at_once; i++)
			p[i] = (struct pollfd) { c->worker[i].fd, POLLIN, 0 };
		if (poll(p, c->jobs->at_once, -1) < 0 && errno != EINTR)
			return -errno;
		for (unsigned i = 0; i < c->jobs->at_once && !ret; i++)
			if (p[i].fd >= 0 && p[i].revents)
				ret = hear(c, &c->worker[i]);
	}
	return ret;
}

static void dismiss(struct crew *c)
{
	for (unsigned i = 0; i < c->jobs->at_once; i++) {
		struct worker *w = &c->worker[i];

		if (w->fd >= 0) {
			close(w->fd);
			kill(w->pid, SIGTERM);
			(void)waitpid(w->pid, NULL, 0);
		}
		free(w->got);
	}
	for (unsigned i = c->told; i < c->jobs->n; i++)
		tally_free(&c->result[i]);
}

static int run_beside(const struct jobs *j)
{
	struct crew c = {
		.jobs = j,
		.worker = calloc(j->at_once, sizeof(*c.worker)),
		.result = calloc(j->n, sizeof(*c.result)),
		.there = calloc(j->n, sizeof(*c.there)),
	};
	int ret = c.worker && c.result && c.there ? 0 : -ENOMEM;

	for (unsigned i = 0; !ret && i < j->at_once; i++)
		c.worker[i].fd = -1;
	for (unsigned i = 0; !ret && i < j->at_once; i++)
		ret = start(&c, i);
	if (!ret)
		ret = hear_all(&c);
	if (c.worker && c.result)
		dismiss(&c);
	free(c.worker);
	free(c.result);
	free(c.there);
	return ret;
}

int jobs_run(const struct jobs *j)
{
	struct jobs fit = *j;

	fit.at_once = fit.at_once < fit.n ? fit.at_once : fit.n;
	if (fit.at_once > 1)
		return run_beside(&fit);
	for (unsigned i = 0; i < j->n; i++) {
		struct tally_result r = { 0 };

		j->run(j->ctx, i, &r);
		j->done(j->ctx, i, &r);
		tally_free(&r);
	}
	return 0;
}
