/* SPDX-License-Identifier: MIT */
/*
 * local/rights.c - files in flight, and the search for lost cycles
 *
 * The search asks of each of our sockets in flight: are all references to its
 * file messages', and do all these messages wait in sockets of which the same
 * is true? It looks at every socket in flight and at every message that waits
 * there. Closing a socket earns credit for it; the search runs when the credit
 * covers what the last one cost. So small things are found at once, and
 * whoever keeps thousands of sockets in flight cannot make each of its calls
 * walk over all of them.
 */
#include "local/rights.h"

#include "base/env.h"
#include "base/stats.h"
#include "local/msg.h"

#include <errno.h>

enum { CANDIDATE = 1, REACHED = 2 };

enum { QUEUE_MOST = 555 }; /* messages that one sender's budget can queue */

static size_t bytes_of(const struct local_rights *r)
{
	return sizeof(*r) + r->cap * sizeof(r->f[0]);
}

struct local_rights *local_rights_new(struct local *l, uint32_t cap)
{
	struct local_rights *r =
		env_alloc(l->env, sizeof(*r) + cap * sizeof(r->f[0]));

	if (r)
		*r = (struct local_rights) { .cap = cap };
	return r;
}

void local_rights_add(struct local_rights *r, struct file *f,
		      struct local_sock *s)
{
	assert(r->n < r->cap);
	r->f[r->n++] = (struct local_right) { file_get(f), s };
}

void local_rights_free(struct local *l, struct local_rights *r)
{
	env_free(l->env, r, bytes_of(r));
}

/*
 * --- counting ------------------------------------------------------------
 */

static int take_off(struct local *l, struct local_sock *s)
{
	struct local_flight *f = s->flight;
	uint32_t self;

	if (!f) {
		f = slab_alloc(&l->flight_slab, &self);
		if (!f)
			return -ENOMEM;
		*f = (struct local_flight) { .sock = s, .self = self };
		list_push(&l->flights, &f->node);
		l->nflights++;
		s->flight = f;
	}
	f->times++;
	return 0;
}

static void touch_down(struct local *l, struct local_sock *s)
{
	struct local_flight *f = s->flight;

	if (--f->times)
		return;
	s->flight = NULL;
	list_remove(&f->node);
	l->nflights--;
	slab_free(&l->flight_slab, f->self);
}

int local_rights_may_fly(struct local *l, uint32_t limit)
{
	if (l->inflight > limit)
		local_rights_gc(l, 1);
	if (l->inflight <= limit)
		return 0;
	l->stats->LocalInflightFull++;
	return -ETOOMANYREFS;
}

int local_rights_fly(struct local *l, struct local_rights *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		if (!r->f[i].sock || !take_off(l, r->f[i].sock))
			continue;
		while (i--)
			if (r->f[i].sock)
				touch_down(l, r->f[i].sock);
		return -ENOMEM;
	}
	l->inflight += r->n;
	r->flying = true;
	return 0;
}

void local_rights_land(struct local *l, struct local_rights *r)
{
	if (!r->flying)
		return;
	r->flying = false;
	l->inflight -= r->n;
	for (uint32_t i = 0; i < r->n; i++)
		if (r->f[i].sock)
			touch_down(l, r->f[i].sock);
}

struct local_rights *local_rights_copy(struct local *l,
				       const struct local_rights *r)
{
	struct local_rights *copy = local_rights_new(l, r->n);

	for (uint32_t i = 0; copy && i < r->n; i++)
		local_rights_add(copy, r->f[i].file, r->f[i].sock);
	return copy;
}

/* Putting a file may drop more messages: they join the list. */
static void drain(struct local *l)
{
	struct local_rights *r;

	if (l->draining)
		return;
	l->draining = true;
	while ((r = l->doomed)) {
		l->doomed = r->next;
		for (uint32_t i = 0; i < r->n; i++)
			file_put(r->f[i].file);
		local_rights_free(l, r);
	}
	l->draining = false;
}

