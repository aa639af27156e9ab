/* SPDX-License-Identifier: MIT */
/*
 * base/verdict.h - what a stage of input says of a packet
 *
 * Stages never call upwards: they answer, and stack/rx.c acts. A packet that
 * was not HELD still belongs to the caller.
 */
#ifndef OSTIA_BASE_VERDICT_H
#define OSTIA_BASE_VERDICT_H

enum verdict {
	VERDICT_DROP, /* of no use; a counter tells why */
	VERDICT_DELIVER, /* on to the next stage */
	VERDICT_HELD, /* the stage took it (queued, or consumed) */
	VERDICT_NO_PORT, /* nobody is there: an ICMP error is due */
	VERDICT_NO_PROTO,
	VERDICT_FORWARD, /* not for us, and we forward */
};

#endif
