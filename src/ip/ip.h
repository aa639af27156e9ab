/* SPDX-License-Identifier: MIT */
/*
 * ip/ip.h - the network layer of one stack, both families
 *
 * Owns links' addresses, routes, the path cache, neighbours, fragments, and
 * ICMP. Transport rooms see this header and ip/path.h, ip/ports.h,
 * ip/addrs.h, ip/groups.h, ip/icmp.h; stack/ sees all (ip/state.h).
 */
#ifndef OSTIA_IP_IP_H
#define OSTIA_IP_IP_H

#include "base/addr.h"
#include "base/pkt.h"
#include "base/trace.h"
#include "base/verdict.h"

#include <stdbool.h>

struct hdropts;
struct ip;
struct path;

/**
 * struct ip_out - What the IP header of an outgoing packet shall say
 * @path:	link, source and destination come from it
 * @src, @dst:	NULL: the path's
 * @proto:	IPPROTO_*
 * @ttl:	0: the stack's default (1 for multicast is the caller's)
 * @tos:	DSCP and ECN
 * @stay:	@ttl 0 is meant: the packet leaves no host
 * @dontfrag:	DF; the packet must fit the path's MTU (or be GSO)
 * @flowlabel:	IPv6, 20 bits; 0: of the flow (RFC 6437), if @autolabel and,
 *		where that is IP_LABEL_DEFAULT, settings say so
 * @opts:	what stands behind the IP header (ip/hdropts.h), or NULL; a
 *		source route in it changes the header's destination, not the
 *		@path, which must lead to its first hop
 */
struct ip_out {
	struct path *path;
	const struct ostia_addr *src, *dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	bool stay;
	bool dontfrag;
	uint32_t flowlabel;
	uint8_t autolabel; /* enum ip_label */
	const struct hdropts *opts;
};

/** enum ip_label - IPV6_AUTOFLOWLABEL */
enum ip_label { IP_LABEL_DEFAULT, IP_LABEL_ON, IP_LABEL_OFF };

/**
 * ip_push_header() - Put the IP header in front of a transport packet
 *
 * @p->l4 must be 0 (the packet starts at its transport header). Sets src, dst,
 * nexthop, zone, proto, ttl, tos, l3, and link; with @dontfrag also PKT_NOFRAG.
 * The total length says what is there: a super-segment's until it is split.
 * Return: 0, -ENOBUFS (no headroom), -EMSGSIZE (over 65535 bytes, or more than
 * HDROPTS_EXT_MAX of extension headers); with @opts also -ENOMEM.
 */
int ip_push_header(struct ip *ip, struct ostia_pkt *p,
		   const struct ip_out *out);

/**
 * ip_reply() - Answer a received packet: swap its addresses, route, queue
 * @to:	the packet that is answered (borrowed)
 * @p:	transport header and payload, checksum PARTIAL; taken
 *
 * For resets, challenge ACKs and the like, through the link's bounded reply
 * queue; fragmented if need be. Return: 0, or -ENOBUFS, -ENETUNREACH ... (@p
 * is freed, a counter told).
 */
int ip_reply(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *p,
	     uint8_t proto, ostia_time now);

/**
 * ip_queue() - Queue a finished IP packet (header pushed) on its link
 * Takes @p. Return: 0, -ENOBUFS (queue full; freed and counted).
 */
int ip_queue(struct ip *ip, struct ostia_pkt *p);

/**
 * ip_loop_back() - Hear a packet to many ourselves
 * @p: header pushed, link set; borrowed
 *
 * A copy comes in as if by the link that @p leaves by. Lost when there is no
 * room, and counted.
 */
void ip_loop_back(struct ip *ip, struct ostia_pkt *p);

/**
 * ip_fragment() - Cut a finished IP packet into fragments of at most @mtu
 * @p:		header pushed, not a super-segment; taken, whatever happens.
 *		A PARTIAL checksum is completed first (RFC 8200 4.5, RFC 791)
 * @list:	gets the fragments, linked by next, in order
 *
 * IPv4 copies the options that are to be copied. Return: how many; -EMSGSIZE
 * (DF or PKT_NOFRAG, or @mtu cannot hold 8 bytes of payload), -ENOMEM,
 * -ENOBUFS. IpFrag* counters are told.
 */
int ip_fragment(struct ip *ip, struct ostia_pkt *p, uint32_t mtu,
		struct ostia_pkt **list);

/**
 * ip_complete_csum() - Add up what PARTIAL left open; the state is NONE after
 * Return: 0, -ENOMEM (the header could not be made private).
 */
int ip_complete_csum(struct ostia_pkt *p);

/**
 * struct ip_error - News from ICMP, or from our own neighbour cache, about a
 * packet that we sent
 * @err:	errno that Linux reports for it
 * @hard:	RFC 1122 4.2.3.9 counts it as hard (port, protocol unreachable)
 * @own:	made here: the neighbour did not answer (SO_EE_ORIGIN_LOCAL)
 * @mtu:	> 0: packet too big, next hop's MTU; the path is updated by ip
 *		only when the transport has agreed (path_mtu_lower())
 * @flow:	of the quoted packet, ours first; ports 0 if not known
 * @has_ports:	the quote reached the ports (or an echo request's id, which
 *		stands in lport)
 * @has_seq, @seq: TCP: the quoted sequence number
 * @proto:	of the quoted packet
 * @type, @code, @info, @offender: for error queues; @info is the second
 *		word's value (MTU, pointer)
 * @told_len:	the quoted datagram's length by the message's own field (RFC
 *		4884), in bytes; 0: none
 * @quote:	the packet that told, @quote_off where the quoted packet's
 *		transport header begins in it; freed by ip_error_done()
 */
struct ip_error {
	int err;
	bool hard;
	bool own;
	bool has_ports;
	bool has_seq;
	uint32_t mtu;
	struct flow flow;
	uint32_t seq;
	uint8_t proto, type, code;
	uint16_t told_len;
	uint32_t info;
	struct ostia_addr offender;
	struct ostia_pkt *quote;
	uint32_t quote_off;
};

#endif
