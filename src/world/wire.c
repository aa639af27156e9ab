/* SPDX-License-Identifier: MIT */
#include "world/wire.h"

#include "base/csum.h"
#include "stack/gso.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_MTU = 1500,
	DEFAULT_LIMIT = 1000, /* packets that wait for a rate: netem's */
	ECN_CE = 3,
	FLOW_HEAD = 96, /* bytes that tell a packet's flow */
};

/* A packet that is not where its order would put it. */
struct world_late {
	struct world_event ev;
	struct ostia_pkt *pkt;
	struct world_late *next;
};

/* ---- telling ---- */

static void tell(const struct world_lane *l, const struct ostia_pkt *p,
		 enum ostia_fate fate, const struct ostia_world_trace *more)
{
	struct ostia_world *w = l->wire->world;
	struct ostia_world_trace ev = { 0 };

	if (!w->cfg.trace)
		return;
	if (more)
		ev = *more;
	ev.time = w->now;
	ev.node = fate == OSTIA_FATE_DELIVERED ? l->to->node->id
					       : l->from->node->id;
	ev.wire = l->wire->id;
	ev.dir = l->dir;
	ev.fate = (uint8_t)fate;
	ev.pkt = p;
	ev.ethernet = l->wire->type == OSTIA_LINK_ETHERNET;
	w->cfg.trace(w->cfg.trace_ctx, &ev);
}

static uint64_t *drop_counter(struct ostia_wire_stats *s, enum ostia_fate fate)
{
	switch (fate) {
	case OSTIA_FATE_LOST:
		return &s->lost;
	case OSTIA_FATE_BURST:
		return &s->burst;
	case OSTIA_FATE_LIMIT:
		return &s->limit;
	case OSTIA_FATE_MTU:
		return &s->mtu;
	case OSTIA_FATE_CUT:
		return &s->cut;
	case OSTIA_FATE_AQM:
		return &s->aqm;
	default:
		return &s->nomem;
	}
}

static void lose(struct world_lane *l, struct ostia_pkt *p,
		 enum ostia_fate fate, uint8_t flags)
{
	const struct ostia_world_trace ev = { .flags = flags };

	++*drop_counter(&l->stats, fate);
	tell(l, p, fate, &ev);
	pkt_free(p);
}

/* ---- flight ---- */

static void arm(struct world_lane *l)
{
	ostia_time t = world_eventq_next(&l->late);

	if (l->head && l->head->when < t)
		t = l->head->when;
	if (l->queue && l->queue->n && l->free_at < t)
		t = l->free_at;
	if (t == OSTIA_NEVER)
		world_eventq_disarm(&l->wire->world->q, &l->ev);
	else if (!l->ev.pos || l->ev.time != t)
		world_eventq_arm(&l->wire->world->q, &l->ev, t);
}

static struct world_late *late_new(struct world_lane *l)
{
	struct world_late *x = l->spare;

	if (x) {
		l->spare = x->next;
		return x;
	}
	if (world_eventq_reserve(&l->late))
		return NULL;
	x = calloc(1, sizeof(*x));
	if (!x)
		world_eventq_unreserve(&l->late);
	l->allocs++;
	return x;
}

static int fly_late(struct world_lane *l, struct ostia_pkt *p)
{
	struct world_late *x = late_new(l);

	if (!x)
		return -ENOMEM;
	x->pkt = p;
	world_eventq_arm(&l->late, &x->ev, p->when);
	return 0;
}

static void fly_in_order(struct world_lane *l, struct ostia_pkt *p)
{
	p->next = NULL;
	*l->tail = p;
	l->tail = &p->next;
	l->last = p->when;
}

static int fly(struct world_lane *l, struct ostia_pkt *p, ostia_time arrive)
{
	p->when = arrive;
	if (!l->head || arrive >= l->last)
		fly_in_order(l, p);
	else if (fly_late(l, p))
		return -ENOMEM;
	l->stats.in_flight++;
	l->wire->world->stats.in_flight++;
	l->bytes_in_flight += p->len;
	if (!l->ev.pos || arrive < l->ev.time)
		world_eventq_arm(&l->wire->world->q, &l->ev, arrive);
	return 0;
}

static struct ostia_pkt *next_due(struct world_lane *l, ostia_time now)
{
	struct ostia_pkt *p = l->head;

