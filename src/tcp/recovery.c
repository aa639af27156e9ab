/* SPDX-License-Identifier: MIT */
#include "tcp/recovery.h"

#include <assert.h>

enum { LOOK_BACK = 64 }; /* records, for the DupThresh of RFC 6675 */

void tcp_recovery_init(struct tcp_recovery *r)
{
	*r = (struct tcp_recovery) { .undo_retrans = -1 };
}

void tcp_recovery_on_resent(struct tcp_recovery *r, uint32_t segs,
			    ostia_time now)
{
	if (!r->retrans_time)
		r->retrans_time = now;
	if (r->undo_retrans < 0)
		r->undo_retrans = 0;
	r->undo_retrans += (int32_t)segs;
}

/*
 * --- entering and leaving ------------------------------------------------
 */
static void save(const struct tcp_repair *x)
{
	struct tcp_recovery *r = x->r;

	r->prior_cwnd = x->w->cwnd;
	r->prior_ssthresh = x->w->ssthresh;
	r->undo = true;
	r->undo_seq = x->una;
	r->undo_retrans = x->q->retrans ? (int32_t)x->q->retrans : -1;
	r->retrans_time = 0;
}

/* RFC 9937 6.1: what this episode may deliver */
static uint32_t recover_fs(const struct tcp_repair *x,
			   const struct tcp_repair_ack *a)
{
	uint32_t n = x->q->out - x->q->sacked;

	return a ? n + a->sacked + a->news->acked : n;
}

static void reduce(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		   uint8_t state, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	if (r->state < TCP_CWR) {
		save(x);
		x->w->ssthresh = x->ops->on_loss(x->cc, x->w, now);
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
	else if (r->state != TCP_LOSS)
		x->w->cwnd = x->w->ssthresh; /* RFC 9937 6.4 */
	if (r->state != TCP_CWR)
		tcp_rack_on_recovered(x->rack);
	r->state = TCP_OPEN;
	r->frto = false;
	r->dupacks = 0;
}

/*
 * --- spurious repairs ----------------------------------------------------
 */
/* RFC 3522 3.2: the echo is older than our first retransmission. */
static bool original_arrived(const struct tcp_recovery *r,
			     const struct tcp_ack_news *n)
{
	return r->retrans_time && n->ecr_us &&
	       n->ecr_us + 1000 <= r->retrans_time / NS_PER_US;
}

/* D-SACK: one thing that we sent again arrived twice (RFC 3708 3). */
static void count_duplicate(const struct tcp_repair *x,
			    const struct tcp_repair_ack *a)
{
	struct tcp_recovery *r = x->r;

	if (!a->dsack || !r->undo || r->undo_retrans <= 0 ||
	    seq_before_eq(a->dsack_to, r->undo_seq))
		return;
	r->undo_retrans -= (int32_t)a->dsack_segs < r->undo_retrans
				   ? (int32_t)a->dsack_segs
				   : r->undo_retrans;
}

static bool may_undo(const struct tcp_repair *x, const struct tcp_repair_ack *a)
{
	const struct tcp_recovery *r = x->r;

	if (!r->undo)
		return false;
	if (r->undo_retrans == 0) /* every retransmission was needless */
		return true;
	return a->advanced && original_arrived(r, a->news);
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
static void undo(const struct tcp_repair *x)
{
	struct tcp_recovery *r = x->r;

	note_reordering(x);
	if (x->w->cwnd < r->prior_cwnd || x->ops->owns_window) {
		x->w->cwnd = r->prior_cwnd;
		if (x->ops->on_undo)
			x->ops->on_undo(x->cc, x->w);
	}
	if (x->w->ssthresh < r->prior_ssthresh)
		x->w->ssthresh = r->prior_ssthresh;
	tcp_rtx_unmark_lost(x->q);
	if (r->state >= TCP_RECOVERY)
		tcp_rack_on_recovered(x->rack);
	r->state = TCP_OPEN;
	r->undo = false;
	r->frto = false;
	r->prefer_new = false;
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
	const struct tcp_rack_ack ra = { x->una, x->nxt, a->dsack };

	if (!x->sack)
		return lost_by_dupacks(x, a);
	if (x->use_rack)
		return lost_by_rack(x, &ra, wait_us, now);
	return lost_by_sack(x);
}

/*
 * --- the states ----------------------------------------------------------
 */
/*
 * RFC 5682 3.1: after a timeout, ACKs of what was not sent again show that the
 * original flight is arriving. Return: true if it was spurious, and undone.
 */
static bool frto_step(const struct tcp_repair *x,
		      const struct tcp_repair_ack *a)
{
	struct tcp_recovery *r = x->r;
	bool recovered = seq_before_eq(r->high_seq, x->una);

	if (!r->frto)
		return false;
	if (a->news->orig) { /* (3b) */
		undo(x);
		x->m->stats->TcpExtSpuriousRTOs++;
		return true;
	}
	if (seq_before(r->high_seq, x->nxt)) { /* new data was sent */
		if (a->sacked || a->dup)
			r->frto = false; /* (3a): the loss was real */
	} else if (a->advanced && !recovered) { /* (2b) */
		r->high_seq = x->nxt;
		r->prefer_new = a->can_send_new;
		r->frto = a->can_send_new;
	}
	return false;
}

static void in_loss(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		    struct tcp_repair_done *done)
{
	if (frto_step(x, a)) {
		done->why = "spurious timeout";
		return;
	}
	if (a->advanced && may_undo(x, a)) {
		undo(x);
		done->why = "spurious timeout";
		return;
	}
	if (seq_before_eq(x->r->high_seq, x->una) && !x->r->prefer_new) {
		leave(x);
		done->why = "recovered";
	}
}

static void in_recovery(const struct tcp_repair *x,
			const struct tcp_repair_ack *a,
			struct tcp_repair_done *done)
{
	if (may_undo(x, a)) {
		undo(x);
		done->why = "spurious recovery";
	} else if (seq_before_eq(x->r->high_seq, x->una)) {
		leave(x);
		done->why = "recovered";
	}
}

static void in_open(const struct tcp_repair *x, const struct tcp_repair_ack *a,
		    struct tcp_repair_done *done, ostia_time now)
{
	struct tcp_recovery *r = x->r;

	if (r->undo && r->undo_retrans == 0) { /* D-SACKs came late */
		undo(x);
		done->why = "spurious recovery";
	}
	if (r->guard && seq_before(r->high_seq, x->una)) {
		r->guard = false;
		r->undo = false;
	}
	if (a->ece) {
		reduce(x, a, TCP_CWR, now);
		done->why = "ecn";
	}
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

	done->grow = r->state < TCP_CWR || r->state == TCP_LOSS;
	if (done->grow || !a->news->delivered || x->ops->owns_window)
		return;
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
	r->prefer_new = false;
	if (a->advanced)
		r->timeouts = 0;
	count_dupacks(x, a);
	count_duplicate(x, a);
	if (r->state == TCP_LOSS)
		in_loss(x, a, done);
	else if (r->state >= TCP_CWR)
		in_recovery(x, a, done);
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
		save(x);
		x->w->ssthresh = x->ops->on_rto(x->cc, x->w, now);
	}
	tcp_rtx_mark_all_lost(x->q, renege, overdue_since(x, now));
	r->dupacks = 0;
	x->w->cwnd = tcp_rtx_pipe(x->q) + 1;
	r->frto = x->frto && (fresh || r->timeouts);
	r->prefer_new = false;
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
	r->undo = false;
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
	r->undo = false;
	r->frto = false;
}
