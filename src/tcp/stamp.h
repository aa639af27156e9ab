/* SPDX-License-Identifier: MIT */
/*
 * tcp/stamp.h - when bytes of a stream came, and when they left
 *
 * SO_TIMESTAMP, SO_TIMESTAMPING and the error queue of a connection. A stream
 * has no packets to hang a time on, so marks stand at places of it, counted in
 * bytes since the beginning: the last byte of a call that sends is one, and
 * what is told of it (SO_EE_ORIGIN_TIMESTAMPING) are the times when it was
 * sent, left, and was acknowledged; the end of what came at one time is
 * another, and a read is told the time of the last byte that it got. Marks are
 * bounded. Beyond that the newest one moves, as Linux's do when it joins two
 * buffers: less is told, and nothing false.
 *
 * Sending and leaving are one moment here, since links pull. What filled a gap
 * and what had waited behind it came when it was filled.
 *
 * The marks are made when somebody first wants them (tcp/conn.h's rare part).
 */
#ifndef OSTIA_TCP_STAMP_H
#define OSTIA_TCP_STAMP_H

#include "tcp/conn.h"

/** tcp_stamp_put() - Give all back: marks, and what nobody read. */
void tcp_stamp_put(struct tcp *t, struct tcp_rare *r);

/** tcp_stamp_restart() - The stream begins anew; what was filed stays. */
void tcp_stamp_restart(struct tcp_rare *r);

/** tcp_stamp_on_text() - Bytes have come in order, up to RCV.NXT. Without
 * memory they have no time.
 */
void tcp_stamp_on_text(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_stamp_on_sent() - @len bytes from @from on leave in @p, headers and all
 * Once more each time that they are sent again (Linux).
 */
void tcp_stamp_on_sent(struct tcp *t, struct tcp_conn *c, struct seq from,
		       uint32_t len, struct ostia_pkt *p, ostia_time now);

/** tcp_stamp_on_acked() - The first @n bytes of @c->snd are acknowledged, and
 * still there.
 */
void tcp_stamp_on_acked(struct tcp *t, struct tcp_conn *c, uint32_t n,
			ostia_time now);

/** tcp_stamp_error() - The network refused the connection: for IP_RECVERR,
 * as on Linux whether or not it was asked for.
 */
void tcp_stamp_error(struct tcp *t, struct tcp_conn *c,
		     const struct ip_error *e);

/** tcp_stamp_waits() - Is there something for MSG_ERRQUEUE? */
bool tcp_stamp_waits(const struct tcp *t, const struct tcp_conn *c);

#endif
