/* SPDX-License-Identifier: MIT */
#include "record/view.h"

#include "record/way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <ostia/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ---- */

void view_name(char *buf, size_t size, const uint8_t addr[16], uint16_t port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	bool v4 = !memcmp(addr, mapped, 12);
	char text[INET6_ADDRSTRLEN];

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + 12 : addr, text,
		  sizeof(text));
	if (!port)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, v4 ? "%s:%u" : "[%s]:%u", text, port);
}

/* Bytes of a file are not a terminal's to obey. */
static void copy_name(char to[VIEW_NAME], const char *s)
{
	snprintf(to, VIEW_NAME, "%s", s);
	for (; *to; to++)
		if ((unsigned char)*to < ' ' || (unsigned char)*to >= 0x7f)
			*to = '?';
}

/* One more element of an array of @v, zeroed; NULL: no memory. */
#define MORE(v, what, n, cap) \
	more((void **)&(v)->what, sizeof(*(v)->what), &(v)->n, &(v)->cap)

static void *more(void **array, size_t size, uint32_t *n, uint32_t *cap)
{
	void *p = index_grow(*array, size, *n, cap);

	if (!p)
		return NULL;
	*array = p;
	return memset((uint8_t *)p + size * (*n)++, 0, size);
}

/* ---- nodes, wires, processes ---- */

static struct view_host *host_of(struct view *v, uint32_t node)
{
	int64_t i = index_map_get(&v->hosts, node);
	struct view_host *h;

	if (i >= 0)
		return &v->host[i];
	if (v->nhosts >= VIEW_HOSTS_MAX ||
	    index_map_put(&v->hosts, node, v->nhosts))
		return NULL;
	h = MORE(v, host, nhosts, host_cap);
	if (!h)
		return NULL;
	h->id = node;
	snprintf(h->name, sizeof(h->name), "host%u", node);
	return h;
}

const struct view_host *view_host(const struct view *v, uint32_t node)
{
	int64_t i = index_map_get(&v->hosts, node);

	return i >= 0 ? &v->host[i] : NULL;
}

static int read_node(struct view *v, const struct ostia_record_event *ev)
{
	struct view_host *h = host_of(v, ev->node);

	if (!h)
		return -ENOMEM;
	copy_name(h->name, ev->u.node.name);
	h->type = ev->u.node.type;
	return 0;
}

static int read_addr(struct view *v, const struct ostia_record_event *ev)
{
	struct view_host *h = host_of(v, ev->node);
	char text[50];

	if (!h)
		return -ENOMEM;
	if ((h->addr[0] && strncmp(h->addr, "fe80", 4) != 0) ||
	    !strcmp(ev->u.addr.link, "lo"))
		return 0;
	view_name(text, sizeof(text), ev->u.addr.addr, 0);
	snprintf(h->addr, sizeof(h->addr), "%s/%u", text, ev->u.addr.plen);
	return 0;
}

static int read_wiring(struct view *v, const struct ostia_record_event *ev)
{
	int64_t i = index_map_get(&v->wires, ev->u.wiring.wire);
	struct view_wire *w;

	if (i < 0 && index_map_put(&v->wires, ev->u.wiring.wire, v->nwires))
		return -ENOMEM;
	w = i < 0 ? MORE(v, wire, nwires, wire_cap) : &v->wire[i];
	if (!w)
		return -ENOMEM;
	w->id = ev->u.wiring.wire;
	memcpy(w->end, ev->u.wiring.end, sizeof(w->end));
	w->ethernet = ev->u.wiring.type == OSTIA_LINK_ETHERNET;
	copy_name(w->name, ev->u.wiring.name);
	return 0;
}

static int read_proc(struct view *v, const struct ostia_record_event *ev)
{
	uint64_t key = index_key(ev->node, ev->u.proc.proc);
	int64_t i = index_map_get(&v->procs, key);
	struct view_proc *p;

	if (i < 0 && index_map_put(&v->procs, key, v->nprocs))
		return -ENOMEM;
	p = i < 0 ? MORE(v, proc, nprocs, proc_cap) : &v->proc[i];
	if (!p)
		return -ENOMEM;
	p->node = ev->node;
	p->proc = ev->u.proc.proc;
	copy_name(p->name, ev->u.proc.name);
	return 0;
}

