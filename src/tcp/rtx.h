/* SPDX-License-Identifier: MIT */
/*
 * tcp/rtx.h - what was sent and not yet acknowledged (RFC 9293 3.8, 6675 3)
 *
 * A record stands for one super-segment as it was sent; its bytes stay in the
 * send stream. It is kept whole and split only where an acknowledgment, a
 * SACK block or a retransmission needs a piece, always between segments, so a
 * peer cannot make more pieces than there are segments. Records that are
 * SACKed and touch grow together again. Counts are segments of one MSS, in 32
 * bits (CVE-2019-11477).
 *
 * Records stand in order of sequence, on a list with express lanes (a skip
 * list), so a SACK block finds its place in O(log n) steps. Each is also on
 * one of two lists: @sent, in order of transmission, for RACK (RFC 8985 5.2),
 * or @lost, what waits to be sent again; a SACKed one is on neither.
 *
 * What to mark and when is decided by sack, rack and recovery.
 */
#ifndef OSTIA_TCP_RTX_H
#define OSTIA_TCP_RTX_H

#include "base/list.h"
#include "base/seq.h"
#include "base/slab.h"
#include "base/stats.h"
#include "base/time.h"

#include <errno.h>

enum {
	TCP_RTX_LANES = 5, /* each with a quarter of the records below */
	TCP_RTX_CAP = 16384, /* records of one connection */
	TCP_RTX_SLAB = 1 << 24, /* records of one stack */
};

/* flags of a record */
enum {
	TCP_RTX_SACKED = 0x01,
	TCP_RTX_LOST = 0x02, /* on @lost, or sent again since */
	TCP_RTX_RETRANS = 0x04, /* its last transmission was one */
	TCP_RTX_EVER_RETRANS = 0x08, /* no RTT sample from it (Karn) */
	TCP_RTX_APP_LIMITED = 0x10, /* sent while the program was slow */
	TCP_RTX_FIN = 0x20, /* the last sequence number is a FIN */
	TCP_RTX_PROBE = 0x40, /* sent as a tail loss probe */
};

/**
 * struct tcp_rtx_rec - One super-segment in flight
 * @next, @prev:	by sequence; NULL at the ends
 * @by_time:		on @sent or @lost; empty on neither
 * @tx_time:		when last sent; later than that of any sent before (by
 *			a ns if need be: many may leave at one moment)
 * @delivered_time, @first_tx_time, @delivered: of the connection when last
 *			sent: for the delivery-rate sample
 * @tx_in_flight, @tx_lost: segments in flight then, these among them, and
 *			lost until then (@lost_ever of the queue), if congestion
 *			control wants to know
 * @start, @end:	sequence numbers, FIN included
 * @segs:		segments of @mss bytes, the last may be shorter
 * @handle:		its own, in the slab
 * @lane:		next on express lanes 0 .. @height - 1
 */
struct tcp_rtx_rec {
	struct tcp_rtx_rec *next, *prev;
	struct list by_time;
	ostia_time tx_time;
	ostia_time delivered_time, first_tx_time;
	struct seq start, end;
	uint32_t delivered;
	uint32_t tx_in_flight, tx_lost;
	uint32_t segs;
	uint32_t handle;
	uint16_t mss;
	uint8_t flags;
	uint8_t height;
	uint32_t lane[TCP_RTX_LANES];
};

/**
 * struct tcp_rtx_mem - Where records come from; one per struct tcp
 * @spare: one that is free, kept out of the slab: request and response take
 *	   and give a record each time
 */
struct tcp_rtx_mem {
	struct slab recs;
	struct tcp_rtx_rec *spare;
	struct stats *stats;
	uint64_t dice; /* heights of express lanes */
};

/**
 * struct tcp_rtx - The queue of one connection
 * @head, @tail:	by sequence
 * @sent, @lost:	see above
 * @lane:		first record on each express lane, 0: none
 * @lane_tail:		last record on each express lane
 * @last_tx:		latest tx_time
 * @recs:		records
 * @out:		segments in the queue
 * @sacked, @lost_segs, @retrans: segments of these marks
 * @lost_ever:		segments ever marked lost
 * @on_lost:		told of each record that becomes lost, after it is
 *			counted; NULL: nobody asks
 *
 * Invariants: records touch: each @end is the next @start; @sacked and
 * @lost_segs do not overlap; @retrans are retransmitted and not SACKed.
 */
struct tcp_rtx {
	struct tcp_rtx_rec *head, *tail;
	struct list sent, lost;
	uint32_t lane[TCP_RTX_LANES], lane_tail[TCP_RTX_LANES];
	ostia_time last_tx;
	uint32_t recs;
	uint32_t out, sacked, lost_segs, retrans;
	uint32_t lost_ever;
	void (*on_lost)(struct tcp_rtx *q, const struct tcp_rtx_rec *r);
};

void tcp_rtx_mem_init(struct tcp_rtx_mem *m, const struct ostia_env *env,
		      struct stats *stats, uint64_t seed);
void tcp_rtx_mem_fini(struct tcp_rtx_mem *m);

