/* SPDX-License-Identifier: MIT */
#include "base/pkt.h"

#include "base/csum.h"

#include <errno.h>

enum {
	PKT_HEAD_MIN = 32, /* where the head begins when bytes move in */
	PKT_INLINE_FROM = 32, /* ostia_pkt_from(): short ones live here */
};

struct ostia_pkt *pkt_new(struct ostia_pool *pool)
{
	struct ostia_pkt *p = pool_pkt_get(pool);

	if (p) {
		p->hoff = PKT_HEADROOM;
		p->gso_segs = 1;
	}
	return p;
}

void pkt_free(struct ostia_pkt *p)
{
	for (unsigned i = 0; i < p->nslices; i++)
		block_put(p->slice[i].block);
	pool_pkt_put(p->pool, p);
}

void pkt_free_list(struct ostia_pkt *p)
{
	while (p) {
		struct ostia_pkt *next = p->next;

		pkt_free(p);
		p = next;
	}
}

/* Drop @n bytes from the front of the slices; the head is not looked at. */
static void trim_slices(struct ostia_pkt *p, uint32_t n)
{
	unsigned gone = 0;

	while (n && n >= p->slice[gone].len) {
		n -= p->slice[gone].len;
		block_put(p->slice[gone].block);
		gone++;
	}
	if (gone) {
		p->nslices -= gone;
		memmove(p->slice, p->slice + gone,
			p->nslices * sizeof(p->slice[0]));
	}
	if (n) {
		p->slice[0].off += n;
		p->slice[0].len -= n;
	}
}

/* Make the first @n bytes stand in the head area, with as much room before
 * them as there can be: headers may have to be put there.
 */
static bool gather(struct ostia_pkt *p, uint32_t n)
{
	uint32_t more, left;

	if (n > p->len || n > PKT_HEAD - PKT_HEAD_MIN)
		return false;
	if (p->hoff + n > PKT_HEAD || p->hlen == 0) {
		uint16_t to = n > PKT_HEAD - PKT_HEADROOM
				      ? (uint16_t)(PKT_HEAD - n)
				      : PKT_HEADROOM;

		memmove(p->head + to, p->head + p->hoff, p->hlen);
		p->hoff = to;
	}
	more = left = n - p->hlen;
	for (unsigned i = 0; left; i++) {
		uint32_t part = p->slice[i].len < left ? p->slice[i].len : left;

		memcpy(p->head + p->hoff + n - left, slice_ptr(&p->slice[i]),
		       part);
		left -= part;
	}
	p->hlen += more;
	trim_slices(p, more);
	return true;
}

/* The range in one slice, if it lies in one. */
static const uint8_t *in_one_slice(const struct ostia_pkt *p, uint32_t off,
				   uint32_t n)
{
	off -= p->hlen;
	for (unsigned i = 0; i < p->nslices; i++) {
		const struct slice *s = &p->slice[i];

		if (off < s->len)
			return n <= s->len - off ? slice_ptr(s) + off : NULL;
		off -= s->len;
	}
	return NULL;
}

uint8_t *pkt_pullup(struct ostia_pkt *p, uint32_t off, uint32_t n)
{
	const uint8_t *at;

	if (off > p->len || n > p->len - off)
		return NULL;
	if (off >= p->hlen && (at = in_one_slice(p, off, n)))
		return (uint8_t *)(uintptr_t)at;
	if (!gather(p, off + n))
		return NULL;
	return p->head + p->hoff + off;
}

uint8_t *pkt_edit(struct ostia_pkt *p, uint32_t n)
{
	if (n > p->hlen && !gather(p, n))
		return NULL;
	return p->head + p->hoff;
}

/* What the head area has behind @keep becomes a slice, the first one. */
static int spill(struct ostia_pkt *p, uint32_t keep)
{
	uint32_t n = p->hlen - keep;
	struct block *b;

	if (p->nslices == OSTIA_PKT_SLICES)
		return -ENOBUFS;
	b = block_new(p->pool, n);
	if (!b)
		return -ENOMEM;
	memcpy(b->mem, p->head + p->hoff + keep, n);
	b->used = n;
	memmove(p->slice + 1, p->slice, p->nslices * sizeof(p->slice[0]));
	p->slice[0] = (struct slice) { b, 0, n };
	p->nslices++;
	p->hlen = (uint16_t)keep;
	return 0;
}

