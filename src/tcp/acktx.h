/* SPDX-License-Identifier: MIT */
/*
 * tcp/acktx.h - when an acknowledgment leaves (RFC 5681 4.2, RFC 9293 3.8.6.3)
 *
 * At once: for more than a full segment since the last ACK, for what is out of
 * order or fills a gap, in the first exchanges of a connection ("quick"
 * ACKs, so that the peer's slow start is not held up). Else an answer of the
 * program may carry it, and a timer of 40 to 200 ms bounds the wait, which
 * follows the peer's rhythm. The ACK itself is made at the pull (tcp/tx.c).
 *
 * So segments that the driver hands in together share one: RFC 9293 MUST-58 and
 * MUST-59 want "a series of queued segments" processed before any ACK, and that
 * comes before SHLD-19 and RFC 5681's SHOULD. A driver's batch has 64 frames at
 * most, and it pulls after each. Linux goes further: at MTU 1500 over veth an
 * ACK of its stands for 123 segments, and for 61 without GRO, as it also waits
 * for the reader. What was tried: an ACK for each two segments of a batch cost
 * 40 % of the rate at MTU 1500 (`ostia bench P3`: 56 to 33 Gbit/s). A sender
 * that counts segments, as ours and Linux's do, opens its window the same.
 */
#ifndef OSTIA_TCP_ACKTX_H
#define OSTIA_TCP_ACKTX_H

#include "tcp/conn.h"

enum {
	TCP_ATO_MIN_MS = 40,
	TCP_ATO_MAX_MS = 200,
	TCP_QUICK_MAX = 16,
};

/**
 * tcp_acktx_on_data() - In-order data was queued
 * @seg:	payload bytes of one segment of it
 * @psh:	the segment said PSH
 *
 * Measures the peer's segments and rhythm; sets ACK_NOW or ACK_PENDING.
 */
void tcp_acktx_on_data(struct tcp *t, struct tcp_conn *c, uint32_t seg,
		       bool psh, ostia_time now);

/** tcp_acktx_on_more() - Another of @seg bytes, without PSH, came with it. */
void tcp_acktx_on_more(struct tcp_conn *c, uint32_t seg);

/** tcp_acktx_quick() - Loss, or a new beginning: ACK the next ones at once. */
void tcp_acktx_quick(struct tcp_conn *c, unsigned acks);

/** tcp_acktx_on_read() - The program took data: is a window update due? */
void tcp_acktx_on_read(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_acktx_on_sent() - A segment with an ACK leaves now
 * @data: it carries data (so the program answers: pingpong)
 */
void tcp_acktx_on_sent(struct tcp_conn *c, bool data, ostia_time now);

/** tcp_acktx_expire() - TCP_DUE_DELACK: the wait is over. */
void tcp_acktx_expire(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_acktx_set_quick() - TCP_QUICKACK: 0 off, 1 on, as Linux. */
void tcp_acktx_set_quick(struct tcp *t, struct tcp_conn *c, bool on);

#endif
