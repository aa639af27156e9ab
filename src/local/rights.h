/* SPDX-License-Identifier: MIT */
/*
 * local/rights.h - open files in flight (SCM_RIGHTS)
 *
 * A message counts the files that it carries. A socket that only messages
 * refer to, which wait in queues that only such sockets have, would never be
 * closed: local_rights_gc() finds these. Files of dropped messages are put one
 * after another from a list, never from within each other, so a chain of
 * sockets in each other's queues needs no stack.
 */
#ifndef OSTIA_LOCAL_RIGHTS_H
#define OSTIA_LOCAL_RIGHTS_H

#include "local/local.h"

/**
 * struct local_right - A file, by reference
 * @sock:	the endpoint behind it, if it is one of ours, lent
 */
struct local_right {
	struct file *file;
	struct local_sock *sock;
};

/**
 * struct local_rights - The files of one message
 * @next:	among the doomed
 * @flying:	a message has them: they count as in flight
 */
struct local_rights {
	struct local_rights *next;
	uint32_t n, cap;
	bool flying;
	struct local_right f[];
};

/**
 * struct local_flight - One of our sockets in flight
 * @times:	by how many references
 * @left:	of the search: those not explained by candidates
 * @mark:	of the search
 */
struct local_flight {
	struct list node, work;
	struct local_sock *sock;
	uint32_t times, left;
	uint32_t self;
	uint8_t mark;
};

/** local_rights_new() - Room for @cap files, or NULL. */
struct local_rights *local_rights_new(struct local *l, uint32_t cap);

/** local_rights_add() - One more; takes a reference of its own. */
void local_rights_add(struct local_rights *r, struct file *f,
		      struct local_sock *s);

/**
 * local_rights_may_fly() - Are there too many in flight for one more message?
 * Looks for lost ones first, so sockets may end in this call.
 * @limit: files in flight that there may be. Return: 0, -ETOOMANYREFS.
 */
int local_rights_may_fly(struct local *l, uint32_t limit);

/** local_rights_fly() - A message takes them. 0, -ENOMEM. */
int local_rights_fly(struct local *l, struct local_rights *r);

/** local_rights_land() - They have been received, and belong to a caller. */
void local_rights_land(struct local *l, struct local_rights *r);

/** local_rights_copy() - For MSG_PEEK; NULL without memory. */
struct local_rights *local_rights_copy(struct local *l,
				       const struct local_rights *r);

/** local_rights_drop() - Let go of all; NULL is nothing. */
void local_rights_drop(struct local *l, struct local_rights *r);

/** local_rights_free() - The caller has taken the files of the array. */
void local_rights_free(struct local *l, struct local_rights *r);

/** local_rights_gc() - Close sockets that only refer to each other
 * @credit: work that the call's cause pays for.
 */
void local_rights_gc(struct local *l, uint32_t credit);

#endif
