/* SPDX-License-Identifier: MIT */
#include "tcp/recovery.h"

#include <assert.h>

enum { LOOK_BACK = 64 }; /* records, for the DupThresh of RFC 6675 */

void tcp_recovery_init(struct tcp_recovery *r)
{
	*r = (struct tcp_recovery) { 0 };
	tcp_undo_init(&r->undo);
}

void tcp_recovery_on_resent(struct tcp_recovery *r, uint32_t segs,
			    ostia_time now)
{
	tcp_undo_on_resent(&r->undo, segs, now);
}

/*
 * --- entering and leaving ------------------------------------------------
 */
/* RFC 9937 6.1: what this episode may deliver */
static uint32_t recover_fs(const struct tcp_repair *x,
			   const struct tcp_repair_ack *a)
{
	uint32_t n = x->q->out - x->q->sacked;

	return a ? n + a->sacked + a->news->acked : n;
}

/* RFC 8511: marks come from short queues, so they need not cost as much as a
 * loss; in slow start they do (4).
 */
static uint32_t lower(const struct tcp_repair *x, uint8_t state, ostia_time now)
{
	const struct tcp_cc_ops *ops = x->ops;

	if (state == TCP_CWR && x->abe && ops->on_ecn_mild &&
	    !tcp_cc_in_slow_start(x->w))
		return ops->on_ecn_mild(x->cc, x->w, now);
	if (state == TCP_CWR && ops->on_ecn)
		return ops->on_ecn(x->cc, x->w, now);
	return ops->on_loss(x->cc, x->w, now);
}

/* RFC 3168 6.1.2, RFC 9438 4.6: marks may make of two segments one. */
static bool is_tiny(const struct tcp_repair *x)
{
	return x->w->cwnd <= TCP_CWND_MIN && !x->ops->on_ecn &&
	       !x->ops->owns_window;
}

static void reduce(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		   uint8_t state, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	bool ece = r->state == TCP_CWR || (a && a->ece);

	if (state == TCP_RECOVERY || r->state < TCP_CWR)
		tcp_undo_begin(&r->undo, x->una, x->w, x->q->retrans, ece);
	if (r->state < TCP_CWR) {
		r->tiny = state == TCP_CWR && is_tiny(x);
		x->w->ssthresh = lower(x, state, now);
		tcp_prr_enter(&r->prr, recover_fs(x, a));
	}
	r->state = state;
	r->high_seq = x->nxt;
	r->guard = true;
}

static void leave(const struct tcp_repair *x)
{
	struct tcp_recovery *r = x->r;

	if (x->ops->on_recovered)
		x->ops->on_recovered(x->cc, x->w);
	else if (r->state == TCP_CWR && r->tiny)
		x->w->cwnd = 1;
	else if (r->state != TCP_LOSS)
		x->w->cwnd = x->w->ssthresh; /* RFC 9937 6.4 */
	if (r->state != TCP_CWR)
		tcp_rack_on_recovered(x->rack);
	r->state = TCP_OPEN;
	r->frto.on = false;
	r->dupacks = 0;
}

/*
 * --- spurious repairs ----------------------------------------------------
 */
static enum tcp_undo_proof proof(const struct tcp_repair *x,
				 const struct tcp_repair_ack *a)
{
	return tcp_undo_proof(&x->r->undo, a->advanced ? a->news->ecr_us : 0);
}

/* As Linux counts them. */
static void count_undo(const struct tcp_repair *x, enum tcp_undo_proof why)
{
	struct stats *s = x->m->stats;

	if (x->r->state == TCP_LOSS)
		s->TcpExtLossUndo++;
	else if (why == TCP_UNDO_DSACK)
		s->TcpExtDSACKUndo++;
	else if (seq_before_eq(x->r->high_seq, x->una))
		s->TcpExtFullUndo++;
	else
		s->TcpExtPartialUndo++;
}

/*
 * What seemed lost was late. RFC 8985 6.2 step 3 cannot see that, because the
 * segment was sent again, and would send one again in each round; we believe
 * the proof, so that reordering costs a single needless retransmission.
 */
static void note_reordering(const struct tcp_repair *x)
{
	if (x->r->state == TCP_LOSS || x->rack->reordering_seen)
		return;
	x->rack->reordering_seen = true;
	x->m->stats->TcpExtRackReordering++;
}