const char *view_proc(const struct view *v, uint32_t node, uint32_t proc)
{
	int64_t i = index_map_get(&v->procs, index_key(node, proc));

	return i >= 0 ? v->proc[i].name : NULL;
}

/* ---- ends ---- */

static struct view_end *end_of(struct view *v, uint32_t node, uint64_t conn)
{
	uint64_t key = index_key(node, conn);
	int64_t i = index_map_get(&v->ends, key);
	struct view_end *e;

	if (i >= 0)
		return &v->end[i];
	if (index_map_put(&v->ends, key, v->nends))
		return NULL;
	e = MORE(v, end, nends, end_cap);
	if (!e)
		return NULL;
	e->node = node;
	e->conn = conn;
	e->conv = INDEX_NONE;
	return e;
}

const struct view_end *view_end(const struct view *v, uint32_t node,
				uint64_t conn)
{
	int64_t i = conn ? index_map_get(&v->ends, index_key(node, conn))
			 : INDEX_NONE;

	return i >= 0 ? &v->end[i] : NULL;
}

static int add_point(struct view_point **p, uint32_t *n, uint32_t *cap,
		     const struct view_point *x)
{
	struct view_point *q = index_grow(*p, sizeof(*q), *n, cap);

	if (!q)
		return -ENOMEM;
	*p = q;
	q[(*n)++] = *x;
	return 0;
}

const struct view_point *view_when(const struct view_point *p, uint32_t n,
				   uint64_t offset)
{
	uint32_t from = 0, to = n;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;

		if (p[mid].offset >= offset)
			to = mid;
		else
			from = mid + 1;
	}
	return from < n ? &p[from] : NULL;
}

/* ---- calls ---- */

static int read_call(struct view *v, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	struct view_host *h = host_of(v, ev->node);
	struct view_call *c;

	if (!h ||
	    index_map_put(&v->calls, index_key(ev->node, t->call), v->ncalls))
		return -ENOMEM;
	h->active = h->calls = true;
	c = MORE(v, call, ncalls, call_cap);
	if (!c)
		return -ENOMEM;
	c->time = ev->time;
	c->id = t->call;
	c->conn = t->conn;
	c->node = ev->node;
	c->proc = t->u.call.proc;
	c->fd = t->u.call.fd;
	c->connects = !strcmp(t->u.call.name, "connect");
	c->makes = !strcmp(t->u.call.name, "socket") ||
		   !strncmp(t->u.call.name, "accept", 6);
	return 0;
}

static struct view_call *call_of(struct view *v, uint32_t node, uint64_t call)
{
	int64_t i = index_map_get(&v->calls, index_key(node, call));

	return i >= 0 ? &v->call[i] : NULL;
}

const struct view_call *view_call(const struct view *v, uint32_t node,
				  uint64_t call)
{
	int64_t i = index_map_get(&v->calls, index_key(node, call));

	return i >= 0 ? &v->call[i] : NULL;
}

static void read_return(struct view *v, const struct ostia_record_event *ev)
{
	struct view_call *c = call_of(v, ev->node, ev->trace.call);
	int64_t r = ev->trace.u.call.result;

	if (!c)
		return;
	c->returned = true;
	c->result = r > INT32_MAX   ? INT32_MAX
		    : r < INT32_MIN ? INT32_MIN
				    : (int32_t)r;
}

static int read_bytes(struct view *v, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	struct view_call *c = call_of(v, ev->node, t->call);
	struct view_end *e = end_of(v, ev->node, t->conn);
	const struct view_point p = { ev->time, t->u.bytes.to, t->call };

	if (!e)
		return -ENOMEM;
	if (c && c->from == c->to)
		c->from = t->u.bytes.from;
	if (c) {
		c->to = t->u.bytes.to;
		c->out = t->u.bytes.out;
	}
	return t->u.bytes.out
		       ? 0
		       : add_point(&e->read, &e->nread, &e->read_cap, &p);
}

/* ---- conversations ---- */

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n--)
		h = (h ^ *b++) * 0x100000001b3u;
	return h;
}

/* The same for both directions. */
static uint64_t conv_key(const struct seen *s)
{
	uint64_t h[2];

	for (int i = 0; i < 2; i++)
		h[i] = mix(mix(s->proto, s->addr[i], 16), &s->port[i], 2);
	return h[0] + h[1] + s->proto;
}

