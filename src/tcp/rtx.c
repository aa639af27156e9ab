/* SPDX-License-Identifier: MIT */
#include "tcp/rtx.h"

#include <assert.h>

enum { FEW = 8 }; /* records that need no express lanes */

void tcp_rtx_mem_init(struct tcp_rtx_mem *m, const struct ostia_env *env,
		      struct stats *stats, uint64_t seed)
{
	slab_init(&m->recs, env, sizeof(struct tcp_rtx_rec), TCP_RTX_SLAB);
	m->spare = NULL;
	m->stats = stats;
	m->dice = seed | 1;
}

void tcp_rtx_mem_fini(struct tcp_rtx_mem *m)
{
	slab_fini(&m->recs);
}

void tcp_rtx_init(struct tcp_rtx *q)
{
	*q = (struct tcp_rtx) { 0 };
	list_init(&q->sent);
	list_init(&q->lost);
}

static inline struct tcp_rtx_rec *rec_new(struct tcp_rtx_mem *m)
{
	struct tcp_rtx_rec *r = m->spare;
	uint32_t handle;

	if (__builtin_expect(r != NULL, 1)) {
		m->spare = NULL;
		return r;
	}
	r = slab_alloc(&m->recs, &handle);
	if (r)
		r->handle = handle;
	return r;
}

static inline void rec_free(struct tcp_rtx_mem *m, struct tcp_rtx_rec *r)
{
	if (m->spare)
		slab_free(&m->recs, r->handle);
	else
		m->spare = r;
}

static struct tcp_rtx_rec *rec_at(const struct tcp_rtx_mem *m, uint32_t handle)
{
	return handle ? slab_at(&m->recs, handle) : NULL;
}

static struct tcp_rtx_rec *by_time(struct list *node)
{
	return node ? list_entry(node, struct tcp_rtx_rec, by_time) : NULL;
}

/*
 * --- express lanes -------------------------------------------------------
 *
 * One record in four is on lane 0, one of those in four on lane 1, and so on,
 * by dice that a peer does not see: splitting where he likes, he cannot thin
 * out a stretch of the lanes.
 */
static uint8_t roll_height(struct tcp_rtx_mem *m)
{
	uint8_t height = 0;
	uint64_t x = m->dice;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	m->dice = x;
	for (x >>= 20; height < TCP_RTX_LANES && !(x & 3); x >>= 2)
		height++;
	return height;
}

/* The last record on @lane that starts before @s, from @from on. */
static struct tcp_rtx_rec *lane_before(const struct tcp_rtx *q,
				       const struct tcp_rtx_mem *m,
				       unsigned lane, struct tcp_rtx_rec *from,
				       struct seq s)
{
	struct tcp_rtx_rec *next =
		rec_at(m, from ? from->lane[lane] : q->lane[lane]);

	while (next && seq_before(next->start, s)) {
		from = next;
		next = rec_at(m, next->lane[lane]);
	}
	return from;
}

/* Put @r, whose neighbours before are @before, on lane @i. */
static void lane_link(struct tcp_rtx *q, unsigned i, struct tcp_rtx_rec *before,
		      struct tcp_rtx_rec *r)
{
	uint32_t *link = before ? &before->lane[i] : &q->lane[i];

	r->lane[i] = *link;
	*link = r->handle;
	if (!r->lane[i])
		q->lane_tail[i] = r->handle;
}

static void lane_unlink(struct tcp_rtx *q, unsigned i,
			struct tcp_rtx_rec *before, const struct tcp_rtx_rec *r)
{
	uint32_t *link = before ? &before->lane[i] : &q->lane[i];

	*link = r->lane[i];
	if (!r->lane[i])
		q->lane_tail[i] = before ? before->handle : 0;
}

static void lanes_append(struct tcp_rtx *q, struct tcp_rtx_mem *m,
			 struct tcp_rtx_rec *r)
{
	for (unsigned i = 0; i < r->height; i++)
		lane_link(q, i, rec_at(m, q->lane_tail[i]), r);
}

