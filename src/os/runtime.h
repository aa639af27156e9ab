/* SPDX-License-Identifier: MIT */
/*
 * os/runtime.h - inside a runtime: who drives, and who waits
 *
 * One lock covers the stack. A thread that waits is a sleeper; the first of
 * them drives: it polls the devices with the lock released, and moves time
 * and packets for all. The others wait on their semaphores (which signals
 * interrupt as they would a call of the kernel's). When the driver leaves, it
 * wakes the next sleeper. When nobody has driven for about 1 ms, the helper
 * thread drives until a sleeper comes.
 *
 * Rooms: os/drive (who drives), os/wait and os/events (who waits, and is
 * woken), os/lock, os/helper, os/devices, os/claim (numbers of the kernel's),
 * os/mixed (polls over both kinds), os/resolver and os/fork. runtime.c makes
 * and ends one.
 */
#ifndef OSTIA_OS_RUNTIME_H
#define OSTIA_OS_RUNTIME_H

#include "base/pkt.h"
#include "os/driver.h"

/* The plain names stay the kernel's here. */
#define OSTIA_POSIX_NO_NAMES
#include <ostia/posix.h>
#include <ostia/runtime.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

enum {
	RUNTIME_DRIVERS = 16,
	RUNTIME_FDS = RUNTIME_DRIVERS + 1, /* what a driver polls */
};

/**
 * struct foreign - Descriptors of the kernel's that a sleeper waits for, too
 * @set:	they, and behind them room for RUNTIME_FDS more
 * @ready:	one of them is
 * @wakefd:	wakes the sleeper while it polls them alone; -1: not made yet
 */
struct foreign {
	struct pollfd *set;
	nfds_t n;
	bool ready;
	int wakefd;
};

/**
 * struct sleeper - A thread in a blocking call
 * @cookie:	of the event that it waits for
 * @woken:	it came
 * @foreign:	NULL: none
 */
struct sleeper {
	struct sleeper *next;
	uint64_t cookie;
	sem_t sem;
	bool woken;
	struct foreign *foreign;
};

/** struct event_ring - Events of ostia_watch(), for the user to take */
struct event_ring {
	struct ostia_event *ev;
	uint32_t cap, head, count;
};

/**
 * struct ostia_runtime - See above
 * @driver:	who drives: a sleeper, or &helper; NULL: nobody
 * @poller:	who is in poll(), the driver, until @until; NULL: nobody
 * @drives:	rounds driven by sleepers, and in passing
 * @deep:	the helper sleeps until posted
 * @queue:	packets that a device would not take yet, a list each
 * @dns:	whom to ask for names
 */
struct ostia_runtime {
	pthread_mutex_t lock;
	int cancel; /* whether its holder may be cancelled without it */
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *stack;
	struct ostia_proc *proc;
	struct ostia_posix posix;
	struct ostia_dns dns;
	struct driver *drivers[RUNTIME_DRIVERS];
	struct pktq queue[RUNTIME_DRIVERS];
	unsigned ndrivers;
	struct sleeper *sleepers;
	struct sleeper helper;
	struct sleeper *driver;
	ostia_time until;
	uint64_t drives;
	ostia_time last_call, last_look;
	uint32_t close_calls; /* in a row */
	struct event_ring events;
	pthread_t thread;
	bool threaded;
	bool deep, stop, dead;
	struct sleeper *poller;
	int wakefd; /* ends a sleeper's poll() early */
	int helperfd; /* ends the helper's */
	uint64_t *claimed; /* bitmap: numbers that are ours */
	uint32_t claimed_words;
	int eventfd; /* readable while @events has some */
	struct ostia_runtime *next; /* all runtimes, for fork */
};

/** runtime_timespec() - @ns as the kernel wants it */
static inline struct timespec runtime_timespec(ostia_time ns)
{
	return (struct timespec) { .tv_sec = (time_t)(ns / OSTIA_S),
				   .tv_nsec = (long)(ns % OSTIA_S) };
}

#endif
