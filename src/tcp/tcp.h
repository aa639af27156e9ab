/* SPDX-License-Identifier: MIT */
/*
 * tcp/tcp.h - TCP as the socket layer and the pipelines see it
 *
 * Four doors: tcp_rx() (a segment arrives), tcp_tx() (a chance to send),
 * tcp_expire() (time), and the user calls of RFC 9293 3.10. Nothing here
 * blocks, calls upwards or touches a link's driver. What a socket must hear
 * is kept as news on the connection; the stack fetches it with tcp_news()
 * after each entry and tells the owner.
 *
 * The present is the tracer's now, which the stack sets before each entry;
 * rooms below receive it as their last argument.
 */
#ifndef OSTIA_TCP_TCP_H
#define OSTIA_TCP_TCP_H

#include "base/addr.h"
#include "base/pkt.h"
#include "base/trace.h"
#include "base/verdict.h"
#include "ip/ip.h"
#include "ip/ports.h"
#include "link/link.h"

#include <ostia/stack.h>

struct bpf;
struct errq_entry;
struct tcp;
struct tcp_conn;
struct wheel;
struct wheel_node;
struct stats;

/** struct tcp_lent_by_stack - What a tcp borrows for its life */
struct tcp_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct wheel *wheel; /* its nodes carry kind WHEEL_TCP* (stack/) */
	struct stats *stats;
	struct ip *ip;
};

/** tcp_new() - 0 and *@out, or -ENOMEM. @key: 16 secret random bytes. */
int tcp_new(const struct tcp_lent_by_stack *lent, const uint8_t key[16],
	    struct tcp **out);
/** tcp_free() - Drop all connections without a word. */
void tcp_free(struct tcp *t);

/*
 * --- the pipelines -------------------------------------------------------
 */

/**
 * tcp_rx() - A TCP segment for one of our addresses
 * @p: src, dst, zone, tos, l4, data and csum are set; the checksum is not yet
 * verified unless csum says so. May be a super-segment (GRO or memory wire).
 *
 * Return: HELD (consumed, freed or queued) or DROP (@p stays the caller's).
 */
enum verdict tcp_rx(struct tcp *t, struct ostia_pkt *p, ostia_time now);

/**
 * tcp_tx() - The connection's turn to send
 * @n:	  its txnode, just taken off the link's ready list
 * @more: set if it wants another turn (the caller puts it back at the tail)
 *
 * Return: one packet, super-segment or not, IP header pushed, checksum
 * PARTIAL, or NULL. Sized by windows, pacing and the link's gso_max (1 segment
 * if it has no TSO and software GSO is off).
 */
struct ostia_pkt *tcp_tx(struct tcp *t, struct txnode *n, bool *more,
			 ostia_time now);

/* wheel_node.kind of TCP's nodes */
enum { WHEEL_TCP_CONN = 0x100, WHEEL_TCP_HALF, WHEEL_TCP_WAIT };

/** tcp_expire() - A wheel node of kind WHEEL_TCP_* of ours is due. */
void tcp_expire(struct tcp *t, struct wheel_node *n, ostia_time now);

/** tcp_error() - ICMP speaks of a segment of ours (RFC 5927, 5461). */
void tcp_error(struct tcp *t, const struct ip_error *e, ostia_time now);

/** tcp_link_gone() - Paths over this link are no more. */
void tcp_link_gone(struct tcp *t, struct ostia_link *l);

/*
 * --- news ----------------------------------------------------------------
 */
enum {
	TCP_NEWS_IN = 0x01, /* data, end of data, or a connection */
	TCP_NEWS_OUT = 0x02, /* room in the send buffer; connected */
	TCP_NEWS_ERR = 0x04, /* an error waits */
	TCP_NEWS_PRI = 0x08, /* urgent data */
	TCP_NEWS_HUP = 0x10, /* both directions are closed */
	TCP_NEWS_GONE = 0x20, /* owner had let go; nothing follows */
};

/** tcp_news() - The next connection with news for its owner, or NULL
 * @owner: what tcp_set_owner() said last (never NULL here)
 */
