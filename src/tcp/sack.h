/* SPDX-License-Identifier: MIT */
/*
 * tcp/sack.h - the peer's SACK blocks, applied to what we sent
 *		(RFC 2018 5, RFC 2883 4)
 *
 * A block is believed where it can be true: it covers octets that were sent
 * and not acknowledged. Below the acknowledgment, or inside the next block, it
 * is a D-SACK, the first one only. Blocks count in whole segments.
 * Work per ACK: at most 4 searches of O(log n), and what is newly marked.
 */
#ifndef OSTIA_TCP_SACK_H
#define OSTIA_TCP_SACK_H

#include "tcp/rate.h"
#include "tcp/rtx.h"
#include "wire/tcp.h"

/**
 * struct tcp_sack_in - One ACK's blocks and the window that they must fit
 * @una:	SND.UNA after this ACK
 * @prior_una:	SND.UNA before it
 * @nxt:	SND.NXT
 * @max_wnd:	largest window ever offered: how old a D-SACK may be
 * @block, @n:	as they stood in the option
 */
struct tcp_sack_in {
	struct seq una, prior_una, nxt;
	uint32_t max_wnd;
	const struct wire_tcp_sack *block;
	unsigned n;
};

/**
 * struct tcp_sack_out - What they told
 * @dsack:	a duplicate arrived there (@dsack_from .. @dsack_to)
 * @discarded:	blocks that make no sense
 * @sacked:	segments newly SACKed
 */
struct tcp_sack_out {
	bool dsack;
	struct seq dsack_from, dsack_to;
	uint32_t discarded;
	uint32_t sacked;
};

/** tcp_sack_dsack() - Is the first block a D-SACK? Fills @out's part of it. */
bool tcp_sack_dsack(const struct tcp_sack_in *in, struct tcp_sack_out *out);

/**
 * tcp_sack_apply() - Mark what arrived
 * @news:	told of every record newly marked (tcp/rate.h)
 */
void tcp_sack_apply(struct tcp_rtx *q, struct tcp_rtx_mem *m,
		    const struct tcp_sack_in *in, struct tcp_ack_news *news,
		    struct tcp_sack_out *out);

#endif
