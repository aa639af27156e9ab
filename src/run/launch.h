/* SPDX-License-Identifier: MIT */
/*
 * run/launch.h - a program under the filter, and its exit as a shell sees it
 *
 * The program is a child with the launcher's own process group, terminal,
 * standard descriptors, limits, environment, signal mask and dispositions: as
 * if it ran alone. Until its exec it shares the launcher's descriptors
 * (CLONE_FILES), so that the listener which seccomp makes in the child is the
 * launcher's, too, with no call that a container might deny. What exec said
 * comes back in a page of shared memory; a pipe could not close here.
 *
 * Signals: what the terminal sends reaches both; the launcher lets INT, QUIT
 * and TSTP pass, stops when the program stops, and goes on when it is told to.
 * What others send to the launcher alone is sent on to the program.
 */
#ifndef OSTIA_RUN_LAUNCH_H
#define OSTIA_RUN_LAUNCH_H

#include "run/filter.h"

#include <signal.h>
#include <sys/types.h>

/* Exit codes of those that could not begin, as of env(1). */
enum { RUN_LAUNCH_NO_EXEC = 126, RUN_LAUNCH_NOT_FOUND = 127 };

/** struct run_launch_page - What launcher and child tell each other */
struct run_launch_page {
	uint32_t ready; /* the child has tried to install the filter */
	uint32_t go; /* the launcher lets it exec */
	int listener; /* or -errno */
	int exec_error; /* errno; 0: it succeeded, or was not tried */
	bool no_new_privs;
};

/**
 * struct run_launch - A program about to run, and running
 * @listener:	of its filter; the owner closes it, see run_launch_handed()
 * @ignored:	signals that were ignored from the beginning
 * @supervisor:	may look into the program (Yama), and no limit is for it
 * @mask, @chld: signal mask and SIGCHLD's disposition that the program gets
 * @signals:	signalfd, -1: not begun
 * @peer:	its hang-up is told by on_gone(ctx), once; -1: none
 * @more:	when it is readable, on_more(ctx) reads all of it; -1: none
 */
struct run_launch {
	pid_t pid, supervisor;
	int listener;
	bool no_new_privs;
	struct run_launch_page *page;
	sigset_t mask, ignored;
	struct sigaction chld;
	int signals;
	int peer, more;
	void (*on_gone)(void *ctx);
	void (*on_more)(void *ctx);
	void *ctx;
};

/** struct run_launch_end - How it ended; @code as a shell says it */
struct run_launch_end {
	int code;
	int exec_error; /* errno of exec: it never ran */
	bool timed_out; /* code is 124 */
};

/**
 * run_launch_seal() - Keep descriptors that reach the host from the program
 * @told: called for each of them, with what it is
 *
 * Sockets that are not AF_UNIX, io_uring instances and TUN devices, inherited
 * by us: above 2 they become close-on-exec.
 *
 * Return: how many; -EPERM: standard input, output or error is one (told
 * last); -errno: /proc/self/fd cannot be read.
 */
int run_launch_seal(void (*told)(void *ctx, int fd, const char *what),
		    void *ctx);

/**
 * run_launch_begin() - Take over the signals; zeroes @l
 * Return: 0; -ENOMEM; -errno of signalfd(2), mmap(2).
 */
int run_launch_begin(struct run_launch *l);

/**
 * run_launch_child() - Make the child and put it under the filter
 * @argv:	as execvp(3) takes it
 * @supervisor:	may look into it (Yama); 0: nobody
 *
 * The child waits for run_launch_go() and dies with the launcher until then.
 * Return: 0, l->listener is open; -EBUSY: supervised already; -errno of
 * clone(2) or seccomp(2). A child that failed is gone.
 */
int run_launch_child(struct run_launch *l, const struct run_filter *f,
		     char *const *argv, pid_t supervisor);

/** run_launch_handed() - The listener is the supervisor's: close ours. */
void run_launch_handed(struct run_launch *l);

/** run_launch_go() - Let it exec. */
void run_launch_go(struct run_launch *l);

/**
 * run_launch_wait() - Until the program ends
 * @limit_ns: then it, and what descends from it, gets SIGTERM, two seconds
 *	      later SIGKILL; 0: none. Began with run_launch_limit().
 */
void run_launch_wait(struct run_launch *l, uint64_t limit_ns,
		     struct run_launch_end *end);

/**
 * run_launch_limit() - There will be a time limit, or run_launch_sweep()
 * To be called before run_launch_child(). What the program leaves behind
 * becomes our child, so that it is found.
 */
void run_launch_limit(void);

/** run_launch_sweep() - The program has ended: kill what it left behind. */
void run_launch_sweep(struct run_launch *l);

/** run_launch_end() - Kill what still waits for go; our signals are as they
 * were. Safe after a failure of the others.
 */
void run_launch_end(struct run_launch *l);

#endif