struct tcp_conn *tcp_news(struct tcp *t, void **owner, uint32_t *news);

/*
 * --- user calls ----------------------------------------------------------
 * All return 0 or a count, or -errno as Linux. `struct tcp_conn` stands for a
 * socket in any state, CLOSED and LISTEN included.
 */

/** tcp_open() - A fresh CLOSED one. @v6: AF_INET6. -ENOBUFS, -ENOMEM. */
int tcp_open(struct tcp *t, bool v6, struct tcp_conn **out);

/** tcp_set_owner() - To whom news is addressed; NULL: nobody. */
void tcp_set_owner(struct tcp *t, struct tcp_conn *c, void *owner);
uint64_t tcp_id(const struct tcp_conn *c); /* in trace events */

/** tcp_bind() - -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL (bound already). */
int tcp_bind(struct tcp *t, struct tcp_conn *c, const struct ostia_addr *a,
	     uint16_t port, const struct bind_opts *o);

/** tcp_listen() - Passive OPEN, or a new backlog; binds if need be. */
int tcp_listen(struct tcp *t, struct tcp_conn *c, int backlog,
	       const struct bind_opts *o);

/**
 * tcp_connect() - Active OPEN
 * Return: -EINPROGRESS (the SYN is due), -EALREADY, -EISCONN, -ENETUNREACH,
 * -EADDRNOTAVAIL (no port left), -EADDRINUSE, -ECONNABORTED ..., and a pending
 * error of an earlier attempt, once. 0 after it has been established (first
 * call after success, as Linux); at once if TCP_FASTOPEN_CONNECT lets the first
 * send open it.
 */
int tcp_connect(struct tcp *t, struct tcp_conn *c, const struct ostia_addr *a,
		uint16_t port, const struct bind_opts *o);
/**
 * tcp_connect_with() - Active OPEN with the first bytes of @iov (RFC 7413)
 *
 * MSG_FASTOPEN, or the first send after a connect() that waited for it; @a,
 * @port and @o do not matter then. Return: bytes that the SYN will carry;
 * -EINPROGRESS: none; or as tcp_connect().
 */
int64_t tcp_connect_with(struct tcp *t, struct tcp_conn *c,
			 const struct ostia_addr *a, uint16_t port,
			 const struct bind_opts *o, const struct iovec *iov,
			 int niov, size_t skip, size_t n);
/** tcp_disconnect() - connect(AF_UNSPEC): reset and back to CLOSED. */
int tcp_disconnect(struct tcp *t, struct tcp_conn *c);

/** tcp_accept() - First of the accept queue; -EAGAIN, -EINVAL (no listener) */
int tcp_accept(struct tcp *t, struct tcp_conn *c, struct tcp_conn **out);

/**
 * tcp_send() - Queue bytes of @iov from byte @skip, @n at most
 * @flags: MSG_OOB, MSG_MORE, MSG_EOR mean something
 * A pending error stays for the next call when @skip > 0: this one got
 * somewhere, and will say so.
 * Return: bytes copied (>= 1), -EAGAIN (full, or not yet connected),
 * -EPIPE, -ENOTCONN, -ENOMEM, or a pending error, once.
 */
int64_t tcp_send(struct tcp *t, struct tcp_conn *c, const struct iovec *iov,
		 int niov, size_t skip, size_t n, int flags);
/** tcp_send_block() - The same by reference; takes a reference of its own. */
int64_t tcp_send_block(struct tcp *t, struct tcp_conn *c, struct block *b,
		       uint32_t off, uint32_t n);

/**
 * tcp_recv() - Bytes in order, into @iov from byte @skip
 * @flags: MSG_PEEK, MSG_OOB, MSG_TRUNC mean something
 * Return: bytes, 0 (end), -EAGAIN, -ENOTCONN, -EINVAL (no urgent byte), or a
 * pending error, once.
 */
int64_t tcp_recv(struct tcp *t, struct tcp_conn *c, const struct iovec *iov,
		 int niov, size_t skip, size_t n, int flags);
