/* SPDX-License-Identifier: MIT */
/*
 * local/msg.h - one message, or one piece of a stream
 *
 * The bytes stand in the receiver's stream; a record says how many are its
 * own. Its price is what Linux's buffers of that size would cost, to the byte:
 * how much a socket can send before it says EAGAIN is part of what programs
 * see, and SIOCOUTQ shows it.
 */
#ifndef OSTIA_LOCAL_MSG_H
#define OSTIA_LOCAL_MSG_H

#include "local/local.h"

enum {
	LOCAL_PIECE_MAX = 36544, /* of a stream: SKB_MAX_HEAD + 32 KB */
};

enum {
	LOCAL_MSG_CRED = 1 << 0, /* @cred is true */
	LOCAL_MSG_PEEKED = 1 << 1, /* an empty datagram was looked at */
};

/**
 * struct local_msg - A record
 * @from:	who sent it, counted; of a listener: the new connection's
 *		endpoint, whose first reference is accept()'s to take
 * @rights:	files in flight, or NULL
 * @when:	first looked at by who wants to know (Linux); 0: not yet
 * @len:	bytes not yet read; a byte that MSG_OOB took leaves 0
 * @gone:	bytes still in the stream but read already (0 or 1)
 */
struct local_msg {
	struct fifo_node node;
	struct local_sock *from;
	struct local_rights *rights;
	ostia_time when;
	uint32_t len;
	uint32_t charge;
	struct local_cred cred;
	uint32_t self;
	uint8_t flags;
	uint8_t gone;
};

static inline struct local_msg *local_msg_of(struct fifo_node *n)
{
	return n ? list_entry(n, struct local_msg, node) : NULL;
}

static inline struct local_msg *local_msg_first(const struct local_sock *s)
{
	return local_msg_of(fifo_first(&s->queue));
}

static inline struct local_msg *local_msg_next(const struct local_msg *m)
{
	return local_msg_of(m->node.next);
}

/** local_msg_price() - Of @n bytes: a datagram, or a piece of a stream. */
uint32_t local_msg_price(int type, uint32_t n);

/** local_msg_new() - Charged to @from, not yet queued; NULL without memory. */
struct local_msg *local_msg_new(struct local *l, struct local_sock *from,
				uint32_t price);

/** local_msg_push() - Queue it at @to, whose stream has its bytes. */
void local_msg_push(struct local_sock *to, struct local_msg *m);

/** local_msg_pop() - Take the first off: record and bytes. */
void local_msg_pop(struct local *l, struct local_sock *s);

/** local_msg_free() - Not queued, or not any more: files are let go. */
void local_msg_free(struct local *l, struct local_msg *m);

/** local_msg_purge() - All of an endpoint's queue; a listener's connections
 * end. Return: whether any byte or connection was lost.
 */
bool local_msg_purge(struct local *l, struct local_sock *s);

#endif
