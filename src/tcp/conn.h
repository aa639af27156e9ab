/* SPDX-License-Identifier: MIT */
/*
 * tcp/conn.h - a connection, and what all connections of a stack share
 *
 * Three sizes of a connection. Half-open and TIME-WAIT ones are records of
 * 64 bytes (tcp/half.h, tcp/timewait.h). A struct tcp_conn, 320 bytes, stands
 * for a socket in any other state: two hot cache lines hold what a segment of
 * an undisturbed stream touches, a third the two queues. While anything is
 * under way (data in flight, losses, segments out of order, a timer) there is
 * a struct tcp_cold beside it (tcp/cold.h), taken when first needed and given
 * back after about a second of silence, so that request and response do not
 * take and give it each time. What few connections ever need (options that
 * are not the default, totals of losses) is a struct tcp_rare.
 *
 * The send queue `snd` holds the bytes from SND.UNA on; our SYN is not in it,
 * our FIN stands one past its end. The receive queue `rcv` holds what is in
 * order and not yet read, so it ends at RCV.NXT (before the peer's FIN).
 *
 * One wheel node per connection: cold->due[] says what is due when, the node
 * is armed for the earliest or sooner, and is moved only when something
 * becomes due earlier; tcp_expire() finds out what is really due. Without a
 * cold part an armed node means keepalive; one that is not armed lends its
 * place to what tcp_info tells of the past (tcp/past.h).
 */
#ifndef OSTIA_TCP_CONN_H
#define OSTIA_TCP_CONN_H

#include "base/list.h"
#include "base/rng.h"
#include "base/seq.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/stats.h"
#include "base/stream.h"
#include "base/table.h"
#include "base/wheel.h"
#include "ip/path.h"
#include "ip/ports.h"
#include "link/link.h"
#include "tcp/accecn.h"
#include "tcp/cc.h"
#include "tcp/metrics.h"
#include "tcp/plpmtu.h"
#include "tcp/rtt.h"
#include "tcp/rtx.h"
#include "tcp/settings.h"
#include "tcp/state.h"
#include "tcp/tcp.h"

#include <assert.h>

struct tcp_cold;
struct tcp_listener;
struct hdropts;
struct wire_tcp;

/* conn->flags */
enum {
	TCP_F_V6 = 1u << 0, /* a socket of AF_INET6 */
	TCP_F_TS = 1u << 1, /* both agreed on timestamps */
	TCP_F_SACK = 1u << 2, /* the peer may be sent SACK, and sends it */
	TCP_F_WSCALE = 1u << 3, /* both scale */
	TCP_F_ECN = 1u << 4, /* both do ECN */
	TCP_F_NODELAY = 1u << 5,
	TCP_F_CORK = 1u << 6,
	TCP_F_MORE = 1u << 7, /* the last send said MSG_MORE */
	TCP_F_KEEPALIVE = 1u << 8,
	TCP_F_OOBINLINE = 1u << 9,
	TCP_F_FIN_WANTED = 1u << 10, /* FIN follows what is queued */
	TCP_F_FIN_SENT = 1u << 11, /* it went out at least once */
	TCP_F_FIN_RCVD = 1u << 12, /* RCV.NXT is past the peer's FIN */
	TCP_F_SHUT_RD = 1u << 13, /* SHUT_RD, or no reader any more */
	TCP_F_ACK_NOW = 1u << 14, /* an ACK is due at the next pull */
	TCP_F_ACK_PENDING = 1u << 15, /* an ACK is due by the delay timer */
	TCP_F_PINGPONG = 1u << 16, /* answers carry our ACKs: may delay */
	TCP_F_ORPHAN = 1u << 17, /* closed by its owner */
	TCP_F_QUEUED = 1u << 18, /* waits for accept: u.queued, not owner */
	TCP_F_IN_NEWS = 1u << 19, /* on tcp->news */
	TCP_F_HASHED = 1u << 20, /* in the tuple table */
	TCP_F_SYN_ACKED = 1u << 21, /* our SYN was acknowledged */
	TCP_F_CONNECTED = 1u << 22, /* connect() has yet to answer 0 once */
	TCP_F_BOUND = 1u << 23, /* the user named the port (not ephemeral) */
	TCP_F_BOUND_ADDR = 1u << 24, /* the user named the address */
	TCP_F_NOSPACE = 1u << 25, /* a writer was told EAGAIN */
	TCP_F_SNDBUF = 1u << 26, /* SO_SNDBUF was set: no autotuning */
	TCP_F_RCVBUF = 1u << 27, /* SO_RCVBUF was set: no autotuning */
	TCP_F_URG_RCV = 1u << 28, /* urgent data known of: rx long path */
	TCP_F_URG_SND = 1u << 29, /* urgent data not yet acknowledged */
	TCP_F_SLOW = 1u << 30, /* tests: never take a short way */
	TCP_F_RST = 1u << 31, /* a reset is due at the next pull */
};

