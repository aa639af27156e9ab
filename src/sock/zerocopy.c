/* SPDX-License-Identifier: MIT */
#include "sock/zerocopy.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <sys/socket.h>

void sock_zerocopy_sent(struct sock *s)
{
	if (!sock_kept_is(s, SOCK_KEPT_ZEROCOPY))
		return;
	s->rare->zc_waiting++;
	s->rare->kept.v[SOCK_KEPT_ZC_KEY]++;
	file_notify(&s->file, POLLERR);
}

uint32_t sock_zerocopy_poll(const struct sock *s)
{
	return s->rare->zc_waiting ? POLLERR : 0;
}

int64_t sock_zerocopy_take(struct sock *s, struct sock_in *m)
{
	uint32_t next, n;

	if (!s->rare || !s->rare->zc_waiting)
		return -EAGAIN;
	next = (uint32_t)s->rare->kept.v[SOCK_KEPT_ZC_KEY];
	n = s->rare->zc_waiting;
	s->rare->zc_waiting = 0;
	m->has_err = true;
	m->got_flags |= MSG_ERRQUEUE;
	m->err = (struct errq_entry) { .info = next - n,
				       .data = next - 1,
				       .origin = SO_EE_ORIGIN_ZEROCOPY,
				       .code = SO_EE_CODE_ZEROCOPY_COPIED };
	return 0;
}