/* RFC 4015 3: as if it had not been. */
static void undo(const struct tcp_repair *x, enum tcp_undo_proof why)
{
	struct tcp_recovery *r = x->r;

	note_reordering(x);
	count_undo(x, why);
	tcp_undo_windows(&r->undo, x->w, x->ops, x->cc);
	tcp_rtx_unmark_lost(x->q);
	if (r->state >= TCP_RECOVERY)
		tcp_rack_on_recovered(x->rack);
	r->state = TCP_OPEN;
	tcp_frto_begin(&r->frto, false, false);
	r->dupacks = 0;
}

/*
 * --- what is lost --------------------------------------------------------
 */
/* Without SACK each duplicate ACK stands for a segment that arrived. */
static void count_dupacks(const struct tcp_repair *x,
			  const struct tcp_repair_ack *a)
{
	struct tcp_recovery *r = x->r;
	uint32_t stood_for;

	if (x->sack)
		return;
	if (a->dup && r->dupacks < x->q->out) {
		r->dupacks++;
		a->news->delivered++;
	} else if (a->advanced && r->dupacks) {
		stood_for = a->news->acked ? a->news->acked - 1 : 0;
		if (stood_for > r->dupacks)
			stood_for = r->dupacks;
		r->dupacks =
			r->state == TCP_RECOVERY ? r->dupacks - stood_for : 0;
		a->news->delivered -= stood_for < a->news->delivered
					      ? stood_for
					      : a->news->delivered;
	}
}

/* The first segment, and no more of its record, is lost. */
static uint32_t lose_first(const struct tcp_repair *x)
{
	struct tcp_rtx_rec *r = x->q->head;

	if (!r || (r->flags & (TCP_RTX_SACKED | TCP_RTX_LOST)))
		return 0;
	if (r->segs > 1)
		tcp_rtx_split(x->q, x->m, r, 1); /* else all of it */
	tcp_rtx_mark_lost(x->q, r);
	return r->segs;
}

/* RFC 6582 3.2: the third duplicate, then each partial ACK. */
static uint32_t lost_by_dupacks(const struct tcp_repair *x,
				const struct tcp_repair_ack *a)
{
	const struct tcp_recovery *r = x->r;

	if (r->state == TCP_RECOVERY)
		return a->advanced ? lose_first(x) : 0;
	if (r->state == TCP_LOSS || r->dupacks < TCP_DUPTHRESH)
		return 0;
	if (r->guard && seq_before_eq(x->una, r->high_seq))
		return 0;
	return lose_first(x);
}

/* RFC 6675 4, IsLost(): where DupThresh SACKed segments lie above. */
static struct seq lost_edge(const struct tcp_repair *x)
{
	struct tcp_rtx_rec *r =
		tcp_rtx_find(x->q, x->m, seq_back(x->rack->fack, 1));
	uint32_t above = 0;

	for (unsigned n = 0; r && n < LOOK_BACK; n++, r = r->prev) {
		if (r->flags & TCP_RTX_SACKED)
			above += r->segs;
		if (above >= TCP_DUPTHRESH)
			return r->start;
	}
	return x->una;
}

static uint32_t lost_by_sack(const struct tcp_repair *x)
{
	struct seq edge = lost_edge(x);
	uint32_t lost = 0;

	while (!list_empty(&x->q->sent)) {
		struct tcp_rtx_rec *r = list_entry(x->q->sent.next,
						   struct tcp_rtx_rec, by_time);

		if ((r->flags & TCP_RTX_EVER_RETRANS) ||
		    seq_before(edge, r->end))
			break;
		lost += r->segs;
		tcp_rtx_mark_lost(x->q, r);
	}
	return lost;
}

static uint32_t lost_by_rack(const struct tcp_repair *x,
			     const struct tcp_rack_ack *a, uint64_t *wait_us,
			     ostia_time now)
{
	const struct tcp_recovery *r = x->r;

	tcp_rack_update_reo_wnd(x->rack, a, x->rtt, r->state >= TCP_RECOVERY,
				x->q->sacked, TCP_DUPTHRESH);
	return tcp_rack_detect_loss(x->rack, x->q, wait_us, now);
}

static uint32_t find_lost(const struct tcp_repair *x,
			  const struct tcp_repair_ack *a, uint64_t *wait_us,
			  ostia_time now)
{
	const struct tcp_rack_ack ra = { x->una, x->nxt,
					 a->dsack && !a->dsack_probe };

	if (!x->sack)
		return lost_by_dupacks(x, a);
	if (x->use_rack)
		return lost_by_rack(x, &ra, wait_us, now);
	return lost_by_sack(x);
}

/*
 * --- the states ----------------------------------------------------------
 */
/* Of what was sent since the last reduction: once a round trip (RFC
 * 3168 6.1.2).
 */