/* What is due when: index of cold->due[]. */
enum tcp_due {
	TCP_DUE_RTX, /* RTO, handshake included, or persist (tcp/timers.c) */
	TCP_DUE_PROBE, /* tail loss probe or RACK's reordering timer */
	TCP_DUE_PACE, /* next departure time */
	TCP_DUE_DELACK, /* tcp/acktx.c */
	TCP_DUE_KEEPALIVE,
	TCP_DUE_LINGER, /* FIN-WAIT-2 without an owner, deferred accept */
	TCP_DUE_IDLE, /* give the cold part back */
	TCP_DUES
};

/**
 * struct tcp_past - What is remembered of the time before (tcp/past.h)
 * @unarmed:	NULL, where the node that it lies over has its ring
 * @busy_ms:	the sender had something to do, and was not held up
 * @last_tx_ms, @last_data_rcv_ms, @last_ack_rcv_ms: when, modulo 2^32
 * @data_segs_out: segments with data that were sent
 * @min_rtt_us, @min_rtt_at: the lowest RTT, 0: none, and its age
 */
struct tcp_past {
	struct wheel_node *unarmed;
	uint32_t busy_ms;
	uint32_t last_tx_ms, last_data_rcv_ms, last_ack_rcv_ms;
	uint32_t data_segs_out;
	uint32_t min_rtt_us : 24, min_rtt_at : 8;
};

static_assert(offsetof(struct wheel_node, next) == 0 &&
		      sizeof(struct tcp_past) == sizeof(struct wheel_node),
	      "one lies over the other");

/**
 * struct tcp_conn - See above
 *
 * Hot:
 * @flow:	the two ends
 * @rcv_nxt:	RCV.NXT
 * @snd_una:	SND.UNA
 * @snd_nxt:	SND.NXT: one past the highest number ever sent
 * @snd_wnd:	SND.WND in bytes, scaled
 * @state:	enum tcp_state
 * @wscale:	ours (what we shift by on output) << 4 | the peer's
 * @mss:	payload bytes of a full segment now, options deducted
 * @flags:	TCP_F_*
 * @ts_recent:	TS.Recent of RFC 7323
 * @ts_offset:	what is added to our clock
 * @snd_wl1:	SND.WL1. (SND.WL2 is not kept: segments that acknowledge less
 *		than SND.UNA never change the window.)
 * @rcv_adv:	the right edge advertised: RCV.NXT + RCV.WND; never retreats
 * @rcv_wup:	RCV.NXT when we last sent an ACK: Last.ACK.sent of RFC 7323
 * @ts_recent_age: when ts_recent was set, in units of 2^48 ns (3.3 days)
 * @quick:	ACKs still to be sent at once
 * @tos, @ttl:	IP header; ttl 0: the stack's default
 * @path:	the way there, held; NULL: none yet, or lost
 * @tx:		our place in the link's ready list; its word counts segments
 *		with data that came
 *
 * Queues:
 * @snd, @rcv:	see above
 *
 * Warm:
 * @rtt:	RFC 6298
 * @cwin:	congestion window and ssthresh
 * @sndbuf, @rcvbuf: limits of snd.charge and rcv.charge
 * @bytes_acked, @bytes_received: of the stream, since the beginning; so
 *		ISS = snd_una - bytes_acked - 1 once the SYN is acknowledged
 * @segs_in, @segs_out: segments, as tcp_info counts them
 * @bind:	its place among the ports (tcp/bind.h), 0: none
 * @mss_peer:	what the peer's SYN allowed (or the default)
 * @rcv_mss:	estimate of the segments that arrive
 * @err:	sk_err: an errno that the next call reports, once
 * @err_soft:	sk_err_soft: why nothing comes back, reported at timeout
 * @ato_ms:	delay of ACKs, adapted
 * @news_bits:	TCP_NEWS_* not yet fetched
 * @self:	its handle
 * @rare:	handle of its struct tcp_rare, or 0
 *
 * Cold cache lines:
 * @owner:	whom tcp_news() names; TCP_F_QUEUED: u.queued
 * @id:		in trace events
 * @timer, @past: see above
 * @news:	on tcp->news while TCP_F_IN_NEWS
 */
