/* SPDX-License-Identifier: MIT */
/*
 * tcp/reply.h - segments without data that no connection's turn sends: resets,
 *		 SYN-ACKs, the ACKs of TIME-WAIT (RFC 9293 3.10.7.1, 3.5.2)
 *
 * They are made at once and wait in the link's bounded reply queue.
 */
#ifndef OSTIA_TCP_REPLY_H
#define OSTIA_TCP_REPLY_H

#include "tcp/rx.h"

/**
 * tcp_reply_send() - Send a header alone from f->local to f->remote
 * @h:	complete but for ports and checksum
 * @o:	options or extension headers (ip/hdropts.h), or NULL
 * @id:	connection, for trace events
 *
 * Return: 0, or why it could not leave (-ENETUNREACH, -ENOMEM, -ENOBUFS).
 */
int tcp_reply_send(struct tcp *t, const struct flow *f, struct wire_tcp *h,
		   const struct hdropts *o, uint8_t tos, uint64_t id,
		   ostia_time now);

/** tcp_reply_reset() - Answer a segment that belongs to nobody (3.10.7.1). */
void tcp_reply_reset(struct tcp *t, const struct tcp_seg *s);

/** tcp_reply_abort() - Tell @c's peer by a reset that we give up (3.10.5). */
void tcp_reply_abort(struct tcp *t, struct tcp_conn *c, ostia_time now);

#endif
