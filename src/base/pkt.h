/* SPDX-License-Identifier: MIT */
/*
 * base/pkt.h - a packet: a header area and slices of blocks
 *
 * The bytes of a packet are head[hoff, hoff + hlen) followed by its slices.
 * Emitting pushes headers in front of hoff. A received packet keeps all its
 * headers to the end; l3, l4 and data say where each begins, as offsets from
 * the first byte (push and trim keep them right). pkt_peek() gives any range
 * as contiguous memory, pulling bytes into the head area when it must.
 *
 * Short packets live in the head area whole: no block at all.
 */
#ifndef OSTIA_BASE_PKT_H
#define OSTIA_BASE_PKT_H

#include "base/block.h"

enum {
	PKT_HEAD = 320, /* bytes of the head area */
	PKT_HEADROOM = 160, /* Ethernet, IPv6, 60 bytes of TCP, and spare */
};

/* flags */
enum {
	PKT_RETRANS = 0x01,
	PKT_PROBE = 0x02,
	PKT_NEIGH_OK = 0x04, /* link header is done */
	PKT_FORWARD = 0x08,
	PKT_BROADCAST = 0x10, /* came as link or IP broadcast/multicast */
	PKT_FRAGMENT = 0x20, /* is one, or was put together from some */
	PKT_LOOPED = 0x40,
	PKT_NOFRAG = 0x80, /* DF, or IPv6 without IPV6_DONTFRAG off */
};

/**
 * struct ostia_pkt - See above
 * @next:	lists
 * @link:	where it came from, or leaves by
 * @id:		never repeats in a pool
 * @call, @conn: ids for trace events, 0 if none
 * @when:	receive time; departure time
 * @len:	all bytes
 * @l3, @l4, @data: offsets of the IP header, the transport header, and what
 *		follows it
 * @gso_size, @gso_type: as in ostia/link.h
 * @gso_segs:	segments it stands for (>= 1)
 * @csum:	enum ostia_csum_state
 * @csum_off:	PARTIAL: checksum field, from @l4
 *
 * Set by ip/ on the way in, and read by ip/ on the way out:
 * @src, @dst, @zone, @proto, @ttl, @tos: of the IP header
 * @frag_max: in: the largest fragment that it was put together from, 0: it came
 *	whole
 * @open_sum: in: its sum was PARTIAL when it came
 * @nexthop: out: whom the link shall give it to; any: not yet looked up
 */
struct ostia_pkt {
	struct ostia_pkt *next;
	struct ostia_pool *pool;
	struct ostia_link *link;
	uint64_t id;
	uint64_t call, conn;
	ostia_time when;
	uint32_t len;
	uint16_t gso_size, gso_segs; /* beside it: copied in one piece */
	uint16_t hoff, hlen;
	uint16_t l3, l4, data;
	uint8_t gso_type;
	uint8_t csum;
	uint8_t csum_off;
	uint8_t nslices;
	uint8_t flags;
	uint8_t proto, ttl, tos;
	bool open_sum;
	uint32_t zone;
	uint32_t charge; /* bytes that a queue was charged for it */
	uint32_t frag_max;
	void *owner; /* whom the charge goes back to */
	struct ostia_pkt *stamp; /* to be filed when it leaves (ip/dgram.h) */
	struct ostia_addr src, dst, nexthop;
	struct slice slice[OSTIA_PKT_SLICES];
	uint8_t head[PKT_HEAD];
};

/** struct pktq - A FIFO of packets with a cap */
struct pktq {
	struct ostia_pkt *head, **tail;
	uint32_t count, cap;
};

/**
 * struct pktring - A FIFO of packets in one pointer
 * @last: its next is the first; NULL: empty
 *
 * For queues that every socket has: whoever fills one counts bytes, which is
 * its cap.
 */
struct pktring {
	struct ostia_pkt *last;
};

/** pkt_new() - Empty, hoff at PKT_HEADROOM; NULL without memory. */
struct ostia_pkt *pkt_new(struct ostia_pool *pool);
void pkt_free(struct ostia_pkt *p);
void pkt_free_list(struct ostia_pkt *p);

/** pkt_push() - @n more bytes in front; NULL if the headroom is used up. */
static inline uint8_t *pkt_push(struct ostia_pkt *p, unsigned n)
{
	if (n > p->hoff)
		return NULL;
	p->hoff -= n;
	p->hlen += n;
	p->len += n;
	p->l3 += n;
	p->l4 += n;
	p->data += n;
	return p->head + p->hoff;
}

/** pkt_put() - @n more bytes in the head area behind hlen, before any slice;
 * NULL if there are slices or too little room.
 */
static inline uint8_t *pkt_put(struct ostia_pkt *p, unsigned n)
{
	uint8_t *at = p->head + p->hoff + p->hlen;

	if (p->nslices || n > (unsigned)(PKT_HEAD - p->hoff - p->hlen))
		return NULL;
	p->hlen += n;
	p->len += n;
	return at;
}

uint8_t *pkt_pullup(struct ostia_pkt *p, uint32_t off, uint32_t n);

/**
 * pkt_peek() - Bytes [off, off + n) as contiguous memory
 *
 * May move bytes into the head area. Return: NULL if the packet is shorter,
 * or n > PKT_HEAD - 32 of scattered bytes. Never written through: slices may
 * be shared (see pkt_edit).
 */
static inline const uint8_t *pkt_peek(struct ostia_pkt *p, uint32_t off,
				      uint32_t n)
{
	if ((uint64_t)off + n <= p->hlen)
		return p->head + p->hoff + off;
	if (p->hlen == 0 && p->nslices && (uint64_t)off + n <= p->slice[0].len)
		return slice_ptr(&p->slice[0]) + off;
	return pkt_pullup(p, off, n);
}

