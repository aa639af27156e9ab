/* SPDX-License-Identifier: MIT */
#include "record/stat.h"

#include "record/socks.h"

#include <errno.h>
#include <netinet/in.h>
#include <ostia/stack.h>
#include <ostia/world.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct stat_sum *s;
	const struct view *v;
};

static uint64_t key_of(uint32_t node, enum stat_kind kind, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u ^ node ^ (uint64_t)kind << 32;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3u;
	return h;
}

static struct stat_row *row_of(struct stat_sum *s, uint32_t node,
			       enum stat_kind kind, const char *name)
{
	uint64_t key = key_of(node, kind, name);
	int64_t i = index_map_get(&s->rows, key);
	struct stat_row *r;

	if (i >= 0)
		return &s->row[i];
	if (s->n == STAT_ROWS_MAX)
		return NULL;
	r = index_grow(s->row, sizeof(*r), s->n, &s->cap);
	if (!r)
		return NULL;
	s->row = r;
	if (index_map_put(&s->rows, key, s->n))
		return NULL;
	r += s->n++;
	*r = (struct stat_row) { .node = node, .kind = kind };
	for (size_t k = 0; k < STAT_NAME - 1 && name[k]; k++)
		r->name[k] = name[k] >= ' ' && name[k] < 0x7f ? name[k] : '?';
	return r;
}

static const char *fate_name(uint8_t fate)
{
	static const char *const names[OSTIA_FATES] = {
		[OSTIA_FATE_LOST] = "loss",   [OSTIA_FATE_BURST] = "burst",
		[OSTIA_FATE_LIMIT] = "limit", [OSTIA_FATE_MTU] = "mtu",
		[OSTIA_FATE_CUT] = "cut",     [OSTIA_FATE_NOMEM] = "nomem",
		[OSTIA_FATE_AQM] = "aqm",
	};

	return fate < OSTIA_FATES ? names[fate] : NULL;
}

static int count(struct stat_sum *s, const struct ostia_record_event *ev)
{
	struct stat_row *r = NULL;
	const char *why;

	if (ev->kind == OSTIA_RECORD_COUNTER) {
		r = row_of(s, ev->node, STAT_COUNTER, ev->u.counter.name);
		if (r)
			r->value = ev->u.counter.value;
		return r ? 0 : -ENOMEM;
	}
	if (ev->kind == OSTIA_TRACE_DROP) {
		why = ev->trace.u.pkt.reason;
		r = row_of(s, ev->node, STAT_DROP, why ? why : "?");
	} else if (ev->kind == OSTIA_RECORD_WIRE &&
		   fate_name(ev->u.wire.fate)) {
		r = row_of(s, ev->u.wire.wire, STAT_WIRE,
			   fate_name(ev->u.wire.fate));
	} else {
		return 0;
	}
	if (r)
		r->value++;
	return r ? 0 : -ENOMEM;
}

/* ---- connections ---- */

static struct stat_conn *conn_of(struct stat_sum *s, uint32_t node,
				 uint64_t conn)
{
	uint64_t key = index_key(node, conn);
	int64_t i = index_map_get(&s->conns, key);
	struct stat_conn *c;

	if (i >= 0)
		return &s->conn[i];
	c = s->nconns < STAT_ROWS_MAX
		    ? index_grow(s->conn, sizeof(*c), s->nconns, &s->conn_cap)
		    : NULL;
	if (!c)
		return NULL;
	s->conn = c;
	if (index_map_put(&s->conns, key, s->nconns))
		return NULL;
	c += s->nconns++;
	*c = (struct stat_conn) { .node = node, .conn = conn };
	return c;
}

/* Tables know the names of connections whose packets nobody kept. */
static int read_row(struct stat_sum *s, const struct ostia_record_event *ev)
{
	const struct ostia_conn_row *row = ev->u.row;
	struct stat_conn *c;

	if (row->proto != IPPROTO_TCP || !row->conn || !row->rport)
		return 0;
	c = conn_of(s, ev->node, row->conn);
	if (!c)
		return -ENOMEM;
	memcpy(c->addr[0], row->local.b, 16);
	memcpy(c->addr[1], row->remote.b, 16);
	c->port[0] = row->lport;
	c->port[1] = row->rport;
	return 0;
}

static int read_estats(struct walk *w, const struct ostia_record_event *ev)
{
	struct stat_conn *c = conn_of(w->s, ev->node, ev->u.estats.conn);
	const struct view_end *e;

	if (!c)
		return -ENOMEM;
	c->n = ev->u.estats.n;
	memcpy(c->value, ev->u.estats.value, c->n * sizeof(*c->value));
	e = c->port[1] ? NULL : view_end(w->v, c->node, c->conn);
	for (int i = 0; e && e->conv >= 0 && i < 2; i++) {
		const struct view_conv *conv = &w->v->conv[e->conv];
		int side = i ? !e->side : e->side;

		memcpy(c->addr[i], conv->addr[side], 16);
		c->port[i] = conv->port[side];
	}
	return 0;
}

/* What became of it afterwards, without its numbers. */
static int read_state(struct stat_sum *s, const struct ostia_record_event *ev)
{
	int64_t i =
		index_map_get(&s->conns, index_key(ev->node, ev->trace.conn));

	if (i >= 0 && s->conn[i].n > ESTATS_StackState)
		s->conn[i].value[ESTATS_StackState] =
			estats_state(socks_number(ev->trace.u.state.to));
	return 0;
}

/* ---- all ---- */

static int read_event(void *ctx, const struct ostia_record_event *ev)
{
	struct walk *w = ctx;

	switch (ev->kind) {
	case OSTIA_RECORD_ROW:
		return read_row(w->s, ev);
	case OSTIA_TRACE_STATE:
		return read_state(w->s, ev);
	case OSTIA_RECORD_ESTATS:
		return read_estats(w, ev);
	default:
		return count(w->s, ev);
	}
}

int stat_at(struct stat_sum *s, const struct view *v, struct ostia_record *rec,
	    ostia_time time)
{
	struct walk w = { .v = v };
	int err;

	*s = (struct stat_sum) { .n = 0 };
	w.s = s;
	err = view_until(v, rec, time, read_event, &w);
	if (err)
		stat_fini(s);
	return err;
}

void stat_fini(struct stat_sum *s)
{
	free(s->row);
	free(s->conn);
	index_map_fini(&s->rows);
	index_map_fini(&s->conns);
	*s = (struct stat_sum) { .n = 0 };
}
