/* SPDX-License-Identifier: MIT */
/*
 * raw/raw.h - raw sockets and ping sockets (raw(7), icmp(7))
 *
 * Every raw socket of a protocol whose addresses match gets a copy of each
 * packet: with its IP header for IPv4, without for IPv6. A ping socket
 * (SOCK_DGRAM with IPPROTO_ICMP or ICMPV6) owns an echo identifier, in the
 * place of a port, and gets the replies to it.
 */
#ifndef OSTIA_RAW_RAW_H
#define OSTIA_RAW_RAW_H

#include "base/verdict.h"
#include "ip/dgram.h"
#include "ip/ports.h"

#include <ostia/stack.h>

struct stats;
struct raw;

/** struct raw_lent_by_stack - What a raw borrows for its life */
struct raw_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
};

/**
 * struct raw_sock - A raw or ping endpoint
 * @node:	in the list of its protocol
 * @bind:	ping: its identifier among the "ports"; raw: its addresses
 * @wished:	what bind() named
 * @remote, @rport: when @connected; @bind has no peer
 * @filter:	ICMP_FILTER: bit t set: type t (0..31) is not wanted
 * @filter6:	ICMP6_FILTER: bit set: type is not wanted (RFC 3542 3.2)
 * @csum_at:	IPV6_CHECKSUM: offset, -1: none
 * @proto:	IPPROTO_*
 * @hdrincl:	IP_HDRINCL, IPV6_HDRINCL: the user writes IP headers
 * @nodefrag:	IP_NODEFRAG, for who asks
 * @shut_wr:	SHUT_WR: Linux's raw sockets send nevertheless
 * @named:	ping: bind() named the identifier
 * @deaf:	raw: connect(AF_UNSPEC) has taken it off its protocol (Linux)
 */
struct raw_sock {
	struct dgram d;
	struct list node;
	struct binding bind;
	struct ostia_addr wished, remote;
	uint32_t filter;
	uint32_t filter6[8];
	int32_t csum_at;
	uint16_t rport;
	uint8_t proto;
	bool v6, ping, hdrincl, connected;
	bool nodefrag, shut_wr, named, deaf;
};

int raw_new(const struct raw_lent_by_stack *lent, const uint8_t key[16],
	    struct raw **out);
void raw_free(struct raw *r);

/**
 * raw_rx() - Show a packet to raw sockets; borrowed, they take clones
 * Return: whether any took one (then no protocol unreachable is due).
 */
bool raw_rx(struct raw *r, struct ostia_pkt *p, ostia_time now);
/** raw_ping_rx() - A reply: HELD if a ping socket took it, or DROP. */
enum verdict raw_ping_rx(struct raw *r, struct ostia_pkt *p, ostia_time now);
struct ostia_pkt *raw_tx(struct raw *r, struct txnode *n, bool *more,
			 ostia_time now);
void raw_error(struct raw *r, const struct ip_error *e, ostia_time now);
struct raw_sock *raw_news(struct raw *r, uint32_t *news);
/** raw_usage() - But for what waits in sockets: who owns them knows. */
void raw_usage(const struct raw *r, struct ostia_usage *usage);

/*
 * --- user calls: 0 or a count, or -errno as Linux ------------------------
 */
void raw_open(struct raw *r, struct raw_sock *s, bool v6, bool ping,
	      uint8_t proto);
void raw_close(struct raw *r, struct raw_sock *s);

/**
 * raw_bind() - @port: a ping socket's identifier, 0: any
 * Return: -EADDRNOTAVAIL, -EINVAL (a ping socket that is bound already),
 * -EADDRINUSE.
 */
int raw_bind(struct raw *r, struct raw_sock *s, const struct ostia_addr *a,
	     uint16_t port, uint32_t zone, bool freebind, ostia_time now);
int raw_connect(struct raw *r, struct raw_sock *s, const struct ostia_addr *a,
		uint16_t port, uint32_t zone, ostia_time now);
/** raw_disconnect() - connect(AF_UNSPEC): a ping socket gives back what it did
 * not ask for by name, a raw one hears nothing from now on (as on Linux).
 */
void raw_disconnect(struct raw *r, struct raw_sock *s);

/**
 * raw_send() - One packet
 * @to: NULL: to the peer
 * Return: @n; -EDESTADDRREQ, -EMSGSIZE, -EINVAL (a header or an ICMP message
 * that cannot be), -EFAULT (ICMP of less than two bytes, which Linux reads),
 * -EPIPE, -EAGAIN, -ENOMEM, a pending error, or routes' errors.
 */
int64_t raw_send(struct raw *r, struct raw_sock *s, const struct dgram_to *to,
		 const struct iovec *iov, int niov, size_t n, uint32_t zone,
		 ostia_time now);
int64_t raw_recv(struct raw *r, struct raw_sock *s, const struct iovec *iov,
		 int niov, bool peek, struct dgram_from *from);
/** raw_readable() - FIONREAD: bytes of the next packet. */
uint32_t raw_readable(const struct raw_sock *s);

#endif
