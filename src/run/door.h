/* SPDX-License-Identifier: MIT */
/*
 * run/door.h - a guest's socket: its end of a pair, and ours
 *
 * The guest holds one end of an AF_UNIX pair and never hears of the other,
 * which is ours. The truth about the socket is in the stack, under a
 * descriptor of host->proc; a door joins the two. It is found by SO_COOKIE of
 * the guest's end (or its inode), lives until the last close of that end,
 * which is our end's EPOLLHUP, and does what its kind says.
 *
 * A door whose our end had to be closed (a failed connect, a reset) can not
 * see the last close any more. It is dead: kept for its error and its names,
 * RUN_SUP_DEAD_MAX of a host, the oldest forgotten first, and those of a
 * guest with the guest.
 */
#ifndef OSTIA_RUN_DOOR_H
#define OSTIA_RUN_DOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/list.h"
#include "run/calls.h"
#include "run/loop.h"
#include "run/sup.h"

struct run_door;

/**
 * struct run_door_ops - What a kind of door does
 * @call:	by enum run_call; NULL: the common handler (run/calls.h)
 * @on_pair:	our end of the pair is ready: EPOLLIN ... EPOLLHUP: the guest
 *		has closed for the last time. May free the door
 * @on_stack:	what run_door_expect() asked for: POLLIN ... Called from the
 *		loop, never from inside the stack. May free the door
 * @fini:	the kind's own things, at run_door_free(); may be NULL
 */
struct run_door_ops {
	run_call_fn *call[RUN_CALLS];
	void (*on_pair)(struct run_door *d, uint32_t events);
	void (*on_stack)(struct run_door *d, uint32_t mask);
	void (*fini)(struct run_door *d);
};

/**
 * struct run_door - First member of what a kind keeps
 * @node:	in host->doors; @dead in host->dead; @loose in host->loose, see
 *		run/loose.h
 * @pair:	our end; fd -1: closed
 * @cookie, @inode: of the guest's end; 0: unknown. The inode is asked for
 *		only where pidfd_getfd is denied
 * @number:	in host->door
 * @fd:		in host->proc; -1: none (netlink)
 * @waiters:	struct run_req.node, in order of arrival
 * @ready:	deferred: on_stack() with @ready_mask
 * @expect:	what is asked of the stack and has not come yet
 * @hungry:	memory for a watch was short: told soon that it may be ready
 * @guest:	that made it; NULL once that has ended
 * @tid, @tfd:	thread and descriptor by which a guest named it last: where to
 *		look for its end (it may have moved; check the cookie)
 * @kept:	where pidfd_getfd is denied: the guest's end, kept for what
 *		must be done to it; -1: none. It hides the last close, so the
 *		host looks every RUN_SUP_SCAN_MS whether a guest still has it
 * @lost:	... and has not found it, this time
 * @untold:	the answer that a signal kept from its caller:
 *run_calls_untold()
 */
struct run_door {
	struct list node, dead, loose;
	struct run_host *host;
	const struct run_door_ops *ops;
	struct run_watch pair;
	uint64_t cookie, inode;
	uint32_t number;
	int fd;
	int domain, type, protocol;
	struct list waiters;
	struct run_task ready;
	uint32_t ready_mask, expect;
	bool hungry, lost;
	struct run_guest *guest;
	pid_t tid;
	int tfd, kept;
	struct run_untold untold;
};

/**
 * struct run_door_kind - Who opens which sockets
 * @takes:	socket(@domain, @type without flags, @protocol) is his
 * @open:	answers the call: RUN_DONE, or -errno
 */
struct run_door_kind {
	bool (*takes)(int domain, int type, int protocol);
	int64_t (*open)(struct run_req *req, int domain, int type,
			int protocol);
};

extern const struct run_door_kind run_stream_kind; /* run/stream.c */