static void lanes_insert(struct tcp_rtx *q, const struct tcp_rtx_mem *m,
			 struct tcp_rtx_rec *r)
{
	struct tcp_rtx_rec *before = NULL;

	if (!r->height)
		return;
	for (unsigned i = TCP_RTX_LANES; i-- > 0;) {
		before = lane_before(q, m, i, before, r->start);
		if (i < r->height)
			lane_link(q, i, before, r);
	}
}

static void lanes_remove(struct tcp_rtx *q, const struct tcp_rtx_mem *m,
			 struct tcp_rtx_rec *r)
{
	struct tcp_rtx_rec *before = NULL;

	if (!r->height)
		return;
	for (unsigned i = TCP_RTX_LANES; i-- > 0;) {
		before = lane_before(q, m, i, before, r->start);
		if (i < r->height)
			lane_unlink(q, i, before, r);
	}
}

struct tcp_rtx_rec *tcp_rtx_find(const struct tcp_rtx *q,
				 const struct tcp_rtx_mem *m, struct seq s)
{
	struct tcp_rtx_rec *r = NULL;

	if (!q->head || seq_before(s, q->head->start) ||
	    seq_before_eq(q->tail->end, s))
		return NULL;
	for (unsigned i = TCP_RTX_LANES; i-- > 0;)
		r = lane_before(q, m, i, r, seq_add(s, 1));
	r = r ? r : q->head;
	while (seq_before_eq(r->end, s))
		r = r->next;
	return r;
}

/*
 * RFC 8985 6.2 breaks ties of time by sequence, which is wrong for what is
 * sent again: the retransmission would seem to have left before new data that
 * it followed at the same moment. So no two have the same time, but for the
 * halves of one record.
 */
static ostia_time tx_time(struct tcp_rtx *q, ostia_time now)
{
	q->last_tx = now > q->last_tx ? now : q->last_tx + 1;
	return q->last_tx;
}

/*
 * --- coming and going ----------------------------------------------------
 */
struct tcp_rtx_rec *tcp_rtx_append(struct tcp_rtx *q, struct tcp_rtx_mem *m,
				   struct seq start, uint32_t len, uint16_t mss,
				   uint32_t segs, uint8_t flags, ostia_time now)
{
	struct tcp_rtx_rec *r;

	assert(len && segs && (!q->tail || seq_eq(q->tail->end, start)));
	if (tcp_rtx_full(q))
		return NULL;
	r = rec_new(m);
	if (!r)
		return NULL;
	r->next = NULL;
	r->prev = q->tail;
	r->tx_time = tx_time(q, now);
	r->start = start;
	r->end = seq_add(start, len);
	r->segs = segs;
	r->mss = mss;
	r->tx_in_flight = r->tx_lost = 0;
	r->flags = flags;
	r->height = q->recs < FEW ? 0 : roll_height(m);
	if (q->tail)
		q->tail->next = r;
	else
		q->head = r;
	q->tail = r;
	list_push(&q->sent, &r->by_time);
	lanes_append(q, m, r);
	q->recs++;
	q->out += segs;
	return r;
}

/* Take the marks of @r out of the counters. */
static void discount(struct tcp_rtx *q, const struct tcp_rtx_rec *r,
		     uint32_t segs)
{
	q->out -= segs;
	if (r->flags & TCP_RTX_SACKED)
		q->sacked -= segs;
	if (r->flags & TCP_RTX_LOST)
		q->lost_segs -= segs;
	if (r->flags & TCP_RTX_RETRANS)
		q->retrans -= segs;
}

static void drop(struct tcp_rtx *q, struct tcp_rtx_mem *m,
		 struct tcp_rtx_rec *r)
{
	if (r->prev)
		r->prev->next = r->next;
	else
		q->head = r->next;
	if (r->next)
		r->next->prev = r->prev;
	else
		q->tail = r->prev;
	list_remove(&r->by_time);
	q->recs--;
	rec_free(m, r);
}