static void heed_marks(const struct tcp_repair *x,
		       const struct tcp_repair_ack *a,
		       struct tcp_repair_done *done, ostia_time now)
{
	if (!a->ece || (x->r->guard && !seq_before(x->r->high_seq, x->una)))
		return;
	reduce(x, a, TCP_CWR, now);
	done->why = "ecn";
}

/* Return: true if the timeout was spurious. */
static bool frto_step(const struct tcp_repair *x,
		      const struct tcp_repair_ack *a)
{
	struct tcp_recovery *r = x->r;
	const struct tcp_frto_ack f = {
		.orig = a->news->orig,
		.again = a->news->retrans_acked,
		.sack = x->sack,
		.sent_new = seq_before(r->high_seq, x->nxt),
		.odd = a->sacked || a->dup,
		.advanced = a->advanced,
		.recovered = seq_before_eq(r->high_seq, x->una),
		.can_send_new = a->can_send_new,
	};

	switch (tcp_frto_on_ack(&r->frto, &f)) {
	case TCP_FRTO_SPURIOUS:
		x->m->stats->TcpExtSpuriousRTOs++;
		return true;
	case TCP_FRTO_TRY_NEW:
		r->high_seq = x->nxt;
		break;
	case TCP_FRTO_NOTHING:
		break;
	}
	return false;
}

static void in_loss(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		    struct tcp_repair_done *done)
{
	enum tcp_undo_proof why = a->advanced ? proof(x, a) : TCP_UNDO_NONE;

	if (why != TCP_UNDO_NONE || frto_step(x, a)) {
		undo(x, why);
		done->undone = true;
		done->why = "spurious timeout";
	} else if (seq_before_eq(x->r->high_seq, x->una) &&
		   !x->r->frto.new_first) {
		leave(x);
		done->why = "recovered";
	}
}

static void in_recovery(const struct tcp_repair *x,
			const struct tcp_repair_ack *a,
			struct tcp_repair_done *done, ostia_time now)
{
	enum tcp_undo_proof why = proof(x, a);

	if (why != TCP_UNDO_NONE) {
		undo(x, why);
		done->undone = true;
		done->why = "spurious recovery";
	} else if (seq_before_eq(x->r->high_seq, x->una)) {
		leave(x);
		done->why = "recovered";
		heed_marks(x, a, done, now);
	}
}

static void in_open(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		    struct tcp_repair_done *done, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	if (tcp_undo_proof(&r->undo, 0) == TCP_UNDO_DSACK) { /* late ones */
		undo(x, TCP_UNDO_DSACK);
		done->undone = true;
		done->why = "spurious recovery";
	}
	if (r->guard && seq_before(r->high_seq, x->una)) {
		r->guard = false;
		r->undo.on = false;
	}
	heed_marks(x, a, done, now);
}

static void count_recovery(const struct tcp_repair *x)
{
	if (x->sack)
		x->m->stats->TcpExtSackRecovery++;
	else
		x->m->stats->TcpExtRenoRecovery++;
}

/* Something is lost, or odd, or nothing is. */
static void settle(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		   struct tcp_repair_done *done, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	if (r->state == TCP_LOSS || r->state == TCP_RECOVERY)
		return;
	if (x->q->lost_segs) {
		reduce(x, a, TCP_RECOVERY, now);
		count_recovery(x);
		done->why = "loss";
	} else if (r->state != TCP_CWR) {
		r->state = x->q->sacked || r->dupacks ? TCP_DISORDER : TCP_OPEN;
	}
}

static void set_window(const struct tcp_repair *x,
		       const struct tcp_repair_ack *a,
		       struct tcp_repair_done *done)
{
	struct tcp_recovery *r = x->r;
	uint32_t pipe;

	if (r->state < TCP_CWR || r->state == TCP_LOSS) {
		/* RFC 5681 3.1: duplicates do not open it */
		done->grow = a->advanced || r->state == TCP_LOSS;
		return;
	}
	if (!a->news->delivered || x->ops->owns_window)
		return;
	if (r->state == TCP_CWR && r->tiny) {
		x->w->cwnd = 1;
		return;
	}
	pipe = tcp_recovery_pipe(r, x->q);
	x->w->cwnd =
		tcp_prr_on_acked(&r->prr, x->w->ssthresh, a->news->delivered,
				 pipe, a->advanced && !done->lost);
	/* RFC 6582 3.2 (3): a partial ACK sends the next hole in any case */
	if (!x->sack && a->advanced && done->lost && x->w->cwnd == pipe)
		x->w->cwnd++;
}

