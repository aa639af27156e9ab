/* SPDX-License-Identifier: MIT */
/*
 * stack/gso.h - the bottom of the way out: what a link cannot do itself
 *
 * Super-segments are cut into segments of gso_size, and checksums that were
 * left PARTIAL are completed. Payload is not copied: the pieces refer to the
 * blocks of the whole.
 */
#ifndef OSTIA_STACK_GSO_H
#define OSTIA_STACK_GSO_H

#include "base/pkt.h"

/**
 * gso_complete() - Sum up a packet whose checksum is PARTIAL
 * The pseudo-header's sum is in the field; csum becomes NONE. A packet whose
 * headers cannot be edited in place (longer than the head area) is left alone.
 */
void gso_complete(struct ostia_pkt *p);

/**
 * gso_split() - Cut a super-segment into a list of packets
 * @p:	taken. Starts with link and IP headers, l3, l4 and data set
 * @sum: complete the pieces' checksums; otherwise they are PARTIAL
 *
 * TCP (RFC 9293): sequence numbers advance, FIN and PSH stand on the last
 * piece; the flags of ECN on all (RFC 9768 3.3.4: they are a number; who says
 * CWR once, by RFC 3168, makes no super-segment of it). UDP: each piece is a
 * datagram. IPv4: each piece takes the next identification.
 * Return: the list, in order, or NULL without memory (the rest is freed).
 */
struct ostia_pkt *gso_split(struct ostia_pkt *p, bool sum);

#endif
