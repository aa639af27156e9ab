/* SPDX-License-Identifier: MIT */
#include "base/stream.h"

#include <errno.h>

struct stream_chunk {
	struct stream_chunk *next;
	struct slice s[STREAM_CHUNK_SLICES];
};

static_assert(sizeof(struct stream_chunk) == STREAM_CHUNK_BYTES,
	      "the pool hands out chunks of this size");

enum {
	STREAM_INLINE = 128, /* so few bytes are copied into a packet */
	STREAM_COMPACT_AT = 2, /* pinned memory to bytes, to be worth it */
};

void stream_init(struct stream *s)
{
	*s = (struct stream) { 0 };
}

static struct slice *last_slice(const struct stream *s)
{
	return s->len ? &s->tail->s[s->last - 1] : NULL;
}

bool stream_tail_is(const struct stream *s, const struct block *b)
{
	const struct slice *tail = last_slice(s);

	return tail && tail->block == b;
}

/* Where the next slice goes; NULL without memory. */
static struct slice *next_slot(struct stream *s, struct ostia_pool *pool)
{
	struct stream_chunk *c = s->tail;

	if (c && s->last < STREAM_CHUNK_SLICES)
		return &c->s[s->last++];
	c = pool_chunk_get(pool);
	if (!c)
		return NULL;
	c->next = NULL;
	if (s->tail)
		s->tail->next = c;
	else
		s->head = c;
	s->tail = c;
	s->last = 1;
	return &c->s[0];
}

int stream_append_slice(struct stream *s, struct ostia_pool *pool,
			struct block *b, uint32_t off, uint32_t len)
{
	struct slice *tail = last_slice(s);
	struct slice *slot;

	if (!len)
		return 0;
	if (tail && tail->block == b && tail->off + tail->len == off) {
		tail->len += len;
		s->len += len;
		return 0;
	}
	slot = next_slot(s, pool);
	if (!slot)
		return -ENOMEM;
	if (!tail || tail->block != b)
		s->charge += b->size;
	*slot = (struct slice) { block_get(b), off, len };
	s->len += len;
	return 0;
}

/* struct cursor - a place in the caller's iovec */
struct cursor {
	const struct iovec *iov;
	int niov;
	size_t at;
};

static inline struct cursor cursor(const struct iovec *iov, int niov,
				   size_t skip)
{
	struct cursor c = { iov, niov, skip };

	while (c.niov && c.at >= c.iov->iov_len) {
		c.at -= c.iov->iov_len;
		c.iov++;
		c.niov--;
	}
	return c;
}

/* The next contiguous part, at most @n bytes; 0 at the end. */
static uint8_t *cursor_next(struct cursor *c, size_t *n)
{
	uint8_t *p;

	while (c->niov && c->at >= c->iov->iov_len) {
		c->at = 0;
		c->iov++;
		c->niov--;
	}
	if (!c->niov) {
		*n = 0;
		return NULL;
	}
	p = (uint8_t *)c->iov->iov_base + c->at;
	if (*n > c->iov->iov_len - c->at)
		*n = c->iov->iov_len - c->at;
	c->at += *n;
	return p;
}

static size_t cursor_read(struct cursor *c, uint8_t *to, size_t n)
{
	size_t done = 0;

	if (c->niov && n <= c->iov->iov_len - c->at) { /* nearly always */
		memcpy(to, (const uint8_t *)c->iov->iov_base + c->at, n);
		c->at += n;
		return n;
	}
	while (done < n) {
		size_t part = n - done;
		const uint8_t *p = cursor_next(c, &part);

		if (!part)
			break;
		memcpy(to + done, p, part);
		done += part;
	}
	return done;
}

static void cursor_write(struct cursor *c, const uint8_t *from, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t part = n - done;
		uint8_t *p = cursor_next(c, &part);

		if (!part)
			break;
		memcpy(p, from + done, part);
		done += part;
	}
}

/* Room behind the tail that is ours: nobody wrote there since we did. */
static uint32_t tail_room(const struct slice *tail)
{
	const struct block *b;

	if (!tail)
		return 0;
	b = tail->block;
	return tail->off + tail->len == b->used ? b->size - b->used : 0;
}

/* As many of @n bytes as fit behind the tail. */
static size_t fill_tail(struct stream *s, struct cursor *c, size_t n)
{
	struct slice *tail = last_slice(s);
	size_t room = tail_room(tail);

	if (!room)
		return 0;
	n = cursor_read(c, tail->block->mem + tail->block->used,
			n < room ? n : room);
	tail->block->used += (uint32_t)n;
	tail->len += (uint32_t)n;
	s->len += (uint32_t)n;
	return n;
}

