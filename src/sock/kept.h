/* SPDX-License-Identifier: MIT */
/*
 * sock/kept.h - values of options that live in a socket's rare part
 *
 * One word of flags and an array of ints, each with its default, so that a
 * socket that never heard of them pays nothing. Who acts on a value asks with
 * sock_kept() or sock_kept_is(); setting is sock/opt.c's affair.
 */
#ifndef OSTIA_SOCK_KEPT_H
#define OSTIA_SOCK_KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct sock;
struct sock_opt;

/* Bits of struct sock_kept.flags. */
enum sock_kept_flag {
	SOCK_KEPT_DONTROUTE, /* SO_DONTROUTE */
	SOCK_KEPT_NO_CHECK, /* SO_NO_CHECK of others than UDP */
	SOCK_KEPT_WIFI_STATUS,
	SOCK_KEPT_NOFCS,
	SOCK_KEPT_ERR_IS_PRI, /* SO_SELECT_ERR_QUEUE */
	SOCK_KEPT_ZEROCOPY,
	SOCK_KEPT_PREFER_BUSY_POLL,
	SOCK_KEPT_RCVMARK,
	SOCK_KEPT_RCVPRIORITY,
	SOCK_KEPT_RXQ_OVFL, /* of TCP */
	SOCK_KEPT_TRANSPARENT,
	SOCK_KEPT_RECVFRAGSIZE,
	SOCK_KEPT_RECVFRAGSIZE6,
	SOCK_KEPT_RFC4884,
	SOCK_KEPT_RFC4884_6,
	SOCK_KEPT_CHECKSUM, /* IP_CHECKSUM */
	SOCK_KEPT_RECVOPTS,
	SOCK_KEPT_RETOPTS,
	SOCK_KEPT_NODEFRAG,
	SOCK_KEPT_TXTIME, /* SO_TXTIME was asked for */
	SOCK_KEPT_DONTFRAG6, /* IPV6_DONTFRAG of TCP */
	SOCK_KEPT_RECVPATHMTU, /* of TCP */
	SOCK_KEPT_INQ, /* of AF_UNIX */
	SOCK_KEPT_PASSSEC, /* IP_PASSSEC */
	SOCK_KEPT_FLOWINFO, /* IPV6_FLOWINFO */
	SOCK_KEPT_ORIGDST6, /* IPV6_RECVORIGDSTADDR */
	SOCK_KEPT_RA_ISOLATE, /* IPV6_ROUTER_ALERT_ISOLATE */
	SOCK_KEPT_STAMP_NEW, /* SO_TIMESTAMP*_NEW: of all three */
	SOCK_KEPT_HOPOPTS, /* IPV6_RECVHOPOPTS ... */
	SOCK_KEPT_DSTOPTS,
	SOCK_KEPT_RTHDR,
	SOCK_KEPT_2292PKTINFO,
	SOCK_KEPT_2292HOPLIMIT,
	SOCK_KEPT_2292HOPOPTS,
	SOCK_KEPT_2292DSTOPTS,
	SOCK_KEPT_2292RTHDR,
};

/* Indices of struct sock_kept.v. */
enum sock_kept_int {
	SOCK_KEPT_BUSY_POLL,
	SOCK_KEPT_INCOMING_CPU,
	SOCK_KEPT_PEEK_OFF,
	SOCK_KEPT_RCVLOWAT, /* of datagrams */
	SOCK_KEPT_BUF_LOCK,
	SOCK_KEPT_TXREHASH,
	SOCK_KEPT_RESERVE_MEM,
	SOCK_KEPT_TS_FLAGS, /* SO_TIMESTAMPING */
	SOCK_KEPT_TS_PHC,
	SOCK_KEPT_TS_KEY, /* SOF_TIMESTAMPING_OPT_ID: of the next
			     datagram; a stream's byte 0 */
	SOCK_KEPT_ZC_KEY, /* the next MSG_ZEROCOPY send's number */
	SOCK_KEPT_TXTIME_CLOCK,
	SOCK_KEPT_TXTIME_FLAGS,
	SOCK_KEPT_MINTTL,
	SOCK_KEPT_MINHOPCOUNT,
	SOCK_KEPT_UNICAST_IF,
	SOCK_KEPT_PORT_RANGE,
	SOCK_KEPT_SRC_PREFS, /* IPV6_ADDR_PREFERENCES: SELECT_* and COA */
	SOCK_KEPT_PRIORITY,
	SOCK_KEPT_MARK,
	SOCK_KEPT_UDP_ENCAP,
	SOCK_KEPT_INTS,
};

struct sock_kept {
	uint64_t flags;
	int32_t v[SOCK_KEPT_INTS];
};

/** sock_kept_init() - All defaults. */
void sock_kept_init(struct sock_kept *k);

/** sock_kept_is() - Is the flag set? */
bool sock_kept_is(const struct sock *s, enum sock_kept_flag f);
/** sock_kept() - The value, or its default. */
int32_t sock_kept(const struct sock *s, enum sock_kept_int i);
/** sock_kept_put() - 0 or -ENOMEM. */
int sock_kept_put(struct sock *s, enum sock_kept_int i, int32_t v);

/* get and set of rows whose arg is one of the enums */
int sock_kept_get_flag(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_kept_set_flag(struct sock *s, const struct sock_opt *o, int64_t v);
int sock_kept_get_int(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_kept_set_int(struct sock *s, const struct sock_opt *o, int64_t v);

#endif
