/* SPDX-License-Identifier: MIT */
/* sock/list.c - the socket table as `ss` lists it: TCP, then UDP, then raw */
#include "sock/sock.h"

#include <netinet/in.h>

enum {
	STATE_CONNECTED = 1, /* TCP_ESTABLISHED */
	STATE_NOT = 7, /* TCP_CLOSE */
	PART_SHIFT = 62,
};

enum part { PART_TCP, PART_UDP, PART_RAW, PART_END };

static void dgram_row(struct ostia_conn_row *row, const struct dgram *d,
		      const struct binding *b, bool connected)
{
	*row = (struct ostia_conn_row) {
		.state = connected ? STATE_CONNECTED : STATE_NOT,
		.lport = b->port,
		.rport = connected ? b->rport : 0,
		.local = b->local,
		.recvq = d->rxcharge,
		.sendq = d->txcharge,
	};
	if (connected)
		row->remote = b->remote;
}

/* Both walks skip what earlier calls listed: sockets that come or go between
 * two calls may be listed twice or not at all, never wrongly.
 */
static int list_udp(struct udp *u, uint64_t skip, struct ostia_conn_row *rows,
		    int max)
{
	int n = 0;

	for (struct udp_sock *s = udp_next(u, NULL); s && n < max;
	     s = udp_next(u, s)) {
		if (skip) {
			skip--;
			continue;
		}
		dgram_row(&rows[n], &s->d, &s->bind, s->connected);
		rows[n++].proto = IPPROTO_UDP;
	}
	return n;
}

static int list_raw(struct raw *r, uint64_t skip, struct ostia_conn_row *rows,
		    int max)
{
	int n = 0;

	for (struct raw_sock *s = raw_next(r, NULL); s && n < max;
	     s = raw_next(r, s)) {
		if (skip) {
			skip--;
			continue;
		}
		dgram_row(&rows[n], &s->d, &s->bind, s->connected);
		rows[n++].proto = s->proto;
	}
	return n;
}

static int list_part(struct socks *ss, enum part part, uint64_t *at,
		     struct ostia_conn_row *rows, int max)
{
	int n = 0;

	if (part == PART_TCP)
		return tcp_list(ss->tcp, at, rows, max);
	if (part == PART_UDP)
		n = list_udp(ss->udp, *at, rows, max);
	else if (part == PART_RAW)
		n = list_raw(ss->raw, *at, rows, max);
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
