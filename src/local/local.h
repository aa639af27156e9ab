/* SPDX-License-Identifier: MIT */
/*
 * local/local.h - AF_UNIX: sockets of one stack talking to each other
 *
 * An endpoint has a queue of messages: records that say who sent how many
 * bytes with what beside them, and one stream that holds the bytes of all,
 * copied once in and once out. A listener's queue holds the connections that
 * wait for accept(), a record each. What a message costs is charged to its
 * sender until it is read (Linux's rule and Linux's prices, local/msg.h), so
 * SO_SNDBUF bounds what a socket can have in flight, and net.unix.
 * max_dgram_qlen what a datagram socket can have waiting.
 *
 * Endpoints are counted: by their socket, by peers, and by the records that
 * they sent, because a message tells its sender's name even when the sender
 * is gone. Nothing here goes over a wire or waits for time, so readiness is
 * told to the open file at once.
 *
 *	local.c		making and ending, the questions
 *	name.c		names: paths, abstract ones, the counted text
 *	conn.c		bind, listen, connect, accept, socketpair, shutdown
 *	msg.c		records: price, queue, charge
 *	send.c recv.c	moving data
 *	rights.c	open files in flight, and the search for lost cycles
 *
 * All calls return 0 or a count, or -errno as Linux 6.18; none blocks. An
 * -EAGAIN that an event ends has arranged for it: the endpoint's file is told
 * POLLOUT when its peer, or whom it wrote to, has read.
 */
#ifndef OSTIA_LOCAL_LOCAL_H
#define OSTIA_LOCAL_LOCAL_H

#include "base/bpf.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/settings.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/stream.h"
#include "base/table.h"

#include <ostia/stack.h>
#include <sys/uio.h>

enum {
	LOCAL_SOCKS_CAP = 1 << 26,
	LOCAL_MSGS_CAP = 1 << 26,
	LOCAL_NAMES_CAP = 1 << 20, /* bound at once, or not yet unlinked */
	LOCAL_FLIGHTS_CAP = 1 << 20, /* our own sockets in flight */
	LOCAL_RIGHTS_MAX = 253, /* SCM_MAX_FD */
	LOCAL_PATH_MAX = 108, /* sun_path, without a NUL */
	LOCAL_SNDBUF = 212992, /* net.core.wmem_default */
};

struct stats;
struct tracer;
struct local;
struct local_flight;
struct local_msg;
struct local_name;
struct local_rights;

/** struct local_cred - Who a process is */
struct local_cred {
	uint32_t pid, uid, gid;
};

/* struct ucred of nobody: what Linux tells of a message without one. */
#define LOCAL_NOBODY                                 \
	(struct local_cred)                          \
	{                                            \
		.pid = 0, .uid = 65534, .gid = 65534 \
	}

/* What kind of socket; the numbers are those of <sys/socket.h>. */
enum { LOCAL_STREAM = 1, LOCAL_DGRAM = 2, LOCAL_SEQPACKET = 5 };

/* local_sock->state, as Linux numbers them */
enum { LOCAL_ESTABLISHED = 1, LOCAL_CLOSE = 7, LOCAL_LISTEN = 10 };

/* local_sock->flags */
enum {
	LOCAL_F_SHUT_RD = 1 << 0,
	LOCAL_F_SHUT_WR = 1 << 1,
	LOCAL_F_SHUT = LOCAL_F_SHUT_RD | LOCAL_F_SHUT_WR,
	LOCAL_F_DEAD = 1 << 2, /* closed; others may still refer to it */
	LOCAL_F_PASSCRED = 1 << 3,
	LOCAL_F_OOBINLINE = 1 << 4,
	LOCAL_F_ADOPTED = 1 << 5, /* has, or had, a socket */
	LOCAL_F_PASSSEC = 1 << 6, /* kept: there are no labels to pass */
	LOCAL_F_NO_RIGHTS = 1 << 7, /* SO_PASSRIGHTS is off */
	/* What a new connection has from its listener. */
	LOCAL_F_INHERITED =
		LOCAL_F_PASSCRED | LOCAL_F_PASSSEC | LOCAL_F_NO_RIGHTS,
};

/**
 * struct local_sock - An endpoint
 * @file:	the open file; NULL: not yet accepted, or closed
 * @peer:	counted; streams keep it after its end, for its name
 * @name:	counted; NULL: unnamed
 * @queue:	struct local_msg, oldest first
 * @bytes:	their bytes, in the same order
 * @waiting:	endpoints to be told when we read or accept
 * @waits:	our place among those of another
 * @flight:	NULL: no message carries us
 * @filter:	SO_ATTACH_FILTER: which messages it takes, and how much of each;
 *		of streams it is kept and never asked, as on Linux
 * @oob:	streams: the byte that MSG_OOB gives, in @queue
 * @waits_on:	others: among whose @waiting @waits is, if it is
 * @refs:	see above
 * @self:	handle
 * @qlen:	records in @queue
 * @backlog:	@qlen may exceed it by one
 * @charge:	price of what we sent and nobody has read
 * @cred:	SO_PEERCRED: a listener's own; then its peer's
 * @err:	pending, positive
 *
 * Invariant: @bytes.len is the sum of the records' lengths; @waits is on a
 * list only while the endpoint is not dead.
 */
