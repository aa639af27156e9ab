/* SPDX-License-Identifier: MIT */
/*
 * tcp/undo.h - was a repair needless? (RFC 3522, RFC 2883 4, RFC 3708, RFC
 *		4015)
 *
 * Before a repair reduces the window, what stood is kept here. Two things
 * prove later that nothing was lost: an ACK whose timestamp is older than our
 * first retransmission (RFC 3522 3.2), and D-SACKs for as many segments as
 * were sent again (RFC 3708 3; counted as Linux does). Then the windows stand
 * as before (RFC 4015 3.1 (9)), whole, as Linux restores them: what is in
 * flight is what was, so the step's bound of a burst has nothing to bound. Of
 * (11) the RTT estimator takes its part: it hears of the spike's samples.
 */
#ifndef OSTIA_TCP_UNDO_H
#define OSTIA_TCP_UNDO_H

#include "tcp/cc.h"

/**
 * struct tcp_undo - One repair
 * @seq:	SND.UNA when it began; valid if @on
 * @cwnd, @ssthresh: before it; @cwnd 0: the network asked for the reduction
 *		(ECN), which stands whatever is proved (RFC 4015 3.1 (9))
 * @retrans:	segments sent again and not yet reported as duplicates; -1:
 *		none was sent again
 * @retrans_time: first retransmission of this repair, 0: none yet
 * @on:		it may yet prove needless
 */
struct tcp_undo {
	struct seq seq;
	uint32_t cwnd, ssthresh;
	int32_t retrans;
	ostia_time retrans_time;
	bool on;
};

/** enum tcp_undo_proof - Why a repair was needless */
enum tcp_undo_proof {
	TCP_UNDO_NONE,
	TCP_UNDO_DSACK, /* all that was sent again arrived twice */
	TCP_UNDO_TIMESTAMP, /* the original is what was acknowledged */
};

void tcp_undo_init(struct tcp_undo *u);

/**
 * tcp_undo_begin() - A repair begins, before it touches the windows
 * @retrans:	segments sent again and not acknowledged, from before it
 * @ece:	the ACK that began it said ECN-Echo
 */
void tcp_undo_begin(struct tcp_undo *u, struct seq una,
		    const struct tcp_cwin *w, uint32_t retrans, bool ece);

/** tcp_undo_on_resent() - @segs old ones left again. */
void tcp_undo_on_resent(struct tcp_undo *u, uint32_t segs, ostia_time now);

/** tcp_undo_on_dsack() - @segs segments up to @to arrived twice. */
void tcp_undo_on_dsack(struct tcp_undo *u, struct seq to, uint32_t segs);

/**
 * tcp_undo_proof() - Is there proof?
 * @ecr_us:	the echoed timestamp of an ACK that advances SND.UNA, in us of
 *		our clock; 0: none, or it does not advance
 */
enum tcp_undo_proof tcp_undo_proof(const struct tcp_undo *u, uint64_t ecr_us);

/** tcp_undo_windows() - As if the repair had not been. */
void tcp_undo_windows(struct tcp_undo *u, struct tcp_cwin *w,
		      const struct tcp_cc_ops *ops, union tcp_cc_state *cc);

#endif
