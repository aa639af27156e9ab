/* SPDX-License-Identifier: MIT */
/*
 * sock/sock.h - sockets: where families and types become one thing
 *
 * A socket is an open file with a family, a type, options and an endpoint of
 * a protocol. The BSD face (src/api) calls sock_*() with addresses already
 * parsed; what a protocol has to tell (news) comes back through sock_drain()
 * and wakes whoever waits on the file (sock/watch.h).
 *
 * What a protocol does for its sockets stands in one table, struct sock_ops;
struct sock_out_local;
 * options are rows of another (sock/opt.h). All calls return 0 or a count, or
 * -errno as Linux; none blocks: what would block says -EAGAIN.
 */
#ifndef OSTIA_SOCK_SOCK_H
#define OSTIA_SOCK_SOCK_H

#include "base/file.h"
#include "base/slab.h"
#include "base/stats.h"
#include "ip/select.h"
#include "local/local.h"
#include "raw/packet.h"
#include "raw/raw.h"
#include "sock/kept.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

#include <assert.h>

enum {
	SOCK_CAP = 1 << 26, /* of each kind, in a stack */
};

enum { SOCK_STAMP_SAID = 1 << 30 }; /* of sock_out.stamp: it was said */

/* SOCK_LINK: AF_PACKET, whose name the system's headers have taken */
enum sock_kind {
	SOCK_TCP,
	SOCK_UDP,
	SOCK_RAWIP,
	SOCK_PING,
	SOCK_LINK,
	SOCK_LOCAL, /* AF_UNIX, all types: sock/local.h */
	SOCK_KINDS
};

/* sock->flags */
enum {
	SOCK_F_REUSEADDR = 1u << 0,
	SOCK_F_REUSEPORT = 1u << 1,
	SOCK_F_V6ONLY = 1u << 2,
	SOCK_F_FREEBIND = 1u << 3,
	SOCK_F_LINGER = 1u << 4,
	SOCK_F_SHUT_RD = 1u << 5, /* datagrams; TCP knows itself */
	SOCK_F_SHUT_WR = 1u << 6,
	SOCK_F_PKTINFO = 1u << 7, /* ancillary data that recvmsg gives */
	SOCK_F_RECVTTL = 1u << 8,
	SOCK_F_RECVTOS = 1u << 9,
	SOCK_F_PKTINFO6 = 1u << 10,
	SOCK_F_HOPLIMIT6 = 1u << 11,
	SOCK_F_TCLASS6 = 1u << 12,
	SOCK_F_ORIGDST = 1u << 13,
	SOCK_F_TIMESTAMP = 1u << 14,
	SOCK_F_TIMESTAMPNS = 1u << 15,
	SOCK_F_RXQ_OVFL = 1u << 16,
	SOCK_F_BROADCAST = 1u << 17,
	SOCK_F_LISTENING = 1u << 18,
	SOCK_F_DEBUG = 1u << 19,
	SOCK_F_ADDR_NO_PORT = 1u << 20, /* IP_BIND_ADDRESS_NO_PORT */
	SOCK_F_NO_MCAST_LOOP = 1u << 21,
	SOCK_F_NO_MCAST_LOOP6 = 1u << 22,
	SOCK_F_NO_MCAST_ALL = 1u << 23,
	SOCK_F_FLOWINFO6 = 1u << 24, /* IPV6_FLOWINFO */
	SOCK_F_OOBINLINE = 1u << 25, /* datagrams; TCP knows itself */
	SOCK_F_KEEPALIVE = 1u << 26,
	/* Linux's SS_CONNECTING and SS_CONNECTED, which outlive the connection
	 */
	SOCK_F_CONNECTING = 1u << 28,
	SOCK_F_CONNECTED = 1u << 29,
	SOCK_F_BOUND = 1u << 30, /* by bind(), not by the way */
	SOCK_F_LOWAT = 1u << 27, /* SO_RCVLOWAT is above 1 */
	SOCK_F_NO_MCAST_ALL6 = 1u << 31,
	/* A new connection has what its listener had. */
	SOCK_F_INHERITED = SOCK_F_REUSEADDR | SOCK_F_REUSEPORT | SOCK_F_V6ONLY |
			   SOCK_F_FREEBIND | SOCK_F_LINGER | SOCK_F_PKTINFO |
			   SOCK_F_RECVTTL | SOCK_F_RECVTOS | SOCK_F_PKTINFO6 |
			   SOCK_F_HOPLIMIT6 | SOCK_F_TCLASS6 |
			   SOCK_F_TIMESTAMP | SOCK_F_TIMESTAMPNS |
			   SOCK_F_DEBUG | SOCK_F_BROADCAST | SOCK_F_KEEPALIVE |
			   SOCK_F_ADDR_NO_PORT | SOCK_F_OOBINLINE |
			   SOCK_F_NO_MCAST_LOOP | SOCK_F_NO_MCAST_LOOP6 |
			   SOCK_F_NO_MCAST_ALL | SOCK_F_NO_MCAST_ALL6,
};