/** tcp_recv_from() - The same from byte @off of what waits on, which is 0
 * without MSG_PEEK.
 */
int64_t tcp_recv_from(struct tcp *t, struct tcp_conn *c, uint32_t off,
		      const struct iovec *iov, int niov, size_t skip, size_t n,
		      int flags);
/** tcp_recv_slice() - Take the first bytes in place; @charge stays on the
 * receive budget until tcp_recv_returned(). Return as tcp_recv().
 */
int64_t tcp_recv_slice(struct tcp *t, struct tcp_conn *c, size_t max,
		       struct slice *out, uint32_t *charge);
void tcp_recv_returned(struct tcp *t, struct tcp_conn *c, uint32_t charge);

/**
 * struct tcp_stamp - What a program wants to hear of bytes that it sends
 * @key:	tcp_stamp_base() when numbers were asked for
 * @ids:	the number of the last byte is told (SOF_TIMESTAMPING_OPT_ID)
 * @on_send, @on_leave, @on_ack: SCM_TSTAMP_SCHED, _SND, _ACK
 * @bytes:	beside a copy: of the packet, or of what was acknowledged
 */
struct tcp_stamp {
	uint32_t key;
	bool ids, on_send, on_leave, on_ack, bytes;
};

/** tcp_stamp_base() - Numbers of bytes are counted from here
 * @unsent: from what is queued next (SOF_TIMESTAMPING_OPT_ID_TCP), not from
 * what is not acknowledged.
 */
uint32_t tcp_stamp_base(const struct tcp_conn *c, bool unsent);

/** tcp_stamp_sent() - So much for the last @n bytes that were queued
 * @more: they belong to the same call as those before. Without memory, as on
 * Linux, nothing is told.
 */
void tcp_stamp_sent(struct tcp *t, struct tcp_conn *c, uint32_t n, bool more,
		    const struct tcp_stamp *want);

/** tcp_stamp_text() - Keep times of what comes, or no more; -ENOMEM. */
int tcp_stamp_text(struct tcp *t, struct tcp_conn *c, bool on);

/** tcp_stamp_came() - When the last byte before the read pointer came
 * @ahead: of so many bytes that were peeked at. Return: 0: not known.
 */
ostia_time tcp_stamp_came(const struct tcp *t, const struct tcp_conn *c,
			  uint32_t ahead);

/** tcp_stamp_pop() - MSG_ERRQUEUE: as errq_pop(). */
int64_t tcp_stamp_pop(struct tcp *t, struct tcp_conn *c,
		      const struct iovec *iov, int niov,
		      struct errq_entry *out);

/** tcp_shutdown() - SHUT_RD, SHUT_WR, SHUT_RDWR; -ENOTCONN. */
int tcp_shutdown(struct tcp *t, struct tcp_conn *c, int how);

/**
 * tcp_close() - The owner lets go; @c is no more the caller's
 * @abort: reset (SO_LINGER 0); otherwise unread data resets, or FIN follows
 * what is queued, in the background.
 */
void tcp_close(struct tcp *t, struct tcp_conn *c, bool abort);

/** tcp_unsent() - Bytes not yet acknowledged, FIN included (linger). */
uint32_t tcp_unacked(const struct tcp_conn *c);
uint32_t tcp_readable(const struct tcp_conn *c); /* FIONREAD */
/** tcp_inq() - TCP_INQ: the urgent byte counts, and the end is one, too, so
 * that who reads until there is nothing left hears of it (Linux).
 */
uint32_t tcp_inq(const struct tcp_conn *c);
uint32_t tcp_unsent(const struct tcp_conn *c); /* SIOCOUTQNSD */
bool tcp_at_mark(const struct tcp_conn *c); /* SIOCATMARK */

/** tcp_poll() - POLL* bits now, by Linux's rules in every state. */
uint32_t tcp_poll(const struct tcp *t, struct tcp_conn *c);

/** tcp_open_error() - Why the OPEN of @c, CLOSED now, failed; clears it. */
int tcp_open_error(struct tcp_conn *c);

