/* SPDX-License-Identifier: MIT */
/*
 * sock/zerocopy.h - MSG_ZEROCOPY: sends that are told when their bytes are
 * free again
 *
 * Our sends copy: ostia_send_lend() is the call that does not. So the bytes
 * are free when send() returns, and the notification (SO_EE_ORIGIN_ZEROCOPY)
 * says so honestly: SO_EE_CODE_ZEROCOPY_COPIED. Calls are numbered from 0 by
 * socket; notifications of calls that follow each other become one range, as
 * on Linux, so that one record is all the memory it takes.
 */
#ifndef OSTIA_SOCK_ZEROCOPY_H
#define OSTIA_SOCK_ZEROCOPY_H

#include "sock/sock.h"

/** sock_zerocopy_sent() - A send with MSG_ZEROCOPY took bytes; without
 * SO_ZEROCOPY that flag means nothing.
 */
void sock_zerocopy_sent(struct sock *s);

/** sock_zerocopy_poll() - POLLERR while a notification waits; s->rare is. */
uint32_t sock_zerocopy_poll(const struct sock *s);

/** sock_zerocopy_take() - recvmsg(MSG_ERRQUEUE): 0 bytes and @m->err, or
 * -EAGAIN.
 */
int64_t sock_zerocopy_take(struct sock *s, struct sock_in *m);

#endif