/** struct sock_un - AF_UNIX: the bytes of sun_path
 * @path:	borrowed; NULL: unnamed
 * @len:	bytes of it, as the program counts them (unix(7)); 0: unnamed
 */
struct sock_un {
	const char *path;
	uint32_t len;
};

/** struct sock_ll - AF_PACKET: struct sockaddr_ll, in host byte order */
struct sock_ll {
	uint32_t index;
	uint16_t protocol;
	uint16_t hatype;
	uint8_t pkttype;
	uint8_t halen;
	uint8_t addr[8];
};

/** struct sock_name - An end, as an address of the BSD face tells it
 *
 * The socket's family says which member counts: IPv4 and IPv6 have the
 * nameless one.
 *
 * @zone: sin6_scope_id
 */
struct sock_name {
	union {
		struct {
			struct ostia_addr addr;
			uint32_t zone;
			uint32_t flowinfo;
			uint16_t port;
		};
		struct sock_un un;
		struct sock_ll ll;
	};
};

/**
 * struct sock_cork - One datagram from several sends (sock/cork.h)
 * @block:	what waits; NULL: nothing
 * @on:		UDP_CORK
 */
struct sock_cork {
	struct block *block;
	uint32_t len;
	int ttl, tos;
	struct sock_name to;
	bool has_to;
	bool on;
};

/**
 * struct sock_rare - What few sockets ever need
 * @sndtimeo, @rcvtimeo: ns, 0: for ever
 * @linger_s:	SO_LINGER's seconds
 * @mcast_if, @mcast_if6: link index that groups are reached by, 0: by route
 * @mcast_addr: what IP_MULTICAST_IF named
 * @sticky_link, @sticky_src: IPV6_PKTINFO (sock/pktinfo.h); 0, any: none
 * @members:	of a stream: groups that it joined, for nothing
 * @loans:	struct sock_loan: bytes lent to the user
 * @cork:	datagrams: what waits for the rest
 * @filter_locked: SO_LOCK_FILTER
 * @opts:	of datagrams: extension headers and options, or NULL
 * @cookie:	SO_COOKIE, 0: not yet asked for
 * @kept:	values of options (sock/kept.h)
 * @zc_waiting: sends whose notification nobody took (sock/zerocopy.h)
 * @pacing_rate: SO_MAX_PACING_RATE of others than TCP
 * @got_at:	SIOCGSTAMP: when what was read last came
 * @peek_off, @rcvbuf: AF_UNIX: SO_PEEK_OFF (-1: off), SO_RCVBUF
 *		 (without effect, as on Linux); 0: the default
 */