	if (p && p->when <= now) {
		l->head = p->next;
		if (l->head)
			__builtin_prefetch(l->head);
		else
			l->tail = &l->head;
		return p;
	}
	if (world_eventq_next(&l->late) <= now) {
		struct world_late *x = list_entry(world_eventq_pop(&l->late),
						  struct world_late, ev);

		x->next = l->spare;
		l->spare = x;
		return x->pkt;
	}
	return NULL;
}

static void land(struct world_lane *l, struct ostia_pkt *p)
{
	struct world_port *to = l->to;

	l->stats.in_flight--;
	l->wire->world->stats.in_flight--;
	l->bytes_in_flight -= p->len;
	l->stats.delivered++;
	l->stats.delivered_bytes += p->len;
	tell(l, p, OSTIA_FATE_DELIVERED, NULL);
	p->next = NULL;
	*to->in_tail = p;
	to->in_tail = &p->next;
}

static void pump(struct world_lane *l);

void world_wire_arrive(struct world_lane *l)
{
	ostia_time now = l->wire->world->now;
	struct ostia_pkt *p;

	if (l->queue)
		pump(l);
	while ((p = next_due(l, now)))
		land(l, p);
	arm(l);
	world_mark(l->to->node);
}

/* ---- the queue before the rate ---- */

static uint32_t waiting(struct world_lane *l, ostia_time now)
{
	while (l->ring_n && l->left[l->ring_first] <= now) {
		l->ring_first = (l->ring_first + 1) % l->ring_cap;
		l->ring_n--;
	}
	return l->ring_n;
}

static bool is_full(struct world_lane *l, uint32_t len, ostia_time now)
{
	const struct ostia_faults *f = &l->fates.faults;
	uint64_t bytes = l->bytes_in_flight;

	if (!f->rate) {
		if (f->limit && l->stats.in_flight >= f->limit)
			return true;
	} else {
		if (l->ring_cap && waiting(l, now) >= l->ring_cap)
			return true;
		bytes = l->free_at > now
				? (l->free_at - now) / 1000 * f->rate / 1000000
				: 0;
	}
	return f->limit_bytes && bytes + len > f->limit_bytes;
}

/* When the last bit of @len bytes has left. */
static ostia_time departure(struct world_lane *l, uint32_t len, ostia_time now)
{
	const struct ostia_faults *f = &l->fates.faults;
	int64_t bytes = (int64_t)len + f->overhead;

	if (!f->rate)
		return now;
	if (l->free_at < now)
		l->free_at = now;
	if (bytes > 0)
		l->free_at += (uint64_t)bytes * OSTIA_S / f->rate;
	if (l->ring_cap) {
		l->left[(l->ring_first + l->ring_n) % l->ring_cap] = l->free_at;
		l->ring_n++;
	}
	return l->free_at;
}

/* ---- faults ---- */

/* Make slice @i of @p private and flip a bit of its byte @at. */
static int flip_in_slice(struct ostia_pkt *p, unsigned i, uint32_t at,
			 uint8_t mask)
{
	struct slice *s = &p->slice[i];
	struct block *b = block_new(p->pool, s->len);

	if (!b)
		return -ENOMEM;
	memcpy(b->mem, slice_ptr(s), s->len);
	b->used = s->len;
	b->mem[at] ^= mask;
	block_put(s->block);
	s->block = b;
	s->off = 0;
	return 0;
}

static int flip(struct ostia_pkt *p, uint32_t bit)
{
	uint8_t mask = (uint8_t)(0x80 >> (bit & 7));
	uint32_t at = bit / 8;

	if (at < p->hlen) {
		p->head[p->hoff + at] ^= mask;
		return 0;
	}
	at -= p->hlen;
	for (unsigned i = 0; i < p->nslices; i++) {
		if (at < p->slice[i].len)
			return flip_in_slice(p, i, at, mask);
		at -= p->slice[i].len;
	}
	return 0;
}

/* ---- a queue with a discipline ---- */

static int set_byte(struct ostia_pkt *p, uint32_t at, uint8_t value)
{
	uint8_t was = 0;

	pkt_copy_out(p, at, &was, 1);
	for (uint32_t bit = 0; bit < 8; bit++)
		if ((was ^ value) & 0x80 >> bit && flip(p, at * 8 + bit))
			return -ENOMEM;
	return 0;
}

static uint32_t ip_at(const struct world_lane *l)
{
	return l->wire->type == OSTIA_LINK_ETHERNET ? WIRE_ETH_HLEN : 0;
}