static int side_in(const struct view_conv *c, const struct seen *s)
{
	return c->port[0] == s->port[0] && !memcmp(c->addr[0], s->addr[0], 16)
		       ? 0
		       : 1;
}

/* A SYN with a number that was never used begins another one. */
static bool begins_anew(const struct view_conv *c, const struct seen *s)
{
	int side = side_in(c, s);

	return s->is_tcp &&
	       (s->tcp.flags & (WIRE_TCP_SYN | WIRE_TCP_ACK)) == WIRE_TCP_SYN &&
	       c->known[side] && c->isn[side] != s->tcp.seq;
}

static struct view_conv *conv_of(struct view *v, const struct seen *s,
				 ostia_time now)
{
	uint64_t key = conv_key(s);
	int64_t i = index_map_get(&v->convs, key);
	struct view_conv *c;

	if (i >= 0 && !begins_anew(&v->conv[i], s))
		return &v->conv[i];
	if (v->nconvs >= VIEW_CONVS_MAX ||
	    index_map_put(&v->convs, key, v->nconvs))
		return NULL;
	c = MORE(v, conv, nconvs, conv_cap);
	if (!c)
		return NULL;
	c->proto = s->proto;
	memcpy(c->addr, s->addr, sizeof(c->addr));
	memcpy(c->port, s->port, sizeof(c->port));
	c->end[0] = c->end[1] = INDEX_NONE;
	c->first = now;
	return c;
}

/* Numbers count from the SYN; without one, from the first that was seen. */
static void learn_isn(struct view_conv *c, int side, const struct seen *s)
{
	if (!s->is_tcp)
		return;
	if (s->tcp.flags & WIRE_TCP_SYN) {
		c->isn[side] = s->tcp.seq;
		c->known[side] = true;
	} else if (!c->any[side]) {
		c->isn[side] = s->tcp.seq;
	}
	c->any[side] = true;
}

/* The other side of its conversation hears what @k acknowledges. */
static int hear_ack(struct view *v, const struct view_pkt *k, ostia_time when)
{
	const struct view_conv *c = &v->conv[k->conv];
	struct view_end *e;
	struct view_point p = { .time = when };
	bool side = k->side;
	uint32_t rel;

	if (!k->acks || c->end[!side] < 0 || !c->known[!side])
		return 0;
	e = &v->end[c->end[!side]];
	p.offset = e->nacked ? e->acked[e->nacked - 1].offset : 0;
	rel = k->ack - c->isn[!side] - 1 - (uint32_t)p.offset;
	if (!rel || rel > UINT32_MAX / 2)
		return 0; /* nothing new */
	p.offset += rel;
	return add_point(&e->acked, &e->nacked, &e->acked_cap, &p);
}

static int join_end(struct view *v, uint32_t conv, int side, uint32_t node,
		    uint64_t conn)
{
	struct view_end *e = end_of(v, node, conn);

	if (!e)
		return -ENOMEM;
	if (e->conv == INDEX_NONE) {
		e->conv = conv;
		e->side = side;
	}
	if (v->conv[conv].end[side] == INDEX_NONE)
		v->conv[conv].end[side] = e - v->end;
	return 0;
}

/* ---- packets ---- */

bool view_leaves(const struct view *v, const struct ostia_record_event *ev)
{
	const struct view_pkt *p;
	const struct view_host *h;

	if (ev->kind == OSTIA_TRACE_OUT)
		return true;
	if (ev->kind != OSTIA_RECORD_WIRE ||
	    ev->u.wire.fate == OSTIA_FATE_DELIVERED)
		return false;
	h = view_host(v, ev->node);
	p = view_pkt(v, ev->u.wire.pkt);
	return p ? p->node == ev->node : !h || h->type == OSTIA_NODE_HOST;
}

bool view_packet(const struct ostia_record_event *ev, struct seen *s)
{
	if (ev->kind == OSTIA_RECORD_WIRE)
		return seen_read(
			s, ev->u.wire.data, ev->u.wire.data_len, ev->u.wire.len,
			ev->u.wire.trace_flags & OSTIA_TRACE_F_ETHERNET);
	return seen_read(s, ev->trace.u.pkt.data, ev->trace.u.pkt.data_len,
			 ev->trace.u.pkt.len,
			 ev->trace.u.pkt.flags & OSTIA_TRACE_F_ETHERNET);
}

