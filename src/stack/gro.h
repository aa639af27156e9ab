/* SPDX-License-Identifier: MIT */
/*
 * stack/gro.h - segments of one batch that continue each other become one
 *
 * Only TCP data segments without flags but ACK and PSH, with the same options
 * and acknowledgment, in order, with valid checksums; and, while a socket asks
 * for it (UDP_GRO), datagrams of one flow and one length. Nothing waits: what
 * is held goes on when the batch ends or something else arrives. What comes out
 * is a super-segment as a link with TSO would have brought it.
 */
#ifndef OSTIA_STACK_GRO_H
#define OSTIA_STACK_GRO_H

#include "base/addr.h"
#include "base/pkt.h"

enum { GRO_MAX_BYTES = 65535 };

/** struct gro - The packet that later ones may continue */
struct gro {
	struct ostia_pkt *held;
	uint32_t next_seq;
};

/**
 * gro_add() - Offer the next packet of the batch, as ip_rx() left it
 * @udp: datagrams, too
 * Return: a packet to deliver before @p's turn (or NULL); *@self is @p if @p
 * itself is to be delivered at once, NULL if it was held or merged.
 */
struct ostia_pkt *gro_add(struct gro *g, struct ostia_pkt *p, bool udp,
			  struct ostia_pkt **self);

/** gro_flush() - The held packet, or NULL. */
struct ostia_pkt *gro_flush(struct gro *g);

#endif
