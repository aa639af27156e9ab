/* SPDX-License-Identifier: MIT */
/*
 * tcp/reasm.h - data out of order, and what SACK says of it
 *
 * Owns RFC 9293 3.10.7.4's "segments with higher beginning sequence numbers
 * SHOULD be held", the receiver's half of RFC 2018, and RFC 2883.
 *
 * Pieces are kept in an array in the order of sequence numbers; each is a
 * stream of bytes. A segment that continues a piece is appended to it; what
 * fills a gap is appended to the piece before the gap, and neighbours merge a
 * few slices at a time, so the work for one segment is bounded by
 * TCP_REASM_PIECES whatever a peer sends (CVE-2018-5390). Of bytes that come
 * twice the first ones count (Ptacek and Newsham 1998: be consistent). When
 * there are too many pieces, or the budget is used up, the last are dropped.
 */
#ifndef OSTIA_TCP_REASM_H
#define OSTIA_TCP_REASM_H

#include "base/seq.h"
#include "base/stream.h"
#include "wire/tcp.h"

enum {
	TCP_REASM_PIECES = 512, /* at most */
	TCP_REASM_FIRST = 8, /* room to begin with */
	TCP_REASM_MERGE = 8, /* slices moved between neighbours a time */
};

/** struct tcp_piece - Bytes [start, start + bytes.len) */
struct tcp_piece {
	struct seq start;
	struct stream bytes;
};

/**
 * struct tcp_reasm - What came too early
 * @piece:	in order, disjoint, perhaps touching; NULL while none ever
 * @n, @room:	in use; allocated
 * @len:	bytes in all pieces
 * @charge:	memory that they pin
 * @tight:	the same when it was last copied tight
 * @sack:	the runs heard of most recently, newest first (RFC 2018 4)
 * @dsack:	a duplicate to report in the next ACK, if @has_dsack
 * @fin:	where the peer's FIN stands, if @has_fin
 * @work:	pieces and slices moved so far
 *
 * Invariants: n <= room <= TCP_REASM_PIECES; no piece is empty; each ends
 * before or where the next one starts; len and charge are sums.
 */
struct tcp_reasm {
	struct tcp_piece *piece;
	uint16_t n, room;
	uint8_t n_sack;
	bool has_dsack;
	bool has_fin;
	uint32_t len;
	uint32_t charge;
	uint32_t tight;
	struct wire_tcp_sack sack[4];
	struct wire_tcp_sack dsack;
	struct seq fin;
	uint64_t work;
};

/** tcp_reasm_empty() - Does nothing wait for what comes before it? */
static inline bool tcp_reasm_empty(const struct tcp_reasm *r)
{
	return r->n == 0 && !r->has_fin;
}

/**
 * tcp_reasm_add() - Keep bytes of a segment that came too early
 * @p:		the packet; borrowed
 * @off:	where the payload begins in it
 * @start:	its sequence number, after RCV.NXT
 * @n:		payload bytes, > 0, all in the window
 * @copy:	do not pin the packet's memory
 *
 * Return: bytes that were new (0: a duplicate, which the next ACK will
 * report), -ENOBUFS (too many pieces and this would be the last), -ENOMEM.
 */
int tcp_reasm_add(struct tcp_reasm *r, struct ostia_pool *pool,
		  struct ostia_pkt *p, uint32_t off, struct seq start,
		  uint32_t n, bool copy);

/**
 * tcp_reasm_on_fin() - The peer's FIN came before what it follows
 * @at:		its sequence number, which is in the window
 *
 * It waits, and SACK tells of it as of a byte (Linux; RFC 9293 3.4: it
 * occupies a number). Of two FINs the first one counts.
 */
void tcp_reasm_on_fin(struct tcp_reasm *r, struct seq at);

/**
 * tcp_reasm_deliver() - Move what @rcv_nxt has reached behind @to's end
 * Return: bytes moved: RCV.NXT advances by so many. -ENOMEM: nothing (it is
 * tried again when the next segment comes).
 */
int tcp_reasm_deliver(struct tcp_reasm *r, struct ostia_pool *pool,
		      struct seq rcv_nxt, struct stream *to);

/**
 * tcp_reasm_compact() - Copy what pins much more memory than it has bytes
 * Before any of it is given up: what came too early is within the window that
 * we offered. Only when the charge has grown by an eighth since the last time:
 * crumbs that cannot be any tighter are not copied for each one that comes.
 * Return: charge saved.
 */
uint32_t tcp_reasm_compact(struct tcp_reasm *r, struct ostia_pool *pool);

/** tcp_reasm_drop_last() - Give up the last piece; returns charge freed. */
uint32_t tcp_reasm_drop_last(struct tcp_reasm *r, struct ostia_pool *pool);

/** tcp_reasm_clear() - Forget all; the array stays. */
void tcp_reasm_clear(struct tcp_reasm *r, struct ostia_pool *pool);

/** tcp_reasm_fini() - Give the array back; nothing is in it. */
void tcp_reasm_fini(struct tcp_reasm *r, const struct ostia_env *env);

/** tcp_reasm_on_duplicate() - [start, end) came a second time (RFC 2883). */
void tcp_reasm_on_duplicate(struct tcp_reasm *r, struct seq start,
			    struct seq end);

/**
 * tcp_reasm_sack() - SACK blocks for an ACK that leaves now
 * @max:	blocks that the header has room for
 * @out:	gets them: D-SACK first, then newest first
 *
 * Return: how many. The D-SACK is reported once.
 */
unsigned tcp_reasm_sack(struct tcp_reasm *r, struct seq rcv_nxt, unsigned max,
			struct wire_tcp_sack *out);

#endif
