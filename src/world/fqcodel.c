/* SPDX-License-Identifier: MIT */
/*
 * world/fqcodel.c - FQ-CoDel: a CoDel for each flow, taken in turns, and new
 *		     flows first (RFC 8290)
 */
#include "world/queue.h"

enum { DROP_BATCH = 64 }; /* of the fattest flow, or half of it (4.1.3) */

struct flow {
	struct world_waitq wait;
	struct world_codel_state c;
	int64_t credits;
	struct flow *next;
	bool active;
};

struct flows {
	struct flow *head, **tail;
};

struct fqcodel {
	struct world_queue q;
	struct flows fresh, old;
	struct flow flow[];
};

static void push(struct flows *l, struct flow *f)
{
	f->next = NULL;
	*l->tail = f;
	l->tail = &f->next;
}

static struct flow *pop(struct flows *l)
{
	struct flow *f = l->head;

	l->head = f->next;
	if (!l->head)
		l->tail = &l->head;
	return f;
}

static size_t size(const struct ostia_faults *f)
{
	return sizeof(struct fqcodel) + f->flows * sizeof(struct flow);
}

static void init(struct world_queue *q, ostia_time now)
{
	struct fqcodel *x = (struct fqcodel *)q;

	(void)now;
	x->fresh.tail = &x->fresh.head;
	x->old.tail = &x->old.head;
	for (uint32_t i = 0; i < q->f.flows; i++)
		world_waitq_init(&x->flow[i].wait);
}

/* 4.1.3: there are too many; the flow with most bytes gives. */
static void drop_fattest(struct fqcodel *x)
{
	struct flow *fat = &x->flow[0];
	uint32_t n;

	for (uint32_t i = 1; i < x->q.f.flows; i++)
		if (x->flow[i].wait.bytes > fat->wait.bytes)
			fat = &x->flow[i];
	n = (fat->wait.n + 1) / 2;
	for (n = n < DROP_BATCH ? n : DROP_BATCH; n; n--)
		world_queue_drop(&x->q, world_waitq_take(&fat->wait), true);
}

static void add(struct world_queue *q, struct world_waiting *w, ostia_time now)
{
	struct fqcodel *x = (struct fqcodel *)q;
	struct flow *f = &x->flow[w->flow % q->f.flows];

	(void)now;
	q->n++;
	q->bytes += w->len;
	world_waitq_add(&f->wait, w);
	if (!f->active) {
		f->active = true;
		f->credits = q->f.quantum;
		push(&x->fresh, f);
	}
	if (q->n > q->f.limit)
		drop_fattest(x);
}

/* 4.2: deficit round robin; a new flow that ran empty becomes an old one, so
 * that it cannot come back as new at once.
 */
static struct world_waiting *take(struct world_queue *q, ostia_time now)
{
	struct fqcodel *x = (struct fqcodel *)q;

	while (x->fresh.head || x->old.head) {
		struct flows *l = x->fresh.head ? &x->fresh : &x->old;
		struct flow *f = l->head;
		struct world_waiting *w;

		if (f->credits <= 0) {
			f->credits += q->f.quantum;
			push(&x->old, pop(l));
			continue;
		}
		w = world_codel_take(q, &f->c, &f->wait, now);
		if (w) {
			f->credits -= w->len;
			q->n--;
			q->bytes -= w->len;
			return w;
		}
		pop(l);
		if (l == &x->fresh && x->old.head)
			push(&x->old, f);
		else
			f->active = false;
	}
	return NULL;
}

const struct world_queue_ops world_fqcodel = { size, init, add, take };
