/* SPDX-License-Identifier: MIT */
#include "tcp/reasm.h"

#include "base/env.h"

#include <errno.h>

static struct seq piece_end(const struct tcp_piece *p)
{
	return seq_add(p->start, p->bytes.len);
}

static void check(const struct tcp_reasm *r)
{
	uint64_t len = 0, charge = 0;

	assert(r->n <= r->room && r->room <= TCP_REASM_PIECES);
	for (unsigned i = 0; i < r->n; i++) {
		assert(r->piece[i].bytes.len > 0);
		assert(i == 0 || seq_before_eq(piece_end(&r->piece[i - 1]),
					       r->piece[i].start));
		len += r->piece[i].bytes.len;
		charge += r->piece[i].bytes.charge;
	}
	assert(len == r->len && charge == r->charge);
	(void)len;
	(void)charge;
}

/* --- what SACK says ------------------------------------------------------ */

static bool touches(const struct wire_tcp_sack *a, struct seq start,
		    struct seq end)
{
	return seq_before_eq(start, seq(a->right)) &&
	       seq_before_eq(seq(a->left), end);
}

static void drop_sack(struct tcp_reasm *r, unsigned i)
{
	r->n_sack--;
	memmove(&r->sack[i], &r->sack[i + 1],
		(r->n_sack - i) * sizeof(r->sack[0]));
}

/* RFC 2018 4: the first block holds the segment that came last; the others
 * repeat the blocks reported most recently.
 */
static void report(struct tcp_reasm *r, struct seq start, struct seq end)
{
	for (unsigned i = 0; i < r->n_sack;) {
		if (!touches(&r->sack[i], start, end)) {
			i++;
			continue;
		}
		start = seq_min(start, seq(r->sack[i].left));
		end = seq_max(end, seq(r->sack[i].right));
		drop_sack(r, i);
		i = 0;
	}
	if (r->n_sack == 4)
		r->n_sack--;
	memmove(&r->sack[1], &r->sack[0], r->n_sack * sizeof(r->sack[0]));
	r->sack[0] = (struct wire_tcp_sack) { start.v, end.v };
	r->n_sack++;
}

static void forget_sacks_below(struct tcp_reasm *r, struct seq edge)
{
	for (unsigned i = 0; i < r->n_sack;) {
		if (seq_before_eq(seq(r->sack[i].right), edge)) {
			drop_sack(r, i);
			continue;
		}
		if (seq_before(seq(r->sack[i].left), edge))
			r->sack[i].left = edge.v;
		i++;
	}
}

static void forget_sacks_above(struct tcp_reasm *r, struct seq edge)
{
	for (unsigned i = 0; i < r->n_sack;) {
		if (seq_after_eq(seq(r->sack[i].left), edge)) {
			drop_sack(r, i);
			continue;
		}
		if (seq_after(seq(r->sack[i].right), edge))
			r->sack[i].right = edge.v;
		i++;
	}
}

void tcp_reasm_on_duplicate(struct tcp_reasm *r, struct seq start,
			    struct seq end)
{
	if (r->has_dsack && seq_eq(end, seq(r->dsack.left))) {
		r->dsack.left = start.v;
	} else if (r->has_dsack && seq_eq(start, seq(r->dsack.right))) {
		r->dsack.right = end.v;
	} else {
		r->dsack = (struct wire_tcp_sack) { start.v, end.v };
	}
	r->has_dsack = true;
}

unsigned tcp_reasm_sack(struct tcp_reasm *r, struct seq rcv_nxt, unsigned max,
			struct wire_tcp_sack *out)
{
	unsigned n = 0;

	forget_sacks_below(r, rcv_nxt);
	if (r->has_dsack && n < max)
		out[n++] = r->dsack;
	r->has_dsack = false;
	for (unsigned i = 0; i < r->n_sack && n < max; i++)
		out[n++] = r->sack[i];
	return n;
}

/* --- the pieces ---------------------------------------------------------- */