/* Many small writes deserve a larger block than the write at hand. */
static size_t block_wish(const struct stream *s, size_t n, size_t max)
{
	if (max < BLOCK_MEDIUM)
		return BLOCK_SMALL;
	if (max < BLOCK_LARGE && n >= BLOCK_MEDIUM)
		return BLOCK_MEDIUM;
	if (s->len >= BLOCK_SMALL / 2 && n < BLOCK_MEDIUM)
		return BLOCK_MEDIUM;
	if (s->len && n < BLOCK_SMALL)
		return BLOCK_SMALL;
	return n < BLOCK_LARGE ? n : BLOCK_LARGE;
}

static int64_t fill_new(struct stream *s, struct ostia_pool *pool,
			struct cursor *c, size_t n, size_t max)
{
	struct block *b = block_new(pool, block_wish(s, n, max));
	int err;

	if (!b)
		return -ENOMEM;
	n = cursor_read(c, b->mem, n < b->size ? n : b->size);
	b->used = (uint32_t)n;
	err = stream_append_slice(s, pool, b, 0, (uint32_t)n);
	block_put(b);
	return err ? err : (int64_t)n;
}

/* All of a piece of memory in the tail's block, or as the first slice of an
 * empty stream: what a lone small segment takes. Return: false: it does not
 * fit so.
 */
static inline bool append_few(struct stream *s, struct ostia_pool *pool,
			      const uint8_t *p, size_t n, size_t block_max)
{
	struct stream_chunk *k;
	struct block *b;

	if (s->len) {
		struct slice *tail = last_slice(s);

		b = tail->block;
		if (tail_room(tail) < n)
			return false;
		memcpy(b->mem + b->used, p, n);
		b->used += (uint32_t)n;
		tail->len += (uint32_t)n;
		s->len += (uint32_t)n;
		return true;
	}
	if (n > BLOCK_TINY || !n)
		return false;
	k = pool_chunk_get(pool);
	b = k ? block_new(pool, block_wish(s, n, block_max)) : NULL;
	if (!b) {
		if (k)
			pool_chunk_put(pool, k);
		return false;
	}
	memcpy(b->mem, p, n);
	b->used = (uint32_t)n;
	k->next = NULL;
	k->s[0] = (struct slice) { b, 0, (uint32_t)n };
	s->head = s->tail = k;
	s->first = 0;
	s->last = 1;
	s->len = (uint32_t)n;
	s->charge = b->size;
	return true;
}

static int64_t append_iov(struct stream *s, struct ostia_pool *pool,
			  const struct iovec *iov, int niov, size_t skip,
			  size_t n, size_t block_max)
{
	struct cursor c = cursor(iov, niov, skip);
	size_t done = fill_tail(s, &c, n);

	while (done < n) {
		int64_t part = fill_new(s, pool, &c, n - done, block_max);

		if (part < 0)
			return done ? (int64_t)done : part;
		if (part == 0)
			break;
		done += (size_t)part;
	}
	return (int64_t)done;
}

int64_t stream_append_iov(struct stream *s, struct ostia_pool *pool,
			  const struct iovec *iov, int niov, size_t skip,
			  size_t n, size_t block_max)
{
	if (niov == 1 && skip <= iov->iov_len && n <= iov->iov_len - skip &&
	    append_few(s, pool, (const uint8_t *)iov->iov_base + skip, n,
		       block_max))
		return (int64_t)n;
	return append_iov(s, pool, iov, niov, skip, n, block_max);
}

/* The same from one piece of memory that is all there. */
static int append_copy(struct stream *s, struct ostia_pool *pool,
		       const uint8_t *p, uint32_t n)
{
	const struct iovec iov = { (void *)(uintptr_t)p, n };
	struct cursor c = { &iov, 1, 0 };
	uint32_t done = 0;

	if (append_few(s, pool, p, n, BLOCK_LARGE))
		return 0;
	done = (uint32_t)fill_tail(s, &c, n);
	while (done < n) {
		int64_t r = fill_new(s, pool, &c, n - done, BLOCK_LARGE);

		if (r < 0)
			return (int)r;
		done += (uint32_t)r;
	}
	return 0;
}

static void slice_drop(struct stream *s, struct slice *x,
		       const struct slice *neighbour)
{
	if (!neighbour || neighbour->block != x->block)
		s->charge -= x->block->size;
	block_put(x->block);
}