struct tcp_conn {
	struct flow flow;
	struct seq rcv_nxt;
	struct seq snd_una;
	struct seq snd_nxt;
	uint32_t snd_wnd;
	uint32_t flags;
	uint8_t state;
	uint8_t wscale;
	uint16_t mss;

	uint32_t ts_recent;
	uint32_t ts_offset;
	struct seq snd_wl1;
	struct seq rcv_adv;
	struct seq rcv_wup;
	uint8_t ts_recent_age;
	uint8_t quick;
	uint8_t tos;
	uint8_t ttl;
	struct path *path;
	union {
		struct tcp_cold *cold;
		struct tcp_listener *listener; /* in LISTEN */
	};
	struct txnode tx;

	struct stream snd, rcv;

	struct tcp_rtt rtt;
	struct tcp_cwin cwin;
	uint32_t sndbuf, rcvbuf;
	uint32_t segs_in, segs_out;
	uint32_t bind;
	uint64_t bytes_acked, bytes_received;
	uint16_t mss_peer;
	uint16_t rcv_mss;
	uint8_t err, err_soft;
	uint8_t ato_ms;
	uint8_t news_bits;

	union {
		void *owner;
		struct {
			uint32_t listener; /* handle of the listening one */
			uint32_t next; /* handle, towards the tail */
		} queued;
	} u;
	uint32_t self;
	uint32_t rare;
	struct fifo_node news;
	union {
		struct wheel_node timer;
		struct tcp_past past;
	};
	uint64_t id;
};

static_assert(offsetof(struct tcp_conn, ts_recent) == 64, "first hot line");
static_assert(offsetof(struct tcp_conn, snd) == 128, "two hot lines");
static_assert(sizeof(struct tcp_conn) == 320, "an idle connection is small");

/** struct tcp_bind - A place among the ports that was asked for by name */
struct tcp_bind {
	struct binding b;
	struct tcp_conn *listener; /* NULL: nobody listens here */
};

/* IP_MTU_DISCOVER: Linux's numbers. From PROBE on the path's MTU is ignored. */
enum { TCP_PMTU_DONT, TCP_PMTU_WANT, TCP_PMTU_DO, TCP_PMTU_PROBE };

/**
 * struct tcp_rare - Options that are not the default, and totals
 *
 * Defaults come from the settings; see tcp_rare_get().
 */