void tcp_rtx_pop(struct tcp_rtx *q, struct tcp_rtx_mem *m)
{
	struct tcp_rtx_rec *r = q->head;

	for (unsigned i = 0; i < r->height; i++)
		lane_unlink(q, i, NULL, r);
	discount(q, r, r->segs);
	drop(q, m, r);
}

void tcp_rtx_unappend(struct tcp_rtx *q, struct tcp_rtx_mem *m)
{
	struct tcp_rtx_rec *r = q->tail;

	lanes_remove(q, m, r);
	discount(q, r, r->segs);
	drop(q, m, r);
}

void tcp_rtx_clear(struct tcp_rtx *q, struct tcp_rtx_mem *m)
{
	while (q->head)
		tcp_rtx_pop(q, m);
}

void tcp_rtx_on_resent(struct tcp_rtx *q, struct tcp_rtx_rec *r, ostia_time now)
{
	assert(!(r->flags & TCP_RTX_SACKED));
	if (!(r->flags & TCP_RTX_RETRANS))
		q->retrans += r->segs;
	r->flags |= TCP_RTX_RETRANS | TCP_RTX_EVER_RETRANS;
	r->tx_time = tx_time(q, now);
	list_remove(&r->by_time);
	list_push(&q->sent, &r->by_time);
}

/* Octets of payload: all but the FIN. */
static uint32_t payload(const struct tcp_rtx_rec *r)
{
	return seq_span(r->start, r->end) - !!(r->flags & TCP_RTX_FIN);
}

static uint32_t count_segs(const struct tcp_rtx_rec *r)
{
	uint32_t n = payload(r);

	if (n <= r->mss)
		return 1;
	return (n + r->mss - 1) / r->mss;
}

static void recount(struct tcp_rtx *q, struct tcp_rtx_rec *r, uint32_t segs)
{
	discount(q, r, r->segs - segs); /* modulo 2^32: may also grow */
	r->segs = segs;
}

uint32_t tcp_rtx_trim(struct tcp_rtx *q, struct seq to)
{
	struct tcp_rtx_rec *r = q->head;
	uint32_t was = r->segs, left;

	assert(seq_before(r->start, to) && seq_before(to, r->end));
	r->start = to;
	left = count_segs(r);
	recount(q, r, left < was ? left : was);
	return was - r->segs;
}

void tcp_rtx_resegment(struct tcp_rtx *q, struct tcp_rtx_rec *r, uint16_t mss)
{
	r->mss = mss;
	recount(q, r, count_segs(r));
}

int tcp_rtx_split(struct tcp_rtx *q, struct tcp_rtx_mem *m,
		  struct tcp_rtx_rec *r, uint32_t segs)
{
	struct tcp_rtx_rec *x;
	uint32_t handle;

	assert(segs && segs < r->segs);
	if (tcp_rtx_full(q)) {
		m->stats->TcpExtSplitsCapped++;
		return -ENOBUFS;
	}
	x = rec_new(m);
	if (!x)
		return -ENOMEM;
	handle = x->handle;
	*x = *r;
	x->handle = handle;
	x->height = roll_height(m);
	x->start = seq_add(r->start, segs * r->mss);
	x->segs = r->segs - segs;
	x->prev = r;
	if (r->next)
		r->next->prev = x;
	else
		q->tail = x;
	r->next = x;
	r->end = x->start;
	r->segs = segs;
	r->flags &= (uint8_t)~TCP_RTX_FIN;
	list_init(&x->by_time);
	if (!list_empty(&r->by_time))
		list_insert(r->by_time.next, &x->by_time);
	lanes_insert(q, m, x);
	q->recs++;
	m->stats->TcpExtSplits++;
	assert(seq_before(x->start, x->end));
	return 0;
}

/*
 * --- marks ---------------------------------------------------------------
 */