/** tcp_rtx_mem_live() - Records in use. */
static inline uint32_t tcp_rtx_mem_live(const struct tcp_rtx_mem *m)
{
	return m->recs.live - (m->spare != NULL);
}

void tcp_rtx_init(struct tcp_rtx *q);
/** tcp_rtx_clear() - Forget all records. */
void tcp_rtx_clear(struct tcp_rtx *q, struct tcp_rtx_mem *m);

static inline bool tcp_rtx_empty(const struct tcp_rtx *q)
{
	return !q->head;
}

/**
 * tcp_rtx_pipe() - Segments in the network (RFC 6675 4, as counts)
 */
static inline uint32_t tcp_rtx_pipe(const struct tcp_rtx *q)
{
	return q->out - q->sacked - q->lost_segs + q->retrans;
}

/** tcp_rtx_full() - Is there no room for a new record? */
static inline bool tcp_rtx_full(const struct tcp_rtx *q)
{
	return q->recs >= TCP_RTX_CAP;
}

/**
 * tcp_rtx_append() - A new super-segment is about to leave
 * @start:	the end of the last record, if there is one
 * @len:	sequence numbers, FIN included (> 0)
 * @mss:	bytes a segment
 * @segs:	segments (>= 1)
 * @flags:	TCP_RTX_FIN, TCP_RTX_APP_LIMITED
 *
 * Return: the record, its delivery snapshot for the caller to fill; NULL
 * when capped or without memory.
 */
struct tcp_rtx_rec *tcp_rtx_append(struct tcp_rtx *q, struct tcp_rtx_mem *m,
				   struct seq start, uint32_t len, uint16_t mss,
				   uint32_t segs, uint8_t flags,
				   ostia_time now);

/** tcp_rtx_unappend() - The record just appended did not leave after all. */
void tcp_rtx_unappend(struct tcp_rtx *q, struct tcp_rtx_mem *m);

/** tcp_rtx_on_resent() - @r left again: to the end of @sent. */
void tcp_rtx_on_resent(struct tcp_rtx *q, struct tcp_rtx_rec *r,
		       ostia_time now);

/**
 * tcp_rtx_find() - The record that holds @s, or NULL; O(log n)
 */
struct tcp_rtx_rec *tcp_rtx_find(const struct tcp_rtx *q,
				 const struct tcp_rtx_mem *m, struct seq s);

/**
 * tcp_rtx_split() - Make @r end after its first @segs segments
 * @segs:	0 < @segs < @r->segs
 *
 * The rest becomes a record behind it with equal marks. Return: 0; -ENOBUFS:
 * too many records (counted as TcpExtSplitsCapped); -ENOMEM.
 */
int tcp_rtx_split(struct tcp_rtx *q, struct tcp_rtx_mem *m,
		  struct tcp_rtx_rec *r, uint32_t segs);

/**
 * tcp_rtx_resegment() - Count @r in segments of @mss bytes from now on
 * (path MTU fell)
 */
void tcp_rtx_resegment(struct tcp_rtx *q, struct tcp_rtx_rec *r, uint16_t mss);

/** tcp_rtx_pop() - The first record is acknowledged: forget it. */
void tcp_rtx_pop(struct tcp_rtx *q, struct tcp_rtx_mem *m);

/**
 * tcp_rtx_trim() - The first record is acknowledged up to @to, inside it
 * Return: whole segments that this acknowledged.
 */
uint32_t tcp_rtx_trim(struct tcp_rtx *q, struct seq to);

/** tcp_rtx_mark_sacked() - @r has arrived, out of order. */
void tcp_rtx_mark_sacked(struct tcp_rtx *q, struct tcp_rtx_rec *r);
/** tcp_rtx_merge_sacked() - Join a SACKed @r with SACKed neighbours.
 * Return: the record that is left.
 */
struct tcp_rtx_rec *tcp_rtx_merge_sacked(struct tcp_rtx *q,
					 struct tcp_rtx_mem *m,
					 struct tcp_rtx_rec *r);
/** tcp_rtx_mark_lost() - @r (not SACKed) is believed lost: onto @lost. */
void tcp_rtx_mark_lost(struct tcp_rtx *q, struct tcp_rtx_rec *r);

/**
 * tcp_rtx_mark_all_lost() - Timeout: what is not SACKed is lost
 * @renege:	SACKed ones too: the peer took its word back (RFC 2018 8)
 * @sent_by:	but not what left later, the first record apart (RFC 8985 6.3);
 *		OSTIA_NEVER: all
 * Return: segments newly marked.
 */
uint32_t tcp_rtx_mark_all_lost(struct tcp_rtx *q, bool renege,
			       ostia_time sent_by);

/** tcp_rtx_unmark_lost() - The timeout was spurious: nothing is lost. */
void tcp_rtx_unmark_lost(struct tcp_rtx *q);

/** tcp_rtx_first_lost() - What to send again next, or NULL. */
struct tcp_rtx_rec *tcp_rtx_first_lost(const struct tcp_rtx *q);

/** tcp_rtx_check() - Assert the invariants; O(n), for tests. */
void tcp_rtx_check(const struct tcp_rtx *q, const struct tcp_rtx_mem *m);

#endif