static uint8_t codepoint(const uint8_t *ip, uint32_t n)
{
	if (n >= WIRE_IP4_HLEN && ip[0] >> 4 == 4)
		return ip[1] & ECN_CE;
	if (n >= WIRE_IP6_HLEN && ip[0] >> 4 == 6)
		return ip[1] >> 4 & ECN_CE;
	return 0; /* ARP ... */
}

/* CE into the IP header, and IPv4's checksum along (RFC 1624). */
static int set_ce(const struct world_lane *l, struct ostia_pkt *p)
{
	uint32_t at = ip_at(l);
	uint8_t ip[WIRE_IP4_HLEN];
	uint16_t was, is, check;
	int err;

	if (pkt_copy_out(p, at, ip, sizeof(ip)) < sizeof(ip))
		return 0;
	if (ip[0] >> 4 == 6)
		return set_byte(p, at + 1, ip[1] | ECN_CE << 4);
	memcpy(&was, ip, sizeof(was));
	ip[1] |= ECN_CE;
	memcpy(&is, ip, sizeof(is));
	memcpy(&check, ip + 10, sizeof(check));
	check = csum_update(check, was, is);
	memcpy(ip + 10, &check, sizeof(check));
	err = set_byte(p, at + 1, ip[1]);
	if (!err)
		err = set_byte(p, at + 10, ip[10]);
	return err ? err : set_byte(p, at + 11, ip[11]);
}

static void idle_waiting(struct world_lane *l, struct world_waiting *w)
{
	w->next = l->idle;
	l->idle = w;
	l->stats.in_flight--;
	l->wire->world->stats.in_flight--;
}

static void launch(struct world_lane *l, struct world_waiting *w)
{
	struct ostia_world_trace ev = { .flags = w->flags, .bit = w->bit };
	ostia_time now = l->wire->world->now;
	struct ostia_pkt *p = w->pkt;

	idle_waiting(l, w);
	if (w->mark && set_ce(l, p)) {
		lose(l, p, OSTIA_FATE_NOMEM, w->flags);
		return;
	}
	ev.entered = w->since;
	ev.depart = departure(l, w->len, now);
	ev.arrive = ev.depart + w->delay;
	if (w->mark)
		ev.flags |= OSTIA_FATE_F_MARKED;
	if (ev.depart > w->since)
		ev.flags |= OSTIA_FATE_F_QUEUED;
	l->stats.marked += w->mark;
	l->stats.queued += ev.depart > w->since;
	tell(l, p, OSTIA_FATE_SENT, &ev);
	if (fly(l, p, ev.arrive))
		lose(l, p, OSTIA_FATE_NOMEM, ev.flags);
}

/* What may leave leaves; what went for it is told. */
static void pump(struct world_lane *l)
{
	ostia_time now = l->wire->world->now;
	struct world_waiting *w;

	while (l->free_at <= now && (w = l->queue->ops->take(l->queue, now)))
		launch(l, w);
	while ((w = world_waitq_take(&l->queue->dropped))) {
		lose(l, w->pkt, w->full ? OSTIA_FATE_LIMIT : OSTIA_FATE_AQM,
		     w->flags);
		idle_waiting(l, w);
	}
}

static struct world_waiting *waiting_new(struct world_lane *l)
{
	struct world_waiting *w = l->idle;

	if (w) {
		l->idle = w->next;
		return w;
	}
	l->allocs++;
	return malloc(sizeof(*w));
}

static void wait_in_queue(struct world_lane *l, struct ostia_pkt *p,
			  ostia_time delay, uint8_t flags, uint32_t bit)
{
	ostia_time now = l->wire->world->now;
	struct world_waiting *w = waiting_new(l);
	uint8_t head[FLOW_HEAD];
	uint32_t n = pkt_copy_out(p, 0, head,
				  p->len < FLOW_HEAD ? p->len : FLOW_HEAD);
	uint32_t at = ip_at(l) < n ? ip_at(l) : n;

	if (!w) {
		lose(l, p, OSTIA_FATE_NOMEM, flags);
		return;
	}
	*w = (struct world_waiting) {
		.pkt = p,
		.flow = world_fate_flow_id(&l->fates, head, n, at > 0),
		.since = now,
		.delay = delay,
		.len = p->len,
		.bit = bit,
		.flags = flags,
		.ecn = codepoint(head + at, n - at),
	};
	l->stats.in_flight++;
	l->wire->world->stats.in_flight++;
	l->queue->ops->add(l->queue, w, now);
	pump(l);
	arm(l);
}