/**
 * run_door_new() - A door of @size bytes, zeroed behind struct run_door
 * @fd:	in host->proc, taken once it succeeds; -1: none
 * Return: 0 and *@out; -ENOMEM; -ENFILE: RUN_SUP_DOORS_MAX.
 */
int run_door_new(struct run_host *h, size_t size,
		 const struct run_door_ops *ops, int fd, struct run_door **out);

/**
 * run_door_pair() - Make the pair and file the door under its cookie
 * @type:	SOCK_STREAM or SOCK_SEQPACKET
 * @guest_end:	receives the guest's end: run_door_hand() it, or close it
 *
 * Our end does not block and is not watched yet. A pair that the door had is
 * closed and forgotten. Return: 0; -ENFILE, -ENOMEM.
 */
int run_door_pair(struct run_door *d, int type, int *guest_end);

/**
 * run_door_swap() - A new pair, in the place of the caller's descriptor
 *
 * For a door without a pair. Flags of descriptor and file are kept, what epoll
 * knew of it and its duplicates are not. Return: 0: req->fd is a duplicate of
 * the guest's new end; -ENOENT: the caller is gone, all is as it was; -EBADF,
 * -EMFILE: his; -ENFILE, -ENOMEM.
 */
int run_door_swap(struct run_door *d, struct run_req *req, int type);

/**
 * run_door_file() - File the door under the cookie of a guest's end
 * Return: 0; -ENOMEM. run_door_unfile() undoes it.
 */
int run_door_file(struct run_door *d, int guest_end);
void run_door_unfile(struct run_door *d);

/**
 * run_door_hand() - The call returns a new descriptor: the guest's end
 * @guest_end:	closed here in any case, or kept (door->kept)
 * @flags:	SOCK_NONBLOCK, SOCK_CLOEXEC
 * Return: RUN_DONE; -ENOENT: nobody waits for it any more; -EMFILE.
 */
int64_t run_door_hand(struct run_door *d, struct run_req *req, int guest_end,
		      int flags);

/**
 * run_door_unkeep() - Let a kept end go: from now on its last close matters
 */
void run_door_unkeep(struct run_door *d);

/**
 * run_door_scan() - Look for those whose guests have closed a kept end
 * Return: true: some had; they have been told (on_pair).
 */
bool run_door_scan(struct run_host *h);

/**
 * run_door_free() - Close our end and the stack's socket; forget it
 * Who waits for it is answered EBADF if he is still there. The stack's
 * ostia_close() decides about FIN or RST.
 */
void run_door_free(struct run_door *d);

/** run_door_find() - The door of @cookie (0: unknown), else of @inode. */
struct run_door *run_door_find(struct run_host *h, uint64_t cookie,
			       uint64_t inode);

/**
 * run_door_expect() - Tell on_stack() once when any of @mask is or becomes
 * true (errors always). What was asked before is replaced; 0: nothing. For
 * want of memory it is told a little later, be it true or not.
 */
void run_door_expect(struct run_door *d, uint32_t mask);

/** run_door_again() - Tell on_stack() a little later, whatever is true then. */
void run_door_again(struct run_door *d);

/** run_door_mute() - Close our end: the guest's reads EOF; the door is dead. */
void run_door_mute(struct run_door *d);

/**
 * run_door_guest_end() - A duplicate of the guest's end, outside any call
 * Looks where a guest named it last. Return: it (close it soon), -ENOENT.
 */
int run_door_guest_end(struct run_door *d);

/**
 * run_door_held() - Has a guest its end still, as far as we can see?
 * Where a guest named it last; false: closed, or moved.
 */
bool run_door_held(struct run_door *d);

/**
 * run_door_retry() - Try those that wait again, in order
 * Until one parks again; ops->call may free nothing but their requests.
 */
void run_door_retry(struct run_door *d);

/** run_door_end_waiters() - Answer all of them @value. */
void run_door_end_waiters(struct run_door *d, int64_t value);

#endif
