/* SPDX-License-Identifier: MIT */
/*
 * tcp/frto.h - forward RTO recovery: was the timeout spurious? (RFC 5682)
 *
 * After a timeout one segment is sent again; then the sender looks before it
 * repeats the rest. The first ACK of something new makes room, which it gives
 * to data not sent before (2.1 (2b), 3.1 (2b)); what is acknowledged next
 * without ever having been sent again is of the original flight, which is not
 * lost then (3b). Without timestamps this is all that keeps a delay spike
 * from becoming a go-back-N. With SACK an original shows itself in the first
 * ACK already; without it, an ACK that covers what was sent again does not
 * tell which copy it is for. Of two timeouts in a row the second looks, too,
 * as Linux has it: a spike may be longer than one.
 */
#ifndef OSTIA_TCP_FRTO_H
#define OSTIA_TCP_FRTO_H

#include <stdbool.h>

/**
 * struct tcp_frto - State after a timeout
 * @on:		the question is open
 * @new_first:	send new data before what is marked lost (2b)
 */
struct tcp_frto {
	bool on;
	bool new_first;
};

/**
 * struct tcp_frto_ack - What one ACK says
 * @orig:	it newly acknowledges what was sent once, before the timeout
 * @again:	it acknowledges what was sent again
 * @sack:	SACK was agreed on
 * @sent_new:	data left since that had not been sent before
 * @odd:	a duplicate ACK, or something newly SACKed
 * @advanced:	SND.UNA advanced
 * @recovered:	all that was in flight at the timeout is acknowledged
 * @can_send_new: unsent data waits and the peer's window takes it
 */
struct tcp_frto_ack {
	bool orig, again, sack, sent_new, odd, advanced, recovered,
		can_send_new;
};

enum tcp_frto_step {
	TCP_FRTO_NOTHING,
	TCP_FRTO_SPURIOUS, /* (3b) */
	TCP_FRTO_TRY_NEW, /* (2b): the recovery point moves to SND.NXT */
};

/**
 * tcp_frto_begin() - The timer expired
 * @enabled:	setting tcp_frto
 * @fresh:	no recovery was under way (RFC 5682 3.1 (1)), or nothing was
 *		acknowledged since the last timeout
 */
void tcp_frto_begin(struct tcp_frto *f, bool enabled, bool fresh);

/** tcp_frto_on_ack() - Steps 2 and 3 of sections 2.1 and 3.1. */
enum tcp_frto_step tcp_frto_on_ack(struct tcp_frto *f,
				   const struct tcp_frto_ack *a);

/**
 * tcp_frto_on_nothing_new() - There was room, but nothing new that may leave
 * @sent_new:	but some has left since (2b)
 * Return: true: then what is marked lost goes again (2.1 (2b), last sentence).
 */
static inline bool tcp_frto_on_nothing_new(struct tcp_frto *f, bool sent_new)
{
	if (!f->new_first || sent_new)
		return false;
	*f = (struct tcp_frto) { 0 };
	return true;
}

#endif
