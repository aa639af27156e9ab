/* SPDX-License-Identifier: MIT */
/*
 * ip/filter.h - a socket's filter (SO_ATTACH_FILTER) and an IP packet
 */
#ifndef OSTIA_IP_FILTER_H
#define OSTIA_IP_FILTER_H

#include "base/bpf.h"

struct ip;
struct ostia_link;

/** filter_hatype() - ARPHRD_* of a link. */
uint16_t filter_hatype(const struct ostia_link *l);

/**
 * filter_wants() - Does the socket want the packet, and how much of it?
 * @b:	  NULL: all of it
 * @p:	  as ip_rx() left it; cut to what the program says
 * @from: offset of the byte that the program calls 0: where the transport
 *	  header begins, or for raw IPv4 sockets the IP header
 * @keep: bytes from there that stay, whatever it says
 */
bool filter_wants(struct ip *ip, const struct bpf *b, struct ostia_pkt *p,
		  uint32_t from, uint32_t keep);

/** filter_facts() - What @p tells a program beside its bytes, as it came. */
struct bpf_facts filter_facts(struct ip *ip, const struct ostia_pkt *p,
			      uint32_t from);

#endif
