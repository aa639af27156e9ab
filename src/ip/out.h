/* SPDX-License-Identifier: MIT */
/*
 * ip/out.h - output, for the rooms of ip/ themselves
 */
#ifndef OSTIA_IP_OUT_H
#define OSTIA_IP_OUT_H

#include "ip/ip.h"
#include "link/link.h"

/**
 * struct out_head - An IP header without a path
 * @nexthop:	NULL: not known
 * @ident:	IPv4's identification
 * @opts, @opts_len: IPv4's options
 */
struct out_head {
	struct ostia_link *link;
	const struct ostia_addr *src, *dst, *nexthop;
	uint32_t zone;
	uint32_t flowlabel;
	uint16_t ident;
	uint8_t proto, ttl, tos;
	bool dontfrag;
	uint8_t opts_len;
	const uint8_t *opts;
};

/** out_push() - ip_push_header() by hand. Return: 0, -ENOBUFS, -EMSGSIZE. */
int out_push(struct ip *ip, struct ostia_pkt *p, const struct out_head *h);

/** struct out_answer - How to answer, beyond the addresses */
struct out_answer {
	uint8_t proto, ttl, tos;
	bool dontfrag;
};

/** out_answer() - ip_reply() with more to say. Takes @p. */
int out_answer(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *p,
	       const struct out_answer *how, ostia_time now);

/**
 * out_icmp6_csum() - Leave the pseudo header's sum in an ICMPv6 message
 * @p:	 starts with the message; its checksum becomes PARTIAL
 */
void out_icmp6_csum(struct ostia_pkt *p, const struct ostia_addr *src,
		    const struct ostia_addr *dst);

#endif
