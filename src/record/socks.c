/* SPDX-License-Identifier: MIT */
#include "record/socks.h"

#include "base/addrtext.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOLES = 32 };

static const uint64_t NAMELESS = UINT64_C(1) << 63;

/* Segments beyond a hole, of one end: [from, to) */
struct holes {
	uint64_t from[HOLES], to[HOLES];
	uint32_t n;
};

/* A segment with payload on its way: bytes [from, from + len) for row @to. */
struct flying {
	uint64_t from;
	uint32_t len;
	int64_t to;
};

/**
 * struct replay - The past, played again
 * @rows:  by (node, conn); @tables: so many tables of a node were seen
 * @holes: beside the rows
 */
struct replay {
	struct socks *s;
	const struct view *v;
	struct index_map rows, pkts, nodes;
	struct holes *holes;
	uint32_t holes_cap;
	struct flying *fly;
	uint32_t nfly, fly_cap;
	uint32_t *table, ntables, table_cap;
	uint32_t left, table_now;
};

static const struct {
	const char *ours, *name;
} states[] = {
	[TCP_ESTABLISHED] = { "ESTABLISHED", "ESTAB" },
	[TCP_SYN_SENT] = { "SYN-SENT", "SYN-SENT" },
	[TCP_SYN_RECV] = { "SYN-RECEIVED", "SYN-RECV" },
	[TCP_FIN_WAIT1] = { "FIN-WAIT-1", "FIN-WAIT-1" },
	[TCP_FIN_WAIT2] = { "FIN-WAIT-2", "FIN-WAIT-2" },
	[TCP_TIME_WAIT] = { "TIME-WAIT", "TIME-WAIT" },
	[TCP_CLOSE] = { "CLOSED", "UNCONN" },
	[TCP_CLOSE_WAIT] = { "CLOSE-WAIT", "CLOSE-WAIT" },
	[TCP_LAST_ACK] = { "LAST-ACK", "LAST-ACK" },
	[TCP_LISTEN] = { "LISTEN", "LISTEN" },
	[TCP_CLOSING] = { "CLOSING", "CLOSING" },
};

enum { STATES = sizeof(states) / sizeof(states[0]) };

const char *socks_state(uint8_t state)
{
	return state < STATES && states[state].name ? states[state].name
						    : "UNKNOWN";
}

uint8_t socks_number(const char *name)
{
	for (unsigned i = 1; i < STATES; i++)
		if (!strcmp(states[i].ours, name))
			return (uint8_t)i;
	return TCP_CLOSE;
}

/* ---- rows ---- */

static int64_t find(const struct replay *r, uint32_t node, uint64_t conn)
{
	return index_map_get(&r->rows, index_key(node, conn));
}

/* Addresses of a connection are those of its packets. */
static void take_names(const struct replay *r, struct socks_row *x)
{
	const struct view_end *e = view_end(r->v, x->node, x->c.conn);
	const struct view_conv *c;

	if (!e || e->conv < 0)
		return;
	c = &r->v->conv[e->conv];
	memcpy(x->c.local.b, c->addr[e->side], 16);
	memcpy(x->c.remote.b, c->addr[!e->side], 16);
	x->c.lport = c->port[e->side];
	x->c.rport = c->port[!e->side];
}

static int64_t make(struct replay *r, uint32_t node, uint64_t conn)
{
	int64_t i = find(r, node, conn);
	struct socks_row *x;
	struct holes *h;

	if (i >= 0)
		return i;
	x = r->s->n < SOCKS_MAX
		    ? index_grow(r->s->row, sizeof(*x), r->s->n, &r->s->cap)
		    : NULL;
	if (!x)
		return -ENOMEM;
	r->s->row = x;
	h = index_grow(r->holes, sizeof(*h), r->s->n, &r->holes_cap);
	if (!h)
		return -ENOMEM;
	r->holes = h;
	if (index_map_put(&r->rows, index_key(node, conn), r->s->n))
		return -ENOMEM;
	h[r->s->n].n = 0;
	x += r->s->n;
	*x = (struct socks_row) { .node = node,
				  .fd = -1,
				  .ssthresh = UINT32_MAX,
				  .c.proto = IPPROTO_TCP,
				  .c.state = TCP_CLOSE,
				  .c.conn = conn };
	take_names(r, x);
	return r->s->n++;
}

static struct socks_row *row_of(struct replay *r, uint32_t node, uint64_t conn)
{
	int64_t i = conn ? find(r, node, conn) : INDEX_NONE;

