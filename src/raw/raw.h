/* SPDX-License-Identifier: MIT */
/*
 * raw/raw.h - raw sockets and ping sockets (raw(7), icmp(7))
 *
 * Every raw socket of a protocol whose addresses match gets a copy of each
 * packet, headers included for IPv4. A ping socket (SOCK_DGRAM with
 * IPPROTO_ICMP or ICMPV6) owns an echo identifier and gets its replies.
 */
#ifndef OSTIA_RAW_RAW_H
#define OSTIA_RAW_RAW_H

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
struct raw;

struct raw_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
};

int raw_new(const struct raw_lent_by_stack *lent, const uint8_t key[16],
	    struct raw **out);
void raw_free(struct raw *r);

/**
 * raw_rx() - Show a packet to raw sockets; borrowed, they take clones
 * Return: whether any took one (then no protocol unreachable is due).
 */
bool raw_rx(struct raw *r, struct ostia_pkt *p, ostia_time now);
/** raw_ping_rx() - An echo reply: HELD if a ping socket took it, or DROP. */
enum verdict raw_ping_rx(struct raw *r, struct ostia_pkt *p, ostia_time now);
struct ostia_pkt *raw_tx(struct raw *r, struct txnode *n, bool *more,
			 ostia_time now);
void raw_error(struct raw *r, const struct ip_error *e, ostia_time now);
struct raw_sock;
struct raw_sock *raw_news(struct raw *r, uint32_t *news);
void raw_usage(const struct raw *r, struct ostia_usage *usage);

#endif
