/* SPDX-License-Identifier: MIT */
/*
 * tcp/keepalive.h - is a silent peer still there? (RFC 9293 3.8.4)
 *
 * Off unless SO_KEEPALIVE. After @idle_s without a segment of the peer's, one
 * probe every @intvl_s; @cnt unanswered ones end the connection.
 */
#ifndef OSTIA_TCP_KEEPALIVE_H
#define OSTIA_TCP_KEEPALIVE_H

#include "base/time.h"

#include <stdbool.h>

/** struct tcp_keepalive - Probes since the peer was last heard */
struct tcp_keepalive {
	ostia_time probe_time;
	uint32_t probes;
};

/**
 * struct tcp_keepalive_set - What the user or the settings say
 * @user_timeout_us: TCP_USER_TIMEOUT, 0: none; takes the place of @cnt
 */
struct tcp_keepalive_set {
	uint32_t idle_s, intvl_s, cnt;
	uint64_t user_timeout_us;
};

enum tcp_keepalive_todo {
	TCP_KEEPALIVE_WAIT, /* look again at @next */
	TCP_KEEPALIVE_PROBE, /* send a probe; it is counted; then at @next */
	TCP_KEEPALIVE_DEAD, /* give up: ETIMEDOUT */
};

/**
 * tcp_keepalive_expire() - A deadline has passed, or nearly
 * @heard:	when the peer last sent anything
 */
enum tcp_keepalive_todo
tcp_keepalive_expire(struct tcp_keepalive *k,
		     const struct tcp_keepalive_set *set, ostia_time heard,
		     ostia_time *next, ostia_time now);

#endif