const struct view_pkt *view_pkt(const struct view *v, uint64_t pkt)
{
	int64_t i = index_map_get(&v->pkts, pkt);

	return i >= 0 ? &v->pkt[i] : NULL;
}

struct sent {
	uint64_t id, conn;
	ostia_time arrive;
	uint8_t fate;
	bool again;
};

static struct sent sent_of(const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;

	if (ev->kind == OSTIA_TRACE_OUT)
		return (struct sent) { t->u.pkt.id, t->conn, ev->time,
				       OSTIA_FATE_SENT,
				       t->u.pkt.flags & OSTIA_TRACE_F_RETRANS };
	return (struct sent) { ev->u.wire.pkt, ev->u.wire.conn,
			       ev->u.wire.arrive ? ev->u.wire.arrive : ev->time,
			       ev->u.wire.fate,
			       ev->u.wire.trace_flags & OSTIA_TRACE_F_RETRANS };
}

static int count_conv(struct view *v, const struct ostia_record_event *ev,
		      const struct sent *x, struct view_pkt *p)
{
	struct view_conv *c;
	struct seen s;
	int side, err = 0;

	p->conv = UINT32_MAX;
	if (!view_packet(ev, &s))
		return 0;
	c = conv_of(v, &s, ev->time);
	if (!c)
		return -ENOMEM;
	side = side_in(c, &s);
	p->conv = (uint32_t)(c - v->conv);
	p->side = (uint8_t)side;
	c->last = ev->time;
	c->node[side] = ev->node;
	c->packets[side]++;
	c->bytes[side] += s.payload;
	c->resent[side] += x->again;
	learn_isn(c, side, &s);
	if (x->conn)
		err = join_end(v, p->conv, side, ev->node, x->conn);
	p->acks = s.is_tcp && s.tcp.flags & WIRE_TCP_ACK;
	p->ack = s.tcp.ack;
	if (!err && ev->kind == OSTIA_TRACE_OUT) /* nobody tells of wires */
		err = hear_ack(v, p, x->arrive);
	return err;
}

static void count_loss(struct view *v, const struct view_pkt *p)
{
	if (p->conv < v->nconvs)
		v->conv[p->conv].lost[p->side]++;
}

static int read_sent(struct view *v, const struct ostia_record_event *ev)
{
	const struct sent x = sent_of(ev);
	struct view_host *h = host_of(v, ev->node);
	struct view_pkt *p;
	int err;

	if (!h || index_map_put(&v->pkts, x.id, v->npkts))
		return -ENOMEM;
	h->active = true;
	p = MORE(v, pkt, npkts, pkt_cap);
	if (!p)
		return -ENOMEM;
	p->arrive = x.arrive;
	p->node = ev->node;
	p->fate = x.fate;
	err = count_conv(v, ev, &x, p);
	if (p->fate != OSTIA_FATE_SENT)
		count_loss(v, p);
	return err;
}

/* It came to where the other side is, or to a box. */
static int read_arrival(struct view *v, struct view_pkt *p,
			const struct ostia_record_event *ev)
{
	const struct view_host *h = view_host(v, ev->node);
	uint32_t end;

	p->arrive = ev->time;
	if (p->fate == OSTIA_FATE_SENT)
		p->fate = OSTIA_FATE_DELIVERED;
	if (!h || h->type == OSTIA_NODE_SWITCH)
		return 0;
	if (p->conv >= v->nconvs) /* ARP ends where it comes */
		return way_come(v, p, ev->node, ev->time);
	end = v->conv[p->conv].node[!p->side];
	return end == ev->node ? hear_ack(v, p, ev->time)
			       : way_come(v, p, ev->node, ev->time);
}

/* On a later wire of its way, or at an end. */
static int read_passing(struct view *v, const struct ostia_record_event *ev)
{
	int64_t i = index_map_get(&v->pkts, ev->u.wire.pkt);
	struct view_pkt *p = i >= 0 ? &v->pkt[i] : NULL;
	struct view_host *h;

	if (!p)
		return 0;
	if (ev->u.wire.fate == OSTIA_FATE_DELIVERED)
		return read_arrival(v, p, ev);
	h = host_of(v, ev->node);
	if (!h)
		return -ENOMEM;
	h->forwards = true;
	way_go(v, p, ev->node, ev->time);
	if (ev->u.wire.fate == OSTIA_FATE_SENT) {
		p->arrive = ev->u.wire.arrive;
		p->fate = OSTIA_FATE_SENT;
	} else {
		p->fate = ev->u.wire.fate;
		count_loss(v, p);
	}
	return 0;
}

