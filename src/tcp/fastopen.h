/* SPDX-License-Identifier: MIT */
/*
 * tcp/fastopen.h - data in SYN: TCP Fast Open (RFC 7413)
 *
 * A server's cookie is SipHash of both addresses under its key, as Linux makes
 * it, so machines that share a key (TCP_FASTOPEN_KEY) share cookies. A SYN with
 * a right one becomes a connection at once: it stands in SYN-RECEIVED, waits
 * for accept, and its program may read and answer. How many such connections a
 * listener has is bounded (TCP_FASTOPEN; RFC 7413 5.1), and one that its peer
 * reset counts for a minute more.
 *
 * A client keeps cookies and the peer's MSS in tcp/metrics. Its SYN carries
 * what the first send gave, but never twice: a SYN that is sent again is plain,
 * and what its first copy carried goes out after the handshake unless it was
 * acknowledged (4.1.3.1, 4.2.1). A peer that swallowed such SYNs twice in a row
 * is spared for a while, doubling; more than that, for all peers, is
 * net.ipv4.tcp_fastopen_blackhole_timeout_sec.
 */
#ifndef OSTIA_TCP_FASTOPEN_H
#define OSTIA_TCP_FASTOPEN_H

#include "base/addr.h"
#include "base/siphash.h"
#include "base/time.h"

#include <stdbool.h>
#include <sys/uio.h>

struct tcp;
struct tcp_conn;
struct tcp_listener;
struct tcp_rare;
struct tcp_seg;
struct wire_tcp;

/* net.ipv4.tcp_fastopen, as Linux's bits */
enum {
	TCP_FO_SET_CLIENT = 0x001,
	TCP_FO_SET_SERVER = 0x002,
	TCP_FO_SET_CLIENT_BARE = 0x004, /* data without a cookie */
	TCP_FO_SET_SERVER_BARE = 0x200, /* accepted without a cookie */
	TCP_FO_SET_SERVER_ALL = 0x400, /* every listener, unasked */
};

/* sender->fo: of a handshake */
enum {
	TCP_FO_ASKS = 0x01, /* the SYN may carry the option, and data */
	TCP_FO_OPTION = 0x02, /* it did carry the option */
	TCP_FO_DATA = 0x04, /* it did carry data */
	TCP_FO_EXP = 0x08, /* the option was of the experiment (254) */
	TCP_FO_DEFERRED = 0x10, /* connect() said 0; the first send opens */
	TCP_FO_CHILD = 0x20, /* of a server: its SYN's data were accepted */
	TCP_FO_GIVES = 0x40, /* the SYN-ACK brings a newer cookie */
};

enum {
	TCP_FO_COOKIE = 8, /* bytes of ours */
	TCP_FO_COOKIE_MAX = 16,
	TCP_FO_KEY = 16,
	TCP_FO_KEYS = 2,
};

/** struct tcp_fo_cookie - @len 0: none, or a wish for one */
struct tcp_fo_cookie {
	uint8_t len;
	bool exp;
	uint8_t b[TCP_FO_COOKIE_MAX];
};

/**
 * struct tcp_fo_known - What a client knows of a server (RFC 7413 4.1.3)
 * @mss:	of its last SYN-ACK; 0: not known
 * @try_exp:	1: it ignored the option's own number: ask by the experiment's
 * @losses:	SYNs with data that were swallowed in a row, the last at @lost
 */
struct tcp_fo_known {
	struct tcp_fo_cookie cookie;
	uint16_t mss;
	uint8_t try_exp, losses;
	ostia_time lost;
};

/** struct tcp_fo_keys - Of cookies; the first makes them, all are good */
struct tcp_fo_keys {
	struct siphash_key key[TCP_FO_KEYS];
	uint8_t n;
};

/**
 * struct tcp_fo_queue - Of a listener
 * @max:	TCP_FASTOPEN; 0: off
 * @pending:	accepted by cookie, not yet by handshake
 * @resets:	of which were reset; they count until @until
 */
struct tcp_fo_queue {
	uint32_t max, pending, resets;
	ostia_time until;
};

/** struct tcp_fo_all - Of a stack */
struct tcp_fo_all {
	struct tcp_fo_keys keys;
	ostia_time off_since; /* nobody tries for a while (see above) */
	uint32_t off_times; /* in a row; 0: they may */
};

/** tcp_fastopen_cookie() - Ours for the peer of @f (RFC 7413 4.1.2). */
void tcp_fastopen_cookie(const struct siphash_key *key, const struct flow *f,
			 struct tcp_fo_cookie *out);