	return i >= 0 ? &r->s->row[i] : NULL;
}

/* ---- tables ---- */

static uint32_t *table_of(struct replay *r, uint32_t node)
{
	int64_t i = index_map_get(&r->nodes, node);
	uint32_t *t;

	if (i >= 0)
		return &r->table[i];
	t = index_grow(r->table, sizeof(*t), r->ntables, &r->table_cap);
	if (!t)
		return NULL;
	r->table = t;
	if (index_map_put(&r->nodes, node, r->ntables))
		return NULL;
	t[r->ntables] = 0;
	return &t[r->ntables++];
}

/* What stood in the table before and does not in this is gone. */
static void end_table(struct replay *r, uint32_t node)
{
	for (uint32_t i = 0; i < r->s->n; i++) {
		struct socks_row *x = &r->s->row[i];

		if (x->node == node && x->table != r->table_now &&
		    !r->s->left_out)
			x->dead = true;
	}
}

static int read_rows(struct replay *r, const struct ostia_record_event *ev)
{
	uint32_t *t = table_of(r, ev->node);

	if (!t)
		return -ENOMEM;
	r->table_now = ++*t;
	r->left = ev->u.rows.count;
	r->s->left_out = ev->u.rows.left_out;
	if (!r->left)
		end_table(r, ev->node);
	return 0;
}

static int read_row(struct replay *r, const struct ostia_record_event *ev)
{
	bool named = ev->u.row->conn &&
		     (ev->u.row->proto == IPPROTO_TCP || ev->u.row->proto == 0);
	/* Datagrams' sockets have no ids: they go by their place. */
	int64_t i =
		make(r, ev->node, named ? ev->u.row->conn : NAMELESS | r->left);
	struct socks_row *x;

	if (i < 0)
		return (int)i;
	x = &r->s->row[i];
	if (x->c.state != ev->u.row->state)
		x->moved = ev->time;
	x->c = *ev->u.row;
	x->dead = false;
	x->table = r->table_now;
	if (r->left && !--r->left)
		end_table(r, ev->node);
	return 0;
}

/* ---- what happened since ---- */

static int read_state(struct replay *r, const struct ostia_record_event *ev)
{
	int64_t i = make(r, ev->node, ev->trace.conn);
	struct socks_row *x;

	if (i < 0)
		return (int)i;
	x = &r->s->row[i];
	x->c.state = socks_number(ev->trace.u.state.to);
	x->dead = x->c.state == TCP_CLOSE;
	x->moved = ev->time;
	x->table = *table_of(r, ev->node);
	if (!x->c.rport && x->c.state != TCP_LISTEN)
		take_names(r, x);
	if (!strcmp(ev->trace.u.state.from, "CLOSED") ||
	    !strcmp(ev->trace.u.state.from, "LISTEN"))
		x->counted = true; /* from its first byte on */
	return 0;
}

/* bind()'s address: "10.0.0.2:7, 16", "[fd00::1]:7, 28" */
static void take_bind(struct socks_row *x, const char *args)
{
	char text[64];
	char *colon;
	struct ostia_addr a;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(args, ","), args);
	colon = strrchr(text, ':');
	if (!colon || colon == text)
		return;
	*colon = '\0';
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		memmove(text, text + 1, strlen(text));
	}
	if (addrtext_parse(text, &a))
		return;
	x->c.local = a;
	x->c.lport = (uint16_t)strtoul(colon + 1, NULL, 10);
	x->c.remote = (struct ostia_addr) { .q = { 0 } };
}

static int read_call(struct replay *r, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	int64_t i;

	if (!t->conn)
		return 0;
	i = make(r, ev->node, t->conn);
	if (i < 0)
		return (int)i;
	if (r->s->row[i].c.state == TCP_CLOSE && !r->s->row[i].table)
		r->s->row[i].dead = true; /* ss does not list it either */
	r->s->row[i].proc = t->u.call.proc;
	r->s->row[i].fd = t->u.call.fd;
	if (!strcmp(t->u.call.name, "close"))
		r->s->row[i].fd = -1;
	else if (!strcmp(t->u.call.name, "bind") && t->u.call.args)
		take_bind(&r->s->row[i], t->u.call.args);
	else if (!strcmp(t->u.call.name, "listen") && t->u.call.args)
		r->s->row[i].c.sendq =
			(uint32_t)strtoul(t->u.call.args, NULL, 10);
	return 0;
}