/** tcp_take_error() - SO_ERROR: reads and clears; 0 if none. */
int tcp_take_error(struct tcp_conn *c);

/** tcp_flow() - The two ends; remote any if not connected. */
const struct flow *tcp_flow(const struct tcp_conn *c);
/** tcp_state() - TCP_ESTABLISHED ..., numbered as the kernel does. */
int tcp_state(const struct tcp_conn *c);
bool tcp_connected(const struct tcp_conn *c); /* getpeername may answer */

void tcp_info(const struct tcp *t, const struct tcp_conn *c,
	      struct tcp_info *out);

/**
 * tcp_info_next() - tcp_info() of one connection after another
 * @cursor: 0 at first; changed by the call
 * Return: its id in traces; 0: there are no more.
 */
uint64_t tcp_info_next(struct tcp *t, uint64_t *cursor, struct tcp_info *out);

/**
 * tcp_get_opt(), tcp_set_opt() - Options of IPPROTO_TCP level and those of
 * other levels that act inside TCP, by enum tcp_opt, as 64-bit values
 * Return: 0, or -EINVAL (range), -ENOPROTOOPT.
 */
enum tcp_opt {
	TCP_OPT_NODELAY,
	TCP_OPT_CORK,
	TCP_OPT_MAXSEG,
	TCP_OPT_KEEPALIVE,
	TCP_OPT_KEEPIDLE,
	/* s */ TCP_OPT_KEEPINTVL,
	/* s */ TCP_OPT_KEEPCNT,
	TCP_OPT_SYNCNT,
	TCP_OPT_LINGER2,
	/* s */ TCP_OPT_DEFER_ACCEPT,
	TCP_OPT_WINDOW_CLAMP,
	TCP_OPT_QUICKACK,
	TCP_OPT_USER_TIMEOUT, /* ms */
	TCP_OPT_NOTSENT_LOWAT,
	TCP_OPT_SNDBUF,
	TCP_OPT_RCVBUF,
	TCP_OPT_RCVLOWAT,
	TCP_OPT_OOBINLINE,
	TCP_OPT_TTL,
	TCP_OPT_TOS,
	TCP_OPT_PRIORITY,
	TCP_OPT_REUSEADDR,
	TCP_OPT_REUSEPORT,
	TCP_OPT_MAX_PACING_RATE,
	TCP_OPT_MTU_DISCOVER,
	TCP_OPT_AUTOLABEL, /* enum ip_label */
	TCP_OPT_MTU,
	TCP_OPT_INQ,
	TCP_OPT_MINTTL, /* RFC 5082, IPv4 */
	TCP_OPT_MINHOPS, /* IPv6 */
	TCP_OPT_SNDBUF_FORCE, /* beyond net.core.wmem_max, too */
	TCP_OPT_RCVBUF_FORCE,
	TCP_OPT_RECVERR, /* of IPv4: hard errors are told at once */
	TCP_OPT_RECVERR6,
	TCP_OPT_RTO_MIN, /* us; this and the next three: tcp/rto.h */
	TCP_OPT_RTO_MAX, /* ms */
	TCP_OPT_DELACK_MAX, /* us */
	TCP_OPT_THIN_LINEAR,
	TCP_OPT_SAVE_SYN, /* tcp/syn.h */
	TCP_OPT_FASTOPEN, /* this and the next two: tcp/fastopen.h */
	TCP_OPT_FASTOPEN_CONNECT,
	TCP_OPT_FASTOPEN_NO_COOKIE,
	TCP_OPT_BUF_LOCK, /* 1: SO_SNDBUF was set, 2: SO_RCVBUF */
	TCP_OPTS
};
int tcp_set_opt(struct tcp *t, struct tcp_conn *c, enum tcp_opt o,
		int64_t value);
int tcp_get_opt(const struct tcp *t, const struct tcp_conn *c, enum tcp_opt o,
		int64_t *value);
