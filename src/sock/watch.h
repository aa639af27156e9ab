/* SPDX-License-Identifier: MIT */
/*
 * sock/watch.h - who waits for a file, told by events
 *
 * Two kinds. A watch of the user's (ostia_watch) becomes one event and is
 * forgotten. A wait belongs to a call that blocks: it watches one or more
 * files, keeps a reference to each, and becomes one event however many of
 * them get ready; it lives until the call ends it. Everything that a wake-up
 * needs is taken when the watch is made, so waking never fails.
 */
#ifndef OSTIA_SOCK_WATCH_H
#define OSTIA_SOCK_WATCH_H

#include "sock/sock.h"

#include <ostia/stack.h>

/**
 * struct sock_event - Room for an event
 * @node:	on socks->events while it is to be fetched
 * @watch:	the user's watch to be forgotten then; NULL: a wait's
 */
struct sock_event {
	struct list node;
	uint64_t cookie;
	struct sock_watch *watch;
	uint32_t mask;
};

/**
 * struct sock_watch - One file being watched
 * @waiter:	in the file's list; deaf once it was woken
 * @mine:	in the owner's list of watches, or the wait's
 * @file:	a wait's watch holds a reference
 * @wait:	NULL: a user's
 * @owner:	the process whose descriptor @fd is
 */
struct sock_watch {
	struct waiter waiter;
	struct list mine;
	struct socks *socks;
	struct file *file;
	struct sock_wait *wait;
	const void *owner;
	struct sock_event event; /* a user's */
	int fd;
	uint32_t self;
};

/**
 * struct sock_wait - What a blocked call waits for
 * @node:	in the process's list of waits
 * @closed:	one of its descriptors was closed meanwhile
 */
struct sock_wait {
	struct list node;
	struct list watches;
	struct socks *socks;
	struct sock_event event;
	uint32_t self;
	bool closed;
};

void sock_watch_init(struct socks *ss);
void sock_watch_fini(struct socks *ss);

/**
 * sock_watch_add() - ostia_watch()
 * @owner, @list: the process, and its list of watches
 * Return: 0, -ENOMEM, -ENOBUFS.
 */
int sock_watch_add(struct socks *ss, struct file *f, const void *owner,
		   struct list *list, int fd, uint32_t mask, uint64_t cookie);

/** sock_watch_withdraw() - The user's watches of @fd with this cookie. */
void sock_watch_withdraw(struct file *f, const void *owner, int fd,
			 uint64_t cookie);

/** sock_watch_closed() - The descriptor is gone, the file may live on. */
void sock_watch_closed(struct file *f, const void *owner, int fd);

/** sock_watch_end() - The process goes: all of its list. */
void sock_watch_end(struct list *list);

/** sock_watch_cookie_is_ours() - Is it one that waits use? Users' may not be.
 */
static inline bool sock_watch_cookie_is_ours(uint64_t cookie)
{
	return cookie >> 63;
}

/** sock_wait_new() - Return: NULL without memory. */
struct sock_wait *sock_wait_new(struct socks *ss, struct list *list);

/**
 * sock_wait_for() - Watch one more file
 * @edge: what is so already does not count
 * Return: 1: it is ready now, 0, -ENOMEM.
 */
int sock_wait_for(struct sock_wait *w, struct file *f, const void *owner,
		  int fd, uint32_t mask, bool edge);

/** sock_wait_fired() - Did any get ready? */
static inline bool sock_wait_fired(const struct sock_wait *w)
{
	return w->event.mask != 0;
}

/** sock_wait_again() - It may fire once more (edge). */
static inline void sock_wait_again(struct sock_wait *w)
{
	list_remove(&w->event.node);
	w->event.mask = 0;
}

/** sock_wait_end() - The call goes on; drops its references. */
void sock_wait_end(struct sock_wait *w);

#endif