static void read_bytes(struct replay *r, const struct ostia_record_event *ev)
{
	struct socks_row *x = row_of(r, ev->node, ev->trace.conn);
	uint64_t n = ev->trace.u.bytes.to - ev->trace.u.bytes.from;

	if (!x)
		return;
	if (ev->trace.u.bytes.out) {
		x->written = ev->trace.u.bytes.to;
		x->c.sendq += (uint32_t)n;
	} else {
		x->read = ev->trace.u.bytes.to;
		x->c.recvq -= n < x->c.recvq ? (uint32_t)n : x->c.recvq;
	}
}

static void read_cwnd(struct replay *r, const struct ostia_record_event *ev)
{
	struct socks_row *x = row_of(r, ev->node, ev->trace.conn);

	if (!x)
		return;
	x->c.cwnd = ev->trace.u.cwnd.cwnd;
	x->c.srtt_us = ev->trace.u.cwnd.srtt_us;
	x->c.rto_us = ev->trace.u.cwnd.rto_us;
	x->ssthresh = ev->trace.u.cwnd.ssthresh;
	x->unacked = ev->trace.u.cwnd.in_flight;
}

static int read_estats(struct replay *r, const struct ostia_record_event *ev)
{
	struct socks_row *x = row_of(r, ev->node, ev->u.estats.conn);
	struct socks *s = r->s;
	struct socks_counts *c;

	if (!x)
		return 0;
	if (!x->counts) {
		c = index_grow(s->counts, sizeof(*c), s->ncounts,
			       &s->counts_cap);
		if (!c)
			return -ENOMEM;
		s->counts = c;
		x->counts = ++s->ncounts;
	}
	c = &s->counts[x->counts - 1];
	*c = (struct socks_counts) { { 0 } };
	memcpy(c->value, ev->u.estats.value,
	       ev->u.estats.n * sizeof(*c->value));
	return 0;
}

/* ---- segments ---- */

static void fill_holes(struct holes *h, uint64_t *received)
{
	for (uint32_t i = 0; i < h->n;) {
		if (h->from[i] > *received) {
			i++;
			continue;
		}
		if (h->to[i] > *received)
			*received = h->to[i];
		h->n--;
		h->from[i] = h->from[h->n];
		h->to[i] = h->to[h->n];
		i = 0;
	}
}

static void arrive(struct replay *r, const struct flying *f, uint32_t node)
{
	struct socks_row *x;
	struct holes *h;
	uint64_t to = f->from + f->len;

	if (f->to < 0 || r->s->row[f->to].node != node)
		return;
	x = &r->s->row[f->to];
	h = &r->holes[f->to];
	if (f->from <= x->received) {
		if (to > x->received)
			x->received = to;
	} else if (h->n < HOLES) {
		h->from[h->n] = f->from;
		h->to[h->n++] = to;
	}
	fill_holes(h, &x->received);
}

/* Offsets are 64 bits: the one nearest to what was received so far. */
static uint64_t offset_of(uint32_t seq, uint32_t isn, uint64_t near)
{
	return near +
	       (uint64_t)(int64_t)(int32_t)(seq - isn - 1 - (uint32_t)near);
}

static int depart(struct replay *r, const struct ostia_record_event *ev,
		  uint64_t id, uint64_t conn, bool again)
{
	const struct view_pkt *p = view_pkt(r->v, id);
	struct socks_row *x = row_of(r, ev->node, conn);
	const struct view_conv *c;
	const struct view_end *e;
	struct flying *f;
	struct seen s;

	if (x) {
		x->sent = ev->time;
		x->c.retrans += again;
	}
	if (!p || p->conv >= r->v->nconvs || !view_packet(ev, &s) ||
	    !s.is_tcp || !s.payload)
		return 0;
	c = &r->v->conv[p->conv];
	if (c->end[!p->side] < 0 || !c->known[p->side])
		return 0;
	e = &r->v->end[c->end[!p->side]];
	f = index_grow(r->fly, sizeof(*f), r->nfly, &r->fly_cap);
	if (!f || (r->fly = f, index_map_put(&r->pkts, id, r->nfly)))
		return -ENOMEM;
	f += r->nfly++;
	f->len = s.payload;
	f->to = find(r, e->node, e->conn);
	f->from = offset_of(s.tcp.seq, c->isn[p->side],
			    f->to >= 0 ? r->s->row[f->to].received : 0);
	return 0;
}