static bool is_over_bytes(const struct world_lane *l, uint32_t len)
{
	uint64_t most = l->fates.faults.limit_bytes;

	return most && l->queue->bytes + len > most;
}

/* By chance, not by a queue. */
static int mark(struct world_lane *l, struct ostia_pkt *p, uint8_t *flags)
{
	uint8_t ip[WIRE_IP4_HLEN];
	uint32_t n = pkt_copy_out(p, ip_at(l), ip, sizeof(ip));
	int err;

	if (!codepoint(ip, n))
		return 0;
	err = set_ce(l, p);
	if (err)
		return err;
	*flags |= OSTIA_FATE_F_MARKED;
	l->stats.marked++;
	return 0;
}

/* Carry out what was decided about @p. */
static void carry(struct world_lane *l, struct ostia_pkt *p,
		  const struct world_fate *fate, uint8_t flags)
{
	ostia_time now = l->wire->world->now, delay = fate->delay;
	struct ostia_world_trace ev = { .flags = flags, .bit = fate->bit };

	if (fate->lost) {
		lose(l, p, fate->lost, flags);
		return;
	}
	if (l->queue ? is_over_bytes(l, p->len) : is_full(l, p->len, now)) {
		lose(l, p, OSTIA_FATE_LIMIT, flags);
		return;
	}
	if (fate->marked && mark(l, p, &ev.flags)) {
		lose(l, p, OSTIA_FATE_NOMEM, flags);
		return;
	}
	if (fate->corrupted && flip(p, fate->bit)) {
		lose(l, p, OSTIA_FATE_NOMEM, flags);
		return;
	}
	if (delay < l->wire->hop)
		delay = l->wire->hop;
	l->stats.corrupted += fate->corrupted;
	if (fate->corrupted)
		ev.flags |= OSTIA_FATE_F_CORRUPTED;
	if (l->queue && !fate->reordered) {
		wait_in_queue(l, p, delay, ev.flags, fate->bit);
		return;
	}
	ev.entered = now;
	ev.depart = fate->reordered ? now : departure(l, p->len, now);
	ev.arrive = ev.depart + delay;
	if (fate->reordered)
		ev.flags |= OSTIA_FATE_F_REORDERED;
	if (ev.depart > now)
		ev.flags |= OSTIA_FATE_F_QUEUED;
	l->stats.reordered += fate->reordered;
	l->stats.queued += ev.depart > now;
	tell(l, p, OSTIA_FATE_SENT, &ev);
	if (fly(l, p, ev.arrive))
		lose(l, p, OSTIA_FATE_NOMEM, flags);
}

static uint64_t flow_id(const struct world_lane *l, const struct ostia_pkt *p)
{
	uint8_t head[FLOW_HEAD];
	uint32_t n = pkt_copy_out(p, 0, head,
				  p->len < FLOW_HEAD ? p->len : FLOW_HEAD);

	return world_fate_flow_id(&l->fates, head, n,
				  l->wire->type == OSTIA_LINK_ETHERNET);
}

static void carry_at_random(struct world_lane *l, struct ostia_pkt *p)
{
	struct world_fates *f = &l->fates;
	struct world_flow *flow = world_fate_next(f, flow_id(l, p));
	struct world_fate fate;
	struct ostia_pkt *copy = NULL;

	if (world_fate_twice(f, flow)) {
		copy = ostia_pkt_clone(p);
		l->stats.duplicated += copy != NULL;
	}
	fate = world_fate_decide(f, flow, 0, p->len);
	carry(l, p, &fate, 0);
	if (!copy)
		return;
	fate = world_fate_decide(f, flow, 1, copy->len);
	carry(l, copy, &fate, OSTIA_FATE_F_COPY);
}

static uint32_t ip_len(const struct world_lane *l, const struct ostia_pkt *p)
{
	if (l->wire->type != OSTIA_LINK_ETHERNET)
		return p->len;
	return p->len < WIRE_ETH_HLEN ? 0 : p->len - WIRE_ETH_HLEN;
}