struct sock_rare {
	ostia_time sndtimeo, rcvtimeo;
	uint32_t linger_s;
	uint32_t mcast_if, mcast_if6;
	struct ostia_addr mcast_addr;
	uint32_t sticky_link;
	struct ostia_addr sticky_src;
	struct member *members;
	struct list loans;
	struct sock_cork cork;
	uint32_t self;
	bool filter_locked;
	struct hdropts *opts;
	uint64_t cookie;
	struct sock_kept kept;
	uint64_t pacing_rate;
	uint32_t zc_waiting;
	ostia_time got_at;
	int32_t peek_off;
	uint32_t rcvbuf;
};

struct socks;
struct sock_ops;

/**
 * struct sock - See above
 * @socks:	all of the stack
 * @tcp, @udp, @raw, @local: the endpoint, by @kind; udp and raw ones stand
 * behind us
 * @rare:	NULL: all defaults
 * @flags:	SOCK_F_*
 * @self:	handle in its slab
 * @stamps:	bits of SIOCGSTAMP (sock/stamp.h)
 * @dev:	SO_BINDTODEVICE: link index, 0: none
 * @family:	AF_INET, AF_INET6, AF_UNIX
 */
struct sock {
	struct file file;
	struct socks *socks;
	union {
		struct tcp_conn *tcp;
		struct udp_sock *udp;
		struct raw_sock *raw;
		struct packet_sock *packet;
		struct local_sock *local;
	};
	struct sock_rare *rare;
	uint32_t flags;
	uint32_t self;
	uint32_t dev;
	uint8_t family;
	uint8_t kind;
	uint8_t proto;
	uint8_t stamps;
};

static_assert(sizeof(struct sock) <= 80, "an idle connection is small");

/**
 * struct sock_out - A message to be sent
 * @iov, @niov, @skip, @n: @n bytes from byte @skip on
 * @flags:	MSG_*
 * @to:		NULL: the peer
 * @src:	IP_PKTINFO, IPV6_PKTINFO: from this address; NULL: as ever
 * @link:	... by this link, 0: by route
 * @ttl, @tos:	IP_TTL, IP_TOS, IPV6_HOPLIMIT, IPV6_TCLASS; -1: the socket's
 * @stamp:	SO_TIMESTAMPING: SOF_TIMESTAMPING_TX_*, not the socket's, if
 *		SOCK_STAMP_SAID
 * @has_gso, @gso_size: UDP_SEGMENT of this message; else the socket's
 * @opts:	extension headers and options of this message; or NULL
 * @local:	AF_UNIX, and only there: see sock/local.h
 */
struct sock_out {
	const struct iovec *iov;
	int niov;
	int flags;
	size_t skip, n;
	const struct sock_name *to;
	bool unspec; /* MSG_FASTOPEN to AF_UNSPEC */
	const struct ostia_addr *src;
	uint32_t link;
	int ttl, tos;
	uint32_t stamp;
	uint16_t gso_size;
	bool has_gso;
	struct hdropts *opts;
	struct sock_out_local *local;
};

/**
 * struct sock_in - Room for a message, and what came with it
 * @flags:	MSG_* of the caller
 * @got_flags:	MSG_TRUNC, MSG_ERRQUEUE ... for msg_flags
 * @has_from:	@from was set (IPv4, IPv6), or @name (other families)
 * @keep:	in: the packet itself is wanted, as @from.pkt (ip/dgram.h)
 * @pmtu:	> 0: no message, but news of the path's MTU (IPV6_PATHMTU)
 * @has_err:	@err was set, and @from is where the datagram was to go
 */
struct sock_in {
	const struct iovec *iov;
	int niov;
	int flags;
	size_t skip, n;
	int got_flags;
	bool has_from;
	bool has_err;
	bool keep;
	uint32_t pmtu;
	union {
		struct dgram_from from;
		struct sock_name name;
		struct packet_from frame; /* AF_PACKET */
		struct local_got local; /* sock_local_got() ends it */
	};
	struct errq_entry err; /* has_err: MSG_ERRQUEUE */
};