/**
 * pkt_edit() - Bytes [0, n) in the head area, private and writable
 * Return: NULL if shorter or n does not fit there.
 */
uint8_t *pkt_edit(struct ostia_pkt *p, uint32_t n);

/**
 * pkt_headroom() - See to it that @n bytes can be pushed
 * @keep: so many of the first bytes stay in the head area (at most hlen)
 *
 * Return: 0; -ENOMEM, -ENOBUFS: all slices are in use, or @n + @keep are more
 * than there can be.
 */
int pkt_headroom(struct ostia_pkt *p, uint32_t n, uint32_t keep);

/** pkt_trim_front() - Drop the first @n bytes (n <= len). */
void pkt_trim_front(struct ostia_pkt *p, uint32_t n);

/** pkt_trim() - Cut the packet to its first @n bytes (n <= len). */
void pkt_trim(struct ostia_pkt *p, uint32_t n);

/** pkt_add_slice() - Takes a reference of its own; merges with the last if
 * it continues it. Return: 0, or -ENOBUFS: OSTIA_PKT_SLICES are in use.
 */
int pkt_add_slice(struct ostia_pkt *p, struct block *b, uint32_t off,
		  uint32_t len);

/** pkt_append_copy() - Copy @n bytes to the end, in the head area if they
 * fit, else in blocks. Return: 0, -ENOMEM, -ENOBUFS (slices).
 */
int pkt_append_copy(struct ostia_pkt *p, const void *from, uint32_t n);

/** pkt_append_pkt() - Append bytes [off, len) of @q by reference (bytes of
 * its head area are copied); @q stays. Return: 0, -ENOMEM, -ENOBUFS.
 */
int pkt_append_pkt(struct ostia_pkt *p, struct ostia_pkt *q, uint32_t off);

/** pkt_copy_out() - Copy [off, off + n) out; returns bytes copied. */
uint32_t pkt_copy_out(const struct ostia_pkt *p, uint32_t off, void *to,
		      uint32_t n);

/** pkt_mark_rx() - What ip/ said of the received packet @p is true of @q. */
void pkt_mark_rx(struct ostia_pkt *q, const struct ostia_pkt *p);

/** pkt_clone_rx() - A clone of a received packet for one more who wants it:
 * with what ip/ found, and where it came from; NULL without memory.
 */
struct ostia_pkt *pkt_clone_rx(const struct ostia_pkt *p);

/** pkt_clone_range() - A packet over bytes [off, off + n), no metadata. */
struct ostia_pkt *pkt_clone_range(const struct ostia_pkt *p, uint32_t off,
				  uint32_t n);

/** pkt_csum() - Add bytes [off, off + n) to a 32-bit sum (base/csum.h). */
uint32_t pkt_csum(const struct ostia_pkt *p, uint32_t off, uint32_t n,
		  uint32_t sum);

/** pkt_truesize() - Bytes of memory that it pins. */
uint32_t pkt_truesize(const struct ostia_pkt *p);

static inline void pktq_init(struct pktq *q, uint32_t cap)
{
	*q = (struct pktq) { .cap = cap };
	q->tail = &q->head;
}

/** pktq_push() - Takes @p. Return: false (and @p stays) when full. */
static inline bool pktq_push(struct pktq *q, struct ostia_pkt *p)
{
	if (q->count >= q->cap)
		return false;
	p->next = NULL;
	if (!q->head)
		q->tail = &q->head;
	*q->tail = p;
	q->tail = &p->next;
	q->count++;
	return true;
}

static inline struct ostia_pkt *pktq_pop(struct pktq *q)
{
	struct ostia_pkt *p = q->head;

	if (!p)
		return NULL;
	q->head = p->next;
	if (!q->head)
		q->tail = &q->head;
	q->count--;
	p->next = NULL;
	return p;
}

/** pktq_drain() - Free all that waits. */
static inline void pktq_drain(struct pktq *q)
{
	struct ostia_pkt *p;

	while ((p = pktq_pop(q)))
		pkt_free(p);
}

/** pktring_first() - The oldest, or NULL. */
static inline struct ostia_pkt *pktring_first(const struct pktring *q)
{
	return q->last ? q->last->next : NULL;
}

/** pktring_push() - Takes @p. */
static inline void pktring_push(struct pktring *q, struct ostia_pkt *p)
{
	struct ostia_pkt *last = q->last ? q->last : p;

	p->next = last->next; /* of an empty ring: set again below */
	last->next = p;
	q->last = p;
}

/** pktring_pop() - The oldest, now the caller's, or NULL. */
static inline struct ostia_pkt *pktring_pop(struct pktring *q)
{
	struct ostia_pkt *last = q->last, *p;

	if (!last)
		return NULL;
	p = last->next;
	if (p == last)
		q->last = NULL;
	else
		last->next = p->next;
	p->next = NULL;
	return p;
}

/** pktring_count() - How many wait; walks them. */
static inline uint32_t pktring_count(const struct pktring *q)
{
	const struct ostia_pkt *p = q->last;
	uint32_t n = 0;

	if (p)
		do
			n++;
		while ((p = p->next) != q->last);
	return n;
}

/** pktring_drain() - Free all that waits. */
static inline void pktring_drain(struct pktring *q)
{
	struct ostia_pkt *p;

	while ((p = pktring_pop(q)))
		pkt_free(p);
}

#endif