static int read_wire(struct replay *r, const struct ostia_record_event *ev)
{
	const struct view_host *h;
	int64_t i;

	if (ev->u.wire.fate != OSTIA_FATE_DELIVERED)
		return view_leaves(r->v, ev)
			       ? depart(r, ev, ev->u.wire.pkt, ev->u.wire.conn,
					ev->u.wire.trace_flags &
						OSTIA_TRACE_F_RETRANS)
			       : 0;
	i = index_map_get(&r->pkts, ev->u.wire.pkt);
	h = view_host(r->v, ev->node);
	if (i >= 0 && h && h->type == OSTIA_NODE_HOST)
		arrive(r, &r->fly[i], ev->node);
	return 0;
}

static int read_out(struct replay *r, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	int err = depart(r, ev, t->u.pkt.id, t->conn,
			 t->u.pkt.flags & OSTIA_TRACE_F_RETRANS);
	int64_t i = index_map_get(&r->pkts, t->u.pkt.id);

	if (!err && i >= 0 && !strcmp(t->u.pkt.link, "lo"))
		arrive(r, &r->fly[i], ev->node);
	return err;
}

static void read_timer(struct replay *r, const struct ostia_record_event *ev)
{
	struct socks_row *x = row_of(r, ev->node, ev->trace.conn);

	if (!x || !strcmp(ev->trace.u.timer.name, "delack"))
		return;
	x->tries = ev->trace.u.timer.count;
	x->tried = ev->time;
}

static int read_event(void *ctx, const struct ostia_record_event *ev)
{
	struct replay *r = ctx;

	switch (ev->kind) {
	case OSTIA_RECORD_ROWS:
		return read_rows(r, ev);
	case OSTIA_RECORD_ROW:
		return read_row(r, ev);
	case OSTIA_RECORD_ESTATS:
		return read_estats(r, ev);
	case OSTIA_TRACE_STATE:
		return table_of(r, ev->node) ? read_state(r, ev) : -ENOMEM;
	case OSTIA_TRACE_CALL:
		return read_call(r, ev);
	case OSTIA_TRACE_BYTES:
		read_bytes(r, ev);
		return 0;
	case OSTIA_TRACE_CWND:
		read_cwnd(r, ev);
		return 0;
	case OSTIA_TRACE_TIMER:
		read_timer(r, ev);
		return 0;
	case OSTIA_RECORD_WIRE:
		return read_wire(r, ev);
	case OSTIA_TRACE_OUT:
		return read_out(r, ev);
	default:
		return 0;
	}
}

/* ---- the moment ---- */

static uint64_t acked_by(const struct view_end *e, ostia_time time)
{
	uint64_t acked = 0;

	for (uint32_t i = 0; i < e->nacked && e->acked[i].time <= time; i++)
		acked = e->acked[i].offset;
	return acked;
}

/* A SYN or FIN that is not acknowledged waits as a byte does on Linux. */
static bool asks(uint8_t state)
{
	return state == TCP_SYN_SENT || state == TCP_FIN_WAIT1 ||
	       state == TCP_CLOSING || state == TCP_LAST_ACK;
}

/* Of a connection that was seen from its SYN, queues are what is left. */
static void settle(const struct replay *r, struct socks_row *x, ostia_time time)
{
	const struct view_end *e = view_end(r->v, x->node, x->c.conn);
	uint64_t acked;

	if (x->dead || x->c.proto != IPPROTO_TCP || !x->counted || !e ||
	    e->conv < 0)
		return;
	acked = acked_by(e, time);
	if (acked > acked_by(e, x->tried))
		x->tries = 0;
	x->c.sendq = x->written > acked ? (uint32_t)(x->written - acked) : 0;
	x->c.sendq += asks(x->c.state);
	x->c.recvq =
		x->received > x->read ? (uint32_t)(x->received - x->read) : 0;
}

static void forget(struct replay *r)
{
	index_map_fini(&r->rows);
	index_map_fini(&r->pkts);
	index_map_fini(&r->nodes);
	free(r->holes);
	free(r->fly);
	free(r->table);
}

int socks_at(struct socks *s, const struct view *v, struct ostia_record *rec,
	     ostia_time time)
{
	struct replay r = { .s = s, .v = v };
	int err;

	*s = (struct socks) { .n = 0 };
	err = view_until(v, rec, time, read_event, &r);
	for (uint32_t i = 0; i < s->n; i++)
		settle(&r, &s->row[i], view_moment(v, time));
	forget(&r);
	if (err)
		socks_fini(s);
	return err;
}

void socks_fini(struct socks *s)
{
	free(s->row);
	free(s->counts);
	*s = (struct socks) { .n = 0 };
}