/* @spared: the dice are cast, and nothing befell it */
static void send_one(struct world_lane *l, struct ostia_pkt *p, bool spared)
{
	const struct ostia_faults *f = &l->fates.faults;
	struct world_fate fate = { .delay = f->delay };

	p->next = NULL;
	l->stats.packets++;
	l->stats.bytes += p->len;
	if (l->cut)
		lose(l, p, OSTIA_FATE_CUT, 0);
	else if (f->mtu && ip_len(l, p) > f->mtu)
		lose(l, p, OSTIA_FATE_MTU, 0);
	else if (l->random && !spared)
		carry_at_random(l, p);
	else
		carry(l, p, &fate, 0);
}

/* What a network card would have done: what comes out are the packets that
 * a link without offload had sent, and so are their fates.
 */
static void send_parts(struct world_lane *l, struct ostia_pkt *p)
{
	struct ostia_pkt *next;

	p = gso_split(p, true);
	if (!p)
		l->stats.nomem++;
	for (; p; p = next) {
		next = p->next;
		send_one(l, p, false);
	}
}

static bool stays_whole(struct world_lane *l, const struct ostia_pkt *p)
{
	if (!l->periodic)
		return l->whole;
	return !l->cut && p->gso_size && p->gso_segs > 1 &&
	       world_fate_spares(&l->fates, flow_id(l, p), p->gso_segs);
}

void world_wire_send(struct world_port *port, struct ostia_pkt *p)
{
	struct world_lane *l = port->out;

	if (stays_whole(l, p)) {
		send_one(l, p, true);
	} else if (p->gso_size && p->gso_segs > 1) {
		send_parts(l, p);
	} else {
		if (p->csum == OSTIA_CSUM_PARTIAL)
			gso_complete(p);
		p->csum = OSTIA_CSUM_NONE; /* let the receiver verify it */
		send_one(l, p, false);
	}
}

/* ---- configuration ---- */

/* Keep as many departures as the new ring holds. */
static int resize_ring(struct world_lane *l, uint32_t cap)
{
	ostia_time *left = NULL;

	if (cap) {
		left = calloc(cap, sizeof(*left));
		if (!left)
			return -ENOMEM;
	}
	if (l->ring_n > cap)
		l->ring_n = cap;
	for (uint32_t i = 0; i < l->ring_n; i++)
		left[i] = l->left[(l->ring_first + i) % l->ring_cap];
	free(l->left);
	l->left = left;
	l->ring_cap = cap;
	l->ring_first = 0;
	return 0;
}

/* Faults that are told by packets, or by their bytes, want single ones. */
static bool may_stay_whole(const struct ostia_faults *f)
{
	return !world_fate_is_random(f) && !f->mtu && !f->rate && !f->limit &&
	       !f->limit_bytes;
}

static bool is_periodic(const struct ostia_faults *f)
{
	struct ostia_faults others = *f;

	others.loss_every = 0;
	return f->loss_every && may_stay_whole(&others);
}

/* Another discipline: what waits in the old one leaves in its order. */
static void replace_queue(struct world_lane *l, struct world_queue *by)
{
	ostia_time now = l->wire->world->now;
	struct world_waiting *w;

	if (l->queue) {
		while ((w = l->queue->ops->take(l->queue, now)))
			launch(l, w);
		pump(l);
		free(l->queue);
	}
	l->queue = by;
	arm(l);
}

static int lane_set(struct world_lane *l, const struct ostia_faults *f)
{
	uint32_t ring = f->rate && !f->queue ? f->limit : 0;
	struct world_queue *queue;
	int err;

	if (f->rate && !f->limit && !f->limit_bytes && !f->queue)
		ring = DEFAULT_LIMIT;
	if (f->queue >= OSTIA_QUEUES || (f->queue && !f->rate))
		return -EINVAL;
	err = world_queue_new(f, l->wire->world->now, &queue);
	if (!err && ring != l->ring_cap)
		err = resize_ring(l, ring);
	if (err) {
		free(queue);
		return err;
	}
	replace_queue(l, queue);
	world_fate_set(&l->fates, f);
	l->random = world_fate_is_random(f);
	l->whole = l->wire->offload && may_stay_whole(f);
	l->periodic = l->wire->offload && is_periodic(f);
	return 0;
}

int ostia_wire_set_faults(struct ostia_wire *wire, unsigned dirs,
			  const struct ostia_faults *f)
{
	int err = 0;

	if (!dirs || dirs > OSTIA_WIRE_BOTH)
		return -EINVAL;
	for (unsigned d = 0; d < 2 && !err; d++)
		if (dirs & 1u << d)
			err = lane_set(&wire->lane[d], f);
	return err;
}

