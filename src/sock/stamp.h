/* SPDX-License-Identifier: MIT */
/*
 * sock/stamp.h - SO_TIMESTAMPING: when datagrams came, and when they left;
 * of streams see tcp/stamp.h
 *
 * Software stamps alone; times are the stack's. A stamp of a datagram that
 * was sent waits on the error queue (SO_EE_ORIGIN_TIMESTAMPING) beside a copy
 * of its packet from the IP header on, or alone (SOF_TIMESTAMPING_OPT_TSONLY).
 */
#ifndef OSTIA_SOCK_STAMP_H
#define OSTIA_SOCK_STAMP_H

#include "sock/sock.h"

struct sock_opt;

/* rows of the option table */
int sock_stamp_get(struct sock *s, void *buf);
/** sock_stamp_set() - -EINVAL: unknown flags, or flags without those that they
 * need; -EOPNOTSUPP: a hardware clock is asked for.
 */
int sock_stamp_set(struct sock *s, const struct sock_opt *o, const void *p,
		   uint32_t n);
int sock_stamp_get_txtime(struct sock *s, void *buf);
int sock_stamp_set_txtime(struct sock *s, const void *p, uint32_t n);

/** sock_stamp_wanted() - What shall be told of a datagram that is sent now
 * @flags: of a SO_TIMESTAMPING control message with SOCK_STAMP_SAID, 0: none;
 * what it says counts in place of what the socket does
 * Counts it (SOF_TIMESTAMPING_OPT_ID).
 */
struct dgram_stamp sock_stamp_wanted(struct sock *s, uint32_t flags);

/** sock_stamp_stream() - The same of the last @n bytes that TCP has queued
 * @more: of a call that has queued some before
 */
void sock_stamp_stream(struct sock *s, uint32_t flags, uint32_t n, bool more);

/** sock_stamp_sync() - TCP hears whether times of what comes are wanted. */
int sock_stamp_sync(struct sock *s);

/** sock_stamp_wants_rx() - Shall TCP's recvmsg() look for a time? */
bool sock_stamp_wants_rx(const struct sock *s);

/** sock_stamp_got() - A datagram that came at @when was read. */
void sock_stamp_got(struct sock *s, ostia_time when);
/**
 * sock_stamp_last() - SIOCGSTAMP: when the datagram came that was read last
 *
 * As on Linux times are kept from the first question on, and while control
 * messages do not tell them: who asks about an earlier one is told the present
 * time. Return: 0; -ENOENT: none was read yet; -ENOMEM.
 */
int sock_stamp_last(struct sock *s, ostia_time *out);

/** sock_stamp_tells_rx() - Does recvmsg() say SCM_TIMESTAMPING? Who asked for
 * SO_TIMESTAMP, too, need not ask for SOF_TIMESTAMPING_RX_SOFTWARE (Linux).
 */
bool sock_stamp_tells_rx(const struct sock *s);
/** sock_stamp_tells() - ... of what was sent? */
bool sock_stamp_tells(const struct sock *s);

#endif