int pkt_headroom(struct ostia_pkt *p, uint32_t n, uint32_t keep)
{
	uint16_t to;
	int err;

	if (n <= p->hoff)
		return 0;
	keep = keep < p->hlen ? keep : p->hlen;
	if (n > PKT_HEAD || keep > PKT_HEAD - n)
		return -ENOBUFS;
	if (p->hlen > PKT_HEAD - n) {
		err = spill(p, keep);
		if (err)
			return err;
	}
	to = (uint16_t)(PKT_HEAD - p->hlen);
	memmove(p->head + to, p->head + p->hoff, p->hlen);
	p->hoff = to;
	return 0;
}

static uint16_t less(uint16_t off, uint32_t n)
{
	return off > n ? (uint16_t)(off - n) : 0;
}

void pkt_trim_front(struct ostia_pkt *p, uint32_t n)
{
	uint32_t head = n < p->hlen ? n : p->hlen;

	assert(n <= p->len);
	p->hoff += head;
	p->hlen -= head;
	p->len -= n;
	trim_slices(p, n - head);
	p->l3 = less(p->l3, n);
	p->l4 = less(p->l4, n);
	p->data = less(p->data, n);
}

void pkt_trim(struct ostia_pkt *p, uint32_t n)
{
	uint32_t cut = p->len - n;

	assert(n <= p->len);
	p->len = n;
	while (cut && p->nslices) {
		struct slice *s = &p->slice[p->nslices - 1];

		if (s->len > cut) {
			s->len -= cut;
			return;
		}
		cut -= s->len;
		block_put(s->block);
		p->nslices--;
	}
	p->hlen -= cut;
}

int pkt_add_slice(struct ostia_pkt *p, struct block *b, uint32_t off,
		  uint32_t len)
{
	struct slice *last = p->nslices ? &p->slice[p->nslices - 1] : NULL;

	if (last && last->block == b && last->off + last->len == off) {
		last->len += len;
	} else if (p->nslices == OSTIA_PKT_SLICES) {
		return -ENOBUFS;
	} else {
		p->slice[p->nslices++] =
			(struct slice) { block_get(b), off, len };
	}
	p->len += len;
	return 0;
}

int pkt_append_copy(struct ostia_pkt *p, const void *from, uint32_t n)
{
	const uint8_t *at = from;
	uint8_t *head = pkt_put(p, n);

	if (head) {
		memcpy(head, from, n);
		return 0;
	}
	while (n) {
		uint32_t part = n < BLOCK_LARGE ? n : BLOCK_LARGE;
		struct block *b = block_new(p->pool, part);
		int err;

		if (!b)
			return -ENOMEM;
		memcpy(b->mem, at, part);
		b->used = part;
		err = pkt_add_slice(p, b, 0, part);
		block_put(b);
		if (err)
			return err;
		at += part;
		n -= part;
	}
	return 0;
}

/* Slices of @q from byte @off of its slices on. */
static int append_slices(struct ostia_pkt *p, const struct ostia_pkt *q,
			 uint32_t off, uint32_t n)
{
	for (unsigned i = 0; i < q->nslices && n; i++) {
		const struct slice *s = &q->slice[i];
		uint32_t part;

		if (off >= s->len) {
			off -= s->len;
			continue;
		}
		part = s->len - off < n ? s->len - off : n;
		if (pkt_add_slice(p, s->block, s->off + off, part))
			return -ENOBUFS;
		n -= part;
		off = 0;
	}
	return 0;
}

static int append_range(struct ostia_pkt *p, const struct ostia_pkt *q,
			uint32_t off, uint32_t n)
{
	uint32_t part;
	int err;

	if (off >= q->hlen)
		return append_slices(p, q, off - q->hlen, n);
	part = q->hlen - off < n ? q->hlen - off : n;
	err = pkt_append_copy(p, q->head + q->hoff + off, part);
	return err ? err : append_slices(p, q, 0, n - part);
}

int pkt_append_pkt(struct ostia_pkt *p, struct ostia_pkt *q, uint32_t off)
{
	uint32_t was = p->len;
	int err = append_range(p, q, off, q->len - off);

	if (err)
		pkt_trim(p, was);
	return err;
}