void local_rights_drop(struct local *l, struct local_rights *r)
{
	if (!r)
		return;
	local_rights_land(l, r);
	r->next = l->doomed;
	l->doomed = r;
	drain(l);
}

/*
 * --- the search ----------------------------------------------------------
 */

typedef void (*visit_fn)(struct local_flight *f, struct list *work);

static void visit_queue(struct local *l, const struct local_sock *s,
			visit_fn fn, struct list *work)
{
	for (struct local_msg *m = local_msg_first(s); m;
	     m = local_msg_next(m)) {
		const struct local_rights *r = m->rights;

		l->last_cost += 1 + (r ? r->n : 0);
		if (s->state == LOCAL_LISTEN) {
			visit_queue(l, m->from, fn, work);
			continue;
		}
		for (uint32_t i = 0; r && i < r->n; i++)
			if (r->f[i].sock)
				fn(r->f[i].sock->flight, work);
	}
}

static void explain(struct local_flight *f, struct list *work)
{
	(void)work;
	if (f->mark == CANDIDATE)
		f->left--;
}

static void reach(struct local_flight *f, struct list *work)
{
	if (f->mark != CANDIDATE)
		return;
	f->mark = REACHED;
	list_push(work, &f->work);
}

static struct local_flight *flight_of(struct list *n)
{
	return list_entry(n, struct local_flight, node);
}

static void mark_candidates(struct local *l)
{
	list_each (n, &l->flights) {
		struct local_flight *f = flight_of(n);

		f->left = f->times;
		list_init(&f->work);
		f->mark = f->sock->file && f->sock->file->refs == f->times
				  ? CANDIDATE
				  : 0;
	}
	list_each (n, &l->flights) {
		struct local_flight *f = flight_of(n);

		if (f->mark)
			visit_queue(l, f->sock, explain, NULL);
	}
}

/* Whoever waits somewhere else is alive, and so is all that waits there. */
static void mark_reached(struct local *l)
{
	struct list work, *n;

	list_init(&work);
	list_each (node, &l->flights) {
		struct local_flight *f = flight_of(node);

		if (f->mark == CANDIDATE && f->left)
			reach(f, &work);
	}
	while ((n = list_pop(&work)))
		visit_queue(l, list_entry(n, struct local_flight, work)->sock,
			    reach, &work);
}

/* All of them first, for purging frees some. A lost socket waits for nobody,
 * so its place in such a list is free for ours.
 */
static void collect_lost(struct local *l, struct list *lost)
{
	list_each (node, &l->flights) {
		struct local_flight *f = flight_of(node);

		if (f->mark != CANDIDATE)
			continue;
		local_get(f->sock);
		list_remove(&f->sock->waits);
		list_push(lost, &f->sock->waits);
		l->stats->LocalCycles++;
	}
}

static void purge_lost(struct local *l, struct list *lost)
{
	struct list *n;

	l->draining = true; /* not before all have let go */
	while ((n = list_pop(lost))) {
		struct local_sock *s = list_entry(n, struct local_sock, waits);

		local_msg_purge(l, s);
		local_put(l, s);
	}
	l->draining = false;
	drain(l);
}

/* What the next search costs, as far as we can tell. */
static uint32_t cost(const struct local *l)
{
	uint32_t most = l->nflights < UINT32_MAX / QUEUE_MOST
				? l->nflights * QUEUE_MOST
				: UINT32_MAX;

	return l->last_cost < most ? l->last_cost : most;
}

void local_rights_gc(struct local *l, uint32_t credit)
{
	struct list lost;

	l->credit = credit > UINT32_MAX - l->credit ? UINT32_MAX
						    : l->credit + credit;
	if (!l->nflights || l->draining || l->credit < cost(l))
		return;
	l->credit = 0;
	l->last_cost = l->nflights;
	list_init(&lost);
	mark_candidates(l);
	mark_reached(l);
	collect_lost(l, &lost);
	purge_lost(l, &lost);
}
