/* SPDX-License-Identifier: MIT */
/*
 * udp/udp.h - UDP (RFC 768) as the socket layer and the pipelines see it
 *
 * A struct udp_sock is embedded in a socket. What arrives waits in its
 * queue, charged by the memory that it pins; what is sent waits until its
 * link is pulled. Small datagrams live in the packet's head area whole, so
 * the way from send() to recv() takes one packet and no block.
 */
#ifndef OSTIA_UDP_UDP_H
#define OSTIA_UDP_UDP_H

#include "base/verdict.h"
#include "ip/dgram.h"
#include "ip/ports.h"

#include <ostia/stack.h>

struct stats;
struct udp;

enum { UDP_SEGMENTS_MAX = 128 }; /* of a super-datagram, as Linux */

/** struct udp_lent_by_stack - What a udp borrows for its life */
struct udp_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
};

/**
 * struct udp_sock - A UDP endpoint
 * @bind:	local and, when connected, remote end; in the port table
 * @connected:	has a peer, @bind.peer
 * @no_check:	IPv4 datagrams go out without a checksum (SO_NO_CHECK)
 * @no_check6_tx, @no_check6_rx: IPv6: sent, and taken, without one (RFC 6935)
 * @gro:	takes super-datagrams (UDP_GRO)
 * @gso_size:	UDP_SEGMENT, 0: each send is one datagram
 */
struct udp_sock {
	struct dgram d;
	struct binding bind;
	uint16_t gso_size;
	bool connected : 1;
	bool port_named : 1;
	bool no_check : 1;
	bool no_check6_tx : 1, no_check6_rx : 1;
	bool gro : 1;
};

static_assert(sizeof(struct udp_sock) <= 160, "an idle socket is small");

int udp_new(const struct udp_lent_by_stack *lent, const uint8_t key[16],
	    struct udp **out);
void udp_free(struct udp *u);

/*
 * --- the pipelines -------------------------------------------------------
 */

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
/**
 * udp_steer() - SO_ATTACH_REUSEPORT_CBPF, SO_DETACH_REUSEPORT_BPF (NULL)
 * As ports_steer(), ports_unsteer().
 */
int udp_steer(struct udp *u, struct udp_sock *s, struct bpf *prog);
/** udp_set_gro() - UDP_GRO. */
void udp_set_gro(struct udp *u, struct udp_sock *s, bool on);
/** udp_wants_gro() - Is there a socket that takes super-datagrams? */
bool udp_wants_gro(const struct udp *u);
/** udp_news() - The next socket with news (DGRAM_NEWS_*), or NULL. */
struct udp_sock *udp_news(struct udp *u, uint32_t *news);
/** udp_usage() - But for what waits in sockets: who owns them knows. */
void udp_usage(const struct udp *u, struct ostia_usage *usage);

/*
 * --- user calls: 0 or a count, or -errno as Linux ------------------------
 */

void udp_open(struct udp *u, struct udp_sock *s, bool v6);
void udp_close(struct udp *u, struct udp_sock *s);

/** udp_bind() - -EINVAL (bound already), -EADDRINUSE, -EADDRNOTAVAIL. */
int udp_bind(struct udp *u, struct udp_sock *s, const struct ostia_addr *a,
	     uint16_t port, const struct bind_opts *o, ostia_time now);

/** udp_connect() - A peer: filter, default destination, errors. Route errors
 * as path_get(), -EACCES (broadcast), -EAGAIN (no port is left).
 */
int udp_connect(struct udp *u, struct udp_sock *s, const struct ostia_addr *a,
		uint16_t port, const struct bind_opts *o, ostia_time now);
/** udp_disconnect() - connect(AF_UNSPEC). */
void udp_disconnect(struct udp *u, struct udp_sock *s);

/**
 * udp_send() - One datagram of @n bytes
 * @to, @port: NULL, 0: to the peer
 *
 * Return: @n; -EDESTADDRREQ (no peer), -EMSGSIZE, -EAGAIN, -EINVAL (port 0),
 * -ENOMEM, a pending error (once), or as udp_connect(). With @to->gso_size
 * -EINVAL: more than UDP_SEGMENTS_MAX datagrams, or without checksums.
 */
int64_t udp_send(struct udp *u, struct udp_sock *s, const struct dgram_to *to,
		 uint16_t port, const struct iovec *iov, int niov, size_t n,
		 const struct bind_opts *o, ostia_time now);

/**
 * udp_send_plain() - The same by the short way: to the peer, from one piece
 *
 * For a socket that is bound to no link and has nothing to say beside the
 * bytes. Return: true: they are queued; false: nothing has happened (a long
 * datagram, another way, no room, an error): udp_send() knows why.
 */
bool udp_send_plain(struct udp *u, struct udp_sock *s, const void *data,
		    size_t n, ostia_time now);

/** udp_peek() - As udp_recv() with @peek, from byte @off (dgram_peek()). */
int64_t udp_peek(struct udp_sock *s, const struct iovec *iov, int niov,
		 uint32_t off, struct dgram_from *from);

/** udp_recv() - The oldest datagram: bytes copied, -EAGAIN, pending error. */
int64_t udp_recv(struct udp *u, struct udp_sock *s, const struct iovec *iov,
		 int niov, bool peek, struct dgram_from *from);

#endif
