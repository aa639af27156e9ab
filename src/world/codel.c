/* SPDX-License-Identifier: MIT */
/*
 * world/codel.c - CoDel: drop when the least delay of an interval was above
 *		   the target (RFC 8289)
 */
#include "world/queue.h"

struct codel {
	struct world_queue q;
	struct world_codel_state c;
	struct world_waitq wait;
};

/* The square root of @x, rounded down. */
static uint32_t root(uint64_t x)
{
	uint64_t r = 0, bit = UINT64_C(1) << 62;

	while (bit > x)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (x >= r + bit) {
			x -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return (uint32_t)r;
}

/* 5.3: t + interval / sqrt(count), with 16 bits of fraction */
static ostia_time control_law(const struct world_queue *q, ostia_time t,
			      uint32_t count)
{
	return t + (q->f.interval << 16) / root((uint64_t)count << 32);
}

/* 5.6, dodequeue(): the first, and has the delay been too long for long? */
static struct world_waiting *take_one(struct world_queue *q,
				      struct world_codel_state *c,
				      struct world_waitq *from, bool *ok,
				      ostia_time now)
{
	struct world_waiting *w = world_waitq_take(from);

	*ok = false;
	if (!w) {
		c->first_above = 0;
		return NULL;
	}
	if (now - w->since < q->f.target || from->bytes <= WORLD_QUEUE_MTU) {
		c->first_above = 0;
	} else if (!c->first_above) {
		c->first_above = now + q->f.interval;
	} else if (now >= c->first_above) {
		*ok = true;
	}
	return w;
}

/* While dropping: as often as the control law says. */
static struct world_waiting *go_on(struct world_queue *q,
				   struct world_codel_state *c,
				   struct world_waitq *from,
				   struct world_waiting *w, ostia_time now)
{
	bool ok;

	while (now >= c->drop_next && c->dropping) {
		c->count++;
		if (world_waiting_mark(w, q->f.ecn)) {
			c->drop_next = control_law(q, c->drop_next, c->count);
			return w;
		}
		world_queue_drop(q, w, false);
		w = take_one(q, c, from, &ok, now);
		if (!ok)
			c->dropping = false;
		else
			c->drop_next = control_law(q, c->drop_next, c->count);
	}
	return w;
}

/* 5.5: if the last time was not long ago, go on near its rate. */
static struct world_waiting *begin(struct world_queue *q,
				   struct world_codel_state *c,
				   struct world_waitq *from,
				   struct world_waiting *w, ostia_time now)
{
	uint32_t delta = c->count - c->lastcount;
	bool ok;

	if (!world_waiting_mark(w, q->f.ecn)) {
		world_queue_drop(q, w, false);
		w = take_one(q, c, from, &ok, now);
	}
	c->dropping = true;
	c->count = 1;
	if (delta > 1 && now < c->drop_next + 16 * q->f.interval)
		c->count = delta;
	c->drop_next = control_law(q, now, c->count);
	c->lastcount = c->count;
	return w;
}

struct world_waiting *world_codel_take(struct world_queue *q,
				       struct world_codel_state *c,
				       struct world_waitq *from, ostia_time now)
{
	bool ok;
	struct world_waiting *w = take_one(q, c, from, &ok, now);

	if (!w) {
		c->dropping = false;
		return NULL;
	}
	if (c->dropping && !ok)
		c->dropping = false;
	else if (c->dropping)
		w = go_on(q, c, from, w, now);
	else if (ok)
		w = begin(q, c, from, w, now);
	return w;
}

static size_t size(const struct ostia_faults *f)
{
	(void)f;
	return sizeof(struct codel);
}

static void init(struct world_queue *q, ostia_time now)
{
	(void)now;
	world_waitq_init(&((struct codel *)q)->wait);
}

static void add(struct world_queue *q, struct world_waiting *w, ostia_time now)
{
	(void)now;
	q->n++;
	q->bytes += w->len;
	if (q->n > q->f.limit)
		world_queue_drop(q, w, true);
	else
		world_waitq_add(&((struct codel *)q)->wait, w);
}

static struct world_waiting *take(struct world_queue *q, ostia_time now)
{
	struct codel *c = (struct codel *)q;
	struct world_waiting *w = world_codel_take(q, &c->c, &c->wait, now);

	if (w) {
		q->n--;
		q->bytes -= w->len;
	}
	return w;
}

const struct world_queue_ops world_codel = { size, init, add, take };