struct local_sock {
	struct file *file;
	struct local_sock *peer;
	struct local_name *name;
	struct fifo queue;
	struct stream bytes;
	struct list waiting;
	struct list waits;
	struct local_flight *flight;
	struct bpf *filter;
	union {
		struct local_msg *oob;
		struct local_sock *waits_on;
	};
	uint32_t refs;
	uint32_t self;
	uint32_t qlen;
	uint32_t backlog;
	uint32_t charge;
	uint32_t sndbuf;
	struct local_cred cred;
	uint8_t err;
	uint8_t type;
	uint8_t state;
	uint8_t flags;
};

static_assert(sizeof(struct local_sock) <= 168, "an idle pair is 512 bytes");

/** struct local_settings - See docs/settings.md */
struct local_settings {
	uint32_t max_dgram_qlen;
};

/**
 * struct local - AF_UNIX of a stack
 * @paths:	bound paths, and those whose owner is gone but not unlinked
 * @abstracts:	bound abstract names, of each type its own
 * @restless:	senders that wait for more than one receiver
 * @flights:	struct local_flight: our sockets that messages carry
 * @doomed:	files that messages carried, to be put: deep chains unravel
 *		here and not on the call stack
 * @inflight:	files that messages carry
 * @credit:	work that the search for cycles may do, see rights.c
 * @last_cost:	what it cost last
 * @draining:	files of @doomed are being put
 */
struct local {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct stats *stats;
	struct tracer *tracer;
	struct local_settings set;
	struct siphash_key key;
	struct slab socks, msgs, names, flight_slab;
	struct table paths, abstracts;
	struct list restless;
	struct list flights;
	struct local_rights *doomed;
	uint32_t inflight;
	uint32_t nflights;
	uint32_t last_auto;
	uint32_t credit, last_cost;
	struct rng rng; /* for filters that ask */
	bool draining;
};

struct local_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
};

int local_new(const struct local_lent_by_stack *lent, const uint8_t key[16],
	      struct local **out);
void local_free(struct local *l);
/**
 * local_list() - Endpoints as `ss -x` tells them; as sock_list()
 * @at: how many earlier calls told
 */
int local_list(const struct local *l, uint64_t *at, struct ostia_conn_row *rows,
	       int max);
void local_usage(const struct local *l, struct ostia_usage *u);
const struct setting_row *local_settings(unsigned *n);

/**
 * local_open() - An endpoint without a file, with one reference
 * Return: 0, -ENFILE (too many), -ENOMEM.
 */
int local_open(struct local *l, int type, struct local_sock **out);

/** local_adopt() - It belongs to @f from now on. */
void local_adopt(struct local_sock *s, struct file *f);

/** local_set_filter() - Takes @b, NULL: none; the old one is let go. */
void local_set_filter(struct local *l, struct local_sock *s, struct bpf *b);

/** local_close() - The last descriptor is gone; takes the reference. */
void local_close(struct local *l, struct local_sock *s);

static inline struct local_sock *local_get(struct local_sock *s)
{
	s->refs++;
	return s;
}

void local_put(struct local *l, struct local_sock *s);

/*
 * --- calls (conn.c) ------------------------------------------------------
 */

/**
 * local_bind() - @n bytes of sun_path; 0: any name ("autobind")
 * Return: -EADDRINUSE (a path stays until it is unlinked), -EINVAL (bound
 * already; autobind: 0), -ENOSPC (too many names), -ENOMEM.
 */
int local_bind(struct local *l, struct local_sock *s, const char *path,
	       uint32_t n);

/** local_listen() - -EOPNOTSUPP (datagrams), -EINVAL (no name, a peer). */
int local_listen(struct local *l, struct local_sock *s, int backlog,
		 const struct local_cred *who);

/**
 * local_connect() - To whoever has that name
 * Return: 0: connected, there is no "in progress"; -ENOENT (no such path),
 * -ECONNREFUSED, -EPROTOTYPE, -EAGAIN (a full backlog), -EISCONN, -EINVAL (a
 * listener), -EPERM (datagrams: connected to another), -ENOMEM ...
 */
int local_connect(struct local *l, struct local_sock *s, const char *path,
		  uint32_t n, const struct local_cred *who);

/** local_disconnect() - Datagrams: without a peer again. */
void local_disconnect(struct local *l, struct local_sock *s);

/** local_accept() - -EOPNOTSUPP, -EINVAL (no listener), -EAGAIN. */
int local_accept(struct local *l, struct local_sock *s,
		 struct local_sock **out);