uint32_t pkt_copy_out(const struct ostia_pkt *p, uint32_t off, void *to,
		      uint32_t n)
{
	uint8_t *out = to;
	uint32_t left;

	if (off >= p->len)
		return 0;
	n = n < p->len - off ? n : p->len - off;
	left = n;
	if (off < p->hlen) {
		uint32_t part = p->hlen - off < left ? p->hlen - off : left;

		memcpy(out, p->head + p->hoff + off, part);
		out += part;
		left -= part;
		off = p->hlen;
	}
	off -= p->hlen;
	for (unsigned i = 0; left; i++) {
		const struct slice *s = &p->slice[i];
		uint32_t part;

		if (off >= s->len) {
			off -= s->len;
			continue;
		}
		part = s->len - off < left ? s->len - off : left;
		memcpy(out, slice_ptr(s) + off, part);
		out += part;
		left -= part;
		off = 0;
	}
	return n;
}

struct ostia_pkt *pkt_clone_range(const struct ostia_pkt *p, uint32_t off,
				  uint32_t n)
{
	struct ostia_pkt *q = pkt_new(p->pool);

	if (q && append_range(q, p, off, n)) {
		pkt_free(q);
		return NULL;
	}
	return q;
}

uint32_t pkt_csum(const struct ostia_pkt *p, uint32_t off, uint32_t n,
		  uint32_t sum)
{
	csum_fn add = env_csum(pool_env(p->pool));
	uint32_t done = 0;

	if (off < p->hlen) {
		done = p->hlen - off < n ? p->hlen - off : n;
		sum = add(p->head + p->hoff + off, done, sum);
		off = p->hlen;
	}
	off -= p->hlen;
	for (unsigned i = 0; done < n && i < p->nslices; i++) {
		const struct slice *s = &p->slice[i];
		uint32_t part;

		if (off >= s->len) {
			off -= s->len;
			continue;
		}
		part = s->len - off < n - done ? s->len - off : n - done;
		sum = csum_block_add(sum, add(slice_ptr(s) + off, part, 0),
				     done);
		done += part;
		off = 0;
	}
	return sum;
}

uint32_t pkt_truesize(const struct ostia_pkt *p)
{
	uint32_t size = sizeof(*p);

	for (unsigned i = 0; i < p->nslices; i++)
		if (i == 0 || p->slice[i].block != p->slice[i - 1].block)
			size += p->slice[i].block->size;
	return size;
}

struct ostia_pkt *ostia_pkt_new(struct ostia_pool *pool, size_t room)
{
	struct ostia_pkt *p = pkt_new(pool);
	struct block *b = p ? block_new(pool, room) : NULL;

	if (b) {
		p->slice[p->nslices++] = (struct slice) { b, 0, 0 };
	} else if (p) {
		pkt_free(p);
		p = NULL;
	}
	return p;
}

uint8_t *ostia_pkt_room(struct ostia_pkt *p, size_t *room)
{
	struct slice *s = &p->slice[0];

	if (p->nslices != 1 || p->hlen || s->block->refs != 1) {
		*room = 0;
		return NULL;
	}
	*room = s->block->size;
	return s->block->mem;
}

void ostia_pkt_set_len(struct ostia_pkt *p, size_t n)
{
	struct slice *s = &p->slice[0];

	assert(p->nslices == 1 && p->hlen == 0 && n <= s->block->size);
	s->len = s->block->used = p->len = (uint32_t)n;
}

struct ostia_pkt *ostia_pkt_from(struct ostia_pool *pool, const void *from,
				 size_t n)
{
	struct ostia_pkt *p = pkt_new(pool);

	if (!p)
		return NULL;
	p->hoff = PKT_INLINE_FROM;
	if (n > UINT32_MAX || pkt_append_copy(p, from, (uint32_t)n)) {
		pkt_free(p);
		return NULL;
	}
	return p;
}

struct ostia_pkt *ostia_pkt_next(const struct ostia_pkt *p)
{
	return p->next;
}

void ostia_pkt_set_next(struct ostia_pkt *p, struct ostia_pkt *next)
{
	p->next = next;
}

size_t ostia_pkt_len(const struct ostia_pkt *p)
{
	return p->len;
}

uint64_t ostia_pkt_id(const struct ostia_pkt *p)
{
	return p->id;
}

int ostia_pkt_iov(const struct ostia_pkt *p, struct iovec *iov)
{
	int n = 0;

	if (p->hlen)
		iov[n++] =
			(struct iovec) { (void *)(uintptr_t)(p->head + p->hoff),
					 p->hlen };
	for (unsigned i = 0; i < p->nslices; i++)
		iov[n++] = (struct iovec) { slice_ptr(&p->slice[i]),
					    p->slice[i].len };
	return n;
}

