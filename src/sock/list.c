/* SPDX-License-Identifier: MIT */
/*
 * sock/list.c - the socket table as `ss` lists it: TCP, UDP, raw and ping
 * sockets, AF_UNIX
 */
#include "sock/dgram.h"

enum {
	STATE_CONNECTED = 1, /* TCP_ESTABLISHED */
	STATE_NOT = 7, /* TCP_CLOSE */
	PART_SHIFT = 61,
};

enum part { PART_TCP, PART_UDP, PART_RAW, PART_PING, PART_LOCAL, PART_END };

static_assert(PART_END < 8, "three bits of a cursor");
static_assert((int)PART_SHIFT == (int)TCP_LIST_BITS, "the rest is a part's");

static void dgram_row(struct ostia_conn_row *row, const struct sock *s)
{
	const struct dgram *d = sock_dgram_of(s);
	const struct binding *b = sock_dgram_binding(s);
	const struct ostia_addr *remote;

	*row = (struct ostia_conn_row) {
		.proto = s->proto,
		.state = STATE_NOT,
		.lport = b->port,
		.local = b->local,
		.recvq = d->rxcharge,
		.sendq = d->txcharge,
	};
	remote = sock_dgram_remote(s, &row->rport);
	if (!remote)
		return;
	row->state = STATE_CONNECTED;
	row->remote = *remote;
}

/* The walk skips what earlier calls listed: sockets that come or go between
 * two calls may be listed twice or not at all, never wrongly.
 */
static int list_kind(struct socks *ss, enum sock_kind kind, uint64_t skip,
		     struct ostia_conn_row *rows, int max)
{
	struct slab_walk w = { 0 };
	struct sock *s;
	int n = 0;

	while (n < max && (s = slab_next(&ss->slab[kind], &w))) {
		if (skip)
			skip--;
		else
			dgram_row(&rows[n++], s);
	}
	return n;
}

static int list_part(struct socks *ss, enum part part, uint64_t *at,
		     struct ostia_conn_row *rows, int max)
{
	int n = 0;

	if (part == PART_TCP)
		return tcp_list(ss->tcp, at, rows, max);
	if (part == PART_LOCAL)
		return local_list(ss->local, at, rows, max);
	if (part == PART_UDP)
		n = list_kind(ss, SOCK_UDP, *at, rows, max);
	else if (part == PART_RAW)
		n = list_kind(ss, SOCK_RAWIP, *at, rows, max);
	else if (part == PART_PING)
		n = list_kind(ss, SOCK_PING, *at, rows, max);
	*at += (uint64_t)n;
	return n;
}

int sock_list(struct socks *ss, uint64_t *cursor, struct ostia_conn_row *rows,
	      int max)
{
	const uint64_t mask = (UINT64_C(1) << PART_SHIFT) - 1;

	for (;;) {
		enum part part = (enum part)(*cursor >> PART_SHIFT);
		uint64_t at = *cursor & mask;
		int n = part == PART_END ? 0
					 : list_part(ss, part, &at, rows, max);

		if (n || part == PART_END) {
			*cursor = (uint64_t)part << PART_SHIFT | at;
			return n;
		}
		*cursor = (uint64_t)(part + 1) << PART_SHIFT;
	}
}