/** local_pair() - socketpair(2): two fresh endpoints of one type. */
void local_pair(struct local_sock *a, struct local_sock *b,
		const struct local_cred *who);

void local_shutdown(struct local_sock *s, bool rd, bool wr);

/** local_unlink() - A path is free again. 0, -ENOENT, -EINVAL (too long). */
int local_unlink(struct local *l, const char *path, uint32_t n);

/** local_find() - Whom does it name? As local_connect()'s errors.
 * The endpoint is lent.
 */
int local_find(struct local *l, int type, const char *path, uint32_t n,
	       struct local_sock **out);

/*
 * --- data (send.c, recv.c) -----------------------------------------------
 */

/**
 * struct local_out - A message to be sent
 * @skip, @n:	bytes [@skip, @skip + @n) of @iov
 * @flags:	MSG_*
 * @path, @pathlen: the destination, if @has_to
 * @caller:	who calls
 * @cred:	what SCM_CREDENTIALS says, if @has_cred
 * @rights:	files; becomes NULL when a message has taken them
 * @limit:	files in flight that the caller may not exceed
 */
struct local_out {
	const struct iovec *iov;
	int niov;
	int flags;
	size_t skip, n;
	const char *path;
	uint32_t pathlen;
	bool has_to, has_cred;
	struct local_cred caller, cred;
	struct local_rights **rights;
	uint32_t limit;
};

/**
 * local_send()
 * Return: bytes (a stream: maybe fewer); -EAGAIN, -EPIPE, -ENOTCONN,
 * -ECONNREFUSED, -ECONNRESET, -EISCONN, -EOPNOTSUPP, -EMSGSIZE, -EPERM
 * (another's peer; files for who has SO_PASSRIGHTS off), -ETOOMANYREFS,
 * -ENOMEM, local_find()'s.
 */
int64_t local_send(struct local *l, struct local_sock *s, struct local_out *m);

/**
 * struct local_got - What came with the bytes; zeroed before the first call
 * @from:	counted, for the caller to put; NULL: of no name
 * @rights:	for the caller to take or to drop
 * @cred:	SO_PASSCRED
 * @len:	of the whole datagram
 * @when:	datagrams, if @in.stamp: when it was first looked at
 * @stop:	what is next must not be joined to this
 * @compare:	@cred is set
 */
struct local_got {
	struct local_name *from;
	struct local_rights *rights;
	struct local_cred cred;
	ostia_time when;
	uint32_t len;
	int flags; /* for msg_flags */
	bool stop, compare, begun;
};

/**
 * struct local_in - Room for a message
 * @peek_off:	SO_PEEK_OFF; NULL or negative: off
 * @stamp:	SO_TIMESTAMP or SO_TIMESTAMPNS
 */
struct local_in {
	const struct iovec *iov;
	int niov;
	int flags;
	size_t skip, n;
	int32_t *peek_off;
	bool stamp;
	struct local_got *got;
};

/**
 * local_recv()
 * Return: bytes; 0: the end; -EAGAIN, -ENOTCONN, -EINVAL, -EOPNOTSUPP,
 * -ECONNRESET. MSG_CTRUNC: no memory for the files of a message peeked at.
 */
int64_t local_recv(struct local *l, struct local_sock *s, struct local_in *m);

/*
 * --- questions (local.c) -------------------------------------------------
 */

uint32_t local_poll(struct local *l, struct local_sock *s);
/** local_readable() - FIONREAD. Return: -EINVAL on a listener. */
int local_readable(const struct local_sock *s, uint32_t *out);
bool local_at_mark(const struct local_sock *s);
/** local_take_error() - Reads and clears, positive. */
int local_take_error(struct local_sock *s);
/** local_set_sndbuf() - What waits for room may have it now. */
void local_set_sndbuf(struct local_sock *s, uint32_t bytes);

static inline bool local_listening(const struct local_sock *s)
{
	return s->state == LOCAL_LISTEN;
}

/* Streams and sequenced packets. */
static inline bool local_has_conns(const struct local_sock *s)
{
	return s->type != LOCAL_DGRAM;
}

static inline bool local_writable(const struct local_sock *s)
{
	return s->state != LOCAL_LISTEN && s->charge * 4ull <= s->sndbuf;
}

/** local_full() - Its queue takes no more from strangers. */
static inline bool local_full(const struct local_sock *s)
{
	return s->qlen > s->backlog;
}

static inline void local_notify(struct local_sock *s, uint32_t bits)
{
	if (s->file)
		file_notify(s->file, bits);
}

/** local_wait_for() - Tell @s when @other has read or accepted. */
void local_wait_for(struct local *l, struct local_sock *s,
		    struct local_sock *other);
/** local_made_room() - It has read or accepted, or is going. */
void local_made_room(struct local *l, struct local_sock *s);

#endif