void tcp_rtx_mark_sacked(struct tcp_rtx *q, struct tcp_rtx_rec *r)
{
	assert(!(r->flags & TCP_RTX_SACKED));
	if (r->flags & TCP_RTX_LOST)
		q->lost_segs -= r->segs;
	if (r->flags & TCP_RTX_RETRANS)
		q->retrans -= r->segs;
	r->flags &= (uint8_t) ~(TCP_RTX_LOST | TCP_RTX_RETRANS);
	r->flags |= TCP_RTX_SACKED;
	q->sacked += r->segs;
	list_remove(&r->by_time);
}

/* @r and the next one, both SACKed, become one. */
static void absorb_next(struct tcp_rtx *q, struct tcp_rtx_mem *m,
			struct tcp_rtx_rec *r)
{
	struct tcp_rtx_rec *x = r->next;

	lanes_remove(q, m, x);
	r->end = x->end;
	r->segs += x->segs;
	r->flags |= x->flags & (TCP_RTX_FIN | TCP_RTX_EVER_RETRANS);
	drop(q, m, x);
}

static bool both_sacked(const struct tcp_rtx_rec *a,
			const struct tcp_rtx_rec *b)
{
	return a && b && (a->flags & b->flags & TCP_RTX_SACKED);
}

struct tcp_rtx_rec *tcp_rtx_merge_sacked(struct tcp_rtx *q,
					 struct tcp_rtx_mem *m,
					 struct tcp_rtx_rec *r)
{
	if (both_sacked(r, r->next))
		absorb_next(q, m, r);
	if (both_sacked(r->prev, r)) {
		r = r->prev;
		absorb_next(q, m, r);
	}
	return r;
}

/* Lowest first, as far as a look at the front tells (RFC 6675 5, NextSeg). */
static void queue_lost(struct tcp_rtx *q, struct tcp_rtx_rec *r)
{
	struct tcp_rtx_rec *first = by_time(list_first(&q->lost));

	list_remove(&r->by_time);
	if (first && seq_before(r->start, first->start))
		list_push_front(&q->lost, &r->by_time);
	else
		list_push(&q->lost, &r->by_time);
}

static void count_lost(struct tcp_rtx *q, struct tcp_rtx_rec *r)
{
	bool known =
		(r->flags & (TCP_RTX_LOST | TCP_RTX_RETRANS)) == TCP_RTX_LOST;

	if (!(r->flags & TCP_RTX_LOST))
		q->lost_segs += r->segs;
	if (r->flags & TCP_RTX_RETRANS)
		q->retrans -= r->segs;
	r->flags |= TCP_RTX_LOST;
	r->flags &= (uint8_t)~TCP_RTX_RETRANS;
	if (known)
		return;
	q->lost_ever += r->segs;
	if (q->on_lost)
		q->on_lost(q, r);
}

void tcp_rtx_mark_lost(struct tcp_rtx *q, struct tcp_rtx_rec *r)
{
	assert(!(r->flags & TCP_RTX_SACKED));
	count_lost(q, r);
	queue_lost(q, r);
}

static void unsack(struct tcp_rtx *q, struct tcp_rtx_rec *r)
{
	q->sacked -= r->segs;
	r->flags &= (uint8_t)~TCP_RTX_SACKED;
	r->flags |= TCP_RTX_EVER_RETRANS; /* its times mean nothing now */
	recount(q, r, count_segs(r)); /* it may be a merger of several */
}

uint32_t tcp_rtx_mark_all_lost(struct tcp_rtx *q, bool renege,
			       ostia_time sent_by)
{
	uint32_t n = 0;

	for (struct tcp_rtx_rec *r = q->head; r; r = r->next) {
		if (r->flags & TCP_RTX_SACKED) {
			if (!renege)
				continue;
			unsack(q, r);
		} else if (r != q->head && r->tx_time > sent_by &&
			   !(r->flags & TCP_RTX_LOST)) {
			continue;
		}
		if (!(r->flags & TCP_RTX_LOST))
			n += r->segs;
		count_lost(q, r);
		list_remove(&r->by_time);
		list_push(&q->lost, &r->by_time);
	}
	return n;
}

