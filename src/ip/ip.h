/* SPDX-License-Identifier: MIT */
/*
 * ip/ip.h - the network layer of one stack, both families
 *
 * Owns links' addresses, routes, the path cache, neighbours, fragments, and
 * ICMP. Transport rooms see this header and ip/path.h, ip/ports.h only.
 */
#ifndef OSTIA_IP_IP_H
#define OSTIA_IP_IP_H

#include "base/addr.h"
#include "base/pkt.h"
#include "base/trace.h"
#include "base/verdict.h"

#include <stdbool.h>

struct ip;
struct path;

/**
 * struct ip_out - What the IP header of an outgoing packet shall say
 * @path:	link, source and destination come from it
 * @src, @dst:	NULL: the path's
 * @proto:	IPPROTO_*
 * @ttl:	0: the stack's default
 * @tos:	DSCP and ECN
 * @dontfrag:	DF; the packet must fit the path's MTU (or be GSO)
 * @flowlabel:	IPv6, 20 bits
 */
struct ip_out {
	struct path *path;
	const struct ostia_addr *src, *dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	bool dontfrag;
	uint32_t flowlabel;
};

/**
 * ip_push_header() - Put the IP header in front of a transport packet
 *
 * @p->l4 must be 0 (the packet starts at its transport header). Sets src, dst,
 * l3, and link. Return: 0, or -ENOBUFS (no headroom).
 */
int ip_push_header(struct ip *ip, struct ostia_pkt *p,
		   const struct ip_out *out);

/**
 * ip_reply() - Answer a received packet: swap its addresses, route, queue
 * @to:	the packet that is answered (borrowed)
 * @p:	transport header and payload, checksum PARTIAL; taken
 *
 * For resets, challenge ACKs and the like, through the link's bounded reply
 * queue. Return: 0, or -ENOBUFS, -ENETUNREACH ... (@p is freed, a counter
 * told).
 */
int ip_reply(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *p,
	     uint8_t proto, ostia_time now);

/**
 * ip_queue() - Queue a finished IP packet (header pushed) on its link
 * Takes @p. Return: 0, -ENOBUFS (queue full; freed and counted).
 */
int ip_queue(struct ip *ip, struct ostia_pkt *p);

/**
 * struct ip_error - News from ICMP about a packet that we sent
 * @err:	errno that Linux reports for it
 * @hard:	RFC 1122 4.2.3.9 counts it as hard (port, protocol unreachable)
 * @mtu:	> 0: packet too big, next hop's MTU; the path is updated by ip
 *		only when the transport has agreed (ip_path_mtu())
 * @flow:	of the quoted packet, ours first
 * @seq:	TCP: the quoted sequence number
 * @proto, @type, @code, @offender: for error queues
 */
struct ip_error {
	int err;
	bool hard;
	uint32_t mtu;
	struct flow flow;
	uint32_t seq;
	uint8_t proto, type, code;
	struct ostia_addr offender;
};

#endif
