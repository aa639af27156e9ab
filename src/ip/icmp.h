/* SPDX-License-Identifier: MIT */
/*
 * ip/icmp.h - ICMP of both families (RFC 792, 1122 3.2.2, 4443, 4884, 5927)
 *
 * In: echo requests are answered, neighbour discovery goes to ip/nd, errors
 * about packets of ours become struct ip_error (ip_next_error()). Source
 * quench (RFC 6633) is ignored; redirects go to ip/redirect.
 *
 * Out: errors, never about errors, groups, broadcasts, later fragments or
 * nobody's packets, quoting as much as 576 or 1280 bytes allow, and limited:
 * first for each destination, then altogether with noise, so that the common
 * limit tells a stranger nothing about others (RFC 4443 2.4 (f), CVE-2020-
 * 25705).
 */
#ifndef OSTIA_IP_ICMP_H
#define OSTIA_IP_ICMP_H

#include "base/bucket.h"
#include "base/pkt.h"
#include "base/verdict.h"

struct ip;
struct ip_error;
struct wire_quote;

/** enum icmp_why - Why a packet cannot be taken, without a family */
enum icmp_why {
	ICMP_NO_PORT,
	ICMP_NO_PROTO, /* IPv6: parameter problem 1 at p's Next Header */
	ICMP_ADMIN, /* administratively prohibited */
	ICMP_REASM_TIMEOUT,
	ICMP_PARAM, /* @info: pointer; @code: of the parameter problem */
	ICMP_NO_ROUTE, /* for those who forward, these */
	ICMP_NO_HOST, /* the neighbour does not answer */
	ICMP_HOPS,
	ICMP_TOO_BIG, /* @info: the next link's MTU */
	ICMP_REDIRECT, /* IPv4 alone; @info: the gateway's address */
};

enum {
	ICMP_HOSTS = 512, /* rate limits of so many hosts, by keyed hash */
	ICMP_HOST_BURST = 6,
};

/** struct icmp_host - A small bucket, in ms of credit */
struct icmp_host {
	uint32_t then_ms;
	uint32_t credit_ms;
};

struct icmp_limits {
	struct bucket all;
	uint32_t rate, burst; /* what @all was set to */
	struct icmp_host host[ICMP_HOSTS];
};

/**
 * icmp_rx() - An ICMP or ICMPv6 message arrived (p->proto says which)
 *
 * Raw sockets have had their copy. Return: VERDICT_HELD: done with, and freed
 * (drain ip_next_error()); VERDICT_DELIVER: a reply that a ping socket may
 * wait for (echo reply, timestamp reply), p->data behind its 8 bytes;
 * VERDICT_DROP.
 */
enum verdict icmp_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now);

/**
 * icmp_error() - Tell the sender of a received packet
 * @p:	as ip_rx() left it; borrowed
 *
 * Silently does nothing where no error may be sent, or when there is no room.
 */
void icmp_error(struct ip *ip, struct ostia_pkt *p, enum icmp_why why,
		uint8_t code, uint32_t info, ostia_time now);

/* For the rooms of ip/. */

/**
 * icmp_may_send() - Do the limits allow a message of @type to @to? Counted.
 *
 * Redirects are limited whatever net.ipv4.icmp_ratemask says (RFC 4861 8.2).
 */
bool icmp_may_send(struct ip *ip, const struct ostia_addr *to, uint8_t type,
		   ostia_time now);

void icmp_init(struct ip *ip, ostia_time now);

/**
 * icmp_send() - Send a message back to where @to came from
 * @m:	 8 bytes of header with checksum 0, and what follows; taken
 * @tos: of the IP header
 */
int icmp_send(struct ip *ip, const struct ostia_pkt *to, struct ostia_pkt *m,
	      uint8_t tos, ostia_time now);

/** icmp_quote_at() - Where a message's quotation, or its data, begins. */
static inline uint32_t icmp_quote_at(const struct ostia_pkt *p)
{
	return p->l4 + 8u;
}

/**
 * icmp_tell() - An error about a packet of ours becomes news for transports
 * @p:	 the message; taken. @q, @hlen: its quotation, as wire/quote read it
 * @e:	 addresses and zone, err, hard, mtu, info, type and code are set
 */
enum verdict icmp_tell(struct ip *ip, struct ostia_pkt *p,
		       const struct wire_quote *q, uint32_t hlen,
		       struct ip_error *e);

/** icmp_echo_reply() - @head and the data of @p go back. HELD: @p is freed;
 * DROP: no memory.
 */
enum verdict icmp_echo_reply(struct ip *ip, struct ostia_pkt *p,
			     const uint8_t head[8], ostia_time now);

enum verdict icmp4_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now);
enum verdict icmp6_rx(struct ip *ip, struct ostia_pkt *p, ostia_time now);

#endif