struct tcp_rare {
	uint64_t max_pacing_rate; /* bytes/s, UINT64_MAX: none */
	uint32_t keepidle_s, keepintvl_s, keepcnt; /* 0: the setting */
	uint32_t user_timeout_ms; /* 0: none */
	uint32_t notsent_lowat; /* 0: the setting */
	uint32_t window_clamp; /* 0: none */
	uint32_t rcvlowat;
	int32_t linger2_s; /* 0: the setting, -1: none */
	uint16_t maxseg; /* TCP_MAXSEG, 0: none */
	uint8_t syncnt; /* 0: the setting */
	uint16_t defer_accept_s;
	uint8_t rto_min_ms, delack_max_ms; /* 0: the default; tcp/rto.h */
	bool thin_linear;
	uint8_t save_syn; /* TCP_SAVE_SYN; 0: no */
	uint32_t syn; /* what was saved (tcp/syn.h), or 0 */
	uint32_t rto_max_ms; /* 0: the default */
	uint8_t mtu_discover;
	uint8_t autolabel; /* enum ip_label */
	uint8_t inq;
	uint8_t cc; /* 1 + index of the algorithm; 0: the setting */
	uint8_t min_ttl, min_hops; /* RFC 5082, 0: none */
	int32_t priority;
	uint32_t rcv_lent; /* charge of what readers hold in place */
	/* kept over the times without a cold part (tcp_info) */
	uint32_t total_retrans, dsack_dups, reord_seen, rcv_ooopack;
	uint64_t bytes_retrans, rwnd_us, sndbuf_us;
	uint16_t reordering; /* 0: never any */
	uint8_t syn_retrans; /* or of the SYN-ACK */
	struct bpf *filter; /* SO_ATTACH_FILTER, or NULL */
	struct bpf *steer; /* of the team to be, until it is bound */
	struct tcp_stamps *stamps; /* tcp/stamp.h; NULL: nobody asked yet */
	bool stamp_text; /* what comes is stamped */
	bool recverr, recverr6;
	struct hdropts *opts; /* tcp/hdropts.h, or NULL */
	struct tcp_accecn acc; /* tcp/ecn.h */
	struct tcp_plpmtu plpmtu;
	uint32_t auth; /* handle of its keys (tcp/auth.h); 0: none */
	/* tcp/fastopen.h */
	struct tcp_fo_keys fo_keys; /* none: the stack's */
	uint32_t fo_max; /* TCP_FASTOPEN */
	uint32_t fo_listener; /* whose pending one it is; 0: nobody's */
	bool fo_connect, fo_no_cookie;
	bool fo_acked; /* data in a SYN were acknowledged */
	uint8_t fo_fail; /* tcpi_fastopen_client_fail */
};

/** struct tcp_queue - Records in order of deadlines, by handle; 0: none */
struct tcp_queue {
	uint32_t head, tail;
};

enum { TCP_HALF_TRIES = 8, TCP_RECENT = 64 };

/** struct tcp_auth_all - Keys of a stack's sockets (tcp/auth.h)
 * @waits:	of TIME-WAIT records, under tcp_demux_tag()
 * @ever:	some socket has, or had, keys
 */
struct tcp_auth_all {
	struct slab auths, keys;
	struct table waits;
	bool ever;
};

/** struct tcp - All connections of a stack */
struct tcp {
	struct tcp_lent_by_stack lent;
	struct tcp_settings set;
	uint32_t nfilters; /* connections with a filter (tcp/filter.h) */
	struct table tuples; /* kind << 30 | handle, under tcp_demux_tag() */
	struct tcp_conn *recent[TCP_RECENT]; /* see tcp/demux.h */
	struct slab conns, colds, rares, pasts, binds, listeners;
	struct slab halves4, halves6, waits4, waits6;
	struct slab syns; /* tcp/syn.h */
	struct tcp_rtx_mem rtx_mem;
	struct ports *ports;
	struct siphash_key demux_key, isn_key, ts_key;
	struct siphash_key cookie_key[2];
	struct rng rng;
	struct fifo news;
	struct tcp_queue half_due[2][TCP_HALF_TRIES]; /* family, tries */
	struct wheel_node half_timer;
	struct tcp_queue wait_due[2][2]; /* family; TIME-WAIT, FIN-WAIT-2 */
	struct wheel_node wait_timer;
	struct list listening; /* by tx.node: they never transmit */
	uint32_t nlisteners, norphans;
	struct tcp_metrics metrics;
	struct tcp_fo_all fo;
	struct tcp_auth_all auth;
	uint64_t cookie_epoch; /* last time that cookies were sent, ns */
	const char *why; /* the segment under way is not taken; NULL */
	bool min_ttls; /* some socket asked for near peers */
};

/* Kinds in the two spare bits of a handle in the tuple table. */
enum tcp_kind { TCP_KIND_CONN, TCP_KIND_HALF, TCP_KIND_WAIT };

static inline uint8_t tcp_wscale_ours(const struct tcp_conn *c)
{
	return c->wscale >> 4;
}

static inline uint8_t tcp_wscale_peers(const struct tcp_conn *c)
{
	return c->wscale & 15;
}

/** tcp_is_v4() - Do its packets have IPv4 headers? */
static inline bool tcp_is_v4(const struct tcp_conn *c)
{
	return addr_is_v4(&c->flow.remote);
}

