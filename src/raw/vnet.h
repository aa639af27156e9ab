/* SPDX-License-Identifier: MIT */
/*
 * raw/vnet.h - PACKET_VNET_HDR: what is true of a frame beside its bytes
 *
 * A packet socket of SOCK_RAW may ask for a struct virtio_net_hdr before each
 * frame, both ways (packet(7), Linux's include/linux/virtio_net.h): whether its
 * checksum is still open, and how a super-segment is to be cut. Numbers are the
 * host's, as of Linux.
 */
#ifndef OSTIA_RAW_VNET_H
#define OSTIA_RAW_VNET_H

#include "base/pkt.h"

#include <linux/virtio_net.h>

/* with and without num_buffers, which is 0 */
enum { VNET_LEN = 10, VNET_LEN_MRG = 12 };

/**
 * vnet_of() - What a frame's header says
 * @p:	  begins with the link's header
 * @open: its checksum is to be completed; @valid: it is known to be right
 */
struct virtio_net_hdr vnet_of(struct ostia_pkt *p, uint32_t l3, bool open,
			      bool valid);

/**
 * vnet_apply() - Make a program's words about its frame true
 * @p:	begins with the link's header, l3 set; l4, data, sum and gso are set
 *
 * Return: 0; -EINVAL: a length beyond the frame, a checksum that does not lie
 * in the first VNET_HEADERS bytes, a super-segment that is not of the family
 * and protocol that @h names, without a checksum to complete, or of more than
 * 128 datagrams; VIRTIO_NET_HDR_GSO_UDP (fragments: Linux's, obsolete there).
 */
int vnet_apply(struct ostia_pkt *p, const struct virtio_net_hdr *h);

enum { VNET_HEADERS = 240 };

#endif