int ostia_wire_faults(struct ostia_wire *wire, unsigned dirs, const char *text,
		      char *err_text, size_t err_size)
{
	struct ostia_faults f;
	int err = ostia_faults_parse(text, &f, err_text, err_size);

	if (err)
		return err;
	return ostia_wire_set_faults(wire, dirs, &f);
}

static void set_cut(struct ostia_wire *wire, unsigned dirs, bool cut)
{
	for (unsigned d = 0; d < 2; d++)
		if (dirs & 1u << d)
			wire->lane[d].cut = cut;
}

void ostia_wire_cut(struct ostia_wire *wire, unsigned dirs)
{
	set_cut(wire, dirs, true);
}

void ostia_wire_heal(struct ostia_wire *wire, unsigned dirs)
{
	set_cut(wire, dirs, false);
}

/* A lane is cut or healed by itself, so that its address is all to remember. */
static void cut_lane(void *lane)
{
	((struct world_lane *)lane)->cut = true;
}

static void heal_lane(void *lane)
{
	((struct world_lane *)lane)->cut = false;
}

static int later(struct ostia_wire *wire, unsigned dirs, ostia_time t,
		 void (*fn)(void *lane))
{
	int err = dirs && dirs <= OSTIA_WIRE_BOTH ? 0 : -EINVAL;

	for (unsigned d = 0; d < 2 && !err; d++)
		if (dirs & 1u << d)
			err = ostia_world_at(wire->world, t, fn,
					     &wire->lane[d]);
	return err;
}

int ostia_wire_cut_at(struct ostia_wire *wire, unsigned dirs, ostia_time t)
{
	return later(wire, dirs, t, cut_lane);
}

int ostia_wire_heal_at(struct ostia_wire *wire, unsigned dirs, ostia_time t)
{
	return later(wire, dirs, t, heal_lane);
}

/* ---- beginning and end ---- */

static int lane_init(struct ostia_wire *wire, unsigned dir)
{
	struct world_lane *l = &wire->lane[dir];

	if (world_eventq_reserve(&wire->world->q))
		return -ENOMEM;
	l->ev.kind = WORLD_EVENT_LANE;
	l->wire = wire;
	l->dir = (uint8_t)dir;
	l->from = &wire->end[dir];
	l->to = &wire->end[!dir];
	l->tail = &l->head;
	l->whole = wire->offload;
	world_fate_init(&l->fates, wire->world->cfg.seed, wire->id, dir);
	return 0;
}

static void lane_fini(struct world_lane *l)
{
	struct world_waiting *w;
	struct world_late *x;
	struct ostia_pkt *p;

	if (!l->wire)
		return;
	if (l->queue)
		replace_queue(l, NULL);
	while ((w = l->idle)) {
		l->idle = w->next;
		free(w);
	}
	while ((p = next_due(l, OSTIA_NEVER - 1)))
		pkt_free(p);
	while ((x = l->spare)) {
		l->spare = x->next;
		free(x);
	}
	world_eventq_fini(&l->late);
	world_eventq_disarm(&l->wire->world->q, &l->ev);
	world_eventq_unreserve(&l->wire->world->q);
	world_fate_fini(&l->fates);
	free(l->left);
}

static void port_init(struct ostia_wire *wire, unsigned end,
		      struct ostia_node *n)
{
	struct world_port *port = &wire->end[end];

	port->node = n;
	port->wire = wire;
	port->out = &wire->lane[end];
	port->in_tail = &port->in;
	port->index = n->nports++;
	port->mac[0] = 0x02;
	port->mac[2] = (uint8_t)(n->id >> 16);
	port->mac[3] = (uint8_t)(n->id >> 8);
	port->mac[4] = (uint8_t)n->id;
	port->mac[5] = (uint8_t)port->index;
	list_push(&n->ports, &port->node_ports);
}

static void port_fini(struct world_port *port)
{
	if (!port->node)
		return;
	list_remove(&port->node_ports);
	pkt_free_list(port->in);
	port->in = NULL;
}