static void read_drop(struct view *v, const struct ostia_record_event *ev)
{
	const struct view_pkt *p = view_pkt(v, ev->trace.u.pkt.id);

	if (p)
		way_drop(v, p, ev->node, ev->trace.u.pkt.reason);
}

/* ---- all of it ---- */

static int read_event(struct view *v, const struct ostia_record_event *ev)
{
	switch (ev->kind) {
	case OSTIA_TRACE_CALL:
		return read_call(v, ev);
	case OSTIA_TRACE_RETURN:
		read_return(v, ev);
		return 0;
	case OSTIA_TRACE_BYTES:
		return read_bytes(v, ev);
	case OSTIA_TRACE_OUT:
		return read_sent(v, ev);
	case OSTIA_RECORD_WIRE:
		v->any_wire = true;
		if (view_leaves(v, ev))
			return read_sent(v, ev);
		return read_passing(v, ev);
	case OSTIA_TRACE_DROP:
		read_drop(v, ev);
		return 0;
	case OSTIA_RECORD_NODE:
		return read_node(v, ev);
	case OSTIA_RECORD_ADDR:
		return read_addr(v, ev);
	case OSTIA_RECORD_WIRING:
		return read_wiring(v, ev);
	case OSTIA_RECORD_PROC:
		return read_proc(v, ev);
	default:
		return 0;
	}
}

/* Names of a ring come first and have no time of their own. */
static void take_time(struct view *v, const struct ostia_record_event *ev)
{
	bool name =
		ev->kind >= OSTIA_RECORD_NODE && ev->kind <= OSTIA_RECORD_PROC;

	if (!v->begun && !(name && !ev->time) && ev->kind != OSTIA_RECORD_GAP) {
		v->begun = true;
		v->begin = ev->time;
	}
	v->last = ev->time;
	v->events++;
}

/* Only now it is known who forwards, and what came out of it. */
static void read_ends(struct view *v)
{
	for (uint32_t i = 0; i < v->npkts; i++) {
		struct view_pkt *p = &v->pkt[i];

		if (!p->hop || p->fate != OSTIA_FATE_DELIVERED ||
		    p->conv >= v->nconvs || !way_ends(v, p))
			continue;
		p->fate = VIEW_DROPPED;
		count_loss(v, p);
	}
}

int view_read(struct view *v, struct ostia_record *rec)
{
	struct ostia_record_event ev;
	int r, err = 0;

	*v = (struct view) { .begin = 0 };
	while (!err && (r = ostia_record_next(rec, &ev)) > 0) {
		take_time(v, &ev);
		err = read_event(v, &ev);
	}
	ostia_record_info(rec, &v->info);
	read_ends(v);
	if (!err)
		err = r < 0 ? r : ostia_record_rewind(rec);
	if (err)
		view_fini(v);
	return err;
}

void view_fini(struct view *v)
{
	for (uint32_t i = 0; i < v->nends; i++) {
		free(v->end[i].read);
		free(v->end[i].acked);
	}
	free(v->host);
	free(v->proc);
	free(v->wire);
	free(v->end);
	free(v->conv);
	free(v->call);
	free(v->pkt);
	free(v->hop);
	index_map_fini(&v->hosts);
	index_map_fini(&v->procs);
	index_map_fini(&v->wires);
	index_map_fini(&v->ends);
	index_map_fini(&v->convs);
	index_map_fini(&v->calls);
	index_map_fini(&v->pkts);
	*v = (struct view) { .begin = 0 };
}

int view_until(const struct view *v, struct ostia_record *rec, ostia_time time,
	       int (*take)(void *ctx, const struct ostia_record_event *ev),
	       void *ctx)
{
	ostia_time end = view_moment(v, time);
	struct ostia_record_event ev;
	int got, err = 0;

	while (!err && (got = ostia_record_next(rec, &ev)) > 0 &&
	       ev.time <= end)
		err = take(ctx, &ev);
	if (!err)
		err = got < 0 ? got : ostia_record_rewind(rec);
	return err;
}
