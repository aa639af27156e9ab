/* SPDX-License-Identifier: MIT */
/*
 * Looks: what a world or a stack consists of, told when it is new or other
 * than before; and, now and then, its counters and its table of sockets.
 */
#include "record/estats.h"
#include "record/faults.h"
#include "record/recorder.h"
#include "stack/stack.h"
#include "tcp/tcp.h"
#include "world/wire.h"

#include <assert.h>
#include <linux/tcp.h>
#include <ostia/net.h>
#include <ostia/stack.h>
#include <string.h>

enum { ADDRS = 64, FAULTS_TEXT = 256 };

/* The first part of a key of what was told. */
static uint64_t key(uint32_t kind, uint64_t a, uint64_t b)
{
	const uint64_t parts[3] = { kind, a, b };

	return told_hash(0, parts, sizeof(parts));
}

static uint64_t text_hash(uint64_t seed, const char *s)
{
	return told_hash(seed, s, strlen(s));
}

/* ---- names ---- */

/* A name is written where it happens, and for what is left of a ring. */
struct spot {
	struct recorder_pen *pen[2];
};

static struct spot begin(struct ostia_recorder *r, uint32_t kind,
			 ostia_time time, uint32_t node)
{
	struct spot s;

	s.pen[0] = recorder_begin(r, kind, time, node);
	s.pen[1] = recorder_begin_name(r, kind, node);
	return s;
}

static void say_text(struct spot *s, const char *text)
{
	for (int i = 0; i < 2; i++)
		if (s->pen[i])
			recorder_text(s->pen[i], text);
}

static void say_u(struct spot *s, uint64_t v)
{
	for (int i = 0; i < 2; i++)
		if (s->pen[i])
			chunk_u(&s->pen[i]->c, v);
}

static void say_bytes(struct spot *s, const void *p, uint32_t n)
{
	for (int i = 0; i < 2; i++)
		if (s->pen[i])
			memcpy(chunk_room(&s->pen[i]->c, n), p, n);
}

static void tell_node(struct ostia_recorder *r, ostia_time now, uint32_t id,
		      const char *name, uint32_t type)
{
	struct spot s;

	if (!told_news(&r->told, key(OSTIA_RECORD_NODE, id, 0),
		       text_hash(type, name)))
		return;
	s = begin(r, OSTIA_RECORD_NODE, now, id);
	say_text(&s, name);
	say_u(&s, type);
}

static void tell_addr(struct ostia_recorder *r, ostia_time now, uint32_t node,
		      const char *link, const struct ostia_addr_row *a)
{
	uint64_t h = told_hash(text_hash(a->plen, link), &a->addr, 16);
	struct spot s;

	if (!told_news(&r->told, key(OSTIA_RECORD_ADDR, node, h), 1))
		return;
	s = begin(r, OSTIA_RECORD_ADDR, now, node);
	say_text(&s, link);
	say_u(&s, a->plen);
	say_bytes(&s, &a->addr, 16);
}

static void tell_addrs(struct ostia_recorder *r, ostia_time now, uint32_t node,
		       const struct ostia_stack *stack)
{
	struct ostia_link *l = NULL;

	while ((l = ostia_link_after(stack, l ? ostia_link_index(l) : 0))) {
		struct ostia_addr_row rows[ADDRS];
		int n = ostia_addr_list(l, rows, ADDRS);

		for (int i = 0; i < n && i < ADDRS; i++)
			tell_addr(r, now, node, ostia_link_name(l), &rows[i]);
	}
}

