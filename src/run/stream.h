/* SPDX-License-Identifier: MIT */
/*
 * run/stream.h - a TCP door: what its pair and its connection have in common
 *
 * The states are those of the guest's descriptor, not of TCP:
 *
 *	FRESH		new, bound or refused: its end is loose (run/loose)
 *	LISTENING	the guest's end is stuffed (never writable) and holds
 *			a token, one byte, for each connection in @queue
 *	CONNECTING	if somebody might poll: stuffed, until it is decided.
 *			While its caller waits it stays loose
 *	CONNECTED	bytes move both ways (run/pump)
 *	OVER		reset or failed: our end is closed
 *
 * @queue holds what the stack has accepted and the guest has not; the stack's
 * own backlog shrinks as it grows, so together they hold what listen() said.
 */
#ifndef OSTIA_RUN_STREAM_H
#define OSTIA_RUN_STREAM_H

#include <ostia/socket.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "run/door.h"

enum run_stream_state {
	RUN_STREAM_FRESH,
	RUN_STREAM_LISTENING,
	RUN_STREAM_CONNECTING,
	RUN_STREAM_CONNECTED,
	RUN_STREAM_OVER,
};

/**
 * struct run_stream - One TCP socket of a guest
 * @filler:	bytes in our queue that the guest did not write
 * @small:	the guest's send buffer was made small for stuffing
 * @large_in, @large_out: the guest's send buffer and ours have been made
 *		large, because much was in them
 * @drained:	our send buffer was full, and the guest has read it since
 * @in_eof:	the guest's bytes are all in the stack, and its FIN
 * @out_eof:	the peer's are all in the pair, and the EOF
 * @wr_shut:	the guest has shut its sending down
 * @rd_shut:	... its receiving: EOF once the pair is fed
 * @closed:	the last close has been seen; the stack's close is to come
 * @hup:	the stack has said POLLHUP or POLLERR, and will for ever
 * @mined:	behind @ahead bytes of the guest's last there is one of ours,
 *		which makes a reset of what would be an end
 * @bait:	one byte is always left unread in our queue, the first of it,
 *		which the stack has already: where we cannot reach the guest's
 *		end at a reset
 * @held:	so many bytes, the first of our queue, the stack has already:
 *		they are taken out with the answer (run/pump)
 * @bulky:	the guest's last message was long: none is held
 * @stuck:	the pair had no room for an urgent byte
 * @failed:	the stack refused a send: what the guest writes is dropped
 * @tight:	memory is short: @left is tried again a little later
 * @left:	bytes of the guest that the stack had no room for
 * @loan:	bytes of the stack that the pair had no room for; @lent of them
 * @sndbuf, @rcvbuf: what the guest set SO_SNDBUF and SO_RCVBUF to, 0: nothing.
 *		Buffers of the pair are no larger: who wants to be held up
 *		early is
 * @error:	of a connection that is over, for SO_ERROR, once
 * @queue:	struct waiting, in order; @nqueue of them
 * @shared:	the stack's part of @backlog, as it knows it
 */
struct run_stream {
	struct run_door door;
	enum run_stream_state state;
	size_t filler;
	bool small, large_in, large_out, drained, in_eof, out_eof, wr_shut,
		rd_shut, closed, hup, failed, stuck, mined, bait, tight, bulky;
	uint8_t *left;
	uint32_t left_at, left_len;
	struct ostia_loan *loan;
	uint32_t lent, ahead, held;
	uint32_t sndbuf, rcvbuf;
	int error;
	struct list queue;
	uint32_t nqueue, backlog, shared;
};

static inline struct run_stream *run_stream_of(struct run_door *d)
{
	return (struct run_stream *)(void *)d;
}

/**
 * run_stream_end() - The connection broke (@error): tell the guest
 * Frees the door of one that has closed it; of one that has ended it goes soon
 * after (run_door_mute()).
 */
void run_stream_end(struct run_stream *s, int error);

#endif
