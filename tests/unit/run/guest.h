/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/run/guest.h - a function as a guest
 *
 * guest_net() makes a supervisor with the hosts a (10.77.0.1) and b
 * (10.77.0.2); guest_start() forks, puts the child under the filter and lets
 * it run fn(arg); guest_wait() goes round the loop until it has ended, and
 * tells its exit status.
 */
#ifndef OSTIA_TESTS_UNIT_RUN_GUEST_H
#define OSTIA_TESTS_UNIT_RUN_GUEST_H

#include "../test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/door.h"
#include "run/filter.h"
#include "run/sup.h"

struct guest_net {
	struct run_sup sup;
	struct run_host *host[2];
	struct ostia_wire *wire;
};

static void guest_net(struct guest_net *n)
{
	const struct run_sup_config cfg = { .seed = 5 };
	struct ostia_world *w;
	struct ostia_node *node[2];

	alarm(50); /* what hangs fails */
	EQ(run_sup_init(&n->sup, &cfg), 0);
	w = n->sup.world;
	EQ(ostia_host_new(w, "a", NULL, 0, &node[0]), 0);
	EQ(ostia_host_new(w, "b", NULL, 0, &node[1]), 0);
	EQ(ostia_wire_new(w, &(struct ostia_wire_config) { .hop = 1 }, node[0],
			  node[1], &n->wire),
	   0);
	EQ(ostia_wire_addr(n->wire, 0, "10.77.0.1/24"), 0);
	EQ(ostia_wire_addr(n->wire, 1, "10.77.0.2/24"), 0);
	for (int i = 0; i < 2; i++)
		EQ(run_sup_host(&n->sup, node[i], &n->host[i]), 0);
}

static void guest_net_end(struct guest_net *n)
{
	run_sup_fini(&n->sup);
}

/* The child tells its listener's number and waits for leave to begin. */
static pid_t guest_start(struct guest_net *n, int host, int (*fn)(void *),
			 void *arg)
{
	static struct run_filter f;
	struct run_guest *g;
	int up[2], down[2], fd;
	bool no_new_privs;
	char go;
	pid_t pid;

	EQ(run_filter_make(run_filter_native(), &f), 0);
	EQ(pipe(up), 0);
	EQ(pipe(down), 0);
	pid = fork();
	if (pid == 0) {
		fd = run_filter_install(&f, &no_new_privs);
		if (write(up[1], &fd, sizeof(fd)) != sizeof(fd) ||
		    read(down[0], &go, 1) != 1)
			_exit(99);
		close(fd);
		_exit(fn(arg));
	}
	EQ(read(up[0], &fd, sizeof(fd)), sizeof(fd));
	OK(fd >= 0);
	fd = run_target_fd(&n->sup.target, pid, fd);
	OK(fd >= 0);
	EQ(run_sup_guest(n->host[host], fd, pid, &g), 0);
	EQ(write(down[1], "", 1), 1);
	close(up[0]);
	close(up[1]);
	close(down[0]);
	close(down[1]);
	return pid;
}

/* Goes round until the child has ended. */
static int guest_wait(struct guest_net *n, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0)
		EQ(run_loop_round(&n->sup.loop, run_loop_clock() + 2000000), 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ... and its last news have been heard. */
static void guest_settle(struct guest_net *n)
{
	for (int i = 0; i < 8; i++)
		EQ(run_loop_round(&n->sup.loop, run_loop_clock()), 0);
}

static unsigned guest_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

#endif