static void tell_wire(struct ostia_recorder *r, ostia_time now,
		      const struct ostia_wire *w)
{
	char faults[2][FAULTS_TEXT];
	uint64_t h = text_hash(w->mtu, w->name);
	struct spot s;

	for (int i = 0; i < 2; i++) {
		if (w->lane[i].cut)
			strcpy(faults[i], "cut");
		else
			faults_words(faults[i], FAULTS_TEXT,
				     &w->lane[i].fates.faults);
		h = text_hash(h, faults[i]);
	}
	if (!told_news(&r->told, key(OSTIA_RECORD_WIRING, w->id, 0), h))
		return;
	s = begin(r, OSTIA_RECORD_WIRING, now, w->end[0].node->id);
	say_text(&s, w->name);
	say_u(&s, w->id);
	say_u(&s, w->end[1].node->id);
	say_u(&s, w->type);
	say_u(&s, w->mtu);
	say_text(&s, faults[0]);
	say_text(&s, faults[1]);
}

void ostia_recorder_name(struct ostia_recorder *r, uint32_t node, uint32_t proc,
			 const char *name)
{
	struct spot s;

	if (!told_news(&r->told, key(OSTIA_RECORD_PROC, node, proc),
		       text_hash(0, name)))
		return;
	s = begin(r, OSTIA_RECORD_PROC, r->time, node);
	say_u(&s, proc);
	say_text(&s, name);
}

void ostia_recorder_note(struct ostia_recorder *r, ostia_time time,
			 const char *text)
{
	struct recorder_pen *p = recorder_begin(r, OSTIA_RECORD_NOTE, time, 0);

	if (p)
		chunk_text(&p->c, &p->texts, text, false);
}

/* ---- numbers ---- */

/* A host's, or without @stack those of a router or switch. */
static void tell_counters(struct ostia_recorder *r, ostia_time now, uint32_t id,
			  const struct ostia_stack *stack,
			  const struct ostia_node *box, bool all)
{
	const char *name;
	uint64_t v;

	for (unsigned i = 0; (name = stack ? ostia_counter(stack, i, &v)
					   : ostia_node_counter(box, i, &v));
	     i++) {
		bool news = told_news(&r->told,
				      key(OSTIA_RECORD_COUNTER, id, i), v);
		struct recorder_pen *p;

		if (!v || (!news && !all))
			continue;
		p = recorder_begin(r, OSTIA_RECORD_COUNTER, now, id);
		if (!p)
			return;
		recorder_text(p, name);
		chunk_u(&p->c, v);
	}
}

static void put_row(struct recorder_pen *p, const struct ostia_conn_row *row)
{
	struct chunk *c = &p->c;

	chunk_u(c, row->proto);
	chunk_u(c, row->state);
	chunk_u(c, row->lport);
	chunk_u(c, row->rport);
	memcpy(chunk_room(c, 16), row->local.b, 16);
	memcpy(chunk_room(c, 16), row->remote.b, 16);
	chunk_u(c, row->recvq);
	chunk_u(c, row->sendq);
	chunk_u(c, row->conn);
	chunk_u(c, row->srtt_us);
	chunk_u(c, row->rto_us);
	chunk_u(c, row->cwnd);
	chunk_u(c, row->retrans);
	chunk_u(c, row->peer);
	chunk_u(c, row->type);
	memcpy(chunk_room(c, row->path_len), row->path, row->path_len);
}

/* Sockets beyond the cap are counted, not kept. */
static uint32_t list_rows(struct ostia_recorder *r, struct ostia_stack *stack,
			  uint64_t *left_out)
{
	struct ostia_usage u;
	uint64_t cursor = 0, all;
	uint32_t n = 0;
	int got;

	while (n < r->cfg.rows &&
	       (got = ostia_conn_list(stack, &cursor, r->rows + n,
				      (int)(r->cfg.rows - n))) > 0)
		n += (uint32_t)got;
	ostia_stack_usage(stack, &u);
	all = u.conns + u.half_open + u.time_wait + u.listeners + u.udp_socks +
	      u.raw_socks + u.local_socks;
	*left_out = n == r->cfg.rows && all > n ? all - n : 0;
	return n;
}

static void tell_rows(struct ostia_recorder *r, ostia_time now, uint32_t node,
		      struct ostia_stack *stack)
{
	uint64_t left_out;
	uint32_t n = list_rows(r, stack, &left_out);
	struct recorder_pen *p =
		recorder_begin(r, OSTIA_RECORD_ROWS, now, node);

