/* SPDX-License-Identifier: MIT */
/*
 * base/file.h - an open-file object: what a descriptor refers to
 *
 * Counted by the descriptors (of any process) and by messages in flight that
 * carry it; the last put releases it. A waiter is a wish to be told once that
 * the file became ready; telling is a function of the core (it queues an
 * event, or marks an epoll item ready) and never calls out of the stack.
 */
#ifndef OSTIA_BASE_FILE_H
#define OSTIA_BASE_FILE_H

#include "base/list.h"

#include <ostia/types.h>
#include <stdbool.h>

struct file;

enum file_kind { FILE_SOCK, FILE_EPOLL };

/* flags of an open file */
enum { FILE_NONBLOCK = 0x1, FILE_ASYNC = 0x2 };

/**
 * struct file_ops - What a kind of file can do
 * @poll:	readiness now, POLL* bits
 * @release:	the last reference is gone
 */
struct file_ops {
	uint32_t (*poll)(struct file *f);
	void (*release)(struct file *f);
};

struct file {
	const struct file_ops *ops;
	struct list waiters;
	uint32_t refs;
	uint16_t flags;
	uint8_t kind;
	uint8_t pad;
};

/**
 * struct waiter - Whoever wants to know
 * @node:	in file->waiters
 * @mask:	POLL* bits that it waits for; POLLNVAL: the file is going, and
 *		the waiter must remove itself
 * @exclusive:	of several such waiters one is enough (EPOLLEXCLUSIVE)
 * @wake:	told of the bits; may remove itself or stay for more. Return:
 *		someone will act on it
 */
struct waiter {
	struct list node;
	uint32_t mask;
	bool exclusive;
	bool (*wake)(struct waiter *w, uint32_t bits);
};

static inline void file_init(struct file *f, enum file_kind kind,
			     const struct file_ops *ops)
{
	*f = (struct file) { .ops = ops, .refs = 1, .kind = (uint8_t)kind };
	list_init(&f->waiters);
}

static inline struct file *file_get(struct file *f)
{
	f->refs++;
	return f;
}

static inline void file_put(struct file *f)
{
	if (--f->refs == 0)
		f->ops->release(f);
}

void file_wake(struct file *f, uint32_t bits);

/** file_notify() - The file may have become ready for @bits. */
static inline void file_notify(struct file *f, uint32_t bits)
{
	if (!list_empty(&f->waiters))
		file_wake(f, bits);
}

#endif
