/* SPDX-License-Identifier: MIT */
/* sock/packet.h - what packet endpoints do for sockets (packet(7)) */
#ifndef OSTIA_SOCK_PACKET_H
#define OSTIA_SOCK_PACKET_H

#include "raw/packet.h"
#include "sock/sock.h"

struct sock_opt;

extern const struct sock_ops sock_packet_ops;

/** struct sock_packet - A socket with its endpoint behind it */
struct sock_packet {
	struct sock s;
	struct packet_sock p;
};

static inline struct sock_packet *sock_packet_of(struct packet_sock *p)
{
	return list_entry(p, struct sock_packet, p);
}

/* SOL_PACKET's options, as rows of sock/opt want them. */
int sock_packet_get(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_packet_set(struct sock *s, const struct sock_opt *o, int64_t v);
int sock_packet_rollover(struct sock *s, void *buf);
int sock_packet_fanout(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n);
int sock_packet_fanout_data(struct sock *s, const void *p, uint32_t n);
int sock_packet_stats(struct sock *s, void *buf);
int sock_packet_join(struct sock *s, const void *p, uint32_t n);
int sock_packet_leave(struct sock *s, const void *p, uint32_t n);

#endif
