/* SPDX-License-Identifier: MIT */
/*
 * tcp/recovery.h - how a connection repairs loss (RFC 5681 3.2, 6582, 6675,
 *		    3042; spurious: RFC 3522/4015, 5682, D-SACK)
 *
 * One state machine, in Linux's words: Open; Disorder: duplicate ACKs, nothing
 * lost yet, limited transmit; Recovery: fast retransmit, PRR; Loss: after a
 * timeout. It marks records on the queue and says what the window is; tcp/tx.c
 * asks which record is next.
 */
#ifndef OSTIA_TCP_RECOVERY_H
#define OSTIA_TCP_RECOVERY_H

#include "tcp/cc.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/rtx.h"

enum tcp_recovery_state {
	TCP_OPEN,
	TCP_DISORDER,
	TCP_CWR, /* window reduced without loss: ECN, probe repaired it */
	TCP_RECOVERY,
	TCP_LOSS,
};

/**
 * struct tcp_recovery - State of the repair
 * @high_seq:	recovery point: SND.NXT when it began
 * @prior_cwnd, @prior_ssthresh: to undo a spurious one
 * @undo_seq:	SND.UNA when it began; valid if @undo
 * @undo_retrans: segments sent again and not yet reported as duplicates
 * @retrans_time: first retransmission of this recovery, 0: none yet
 * @dupacks:	in a row
 * @dupthresh:	DupThresh (3, more once reordering was seen)
 * @timeouts:	RTOs in a row
 * @frto:	a timeout may yet prove spurious (RFC 5682 2.1 step)
 * @frto_high:	SND.NXT at that time
 */
struct tcp_recovery {
	struct seq high_seq;
	struct seq undo_seq;
	struct seq frto_high;
	uint32_t prior_cwnd, prior_ssthresh;
	uint32_t undo_retrans;
	uint32_t dupacks;
	uint32_t dupthresh;
	ostia_time retrans_time;
	struct tcp_prr prr;
	uint8_t state; /* enum tcp_recovery_state */
	uint8_t timeouts;
	bool undo;
	uint8_t frto;
	bool limited; /* cwnd is at what limited transmit allows */
};

void tcp_recovery_init(struct tcp_recovery *r);

/** tcp_recovery_active() - Recovery, CWR or Loss: the window is not cc's. */
static inline bool tcp_recovery_active(const struct tcp_recovery *r)
{
	return r->state >= TCP_CWR;
}

#endif
