/* SPDX-License-Identifier: MIT */
#include "drill/conn.h"

#include <errno.h>
#include <string.h>

#include "wire/tcp.h"

enum { FIRST_PEER_PORT = 40001 };

struct drill_conn *drill_conns_add(struct drill_conns *cs,
				   struct drill_arena *a,
				   enum drill_proto proto, uint16_t lport,
				   uint16_t rport)
{
	struct drill_conn *c = drill_arena_alloc(a, sizeof(*c));

	*c = (struct drill_conn) { .next = cs->newest,
				   .proto = proto,
				   .lport = lport,
				   .rport = rport,
				   .rx_exact = true };
	cs->newest = cs->current = c;
	return c;
}

struct drill_conn *drill_conns_find(const struct drill_conns *cs,
				    enum drill_proto proto, uint16_t lport,
				    uint16_t rport)
{
	struct drill_conn *c = cs->newest;

	for (; c; c = c->next)
		if (c->proto == proto && (!c->lport || c->lport == lport) &&
		    (!c->rport || c->rport == rport))
			return c;
	return NULL;
}

uint16_t drill_conns_port(struct drill_conns *cs)
{
	return (uint16_t)(FIRST_PEER_PORT + cs->next_port++);
}

static struct drill_opt *timestamps(const struct drill_seg *s)
{
	for (unsigned i = 0; i < s->nopts; i++)
		if (s->opts[i].kind == DRILL_OPT_TS)
			return &s->opts[i];
	return NULL;
}

static void shift_sack(struct drill_seg *s, uint32_t by)
{
	for (unsigned i = 0; i < s->nopts; i++)
		for (unsigned k = 0;
		     s->opts[i].kind == DRILL_OPT_SACK && k < s->opts[i].n;
		     k++) {
			s->opts[i].sack[k].left += by;
			s->opts[i].sack[k].right += by;
		}
}

int drill_conn_to_live(const struct drill_conn *c, struct drill_seg *s)
{
	struct drill_opt *ts = timestamps(s);

	if (s->has_ack)
		s->ack += c->seq_off;
	shift_sack(s, c->seq_off);
	if (!ts || !(s->flags & WIRE_TCP_ACK) || ts->b == 0)
		return 0;
	if (!c->has_ts)
		return -EINVAL;
	ts->b += c->ts_off;
	return 0;
}

static void learn(struct drill_conn *c, const struct drill_seg *s,
		  const struct drill_seg *want)
{
	const struct drill_opt *ts = timestamps(s), *want_ts = timestamps(want);

	if (!c->has_seq && (s->flags & WIRE_TCP_SYN)) {
		c->has_seq = true;
		c->seq_off = s->seq - want->seq;
	}
	if (!c->has_ts && ts && want_ts) {
		c->has_ts = true;
		c->ts_off = ts->a - want_ts->a;
	}
}

void drill_conn_to_script(struct drill_conn *c, struct drill_seg *s,
			  const struct drill_seg *want)
{
	struct drill_opt *ts = timestamps(s);

	if (want)
		learn(c, s, want);
	s->seq -= c->seq_off;
	if (ts && c->has_ts)
		ts->a -= c->ts_off;
}

void drill_conn_wrote(struct drill_conn *c, struct drill_arena *a,
		      const void *p, size_t n)
{
	if (c->tx_len + n > c->tx_room) {
		size_t room = 2 * (c->tx_len + n);
		uint8_t *more = drill_arena_alloc(a, room);

		if (c->tx_len > 0)
			memcpy(more, c->tx, c->tx_len);
		c->tx = more;
		c->tx_room = room;
	}
	if (n > 0)
		memcpy(c->tx + c->tx_len, p, n);
	c->tx_len += n;
}