static int check(const struct ostia_wire_config *cfg,
		 const struct ostia_node *a, const struct ostia_node *b)
{
	bool router = a->kind == WORLD_ROUTER || b->kind == WORLD_ROUTER;
	bool any_switch = a->kind == WORLD_SWITCH || b->kind == WORLD_SWITCH;

	if (a->world != b->world)
		return -EINVAL;
	if (cfg->type != OSTIA_LINK_ETHERNET && cfg->type != OSTIA_LINK_IP)
		return -EINVAL;
	if (cfg->mtu && (cfg->mtu < 68 || cfg->mtu > 65535))
		return -EINVAL;
	if (cfg->name && strlen(cfg->name) >= WORLD_NAME_MAX)
		return -EINVAL;
	if (cfg->type == OSTIA_LINK_IP && any_switch)
		return -EINVAL;
	return cfg->offload && router ? -EINVAL : 0;
}

static void wire_describe(struct ostia_wire *wire,
			  const struct ostia_wire_config *cfg)
{
	wire->id = ++wire->world->wire_ids;
	wire->type = (uint8_t)cfg->type;
	wire->offload = cfg->offload;
	wire->mtu = cfg->mtu ? cfg->mtu : DEFAULT_MTU;
	wire->hop = cfg->hop ? cfg->hop : OSTIA_US;
	if (cfg->name)
		strcpy(wire->name, cfg->name);
	else
		snprintf(wire->name, sizeof(wire->name), "wire%u", wire->id);
}

int ostia_wire_new(struct ostia_world *w, const struct ostia_wire_config *cfg,
		   struct ostia_node *a, struct ostia_node *b,
		   struct ostia_wire **out)
{
	struct ostia_wire *wire;
	int err = check(cfg, a, b);

	if (err)
		return err;
	wire = world_zalloc(w, sizeof(*wire));
	if (!wire)
		return -ENOMEM;
	wire->world = w;
	list_push(&w->wires, &wire->wires);
	wire_describe(wire, cfg);
	for (unsigned i = 0; i < 2 && !err; i++)
		err = lane_init(wire, i);
	if (!err && cfg->faults)
		err = ostia_wire_faults(wire, OSTIA_WIRE_BOTH, cfg->faults,
					NULL, 0);
	for (unsigned i = 0; i < 2 && !err; i++) {
		struct ostia_node *n = i ? b : a;

		port_init(wire, i, n);
		if (!i && memcmp(cfg->mac, (uint8_t[6]) { 0 }, 6))
			memcpy(wire->end[i].mac, cfg->mac, 6);
		err = n->ops->attach(n, &wire->end[i]);
	}
	if (err) {
		world_wire_free(wire);
		return err;
	}
	*out = wire;
	return 0;
}

void world_wire_free(struct ostia_wire *wire)
{
	for (unsigned i = 0; i < 2; i++) {
		lane_fini(&wire->lane[i]);
		if (wire->end[i].link)
			ostia_link_free(wire->end[i].link);
		port_fini(&wire->end[i]);
	}
	list_remove(&wire->wires);
	free(wire);
}

void world_wire_remove(struct ostia_wire *wire)
{
	for (unsigned i = 0; i < 2; i++) {
		struct world_port *port = &wire->end[i];

		port->node->ops->detach(port->node, port);
		wire->world->stats.in_flight -= wire->lane[i].stats.in_flight;
	}
	world_forget_calls(wire->world, wire, sizeof(*wire));
	world_wire_free(wire);
}

uint64_t world_wire_allocs(const struct ostia_wire *wire)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 2; i++)
		n += wire->lane[i].allocs + wire->lane[i].late.allocs +
		     wire->lane[i].fates.allocs;
	return n;
}

uint32_t ostia_wire_id(const struct ostia_wire *wire)
{
	return wire->id;
}

const char *ostia_wire_name(const struct ostia_wire *wire)
{
	return wire->name;
}

struct ostia_link *ostia_wire_link(const struct ostia_wire *wire, unsigned end)
{
	return end < 2 ? wire->end[end].link : NULL;
}

int ostia_wire_addr(struct ostia_wire *wire, unsigned end, const char *text)
{
	struct world_port *port = &wire->end[end & 1];

	return end < 2 ? port->node->ops->addr(port, text) : -EINVAL;
}

int ostia_wire_route(struct ostia_wire *wire, unsigned end, const char *dst,
		     const char *gateway)
{
	struct world_port *port = &wire->end[end & 1];

	return end < 2 ? port->node->ops->route(port, dst, gateway) : -EINVAL;
}

void ostia_wire_stats(const struct ostia_wire *wire, unsigned dir,
		      struct ostia_wire_stats *s)
{
	*s = wire->lane[dir & 1].stats;
}