void stream_cut_back(struct stream *s, struct ostia_pool *pool, uint32_t len)
{
	uint32_t keep = len;

	if (!keep) {
		uint32_t base = s->base;

		stream_clear(s, pool);
		s->base = base;
		return;
	}
	while (s->len > keep) {
		struct slice *x = last_slice(s);
		uint32_t cut = s->len - keep;

		if (cut < x->len) {
			x->len -= cut;
			s->len = keep;
			return;
		}
		s->len -= x->len;
		s->last--;
		if (!s->last) { /* the chunk before becomes the tail */
			struct stream_chunk *c = s->head;

			slice_drop(s, x,
				   c == s->tail
					   ? NULL
					   : &c->s[STREAM_CHUNK_SLICES - 1]);
			while (c->next != s->tail)
				c = c->next;
			pool_chunk_put(pool, s->tail);
			c->next = NULL;
			s->tail = c;
			s->last = STREAM_CHUNK_SLICES;
			continue;
		}
		slice_drop(s, x, &s->tail->s[s->last - 1]);
	}
}

static int append_range(struct stream *s, struct ostia_pool *pool,
			struct ostia_pkt *p, uint32_t off, uint32_t n,
			bool copy)
{
	int err = 0;

	if (off < p->hlen && n) {
		uint32_t part = p->hlen - off < n ? p->hlen - off : n;

		err = append_copy(s, pool, p->head + p->hoff + off, part);
		n -= part;
		off = p->hlen;
	}
	off -= p->hlen;
	for (unsigned i = 0; n && !err && i < p->nslices; i++) {
		const struct slice *x = &p->slice[i];
		uint32_t part;

		if (off >= x->len) {
			off -= x->len;
			continue;
		}
		part = x->len - off < n ? x->len - off : n;
		err = copy ? append_copy(s, pool, slice_ptr(x) + off, part)
			   : stream_append_slice(s, pool, x->block,
						 x->off + off, part);
		n -= part;
		off = 0;
	}
	return err;
}

int stream_append_pkt(struct stream *s, struct ostia_pool *pool,
		      struct ostia_pkt *p, uint32_t off, uint32_t n, bool copy)
{
	uint32_t was = s->len;
	int err;

	if (off < p->hlen && n <= p->hlen - off &&
	    append_few(s, pool, p->head + p->hoff + off, n, BLOCK_LARGE))
		return 0;
	err = append_range(s, pool, p, off, n, copy);
	if (err)
		stream_cut_back(s, pool, was);
	return err;
}

static struct slice *second_slice(const struct stream *s)
{
	if (s->head == s->tail)
		return s->first + 1 < s->last ? &s->head->s[s->first + 1]
					      : NULL;
	if (s->first + 1 < STREAM_CHUNK_SLICES)
		return &s->head->s[s->first + 1];
	return &s->head->next->s[0];
}

/* The first slice is used up: step over its slot. */
static void step(struct stream *s, struct ostia_pool *pool)
{
	struct stream_chunk *c = s->head;

	s->first++;
	if (s->len == 0) {
		pool_chunk_put(pool, c);
		s->head = s->tail = NULL;
		s->first = s->last = 0;
	} else if (s->first == STREAM_CHUNK_SLICES) {
		s->head = c->next;
		s->first = 0;
		pool_chunk_put(pool, c);
	}
}

/* Has it one slice and no more? Not of an empty one. */
static inline bool is_lone(const struct stream *s)
{
	return s->head == s->tail && s->first + 1 == s->last;
}

static void discard_lone(struct stream *s, struct ostia_pool *pool)
{
	struct stream_chunk *k = s->head;

	block_put(k->s[s->first].block);
	pool_chunk_put(pool, k);
	s->base += s->len;
	s->head = s->tail = NULL;
	s->first = s->last = 0;
	s->len = s->charge = 0;
}

void stream_discard(struct stream *s, struct ostia_pool *pool, uint32_t n)
{
	assert(n <= s->len);
	if (n && n == s->len && is_lone(s)) {
		discard_lone(s, pool);
		return;
	}
	s->base += n;
	while (n) {
		struct slice *x = &s->head->s[s->first];

		assert(s->head); /* n <= len */
		if (n < x->len) {
			x->off += n;
			x->len -= n;
			s->len -= n;
			return;
		}
		n -= x->len;
		slice_drop(s, x, second_slice(s));
		s->len -= x->len;
		step(s, pool);
	}
}

void stream_clear(struct stream *s, struct ostia_pool *pool)
{
	stream_discard(s, pool, s->len);
	assert(!s->head && s->charge == 0);
}

bool stream_take(struct stream *s, struct ostia_pool *pool, uint32_t max,
		 struct slice *out)
{
	struct slice *x;

	if (!s->len || !max)
		return false;
	x = &s->head->s[s->first];
	*out = (struct slice) { block_get(x->block), x->off,
				x->len < max ? x->len : max };
	stream_discard(s, pool, out->len);
	return true;
}

