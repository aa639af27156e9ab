/* SPDX-License-Identifier: MIT */
/*
 * world/dualpi2.c - DualPI2: two queues, coupled, so that scalable and classic
 *		     congestion control share a rate and only one waits
 *		     (RFC 9332)
 *
 * Probabilities are in 1/2^32. Instead of dice, likelihoods add up and strike
 * when they make a whole (the RFC's recur()). Packets that say ECT(1) or CE
 * are low latency; their queue is marked above a step, or as often as the
 * classic one is dropped from, taken to its root and coupled (k = 2).
 */
#include "world/queue.h"

#define ONE (INT64_C(1) << 32)

enum {
	ALPHA_PER_US = 687, /* 0.16 Hz: 0.16 * 2^32 / 10^6 */
	BETA_PER_US = 13744, /* 3.2 Hz */
	COUPLING = 2, /* k */
	STRETCH_US = 1000000, /* what a controller's step counts at most */
	CATCH_UP = 64, /* of its steps at once, after silence */
};

#define SHIFT (50 * OSTIA_MS) /* so much earlier the L queue counts (4.1) */

struct half {
	struct world_waitq wait;
	int64_t sum; /* of likelihoods */
};

struct dualpi2 {
	struct world_queue q;
	struct half l, c;
	int64_t p; /* p': the base, 0 .. ONE */
	ostia_time last_delay, due;
};

static size_t size(const struct ostia_faults *f)
{
	(void)f;
	return sizeof(struct dualpi2);
}

static void init(struct world_queue *q, ostia_time now)
{
	struct dualpi2 *d = (struct dualpi2 *)q;

	world_waitq_init(&d->l.wait);
	world_waitq_init(&d->c.wait);
	d->due = now;
}

static ostia_time sojourn(const struct half *h, ostia_time now)
{
	return h->wait.head ? now - h->wait.head->since : 0;
}

static int64_t us_between(ostia_time a, ostia_time b)
{
	int64_t us = ((int64_t)a - (int64_t)b) / (int64_t)OSTIA_US;

	if (us > STRETCH_US)
		return STRETCH_US;
	return us > -STRETCH_US ? us : -STRETCH_US;
}

/* Figure 5: the proportional integral controller */
static void update(struct dualpi2 *d, ostia_time now)
{
	ostia_time l = sojourn(&d->l, now), c = sojourn(&d->c, now);
	ostia_time delay = l > c ? l : c;

	d->p += ALPHA_PER_US * us_between(delay, d->q.f.target) +
		BETA_PER_US * us_between(delay, d->last_delay);
	if (d->p < 0)
		d->p = 0;
	if (d->p > ONE)
		d->p = ONE;
	d->last_delay = delay;
}

static void catch_up(struct dualpi2 *d, ostia_time now)
{
	ostia_time since = d->due + CATCH_UP * d->q.f.interval;

	if (since < now)
		d->due = now - CATCH_UP * d->q.f.interval;
	for (; d->due <= now; d->due += d->q.f.interval)
		update(d, now);
}

static bool is_scalable(const struct world_waiting *w)
{
	return w->ecn & 1; /* ECT(1), CE */
}

static void add(struct world_queue *q, struct world_waiting *w, ostia_time now)
{
	struct dualpi2 *d = (struct dualpi2 *)q;

	catch_up(d, now);
	q->n++;
	q->bytes += w->len;
	if (q->n > q->f.limit)
		world_queue_drop(q, w, true);
	else
		world_waitq_add(is_scalable(w) ? &d->l.wait : &d->c.wait, w);
}

/* recur(): strike each time that @p has added up to one. */
static bool strikes(struct half *h, int64_t p)
{
	h->sum += p;
	if (h->sum < ONE)
		return false;
	h->sum -= ONE;
	return true;
}

/* 2.4: by turns in time, the L queue's first by SHIFT. */
static bool l_goes_first(const struct dualpi2 *d)
{
	const struct world_waiting *l = d->l.wait.head, *c = d->c.wait.head;

	return l && (!c || l->since <= c->since + SHIFT);
}

static int64_t squared(int64_t p)
{
	return (int64_t)(((uint64_t)p >> 16) * ((uint64_t)p >> 16));
}

/* Figure 4. Return: the packet leaves; false: it was dropped. */
static bool passes_l(struct dualpi2 *d, struct world_waiting *w, ostia_time now)
{
	int64_t p = COUPLING * d->p;
	bool step = now - w->since > d->q.f.step;

	if (p >= ONE) { /* overload: both drop */
		if (strikes(&d->l, squared(d->p)))
			return false;
		p = ONE;
	}
	if (strikes(&d->l, step ? ONE : p))
		w->mark = true;
	return true;
}

static bool passes_c(struct dualpi2 *d, struct world_waiting *w)
{
	if (!strikes(&d->c, squared(d->p)))
		return true;
	/* with an overload (a quarter lost) marking helps no more */
	return COUPLING * d->p < ONE && world_waiting_mark(w, true);
}

static struct world_waiting *take(struct world_queue *q, ostia_time now)
{
	struct dualpi2 *d = (struct dualpi2 *)q;
	struct world_waiting *w;
	bool l;

	catch_up(d, now);
	for (;;) {
		l = l_goes_first(d);
		w = world_waitq_take(l ? &d->l.wait : &d->c.wait);
		if (!w)
			return NULL;
		if (l ? passes_l(d, w, now) : passes_c(d, w))
			break;
		world_queue_drop(q, w, false);
	}
	q->n--;
	q->bytes -= w->len;
	return w;
}

const struct world_queue_ops world_dualpi2 = { size, init, add, take };
