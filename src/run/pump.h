/* SPDX-License-Identifier: MIT */
/*
 * run/pump.h - bytes between a pair and a connection
 *
 * From the guest: recv from our end of the pair into the supervisor's buffer,
 * send to the stack, which copies once more. To the guest: the stack's bytes
 * are lent and written into the pair in place. A connection that stands still
 * holds what did not fit (at most one piece of the buffer; a loan counts in
 * the stack's receive budget), and nothing else is kept.
 *
 * EOF one way is a half close the other way. What ends the door is the last
 * close of the guest; see run_pump_on_hangup().
 */
#ifndef OSTIA_RUN_PUMP_H
#define OSTIA_RUN_PUMP_H

#include "run/stream.h"

/** run_pump_start() - The connection stands: watch both sides. */
void run_pump_start(struct run_stream *s);

/**
 * run_pump_in() - From the guest to the stack, as much as there is and fits
 * May end the connection, may free the door. Return: false: it did.
 */
bool run_pump_in(struct run_stream *s);

/** run_pump_out() - From the stack to the guest; likewise. */
bool run_pump_out(struct run_stream *s);

/**
 * run_pump_enlarge() - A large send buffer for one end, as far as we may
 * @bytes: what the guest asked for, if that is less; 0: it did not
 */
void run_pump_enlarge(int fd, uint32_t bytes);

/** run_pump_watch() - Ask both sides for what could be done next. */
void run_pump_watch(struct run_stream *s);

/**
 * run_pump_on_hangup() - Our end says EPOLLHUP
 * @unread: EPOLLERR too: the guest closed with bytes unread, so RST
 *
 * It is the last close, unless the guest has shut its sending down and we
 * ours: then the pair hangs up at once, and at every news of it we look
 * whether the guest still holds its end where we know of. If not, the door
 * goes: should another have it, all was said to him. May free the door.
 */
void run_pump_on_hangup(struct run_stream *s, bool unread);

/**
 * run_pump_mine() - The guest is about to shut its sending down
 *
 * A byte of ours goes behind its last: left unread at a reset it makes the
 * guest's reads say ECONNRESET. Afterwards nothing could be put there.
 */
void run_pump_mine(struct run_stream *s);

/**
 * run_pump_bait() - The same for a connection whose guest's end we cannot
 * reach later (door->inode): to be called before the guest can write to it
 */
void run_pump_bait(struct run_stream *s, int guest_end);

/** run_pump_let_go() - Take out what is held: see struct run_stream. */
void run_pump_let_go(struct run_stream *s);

/** run_pump_unread() - How many bytes of the guest wait in our queue. */
int run_pump_unread(const struct run_stream *s);

/** run_pump_defuse() - No reset, then: take the byte out. */
void run_pump_defuse(struct run_stream *s);

/** run_pump_fini() - Give back what is held. */
void run_pump_fini(struct run_stream *s);

#endif