/** sock_in_init() - Nothing came yet; @from, @name and @err are not cleared. */
static inline void sock_in_init(struct sock_in *m, const struct iovec *iov,
				int niov, size_t n, int flags)
{
	m->iov = iov;
	m->niov = niov;
	m->flags = flags;
	m->skip = 0;
	m->n = n;
	m->got_flags = 0;
	m->has_from = false;
	m->has_err = false;
	m->keep = false;
	m->pmtu = 0;
}

/**
 * struct sock_ops - What a protocol does for its sockets
 * @bind ... @take_error: as the calls; NULL: -EOPNOTSUPP
 * @poll:	POLL* bits now
 * @close:	the last descriptor is gone; the endpoint too, after this
 * @name, @peer: getsockname, getpeername (-ENOTCONN)
 * @readable:	FIONREAD
 */
struct sock_ops {
	int (*bind)(struct sock *s, const struct sock_name *n);
	int (*listen)(struct sock *s, int backlog);
	int (*connect)(struct sock *s, const struct sock_name *n);
	int (*disconnect)(struct sock *s);
	int (*accept)(struct sock *s, struct sock *n);
	int64_t (*send)(struct sock *s, const struct sock_out *m);
	int64_t (*recv)(struct sock *s, struct sock_in *m);
	int (*shutdown)(struct sock *s, int how);
	uint32_t (*poll)(struct sock *s);
	void (*close)(struct sock *s);
	void (*name)(const struct sock *s, struct sock_name *out);
	int (*peer)(const struct sock *s, struct sock_name *out);
	uint32_t (*readable)(const struct sock *s);
	int (*take_error)(struct sock *s);
};

/**
 * struct socks - All sockets of a stack
 * @slab:	by enum sock_kind; ping sockets are raw ones
 * @events:	watches that came true, oldest first (sock/watch.c)
 * @lent:	cookies of buffers that were lent and are free again
 * @watches, @waits: of sock/watch.c
 */
struct socks {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
	struct tcp *tcp;
	struct udp *udp;
	struct raw *raw;
	struct packet *packet;
	struct local *local;
	struct local_cred caller; /* AF_UNIX: of listen and connect */
	struct slab slab[SOCK_KINDS];
	struct slab rares, loans;
	struct slab watches, waits, epolls, epitems;
	struct list events;
	struct lent *lent;
	uint64_t last_cookie;
	uint64_t netns_cookie; /* SO_NETNS_COOKIE; 0: nobody asked yet */
	uint64_t last_wait;
	uint32_t files;
};

struct socks_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
	struct tcp *tcp;
	struct udp *udp;
	struct raw *raw;
	struct packet *packet;
	struct local *local;
};

int socks_new(const struct socks_lent_by_stack *lent, struct socks **out);
void socks_free(struct socks *s);

/** sock_drain() - Turn the protocols' news into readiness and wake-ups. */
void sock_drain(struct socks *s);

/** sock_event_next() - The oldest event. Return: false if none. */
bool sock_event_next(struct socks *s, struct ostia_event *ev);

void socks_usage(const struct socks *s, struct ostia_usage *u);

/** socks_link_gone() - A link goes: no socket may speak of it any more. */
void socks_link_gone(struct socks *s, const struct ostia_link *l);
int sock_list(struct socks *s, uint64_t *cursor, struct ostia_conn_row *rows,
	      int max);

/**
 * sock_new() - socket(2)
 * @type: without SOCK_NONBLOCK and SOCK_CLOEXEC
 *
 * Return: 0 and an open file with one reference; -EAFNOSUPPORT,
 * -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -EINVAL (a type or protocol that cannot
 * be), -ENOBUFS, -ENOMEM.
 */
int sock_new(struct socks *ss, int domain, int type, int protocol,
	     struct sock **out);

static inline struct sock *sock_of(struct file *f)
{
	return list_entry(f, struct sock, file);
}

/** sock_ops_of() - What its protocol does. */
const struct sock_ops *sock_ops_of(const struct sock *s);

static inline ostia_time sock_now(const struct sock *s)
{
	return s->socks->tracer->now;
}