/* Index of the first piece that ends after @s. */
static unsigned find(const struct tcp_reasm *r, struct seq s)
{
	unsigned lo = 0, hi = r->n;

	/* Nearly always what comes next goes on behind the last one. */
	if (hi && seq_before_eq(piece_end(&r->piece[hi - 1]), s))
		return hi;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (seq_after(piece_end(&r->piece[mid]), s))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static int grow(struct tcp_reasm *r, struct ostia_pool *pool)
{
	const struct ostia_env *env = pool_env(pool);
	unsigned room = r->room ? r->room * 2u : TCP_REASM_FIRST;
	struct tcp_piece *p;

	if (r->n < r->room)
		return 0;
	if (room > TCP_REASM_PIECES)
		return -ENOBUFS;
	p = env_alloc(env, room * sizeof(*p));
	if (!p)
		return -ENOMEM;
	if (r->n)
		memcpy(p, r->piece, r->n * sizeof(*p));
	env_free(env, r->piece, r->room * sizeof(*p));
	r->piece = p;
	r->room = (uint16_t)room;
	return 0;
}

/* Appends to piece @i; charges are kept as sums. */
static int append(struct tcp_reasm *r, struct ostia_pool *pool, unsigned i,
		  struct ostia_pkt *p, uint32_t off, uint32_t n, bool copy)
{
	struct stream *s = &r->piece[i].bytes;
	uint32_t before = s->charge;
	int err = stream_append_pkt(s, pool, p, off, n, copy);

	r->charge += s->charge - before;
	if (!err)
		r->len += n;
	return err;
}

static void remove_piece(struct tcp_reasm *r, unsigned i)
{
	r->n--;
	memmove(&r->piece[i], &r->piece[i + 1],
		(r->n - i) * sizeof(r->piece[0]));
}

/* A new piece at index @i. When there are too many, the last one goes. */
static int insert(struct tcp_reasm *r, struct ostia_pool *pool, unsigned i,
		  struct seq start, struct ostia_pkt *p, uint32_t off,
		  uint32_t n, bool copy)
{
	int err = grow(r, pool);

	if (err == -ENOBUFS && i < r->n) {
		tcp_reasm_drop_last(r, pool);
		err = 0;
	}
	if (err)
		return err;
	memmove(&r->piece[i + 1], &r->piece[i],
		(r->n - i) * sizeof(r->piece[0]));
	r->n++;
	r->piece[i].start = start;
	stream_init(&r->piece[i].bytes);
	err = append(r, pool, i, p, off, n, copy);
	if (err)
		remove_piece(r, i);
	r->work++;
	return err;
}

/* Piece @i + 1 begins where @i ends: move some slices over. */
static void merge(struct tcp_reasm *r, struct ostia_pool *pool, unsigned i)
{
	struct tcp_piece *a, *b;
	struct slice s;

	if (i + 1 >= r->n)
		return;
	a = &r->piece[i];
	b = a + 1;
	if (!seq_eq(piece_end(a), b->start))
		return;
	r->charge -= a->bytes.charge + b->bytes.charge;
	for (int k = 0; k < TCP_REASM_MERGE && b->bytes.len; k++) {
		if (!stream_take(&b->bytes, pool, b->bytes.len, &s))
			break;
		if (stream_append_slice(&a->bytes, pool, s.block, s.off,
					s.len)) {
			/* No memory for a list node: what was taken is lost,
			 * and so is what stands behind it. The peer will
			 * send it again.
			 */
			block_put(s.block);
			r->len -= s.len + b->bytes.len;
			stream_clear(&b->bytes, pool);
			break;
		}
		block_put(s.block);
		b->start = seq_add(b->start, s.len);
		r->work++;
	}
	r->charge += a->bytes.charge + b->bytes.charge;
	if (!b->bytes.len)
		remove_piece(r, i + 1);
}

/* Fills [start, end) up to piece @i, or up to @end if that comes first: behind
 * the piece before it if that ends here, else as a piece of its own.
 */
static int fill(struct tcp_reasm *r, struct ostia_pool *pool, unsigned *i,
		struct seq start, struct seq end, struct ostia_pkt *p,
		uint32_t off, bool copy)
{
	unsigned at = *i;
	int err;

	if (at && seq_eq(piece_end(&r->piece[at - 1]), start))
		return append(r, pool, at - 1, p, off, seq_span(start, end),
			      copy);
	err = insert(r, pool, at, start, p, off, seq_span(start, end), copy);
	if (!err)
		*i = at + 1;
	return err;
}

int tcp_reasm_add(struct tcp_reasm *r, struct ostia_pool *pool,
		  struct ostia_pkt *p, uint32_t off, struct seq start,
		  uint32_t n, bool copy)
{
	struct seq at = start, end = seq_add(start, n);
	unsigned first = find(r, start), i = first;
	uint32_t fresh = 0;
	int err = 0;

	while (seq_before(at, end) && !err) {
		struct seq stop = end;

		r->work++;
		if (i < r->n && seq_before_eq(r->piece[i].start, at)) {
			stop = seq_min(piece_end(&r->piece[i]), end);
			tcp_reasm_on_duplicate(r, at, stop);
			at = stop;
			i++;
			continue;
		}
		if (i < r->n)
			stop = seq_min(r->piece[i].start, end);
		err = fill(r, pool, &i, at, stop, p, off + seq_span(start, at),
			   copy);
		if (err)
			break;
		fresh += seq_span(at, stop);
		at = stop;
	}
	merge(r, pool, first && first <= r->n ? first - 1 : 0);
	if (first + 1u < r->n)
		merge(r, pool, first);
	if (!seq_eq(at, start))
		report(r, start, at);
	check(r);
	return err && !fresh ? err : (int)fresh;
}

void tcp_reasm_on_fin(struct tcp_reasm *r, struct seq at)
{
	if (!r->has_fin) {
		r->has_fin = true;
		r->fin = at;
	}
	report(r, r->fin, seq_add(r->fin, 1));
}

/* Moves one piece; the stream as a whole if nothing is there yet. */
static int move(struct tcp_reasm *r, struct ostia_pool *pool,
		struct tcp_piece *p, struct stream *to)
{
	struct slice s;
	uint32_t before = p->bytes.charge;
	int err = 0;

	if (!to->len) {
		stream_clear(to, pool);
		*to = p->bytes;
		stream_init(&p->bytes);
	}
	while (!err && p->bytes.len &&
	       stream_take(&p->bytes, pool, p->bytes.len, &s)) {
		err = stream_append_slice(to, pool, s.block, s.off, s.len);
		block_put(s.block);
		r->work++;
	}
	r->charge -= before - p->bytes.charge;
	return err;
}

/* Piece @p begins at or before @rcv_nxt: what is new of it goes to @to. */
static int deliver_piece(struct tcp_reasm *r, struct ostia_pool *pool,
			 struct tcp_piece *p, struct seq rcv_nxt,
			 struct stream *to)
{
	uint32_t len = p->bytes.len;
	uint32_t old = seq_span(p->start, rcv_nxt);
	int err;

	/* A peer may send what it sent before, and more. */
	r->charge -= p->bytes.charge;
	stream_discard(&p->bytes, pool, old < len ? old : len);
	r->charge += p->bytes.charge;
	err = move(r, pool, p, to);
	/* What could not be moved is given up: it will come again. */
	r->charge -= p->bytes.charge;
	stream_clear(&p->bytes, pool);
	r->len -= len;
	return err;
}

int tcp_reasm_deliver(struct tcp_reasm *r, struct ostia_pool *pool,
		      struct seq rcv_nxt, struct stream *to)
{
	uint32_t had = to->len;
	unsigned done = 0;
	int err = 0;

	while (!err && done < r->n &&
	       seq_before_eq(r->piece[done].start, rcv_nxt)) {
		uint32_t was = to->len;

		err = deliver_piece(r, pool, &r->piece[done], rcv_nxt, to);
		rcv_nxt = seq_add(rcv_nxt, to->len - was);
		done++;
	}
	if (done) {
		r->n = (uint16_t)(r->n - done);
		memmove(r->piece, r->piece + done, r->n * sizeof(r->piece[0]));
	}
	forget_sacks_below(r, rcv_nxt);
	check(r);
	return (int)(to->len - had);
}

/* Has so much come or gone since the last time that it may pay again? */
static bool may_be_loose(const struct tcp_reasm *r)
{
	return r->charge > r->tight + r->tight / 8 || r->charge < r->tight / 2;
}

uint32_t tcp_reasm_compact(struct tcp_reasm *r, struct ostia_pool *pool)
{
	uint32_t saved = 0;

	if (!may_be_loose(r))
		return 0;
	for (unsigned i = 0; i < r->n; i++)
		saved += stream_compact(&r->piece[i].bytes, pool);
	r->charge -= saved;
	r->tight = r->charge;
	return saved;
}

uint32_t tcp_reasm_drop_last(struct tcp_reasm *r, struct ostia_pool *pool)
{
	struct tcp_piece *p;
	uint32_t charge;

	if (!r->n)
		return 0;
	p = &r->piece[--r->n];
	charge = p->bytes.charge;
	r->charge -= charge;
	r->len -= p->bytes.len;
	forget_sacks_above(r, p->start);
	stream_clear(&p->bytes, pool);
	return charge;
}

void tcp_reasm_clear(struct tcp_reasm *r, struct ostia_pool *pool)
{
	while (r->n)
		tcp_reasm_drop_last(r, pool);
	r->n_sack = 0;
	r->has_dsack = false;
	r->has_fin = false;
}

void tcp_reasm_fini(struct tcp_reasm *r, const struct ostia_env *env)
{
	env_free(env, r->piece, r->room * sizeof(r->piece[0]));
	r->piece = NULL;
	r->room = 0;
}