/* Back onto @sent, by time. Most go to the front: what was not sent again yet
 * is older than what was sent since. What was lost twice is younger; it goes
 * to where the one after it went, or a little before. Return: its node.
 */
static struct list *put_back(struct tcp_rtx *q, struct tcp_rtx_rec *r,
			     struct list *at)
{
	const struct tcp_rtx_rec *first = by_time(list_first(&q->sent));

	list_remove(&r->by_time);
	if (!first || r->tx_time <= first->tx_time) {
		list_push_front(&q->sent, &r->by_time);
		return at;
	}
	while (by_time(at->prev)->tx_time > r->tx_time)
		at = at->prev;
	while (at != &q->sent && by_time(at)->tx_time < r->tx_time)
		at = at->next;
	list_insert(at, &r->by_time);
	return &r->by_time;
}

void tcp_rtx_unmark_lost(struct tcp_rtx *q)
{
	struct list *at = &q->sent;
	struct tcp_rtx_rec *r;

	while ((r = by_time(list_last(&q->lost))))
		at = put_back(q, r, at);
	for (r = q->head; r && q->lost_segs; r = r->next) {
		if (r->flags & TCP_RTX_LOST)
			q->lost_segs -= r->segs;
		r->flags &= (uint8_t)~TCP_RTX_LOST;
	}
}

struct tcp_rtx_rec *tcp_rtx_first_lost(const struct tcp_rtx *q)
{
	return by_time(list_first(&q->lost));
}

/*
 * --- invariants ----------------------------------------------------------
 */
static void check_lanes(const struct tcp_rtx *q, const struct tcp_rtx_mem *m)
{
	for (unsigned i = 0; i < TCP_RTX_LANES; i++) {
		struct tcp_rtx_rec *on = rec_at(m, q->lane[i]), *last = NULL;

		for (struct tcp_rtx_rec *r = q->head; r; r = r->next) {
			if (r->height <= i)
				continue;
			assert(r == on);
			last = r;
			on = rec_at(m, r->lane[i]);
		}
		assert(!on && q->lane_tail[i] == (last ? last->handle : 0));
		(void)on;
		(void)last;
	}
}

static void check_list(const struct list *l, bool lost)
{
	ostia_time before = 0;

	list_each (node, l) {
		const struct tcp_rtx_rec *r = by_time(node);

		assert(!(r->flags & TCP_RTX_SACKED));
		assert(!lost || (r->flags & TCP_RTX_LOST));
		assert(!lost || !(r->flags & TCP_RTX_RETRANS));
		assert(lost || before <= r->tx_time);
		before = r->tx_time;
	}
	(void)before;
	(void)lost;
}

void tcp_rtx_check(const struct tcp_rtx *q, const struct tcp_rtx_mem *m)
{
	uint32_t out = 0, sacked = 0, lost = 0, retrans = 0, recs = 0;

	for (const struct tcp_rtx_rec *r = q->head; r; r = r->next) {
		assert(seq_before(r->start, r->end) && r->segs);
		assert(!r->next || seq_eq(r->end, r->next->start));
		assert(!r->next || r->next->prev == r);
		assert(!(r->flags & TCP_RTX_SACKED) || list_empty(&r->by_time));
		recs++;
		out += r->segs;
		sacked += r->flags & TCP_RTX_SACKED ? r->segs : 0;
		lost += r->flags & TCP_RTX_LOST ? r->segs : 0;
		retrans += r->flags & TCP_RTX_RETRANS ? r->segs : 0;
	}
	assert(recs == q->recs && out == q->out && sacked == q->sacked);
	assert(lost == q->lost_segs && retrans == q->retrans);
	(void)recs, (void)out, (void)sacked, (void)lost, (void)retrans;
	check_list(&q->sent, false);
	check_list(&q->lost, true);
	check_lanes(q, m);
}