/* struct walk - a slice under the eye, and where it begins */
struct walk {
	struct stream_chunk *chunk;
	uint32_t start; /* offset from the stream's first byte */
	uint16_t idx;
};

static struct slice *walk_slice(const struct walk *w)
{
	return &w->chunk->s[w->idx];
}

static void walk_next(struct walk *w)
{
	w->start += walk_slice(w)->len;
	if (++w->idx == STREAM_CHUNK_SLICES) {
		w->chunk = w->chunk->next;
		w->idx = 0;
	}
}

/* The slice that holds byte @off (< len), from @pos if that helps. */
static struct walk walk_to(const struct stream *s, const struct stream_pos *pos,
			   uint32_t off)
{
	struct walk w = { s->head, 0, s->first };

	if (pos && pos->chunk && (int32_t)(pos->end - s->base) > 0) {
		int32_t start = (int32_t)(pos->start - s->base);
		uint32_t from = start > 0 ? (uint32_t)start : 0;

		if (from <= off)
			w = (struct walk) { pos->chunk, from, pos->idx };
	}
	while (off - w.start >= walk_slice(&w)->len)
		walk_next(&w);
	return w;
}

uint32_t stream_copy_out(const struct stream *s, uint32_t off,
			 const struct iovec *iov, int niov, size_t skip,
			 uint32_t n)
{
	struct cursor c;
	uint32_t left;
	struct walk w;

	if (off >= s->len)
		return 0;
	left = n = n < s->len - off ? n : s->len - off;
	if (niov == 1 && is_lone(s) && skip + n <= iov->iov_len) {
		memcpy((uint8_t *)iov->iov_base + skip,
		       slice_ptr(&s->head->s[s->first]) + off, n);
		return n;
	}
	w = walk_to(s, NULL, off);
	off -= w.start;
	if (niov == 1 && n <= walk_slice(&w)->len - off &&
	    skip + n <= iov->iov_len) { /* nearly always */
		memcpy((uint8_t *)iov->iov_base + skip,
		       slice_ptr(walk_slice(&w)) + off, n);
		return n;
	}
	c = cursor(iov, niov, skip);
	while (left) {
		const struct slice *x = walk_slice(&w);
		uint32_t part = x->len - off < left ? x->len - off : left;

		cursor_write(&c, slice_ptr(x) + off, part);
		left -= part;
		off = 0;
		if (left)
			walk_next(&w);
	}
	return n;
}

/* Few bytes cost less to copy than a reference costs to keep. */
static bool copy_few(const struct stream *s, uint32_t off, uint32_t n,
		     struct ostia_pkt *p)
{
	struct iovec iov = { NULL, n };

	if (n > STREAM_INLINE)
		return false;
	iov.iov_base = pkt_put(p, n);
	if (!iov.iov_base)
		return false;
	if (is_lone(s))
		memcpy(iov.iov_base, slice_ptr(&s->head->s[s->first]) + off, n);
	else
		stream_copy_out(s, off, &iov, 1, 0, n);
	return true;
}

uint32_t stream_to_pkt(const struct stream *s, struct stream_pos *pos,
		       uint32_t off, uint32_t n, struct ostia_pkt *p)
{
	uint32_t left = n;
	struct walk w;

	assert(off + n <= s->len);
	if (!n || copy_few(s, off, n, p))
		return n;
	w = walk_to(s, pos, off);
	off -= w.start;
	for (;;) {
		const struct slice *x = walk_slice(&w);
		uint32_t part = x->len - off < left ? x->len - off : left;

		if (pkt_add_slice(p, x->block, x->off + off, part))
			break;
		left -= part;
		off = 0;
		if (!left)
			break;
		walk_next(&w);
	}
	if (pos)
		*pos = (struct stream_pos) { w.chunk, s->base + w.start,
					     s->base + w.start +
						     walk_slice(&w)->len,
					     w.idx };
	return n - left;
}

uint32_t stream_compact(struct stream *s, struct ostia_pool *pool)
{
	struct stream tight;
	uint32_t was = s->charge;
	struct walk w = { s->head, 0, s->first };

	if (!s->len || s->charge / STREAM_COMPACT_AT < s->len)
		return 0;
	stream_init(&tight);
	while (w.start < s->len) {
		const struct slice *x = walk_slice(&w);

		if (append_copy(&tight, pool, slice_ptr(x), x->len)) {
			stream_clear(&tight, pool);
			return 0;
		}
		walk_next(&w);
	}
	if (tight.charge >= was) {
		stream_clear(&tight, pool);
		return 0;
	}
	tight.base = s->base;
	stream_clear(s, pool);
	*s = tight;
	return was - s->charge;
}