/**
 * tcp_snd_first() - Sequence number of the first byte of @c->snd
 *
 * SND.UNA, but one more while our SYN is not acknowledged.
 */
static inline struct seq tcp_snd_first(const struct tcp_conn *c)
{
	return seq_add(c->snd_una, !(c->flags & TCP_F_SYN_ACKED));
}

/** tcp_snd_end() - One past the last byte queued, FIN not counted. */
static inline struct seq tcp_snd_end(const struct tcp_conn *c)
{
	return seq_add(tcp_snd_first(c), c->snd.len);
}

/** tcp_unsent_bytes() - Bytes queued that never went out. */
static inline uint32_t tcp_unsent_bytes(const struct tcp_conn *c)
{
	struct seq end = tcp_snd_end(c);

	return seq_before(c->snd_nxt, end) ? seq_span(c->snd_nxt, end) : 0;
}

/** tcp_stats() - The stack's counters: tcp_stats(t)->TcpOutRsts++ */
static inline struct stats *tcp_stats(struct tcp *t)
{
	return t->lent.stats;
}

/* TCP_UNTAKEN(t, TcpExtOFODrop): count a segment that tcp_rx() drops, and let
 * those who trace know why.
 */
#define TCP_UNTAKEN(t, counter) \
	((void)(tcp_stats(t)->counter++, (t)->why = #counter))

/** tcp_conn_at() - The connection with this handle. */
static inline struct tcp_conn *tcp_conn_at(const struct tcp *t, uint32_t handle)
{
	return slab_at(&t->conns, handle);
}

/** tcp_want_tx() - It has, or may have, something to send. */
static inline void tcp_want_tx(struct tcp_conn *c)
{
	if (c->path)
		link_ready(c->path->link, &c->tx);
}

/** tcp_ack_now() - An ACK leaves at the next pull, with data or bare. */
static inline void tcp_ack_now(struct tcp_conn *c)
{
	c->flags |= TCP_F_ACK_NOW;
	tcp_want_tx(c);
}

/**
 * tcp_conn_new() - A CLOSED connection with defaults, not hashed
 * Return: 0, -ENOMEM, -ENOBUFS (too many).
 */
int tcp_conn_new(struct tcp *t, bool v6, struct tcp_conn **out);

/** tcp_conn_free() - Give back all it has; nobody refers to it any more. */
void tcp_conn_free(struct tcp *t, struct tcp_conn *c);

/**
 * tcp_conn_drop() - The connection is no more: CLOSED, with an error
 * @err:	errno for the user, 0: none (as after an orderly end)
 *
 * Takes it off the tables, empties queues that the user cannot read, tells
 * news, stops timers; an orphan is freed and @c void. Sends nothing.
 */
void tcp_conn_drop(struct tcp *t, struct tcp_conn *c, int err);

/**
 * tcp_conn_abort() - The same, and tell the peer by a reset
 * If the state is one that calls for it (RFC 9293 3.10.5).
 */
void tcp_conn_abort(struct tcp *t, struct tcp_conn *c, int err, ostia_time now);

/** tcp_conn_set_state() - A legal move; traced. */
void tcp_conn_set_state(struct tcp *t, struct tcp_conn *c, enum tcp_state s);

/** tcp_conn_tell() - News for the owner, TCP_NEWS_*; orphans hear nothing. */
void tcp_conn_tell(struct tcp *t, struct tcp_conn *c, uint32_t news);

/** tcp_conn_error() - Note an error for the next call, and tell. */
void tcp_conn_error(struct tcp *t, struct tcp_conn *c, int err);

/** tcp_cold_put() - Give it back, if there is one. Totals are kept. */
void tcp_cold_put(struct tcp *t, struct tcp_conn *c);

/** tcp_rare_get() - Its rare part; taken with defaults if there is none. */
struct tcp_rare *tcp_rare_get(struct tcp *t, struct tcp_conn *c);

/** tcp_rare_peek() - Its rare part or the defaults. */
const struct tcp_rare *tcp_rare_peek(const struct tcp *t,
				     const struct tcp_conn *c);

/** tcp_bind_put() - Let go of a place among the ports; 0 is none. */
void tcp_bind_put(struct tcp *t, uint32_t handle);

#endif
