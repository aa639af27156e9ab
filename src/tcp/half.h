/* SPDX-License-Identifier: MIT */
/*
 * tcp/half.h - a handshake that has begun: 64 bytes, 96 for IPv6
 *		(RFC 9293 3.10.7.4 in SYN-RECEIVED, RFC 5961, RFC 7323)
 *
 * A listener's SYN-RECEIVED is not a connection yet, but a record with what
 * the SYN said. SYN-ACKs are repeated after 1, 2, 4 ... s; records that have
 * been sent equally often wait equally long, so they stand in one queue each,
 * and one wheel node serves them all. Simultaneous opens are connections in
 * SYN-RECEIVED (tcp/rx.c).
 */
#ifndef OSTIA_TCP_HALF_H
#define OSTIA_TCP_HALF_H

#include "tcp/demux.h"
#include "tcp/fastopen.h"
#include "tcp/opts.h"
#include "tcp/rx.h"

enum {
	TCP_HALF_TS = 0x01,
	TCP_HALF_SACK = 0x02,
	TCP_HALF_WSCALE = 0x04,
	TCP_HALF_ECN = 0x10,
	TCP_HALF_ACKED = 0x08, /* complete, but the accept queue is full */
	TCP_HALF_ACC = 0x20, /* AccECN; without ECN, nothing ECN-capable */
	TCP_HALF_CP_SHIFT = 6, /* codepoint of the SYN, for AccECN */
};

/**
 * struct tcp_half - One of them
 * @laddr, @raddr: IPv4; of IPv6, @laddr is the zone
 * @irs, @iss:	initial sequence numbers
 * @ts_recent:	of the SYN, then of what follows
 * @listener:	handle of the connection in LISTEN
 * @next, @prev: in the queue of its number of tries
 * @due_ms:	when the SYN-ACK is repeated, ms modulo 2^32
 * @sent_us:	when the first SYN-ACK was sent, us modulo 2^32
 * @last_ms:	last answer to a bad segment
 * @tries:	SYN-ACKs repeated by timeout
 * @syn:	what is kept of the SYN (tcp/syn.h), or 0
 * @id:		of the connection that it becomes
 * @local, @remote: IPv6; not there in a record of IPv4
 */
struct tcp_half {
	uint32_t laddr, raddr;
	uint16_t lport, rport;
	struct seq irs, iss;
	uint32_t ts_recent;
	uint32_t listener;
	uint32_t next, prev;
	uint32_t due_ms;
	uint32_t sent_us;
	uint16_t mss_peer;
	uint8_t wscale;
	uint8_t flags;
	uint8_t tries;
	uint8_t tos;
	uint16_t last_ms16; /* in units of 2^4 ms */
	uint32_t syn;
	uint64_t id;
	struct ostia_addr local, remote;
};

enum {
	TCP_HALF_SIZE4 = 64,
	TCP_HALF_SIZE6 = 96,
};
static_assert(offsetof(struct tcp_half, local) == TCP_HALF_SIZE4, "IPv4");
static_assert(sizeof(struct tcp_half) == TCP_HALF_SIZE6, "IPv6");

static inline struct tcp_half *tcp_half_at(const struct tcp *t, bool v4,
					   uint32_t handle)
{
	return slab_at(v4 ? &t->halves4 : &t->halves6, handle);
}

static inline bool tcp_half_is(const struct tcp_half *h, bool v4,
			       const struct flow *f)
{
	if (h->lport != f->lport || h->rport != f->rport)
		return false;
	if (v4)
		return h->laddr == f->local.w[3] && h->raddr == f->remote.w[3];
	return addr_eq(&h->local, &f->local) &&
	       addr_eq(&h->remote, &f->remote) && h->laddr == f->zone;
}

/** tcp_half_flow() - Its two ends. */
struct flow tcp_half_flow(const struct tcp_half *h, bool v4);

/**
 * tcp_half_new() - A SYN arrived for listener @l: record it, answer
 * @a:	what was agreed
 * @give:	Fast Open's cookie for the first SYN-ACK, or NULL
 * Return: 0, -ENOMEM, -ENOBUFS.
 */
int tcp_half_new(struct tcp *t, struct tcp_conn *l, const struct tcp_seg *s,
		 const struct tcp_agreed *a, struct seq iss,
		 const struct tcp_fo_cookie *give);

/** tcp_half_rx() - A segment for it. */
enum verdict tcp_half_rx(struct tcp *t, const struct tcp_hit *hit,
			 struct tcp_seg *s);

/** tcp_half_drop() - Forget it. */
void tcp_half_drop(struct tcp *t, bool v4, uint32_t handle);

/** tcp_half_drop_all() - The listener @l closes: all of its. */
void tcp_half_drop_all(struct tcp *t, uint32_t listener);

/** tcp_half_expire() - WHEEL_TCP_HALF: repeat what is due, or give up. */
void tcp_half_expire(struct tcp *t, ostia_time now);

/** tcp_half_error() - ICMP says that the peer cannot be reached (hard). */
void tcp_half_error(struct tcp *t, const struct tcp_hit *hit,
		    const struct ip_error *e);

#endif