void tcp_recovery_on_ack(const struct tcp_repair *x,
			 const struct tcp_repair_ack *a,
			 struct tcp_repair_done *done, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	*done = (struct tcp_repair_done) { 0 };
	r->frto.new_first = false;
	if (a->advanced)
		r->timeouts = 0;
	count_dupacks(x, a);
	if (a->dsack)
		tcp_undo_on_dsack(&r->undo, a->dsack_to, a->dsack_segs);
	if (r->state == TCP_LOSS)
		in_loss(x, a, done);
	else if (r->state >= TCP_CWR)
		in_recovery(x, a, done, now);
	else
		in_open(x, a, done, now);
	done->lost = find_lost(x, a, &done->wait_us, now);
	settle(x, a, done, now);
	set_window(x, a, done);
}

void tcp_recovery_expire(const struct tcp_repair *x,
			 struct tcp_repair_done *done, ostia_time now)
{
	const struct tcp_rack_ack ra = { x->una, x->nxt, false };

	*done = (struct tcp_repair_done) { 0 };
	done->lost = lost_by_rack(x, &ra, &done->wait_us, now);
	if (!done->lost)
		return;
	settle(x, NULL, done, now);
	if (x->r->state == TCP_RECOVERY && !x->r->prr.out &&
	    !x->ops->owns_window)
		x->w->cwnd = tcp_recovery_pipe(x->r, x->q) + 1;
}

/*
 * --- timeouts ------------------------------------------------------------
 */
/* RFC 8985 6.3: what left within an RTT may still arrive. */
static ostia_time overdue_since(const struct tcp_repair *x, ostia_time now)
{
	uint64_t allow;

	if (!x->sack || !x->use_rack || !x->rack->valid)
		return OSTIA_NEVER;
	allow = ((uint64_t)x->rack->rtt_us + x->rack->reo_wnd_us) * NS_PER_US;
	return now > allow ? now - allow : 0;
}

void tcp_recovery_on_timeout(const struct tcp_repair *x, ostia_time now)
{
	struct tcp_recovery *r = x->r;
	bool fresh = r->state < TCP_RECOVERY;
	bool renege = x->q->head && (x->q->head->flags & TCP_RTX_SACKED);

	if (renege)
		x->m->stats->TcpExtSACKReneging++;
	if (r->state <= TCP_DISORDER || seq_before_eq(r->high_seq, x->una) ||
	    (r->state == TCP_LOSS && !r->timeouts)) {
		tcp_undo_begin(&r->undo, x->una, x->w, x->q->retrans, false);
		x->w->ssthresh = x->ops->on_rto(x->cc, x->w, now);
	}
	tcp_rtx_mark_all_lost(x->q, renege, overdue_since(x, now));
	r->dupacks = 0;
	x->w->cwnd = tcp_rtx_pipe(x->q) + 1;
	tcp_frto_begin(&r->frto, x->frto, fresh || r->timeouts);
	r->timeouts += r->timeouts < UINT8_MAX;
	r->state = TCP_LOSS;
	r->high_seq = x->nxt;
	r->guard = true;
	x->rack->tlp = false;
}

void tcp_recovery_on_repaired(const struct tcp_repair *x, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	if (r->state >= TCP_CWR)
		return;
	x->w->ssthresh = x->ops->on_loss(x->cc, x->w, now);
	if (!x->ops->owns_window)
		x->w->cwnd = x->w->ssthresh;
	r->undo.on = false;
}

static bool is_too_big(const struct tcp_rtx_rec *r, uint16_t mss)
{
	return !(r->flags & TCP_RTX_SACKED) && r->mss > mss &&
	       seq_span(r->start, r->end) > mss;
}

/* As after a timeout, but at the window that we had. */
void tcp_recovery_on_too_big(const struct tcp_repair *x, uint16_t mss)
{
	struct tcp_recovery *r = x->r;
	uint32_t lost = 0;

	for (struct tcp_rtx_rec *rec = x->q->head; rec; rec = rec->next) {
		if (!is_too_big(rec, mss))
			continue;
		lost += rec->segs;
		tcp_rtx_mark_lost(x->q, rec);
	}
	if (!lost || r->state == TCP_LOSS)
		return;
	if (r->state >= TCP_CWR && !x->ops->owns_window)
		x->w->cwnd = x->w->ssthresh;
	r->state = TCP_LOSS;
	r->high_seq = x->nxt;
	r->guard = true;
	r->undo.on = false;
	r->frto.on = false;
}