size_t ostia_pkt_copy_out(const struct ostia_pkt *p, size_t off, void *to,
			  size_t n)
{
	if (off >= p->len)
		return 0;
	n = n < p->len - off ? n : p->len - off;
	return pkt_copy_out(p, (uint32_t)off, to, (uint32_t)n);
}

void ostia_pkt_free(struct ostia_pkt *p)
{
	pkt_free(p);
}

void ostia_pkt_free_list(struct ostia_pkt *p)
{
	pkt_free_list(p);
}

/* All that travels beside the bytes; the link and the owner do not. */
static void copy_meta(struct ostia_pkt *to, const struct ostia_pkt *from)
{
	to->call = from->call;
	to->conn = from->conn;
	to->when = from->when;
	to->l3 = from->l3;
	to->l4 = from->l4;
	to->data = from->data;
	to->gso_size = from->gso_size;
	to->gso_segs = from->gso_segs;
	to->gso_type = from->gso_type;
	to->csum = from->csum;
	to->csum_off = from->csum_off;
	to->flags = from->flags;
}

struct ostia_pkt *ostia_pkt_clone(const struct ostia_pkt *p)
{
	struct ostia_pkt *q = pkt_new(p->pool);

	if (!q)
		return NULL;
	q->hoff = p->hoff;
	q->hlen = p->hlen;
	q->len = p->len;
	memcpy(q->head + q->hoff, p->head + p->hoff, p->hlen);
	for (unsigned i = 0; i < p->nslices; i++) {
		q->slice[i] = p->slice[i];
		block_get(q->slice[i].block);
	}
	q->nslices = p->nslices;
	copy_meta(q, p);
	return q;
}

void pkt_mark_rx(struct ostia_pkt *q, const struct ostia_pkt *p)
{
	q->link = p->link;
	q->src = p->src;
	q->dst = p->dst;
	q->zone = p->zone;
	q->proto = p->proto;
	q->ttl = p->ttl;
	q->tos = p->tos;
	q->frag_max = p->frag_max;
}

struct ostia_pkt *pkt_clone_rx(const struct ostia_pkt *p)
{
	struct ostia_pkt *q = ostia_pkt_clone(p);

	if (q)
		pkt_mark_rx(q, p);
	return q;
}

struct ostia_pkt *ostia_pkt_copy(struct ostia_pool *pool,
				 const struct ostia_pkt *p)
{
	struct ostia_pkt *q = pkt_new(pool);
	struct iovec iov[OSTIA_PKT_SLICES + 1];
	int n = ostia_pkt_iov(p, iov);

	if (!q)
		return NULL;
	if (p->len <= PKT_HEAD - PKT_HEADROOM) {
		pkt_copy_out(p, 0, pkt_put(q, p->len), p->len);
	} else {
		struct block *b = block_new(pool, p->len);

		if (!b) {
			pkt_free(q);
			return NULL;
		}
		for (int i = 0; i < n; i++) {
			memcpy(b->mem + b->used, iov[i].iov_base,
			       iov[i].iov_len);
			b->used += (uint32_t)iov[i].iov_len;
		}
		(void)pkt_add_slice(q, b, 0, p->len); /* the first fits */
		block_put(b);
	}
	copy_meta(q, p);
	return q;
}

void ostia_pkt_meta(const struct ostia_pkt *p, struct ostia_pkt_meta *m)
{
	*m = (struct ostia_pkt_meta) { .csum = p->csum,
				       .gso_type = p->gso_type,
				       .gso_size = p->gso_size,
				       .l4 = p->l4,
				       .csum_offset = p->csum_off,
				       .hdr_len = p->data,
				       .when = p->when };
}

void ostia_pkt_set_meta(struct ostia_pkt *p, const struct ostia_pkt_meta *m)
{
	uint32_t payload = p->len > m->hdr_len ? p->len - m->hdr_len : 0;

	p->csum = m->csum;
	p->gso_type = m->gso_type;
	p->gso_size = m->gso_size;
	p->gso_segs = 1;
	if (m->gso_size && payload > m->gso_size)
		p->gso_segs =
			(uint16_t)((payload + m->gso_size - 1) / m->gso_size);
	p->l4 = m->l4;
	p->csum_off = (uint8_t)m->csum_offset;
	p->data = m->hdr_len;
	p->when = m->when;
}
