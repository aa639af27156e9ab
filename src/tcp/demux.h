/* SPDX-License-Identifier: MIT */
/*
 * tcp/demux.h - whose segment is this? Two ends to a connection of any size
 *
 * One table for all three kinds; the tag is a keyed hash of the two ends, its
 * lowest bit tells the family, so that a record of one family is never read
 * as one of the other.
 */
#ifndef OSTIA_TCP_DEMUX_H
#define OSTIA_TCP_DEMUX_H

#include "tcp/conn.h"

struct tcp_half;
struct tcp_wait;

/** struct tcp_hit - What was found */
struct tcp_hit {
	enum tcp_kind kind;
	uint32_t handle; /* without the kind */
	union {
		struct tcp_conn *conn;
		struct tcp_half *half;
		struct tcp_wait *wait;
	};
};

/** tcp_demux_tag() - The tag of two ends. */
static inline uint32_t tcp_demux_tag(const struct tcp *t, const struct flow *f)
{
	uint64_t ports =
		(uint64_t)f->lport << 48 | (uint64_t)f->rport << 32 | f->zone;

	if (addr_is_v4(&f->remote)) {
		uint64_t w[2] = {
			(uint64_t)f->local.w[3] << 32 | f->remote.w[3], ports
		};

		return (uint32_t)siphash_words_13(&t->demux_key, w, 2) & ~1u;
	}
	uint64_t w[5] = { f->local.q[0], f->local.q[1], f->remote.q[0],
			  f->remote.q[1], ports };

	return (uint32_t)siphash_words_13(&t->demux_key, w, 5) | 1;
}

/*
 * The connections that heard last are remembered where a cheap hash of their
 * ends points, and need neither the keyed hash nor the table. Whoever makes
 * these collide on purpose only takes the shortcut away.
 */
static inline struct tcp_conn **tcp_demux_recent(struct tcp *t,
						 const struct flow *f)
{
	uint32_t x = (uint32_t)f->rport << 16 ^ f->lport ^ f->remote.w[3];

	return &t->recent[x * 2654435761u >> 26];
}

static_assert(TCP_RECENT == 1 << (32 - 26), "all are in reach");

/** tcp_demux_forget() - @c does not have its ends any more. */
static inline void tcp_demux_forget(struct tcp *t, struct tcp_conn *c)
{
	struct tcp_conn **r = tcp_demux_recent(t, &c->flow);

	if (*r == c)
		*r = NULL;
}

/** tcp_demux_find() - Who has these two ends? */
bool tcp_demux_find(const struct tcp *t, const struct flow *f, uint32_t tag,
		    struct tcp_hit *hit);

/** tcp_demux_add() - File it. Return: 0, -ENOMEM, -ENOBUFS. */
int tcp_demux_add(struct tcp *t, enum tcp_kind kind, uint32_t handle,
		  const struct flow *f);

/** tcp_demux_del() - It is gone. */
void tcp_demux_del(struct tcp *t, enum tcp_kind kind, uint32_t handle,
		   const struct flow *f);

/** tcp_demux_replace() - The same two ends, another kind; cannot fail. */
void tcp_demux_replace(struct tcp *t, const struct flow *f, enum tcp_kind from,
		       uint32_t from_handle, enum tcp_kind to,
		       uint32_t to_handle);

#endif
