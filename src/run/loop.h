/* SPDX-License-Identifier: MIT */
/*
 * run/loop.h - one thread's loop: descriptors, timers, tasks, a world
 *
 * The supervisor of a network never blocks but here. A round is: sleep until
 * a descriptor is ready, a timer is due or the world has something to do;
 * bring the world up to the clock; call the watchers of what is ready, the
 * timers that are due, then the tasks that were put off; and let the world
 * move while it has something due. Then the late tasks of the round before,
 * and the late watchers: what was ready with them, a close before a call say,
 * has happened when they are called. What is called back may watch, forget,
 * arm, disarm and defer anything, itself too, and may free what it forgot.
 *
 * Time is CLOCK_MONOTONIC in ns, the same that the world follows.
 */
#ifndef OSTIA_RUN_LOOP_H
#define OSTIA_RUN_LOOP_H

#include <ostia/world.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/list.h"
#include "base/wheel.h"

enum { RUN_LOOP_EVENTS = 256 }; /* of one round */

/**
 * struct run_watch - A descriptor that is looked after
 * @fn:		called with what is ready, EPOLLIN ...; EPOLLERR and EPOLLHUP
 *		come unasked
 * @fd:		the caller's, who closes it after forgetting the watch
 * @events:	what is waited for now
 * @on:		the loop knows of it
 * @late:	to be called after all others of the round
 *
 * Embedded in the thing that waits; zeroed but for fn and fd to begin with.
 */
struct run_watch {
	void (*fn)(struct run_watch *w, uint32_t events);
	int fd;
	uint32_t events;
	bool on, late;
};

/** struct run_timer - A deadline; zeroed but for @fn: not armed */
struct run_timer {
	struct wheel_node node;
	void (*fn)(struct run_timer *t, ostia_time now);
};

/**
 * struct run_task - Something to do before this round ends
 * @late:	before the next one ends: once descriptors were looked at again
 */
struct run_task {
	struct list node; /* run_loop_task_init() */
	void (*fn)(struct run_task *t);
	bool late;
};

struct run_loop {
	int epoll;
	bool stopped;
	struct ostia_world *world; /* may be NULL */
	struct ostia_recorder *recorder; /* looks at it; may be NULL */
	struct wheel wheel;
	struct list tasks, late;
	ostia_time now; /* of this round */
	struct epoll_event event[RUN_LOOP_EVENTS];
	int count; /* of event[], in this round */
	uint64_t rounds;
	bool spins; /* there is a processor besides ours */
	unsigned hot; /* how short the last sleeps were */
};

/** run_loop_clock() - CLOCK_MONOTONIC, ns. */
ostia_time run_loop_clock(void);

/** run_loop_init() - A loop without a world. Return: 0, or -errno of epoll. */
int run_loop_init(struct run_loop *l);
void run_loop_fini(struct run_loop *l);

/**
 * run_loop_watch() - Look after w->fd, for @events from now on
 *
 * The same call adds and changes; asking for what is asked for already costs
 * nothing. With EPOLLET alone only errors and the last close are told, once.
 * Return: 0, or -errno of epoll_ctl (-ENOMEM, -ENOSPC, -EBADF, -EPERM).
 */
int run_loop_watch(struct run_loop *l, struct run_watch *w, uint32_t events);

/**
 * run_loop_forget() - Look after it no more
 * What this round still has for it is dropped. Harmless when not watched. To
 * be called before w->fd is closed.
 */
void run_loop_forget(struct run_loop *l, struct run_watch *w);

/**
 * run_loop_close() - Forget it and close w->fd, which then is -1
 * For a descriptor that has no duplicate: the kernel forgets it, too.
 */
void run_loop_close(struct run_loop *l, struct run_watch *w);

/** run_loop_arm() - Call t->fn at @deadline (OSTIA_NEVER: not any more). */
void run_loop_arm(struct run_loop *l, struct run_timer *t, ostia_time deadline);
void run_loop_disarm(struct run_loop *l, struct run_timer *t);

void run_loop_task_init(struct run_task *t, void (*fn)(struct run_task *));

/**
 * run_loop_defer() - Call t->fn once before the loop sleeps again
 * In order of deferral; already deferred is deferred once.
 */
void run_loop_defer(struct run_loop *l, struct run_task *t);

/** run_loop_drop() - Not any more; harmless when it was not deferred. */
void run_loop_drop(struct run_task *t);

/**
 * run_loop_round() - Once around
 * @limit: sleep no longer than until then; OSTIA_NEVER
 * Return: 0, or -errno of epoll_pwait2. An interrupted sleep is a round.
 */
int run_loop_round(struct run_loop *l, ostia_time limit);

/**
 * run_loop_hurry() - Let the world do what is due, before this round goes on
 * Tasks stay put off. Not from inside the world.
 */
void run_loop_hurry(struct run_loop *l);

/** run_loop_run() - Around until run_loop_stop(). Return: 0, or -errno. */
int run_loop_run(struct run_loop *l);
void run_loop_stop(struct run_loop *l);

#endif