static inline bool sock_is_v6(const struct sock *s)
{
	return s->family == 10; /* AF_INET6 */
}

/** sock_binds_freely() - IP_FREEBIND, IPV6_FREEBIND, IP_TRANSPARENT. */
static inline bool sock_binds_freely(const struct sock *s)
{
	return (s->flags & SOCK_F_FREEBIND) ||
	       sock_kept_is(s, SOCK_KEPT_TRANSPARENT);
}

/** sock_src_prefs() - IPV6_ADDR_PREFERENCES, as ip/select has them. */
static inline uint16_t sock_src_prefs(const struct sock *s)
{
	int32_t v = sock_kept(s, SOCK_KEPT_SRC_PREFS);

	return (uint16_t)(v & (SELECT_TMP | SELECT_PUBLIC));
}

/** sock_is_on_link() - SO_DONTROUTE. */
static inline bool sock_is_on_link(const struct sock *s)
{
	return sock_kept_is(s, SOCK_KEPT_DONTROUTE);
}

/** sock_bind_opts() - What its options say at bind and connect; @zone: of the
 * address, 0: the device that it is bound to, if any.
 */
static inline struct bind_opts sock_bind_opts(const struct sock *s,
					      uint32_t zone)
{
	return (struct bind_opts) {
		.zone = zone ? zone : s->dev,
		.reuseaddr = (s->flags & SOCK_F_REUSEADDR) != 0,
		.reuseport = (s->flags & SOCK_F_REUSEPORT) != 0,
		.v6only = (s->flags & SOCK_F_V6ONLY) != 0,
		.freebind = sock_binds_freely(s),
		.on_link = sock_is_on_link(s),
		.prefs = sock_src_prefs(s),
		.no_port = (s->flags & SOCK_F_ADDR_NO_PORT) != 0,
		.port_range = (uint32_t)sock_kept(s, SOCK_KEPT_PORT_RANGE),
	};
}

/** sock_type() - SO_TYPE. */
int sock_type(const struct sock *s);

/** sock_is_stream() - Bytes without boundaries? */
static inline bool sock_is_stream(const struct sock *s)
{
	return s->kind == SOCK_TCP ||
	       (s->kind == SOCK_LOCAL && s->local->type == LOCAL_STREAM);
}

/* The calls, where a protocol has nothing to say the family's answer. */
int sock_bind(struct sock *s, const struct sock_name *n);
int sock_listen(struct sock *s, int backlog);
/** sock_connect() - As tcp_connect(): -EINPROGRESS, then 0 or an error. */
int sock_connect(struct sock *s, const struct sock_name *n);
int sock_disconnect(struct sock *s);
/** sock_accept() - A file with one reference, or -EAGAIN, -EINVAL ... */
int sock_accept(struct sock *s, struct sock **out);
int sock_shutdown(struct sock *s, int how);

static inline int64_t sock_send(struct sock *s, const struct sock_out *m)
{
	return sock_ops_of(s)->send(s, m);
}

static inline int64_t sock_recv(struct sock *s, struct sock_in *m)
{
	return sock_ops_of(s)->recv(s, m);
}

/** sock_rare() - Its rare part, made if need be; NULL: no memory. */
struct sock_rare *sock_rare(struct sock *s);

/**
 * struct sock_loan - Received bytes in the user's hands
 * @s: whose receive budget they burden; NULL: it was closed
 */
struct sock_loan {
	struct list node;
	struct sock *s;
	struct slice slice;
	uint32_t charge;
	uint32_t self;
};

/** sock_loan_take() - Up to @max bytes in place; as tcp_recv(). */
int64_t sock_loan_take(struct sock *s, size_t max, struct sock_loan **out);
/** sock_loan_return() - They are read. */
void sock_loan_return(struct socks *ss, struct sock_loan *l);

/** sock_send_lend() - Queue the caller's bytes; -EOPNOTSUPP: no stream. */
int64_t sock_send_lend(struct sock *s, const void *p, size_t n,
		       uint64_t cookie);

#endif
