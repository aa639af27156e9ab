/* SPDX-License-Identifier: MIT */
/*
 * tcp/timewait.h - waiting for old duplicates to die: 56 bytes, 88 for IPv6
 *		    (RFC 9293 3.10.7.4, RFC 1337, RFC 6191, RFC 7323 5.5)
 *
 * Also FIN-WAIT-2 of connections that nobody owns any more: all they do is to
 * wait for a FIN. All in TIME-WAIT wait equally long (60 s, as Linux), those
 * in FIN-WAIT-2 too (tcp_fin_timeout), so each kind is a queue.
 */
#ifndef OSTIA_TCP_TIMEWAIT_H
#define OSTIA_TCP_TIMEWAIT_H

#include "tcp/demux.h"
#include "tcp/rx.h"

enum {
	TCP_TIMEWAIT_MS = 60000,
	TCP_WAIT_TS = 0x01,
	TCP_WAIT_FIN2 = 0x02, /* FIN-WAIT-2, else TIME-WAIT */
	TCP_WAIT_ACE = 0xe0, /* AccECN: the field, for the last ACKs, too */
	TCP_WAIT_SIZE4 = 56,
	TCP_WAIT_SIZE6 = 88,
};

/**
 * struct tcp_wait - One of them
 * @laddr, @raddr: IPv4; of IPv6, @laddr is the zone
 * @rcv_nxt, @snd_nxt: sequence numbers at the end
 * @wnd:	the window that we repeat, scaled
 * @ts_recent, @age: RFC 7323
 * @bind:	the port stays taken, as Linux has it: a claim (tcp/bind.h)
 * @next, @prev: in its queue
 * @due_ms:	when it ends, ms modulo 2^32
 * @last_ms16:	last answer, in units of 2^4 ms
 */
struct tcp_wait {
	uint32_t laddr, raddr;
	uint16_t lport, rport;
	struct seq rcv_nxt, snd_nxt;
	uint32_t ts_recent;
	uint32_t bind;
	uint32_t next, prev;
	uint32_t due_ms;
	uint16_t wnd;
	uint16_t last_ms16;
	uint8_t flags;
	uint8_t age;
	uint8_t tos;
	uint8_t wscale;
	uint64_t id;
	struct ostia_addr local, remote;
};

static_assert(offsetof(struct tcp_wait, local) == TCP_WAIT_SIZE4, "IPv4");
static_assert(sizeof(struct tcp_wait) == TCP_WAIT_SIZE6, "IPv6");

static inline struct tcp_wait *tcp_timewait_at(const struct tcp *t, bool v4,
					       uint32_t handle)
{
	return slab_at(v4 ? &t->waits4 : &t->waits6, handle);
}

static inline bool tcp_timewait_is(const struct tcp_wait *w, bool v4,
				   const struct flow *f)
{
	if (w->lport != f->lport || w->rport != f->rport)
		return false;
	if (v4)
		return w->laddr == f->local.w[3] && w->raddr == f->remote.w[3];
	return addr_eq(&w->local, &f->local) &&
	       addr_eq(&w->remote, &f->remote) && w->laddr == f->zone;
}

/** tcp_timewait_flow() - Its two ends. */
struct flow tcp_timewait_flow(const struct tcp_wait *w, bool v4);

/**
 * tcp_timewait_enter() - The connection becomes a record
 * @s:	TCP_TIME_WAIT; TCP_FIN_WAIT2 (@c is an orphan's)
 *
 * The record takes the place of @c in the tables; @c, if its owner has let go,
 * is freed, else CLOSED. When records are capped or memory is short the
 * connection just ends, counted.
 */
void tcp_timewait_enter(struct tcp *t, struct tcp_conn *c, enum tcp_state s,
			ostia_time now);

/**
 * tcp_timewait_rest() - An orphan in FIN-WAIT-2 waits for the FIN alone
 *
 * As a record; as a connection, for tcp_fin_timeout, if data out of order
 * waits for what precedes it; TCP_LINGER2 < 0: it is reset.
 */
void tcp_timewait_rest(struct tcp *t, struct tcp_conn *c, ostia_time now);

/**
 * tcp_timewait_rx() - A segment for it
 * @again: set when the segment is a SYN that may begin anew: look for a
 *	listener, with @iss as our initial sequence number
 */
enum verdict tcp_timewait_rx(struct tcp *t, const struct tcp_hit *hit,
			     struct tcp_seg *s, bool *again, struct seq *iss);

/**
 * tcp_timewait_reusable() - May connect() take these ends again (RFC 6191)?
 * @iss:	gets a number past the old incarnation's
 */
bool tcp_timewait_reusable(const struct tcp *t, const struct tcp_wait *w,
			   const struct flow *f, struct seq *iss,
			   ostia_time now);

/** tcp_timewait_drop() - It ends. */
void tcp_timewait_drop(struct tcp *t, bool v4, uint32_t handle);

/** tcp_timewait_expire() - WHEEL_TCP_WAIT: end those that are due. */
void tcp_timewait_expire(struct tcp *t, ostia_time now);

#endif
