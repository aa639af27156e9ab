/* SPDX-License-Identifier: MIT */
/*
 * tcp/recovery.h - how a connection repairs loss (RFC 5681 3.2, 6582, 6675,
 *		    3042, 9937; spurious ones: tcp/undo.h, tcp/frto.h)
 *
 * One state machine, in Linux's words: Open; Disorder: something is odd, but
 * nothing is lost yet; CWR: the window shrinks for another reason (ECN);
 * Recovery: fast retransmit; Loss: after a timeout. It marks records on the
 * queue and says what the window is; what leaves is tcp/tx.c's. Limited
 * transmit needs no rule of its own: what was SACKed, or stood for by a
 * duplicate ACK, is not in the pipe, so new data may take its place.
 *
 * Loss is found by RACK; by DupThresh SACKed segments (RFC 6675) if RACK is
 * off; by DupThresh duplicate ACKs and partial ACKs (RFC 6582) without SACK.
 */
#ifndef OSTIA_TCP_RECOVERY_H
#define OSTIA_TCP_RECOVERY_H

#include "tcp/cc.h"
#include "tcp/frto.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/rtx.h"
#include "tcp/undo.h"

enum tcp_recovery_state {
	TCP_OPEN,
	TCP_DISORDER,
	TCP_CWR,
	TCP_RECOVERY,
	TCP_LOSS,
};

enum { TCP_DUPTHRESH = 3 };

/**
 * struct tcp_recovery - State of the repair
 * @high_seq:	recovery point: SND.NXT when it began; valid if @guard
 * @dupacks:	without SACK: segments that duplicate ACKs stand for
 * @state:	enum tcp_recovery_state
 * @timeouts:	RTOs in a row, without an ACK of anything new
 * @undo:	what stood before, and if it was needless
 * @tiny:	of CWR: the window becomes one segment
 * @guard:	@high_seq bars fast retransmit until acknowledged (RFC 6582 3.2)
 * @frto:	if the timeout was
 */
struct tcp_recovery {
	struct seq high_seq;
	uint32_t dupacks;
	struct tcp_prr prr;
	struct tcp_undo undo;
	uint8_t state;
	uint8_t timeouts;
	bool guard, tiny;
	struct tcp_frto frto;
};

/**
 * struct tcp_repair - The rooms of one sender, for one event
 * @una, @nxt:	SND.UNA after it, SND.NXT
 * @sack:	SACK was agreed on
 * @use_rack:	and RACK is wanted
 * @frto:	setting tcp_frto
 * @abe:	setting tcp_abe
 */
struct tcp_repair {
	struct tcp_recovery *r;
	struct tcp_rtx *q;
	struct tcp_rtx_mem *m;
	struct tcp_rack *rack;
	const struct tcp_rtt *rtt;
	struct tcp_cwin *w;
	const struct tcp_cc_ops *ops;
	union tcp_cc_state *cc;
	struct seq una, nxt;
	bool sack, use_rack, frto, abe;
};

/**
 * struct tcp_repair_ack - What one ACK says
 * @news:	its segments were taken off the queue, or marked
 * @dup:	a duplicate ACK (RFC 5681 2): no data, no news, data in flight
 * @advanced:	SND.UNA advanced
 * @sacked:	segments newly SACKed
 * @dsack, @dsack_to, @dsack_segs: a duplicate was reported of something that
 *		was sent again
 * @dsack_probe: it was our tail loss probe
 * @ece:	ECN-Echo
 * @can_send_new: unsent data waits and the peer's window takes it
 */
struct tcp_repair_ack {
	struct tcp_ack_news *news;
	bool dup, advanced, dsack, dsack_probe, ece, can_send_new;
	uint32_t sacked;
	uint32_t dsack_segs;
	struct seq dsack_to;
};

/**
 * struct tcp_repair_done - What follows
 * @lost:	segments newly marked
 * @grow:	the window is congestion control's: tell it
 * @undone:	the last reduction was needless, and is no more
 * @wait_us:	call tcp_recovery_expire() after that, 0: no need
 * @why:	what happened, for the trace; NULL: nothing
 */
struct tcp_repair_done {
	uint32_t lost;
	bool grow, undone;
	uint64_t wait_us;
	const char *why;
};

void tcp_recovery_init(struct tcp_recovery *r);

/** tcp_recovery_active() - CWR, Recovery or Loss. */
static inline bool tcp_recovery_active(const struct tcp_recovery *r)
{
	return r->state >= TCP_CWR;
}

/** tcp_recovery_pipe() - Segments in flight, duplicate ACKs counted. */
static inline uint32_t tcp_recovery_pipe(const struct tcp_recovery *r,
					 const struct tcp_rtx *q)
{
	uint32_t pipe = tcp_rtx_pipe(q);

	return pipe > r->dupacks ? pipe - r->dupacks : 0;
}

/** tcp_recovery_calm() - Nothing but plain ACKs: on_ack() may be left out. */
static inline bool tcp_recovery_calm(const struct tcp_recovery *r,
				     const struct tcp_repair_ack *a,
				     const struct tcp_rtx *q)
{
	return r->state == TCP_OPEN && !r->undo.on && !r->guard && !a->dup &&
	       !a->dsack && !a->ece && !q->sacked && !q->retrans;
}

/** tcp_recovery_on_ack() - All that an ACK means for loss and the window. */
void tcp_recovery_on_ack(const struct tcp_repair *x,
			 const struct tcp_repair_ack *a,
			 struct tcp_repair_done *done, ostia_time now);

/** tcp_recovery_expire() - RACK's reordering timer (RFC 8985 6.2). */
void tcp_recovery_expire(const struct tcp_repair *x,
			 struct tcp_repair_done *done, ostia_time now);

/** tcp_recovery_on_timeout() - The RTO expired (RFC 5681 3.1, RFC 8985 6.3).
 */
void tcp_recovery_on_timeout(const struct tcp_repair *x, ostia_time now);

/** tcp_recovery_on_repaired() - A tail loss probe repaired a loss: reduce. */
void tcp_recovery_on_repaired(const struct tcp_repair *x, ostia_time now);

/**
 * tcp_recovery_on_too_big() - The path takes no more than @mss octets any more
 * @mss: 0: none of it arrived, whatever its size
 *
 * What is larger, and was not SACKed, is lost; no sign of congestion (RFC 1191
 * 6.4).
 */
void tcp_recovery_on_too_big(const struct tcp_repair *x, uint16_t mss);

/** tcp_recovery_on_resent() - @segs old ones left again. */
void tcp_recovery_on_resent(struct tcp_recovery *r, uint32_t segs,
			    ostia_time now);

#endif
