/* SPDX-License-Identifier: MIT */
/*
 * udp/udp.h - UDP (RFC 768) as the socket layer and the pipelines see it
 *
 * A udp_sock is embedded in a socket. What arrives waits in @rx, charged by
 * the memory that it pins; what is sent waits in @txq until its link is
 * pulled. Small datagrams live in the packet's head area whole, so the way
 * from send() to recv() takes one packet and no block.
 */
#ifndef OSTIA_UDP_UDP_H
#define OSTIA_UDP_UDP_H

#include "base/addr.h"
#include "base/pkt.h"
#include "base/trace.h"
#include "base/verdict.h"
#include "ip/ip.h"
#include "ip/path.h"
#include "ip/ports.h"
#include "link/link.h"

#include <ostia/stack.h>

struct stats;
struct udp;

/** struct udp_lent_by_stack - What a udp borrows for its life */
struct udp_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
};

/* news bits, as TCP's */
enum { UDP_NEWS_IN = 0x01, UDP_NEWS_OUT = 0x02, UDP_NEWS_ERR = 0x04 };

/**
 * struct udp_sock - A UDP endpoint
 * @bind:	local and, when connected, remote end; in the port table
 * @path:	of the connected peer, or of the last destination; may be NULL
 * @tx:		on the link's ready list while @txq is not empty
 * @rx, @txq:	datagrams received and to be sent
 * @rxcharge, @txcharge: memory that they pin
 * @rcvbuf, @sndbuf: limits of these
 * @err:	errno for the next call, once
 * @news:	UDP_NEWS_*; on u->news while not 0
 * @ttl, @mcast_ttl, @tos: of what is sent; ttl 0: the stack's default
 * @pmtudisc:	IP_PMTUDISC_*
 */
struct udp_sock {
	struct binding bind;
	struct path *path;
	struct txnode tx;
	struct list news_node;
	struct pktq rx, txq;
	uint32_t rxcharge, txcharge;
	uint32_t rcvbuf, sndbuf;
	uint32_t drops;
	int err;
	uint8_t news;
	uint8_t ttl, mcast_ttl, tos;
	uint8_t pmtudisc;
	bool connected, v6, recverr, broadcast, no_check;
};

int udp_new(const struct udp_lent_by_stack *lent, const uint8_t key[16],
	    struct udp **out);
void udp_free(struct udp *u);

/**
 * udp_rx() - A datagram for us: src, dst, l4 and data as ip_rx() left them
 * Return: HELD (queued), DROP, or NO_PORT (port unreachable is due).
 */
enum verdict udp_rx(struct udp *u, struct ostia_pkt *p, ostia_time now);
/** udp_tx() - The socket's turn: its next packet, IP header pushed. */
struct ostia_pkt *udp_tx(struct udp *u, struct txnode *n, bool *more,
			 ostia_time now);
/** udp_error() - ICMP speaks of a datagram of ours. */
void udp_error(struct udp *u, const struct ip_error *e, ostia_time now);
/** udp_news() - The next socket with news, taken off the list. */
struct udp_sock *udp_news(struct udp *u, uint32_t *news);
void udp_usage(const struct udp *u, struct ostia_usage *usage);

#endif
