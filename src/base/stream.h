/* SPDX-License-Identifier: MIT */
/*
 * base/stream.h - a queue of bytes made of slices
 *
 * The send and receive queues of a stream. Appending and discarding cost O(1)
 * a slice; a slice that continues the last one merges with it, so bytes that
 * were cut into segments grow together again. @charge is the memory that the
 * queue pins: each run of slices of one block is charged the block's size.
 *
 * An empty stream owns nothing but these 32 bytes.
 */
#ifndef OSTIA_BASE_STREAM_H
#define OSTIA_BASE_STREAM_H

#include "base/pkt.h"

struct stream_chunk;

enum { STREAM_CHUNK_SLICES = 15, STREAM_CHUNK_BYTES = 248 };

struct stream {
	struct stream_chunk *head, *tail;
	uint32_t len; /* bytes */
	uint32_t charge; /* bytes of memory pinned */
	uint32_t base; /* bytes discarded so far, modulo 2^32 */
	uint16_t first, last; /* head->s[first] .. tail->s[last - 1] */
};

/**
 * struct stream_pos - A remembered place, so that going on is O(1)
 *
 * Of one slice: where it stands, and the bytes that it had, counted from the
 * stream's beginning. It is found to be stale when these are discarded; zero
 * is "nowhere yet". Not for streams that are compacted.
 */
struct stream_pos {
	struct stream_chunk *chunk;
	uint32_t start, end;
	uint16_t idx;
};

void stream_init(struct stream *s);
/** stream_tail_is() - Do its last bytes stand in @b? (More of it is free.) */
bool stream_tail_is(const struct stream *s, const struct block *b);
void stream_clear(struct stream *s, struct ostia_pool *pool);

/**
 * stream_append_iov() - Copy up to @n bytes from @iov at byte @skip
 *
 * Fills the tail block, if this stream alone appends to it, then new blocks
 * sized for what is left, of @block_max bytes or the next smaller size class:
 * memory comes back in such steps. Return: bytes copied, < @n only without
 * memory; -ENOMEM if none.
 */
int64_t stream_append_iov(struct stream *s, struct ostia_pool *pool,
			  const struct iovec *iov, int niov, size_t skip,
			  size_t n, size_t block_max);

/** stream_append_slice() - Takes a new reference to @b. 0 or -ENOMEM. */
int stream_append_slice(struct stream *s, struct ostia_pool *pool,
			struct block *b, uint32_t off, uint32_t len);

/**
 * stream_append_pkt() - Append bytes [off, off + n) of a packet
 * @copy: copy them even where a reference would do
 * Return: 0 or -ENOMEM (nothing appended).
 */
int stream_append_pkt(struct stream *s, struct ostia_pool *pool,
		      struct ostia_pkt *p, uint32_t off, uint32_t n, bool copy);

/** stream_cut_back() - Undo appending: only the first @len bytes are left. */
void stream_cut_back(struct stream *s, struct ostia_pool *pool, uint32_t len);

/** stream_discard() - Drop the first @n (<= len) bytes. */
void stream_discard(struct stream *s, struct ostia_pool *pool, uint32_t n);

/** stream_copy_out() - Copy up to @n bytes from @off into @iov at @skip. */
uint32_t stream_copy_out(const struct stream *s, uint32_t off,
			 const struct iovec *iov, int niov, size_t skip,
			 uint32_t n);

/**
 * stream_to_pkt() - Append bytes [off, off + n) to a packet by reference
 * (by copy, when they are few and fit its head area)
 * @pos: remembered place of an earlier call or zero; updated
 *
 * Return: bytes appended: less than @n when the packet's slices are used up.
 */
uint32_t stream_to_pkt(const struct stream *s, struct stream_pos *pos,
		       uint32_t off, uint32_t n, struct ostia_pkt *p);

/** stream_take() - Remove the first slice (at most @max bytes of it); the
 * caller owns the reference. Return: false if empty.
 */
bool stream_take(struct stream *s, struct ostia_pool *pool, uint32_t max,
		 struct slice *out);

/**
 * stream_compact() - Copy what pins much more memory than it has bytes
 * Return: bytes of charge saved.
 */
uint32_t stream_compact(struct stream *s, struct ostia_pool *pool);

#endif