	if (!p)
		return;
	chunk_u(&p->c, n);
	chunk_u(&p->c, left_out);
	for (uint32_t i = 0; i < n; i++) {
		p = recorder_begin(r, OSTIA_RECORD_ROW, now, node);
		if (p)
			put_row(p, &r->rows[i]);
	}
}

/* No more connections than sockets. */
static void tell_estats(struct ostia_recorder *r, ostia_time now, uint32_t node,
			struct ostia_stack *stack)
{
	struct tcp_info info;
	uint64_t cursor = 0, conn;

	for (uint32_t n = 0;
	     n < r->cfg.rows &&
	     (conn = tcp_info_next(stack->tcp, &cursor, &info)) != 0;
	     n++)
		hear_estats(r, now, node, conn, &info);
}

/* ---- looks ---- */

enum { KEY_SLOT = OSTIA_RECORD_KINDS, KEY_HEARD, KEY_FORCED };

/* Asked for; or in a new slot of time, if anything happened since the last.
 * @all: receives whether what did not change is told, too
 */
static bool is_due(struct ostia_recorder *r, uint32_t id, ostia_time now,
		   bool *all)
{
	uint64_t slot = now / r->cfg.look_every + 1;

	*all = told_news(&r->told, key(KEY_FORCED, id, 0), r->forced);
	if (!told_news(&r->told, key(KEY_SLOT, id, 0), slot) && !*all)
		return false;
	return told_news(&r->told, key(KEY_HEARD, id, 0), r->heard) || *all;
}

static void look_at_host(struct ostia_recorder *r, ostia_time now, uint32_t id,
			 struct ostia_stack *stack, bool all)
{
	tell_addrs(r, now, id, stack);
	tell_counters(r, now, id, stack, NULL, all);
	tell_rows(r, now, id, stack);
	tell_estats(r, now, id, stack);
}

void ostia_recorder_look_stack(struct ostia_recorder *r, uint32_t id,
			       const char *name, struct ostia_stack *stack)
{
	ostia_time now = ostia_now(stack);
	bool all;

	tell_node(r, now, id, name, OSTIA_NODE_HOST);
	if (!is_due(r, id, now, &all))
		return;
	look_at_host(r, now, id, stack, all);
	if (r->cfg.to_fd)
		(void)ostia_recorder_flush(r);
}

static void name_proc(void *ctx, uint32_t node, uint32_t proc, const char *name)
{
	ostia_recorder_name(ctx, node, proc, name);
}

void ostia_recorder_look(struct ostia_recorder *r, struct ostia_world *w)
{
	bool all;

	if (!is_due(r, 0, w->now, &all))
		return;
	list_each (node, &w->nodes) {
		const struct ostia_node *n =
			list_entry(node, struct ostia_node, world_nodes);

		tell_node(r, w->now, n->id, n->name, n->kind);
		if (n->kind == WORLD_HOST)
			look_at_host(r, w->now, n->id, ostia_host_stack(n),
				     all);
		else
			tell_counters(r, w->now, n->id, NULL, n, all);
	}
	list_each (node, &w->wires)
		tell_wire(r, w->now,
			  list_entry(node, struct ostia_wire, wires));
	world_task_procs(w, name_proc, r);
	if (r->cfg.to_fd) /* who reads along sees it; nothing else is lost */
		(void)ostia_recorder_flush(r);
}

void ostia_recorder_now(struct ostia_recorder *r)
{
	r->forced++;
}

static_assert((int)OSTIA_NODE_HOST == (int)WORLD_HOST &&
		      (int)OSTIA_NODE_SWITCH == (int)WORLD_SWITCH &&
		      (int)OSTIA_NODE_ROUTER == (int)WORLD_ROUTER,
	      "nodes of recordings are those of worlds");