/** tcp_buf_max() - net.core.wmem_max, rmem_max: of all sockets. */
uint32_t tcp_buf_max(const struct tcp *t, bool snd);
/** TCP_CONGESTION: -ENOENT (no such algorithm). */
/** tcp_set_filter() - SO_ATTACH_FILTER: takes @b, or NULL: none; -ENOMEM (and
 * @b stays the caller's).
 */
int tcp_set_filter(struct tcp *t, struct tcp_conn *c, struct bpf *b);
/**
 * tcp_steer() - SO_ATTACH_REUSEPORT_CBPF; @prog NULL: SO_DETACH_REUSEPORT_BPF
 * @reuseport: SO_REUSEPORT of a socket that is not bound
 * As ports_steer(), ports_unsteer(). What is not bound keeps it until it is.
 */
int tcp_steer(struct tcp *t, struct tcp_conn *c, struct bpf *prog,
	      bool reuseport);
struct bpf *tcp_get_filter(const struct tcp *t, const struct tcp_conn *c);

/**
 * tcp_set_cc() - TCP_CONGESTION
 * Return: 0; -ENOENT: no such algorithm; -EPERM: not in
 * net.ipv4.tcp_allowed_congestion_control; -ENOMEM.
 */
int tcp_set_cc(struct tcp *t, struct tcp_conn *c, const char *name, size_t n);

/** tcp_cc_info() - TCP_CC_INFO: bytes filled of a union tcp_cc_info. */
int tcp_cc_info(const struct tcp *t, const struct tcp_conn *c, void *out);

/** tcp_saved_syn() - TCP_SAVED_SYN: headers of the SYN that @c came of, once
 * @len: room, then bytes; 0: nothing was saved
 * Return: 0; -EINVAL: @len is more than the room; -EFAULT: no pointer.
 */
int tcp_saved_syn(struct tcp *t, struct tcp_conn *c, void *p, uint32_t *len);

/**
 * tcp_set_hdropts() - What each of its segments carries behind the IP header
 * @o: of hdropts_new() or hdropts_dup(), or NULL; taken, if all is well
 *
 * Return: 0; -ENOMEM, -EMSGSIZE (more than HDROPTS_EXT_MAX), as path_get() (no
 * way to the first hop).
 */
int tcp_set_hdropts(struct tcp *t, struct tcp_conn *c, struct hdropts *o);
/** tcp_get_hdropts() - It, or NULL. */
const struct hdropts *tcp_get_hdropts(const struct tcp *t,
				      const struct tcp_conn *c);

const char *tcp_get_cc(const struct tcp *t, const struct tcp_conn *c);

/** tcp_somaxconn() - net.core.somaxconn, for other listeners, too. */
uint32_t tcp_somaxconn(const struct tcp *t);

/** tcp_set_default_cc(), tcp_default_cc() - What net.ipv4.
 * tcp_congestion_control says. -ENOENT: no such algorithm.
 */
int tcp_set_default_cc(struct tcp *t, const char *name);

/** tcp_cc_name() - The i-th of net.ipv4.tcp_available_congestion_control, or
 * NULL.
 */
const char *tcp_cc_name(unsigned i);

/**
 * tcp_allow_cc() - net.ipv4.tcp_allowed_congestion_control: names and blanks
 * Return: 0; -ENOENT: one of them is nobody's; nothing has changed then.
 */
int tcp_allow_cc(struct tcp *t, const char *names);
/** tcp_cc_allowed() - May TCP_CONGESTION name the i-th? */
bool tcp_cc_allowed(const struct tcp *t, unsigned i);
const char *tcp_default_cc(const struct tcp *t);

enum { TCP_LIST_BITS = 61 }; /* the others of a cursor are the caller's */

/** tcp_list() - Rows for ostia_conn_list(). */
int tcp_list(struct tcp *t, uint64_t *cursor, struct ostia_conn_row *rows,
	     int max);
void tcp_usage(const struct tcp *t, struct ostia_usage *u);

/** tcp_settings() - Its sysctls; base points at the values (base/settings.h) */
struct setting_row;
const struct setting_row *tcp_settings(unsigned *n);
void *tcp_settings_base(struct tcp *t);

#endif