/* --- server -------------------------------------------------------------- */

/**
 * struct tcp_fo_answer - To a SYN
 * @accept:	its data are let in
 * @give:	the SYN-ACK carries @cookie
 */
struct tcp_fo_answer {
	bool accept, give;
	struct tcp_fo_cookie cookie;
};

/** tcp_fastopen_on_syn() - A SYN for listener @l: RFC 7413 4.2.2. */
void tcp_fastopen_on_syn(struct tcp *t, struct tcp_conn *l,
			 const struct tcp_seg *s, struct tcp_fo_answer *out);

/** tcp_fastopen_put() - The option into @h, if its header has room. @c is
 * borrowed until @h was emitted.
 */
bool tcp_fastopen_put(struct wire_tcp *h, const struct tcp_fo_cookie *c);

/** tcp_fastopen_born() - @c is a child of @l whose handshake is not complete.
 * Return: 0, -ENOMEM.
 */
int tcp_fastopen_born(struct tcp *t, struct tcp_conn *c, struct tcp_conn *l);

/** tcp_fastopen_give() - The cookie that the peer of @c shall have. */
void tcp_fastopen_give(const struct tcp *t, const struct tcp_conn *c,
		       struct tcp_fo_cookie *out);

/** tcp_fastopen_is_child() - Is it one of those? */
bool tcp_fastopen_is_child(const struct tcp_conn *c);

/** tcp_fastopen_settled() - The handshake of @c is over, well or not
 * @reset: the peer reset it
 */
void tcp_fastopen_settled(struct tcp *t, struct tcp_conn *c, bool reset,
			  ostia_time now);

/** tcp_fastopen_listen() - @l begins to listen, with this backlog. */
void tcp_fastopen_listen(struct tcp *t, struct tcp_conn *l, uint32_t backlog);

/* --- client -------------------------------------------------------------- */

/** tcp_fastopen_allowed() - Does the setting allow it to clients? */
bool tcp_fastopen_allowed(const struct tcp *t);

/** tcp_fastopen_may_defer() - Shall connect() of @c wait for the first send?
 * (TCP_FASTOPEN_CONNECT.) @c is in SYN-SENT and has a path.
 */
bool tcp_fastopen_may_defer(struct tcp *t, struct tcp_conn *c, ostia_time now);

/** tcp_fastopen_deferred() - Does it wait for that? */
bool tcp_fastopen_deferred(const struct tcp_conn *c);

/**
 * tcp_fastopen_begin() - The SYN of @c may carry data: take of @iov what fits
 * Return: bytes queued, 0 (no cookie, no room, no memory): the SYN asks for a
 * cookie, then.
 */
uint32_t tcp_fastopen_begin(struct tcp *t, struct tcp_conn *c,
			    const struct iovec *iov, int niov, size_t skip,
			    size_t n, ostia_time now);

/**
 * tcp_fastopen_syn() - What the SYN of @c that leaves now has of it
 * @cookie: storage for what @h borrows
 * Return: bytes of data that may go along.
 */
uint32_t tcp_fastopen_syn(struct tcp *t, struct tcp_conn *c, struct wire_tcp *h,
			  struct tcp_fo_cookie *cookie, ostia_time now);

/** tcp_fastopen_on_syn_ack() - It came; keep the cookie, and say what became of
 * our data. SND.UNA is past the SYN, what it acknowledged beyond is not yet
 * taken off. Return: false: data went, and not all were acknowledged.
 */
bool tcp_fastopen_on_syn_ack(struct tcp *t, struct tcp_conn *c,
			     const struct tcp_seg *s);

/** tcp_fastopen_on_timeout() - The SYN of @c is sent again, @tries times now;
 * @last: or no more.
 */
void tcp_fastopen_on_timeout(struct tcp *t, struct tcp_conn *c, unsigned tries,
			     bool last, ostia_time now);

/* --- options ------------------------------------------------------------- */

/** tcp_fastopen_set_key() - TCP_FASTOPEN_KEY: 16 bytes, or 32; -EINVAL,
 * -ENOMEM.
 */
int tcp_fastopen_set_key(struct tcp *t, struct tcp_conn *c, const void *p,
			 uint32_t n);
/** tcp_fastopen_get_key() - Return: bytes: 0 (it has
 * none of its own), 16 or 32.
 */
uint32_t tcp_fastopen_get_key(const struct tcp *t, const struct tcp_conn *c,
			      uint8_t to[TCP_FO_KEYS * TCP_FO_KEY]);

#endif
